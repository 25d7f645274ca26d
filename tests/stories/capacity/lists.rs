//! What lists cost that say whose their rows are.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, text};

use super::{Bill, cost, link, order, sek, webhook};

/// Orders that are credited to one advocate, each by a friend of its own.
const ORDERS: usize = 20;

#[tokio::test]
async fn a_page_of_rewards_costs_what_it_shows() {
    let merchant = TestApp::start().await.merchant().await;
    let by_hand = |body: &mut Value| {
        let reward = json!([{"kind": "fixed", "value": sek("50.00"), "fulfilment": "manual"}]);
        body["rewards"] = json!({"friend": reward, "advocate": reward});
    };
    link(&merchant, "anna10", by_hand).await;
    for id in 1..=ORDERS {
        webhook(&merchant, "orders/paid", &order(&merchant, &id.to_string(), "anna10").0).await;
    }
    let page = async |query: &str, rows: usize| {
        let path = format!("/v1/rewards?{query}");
        let read = async {
            let data = merchant.get(&path).await["data"].as_array().expect("rows").clone();
            assert_eq!(data.len(), rows, "{query}");
            assert!(data.iter().all(|row| row["customer"]["email"].is_string()), "{query}");
        };
        cost(&merchant.app, "GET /v1/rewards", read).await
    };
    // Twenty units are the forty partitions of the index that may hold any, whatever was ever paid.
    let mut bill = Bill::default();
    bill.add("what is to be paid, 20 of one advocate", page("to_pay=true&side=advocate", ORDERS).await, (44.0, 0.0));
    bill.add("… 20 of as many friends", page("to_pay=true&side=friend", ORDERS).await, (63.0, 0.0));
    bill.add("… both", page("to_pay=true", 2 * ORDERS).await, (64.0, 0.0));
    bill.add("… one row", page("to_pay=true&limit=1", 1).await, (25.0, 0.0));
    let to_pay = merchant.get("/v1/rewards?to_pay=true").await["data"].as_array().expect("rows").clone();
    for reward in &to_pay[2..] {
        let path = format!("/v1/rewards/{}/fulfil", text(reward, "id"));
        merchant.call(200, Method::POST, &path, json!({"actor": "Eva"})).await;
    }
    bill.add("… when all but one order was paid", page("to_pay=true", 2).await, (26.0, 0.0));
    bill.settle();
}
