//! Who is one person, and what happens to orders of one buyer at once.

mod accounts;
mod at_once;
mod deaths;
mod unusual;

use serde_json::{Value, json};
use tests::{TestMerchant, TestOrder, text};

/// An order so many seconds from now by the customer with this address and this account (0: a guest), with Anna's code or
/// without any.
fn order(merchant: &TestMerchant, id: &str, seconds: i64, email: &str, account: u64, code: &str) -> TestOrder {
    let customer = if account == 0 { Value::Null } else { json!({"id": account}) };
    let order = TestOrder::paid(id, merchant.app.at(seconds)).with(json!({"email": email, "customer": customer}));
    if code.is_empty() { order } else { order.coupon(code) }
}

/// The shop tells of an order.
async fn tell(merchant: &TestMerchant, order: &TestOrder) {
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200, "{}", order.0["id"]);
}

async fn outcome(merchant: &TestMerchant, order: &str) -> String {
    text(&merchant.why(order).await, "outcome")
}

/// What stands under "input" for a rule, and how it came out.
async fn rule(merchant: &TestMerchant, order: &str, rule: &str) -> (String, String) {
    let why = merchant.why(order).await;
    let line = why["rules"].as_array().expect("a list").iter().find(|line| line["rule"] == rule).expect("the rule");
    (text(line, "input"), text(line, "outcome"))
}

/// What all advocates are owed.
async fn owed(merchant: &TestMerchant) -> usize {
    merchant.rewards().await.into_iter().filter(|(_, _, state)| state != "void").count()
}
