//! BigCommerce. Its webhooks are thin: they say which order changed, and what it is now has to be asked. They are signed
//! by Standard Webhooks with the bytes of the API account's client secret. Facts about them, with sources: a repeat has
//! the same hash, but so do events of other scopes, so nothing is told apart by it; retries go on for two days; a hook
//! whose domain answers less than nine of ten requests is paused.

#[cfg(feature = "outbound")]
mod amounts;
#[cfg(feature = "outbound")]
pub(super) mod api;
#[cfg(feature = "outbound")]
mod asking;
#[cfg(feature = "outbound")]
mod body;
#[cfg(feature = "outbound")]
pub(super) mod codes;
#[cfg(feature = "outbound")]
mod order;
#[cfg(feature = "outbound")]
pub(super) mod permissions;
#[cfg(feature = "outbound")]
mod person;
#[cfg(feature = "outbound")]
mod refund;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Context, Headers, Received, Said, standard, wire};
use crate::domain::order::PlatformId;
use crate::http::{ApiError, Fault, parse_webhook};
use crate::store::Shop;

/// What all bodies have.
#[derive(Deserialize)]
struct Event {
    scope: String,
    #[serde(default)]
    data: Value,
}

/// Whose message it is and when it happened, as far as the body says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "wire::if_readable")]
    scope: Option<String>,
    /// `stores/{hash}`.
    #[serde(deserialize_with = "wire::if_readable")]
    producer: Option<String>,
    #[serde(deserialize_with = "wire::if_readable")]
    created_at: Option<i64>,
}

/// Judges a request to the address of a shop. An account's secret may be that of an app in many stores, so a body that
/// names another store is not for this one.
pub(super) fn receive(
    shop: &Shop,
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[String],
    now: Timestamp,
) -> Result<Received, ApiError> {
    let keys: Vec<_> = secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect();
    standard::verify(headers, body, &keys, now)?;
    // A body that can't be read is refused when it is read for what it says.
    let named: Named = serde_json::from_slice(body).unwrap_or_default();
    let hash = named.producer.as_deref().and_then(|producer| producer.strip_prefix("stores/"));
    let (Some(known), Some(hash)) = (shop.platform_id.as_deref(), hash) else {
        return Ok(message(named));
    };
    hash.eq_ignore_ascii_case(known).then(|| message(named)).ok_or_else(|| ApiError::not_found("shop"))
}

fn message(named: Named) -> Received {
    let triggered_at = named.created_at.and_then(|second| Timestamp::from_second(second).ok());
    Received::Message { topic: named.scope.unwrap_or_default(), triggered_at }
}

/// Reads a webhook. The scope is in the body too, and there it is signed.
pub(super) fn parse(_topic: &str, body: &[u8], _context: Context<'_>) -> Result<Said, ApiError> {
    let event: Event = parse_webhook(body)?;
    let path: Vec<_> = event.scope.split('/').collect();
    // The same events exist for one storefront of several.
    let (["store", "channel", _, path @ ..] | ["store", path @ ..]) = &path[..] else { return Ok(Said::Nothing) };
    let names: &[&str] = match path {
        ["app", "uninstalled"] => return Ok(Said::Uninstalled),
        ["order", "created" | "updated" | "statusUpdated" | "archived"] | ["order", "refund", _] => &["id", "order_id"],
        ["order", "transaction", _] => &["order_id"],
        // Where a click token comes with an order.
        ["order", "metafield", "created" | "updated"] => &["resource_id"],
        ["shipment", _] | ["cart", "converted"] => &["orderId"],
        _ => return Ok(Said::Nothing),
    };
    order_in(&event.data, names).map(Said::Changed)
}

/// The id of the order that an event is about, under the first of these names that is there.
fn order_in(data: &Value, names: &[&str]) -> Result<PlatformId, ApiError> {
    let found = names.iter().find_map(|name| Some((*name, data.get(name).filter(|id| !id.is_null())?)));
    let pointer = |name: &str| format!("/data/{name}");
    let Some((name, id)) = found else {
        return Err(ApiError::malformed(Fault::new(pointer(names[0]), "missing field")));
    };
    let wrong = || ApiError::malformed(Fault::new(pointer(name), "must be an order's id").with(id));
    let id_of = |value: &Value| serde_json::from_value(value.clone()).ok().map(|wire::Id(id)| id);
    let is_number = |id: &PlatformId| id.as_str().bytes().all(|byte| byte.is_ascii_digit());
    id_of(id).filter(is_number).ok_or_else(wrong)
}
