//! Webhook endpoints: what is noted of how they do meets neither what their merchant does meanwhile nor a success.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reaction, Receiver, TestApp, TestMerchant, text};

use super::{Equivalent, Guard, Kept, Lock, THERE, TRANSACT, UPDATE, call, lock, overtaken, prove, same};

const SWITCH_OFF: Lock =
    lock("endpoints.rs disable_endpoint", TRANSACT, "MER# WHE#", "#v = :v AND failing_since = :since");

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "an endpoint that was deleted while it failed stays deleted",
        lock: lock("endpoints.rs endpoint_failed", UPDATE, "MER# WHE#", THERE),
        story: |app| Box::pin(deleted_while_it_fails(app)),
    },
    Guard {
        name: "a failure that is noted late does not hide that the endpoint takes webhooks again",
        lock: lock("endpoints.rs endpoint_failed", UPDATE, "MER# WHE#", "failing_since = :since"),
        story: |app| Box::pin(works_while_a_failure_is_noted(app)),
    },
    Guard {
        name: "an endpoint that was deleted while it took something stays deleted",
        lock: lock("endpoints.rs endpoint_works", UPDATE, "MER# WHE#", "attribute_exists(failing_since)"),
        story: |app| Box::pin(deleted_while_it_works_again(app)),
    },
    Guard {
        name: "an endpoint that was mended meanwhile is not switched off",
        lock: SWITCH_OFF,
        story: |app| Box::pin(mended_while_it_is_switched_off(app)),
    },
    Guard {
        name: "an endpoint that took something meanwhile is not switched off",
        lock: SWITCH_OFF.leaving("#v = :v"),
        story: |app| Box::pin(works_while_it_is_switched_off(app)),
    },
    Guard {
        name: "an endpoint that moved meanwhile is not switched off because its old place is gone",
        lock: lock("endpoints.rs disable_endpoint", TRANSACT, "MER# WHE#", "#v = :v"),
        story: |app| Box::pin(moved_while_its_old_place_is_gone(app)),
    },
    Guard {
        name: "a webhook that is being sent is not sent a second time because somebody asks for it",
        lock: lock("outbox.rs send_again", UPDATE, "OUT#", "#state IN (:queued, :sent, :dead)"),
        story: |app| Box::pin(asked_for_while_it_is_sent(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn endpoints_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// A merchant, a receiver, and the endpoint that leads there.
async fn endpoint(app: &TestApp) -> (TestMerchant, Receiver, String) {
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let made = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": receiver.url})).await;
    (shop, receiver, format!("/v1/webhook-endpoints/{}", text(&made, "id")))
}

/// Has a webhook written that waits for the stream.
async fn one_more(shop: &TestMerchant, path: &str) {
    shop.call(202, Method::POST, &format!("{path}/test"), json!({})).await;
}

/// What waits is sent, once.
async fn stream(app: &TestApp) {
    app.engine.feed().await.expect("feeds");
}

async fn delete(shop: &TestMerchant, path: &str) {
    shop.app.call(200, Method::DELETE, path, &shop.api_key, None).await;
}

/// All of the merchant's endpoints; what is left of one that was deleted can't be read.
async fn listed(shop: &TestMerchant) -> (u16, Option<usize>) {
    let (status, body) = call(shop, Method::GET, "/v1/webhook-endpoints", "", json!(null)).await;
    (status, body["data"].as_array().map(Vec::len))
}

async fn deleted_while_it_fails(app: TestApp) -> Kept {
    let (shop, receiver, path) = endpoint(&app).await;
    receiver.answer([Reaction::Status(500)]);
    one_more(&shop, &path).await;
    overtaken(&app, [UPDATE, "MER# WHE#", "failing_since"], stream(&app), delete(&shop, &path)).await;
    same("endpoints", &listed(&shop).await, &(200, Some(0)))
}

async fn deleted_while_it_works_again(app: TestApp) -> Kept {
    let (shop, receiver, path) = endpoint(&app).await;
    receiver.answer([Reaction::Status(500)]);
    one_more(&shop, &path).await;
    stream(&app).await;
    one_more(&shop, &path).await;
    overtaken(&app, [UPDATE, "MER# WHE#", "REMOVE failing_since"], stream(&app), delete(&shop, &path)).await;
    same("endpoints", &listed(&shop).await, &(200, Some(0)))
}

/// Since when an endpoint fails, and whether it is on.
async fn standing(shop: &TestMerchant, path: &str) -> (Value, Value) {
    let shown = shop.get(path).await;
    (shown["failing_since"].clone(), shown["state"].clone())
}

async fn works_while_a_failure_is_noted(app: TestApp) -> Kept {
    let (shop, receiver, path) = endpoint(&app).await;
    receiver.answer([Reaction::Status(500), Reaction::Status(500)]);
    one_more(&shop, &path).await;
    stream(&app).await;
    app.engine.advance(1);
    one_more(&shop, &path).await;
    let works = async {
        app.engine.advance(6);
        app.engine.tick().await.expect("ticks");
    };
    overtaken(&app, [UPDATE, "MER# WHE#", "failing_since = :first"], stream(&app), works).await;
    same("since when it fails", &standing(&shop, &path).await.0, &json!(null))
}

/// An endpoint that has failed for five days, and one more webhook for it.
async fn about_to_be_switched_off(app: &TestApp) -> (TestMerchant, Receiver, String) {
    let (shop, receiver, path) = endpoint(app).await;
    receiver.answer(std::iter::repeat_n(Reaction::Status(500), 100));
    for _ in 0..4 {
        one_more(&shop, &path).await;
        stream(app).await;
        app.days_pass(1).await;
    }
    // Earlier ones are due again, and nobody has swept yet.
    app.engine.advance(86_400 + 1);
    receiver.clear();
    receiver.answer([Reaction::Status(500)]);
    one_more(&shop, &path).await;
    (shop, receiver, path)
}

async fn mended_while_it_is_switched_off(app: TestApp) -> Kept {
    let (shop, _, path) = about_to_be_switched_off(&app).await;
    let mended = async { shop.call(200, Method::PATCH, &path, json!({"description": "mended"})).await };
    overtaken(&app, [TRANSACT, "MER# WHE#", "disabled"], stream(&app), mended).await;
    same("the endpoint", &standing(&shop, &path).await.1, &json!("active"))
}

async fn works_while_it_is_switched_off(app: TestApp) -> Kept {
    let (shop, _, path) = about_to_be_switched_off(&app).await;
    let works = async {
        app.engine.tick().await.expect("ticks");
    };
    overtaken(&app, [TRANSACT, "MER# WHE#", "disabled"], stream(&app), works).await;
    same("the endpoint", &standing(&shop, &path).await, &(json!(null), json!("active")))
}

async fn moved_while_its_old_place_is_gone(app: TestApp) -> Kept {
    let (shop, receiver, path) = endpoint(&app).await;
    let elsewhere = Receiver::start().await;
    receiver.answer([Reaction::Status(410)]);
    one_more(&shop, &path).await;
    let moves = async { shop.call(200, Method::PATCH, &path, json!({"url": elsewhere.url})).await };
    overtaken(&app, [TRANSACT, "MER# WHE#", "disabled"], stream(&app), moves).await;
    same("the endpoint", &standing(&shop, &path).await.1, &json!("active"))
}

async fn asked_for_while_it_is_sent(app: TestApp) -> Kept {
    let (shop, receiver, path) = endpoint(&app).await;
    receiver.answer([Reaction::Slow(Duration::from_millis(50))]);
    one_more(&shop, &path).await;
    let delivery = text(&shop.get(&format!("{path}/deliveries")).await["data"][0], "id");
    let asks = async {
        let again = format!("{path}/deliveries/{delivery}/redeliver");
        let (status, _) = call(&shop, Method::POST, &again, "", json!({})).await;
        app.engine.tick().await.expect("ticks");
        status
    };
    let ((), status) = overtaken(&app, [UPDATE, "OUT#", "ended + :one"], stream(&app), asks).await;
    same("the answer, and copies", &(status, receiver.received().len()), &(409, 1))
}
