//! Orders of one buyer at once: each is decided about once, whatever the others do, and the earliest is the first.

use serde_json::json;
use tests::{TestApp, TestMerchant};

use super::{order, outcome, owed};

/// Tells of so many orders at once, of one buyer or of as many; answers how often one of them was tried.
async fn attempts(merchant: &TestMerchant, orders: u32, one_buyer: bool) -> u32 {
    // Each attempt reads the link on its order, once.
    let attempts = merchant.app.engine.wire.count("GetItem", "LNK#ANNA10");
    let sent: Vec<_> = (0..orders)
        .map(|number| {
            let buyer = if one_buyer { 0 } else { number };
            let email = format!("buyer{buyer}@example.com");
            let account = 7000 + u64::from(buyer);
            let order = order(merchant, &format!("{}", 100 + number), i64::from(number), &email, account, "ANNA10");
            let shop = merchant.shop.clone();
            tokio::spawn(async move { shop.post("orders/paid", &order.0).await })
        })
        .collect();
    for one in sent {
        assert_eq!(one.await.expect("a task"), 200);
    }
    assert_eq!(merchant.get("/v1/parked").await["data"], json!([]), "{orders} at once");
    attempts.count()
}

#[tokio::test]
async fn repair_08_orders_of_one_buyer_at_once_are_tried_about_once_each() {
    let mut tried = Vec::new();
    for orders in [2, 8, 32] {
        let merchant = TestApp::with_faults().await.merchant().await;
        merchant.anna().await;
        let attempts = attempts(&merchant, orders, true).await;
        tried.push((orders, attempts));
        assert_eq!(outcome(&merchant, "100").await, "credited", "{orders} at once");
        for later in 101..100 + orders {
            assert_eq!(outcome(&merchant, &later.to_string()).await, "not_credited", "{later} of {orders} at once");
        }
        assert_eq!(owed(&merchant).await, 2, "{orders} at once");
        assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    }
    println!("orders of one buyer at once, and attempts in all: {tried:?}");
    for (orders, attempts) in &tried {
        // Who came first decides who has to look again; nobody has to more than twice on average.
        assert!(*attempts >= *orders && *attempts <= 3 * orders, "{tried:?}");
    }
}

#[tokio::test]
async fn repair_08_orders_of_many_buyers_at_once_are_tried_once() {
    let merchant = TestApp::with_faults().await.merchant().await;
    merchant.anna().await;
    assert_eq!(attempts(&merchant, 8, false).await, 8);
    assert_eq!(owed(&merchant).await, 16);
}
