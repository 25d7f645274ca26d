//! What a decision is made from, read before it: what the order's evidence points to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Attempt, SettleError};
use crate::App;
use crate::domain::code::Code;
use crate::domain::decide::{Candidate, Finding, FoundLink};
use crate::domain::decision::{CandidateKind, Outcome};
use crate::domain::id::AdvocateId;
use crate::domain::order::{Carried, Evidence, Pieces};
use crate::domain::person::{Fingerprint, Mark, PersonKey};
use crate::store::{Account, Advocate, OrderRow, ProgramName};

/// What the order's evidence points to, and how the advocates behind it stand.
pub(super) struct Resolved {
    pub(super) candidates: Vec<Candidate>,
    pub(super) accounts: BTreeMap<AdvocateId, Account>,
}

/// Looks up what the order's evidence points to, strongest first.
pub(super) async fn resolve(attempt: &Attempt<'_>) -> Result<Resolved, SettleError> {
    let Attempt { app, facts, .. } = attempt;
    let mut resolved = Resolved { candidates: Vec::new(), accounts: BTreeMap::new() };
    let Some(snapshot) = &facts.snapshot else { return Ok(resolved) };
    for piece in pieces(app, &facts.evidence) {
        let finding = match &piece.code {
            None => Finding::Forged,
            // A code that nobody was ever given needs no look-up.
            Some(code) if code.is_junk() => Finding::NotOurs,
            Some(code) => find(attempt, code, &piece, snapshot.placed_at, &mut resolved.accounts).await?,
        };
        resolved.candidates.push(Candidate { kind: piece.kind, code: piece.code, finding });
    }
    leave_out_own_visits(&mut resolved.candidates, |key| facts.persons().any(|person| person == key));
    Ok(resolved)
}

/// Who only came by the own link did not come by it. Asked first of the keys that the order names, and again when all keys
/// of the buyer are known.
pub(super) fn leave_out_own_visits(candidates: &mut [Candidate], is_buyer: impl Fn(&PersonKey) -> bool) {
    for candidate in candidates {
        if let Finding::Link(link) = &candidate.finding
            && matches!(candidate.kind, CandidateKind::Click | CandidateKind::Landing)
            && link.advocate_keys.iter().any(&is_buyer)
        {
            candidate.finding = Finding::OwnVisit(link.advocate);
        }
    }
}

/// One piece of evidence, read.
struct Piece {
    kind: CandidateKind,
    /// `None`: a token that is not ours.
    code: Option<Code>,
    clicked_at: Option<Timestamp>,
    carried: Option<Carried>,
}

/// The evidence as it ranks. Of two clicks on one description the last one comes first: where each is said is not when it
/// happened.
fn pieces(app: &App, evidence: &Pieces) -> Vec<Piece> {
    let read = |(evidence, carried): (&Evidence, Option<Carried>)| {
        let (kind, code, clicked_at) = match evidence {
            Evidence::Manual(code) => (CandidateKind::Manual, Some(code.clone()), None),
            Evidence::Coupon(code) => (CandidateKind::Coupon, Some(code.clone()), None),
            Evidence::Code(code) => (CandidateKind::Code, Some(code.clone()), None),
            Evidence::Click(token) => clicked(app, CandidateKind::Click, token),
            Evidence::Landing(token) => clicked(app, CandidateKind::Landing, token),
        };
        Piece { kind, code, clicked_at, carried }
    };
    let mut pieces: Vec<_> = evidence.ranked().into_iter().map(read).collect();
    // Stable: only clicks of one description change places.
    let described = |piece: &Piece| (piece.kind, piece.carried.map(|carried| carried.as_of));
    for same in pieces.chunk_by_mut(|one, other| described(one) == described(other)) {
        same.sort_by_key(|piece| Reverse(piece.clicked_at));
    }
    pieces
}

fn clicked(app: &App, kind: CandidateKind, token: &str) -> (CandidateKind, Option<Code>, Option<Timestamp>) {
    let token = app.config.keys.verify_click(token);
    let clicked_at = token.as_ref().map(|token| token.click.clicked_at());
    (kind, token.map(|token| token.code), clicked_at)
}

async fn find(
    attempt: &Attempt<'_>,
    code: &Code,
    piece: &Piece,
    placed_at: Timestamp,
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
    let advocate_keys = [advocate.person].into_iter().chain(advocate.customer).collect();
    // A person who attributes an order knows why, and a click is of a link that was there.
    let asks_since = matches!(piece.kind, CandidateKind::Coupon | CandidateKind::Code);
    let made_at = pinned.map_or(Some(link.since()), |known| known.made_at).filter(|_| asks_since);
    accounts.insert(advocate.id, advocate.account);
    Ok(Finding::Link(Box::new(FoundLink {
        advocate: link.advocate,
        advocate_keys,
        advocate_marks,
        tier,
        program,
        dead_from: link.dead_from(),
        clicked_at: piece.clicked_at,
        made_at,
        carried: piece.carried,
        by_till: pinned.is_none_or(|known| known.by_till),
    })))
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

/// Whom a stored order is credited to.
pub(super) fn credited_to(row: &OrderRow) -> Option<AdvocateId> {
    let decision = row.decision.as_ref().filter(|decision| decision.outcome == Outcome::Credited)?;
    decision.credit.as_ref().map(|credit| credit.advocate)
}
