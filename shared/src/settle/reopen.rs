//! An order that comes to light late, or is called off, changes whether *later* orders of the same person were by a new
//! customer. They are decided again, so that the end does not depend on which order was told of first.
//!
//! That there are such orders is noted with the order itself (`OrderRow::reopen`), and taken back when they are done: a
//! crash in between is made good when the event comes again, or is taken out of parking.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::history::Patience;
use super::lookup::credited_to;
use super::people::{self, BEGINNING, Person, TOGETHER, merged};
use super::{Attempt, Owner, SettleError, Why, nothing_new, run};
use crate::App;
use crate::domain::decide::{Candidate, EarlierOrder, Finding};
use crate::domain::decision::{Decision, Outcome};
use crate::domain::id::AdvocateId;
use crate::domain::order::{Facts, OrderRef};
use crate::domain::person::PersonKey;
use crate::domain::tally::Nth;
use crate::store::{Entered, OrderRow, PersonOrder};

/// Later orders that are looked at. More than one of them can only have counted as a first order by mistake.
const LOOKED_AT: i32 = 10;
/// Orders that are looked at when it comes out who somebody is.
const ALL: i32 = 100;

impl Attempt<'_> {
    /// Where orders of the buyer have to be decided again after this one is written, and the so-manieth order of its
    /// buyer that this is. A corrected order leaves one place and takes another: what comes after either is another one's
    /// history now. And one that is the first to tell of two keys that they are one person's tells something about all
    /// orders under either.
    pub(super) async fn reopens(
        &self,
        entered: Option<&Entered>,
        decision: &Decision,
        person: Option<Person>,
    ) -> Result<(BTreeSet<Place>, Option<Nth>), SettleError> {
        let before = self.stored.as_ref();
        let open = before.map(|row| row.reopen.clone()).unwrap_or_default();
        let credited = decision.credit.as_ref().filter(|_| decision.outcome == Outcome::Credited);
        let now = standing(&self.facts, entered, credited.map(|credit| credit.advocate));
        let stood = before.and_then(|row| standing(&row.facts, row.entered.as_ref(), credited_to(row)));
        let was_entered = before.and_then(|row| row.entered.as_ref());
        let same_keys = keys(was_entered) == keys(entered);
        if stood == now && same_keys {
            return Ok((open, before.and_then(|row| row.nth.clone())));
        }
        let person = match person {
            Some(person) => person,
            None => people::person(self, &self.facts, TOGETHER).await?,
        };
        let mut all_keys: BTreeSet<&PersonKey> = person.keys().collect();
        let was = match before.filter(|_| !same_keys && was_entered.is_some()) {
            Some(row) => people::person(self, &row.facts, TOGETHER).await?,
            None => Person::default(),
        };
        all_keys.extend(was.keys());
        let times: BTreeSet<_> = was_entered.into_iter().chain(entered).map(|entered| entered.placed_at).collect();
        let places = times.iter().flat_map(|at| all_keys.iter().map(|key| ((*key).clone(), *at)));
        let mut places: BTreeSet<Place> = places.chain(open.clone()).collect();

        let nth = match entered.filter(|_| now.is_some()) {
            Some(entered) => Some(self.nth(entered, &person.others(&self.event.order)).await?),
            None => None,
        };
        let mut reopens = stood != now && self.any_later(&person, &places).await?;
        reopens |= stood != now && self.any_later(&was, &places).await?;
        if !same_keys && self.tells_who(entered, &person, &was).await? {
            places.extend(all_keys.into_iter().map(|key| (key.clone(), BEGINNING)));
            reopens = true;
        }
        Ok((if reopens { places } else { open }, nth))
    }

    /// Whether there are orders after any of these places. What was only read from the past was never decided.
    async fn any_later(&self, person: &Person, places: &BTreeSet<Place>) -> Result<bool, SettleError> {
        let order = &self.event.order;
        let first = places.iter().map(|(_, at)| *at).min().unwrap_or(Timestamp::MAX);
        let is_later = |entry: &PersonOrder| (entry.placed_at, &entry.order) > (first, order) && !entry.remembered;
        if person.others(order).iter().any(is_later) {
            return Ok(true);
        }
        for key in person.unread() {
            let later = self.app.store.later_orders(self.owner.merchant, key, first, order, LOOKED_AT).await?;
            if later.iter().any(|entry| entry.order != *order && !entry.remembered) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether this order is the first to say of its keys that they are one person's, and there are orders that this
    /// makes a difference to. Another one that is written has said so.
    async fn tells_who(&self, entered: Option<&Entered>, person: &Person, was: &Person) -> Result<bool, SettleError> {
        let order = &self.event.order;
        let keys = keys(entered);
        if !was.others(order).is_empty() {
            // It said something else before.
            return Ok(true);
        }
        if keys.len() < 2 || !person.has_others_than(keys, order) {
            return Ok(false);
        }
        let Some(other) = person.witness(keys, order) else { return Ok(true) };
        let row = self.app.store.order(other).await?;
        let says = row.and_then(|row| row.entered).is_some_and(|entered| entered.persons == keys);
        Ok(!says)
    }

    /// The so-manieth purchase of its buyer. What the first one was is asked only where this is the second.
    async fn nth(&self, entered: &Entered, others: &[PersonOrder]) -> Result<Nth, SettleError> {
        let this = (entered.placed_at, &self.event.order);
        let earlier: Vec<_> =
            others.iter().filter(|entry| entry.purchase && (entry.placed_at, &entry.order) < this).collect();
        let [first] = earlier.as_slice() else {
            return Ok(if earlier.is_empty() { Nth::First } else { Nth::Later });
        };
        match self.app.store.order(&first.order).await? {
            // What has no order behind it is no purchase.
            None if !first.remembered => Ok(Nth::First),
            row => {
                let referred = row.as_ref().and_then(credited_to).is_some();
                Ok(Nth::Second { first_at: first.placed_at, referred })
            }
        }
    }
}

/// A place in somebody's timeline.
type Place = (PersonKey, Timestamp);

fn keys(entered: Option<&Entered>) -> &[PersonKey] {
    entered.map_or(&[], |entered| &entered.persons)
}

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

async fn later_orders(
    app: &App,
    owner: Owner,
    places: &BTreeSet<Place>,
    order: &OrderRef,
) -> Result<Vec<PersonOrder>, SettleError> {
    let mut later: Vec<PersonOrder> = Vec::new();
    for (person, placed_at) in places {
        let limit = if *placed_at == BEGINNING { ALL } else { LOOKED_AT };
        later.extend(app.store.later_orders(owner.merchant, person, *placed_at, order, limit).await?);
    }
    let mut later = merged(later);
    // What was only read from the past was never decided.
    later.retain(|entry| entry.order != *order && !entry.remembered);
    Ok(later)
}

/// Decides orders again, and what follows from them. One that is not written yet is waited for: whoever writes it may have
/// looked at the timeline before this order was in it.
pub(super) async fn reopen(app: &App, owner: Owner, row: &OrderRow) -> Result<(), SettleError> {
    let mut patience = Patience::default();
    let mut open = BTreeMap::from([(turn(row), row.clone())]);
    // Oldest first: what an order is judged by is then final.
    while let Some((_, row)) = open.pop_first() {
        for entry in later_orders(app, owner, &row.reopen, &row.order).await? {
            let Some(later) = patience.written(app, owner.merchant, &entry, row.entered.as_ref()).await? else {
                continue;
            };
            if !is_touched(&later, &row) {
                continue;
            }
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

/// Whether an order may come out otherwise now. One that was judged by an earlier order than this one does not look at
/// this one; unless it comes out only now whose orders they are.
fn is_touched(later: &OrderRow, by: &OrderRow) -> bool {
    let Some(inputs) = later.inputs.as_ref() else { return false };
    let tells_who = by.reopen.iter().any(|(_, at)| *at == BEGINNING);
    let own_visit = |candidate: &Candidate<_>| matches!(candidate.finding, Finding::OwnVisit(_));
    let has_link = inputs.has_link() || tells_who && inputs.candidates.iter().any(own_visit);
    let this = (by.entered.as_ref().map(|entered| entered.placed_at), &by.order);
    let known = inputs.history.earlier_order.as_ref();
    let is_later = |known: &EarlierOrder| (Some(known.placed_at), &known.order) > this;
    has_link && (tells_who || known.is_none_or(|known| known.order == by.order || is_later(known)))
}

/// When it is an order's turn.
fn turn(row: &OrderRow) -> (Option<Timestamp>, OrderRef) {
    (row.facts.snapshot.as_ref().map(|snapshot| snapshot.placed_at), row.order.clone())
}
