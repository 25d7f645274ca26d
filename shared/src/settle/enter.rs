//! Enters an order into its buyer's timelines, before they are looked at: of two orders of one person at once, at least
//! one then sees the other.

use super::lookup::links;
use super::people::Person;
use super::{Attempt, SettleError};
use crate::domain::decide::Candidate;
use crate::domain::order::Facts;
use crate::domain::person::{Contact, CustomerAccount, PersonKey};
use crate::store::{Buyer, Entered, PersonOrder};

/// How an order is to stand in its buyer's timelines.
pub(super) struct Entry {
    pub(super) entered: Entered,
    /// It was written with this attempt.
    pub(super) is_new: bool,
}

/// Enters the order under every key of the buyer, so that another address with the same account is the same person. An
/// order that is no purchase is entered only with a link of ours on it, because its buyer may have to be written to.
pub(super) async fn enter(attempt: &Attempt<'_>, candidates: &[Candidate]) -> Result<Option<Entry>, SettleError> {
    let Attempt { app, owner, facts, .. } = attempt;
    let known = attempt.stored.as_ref().and_then(|row| row.entered.clone());
    let Some(entered) = to_enter(facts, links(candidates).next().is_some()) else {
        return Ok(known.map(|entered| Entry { entered, is_new: false }));
    };
    let same = known.filter(|known| Entered { contact: false, ..known.clone() } == entered);
    if let Some(entered) = same.filter(|known| known.contact || contact(attempt, candidates).is_none()) {
        return Ok(Some(Entry { entered, is_new: false }));
    }
    for person in &entered.persons {
        app.store.put_person_order(owner.merchant, person, &purchase(attempt, &entered, person)).await?;
    }
    Ok(Some(Entry { entered, is_new: true }))
}

fn to_enter(facts: &Facts, ours: bool) -> Option<Entered> {
    let purchase = facts.is_purchase();
    let snapshot = facts.snapshot.as_ref().filter(|_| ours || purchase)?;
    let persons: Vec<_> = facts.persons().cloned().collect();
    let entered = Entered { persons, placed_at: snapshot.placed_at, contact: false, purchase };
    (!entered.persons.is_empty()).then_some(entered)
}

fn purchase(attempt: &Attempt<'_>, entered: &Entered, person: &PersonKey) -> PersonOrder {
    PersonOrder {
        order: attempt.event.order.clone(),
        placed_at: entered.placed_at,
        purchase: entered.purchase,
        remembered: false,
        also: entered.persons.iter().filter(|key| *key != person).cloned().collect(),
        marks: attempt.facts.marks.iter().map(|(mark, learnt)| (*mark, learnt.value.clone())).collect(),
    }
}

/// Who the buyer is, is kept only if a link of ours is on the order, or a program asks the shop's buyers to refer.
fn is_kept(attempt: &Attempt<'_>, candidates: &[Candidate]) -> bool {
    links(candidates).next().is_some() || attempt.owner.invites
}

/// How to reach the buyer.
fn contact<'a>(attempt: &'a Attempt<'_>, candidates: &[Candidate]) -> Option<&'a Contact> {
    attempt.event.contact.as_ref().filter(|_| is_kept(attempt, candidates))
}

/// The buyer's account.
fn account(attempt: &Attempt<'_>, candidates: &[Candidate]) -> Option<CustomerAccount> {
    let id = attempt.event.customer_id.clone().filter(|_| is_kept(attempt, candidates));
    id.map(|id| CustomerAccount { shop: attempt.owner.shop, id })
}

/// Keeps the buyer's contact and account under the first key with an order that was just entered, unless a key of the buyer was erased
/// since the order was placed. The profiles were read when the order was in the timelines: whoever erases one of the keys
/// after that finds the others there, and erases the contact or keeps it from being written.
pub(super) async fn keep_contact(
    attempt: &Attempt<'_>,
    candidates: &[Candidate],
    entry: &mut Entry,
    person: &Person,
) -> Result<(), SettleError> {
    let Attempt { app, owner, .. } = attempt;
    let entered = &mut entry.entered;
    let Some(first) = entered.persons.first().filter(|_| entry.is_new) else { return Ok(()) };
    let mut profiles = entered.persons.iter().filter_map(|key| person.profile(key));
    let mut is_erased = profiles.any(|profile| profile.erased_since(entered.placed_at));
    let buyer = contact(attempt, candidates).map(|contact| Buyer { contact: contact.clone(), shop: owner.shop });
    let account = account(attempt, candidates);
    let account = person.profile(first).map_or(account.clone(), |profile| profile.news_of(account));
    if !is_erased && (buyer.is_some() || account.is_some()) {
        let who = (buyer.as_ref(), account.as_ref());
        let is_kept = app.store.keep_buyer(owner.merchant, first, who, entered.placed_at).await?;
        entered.contact = is_kept && buyer.is_some();
        is_erased = !is_kept;
    }
    if is_erased {
        for key in &entered.persons {
            app.store.forget_marks(owner.merchant, key, &purchase(attempt, entered, key)).await?;
        }
    }
    Ok(())
}
