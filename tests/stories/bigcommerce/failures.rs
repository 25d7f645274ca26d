//! When the API does not answer as it should: the event is kept, and applied when it does.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use shared::domain::endpoint::Reach;
use shared::domain::order::OrderEvent;
use shared::platform::Context;
use shared::platform::api::{ApiFailure, Client};
use tests::Told;

use super::{Store, order};

/// Tells of an order while the API answers so, and then lets time pass with the API well again.
async fn told_while(faults: impl IntoIterator<Item = Told>) -> (String, Store) {
    let store = Store::start().await;
    store.shop.merchant.app.drain().await;
    store.put(order(250, store.at(0)));
    store.server.answer(faults);
    assert_eq!(
        store.shop.post(&Store::event("store/order/created", 250)).await,
        200,
        "kept, so it need not come again"
    );
    let parked = store.shop.merchant.get("/v1/parked").await;
    assert_eq!(parked["data"][0]["topic"], "store/order/created", "{parked}");
    store.is_not_stored("250").await;
    let error = parked["data"][0]["error"].as_str().unwrap_or_default().to_owned();
    (error, store)
}

async fn is_applied(store: &Store) {
    store.shop.merchant.app.days_pass(1).await;
    assert_eq!(store.shop.merchant.get("/v1/parked").await["data"], json!([]));
    store.shop.merchant.expect_one_referral("250").await;
}

/// The same answer to everything that is asked for one order.
fn always(told: &Told) -> Vec<Told> {
    vec![told.clone(); 5]
}

/// Asks for the order 250, and has no patience.
async fn asked(store: &Store) -> Result<Option<OrderEvent>, ApiFailure> {
    let app = &store.shop.merchant.app.engine.app;
    let id = store.shop.merchant.shop.id.parse().expect("an id");
    let shop = app.store.shop(id).await.expect("reads").expect("a shop");
    let client = Client::new(Reach::ThisMachine).within(Duration::from_millis(300));
    let caller = client.caller(&app.config.keys, &shop).expect("access");
    caller.order(&"250".parse().expect("an id"), Context::of(&shop, &app.config.keys, app.now())).await
}

#[tokio::test]
async fn an_event_waits_while_the_credentials_are_refused() {
    for status in [401, 403] {
        let (error, store) = told_while(always(&Told::status(status, "{\"title\": \"no\"}"))).await;
        assert!(error.contains(&format!("refused the credentials with status {status}")), "{error}");
        is_applied(&store).await;
    }
}

#[tokio::test]
async fn an_event_waits_while_the_store_has_had_enough_of_calls() {
    let busy = Told::status(429, "").with("x-rate-limit-time-reset-ms", "15000");
    let (error, store) = told_while(always(&busy)).await;
    assert!(error.contains("asks for a pause"), "{error}");
    is_applied(&store).await;
    // For as long as the store says, or, where it does not, nobody knows how long.
    let asked = |told: Told| {
        store.server.answer(always(&told));
        asked(&store)
    };
    assert_eq!(asked(busy).await, Err(ApiFailure::Throttled(Some(SignedDuration::from_secs(15)))));
    let endless = Told::status(429, "").with("x-rate-limit-time-reset-ms", "99000000");
    assert_eq!(asked(endless).await, Err(ApiFailure::Throttled(Some(SignedDuration::from_hours(1)))));
    assert_eq!(asked(Told::status(429, "")).await, Err(ApiFailure::Throttled(None)));
}

#[tokio::test]
async fn an_event_waits_while_the_store_has_a_fault() {
    for status in [500, 502, 503] {
        let (error, store) = told_while(always(&Told::status(status, "<html>"))).await;
        assert!(error.contains(&format!("status {status}")), "{error}");
        is_applied(&store).await;
    }
}

#[tokio::test]
async fn an_event_waits_while_the_answers_are_nonsense() {
    for nonsense in ["<html>", "{\"id\": 250", "{\"id\": []}", "[1]"] {
        let (error, store) = told_while(always(&Told::status(200, nonsense))).await;
        assert!(error.contains("can't be read"), "{error}");
        is_applied(&store).await;
    }
}

#[tokio::test]
async fn an_event_waits_even_if_only_a_part_of_its_order_can_not_be_had() {
    let (error, store) = told_while([Told::status(500, "")]).await;
    assert!(error.contains("status 500"), "{error}");
    is_applied(&store).await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_none() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    store.server.answer(always(&Told::status(200, "{}").after(Duration::from_secs(2))));
    assert_eq!(asked(&store).await, Err(ApiFailure::TimedOut));
    assert!(asked(&store).await.expect("an answer").is_some());
}

#[tokio::test]
async fn an_order_that_the_store_does_not_have_is_no_order_and_nothing_waits() {
    let store = Store::start().await;
    assert_eq!(store.shop.post(&Store::event("store/order/created", 250)).await, 200);
    assert_eq!(store.shop.merchant.get("/v1/parked").await["data"], json!([]));
    store.is_not_stored("250").await;
}

#[tokio::test]
async fn an_event_waits_for_credentials_and_is_applied_once_they_are_there() {
    let store = Store::without_access().await;
    store.put(order(250, store.at(0)));
    assert_eq!(store.shop.post(&Store::event("store/order/created", 250)).await, 200);
    let parked = store.shop.merchant.get("/v1/parked").await;
    assert!(parked["data"][0]["error"].as_str().unwrap_or_default().contains("no credentials"), "{parked}");
    store.shop.merchant.app.days_pass(1).await;
    store.is_not_stored("250").await;
    assert!(store.server.asked().is_empty());
    store.give_access().await;
    is_applied(&store).await;
}
