//! Every id in a body is the merchant's own, or the call is refused before anything is written.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestPool, text};

use super::{call, for_anna, sek};

async fn endpoint(merchant: &TestMerchant) -> String {
    let made =
        merchant.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": "http://127.0.0.1:9/hook"})).await;
    text(&made, "id")
}

fn grant(fulfilment: &str, field: &str, id: &Value) -> Value {
    json!({"code": "ANNA10", "actor": "Eva", "reason": "a surprise",
        "reward": {"kind": "fixed", "value": sek("50.00"), "fulfilment": fulfilment, field: id}})
}

#[tokio::test]
async fn repair_09_a_grant_leads_to_pools_and_endpoints_of_the_merchants_own() {
    let app = TestApp::start().await;
    let (merchant, other) = (app.merchant().await, app.merchant().await);
    for_anna(&merchant, |_| ()).await;
    let (own, foreign) = (TestPool::new(&merchant, 0).await.id, TestPool::new(&other, 0).await.id);
    let (own_endpoint, foreign_endpoint) = (endpoint(&merchant).await, endpoint(&other).await);
    let unknown = "01KAK5QG80EJZ3V6B7N2T4M9QC";
    let before = app.items();
    let wrong = [
        ("coupon_pool", "pool", json!(foreign)),
        ("coupon_pool", "pool", json!(format!("pol_{unknown}"))),
        ("webhook", "endpoint", json!(foreign_endpoint)),
        ("webhook", "endpoint", json!(format!("whe_{unknown}"))),
    ];
    for (fulfilment, field, id) in wrong {
        let (status, refused) = call(&merchant, Method::POST, "/v1/rewards", "", &grant(fulfilment, field, &id)).await;
        let told = &refused["errors"][0];
        assert_eq!(
            (status, &told["pointer"], &told["value"]),
            (422, &json!(format!("/reward/{field}")), &id),
            "{refused}"
        );
    }
    assert_eq!(app.items(), before, "who is refused writes nothing");
    for (fulfilment, field, id) in [("coupon_pool", "pool", json!(own)), ("webhook", "endpoint", json!(own_endpoint))] {
        let (status, given) = call(&merchant, Method::POST, "/v1/rewards", "", &grant(fulfilment, field, &id)).await;
        assert_eq!((status, text(&given, "state")), (201, "approved".into()), "{given}");
    }
}

#[tokio::test]
async fn repair_09_no_body_leads_to_what_is_anothers() {
    let app = TestApp::start().await;
    let (merchant, mut other) = (app.merchant().await, app.merchant().await);
    other.shop = app.shop(&other.api_key, "other").await;
    let link = for_anna(&merchant, |_| ()).await;
    let program = merchant.program(|_| ()).await;
    let foreign_program = other.program(|_| ()).await;
    other.link(&foreign_program, "bea@example.com", Some("bea10")).await;
    let (pool, endpoint) = (TestPool::new(&other, 0).await.id, endpoint(&other).await);
    super::earned(&merchant, 1).await;
    let shop = &other.shop.id;
    let reward = |more: Value| {
        let mut reward = json!({"kind": "fixed", "value": sek("1.00")});
        reward.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({"advocate": [reward], "friend": []})
    };
    let new = |shop: &str, rewards: Value| json!({"name": "x", "shop": shop, "destination": format!("{}/", merchant.shop.site), "rewards": rewards});
    let own = &merchant.shop.id;
    let from_pool = reward(json!({"fulfilment": "coupon_pool", "pool": pool}));
    let by_webhook = reward(json!({"fulfilment": "webhook", "endpoint": endpoint}));
    let patch = format!("/v1/programs/{}", text(&program, "id"));
    let told = json!({"shop": shop, "id": "9", "placed_at": app.at(0), "updated_at": app.at(0), "state": "paid",
        "currency": "SEK", "net": sek("500.00"), "total": sek("625.00"), "customer": null});
    let claim = json!({"code": "BEA10", "actor": "Eva", "reason": "told"});
    let mut given = grant("manual", "hold_days", &json!(0));
    given["code"] = json!("BEA10");
    let selector = json!({"shop": shop, "customer_id": "c-7"});
    let calls = [
        (Method::POST, "/v1/programs".to_owned(), new(shop, reward(json!({"fulfilment": "manual"})))),
        (Method::POST, "/v1/programs".into(), new(own, from_pool.clone())),
        (Method::POST, "/v1/programs".into(), new(own, by_webhook.clone())),
        (Method::POST, "/v1/programs/validate".into(), new(own, from_pool.clone())),
        (Method::PATCH, patch.clone(), json!({"rewards": from_pool})),
        (Method::PATCH, patch, json!({"rewards": by_webhook})),
        (
            Method::POST,
            "/v1/links".into(),
            json!({"program": foreign_program["id"], "advocate": {"email": "x@example.com"}}),
        ),
        (Method::POST, "/v1/orders".into(), told),
        (Method::POST, format!("/v1/orders/{own}/1/attribute"), claim),
        (Method::POST, "/v1/rewards".into(), given),
        (Method::POST, "/v1/privacy/erase".into(), selector.clone()),
        (Method::POST, "/v1/privacy/export".into(), selector),
    ];
    let before = app.items();
    for (method, path, body) in calls {
        let (status, refused) = call(&merchant, method, &path, "", &body).await;
        assert!([404, 422].contains(&status), "{path} {body}: {status} {refused}");
    }
    assert_eq!(app.items(), before, "who is refused writes nothing");
    assert_eq!(text(&link, "code"), "ANNA10");
}
