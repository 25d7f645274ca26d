//! Decides one order: which advocate, if any, and why. A pure function of stored inputs, so that a decision can be
//! replayed to the same bytes.
//!
//! The strongest piece of evidence that is authentic, ours and within its window leads; the rules are judged for it
//! alone, so that failing one with your own code doesn't credit somebody else by the way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::counterfactual::counterfactual;
use super::days::days;
use super::decision::{CandidateKind, CandidateLine, CandidateOutcome, Credit, Decision, Outcome};
use super::id::AdvocateId;
use super::notes::notes;
use super::order::{Carried, Facts, OrderRef};
use super::person::{Fingerprint, Mark, PersonKey};
use super::program::Program;
use super::room::Room;
use super::rules::{Case, Judged, judge};
use super::sentence::sentence;

/// One piece of evidence with what looking it up found. `P` is the program version itself, or, where a decision's
/// inputs are stored, its name: versions are immutable, so the name is enough to replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate<P = Program> {
    pub kind: CandidateKind,
    /// The code it names; `None` for a token that can't be read.
    pub code: Option<Code>,
    pub finding: Finding<P>,
}

/// What a piece of evidence turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding<P = Program> {
    /// A code that no link of ours has: somebody else's coupon.
    NotOurs,
    /// A click token that we did not sign.
    Forged,
    /// A link of another merchant, or of another shop than the order's.
    Elsewhere,
    /// The buyer's own link, opened by the buyer: advocates look where their links lead. Neither a friend's visit nor a fraud;
    /// who uses the own code at the checkout, on the other hand, wants something of it.
    OwnVisit(AdvocateId),
    /// A link of this shop.
    Link(Box<FoundLink<P>>),
}

/// The link behind a piece of evidence, with the rules it stands under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLink<P = Program> {
    pub advocate: AdvocateId,
    /// The advocate as a customer, under every key we know, to tell a self-referral.
    pub advocate_keys: Vec<PersonKey>,
    /// Phones, addresses and devices that the advocate is known by.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub advocate_marks: Vec<(Mark, Fingerprint)>,
    /// The advocate's loyalty tier when the order was first decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    pub program: P,
    /// From when on the link no longer earns (disabled or expired).
    pub dead_from: Option<Timestamp>,
    /// When the friend clicked, by the token's own time; `None` for codes.
    pub clicked_at: Option<Timestamp>,
    /// Since when there has been such a code; `None`: not asked, as of clicks, and of orders decided before it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    /// The newest description of the order with this piece; `None`: a person said so, or it was not noted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
    /// The friend's discount is what the shop took off for the code. `false`: it is reckoned by the program, as it was of
    /// orders decided before that was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_till: bool,
}

impl<P> Candidate<P> {
    /// The same candidate with its program in another form.
    pub fn try_map_program<Q, E>(self, program: impl FnOnce(P) -> Result<Q, E>) -> Result<Candidate<Q>, E> {
        let finding = match self.finding {
            Finding::NotOurs => Finding::NotOurs,
            Finding::Forged => Finding::Forged,
            Finding::Elsewhere => Finding::Elsewhere,
            Finding::OwnVisit(advocate) => Finding::OwnVisit(advocate),
            Finding::Link(link) => Finding::Link(Box::new(FoundLink {
                advocate: link.advocate,
                advocate_keys: link.advocate_keys,
                advocate_marks: link.advocate_marks,
                tier: link.tier,
                program: program(link.program)?,
                dead_from: link.dead_from,
                clicked_at: link.clicked_at,
                made_at: link.made_at,
                carried: link.carried,
                by_till: link.by_till,
            })),
        };
        Ok(Candidate { kind: self.kind, code: self.code, finding })
    }
}

/// What is known of the buyer's earlier orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The first order by the same person that was placed earlier, paid, no test, and not cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_order: Option<EarlierOrder>,
    /// Keys of an advocate whose link is on the order, under which its buyer is known as well, though the order does not
    /// name them: it was placed with another address of the advocate's account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_as: Vec<PersonKey>,
    /// So many orders the merchant says the buyer has, which are more than are known here. Looked up where no earlier order
    /// is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_orders: Option<u32>,
}

