//! A shop's credentials are shown to its platform and to nobody else: not in the log and not in any answer, whatever the
//! platform says, even if it says them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{ApiServer, Asked, Sender, TestApp, TestMerchant, Told, text};

use super::erasure::search;
use super::start;

const SECRETS: [&str; 8] = [
    "shpat_heron-token-111",
    "heron-hook-shopify-222",
    "ck_heronkey33333",
    "cs_heronsecret44444",
    "heron-hook-woo-555",
    "heron-bigc-token-666",
    "heron-hook-bigc-777",
    "heron-hook-custom-888",
];

/// The ways in which the platforms answer, one after another.
const WAYS: usize = 7;

fn told(way: usize, asked: &Asked) -> Told {
    let header = |name: &str| asked.header(name).to_owned();
    let pair = header("authorization");
    let plain = if pair.is_empty() { String::new() } else { format!("{} {}", SECRETS[2], SECRETS[3]) };
    let shown = [header("x-shopify-access-token"), header("x-auth-token"), pair, plain].join(" ");
    match way {
        0 => Told::status(401, json!({"message": shown}).to_string()),
        1 => Told::status(500, shown),
        2 => Told::status(200, format!("<html>{shown}")),
        3 => Told::status(422, json!({"errors": shown, "message": shown}).to_string()),
        4 => Told::json(&json!({"errors": [{"message": shown}], "message": shown})),
        5 => Told::json(&json!({"orders": [{"id": 1, "currency": shown}], "create": [{"error": {"message": shown}}]})),
        _ => Told::json(&json!([{"id": 2, "currency": shown, "status_id": shown}])),
    }
}

/// The shops of one merchant, each with a link and a reward that are codes of its platform.
async fn connect(app: &TestApp, server: &ApiServer) -> Vec<TestMerchant> {
    let first = app.merchant().await;
    let hash = format!("{}/stores/abcde", server.url);
    let shopify = json!({"platform": "shopify", "domain": "heron.myshopify.com", "webhook_secret": SECRETS[1],
        "api": {"access_token": SECRETS[0], "base_url": server.url}});
    let woo = json!({"platform": "woocommerce", "webhook_secret": SECRETS[4],
        "api": {"consumer_key": SECRETS[2], "consumer_secret": SECRETS[3], "base_url": server.url}});
    let big = json!({"platform": "bigcommerce", "platform_id": "abcde", "webhook_secret": SECRETS[6],
        "api": {"access_token": SECRETS[5], "base_url": hash}});
    let custom = json!({"platform": "custom", "webhook_secret": SECRETS[7]});
    let mut shops = Vec::new();
    for (n, fields) in [shopify, woo, big, custom].into_iter().enumerate() {
        let shop = Sender::connect(&first, fields, SECRETS[7].as_bytes()).await.merchant;
        let codes = |body: &mut Value| body["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code");
        let change = |body: &mut Value| {
            if n < 3 {
                codes(body);
            }
        };
        let program = shop.program(change).await;
        shop.link(&program, "anna@example.com", Some(&format!("heron{n}"))).await;
        let order = json!({"shop": shop.shop.id, "id": "1", "placed_at": app.at(0), "updated_at": app.at(0), "state": "paid",
            "customer": {"email": format!("bo{n}@example.com")}, "currency": "SEK",
            "net": {"amount": "500.00", "currency": "SEK"}, "total": {"amount": "625.00", "currency": "SEK"},
            "coupon_codes": [format!("heron{n}")]});
        app.send(Method::POST, "/v1/orders", &shop.api_key, Some(&order)).await;
        shops.push(shop);
    }
    shops
}

#[tokio::test]
async fn credentials_are_neither_in_the_log_nor_in_any_answer() {
    let log = start();
    let way = Arc::new(AtomicUsize::new(0));
    let now = way.clone();
    let server = ApiServer::start(move |asked| told(now.load(Ordering::SeqCst), asked)).await;
    let app = TestApp::start().await;
    let shops = connect(&app, &server).await;
    let mut answers = Vec::new();
    for n in 0..WAYS {
        way.store(n, Ordering::SeqCst);
        for shop in &shops[..3] {
            let path = format!("/v1/shops/{}/backfill", shop.shop.id);
            answers
                .push(app.send(Method::POST, &path, &shop.api_key, Some(&json!({}))).await.text().await.expect("text"));
        }
        let rewards = shops[0].get("/v1/rewards").await;
        for reward in rewards["data"].as_array().expect("a list") {
            let path = format!("/v1/rewards/{}/retry", text(reward, "id"));
            answers.push(
                app.send(Method::POST, &path, &shops[0].api_key, Some(&json!({}))).await.text().await.expect("text"),
            );
        }
        // Each link anew: what was refused is asked again.
        for code in ["HERON0", "HERON1", "HERON2"] {
            for state in ["disabled", "active"] {
                shops[0].call(200, Method::PATCH, &format!("/v1/links/{code}"), json!({"state": state})).await;
            }
        }
        app.days_pass(1).await;
        for path in ["/v1/shops", "/v1/links", "/v1/rewards", "/v1/parked", "/v1/programs"] {
            answers.push(shops[0].get(path).await.to_string());
        }
        for shop in &shops {
            let path = format!("/v1/shops/{}", shop.shop.id);
            answers.push(shop.get(&path).await.to_string());
            let path = format!("{path}/backfill");
            answers.push(app.send(Method::GET, &path, &shop.api_key, None).await.text().await.expect("text"));
        }
    }
    for mail in app.engine.inbox.mails() {
        answers.push(format!("{} {}", mail.subject, mail.text));
    }
    let log: Vec<_> = log.text().lines().map(str::to_owned).collect();
    // The search would find them: they were shown to the platforms, and the shops' ids are everywhere.
    let asked: Vec<_> = server.asked().iter().map(|asked| format!("{:?}", asked.headers)).collect();
    let shown = [SECRETS[0], SECRETS[3], SECRETS[5]];
    assert_eq!(search(&asked, &shown), shown.into());
    for shop in &shops[..3] {
        let id = shop.shop.id.as_str();
        assert_eq!((search(&log, &[id]).len(), search(&answers, &[id]).len()), (1, 1), "{id}");
    }
    let all = answers.concat();
    assert!(all.contains("refused") && all.contains("failing"), "{all}");
    for canary in SECRETS {
        for (name, texts) in [("the log", &log), ("an answer", &answers)] {
            let found = texts.iter().find(|text| !search(&[(*text).clone()], &[canary]).is_empty());
            assert_eq!(found, None, "{canary} is in {name}");
        }
    }
}
