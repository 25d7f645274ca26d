//! WooCommerce's webhooks and API. Facts about them, with sources (its class WC_Webhook and REST controllers): the body is
//! signed, headers are not. A webhook is sent once and never again, so shops with API credentials are also asked what
//! changed. The body is rendered when it is sent, not when something happened: each is a snapshot. There are no topics for
//! payments and refunds; the order says both. The header `X-WC-Webhook-Delivery-ID` is the same for all that one webhook
//! sends within a second, so nothing here depends on it: a fact told twice is one fact.

mod amounts;
#[cfg(feature = "outbound")]
pub(super) mod api;
mod body;
#[cfg(feature = "outbound")]
pub(super) mod codes;
#[cfg(feature = "outbound")]
mod coupon;
#[cfg(feature = "outbound")]
mod cursor;
mod facts;
#[cfg(feature = "outbound")]
pub(super) mod permissions;
mod person;
mod php;
mod signature;

use self::body::{DeletedBody, ErrorBody, OrderBody};
use super::{Context, Headers, Received, Said};
use crate::domain::order::{Facts, OrderEvent, OrderRef};
use crate::http::{ApiError, Fault, parse_webhook};
use crate::store::Shop;

/// Judges a request to the address of a shop.
pub(super) fn receive(
    shop: &Shop,
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[String],
) -> Result<Received, ApiError> {
    if headers.one("x-wc-webhook-signature").is_none() && is_ping(body) {
        return Ok(Received::Ping);
    }
    signature::verify(shop, headers, body, secrets)?;
    let topic = headers.one("x-wc-webhook-topic").unwrap_or_default().to_owned();
    Ok(Received::Message { topic, triggered_at: None })
}

/// What WooCommerce posts, as a form, when a webhook is saved. Anything but 200 and it says that the address is wrong.
fn is_ping(body: &[u8]) -> bool {
    let id = body.trim_ascii().strip_prefix(b"webhook_id=");
    id.is_some_and(|id| (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

/// Reads a webhook. Its body is rendered when it is sent: of an order that was deleted before that, it is WooCommerce's own
/// word that there is none, which says nothing of any order.
pub(super) fn parse(topic: &str, body: &[u8], context: Context<'_>) -> Result<Said, ApiError> {
    match told(topic, body, context) {
        Err(_) if serde_json::from_slice::<ErrorBody>(body).is_ok_and(|error| error.is_of_the_api()) => {
            Ok(Said::Nothing)
        }
        told => told,
    }
}

fn told(topic: &str, body: &[u8], context: Context<'_>) -> Result<Said, ApiError> {
    match topic {
        "order.created" | "order.updated" => order(&parse_webhook(body)?, false, context),
        "order.restored" => order(&parse_webhook(body)?, true, context),
        "order.deleted" => Ok(deleted(parse_webhook(body)?, context).into()),
        _ => Ok(Said::Nothing),
    }
}

/// An order that was restored is described anew when that is said: after it was deleted, which is dated the same way.
fn order(order: &OrderBody, is_restored: bool, context: Context<'_>) -> Result<Said, ApiError> {
    // A draft has no dates yet.
    if facts::is_draft(order) {
        return Ok(Said::Nothing);
    }
    if order.created_at().is_none() {
        return Err(ApiError::malformed(Fault::new("/date_created_gmt", "missing field")));
    }
    let event = facts::event(order, &[], is_restored.then_some(context.received_at), context);
    Ok(event.map_or(Said::Nothing, Said::from))
}

/// An order was deleted, or put in the trash: it says nothing but its id, so not when.
fn deleted(deleted: DeletedBody, context: Context<'_>) -> OrderEvent {
    let facts = Facts { deleted_at: Some(context.received_at), ..Facts::default() };
    OrderEvent { order: OrderRef { shop: context.shop, id: deleted.id }, facts, contact: None, customer_id: None }
}

#[cfg(test)]
mod tests;
