//! A shop on Shopify: makes orders and refunds and posts them, signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sha2::Sha256;

/// Bytes as API Gateway hands on what is no text.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The header value that proves a body came from who knows the secret.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A connected shop.
#[derive(Clone)]
pub struct TestShop {
    pub client: Client,
    pub id: String,
    pub webhook_url: String,
    pub secret: String,
    pub site: String,
}

impl TestShop {
    /// Posts a signed webhook and answers the status.
    pub async fn post(&self, topic: &str, body: &Value) -> u16 {
        let body = body.to_string().into_bytes();
        let signature = sign(&self.secret, &body);
        self.post_signed(topic, body, &signature).await
    }

    /// Posts a body with this signature and answers the status.
    pub async fn post_signed(&self, topic: &str, body: Vec<u8>, signature: &str) -> u16 {
        self.send_signed(topic, body, signature).await.status().as_u16()
    }

    /// Posts a body with this signature and hands the response over.
    pub async fn send_signed(&self, topic: &str, body: Vec<u8>, signature: &str) -> Response {
        let domain = self.domain();
        self.send_with(&[("x-shopify-topic", topic), ("x-shopify-shop-domain", &domain)], body, signature).await
    }

    /// Posts a body with these headers and this signature and hands the response over.
    pub async fn send_with(&self, headers: &[(&str, &str)], body: Vec<u8>, signature: &str) -> Response {
        let request = self.client.post(&self.webhook_url).header("x-shopify-hmac-sha256", signature);
        let request = request.header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(body).send().await.expect("an answer")
    }

    /// What Shopify calls it.
    pub fn domain(&self) -> String {
        let name = self.site.trim_start_matches("https://").trim_end_matches(".example");
        format!("{name}.myshopify.com")
    }
}

/// An order of 500.00 SEK by Bo, as Shopify describes it; change what a story is about.
#[derive(Clone)]
pub struct TestOrder(pub Value);

impl TestOrder {
    /// Order `id`, placed and paid at this time.
    pub fn paid(id: &str, at: Timestamp) -> Self {
        let at = format!("{at:.0}");
        Self(json!({
            "id": id.parse::<u64>().expect("a number"), "name": format!("#{id}"), "created_at": at, "updated_at": at, "currency": "SEK",
            "subtotal_price": "500.00", "total_price": "625.00", "taxes_included": false, "financial_status": "paid",
            "fulfillment_status": null, "email": "bo@example.com", "customer": {"id": 7001, "first_name": "Bo"},
            "customer_locale": "sv", "test": false, "landing_site": null, "note_attributes": [], "discount_codes": [], "refunds": [],
            "line_items": [{"price": "500.00", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": [{"price": "125.00"}]}],
        }))
    }

    /// With a coupon code used at checkout.
    #[must_use]
    pub fn coupon(mut self, code: &str) -> Self {
        self.0["discount_codes"] = json!([{"code": code, "amount": "50.00", "type": "percentage"}]);
        self
    }

    /// With the click token in the cart's attributes.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.0["note_attributes"] = json!([{"name": "ref_click", "value": token}]);
        self
    }

    /// Landed by this URL.
    #[must_use]
    pub fn landing(mut self, url: &str) -> Self {
        self.0["landing_site"] = json!(url);
        self
    }

    /// With all that a checkout tells of goods and buyer: boots, socks, laces, phone, address, browser.
    #[must_use]
    pub fn in_full(self) -> Self {
        let line = |id: u64, sku: &str, price: &str| {
            json!({"id": 14_477_911_097_481_u64 + id, "sku": sku, "product_id": 8_310_055_469_193_u64 + id, "price": price,
                "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []})
        };
        let address = json!({"address1": "Storgatan 1", "zip": "111 22", "city": "Stockholm", "country_code": "SE",
            "phone": "070-123 45 67"});
        self.with(json!({
            "line_items": [line(1, "BOOT-42", "400.00"), line(2, "SOCK-M", "80.00"), line(3, "LACE", "20.00")],
            "shipping_address": address, "billing_address": address, "phone": "+46701234567",
            "client_details": {"browser_ip": "203.0.113.7", "user_agent": crate::BROWSER},
        }))
    }

    /// With other fields.
    #[must_use]
    pub fn with(mut self, fields: Value) -> Self {
        for (name, value) in fields.as_object().expect("an object") {
            self.0[name] = value.clone();
        }
        self
    }

    /// The same order, described again at a later time with other fields.
    #[must_use]
    pub fn later(self, at: Timestamp, fields: Value) -> Self {
        self.with(json!({"updated_at": format!("{at:.0}")})).with(fields)
    }

    /// A refund of one of the lines of [`TestOrder::in_full`] (0 is the first), said line by line.
    pub fn refund_of_line(&self, id: u64, line: usize, subtotal: &str, at: Timestamp) -> Value {
        let mut refund = self.refund(id, subtotal, at);
        refund["refund_line_items"][0]["line_item_id"] = self.0["line_items"][line]["id"].clone();
        refund
    }

    /// A refund of part of the line, as the topic `refunds/create` has it.
    pub fn refund(&self, id: u64, subtotal: &str, at: Timestamp) -> Value {
        let at = format!("{at:.0}");
        json!({
            "id": id, "order_id": self.0["id"], "created_at": at, "processed_at": at, "order_adjustments": [],
            "refund_line_items": [{"quantity": 1, "subtotal": subtotal.parse::<f64>().expect("a number"), "total_tax": 0.0,
                "subtotal_set": {"shop_money": {"amount": subtotal, "currency_code": "SEK"}}, "line_item": {"gift_card": false}}],
            "transactions": [{"kind": "refund", "status": "success", "amount": subtotal, "currency": "SEK"}],
        })
    }
}
