//! A shop without an adapter integrates by signed webhooks alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Sender, TestApp, TestMerchant, fixture, fixtures, reward, sign_standard, text};

const KEY: &[u8] = b"twenty-four bytes or more";

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// A shop that signs with a secret of the specification, and Anna's link ANNA10.
async fn start() -> Sender {
    let merchant = TestApp::start().await.merchant().await;
    let shop = connect(&merchant, "norce").await;
    shop.merchant.anna().await;
    shop
}

async fn connect(merchant: &TestMerchant, name: &str) -> Sender {
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let fields = json!({"platform": "custom", "domain": format!("{name}.example"),
        "site": format!("https://{name}.example"), "webhook_secret": secret});
    Sender::connect(merchant, fields, KEY).await
}

/// An event about Bo's paid order of 500.00 with Anna's code, so many seconds from now.
fn event(shop: &Sender, seconds: i64, fields: &Value) -> Value {
    let (placed, at) = (shop.merchant.app.at(0), shop.merchant.app.at(seconds));
    let mut order = json!({"id": "1001", "placed_at": format!("{placed:.0}"), "updated_at": format!("{at:.0}"), "state": "paid",
        "customer": {"id": "c-7", "email": "bo@example.com", "name": "Bo", "locale": "sv"}, "currency": "SEK",
        "net": sek("500.00"), "total": sek("625.00"), "coupon_codes": ["anna10"],
        "discounts": [{"code": "anna10", "amount": sek("50.00")}]});
    for (name, value) in fields.as_object().expect("an object") {
        order[name] = value.clone();
    }
    json!({"type": "order.updated", "timestamp": at, "data": order})
}

async fn is_not_stored(shop: &Sender) {
    let path = format!("/v1/orders/{}/1001/why", shop.merchant.shop.id);
    shop.merchant.call(404, Method::GET, &path, json!(null)).await;
}

#[tokio::test]
async fn a_shop_without_an_adapter_tells_its_orders_by_signed_webhook() {
    let shop = start().await;
    assert_eq!(shop.post(&event(&shop, 0, &json!({}))).await, 200);
    shop.merchant.app.drain().await;
    shop.merchant.expect_one_referral("1001").await;
    // A part goes back, later.
    let refund = json!({"refunds": [{"id": "r1", "net": sek("100.00")}]});
    assert_eq!(shop.post(&event(&shop, 10, &refund)).await, 200);
    let left = [reward("advocate", "100.00", "approved"), reward("friend", "40.00", "approved")];
    assert_eq!(shop.merchant.rewards().await, left);
    // And then the whole order.
    assert_eq!(shop.post(&event(&shop, 20, &json!({"state": "cancelled"}))).await, 200);
    let why = shop.merchant.why("1001").await;
    assert_eq!(why["outcome"], "void", "{why}");
    assert!(text(&why, "sentence").contains("the order was cancelled"), "{}", why["sentence"]);
}

