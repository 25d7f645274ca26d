//! The one plain sentence of a decision: what a support person can read out to a customer.

use super::decide::TAKEN_OFF;
use super::decision::{
    CandidateKind, CandidateLine, CandidateOutcome, Outcome, Rule, RuleLine, RuleOutcome, SignalLine,
};
use super::order::Facts;
use super::rules::MADE_BEFORE;

/// One sentence, without personal data. `lead` is the candidate that the rules were judged for.
pub(super) fn sentence(
    order: &Facts,
    outcome: Outcome,
    lead: Option<&CandidateLine>,
    candidates: &[CandidateLine],
    rules: &[RuleLine],
    signals: &[SignalLine],
) -> String {
    let Some(lead) = lead else {
        return without_lead(order, candidates).to_owned();
    };
    let code = lead.code.as_ref().map_or("the link", |code| code.as_str());
    match outcome {
        Outcome::Credited if order.acts.grant.is_some() => format!("Granted to {code} by hand."),
        Outcome::Credited => match lead.kind {
            CandidateKind::Manual => {
                format!("Credited to {code}: a person attributed the order and every rule passed.")
            }
            CandidateKind::Coupon => {
                format!("Credited to {code}: the code was used at checkout and every rule passed.")
            }
            CandidateKind::Click | CandidateKind::Landing => {
                format!("Credited to {code}: the friend came by this link in time and every rule passed.")
            }
            CandidateKind::Code => format!("Credited to {code}: the order named the code and every rule passed."),
        },
        Outcome::Flagged => {
            let why = signals.first().map_or("something is odd about it", |line| line.detail.as_str());
            format!("Waiting for a person before it is credited to {code}: {why}.")
        }
        Outcome::Void => {
            let why = if order.is_charged_back() {
                "the payment was charged back"
            } else if order.is_cancelled() {
                "the order was cancelled"
            } else {
                "refunds left too little of the order"
            };
            format!("Credited to {code} at first, now void: {why}.")
        }
        Outcome::NotCredited => {
            let failed = rules.iter().find(|line| line.outcome == RuleOutcome::Fail);
            format!("Not credited to {code}: {}.", failed.map_or_else(|| "a rule failed".to_owned(), failure))
        }
    }
}

fn without_lead(order: &Facts, candidates: &[CandidateLine]) -> &'static str {
    let rejected =
        |reason: &str| candidates.iter().any(|c| c.outcome == CandidateOutcome::Rejected && c.reason.ends_with(reason));
    if order.snapshot.is_none() && order.refunds.is_empty() {
        "Not decided yet: something was told of the order, but not the order itself."
    } else if order.snapshot.is_none() {
        "Not decided yet: a refund has come, but not the order it belongs to."
    } else if rejected(TAKEN_OFF) {
        "Not credited: the code was taken off the order before it was paid."
    } else if rejected("its signature is not ours") {
        "Not credited: the click token on the order was not signed by us."
    } else if rejected("not of this shop") {
        "Not credited: the code on the order belongs to another shop's program."
    } else if rejected("it is the buyer's own link") {
        "Not credited: the buyer came by the own link, which refers nobody."
    } else if candidates.is_empty() {
        "Not credited: the order carries no referral code and no click of ours."
    } else {
        "Not credited: no referral link has the codes on the order."
    }
}

fn failure(line: &RuleLine) -> String {
    match line.rule {
        Rule::TestOrder => "it is a test order".into(),
        Rule::Paid => "the order is not paid yet; it counts once it is".into(),
        Rule::ProgramActive => "the program was not active when the order was placed".into(),
        Rule::LinkActive if line.expected == MADE_BEFORE => "there was no such code when the order was placed".into(),
        Rule::LinkActive => "the link was no longer active when the order was placed".into(),
        Rule::Window => format!("the click is out of the window ({}, but {})", line.expected, line.input),
        Rule::SelfReferral => "buyer and advocate are the same person".into(),
        Rule::NewCustomer => format!("the program is for new customers ({})", line.input),
        Rule::Currency => format!("the order is in {}, the program's limits are in {}", line.input, line.expected),
        Rule::Country => format!("the order is not for a country of the program ({})", line.input),
        Rule::Market => format!("the order is not of a market of the program ({})", line.input),
        Rule::Products => "it has no product that the program takes".into(),
        Rule::Discount => line.input.clone(),
        Rule::Stacking => "another coupon was used, and the program takes no other".into(),
        Rule::Review if line.input.starts_with("rejected") => "a person looked at it and rejected it".into(),
        Rule::Review => format!("too much about it is odd ({})", line.input),
        Rule::Cap => format!("the advocate's cap is reached ({})", line.input),
        Rule::Budget => "the program's budget is spent".into(),
        Rule::NotCancelled => "the order was called off".into(),
        Rule::MinimumOrder => format!("{} is not {}", line.input, line.expected),
    }
}
