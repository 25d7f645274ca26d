//! Reading orders, and their refunds in full, which no webhook tells.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::super::api::{ApiFailure, Caller, Json, Looked, OrdersPage, Wanted, read, readable, skipped};
use super::super::{Context, Portion, wire};
use super::body::{OrderBody, RefundBody};
use super::cursor::Cursor;
use super::facts;
use crate::domain::order::{OrderEvent, PlatformId};

pub(super) const ORDERS: &str = "/wp-json/wc/v3/orders";
/// The most that WooCommerce gives.
const PER_PAGE: usize = 100;
/// Where each order may need a call for its refunds too. Shops that are slow all the same are asked for smaller pages.
const PER_PAGE_WITH_REFUNDS: usize = 25;
/// More refunds than an order has.
const MOST_PAGES: usize = 10;
/// Calls at a time. WooCommerce has no rate limit; the host that it shares with others does.
const AT_A_TIME: usize = 2;

pub(in super::super) async fn order(
    caller: &Caller,
    id: &PlatformId,
    context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiFailure> {
    if !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let order = match caller.get::<OrderBody>(&format!("{ORDERS}/{id}"), &[]).await {
        Err(ApiFailure::Missing) => return Ok(None),
        order => order?.body,
    };
    let refunds = refunds(caller, &order).await?;
    Ok(facts::event(&order, &refunds, None, context))
}

/// As [`order`] reads it, from answers that are there already.
pub(in super::super) fn read_order(answers: &[u8], context: Context<'_>) -> Result<Option<OrderEvent>, ApiFailure> {
    #[derive(Deserialize)]
    struct Whole {
        order: OrderBody,
        #[serde(default)]
        refunds: Vec<RefundBody>,
    }
    let Whole { order, refunds } = read(answers)?;
    Ok(facts::event(&order, &refunds, None, context))
}

pub(in super::super) async fn orders(
    caller: &Caller,
    wanted: Wanted,
    cursor: Option<&str>,
    portion: Portion,
    context: Context<'_>,
) -> Result<OrdersPage, ApiFailure> {
    let with_refunds = matches!(wanted, Wanted::ChangedSince(_));
    let per_page = portion.of(if with_refunds { PER_PAGE_WITH_REFUNDS } else { PER_PAGE });
    let at = cursor.and_then(Cursor::read).unwrap_or_else(|| Cursor::first(wanted));
    let page = at.page(per_page);
    let (per_page_text, page_text) = (per_page.to_string(), page.to_string());
    let times = at.times(wanted);
    let mut query = vec![("status", at.status()), ("per_page", &per_page_text), ("page", &page_text), ("order", "asc")];
    query.extend([("dates_are_gmt", "true"), ("orderby", if with_refunds { "modified" } else { "date" })]);
    query.extend(times.iter().map(|(name, time)| (*name, time.as_str())));
    let Json { headers, body } = caller.get::<Vec<Value>>(ORDERS, &query).await?;

    let pages = headers.get("x-wp-totalpages").and_then(|pages| pages.trim().parse::<usize>().ok());
    // Who takes the header away gives at least full pages.
    let is_last = body.is_empty() || pages.map_or(body.len() < per_page, |pages| pages <= page);
    let rows: Vec<OrderBody> = body.into_iter().filter_map(|row| readable(row, context)).collect();
    let last = rows.iter().rev().find_map(|row| time_of(row, wanted));
    let next = if is_last { at.after_the_last(wanted) } else { Some(at.after(last, page * per_page, wanted)) };
    let mut events = Vec::with_capacity(rows.len());
    for some in rows.chunks(AT_A_TIME) {
        let told = some.iter().map(|order| told(caller, order, with_refunds, context));
        events.extend(try_join_all(told).await?.into_iter().flatten());
    }
    Ok(OrdersPage { events, next: next.map(|at| at.to_string()) })
}

/// An order of a list, with its refunds. Where the shop can't tell these of one order, that must not keep all others from
/// being read: its refunds stay unknown, and the order waits for them.
async fn told(
    caller: &Caller,
    order: &OrderBody,
    with_refunds: bool,
    context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiFailure> {
    let refunds = match if with_refunds { refunds(caller, order).await } else { Ok(Vec::new()) } {
        Ok(refunds) => refunds,
        // Nothing is wrong with this one order: all of it is asked again, later.
        Err(failure @ (ApiFailure::Throttled(_) | ApiFailure::TimedOut | ApiFailure::NoAccess)) => return Err(failure),
        Err(failure) => {
            skipped(context.shop, &order.id.as_str().into(), &format!("refunds: {failure}"));
            Vec::new()
        }
    };
    Ok(facts::event(order, &refunds, None, context))
}

/// These orders as they are now (at most 100), and which of them there are no more: the list does not have them, and neither
/// are they there when they are asked for alone. What is in the trash is there.
pub(in super::super) async fn look(
    caller: &Caller,
    ids: &[PlatformId],
    context: Context<'_>,
) -> Result<Looked, ApiFailure> {
    let is_number = |id: &&PlatformId| id.as_str().bytes().all(|byte| byte.is_ascii_digit());
    let ids: Vec<&PlatformId> = ids.iter().filter(is_number).collect();
    if ids.is_empty() {
        return Ok(Looked::default());
    }
    let include = ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(",");
    let per_page = PER_PAGE.to_string();
    let query = [("include", &*include), ("status", "any"), ("per_page", &*per_page)];
    let listed = caller.get::<Vec<Value>>(ORDERS, &query).await?.body;
    let told_of: BTreeSet<PlatformId> = listed.iter().filter_map(|row| wire::id(&row["id"]).ok()).collect();
    let rows: Vec<OrderBody> = listed.into_iter().filter_map(|row| readable(row, context)).collect();
    let mut looked = Looked::default();
    for some in rows.chunks(AT_A_TIME) {
        let told = some.iter().map(|order| told(caller, order, true, context));
        looked.events.extend(try_join_all(told).await?.into_iter().flatten());
    }
    for id in ids.into_iter().filter(|id| !told_of.contains(id)) {
        match caller.get::<OrderBody>(&format!("{ORDERS}/{id}"), &[]).await {
            Ok(order) => looked.events.extend(told(caller, &order.body, true, context).await?),
            Err(ApiFailure::Missing) => looked.gone.push(id.clone()),
            Err(failure) => return Err(failure),
        }
    }
    Ok(looked)
}

/// What the list goes by, if the order says it in UTC.
fn time_of(order: &OrderBody, wanted: Wanted) -> Option<Timestamp> {
    match wanted {
        Wanted::ChangedSince(_) => order.date_modified_gmt,
        Wanted::PlacedBefore(_) => order.date_created_gmt,
    }
}

/// The order's refunds in full. A shop that can't tell them is asked twice.
async fn refunds(caller: &Caller, order: &OrderBody) -> Result<Vec<RefundBody>, ApiFailure> {
    let mut all = Vec::new();
    if order.refunds.iter().flatten().next().is_none() {
        return Ok(all);
    }
    let path = format!("{ORDERS}/{}/refunds", order.id);
    for page in 1..=MOST_PAGES {
        let (page, per_page) = (page.to_string(), PER_PAGE.to_string());
        let query = [("per_page", &*per_page), ("page", &*page)];
        let mut told = caller.get::<Vec<RefundBody>>(&path, &query).await;
        if matches!(told, Err(ApiFailure::Unavailable(_) | ApiFailure::Nonsense(_))) {
            told = caller.get(&path, &query).await;
        }
        let refunds = told?.body;
        let is_last = refunds.len() < PER_PAGE;
        all.extend(refunds);
        if is_last {
            break;
        }
    }
    Ok(all)
}
