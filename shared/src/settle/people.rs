//! Who a buyer is, and what the buyer ordered: looked up before an order is decided.
//!
//! A customer is known by addresses and by accounts. An account is one person's, whatever address is used with it; an
//! address may be a family's. So the address of the order itself leads on to the accounts that were used with it, an
//! account leads on to all of its addresses, and other addresses lead no further. What belongs together was told by
//! orders, of this shop's past too, by the merchant with a link or a customer, or by a platform that merged two accounts.

use jiff::Timestamp;

use super::{Attempt, SettleError};
use crate::domain::order::{Facts, OrderRef};
use crate::domain::person::PersonKey;
use crate::store::{Known, OrderRow, PersonOrder, PersonRow};

/// How many of a person's first orders are looked at where a program asks for new customers. Beyond so many that are all
/// cancelled, a buyer counts as new.
pub(super) const LOOKED_AT: i32 = 25;
/// How many are looked at otherwise: as many as one read unit has room for, so that most buyers cost one for each key.
pub(super) const TOGETHER: i32 = 8;
/// More keys than one person has. An account with more is a till's, or the staff's.
const MOST: usize = 10;

/// A buyer, under every key.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// The keys that the order names come first.
    under: Vec<(PersonKey, Known)>,
}

impl Person {
    /// Every key of the buyer.
    pub(super) fn keys(&self) -> impl Iterator<Item = &PersonKey> {
        self.under.iter().map(|(key, _)| key)
    }

    pub(super) fn has(&self, key: &PersonKey) -> bool {
        self.keys().any(|known| known == key)
    }

    /// The profile under a key.
    pub(super) fn profile(&self, key: &PersonKey) -> Option<&PersonRow> {
        self.under.iter().find(|(known, _)| known == key).map(|(_, known)| &known.profile)
    }

    /// The first purchases under all keys, oldest first, each once; without this order itself, which may be there under a
    /// time that the platform has corrected since.
    pub(super) fn others(&self, order: &OrderRef) -> Vec<PersonOrder> {
        merged(self.entries(order).map(|(_, entry)| entry.clone()).collect())
    }

    /// Keys under which there may be more purchases than were read.
    pub(super) fn unread(&self) -> impl Iterator<Item = &PersonKey> {
        self.under.iter().filter(|(_, known)| !known.is_all).map(|(key, _)| key)
    }

    /// Whether there are other orders that do not name all of these keys.
    pub(super) fn has_others_than(&self, keys: &[PersonKey], order: &OrderRef) -> bool {
        self.entries(order).any(|(under, entry)| !entry.remembered && !names(keys, under, entry))
    }

    /// Another order that names all of these keys.
    pub(super) fn witness(&self, keys: &[PersonKey], order: &OrderRef) -> Option<&OrderRef> {
        self.entries(order).find(|(under, entry)| names(keys, under, entry)).map(|(_, entry)| &entry.order)
    }

    /// What was read of other orders, and under which key.
    fn entries(&self, order: &OrderRef) -> impl Iterator<Item = (&PersonKey, &PersonOrder)> {
        let entries = self.under.iter().flat_map(|(under, known)| known.orders.iter().map(move |entry| (under, entry)));
        entries.filter(move |(_, entry)| entry.order != *order)
    }
}

/// An entry under this key names all of these.
fn names(keys: &[PersonKey], under: &PersonKey, entry: &PersonOrder) -> bool {
    keys.iter().all(|key| key == under || entry.also.contains(key))
}

/// Entries of several timelines as one: oldest first, each order once; as a purchase where any says so.
pub(super) fn merged(mut entries: Vec<PersonOrder>) -> Vec<PersonOrder> {
    entries.sort_by(|one, other| {
        (one.placed_at, &one.order, !one.purchase).cmp(&(other.placed_at, &other.order, !other.purchase))
    });
    entries.dedup_by(|one, other| one.order == other.order && one.placed_at == other.placed_at);
    entries
}

/// Looks up a buyer by what an order says, with at most so many purchases under each key.
pub(super) async fn person(attempt: &Attempt<'_>, facts: &Facts, limit: i32) -> Result<Person, SettleError> {
    let mut look = Look { attempt, limit, person: Person::default() };
    let mut accounts: Vec<PersonKey> = Vec::new();
    let mut addresses: Vec<PersonKey> = Vec::new();
    if let Some(address) = &facts.by_email {
        let known = look.read(&address.value).await?;
        accounts.extend(facts.by_customer_id.iter().map(|learnt| learnt.value.clone()));
        accounts.extend(known.profile.accounts.iter().cloned());
        accounts.extend(look.named_with(&address.value, &known, &accounts).await?);
    } else {
        accounts.extend(facts.by_customer_id.iter().map(|learnt| learnt.value.clone()));
    }
    let mut next = 0;
    while let Some(account) = accounts.get(next).cloned() {
        next += 1;
        if look.person.has(&account) {
            continue;
        }
        if look.is_full() {
            break;
        }
        let known = look.read(&account).await?;
        accounts.extend(known.profile.same.iter().cloned());
        addresses.extend(known.profile.addresses.iter().cloned());
        addresses.extend(look.named_with(&account, &known, &addresses).await?);
    }
    for address in addresses {
        if !look.person.has(&address) && !look.is_full() {
            look.read(&address).await?;
        }
    }
    Ok(look.person)
}

struct Look<'a> {
    attempt: &'a Attempt<'a>,
    limit: i32,
    person: Person,
}

impl Look<'_> {
    fn is_full(&self) -> bool {
        self.person.under.len() >= MOST
    }

    async fn read(&mut self, key: &PersonKey) -> Result<Known, SettleError> {
        let known = self.attempt.app.store.known(self.attempt.owner.merchant, key, self.limit).await?;
        self.person.under.push((key.clone(), known.clone()));
        Ok(known)
    }

    /// Keys that orders named together with this one, and that were not found before. An order that names others by now
    /// speaks for nothing; one that is not written yet was told of all the same.
    async fn named_with(
        &self,
        key: &PersonKey,
        known: &Known,
        found: &[PersonKey],
    ) -> Result<Vec<PersonKey>, SettleError> {
        let mut more: Vec<PersonKey> = Vec::new();
        for entry in known.orders.iter().filter(|entry| entry.order != self.attempt.event.order) {
            for also in &entry.also {
                if self.person.has(also) || found.contains(also) || more.contains(also) {
                    continue;
                }
                let row = if entry.remembered { None } else { self.attempt.app.store.order(&entry.order).await? };
                let names = |row: &OrderRow| {
                    let entered = row.entered.as_ref();
                    entered.is_none_or(|entered| entered.persons.contains(key) && entered.persons.contains(also))
                };
                if row.as_ref().is_none_or(names) {
                    more.push(also.clone());
                }
            }
        }
        Ok(more)
    }
}

/// Before all times: where a timeline begins.
pub(super) const BEGINNING: Timestamp = Timestamp::UNIX_EPOCH;
