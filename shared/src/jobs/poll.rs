//! Asks a shop's platform what changed, every quarter of an hour: for a webhook that was never sent (WooCommerce tries
//! once) or that nobody took. What is known already changes nothing.

use jiff::{SignedDuration, Timestamp};

use super::{Step, StepError};
use crate::App;
use crate::parking::park_facts;
use crate::platform::Context;
use crate::platform::api::{Caller, Wanted};
use crate::settle::{Owner, settle};
use crate::store::JobRow;

const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// How far each round looks back behind the last one: platforms write orders with the time at which they began to.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// How often a page of which nothing could be applied is tried before its orders are parked.
const PATIENCE: u32 = 3;

pub(super) async fn step(app: &App, caller: &Caller, context: Context<'_>, row: &JobRow) -> Result<Step, StepError> {
    let page = caller.orders(Wanted::ChangedSince(row.since), row.cursor.as_deref(), row.portion, context).await?;
    let owner = Owner { merchant: context.merchant, shop: context.shop, invites: false };
    let mut failed = Vec::new();
    for (index, event) in page.events.iter().enumerate() {
        if let Err(failure) = settle(app, owner, event).await {
            failed.push((index, failure));
        }
    }
    // Where nothing works the fault is ours, and passes. One order that fails by itself must not keep the others waiting.
    let is_ours = failed.len() == page.events.len() && row.failures < PATIENCE;
    for (index, failure) in failed {
        if is_ours {
            return Err(failure.into());
        }
        park_facts(app, owner, &page.events[index], &failure).await?;
    }
    Ok(Step { next: page.next, seen: page.events.len() as u64, entered: page.events.len() as u64 })
}

/// The next round begins where this one did.
pub(super) fn next_round(row: JobRow, now: Timestamp) -> JobRow {
    let later = |at: Timestamp, by: SignedDuration| at.saturating_add(by).unwrap_or(at);
    let due_at = later(now, EVERY);
    JobRow { since: later(row.round_at, -OVERLAP), round_at: due_at, due_at, ..row }
}
