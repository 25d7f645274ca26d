//! Outgoing webhooks: a reward is handed over to the merchant's own system, signed, once, and again until it is taken.

use std::time::Duration;

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use shared::delivery::{Courier, Delivered, deliver};
use shared::domain::endpoint::Reach;
use shared::domain::id::{OutboxId, RewardId};
use shared::store::{Message, OutboxRow, OutboxState};
use shared::webhook::Client;
use shared::webhook::sign::{Secret, headers};
use tests::{Reaction, Received, Receiver, TestApp, TestMerchant, TestOrder, fixture, fixtures, text, verifies};

/// Registers a receiver; the answer has the secret.
async fn register(shop: &TestMerchant, receiver: &Receiver) -> Value {
    shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": receiver.url})).await
}

/// An approved reward of an advocate; `order` is also who the buyer is.
async fn reward(shop: &TestMerchant, order: &str) -> RewardId {
    let buyer = json!({"email": format!("{order}@example.com"), "customer": null});
    let paid = TestOrder::paid(order, shop.app.at(0)).coupon("ANNA10").with(buyer);
    assert_eq!(shop.shop.post("orders/paid", &paid.0).await, 200);
    let referral = text(&shop.why(order).await, "referral");
    let rewards = shop.get(&format!("/v1/rewards?referral={referral}")).await;
    let of_advocate = rewards["data"].as_array().expect("a list").iter().find(|reward| reward["side"] == "advocate");
    text(of_advocate.expect("a reward"), "id").parse().expect("an id")
}

/// Puts a hand-over into the outbox.
async fn hand_over(shop: &TestMerchant, endpoint: &Value, reward: RewardId) -> OutboxId {
    let app = &shop.app.engine.app;
    let merchant = app.store.referral(reward.referral()).await.expect("reads").expect("a referral").merchant;
    let message = Message::HandOver { endpoint: text(endpoint, "id").parse().expect("an id"), reward };
    let row = OutboxRow::queued(Message::hand_over_id(reward), merchant, message, app.now());
    assert!(app.store.add_outbox(&row).await.expect("writes"));
    row.id
}

async fn row(app: &TestApp, id: OutboxId) -> OutboxRow {
    app.engine.app.store.outbox(id).await.expect("reads").expect("a row")
}

/// A merchant with Anna's link, a receiver, and one hand-over that waits.
async fn waiting(app: &TestApp) -> (TestMerchant, Receiver, Value, OutboxId) {
    let shop = app.merchant().await;
    shop.anna().await;
    let receiver = Receiver::start().await;
    let endpoint = register(&shop, &receiver).await;
    let reward = reward(&shop, "1001").await;
    app.drain().await;
    let id = hand_over(&shop, &endpoint, reward).await;
    (shop, receiver, endpoint, id)
}

/// A hand-over as it arrived after its secret was rotated, and the two secrets that signed it.
pub(crate) async fn handed_over() -> (Received, [String; 2]) {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint, _) = waiting(&app).await;
    let path = format!("/v1/webhook-endpoints/{}/rotate-secret", text(&endpoint, "id"));
    let rotated = shop.call(200, Method::POST, &path, json!({})).await;
    app.drain().await;
    (receiver.received().remove(0), [text(&endpoint, "secret"), text(&rotated, "secret")])
}

