//! What merchants' own systems are told of, and what becomes of each webhook.

mod deliveries;
mod endpoints;
mod events;
mod fan_out;
mod once;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::{EndpointId, MerchantId};
use shared::store::Endpoint;
use tests::{Received, Receiver, TestApp, TestMerchant, TestOrder, text};

/// An endpoint that asks for these events; the answer has the secret.
async fn listening(shop: &TestMerchant, receiver: &Receiver, events: &[&str]) -> Value {
    let body = json!({"url": receiver.url, "events": events});
    shop.call(201, Method::POST, "/v1/webhook-endpoints", body).await
}

fn path(endpoint: &Value) -> String {
    format!("/v1/webhook-endpoints/{}", text(endpoint, "id"))
}

/// What arrived, sorted by what it says it is.
fn told(receiver: &Receiver) -> Vec<String> {
    let mut told: Vec<_> = receiver.received().iter().map(|webhook| text(&webhook.json(), "type")).collect();
    told.sort();
    told
}

/// What arrived of one kind, oldest first.
fn told_of(receiver: &Receiver, kind: &str) -> Vec<Received> {
    receiver.received().into_iter().filter(|webhook| webhook.json()["type"] == kind).collect()
}

/// What one webhook of a kind says; the last of several.
fn said(receiver: &Receiver, kind: &str) -> Value {
    told_of(receiver, kind).last().unwrap_or_else(|| panic!("no {kind} in {:?}", told(receiver))).json()["data"].clone()
}

/// Pays an order of 500.00 with Anna's code.
async fn pays(shop: &TestMerchant, id: &str) -> TestOrder {
    let buyer =
        json!({"email": format!("bo{id}@example.com"), "customer": {"id": id.parse::<u64>().expect("a number")}});
    let order = TestOrder::paid(id, shop.app.at(0)).coupon("ANNA10").with(buyer);
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
    order
}

/// An event as it arrived after its endpoint's secret was rotated, and the two secrets that signed it.
pub(crate) async fn an_event() -> (Received, [String; 2]) {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["order.decided"]).await;
    let rotated = shop.call(200, Method::POST, &format!("{}/rotate-secret", path(&endpoint)), json!({})).await;
    shop.anna().await;
    pays(&shop, "1001").await;
    app.drain().await;
    (receiver.received().remove(0), [text(&endpoint, "secret"), text(&rotated, "secret")])
}

/// The stored endpoint.
async fn stored(app: &TestApp, shop: &TestMerchant, endpoint: &Value) -> Endpoint {
    let id: EndpointId = text(endpoint, "id").parse().expect("an id");
    app.engine.app.store.endpoint(merchant(app, shop).await, id).await.expect("reads").expect("an endpoint")
}

async fn merchant(app: &TestApp, shop: &TestMerchant) -> MerchantId {
    let id = shop.shop.id.parse().expect("an id");
    app.engine.app.store.shop(id).await.expect("reads").expect("a shop").merchant
}
