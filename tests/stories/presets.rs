//! Each program to start from, played on the engine: what both sides get, to the cent.
#![expect(clippy::needless_pass_by_value, reason = "stories read better with json!(…) than with &json!(…)")]

use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, parameter, text};

/// A preset as the API lists it, saved for this shop.
async fn saved(merchant: &TestMerchant, name: &str) -> Value {
    let listed = merchant.get("/v1/program-presets").await;
    let found = listed["data"].as_array().expect("a list").iter().find(|preset| preset["name"] == name);
    let mut body = found.expect(name)["program"].clone();
    body["shop"] = json!(merchant.shop.id);
    body["destination"] = json!(format!("{}/", merchant.shop.site));
    let program = merchant.call(201, Method::POST, "/v1/programs", body).await;
    assert_eq!(program["warnings"], json!([]), "{name}");
    program
}

/// A merchant with a preset, and Anna's link ANNA10 in it.
async fn with(name: &str) -> (TestMerchant, Value) {
    let merchant = TestApp::start().await.merchant().await;
    let program = saved(&merchant, name).await;
    let link = merchant.link(&program, "anna@example.com", Some("anna10")).await;
    (merchant, link)
}

/// A paid order by this buyer as the merchant's own system tells it, with other fields.
fn order(merchant: &TestMerchant, id: &str, net: &str, currency: &str, more: Value) -> Value {
    let (at, net) = (merchant.app.at(0).to_string(), json!({"amount": net, "currency": currency}));
    let mut body = json!({"shop": merchant.shop.id, "id": id, "placed_at": at, "updated_at": at, "state": "paid",
        "customer": {"email": format!("friend{id}@example.com")}, "currency": currency, "net": net, "total": net});
    for (field, value) in more.as_object().expect("an object") {
        body[field] = value.clone();
    }
    body
}

async fn credited(merchant: &TestMerchant, order: Value) {
    let answer = merchant.call(202, Method::POST, "/v1/orders", order.clone()).await;
    assert_eq!(answer["outcome"], "credited", "{}", merchant.why(&text(&order, "id")).await["sentence"]);
}

/// The order's rewards as `side kind amount unit state`.
async fn rewards(merchant: &TestMerchant, order: &str) -> Vec<String> {
    let referral = text(&merchant.why(order).await, "referral");
    let listed = merchant.get(&format!("/v1/rewards?referral={referral}")).await;
    let view = |reward: &Value| {
        let value = &reward["value"];
        let unit = value["currency"].as_str().or(value["unit"].as_str()).expect("a unit");
        let (side, kind, state) = (text(reward, "side"), text(reward, "kind"), text(reward, "state"));
        format!("{side} {kind} {} {unit} {state}", text(value, "amount"))
    };
    listed["data"].as_array().expect("a list").iter().map(view).collect()
}