#[tokio::test]
async fn a_reward_is_handed_over_once_and_the_receiver_can_tell_that_it_is_genuine() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint, id) = waiting(&app).await;
    app.drain().await;
    app.days_pass(2).await;

    let webhooks = receiver.received();
    let [webhook] = webhooks.as_slice() else { panic!("one webhook, not {}", webhooks.len()) };
    let sent_at = app.at(-2 * 86_400);
    assert!(webhook.verifies(&text(&endpoint, "secret"), sent_at));
    assert!(!webhook.verifies(&Secret::new([1; 32]).expose(), sent_at));
    assert_eq!(webhook.header("webhook-id"), id.to_string());
    assert_eq!(webhook.header("content-type"), "application/json");
    let rewards = shop.get("/v1/rewards").await;
    let reward =
        rewards["data"].as_array().expect("a list").iter().find(|reward| reward["side"] == "advocate").cloned();
    let reward = reward.expect("a reward");
    let expected = json!({
        "reward": reward["id"], "advocate": reward["advocate"], "side": "advocate", "kind": "fixed",
        "value": {"amount": "100.00", "currency": "SEK"}, "referral": reward["referral"],
        "order": {"shop": shop.shop.id, "id": "1001"}, "hand_over": true,
        "customer": {"name": "Anna", "email": "anna@example.com", "accounts": []},
    });
    let body = webhook.json();
    assert_eq!((&body["type"], &body["data"]), (&json!("reward.approved"), &expected));
    assert!(body["timestamp"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()), "{body}");
    assert_eq!(row(&app, id).await.state, OutboxState::Sent);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_after_a_rotation_both_sign_until_the_next() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint, _) = waiting(&app).await;
    let path = format!("/v1/webhook-endpoints/{}", text(&endpoint, "id"));
    let shown = shop.get(&path).await;
    assert_eq!((shown.get("secret"), &shown["url"]), (None, &json!(receiver.url)));
    assert_eq!(shop.get("/v1/webhook-endpoints").await, json!({"data": [shown], "next": null}));

    let rotate = || async {
        let rotated = shop.call(200, Method::POST, &format!("{path}/rotate-secret"), json!({})).await;
        text(&rotated, "secret")
    };
    let (first, second) = (text(&endpoint, "secret"), rotate().await);
    app.drain().await;
    let third = rotate().await;
    let later = reward(&shop, "1002").await;
    hand_over(&shop, &endpoint, later).await;
    app.drain().await;

    let webhooks = receiver.received();
    let verified = |n: usize| [&first, &second, &third].map(|secret| webhooks[n].verifies(secret, app.at(0)));
    assert_eq!((verified(0), verified(1)), ([true, true, false], [false, true, true]));
}

#[tokio::test]
async fn a_rotation_under_one_idempotency_key_is_one_rotation() {
    let app = TestApp::start().await;
    let (shop, _, endpoint, _) = waiting(&app).await;
    let url = format!("{}/v1/webhook-endpoints/{}/rotate-secret", app.engine.url, text(&endpoint, "id"));
    let rotate = || async {
        let request = app.client.post(&url).bearer_auth(&shop.api_key).header("idempotency-key", "one");
        request.send().await.expect("an answer").json::<Value>().await.expect("JSON")
    };
    let (one, other) = (rotate().await, rotate().await);
    assert_eq!(text(&one, "secret"), text(&other, "secret"));
    assert_ne!(text(&one, "secret"), text(&endpoint, "secret"));
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_is_tried_eight_times_in_27_hours_under_one_id() {
    let app = TestApp::start().await;
    let (_, receiver, endpoint, id) = waiting(&app).await;
    receiver.answer(std::iter::repeat_n(Reaction::Status(500), 8));
    app.drain().await;
    for (n, wait) in [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].into_iter().enumerate() {
        let webhooks = receiver.received();
        assert_eq!(webhooks.len(), n + 1, "tries before a wait of {wait} s");
        assert!(webhooks[n].verifies(&text(&endpoint, "secret"), app.at(0)), "the time is that of the try");
        let waiting = row(&app, id).await;
        assert_eq!((waiting.state, waiting.last_error.as_deref()), (OutboxState::Queued, Some("status 500")));
        let tried_at: i64 = webhooks[n].header("webhook-timestamp").parse().expect("seconds");
        // The try itself takes time too.
        assert!((wait..wait + 60).contains(&(waiting.due_at.as_second() - tried_at)), "try {n}: {waiting:?}");
        app.engine.advance(wait);
        app.drain().await;
    }
    app.days_pass(30).await;
    let webhooks = receiver.received();
    assert_eq!(webhooks.len(), 8);
    assert!(webhooks.iter().all(|webhook| webhook.header("webhook-id") == id.to_string()));
    assert!(webhooks.iter().all(|webhook| webhook.body == webhooks[0].body));
    assert_eq!(row(&app, id).await.state, OutboxState::Dead);
}

#[tokio::test]
async fn a_receiver_can_ask_for_time_send_nowhere_else_and_want_no_more() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint, id) = waiting(&app).await;
    let elsewhere = Receiver::start().await;
    receiver.answer([
        Reaction::Later(429, "600".into()),
        Reaction::Redirect(elsewhere.url.clone()),
        Reaction::Status(410),
    ]);
    app.drain().await;
    app.engine.advance(500);
    app.drain().await;
    assert_eq!(receiver.received().len(), 1, "it asked for ten minutes");
    app.engine.advance(101);
    app.drain().await;
    assert_eq!(row(&app, id).await.last_error.as_deref(), Some("status 302"));
    app.days_pass(1).await;
    app.days_pass(1).await;
    assert_eq!((receiver.received().len(), elsewhere.received().len()), (3, 0));
    // The reward is owed all the same: it waits until its receiver is switched on again.
    let waiting = row(&app, id).await;
    assert_eq!((waiting.state, waiting.last_error.as_deref()), (OutboxState::Queued, Some("status 410")));
    let shown = shop.get(&format!("/v1/webhook-endpoints/{}", text(&endpoint, "id"))).await;
    assert_eq!((&shown["state"], &shown["disabled"]["why"]), (&json!("disabled"), &json!("gone")));
}

