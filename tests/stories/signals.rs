//! Friends who may be their own advocates: what they have in common counts, whoever told of it; the weak signs only
//! together, and only until a person has looked.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, reward, text};

/// Where Anna lives, as Shopify says it and as the API does.
fn annas_home() -> Value {
    json!({"address1": "Åsögatan 12 A", "zip": "116 24", "city": "Stockholm", "country_code": "SE"})
}

fn annas_address() -> Value {
    json!({"line1": "asogatan 12a", "line2": "2 tr", "postal_code": "11624", "city": "Stockholm", "country": "se"})
}

/// Anna's link ANNA10, with what is told of her.
async fn anna(merchant: &TestMerchant, told: Value) -> Value {
    let program = merchant.program(|_| ()).await;
    let mut body =
        json!({"program": program["id"], "advocate": {"email": "anna@example.com", "name": "Anna"}, "code": "anna10"});
    for (name, value) in told.as_object().expect("an object") {
        body["advocate"][name] = value.clone();
    }
    merchant.call(201, Method::POST, "/v1/links", body).await
}

/// Bo's order with Anna's code; answers why it was decided as it was.
async fn bos_order(merchant: &TestMerchant, id: &str, fields: Value) -> Value {
    let order = TestOrder::paid(id, merchant.app.at(5)).coupon("ANNA10").with(fields);
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    merchant.why(id).await
}

/// The signals, with the points of each.
fn signals(why: &Value) -> Vec<(String, u64)> {
    let signals = why["signals"].as_array().expect("a list").iter();
    signals.map(|line| (text(line, "signal"), line["points"].as_u64().expect("points"))).collect()
}

fn signal(name: &str, points: u64) -> (String, u64) {
    (name.to_owned(), points)
}

