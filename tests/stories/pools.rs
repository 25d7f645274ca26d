//! Giving codes: each reward gets one that nobody else has, and the merchant is told when few are left.

use std::collections::HashSet;
use std::sync::Arc;

use local::meter::Usage;
use reqwest::Method;
use serde_json::json;
use shared::store::{StoreError, Writes};
use tests::{TestApp, TestPool, any_reward, codes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_given_once_however_many_want_one() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = Arc::new(TestPool::new(&shop, 0).await);
    let upload = codes("Give", 20);
    pool.add(200, &upload).await;
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (pool, reward) = (pool.clone(), any_reward(&app));
            tokio::spawn(async move { (reward, pool.take_any(reward).await) })
        })
        .collect();
    let mut given = Vec::new();
    for task in tasks {
        given.push(task.await.expect("a task"));
    }
    let got: HashSet<_> = given.iter().filter_map(|(_, code)| code.clone()).collect();
    assert_eq!(got, upload.iter().cloned().collect(), "every code, as it was written");
    assert_eq!(given.iter().filter(|(_, code)| code.is_none()).count(), 12);
    for (reward, code) in given.iter().filter_map(|(reward, code)| Some((reward, code.as_ref()?))) {
        let coupon = pool.store().coupon(pool.merchant, &code.parse().expect("a code")).await.expect("reads");
        assert_eq!(coupon.expect("known").reward, Some(*reward), "{code}");
    }
    // What was given is known for ever.
    let again = pool.add(200, &upload).await;
    assert_eq!((&again["added"], &again["stock"]), (&json!(0), &json!(0)), "{again}");
}

#[tokio::test]
async fn taking_a_code_again_changes_nothing() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, 0).await;
    pool.add(200, &codes("Nice", 2)).await;
    let (mine, other) = (any_reward(&app), any_reward(&app));
    let free = pool.store().free_code(pool.id, 7).await.expect("reads").expect("a code");
    pool.take(&free, mine).await.expect("takes");
    let coupon = async || pool.store().coupon(pool.merchant, &free.code).await.expect("reads").expect("known");
    let taken = coupon().await;
    assert_eq!((taken.reward, taken.given_at.is_some()), (Some(mine), true));

    for reward in [mine, other] {
        let refused = pool.take(&free, reward).await.expect_err("it is not free");
        assert!(refused.is_condition(), "{refused}");
        assert_eq!(coupon().await, taken);
    }
    assert_eq!(pool.store().stock(pool.id, 10).await.expect("counts"), 1);
    for seed in 0..8 {
        let left = pool.store().free_code(pool.id, seed).await.expect("reads").expect("a code");
        assert_ne!(left.code, free.code, "whatever the seed, what is left is found");
    }
}

#[tokio::test]
async fn a_code_is_given_with_the_rest_of_the_transaction_or_not_at_all() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, 0).await;
    pool.add(200, &codes("Nice", 1)).await;
    let free = pool.store().free_code(pool.id, 0).await.expect("reads").expect("a code");
    let known = pool.store().pool(pool.merchant, pool.id).await.expect("reads").expect("a pool");
    let mut writes = Writes::default();
    pool.store().put_pool(&mut writes, &known).expect("writes");
    let position = writes.take_code(pool.store(), pool.merchant, &free, any_reward(&app), pool.now()).expect("writes");
    assert_eq!(position, 1);
    let refused = pool.store().transact(writes).await.expect_err("the pool is there already");
    assert!(matches!(&refused, StoreError::Condition(at) if at == &[0]), "{refused}");
    let coupon = pool.store().coupon(pool.merchant, &free.code).await.expect("reads").expect("known");
    assert_eq!((coupon.reward, pool.store().stock(pool.id, 9).await.expect("counts")), (None, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_notice_goes_out_for_each_time_that_a_pool_becomes_low() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = Arc::new(TestPool::new(&shop, 2).await);
    for round in ["A", "B"] {
        pool.add(200, &codes(round, 3)).await;
        let fresh = shop.get(&pool.path).await;
        assert_eq!((&fresh["low"], &fresh["low_since"]), (&json!(false), &json!(null)), "{fresh}");
        assert!(!pool.note_low().await, "three are left");
        pool.take_any(any_reward(&app)).await.expect("a code");
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.note_low().await })
            })
            .collect();
        let mut told = 0;
        for asked in asked {
            told += usize::from(asked.await.expect("a task"));
        }
        assert_eq!(told, 1);
        let low = shop.get(&pool.path).await;
        assert_eq!((&low["low"], low["low_since"].is_string()), (&json!(true), true), "{low}");
        while pool.take_any(any_reward(&app)).await.is_some() {}
        assert!(!pool.note_low().await, "empty is still low");
    }
}

