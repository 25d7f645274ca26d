//! Signs that are looked for in every program: many orders by one advocate, and two who bring each other. Only an order
//! that would be credited is worth the two reads, and only once: what comes later says nothing about an order before it.

use jiff::SignedDuration;

use super::lookup::credited_to;
use super::{Attempt, SettleError};
use crate::domain::decide::FoundLink;
use crate::domain::decision::{Decision, Outcome};
use crate::domain::room::Room;
use crate::domain::signals::BUSY_DAY;

/// What is a day here: it ends with the order.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How many of the advocate's own orders are looked at for one by the buyer's link.
const OWN_ORDERS: i32 = 10;

impl Attempt<'_> {
    /// What was seen when the order was credited first.
    pub(super) fn known_signs(&self, link: &FoundLink) -> Room {
        let stored = self.stored.as_ref().and_then(|row| Some(&row.inputs.as_ref()?.room));
        let known = stored.filter(|_| self.standing_with(link).is_some());
        known.map_or_else(Room::default, |room| Room {
            lately: room.lately,
            each_other: room.each_other,
            ..Room::default()
        })
    }
}

/// Looks for them if this decision would credit the order for the first time. `true`: there are some, decide again.
pub(super) async fn look_for_signs(
    attempt: &Attempt<'_>,
    link: Option<&FoundLink>,
    room: &mut Room,
    decision: &Decision,
) -> Result<bool, SettleError> {
    let is_order = attempt.facts.acts.grant.is_none() && decision.outcome == Outcome::Credited;
    let Some(link) = link.filter(|link| is_order && attempt.standing_with(link).is_none()) else {
        return Ok(false);
    };
    let seen =
        Room { lately: lately(attempt, link).await?, each_other: each_other(attempt, link).await?, ..room.clone() };
    let is_new = seen != *room;
    *room = seen;
    Ok(is_new)
}

/// Who sets a number of her own has looked at what is usual there.
async fn lately(attempt: &Attempt<'_>, link: &FoundLink) -> Result<Option<u32>, SettleError> {
    let placed_at = attempt.facts.snapshot.as_ref().map(|order| order.placed_at);
    let Some(placed_at) = placed_at.filter(|_| link.program.review.velocity_per_day.is_none()) else {
        return Ok(None);
    };
    let Attempt { app, owner, .. } = attempt;
    let since = placed_at.checked_sub(DAY).unwrap_or(placed_at);
    let count = app.store.referrals_between(owner.merchant, link.advocate, since, placed_at).await?;
    // What makes no difference is not stored.
    Ok(Some(count).filter(|count| count + 1 >= BUSY_DAY))
}

/// Whether the advocate bought by a link of the buyer's.
async fn each_other(attempt: &Attempt<'_>, link: &FoundLink) -> Result<bool, SettleError> {
    let Attempt { app, owner, event, facts, .. } = attempt;
    let Some(buyer) = facts.person() else { return Ok(false) };
    let Some(brought_by) = app.store.person(owner.merchant, buyer).await?.and_then(|person| person.advocate) else {
        return Ok(false);
    };
    let Some(advocate) = link.advocate_keys.first() else { return Ok(false) };
    let own = app.store.first_orders(owner.merchant, advocate, OWN_ORDERS).await?;
    let own: Vec<_> = own.into_iter().filter(|entry| entry.order != event.order).map(|entry| entry.order).collect();
    Ok(app.store.orders(&own).await?.iter().any(|row| credited_to(row) == Some(brought_by)))
}
