//! What a merchant may want to think about before a program runs. Each of these is allowed; few are meant.

use shared::domain::amount::{Amount, Unit};
use shared::domain::platform::Platform;
use shared::domain::program::{Cap, Conditions, Fulfilment, Limit, Program, RewardRule, Side, Value};
use shared::store::Shop;

use super::costs::costs;

/// Something to think about, and where.
pub(super) struct Warning {
    pub(super) pointer: String,
    pub(super) detail: String,
}

impl Warning {
    pub(super) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// All warnings on a program of this shop.
pub(super) fn warnings(program: &Program, shop: &Shop) -> Vec<Warning> {
    let mut warnings = costs(program);
    warnings.extend(outside_budget(program));
    warnings.extend(rules(program).flat_map(|(pointer, rule)| caps(&format!("{pointer}/cap"), rule)));
    warnings.extend(at_the_checkout(program, shop));
    if shop.platform == Platform::Shopify {
        warnings.extend(unnamed("/qualify", &program.qualify.when));
        warnings.extend(rules(program).flat_map(|(pointer, rule)| unnamed(&format!("{pointer}/when"), &rule.when)));
    }
    warnings
}

/// Codes that nobody makes, and such that say less than their rule.
fn at_the_checkout(program: &Program, shop: &Shop) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let links = program.friend_code();
    for (pointer, rule) in rules(program) {
        let is_links = links.is_some_and(|links| std::ptr::eq(links, rule));
        if rule.fulfilment == Fulfilment::PlatformCode && shop.access.is_none() {
            let detail = "waits until the shop has API access: PATCH /v1/shops/{id} with \"api\"";
            warnings.push(Warning::new(format!("{pointer}/fulfilment"), detail));
        }
        if is_links && shop.platform.makes_codes() && shop.access.is_some() {
            warnings.extend(minimum_with_tax(program, shop));
        }
        let worth = &rule.worth;
        let is_bounded =
            matches!(&worth.base, Value::Share { floor, ceiling, .. } if floor.is_some() || ceiling.is_some());
        let varies = !(worth.by_count.is_empty() && worth.by_tier.is_empty() && worth.by_price.is_empty());
        let is_simple = !is_bounded && !varies && worth.seasons.is_empty() && worth.every.is_none();
        if is_links && shop.platform.makes_codes() && shop.access.is_some() && !is_simple {
            let detail =
                "the code at the checkout takes off the plain value: platforms know no bounds, tiers and seasons";
            warnings.push(Warning::new(pointer, detail));
        }
    }
    warnings
}

/// A code's minimum is held against displayed prices; nobody said whether these contain tax.
fn minimum_with_tax(program: &Program, shop: &Shop) -> Option<Warning> {
    let minimum = program.displayed_minimum(None).filter(|_| shop.tax_in_prices.is_none())?;
    let detail = format!(
        "the code at the checkout asks for {minimum} at displayed prices, before its discount; if these contain tax, a friend can \
         get the discount below the program's minimum, which is without tax: PATCH /v1/shops/{{id}} with \"tax_in_prices\""
    );
    let pointer =
        if program.qualify.when.minimum_order.is_some() { "/qualify/minimum_order" } else { "/rewards/friend" };
    Some(Warning::new(pointer, detail))
}

/// Every rule with its place in the body.
pub(super) fn rules(program: &Program) -> impl Iterator<Item = (String, &RewardRule)> {
    let of = |side: Side| {
        let rules = program.rewards.of(side).iter().enumerate();
        rules.map(move |(index, rule)| (format!("/rewards/{}/{index}", side.as_str()), rule))
    };
    of(Side::Friend).chain(of(Side::Advocate))
}

