//! What is refused, with every fault at once.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestPool, text};

use super::{PROGRAMS, VALIDATE, plain, put, sek};

/// The faults of a body as `(pointer, detail, value)`.
async fn faults(merchant: &TestMerchant, body: &Value) -> Vec<(String, String, Value)> {
    let problem = merchant.call(422, Method::POST, VALIDATE, body.clone()).await;
    assert_eq!(problem["code"], "invalid_value");
    let view = |fault: &Value| (text(fault, "pointer"), text(fault, "detail"), fault["value"].clone());
    problem["errors"].as_array().expect("a list").iter().map(view).collect()
}

/// Where a value is put (`F` and `A`: the friend's and the advocate's rule), the value, where the fault is, seen from
/// there, and what is said.
type Case = (&'static str, Value, &'static str, &'static str);

/// Expects one fault for each.
async fn each(cases: impl IntoIterator<Item = Case>) {
    let merchant = TestApp::start().await.merchant().await;
    for (place, value, within, says) in cases {
        let place = place.replace("F/", "/rewards/friend/0/").replace("A/", "/rewards/advocate/0/");
        let mut body = plain(&merchant);
        put(&mut body, &place, value.clone());
        let told = faults(&merchant, &body).await;
        let [(pointer, detail, shown)] = &told[..] else { panic!("{place} {value}: {told:?}") };
        // Of a kind that asks for something else, the fault is beside it.
        let beside = place.strip_suffix("/kind").filter(|_| !within.is_empty()).unwrap_or(&place);
        assert_eq!(*pointer, format!("{beside}{within}"), "{value}: {detail}");
        assert!(detail.contains(says), "{place} {value}: {detail}");
        let sent = body.pointer(pointer).cloned().unwrap_or_default();
        assert!(*shown == sent || shown.as_str().is_some_and(|text| text.ends_with('…')), "{place}: {shown}");
    }
}

fn step(key: &str, at: impl Into<Value>, worth: &str) -> Value {
    json!({key: at.into(), "value": sek(worth)})
}

fn season(from: &str, to: &str) -> Value {
    json!({"starts_at": from, "ends_at": to, "value": sek("50.00")})
}

#[tokio::test]
async fn settings_say_what_they_take() {
    each([
        ("/name", json!(" "), "", "1 to 100 characters"),
        ("/name", json!(null), "", "is required"),
        ("/shop", json!(7), "", "must be text"),
        ("/shop", json!("mer_1"), "", "starts with \"shp_\""),
        ("/destination", json!("http://nordicshoes.example/"), "", "starts with https://"),
        ("/destination", json!("https://evil.example/"), "", "nordicshoes.example"),
        ("/window_days", json!(0), "", "from 1 to 365"),
        ("/window_days", json!(366), "", "from 1 to 365"),
        ("/window_days", json!(1.5), "", "whole number"),
        ("/hold_days", json!(-1), "", "from 0 to 365"),
        ("/hold_days", json!("14"), "", "from 0 to 365"),
        ("/hold_from", json!("shipped"), "", "paid, fulfilled, delivered"),
        ("/state", json!("off"), "", "active, paused"),
        ("/starts_at", json!("tomorrow"), "", "2026-11-21T10:00:00Z"),
        ("/stacking", json!("both"), "", "combinable, exclusive, best_of"),
        ("/colour", json!("red"), "", "unknown field"),
    ])
    .await;
}

#[tokio::test]
async fn conditions_say_what_they_take() {
    each([
        ("/qualify", json!([]), "", "must be an object"),
        ("/qualify/new_customers_only", json!("yes"), "", "true or false"),
        ("/qualify/minimum_order", sek("0.00"), "", "more than 0"),
        ("/qualify/minimum_order", json!({"amount": "1.00"}), "/currency", "is required"),
        ("/qualify/minimum_order", sek("10000000000.01"), "", "minor units"),
        ("/qualify/include", json!({"brands": ["X"]}), "/brands", "skus, products, collections"),
        ("/qualify/include", json!({"skus": "X"}), "/skus", "must be a list"),
        ("/qualify/exclude", json!({"products": [7]}), "/products/0", "1 to 100 characters"),
        ("/qualify/countries", json!(["SE", "Sweden"]), "/1", "two letters"),
        ("/qualify/markets", json!([""]), "/0", "1 to 100 characters"),
        ("/qualify/markets", json!(vec!["SE"; 101]), "", "at most 100 entries"),
        ("/qualify/months", json!(3), "", "unknown field"),
    ])
    .await;
}

#[tokio::test]
async fn values_say_what_fits_their_kind() {
    each([
        ("/rewards", json!(null), "", "is required"),
        ("/rewards", json!({"friend": [], "advocate": []}), "", "at least one side"),
        ("/rewards/advocate", json!({}), "", "must be a list"),
        (
            "/rewards/advocate",
            json!(vec![json!({"kind": "free_shipping", "fulfilment": "manual"}); 11]),
            "",
            "at most 10",
        ),
        ("F/kind", json!("coins"), "", "percent, fixed, free_product"),
        ("F/percent", json!("0"), "", "more than 0 and at most 100"),
        ("F/percent", json!("100.1"), "", "more than 0 and at most 100"),
        ("F/percent", json!(null), "", "is required"),
        ("F/value", sek("1.00"), "", "has a percent, and no value"),
        ("A/percent", json!("5"), "", "has a value, and no percent"),
        ("F/floor", sek("0.00"), "", "more than 0"),
        ("F/ceiling", json!({"amount": "9.00", "currency": "EUR"}), "", "must be in SEK"),
        ("F/sku", json!("X"), "", "only a \"free_product\""),
        ("A/floor", sek("1.00"), "", "only a percentage has a floor"),
        ("A/value", json!(null), "", "is required"),
        ("A/value", json!({"amount": "5", "unit": "MB"}), "", "a value in a currency"),
        ("A/value", json!({"amount": "5"}), "", "either a currency or a unit"),
        ("A/value", json!({"amount": "5", "unit": "SEK"}), "/unit", "no currency code"),
        ("A/value", json!({"amount": "5.5", "unit": "MB"}), "", "whole number from 1"),
        ("A/kind", json!("percent"), "/value", "has a percent, and no value"),
        ("A/kind", json!("points"), "/value", "unit \"points\""),
        ("A/kind", json!("custom"), "/value", "unit of your own"),
        ("A/kind", json!("free_shipping"), "/value", "is one shipment"),
    ])
    .await;
}

#[tokio::test]
async fn products_shipments_and_cash_say_what_they_take() {
    let rule = |fields: Value| {
        let mut rule = json!({"fulfilment": "manual"});
        rule.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        json!([rule])
    };
    let in_euro = json!([{"tier": "gold", "value": {"amount": "5.00", "currency": "EUR"}}]);
    each(
        [
            (json!({"kind": "free_product"}), "/0/sku", "is required"),
            (json!({"kind": "free_product", "sku": "a b"}), "/0/sku", "1 to 36 letters"),
            (json!({"kind": "free_product", "sku": "TEE", "quantity": 0}), "/0/quantity", "from 1 to 1000"),
            (
                json!({"kind": "free_product", "sku": "TEE", "value": sek("1.00")}),
                "/0/value",
                "has a sku, and no value",
            ),
            (json!({"kind": "free_shipping", "quantity": 1}), "/0/quantity", "only a \"free_product\""),
            (json!({"kind": "cash"}), "/0/value", "is required, or a percent"),
            (json!({"kind": "cash", "percent": "5", "value": sek("1.00")}), "/0/percent", "where there is a value"),
            (
                json!({"kind": "cash", "percent": "5", "by_loyalty_tier": in_euro}),
                "/0/by_loyalty_tier/0/value",
                "in SEK",
            ),
        ]
        .map(|(fields, within, says)| ("/rewards/advocate", rule(fields), within, says)),
    )
    .await;
}

#[tokio::test]
async fn steps_and_seasons_are_in_order() {
    each([
        ("A/every", json!(1), "", "from 2 to 1000"),
        ("A/every", json!(1001), "", "from 2 to 1000"),
        ("A/by_count", json!([step("from", 0, "1.00")]), "/0/from", "from 1 to 100000"),
        (
            "A/by_count",
            json!([step("from", 5, "1.00"), step("from", 5, "2.00")]),
            "/1/from",
            "more than the step before",
        ),
        ("A/by_count", json!([{"from": 2}]), "/0/value", "is required"),
        (
            "A/by_count",
            json!([{"from": 2, "value": {"amount": "1.00", "currency": "EUR"}}]),
            "/0/value",
            "must be in SEK like the rule's other values",
        ),
        (
            "A/by_loyalty_tier",
            json!([step("tier", "gold", "1.00"), step("tier", "gold", "2.00")]),
            "/1/tier",
            "must be named once",
        ),
        (
            "A/by_order_value",
            json!([step("from", sek("500.00"), "1.00"), step("from", sek("400.00"), "2.00")]),
            "/1/from",
            "more than the step before",
        ),
        (
            "A/by_order_value",
            json!([step("from", json!({"amount": "500.00", "currency": "EUR"}), "1.00")]),
            "/0/from",
            "must be in SEK",
        ),
        (
            "A/seasons",
            json!([season("2026-11-27T00:00:00+01:00", "2026-11-28T00:00:00")]),
            "/0/starts_at",
            "without offset",
        ),
        ("A/seasons", json!([season("2026-11-27T00:00:00", "2026-11-27T00:00:00")]), "/0/ends_at", "after starts_at"),
        (
            "A/seasons",
            json!([
                season("2026-11-27T00:00:00", "2026-11-30T00:00:00"),
                season("2026-11-29T23:59:59", "2026-12-01T00:00:00")
            ]),
            "/1/starts_at",
            "must not overlap",
        ),
    ])
    .await;
}

#[tokio::test]
async fn rules_say_what_they_take() {
    each([
        ("A/when", json!({"orders": "all"}), "/orders", "first, every"),
        ("A/when", json!({"months": 121}), "/months", "from 1 to 120"),
        ("A/when", json!({"minimum_order": {"amount": "1.00", "currency": "EUR"}}), "/minimum_order", "must be in SEK"),
        ("A/cap", json!({"year": {"count": 1}}), "/year", "day, month, lifetime"),
        ("A/cap", json!({"day": {}}), "/day", "a count, a value, or both"),
        ("A/cap", json!({"day": {"count": 0}}), "/day/count", "from 1 to 1000000"),
        ("A/cap", json!({"lifetime": {"count": 1_000_001}}), "/lifetime/count", "from 1 to 1000000"),
        (
            "A/cap",
            json!({"month": {"value": {"amount": "5", "unit": "MB"}}}),
            "/month/value",
            "must be in SEK like the rule's values",
        ),
        ("F/cap", json!({"month": {"value": {"amount": "5", "unit": "MB"}}}), "/month/value", "in a currency"),
        ("F/cap", json!({"month": {"value": {"amount": "5.00", "currency": "EUR"}}}), "/month/value", "must be in SEK"),
        ("A/hold_days", json!(366), "", "from 0 to 365"),
        ("A/hold_from", json!("sent"), "", "paid, fulfilled, delivered"),
        ("A/expires_days", json!(3651), "", "from 1 to 3650"),
        ("A/expires_days", json!(0), "", "from 1 to 3650"),
        ("F/expires_days", json!(30), "", "must be left out"),
        ("A/fulfilment", json!(null), "", "is required"),
        ("A/fulfilment", json!("post"), "", "must be one of coupon_pool, platform_code, webhook, manual"),
        ("F/fulfilment", json!("post"), "", "must be one of code_at_checkout, coupon_pool"),
        ("A/fulfilment", json!("code_at_checkout"), "", "the friend's discount"),
        ("A/pool", json!("pol_1"), "", "only \"coupon_pool\" has one"),
    ])
    .await;
}

#[tokio::test]
async fn bounds_say_what_they_take() {
    each([
        ("/budget", json!({"period": "month"}), "/value", "is required"),
        (
            "/budget",
            json!({"value": {"amount": "5.00", "currency": "EUR"}, "period": "day"}),
            "/value",
            "a unit that one of the rules gives",
        ),
        ("/budget", json!({"value": sek("1.00"), "period": "year"}), "/period", "day, week, month, total"),
        (
            "/budget",
            json!({"value": {"amount": "5", "unit": "MB"}, "period": "day"}),
            "/value",
            "a unit that one of the rules gives",
        ),
        ("/clawback", json!({"policy": "sue"}), "/policy", "offset, negative_balance, write_off"),
        ("/clawback", json!({"policy": "negative_balance"}), "/floor", "is required"),
        ("/clawback", json!({"policy": "offset", "floor": sek("1.00")}), "/floor", "only \"negative_balance\""),
        (
            "/clawback",
            json!({"policy": "negative_balance", "floor": {"amount": "1.00", "currency": "EUR"}}),
            "/floor",
            "one of the advocate's rules gives",
        ),
        ("/review", json!({"flag_at": 0}), "/flag_at", "from 1 to 1000"),
        ("/review", json!({"reject_at": 60}), "/reject_at", "from 61 to 1000"),
        ("/review", json!({"flag_at": 200}), "/reject_at", "at least flag_at, which is 200"),
        ("/review", json!({"velocity_per_day": 0}), "/velocity_per_day", "from 1"),
        ("/review", json!({"codes_without_click_per_day": "many"}), "/codes_without_click_per_day", "from 1"),
    ])
    .await;
}

#[tokio::test]
async fn ten_faults_of_every_sort_are_told_at_once_and_nothing_is_saved() {
    let merchant = TestApp::start().await.merchant().await;
    let body = json!({"name": "x".repeat(101), "shop": merchant.shop.id, "window_days": "many", "hold_days": 1000,
        "colour": "red", "qualify": {"minimum_order": {"amount": "10", "currency": "SEK"}},
        "rewards": {"advocate": [
            {"kind": "percent", "percent": "10", "floor": sek("2.00"), "ceiling": sek("1.00"), "fulfilment": "post"},
            {"kind": "cash", "percent": "200", "every": true, "fulfilment": "manual"}]}});
    let told = faults(&merchant, &body).await;
    let pointers: Vec<_> = told.iter().map(|(pointer, ..)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/colour",
            "/name",
            "/destination",
            "/window_days",
            "/hold_days",
            "/qualify/minimum_order",
            "/rewards/advocate/0/ceiling",
            "/rewards/advocate/0/fulfilment",
            "/rewards/advocate/1/percent",
            "/rewards/advocate/1/every",
        ]
    );
    assert_eq!(told[1].2, format!("{}…", "x".repeat(100)), "long values are cut");
    assert_eq!((&told[2].2, &told[3].2), (&json!(null), &json!("many")));
    // Saving says the same.
    let saving = merchant.call(422, Method::POST, PROGRAMS, body.clone()).await;
    let validating = merchant.call(422, Method::POST, VALIDATE, body).await;
    assert_eq!(saving["errors"], validating["errors"]);
    assert_eq!(merchant.get(PROGRAMS).await["data"], json!([]));
}

