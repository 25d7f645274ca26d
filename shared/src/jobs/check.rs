//! Asks once a day for the orders whose rewards may still change, by id. An order that is deleted for good sends no webhook
//! and is in no list; a refund that is deleted leaves its order unmodified, so no poll that looks back some minutes sees it.
//!
//! Costs per day: a page of the merchant's list per 50 referrals of the last fourteen months, a request per page that has
//! one to watch, one more per watched order that has refunds or is not there, and a read of each watched order.

use jiff::SignedDuration;

use super::poll::settle_all;
use super::{Step, StepError};
use crate::App;
use crate::domain::order::{Facts, OrderEvent, OrderRef, PlatformId};
use crate::domain::referral::Referral;
use crate::platform::Context;
use crate::platform::api::{Caller, Looked};
use crate::store::key::Listed;
use crate::store::{JobRow, StoreError};

/// Referrals of all the merchant's shops per step.
const PAGE: usize = 50;
/// How far it looks back: the longest hold, and what is added to it where nobody says that an order was sent and arrived.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 425);
/// A new order may be missing for a while in a copy of a shop's database, or in what a cache says.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);
/// So many orders may be gone at once without a doubt. A shop that was moved, or restored from a copy, has lost more.
const BELIEVED: usize = 10;

pub(super) async fn step(app: &App, caller: &Caller, context: Context<'_>, row: &JobRow) -> Result<Step, StepError> {
    let now = app.now();
    let (after, limit) = (row.cursor.as_deref(), row.portion.of(PAGE));
    let page = app.store.list::<Referral>(Listed::Referrals, row.merchant, after, limit, now).await?;
    let age = |referral: &Referral| now.duration_since(referral.created_at);
    let next = page.next.filter(|_| page.rows.iter().all(|referral| age(referral) < LOOK_BACK));
    let watched = page.rows.iter().filter(|it| (SETTLED..LOOK_BACK).contains(&age(it)));
    let watched = watched.filter(|it| it.order.shop == row.shop && it.is_watched(now));
    let ids: Vec<PlatformId> = watched.map(|referral| referral.order.id.clone()).collect();
    let seen = ids.len() as u64;
    if ids.is_empty() {
        return Ok(Step { next, seen, entered: 0, checks: false });
    }
    let Looked { mut events, gone } = caller.look(&ids, context).await?;
    let gone = still_counting(app, gone, context).await?;
    if gone.len() > BELIEVED && gone.len() * 2 > ids.len() {
        return Err(StepError::Doubtful { gone: gone.len(), asked: ids.len() });
    }
    let entered = gone.len() as u64;
    let facts = Facts { deleted_at: Some(context.received_at), ..Facts::default() };
    events.extend(gone.into_iter().map(|order| OrderEvent {
        order,
        facts: facts.clone(),
        contact: None,
        customer_id: None,
    }));
    settle_all(app, context, row, &events).await?;
    Ok(Step { next, seen, entered, checks: false })
}

/// Of orders that are gone, those that were not called off before: of the others nothing is new.
async fn still_counting(app: &App, gone: Vec<PlatformId>, context: Context<'_>) -> Result<Vec<OrderRef>, StoreError> {
    let mut counting = Vec::new();
    for id in gone {
        let order = OrderRef { shop: context.shop, id };
        if app.store.order(&order).await?.is_some_and(|row| !row.facts.is_cancelled()) {
            counting.push(order);
        }
    }
    Ok(counting)
}
