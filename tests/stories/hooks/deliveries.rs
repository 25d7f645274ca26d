//! What merchants see of each webhook, and how they have one sent again.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reaction, Receiver, TestApp, TestMerchant, text};

use super::{listening, path, pays, said, told, told_of};

async fn deliveries(shop: &TestMerchant, endpoint: &Value, query: &str) -> Vec<Value> {
    let list = shop.get(&format!("{}/deliveries{query}", path(endpoint))).await;
    list["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn each_try_is_on_record_and_what_was_not_taken_goes_out_again_under_its_id() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["link.created"]).await;
    receiver.answer(std::iter::repeat_n(Reaction::Status(500), 8));
    shop.anna().await;
    app.drain().await;
    let waiting = deliveries(&shop, &endpoint, "").await;
    let [delivery] = waiting.as_slice() else { panic!("one, not {waiting:?}") };
    assert_eq!((&delivery["event"], &delivery["state"]), (&json!("link.created"), &json!("pending")));
    assert_eq!((&delivery["hand_over"], &delivery["error"]), (&json!(false), &json!("status 500")));
    assert!(delivery["next_at"].is_string(), "{delivery}");
    let attempt = &delivery["attempts"][0];
    assert_eq!((&attempt["status"], &attempt["error"]), (&json!(500), &json!("status 500")));
    assert!(attempt["at"].is_string());

    for _ in 0..8 {
        app.engine.advance(36_001);
        app.drain().await;
    }
    let given_up = deliveries(&shop, &endpoint, "?state=failed").await.remove(0);
    assert_eq!((given_up["attempts"].as_array().map(Vec::len), &given_up["next_at"]), (Some(8), &json!(null)));
    assert_eq!(deliveries(&shop, &endpoint, "?state=pending").await.len(), 0);
    let one = format!("{}/deliveries/{}", path(&endpoint), text(&given_up, "id"));
    assert_eq!(shop.get(&one).await["body"]["data"]["code"], "ANNA10");

    // Again, by the whole schedule: the first try fails once more.
    receiver.answer([Reaction::Status(503)]);
    let again = shop.call(202, Method::POST, &format!("{one}/redeliver"), json!({})).await;
    assert_eq!(again["state"], "pending");
    app.drain().await;
    assert_eq!(shop.get(&one).await["state"], "pending");
    app.engine.advance(6);
    app.drain().await;
    let taken = shop.get(&one).await;
    assert_eq!((&taken["state"], &taken["error"]), (&json!("delivered"), &json!(null)));
    assert_eq!(taken["attempts"].as_array().map(Vec::len), Some(10));
    let ids: Vec<_> = receiver.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    assert!(ids.len() == 10 && ids.iter().all(|id| *id == text(&given_up, "id")), "{ids:?}");
    // What was taken may be sent again too, as often as it is asked for.
    shop.call(202, Method::POST, &format!("{one}/redeliver"), json!({})).await;
    app.drain().await;
    assert_eq!((receiver.received().len(), &shop.get(&one).await["state"]), (11, &json!("delivered")));
}

#[tokio::test]
async fn all_that_an_outage_cost_is_sent_again_at_once() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["order.decided"]).await;
    shop.anna().await;
    pays(&shop, "1").await;
    app.drain().await;
    let since = app.at(1);
    app.engine.advance(10);
    receiver.answer(std::iter::repeat_n(Reaction::Status(500), 24));
    for id in ["2", "3", "4"] {
        pays(&shop, id).await;
    }
    app.drain().await;
    for _ in 0..10 {
        app.engine.advance(36_001);
        app.drain().await;
    }
    assert_eq!(deliveries(&shop, &endpoint, "?state=failed").await.len(), 3);
    let before = receiver.received().len();
    let all = format!("{}/redeliver", path(&endpoint));
    let problem = shop.call(422, Method::POST, &all, json!({"since": "yesterday"})).await;
    assert_eq!(problem["errors"][0]["pointer"], "/since");
    let again = shop.call(202, Method::POST, &all, json!({"since": since})).await;
    assert_eq!(again, json!({"redelivered": 3, "complete": true}));
    app.drain().await;
    assert_eq!(receiver.received().len(), before + 3);
    assert_eq!(deliveries(&shop, &endpoint, "?state=delivered").await.len(), 4);
    assert_eq!(shop.call(202, Method::POST, &all, json!({"since": since})).await["redelivered"], 0);
}

