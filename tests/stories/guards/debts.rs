//! What an advocate owes: rewards that were used before their orders were called off, and later ones that make good for
//! them. Orders of one advocate meet here, though they share nothing else.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, text};

use super::outbox::{cancel, restore};
use super::{
    Equivalent, Guard, Kept, Lock, THERE, TRANSACT, UPDATE, annas, balance, lock, overtaken, pays, prove, same,
};

const ACCOUNT: Lock = lock("links.rs put_account", TRANSACT, "ADV# #", "account.#v = :before");
const REST: Lock = lock("orders.rs rest_referral", UPDATE, "REF#", "dsk = :found");

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "of two debts that arise at once none is lost",
        lock: ACCOUNT,
        story: |app| Box::pin(two_debts_at_once(app)),
    },
    Guard { name: "a debt is made good for once", lock: ACCOUNT, story: |app| Box::pin(two_make_good_at_once(app)) },
    Guard {
        name: "a reward that made good comes back although its own order changes at the same time",
        lock: ACCOUNT,
        story: |app| Box::pin(changed_while_given_back(app)),
    },
    Guard {
        name: "a reward that made good comes back although it was just looked at",
        lock: REST,
        story: |app| Box::pin(given_back_while_at_rest(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[Equivalent {
    lock: lock("orders.rs commit", TRANSACT, "REF#", THERE),
    because: "a referral is entered into the account in the transaction that writes it, and is never deleted",
    unless: &[],
    story: |app| Box::pin(given_back(app)),
}];

#[tokio::test]
async fn debts_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// Anna's reward of an order is used.
async fn used(shop: &TestMerchant, order: &TestOrder) {
    let rewards = shop.get("/v1/rewards").await;
    let rewards = rewards["data"].as_array().expect("a list");
    let id = order.0["id"].to_string();
    let hers = |reward: &&Value| reward["side"] == "advocate" && text(&reward["order"], "id") == id;
    let path = format!("/v1/rewards/{}/redeem", text(rewards.iter().find(hers).expect("a reward"), "id"));
    shop.call(200, Method::POST, &path, json!({"id": "u1", "actor": "till 4"})).await;
}

/// Anna's link, and orders whose rewards she has used: 1001, 1002, …
async fn with_used(app: &TestApp, count: u64) -> (TestMerchant, Value, Vec<TestOrder>) {
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let orders: Vec<_> = (1001..=1000 + count).map(|id| annas(app, id)).collect();
    for order in &orders {
        pays(&shop, order).await;
        used(&shop, order).await;
    }
    (shop, link, orders)
}

/// All her orders are called off: she owes 100.00 for each.
async fn with_debts(app: &TestApp, count: u64) -> (TestMerchant, Value, Vec<TestOrder>) {
    let (shop, link, orders) = with_used(app, count).await;
    for order in &orders {
        cancel(app, &shop, order, 100).await;
    }
    (shop, link, orders)
}

async fn owed(shop: &TestMerchant, link: &Value, expected: &str) -> Kept {
    same("owed to the advocate", &balance(shop, link, "liability").await, &expected)
}

async fn two_debts_at_once(app: TestApp) -> Kept {
    let (shop, link, orders) = with_used(&app, 2).await;
    let (late, first) = (cancel(&app, &shop, &orders[0], 100), cancel(&app, &shop, &orders[1], 100));
    overtaken(&app, [TRANSACT, "ADV#", ""], late, first).await;
    for id in [1003, 1004] {
        pays(&shop, &annas(&app, id)).await;
    }
    owed(&shop, &link, "0.00").await
}

async fn two_make_good_at_once(app: TestApp) -> Kept {
    let (shop, link, _) = with_debts(&app, 1).await;
    let (late, first) = (annas(&app, 1003), annas(&app, 1004));
    overtaken(&app, [TRANSACT, "ADV#", ""], pays(&shop, &late), pays(&shop, &first)).await;
    owed(&shop, &link, "100.00").await
}

async fn given_back(app: TestApp) -> Kept {
    let (shop, link, orders) = with_debts(&app, 1).await;
    pays(&shop, &annas(&app, 1003)).await;
    restore(&app, &shop, &orders[0], 200).await;
    app.days_pass(1).await;
    owed(&shop, &link, "100.00").await
}

async fn changed_while_given_back(app: TestApp) -> Kept {
    let (shop, link, orders) = with_debts(&app, 1).await;
    let makes_good = annas(&app, 1003);
    pays(&shop, &makes_good).await;
    // The friend's share becomes less; the advocate's reward is as it was.
    let refund = makes_good.refund(1, "50.00", app.at(150));
    let late = shop.shop.post("refunds/create", &refund);
    overtaken(&app, [TRANSACT, "REF#", ""], late, restore(&app, &shop, &orders[0], 200)).await;
    app.days_pass(1).await;
    owed(&shop, &link, "100.00").await
}

/// Two rewards made good for two debts. When one debt is gone both are looked at, and the second is left as it is. Before
/// it is put to rest, the other debt is gone as well.
async fn given_back_while_at_rest(app: TestApp) -> Kept {
    let (shop, link, orders) = with_debts(&app, 2).await;
    for id in [1003, 1004] {
        pays(&shop, &annas(&app, id)).await;
    }
    restore(&app, &shop, &orders[0], 200).await;
    app.engine.advance(1);
    let late = async { app.engine.tick().await.expect("ticks") };
    overtaken(&app, [UPDATE, "REF#", "dpk"], late, restore(&app, &shop, &orders[1], 200)).await;
    app.days_pass(1).await;
    owed(&shop, &link, "200.00").await
}
