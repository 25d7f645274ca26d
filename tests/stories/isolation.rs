//! One merchant's things do not exist for another, and a call without a key is nobody's.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, text};

/// A merchant with a credited order, and the paths of everything that is theirs.
async fn with_everything(app: &TestApp, name: &str) -> (TestMerchant, Value, Value) {
    let mut merchant = app.merchant().await;
    merchant.shop = app.shop(&merchant.api_key, name).await;
    let program = merchant.program(|_| ()).await;
    let link = merchant.link(&program, "anna@example.com", Some(&format!("{name}10"))).await;
    (merchant, program, link)
}

#[tokio::test]
async fn another_merchants_ids_lead_nowhere_and_change_nothing() {
    let app = TestApp::start().await;
    let (one, program, link) = with_everything(&app, "first").await;
    let (other, ..) = with_everything(&app, "second").await;
    one.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("FIRST10").0).await;
    app.drain().await;
    let referral = text(&one.why("1001").await, "referral");
    let endpoint = json!({"url": "https://first.example/goodword"});
    let endpoint = text(&one.call(201, Method::POST, "/v1/webhook-endpoints", endpoint).await, "id");
    let advocate = text(&link, "advocate");
    let standing = async || {
        let seen = one.get(&format!("/v1/advocates/{advocate}")).await;
        (one.ledger(&link["advocate"]).await, one.get("/v1/links/FIRST10").await, seen)
    };
    let before = standing().await;

    let (shop, program) = (&one.shop.id, text(&program, "id"));
    let reads = [
        format!("/v1/shops/{shop}"),
        format!("/v1/programs/{program}"),
        "/v1/links/FIRST10".into(),
        format!("/v1/orders/{shop}/1001/why"),
        format!("/v1/advocates/{advocate}"),
        format!("/v1/advocates/{advocate}/ledger"),
        format!("/v1/webhook-endpoints/{endpoint}"),
    ];
    for path in reads {
        one.get(&path).await;
        app.call(404, Method::GET, &path, &other.api_key, None).await;
    }
    for list in [
        format!("/v1/rewards?referral={referral}"),
        format!("/v1/rewards?advocate={advocate}"),
        "/v1/rewards".into(),
        "/v1/webhook-endpoints".into(),
    ] {
        assert_eq!(other.get(&list).await["data"], json!([]), "{list}");
        assert_ne!(one.get(&list).await["data"], json!([]), "{list}");
    }
    other.call(404, Method::PATCH, &format!("/v1/programs/{program}"), json!({"hold_days": 3})).await;
    other
        .call(
            404,
            Method::POST,
            &format!("/v1/shops/{shop}/rotate-secret"),
            json!({"webhook_secret": "a secret, mine now"}),
        )
        .await;
    other.call(404, Method::POST, &format!("/v1/webhook-endpoints/{endpoint}/rotate-secret"), json!({})).await;
    app.call(404, Method::DELETE, &format!("/v1/webhook-endpoints/{endpoint}"), &other.api_key, None).await;
    one.get(&format!("/v1/webhook-endpoints/{endpoint}")).await;
    other.call(404, Method::PATCH, &format!("/v1/advocates/{advocate}"), json!({"loyalty_tier": "gold"})).await;
    other.call(404, Method::PATCH, "/v1/links/FIRST10", json!({"state": "disabled"})).await;
    other
        .call(404, Method::POST, "/v1/links", json!({"program": program, "advocate": {"email": "x@example.com"}}))
        .await;
    let foreign_shop = json!({"name": "x", "shop": shop, "destination": "https://first.example/", "rewards": {"advocate":
        [{"kind": "fixed", "value": {"amount": "1.00", "currency": "SEK"}, "fulfilment": "manual"}]}});
    other.call(404, Method::POST, "/v1/programs", foreign_shop).await;
    let order = json!({"shop": shop, "id": "9", "placed_at": app.at(0), "updated_at": app.at(0), "state": "paid", "currency": "SEK",
        "net": {"amount": "500.00", "currency": "SEK"}, "total": {"amount": "625.00", "currency": "SEK"}, "customer": null});
    other.call(404, Method::POST, "/v1/orders", order).await;
    // The first merchant's code on the second's order is not evidence there, and its advocate is not told of.
    other.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("FIRST10").0).await;
    let why = other.why("1001").await;
    assert_eq!((&why["outcome"], &why["candidates"][0]["advocate"]), (&json!("not_credited"), &json!(null)), "{why}");

    assert_eq!(standing().await, before);
}

#[tokio::test]
async fn without_a_key_no_call_is_answered() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let calls = [
        (Method::POST, "/v1/merchants"),
        (Method::POST, "/v1/shops"),
        (Method::GET, "/v1/shops"),
        (Method::GET, "/v1/shops/x"),
        (Method::POST, "/v1/shops/x/rotate-secret"),
        (Method::POST, "/v1/programs"),
        (Method::POST, "/v1/programs/validate"),
        (Method::GET, "/v1/program-presets"),
        (Method::GET, "/v1/programs"),
        (Method::GET, "/v1/programs/x"),
        (Method::PATCH, "/v1/programs/x"),
        (Method::POST, "/v1/links"),
        (Method::GET, "/v1/links"),
        (Method::GET, "/v1/links/ANNA10"),
        (Method::PATCH, "/v1/links/ANNA10"),
        (Method::POST, "/v1/orders"),
        (Method::GET, "/v1/orders/x/1/why"),
        (Method::GET, "/v1/rewards"),
        (Method::GET, "/v1/advocates/x"),
        (Method::PATCH, "/v1/advocates/x"),
        (Method::GET, "/v1/advocates/x/ledger"),
        (Method::GET, "/v1/parked"),
        (Method::POST, "/v1/coupon-pools"),
        (Method::GET, "/v1/coupon-pools"),
        (Method::GET, "/v1/coupon-pools/x"),
        (Method::POST, "/v1/coupon-pools/x/codes"),
        (Method::GET, "/v1/ledger/check"),
        (Method::POST, "/v1/webhook-endpoints"),
        (Method::GET, "/v1/webhook-endpoints"),
        (Method::GET, "/v1/webhook-endpoints/x"),
        (Method::DELETE, "/v1/webhook-endpoints/x"),
        (Method::PATCH, "/v1/webhook-endpoints/x"),
        (Method::POST, "/v1/webhook-endpoints/x/test"),
        (Method::POST, "/v1/webhook-endpoints/x/redeliver"),
        (Method::GET, "/v1/webhook-endpoints/x/deliveries"),
        (Method::GET, "/v1/webhook-endpoints/x/deliveries/y"),
        (Method::POST, "/v1/webhook-endpoints/x/deliveries/y/redeliver"),
        (Method::POST, "/v1/webhook-endpoints/x/rotate-secret"),
    ];
    for (method, path) in calls {
        // A merchant's key does not make merchants, and the operator's is no merchant's.
        let wrong = if path == "/v1/merchants" { merchant.api_key.clone() } else { app.engine.operator_key() };
        for key in ["", "gw_0123", wrong.as_str()] {
            let problem = app.call(401, method.clone(), path, key, Some(&json!({}))).await;
            assert_eq!(problem["code"], "unauthorized", "{method} {path}");
        }
    }
}
