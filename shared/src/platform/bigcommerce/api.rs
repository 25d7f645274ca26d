//! Reading orders. An order is spread over several resources, which are asked for at once: a webhook waits for it.

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::Value;

use super::super::api::{ApiFailure, Caller, OrdersPage, Wanted, read, readable, skipped};
use super::super::{Context, Portion};
use super::asking::Asking;
use super::body::{Answers, OrderBody};
use super::order::{Parts, event};
use crate::domain::order::{OrderEvent, PlatformId};

/// Orders on a page.
const PAGE: usize = 50;
/// Orders that are completed at a time.
const AT_ONCE: usize = 5;

pub(in super::super) async fn order(
    caller: &Caller,
    id: &PlatformId,
    context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiFailure> {
    if !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match Asking::new(caller).whole(id).await {
        Ok(Some((order, parts))) => Ok(event(&order, &parts, context)),
        Ok(None) | Err(ApiFailure::Missing) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// As [`order`] reads it, from answers that are there already.
pub(in super::super) fn read_order(answers: &[u8], context: Context<'_>) -> Result<Option<OrderEvent>, ApiFailure> {
    #[derive(Deserialize)]
    struct Whole {
        order: Option<OrderBody>,
        #[serde(flatten)]
        parts: Answers,
    }
    let Whole { order, parts } = read(answers)?;
    Ok(order.and_then(|order| event(&order, &parts.into(), context)))
}

/// A page, or as much of it as may be asked for now. Pages are by id, so that orders which change meanwhile move no other to
/// a page that is read already.
pub(in super::super) async fn orders(
    caller: &Caller,
    wanted: Wanted,
    cursor: Option<&str>,
    portion: Portion,
    context: Context<'_>,
) -> Result<OrdersPage, ApiFailure> {
    let asking = Asking::new(caller);
    let place = Place::read(cursor);
    let (name, at) = match wanted {
        Wanted::ChangedSince(at) => ("min_date_modified", at),
        Wanted::PlacedBefore(at) => ("max_date_created", at),
    };
    let (at, limit, page) = (format!("{at:.0}"), PAGE.to_string(), place.page.to_string());
    let query = [(name, &*at), ("sort", "id:asc"), ("limit", &*limit), ("page", &*page)];
    let listed = asking.get::<Option<Vec<Value>>>("/v2/orders", &query).await?.unwrap_or_default();
    // A smaller portion is a part of the same page, so that no page begins where another one does not end.
    let until = place.done + portion.of(PAGE);
    let next = match listed.len() {
        _ if listed.len() > until => Some(Place { done: until, ..place }.write()),
        PAGE.. => Some(Place { page: place.page + 1, done: 0 }.write()),
        _ => None,
    };
    let orders = listed.into_iter().enumerate().take(until).skip(place.done);
    let orders: Vec<(usize, OrderBody)> =
        orders.filter_map(|(n, order)| Some((n, readable(order, context)?))).collect();
    if matches!(wanted, Wanted::PlacedBefore(_)) {
        // Who bought and when is all that is wanted of the past, and the list says that.
        let events = orders.iter().filter_map(|(_, order)| event(order, &Parts::default(), context));
        return Ok(OrdersPage { events: events.collect(), next });
    }
    complete(&asking, place, &orders, next, context).await
}

/// Asks for what the list does not say of its orders.
async fn complete(
    asking: &Asking<'_>,
    mut place: Place,
    orders: &[(usize, OrderBody)],
    next: Option<String>,
    context: Context<'_>,
) -> Result<OrdersPage, ApiFailure> {
    let mut events = Vec::new();
    for some in orders.chunks(AT_ONCE) {
        let pause = asking.pause_before(some.len());
        let asked = match pause {
            Some(wait) => vec![Err(ApiFailure::Throttled(Some(wait)))],
            None => join_all(some.iter().map(|(_, order)| asking.parts(&order.id))).await,
        };
        for (parts, (n, order)) in asked.into_iter().zip(some) {
            match parts {
                Ok(parts) => events.extend(event(order, &parts, context)),
                Err(ApiFailure::Nonsense(wrong)) => skipped(context.shop, &order.id.as_str().into(), &wrong),
                // What is done stays done; the next step goes on with this one.
                Err(_) if !events.is_empty() => return Ok(OrdersPage { events, next: Some(place.write()) }),
                Err(failure) => return Err(failure),
            }
            place.done = n + 1;
        }
    }
    Ok(OrdersPage { events, next })
}

/// How far a round has come: the page, and how many of its orders are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) page: u32,
    pub(super) done: usize,
}

impl Place {
    pub(super) fn read(cursor: Option<&str>) -> Self {
        let (page, done) = cursor.and_then(|cursor| cursor.split_once('.')).unwrap_or_default();
        Self { page: page.parse().unwrap_or(1), done: done.parse().unwrap_or(0) }
    }

    pub(super) fn write(self) -> String {
        format!("{}.{}", self.page, self.done)
    }
}
