//! Shopify's apps of the Dev Dashboard: no token for ever, but one of a day for the app's client credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use shared::platform::Context;
use shared::platform::api::{ApiFailure, Caller};
use tests::{ApiServer, Asked, TestApp, TestMerchant, TestOrder, Told};

const EXCHANGE: &str = "/admin/oauth/access_token";
const DAY: u32 = 86_399;

/// A shop's API that gives out tokens `shpat_1`, `shpat_2` … and takes only the last of them.
struct Api {
    server: ApiServer,
    given: Arc<AtomicU32>,
}

impl Api {
    async fn start(order: Value, expires_in: u32) -> Self {
        let given: Arc<AtomicU32> = Arc::default();
        let count = given.clone();
        let server = ApiServer::start(move |asked| {
            if asked.path == EXCHANGE {
                let right =
                    json!({"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "shpss_canary"});
                if (&asked.method, &asked.body) != (&Method::POST, &right) {
                    return Told::status(400, r#"{"error":"invalid_client","error_description":"not shpss_canary"}"#);
                }
                let token = format!("shpat_{}", count.fetch_add(1, Ordering::SeqCst) + 1);
                return Told::json(&json!({"access_token": token, "scope": "read_orders", "expires_in": expires_in}));
            }
            if asked.header("x-shopify-access-token") != format!("shpat_{}", count.load(Ordering::SeqCst)) {
                return Told::status(401, r#"{"errors":"[API] Invalid API key or access token"}"#);
            }
            Told::json(&json!({"order": order}))
        });
        Self { server: server.await, given }
    }

    fn asked(&self, path: &str) -> Vec<Asked> {
        self.server.asked().into_iter().filter(|asked| asked.path.contains(path)).collect()
    }

    fn exchanges(&self) -> usize {
        self.asked(EXCHANGE).len()
    }
}

async fn connect(merchant: &TestMerchant, api: &Api, secret: &str) -> Value {
    let access = json!({"api": {"client_id": "app-1", "client_secret": secret, "base_url": api.server.url}});
    merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await
}

async fn start(expires_in: u32) -> (TestMerchant, Api) {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let api = Api::start(TestOrder::paid("1001", app.at(0)).0, expires_in).await;
    let shop = connect(&merchant, &api, "shpss_canary").await;
    assert!(!shop.to_string().contains("canary") && shop["has_api_access"] == true, "{shop}");
    (merchant, api)
}

/// As the engine makes one for each webhook, job and code.
async fn caller(merchant: &TestMerchant) -> Caller {
    let engine = &merchant.app.engine;
    let id = merchant.shop.id.parse().expect("an id");
    let shop = engine.app.store.shop(id).await.expect("reads").expect("a shop");
    engine.courier.shops.caller(&engine.app.config.keys, &shop).expect("access")
}

/// Asks for the order.
async fn ask(merchant: &TestMerchant) -> Result<bool, ApiFailure> {
    let app = &merchant.app.engine.app;
    let id = merchant.shop.id.parse().expect("an id");
    let shop = app.store.shop(id).await.expect("reads").expect("a shop");
    let context = Context::of(&shop, &app.config.keys, app.now());
    let found = caller(merchant).await.order(&"1001".parse().expect("an id"), context).await?;
    Ok(found.is_some())
}

#[tokio::test]
async fn credentials_are_exchanged_once_for_many_calls_and_never_in_an_address() {
    let (merchant, api) = start(DAY).await;
    for _ in 0..5 {
        assert_eq!(ask(&merchant).await, Ok(true));
    }
    merchant.anna().await;
    let edited = json!({"order_edit": {"id": 1, "order_id": 1001, "line_items": {"additions": [], "removals": []}}});
    assert_eq!(merchant.shop.post("orders/edited", &edited).await, 200);
    assert_eq!((api.exchanges(), api.asked("/orders/1001.json").len()), (1, 6));
    for asked in api.server.asked() {
        let address = format!("{} {:?}", asked.path, asked.query);
        assert!(!address.contains("canary") && !address.contains("shpat"), "{address}");
        assert_eq!(asked.body.to_string().contains("canary"), asked.path == EXCHANGE);
    }
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_got_anew() {
    let (merchant, api) = start(DAY).await;
    assert_eq!(ask(&merchant).await, Ok(true));
    merchant.app.engine.advance(i64::from(DAY) - 600);
    assert_eq!((ask(&merchant).await, api.exchanges()), (Ok(true), 1));
    // Five minutes before its end.
    merchant.app.engine.advance(300);
    assert_eq!((ask(&merchant).await, api.exchanges()), (Ok(true), 2));
    assert_eq!((ask(&merchant).await, api.exchanges()), (Ok(true), 2));
}

#[tokio::test]
async fn a_token_that_ends_at_once_is_used_for_one_call() {
    let (merchant, api) = start(60).await;
    // What the credentials may do was asked when they were saved.
    let before = api.exchanges();
    for exchanges in 1..=3 {
        assert_eq!((ask(&merchant).await, api.exchanges()), (Ok(true), before + exchanges));
    }
}

#[tokio::test]
async fn a_token_that_shopify_takes_back_is_got_anew_once() {
    let (merchant, api) = start(DAY).await;
    assert_eq!(ask(&merchant).await, Ok(true));
    api.given.fetch_add(1, Ordering::SeqCst);
    assert_eq!((ask(&merchant).await, api.exchanges()), (Ok(true), 2));
    // A new one that is refused as well is not asked for over and over again.
    let no = || Told::status(401, "{}");
    let token = Told::json(&json!({"access_token": "shpat_x", "expires_in": DAY}));
    api.server.answer([no(), token, no()]);
    let before = api.server.asked().len();
    assert_eq!(ask(&merchant).await, Err(ApiFailure::Unauthorized(401)));
    assert_eq!(api.server.asked().len(), before + 3);
    assert_eq!(ask(&merchant).await, Ok(true), "and nothing is spoilt");
}

#[tokio::test]
async fn other_credentials_get_another_token() {
    let (merchant, api) = start(DAY).await;
    assert_eq!(ask(&merchant).await, Ok(true));
    connect(&merchant, &api, "shpss_canary").await;
    assert_eq!((ask(&merchant).await, api.exchanges()), (Ok(true), 2));
}

#[tokio::test]
async fn whatever_is_wrong_with_an_exchange_is_told_by_kind_and_without_the_secret() {
    // So that each question needs an exchange.
    let (merchant, api) = start(60).await;
    let nonsense = |at: &str| ApiFailure::Nonsense(format!("at {at}"));
    for (told, failure) in [
        (Told::status(400, r#"{"error":"shop_not_permitted"}"#), ApiFailure::Unauthorized(400)),
        (Told::status(401, "shpss_canary"), ApiFailure::Unauthorized(401)),
        (Told::status(403, "{}"), ApiFailure::Unauthorized(403)),
        // Of an order it would mean that there is none.
        (Told::status(404, "{}"), ApiFailure::Unauthorized(404)),
        (
            Told::status(429, "").with("retry-after", "3"),
            ApiFailure::Throttled(Some(jiff::SignedDuration::from_secs(3))),
        ),
        (Told::status(503, ""), ApiFailure::Unavailable("status 503".into())),
        (Told::json(&json!({"access_token": "shpat_y"})), nonsense(".")),
        (Told::json(&json!({"access_token": 7, "expires_in": 60})), nonsense("access_token")),
    ] {
        api.server.answer([told]);
        assert_eq!(ask(&merchant).await, Err(failure));
    }
    assert_eq!(ask(&merchant).await, Ok(true));

    connect(&merchant, &api, "shpss_wrong").await;
    let failure = ask(&merchant).await.expect_err("a wrong secret");
    assert_eq!(failure, ApiFailure::Unauthorized(400));
    assert!(!format!("{failure} {failure:?}").contains("shpss"), "{failure:?}");
}

#[tokio::test]
async fn a_shopify_app_has_a_token_or_what_it_gets_one_for_and_never_both() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let path = format!("/v1/shops/{}", merchant.shop.id);
    for (api, pointers) in [
        (json!({}), vec!["/api/access_token"]),
        (json!({"client_id": "a"}), vec!["/api/client_secret"]),
        (json!({"client_secret": "b"}), vec!["/api/client_id"]),
        (json!({"client_id": "", "client_secret": "b".repeat(501)}), vec!["/api/client_id", "/api/client_secret"]),
        (json!({"client_id": "a", "client_secret": "b", "access_token": "c"}), vec!["/api/access_token"]),
        (json!({"client_id": "a", "access_token": "c"}), vec!["/api/client_secret", "/api/access_token"]),
    ] {
        let problem = merchant.call(422, Method::PATCH, &path, json!({"api": api})).await;
        let named: Vec<_> = problem["errors"].as_array().expect("a list").iter().map(|at| &at["pointer"]).collect();
        assert_eq!(named, pointers, "{problem}");
    }
    for (platform, own) in [
        ("bigcommerce", json!({"access_token": "c"})),
        ("woocommerce", json!({"consumer_key": "c", "consumer_secret": "d"})),
    ] {
        let mut api = own;
        api["client_id"] = json!("a");
        let body = json!({"platform": platform, "domain": "b.example", "site": "https://b.example", "platform_id": "abc", "api": api});
        let problem = merchant.call(422, Method::POST, "/v1/shops", body).await;
        assert_eq!(problem["errors"][0]["pointer"], "/api/client_id", "{problem}");
    }
    for mut api in [json!({"access_token": "c"}), json!({"client_id": "a", "client_secret": "b"})] {
        api["base_url"] = json!("http://127.0.0.1:9");
        let shop = merchant.call(200, Method::PATCH, &path, json!({"api": api})).await;
        assert_eq!(shop["has_api_access"], true);
    }
}
