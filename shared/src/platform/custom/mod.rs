//! Any shop by signed webhook: Standard Webhooks 1.0 around the very fields of `POST /v1/orders`. Who has no adapter, or
//! does not want to give a platform's credentials away, sends these.

mod asked;
mod event;
mod helpful;
mod past;
mod spread;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;

pub use self::asked::OrderBody;
pub use self::event::event;
pub use self::past::PastOrder;
use super::{Context, Headers, Received, Said, standard};
use crate::http::{ApiError, Fault, parse_webhook};

/// What a secret of the specification begins with; base64 follows.
const PREFIX: &str = "whsec_";
/// What the types of events begin with that tell of an order.
const OF_ORDERS: &str = "order.";

/// Judges a request to the address of a shop.
pub(super) fn receive(
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[String],
    now: Timestamp,
) -> Result<Received, ApiError> {
    let keys: Vec<_> = secrets.iter().map(|secret| key(secret)).collect();
    standard::verify(headers, body, &keys, now)?;
    // A body that can't be read is refused when it is read for what it says.
    let topic = serde_json::from_slice::<Named>(body).map(|named| named.kind).unwrap_or_default();
    Ok(Received::Message { topic, triggered_at: None })
}

/// The key behind a secret: the bytes that the specification's form stands for, or the text itself.
fn key(secret: &str) -> Vec<u8> {
    secret.strip_prefix(PREFIX).and_then(decoded).unwrap_or_else(|| secret.as_bytes().to_vec())
}

/// Not every maker of secrets fills them up with `=`.
fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()
}

/// What a secret with the specification's prefix has to be; one without it is taken as text.
pub const SECRET_ALLOWED: &str = "must have at least 24 bytes in base64 after \"whsec_\"";

/// Whether a new secret may be set: one that says it is of the specification must be one (Standard Webhooks 1.0, "Signature
/// scheme"). What was set before goes on as it is.
pub fn is_secret(secret: &str) -> bool {
    secret.strip_prefix(PREFIX).is_none_or(|text| decoded(text).is_some_and(|key| key.len() >= 24))
}

/// What every event has.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
}

/// An event that tells of an order. What else is beside its data is the sender's own.
#[derive(Deserialize)]
struct OrderTold {
    data: OrderBody,
}

/// Reads a webhook. Whichever `order.` event it is: an order is told as a whole, so its state says what happened.
pub(super) fn parse(_topic: &str, body: &[u8], context: Context<'_>) -> Result<Said, ApiError> {
    let named: Named = parse_webhook(body)?;
    if !named.kind.starts_with(OF_ORDERS) {
        return Ok(Said::Nothing);
    }
    let told: OrderTold = parse_webhook(body)?;
    if told.data.shop.is_some() {
        let detail = "unknown field `shop`: the address that this came to says which shop";
        return Err(ApiError::malformed(Fault::new("/data/shop", detail)));
    }
    told.data.faults(context.received_at).finish_webhook("/data")?;
    Ok(event(told.data, context).into())
}
