//! The harness of the stories: one engine per test, on a database of its own in memory, served over real HTTP. Calls
//! take the expected status, so each one asserts. Streams and schedules move only when a story says so.
#![expect(clippy::missing_panics_doc, reason = "a test that panics is a test that fails")]
#![expect(clippy::needless_pass_by_value, reason = "stories read better with json!(…) than with &json!(…)")]

mod api;
mod direct;
mod fixtures;
mod history;
pub mod lambda;
mod pool;
mod receiver;
mod shop;
mod shopify_api;
mod standard;
mod woo;
mod woo_api;

use dynoxide::actions::scan::ScanRequest;
use jiff::{SignedDuration, Timestamp};
use local::{Engine, Options};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use shared::app::random;
use shared::store::{ShopSecrets, Writes};

pub use api::{ApiServer, Asked, Told};
pub use direct::answer;
pub use fixtures::{fixture, fixtures};
pub use history::{Buyer, History, Sample};
pub use pool::{TestPool, any_reward, codes};
pub use receiver::{Reaction, Received, Receiver, verifies};
pub use shop::{TestOrder, TestShop, base64, sign};
pub use shopify_api::{Discount, ShopifyApi};
pub use standard::{Sender, sign_standard};
pub use woo::{TestWoo, WooOrder, gmt};
pub use woo_api::WooApi;

/// A person's browser.
pub const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

/// A running engine and a client that does not follow redirects.
#[derive(Clone)]
pub struct TestApp {
    pub engine: Engine,
    pub client: Client,
}

/// A merchant with one shop.
#[derive(Clone)]
pub struct TestMerchant {
    pub app: TestApp,
    pub api_key: String,
    pub shop: TestShop,
}

impl TestApp {
    /// A fresh engine.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A fresh engine whose calls to DynamoDB can be made to go wrong.
    pub async fn with_faults() -> Self {
        Self::with(Options { with_wire: true, ..Options::default() }).await
    }

    /// An engine started so.
    pub async fn with(options: Options) -> Self {
        let engine = Engine::start(options).await.expect("the engine starts");
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { engine, client }
    }

    /// A new merchant with a Shopify shop, who gets no digest: which mails there are must not depend on the weekday.
    pub async fn merchant(&self) -> TestMerchant {
        let merchant = self.merchant_with_digest().await;
        merchant.call(200, Method::PATCH, "/v1/merchant", json!({"digest": "never"})).await;
        merchant
    }

    /// A new merchant with a Shopify shop, as merchants are made.
    pub async fn merchant_with_digest(&self) -> TestMerchant {
        let body = json!({"name": "Nordic Shoes", "currency": "SEK", "time_zone": "Europe/Stockholm", "locale": "sv",
            "mail_from": "hej@nordicshoes.example"});
        let made = self.call(201, Method::POST, "/v1/merchants", &self.engine.operator_key(), Some(&body)).await;
        let api_key = text(&made, "api_key");
        let shop = self.shop(&api_key, "nordicshoes").await;
        TestMerchant { app: self.clone(), api_key, shop }
    }

    /// Keeps a webhook secret as earlier versions took it, of any length: what is stored goes on verifying.
    pub async fn keep_secret(&self, shop: &str, secret: &str) {
        let app = &self.engine.app;
        let mut row = app.store.shop(shop.parse().expect("an id")).await.expect("reads").expect("a shop");
        let current = app.config.keys.seal(shop, secret.as_bytes(), random());
        row.secrets = Some(ShopSecrets { current, previous: None, rotated_at: None });
        row.version += 1;
        let mut writes = Writes::default();
        app.store.put_shop_version(&mut writes, &row).expect("it fits");
        app.store.transact(writes).await.expect("it is kept");
    }

    /// Connects a Shopify shop.
    pub async fn shop(&self, api_key: &str, name: &str) -> TestShop {
        let secret = format!("the secret of {name}");
        let body = json!({"platform": "shopify", "domain": format!("{name}.myshopify.com"), "site": format!("https://{name}.example"),
            "webhook_secret": secret});
        let shop = self.call(201, Method::POST, "/v1/shops", api_key, Some(&body)).await;
        TestShop {
            client: self.client.clone(),
            id: text(&shop, "id"),
            webhook_url: text(&shop, "webhook_url"),
            secret,
            site: text(&shop, "site"),
        }
    }

    /// Calls the API and expects this status.
    pub async fn call(&self, status: u16, method: Method, path: &str, key: &str, body: Option<&Value>) -> Value {
        let response = self.send(method, path, key, body).await;
        let got = response.status().as_u16();
        let body: Value = response.json().await.expect("a JSON body");
        assert_eq!(got, status, "{path}: {body}");
        // What is refused is shown as it was sent.
        if got < 400 {
            exact_times(&body);
        }
        body
    }

