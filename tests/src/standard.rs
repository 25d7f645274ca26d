//! A sender of webhooks by Standard Webhooks 1.0, with none of the engine's code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{TestMerchant, TestShop, text};

/// The signature of version 1 over `id.timestamp.body`.
pub fn sign_standard(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A shop whose webhooks are signed so.
#[derive(Clone)]
pub struct Sender {
    pub merchant: TestMerchant,
    pub client: Client,
    pub webhook_url: String,
    pub key: Vec<u8>,
}

impl Sender {
    /// Connects a shop of this merchant with these fields. Calls of the answer's merchant are about that shop.
    pub async fn connect(merchant: &TestMerchant, fields: Value, key: &[u8]) -> Self {
        let mut body = json!({"domain": "shop.example", "site": "https://shop.example"});
        for (name, value) in fields.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let made = merchant.call(201, Method::POST, "/v1/shops", body).await;
        let shop = TestShop {
            id: text(&made, "id"),
            webhook_url: text(&made, "webhook_url"),
            site: text(&made, "site"),
            ..merchant.shop.clone()
        };
        let merchant = TestMerchant { shop, ..merchant.clone() };
        let client = merchant.app.client.clone();
        Self { merchant, client, webhook_url: text(&made, "webhook_url"), key: key.to_vec() }
    }

    /// A request with this body, not signed.
    pub fn request(&self, body: &[u8]) -> RequestBuilder {
        self.client.post(&self.webhook_url).header("content-type", "application/json").body(body.to_vec())
    }

    /// A request with this body, signed as of this time.
    pub fn signed(&self, id: &str, at: Timestamp, body: &[u8]) -> RequestBuilder {
        let at = at.as_second().to_string();
        let signature = sign_standard(&self.key, id, &at, body);
        let request = self.request(body).header("webhook-id", id).header("webhook-timestamp", at);
        request.header("webhook-signature", signature)
    }

    /// Sends a body signed now, and answers the status and what was said.
    pub async fn send(&self, body: &Value) -> (u16, Value) {
        let body = body.to_string().into_bytes();
        let answer = self.signed("msg_1", self.merchant.app.at(0), &body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("a JSON body"))
    }

    /// The same, for when only the status matters.
    pub async fn post(&self, body: &Value) -> u16 {
        self.send(body).await.0
    }
}
