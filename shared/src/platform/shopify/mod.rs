//! Shopify's webhooks. Facts about them, with sources: Shopify signs only the raw body, so the topic header decides which
//! kind of body to read and nothing else; whether an order is paid is read from the body. The body is the REST
//! serialisation; amounts are in shop currency; any field may be null. Deliveries repeat under one `Webhook-Id`, and all
//! that one action caused share an `Event-Id`: neither is needed to tell a repeat, since a fact told twice is one fact.

mod amounts;
#[cfg(feature = "outbound")]
pub(super) mod api;
mod body;
#[cfg(feature = "outbound")]
mod bulk;
#[cfg(feature = "outbound")]
pub(super) mod codes;
mod customers;
#[cfg(feature = "outbound")]
mod graphql;
mod later;
#[cfg(feature = "outbound")]
pub(super) mod permissions;
mod person;
mod tenant;

use jiff::{SignedDuration, Timestamp};

use self::amounts::{coupons, lines, net, refund_facts, shop_currency};
use self::body::{OrderBody, RefundBody, ShopRedactBody, UninstalledBody};
use self::person::is_draft;
use super::buyer::buyer;
use super::token::{TOKEN, landing_token, token};
use super::{Asked, Context, Headers, Received, Said, is_signed};
use crate::domain::order::{Evidence, Facts, MAX_CODES, OrderEvent, OrderRef, Pieces, PlatformId, Snapshot};
use crate::http::{ApiError, Fault, parse_webhook};
use crate::store::Shop;

/// The version of the Admin API that is asked for; webhooks are best subscribed to in the same one. Each quarter has a new
/// one and Shopify supports it for 12 months: raise this by July 2027, after reading the release notes in between.
pub const API_VERSION: &str = "2026-10";

/// No checkout takes so long.
const IMPORTED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What the headers of each family begin with: next-generation events, and classic webhooks. A request may have both; it is
/// of the first one whose signature verifies, and nothing is read from the other.
const FAMILIES: [&str; 2] = ["shopify-", "x-shopify-"];

/// Judges a request to the address of a shop. Only the body is signed, and with one secret for all shops of an app; so
/// that what was sent to one shop can't be told of another, the header must name this one, and so must the body where it
/// names any.
pub(super) fn receive(
    shop: &Shop,
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[String],
) -> Result<Received, ApiError> {
    let of = |family: &str, name: &str| headers.one(&format!("{family}{name}"));
    let secrets: Vec<_> = secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect();
    let is_valid = |signature: &str| is_signed(signature, &[body], &secrets);
    let family = FAMILIES.into_iter().find(|family| of(family, "hmac-sha256").is_some_and(is_valid));
    let family = family.ok_or_else(ApiError::wrong_signature)?;
    let Some(domain) = of(family, "shop-domain") else {
        return Err(ApiError::bad_request(format!(
            "the header {family}shop-domain is missing: it must name this shop"
        )));
    };
    if !domain.eq_ignore_ascii_case(&shop.domain) || !tenant::may_be_of(shop, body) {
        return Err(ApiError::not_found("shop"));
    }
    Ok(Received::Message {
        topic: of(family, "topic").unwrap_or_default().to_owned(),
        triggered_at: of(family, "triggered-at").and_then(|at| at.parse().ok()),
    })
}

/// Reads a webhook.
pub(super) fn parse(topic: &str, body: &[u8], context: Context<'_>) -> Result<Said, ApiError> {
    Ok(match topic {
        "orders/create"
        | "orders/paid"
        | "orders/updated"
        | "orders/fulfilled"
        | "orders/partially_fulfilled"
        | "orders/cancelled" => order_event(parse_webhook(body)?, context).into(),
        "orders/edited" => later::edited(parse_webhook(body)?),
        "orders/delete" => later::deleted(parse_webhook(body)?, context).into(),
        "refunds/create" => refund_event(&parse_webhook(body)?, context)?.into(),
        "fulfillments/create" | "fulfillments/update" => said(later::shipped(parse_webhook(body)?, context)),
        "fulfillment_events/create" => said(later::delivered(parse_webhook(body)?, context)),
        "disputes/create" | "disputes/update" => said(later::disputed(parse_webhook(body)?, context)),
        "customers/merge" => customers::merged(parse_webhook(body)?),
        "customers/data_request" => customers::asked_for(parse_webhook(body)?),
        "customers/redact" => customers::redacted(parse_webhook(body)?),
        "shop/redact" => parse_webhook::<ShopRedactBody>(body).map(|_| Said::Privacy(Asked::EraseShop))?,
        "app/uninstalled" => parse_webhook::<UninstalledBody>(body).map(|_| Said::Uninstalled)?,
        _ => Said::Nothing,
    })
}

fn said(event: Option<OrderEvent>) -> Said {
    event.map_or(Said::Nothing, Said::from)
}

