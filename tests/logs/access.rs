//! What opens a shop's API is in no log: neither what a token is given for, nor the token, whatever goes wrong.

use reqwest::Method;
use serde_json::json;
use tests::{ApiServer, TestApp, Told};

const SECRET: &str = "shpss_never-to-be-logged";
const TOKEN: &str = "shpat_never-to-be-logged";

#[tokio::test]
async fn what_opens_a_shops_api_is_not_in_the_log() {
    let log = crate::start();
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let told = json!({"access_token": TOKEN, "expires_in": 86_399, "orders": []});
    let server = ApiServer::start(move |_| Told::json(&told)).await;
    let echo = || Told::status(400, format!("not {SECRET}"));
    let given = Told::json(&json!({"access_token": TOKEN, "expires_in": 86_399}));
    // An exchange that is refused, a token that is refused, one that can't be a header, and what can't be read.
    let broken = Told::json(&json!({"access_token": format!("{TOKEN}\n"), "expires_in": 60}));
    let nonsense = Told::json(&json!({"access_token": [TOKEN], "expires_in": SECRET}));
    // The credentials are tried when they are saved.
    server.answer([echo()]);
    let access = json!({"api": {"client_id": "app-1", "client_secret": SECRET, "base_url": server.url}});
    let shop = merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
    assert!(!shop.to_string().contains("never-to-be-logged"), "{shop}");
    server.answer([echo(), given.clone(), Told::status(401, TOKEN), given, echo(), broken, nonsense]);
    let edited = json!({"order_edit": {"id": 1, "order_id": 1001, "line_items": {"additions": [], "removals": []}}});
    for _ in 0..8 {
        assert_eq!(merchant.shop.post("orders/edited", &edited).await, 200);
        app.engine.advance(3_600);
        app.drain().await;
    }
    let log = log.text();
    assert!(log.contains("refused the credentials with status 400"), "the failures are logged");
    for secret in [SECRET, TOKEN] {
        assert_eq!(log.lines().find(|line| line.contains(secret)), None);
    }
    let parked = merchant.get("/v1/parked").await.to_string();
    assert!(!parked.contains("never-to-be-logged"), "{parked}");
    assert!(server.asked().iter().any(|asked| asked.header("x-shopify-access-token") == TOKEN), "a token was shown");
}
