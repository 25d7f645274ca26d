//! Finds what is kept about a person, for the merchant to hand out. The same keys as erasing finds, without changing
//! anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::App;
use crate::domain::id::MerchantId;
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::store::{OrderRow, PersonOrder, PersonRow, StoreError};

/// More keys than one person has.
const MAX_KEYS: usize = 100;
/// As many orders as an answer has room for.
const MAX_ORDERS: usize = 500;

/// What was found.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Every key of the person, with the profile where there is one.
    pub profiles: BTreeMap<PersonKey, Option<PersonRow>>,
    /// Entries in the timelines, each order once.
    pub entries: BTreeMap<OrderRef, PersonOrder>,
    /// The orders themselves; one from before the engine was there has an entry only.
    pub orders: BTreeMap<OrderRef, OrderRow>,
    /// There is more than fits.
    pub truncated: bool,
}

/// Looks under these keys, under those that belong to them, and at these orders.
pub async fn gather(
    app: &App,
    merchant: MerchantId,
    persons: &BTreeSet<PersonKey>,
    orders: &[OrderRef],
) -> Result<Gathered, StoreError> {
    let mut found = Gathered::default();
    let mut todo: Vec<(PersonKey, bool)> = persons.iter().map(|person| (person.clone(), true)).collect();
    for order in orders.iter().take(MAX_ORDERS) {
        if let Some(row) = app.store.order(order).await?.filter(|row| row.merchant == merchant) {
            todo.extend(row.facts.by_customer_id.iter().map(|account| (account.value.clone(), true)));
            todo.extend(row.facts.persons().map(|person| (person.clone(), false)));
            found.orders.insert(order.clone(), row);
        }
    }
    let mut next = 0;
    while let Some((person, leads_on)) = todo.get(next).cloned() {
        next += 1;
        // One that was reached by a way that does not lead on may be reached by one that does.
        if found.profiles.contains_key(&person) && !leads_on {
            continue;
        }
        if next > MAX_KEYS * 10 || found.profiles.len() >= MAX_KEYS {
            found.truncated = true;
            break;
        }
        let profile = app.store.person(merchant, &person).await?;
        let mut more: Vec<(PersonKey, bool)> = Vec::new();
        if let Some(profile) = &profile {
            more.extend(profile.same.iter().chain(&profile.accounts).map(|account| (account.clone(), true)));
            more.extend(profile.addresses.iter().map(|address| (address.clone(), false)));
            if let Some(id) = profile.advocate {
                let account = app.store.advocate(id).await?.and_then(|advocate| advocate.customer);
                more.extend(account.map(|account| (account, true)));
            }
        }
        found.profiles.insert(person.clone(), profile);
        timeline(app, merchant, &person, &mut found).await?;
        if leads_on {
            let own = found.entries.values().filter(|entry| entry.also.contains(&person));
            more.extend(own.flat_map(|entry| &entry.also).map(|also| (also.clone(), false)));
            for row in found.orders.values().filter(|row| row.facts.persons().any(|key| *key == person)) {
                more.extend(row.facts.by_customer_id.iter().map(|account| (account.value.clone(), true)));
                more.extend(row.facts.persons().map(|key| (key.clone(), false)));
            }
        }
        let is_known =
            |key: &PersonKey, leads_on: bool| todo.iter().any(|(known, on)| known == key && (*on || !leads_on));
        let more: Vec<_> = more.into_iter().filter(|(key, leads_on)| !is_known(key, *leads_on)).collect();
        todo.extend(more);
    }
    Ok(found)
}

/// Adds a person's orders.
async fn timeline(app: &App, merchant: MerchantId, person: &PersonKey, found: &mut Gathered) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let (entries, next) = app.store.timeline(merchant, person, after.as_deref(), 100).await?;
        for entry in entries {
            if found.entries.len() >= MAX_ORDERS {
                found.truncated = true;
                return Ok(());
            }
            if !found.orders.contains_key(&entry.order)
                && let Some(row) = app.store.order(&entry.order).await?
            {
                found.orders.insert(entry.order.clone(), row);
            }
            found.entries.insert(entry.order.clone(), entry);
        }
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}
