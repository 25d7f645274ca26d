//! Links: made once, under one code, leading only to the shop's own site.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{BROWSER, TestApp, parameter, text};

#[tokio::test]
async fn the_same_advocate_and_program_have_one_link() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let made = shop.link(&program, "anna@example.com", Some("anna10")).await;
    assert_eq!(text(&made, "code"), "ANNA10");
    let again = json!({"program": program["id"], "advocate": {"email": "Anna+again@Example.com"}, "code": "other"});
    assert_eq!(shop.call(200, Method::POST, "/v1/links", again).await, made);
    let taken = json!({"program": program["id"], "advocate": {"email": "bea@example.com"}, "code": "Anna10"});
    let problem = shop.call(409, Method::POST, "/v1/links", taken).await;
    assert_eq!(problem["code"], "code_taken");
    assert_eq!(shop.get("/v1/links/anna10").await["code"], "ANNA10");

    let generated = shop.link(&program, "bea@example.com", None).await;
    let code = text(&generated, "code");
    assert_eq!(code.len(), 14);
    assert!(!code.contains(|c: char| "0O1IL".contains(c)), "{code}");
}

#[tokio::test]
async fn eight_calls_at_once_make_one_link() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    // All have read before the first has written.
    let slow = Trouble::Delay(200);
    app.engine.wire.inject(Fault { operation: "TransactWriteItems", body_contains: "LNK#", trouble: slow, times: 8 });
    let body = json!({"program": program["id"], "advocate": {"email": "anna@example.com"}});
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (app, key, body) = (app.clone(), shop.api_key.clone(), body.clone());
            tokio::spawn(async move {
                let answer = app.send(Method::POST, "/v1/links", &key, Some(&body)).await;
                (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
            })
        })
        .collect();
    let mut statuses = Vec::new();
    let mut codes = Vec::new();
    for call in calls {
        let (status, body) = call.await.expect("a task");
        statuses.push(status);
        codes.push(text(&body, "code"));
    }
    statuses.sort_unstable();
    codes.dedup();
    assert_eq!((statuses, codes.len()), (vec![200, 200, 200, 200, 200, 200, 200, 201], 1));
}

#[tokio::test]
async fn an_idempotency_key_repeats_its_answer_and_refuses_another_body() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let post = |path: &str, key: &str, body: Value| {
        let request = app.client.post(format!("{}{path}", app.engine.url)).bearer_auth(&shop.api_key);
        let request = request.header("idempotency-key", key).json(&body);
        async move {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
        }
    };
    let link = json!({"program": program["id"], "advocate": {"email": "anna@example.com"}});
    let (status, first) = post("/v1/links", "k1", link.clone()).await;
    assert_eq!((status, post("/v1/links", "k1", link.clone()).await), (201, (201, first.clone())));
    let mut other = link;
    other["advocate"]["email"] = json!("bea@example.com");
    let (status, problem) = post("/v1/links", "k1", other).await;
    assert_eq!((status, &problem["code"]), (422, &json!("idempotency_key_reused")));

    // The same key on another route is another key; a shop is made once, and its secret is in no answer.
    let body = json!({"platform": "custom", "domain": "a.example", "site": "https://a.example", "webhook_secret": "hush-hush, nobody knows"});
    let (status, made) = post("/v1/shops", "k1", body.clone()).await;
    assert_eq!((status, post("/v1/shops", "k1", body).await.1), (201, made.clone()));
    assert!(!made.to_string().contains("hush"));
    assert_eq!(shop.get("/v1/shops").await["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    for n in 0..7 {
        shop.link(&program, &format!("advocate{n}@example.com"), Some(&format!("CODE{n}"))).await;
        // Some fall into other months.
        app.engine.advance(12 * 86_400);
    }
    let mut codes = Vec::new();
    let mut path = "/v1/links?limit=3".to_owned();
    loop {
        let page = shop.get(&path).await;
        codes.extend(page["data"].as_array().expect("a list").iter().map(|link| text(link, "code")));
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/links?limit=3&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(codes, ["CODE6", "CODE5", "CODE4", "CODE3", "CODE2", "CODE1", "CODE0"]);
    shop.call(422, Method::GET, "/v1/links?limit=0", json!(null)).await;
    // Positions that no page of this list gave out: far in the future, and none at all.
    let future = shop.get("/v1/links?cursor=OTk5OS0xMi0zMFQyMjowMDowMFojeA").await;
    assert_eq!(future["data"].as_array().map(Vec::len), Some(7));
    assert_eq!(shop.get("/v1/links?cursor=YWJj").await["data"], json!([]));
}

#[tokio::test]
async fn a_click_leads_to_the_shop_with_a_token_and_nowhere_else() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop
        .program(|program| program["destination"] = json!("https://nordicshoes.example/sale?colour=red%20wine#top"))
        .await;
    let url = text(&shop.link(&program, "anna@example.com", Some("anna10")).await, "url");

    let location = app.click(&url.to_lowercase().replace("anna10", "aNNa10")).await;
    let expected = format!(
        "https://nordicshoes.example/sale?colour=red%20wine&ref=ANNA10&ref_click={}&utm_source=referral&utm_medium=link&utm_campaign={}#top",
        parameter(&location, "ref_click").expect("a token"),
        text(&program, "id")
    );
    assert_eq!(location, expected);
    assert!(
        app.click(&format!("{url}?to=/boots%3Fsize=40"))
            .await
            .starts_with("https://nordicshoes.example/boots?size=40&ref=ANNA10&")
    );
    for hostile in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "@evil.example",
    ] {
        let location = app.click(&format!("{url}?to={hostile}")).await;
        assert!(location.starts_with("https://nordicshoes.example/"), "{hostile}: {location}");
    }
    let channel = app.click(&format!("{url}/whatsapp")).await;
    assert_eq!(parameter(&channel, "utm_content").as_deref(), Some("whatsapp"));
    let head = app.client.head(&url).header("user-agent", BROWSER).send().await.expect("an answer");
    assert_eq!((head.status().as_u16(), head.headers()["cache-control"].to_str().expect("text")), (302, "no-store"));
}

