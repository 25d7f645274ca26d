//! Endpoints change, fail, are switched off, and come back; and no reward is lost over it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reaction, Receiver, TestApp, TestMerchant, text};

use super::{listening, path, pays, told, told_of};

/// A program whose rewards this endpoint gives.
async fn given_by(shop: &TestMerchant, endpoint: &Value) {
    let program = shop
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["fulfilment"] = json!("webhook");
            body["rewards"]["advocate"][0]["endpoint"] = endpoint["id"].clone();
        })
        .await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
}

async fn reward(shop: &TestMerchant) -> Value {
    shop.get("/v1/rewards").await["data"][0].clone()
}

async fn set(shop: &TestMerchant, endpoint: &Value, body: Value) -> Value {
    shop.call(200, Method::PATCH, &path(endpoint), body).await
}

#[tokio::test]
async fn an_endpoint_says_what_it_wants_to_hear_and_may_change_its_mind() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let plain = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": first.url})).await;
    assert_eq!((&plain["events"], &plain["state"], &plain["disabled"]), (&json!([]), &json!("active"), &json!(null)));
    shop.anna().await;
    app.drain().await;
    assert_eq!(first.received().len(), 0);

    let body = json!({"events": ["order.decided", "reward.*"], "description": " the shop's own "});
    let changed = set(&shop, &plain, body).await;
    assert_eq!(
        (&changed["events"], &changed["description"]),
        (&json!(["order.decided", "reward.*"]), &json!("the shop's own"))
    );
    pays(&shop, "1001").await;
    app.drain().await;
    assert_eq!(told(&first), ["order.decided", "reward.approved", "reward.approved"]);

    let changed =
        set(&shop, &plain, json!({"url": second.url, "description": null, "events": ["order.decided"]})).await;
    assert_eq!((&changed["url"], &changed["description"]), (&json!(second.url), &json!(null)));
    pays(&shop, "1002").await;
    app.drain().await;
    assert_eq!((first.received().len(), told(&second)), (3, vec!["order.decided".to_owned()]));
    let webhook = told_of(&second, "order.decided").remove(0);
    assert!(webhook.verifies(&text(&plain, "secret"), app.at(0)), "the secret stays");
    assert_eq!(set(&shop, &plain, json!({})).await["events"], json!(["order.decided"]));
}

#[tokio::test]
async fn what_an_endpoint_can_not_be_is_named() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &[]).await;
    for (body, pointer) in [
        (json!({"events": ["order.decided", "order.undecided"]}), "/events/1"),
        (json!({"events": ["ref*"]}), "/events/0"),
        (json!({"events": ["endpoint.test"]}), "/events/0"),
        (json!({"events": vec!["*"; 51]}), "/events"),
        (json!({"url": "https://10.0.0.1/"}), "/url"),
        (json!({"url": "https://metadata.google.internal/"}), "/url"),
        (json!({"description": "\u{7}"}), "/description"),
        (json!({"description": ""}), "/description"),
    ] {
        let problem = shop.call(422, Method::PATCH, &path(&endpoint), body.clone()).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        let mut whole = json!({"url": receiver.url});
        for (name, value) in body.as_object().expect("an object") {
            whole[name] = value.clone();
        }
        let problem = shop.call(422, Method::POST, "/v1/webhook-endpoints", whole).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    for body in [json!({"events": "order.decided"}), json!({"state": "asleep"}), json!({"secret": "mine"}), json!([])] {
        let answer = app.send(Method::PATCH, &path(&endpoint), &shop.api_key, Some(&body)).await;
        assert!([400, 422].contains(&answer.status().as_u16()), "{body}");
    }
    assert_eq!(shop.get("/v1/webhook-endpoints").await["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn one_that_takes_nothing_for_five_days_is_switched_off_and_its_merchant_told() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (dead, alive) = (Receiver::start().await, Receiver::start().await);
    let endpoint = listening(&shop, &dead, &["order.decided"]).await;
    listening(&shop, &alive, &["order.decided"]).await;
    shop.anna().await;
    dead.answer(std::iter::repeat_n(Reaction::Status(500), 500));
    for day in 0..6 {
        pays(&shop, &(100 + day).to_string()).await;
        app.drain().await;
        let shown = shop.get(&path(&endpoint)).await;
        let expected = if day < 5 { "active" } else { "disabled" };
        assert_eq!(shown["state"], expected, "day {day}: {shown}");
        assert!(shown["failing_since"].is_string());
        app.days_pass(1).await;
    }
    let shown = shop.get(&path(&endpoint)).await;
    assert_eq!(shown["disabled"]["why"], "failing");
    let notices: Vec<_> = app.mails().into_iter().filter(|(_, subject)| subject.contains("avstängda")).collect();
    assert_eq!(notices, [("hej@nordicshoes.example".to_owned(), "Webhookar till 127.0.0.1 är avstängda".to_owned())]);

    // Nothing more is sent, and what happens meanwhile is not kept for later.
    let sent = dead.received().len();
    pays(&shop, "200").await;
    app.days_pass(2).await;
    assert_eq!(dead.received().len(), sent);
    shop.call(409, Method::POST, &format!("{}/test", path(&endpoint)), json!({})).await;
    dead.clear();
    set(&shop, &endpoint, json!({"state": "active"})).await;
    pays(&shop, "201").await;
    app.drain().await;
    assert_eq!(dead.received().len(), sent + 1);
    assert_eq!(alive.received().len(), 8, "the other one heard of everything");
}

#[tokio::test]
async fn one_success_ends_a_row_of_failures_and_so_does_a_quiet_time() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["order.decided"]).await;
    shop.anna().await;
    let fail_once = async |id: &str| {
        receiver.answer([Reaction::Status(500)]);
        pays(&shop, id).await;
        app.engine.feed().await.expect("feeds");
        app.engine.feed().await.expect("feeds");
        text(&shop.get(&path(&endpoint)).await, "failing_since")
    };
    let first = fail_once("1").await;
    assert!(!first.is_empty());
    app.engine.advance(10);
    app.drain().await;
    assert_eq!(shop.get(&path(&endpoint)).await["failing_since"], json!(null), "taken at the second try");
    let second = fail_once("2").await;
    assert!(second > first);
    // Nobody tried anything for six days: that is no failing.
    app.engine.advance(6 * 86_400);
    let third = fail_once("3").await;
    assert!(third > second, "a new row");
    assert_eq!(shop.get(&path(&endpoint)).await["state"], "active");
}

