//! An order that comes to light late, or is called off, changes whether *later* orders of the same person were by a new
//! customer. They are decided again, so that the end does not depend on which order was told of first.
//!
//! That there are such orders is noted with the order itself (`OrderRow::reopen`), and taken back when they are done: a
//! crash in between is made good when the event comes again, or is taken out of parking.

use std::time::Duration;

use jiff::Timestamp;

use super::lookup::merged;
use super::{Attempt, Owner, SettleError, settle_due};
use crate::App;
use crate::domain::order::{Facts, OrderRef};
use crate::store::{Entered, OrderRow, PersonOrder};

/// Later orders that are looked at. More than one of them can only have counted as a first order by mistake.
const LOOKED_AT: i32 = 10;
/// How often an order is waited for that is in the timeline and not yet written.
const WAITS: u32 = 10;

impl Attempt<'_> {
    /// Whether later orders of the buyer have to be decided again after this one is written.
    pub(super) async fn reopens(&self, entered: Option<&Entered>) -> Result<bool, SettleError> {
        let before = self.stored.as_ref();
        if before.and_then(|row| standing(&row.facts)) == standing(&self.facts) {
            return Ok(before.is_some_and(|row| row.reopen));
        }
        let Some(entered) = entered else { return Ok(false) };
        Ok(!later_orders(self.app, self.owner, entered, &self.event.order).await?.is_empty())
    }
}

/// What an order is to later ones: a purchase at a time, or nothing.
fn standing(facts: &Facts) -> Option<Timestamp> {
    let counts = facts.is_purchase() && !facts.is_cancelled();
    facts.snapshot.as_ref().filter(|_| counts).map(|order| order.placed_at)
}

async fn later_orders(
    app: &App,
    owner: Owner,
    entered: &Entered,
    order: &OrderRef,
) -> Result<Vec<PersonOrder>, SettleError> {
    let mut later: Vec<PersonOrder> = Vec::new();
    for person in &entered.persons {
        later.extend(app.store.later_orders(owner.merchant, person, entered.placed_at, order, LOOKED_AT).await?);
    }
    let mut later = merged(later);
    later.retain(|entry| entry.order != *order);
    Ok(later)
}

/// Decides the later orders again.
pub(super) async fn reopen(app: &App, owner: Owner, row: &OrderRow) -> Result<(), SettleError> {
    if let Some(entered) = &row.entered {
        for entry in later_orders(app, owner, entered, &row.order).await? {
            wait_for(app, &entry.order).await?;
            let owner = Owner { merchant: owner.merchant, shop: entry.order.shop };
            settle_due(app, owner, &entry.order).await?;
        }
    }
    Ok(app.store.close_order(row).await?)
}

/// An order is in the timeline a moment before it is written. Whoever writes it may have looked at the timeline before
/// this order was in it, so it has to be looked at again once it is there.
async fn wait_for(app: &App, order: &OrderRef) -> Result<(), SettleError> {
    for _ in 0..WAITS {
        if app.store.order(order).await?.is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(SettleError::Missing(format!("order {}, which is in its buyer's timeline,", order.id)))
}