#[tokio::test]
async fn a_high_mark_is_looked_at_now_and_then_and_still_noted_once() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (exact, shared) = (TestPool::new(&shop, 550).await, TestPool::new(&shop, 1_500).await);
    exact.add(200, &codes("Exact", 551)).await;
    assert!(!exact.note_low().await, "one above the mark");
    exact.take_any(any_reward(&app)).await.expect("a code");
    assert!(exact.note_low().await, "below twice 500 each look counts");

    shared.add(200, &codes("Shared", 510)).await;
    let requests = || app.engine.meter.usage().get("other").map_or(0, |usage| usage.requests);
    let (mut told, before) = (0, requests());
    for _ in 0..64 {
        told += usize::from(shared.note_low().await);
    }
    assert_eq!(told, 1);
    // Each reads the pool and counts to 501; one of three counts on.
    let asked = requests() - before;
    assert!((129..180).contains(&asked), "{asked} requests");
}

#[tokio::test]
async fn a_note_of_low_that_crossed_an_upload_does_not_silence_the_next_one() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, 2).await;
    pool.add(200, &codes("A", 4)).await;
    // Somebody counted before the upload and wrote after it.
    let mut late = Writes::default();
    late.note_low(pool.store(), pool.merchant, pool.id, pool.now()).expect("writes");
    pool.store().transact(late).await.expect("notes");
    pool.take_any(any_reward(&app)).await.expect("a code");
    assert!(!pool.note_low().await, "three are left");
    pool.take_any(any_reward(&app)).await.expect("a code");
    assert!(pool.note_low().await, "the merchant is told");
}

#[tokio::test]
async fn another_merchant_sees_no_pool_and_no_code() {
    let app = TestApp::start().await;
    let (shop, mut other) = (app.merchant().await, app.merchant().await);
    other.shop = app.shop(&other.api_key, "elsewhere").await;
    let pool = TestPool::new(&shop, 0).await;
    pool.add(200, &codes("Mine", 2)).await;
    app.call(404, Method::GET, &pool.path, &other.api_key, None).await;
    app.call(404, Method::GET, "/v1/coupon-pools/pol_x", &shop.api_key, None).await;
    other.call(404, Method::POST, &format!("{}/codes", pool.path), json!({"codes": ["X"]})).await;
    assert_eq!(other.get("/v1/coupon-pools").await["data"], json!([]));
    // The same code may be another shop's too.
    let theirs = TestPool::new(&other, 0).await;
    assert_eq!(theirs.add(200, &codes("mine", 2)).await["added"], 2);
    let free = pool.store().free_code(pool.id, 0).await.expect("reads").expect("a code");
    let foreign = theirs.take(&free, any_reward(&app)).await.expect_err("not of their pool");
    assert!(foreign.is_condition(), "{foreign}");
    pool.take(&free, any_reward(&app)).await.expect("takes");
    let there = theirs.store().coupon(theirs.merchant, &free.code).await.expect("reads").expect("known");
    assert_eq!((there.reward, there.pool), (None, theirs.id));
    assert_eq!(other.get(&theirs.path).await["stock"], 2);
}

#[tokio::test]
async fn units_for_taking_a_code_are_counted_and_kept() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, 50).await;
    pool.add(200, &codes("Cost", 100)).await;
    let other = || app.engine.meter.usage().get("other").copied().unwrap_or_default();
    let since = |before: Usage| {
        let after = other();
        (after.requests - before.requests, after.read_units - before.read_units, after.write_units - before.write_units)
    };
    let before = other();
    let free = pool.store().free_code(pool.id, 0).await.expect("reads").expect("a code");
    let found = since(before);
    let before = other();
    pool.take(&free, any_reward(&app)).await.expect("takes");
    let taken = since(before);
    let before = other();
    pool.note_low().await;
    let looked = since(before);
    println!("free code {found:?}, taken {taken:?}, looked whether low {looked:?} (requests, read units, write units)");
    assert_eq!((found, taken), ((1, 1.0, 0.0), (1, 0.0, 4.0)));
    assert!(looked.0 == 2 && looked.1 <= 3.0 && looked.2 == 0.0, "{looked:?}");
}