#[tokio::test]
async fn a_reward_waits_for_an_endpoint_that_is_switched_off_says_so_and_goes_out_when_it_is_on_again() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &[]).await;
    given_by(&shop, &endpoint).await;
    set(&shop, &endpoint, json!({"state": "disabled"})).await;
    assert_eq!(shop.get(&path(&endpoint)).await["disabled"]["why"], "by_hand");
    pays(&shop, "1001").await;
    app.drain().await;
    let waits = reward(&shop).await;
    assert_eq!(waits["state"], "approved");
    assert!(text(&waits["problem"], "detail").contains("endpoint disabled"), "{waits}");
    for _ in 0..10 {
        app.days_pass(1).await;
    }
    assert_eq!((receiver.received().len(), &reward(&shop).await["state"]), (0, &json!("approved")));

    set(&shop, &endpoint, json!({"state": "active"})).await;
    app.engine.advance(3_600);
    app.drain().await;
    assert_eq!(told(&receiver), ["reward.approved"]);
    let given = reward(&shop).await;
    assert_eq!((&given["state"], &given["problem"]), (&json!("issued"), &json!(null)));
}

#[tokio::test]
async fn one_that_is_gone_is_switched_off_and_its_rewards_go_out_as_soon_as_it_is_back() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["order.decided"]).await;
    given_by(&shop, &endpoint).await;
    receiver.answer(std::iter::repeat_n(Reaction::Status(410), 4));
    pays(&shop, "1001").await;
    app.drain().await;
    let shown = shop.get(&path(&endpoint)).await;
    assert_eq!((&shown["state"], &shown["disabled"]["why"]), (&json!("disabled"), &json!("gone")));
    assert!(text(&reward(&shop).await["problem"], "detail").contains("endpoint disabled"));
    assert_eq!(app.mails().iter().filter(|(_, subject)| subject.contains("avstängda")).count(), 1);
    receiver.clear();
    set(&shop, &endpoint, json!({"state": "active"})).await;
    app.drain().await;
    assert_eq!(reward(&shop).await["state"], "issued", "without waiting for the hour");
}

#[tokio::test]
async fn a_reward_that_was_never_taken_shows_why_and_can_be_tried_again() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &[]).await;
    given_by(&shop, &endpoint).await;
    receiver.answer(std::iter::repeat_n(Reaction::Status(500), 8));
    pays(&shop, "1001").await;
    app.drain().await;
    for _ in 0..10 {
        app.engine.advance(36_001);
        app.drain().await;
    }
    assert_eq!(receiver.received().len(), 8);
    let stuck = reward(&shop).await;
    assert!(text(&stuck["problem"], "detail").ends_with("status 500"), "{stuck}");
    let retry = format!("/v1/rewards/{}/retry", text(&stuck, "id"));
    shop.call(202, Method::POST, &retry, json!({})).await;
    app.drain().await;
    assert_eq!((receiver.received().len(), &reward(&shop).await["state"]), (9, &json!("issued")));
    let ids: Vec<_> = receiver.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the receiver may have it after all");

    // An endpoint that is deleted leaves a problem, not a silence.
    pays(&shop, "1002").await;
    app.call(200, Method::DELETE, &path(&endpoint), &shop.api_key, None).await;
    app.drain().await;
    let stuck = shop.get("/v1/rewards?state=approved").await["data"][0].clone();
    assert!(text(&stuck["problem"], "detail").ends_with("endpoint deleted"), "{stuck}");
}

#[tokio::test]
async fn the_secret_before_signs_for_a_day_and_no_longer() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["order.decided"]).await;
    shop.anna().await;
    let rotated = shop.call(200, Method::POST, &format!("{}/rotate-secret", path(&endpoint)), json!({})).await;
    assert!(rotated["previous_secret_until"].is_string(), "{rotated}");
    let (before, after) = (text(&endpoint, "secret"), text(&rotated, "secret"));
    for (id, seconds) in [("1", 0), ("2", 23 * 3_600), ("3", 2 * 3_600)] {
        app.engine.advance(seconds);
        pays(&shop, id).await;
        app.drain().await;
        let webhook = told_of(&receiver, "order.decided").pop().expect("a webhook");
        let verified = [&before, &after].map(|secret| webhook.verifies(secret, app.at(0)));
        assert_eq!(verified, [id != "3", true], "order {id}");
        let signatures = webhook.header("webhook-signature").split(' ').count();
        assert_eq!(signatures, if id == "3" { 1 } else { 2 });
    }
    assert_eq!(shop.get(&path(&endpoint)).await["previous_secret_until"], json!(null));
}
