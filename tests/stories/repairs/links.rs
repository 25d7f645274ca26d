//! Links as people paste them, and whom a visit is of.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tests::{BROWSER, TestApp, TestMerchant, TestOrder, parameter, text};

const JSON: &str = "application/problem+json";

/// Two advocates whose codes begin alike, so that what is cut off one could be the other.
async fn anna_and_ann(app: &TestApp) -> (TestMerchant, Value) {
    let merchant = app.merchant().await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.link(&program, "ann@example.com", Some("anna")).await;
    merchant.link(&program, "bea@example.com", Some("anna102")).await;
    (merchant, program)
}

async fn open(app: &TestApp, method: Method, path: &str, accept: &str) -> Response {
    let request = app.client.request(method, format!("{}{path}", app.engine.url)).header("user-agent", BROWSER);
    request.header("accept", accept).send().await.expect("an answer")
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn repair_13_what_sticks_to_a_pasted_link_changes_nothing() {
    let app = TestApp::start().await;
    anna_and_ann(&app).await;
    let plain =
        ["", ".", ",", ")", "*", "!", ";", "'", "%22", "%22%29.", "%2E", "%2C", "%29", "%2A", "%21", "%3B", "%27"];
    let wide = [
        "%E2%80%8B",
        "%E2%80%A6",
        "%E2%80%9D",
        "%C2%BB",
        "%EF%BC%89",
        "%C2%B2",
        "%252E",
        "%3Futm_source%3Dx",
        "/",
        "//",
        "./",
        "/.",
    ];
    let typed = ["\u{200b}", "…", "”", "\"", "»", "²"];
    for method in [Method::GET, Method::HEAD] {
        for stuck in plain.into_iter().chain(wide).chain(typed) {
            let response = open(&app, method.clone(), &format!("/r/ANNA10{stuck}"), "text/html").await;
            assert_eq!(response.status(), 302, "{method} {stuck:?}");
            assert_eq!(parameter(header(&response, "location"), "ref").as_deref(), Some("ANNA10"), "{stuck:?}");
        }
        for path in [
            "/r/ANNA10/whatsapp/",
            "/r/anna10/WhatsApp.",
            "/r/ANNA10./whatsapp%E2%80%A6",
            "/r//ANNA10/whatsapp",
            "/r/ANNA10/whatsapp/)",
        ] {
            let location = header(&open(&app, method.clone(), path, "*/*").await, "location").to_owned();
            assert_eq!(parameter(&location, "ref").as_deref(), Some("ANNA10"), "{path}");
            assert_eq!(parameter(&location, "utm_content").as_deref(), Some("whatsapp"), "{path}");
        }
    }
    // Each opening with a browser was a click of this link.
    let qr = open(&app, Method::GET, "/r/ANNA10/qr.svg", "*/*").await;
    assert_eq!(header(&qr, "content-type"), "image/svg+xml");
}

#[tokio::test]
async fn repair_13_no_advocates_code_becomes_anothers() {
    let app = TestApp::start().await;
    anna_and_ann(&app).await;
    for code in [
        "ANNA%2010",
        "ANNA.10",
        "ANNA10%C3%A5",
        "ANN%C3%84",
        "ANNA%CC%8A",
        "ANNA,ANNA10",
        "ANNA%2FANNA10",
        "%D0%90NNA10",
        "ANNA10.2",
    ] {
        let response = open(&app, Method::GET, &format!("/r/{code}"), "text/html").await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "content-type")),
            (404, "text/html; charset=utf-8"),
            "{code}"
        );
    }
    // What belongs to a code stays with it.
    for (code, of) in [("ANNA", "ANNA"), ("ANNA102.", "ANNA102"), ("(anna)", "ANNA")] {
        let response = open(&app, Method::GET, &format!("/r/{code}"), "text/html").await;
        assert_eq!(parameter(header(&response, "location"), "ref").as_deref(), Some(of), "{code}");
    }
}

