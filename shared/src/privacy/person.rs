//! Erases a person: every key under which the person is known, what the merchant said of the advocate, and the links. A
//! profile becomes a tombstone first, so that what is written at the same time finds it.

use crate::App;
use crate::domain::id::{AdvocateId, PrivacyId};
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::store::{AuditRow, Link, LinkState, PrivacyRow, Stage, StoreError, Todo};

use super::PAGE;

/// More keys than one person has.
const MAX_KEYS: usize = 100;
/// Tries until a link that others change all the time is left to the next step.
const TRIES: u32 = 8;

impl PrivacyRow {
    /// Adds a key to what is to be erased, unless it was.
    fn add(&mut self, person: &PersonKey, leads_on: bool) {
        if let Some(todo) = self.work.todo.iter_mut().find(|todo| todo.person == *person) {
            todo.leads_on |= leads_on;
        } else if leads_on && self.persons.contains(person) {
            // Its data are gone, but where they lead to was not asked.
            if !self.work.followed.contains(person) {
                self.work.todo.push(Todo { person: person.clone(), leads_on });
            }
        } else if self.persons.len() < MAX_KEYS && self.persons.insert(person.clone()) {
            self.work.todo.push(Todo { person: person.clone(), leads_on });
        }
    }
}

/// Finds the keys under which the named orders know the person.
pub(super) async fn orders(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    let from: usize = row.work.cursor.take().and_then(|at| at.parse().ok()).unwrap_or(0);
    let page: Vec<_> = row.orders.iter().skip(from).take(PAGE).cloned().collect();
    for order in &page {
        named_by(app, &mut row, order).await?;
    }
    if page.len() == PAGE {
        row.work.cursor = Some((from + PAGE).to_string());
    } else {
        row.work.stage = Stage::Persons;
    }
    Ok(row)
}

/// Adds the keys of an order. All orders of an account are one person's, so its key leads on; an address may be shared, so
/// that one does only where the request named it.
async fn named_by(app: &App, row: &mut PrivacyRow, order: &OrderRef) -> Result<(), StoreError> {
    let Some(order) = app.store.order(order).await?.filter(|order| order.merchant == row.merchant) else {
        return Ok(());
    };
    if let Some(account) = &order.facts.by_customer_id {
        row.add(&account.value, true);
    }
    for person in order.facts.persons().chain(order.entered.iter().flat_map(|entered| &entered.persons)) {
        row.add(person, false);
    }
    Ok(())
}

/// Erases the next key, or goes on with its timeline.
pub(super) async fn next(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    let Some(Todo { person, leads_on }) = row.work.todo.first().cloned() else {
        row.work.stage = Stage::Parked;
        return Ok(row);
    };
    let cursor = row.work.cursor.take();
    if leads_on {
        row.work.followed.insert(person.clone());
    }
    if cursor.is_none() {
        let profile = app.store.erase_person(row.merchant, &person, app.now()).await?;
        row.counts.persons += 1;
        for account in profile.same.iter().chain(&profile.accounts) {
            row.add(account, true);
        }
        for address in &profile.addresses {
            row.add(address, false);
        }
        if let Some(id) = profile.advocate {
            let (account, links) = advocate(app, row.id, id).await?;
            row.counts.links += links;
            if let Some(account) = &account {
                row.add(account, true);
            }
        }
    }
    let page = i32::try_from(PAGE).unwrap_or(i32::MAX);
    let (entries, after) = app.store.timeline(row.merchant, &person, cursor.as_deref(), page).await?;
    for entry in &entries {
        if !entry.marks.is_empty() {
            app.store.forget_marks(row.merchant, &person, entry).await?;
        }
        if leads_on {
            named_by(app, &mut row, &entry.order).await?;
            // The order itself may be about to be written.
            for also in &entry.also {
                row.add(also, false);
            }
        }
        row.counts.orders += 1;
    }
    row.work.cursor = after;
    if row.work.cursor.is_none() {
        row.work.todo.remove(0);
    }
    Ok(row)
}

/// Erases an advocate, who gets no more links from then on, and disables those that there are. Answers the account by
/// which the advocate was known, and how many links there are.
pub(super) async fn advocate(
    app: &App,
    request: PrivacyId,
    id: AdvocateId,
) -> Result<(Option<PersonKey>, u64), StoreError> {
    let advocate = app.store.erase_advocate(id, app.now()).await?;
    let mut links = 0;
    for link in app.store.advocate_links(id).await? {
        if let Some(link) = app.store.link(&link.code).await? {
            disable(app, request, link).await?;
            links += 1;
        }
    }
    Ok((advocate.customer, links))
}

/// Disables a link for good, on record.
pub(super) async fn disable(app: &App, request: PrivacyId, link: Link) -> Result<(), StoreError> {
    let code = link.code.clone();
    let mut found = Some(link);
    for _ in 0..TRIES {
        let Some(link) = found.filter(|link| link.erased_at.is_none()) else { return Ok(()) };
        let now = app.now();
        let erased = Link {
            state: LinkState::Disabled,
            disabled_at: link.disabled_at.or(Some(now)),
            erased_at: Some(now),
            version: link.version + 1,
            ..link
        };
        let audit = AuditRow {
            merchant: erased.merchant,
            order: None,
            version: erased.version,
            at: now,
            actor: "Goodword".to_owned(),
            action: "erase".to_owned(),
            subject: code.to_string(),
            reason: request.to_string(),
            changed: Vec::new(),
        };
        if app.store.replace_link_on_record(&erased, &audit).await? {
            return Ok(());
        }
        found = app.store.link(&code).await?;
    }
    Err(StoreError::Busy(format!("the link {code} is changed all the time")))
}
