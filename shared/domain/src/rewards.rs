//! What each rule of a program comes to for one order, within the advocate's caps.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::amount::Amount;
use super::code::Code;
use super::decision::{Basis, RewardLine, RuleOutcome};
use super::money::{Money, proportion};
use super::order::Snapshot;
use super::program::{Circumstances, Orders, Program, RewardRule, Side, Stacking};
use super::room::RuleRoom;
use super::rules::{Case, reaches_minimum};
use super::till::{self, Till, Took};

/// One line per rule, the advocate's first.
pub(super) fn rewards(case: &Case<'_>) -> Vec<RewardLine> {
    match &case.order.acts.grant {
        Some(grant) => vec![granted(case, &grant.rule)],
        None => {
            case.link.program.rewards.numbered().map(|(number, side, rule)| line(case, number, side, rule)).collect()
        }
    }
}

/// A grant is what it says; there is no order to judge it by.
fn granted(case: &Case<'_>, rule: &RewardRule) -> RewardLine {
    let value = rule.worth.base.of(Money::new(0, case.snapshot.currency));
    let (side, kind, outcome) = (Side::Advocate, rule.kind, RuleOutcome::Pass);
    let (before_refunds, basis, shown) = (None, None, None);
    RewardLine { number: 1, side, kind, value, before_refunds, basis, shown, outcome, reason: String::new() }
}

/// What a rule comes to. A discount that is the code itself was given, or not, by the shop.
fn line(case: &Case<'_>, number: u8, side: Side, rule: &RewardRule) -> RewardLine {
    let ours = reckoned(case, number, side, rule);
    let none = |reason: String| RewardLine {
        value: ours.value.with_minor(0),
        before_refunds: None,
        outcome: RuleOutcome::Skip,
        reason,
        ..ours.clone()
    };
    match till::of(case, number, side, rule) {
        Some(Till::NotUsed) => none(till::not_used(case).to_owned()),
        Some(Till::Used { booked_with: Some(first), .. }) => {
            none(format!("what the code took off is booked with reward {first}"))
        }
        Some(Till::Used { took: Some(Took { discount: ..=0, .. }), .. }) => {
            none("the code was used, and the shop took nothing off for it".to_owned())
        }
        Some(Till::Used { took: Some(took), .. }) => taken(case, rule, took, ours),
        Some(Till::Used { took: None, .. }) if ours.outcome == RuleOutcome::Pass => {
            let why = if ours.reason.is_empty() { ESTIMATE.to_owned() } else { format!("{}; {ESTIMATE}", ours.reason) };
            RewardLine { basis: Some(Basis::Estimate), reason: why, ..ours }
        }
        None | Some(Till::Unmeasured | Till::Used { took: None, .. }) => ours,
    }
}

/// Why nobody is told of what a code took off.
const ESTIMATE: &str = "the shop told that the code was used, not what it took off: an estimate by the program's rule";

/// What the shop took off for the code: a fact, which neither conditions nor caps undo. Of what went back of the order its
/// share went back too. `ours`: what the rule itself would give, and why not more.
fn taken(case: &Case<'_>, rule: &RewardRule, took: Took, ours: RewardLine) -> RewardLine {
    let net = |net: Option<Money>| net.map_or(0, Money::minor);
    let (left, before) = (net(case.order.net()), net(case.order.net_before_refunds()));
    let share = |minor: i64| {
        let minor = if left == before { minor } else { proportion(minor, left, before) };
        Amount::new(minor, case.snapshot.currency)
    };
    let value = share(took.discount);
    let refused = Some(ours.reason).filter(|reason| !reason.is_empty());
    let refused = refused.or_else(|| match capped(rule, case.room.of(ours.number), &value) {
        Within::All => None,
        Within::UpTo(_, why) | Within::Nothing(why) => Some(why),
    });
    let reason = refused.map(|why| format!("{why}; it stands, since the shop took it off at the till"));
    RewardLine {
        before_refunds: (value.minor() != took.discount).then(|| value.with_minor(took.discount)),
        basis: Some(Basis::Told),
        shown: took.shown.map(share),
        value,
        outcome: RuleOutcome::Pass,
        reason: reason.unwrap_or_default(),
        ..ours
    }
}

