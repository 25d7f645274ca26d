//! Whether an order can cost more in rewards than it brings in.

use std::collections::BTreeSet;

use shared::domain::amount::Unit;
use shared::domain::money::{Currency, Money};
use shared::domain::program::{Program, RewardRule, Value};

use super::warn::{Warning, rules};

/// Rewards that are worth more than what the order brings in.
pub(super) fn costs(program: &Program) -> Vec<Warning> {
    let shares: i64 = rules(program).map(|(_, rule)| largest_share(rule)).sum();
    if shares >= WHOLE {
        let detail = "the percentages of all rules add up to 100 or more: an order can cost all that it brings in";
        return vec![Warning::new("/rewards", detail)];
    }
    let flat = rules(program).flat_map(|(_, rule)| rule.worth.all()).find_map(|value| match value {
        Value::Flat { value } => value.money().map(Money::currency),
        Value::Share { .. } => None,
    });
    let Some(currency) = program.limit_currency().or(flat) else { return Vec::new() };
    let sizes = sizes(program, currency);
    let told = |order: i64, cost: i64, by: &str| {
        let (order, cost) = (Money::new(order, currency), Money::new(cost, currency));
        format!("an order of {order} counts and can cost {cost} {by}")
    };
    let alone: Vec<_> = rules(program)
        .filter_map(|(pointer, rule)| {
            let order = sizes.iter().copied().find(|order| most(rule, *order, currency) > *order)?;
            let by_floor = matches!(&rule.worth.base, Value::Share { floor: Some(floor), .. } if floor.minor() > order);
            let pointer = if by_floor { format!("{pointer}/floor") } else { pointer };
            Some(Warning::new(pointer, told(order, most(rule, order, currency), "by this rule alone")))
        })
        .collect();
    if !alone.is_empty() {
        return alone;
    }
    let together = |order: i64| rules(program).map(|(_, rule)| most(rule, order, currency)).sum::<i64>();
    let order = sizes.iter().copied().find(|order| together(*order) > *order);
    order
        .map(|order| Warning::new("/rewards", told(order, together(order), "by all rules together")))
        .into_iter()
        .collect()
}

/// 100 % in the steps that a percentage has.
const WHOLE: i64 = 1_000_000;

/// The largest percentage that a rule can come to.
fn largest_share(rule: &RewardRule) -> i64 {
    let share = |value: &Value| match value {
        Value::Flat { .. } => 0,
        Value::Share { percent, .. } => percent.of(WHOLE),
    };
    rule.worth.all().map(share).max().unwrap_or(0)
}

/// Sizes of orders, in minor units, from which on something counts or costs more: in between, what a reward costs grows
/// less than the order.
fn sizes(program: &Program, currency: Currency) -> BTreeSet<i64> {
    let minor = |money: Option<Money>| money.filter(|money| money.currency() == currency).map_or(1, Money::minor);
    let least = minor(program.qualify.when.minimum_order);
    let of_rule = |rule: &RewardRule| {
        let steps: Vec<_> = rule.worth.by_price.iter().map(|step| step.from).collect();
        steps.into_iter().map(Some).chain([rule.when.minimum_order]).map(minor).collect::<Vec<_>>()
    };
    rules(program).flat_map(|(_, rule)| of_rule(rule)).chain([least]).filter(|size| *size >= least).collect()
}

/// The most that a rule can come to for an order of this size.
fn most(rule: &RewardRule, order: i64, currency: Currency) -> i64 {
    let counts = rule.when.minimum_order.is_none_or(|least| least.currency() == currency && least.minor() <= order);
    if !counts {
        return 0;
    }
    let net = Money::new(order, currency);
    let reached = rule.worth.by_price.iter().filter(|step| step.from.minor() <= order);
    let by_size = reached.max_by_key(|step| step.from.minor()).map_or(&rule.worth.base, |step| &step.worth);
    let worth = &rule.worth;
    let others = worth.by_count.iter().map(|step| &step.worth).chain(worth.by_tier.iter().map(|step| &step.worth));
    let others = others.chain(worth.seasons.iter().map(|season| &season.worth));
    let comes_to = others.chain([by_size]).map(|value| value.of(net));
    comes_to.filter(|value| *value.unit() == Unit::from(currency)).map(|value| value.minor()).max().unwrap_or(0)
}
