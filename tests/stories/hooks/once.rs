//! Each event once, to whoever asks for it, whatever the stream does; and nobody pays who does not listen.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::json;
use shared::events::{Change, Known, announce};
use tests::{Reaction, Receiver, TestApp, text};

use super::{listening, merchant, pays, said, told, told_of};

#[tokio::test]
async fn each_hears_of_what_it_asks_for_and_another_merchant_of_nothing() {
    let app = TestApp::start().await;
    let (one, other) = (app.merchant().await, app.merchant().await);
    let [all, orders, none, foreign] =
        [Receiver::start().await, Receiver::start().await, Receiver::start().await, Receiver::start().await];
    listening(&one, &all, &["*"]).await;
    listening(&one, &orders, &["order.decided", "referral.*"]).await;
    listening(&one, &none, &[]).await;
    listening(&other, &foreign, &["*"]).await;
    one.anna().await;
    pays(&one, "1001").await;
    app.drain().await;
    assert_eq!(told(&orders), ["order.decided", "referral.approved", "referral.created"]);
    assert_eq!((none.received().len(), foreign.received().len()), (0, 0));
    let expected = ["advocate.created", "link.created", "order.decided", "referral.approved", "referral.created"];
    assert_eq!(told(&all)[..5], expected);
    // Nothing of ours on the order: nobody is told.
    let stranger =
        tests::TestOrder::paid("1002", app.at(0)).with(json!({"email": "cy@example.com", "customer": {"id": 9}}));
    assert_eq!(one.shop.post("orders/paid", &stranger.0).await, 200);
    app.drain().await;
    assert_eq!(told_of(&all, "order.decided").len(), 1);
}

#[tokio::test]
async fn a_merchant_whom_nobody_listens_to_pays_for_one_look() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    for id in ["1001", "1002", "1003"] {
        pays(&shop, id).await;
    }
    app.drain().await;
    let usage = app.engine.meter.usage()["stream announce"];
    assert_eq!((usage.requests, usage.read_units, usage.write_units), (1, 1.0, 0.0), "{usage:?}");
}

#[tokio::test]
async fn a_change_that_is_told_twice_is_told_of_once() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    pays(&shop, "1001").await;
    app.drain().await;
    let receiver = Receiver::start().await;
    listening(&shop, &receiver, &["referral.*"]).await;
    app.drain().await;
    let engine = &app.engine.app;
    let referral = text(&shop.why("1001").await, "referral");
    let row = engine.store.referral(referral.parse().expect("an id")).await.expect("reads").expect("a referral");
    let item: serde_dynamo::Item = serde_dynamo::to_item(&row).expect("an item");
    let change = |number: &str| {
        Change::new(format!("REF#{referral}"), number.into(), serde_dynamo::Item::default(), item.clone())
    };
    for number in ["1", "1", "1"] {
        announce(engine, &Known::default(), &change(number)).await.expect("writes");
    }
    app.drain().await;
    announce(engine, &Known::default(), &change("1")).await.expect("writes");
    app.drain().await;
    assert_eq!(told(&receiver), ["referral.approved", "referral.created"]);
    // Another change is another event.
    announce(engine, &Known::default(), &change("2")).await.expect("writes");
    app.drain().await;
    assert_eq!(told(&receiver).len(), 4);
}

#[tokio::test]
async fn a_batch_that_storage_cuts_short_is_told_of_once() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    listening(&shop, &receiver, &["*"]).await;
    shop.anna().await;
    pays(&shop, "1001").await;
    for trouble in [Trouble::LoseAnswer, Trouble::Fail, Trouble::Throttle] {
        app.engine.wire.inject(Fault { operation: "PutItem", body_contains: "\"event\"", trouble, times: 4 });
    }
    app.drain().await;
    app.engine.wire.heal();
    app.days_pass(1).await;
    let mut ids: Vec<_> = receiver.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "each once");
    let kinds = told(&receiver);
    for kind in ["advocate.created", "link.created", "order.decided", "referral.created", "referral.approved"] {
        assert_eq!(kinds.iter().filter(|told| *told == kind).count(), 1, "{kind} in {kinds:?}");
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_read_holds_up_neither_mails_nor_other_events() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    listening(&shop, &receiver, &["*"]).await;
    let broken = json!({"TableName": app.engine.app.config.core_table, "Item": {"pk": {"S": "REF#broken"}, "sk": {"S": "#"},
        "merchant": {"S": merchant(&app, &shop).await.to_string()}, "rewards": {"S": "nonsense"}}});
    let database = app.engine.database.as_ref().expect("an embedded database");
    database.put_item(serde_json::from_value(broken).expect("a request")).expect("writes");
    shop.anna().await;
    pays(&shop, "1001").await;
    app.drain().await;
    assert_eq!(told_of(&receiver, "referral.created").len(), 1);
    assert_eq!(app.mails().len(), 2);
}

