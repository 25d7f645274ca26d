//! Shops that send signed events of their own.

mod past;
mod shares;
mod told;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Sender, TestApp, text};

const KEY: &[u8] = b"twenty-four bytes or more";

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// A shop that signs with a secret of the specification, and Anna's link ANNA10 in a program like this.
async fn shop(program: impl FnOnce(&mut Value)) -> Sender {
    let merchant = TestApp::start().await.merchant().await;
    let fields = json!({"platform": "custom", "webhook_secret": format!("whsec_{}", STANDARD.encode(KEY))});
    let shop = Sender::connect(&merchant, fields, KEY).await;
    let program = shop.merchant.program(program).await;
    shop.merchant.link(&program, "anna@example.com", Some("anna10")).await;
    shop
}

/// An order of 500.00 with Anna's code by a buyer of its own, described so many seconds from now.
fn event(shop: &Sender, id: &str, seconds: i64, fields: &Value) -> Value {
    let app = &shop.merchant.app;
    let mut order = json!({"id": id, "placed_at": app.at(0), "updated_at": app.at(seconds), "state": "paid",
        "customer": {"email": format!("bo{id}@example.com")}, "currency": "SEK", "net": sek("500.00"),
        "total": sek("625.00"), "coupon_codes": ["anna10"]});
    for (name, value) in fields.as_object().expect("an object") {
        order[name] = value.clone();
    }
    json!({"type": "order.updated", "data": order})
}

/// Tells of an order, and answers why it was decided as it was.
async fn told(shop: &Sender, id: &str, seconds: i64, fields: Value) -> Value {
    let (status, said) = shop.send(&event(shop, id, seconds, &fields)).await;
    assert_eq!(status, 200, "{fields}: {said}");
    shop.merchant.why(id).await
}

fn notes(why: &Value) -> Vec<String> {
    let notes = why["notes"].as_array().expect("a list").iter();
    notes.map(|note| note.as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn repair_43_a_secret_that_says_it_is_of_the_specification_has_its_24_bytes() {
    let merchant = TestApp::start().await.merchant().await;
    let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
    let shop = |platform: &str, secret: &str| json!({"platform": platform, "domain": "a.example", "site": "https://a.example", "webhook_secret": secret});
    for wrong in [of(0), of(23), "whsec_no base64, however long it may be".to_owned()] {
        let problem = merchant.call(422, Method::POST, "/v1/shops", shop("custom", &wrong)).await;
        assert_eq!(problem["errors"][0]["pointer"], "/webhook_secret", "{problem}");
        assert!(text(&problem["errors"][0], "detail").contains("24 bytes"), "{problem}");
        assert!(wrong == "whsec_" || !problem.to_string().contains(&wrong), "a secret is not repeated");
    }
    let made = merchant.call(201, Method::POST, "/v1/shops", shop("custom", &of(24))).await;
    let path = format!("/v1/shops/{}/rotate-secret", text(&made, "id"));
    merchant.call(422, Method::POST, &path, json!({"webhook_secret": of(16)})).await;
    // Text of one's own, and what other platforms call a secret, are not of the specification.
    merchant.call(200, Method::POST, &path, json!({"webhook_secret": "a text of sixteen or more"})).await;
    merchant.call(201, Method::POST, "/v1/shops", shop("woocommerce", "whsec_of a shop that likes it")).await;
}
