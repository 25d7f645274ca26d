//! Shops and the long work that is done for them: work is begun once, of two workers one counts, and a late word takes
//! nothing from a shop that is connected again.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;
use shared::domain::id::ShopId;
use shared::domain::order::{OrderEvent, OrderRef};
use shared::domain::permission::Permission::Missing;
use shared::domain::permission::Permissions;
use shared::settle::remember;
use shared::store::{JobRow, Shop, Task};
use tests::{TestApp, TestMerchant, TestOrder, text};

use super::{Equivalent, FOLLOWS, Guard, Kept, NEW, PUT, TRANSACT, UPDATE, call, lock, overtaken, prove, same};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "work that has begun is not begun anew",
        lock: lock("jobs.rs put_job", PUT, "JOB#", NEW),
        story: |app| Box::pin(begun_twice(app)),
    },
    Guard {
        name: "of two workers at one job the slower one's note does not count",
        lock: lock("jobs.rs put_job", PUT, "JOB#", FOLLOWS),
        story: |app| Box::pin(two_workers(app)),
    },
    Guard {
        name: "of two changes of a merchant at once the later one does not undo the other",
        lock: lock("merchants.rs change_merchant", TRANSACT, "MER#", "#v = :previous"),
        story: |app| Box::pin(changed_at_once(app)),
    },
    Guard {
        name: "a late word that the app was given away takes no access from a shop that is connected again",
        lock: lock(
            "merchants.rs uninstall_shop",
            UPDATE,
            "SHP#",
            "attribute_exists(pk) AND (attribute_not_exists(connected_at) OR connected_at < :at)",
        ),
        story: |app| Box::pin(uninstalled_late(app)),
    },
    Guard {
        name: "a shop has been without the app since it was first said",
        lock: lock("merchants.rs uninstall_shop", UPDATE, "SHP#", "if_not_exists(uninstalled_at, :at)").leaving(":at"),
        story: |app| Box::pin(uninstalled_twice(app)),
    },
    Guard {
        name: "what was heard of credentials says nothing of those that took their place",
        lock: lock("merchants.rs note_permissions", UPDATE, "SHP#", "#v = :before"),
        story: |app| Box::pin(heard_of_the_credentials_before(app)),
    },
    Guard {
        name: "an order that is read from the past does not take the place of what is known of it",
        lock: lock("persons.rs remember_person_order", PUT, "PER# ORD#", NEW),
        story: |app| Box::pin(remembered_after_it_was_told(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[Equivalent {
    lock: lock("jobs.rs add_job", TRANSACT, "JOB#", NEW),
    because: "the job is written with its shop, whose id nobody had before",
    unless: &[],
    story: |app| Box::pin(connected(app)),
}];

#[tokio::test]
async fn shops_and_their_work_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// The colour is set by somebody who has read the merchant before its name was changed.
async fn changed_at_once(app: TestApp) -> Kept {
    let merchant = app.merchant().await;
    let change = |body| call(&merchant, Method::PATCH, "/v1/merchant", "", body);
    let colour = change(json!({"brand": {"colour": "#0a5c36"}}));
    overtaken(&app, [TRANSACT, "MER#", ""], colour, change(json!({"name": "Other Shoes"}))).await;
    same("the name", &merchant.get("/v1/merchant").await["name"], &json!("Other Shoes"))
}

/// A shop whose API can be called, though nobody is there.
async fn with_access(app: &TestApp) -> (TestMerchant, Shop) {
    let merchant = app.merchant().await;
    let access = json!({"api": {"access_token": "shpat_1", "base_url": "http://127.0.0.1:9"}});
    merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
    let shop = stored(&merchant).await;
    (merchant, shop)
}

async fn stored(merchant: &TestMerchant) -> Shop {
    let id: ShopId = merchant.shop.id.parse().expect("an id");
    merchant.app.engine.app.store.shop(id).await.expect("reads").expect("a shop")
}

fn backfill(shop: &Shop, now: Timestamp) -> JobRow {
    JobRow::new(Task::Backfill, shop.id, shop.merchant, now, now)
}

async fn begun_twice(app: TestApp) -> Kept {
    let (_, shop) = with_access(&app).await;
    let store = &app.engine.app.store;
    let first = backfill(&shop, app.at(0));
    assert!(store.put_job(&first).await.expect("writes"));
    let on = JobRow { seen: 250, cursor: Some("2".into()), version: 2, ..first.clone() };
    assert!(store.put_job(&on).await.expect("writes"));
    store.put_job(&first).await.expect("writes, or is refused");
    same("pages read", &store.job(shop.id, Task::Backfill).await.expect("reads").map(|row| row.seen), &Some(250))
}

async fn two_workers(app: TestApp) -> Kept {
    let (_, shop) = with_access(&app).await;
    let store = &app.engine.app.store;
    let first = backfill(&shop, app.at(0));
    store.put_job(&first).await.expect("writes");
    let step = |version, cursor: &str| JobRow { cursor: Some(cursor.into()), version, ..first.clone() };
    for (version, cursor) in [(2, "2"), (3, "3"), (2, "2")] {
        store.put_job(&step(version, cursor)).await.expect("writes, or is refused");
    }
    let row = store.job(shop.id, Task::Backfill).await.expect("reads").expect("a job");
    same("the next page", &row.cursor, &Some("3".to_owned()))
}

async fn uninstalled_late(app: TestApp) -> Kept {
    let (merchant, shop) = with_access(&app).await;
    let before = shop.connected_at.expect("connected") - SignedDuration::from_secs(60);
    app.engine.app.store.uninstall_shop(shop.id, before).await.expect("writes, or is refused");
    same("access", &stored(&merchant).await.access.is_some(), &true)
}

async fn heard_of_the_credentials_before(app: TestApp) -> Kept {
    let (merchant, before) = with_access(&app).await;
    app.engine.advance(1);
    let access = json!({"api": {"access_token": "shpat_2", "base_url": "http://127.0.0.1:9"}});
    merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
    let lacks = Permissions { orders: Missing, codes: Missing, error: None, checked_at: app.at(0) };
    app.engine.app.store.note_permissions(&before, &lacks).await.expect("writes, or is refused");
    same(
        "what is known",
        &merchant.get(&format!("/v1/shops/{}", merchant.shop.id)).await["access"]["codes"],
        &json!("unknown"),
    )
}

async fn uninstalled_twice(app: TestApp) -> Kept {
    let (merchant, shop) = with_access(&app).await;
    for seconds in [60, 120] {
        app.engine.app.store.uninstall_shop(shop.id, app.at(seconds)).await.expect("writes");
    }
    let since = stored(&merchant).await.uninstalled_at.expect("uninstalled");
    same("within a minute of the first", &(since < app.at(90)), &true)
}

async fn remembered_after_it_was_told(app: TestApp) -> Kept {
    let merchant = app.merchant().await;
    merchant.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let id = OrderRef { shop: merchant.shop.id.parse().expect("an id"), id: "1001".parse().expect("an id") };
    let row = app.engine.app.store.order(&id).await.expect("reads").expect("an order");
    let event = OrderEvent { order: id, facts: row.facts, contact: None, customer_id: None };
    remember(&app.engine.app, row.merchant, &event).await.expect("writes, or is refused");
    // Nobody looks again at an order that is only remembered.
    let earlier = TestOrder::paid("1000", app.at(-3600));
    assert_eq!(merchant.shop.post("orders/paid", &earlier.0).await, 200);
    same("not by a new customer", &merchant.why("1001").await["outcome"], &json!("not_credited"))
}

async fn connected(app: TestApp) -> Kept {
    let merchant = app.merchant().await;
    let body = json!({"platform": "shopify", "domain": "two.myshopify.com", "site": "https://two.example",
        "api": {"access_token": "shpat_1", "base_url": "http://127.0.0.1:9"}});
    let made = merchant.call(201, Method::POST, "/v1/shops", body).await;
    same("a poll", &text(&made, "id").is_empty(), &false)
}
