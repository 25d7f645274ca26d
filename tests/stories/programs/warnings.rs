//! What is allowed but hardly meant.

use reqwest::Method;
use serde_json::json;
use tests::{TestApp, text};

use super::{VALIDATE, plain, put, sek};

#[tokio::test]
async fn what_is_allowed_but_hardly_meant_is_warned_of() {
    let merchant = TestApp::start().await.merchant().await;
    let (friend, advocate) = ("/rewards/friend/0", "/rewards/advocate/0");
    let cases = [
        // Costs.
        ("/qualify/minimum_order".to_owned(), json!(null), vec![(advocate.to_owned(), "can cost 100.00 SEK")]),
        ("/qualify/minimum_order".into(), sek("99.99"), vec![(advocate.into(), "an order of 99.99 SEK")]),
        ("/qualify/minimum_order".into(), sek("105.00"), vec![("/rewards".into(), "can cost 110.50 SEK by all rules")]),
        ("/qualify/minimum_order".into(), sek("120.00"), vec![]),
        (format!("{friend}/floor"), sek("301.00"), vec![(format!("{friend}/floor"), "an order of 300.00 SEK")]),
        (format!("{friend}/percent"), json!("100"), vec![("/rewards".into(), "100 or more")]),
        (
            format!("{advocate}/by_order_value"),
            json!([{"from": sek("400.00"), "value": sek("401.00")}]),
            vec![(advocate.into(), "an order of 400.00 SEK counts and can cost 401.00 SEK")],
        ),
        (
            format!("{advocate}/seasons"),
            json!([{"starts_at": "2026-11-27T00:00:00", "ends_at": "2026-11-28T00:00:00", "value": sek("301.00")}]),
            vec![(advocate.into(), "can cost 301.00 SEK")],
        ),
        (format!("{advocate}/when"), json!({"minimum_order": sek("500.00")}), vec![]),
        // Another unit than the budget's.
        (
            "/rewards/advocate".into(),
            json!([{"kind": "points", "value": {"amount": "5", "unit": "points"}, "fulfilment": "manual"}]),
            vec![(advocate.into(), "the budget is in SEK")],
        ),
        // Caps.
        (
            format!("{advocate}/cap"),
            json!({"day": {"count": 5}, "month": {"count": 4}}),
            vec![(format!("{advocate}/cap/day/count"), "the cap for a month is lower")],
        ),
        (
            format!("{advocate}/cap"),
            json!({"month": {"value": sek("900.00")}, "lifetime": {"value": sek("800.00")}}),
            vec![(format!("{advocate}/cap/month/value"), "the cap for all time is lower")],
        ),
        (
            format!("{advocate}/cap"),
            json!({"lifetime": {"count": 3, "value": sek("301.00")}}),
            vec![(format!("{advocate}/cap/lifetime/value"), "3 rewards come to 300.00 SEK")],
        ),
        (
            format!("{advocate}/cap"),
            json!({"lifetime": {"count": 4, "value": sek("300.00")}}),
            vec![(format!("{advocate}/cap/lifetime/count"), "3 rewards come to 300.00 SEK")],
        ),
        (
            format!("{advocate}/cap"),
            json!({"day": {"value": sek("99.00")}}),
            vec![(format!("{advocate}/cap/day/value"), "none is ever given")],
        ),
        (
            format!("{advocate}/cap"),
            json!({"day": {"count": 1}, "lifetime": {"count": 3, "value": sek("300.00")}}),
            vec![],
        ),
        // What Shopify does not say.
        ("/qualify/markets".into(), json!(["nordics"]), vec![("/qualify/markets".into(), "no markets")]),
        (
            format!("{friend}/when"),
            json!({"include": {"collections": ["boots"]}, "exclude": {"collections": ["sale"]}}),
            vec![
                (format!("{friend}/when/include/collections"), "no collections"),
                (format!("{friend}/when/exclude/collections"), "no collections"),
            ],
        ),
    ];
    for (place, value, expected) in cases {
        let mut body = plain(&merchant);
        body["budget"] = json!({"value": sek("5000.00"), "period": "month"});
        put(&mut body, &place, value.clone());
        let answer = merchant.call(200, Method::POST, VALIDATE, body).await;
        let warnings = answer["warnings"].as_array().expect("a list");
        let told: Vec<_> = warnings.iter().map(|warning| text(warning, "pointer")).collect();
        assert_eq!(told, expected.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(), "{place} {value}: {answer}");
        for (warning, (_, says)) in warnings.iter().zip(&expected) {
            assert!(text(warning, "detail").contains(says), "{place} {value}: {warning}");
        }
    }
    // Other platforms may name collections and markets.
    let custom = json!({"platform": "custom", "domain": "a.example", "site": "https://a.example"});
    let shop = merchant.call(201, Method::POST, "/v1/shops", custom).await;
    let mut body = plain(&merchant);
    (body["shop"], body["destination"]) = (shop["id"].clone(), json!("https://a.example/"));
    body["qualify"]["markets"] = json!(["nordics"]);
    assert_eq!(merchant.call(200, Method::POST, VALIDATE, body).await["warnings"], json!([]));
}