#[tokio::test]
async fn who_lets_us_wait_is_left_alone_for_a_minute_and_nobody_waits_with_them() {
    let app = TestApp::start().await;
    let (shop, slow, endpoint, id) = waiting(&app).await;
    let brisk = Receiver::start().await;
    slow.answer([Reaction::Slow(Duration::from_mins(1))]);
    let other = register(&shop, &brisk).await;
    let same = hand_over(&shop, &endpoint, reward(&shop, "1002").await).await;
    let others = hand_over(&shop, &other, reward(&shop, "1003").await).await;

    let webhooks = Client::new(Reach::ThisMachine).within(Duration::from_millis(300));
    let courier = Courier { webhooks, ..app.engine.courier.clone() };
    let send = |id| deliver(&app.engine.app, &courier, id);
    let ends = [send(id).await, send(same).await, send(others).await].map(|end| end.expect("seen to"));
    assert_eq!(ends, [Delivered::Queued, Delivered::Queued, Delivered::Sent]);
    assert_eq!((slow.received().len(), brisk.received().len()), (1, 1));
    assert_eq!(row(&app, id).await.last_error.as_deref(), Some("timeout"));
    assert_eq!(row(&app, same).await.attempts, 0, "not tried yet");

    // An unknown end is a failure like others; the id stays, so the receiver can tell.
    app.engine.advance(61);
    assert_eq!(send(same).await.expect("seen to"), Delivered::Sent);
    assert_eq!(send(id).await.expect("seen to"), Delivered::Sent);
    let ids: Vec<_> = slow.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    assert_eq!(ids, [id, same, id].map(|id| id.to_string()));
}

