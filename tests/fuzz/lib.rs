//! What all fuzz targets have in common: a shop, and what must hold of whatever is read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_http::http::{HeaderMap, HeaderValue};
use serde_json::json;
use shared::crypto::Keys;
use shared::domain::money::Money;
use shared::domain::platform::Platform;
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

/// Reads a message: the first line is the topic. Nothing panics, and no order is worth less than nothing. Answers whether
/// it says anything.
pub fn read(platform: Platform, data: &[u8]) -> bool {
    let keys = Keys::new(BTreeMap::from([(1, "k".repeat(40))]), &"p".repeat(40)).expect("keys are long enough");
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let topic = String::from_utf8_lossy(&data[..at]);
    let body = data.get(at + 1..).unwrap_or_default();
    let shop = shop(platform);
    // Orders may not be of the future, and seeds are of 2026.
    let now = Timestamp::from_second(1_800_000_000).expect("in range");
    let said = parse(platform, &topic, body, Context::of(&shop, &keys, now));
    let says_something = said.as_ref().is_ok_and(|said| *said != Said::Nothing);
    if let Ok(Said::Order(event)) = said {
        let facts = event.facts;
        let net = facts.net().map_or(0, Money::minor);
        let refunded = facts.refunded().map_or(0, Money::minor);
        assert!(net >= 0 && refunded >= 0, "{net} {refunded}");
        let stored = serde_json::to_string(&facts).expect("facts serialize");
        assert_eq!(serde_json::from_str::<shared::domain::order::Facts>(&stored).expect("facts read back"), facts);
    }
    says_something
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
