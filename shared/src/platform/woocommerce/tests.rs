//! The adapter on bodies of our own making: what may be missing, what must count, what is refused and where.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;
use ulid::Ulid;

use super::body::{OrderBody, RefundBody};
use super::*;
use crate::crypto::Keys;
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::order::Snapshot;

mod money;
mod oddities;
mod reading;
mod receiving;

fn keys() -> Keys {
    Keys::new(BTreeMap::from([(1, "k".repeat(40))]), &"p".repeat(40)).expect("keys are long enough")
}

fn ulid(n: u128) -> Ulid {
    Ulid::from_parts(1_790_000_000_000, n)
}

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn shop() -> Shop {
    let shop = json!({"id": ShopId::new(ulid(2)), "merchant": MerchantId::new(ulid(1)), "platform": "woocommerce",
        "domain": "nordicshoes.example", "site": "https://www.nordicshoes.example/shop", "currency": "SEK", "secrets": null,
        "created_at": "2026-01-01T00:00:00Z", "version": 1});
    serde_json::from_value(shop).expect("a shop")
}

/// When bodies came in, if a test does not say.
const RECEIVED: &str = "2026-03-05T10:00:00Z";

fn context(keys: &Keys, received_at: Timestamp) -> Context<'_> {
    Context::of(&shop(), keys, received_at)
}

fn read(topic: &str, body: &[u8]) -> Result<Said, ApiError> {
    parse(topic, body, context(&keys(), at(RECEIVED)))
}

/// What an order's webhook says.
fn event(body: &Value) -> OrderEvent {
    match read("order.updated", body.to_string().as_bytes()) {
        Ok(Said::Order(event)) => *event,
        other => panic!("{other:?}: {body}"),
    }
}

/// What the API says of an order and its refunds.
fn event_in_full(body: &Value, refunds: &[Value], received_at: Timestamp) -> OrderEvent {
    let body: OrderBody = serde_json::from_value(body.clone()).expect("an order");
    let refunds: Vec<RefundBody> =
        refunds.iter().map(|refund| serde_json::from_value(refund.clone()).expect("a refund")).collect();
    facts::event(&body, &refunds, None, context(&keys(), received_at)).expect("an order")
}

/// A paid order of two pairs of boots for 1,000.00, 25 % tax on top and 50.00 of shipping: 1,312.50 in all.
fn order(change: Value) -> Value {
    let address = json!({"first_name": "Bo", "last_name": "Ek", "company": "", "address_1": "Storgatan 1", "address_2": "",
        "city": "Stockholm", "state": "", "postcode": "111 22", "country": "SE", "email": "bo@example.com", "phone": "070-123 45 67"});
    let mut order = json!({
        "id": 1001, "parent_id": 0, "status": "processing", "currency": "SEK", "version": "9.9.0", "prices_include_tax": true,
        "date_created": "2026-03-01T11:00:00", "date_created_gmt": "2026-03-01T10:00:00",
        "date_modified": "2026-03-01T11:00:05", "date_modified_gmt": "2026-03-01T10:00:05",
        "date_paid": "2026-03-01T11:00:04", "date_paid_gmt": "2026-03-01T10:00:04", "date_completed": null, "date_completed_gmt": null,
        "discount_total": "0.00", "shipping_total": "50.00", "total": "1312.50", "total_tax": "262.50", "customer_id": 7,
        "customer_ip_address": "203.0.113.7", "customer_user_agent": "Browser/1.0", "created_via": "checkout",
        "billing": address, "shipping": address, "meta_data": [], "line_items": [line(json!({}))], "coupon_lines": [],
        "fee_lines": [], "shipping_lines": [{"id": 9, "total": "50.00", "total_tax": "12.50", "taxes": []}], "refunds": [],
    });
    put(&mut order, change);
    order
}

fn line(change: Value) -> Value {
    let mut line = json!({"id": 31, "product_id": 93, "variation_id": 0, "quantity": 2, "subtotal": "1000.00", "subtotal_tax": "250.00",
        "total": "1000.00", "total_tax": "250.00", "taxes": [], "meta_data": [], "sku": "BOOT", "price": 500});
    put(&mut line, change);
    line
}

/// One of the two pairs came back: 625.00.
fn refund(change: Value) -> Value {
    let mut refund = json!({
        "id": 726, "date_created": "2026-03-02T11:00:00", "date_created_gmt": "2026-03-02T10:00:00", "amount": "625.00",
        "reason": "", "refunded_by": 1, "refunded_payment": false, "meta_data": [], "shipping_lines": [], "fee_lines": [],
        "line_items": [refunded("-500.00", "-125.00", &json!("31"))],
    });
    put(&mut refund, change);
    refund
}

fn refunded(total: &str, tax: &str, line: &Value) -> Value {
    json!({"id": 40, "quantity": -1, "total": total, "total_tax": tax, "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": line}]})
}

fn put(into: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else { panic!("not an object: {fields}") };
    for (name, value) in fields {
        into[name] = value;
    }
}

fn snapshot(change: Value) -> Snapshot {
    event(&order(change)).facts.snapshot.expect("a snapshot")
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
    let value = |value: &str| HeaderValue::from_str(value).expect("a value");
    of.iter().map(|(name, text)| (HeaderName::from_static(name), value(text))).collect()
}