#[tokio::test]
async fn previews_see_a_page_and_dead_links_say_so_kindly() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let url = text(&shop.link(&program, "anna@example.com", Some("anna10")).await, "url");
    let get = |url: String, agent: &'static str| {
        let request = app.client.get(url).header("user-agent", agent);
        async move {
            let answer = request.send().await.expect("an answer");
            let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
            (answer.status().as_u16(), kind, answer.text().await.expect("text"))
        }
    };
    let (status, kind, page) =
        get(url.clone(), "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)").await;
    assert!(
        status == 200 && kind.starts_with("text/html") && page.contains("og:title") && !page.contains("ref_click"),
        "{status} {page}"
    );
    let (status, kind, _) = get(url.replace("ANNA10", "NOBODY"), BROWSER).await;
    assert!(status == 404 && kind.starts_with("text/html"), "{status} {kind}");

    shop.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"state": "disabled"})).await;
    app.engine.advance(10); // a warm function remembers a link for some seconds
    let (status, kind, _) = get(url.clone(), BROWSER).await;
    assert!(status == 410 && kind.starts_with("text/html"), "{status} {kind}");
    let qr = app.client.get(format!("{url}/qr.svg")).send().await.expect("an answer");
    assert_eq!(qr.headers()["content-type"], "image/svg+xml");
    assert!(qr.text().await.expect("text").contains("<svg"));
}

#[tokio::test]
async fn faults_in_a_body_are_named() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let link = |change: Value| {
        let mut body = json!({"program": program["id"], "advocate": {"email": "anna@example.com"}});
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let cases = [
        (400, link(json!({"colour": "red"})), "colour"),
        (400, json!({"program": program["id"]}), "advocate"),
        (422, link(json!({"advocate": {"email": "nobody"}})), "/advocate/email"),
        (422, link(json!({"code": "a"})), "/code"),
        (422, link(json!({"destination": "https://evil.example/"})), "/destination"),
    ];
    for (status, body, named) in cases {
        let problem = shop.call(status, Method::POST, "/v1/links", body).await;
        assert!(problem.to_string().contains(named), "{named}: {problem}");
    }
    let bad = json!({"name": "", "shop": shop.shop.id, "destination": "http://nordicshoes.example/", "window_days": 0, "hold_days": 1000,
        "qualify": {"minimum_order": {"amount": "0.00", "currency": "SEK"}},
        "rewards": {"advocate": [{"kind": "percent", "percent": "10", "floor": {"amount": "2.00", "currency": "SEK"},
            "ceiling": {"amount": "1.00", "currency": "SEK"}, "fulfilment": "code_at_checkout"}]}});
    let problem = shop.call(422, Method::POST, "/v1/programs", bad).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().expect("a list").iter().map(|fault| text(fault, "pointer")).collect();
    assert_eq!(
        pointers,
        [
            "/name",
            "/destination",
            "/window_days",
            "/hold_days",
            "/qualify/minimum_order",
            "/rewards/advocate/0/ceiling",
            "/rewards/advocate/0/fulfilment"
        ]
    );
}

#[tokio::test]
async fn eight_calls_with_one_idempotency_key_have_one_effect_and_one_answer() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let slow = Trouble::Delay(200);
    app.engine.wire.inject(Fault { operation: "TransactWriteItems", body_contains: "SHP#", trouble: slow, times: 8 });
    let body = json!({"platform": "custom", "domain": "a.example", "site": "https://a.example"});
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let request = app.client.post(format!("{}/v1/shops", app.engine.url)).bearer_auth(&shop.api_key);
            let request = request.header("idempotency-key", "once").json(&body);
            tokio::spawn(async move {
                let answer = request.send().await.expect("an answer");
                (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.expect("a task"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]) && answers[0].0 == 201, "{answers:#?}");
    assert_eq!(shop.get("/v1/shops").await["data"].as_array().map(Vec::len), Some(2), "the first shop and this one");
}