#[tokio::test]
async fn repair_13_where_no_route_is_a_browser_gets_a_page_and_a_machine_a_problem() {
    let app = TestApp::start().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in ["/", "/r", "/r/", "/nowhere", "/u", "/v1/linkz", "/s/a/b", "/favicon.ico"] {
        let page = open(&app, Method::GET, path, browser).await;
        assert_eq!(
            (page.status().as_u16(), header(&page, "content-type")),
            (404, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(page.text().await.expect("text").contains("There is nothing here"), "{path}");
        for accept in ["*/*", "application/json", ""] {
            let problem = open(&app, Method::GET, path, accept).await;
            assert_eq!((problem.status().as_u16(), header(&problem, "content-type")), (404, JSON), "{path} {accept}");
            let problem: Value = problem.json().await.expect("JSON");
            assert_eq!((&problem["code"], problem["status"].as_u64()), (&json!("not_found"), Some(404)), "{path}");
            assert!(problem["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{problem}");
        }
    }
    for (method, path) in [(Method::POST, "/r/ANNA10"), (Method::DELETE, "/v1/links"), (Method::PUT, "/v1/merchant")] {
        let problem = open(&app, method.clone(), path, "*/*").await;
        assert_eq!((problem.status().as_u16(), header(&problem, "content-type")), (404, JSON), "{method} {path}");
    }
    let slash: Value = open(&app, Method::GET, "/v1/links/", "*/*").await.json().await.expect("JSON");
    assert!(text(&slash, "detail").contains("no slash at the end"), "{slash}");
    let head = open(&app, Method::HEAD, "/nowhere", browser).await;
    assert_eq!((head.status().as_u16(), head.text().await.expect("text")), (404, String::new()));
}

#[tokio::test]
async fn repair_13_a_page_of_ours_is_found_with_a_slash_behind_it() {
    let app = TestApp::start().await;
    let (merchant, _) = anna_and_ann(&app).await;
    merchant.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    let mail = app.engine.inbox.mails().into_iter().find(|mail| mail.to == "anna@example.com").expect("a mail");
    for page in ["/u/", "/s/"] {
        let (_, rest) = mail.text.split_once(page).expect(page);
        let token = rest.split(['\n', '?']).next().expect("a token");
        for stuck in ["", "/", ".", ")", "%E2%80%A6", "./"] {
            let response = open(&app, Method::GET, &format!("{page}{token}{stuck}"), "text/html").await;
            assert_eq!(response.status(), 200, "{page} {stuck}");
        }
        let other = open(&app, Method::GET, &format!("{page}{token}A"), "text/html").await;
        assert_eq!(other.status(), 404, "{page}");
    }
}

#[tokio::test]
async fn repair_14_the_links_own_query_reaches_the_shop() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant
        .program(|body| body["destination"] = json!("https://nordicshoes.example/sale?size=38&utm_source=shop"))
        .await;
    let url = text(&merchant.link(&program, "anna@example.com", Some("anna10")).await, "url");
    let at = app.click(&format!("{url}/email?utm_source=news&gclid=Cj0K&fbclid=IwAR&x=1&x=2&v=invite.b&ref=EVA&ref_click=forged&ref.click=forged")).await;
    let token = parameter(&at, "ref_click").expect("a token");
    let expected = format!(
        "https://nordicshoes.example/sale?size=38&utm_source=news&gclid=Cj0K&fbclid=IwAR&x=1&x=2&ref=ANNA10&ref_click={token}&utm_medium=link&utm_campaign={}&utm_content=email",
        text(&program, "id")
    );
    assert_eq!(at, expected);
    let at = app.click(&format!("{url}?to=/boots%3Fcolour=red%23top&utm_campaign=spring")).await;
    assert!(
        at.starts_with("https://nordicshoes.example/boots?colour=red&utm_campaign=spring&ref=ANNA10&ref_click="),
        "{at}"
    );
    assert!(at.ends_with("&utm_source=referral&utm_medium=link#top"), "{at}");
    // Somebody else's token on the link does not reach the order.
    merchant.link(&program, "bea@example.com", Some("bea10")).await;
    let bea = parameter(&app.click(&url.replace("ANNA10", "BEA10")).await, "ref_click").expect("a token");
    let at = app.click(&format!("{url}?ref_click={bea}&utm_source=x&%72ef_click={bea}")).await;
    assert!(!at.contains(&bea), "{at}");
}

#[tokio::test]
async fn repair_15_persons_in_apps_get_a_token_that_credits_and_machines_get_none() {
    let app = TestApp::start().await;
    let (merchant, _) = anna_and_ann(&app).await;
    let persons = [
        "Mozilla/5.0 (Linux; Android 12; V2043 Build/SP1A.210812.003; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.134 Mobile Safari/537.36 Snapchat/12.93.0.45 (V2043; Android 12#eng.compil.20240304.101122#31; gzip; )",
        "[FBAN/FB4A;FBAV/467.0.0.48.85;FBPN/com.facebook.katana;FBDV/SM-A536B;FBSV/14;FBOP/1;FBCA/arm64-v8a:;]",
    ];
    let machines = [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128.0.0.0 Safari/537.36 (bot.shop.com)",
        "curl/8.5.0",
    ];
    let token = async |agent: &str| {
        let response = app
            .client
            .get(format!("{}/r/ANNA10", app.engine.url))
            .header("user-agent", agent)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 302, "{agent}");
        parameter(header(&response, "location"), "ref_click")
    };
    for (n, agent) in persons.into_iter().enumerate() {
        let token = token(agent).await.expect(agent);
        let buyer = json!({"email": format!("bo{n}@example.com"), "customer": {"id": n + 1}});
        let order = TestOrder::paid(&format!("100{n}"), app.at(0)).token(&token).with(buyer);
        merchant.shop.post("orders/paid", &order.0).await;
        assert_eq!(merchant.why(&format!("100{n}")).await["outcome"], "credited", "{agent}");
    }
    for agent in machines {
        assert_eq!(token(agent).await, None, "{agent}");
    }
}
