//! Mails that follow from what happened: a friend is welcomed, an advocate hears what becomes of a reward, and the merchant
//! of what waits.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, TestPool, codes, text};

/// The kinds of mails that somebody got, in order.
async fn kinds(merchant: &TestMerchant, to: &str) -> Vec<String> {
    merchant.app.drain().await;
    let mails = merchant.app.engine.inbox.mails();
    mails.into_iter().filter(|mail| mail.to == to).map(|mail| mail.kind).collect()
}

async fn friend(merchant: &TestMerchant, status: u16, code: &str, email: &str) -> Value {
    let body = json!({"email": email, "name": "Cy", "locale": "en"});
    merchant.call(status, Method::POST, &format!("/v1/links/{code}/friends"), body).await
}

#[tokio::test]
async fn a_friend_who_gave_an_address_is_welcomed_once_with_the_code() {
    let merchant = TestApp::start().await.merchant().await;
    merchant.anna().await;
    let first = friend(&merchant, 200, "anna10", "cy@example.com").await;
    assert_eq!((&first["welcome"], &first["reason"]), (&json!(true), &json!(null)));
    let again = friend(&merchant, 200, "ANNA10", "cy@example.com").await;
    assert_eq!((&again["welcome"], &again["reason"]), (&json!(false), &json!("welcomed_before")));
    assert_eq!(kinds(&merchant, "cy@example.com").await, ["welcome"]);
    let mail = merchant.app.engine.inbox.mails().remove(0);
    assert!(mail.text.contains("ANNA10") && mail.text.contains("Anna") && mail.text.contains("Cy"), "{}", mail.text);
}

#[tokio::test]
async fn who_is_no_friend_is_not_welcomed_and_the_reason_is_told() {
    let merchant = TestApp::start().await.merchant().await;
    let link = merchant.anna().await;
    assert_eq!(friend(&merchant, 200, "anna10", "anna@example.com").await["reason"], "own_link");
    let order = TestOrder::paid("1001", merchant.app.at(0));
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(friend(&merchant, 200, "anna10", "bo@example.com").await["reason"], "not_a_new_customer");
    friend(&merchant, 404, "nobody", "cy@example.com").await;
    let other = merchant.app.merchant().await;
    friend(&other, 404, "anna10", "cy@example.com").await;
    let path = format!("/v1/programs/{}", text(&link, "program"));
    merchant.call(200, Method::PATCH, &path, json!({"mails": {"off": ["welcome"]}})).await;
    assert_eq!(friend(&merchant, 200, "anna10", "cy@example.com").await["reason"], "switched_off");
    merchant.call(200, Method::PATCH, &path, json!({"mails": null, "state": "paused"})).await;
    assert_eq!(friend(&merchant, 200, "anna10", "cy@example.com").await["reason"], "link_ended");
    assert_eq!(kinds(&merchant, "cy@example.com").await, [""; 0]);
}

#[tokio::test]
async fn an_advocate_hears_of_a_friends_order_of_the_reward_and_of_its_end() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|body| body["hold_days"] = json!(14)).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(kinds(&merchant, "anna@example.com").await, ["friend_ordered"]);
    merchant.app.days_pass(14).await;
    assert_eq!(kinds(&merchant, "anna@example.com").await, ["friend_ordered", "reward_ready"]);
    let refund = order.refund(1, "500.00", merchant.app.at(9));
    assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
    assert_eq!(kinds(&merchant, "anna@example.com").await, ["friend_ordered", "reward_ready", "reward_void"]);
    // Told again, nothing more is said.
    assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
    assert_eq!(kinds(&merchant, "anna@example.com").await.len(), 3);
}

#[tokio::test]
async fn a_reward_that_stands_again_before_the_mail_went_is_not_taken_back_in_words() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|body| body["hold_days"] = json!(14)).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    let at = merchant.app.at(60);
    let cancelled = order.clone().later(at, json!({"cancelled_at": format!("{at:.0}")}));
    let paid = order.clone().later(merchant.app.at(120), json!({}));
    for body in [&order.0, &cancelled.0, &paid.0] {
        assert_eq!(merchant.shop.post("orders/updated", body).await, 200);
    }
    assert_eq!(kinds(&merchant, "anna@example.com").await, ["friend_ordered"]);
}

#[tokio::test]
async fn a_code_that_is_not_used_is_remembered_a_week_before_it_is_gone() {
    let merchant = TestApp::start().await.merchant().await;
    let pool = TestPool::new(&merchant, 0).await;
    pool.add(200, &codes("Gift", 2)).await;
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            let reward = &mut body["rewards"]["advocate"][0];
            reward["fulfilment"] = json!("coupon_pool");
            reward["pool"] = json!(pool.id);
            reward["expires_days"] = json!(30);
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(kinds(&merchant, "anna@example.com").await, ["reward_ready"]);
    merchant.app.days_pass(22).await;
    assert_eq!(kinds(&merchant, "anna@example.com").await.len(), 1);
    merchant.app.days_pass(1).await;
    assert_eq!(kinds(&merchant, "anna@example.com").await, ["reward_ready", "reward_expiring"]);
    merchant.app.days_pass(10).await;
    assert_eq!(kinds(&merchant, "anna@example.com").await.len(), 2);
}

#[tokio::test]
async fn a_merchant_hears_once_a_week_of_what_waits_and_nothing_if_nothing_does() {
    let merchant = TestApp::start().await.merchant_with_digest().await;
    merchant.app.days_pass(8).await;
    assert_eq!(kinds(&merchant, "hej@nordicshoes.example").await, [""; 0]);
    merchant.anna().await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    merchant.app.days_pass(8).await;
    let told = kinds(&merchant, "hej@nordicshoes.example").await;
    assert_eq!(told, ["digest"], "Anna's reward is to be handed over by hand");
    let off = merchant.call(200, Method::PATCH, "/v1/merchant", json!({"digest": "never"})).await;
    assert_eq!(off["digest"], "never");
    merchant.app.days_pass(30).await;
    assert_eq!(kinds(&merchant, "hej@nordicshoes.example").await.len(), 1);
    merchant.call(200, Method::PATCH, "/v1/merchant", json!({"digest": "day"})).await;
    merchant.app.days_pass(1).await;
    assert_eq!(kinds(&merchant, "hej@nordicshoes.example").await.len(), 2);
}