/// What a rule gives by itself.
fn reckoned(case: &Case<'_>, number: u8, side: Side, rule: &RewardRule) -> RewardLine {
    let program = &case.link.program;
    let conditions = [&program.qualify.when, &rule.when];
    let none = Money::new(0, case.snapshot.currency);
    let net = case.order.net_of(&conditions).unwrap_or(none);
    let before = case.order.net_before_refunds_of(&conditions).unwrap_or(none);
    let worth = |net| {
        let at = Circumstances {
            net,
            placed_at: case.snapshot.placed_at,
            time_zone: &program.time_zone,
            ordinal: case.room.ordinal,
            tier: case.link.tier.as_deref(),
        };
        let reaches = reaches_minimum(net, rule.when.minimum_order);
        rule.worth.of(at).map(|value| if reaches { value } else { value.with_minor(0) })
    };
    let nothing = || Amount::new(0, none.currency());
    let made = |value: Amount, face: Amount, outcome, reason: String| {
        let before_refunds = (face != value).then_some(face);
        RewardLine { number, side, kind: rule.kind, value, before_refunds, basis: None, shown: None, outcome, reason }
    };
    let (Some(value), Some(face)) = (worth(net), worth(before)) else {
        let every = rule.worth.every.unwrap_or(1);
        return made(
            nothing(),
            nothing(),
            RuleOutcome::Skip,
            format!("only every {} referral of an advocate", ordinal(every)),
        );
    };
    if let Some(reason) = unmet(case, program, rule) {
        return made(value.with_minor(0), value.with_minor(0), RuleOutcome::Skip, reason);
    }
    if face.minor() == 0 {
        let reason = match rule.when.minimum_order {
            Some(least) => format!("{before} is not at least {least}"),
            None => "nothing on the order counts for it".to_owned(),
        };
        return made(value, face, RuleOutcome::Skip, reason);
    }
    let (value, face, mut reason) = stacked(case, side, value, face);
    if face.minor() == 0 {
        return made(value, face, RuleOutcome::Skip, reason);
    }
    match capped(rule, case.room.of(number), &value) {
        Within::All => made(value, face, RuleOutcome::Pass, reason),
        Within::UpTo(minor, why) => {
            reason = why;
            // Without refunds it would not be more either.
            let most = value.with_minor(minor);
            made(most.clone(), most, RuleOutcome::Pass, reason)
        }
        Within::Nothing(why) => made(value.with_minor(0), value.with_minor(0), RuleOutcome::Fail, why),
    }
}

fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// Which of the rule's conditions the order does not meet, in words.
fn unmet(case: &Case<'_>, program: &Program, rule: &RewardRule) -> Option<String> {
    let Snapshot { country, market, placed_at, .. } = case.snapshot;
    let when = &rule.when;
    let earlier = case.history.earlier_order.as_ref();
    if !when.countries.is_empty() && !country.is_some_and(|country| when.countries.contains(&country)) {
        return Some("not for the order's country".to_owned());
    }
    if !when.markets.is_empty() && !market.as_ref().is_some_and(|market| when.markets.contains(market)) {
        return Some("not for the order's market".to_owned());
    }
    if program.orders_of(rule) == Orders::First && earlier.is_some() {
        return Some("for the friend's first order only".to_owned());
    }
    if let (Some(months), Some(earlier)) = (when.months, earlier)
        && !is_within_months(earlier.placed_at, *placed_at, months, &program.time_zone)
    {
        return Some(format!("for {months} months after the friend's first order only"));
    }
    None
}

fn is_within_months(first: Timestamp, placed_at: Timestamp, months: u32, time_zone: &str) -> bool {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let end = first.to_zoned(zone).checked_add(i64::from(months).months());
    end.map_or(true, |end| placed_at < end.timestamp())
}

/// Of two discounts the friend ends with the better one: the reward is what it is worth above the others.
fn stacked(case: &Case<'_>, side: Side, value: Amount, face: Amount) -> (Amount, Amount, String) {
    if side != Side::Friend || case.link.program.stacking != Stacking::BestOf || value.money().is_none() {
        return (value, face, String::new());
    }
    let leading = case.candidates[case.index].code.as_ref().map(Code::as_str);
    let others = case.order.coupons().iter().filter(|coupon| Some(coupon.code.as_str()) != leading);
    let discount = others.map(|coupon| coupon.discount).fold(0_i64, i64::saturating_add);
    if discount <= 0 {
        return (value, face, String::new());
    }
    let less = |amount: &Amount| amount.with_minor((amount.minor() - discount).max(0));
    let reason = format!("other coupons took off {}", Money::new(discount, case.snapshot.currency));
    (less(&value), less(&face), reason)
}

/// How much of a value the caps leave.
enum Within {
    All,
    /// The order has its place, but no room to grow.
    UpTo(i64, String),
    Nothing(String),
}

fn capped(rule: &RewardRule, room: Option<&RuleRoom>, value: &Amount) -> Within {
    let Some(room) = room else { return Within::All };
    let held = room.held;
    if held.is_some_and(|held| value.minor() <= held) {
        return Within::All;
    }
    for (period, limit) in rule.cap.limits() {
        let used = room.used.iter().find(|used| used.period == period);
        let (count, minor) = used.map_or((0, 0), |used| (used.count, used.minor));
        let over = match period {
            super::program::Period::Total => "in all".to_owned(),
            super::program::Period::Day => "on this day".to_owned(),
            super::program::Period::Week | super::program::Period::Month => "in this month".to_owned(),
        };
        let refused = if limit.count.is_some_and(|most| held.is_none() && count >= most) {
            format!("{count} of {} rewards {over}", limit.count.unwrap_or_default())
        } else if let Some(most) =
            limit.value.as_ref().filter(|most| minor.saturating_add(value.minor()) > most.minor())
        {
            format!("{} of {most} {over}", most.with_minor(minor))
        } else {
            continue;
        };
        return match held {
            Some(held) => Within::UpTo(held, refused),
            None => Within::Nothing(refused),
        };
    }
    Within::All
}