/// An earlier order of a buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierOrder {
    pub order: OrderRef,
    pub placed_at: Timestamp,
    /// Whom it is credited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advocate: Option<AdvocateId>,
}

/// Decides one order. `candidates` are in order of strength; `room` is what limits leave for the leading one.
pub fn decide(order: &Facts, candidates: &[Candidate], history: &History, room: &Room, now: Timestamp) -> Decision {
    let decision = decided(order, candidates, history, room, now);
    let counterfactual = counterfactual(&decision, order, candidates, history, room);
    Decision { counterfactual, ..decision }
}

/// The decision without what would have changed it.
pub(super) fn decided(
    order: &Facts,
    candidates: &[Candidate],
    history: &History,
    room: &Room,
    now: Timestamp,
) -> Decision {
    let lead = order.snapshot.as_ref().and_then(|snapshot| Some((leading(order, candidates)?, snapshot)));
    let judged = lead.map(|((index, link), snapshot)| {
        let case = Case { order, snapshot, candidates, index, link, history, room };
        (index, link, judge(&case))
    });
    let outcome = judged.as_ref().map_or(Outcome::NotCredited, |(.., judged)| judged.outcome);
    let credit = judged.as_ref().and_then(|(index, link, _)| {
        Some(Credit {
            advocate: link.advocate,
            code: candidates[*index].code.clone()?,
            program: link.program.id,
            program_version: link.program.version,
        })
    });
    let lead_index = judged.as_ref().map(|(index, ..)| *index);
    let Judged { rules, rewards, signals, .. } = judged.map(|(.., judged)| judged).unwrap_or_default();
    let lines: Vec<_> = candidates
        .iter()
        .map(|candidate| candidate_line(order, candidate, lead_index.map(|i| &candidates[i]), outcome))
        .collect();
    Decision {
        outcome,
        sentence: sentence(order, outcome, lead_index.map(|i| &lines[i]), &lines, &rules, &signals),
        credit,
        candidates: lines,
        rules,
        rewards,
        signals,
        notes: notes(order),
        counterfactual: None,
        net: order.net(),
        refunded: order.refunded(),
        decided_at: now,
    }
}

/// The candidate that the rules are judged for: what limits leave is asked for its advocate and program. The strongest
/// that was in time; failing that, the strongest. A coupon that was taken off is none.
pub fn leading<'a>(order: &Facts, candidates: &'a [Candidate]) -> Option<(usize, &'a FoundLink)> {
    order.snapshot.as_ref()?;
    let ours = || {
        candidates.iter().enumerate().filter_map(|(index, candidate)| match &candidate.finding {
            Finding::Link(link) if !is_taken_off(order, candidate.kind, link) => Some((index, &**link)),
            Finding::Link(_) | Finding::NotOurs | Finding::Forged | Finding::Elsewhere | Finding::OwnVisit(_) => None,
        })
    };
    ours().find(|(_, link)| too_late(order, link).is_none()).or_else(|| ours().next())
}

/// The checkout let go of the coupon before the order was paid.
fn is_taken_off(order: &Facts, kind: CandidateKind, link: &FoundLink) -> bool {
    kind == CandidateKind::Coupon && link.carried.is_some_and(|carried| order.is_taken_off(carried))
}

/// Why a link does not speak for an order of its time.
fn too_late(order: &Facts, link: &FoundLink) -> Option<&'static str> {
    if in_window(order, link) == Some(false) {
        Some("the click is out of the window")
    } else if was_made(order, link) == Some(false) {
        Some("the code was made after the order")
    } else {
        None
    }
}