/// Rules that a budget does not see.
fn outside_budget(program: &Program) -> Vec<Warning> {
    let Some(budget) = &program.budget else { return Vec::new() };
    let unit = budget.value.unit();
    let order = program.limit_currency().map(Unit::from);
    let is_outside = |value: &Value| match value {
        Value::Flat { value } => value.unit() != unit,
        Value::Share { .. } => {
            !matches!(unit, Unit::Currency(_)) || order.as_ref().is_some_and(|currency| currency != unit)
        }
    };
    let outside = rules(program).filter(|(_, rule)| rule.worth.all().any(is_outside));
    let detail = format!("the budget is in {unit} and does not count what this rule gives in another unit");
    outside.map(|(pointer, _)| Warning::new(pointer, detail.clone())).collect()
}

/// Caps that can never be reached, and such that nothing fits into.
fn caps(pointer: &str, rule: &RewardRule) -> Vec<Warning> {
    let Cap { day, month, lifetime } = &rule.cap;
    let limits: Vec<_> = [("day", day), ("month", month), ("lifetime", lifetime)]
        .into_iter()
        .filter_map(|(name, limit)| Some((name, limit.as_ref()?)))
        .collect();
    let flats = flats(rule);
    let mut warnings = Vec::new();
    for (index, (name, limit)) in limits.iter().enumerate() {
        for (wider, other) in &limits[index + 1..] {
            let more = |ours: Option<i64>, theirs: Option<i64>| ours > theirs && theirs.is_some();
            let lower = format!("can never be reached: the cap for {} is lower", period(wider));
            if more(limit.count.map(i64::from), other.count.map(i64::from)) {
                warnings.push(Warning::new(format!("{pointer}/{name}/count"), lower.clone()));
            }
            if more(limit.value.as_ref().map(Amount::minor), other.value.as_ref().map(Amount::minor)) {
                warnings.push(Warning::new(format!("{pointer}/{name}/value"), lower));
            }
        }
        warnings.extend(flats.and_then(|flats| against_itself(&format!("{pointer}/{name}"), limit, flats)));
    }
    warnings
}

fn period(name: &str) -> &str {
    match name {
        "month" => "a month",
        _ => "all time",
    }
}

/// The least and the most that a rule of flat values gives.
fn flats(rule: &RewardRule) -> Option<(i64, i64)> {
    let minor = |value: &Value| match value {
        Value::Flat { value } => Some(value.minor()),
        Value::Share { .. } => None,
    };
    let all: Vec<_> = rule.worth.all().map(minor).collect::<Option<_>>()?;
    Some((*all.iter().min()?, *all.iter().max()?))
}

/// Of a count and a value one can make the other needless, and a value can be too small for a single reward.
fn against_itself(pointer: &str, limit: &Limit, (least, most): (i64, i64)) -> Option<Warning> {
    let value = limit.value.as_ref()?;
    let minor = value.minor();
    if minor < least {
        let detail = format!("is less than one reward, {}: none is ever given", value.with_minor(least));
        return Some(Warning::new(format!("{pointer}/value"), detail));
    }
    let count = i64::from(limit.count?);
    if count.saturating_mul(most) < minor {
        let detail = format!("can never be reached: {count} rewards come to {}", value.with_minor(count * most));
        return Some(Warning::new(format!("{pointer}/value"), detail));
    }
    let fit = minor / least.max(1);
    (fit < count).then(|| {
        Warning::new(format!("{pointer}/count"), format!("can never be reached: {fit} rewards come to {value}"))
    })
}

/// Conditions on what Shopify's webhooks don't say: no order meets them.
fn unnamed(pointer: &str, when: &Conditions) -> Vec<Warning> {
    let asked = [
        ("include/collections", "collections", !when.include.collections.is_empty()),
        ("exclude/collections", "collections", !when.exclude.collections.is_empty()),
        ("markets", "markets", !when.markets.is_empty()),
    ];
    let told = asked.into_iter().filter(|(.., asked)| *asked);
    told.map(|(name, what, _)| {
        let detail = format!("Shopify's webhooks name no {what}; only orders that come by POST /v1/orders can tell");
        Warning::new(format!("{pointer}/{name}"), detail)
    })
    .collect()
}