#[tokio::test]
async fn what_is_no_json_object_is_a_400() {
    let merchant = TestApp::start().await.merchant().await;
    for body in ["{", "[]", "\"x\"", ""] {
        let post = merchant.app.client.post(format!("{}{PROGRAMS}", merchant.app.engine.url));
        let answer = post.bearer_auth(&merchant.api_key).body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 400, "{body}");
        assert_eq!(answer.json::<Value>().await.expect("JSON")["code"], "malformed_body");
    }
}

#[tokio::test]
async fn an_amount_has_exactly_the_decimals_of_its_currency() {
    let merchant = TestApp::start().await.merchant().await;
    for (currency, right, wrong) in
        [("JPY", "1000", ["1000.00", "10.5"]), ("SEK", "100.00", ["100", "100.000"]), ("KWD", "1.250", ["1.25", "1"])]
    {
        let with = |amount: &str| {
            let money = json!({"amount": amount, "currency": currency});
            let mut body = plain(&merchant);
            body["qualify"]["minimum_order"] = money.clone();
            body["rewards"]["advocate"][0]["value"] = money;
            body
        };
        merchant.call(200, Method::POST, VALIDATE, with(right)).await;
        for amount in wrong {
            let told = faults(&merchant, &with(amount)).await;
            let pointers: Vec<_> = told.iter().map(|(pointer, ..)| pointer.as_str()).collect();
            assert_eq!(pointers, ["/qualify/minimum_order", "/rewards/advocate/0/value"]);
            assert!(
                told.iter().all(|(_, detail, value)| detail.contains("decimals") && value["amount"] == amount),
                "{told:?}"
            );
        }
    }
}

