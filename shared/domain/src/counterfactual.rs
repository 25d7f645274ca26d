//! What would have made an order count, where one thing decided it. Never guessed: the one input is changed and the
//! order decided again; only what then counts is said.

use jiff::SignedDuration;

use super::days::days;
use super::decide::{Candidate, Finding, History, decided, leading};
use super::decision::{Decision, Outcome, Rule, RuleOutcome};
use super::order::{Coupon, Facts, Line};
use super::program::ProgramState;
use super::room::Room;

/// The inputs of a decision, to be changed.
struct Inputs {
    order: Facts,
    candidates: Vec<Candidate>,
    history: History,
    room: Room,
}

/// One sentence, or nothing where more than one thing stands in the way, or where nothing sensible would help.
pub(super) fn counterfactual(
    decision: &Decision,
    order: &Facts,
    candidates: &[Candidate],
    history: &History,
    room: &Room,
) -> Option<String> {
    let mut failed = decision.rules.iter().filter(|line| line.outcome == RuleOutcome::Fail);
    let (Some(only), None, Outcome::NotCredited) = (failed.next(), failed.next(), decision.outcome) else {
        return None;
    };
    let (index, _) = leading(order, candidates)?;
    let mut inputs =
        Inputs { order: order.clone(), candidates: candidates.to_vec(), history: history.clone(), room: room.clone() };
    let condition = change(only.rule, &mut inputs, index)?;
    let Inputs { order, candidates, history, room } = &inputs;
    let counts = decided(order, candidates, history, room, decision.decided_at).outcome;
    matches!(counts, Outcome::Credited | Outcome::Flagged).then(|| format!("It would have counted if {condition}."))
}

/// Changes the one input that a rule looks at so that it passes, and says how.
fn change(rule: Rule, inputs: &mut Inputs, index: usize) -> Option<String> {
    let Inputs { order, candidates, history, room } = inputs;
    let leading = candidates[index].code.as_ref().map(|code| code.as_str().to_owned());
    let Finding::Link(link) = &mut candidates[index].finding else { return None };
    let program = &mut link.program;
    let snapshot = order.snapshot.as_mut()?;
    let second = SignedDuration::from_secs(1);
    match rule {
        Rule::Window => {
            let window = days(program.window_days);
            let clicked_at = link.clicked_at?;
            snapshot.placed_at =
                if snapshot.placed_at < clicked_at { clicked_at } else { clicked_at.checked_add(window).ok()? };
            let by = snapshot.placed_at;
            Some(if by == clicked_at {
                format!("the order had been placed after the click, at {by:.0}")
            } else {
                format!("the order had been placed by {by:.0}")
            })
        }
        Rule::ProgramActive if program.state == ProgramState::Paused => {
            program.state = ProgramState::Active;
            Some("the program had not been paused".to_owned())
        }
        Rule::ProgramActive => match (program.starts_at, program.ends_at) {
            (Some(start), _) if snapshot.placed_at < start => {
                snapshot.placed_at = start;
                Some(format!("the order had been placed from {start:.0} on"))
            }
            (_, Some(end)) => {
                snapshot.placed_at = end.checked_sub(second).ok()?;
                Some(format!("the order had been placed before {end:.0}"))
            }
            _ => None,
        },
        Rule::LinkActive => {
            let end = link.dead_from?;
            snapshot.placed_at = end.checked_sub(second).ok()?;
            Some(format!("the order had been placed before {end:.0}"))
        }
        Rule::NewCustomer => {
            if history.told_orders.take().is_some() {
                return Some("the buyer had had no orders before".to_owned());
            }
            let earlier = history.earlier_order.take()?;
            Some(format!("the buyer had not placed order {} before", earlier.order.id))
        }
        Rule::MinimumOrder => {
            let least = program.qualify.when.minimum_order?;
            snapshot.net = least.minor();
            // With conditions on products it is their lines that count.
            let counts = |line: &&mut Line| program.qualify.when.counts(line);
            if let Some(line) = snapshot.lines.iter_mut().find(counts) {
                line.net = least.minor();
            }
            order.refunds.clear();
            Some(format!("{least} or more of it had counted"))
        }
        Rule::Country => {
            let country = *program.qualify.when.countries.first()?;
            snapshot.country = Some(country);
            Some(format!("it had gone to {country}"))
        }
        Rule::Market => {
            let market = program.qualify.when.markets.first()?.clone();
            let said = format!("it had been sold in the market {market}");
            snapshot.market = Some(market);
            Some(said)
        }
        Rule::Stacking => {
            let is_leading = |coupon: &Coupon| Some(&coupon.code) == leading.as_ref();
            snapshot.coupons.retain(is_leading);
            if let Some(told) = &mut order.coupons_told {
                told.value.retain(is_leading);
            }
            Some("no other coupon had been used".to_owned())
        }
        Rule::Cap => {
            room.rules.clear();
            Some("the advocate's cap had not been reached".to_owned())
        }
        Rule::Budget => {
            room.budget = None;
            Some("the program's budget had not been spent".to_owned())
        }
        // Not decided by a mistake that anybody would undo, or not decided for good yet.
        Rule::TestOrder
        | Rule::Paid
        | Rule::SelfReferral
        | Rule::Products
        | Rule::Discount
        | Rule::Currency
        | Rule::Review
        | Rule::NotCancelled => None,
    }
}
