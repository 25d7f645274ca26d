//! Reading what bounds a program: caps, budget, clawback, review.

use shared::domain::amount::{Amount, Unit};
use shared::domain::program::{Budget, Cap, Clawback, Limit, Period, Review, Side};
use shared::domain::signals::STRONGEST_WEAK;
use shared::http::{Field, Fields};

use super::amounts::{amount, money};
use super::noted::{Given, Noted};

/// A rule's limits per advocate. `given`: what the rule gives, if that could be read.
pub(super) fn cap<'a>(field: &Field<'a>, given: Option<&Given>, noted: &mut Noted<'a>) -> Cap {
    let Some(fields) = field.fields(&["day", "month", "lifetime"]) else { return Cap::default() };
    let mut of = |name| fields.get(name).map(|field| limit(&field, given, noted));
    Cap { day: of("day"), month: of("month"), lifetime: of("lifetime") }
}

fn limit<'a>(field: &Field<'a>, given: Option<&Given>, noted: &mut Noted<'a>) -> Limit {
    let Some(fields) = field.fields(&["count", "value"]) else { return Limit::default() };
    let (count, value) = (fields.get("count"), fields.get("value"));
    field.unless(count.is_some() || value.is_some(), "must have a count, a value, or both");
    Limit {
        count: count.and_then(|count| count.whole(1..=1_000_000)),
        value: value.and_then(|field| {
            let value = amount(&field)?;
            if let Some(given) = given {
                in_unit(&field, &value, given, noted);
            }
            Some(value)
        }),
    }
}

/// A cap is counted in what the rule gives.
fn in_unit<'a>(field: &Field<'a>, value: &Amount, given: &Given, noted: &mut Noted<'a>) {
    match &given.unit {
        Some(unit) => field.unless(value.unit() == unit, format!("must be in {unit} like the rule's values")),
        None => field.unless(value.money().is_some(), "must be in a currency, as a percentage is"),
    }
    // A share is in the order's currency, so the order must be in this one.
    if let Some(money) = value.money().filter(|_| given.has_share) {
        noted.limit(field, money);
    }
}

/// What the program may give in a period.
pub(super) fn budget(field: &Field<'_>, noted: &Noted<'_>) -> Option<Budget> {
    let fields = field.fields(&["value", "period"])?;
    let words = [("day", Period::Day), ("week", Period::Week), ("month", Period::Month), ("total", Period::Total)];
    let value = fields.required("value").and_then(|field| {
        let value = amount(&field)?;
        field.unless(noted.is_given(None, value.unit()), "must be in a unit that one of the rules gives");
        Some(value)
    });
    let period = fields.required("period").and_then(|period| period.choice(&words));
    Some(Budget { value: value?, period: period? })
}

/// What happens when a used reward is taken back.
pub(super) fn clawback(field: &Field<'_>, noted: &Noted<'_>) -> Option<Clawback> {
    let fields = field.fields(&["policy", "floor"])?;
    let words = [("offset", 0), ("negative_balance", 1), ("write_off", 2)];
    let policy = fields.required("policy").and_then(|policy| policy.choice(&words))?;
    if policy != 1 {
        fields.unless(fields.get("floor").is_none(), "floor", "only \"negative_balance\" has a floor");
    }
    match policy {
        0 => Some(Clawback::Offset),
        1 => floor(&fields, noted),
        _ => Some(Clawback::WriteOff),
    }
}

fn floor(fields: &Fields<'_>, noted: &Noted<'_>) -> Option<Clawback> {
    let field = fields.required("floor")?;
    let floor = money(&field)?;
    let given = noted.is_given(Some(Side::Advocate), &Unit::from(floor.currency()));
    field.unless(given, "must be in a currency that one of the advocate's rules gives");
    Some(Clawback::NegativeBalance { floor })
}

/// When a person has to look.
pub(super) fn review(field: &Field<'_>) -> Review {
    let known = &["flag_at", "reject_at", "velocity_per_day", "codes_without_click_per_day"];
    let Some(fields) = field.fields(known) else { return Review::default() };
    let default = Review::default();
    let whole = |name, least, most| fields.get(name).and_then(|field| field.whole(least..=most));
    let flag_at = whole("flag_at", 1, 1000).unwrap_or(default.flag_at);
    // Above the strongest of the weak signals: none of them rejects alone.
    let reject_at = whole("reject_at", STRONGEST_WEAK + 1, 1000);
    if fields.get("reject_at").is_none() || reject_at.is_some() {
        let allowed = format!("must be at least flag_at, which is {flag_at}");
        fields.unless(reject_at.unwrap_or(default.reject_at) >= flag_at, "reject_at", allowed);
    }
    Review {
        flag_at,
        reject_at: reject_at.unwrap_or(default.reject_at),
        velocity_per_day: whole("velocity_per_day", 1, 10_000),
        codes_without_click_per_day: whole("codes_without_click_per_day", 1, 10_000),
    }
}
