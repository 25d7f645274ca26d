//! What a webhook is answered: signatures, bodies, topics, and faults of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestOrder, sign, text};

#[tokio::test]
async fn a_wrong_signature_is_refused_and_writes_nothing() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let body = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0.to_string().into_bytes();
    let good = sign(&shop.shop.secret, &body);
    let before = app.items();
    let truncated = STANDARD.encode(&STANDARD.decode(&good).expect("base64")[..31]);
    for wrong in
        [sign("another secret", &body), truncated, String::new(), "not base64!".into(), format!("{good}{good}")]
    {
        assert_eq!(shop.shop.post_signed("orders/paid", body.clone(), &wrong).await, 401, "{wrong}");
    }
    let mut changed = body.clone();
    changed.push(b' ');
    assert_eq!(shop.shop.post_signed("orders/paid", changed, &good).await, 401);
    let unsigned = app.client.post(&shop.shop.webhook_url).header("x-shopify-topic", "orders/paid").body(body.clone());
    assert_eq!(unsigned.send().await.expect("an answer").status(), 401);
    let twice = app
        .client
        .post(&shop.shop.webhook_url)
        .header("x-shopify-hmac-sha256", &good)
        .header("x-shopify-hmac-sha256", &good);
    assert_eq!(twice.body(body.clone()).send().await.expect("an answer").status(), 401);

    assert_eq!(app.items(), before);
    assert_eq!(shop.shop.post_signed("orders/paid", body, &good).await, 200);
    assert!(app.items() > before);
}

#[tokio::test]
async fn the_previous_secret_verifies_while_a_rotation_goes_on() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let path = format!("/v1/shops/{}/rotate-secret", shop.shop.id);
    let answer = shop.call(200, Method::POST, &path, json!({"webhook_secret": "the new secret of it"})).await;
    assert!(!answer.to_string().contains("the new secret of it"));
    // The same again is no rotation: the old secret is still the previous one.
    shop.call(200, Method::POST, &path, json!({"webhook_secret": "the new secret of it"})).await;

    let body = TestOrder::paid("1001", app.at(0)).0.to_string().into_bytes();
    for (secret, status) in [(shop.shop.secret.as_str(), 200), ("the new secret of it", 200), ("a third", 401)] {
        let signature = sign(secret, &body);
        assert_eq!(shop.shop.post_signed("orders/paid", body.clone(), &signature).await, status, "{secret}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_order_is_refused_with_the_place_of_the_fault_and_not_kept() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let before = app.items();
    let order = TestOrder::paid("1001", app.at(0));
    let cases = [
        ("orders/paid", b"{".to_vec(), ""),
        ("orders/paid", Vec::new(), ""),
        ("orders/paid", order.clone().with(json!({"currency": "XXX"})).0.to_string().into_bytes(), "/currency"),
        (
            "orders/paid",
            order.clone().with(json!({"line_items": [{"price": "abc"}]})).0.to_string().into_bytes(),
            "/line_items/0/price",
        ),
        ("orders/paid", order.clone().with(json!({"created_at": 5})).0.to_string().into_bytes(), "/created_at"),
        ("refunds/create", json!({"id": 1}).to_string().into_bytes(), "/order_id"),
    ];
    for (topic, body, pointer) in cases {
        let signature = sign(&shop.shop.secret, &body);
        let answer = shop.shop.send_signed(topic, body, &signature).await;
        let status = answer.status();
        let problem: Value = answer.json().await.expect("a problem");
        assert_eq!(status, 400, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(!text(&problem, "request_id").is_empty());
    }
    assert_eq!(app.items(), before);
}

#[tokio::test]
async fn topics_of_no_use_are_taken_and_unknown_shops_are_not() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    assert_eq!(shop.shop.post("products/update", &json!({"id": 1})).await, 200);
    let mut stranger = shop.shop.clone();
    stranger.webhook_url = stranger.webhook_url.replace(&shop.shop.id, "shp_01M80GVEHRDF9PGCDTVQYWKN7D");
    assert_eq!(stranger.post("orders/paid", &TestOrder::paid("1", app.at(0)).0).await, 404);
    stranger.webhook_url = shop.shop.webhook_url.replace(&shop.shop.id, "nonsense");
    assert_eq!(stranger.post("orders/paid", &TestOrder::paid("1", app.at(0)).0).await, 404);
    let large = json!({"id": 1, "note": "x".repeat(1_100_000)});
    assert_eq!(shop.shop.post("orders/paid", &large).await, 413);
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_parked_and_applied_later() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    app.engine.wire.inject(Fault {
        operation: "TransactWriteItems",
        body_contains: "ORD#",
        trouble: Trouble::Fail,
        times: 1000,
    });
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200, "a fault of ours is not the platform's");
    let parked = shop.get("/v1/parked").await;
    assert_eq!(
        (&parked["data"][0]["topic"], &parked["data"][0]["attempts"]),
        (&json!("orders/paid"), &json!(1)),
        "{parked}"
    );
    assert!(!parked.to_string().contains("bo@example.com"));

    app.days_pass(1).await;
    assert_eq!(shop.get("/v1/parked").await["data"][0]["attempts"], 2, "it still fails, and stays");
    app.engine.wire.heal();
    app.days_pass(1).await;
    assert_eq!(shop.get("/v1/parked").await["data"], json!([]));
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn when_even_parking_fails_the_platform_is_asked_to_send_again() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    app.engine.wire.inject(Fault { operation: "PutItem", body_contains: "", trouble: Trouble::Fail, times: 1000 });
    let order = TestOrder::paid("1001", app.at(0));
    assert!(shop.shop.post("orders/paid", &order.0).await >= 500);
    app.engine.wire.heal();
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
}
