//! Decides one order: which advocate, if any, and why. A pure function of stored inputs, so that a decision can be
//! replayed to the same bytes.
//!
//! The strongest piece of evidence that is authentic, ours and within its window leads; the rules are judged for it
//! alone, so that failing one with your own code doesn't credit somebody else by the way.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::decision::{
    CandidateKind, CandidateLine, CandidateOutcome, Credit, Decision, Outcome, Rule, RuleLine, RuleOutcome,
};
use super::id::AdvocateId;
use super::money::Money;
use super::order::{Facts, OrderRef, Snapshot};
use super::person::PersonKey;
use super::program::Program;
use super::sentence::sentence;

/// How far a click may lie after its order: clocks of shop and engine differ a little.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

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
    /// A link of this shop.
    Link(Box<FoundLink<P>>),
}

/// The link behind a piece of evidence, with the rules it stands under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLink<P = Program> {
    pub advocate: AdvocateId,
    /// The advocate as a customer, under every key we know, to tell a self-referral.
    pub advocate_keys: Vec<PersonKey>,
    pub program: P,
    /// From when on the link no longer earns (disabled or expired).
    pub dead_from: Option<Timestamp>,
    /// When the friend clicked, by the token's own time; `None` for codes.
    pub clicked_at: Option<Timestamp>,
}

impl<P> Candidate<P> {
    /// The same candidate with its program in another form.
    pub fn try_map_program<Q, E>(self, program: impl FnOnce(P) -> Result<Q, E>) -> Result<Candidate<Q>, E> {
        let finding = match self.finding {
            Finding::NotOurs => Finding::NotOurs,
            Finding::Forged => Finding::Forged,
            Finding::Elsewhere => Finding::Elsewhere,
            Finding::Link(link) => Finding::Link(Box::new(FoundLink {
                advocate: link.advocate,
                advocate_keys: link.advocate_keys,
                program: program(link.program)?,
                dead_from: link.dead_from,
                clicked_at: link.clicked_at,
            })),
        };
        Ok(Candidate { kind: self.kind, code: self.code, finding })
    }
}

/// What is known of the buyer's earlier orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// An earlier order by the same person that was paid, no test, and not cancelled.
    pub earlier_order: Option<(OrderRef, Timestamp)>,
}

/// Decides one order. `candidates` are in order of strength.
pub fn decide(order: &Facts, candidates: &[Candidate], history: &History, now: Timestamp) -> Decision {
    let lead = order.snapshot.as_ref().and_then(|snapshot| lead(candidates, snapshot.placed_at));
    let judged =
        lead.and_then(|(index, link)| order.snapshot.as_ref().map(|s| (index, link, judge(order, s, link, history))));
    let outcome = judged.as_ref().map_or(Outcome::NotCredited, |(_, link, rules)| outcome(order, &link.program, rules));
    let credit = judged.as_ref().and_then(|(index, link, _)| {
        Some(Credit {
            advocate: link.advocate,
            code: candidates[*index].code.clone()?,
            program: link.program.id,
            program_version: link.program.version,
        })
    });
    let lead_index = judged.as_ref().map(|(index, ..)| *index);
    let rules = judged.map(|(_, _, rules)| rules).unwrap_or_default();
    let lines: Vec<_> =
        candidates.iter().enumerate().map(|(i, c)| candidate_line(c, lead_index == Some(i), outcome)).collect();
    Decision {
        outcome,
        sentence: sentence(order, outcome, lead_index.map(|i| &lines[i]), &lines, &rules),
        credit,
        candidates: lines,
        rules,
        net: order.net(),
        refunded: order.refunded(),
        decided_at: now,
    }
}

/// The strongest authentic candidate within its window; failing that, the strongest authentic one.
fn lead(candidates: &[Candidate], placed_at: Timestamp) -> Option<(usize, &FoundLink)> {
    let ours = || {
        candidates.iter().enumerate().filter_map(|(index, candidate)| match &candidate.finding {
            Finding::Link(link) => Some((index, &**link)),
            Finding::NotOurs | Finding::Forged | Finding::Elsewhere => None,
        })
    };
    ours().find(|(_, link)| in_window(link, placed_at) != Some(false)).or_else(|| ours().next())
}

/// `None` when there is no click to measure from.
fn in_window(link: &FoundLink, placed_at: Timestamp) -> Option<bool> {
    let since_click = placed_at.duration_since(link.clicked_at?);
    let window = SignedDuration::from_hours(24 * i64::from(link.program.window_days));
    Some((-CLOCK_SKEW..=window).contains(&since_click))
}

