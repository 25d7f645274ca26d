//! What a decision is made from, read before it: what the order's evidence points to, and what its buyer ordered
//! earlier.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Attempt, SettleError};
use crate::App;
use crate::domain::code::Code;
use crate::domain::decide::{Candidate, EarlierOrder, Finding, FoundLink, History};
use crate::domain::decision::{CandidateKind, Outcome};
use crate::domain::id::{AdvocateId, MerchantId};
use crate::domain::order::{Evidence, Facts};
use crate::domain::person::{Fingerprint, Mark, PersonKey};
use crate::store::{Account, Advocate, Buyer, Entered, OrderRow, PersonOrder, ProgramName};

/// What the order's evidence points to, and how the advocates behind it stand.
pub(super) struct Resolved {
    pub(super) candidates: Vec<Candidate>,
    pub(super) accounts: BTreeMap<AdvocateId, Account>,
}

/// Looks up what the order's evidence points to, strongest first.
pub(super) async fn resolve(attempt: &Attempt<'_>) -> Result<Resolved, SettleError> {
    let Attempt { app, facts, .. } = attempt;
    let mut resolved = Resolved { candidates: Vec::with_capacity(facts.evidence.len()), accounts: BTreeMap::new() };
    let Some(snapshot) = &facts.snapshot else { return Ok(resolved) };
    for evidence in &facts.evidence {
        let (kind, named) = match evidence {
            Evidence::Manual(code) => (CandidateKind::Manual, Some((code.clone(), None))),
            Evidence::Coupon(code) => (CandidateKind::Coupon, Some((code.clone(), None))),
            Evidence::Code(code) => (CandidateKind::Code, Some((code.clone(), None))),
            Evidence::Click(token) => (CandidateKind::Click, clicked(app, token)),
            Evidence::Landing(token) => (CandidateKind::Landing, clicked(app, token)),
        };
        let (code, finding) = match named {
            None => (None, Finding::Forged),
            // A code that nobody was ever given needs no look-up.
            Some((code, _)) if code.is_junk() => (Some(code), Finding::NotOurs),
            Some((code, clicked_at)) => {
                let finding = find(attempt, &code, snapshot.placed_at, clicked_at, &mut resolved.accounts).await?;
                (Some(code), unless_own(finding, kind, facts))
            }
        };
        resolved.candidates.push(Candidate { kind, code, finding });
    }
    Ok(resolved)
}

/// What was found, unless the buyer only came by the own link.
fn unless_own(finding: Finding, kind: CandidateKind, facts: &Facts) -> Finding {
    match finding {
        Finding::Link(link)
            if matches!(kind, CandidateKind::Click | CandidateKind::Landing)
                && facts.persons().any(|person| link.advocate_keys.contains(person)) =>
        {
            Finding::OwnVisit(link.advocate)
        }
        found => found,
    }
}

fn clicked(app: &App, token: &str) -> Option<(Code, Option<Timestamp>)> {
    app.config.keys.verify_click(token).map(|token| (token.code, Some(token.click.clicked_at())))
}

async fn find(
    attempt: &Attempt<'_>,
    code: &Code,
    placed_at: Timestamp,
    clicked_at: Option<Timestamp>,
    accounts: &mut BTreeMap<AdvocateId, Account>,
) -> Result<Finding, SettleError> {
    let Attempt { app, owner, .. } = attempt;
    let Some(link) = app.store.link(code).await? else { return Ok(Finding::NotOurs) };
    if link.merchant != owner.merchant || link.shop != owner.shop {
        return Ok(Finding::Elsewhere);
    }
    // Once judged by a version, an order stays with it, and with what was known of the advocate then.
    let pinned = attempt.stored.as_ref().and_then(|row| pinned(row, code));
    let same_program = pinned.filter(|known| known.program.id == link.program);
    let program = match same_program {
        Some(known) => app.store.program_version(owner.merchant, link.program, known.program.version).await?,
        None => app.store.program_at(owner.merchant, link.program, placed_at).await?,
    };
    let program = program.ok_or_else(|| SettleError::Missing(format!("program {}", link.program)))?;
    let advocate = app
        .store
        .advocate(link.advocate)
        .await?
        .ok_or_else(|| SettleError::Missing(format!("advocate {}", link.advocate)))?;
    let (tier, advocate_marks) = match pinned {
        Some(known) => (known.tier.clone(), known.advocate_marks.clone()),
        None => (advocate.tier.clone(), marks(attempt, &advocate).await?),
    };
    let mut advocate_keys = vec![advocate.person];
    if let Some(account) = advocate.customer {
        advocate_keys.extend(same_person(app, owner.merchant, account).await?);
    }
    accounts.insert(advocate.id, advocate.account);
    Ok(Finding::Link(Box::new(FoundLink {
        advocate: link.advocate,
        advocate_keys,
        advocate_marks,
        tier,
        program,
        dead_from: link.dead_from(),
        clicked_at,
    })))
}

