//! The friend's discount that is the code itself: what the shop says that it took off for it. Who came by a link and used no
//! code got nothing off, and what was taken off is a fact, whatever the program would have reckoned.

use super::code::Code;
use super::decide::Finding;
use super::decision::{Basis, RewardLine, Rule, RuleLine, RuleOutcome};
use super::money::Money;
use super::order::Coupon;
use super::program::{Fulfilment, Kind, RewardRule, Side};
use super::rules::Case;

/// What the order says of the advocate's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Till {
    /// None of them was used, as far as the shop told.
    NotUsed,
    /// `took`: what it took off, if that was told. A code gives one thing: of several rules the first has it, by whose number
    /// the others name it.
    Used { took: Option<Took>, booked_with: Option<u8> },
    /// One was used, and what it gives is not measured in money.
    Unmeasured,
}

/// What was taken off, in minor units of the order's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Took {
    /// Without tax.
    pub(super) discount: i64,
    /// What the shopper saw, where that is something else.
    pub(super) shown: Option<i64>,
}

/// It takes money off the order at the checkout.
fn is_discount(side: Side, rule: &RewardRule) -> bool {
    is_the_code(side, rule) && rule.kind != Kind::FreeShipping
}

fn is_the_code(side: Side, rule: &RewardRule) -> bool {
    side == Side::Friend && rule.fulfilment == Fulfilment::CodeAtCheckout
}

/// What was taken at the till, and stands whatever limits say.
pub(super) fn is_taken(line: &RewardLine) -> bool {
    line.basis == Some(Basis::Told)
}

/// What the till says of this rule. `None`: it is not asked, of rewards that the engine gives, and of orders decided before
/// it was.
pub(super) fn of(case: &Case<'_>, number: u8, side: Side, rule: &RewardRule) -> Option<Till> {
    let first = || case.link.program.rewards.numbered().find(|(_, side, rule)| is_discount(*side, rule));
    if !case.link.by_till || !is_the_code(side, rule) {
        return None;
    }
    let coupons = theirs(case);
    Some(if coupons.is_empty() {
        Till::NotUsed
    } else if is_discount(side, rule) {
        let booked_with = first().map(|(first, ..)| first).filter(|first| *first != number);
        Till::Used { took: took(&coupons), booked_with }
    } else {
        Till::Unmeasured
    })
}

/// The coupons on the order whose codes the credited advocate has in the program.
fn theirs<'a>(case: &Case<'a>) -> Vec<&'a Coupon> {
    let (advocate, program) = (case.link.advocate, case.link.program.id);
    let is_theirs = |code: &str| {
        case.candidates.iter().any(|candidate| match &candidate.finding {
            Finding::Link(link) if link.advocate == advocate && link.program.id == program => {
                candidate.code.as_ref().map(Code::as_str) == Some(code)
            }
            _ => false,
        })
    };
    case.order.coupons().iter().filter(|coupon| is_theirs(&coupon.code)).collect()
}

/// What they took off together. `None`: that was not told of any.
fn took(coupons: &[&Coupon]) -> Option<Took> {
    let told = coupons.iter().filter(|coupon| !coupon.untold);
    told.fold(None, |took: Option<Took>, coupon| {
        let Took { discount, shown } = took.unwrap_or_default();
        let saw = shown.unwrap_or(discount).saturating_add(coupon.shown.unwrap_or(coupon.discount));
        let discount = discount.saturating_add(coupon.discount);
        Some(Took { discount, shown: (saw != discount).then_some(saw) })
    })
}

/// Why nothing is given.
pub(super) fn not_used(case: &Case<'_>) -> &'static str {
    if case.order.tells_coupons().is_some() {
        "the code was not used at the checkout, so the shop took nothing off"
    } else {
        "the shop did not tell that the code was used at the checkout, so nothing is known to have been taken off"
    }
}

/// The line of the trail, where the program's friends get their discount by the code.
pub(super) fn rule(case: &Case<'_>) -> Option<RuleLine> {
    let rules = case.link.program.rewards.numbered();
    let tills = rules.filter_map(|(number, side, rule)| of(case, number, side, rule));
    let till = tills.reduce(|one, other| if one == Till::Unmeasured { other } else { one })?;
    let money = |minor| Money::new(minor, case.snapshot.currency);
    let (input, outcome) = match till {
        Till::NotUsed => (not_used(case).to_owned(), RuleOutcome::Skip),
        Till::Unmeasured => ("the code was used at the checkout".to_owned(), RuleOutcome::Pass),
        Till::Used { took: None, .. } => {
            ("the code was used, and the shop did not tell what it took off".to_owned(), RuleOutcome::Pass)
        }
        Till::Used { took: Some(Took { discount, shown }), .. } => {
            let with_tax = shown.map(|shown| format!(", {} with tax", money(shown))).unwrap_or_default();
            (format!("the shop took off {} for the code{with_tax}", money(discount)), RuleOutcome::Pass)
        }
    };
    Some(RuleLine { rule: Rule::Discount, input, expected: "what the shop took off for the code".to_owned(), outcome })
}

#[cfg(test)]
#[path = "till_tests.rs"]
mod tests;