#[tokio::test]
async fn pools_and_endpoints_must_be_the_merchants_own() {
    let app = TestApp::start().await;
    let (merchant, other) = (app.merchant().await, app.merchant().await);
    let foreign = TestPool::new(&other, 0).await;
    let url = json!({"url": "https://hooks.example/goodword"});
    let foreign_endpoint = text(&other.call(201, Method::POST, "/v1/webhook-endpoints", url).await, "id");
    let mut body = plain(&merchant);
    body["rewards"]["advocate"] = json!([
        {"kind": "fixed", "value": sek("10.00"), "fulfilment": "coupon_pool", "pool": foreign.id.to_string()},
        {"kind": "fixed", "value": sek("10.00"), "fulfilment": "coupon_pool"},
        {"kind": "fixed", "value": sek("10.00"), "fulfilment": "webhook", "endpoint": foreign_endpoint},
        {"kind": "fixed", "value": sek("10.00"), "fulfilment": "webhook", "endpoint": "whe_1", "pool": "pol_1"}]);
    let told: Vec<_> = faults(&merchant, &body).await.into_iter().map(|(at, detail, _)| (at, detail)).collect();
    let at = |index: usize, field: &str| format!("/rewards/advocate/{index}/{field}");
    let expected = [
        (at(1, "pool"), "is required with \"coupon_pool\""),
        (at(3, "pool"), "only \"coupon_pool\" has one"),
        (at(3, "endpoint"), "must be an id that starts with \"whe_\""),
        (at(0, "pool"), "no such pool; make one by POST /v1/coupon-pools"),
        (at(2, "endpoint"), "no such endpoint; make one by POST /v1/webhook-endpoints"),
    ];
    assert_eq!(told, expected.map(|(at, detail)| (at, detail.to_owned())));
}
