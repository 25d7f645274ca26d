//! Coupons: a code is one reward's, and the merchant is told once that few are left.

use serde_json::{Value, json};
use shared::domain::id::PoolId;
use shared::store::{CouponPool, FreeCode, Upload, Writes};
use tests::{TestApp, TestMerchant, TestPool, any_reward, codes, text};

use super::{
    Equivalent, Guard, Kept, Lock, NEW, THERE, TRANSACT, UPDATE, annas, for_advocates, lock, overtaken, pays, prove,
    same,
};

const TAKEN: Lock = lock(
    "pools.rs take_code",
    TRANSACT,
    "CPN#",
    "#pool = :pool AND (attribute_not_exists(#reward) OR #reward = :reward)",
);
const FREE_THERE: Lock = lock("pools.rs take_code", TRANSACT, "POL# FREE#", THERE);
const NOBODYS: Lock = TAKEN.leaving("#pool = :pool");

const CODE_NEW: Lock = lock("uploads.rs new_codes", TRANSACT, "CPN#", NEW);
const FREE_NEW: Lock = lock("uploads.rs new_codes", TRANSACT, "POL# FREE#", NEW);

const LOW: Lock =
    lock("pools.rs note_low", TRANSACT, "MER# POL#", "attribute_exists(pk) AND attribute_not_exists(low_since)");

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        // Drawn ids: see `accounts.rs`.
        name: "a pool is not overwritten by another with its id",
        lock: lock("pools.rs put_pool", TRANSACT, "MER# POL#", NEW),
        story: |app| Box::pin(pool_id_drawn_twice(app)),
    },
    Guard {
        name: "a code of another pool is not given away",
        lock: TAKEN.leaving("attribute_not_exists(#reward) OR #reward = :reward"),
        story: |app| Box::pin(taken_for_another_pool(app)),
    },
    Guard {
        name: "a code that a reward has can't be uploaded for a second one",
        lock: CODE_NEW,
        story: |app| Box::pin(uploaded_after_it_was_given(app)),
    },
    Guard {
        name: "two who find a pool low send one notice",
        lock: LOW.leaving(THERE),
        story: |app| Box::pin(two_find_it_low(app)),
    },
    Guard {
        name: "a pool that is not there is not low",
        lock: LOW.leaving("attribute_not_exists(low_since)"),
        story: |app| Box::pin(no_such_pool_is_low(app)),
    },
    Guard {
        name: "codes for a pool that is not there make no pool",
        lock: lock("pools.rs lift_low", UPDATE, "MER# POL#", THERE),
        story: |app| Box::pin(codes_for_no_pool(app)),
    },
    Guard {
        name: "who finds enough codes takes off the note that was looked at, not a later one",
        lock: lock("pools.rs lift_low", UPDATE, "MER# POL#", "low_since = :since"),
        story: |app| Box::pin(low_again_while_lifted(app)),
    },
];

/// The locks on one door: each of them alone keeps a code from going to two rewards.
const GIVEN_ONCE: &[Lock] = &[FREE_THERE, NOBODYS];

pub(super) const EQUIVALENT: &[Equivalent] = &[
    Equivalent {
        lock: FREE_THERE,
        because: "a coupon that has a reward goes to no other",
        unless: GIVEN_ONCE,
        story: |app| Box::pin(two_want_the_last_code(app)),
    },
    Equivalent {
        lock: NOBODYS,
        because: "who takes a code deletes its marker, and that must be there",
        unless: GIVEN_ONCE,
        story: |app| Box::pin(two_want_the_last_code(app)),
    },
    Equivalent {
        lock: FREE_NEW,
        because: "a marker is put with its coupon only, and that must be new",
        unless: &[CODE_NEW, FREE_NEW],
        story: |app| Box::pin(two_uploads_at_once(app)),
    },
];

#[tokio::test]
async fn pools_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// A pool, and Anna's link in a program whose rewards are its codes.
async fn pool(app: &TestApp, low_at: u32, count: usize) -> (TestMerchant, TestPool) {
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, low_at).await;
    let from_pool = |body: &mut Value| {
        body["rewards"]["advocate"][0]["fulfilment"] = json!("coupon_pool");
        body["rewards"]["advocate"][0]["pool"] = json!(pool.id);
    };
    for_advocates(&shop, from_pool).await;
    if count > 0 {
        pool.add(200, &codes("Gift", count)).await;
    }
    (shop, pool)
}

/// The codes that rewards have.
async fn given(shop: &TestMerchant) -> Vec<String> {
    let rewards = shop.get("/v1/rewards").await;
    let given = rewards["data"].as_array().expect("a list").iter().map(|reward| text(reward, "coupon"));
    given.filter(|code| !code.is_empty()).collect()
}

async fn any_code(pool: &TestPool) -> FreeCode {
    pool.store().free_code(pool.id, 0).await.expect("reads").expect("a code")
}

