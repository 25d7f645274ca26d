//! An order that comes to light late, or is called off, changes whether *later* orders of the same person were by a new
//! customer. They are decided again, so that the end does not depend on which order was told of first.
//!
//! That there are such orders is noted with the order itself (`OrderRow::reopen`), and taken back when they are done: a
//! crash in between is made good when the event comes again, or is taken out of parking.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::lookup::{credited_to, merged};
use super::{Attempt, Owner, SettleError, Why, nothing_new, run};
use crate::App;
use crate::domain::decision::{Decision, Outcome};
use crate::domain::id::AdvocateId;
use crate::domain::order::{Facts, OrderRef};
use crate::domain::person::PersonKey;
use crate::domain::tally::Nth;
use crate::store::{Entered, OrderRow, PersonOrder};

/// Later orders that are looked at. More than one of them can only have counted as a first order by mistake.
const LOOKED_AT: i32 = 10;
/// How often an order is waited for that is in the timeline and not yet written.
const WAITS: u32 = 10;

impl Attempt<'_> {
    /// Where later orders of the buyer have to be decided again after this one is written. A corrected order leaves one
    /// place and takes another: what comes after either is another one's history now. And the so-manieth order of its
    /// buyer that this is, which the same look at the timeline tells.
    pub(super) async fn reopens(
        &self,
        entered: Option<&Entered>,
        decision: &Decision,
    ) -> Result<(BTreeSet<Place>, Option<Nth>), SettleError> {
        let before = self.stored.as_ref();
        let open = before.map(|row| row.reopen.clone()).unwrap_or_default();
        let credited = decision.credit.as_ref().filter(|_| decision.outcome == Outcome::Credited);
        let now = standing(&self.facts, entered, credited.map(|credit| credit.advocate));
        if before.and_then(|row| standing(&row.facts, row.entered.as_ref(), credited_to(row))) == now {
            return Ok((open, before.and_then(|row| row.nth.clone())));
        }
        let places = before.and_then(|row| row.entered.as_ref()).into_iter().chain(entered).flat_map(places);
        let places: BTreeSet<_> = places.chain(open).collect();
        let around = around(self.app, self.owner, &places, &self.event.order).await?;
        let nth = match entered.filter(|_| now.is_some()) {
            Some(entered) => Some(self.nth(entered, &around.earlier).await?),
            None => None,
        };
        Ok((if around.later.is_empty() { BTreeSet::new() } else { places }, nth))
    }

    /// The so-manieth purchase of its buyer. What the first one was is asked only where this is the second.
    async fn nth(&self, entered: &Entered, earlier: &[PersonOrder]) -> Result<Nth, SettleError> {
        let this = (entered.placed_at, &self.event.order);
        let earlier: Vec<_> =
            earlier.iter().filter(|entry| entry.purchase && (entry.placed_at, &entry.order) < this).collect();
        let [first] = earlier.as_slice() else {
            return Ok(if earlier.is_empty() { Nth::First } else { Nth::Later });
        };
        let row = self.app.store.order(&first.order).await?;
        let referred = row.as_ref().and_then(credited_to).is_some();
        Ok(Nth::Second { first_at: first.placed_at, referred })
    }
}

/// A place in somebody's timeline.
type Place = (PersonKey, Timestamp);

fn places(entered: &Entered) -> impl Iterator<Item = Place> {
    entered.persons.iter().map(|person| (person.clone(), entered.placed_at))
}

/// What an order is to later ones: a purchase at places in timelines, by an advocate or by none; or nothing.
fn standing(
    facts: &Facts,
    entered: Option<&Entered>,
    advocate: Option<AdvocateId>,
) -> Option<(BTreeSet<Place>, Option<AdvocateId>)> {
    let counts = facts.is_purchase() && !facts.is_cancelled();
    entered.filter(|_| counts).map(|entered| (places(entered).collect(), advocate))
}

/// How many of a person's first orders are looked at together with what comes after one: as many as one read unit has
/// room for, so that most buyers cost one.
const TOGETHER: i32 = 8;

/// What a buyer's timelines have before and after an order.
struct Around {
    earlier: Vec<PersonOrder>,
    /// Only orders that were decided.
    later: Vec<PersonOrder>,
}

async fn around(app: &App, owner: Owner, places: &BTreeSet<Place>, order: &OrderRef) -> Result<Around, SettleError> {
    let (mut earlier, mut later): (Vec<PersonOrder>, Vec<PersonOrder>) = (Vec::new(), Vec::new());
    for (person, placed_at) in places {
        let first = app.store.first_orders(owner.merchant, person, TOGETHER).await?;
        let is_all = first.len() < usize::try_from(TOGETHER).unwrap_or_default();
        let (after, before): (Vec<_>, Vec<_>) =
            first.into_iter().partition(|entry| (entry.placed_at, &entry.order) > (*placed_at, order));
        earlier.extend(before);
        later.extend(if is_all {
            after
        } else {
            app.store.later_orders(owner.merchant, person, *placed_at, order, LOOKED_AT).await?
        });
    }
    let (mut earlier, mut later) = (merged(earlier), merged(later));
    earlier.retain(|entry| entry.order != *order);
    // What was only read from the past was never decided.
    later.retain(|entry| entry.order != *order && !entry.remembered);
    Ok(Around { earlier, later })
}

async fn later_orders(
    app: &App,
    owner: Owner,
    places: &BTreeSet<Place>,
    order: &OrderRef,
) -> Result<Vec<PersonOrder>, SettleError> {
    let mut later: Vec<PersonOrder> = Vec::new();
    for (person, placed_at) in places {
        later.extend(app.store.later_orders(owner.merchant, person, *placed_at, order, LOOKED_AT).await?);
    }
    let mut later = merged(later);
    // What was only read from the past was never decided.
    later.retain(|entry| entry.order != *order && !entry.remembered);
    Ok(later)
}

/// Decides the later orders again, and what follows from them: each may be known by a key that the first one is not.
pub(super) async fn reopen(app: &App, owner: Owner, row: &OrderRow) -> Result<(), SettleError> {
    let mut open = BTreeMap::from([(turn(row), row.clone())]);
    // Oldest first: what an order is judged by is then final.
    while let Some((_, row)) = open.pop_first() {
        for entry in later_orders(app, owner, &row.reopen, &row.order).await? {
            wait_for(app, &entry.order).await?;
            let owner = Owner { merchant: owner.merchant, shop: entry.order.shop, invites: false };
            let later = run(app, owner, &nothing_new(&entry.order), Why::Again).await?.row;
            if !later.reopen.is_empty() {
                open.insert(turn(&later), later);
            }
        }
        app.store.close_order(&row).await?;
    }
    Ok(())
}

/// When it is an order's turn.
fn turn(row: &OrderRow) -> (Option<Timestamp>, OrderRef) {
    (row.facts.snapshot.as_ref().map(|snapshot| snapshot.placed_at), row.order.clone())
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
