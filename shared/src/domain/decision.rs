//! The outcome for one order, with its full trail: every candidate, every rule, its input and what was expected.
//! This is what "why" answers, so each line is written for a person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::{AdvocateId, ProgramId};
use super::money::Money;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An advocate is credited.
    Credited,
    /// Nobody is, and the trail says why.
    NotCredited,
    /// It would have counted, but was cancelled or fell below the minimum by refunds.
    Void,
}

/// Where a candidate came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    Coupon,
    Click,
    Landing,
    Code,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateOutcome {
    /// The one that the rules were judged for, and the order is credited to.
    Won,
    /// The one that the rules were judged for; a rule failed.
    Failed,
    /// Real, but a stronger one led.
    Outranked,
    /// Not evidence of ours.
    Rejected,
}

/// One line per piece of evidence on the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateLine {
    pub kind: CandidateKind,
    pub code: Option<Code>,
    pub advocate: Option<AdvocateId>,
    pub outcome: CandidateOutcome,
    pub reason: String,
}

/// The rules, in the order in which they are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    TestOrder,
    Paid,
    ProgramActive,
    LinkActive,
    Window,
    SelfReferral,
    NewCustomer,
    Currency,
    Cap,
    Budget,
    NotCancelled,
    MinimumOrder,
}

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    Pass,
    Fail,
    /// The program does not ask for it, or it does not apply.
    Skip,
}

/// One line per rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    pub rule: Rule,
    pub input: String,
    pub expected: String,
    pub outcome: RuleOutcome,
}

/// Whom the order is (or, when void, was) credited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    pub advocate: AdvocateId,
    pub code: Code,
    pub program: ProgramId,
    pub program_version: u32,
}

/// The decision for one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub outcome: Outcome,
    /// One plain sentence without personal data.
    pub sentence: String,
    /// The leading candidate's advocate and rules, whatever the outcome; `None` when nothing on the order is ours.
    pub credit: Option<Credit>,
    pub candidates: Vec<CandidateLine>,
    pub rules: Vec<RuleLine>,
    /// What counts, after refunds.
    pub net: Option<Money>,
    /// What went back.
    pub refunded: Option<Money>,
    pub decided_at: Timestamp,
}
