//! What people do through the API, once and as one would expect: grants, redemptions, ids in bodies, the audit.

mod left;
mod once;
mod own;
mod posts;
mod record;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestMerchant, TestOrder, text};
use tokio::task::JoinSet;

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// Calls whatever the answer, with an idempotency key if there is one: status and body.
async fn call(merchant: &TestMerchant, method: Method, path: &str, key: &str, body: &Value) -> (u16, Value) {
    send(merchant, method, path, (&merchant.api_key, key), body).await
}

/// The same with another API key.
async fn send(
    merchant: &TestMerchant,
    method: Method,
    path: &str,
    (api_key, key): (&str, &str),
    body: &Value,
) -> (u16, Value) {
    let app = &merchant.app;
    let request = app.client.request(method, format!("{}{path}", app.engine.url)).bearer_auth(api_key);
    let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
    let answer = request.json(body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("a JSON body"))
}

/// All of them at once; answers in the order of the calls.
async fn at_once(
    merchant: &TestMerchant,
    calls: impl IntoIterator<Item = (String, String, Value)>,
) -> Vec<(u16, Value)> {
    let mut sent = JoinSet::new();
    for (n, (path, key, body)) in calls.into_iter().enumerate() {
        let merchant = merchant.clone();
        sent.spawn(async move { (n, call(&merchant, Method::POST, &path, &key, &body).await) });
    }
    let mut answers = sent.join_all().await;
    answers.sort_by_key(|(n, _)| *n);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// How many were answered so.
fn count(answers: &[(u16, Value)], status: u16) -> usize {
    answers.iter().filter(|(got, _)| *got == status).count()
}

/// An order of 500.00 with this code by a buyer who has no other.
fn order(merchant: &TestMerchant, id: u64, code: &str) -> TestOrder {
    let buyer = json!({"email": format!("bo{id}@example.com"), "customer": {"id": id}});
    TestOrder::paid(&id.to_string(), merchant.app.at(0)).coupon(code).with(buyer)
}

/// A program that rewards advocates only, 100.00 each, changed as a test needs it, with Anna's link ANNA10.
async fn for_anna(merchant: &TestMerchant, change: impl FnOnce(&mut Value)) -> Value {
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            change(body);
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await
}

/// The reward of Anna's that an order has earned.
async fn earned(merchant: &TestMerchant, id: u64) -> Value {
    let paid = order(merchant, id, "ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &paid.0).await, 200);
    the_reward(merchant, id).await
}

async fn the_reward(merchant: &TestMerchant, order: u64) -> Value {
    let why = merchant.why(&order.to_string()).await;
    let rewards = merchant.get(&format!("/v1/rewards?referral={}", text(&why, "referral"))).await;
    let all = rewards["data"].as_array().expect("a list").clone();
    all.into_iter().find(|reward| reward["side"] == "advocate").expect("the advocate's")
}

/// The advocate's accounts in SEK, as far as they are not zero; and the books balance.
async fn books(merchant: &TestMerchant, link: &Value) -> Value {
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    let mut balances = merchant.ledger(&link["advocate"]).await["balances"]["SEK"].clone();
    if let Some(accounts) = balances.as_object_mut() {
        accounts.retain(|_, amount| amount != "0.00");
    }
    balances
}

/// What is on record, newest first.
async fn actions(merchant: &TestMerchant) -> Vec<String> {
    let record = merchant.get("/v1/audit").await;
    record["data"].as_array().expect("a list").iter().map(|row| text(row, "action")).collect()
}

/// How often that was done.
async fn done(merchant: &TestMerchant, action: &str) -> usize {
    actions(merchant).await.iter().filter(|known| *known == action).count()
}
