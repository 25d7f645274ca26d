//! Reads the orders that were placed before the shop was connected, so that "new customer" is true from the first day.
//! They are entered into their buyers' timelines and nowhere else: no order of the past earns anything.

use super::{Step, StepError};
use crate::App;
use crate::platform::Context;
use crate::platform::api::{Caller, Wanted};
use crate::settle::remember;
use crate::store::JobRow;

pub(super) async fn step(app: &App, caller: &Caller, context: Context<'_>, row: &JobRow) -> Result<Step, StepError> {
    let page = caller.orders(Wanted::PlacedBefore(row.since), row.cursor.as_deref(), row.portion, context).await?;
    let mut entered = 0;
    for event in &page.events {
        entered += u64::from(remember(app, row.merchant, event).await?);
    }
    Ok(Step { next: page.next, seen: page.events.len() as u64, entered, checks: false })
}