fn order_event(order: OrderBody, context: Context<'_>) -> OrderEvent {
    let currency = order.currency;
    let updated_at = order.updated_at.unwrap_or(order.created_at);
    // "Paid" may be followed by refunds; "authorized" and "pending" are not money yet, "voided" never was.
    let is_paid = matches!(order.financial_status.as_deref(), Some("paid" | "partially_refunded" | "refunded"));
    // A void ends an authorization: no money came, and none will. That is so even where one was taken for paid before.
    let voided_at = (order.financial_status.as_deref() == Some("voided")).then_some(updated_at);
    let is_fulfilled = order.fulfillment_status.as_deref() == Some("fulfilled");
    let net = net(&order);
    let snapshot = Snapshot {
        updated_at,
        cancelled_at: order.cancelled_at.or(voided_at),
        placed_at: order.processed_at.filter(|_| is_imported(&order)).unwrap_or(order.created_at),
        currency,
        net,
        // Lines added by an edit are in the net, but not in the total of the day.
        total: order.total_price.minor_or_zero(currency).max(net),
        tax_included: order.taxes_included,
        test: order.test,
        lines: lines(&order),
        coupons: coupons(&order),
        country: person::country(&order),
        market: None,
        cut_from: None,
        frees_codes: false,
        // An order is made when its checkout is done.
        open_hours: 0,
        silent: false,
    };
    let refunds = order.refunds.iter().map(|refund| (refund.id.clone(), refund_facts(refund, currency, updated_at)));
    let contact = person::contact(&order);
    let customer_id = order.customer.as_ref().and_then(|customer| customer.id.as_ref()).map(PlatformId::as_str);
    let account = customer_id.and_then(|id| id.parse().ok());
    let has_no_evidence = is_imported(&order) || is_renewal(&order);
    let facts = Facts {
        snapshot: Some(snapshot),
        evidence: if has_no_evidence { Pieces::default() } else { Pieces::listed(updated_at, evidence(&order)) },
        refunds: refunds.collect(),
        paid_at: is_paid.then_some(updated_at),
        fulfilled_at: is_fulfilled.then_some(updated_at),
        ..buyer(context, customer_id, contact.as_ref(), &person::told(&order), updated_at)
    };
    let facts = facts.described(true);
    OrderEvent { order: OrderRef { shop: context.shop, id: order.id }, facts, contact, customer_id: account }
}

/// An order that a subscription made by itself, with whatever discount the first order had: a friend came once. The first
/// order goes through the checkout and is `web`, so it counts. (A merchant who wants to reward a renewal can claim it by
/// hand.)
fn is_renewal(order: &OrderBody) -> bool {
    matches!(order.source_name.as_deref(), Some("subscription_contract" | "subscription_contract_checkout_one"))
}

/// An order that was made elsewhere and brought in later: it happened when it was processed, and nobody came by a link of
/// ours.
fn is_imported(order: &OrderBody) -> bool {
    order.processed_at.is_some_and(|at| order.created_at.duration_since(at) > IMPORTED_AFTER)
}

fn evidence(order: &OrderBody) -> impl Iterator<Item = Evidence> {
    let codes = order.discount_codes.iter().take(MAX_CODES).filter_map(|discount| discount.code.as_deref());
    let codes = codes.filter(|code| !is_draft(order) || is_discount_of_the_shop(order, code));
    let codes = codes.filter_map(|code| code.parse().ok());
    let attributes = order
        .note_attributes
        .iter()
        .filter(|attribute| attribute.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(TOKEN)));
    let clicks = attributes.filter_map(|attribute| attribute.value.as_str()).filter_map(token).take(1);
    let landing = order.landing_site.as_deref().and_then(landing_token);
    codes.map(Evidence::Coupon).chain(clicks.map(Evidence::Click)).chain(landing.map(Evidence::Landing))
}

/// On a draft order staff may name a discount as they like; a real code is applied as one.
fn is_discount_of_the_shop(order: &OrderBody, code: &str) -> bool {
    order.discount_applications.iter().any(|applied| {
        let is_this = applied.code.as_deref().is_some_and(|known| known.trim().eq_ignore_ascii_case(code.trim()));
        applied.kind.as_deref() == Some("discount_code") && is_this
    })
}

fn refund_event(refund: &RefundBody, context: Context<'_>) -> Result<OrderEvent, ApiError> {
    let missing = || ApiError::malformed(Fault::new("/order_id", "missing field"));
    let order = refund.order_id.clone().ok_or_else(missing)?;
    // Shopify's own samples have no times; any message that has one knows better.
    let as_of = refund.created_at.max(refund.processed_at).unwrap_or(Timestamp::UNIX_EPOCH);
    let currency = shop_currency(refund).unwrap_or(context.currency);
    let facts = refund_facts(refund, currency, as_of);
    Ok(OrderEvent {
        order: OrderRef { shop: context.shop, id: order },
        facts: Facts { refunds: [(refund.id.clone(), facts)].into(), ..Facts::default() },
        contact: None,
        customer_id: None,
    })
}

#[cfg(test)]
mod tests;