#[tokio::test]
async fn a_friend_with_the_advocates_phone_waits_for_a_person_and_nothing_is_paid() {
    let merchant = TestApp::start().await.merchant().await;
    let link = anna(&merchant, json!({"phone": "+46 70 123 45 67"})).await;
    let shipping = json!({"country_code": "SE", "phone": "070-123 45 67"});
    let why = bos_order(&merchant, "1001", json!({"shipping_address": shipping})).await;
    assert_eq!((&why["outcome"], signals(&why)), (&json!("flagged"), vec![signal("same_phone", 60)]), "{why}");
    assert!(text(&why, "sentence").contains("one phone number"), "{}", why["sentence"]);
    assert!(!why.to_string().contains("123"), "no number in the trail: {why}");

    merchant.app.drain().await;
    let flagged = [reward("advocate", "100.00", "flagged"), reward("friend", "50.00", "flagged")];
    assert_eq!(merchant.rewards().await, flagged);
    assert_eq!(merchant.app.mails(), []);
    let balances = &merchant.ledger(&link["advocate"]).await["balances"]["SEK"];
    assert_ne!(balances["liability"], "100.00", "{balances}");

    let referral = text(&why, "referral");
    let told = json!({"actor": "Eva", "reason": "they share a phone"});
    merchant.call(200, Method::POST, &format!("/v1/referrals/{referral}/approve"), told).await;
    merchant.app.drain().await;
    merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn the_advocates_own_earlier_order_tells_the_phone_too() {
    let merchant = TestApp::start().await.merchant().await;
    anna(&merchant, json!({})).await;
    let own = TestOrder::paid("900", merchant.app.at(0));
    let own = own.with(json!({"email": "Anna+shop@example.com", "customer": {"id": 1}, "phone": "0046701234567"}));
    assert_eq!(merchant.shop.post("orders/paid", &own.0).await, 200);
    let why = bos_order(&merchant, "1001", json!({"customer": {"id": 7001, "phone": "+46701234567"}})).await;
    assert_eq!((&why["outcome"], signals(&why)), (&json!("flagged"), vec![signal("same_phone", 60)]), "{why}");
    let why = bos_order(
        &merchant,
        "1002",
        json!({"email": "cy@example.com", "customer": {"id": 7002}, "phone": "+46709999999"}),
    )
    .await;
    assert_eq!((&why["outcome"], signals(&why)), (&json!("credited"), vec![]), "{why}");
}

#[tokio::test]
async fn one_weak_sign_is_noted_and_two_are_looked_at() {
    let merchant = TestApp::start().await.merchant().await;
    anna(&merchant, json!({"address": annas_address()})).await;
    let at_annas = |email: &str, customer: u64| json!({"shipping_address": annas_home(), "email": email, "customer": {"id": customer}});
    let why = bos_order(&merchant, "1001", at_annas("bo@example.com", 7001)).await;
    assert_eq!((&why["outcome"], signals(&why)), (&json!("credited"), vec![signal("same_address", 40)]), "{why}");
    assert_eq!(why["score"], 40);

    let why = bos_order(&merchant, "1002", at_annas("cy@some.mailinator.com", 7002)).await;
    let both = vec![signal("same_address", 40), signal("disposable_email", 30)];
    assert_eq!((&why["outcome"], signals(&why)), (&json!("flagged"), both), "{why}");
    // The address is corrected: the mailbox is not one to throw away any more.
    let order = TestOrder::paid("1002", merchant.app.at(5)).coupon("ANNA10").with(at_annas("cy@example.com", 7002));
    let order = order.later(merchant.app.at(60), json!({}));
    assert_eq!(merchant.shop.post("orders/updated", &order.0).await, 200);
    let why = merchant.why("1002").await;
    assert_eq!((&why["outcome"], signals(&why)), (&json!("credited"), vec![signal("same_address", 40)]), "{why}");
}

#[tokio::test]
async fn one_browser_counts_whichever_side_told_of_it() {
    let merchant = TestApp::start().await.merchant().await;
    anna(&merchant, json!({"phone": "+46701234567", "device": "d-4711"})).await;
    let order = |id: &str, device: &str| {
        let at = merchant.app.at(5);
        json!({"shop": merchant.shop.id, "id": id, "placed_at": at, "updated_at": at, "state": "paid", "currency": "SEK",
            "net": {"amount": "500.00", "currency": "SEK"}, "total": {"amount": "625.00", "currency": "SEK"},
            "coupon_codes": ["anna10"], "customer": {"email": format!("bo{id}@example.com"), "device": device}})
    };
    merchant.call(202, Method::POST, "/v1/orders", order("1", "d-4711")).await;
    assert_eq!(signals(&merchant.why("1").await), [signal("same_device", 40)]);
    // What is opaque is compared as it is: no spelling makes two of them one.
    merchant.call(202, Method::POST, "/v1/orders", order("2", "D-4711")).await;
    assert_eq!(signals(&merchant.why("2").await), []);
}

#[tokio::test]
async fn a_merchant_says_more_of_an_advocate_later_and_takes_it_back() {
    let merchant = TestApp::start().await.merchant().await;
    let link = anna(&merchant, json!({"loyalty_tier": "silver", "phone": "+46701234567"})).await;
    let path = format!("/v1/advocates/{}", text(&link, "advocate"));
    let told = |seen: &Value| (seen["loyalty_tier"].clone(), seen["known_by"].clone());
    assert_eq!(told(&merchant.get(&path).await), (json!("silver"), json!(["phone"])));

    let change = async |body: Value| merchant.call(200, Method::PATCH, &path, body).await;
    let changed = change(json!({"loyalty_tier": "gold", "address": annas_address(), "device": "d-1"})).await;
    assert_eq!(told(&changed), (json!("gold"), json!(["phone", "address", "device"])));
    assert_eq!((&changed["id"], changed["created_at"].is_string()), (&link["advocate"], true));
    assert_eq!(merchant.get(&path).await, changed);
    assert_eq!(change(json!({})).await, changed);
    let cleared = change(json!({"loyalty_tier": null, "device": null})).await;
    assert_eq!(told(&cleared), (Value::Null, json!(["phone", "address"])));
    // What was told last counts for the next order.
    change(json!({"phone": "+46709999999", "address": null})).await;
    let why = bos_order(&merchant, "1001", json!({"phone": "+46701234567", "shipping_address": annas_home()})).await;
    assert_eq!((&why["outcome"], signals(&why)), (&json!("credited"), vec![]), "{why}");

    let refused = [
        (json!({"phone": "12"}), "/phone", "6 to 15 digits"),
        (json!({"loyalty_tier": "x".repeat(33)}), "/loyalty_tier", "1 to 32 printable"),
        (json!({"loyalty_tier": ""}), "/loyalty_tier", "1 to 32 printable"),
        (json!({"device": "a\nb"}), "/device", "1 to 200 printable"),
        (
            json!({"address": {"line1": "Åsögatan 12", "postal_code": "11624", "country": "Sweden"}}),
            "/address/country",
            "two letters",
        ),
        (
            json!({"address": {"line1": "Åsögatan 12", "postal_code": "0".repeat(21), "country": "SE"}}),
            "/address/postal_code",
            "1 to 20",
        ),
    ];
    for (body, pointer, allowed) in refused {
        let problem = merchant.call(422, Method::PATCH, &path, body.clone()).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        assert!(text(&problem["errors"][0], "detail").contains(allowed), "{problem}");
    }
    merchant.call(400, Method::PATCH, &path, json!({"tier": "gold"})).await;
    merchant.call(400, Method::PATCH, &path, json!({"address": {"line1": "Åsögatan 12", "country": "SE"}})).await;
    merchant.call(404, Method::PATCH, "/v1/advocates/adv_01M80WSE2QR8FQPR0KXWVR78KM", json!({})).await;
}