#[tokio::test]
async fn every_file_is_listed_and_valid_without_a_second_thought() {
    let merchant = TestApp::start().await.merchant().await;
    let listed = merchant.get("/v1/program-presets").await;
    let mut listed: Vec<_> =
        listed["data"].as_array().expect("a list").iter().map(|preset| text(preset, "name")).collect();
    for name in &listed {
        saved(&merchant, name).await;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/presets");
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let mut files: Vec<_> =
        files.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
}

#[tokio::test]
async fn dropbox_gives_space_to_both_and_the_33rd_friend_still_gets_it() {
    let (merchant, link) = with("dropbox").await;
    for n in 1..=33 {
        credited(&merchant, order(&merchant, &n.to_string(), "9.99", "USD", json!({"coupon_codes": ["anna10"]}))).await;
    }
    let both = ["advocate custom 500 MB approved", "friend custom 500 MB approved"];
    assert_eq!(rewards(&merchant, "1").await, both);
    assert_eq!(rewards(&merchant, "32").await, both);
    assert_eq!(rewards(&merchant, "33").await, ["friend custom 500 MB approved"]);
    let why = merchant.why("33").await;
    assert_eq!(why["rewards"][0]["reason"], "16000 MB of 16000 MB in all", "{why}");
    let ledger = merchant.ledger(&link["advocate"]).await;
    assert_eq!(ledger["balances"]["MB"]["liability"], (32 * 500).to_string());
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn leesa_pays_75_dollars_110_days_after_delivery() {
    let (merchant, _) = with("leesa").await;
    let app = &merchant.app;
    let paid = order(&merchant, "1", "999.00", "USD", json!({"coupon_codes": ["anna10"]}));
    credited(&merchant, paid.clone()).await;
    // The mattress is long on its way: the hold has not begun.
    app.days_pass(150).await;
    assert_eq!(rewards(&merchant, "1").await, ["advocate cash 75.00 USD pending"]);
    let mut delivered = paid;
    delivered["state"] = json!("delivered");
    delivered["updated_at"] = json!(app.at(0).to_string());
    credited(&merchant, delivered).await;
    app.days_pass(109).await;
    assert_eq!(rewards(&merchant, "1").await, ["advocate cash 75.00 USD pending"]);
    app.days_pass(2).await;
    assert_eq!(rewards(&merchant, "1").await, ["advocate cash 75.00 USD approved"]);
}

#[tokio::test]
async fn threadbeast_gives_50_dollars_and_a_product_either_way_round() {
    for (name, expected) in [
        (
            "threadbeast_friend_discount",
            ["advocate free_product 1 sku:FREE-TEE pending", "friend fixed 50.00 USD pending"],
        ),
        (
            "threadbeast_friend_product",
            ["advocate fixed 50.00 USD pending", "friend free_product 1 sku:FREE-TEE pending"],
        ),
    ] {
        let (merchant, _) = with(name).await;
        credited(&merchant, order(&merchant, "1", "85.00", "USD", json!({"coupon_codes": ["ANNA10"]}))).await;
        assert_eq!(rewards(&merchant, "1").await, expected);
        // The second package of the same friend is nobody's.
        let friend = json!({"coupon_codes": ["ANNA10"], "customer": {"email": "friend1@example.com"}});
        let answer =
            merchant.call(202, Method::POST, "/v1/orders", order(&merchant, "2", "85.00", "USD", friend)).await;
        assert_eq!(answer["outcome"], "not_credited");
        merchant.app.days_pass(15).await;
        assert_eq!(rewards(&merchant, "1").await, expected.map(|line| line.replace("pending", "approved")));
    }
}

#[tokio::test]
async fn adore_beauty_credits_the_code_beside_a_welcome_coupon() {
    let (merchant, _) = with("adore_beauty").await;
    let coupons = json!({"coupon_codes": ["WELCOME15", "anna10"]});
    credited(&merchant, order(&merchant, "1", "80.00", "AUD", coupons)).await;
    let expected = ["advocate fixed 10.00 AUD pending", "friend percent 8.00 AUD pending"];
    assert_eq!(rewards(&merchant, "1").await, expected);
}

#[tokio::test]
async fn uber_credits_a_code_that_was_typed_by_hand() {
    let (merchant, _) = with("uber").await;
    credited(&merchant, order(&merchant, "1", "25.00", "USD", json!({"referral_code": " Anna10 "}))).await;
    credited(&merchant, order(&merchant, "2", "25.00", "USD", json!({"coupon_codes": ["anna10"]}))).await;
    let expected = ["advocate store_credit 10.00 USD approved", "friend fixed 10.00 USD approved"];
    assert_eq!(rewards(&merchant, "1").await, expected[..1], "named, and not used at the checkout");
    assert_eq!(rewards(&merchant, "2").await, expected);
    assert_eq!(merchant.why("1").await["candidates"][0]["kind"], "code");
    assert_eq!(merchant.why("2").await["candidates"][0]["kind"], "coupon");
}

#[tokio::test]
async fn pottery_barn_kids_credits_who_came_by_the_link() {
    let (merchant, link) = with("pottery_barn_kids").await;
    let location = merchant.app.click(&text(&link, "url")).await;
    let token = parameter(&location, "ref_click").expect("a token");
    merchant.app.engine.advance(60);
    credited(&merchant, order(&merchant, "1", "200.00", "USD", json!({"click_token": token}))).await;
    assert_eq!(rewards(&merchant, "1").await, ["advocate gift_card 15.00 USD pending"], "the code was not used");
    let why = merchant.why("1").await;
    assert_eq!((&why["candidates"][0]["kind"], &why["advocate"]), (&json!("click"), &link["advocate"]));
    // A share of a large order stops at its ceiling.
    credited(&merchant, order(&merchant, "2", "2000.00", "USD", json!({"coupon_codes": ["anna10"]}))).await;
    assert_eq!(rewards(&merchant, "2").await[1], "friend percent 150.00 USD pending");
}

#[tokio::test]
async fn a_card_issuer_gives_points_to_both() {
    let (merchant, link) = with("card_issuer_points").await;
    credited(&merchant, order(&merchant, "1", "1.00", "USD", json!({"referral_code": "anna10"}))).await;
    merchant.app.days_pass(31).await;
    let expected = ["advocate points 5000 points approved", "friend points 5000 points approved"];
    assert_eq!(rewards(&merchant, "1").await, expected);
    assert_eq!(merchant.ledger(&link["advocate"]).await["balances"]["points"]["liability"], "5000");
}

#[tokio::test]
async fn loyalty_status_decides_and_what_it_was_is_kept() {
    let (merchant, link) = with("loyalty_status").await;
    let describe = async |tier: Option<&str>| {
        let path = format!("/v1/advocates/{}", text(&link, "advocate"));
        merchant.call(200, Method::PATCH, &path, json!({"loyalty_tier": tier})).await;
    };
    let mut first = Value::Null;
    for (id, tier, worth) in [
        ("1", None, "10.00"),
        ("2", Some("silver"), "15.00"),
        ("3", Some("gold"), "25.00"),
        ("4", Some("jade"), "10.00"),
    ] {
        describe(tier).await;
        let placed = order(&merchant, id, "50.00", "USD", json!({"coupon_codes": ["anna10"]}));
        credited(&merchant, placed.clone()).await;
        let expected = [format!("advocate store_credit {worth} USD pending"), "friend percent 5.00 USD pending".into()];
        assert_eq!(rewards(&merchant, id).await, expected);
        if id == "1" {
            first = placed;
        }
    }
    // A later word on the first order does not make it a gold one.
    describe(Some("gold")).await;
    first["state"] = json!("delivered");
    first["updated_at"] = json!(merchant.app.at(60).to_string());
    credited(&merchant, first).await;
    assert_eq!(rewards(&merchant, "1").await[0], "advocate store_credit 10.00 USD pending");
}

#[tokio::test]
async fn a_fifth_of_five_dollars_is_one_dollar_and_only_the_fixed_one_stays_so() {
    let part_back = json!({"coupon_codes": ["anna10"],
        "refunds": [{"id": "r1", "net": {"amount": "1.00", "currency": "USD"}}]});
    for (name, kind, on_5, on_50, after_refund) in [
        ("small_basket_percent", "percent", "1.00", "10.00", "0.80"),
        ("small_basket_fixed", "fixed", "1.00", "1.00", "1.00"),
    ] {
        let (merchant, _) = with(name).await;
        let expected = |amount| {
            [format!("advocate store_credit {amount} USD pending"), format!("friend {kind} {amount} USD pending")]
        };
        let code = json!({"coupon_codes": ["anna10"]});
        credited(&merchant, order(&merchant, "1", "5.00", "USD", code.clone())).await;
        assert_eq!(rewards(&merchant, "1").await, expected(on_5));
        credited(&merchant, order(&merchant, "2", "50.00", "USD", code)).await;
        assert_eq!(rewards(&merchant, "2").await, expected(on_50));
        credited(&merchant, order(&merchant, "3", "5.00", "USD", part_back.clone())).await;
        assert_eq!(rewards(&merchant, "3").await, expected(after_refund));
    }
}