    /// Calls the API and hands the response over.
    pub async fn send(&self, method: Method, path: &str, key: &str, body: Option<&Value>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.engine.url)).bearer_auth(key);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        request.send().await.expect("an answer")
    }

    /// Opens a link as a person and answers where it leads.
    pub async fn click(&self, url: &str) -> String {
        let response = self.client.get(url).header("user-agent", BROWSER).send().await.expect("an answer");
        assert_eq!(response.status(), 302, "{url}");
        response.headers()["location"].to_str().expect("text").to_owned()
    }

    /// Lets streams, timers and outbox come to rest.
    pub async fn drain(&self) -> u64 {
        self.engine.drain().await.expect("drains")
    }

    /// Moves the clock and does what has become due.
    pub async fn days_pass(&self, days: i64) {
        self.engine.advance(days * 86_400);
        self.drain().await;
    }

    /// Subjects and recipients of the mails so far, in the order of sending.
    pub fn mails(&self) -> Vec<(String, String)> {
        self.engine.inbox.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect()
    }

    /// How many items there are in all: who refuses something writes none.
    pub fn items(&self) -> usize {
        let table_name = self.engine.app.config.core_table.clone();
        let request = ScanRequest { table_name, ..ScanRequest::default() };
        let page = self.engine.database.as_ref().expect("an embedded database").scan(request).expect("a page of items");
        assert!(page.last_evaluated_key.is_none(), "more than a page");
        page.items.unwrap_or_default().len()
    }

    /// The engine's time, so many seconds from now.
    pub fn at(&self, seconds: i64) -> Timestamp {
        self.engine.app.now().checked_add(SignedDuration::from_secs(seconds)).expect("in range")
    }
}

impl TestMerchant {
    /// Reads with this merchant's key.
    pub async fn get(&self, path: &str) -> Value {
        self.app.call(200, Method::GET, path, &self.api_key, None).await
    }

    /// Calls with this merchant's key and expects this status.
    pub async fn call(&self, status: u16, method: Method, path: &str, body: Value) -> Value {
        self.app.call(status, method, path, &self.api_key, Some(&body)).await
    }

    /// The program of the journey, approved at once, changed as a test needs it.
    pub async fn program(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({"name": "Give 10 %, get 100 kr", "shop": self.shop.id, "destination": format!("{}/", self.shop.site),
            "window_days": 30, "hold_days": 0,
            "qualify": {"new_customers_only": true, "minimum_order": {"amount": "300.00", "currency": "SEK"}},
            "rewards": {"friend": [{"kind": "percent", "percent": "10", "floor": null, "ceiling": null, "fulfilment": "code_at_checkout"}],
                        "advocate": [{"kind": "fixed", "value": {"amount": "100.00", "currency": "SEK"}, "fulfilment": "manual"}]}});
        change(&mut body);
        self.call(201, Method::POST, "/v1/programs", body).await
    }

    /// A link in a program for this address, with a code if one is wanted.
    pub async fn link(&self, program: &Value, email: &str, code: Option<&str>) -> Value {
        let body = json!({"program": program["id"], "advocate": {"email": email, "name": "Anna", "locale": "sv"}, "code": code});
        self.call(201, Method::POST, "/v1/links", body).await
    }

    /// Anna's link ANNA10 in a fresh program.
    pub async fn anna(&self) -> Value {
        let program = self.program(|_| ()).await;
        self.link(&program, "anna@example.com", Some("anna10")).await
    }

    /// Why an order was decided as it was.
    pub async fn why(&self, order: &str) -> Value {
        self.get(&format!("/v1/orders/{}/{order}/why", self.shop.id)).await
    }

    /// All rewards as `(side, amount, state)`.
    pub async fn rewards(&self) -> Vec<(String, String, String)> {
        let rewards = self.get("/v1/rewards").await;
        let view = |reward: &Value| (text(reward, "side"), text(&reward["value"], "amount"), text(reward, "state"));
        let mut rewards: Vec<_> = rewards["data"].as_array().expect("a list").iter().map(view).collect();
        rewards.sort();
        rewards
    }

    /// An advocate's ledger.
    pub async fn ledger(&self, advocate: &Value) -> Value {
        self.get(&format!("/v1/advocates/{}/ledger", advocate.as_str().expect("an id"))).await
    }

    /// Expects the order to be credited once, each side rewarded once, and each told of the reward once.
    pub async fn expect_one_referral(&self, order: &str) {
        assert_eq!(self.why(order).await["outcome"], "credited");
        assert_eq!(
            self.rewards().await,
            [reward("advocate", "100.00", "approved"), reward("friend", "50.00", "approved")]
        );
        let mails = self.app.engine.inbox.mails().into_iter();
        let mut to: Vec<_> = mails.filter(|mail| mail.kind == "reward_ready").map(|mail| mail.to).collect();
        to.sort();
        assert_eq!(to, ["anna@example.com", "bo@example.com"]);
    }
}

/// A reward as [`TestMerchant::rewards`] lists it.
pub fn reward(side: &str, amount: &str, state: &str) -> (String, String, String) {
    (side.to_owned(), amount.to_owned(), state.to_owned())
}

/// Holds every time in JSON to three digits of a second, whatever its name.
pub fn exact_times(value: &Value) {
    match value {
        Value::Array(values) => values.iter().for_each(exact_times),
        Value::Object(members) => members.values().for_each(exact_times),
        Value::String(text) if text.as_bytes().get(10) == Some(&b'T') => {
            if let Ok(at) = text.parse::<Timestamp>() {
                assert_eq!(*text, format!("{at:.3}"), "a time without three digits");
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text field.
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

/// A query parameter of a URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