/// More accounts than anybody merges.
const MERGED: usize = 10;

/// An account, and those that became one with it.
async fn same_person(app: &App, merchant: MerchantId, account: PersonKey) -> Result<Vec<PersonKey>, SettleError> {
    let mut keys = vec![account];
    let mut next = 0;
    while let Some(key) = keys.get(next).filter(|_| next < MERGED) {
        let same = app.store.person(merchant, key).await?.map(|row| row.same).unwrap_or_default();
        keys.extend(same.into_iter().filter(|key| !keys.contains(key)).collect::<Vec<_>>());
        next += 1;
    }
    Ok(keys)
}

/// How many of an advocate's own orders are looked at for what they are known by.
const OWN_ORDERS: i32 = 5;

/// What the advocate is known by: as the merchant told, and from the advocate's own orders. Asked only if the order has
/// something to compare it with.
async fn marks(attempt: &Attempt<'_>, advocate: &Advocate) -> Result<Vec<(Mark, Fingerprint)>, SettleError> {
    if attempt.facts.marks.is_empty() {
        return Ok(Vec::new());
    }
    let merchant = attempt.owner.merchant;
    let own = attempt.app.store.first_orders(merchant, &advocate.person, OWN_ORDERS).await?;
    let told = advocate.marks.clone().into_iter();
    // The order itself may have been entered for the advocate: by a buyer who is the advocate.
    let from_orders = own.into_iter().filter(|entry| entry.order != attempt.event.order).flat_map(|entry| entry.marks);
    let marks: BTreeSet<_> = told.chain(from_orders).collect();
    Ok(marks.into_iter().collect())
}

/// What the stored decision knew of the link behind a code.
fn pinned<'a>(row: &'a OrderRow, code: &Code) -> Option<&'a FoundLink<ProgramName>> {
    let candidates = &row.inputs.as_ref()?.candidates;
    candidates.iter().find_map(|candidate| match &candidate.finding {
        Finding::Link(link) if candidate.code.as_ref() == Some(code) => Some(&**link),
        _ => None,
    })
}

pub(super) fn links(candidates: &[Candidate]) -> impl Iterator<Item = &FoundLink> {
    candidates.iter().filter_map(|candidate| match &candidate.finding {
        Finding::Link(link) => Some(&**link),
        Finding::NotOurs | Finding::Forged | Finding::Elsewhere | Finding::OwnVisit(_) => None,
    })
}

/// Enters the order into its buyer's timeline before looking at the timeline: of two orders of one person at once, at
/// least one then sees the other. With a link of ours on it the order is entered under every key of the buyer, so that
/// another address with the same account is the same person; the contact is kept only then.
pub(super) async fn enter(attempt: &Attempt<'_>, candidates: &[Candidate]) -> Result<Option<Entered>, SettleError> {
    let Attempt { app, owner, event, facts, .. } = attempt;
    let known = attempt.stored.as_ref().and_then(|row| row.entered.clone());
    let ours = links(candidates).next().is_some();
    let Some(snapshot) = facts.snapshot.as_ref().filter(|_| ours || facts.is_purchase()) else { return Ok(known) };
    // Any other order costs one write here, and most orders are others.
    let persons: Vec<_> = facts.persons().take(if ours { 2 } else { 1 }).cloned().collect();
    let contact = event.contact.as_ref().filter(|_| ours || owner.invites);
    let same = known.as_ref().filter(|known| known.persons == persons && known.placed_at == snapshot.placed_at);
    if persons.is_empty() || same.is_some_and(|known| known.contact || contact.is_none()) {
        return Ok(known);
    }
    let placed_at = snapshot.placed_at;
    let purchase = |person: &PersonKey| PersonOrder {
        order: event.order.clone(),
        placed_at,
        purchase: facts.is_purchase(),
        remembered: false,
        also: persons.iter().filter(|key| *key != person).cloned().collect(),
        marks: facts.marks.iter().map(|(mark, learnt)| (*mark, learnt.value.clone())).collect(),
    };
    for person in &persons {
        app.store.put_person_order(owner.merchant, person, &purchase(person)).await?;
    }
    let Some(contact) = contact else { return Ok(Some(Entered { persons, placed_at, contact: false })) };
    let buyer = Buyer { contact: contact.clone(), shop: owner.shop };
    let kept = keep_buyer(app, owner.merchant, &persons, &buyer, placed_at).await?;
    if !kept {
        for person in &persons {
            app.store.forget_marks(owner.merchant, person, &purchase(person)).await?;
        }
    }
    Ok(Some(Entered { persons, placed_at, contact: kept }))
}