#[tokio::test]
async fn what_does_not_stand_is_withheld_and_what_leads_nowhere_is_given_up() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint, id) = waiting(&app).await;
    let cancelled = TestOrder::paid("1001", app.at(0))
        .coupon("ANNA10")
        .with(json!({"email": "1001@example.com", "customer": null}))
        .later(app.at(10), json!({"cancelled_at": app.at(10).to_string()}));
    shop.shop.post("orders/cancelled", &cancelled.0).await;
    app.drain().await;
    assert_eq!(row(&app, id).await.state, OutboxState::Withheld);

    let later = hand_over(&shop, &endpoint, reward(&shop, "1002").await).await;
    let path = format!("/v1/webhook-endpoints/{}", text(&endpoint, "id"));
    let deleted = app.call(200, Method::DELETE, &path, &shop.api_key, None).await;
    assert_eq!(deleted, json!({"id": endpoint["id"], "deleted": true}));
    app.call(404, Method::DELETE, &path, &shop.api_key, None).await;
    app.call(404, Method::GET, &path, &shop.api_key, None).await;
    app.drain().await;
    let given_up = row(&app, later).await;
    assert_eq!((given_up.state, given_up.last_error.as_deref()), (OutboxState::Dead, Some("endpoint deleted")));
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn a_worker_that_died_while_it_sent_leaves_a_webhook_that_goes_out_again_though_not_for_ever() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint, id) = waiting(&app).await;
    let engine = &app.engine.app;
    let cut_off = |id| async move {
        let row = engine.store.outbox(id).await.expect("reads").expect("a message");
        let claimed = engine.store.claim_outbox(&row, engine.now()).await.expect("claims");
        assert!(claimed.is_some());
    };
    cut_off(id).await;
    app.drain().await;
    assert_eq!(receiver.received().len(), 0, "it is another worker's");
    app.engine.advance(16 * 60);
    receiver.answer([Reaction::Status(500)]);
    app.drain().await;
    let failed = row(&app, id).await;
    assert_eq!((receiver.received().len(), failed.state), (1, OutboxState::Queued));
    let wait = failed.due_at.duration_since(app.at(0)).as_secs();
    assert!((200..=300).contains(&wait), "the try that was cut off counts, so this was the second: {wait} s");

    let hopeless = hand_over(&shop, &endpoint, reward(&shop, "1002").await).await;
    for _ in 0..8 {
        cut_off(hopeless).await;
        app.engine.advance(16 * 60);
    }
    app.drain().await;
    assert_eq!(row(&app, hopeless).await.state, OutboxState::Dead);
}

#[tokio::test]
async fn a_webhook_is_settled_only_when_it_is_recorded_that_it_was_taken() {
    let app = TestApp::with_faults().await;
    let (_, receiver, _, id) = waiting(&app).await;
    receiver.answer([Reaction::Slow(Duration::from_millis(500))]);
    let engine = app.engine.clone();
    let sending = tokio::spawn(async move { engine.drain().await.map_err(|failure| failure.to_string()) });
    while receiver.received().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let fault = Fault { operation: "GetItem", body_contains: "REF#", trouble: Trouble::Fail, times: 9 };
    app.engine.wire.inject(fault);
    sending.await.expect("a task").expect("drains");
    let unsettled = row(&app, id).await;
    let expected = (OutboxState::Queued, Some("taken, but not recorded"));
    assert_eq!((unsettled.state, unsettled.last_error.as_deref()), expected);

    app.engine.wire.heal();
    app.days_pass(1).await;
    assert_eq!(row(&app, id).await.state, OutboxState::Sent);
    let ids: Vec<_> = receiver.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    assert_eq!(ids, [id.to_string(), id.to_string()], "under the same id, so that the receiver can drop it");
}

#[test]
fn our_signatures_are_those_of_the_published_vectors() {
    let Some(folder) = fixtures("standard-webhooks") else { return };
    let vectors = fixture(&folder, "_test-vectors");
    let mut valid = 0;
    for vector in vectors["vectors"].as_array().expect("a list") {
        let (secret, expect) = (text(vector, "secret"), text(vector, "expect"));
        let Ok(key) = secret.parse::<Secret>() else {
            assert!(expect.contains("must fail"), "{vector}");
            continue;
        };
        let (id, body, signatures) = (text(vector, "id"), text(vector, "body"), text(vector, "signature"));
        let at = vector["timestamp"].as_i64().expect("a time");
        let [_, _, (_, ours)] = headers(&[key], &id, at, body.as_bytes());
        let is_valid = expect.starts_with("valid");
        assert_eq!(signatures.split(' ').any(|one| one == ours), is_valid, "{vector}");
        assert_eq!(verifies(&secret, &id, &at.to_string(), body.as_bytes(), &signatures), is_valid, "{vector}");
        valid += usize::from(is_valid);
    }
    assert!(valid >= 2, "{valid} vectors were valid");
}
