//! Every act of a person is on record: who, what, to what, why, and which fields, but never what they were set to. Written
//! with the change, or not at all.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestPool, codes, text};

use super::{actions, call, for_anna, sek};

/// All that changes how the engine is set up, with what is then on record, and of what.
async fn changes(merchant: &TestMerchant) -> Vec<(Method, String, Value, &'static str, String, Value)> {
    let program = merchant.program(|_| ()).await;
    let link = for_anna(merchant, |_| ()).await;
    let endpoint =
        merchant.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": "http://127.0.0.1:9/"})).await;
    let pool = TestPool::new(merchant, 0).await;
    let id = text(&merchant.get("/v1/merchant").await, "id");
    let (shop, program, endpoint) = (merchant.shop.id.clone(), text(&program, "id"), text(&endpoint, "id"));
    let customer = merchant.call(200, Method::PATCH, "/v1/customers", json!({"email": "cy@example.com"})).await;
    let (texts, at) = (format!("/v1/programs/{program}/mails/invite"), format!("/v1/webhook-endpoints/{endpoint}"));
    let words = json!({"variants": [{"name": "a", "weight": 1, "texts": {"en": {"subject": "Hello"}}}]});
    let none = json!([]);
    let (patch, post) = (Method::PATCH, Method::POST);
    vec![
        (
            patch.clone(),
            "/v1/merchant".into(),
            json!({"brand": {"from_name": "Nordic"}}),
            "change_merchant",
            id,
            json!(["brand"]),
        ),
        (
            patch.clone(),
            format!("/v1/shops/{shop}"),
            json!({"site": merchant.shop.site}),
            "change_shop",
            shop.clone(),
            json!(["site"]),
        ),
        (
            post.clone(),
            format!("/v1/shops/{shop}/rotate-secret"),
            json!({"webhook_secret": "not for anybody to see"}),
            "rotate_secret",
            shop,
            none.clone(),
        ),
        (
            patch.clone(),
            format!("/v1/programs/{program}"),
            json!({"hold_days": 3, "window_days": 20}),
            "change_program",
            program.clone(),
            json!(["hold_days", "window_days"]),
        ),
        (Method::PUT, texts.clone(), words, "change_texts", format!("{program}/invite"), none.clone()),
        (Method::DELETE, texts, json!({}), "reset_texts", format!("{program}/invite"), none.clone()),
        (
            patch.clone(),
            at.clone(),
            json!({"description": "ours"}),
            "change_endpoint",
            endpoint.clone(),
            json!(["description"]),
        ),
        (post.clone(), format!("{at}/rotate-secret"), json!({}), "rotate_secret", endpoint.clone(), none.clone()),
        (Method::DELETE, at, json!({}), "delete_endpoint", endpoint, none.clone()),
        (
            post,
            format!("{}/codes", pool.path),
            json!({"codes": codes("Gift", 3)}),
            "add_codes",
            pool.id.to_string(),
            none.clone(),
        ),
        (
            patch.clone(),
            "/v1/customers".into(),
            json!({"email": "cy@example.com", "name": "Cy"}),
            "change_customer",
            text(&customer, "id"),
            json!(["email", "name"]),
        ),
        (
            patch.clone(),
            format!("/v1/advocates/{}", text(&link, "advocate")),
            json!({"loyalty_tier": "gold"}),
            "change_advocate",
            text(&link, "advocate"),
            json!(["loyalty_tier"]),
        ),
        (
            patch,
            "/v1/links/ANNA10".into(),
            json!({"state": "disabled"}),
            "change_link",
            "ANNA10".into(),
            json!(["state"]),
        ),
    ]
}

async fn newest(merchant: &TestMerchant) -> Value {
    // No two acts of one second: the newest is the first.
    merchant.app.engine.advance(1);
    merchant.get("/v1/audit").await["data"][0].clone()
}