/// Keeps the buyer's contact under the first key, unless a key of the buyer was erased since the order was placed. Asked
/// only when the order is in the timelines: whoever erases one of the keys after that finds the others there, and erases
/// the contact or keeps it from being written.
async fn keep_buyer(
    app: &App,
    merchant: MerchantId,
    persons: &[PersonKey],
    buyer: &Buyer,
    placed_at: Timestamp,
) -> Result<bool, SettleError> {
    let Some((first, others)) = persons.split_first() else { return Ok(false) };
    for person in others {
        if app.store.person(merchant, person).await?.is_some_and(|profile| profile.erased_since(placed_at)) {
            return Ok(false);
        }
    }
    Ok(app.store.keep_buyer(merchant, first, buyer, placed_at).await?)
}

/// Whom a stored order is credited to.
pub(super) fn credited_to(row: &OrderRow) -> Option<AdvocateId> {
    let decision = row.decision.as_ref().filter(|decision| decision.outcome == Outcome::Credited)?;
    decision.credit.as_ref().map(|credit| credit.advocate)
}

/// The timelines of one buyer's keys as one: oldest first, each order once.
pub(super) fn merged(mut timelines: Vec<PersonOrder>) -> Vec<PersonOrder> {
    timelines.sort_by(|one, other| (one.placed_at, &one.order).cmp(&(other.placed_at, &other.order)));
    timelines.dedup_by(|one, other| one.order == other.order);
    timelines
}

/// How many of a person's first orders are looked at. Beyond so many that are all cancelled, a buyer counts as new.
const LOOKED_AT: i32 = 25;

/// What the buyer ordered earlier. Read only when a program asks for new customers.
pub(super) async fn history(attempt: &Attempt<'_>, candidates: &[Candidate]) -> Result<History, SettleError> {
    let Attempt { app, owner, event, facts, .. } = attempt;
    let asks = links(candidates).any(|link| link.program.asks_history());
    let Some(snapshot) = facts.snapshot.as_ref().filter(|_| asks) else { return Ok(History::default()) };
    let this = (snapshot.placed_at, &event.order);
    let mut earlier = Vec::new();
    for person in facts.persons() {
        let timeline = app.store.first_orders(owner.merchant, person, LOOKED_AT).await?;
        // The order itself may be there under a time that the platform has corrected since.
        let others = timeline.into_iter().filter(|entry| entry.order != event.order);
        earlier.extend(others.filter(|entry| (entry.placed_at, &entry.order) < this));
    }
    let earlier = merged(earlier);
    let orders: Vec<_> = earlier.iter().map(|entry| entry.order.clone()).collect();
    let rows = app.store.orders(&orders).await?;
    let counts = |entry: &PersonOrder| {
        let row = rows.iter().find(|row| row.order == entry.order);
        // An entry without its order is one that is being written this moment; one that its order does not know any more
        // is from before the platform corrected who bought, or when.
        let is_current = |entered: &Entered| {
            entered.placed_at == entry.placed_at
                && entered.persons.iter().any(|key| facts.persons().any(|own| own == key))
        };
        let stands = |row: &OrderRow| {
            row.facts.is_purchase() && !row.facts.is_cancelled() && row.entered.as_ref().is_some_and(is_current)
        };
        row.map_or(entry.purchase, stands)
    };
    let earlier_order = earlier.into_iter().find(counts).map(|entry| {
        let row = rows.iter().find(|row| row.order == entry.order);
        EarlierOrder { advocate: row.and_then(credited_to), order: entry.order, placed_at: entry.placed_at }
    });
    Ok(History { earlier_order })
}