#[tokio::test]
async fn edge_01_the_same_delivery_twice_is_one_order() {
    let shop = start().await;
    let told = event(&shop, 0, &json!({}));
    for _ in 0..2 {
        assert_eq!(shop.post(&told).await, 200);
    }
    shop.merchant.app.drain().await;
    shop.merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_02_one_order_told_by_two_events_is_one_order() {
    let shop = start().await;
    for kind in ["order.created", "order.paid", "order.anything"] {
        let mut told = event(&shop, 0, &json!({}));
        told["type"] = json!(kind);
        let body = told.to_string().into_bytes();
        let answer = shop.signed(kind.trim_start_matches("order."), shop.merchant.app.at(0), &body).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "{kind}");
    }
    shop.merchant.app.drain().await;
    shop.merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_04_a_refund_that_comes_before_its_order_waits_for_it() {
    let shop = start().await;
    let refunded = json!({"refunds": [{"id": "r1", "net": sek("100.00")}]});
    assert_eq!(shop.post(&event(&shop, 10, &refunded)).await, 200);
    assert_eq!(shop.post(&event(&shop, 0, &json!({}))).await, 200, "what was before, too late");
    let left = [reward("advocate", "100.00", "approved"), reward("friend", "40.00", "approved")];
    assert_eq!(shop.merchant.rewards().await, left);
}

#[tokio::test]
async fn edge_05_an_old_description_does_not_take_the_place_of_a_newer_one() {
    let shop = start().await;
    assert_eq!(shop.post(&event(&shop, 20, &json!({"state": "cancelled"}))).await, 200);
    assert_eq!(shop.post(&event(&shop, 0, &json!({}))).await, 200);
    let why = shop.merchant.why("1001").await;
    assert!(text(&why, "sentence").contains("the order was cancelled"), "{why}");
    assert!(shop.merchant.rewards().await.iter().all(|(_, _, state)| state == "void"));
}

#[tokio::test]
async fn edge_14_an_order_called_off_without_a_refund_rewards_nobody() {
    let shop = start().await;
    assert_eq!(shop.post(&event(&shop, 0, &json!({}))).await, 200);
    assert_eq!(shop.post(&event(&shop, 5, &json!({"state": "cancelled", "refunds": []}))).await, 200);
    assert!(shop.merchant.rewards().await.iter().all(|(_, _, state)| state == "void"));
}

#[tokio::test]
async fn edge_37_ids_beyond_what_numbers_hold_are_kept_to_the_letter() {
    let shop = start().await;
    for id in ["9007199254740993", "9007199254740992"] {
        assert_eq!(shop.post(&event(&shop, 0, &json!({"id": id}))).await, 200);
        assert!(shop.merchant.why(id).await["outcome"].is_string(), "{id} is there, and not as {id} rounded");
    }
}

#[tokio::test]
async fn a_request_that_the_shop_did_not_sign_is_refused_and_nothing_is_stored() {
    let shop = start().await;
    let before = shop.merchant.app.items();
    let body = event(&shop, 0, &json!({})).to_string().into_bytes();
    let now = shop.merchant.app.at(0);
    let at = now.as_second().to_string();
    let good = sign_standard(&shop.key, "msg_1", &at, &body);
    let short = format!("v1,{}", STANDARD.encode(&STANDARD.decode(&good[3..]).expect("base64")[..31]));
    let cut = &good[..good.len() - 4];
    let with_id = |id: &str| shop.request(&body).header("webhook-id", id).header("webhook-timestamp", &at);
    let with = |signature: &str| with_id("msg_1").header("webhook-signature", signature);
    let stranger = Sender { key: b"another key".to_vec(), ..shop.clone() };
    let dotted = sign_standard(&shop.key, "msg.1", &at, &body);
    let mut changed = body.clone();
    changed.push(b' ');
    let requests = [
        ("not signed", shop.request(&body)),
        ("no signature", with_id("msg_1")),
        ("no id", shop.request(&body).header("webhook-timestamp", &at).header("webhook-signature", &good)),
        ("no time", shop.request(&body).header("webhook-id", "msg_1").header("webhook-signature", &good)),
        ("another key", stranger.signed("msg_1", now, &body)),
        ("too short", with(&short)),
        ("cut off", with(cut)),
        ("twice", with(&good).header("webhook-signature", &good)),
        ("two ids", with(&good).header("webhook-id", "msg_1")),
        ("of another version", with(&good.replace("v1,", "v2,"))),
        ("asymmetric", with(&good.replace("v1,", "v1a,"))),
        ("another id", with_id("msg_2").header("webhook-signature", &good)),
        ("an id with a point", with_id("msg.1").header("webhook-signature", &dotted)),
        ("another time", with(&good).header("webhook-timestamp", "1")),
        ("another body", shop.signed("msg_1", now, &body).body(changed)),
        ("empty", with("")),
        ("only the version", with("v1,")),
    ];
    for (wrong, request) in requests {
        assert_eq!(request.send().await.expect("an answer").status(), 401, "{wrong}");
    }
    assert_eq!(shop.merchant.app.items(), before);
    // Among several one has to be right.
    let several = format!("v1a,{} v1,AAAA {good} v2,x", &good[3..]);
    assert_eq!(with(&several).send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_request_of_more_than_five_minutes_ago_or_ahead_is_refused() {
    let shop = start().await;
    let before = shop.merchant.app.items();
    let body = event(&shop, 0, &json!({})).to_string().into_bytes();
    for seconds in [-310, 310, -86_400] {
        let request = shop.signed("msg_1", shop.merchant.app.at(seconds), &body);
        assert_eq!(request.send().await.expect("an answer").status(), 401, "{seconds}");
    }
    assert_eq!(shop.merchant.app.items(), before);
    for seconds in [-290, 290] {
        let request = shop.signed("msg_1", shop.merchant.app.at(seconds), &body);
        assert_eq!(request.send().await.expect("an answer").status(), 200, "{seconds}");
    }
}

#[tokio::test]
async fn edge_41_a_body_of_hundreds_of_kilobytes_is_read_and_one_beyond_the_limit_is_not() {
    let shop = start().await;
    let collections: Vec<_> = (0..40).map(|n| format!("a collection with quite a long name, number {n}")).collect();
    let line =
        |n| json!({"id": format!("l{n}"), "sku": format!("S{n}"), "collections": collections, "net": sek("1.00")});
    let lines: Vec<_> = (0..200).map(line).collect();
    let large = event(&shop, 0, &json!({"lines": lines}));
    assert!(large.to_string().len() > 300_000);
    let mut padded = large.clone();
    padded["data"]["market"] = json!("x".repeat(1_100_000));
    assert_eq!(shop.post(&padded).await, 413);
    is_not_stored(&shop).await;
    assert_eq!(shop.post(&large).await, 200);
    assert_eq!(shop.merchant.why("1001").await["outcome"], "credited");
}

#[tokio::test]
async fn what_cant_be_read_is_refused_with_its_place_and_nothing_is_stored() {
    let shop = start().await;
    let before = shop.merchant.app.items();
    let with = |fields: Value| event(&shop, 0, &fields);
    let mut without_data = event(&shop, 0, &json!({}));
    without_data.as_object_mut().expect("an object").remove("data");
    let mut without_id = event(&shop, 0, &json!({}));
    without_id["data"].as_object_mut().expect("an object").remove("id");
    let cases = [
        (json!([]), "", "invalid"),
        (json!({"data": {}}), "", "missing field `type`"),
        (without_data, "", "missing field `data`"),
        (without_id, "/data", "missing field `id`"),
        (with(json!({"colour": "red"})), "/data/colour", "unknown field `colour`"),
        (with(json!({"shop": shop.merchant.shop.id})), "/data/shop", "unknown field `shop`"),
        (with(json!({"state": "sold"})), "/data/state", "unknown variant"),
        (with(json!({"customer": {"email": "nobody"}})), "/data/customer/email", ""),
        (with(json!({"net": {"amount": "500", "currency": "SEK"}})), "/data/net", "2 decimals"),
        (with(json!({"net": sek("-1.00")})), "/data/net", "must be 0 or more"),
        (with(json!({"total": {"amount": "1.00", "currency": "EUR"}})), "/data/total", "the order's currency"),
        (with(json!({"placed_at": "1969-01-01T00:00:00Z"})), "/data/placed_at", "between"),
        (with(json!({"lines": [{"id": "a b"}]})), "/data/lines/0/id", "1 to 64 printable"),
        (with(json!({"refunds": [{"id": "r", "net": sek("-5.00")}]})), "/data/refunds/0/net", "0 or more"),
    ];
    for (body, pointer, detail) in cases {
        let (status, problem) = shop.send(&body).await;
        assert_eq!(status, 400, "{pointer}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(text(&problem["errors"][0], "detail").contains(detail), "{problem}");
        assert_eq!(problem["code"], "malformed_body");
    }
    let broken = b"{\"type\": \"order.paid\"";
    let answer = shop.signed("msg_1", shop.merchant.app.at(0), broken).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert_eq!(shop.merchant.app.items(), before);
}

#[tokio::test]
async fn events_of_other_types_are_taken_and_not_used() {
    let shop = start().await;
    let mut told = event(&shop, 0, &json!({}));
    for kind in ["contact.created", "orders", "example.event", ""] {
        told["type"] = json!(kind);
        assert_eq!(shop.post(&told).await, 200, "{kind}");
    }
    is_not_stored(&shop).await;
}

#[tokio::test]
async fn edge_42_both_secrets_verify_while_a_rotation_goes_on() {
    let shop = start().await;
    let path = format!("/v1/shops/{}/rotate-secret", shop.merchant.shop.id);
    shop.merchant.call(200, Method::POST, &path, json!({"webhook_secret": "a plain text secret"})).await;
    let plain = Sender { key: b"a plain text secret".to_vec(), ..shop.clone() };
    let told = event(&shop, 0, &json!({}));
    assert_eq!((shop.post(&told).await, plain.post(&told).await), (200, 200));
    shop.merchant.call(200, Method::POST, &path, json!({"webhook_secret": "the third of them all"})).await;
    assert_eq!((shop.post(&told).await, plain.post(&told).await), (401, 200));
}

#[tokio::test]
async fn edge_43_what_was_signed_for_one_shop_is_not_anothers() {
    let shop = start().await;
    let other = connect(&shop.merchant, "other").await;
    let told = event(&shop, 0, &json!({}));
    let elsewhere =
        |id: &str| Sender { webhook_url: shop.webhook_url.replace(&shop.merchant.shop.id, id), ..shop.clone() };
    assert_eq!(elsewhere("shp_01M80GVEHRDF9PGCDTVQYWKN7D").post(&told).await, 404);
    assert_eq!(elsewhere("nonsense").post(&told).await, 404);
    let by_platform = Sender { webhook_url: shop.webhook_url.replace("/custom/", "/shopify/"), ..shop.clone() };
    assert_eq!(by_platform.post(&told).await, 404, "a shop of another platform");
    // The same order id at another shop is another order.
    assert_eq!(other.post(&told).await, 200);
    is_not_stored(&shop).await;
    let foreign = Sender { key: b"of another shop".to_vec(), ..other };
    assert_eq!(foreign.post(&told).await, 401);
}

#[tokio::test]
async fn orders_told_by_call_and_by_webhook_are_read_alike() {
    let shop = start().await;
    let told = event(&shop, 0, &json!({}));
    let mut by_call = told["data"].clone();
    by_call["shop"] = json!(shop.merchant.shop.id);
    by_call["id"] = json!("1002");
    shop.merchant.call(202, Method::POST, "/v1/orders", by_call.clone()).await;
    let mut of_another = told;
    of_another["data"]["customer"] = json!({"email": "cy@example.com"});
    assert_eq!(shop.post(&of_another).await, 200);
    let (by_webhook, called) = (shop.merchant.why("1001").await, shop.merchant.why("1002").await);
    assert_eq!((&by_webhook["outcome"], &called["outcome"]), (&json!("credited"), &json!("credited")));
    assert_eq!((&by_webhook["net"], &by_webhook["rules"]), (&called["net"], &called["rules"]));
    by_call.as_object_mut().expect("an object").remove("shop");
    let problem = shop.merchant.call(400, Method::POST, "/v1/orders", by_call).await;
    assert_eq!(problem["errors"], json!([{"pointer": "", "detail": "missing field `shop`"}]));
}

/// What `_test-vectors.json` of Standard Webhooks says of each signature, at the time that was signed.
#[tokio::test]
async fn the_vectors_of_the_reference_libraries_come_out_as_they_say() {
    let Some(folder) = fixtures("standard-webhooks") else { return };
    let vectors = fixture(&folder, "_test-vectors");
    let vectors = vectors["vectors"].as_array().expect("a list");
    let merchant = TestApp::start().await.merchant().await;
    let (mut valid, mut invalid) = (0, 0);
    for (n, vector) in vectors.iter().enumerate() {
        let Some(at) = vector["timestamp"].as_i64() else {
            // A prefix with nothing behind it: no key, so it is refused when it is set.
            assert_eq!((text(vector, "secret").as_str(), vectors.len()), ("whsec_", n + 1));
            let body = json!({"platform": "custom", "domain": "e.example", "site": "https://e.example",
                "webhook_secret": "whsec_"});
            merchant.call(422, Method::POST, "/v1/shops", body).await;
            // One that was set before signs nothing.
            let shop = Sender::connect(&merchant, json!({"platform": "custom", "domain": "e.example"}), b"").await;
            merchant.app.keep_secret(&shop.merchant.shop.id, "whsec_").await;
            assert_eq!(shop.post(&json!({"type": "x"})).await, 401);
            continue;
        };
        let fields =
            json!({"platform": "custom", "domain": format!("v{n}.example"), "webhook_secret": vector["secret"]});
        let shop = Sender::connect(&merchant, fields, b"").await;
        let engine = &merchant.app.engine;
        let away = at - engine.app.now().as_second();
        engine.advance(away);
        let request = shop.request(text(vector, "body").as_bytes()).header("webhook-timestamp", at);
        let request = request.header("webhook-id", text(vector, "id"));
        let answer = request.header("webhook-signature", text(vector, "signature")).send().await.expect("an answer");
        engine.advance(-away);
        // None of the bodies is an event, which shows only once the signature is right.
        let expected = text(vector, "expect").starts_with("valid");
        assert_eq!(answer.status(), if expected { 400 } else { 401 }, "{}", vector["source"]);
        if expected { valid += 1 } else { invalid += 1 }
    }
    assert!(valid >= 3 && invalid >= 3, "{valid} and {invalid}");

    let shop = connect(&merchant, "spec").await;
    for file in ["contact.created--spec-full", "example.event--spec"] {
        assert_eq!(shop.post(&fixture(&folder, file)).await, 200, "{file}: taken, and of no use here");
    }
    let files = std::fs::read_dir(&folder).expect("a folder").count();
    assert_eq!(files, 3, "a file of {} is not looked at here", folder.display());
}