#[tokio::test]
async fn deliveries_come_in_pages_newest_first_and_leave_after_thirty_days() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["order.decided"]).await;
    shop.anna().await;
    for id in ["1", "2", "3"] {
        pays(&shop, id).await;
        app.drain().await;
        app.engine.advance(2);
    }
    let first = shop.get(&format!("{}/deliveries?limit=2", path(&endpoint))).await;
    let cursor = text(&first, "next");
    let second = shop.get(&format!("{}/deliveries?limit=2&cursor={cursor}", path(&endpoint))).await;
    let pages = [&first, &second].map(|page| page["data"].as_array().expect("a list").clone());
    let all: Vec<_> = pages.iter().flatten().map(|delivery| text(delivery, "id")).collect();
    let mut arrived: Vec<_> = receiver.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    arrived.reverse();
    assert_eq!((all, &second["next"]), (arrived.clone(), &json!(null)));
    let stored = app.engine.app.store.outbox(arrived[0].parse().expect("an id")).await.expect("reads").expect("a row");
    let kept = stored.ttl.expect("it may be deleted") - stored.created_at.as_second();
    assert_eq!(kept, 30 * 86_400);
    for wrong in ["?state=lost", "?limit=0", "?limit=101", "?cursor=!"] {
        let path = format!("{}/deliveries{wrong}", path(&endpoint));
        app.call(422, Method::GET, &path, &shop.api_key, None).await;
    }
}

#[tokio::test]
async fn a_test_is_sent_whatever_the_endpoint_asks_for_once_per_key() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &[]).await;
    let url = format!("{}{}/test", app.engine.url, path(&endpoint));
    let test = || async {
        let request = app.client.post(&url).bearer_auth(&shop.api_key).header("idempotency-key", "one");
        request.send().await.expect("an answer").json::<Value>().await.expect("JSON")
    };
    let (one, other) = (test().await, test().await);
    assert_eq!(one, other);
    app.drain().await;
    assert_eq!(told(&receiver), ["endpoint.test"]);
    assert_eq!(said(&receiver, "endpoint.test"), json!({"endpoint": endpoint["id"]}));
    let webhook = told_of(&receiver, "endpoint.test").remove(0);
    assert!(webhook.verifies(&text(&endpoint, "secret"), app.at(0)));
    let seen = deliveries(&shop, &endpoint, "").await.remove(0);
    assert_eq!(
        (&seen["id"], &seen["state"], &seen["attempts"][0]["status"]),
        (&one["id"], &json!("delivered"), &json!(204))
    );
    shop.call(400, Method::POST, &format!("{}/test", path(&endpoint)), json!({"what": "else"})).await;
}

#[tokio::test]
async fn another_merchants_deliveries_do_not_exist_and_neither_do_those_of_another_endpoint() {
    let app = TestApp::start().await;
    let (one, other) = (app.merchant().await, app.merchant().await);
    let receiver = Receiver::start().await;
    let endpoint = listening(&one, &receiver, &["*"]).await;
    let neighbour = listening(&one, &receiver, &[]).await;
    let foreign = listening(&other, &receiver, &["*"]).await;
    one.anna().await;
    app.drain().await;
    let delivery = text(&deliveries(&one, &endpoint, "").await[0], "id");
    let sent = receiver.received().len();
    for (shop, endpoint) in [(&other, &endpoint), (&other, &foreign), (&one, &neighbour)] {
        let path = format!("{}/deliveries/{delivery}", path(endpoint));
        app.call(404, Method::GET, &path, &shop.api_key, None).await;
        shop.call(404, Method::POST, &format!("{path}/redeliver"), json!({})).await;
    }
    for (method, what) in
        [(Method::GET, "/deliveries"), (Method::POST, "/redeliver"), (Method::POST, "/test"), (Method::PATCH, "")]
    {
        let path = format!("{}{what}", path(&endpoint));
        app.call(404, method, &path, &other.api_key, Some(&json!({}))).await;
    }
    // A mail is no delivery.
    pays(&one, "1001").await;
    app.drain().await;
    let reward = text(&one.get("/v1/rewards").await["data"][0], "id").parse().expect("an id");
    let mail = shared::domain::mail::MailKind::RewardReady.row_of(reward);
    app.call(404, Method::GET, &format!("{}/deliveries/{mail}", path(&endpoint)), &one.api_key, None).await;
    assert_eq!(deliveries(&other, &foreign, "").await.len(), 0);
    assert!(receiver.received().len() >= sent);
}
