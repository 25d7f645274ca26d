//! Faults that referral tools are known for, each by its name: what a merchant would notice, and what happens here.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, parameter, reward, text};

async fn post(merchant: &TestMerchant, topic: &str, body: &Value) {
    assert_eq!(merchant.shop.post(topic, body).await, 200, "{topic}");
}

/// Anna's link, and an order of 500.00 with her code.
async fn start() -> (TestMerchant, Value, TestOrder) {
    let merchant = TestApp::start().await.merchant().await;
    let link = merchant.anna().await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    (merchant, link, order)
}

fn both(advocate: &str, friend: &str, state: &str) -> [(String, String, String); 2] {
    [reward("advocate", advocate, state), reward("friend", friend, state)]
}

#[tokio::test]
async fn partial_refund_counted_as_full() {
    let (merchant, _, order) = start().await;
    post(&merchant, "orders/paid", &order.0).await;
    post(&merchant, "refunds/create", &order.refund(1, "50.00", merchant.app.at(10))).await;
    assert_eq!(merchant.rewards().await, both("100.00", "45.00", "approved"));
    assert_eq!(merchant.why("1001").await["outcome"], "credited");
}

#[tokio::test]
async fn refund_after_payout() {
    let (merchant, link, order) = start().await;
    post(&merchant, "orders/paid", &order.0).await;
    let rewards = merchant.get(&format!("/v1/rewards?advocate={}", text(&link, "advocate"))).await;
    let path = format!("/v1/rewards/{}", text(&rewards["data"][0], "id"));
    merchant.call(200, Method::POST, &format!("{path}/fulfil"), json!({"actor": "Eva"})).await;
    merchant.call(200, Method::POST, &format!("{path}/redeem"), json!({"id": "u1", "actor": "Eva"})).await;
    post(&merchant, "refunds/create", &order.refund(1, "500.00", merchant.app.at(10))).await;
    // Not lost from sight: the advocate owes it, and the books say so.
    let balances = &merchant.ledger(&link["advocate"]).await["balances"]["SEK"];
    assert_eq!((text(balances, "redeemed"), text(balances, "clawback")), ("100.00".into(), "-100.00".into()));
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn redelivered_order_pays_twice() {
    let (merchant, _, order) = start().await;
    for topic in ["orders/create", "orders/paid", "orders/paid", "orders/updated", "orders/paid"] {
        post(&merchant, topic, &order.0).await;
    }
    assert_eq!(merchant.rewards().await, both("100.00", "50.00", "approved"));
    assert_eq!(merchant.get("/v1/ledger/check").await["postings"], 1);
}

#[tokio::test]
async fn growing_order_after_pending() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|body| body["hold_days"] = json!(14)).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    post(&merchant, "orders/paid", &order.0).await;
    assert_eq!(merchant.rewards().await, both("100.00", "50.00", "pending"));
    let line = json!([{"id": 1, "price": "800.00", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []}]);
    let grown = order.later(
        merchant.app.at(60),
        json!({"subtotal_price": "800.00", "line_items": line,
        "discount_codes": [{"code": "ANNA10", "amount": "80.00", "type": "percentage"}]}),
    );
    post(&merchant, "orders/updated", &grown.0).await;
    assert_eq!(merchant.rewards().await, both("100.00", "80.00", "pending"));
    merchant.app.days_pass(15).await;
    assert_eq!(merchant.rewards().await, both("100.00", "80.00", "approved"));
}

#[tokio::test]
async fn edited_order() {
    let (merchant, _, order) = start().await;
    post(&merchant, "orders/paid", &order.0).await;
    let line = json!([{"id": 1, "price": "400.00", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []}]);
    let edited = order.clone().later(
        merchant.app.at(60),
        json!({"subtotal_price": "400.00", "line_items": line,
        "discount_codes": [{"code": "ANNA10", "amount": "40.00", "type": "percentage"}]}),
    );
    post(&merchant, "orders/updated", &edited.0).await;
    assert_eq!(merchant.rewards().await, both("100.00", "40.00", "approved"));
    // The message from before the edit comes again, late: it knows less.
    post(&merchant, "orders/paid", &order.0).await;
    assert_eq!(merchant.rewards().await, both("100.00", "40.00", "approved"));
}

#[tokio::test]
async fn yen_times_100() {
    let merchant = TestApp::start().await.merchant().await;
    let yen = |amount: &str| json!({"amount": amount, "currency": "JPY"});
    let program = merchant
        .program(|body| {
            body["qualify"]["minimum_order"] = yen("3000");
            body["rewards"]["advocate"][0]["value"] = yen("1000");
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let line =
        json!([{"price": "5005", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []}]);
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    let order = order
        .with(json!({"currency": "JPY", "subtotal_price": "5005", "total_price": "5505", "line_items": line,
        "discount_codes": [{"code": "ANNA10", "amount": "500", "type": "percentage"}]}));
    post(&merchant, "orders/paid", &order.0).await;
    assert_eq!(merchant.rewards().await, both("1000", "500", "approved"));
}

#[tokio::test]
async fn window_checked_only_in_a_cookie() {
    let (merchant, link, _) = start().await;
    let landing = merchant.app.click(&text(&link, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    // The shopper's browser keeps the token as long as it likes; the token itself knows when it was made.
    merchant.app.engine.advance(31 * 86_400);
    let order = TestOrder::paid("1001", merchant.app.at(0)).token(&token);
    post(&merchant, "orders/paid", &order.0).await;
    let why = merchant.why("1001").await;
    assert_eq!(why["outcome"], "not_credited");
    let said = text(&why, "counterfactual");
    assert!(said.starts_with("It would have counted if the order had been placed by"), "{said}");
}

#[tokio::test]
async fn terms_taken_from_the_browser() {
    let (merchant, link, order) = start().await;
    let landing = merchant.app.click(&text(&link, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    // Whatever a page or a shopper adds to the order, the reward is what the program says.
    let attributes = json!([{"name": "ref_click", "value": token}, {"name": "reward", "value": "9999.00"},
        {"name": "percent", "value": "90"}, {"name": "advocate", "value": "adv_01KAK5QG80EJZ3V6B7N2T4M9QC"}]);
    let landed = format!("/?ref=ANNA10&reward=9999&program=prg_other&ref_click={token}");
    let order = order.with(json!({"note_attributes": attributes, "landing_site": landed}));
    post(&merchant, "orders/paid", &order.0).await;
    assert_eq!(merchant.rewards().await, both("100.00", "50.00", "approved"));
    assert_eq!(text(&merchant.why("1001").await, "advocate"), text(&link, "advocate"));
    // A token that somebody made up is no evidence.
    let forged = format!("{}x", &token[..token.len() - 1]);
    let other = TestOrder::paid("1002", merchant.app.at(5)).token(&forged).with(json!({"email": "cleo@example.com",
        "customer": {"id": 7002}}));
    post(&merchant, "orders/paid", &other.0).await;
    assert_eq!(merchant.why("1002").await["outcome"], "not_credited");
}
