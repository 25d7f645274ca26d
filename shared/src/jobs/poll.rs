//! Asks a shop's platform what changed, every quarter of an hour: for a webhook that was never sent (WooCommerce tries
//! once) or that nobody took. What is known already changes nothing.

use jiff::{SignedDuration, Timestamp};

use super::{Step, StepError};
use crate::App;
use crate::connection::look_again;
use crate::domain::order::OrderEvent;
use crate::intake::leaves_open;
use crate::parking::{park_facts, park_question};
use crate::platform::Context;
use crate::platform::api::{Caller, Wanted};
use crate::settle::{Owner, settle};
use crate::store::{JobRow, Shop, Task};

const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// How far each round looks back behind the last one: platforms write orders with the time at which they began to.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// How often orders are asked for by id, where their platform deletes without a word.
const CHECKED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How often a page of which nothing could be applied is tried before its orders are parked.
const PATIENCE: u32 = 3;

pub(super) async fn step(
    app: &App,
    shop: &Shop,
    caller: &Caller,
    context: Context<'_>,
    row: &JobRow,
) -> Result<Step, StepError> {
    let page = caller.orders(Wanted::ChangedSince(row.since), row.cursor.as_deref(), row.portion, context).await?;
    settle_all(app, context, row, &page.events).await?;
    let checks = page.next.is_none() && shop.platform.deletes_silently() && is_check_due(row, app.now());
    if checks {
        app.store.restart_job(Task::Check, shop.id, shop.merchant, app.now()).await?;
    }
    if page.next.is_none() {
        look_again(app, shop, caller).await?;
    }
    let entered = page.events.len() as u64;
    Ok(Step { next: page.next, seen: entered, entered, checks })
}

/// Settles orders as their platform told them. Also used where they were asked for by id.
pub(super) async fn settle_all(
    app: &App,
    context: Context<'_>,
    row: &JobRow,
    events: &[OrderEvent],
) -> Result<(), StepError> {
    let owner = Owner { merchant: context.merchant, shop: context.shop, invites: false };
    let mut failed = Vec::new();
    for event in events {
        match settle(app, owner, event).await {
            Err(failure) => failed.push((event, failure)),
            // The shop could not say what a refund is for: it is asked until it does.
            Ok(_) if leaves_open(app, event).await? => {
                park_question(app, owner, &event.order.id, "what a refund is for could not be read").await?;
            }
            Ok(_) => {}
        }
    }
    // Where nothing works the fault is ours, and passes. One order that fails by itself must not keep the others waiting.
    let is_ours = failed.len() == events.len() && row.failures < PATIENCE;
    for (event, failure) in failed {
        if is_ours {
            return Err(failure.into());
        }
        park_facts(app, owner, event, &failure).await?;
    }
    Ok(())
}

fn is_check_due(row: &JobRow, now: Timestamp) -> bool {
    row.checked_at.is_none_or(|at| now.duration_since(at) >= CHECKED_EVERY)
}

/// The next round begins where this one did.
pub(super) fn next_round(row: JobRow, now: Timestamp) -> JobRow {
    let later = |at: Timestamp, by: SignedDuration| at.saturating_add(by).unwrap_or(at);
    let due_at = later(now, EVERY);
    JobRow { since: later(row.round_at, -OVERLAP), round_at: due_at, due_at, ..row }
}

#[cfg(test)]
mod tests {
    use super::super::LONGEST_WAIT;
    use super::*;

    const GUIDE: &str = include_str!("../../../infra/guides/woocommerce.md");

    #[test]
    fn repair_33_the_guide_tells_how_long_things_wait() {
        let (every, daily, longest) = (EVERY.as_mins(), CHECKED_EVERY.as_hours(), LONGEST_WAIT.as_hours());
        for said in [
            format!("the poll, every {every} minutes | after {every} minutes"),
            format!("or the next code | after {every} minutes"),
            format!("orders are asked for by id, once a day | after {daily} hours"),
            format!("at most {longest} hours apart"),
            "(`force=true`, \"Delete permanently\"): no webhook".into(),
            "more than five deliveries in a row failed".into(),
            "leaves the count where it was".into(),
            "`tax_in_prices`".replace('`', "\""),
        ] {
            assert!(GUIDE.contains(&said), "{said}");
        }
        assert!(GUIDE.len() < 15_000);
    }
}
