//! Asks a shop's platform what changed, every quarter of an hour: for a webhook that was never sent (WooCommerce tries
//! once) or that nobody took. What is known already changes nothing.

use jiff::{SignedDuration, Timestamp};

use super::{Step, StepError};
use crate::App;
use crate::platform::Context;
use crate::platform::api::{Caller, Wanted};
use crate::settle::{Owner, settle};
use crate::store::JobRow;

const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// How far each round looks back behind the last one: platforms write orders with the time at which they began to.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn step(app: &App, caller: &Caller, context: Context<'_>, row: &JobRow) -> Result<Step, StepError> {
    let page = caller.orders(Wanted::ChangedSince(row.since), row.cursor.as_deref(), row.portion, context).await?;
    let owner = Owner { merchant: context.merchant, shop: context.shop };
    for event in &page.events {
        settle(app, owner, event).await?;
    }
    Ok(Step { next: page.next, seen: page.events.len() as u64, entered: page.events.len() as u64 })
}

/// The next round begins where this one did.
pub(super) fn next_round(row: JobRow, now: Timestamp) -> JobRow {
    let later = |at: Timestamp, by: SignedDuration| at.saturating_add(by).unwrap_or(at);
    let due_at = later(now, EVERY);
    JobRow { since: later(row.round_at, -OVERLAP), round_at: due_at, due_at, ..row }
}
