//! What all fuzz targets have in common: a shop, and what must hold of whatever is read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_http::http::{HeaderMap, HeaderValue};
use serde_json::json;
use shared::crypto::Keys;
use shared::domain::money::Money;
use shared::domain::order::Facts;
use shared::domain::platform::Platform;
use shared::platform::api::read_order;
use shared::platform::{Context, Headers, Said, parse, receive};
use shared::store::Shop;
use ulid::Ulid;

/// A shop on this platform.
pub fn shop(platform: Platform) -> Shop {
    let id = |prefix: &str, n| format!("{prefix}_{}", Ulid::from_parts(1_790_000_000_000, n));
    let shop = json!({"id": id("shp", 2), "merchant": id("mer", 1), "platform": platform, "domain": "shop.example",
        "site": "https://shop.example", "currency": "SEK", "secrets": null, "created_at": "2026-01-01T00:00:00Z",
        "version": 1, "platform_id": "123"});
    serde_json::from_value(shop).expect("a shop")
}

fn keys() -> Keys {
    Keys::new(BTreeMap::from([(1, "k".repeat(40))]), &"p".repeat(40)).expect("keys are long enough")
}

/// Orders may not be of the future, and seeds are of 2026.
fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("in range")
}

/// The first line, and all that follows.
fn split(data: &[u8]) -> (String, &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    (String::from_utf8_lossy(&data[..at]).into_owned(), data.get(at + 1..).unwrap_or_default())
}

/// No order is worth less than nothing, and what is known of it survives storage.
fn holds(facts: &Facts) {
    let net = facts.net().map_or(0, Money::minor);
    let refunded = facts.refunded().map_or(0, Money::minor);
    assert!(net >= 0 && refunded >= 0, "{net} {refunded}");
    let stored = serde_json::to_string(facts).expect("facts serialize");
    assert_eq!(serde_json::from_str::<Facts>(&stored).expect("facts read back"), *facts);
}

/// Reads a message: the first line is the topic. Nothing panics. Answers whether it says anything.
pub fn read(platform: Platform, data: &[u8]) -> bool {
    let (topic, body) = split(data);
    let (keys, shop) = (keys(), shop(platform));
    let said = parse(platform, &topic, body, Context::of(&shop, &keys, now()));
    let says_something = said.as_ref().is_ok_and(|said| *said != Said::Nothing);
    if let Ok(Said::Order(event)) = said {
        holds(&event.facts);
    }
    says_something
}

/// Reads what a platform's API answers about an order: the first line is the platform. Nothing panics. Answers whether it
/// is an order.
pub fn read_answers(data: &[u8]) -> bool {
    let (platform, answers) = split(data);
    let Some(platform) = Platform::named(&platform) else { return false };
    let (keys, shop) = (keys(), shop(platform));
    let event = read_order(platform, answers, Context::of(&shop, &keys, now())).ok().flatten();
    event.inspect(|event| holds(&event.facts)).is_some()
}

/// Judges a request whose headers are lines, up to an empty one. No request verifies without knowing the secret.
pub fn judge(platform: Platform, data: &[u8]) {
    let at = data.windows(2).position(|two| two == b"\n\n").unwrap_or(data.len());
    let mut headers = HeaderMap::new();
    for line in data[..at].split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        if let (Ok(name), Ok(value)) = (lambda_http::http::HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    let body = data.get(at + 2..).unwrap_or_default();
    let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(), "another secret".to_owned()];
    let received = receive(&shop(platform), Headers::new(&headers), body, &secrets, Timestamp::UNIX_EPOCH);
    assert!(!matches!(received, Ok(shared::platform::Received::Message { .. })), "a forged request was taken");
}
