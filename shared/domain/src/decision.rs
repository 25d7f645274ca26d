//! The outcome for one order, with its full trail: every candidate, every rule, its input and what was expected.
//! This is what "why" answers, so each line is written for a person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::code::Code;
use super::id::{AdvocateId, ProgramId};
use super::money::Money;
use super::program::{Kind, Side};
use super::signals::Signal;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An advocate is credited.
    Credited,
    /// It would be, but a person has to look at it first.
    Flagged,
    /// Nobody is, and the trail says why.
    NotCredited,
    /// It would have counted, but was cancelled or fell below the minimum by refunds.
    Void,
}

/// Where a candidate came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    Manual,
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
    /// Not evidence of ours, or none any more.
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
    /// Only where the program asks.
    Country,
    /// Only where the program asks.
    Market,
    /// Only where the program asks.
    Products,
    /// Only where the program asks.
    Stacking,
    /// Only where the friend's discount is the code itself. Never fails: it says what the shop took off for it.
    Discount,
    Currency,
    /// Only where there is a signal or a verdict.
    Review,
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

/// How the value of a discount at the checkout is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The shop told what it took off.
    Told,
    /// The shop told that the code was used, and not what it took off: reckoned by the program's rule.
    Estimate,
}

/// One line per reward of the program: what it comes to, or why it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardLine {
    /// The rule's number within the program version, the advocate's first.
    pub number: u8,
    pub side: Side,
    pub kind: Kind,
    /// What it is worth now.
    pub value: Amount,
    /// What it would be worth without refunds, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_refunds: Option<Amount>,
    /// Of a discount at the checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// What of it the shopper saw, where that is more: with the tax that the shop's prices contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Amount>,
    /// `pass`: given. `skip`: a condition of the rule does not hold. `fail`: a cap refuses it.
    pub outcome: RuleOutcome,
    /// Why it is not given, or less than it would be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl RewardLine {
    /// What it is worth without refunds.
    pub fn face(&self) -> &Amount {
        self.before_refunds.as_ref().unwrap_or(&self.value)
    }
}

/// One line per sign that something is odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalLine {
    pub signal: Signal,
    pub points: u32,
    pub detail: String,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewards: Vec<RewardLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalLine>,
    /// How the order was read, where that is not as it was told; see `domain::notes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What would have made it count, where one thing decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<String>,
    /// What counts, after refunds.
    pub net: Option<Money>,
    /// What went back.
    pub refunded: Option<Money>,
    pub decided_at: Timestamp,
}
