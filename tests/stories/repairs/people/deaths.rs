//! Who settles an order dies at any of its calls to storage. What the same people order before and after that is decided
//! as if the order had never been there, until it is told again; then as if nobody had died.

use reqwest::Method;
use serde_json::json;
use tests::{TestApp, TestMerchant, TestOrder};
use tokio::task::JoinSet;

use super::{order, outcome, owed, tell};

const BO: &str = "bo@example.com";

async fn merchant() -> TestMerchant {
    let merchant = TestApp::with_faults().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    // Orders of an hour ago carry the code too.
    let link = json!({"program": program["id"], "advocate": {"email": "anna@example.com", "name": "Anna"}, "code": "anna10",
        "existed_since": "2026-01-01T00:00:00Z"});
    merchant.call(201, Method::POST, "/v1/links", link).await;
    merchant
}

/// Tells of an order; who settles it dies after so many calls. `false`: that many are not made.
async fn dies_after(merchant: &TestMerchant, calls: u32, order: &TestOrder) -> bool {
    let wire = &merchant.app.engine.wire;
    wire.die_after(calls);
    merchant.shop.post("orders/paid", &order.0).await;
    let died = wire.calls_left() == Some(0);
    wire.heal();
    died
}

/// The order of Bo in the middle of three dies after so many calls. Both others carry Anna's code.
async fn death(calls: u32, code: &'static str, again: bool) -> bool {
    let merchant = merchant().await;
    let dead = order(&merchant, "20", 60, BO, 7, code);
    let died = dies_after(&merchant, calls, &dead).await;
    let path = format!("/v1/orders/{}/20/why", merchant.shop.id);
    let why = merchant.app.send(Method::GET, &path, &merchant.api_key, None).await;
    // Written, or not: there is nothing between.
    let was_written = why.status() == 200;
    assert!(was_written || why.status() == 404, "after {calls} calls: {}", why.status());

    let at = format!("dead after {calls} calls, code {code:?}, told again: {again}");
    tell(&merchant, &order(&merchant, "30", 120, BO, 7, "ANNA10")).await;
    let expected = if was_written { "not_credited" } else { "credited" };
    let why = merchant.why("30").await;
    assert_eq!(why["outcome"], expected, "{at}: {why}");
    if again {
        tell(&merchant, &dead).await;
        assert_eq!(outcome(&merchant, "30").await, "not_credited", "{at}");
        let of_the_dead = if code.is_empty() { "not_credited" } else { "credited" };
        assert_eq!(outcome(&merchant, "20").await, of_the_dead, "{at}");
    }
    // An order that was placed before both: whatever it was, it is the first.
    tell(&merchant, &order(&merchant, "10", -3600, BO, 0, "ANNA10")).await;
    assert_eq!(outcome(&merchant, "10").await, "credited", "{at}");
    assert_eq!(outcome(&merchant, "30").await, "not_credited", "{at}");
    if again {
        assert_eq!(outcome(&merchant, "20").await, "not_credited", "{at}");
    }
    assert_eq!((owed(&merchant).await, merchant.get("/v1/parked").await["data"].clone()), (2, json!([])), "{at}");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true, "{at}");
    died
}

/// How many calls it takes to settle an order.
async fn calls(merchant: &TestMerchant, order: &TestOrder) -> u32 {
    merchant.app.engine.wire.die_after(1000);
    tell(merchant, order).await;
    1000 - merchant.app.engine.wire.calls_left().expect("they are counted")
}

#[tokio::test]
async fn repair_07_a_death_at_any_call_leaves_no_purchase_behind() {
    let mut deaths = JoinSet::new();
    let mut expected = 0;
    for code in ["", "ANNA10"] {
        let undisturbed = merchant().await;
        let calls = calls(&undisturbed, &order(&undisturbed, "20", 60, BO, 7, code)).await;
        // One more than it takes: nobody dies.
        for number in 0..=calls {
            for again in [true, false] {
                deaths.spawn(death(number, code, again));
            }
        }
        expected += 2 * calls;
    }
    let died = deaths.join_all().await.into_iter().filter(|died| *died).count();
    assert!(died >= usize::try_from(expected).expect("a number"), "{died} of {expected}");
}

#[tokio::test]
async fn repair_07_who_died_while_later_orders_were_decided_again_is_mended_by_the_next_message() {
    // Both at once, however long it takes to tell of them.
    let orders = |merchant: &TestMerchant| {
        [order(merchant, "20", -3600, "second@example.com", 7, "ANNA10"), order(merchant, "30", 0, BO, 7, "ANNA10")]
    };
    let undisturbed = merchant().await;
    let [first, later] = orders(&undisturbed);
    tell(&undisturbed, &later).await;
    let calls = calls(&undisturbed, &first).await;
    let mut deaths = JoinSet::new();
    for number in 0..calls {
        deaths.spawn(async move {
            let merchant = merchant().await;
            let [first, later] = orders(&merchant);
            tell(&merchant, &later).await;
            assert!(dies_after(&merchant, number, &first).await, "{number}");
            // The same message comes again; nothing is waited for that never comes.
            tell(&merchant, &first).await;
            tell(&merchant, &later).await;
            let outcomes = [outcome(&merchant, "20").await, outcome(&merchant, "30").await];
            assert_eq!(outcomes, ["credited", "not_credited"], "dead after {number} of {calls} calls");
            assert_eq!(owed(&merchant).await, 2, "dead after {number} of {calls} calls");
        });
    }
    deaths.join_all().await;
}