/// Whether the click was in time and the order not too long after it; `None` when there is no click to measure from.
pub(super) fn in_window(order: &Facts, link: &FoundLink) -> Option<bool> {
    let clicked_at = link.clicked_at?;
    let placed_at = order.snapshot.as_ref()?.placed_at;
    Some(order.is_in_time(clicked_at) && placed_at.duration_since(clicked_at) <= days(link.program.window_days))
}

/// Whether there was such a code when the order was placed; `None` where that was not asked.
pub(super) fn was_made(order: &Facts, link: &FoundLink) -> Option<bool> {
    link.made_at.map(|made_at| order.is_in_time(made_at))
}

fn candidate_line(order: &Facts, candidate: &Candidate, lead: Option<&Candidate>, outcome: Outcome) -> CandidateLine {
    let source = match candidate.kind {
        CandidateKind::Manual => "attributed by a person",
        CandidateKind::Coupon => "used at checkout",
        CandidateKind::Click => "click token in the order's attributes",
        CandidateKind::Landing => "click token in the landing URL",
        CandidateKind::Code => "named with the order",
    };
    let leads = lead.is_some_and(|lead| std::ptr::eq(lead, candidate));
    let (line_outcome, reason) = match &candidate.finding {
        Finding::NotOurs => (CandidateOutcome::Rejected, format!("{source}; no link has this code")),
        Finding::Forged => (CandidateOutcome::Rejected, format!("{source}; its signature is not ours")),
        Finding::Elsewhere => (CandidateOutcome::Rejected, format!("{source}; the link is not of this shop")),
        Finding::OwnVisit(_) => (CandidateOutcome::Rejected, format!("{source}; it is the buyer's own link")),
        Finding::Link(link) if is_taken_off(order, candidate.kind, link) => {
            (CandidateOutcome::Rejected, format!("{source}; {TAKEN_OFF}"))
        }
        Finding::Link(link) if !leads => {
            let reason = too_late(order, link).filter(|_| link.carried.is_some());
            let reason = reason.unwrap_or_else(|| outranked(candidate.kind, link, lead));
            (CandidateOutcome::Outranked, format!("{source}; {reason}"))
        }
        Finding::Link(_) => match outcome {
            Outcome::Credited | Outcome::Flagged | Outcome::Void => (CandidateOutcome::Won, source.to_owned()),
            Outcome::NotCredited => (CandidateOutcome::Failed, format!("{source}; a rule failed")),
        },
    };
    let advocate = match &candidate.finding {
        Finding::Link(link) => Some(link.advocate),
        Finding::OwnVisit(advocate) => Some(*advocate),
        // Another merchant's advocate is none of this merchant's business.
        Finding::NotOurs | Finding::Forged | Finding::Elsewhere => None,
    };
    CandidateLine { kind: candidate.kind, code: candidate.code.clone(), advocate, outcome: line_outcome, reason }
}

/// Why a coupon is no evidence any more.
pub(super) const TAKEN_OFF: &str = "it was taken off the order before it was paid";

/// Why something in time did not lead.
fn outranked(kind: CandidateKind, link: &FoundLink, lead: Option<&Candidate>) -> &'static str {
    let leader = lead.and_then(|lead| match &lead.finding {
        Finding::Link(leader) => Some((lead.kind, leader)),
        Finding::NotOurs | Finding::Forged | Finding::Elsewhere | Finding::OwnVisit(_) => None,
    });
    let (Some((lead_kind, leader)), Some(mine)) = (leader, link.carried) else {
        // Decided before it was noted which description carried what.
        return "stronger or fresher evidence led";
    };
    let is_click = matches!(kind, CandidateKind::Click | CandidateKind::Landing);
    if lead_kind != kind {
        "stronger evidence led"
    } else if leader.carried.is_some_and(|theirs| theirs.as_of > mine.as_of) {
        if is_click {
            "a later description of the order has another click"
        } else {
            "a later description of the order has another code"
        }
    } else if is_click {
        "a later click led"
    } else if leader.carried.is_some_and(|theirs| theirs.place < mine.place) {
        "another code was entered before it"
    } else {
        "of several codes the first by the alphabet led"
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
