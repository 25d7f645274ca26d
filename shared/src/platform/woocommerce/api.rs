//! Reading orders, and their refunds in full, which no webhook tells.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::super::api::{ApiFailure, Caller, Json, OrdersPage, Wanted, read, readable, skipped};
use super::super::{Context, Portion};
use super::body::{OrderBody, RefundBody};
use super::cursor::Cursor;
use super::facts;
use crate::domain::order::{OrderEvent, PlatformId};

const ORDERS: &str = "/wp-json/wc/v3/orders";
/// The most that WooCommerce gives.
const PER_PAGE: usize = 100;
/// Where each order may need a call for its refunds too. Shops that are slow all the same are asked for smaller pages.
const PER_PAGE_WITH_REFUNDS: usize = 25;
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
    let refunds = refunds(caller, &order, context).await?;
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

async fn told(
    caller: &Caller,
    order: &OrderBody,
    with_refunds: bool,
    context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiFailure> {
    let refunds = if with_refunds { refunds(caller, order, context).await? } else { Vec::new() };
    Ok(facts::event(order, &refunds, None, context))
}

/// What the list goes by, if the order says it in UTC.
fn time_of(order: &OrderBody, wanted: Wanted) -> Option<Timestamp> {
    match wanted {
        Wanted::ChangedSince(_) => order.date_modified_gmt,
        Wanted::PlacedBefore(_) => order.date_created_gmt,
    }
}

/// The order's refunds in full. Where the shop can't tell them twice in a row, what the order itself says must do: one
/// order must not keep all others from being read.
async fn refunds(caller: &Caller, order: &OrderBody, context: Context<'_>) -> Result<Vec<RefundBody>, ApiFailure> {
    if order.refunds.iter().flatten().next().is_none() {
        return Ok(Vec::new());
    }
    let path = format!("{ORDERS}/{}/refunds", order.id);
    let query = [("per_page", "100")];
    let mut told = caller.get::<Vec<RefundBody>>(&path, &query).await;
    if matches!(told, Err(ApiFailure::Unavailable(_) | ApiFailure::Nonsense(_))) {
        told = caller.get(&path, &query).await;
    }
    match told {
        Ok(refunds) => Ok(refunds.body),
        // Nothing is wrong with this one order: all of it is asked again, later.
        Err(failure @ (ApiFailure::Throttled(_) | ApiFailure::TimedOut | ApiFailure::NoAccess)) => Err(failure),
        Err(failure) => {
            // Only their amounts are known then.
            skipped(context.shop, &order.id.as_str().into(), &format!("refunds: {failure}"));
            Ok(Vec::new())
        }
    }
}