async fn pool_id_drawn_twice(app: TestApp) -> Kept {
    let (shop, pool) = pool(&app, 0, 0).await;
    let first = pool.store().pool(pool.merchant, pool.id).await.expect("reads").expect("a pool");
    let mut writes = Writes::default();
    pool.store().put_pool(&mut writes, &CouponPool { name: "Another".into(), ..first.clone() }).expect("writes");
    let refused = pool.store().transact(writes).await.is_err();
    let stored = shop.get(&pool.path).await;
    same("refused, and the pool's name", &(refused, text(&stored, "name")), &(true, first.name))
}

async fn two_want_the_last_code(app: TestApp) -> Kept {
    let (shop, _) = pool(&app, 0, 1).await;
    let (late, first) = (annas(&app, 1001), annas(&app, 1002));
    overtaken(&app, [TRANSACT, "POL# FREE#", ""], pays(&shop, &late), pays(&shop, &first)).await;
    same("who has the only code", &given(&shop).await, &["Gift-0"])
}

/// Two merchants have a code of the same name, and one's free code is taken in the name of the other. Only a mistake of
/// ours could do that, so this writes through the store itself.
async fn taken_for_another_pool(app: TestApp) -> Kept {
    let (_, mine) = pool(&app, 0, 1).await;
    let mut other = app.merchant().await;
    other.shop = app.shop(&other.api_key, "elsewhere").await;
    let theirs = TestPool::new(&other, 0).await;
    theirs.add(200, &codes("Gift", 1)).await;
    let refused = theirs.take(&any_code(&mine).await, any_reward(&app)).await.is_err();
    let coupon = theirs.store().coupon(theirs.merchant, &any_code(&theirs).await.code).await.expect("reads");
    same("refused, and who has their code", &(refused, coupon.expect("known").reward), &(true, None))
}

async fn uploaded_after_it_was_given(app: TestApp) -> Kept {
    let (shop, pool) = pool(&app, 0, 1).await;
    pays(&shop, &annas(&app, 1001)).await;
    pool.add(200, &codes("Gift", 1)).await;
    pays(&shop, &annas(&app, 1002)).await;
    same("who has the only code", &given(&shop).await, &["Gift-0"])
}

async fn two_uploads_at_once(app: TestApp) -> Kept {
    let (_, pool) = pool(&app, 0, 0).await;
    let list = codes("Gift", 3);
    let (late, first) = overtaken(&app, [TRANSACT, "CPN#", ""], pool.add(200, &list), pool.add(200, &list)).await;
    same("codes added by each", &(&late["added"], &first["added"]), &(&json!(0), &json!(3)))
}

async fn two_find_it_low(app: TestApp) -> Kept {
    let (_, pool) = pool(&app, 2, 2).await;
    let told = overtaken(&app, [TRANSACT, "MER# POL#", ""], pool.note_low(), pool.note_low()).await;
    same("who is to tell the merchant", &told, &(false, true))
}

/// Whether the merchant's pools can be listed, and how many there are.
async fn pools(pool: &TestPool) -> Option<usize> {
    pool.store().pools(pool.merchant).await.ok().map(|pools| pools.len())
}

async fn no_such_pool_is_low(app: TestApp) -> Kept {
    let (_, pool) = pool(&app, 0, 0).await;
    let mut writes = Writes::default();
    let other = PoolId::new(app.engine.app.ulid());
    writes.note_low(pool.store(), pool.merchant, other, pool.now()).expect("writes");
    let refused = pool.store().transact(writes).await.is_err();
    same("refused, and the merchant's pools", &(refused, pools(&pool).await), &(true, Some(1)))
}

async fn codes_for_no_pool(app: TestApp) -> Kept {
    let (_, pool) = pool(&app, 0, 0).await;
    let other = PoolId::new(app.engine.app.ulid());
    let upload = Upload { id: "1".into(), merchant: pool.merchant, pool: other, at: pool.now(), deadline_ms: 0 };
    pool.store().add_codes(&upload, &["LOST".parse().expect("a code")]).await.expect("adds");
    same("the merchant's pools", &pools(&pool).await, &Some(1))
}

/// One finds enough codes in a pool that is noted as low. Before that note is off, all are gone, and the merchant is told.
async fn low_again_while_lifted(app: TestApp) -> Kept {
    let (_, pool) = pool(&app, 1, 2).await;
    // Noted by somebody who counted before the codes were there.
    let mut writes = Writes::default();
    writes.note_low(pool.store(), pool.merchant, pool.id, pool.now()).expect("writes");
    pool.store().transact(writes).await.expect("notes");
    let again = async {
        pool.add(200, &codes("More", 1)).await;
        while pool.take_any(any_reward(&app)).await.is_some() {}
        app.engine.advance(1);
        pool.note_low().await
    };
    let (late, told) = overtaken(&app, [UPDATE, "MER# POL#", ":since"], pool.note_low(), again).await;
    same("who tells the merchant", &[late, told, pool.note_low().await], &[false, true, false])
}