#[tokio::test]
async fn an_event_that_is_too_large_is_left_out_and_holds_up_nothing() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    listening(&shop, &receiver, &["order.decided"]).await;
    shop.anna().await;
    pays(&shop, "1001").await;
    app.drain().await;
    let body = told_of(&receiver, "order.decided").remove(0).body;
    assert!(body.len() < 1_000, "{} bytes", body.len());
    let engine = &app.engine.app;
    let order = shared::domain::order::OrderRef {
        shop: shop.shop.id.parse().expect("an id"),
        id: serde_json::from_value(json!("1001")).expect("an id"),
    };
    let mut row = engine.store.order(&order).await.expect("reads").expect("an order");
    for (number, length) in [("1", 19_000), ("2", 21_000)] {
        row.decision.as_mut().expect("a decision").sentence = "x".repeat(length);
        let item: serde_dynamo::Item = serde_dynamo::to_item(&row).expect("an item");
        let change =
            Change::new(format!("ORD#{}#1001", shop.shop.id), number.into(), serde_dynamo::Item::default(), item);
        announce(engine, &Known::default(), &change).await.expect("is passed over");
    }
    app.drain().await;
    assert_eq!(told_of(&receiver, "order.decided").len(), 2, "the first, and the one that is just small enough");
}

#[tokio::test]
async fn an_event_that_comes_late_says_when_it_happened_and_which_version_it_is() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    listening(&shop, &receiver, &["link.*"]).await;
    // The first one is not taken; the second arrives before it.
    receiver.answer([Reaction::Status(500)]);
    let link = shop.anna().await;
    app.engine.feed().await.expect("feeds");
    shop.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"state": "disabled"})).await;
    app.engine.feed().await.expect("feeds");
    app.days_pass(1).await;
    let arrived: Vec<_> = receiver
        .received()
        .iter()
        .map(|webhook| (text(&webhook.json(), "type"), webhook.json()["data"]["version"].as_u64().expect("a version")))
        .collect();
    let expected = [("link.created", 1), ("link.ended", 2), ("link.created", 1)];
    assert_eq!(arrived, expected.map(|(kind, version)| (kind.to_owned(), version)));
    let webhooks = receiver.received();
    assert_eq!(webhooks[0].header("webhook-id"), webhooks[2].header("webhook-id"));
    assert_eq!(webhooks[0].body, webhooks[2].body);
    assert_eq!(webhooks[2].json()["timestamp"], link["created_at"]);
    assert_ne!(webhooks[0].header("webhook-timestamp"), webhooks[2].header("webhook-timestamp"));
}

#[tokio::test]
async fn who_is_to_give_a_reward_hears_of_it_once_and_as_a_hand_over() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (giver, watcher) = (Receiver::start().await, Receiver::start().await);
    let endpoint = listening(&shop, &giver, &["reward.*"]).await;
    listening(&shop, &watcher, &["reward.approved"]).await;
    let program = shop
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["fulfilment"] = json!("webhook");
            body["rewards"]["advocate"][0]["endpoint"] = endpoint["id"].clone();
        })
        .await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    pays(&shop, "1001").await;
    app.drain().await;
    assert_eq!(told(&giver), ["reward.approved", "reward.issued"]);
    assert_eq!(said(&giver, "reward.approved")["hand_over"], true);
    let event = said(&watcher, "reward.approved");
    assert_eq!((&event["hand_over"], &event["endpoint"]), (&json!(false), &endpoint["id"]));
}

#[tokio::test]
async fn an_event_costs_what_the_chart_says() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    listening(&shop, &receiver, &["reward.*"]).await;
    shop.anna().await;
    pays(&shop, "1001").await;
    app.drain().await;
    // One look at the endpoints; then two events, each written, and each sent.
    let usage = app.engine.meter.usage()["stream announce"];
    assert_eq!(told(&receiver).len(), 2);
    assert_eq!((usage.requests, usage.read_units, usage.write_units), (11, 5.0, 32.0), "{usage:?}");
}
