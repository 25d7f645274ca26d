//! Codes at the checkout: for whom, on what, and from which amount on.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{ShopifyApi, TestApp, TestMerchant, TestOrder, sign};

async fn connected(app: &TestApp) -> (TestMerchant, ShopifyApi) {
    let merchant = app.merchant().await;
    let api = ShopifyApi::start().await;
    let access = json!({"api": {"access_token": "shpat_1", "base_url": api.server.url}});
    change_shop(&merchant, access).await;
    (merchant, api)
}

async fn change_shop(merchant: &TestMerchant, body: Value) -> Value {
    merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), body).await
}

/// The terms of the one discount that friends' codes share.
fn terms(api: &ShopifyApi) -> Value {
    let discounts = api.with_code("ANNA10");
    let [discount] = discounts.as_slice() else { panic!("one discount: {:?}", api.discounts()) };
    discount.terms.clone()
}

#[tokio::test]
async fn repair_22_codes_count_on_subscriptions_unless_the_program_says_no() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    assert_eq!(program["codes_on_subscriptions"], true, "by default");
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    app.drain().await;
    let gets = &terms(&api)["customerGets"];
    assert_eq!([&gets["appliesOnSubscription"], &gets["appliesOnOneTimePurchase"]], [true, true]);
    assert_eq!(terms(&api)["recurringCycleLimit"], 1, "the first payment, not all of them");

    let path = format!("/v1/programs/{}", program["id"].as_str().expect("an id"));
    let changed = merchant.call(200, Method::PATCH, &path, json!({"codes_on_subscriptions": false})).await;
    assert_eq!(changed["codes_on_subscriptions"], false);
    app.drain().await;
    assert_eq!(terms(&api)["customerGets"]["appliesOnSubscription"], false, "the discount has followed");
    merchant.call(422, Method::PATCH, &path, json!({"codes_on_subscriptions": "no"})).await;
}

#[tokio::test]
async fn repair_22_a_webhook_must_name_this_shop_and_either_family_of_headers_suffices() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let body = TestOrder::paid("1001", app.at(0)).0.to_string();
    let (good, wrong) = (sign(&merchant.shop.secret, body.as_bytes()), sign("another secret", body.as_bytes()));
    let domain = merchant.shop.domain();
    let family = |prefix: &str, signature: &str, domain: Option<&str>| {
        let mut headers = vec![(format!("{prefix}topic"), "orders/paid".to_owned())];
        headers.push((format!("{prefix}hmac-sha256"), signature.to_owned()));
        headers.extend(domain.map(|domain| (format!("{prefix}shop-domain"), domain.to_owned())));
        headers
    };
    let (old, new) = ("x-shopify-", "shopify-");
    let cases = [
        (family(old, &good, None), 400, "no shop is named"),
        (family(new, &good, None), 400, "no shop is named in the newer family"),
        (family(old, &wrong, None), 401, "who can't sign is told nothing more"),
        (
            [family(new, &good, Some("other.myshopify.com")), family(old, &good, Some(&domain))].concat(),
            404,
            "the newer one counts",
        ),
        ([family(new, &wrong, Some(&domain)), family(old, &wrong, Some(&domain))].concat(), 401, "neither is signed"),
        (
            [family(new, &wrong, Some("other.myshopify.com")), family(old, &good, Some(&domain))].concat(),
            200,
            "the older one is signed",
        ),
        ([family(new, &good, Some(&domain)), family(old, &wrong, None)].concat(), 200, "the newer one is signed"),
        (family(old, &good, Some(&domain)), 200, "as ever"),
    ];
    for (headers, expected, case) in cases {
        let request = app.client.post(&merchant.shop.webhook_url).body(body.clone());
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        assert_eq!(request.send().await.expect("an answer").status(), expected, "{case}");
    }
}

#[tokio::test]
async fn repair_31_a_code_asks_for_so_much_that_the_programs_minimum_is_met_and_follows_the_tax() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let least = |api: &ShopifyApi| terms(api)["minimumRequirement"]["subtotal"]["greaterThanOrEqualToSubtotal"].clone();
    let program = merchant.program(|_| ()).await;
    let warning = &program["warnings"][0];
    assert_eq!(warning["pointer"], "/qualify/minimum_order", "nobody said what prices contain: {program}");
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    app.drain().await;
    assert_eq!(least(&api), "333.34");

    let shop = change_shop(&merchant, json!({"tax_in_prices": "25"})).await;
    assert_eq!(shop["tax_in_prices"], "25");
    app.drain().await;
    assert_eq!(least(&api), "416.68");
    let path = format!("/v1/programs/{}", program["id"].as_str().expect("an id"));
    let changed = merchant.call(200, Method::PATCH, &path, json!({"hold_days": 3})).await;
    assert_eq!(changed["warnings"], json!([]), "it was said");
    assert_eq!(change_shop(&merchant, json!({"site": merchant.shop.site})).await["tax_in_prices"], "25", "it stays");

    change_shop(&merchant, json!({"tax_in_prices": null})).await;
    app.drain().await;
    assert_eq!(least(&api), "333.34");
    for wrong in ["0", "-5", "101", "a quarter", "12.34567"] {
        let path = format!("/v1/shops/{}", merchant.shop.id);
        merchant.call(422, Method::PATCH, &path, json!({"tax_in_prices": wrong})).await;
    }
}
