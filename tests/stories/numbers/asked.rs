//! How numbers are asked for, and what is answered to whoever asks wrongly.

use reqwest::Method;
use tests::{TestApp, text};

use super::{PHONE, Shop};

#[tokio::test]
async fn a_parameter_that_is_wrong_is_named_with_what_is_allowed() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let program = &shop.program;
    let cases = [
        ("/v1/stats".to_owned(), "program", "id of a program"),
        ("/v1/stats?program=prg_x".into(), "program", "id of a program"),
        (format!("/v1/stats?program={program}&from=yesterday"), "from", "a day such as"),
        (format!("/v1/stats?program={program}&from=2026-11-02T10:00:00Z"), "from", "a day such as"),
        (format!("/v1/stats?program={program}&from=2026-11-02&to=2026-11-01"), "to", "at most 400 days"),
        (format!("/v1/stats?program={program}&from=2020-01-01&to=2026-11-01"), "to", "at most 400 days"),
        (format!("/v1/stats?program={program}&group_by=weather"), "group_by", "channel"),
        (format!("/v1/stats?program={program}&group_by=advocate&from=2026-11-02&to=2026-11-30"), "from", "one month"),
        (format!("/v1/stats?program={program}&group_by=advocate&limit=51"), "limit", "1 to 50"),
        (format!("/v1/export/events?program={program}&limit=0"), "limit", "1 to 10000"),
        (format!("/v1/export/events?program={program}&cursor=abc"), "cursor", "goodword-next"),
        ("/v1/export/events?shop=x".into(), "shop", "id of a shop"),
        (format!("/v1/usage?program={program}&region=mars"), "region", "us-east-1"),
    ];
    for (path, pointer, allowed) in cases {
        let answer = app.call(422, Method::GET, &path, &shop.merchant.api_key, None).await;
        let fault = &answer["errors"][0];
        assert_eq!(fault["pointer"], pointer, "{path}: {answer}");
        assert!(text(fault, "detail").contains(allowed), "{path}: {answer}");
    }
}

#[tokio::test]
async fn nobody_sees_another_merchants_numbers() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let stranger = app.merchant().await;
    let (program, id) = (&shop.program, &shop.merchant.shop.id);
    for path in [
        format!("/v1/stats?program={program}"),
        format!("/v1/export/events?program={program}"),
        format!("/v1/export/events?shop={id}"),
        format!("/v1/usage?program={program}"),
    ] {
        app.call(404, Method::GET, &path, &stranger.api_key, None).await;
        app.call(401, Method::GET, &path, "gw_wrong", None).await;
    }
}

async fn csv(shop: &Shop, path: &str) -> Vec<String> {
    let request = shop.app().client.get(format!("{}{path}", shop.app().engine.url)).bearer_auth(&shop.merchant.api_key);
    let response = request.header("accept", "text/csv").send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().expect("text").starts_with("text/csv"));
    response.text().await.expect("text").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn numbers_and_log_come_as_tables_too() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    shop.click("/email", PHONE, "SE").await;
    app.drain().await;
    let rows = csv(&shop, &format!("/v1/stats?program={}", shop.program)).await;
    assert_eq!(rows[0], "name,value,unit,definition,reason");
    assert!(rows.iter().any(|row| row.starts_with("clicks,1,,")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.starts_with("k_factor,,,") && row.contains("not told")), "{rows:#?}");
    let rows = csv(&shop, &format!("/v1/stats?program={}&group_by=channel", shop.program)).await;
    assert!(rows[0].starts_with("channel,invites,mails"), "{}", rows[0]);
    assert!(rows.iter().any(|row| row.starts_with("email,0,0,")) && rows.last().expect("a row").starts_with("total,"));
    let rows = csv(&shop, &format!("/v1/export/events?program={}", shop.program)).await;
    assert!(rows.iter().any(|row| row.contains(",click,clk_") && row.ends_with(",clicks,1")), "{rows:#?}");
}

#[tokio::test]
async fn each_number_has_its_definition_and_each_gap_its_reason() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let stats = shop.stats("").await;
    for number in stats["numbers"].as_array().expect("a list") {
        assert!(text(number, "definition").len() > 10, "{number}");
        assert_eq!(number["value"].is_null(), !text(number, "reason").is_empty(), "{number}");
    }
    assert_eq!(stats["time_zone"], "Europe/Stockholm");
    let (from, to) = (text(&stats, "from"), text(&stats, "to"));
    let days = |day: &str| day.parse::<jiff::civil::Date>().expect("a day");
    assert_eq!(days(&from).until(days(&to)).expect("a span").get_days(), 29);
}

#[tokio::test]
async fn what_nobody_was_given_costs_no_look() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let program = serde_json::json!({"id": shop.program});
    let drawn = shop.merchant.link(&program, "carl@example.com", None).await;
    let code = text(&drawn, "code");
    assert_eq!(code.len(), 14);
    let wrong = format!("{}{}", &code[..13], if code.ends_with('3') { '4' } else { '3' });
    let flow = "GET /r/{code}";
    let used = || app.engine.meter.usage().get(flow).copied().unwrap_or_default();
    let open = |code: String| {
        let request = app.client.get(format!("{}/r/{code}", app.engine.url)).header("user-agent", PHONE);
        async move { request.send().await.expect("an answer").status().as_u16() }
    };
    assert_eq!((open(wrong.clone()).await, used().requests), (404, 0));
    assert_eq!(open(code.to_lowercase()).await, 302);
    // Nor can a merchant take such a code for a link.
    let body = serde_json::json!({"program": shop.program, "advocate": {"email": "dan@example.com"}, "code": wrong});
    let answer = shop.merchant.call(422, Method::POST, "/v1/links", body).await;
    assert_eq!(answer["errors"][0]["pointer"], "/code");
}
