//! The demo: one referral, played through real HTTP, with every answer printed. What it does by hand here is what a
//! merchant's systems and a shopper's browser do.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::engine::{Engine, Failure};
use crate::out::say;

/// The demo shop's webhook secret. In a real shop the platform makes it.
const SECRET: &str = "the-demo-shop-signs-with-this";

/// Plays one referral on a fresh engine and prints each step.
pub async fn play(engine: &Engine) -> Result<(), Failure> {
    let demo = Demo { engine, client: Client::builder().redirect(Policy::none()).build()? };
    demo.play().await
}

struct Demo<'a> {
    engine: &'a Engine,
    client: Client,
}

impl Demo<'_> {
    async fn play(&self) -> Result<(), Failure> {
        say("\nOne referral, from link to mail\n===============================");
        let merchant = json!({"name": "Nordic Shoes", "currency": "SEK", "time_zone": "Europe/Stockholm", "locale": "sv",
            "mail_from": "hej@nordicshoes.example"});
        let made = self.call(Method::POST, "/v1/merchants", &self.engine.operator_key(), Some(&merchant)).await?;
        let key = text(&made, "api_key");
        step(
            1,
            "a merchant",
            &format!("{} {}, its API key {key} is shown this once", text(&made, "id"), text(&made, "name")),
        );

        let shop = json!({"platform": "shopify", "domain": "nordicshoes.myshopify.com", "site": "https://nordicshoes.example",
            "webhook_secret": SECRET});
        let shop = self.call(Method::POST, "/v1/shops", &key, Some(&shop)).await?;
        step(2, "its shop", &format!("{} posts its webhooks to {}", text(&shop, "id"), text(&shop, "webhook_url")));

        let program = json!({"name": "Give 10 %, get 100 kr", "shop": shop["id"], "destination": "https://nordicshoes.example/",
            "window_days": 30, "hold_days": 0,
            "qualify": {"new_customers_only": true, "minimum_order": {"amount": "300.00", "currency": "SEK"}},
            "rewards": {"friend": [{"kind": "percent", "percent": "10", "floor": null, "ceiling": null, "fulfilment": "code_at_checkout"}],
                        "advocate": [{"kind": "fixed", "value": {"amount": "100.00", "currency": "SEK"}, "fulfilment": "manual"}]}});
        let program = self.call(Method::POST, "/v1/programs", &key, Some(&program)).await?;
        step(3, "a program", &format!("{} \"{}\"", text(&program, "id"), text(&program, "name")));

        let link = json!({"program": program["id"], "advocate": {"email": "anna@example.com", "name": "Anna", "locale": "sv"}, "code": "anna10"});
        let link = self.call(Method::POST, "/v1/links", &key, Some(&link)).await?;
        step(4, "Anna's link", &text(&link, "url"));

        let location = self.click(&text(&link, "url")).await?;
        step(5, "a friend clicks", &format!("302 to {location}"));

        let order = order(&location, &text(&link, "code"), self.engine.app.now());
        self.webhook(&text(&shop, "webhook_url"), &order).await?;
        step(6, "the friend buys", &format!("signed webhook orders/paid for order {}: 200", order["id"]));
        self.engine.drain().await?;

        let why = format!("/v1/orders/{}/{}/why", text(&shop, "id"), order["id"]);
        let decision = self.call(Method::GET, &why, &key, None).await?;
        step(7, "why", &format!("{}: {}", text(&decision, "outcome"), text(&decision, "sentence")));

        let rewards = self
            .call(Method::GET, &format!("/v1/rewards?referral={}", text(&decision, "referral")), &key, None)
            .await?;
        step(
            8,
            "rewards",
            &lines(&rewards["data"], |reward| {
                format!(
                    "{} {} {} {}",
                    text(reward, "side"),
                    text(&reward["value"], "amount"),
                    text(&reward["value"], "currency"),
                    text(reward, "state")
                )
            }),
        );
        let ledger = format!("/v1/advocates/{}/ledger", text(&link, "advocate"));
        let books = self.call(Method::GET, &ledger, &key, None).await?;
        step(
            9,
            "the ledger",
            &lines(&books["data"], |entry| {
                let moved =
                    lines(&entry["lines"], |line| format!("{} {}", text(line, "account"), text(line, "amount")));
                format!("{}: {moved} {}", text(entry, "cause"), text(entry, "unit"))
            }),
        );
        let mails = self.engine.inbox.mails();
        step(
            10,
            "mails",
            &lines(&json!(mails), |mail| format!("\"{}\" to {}", text(mail, "subject"), text(mail, "to"))),
        );

        let url = &self.engine.url;
        say(format_args!("\nLook at\n  {url}/inbox"));
        say(format_args!("  curl -H 'Authorization: Bearer {key}' {url}{why}"));
        say(format_args!("  curl -H 'Authorization: Bearer {key}' {url}{ledger}"));
        self.engine.remember_demo(json!({"api_key": key, "why": why, "ledger": ledger}));
        Ok(())
    }

    async fn call(&self, method: Method, path: &str, key: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let request = self.client.request(method, format!("{}{path}", self.engine.url)).bearer_auth(key);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        if status.is_success() { Ok(body) } else { Err(format!("{path} answered {status}: {body}").into()) }
    }

    async fn click(&self, url: &str) -> Result<String, Failure> {
        let browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        let answer = self.client.get(url).header("user-agent", browser).send().await?;
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        location.map(str::to_owned).ok_or_else(|| format!("the click was answered {}", answer.status()).into())
    }

    async fn webhook(&self, url: &str, order: &Value) -> Result<(), Failure> {
        let body = serde_json::to_vec(order)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
        mac.update(&body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let request =
            self.client.post(url).header("x-shopify-topic", "orders/paid").header("x-shopify-hmac-sha256", signature);
        let answer = request.header("x-shopify-shop-domain", "nordicshoes.myshopify.com").body(body).send().await?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("the webhook was answered {}", answer.status()).into())
        }
    }
}

/// What Shopify would post: the click token came along in the landing URL, and the code took a tenth off.
fn order(landing: &str, code: &str, now: Timestamp) -> Value {
    // A moment after the click, in whole seconds as Shopify has them.
    let now = now.checked_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let now = format!("{now:.0}");
    json!({
        "id": 5_678_901_234_567_u64, "name": "#1001", "created_at": now, "updated_at": now, "currency": "SEK",
        "subtotal_price": "500.00", "total_price": "625.00", "taxes_included": false, "financial_status": "paid",
        "email": "bo@example.com", "customer": {"id": 7001, "first_name": "Bo"}, "customer_locale": "sv", "test": false,
        "landing_site": landing,
        "discount_codes": [{"code": code, "amount": "50.00", "type": "percentage"}],
        "line_items": [{"price": "550.00", "quantity": 1, "gift_card": false, "discount_allocations": [{"amount": "50.00"}], "tax_lines": [{"price": "125.00"}]}],
    })
}

fn step(number: u32, what: &str, answer: &str) {
    say(format_args!("{number:>3}. {what}: {answer}"));
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn lines(list: &Value, line: impl Fn(&Value) -> String) -> String {
    let mut joined = String::new();
    for (index, item) in list.as_array().into_iter().flatten().enumerate() {
        // Writing to a String does not fail.
        let _ = write!(joined, "{}{}", if index == 0 { "" } else { ", " }, line(item));
    }
    joined
}