#[tokio::test]
async fn repair_19_every_change_is_on_record_with_who_what_and_why() {
    let merchant = TestApp::start().await.merchant().await;
    for (method, path, mut body, action, subject, changed) in changes(&merchant).await {
        merchant.app.engine.advance(2);
        let said = body.to_string();
        body["actor"] = json!("Åsa");
        body["reason"] = json!("agreed on Monday");
        let (status, answer) = call(&merchant, method.clone(), &path, "", &body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        let line = newest(&merchant).await;
        let told = [&line["actor"], &line["reason"], &line["action"], &line["subject"], &line["changed"]];
        let expected = [json!("Åsa"), json!("agreed on Monday"), json!(action), json!(subject), changed];
        assert_eq!(told.map(Clone::clone), expected, "{method} {path}: {line}");
        for secret in ["not for anybody", "cy@example.com", "GIFT", "Gift-"] {
            assert!(!said.contains(secret) || !line.to_string().contains(secret), "{line}");
        }
    }
}

#[tokio::test]
async fn repair_19_what_is_made_is_on_record_too_by_whoever_has_the_key() {
    let merchant = TestApp::start().await.merchant().await;
    merchant.anna().await;
    TestPool::new(&merchant, 0).await;
    merchant.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": "http://127.0.0.1:9/"})).await;
    let record = merchant.get("/v1/audit").await;
    let lines = record["data"].as_array().expect("a list");
    let by = |action: &str| lines.iter().find(|line| line["action"] == action).map(|line| line["actor"].clone());
    for (action, actor) in [
        ("create_merchant", "operator"),
        ("create_key", "operator"),
        ("create_shop", "api"),
        ("create_program", "api"),
        ("create_pool", "api"),
        ("create_endpoint", "api"),
    ] {
        assert_eq!(by(action), Some(json!(actor)), "{action}: {record}");
    }
    assert!(!record.to_string().contains("gw_"), "no key is on record");
}

#[tokio::test]
async fn repair_19_who_is_refused_and_who_repeats_leaves_no_line() {
    let merchant = TestApp::start().await.merchant().await;
    let program = text(&merchant.program(|_| ()).await, "id");
    let before = actions(&merchant).await.len();
    let path = format!("/v1/programs/{program}");
    for wrong in [json!({"hold_days": -1, "actor": "Eva"}), json!({"hold_days": 3, "actor": ""}), json!({"actor": 7})] {
        let (status, _) = call(&merchant, Method::PATCH, &path, "", &wrong).await;
        assert!([400, 422].contains(&status), "{wrong}: {status}");
    }
    let other = merchant.app.merchant().await;
    call(&other, Method::PATCH, &path, "", &json!({"hold_days": 3})).await;
    assert_eq!(actions(&merchant).await.len(), before, "nothing was done");
    let pool = json!({"name": "Ten off", "actor": "Eva"});
    for _ in 0..2 {
        assert_eq!(call(&merchant, Method::POST, "/v1/coupon-pools", "once", &pool).await.0, 201);
    }
    assert_eq!(actions(&merchant).await.len(), before + 1, "done once");
    // The people of one merchant are nobody's business elsewhere.
    assert!(!other.get("/v1/audit").await.to_string().contains("Eva"));
    let grant = json!({"code": "x", "actor": "Eva", "reason": "r", "reward": {"kind": "fixed", "value": sek("1.00"), "fulfilment": "manual"}});
    assert_eq!(call(&merchant, Method::POST, "/v1/rewards", "", &grant).await.0, 422);
    assert_eq!(actions(&merchant).await.len(), before + 1);
}

#[tokio::test]
async fn repair_19_an_import_is_on_record_once_and_may_come_again() {
    let merchant = TestApp::start().await.merchant().await;
    let before = actions(&merchant).await.len();
    let customer = json!({"email": "cy@example.com", "name": "Cy", "orders": 3});
    for _ in 0..2 {
        let (status, told) = call(&merchant, Method::POST, "/v1/import/customers", "", &customer).await;
        assert_eq!((status, &told["imported"]), (200, &json!(1)), "{told}");
    }
    assert_eq!(actions(&merchant).await[..2], ["import_customers", "import_customers"]);
    assert_eq!(actions(&merchant).await.len(), before + 2);
    // A change that changes nothing is an act all the same.
    merchant.call(200, Method::PATCH, "/v1/customers", customer).await;
    assert_eq!(actions(&merchant).await[0], "change_customer");
}
