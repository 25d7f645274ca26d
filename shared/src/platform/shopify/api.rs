//! Reads orders over the REST Admin API, whose orders are those of the webhooks, refunds and all. A shop's bucket holds
//! 40 calls and loses two a second; the header that says so is heeded, so that the shop's other apps get through.

use std::time::Duration;

use aws_smithy_runtime_api::http::Headers;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::super::api::{ApiFailure, Caller, OrdersPage, Wanted, readable};
use super::super::{Context, Portion};
use super::body::OrderBody;
use super::{API_VERSION, order_event};
use crate::domain::order::{OrderEvent, PlatformId};

/// The most that a page may have.
const PAGE: usize = 250;
/// So many calls are left to others.
const SPARE: u32 = 4;
/// What the bucket loses in this time is enough for the next call and a few of others.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct OneOrder {
    order: OrderBody,
}

#[derive(Deserialize)]
struct Orders {
    orders: Vec<Value>,
}

/// Where the API has this.
pub(super) fn path(resource: &str) -> String {
    format!("/admin/api/{API_VERSION}/{resource}.json")
}

pub(in super::super) async fn order(
    caller: &Caller,
    id: &PlatformId,
    context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiFailure> {
    let answer = caller.get::<OneOrder>(&path(&format!("orders/{id}")), &[]).await;
    match answer {
        // No pause here: a webhook may be waiting for this, and Shopify does so for five seconds.
        Ok(answer) => Ok(Some(order_event(answer.body.order, context))),
        Err(ApiFailure::Missing) => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub(in super::super) async fn orders(
    caller: &Caller,
    wanted: Wanted,
    cursor: Option<&str>,
    portion: Portion,
    context: Context<'_>,
) -> Result<OrdersPage, ApiFailure> {
    let limit = portion.of(PAGE).to_string();
    let (bound, at, order) = match wanted {
        Wanted::ChangedSince(at) => ("updated_at_min", at.to_string(), "updated_at asc"),
        Wanted::PlacedBefore(at) => ("created_at_max", at.to_string(), "created_at asc"),
    };
    let first = [("status", "any"), ("limit", limit.as_str()), (bound, at.as_str()), ("order", order)];
    // A later page takes no other conditions: they are in its cursor.
    let later = cursor.map(|cursor| [("limit", limit.as_str()), ("page_info", cursor)]);
    let query = later.as_ref().map_or(&first[..], |later| &later[..]);
    let answer = caller.get::<Orders>(&path("orders"), query).await?;
    pace(&answer.headers).await;
    let orders = answer.body.orders.into_iter().filter_map(|order| readable(order, context));
    let events = orders.map(|order| order_event(order, context)).collect();
    Ok(OrdersPage { events, next: answer.headers.get("link").and_then(next_page) })
}

/// Where the next page begins: `page_info` of the link that is called `next` (RFC 8288).
fn next_page(link: &str) -> Option<String> {
    let next = link.split(',').find(|one| one.split(';').skip(1).any(|part| part.trim() == "rel=\"next\""))?;
    let url = next.split(';').next()?.trim().strip_prefix('<')?.strip_suffix('>')?;
    let url = Url::parse(url).ok()?;
    url.query_pairs().find(|(name, _)| name == "page_info").map(|(_, value)| value.into_owned())
}

/// Waits where the bucket is nearly full.
async fn pace(headers: &Headers) {
    if headers.get("x-shopify-shop-api-call-limit").is_some_and(is_nearly_full) {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Of `39/40`.
fn is_nearly_full(limit: &str) -> bool {
    let numbers =
        limit.split_once('/').and_then(|(used, most)| Some((used.trim().parse().ok()?, most.trim().parse().ok()?)));
    numbers.is_some_and(|(used, most): (u32, u32)| used.saturating_add(SPARE) > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_is_called_so() {
        let page = |rel: &str, info: &str| {
            format!("<https://a.myshopify.com{}?limit=250&page_info={info}>; rel=\"{rel}\"", path("orders"))
        };
        assert_eq!(next_page(&page("next", "abc")).as_deref(), Some("abc"));
        let both = format!("{}, {}", page("previous", "first"), page("next", "x%3D%3D"));
        assert_eq!(next_page(&both).as_deref(), Some("x=="));
        for last in [page("previous", "abc").as_str(), "", "<>; rel=\"next\"", "nonsense; rel=\"next\""] {
            assert_eq!(next_page(last), None, "{last}");
        }
    }

    #[test]
    fn only_a_nearly_full_bucket_makes_us_wait() {
        for (limit, full) in [("1/40", false), ("36/40", false), ("37/40", true), ("40/40", true), ("390/400", false)] {
            assert_eq!(is_nearly_full(limit), full, "{limit}");
        }
        assert!(!is_nearly_full("nonsense") && !is_nearly_full(""));
    }
}
