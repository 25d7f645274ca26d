//! Notes that an order makes its buyer one to be asked to refer. Before the order is committed: a message that comes again
//! finds the order as it was and notes the same once more, so nothing is lost in between.

use super::{Attempt, SettleError};
use crate::store::{AskCause, NewAsk};

/// Notes it for each program of the shop whose moment has come with this very event.
pub(super) async fn note_invites(attempt: &Attempt<'_>) -> Result<(), SettleError> {
    let Attempt { app, owner, event, stored, facts, now, .. } = attempt;
    // Who can't be told apart can't be left alone either.
    let Some(person) = facts.person().filter(|_| owner.invites && facts.by_email.is_some()) else { return Ok(()) };
    let Some(shop) = app.store.shop(owner.shop).await? else { return Ok(()) };
    for (program, timing) in &shop.invites {
        let before = stored.as_ref().and_then(|row| timing.on.reached(&row.facts));
        if before.is_some() || !timing.is_reached(facts, *now) {
            continue;
        }
        let cause = AskCause::Order(event.order.clone());
        let terms = (timing.delay_hours, timing.again_days);
        let ask = NewAsk::new(owner.merchant, *program, person.clone(), cause, terms, *now);
        app.store.note_ask(&ask).await?;
    }
    Ok(())
}