fn judge(order: &Facts, snapshot: &Snapshot, link: &FoundLink, history: &History) -> Vec<RuleLine> {
    let program = &link.program;
    let placed_at = snapshot.placed_at;
    let check = |rule, input: String, expected: String, passes: bool| {
        let outcome = if passes { RuleOutcome::Pass } else { RuleOutcome::Fail };
        RuleLine { rule, input, expected, outcome }
    };
    let skip =
        |rule, why: &str| RuleLine { rule, input: "none".into(), expected: why.into(), outcome: RuleOutcome::Skip };

    let window = match (in_window(link, placed_at), link.clicked_at) {
        (Some(passes), Some(clicked_at)) => check(
            Rule::Window,
            format!("clicked {clicked_at:.0}, ordered {placed_at:.0}"),
            format!("ordered within {} days of the click", program.window_days),
            passes,
        ),
        _ => skip(Rule::Window, "a code has no window"),
    };
    let new_customer = if program.qualify.new_customers_only {
        let (input, passes) = match (order.person(), &history.earlier_order) {
            (None, _) => ("the order names no customer".to_owned(), false),
            (Some(_), Some((earlier, at))) => (format!("ordered before: order {} of {at:.0}", earlier.id), false),
            (Some(_), None) => ("no earlier order".to_owned(), true),
        };
        check(Rule::NewCustomer, input, "no earlier order".into(), passes)
    } else {
        skip(Rule::NewCustomer, "the program takes returning customers")
    };
    let currency = match program.limit_currency() {
        Some(expected) => {
            check(Rule::Currency, snapshot.currency.to_string(), expected.to_string(), snapshot.currency == expected)
        }
        None => skip(Rule::Currency, "the program names no limits in money"),
    };
    let net = order.net().map_or_else(|| "unknown".to_owned(), |net| net.to_string());

    vec![
        check(Rule::TestOrder, yes_no(snapshot.test), "no".into(), !snapshot.test),
        check(
            Rule::Paid,
            order.paid_at.map_or_else(|| "not paid".to_owned(), |at| format!("paid {at:.0}")),
            "paid".into(),
            order.paid_at.is_some(),
        ),
        check(
            Rule::ProgramActive,
            format!("ordered {placed_at:.0}"),
            active_text(program),
            program.is_active_at(placed_at),
        ),
        check(
            Rule::LinkActive,
            format!("ordered {placed_at:.0}"),
            link.dead_from.map_or_else(|| "active".to_owned(), |end| format!("before {end:.0}")),
            link.dead_from.is_none_or(|end| placed_at < end),
        ),
        window,
        check(
            Rule::SelfReferral,
            if order.person().is_none() {
                "the order names no customer".to_owned()
            } else {
                yes_no(is_self(order, link))
            },
            "buyer and advocate differ".into(),
            !is_self(order, link),
        ),
        new_customer,
        currency,
        skip(Rule::Cap, "the program has no cap"),
        skip(Rule::Budget, "the program has no budget"),
        check(
            Rule::NotCancelled,
            snapshot.cancelled_at.map_or_else(|| "not cancelled".to_owned(), |at| format!("cancelled {at:.0}")),
            "not cancelled".into(),
            snapshot.cancelled_at.is_none(),
        ),
        check(
            Rule::MinimumOrder,
            net,
            program.qualify.minimum_order.map_or_else(|| "more than 0".to_owned(), |least| format!("at least {least}")),
            order.net().is_some_and(|net| reaches_minimum(net, program)),
        ),
    ]
}

fn is_self(order: &Facts, link: &FoundLink) -> bool {
    // By either identity: an order with another e-mail may still carry the advocate's customer account.
    order.persons().any(|person| link.advocate_keys.contains(person))
}

fn reaches_minimum(net: Money, program: &Program) -> bool {
    // An order of which nothing is left earns nothing, whatever the program says.
    net.minor() > 0 && program.qualify.minimum_order.is_none_or(|least| net.minor() >= least.minor())
}

/// Void is for orders that had counted and no longer do: only a cancellation or refunds stand against them.
fn outcome(order: &Facts, program: &Program, rules: &[RuleLine]) -> Outcome {
    let failed = |line: &&RuleLine| line.outcome == RuleOutcome::Fail;
    let passing = |line: &RuleLine| matches!(line.rule, Rule::NotCancelled | Rule::MinimumOrder);
    if !rules.iter().any(|line| failed(&line)) {
        return Outcome::Credited;
    }
    let had_counted = rules.iter().filter(failed).all(passing)
        && order.net_before_refunds().is_some_and(|net| reaches_minimum(net, program));
    if had_counted { Outcome::Void } else { Outcome::NotCredited }
}

fn candidate_line(candidate: &Candidate, leads: bool, outcome: Outcome) -> CandidateLine {
    let source = match candidate.kind {
        CandidateKind::Coupon => "used at checkout",
        CandidateKind::Click => "click token in the order's attributes",
        CandidateKind::Landing => "click token in the landing URL",
        CandidateKind::Code => "named with the order",
    };
    let (line_outcome, reason) = match &candidate.finding {
        Finding::NotOurs => (CandidateOutcome::Rejected, format!("{source}; no link has this code")),
        Finding::Forged => (CandidateOutcome::Rejected, format!("{source}; its signature is not ours")),
        Finding::Elsewhere => (CandidateOutcome::Rejected, format!("{source}; the link is not of this shop")),
        Finding::Link(_) if !leads => {
            (CandidateOutcome::Outranked, format!("{source}; stronger or fresher evidence led"))
        }
        Finding::Link(_) => match outcome {
            Outcome::Credited | Outcome::Void => (CandidateOutcome::Won, source.to_owned()),
            Outcome::NotCredited => (CandidateOutcome::Failed, format!("{source}; a rule failed")),
        },
    };
    let advocate = match &candidate.finding {
        Finding::Link(link) => Some(link.advocate),
        // Another merchant's advocate is none of this merchant's business.
        Finding::NotOurs | Finding::Forged | Finding::Elsewhere => None,
    };
    CandidateLine { kind: candidate.kind, code: candidate.code.clone(), advocate, outcome: line_outcome, reason }
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn active_text(program: &Program) -> String {
    match (program.state, program.starts_at, program.ends_at) {
        (super::program::ProgramState::Paused, ..) => "the program is paused".to_owned(),
        (_, None, None) => "active".to_owned(),
        (_, Some(start), None) => format!("from {start:.0}"),
        (_, None, Some(end)) => format!("before {end:.0}"),
        (_, Some(start), Some(end)) => format!("from {start:.0}, before {end:.0}"),
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
