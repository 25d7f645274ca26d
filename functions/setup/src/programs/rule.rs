//! Reading one rule of one side.

use shared::domain::id::{EndpointId, PoolId};
use shared::domain::program::{Cap, Conditions, Fulfilment, HoldFrom, Kind, RewardRule, Side};
use shared::http::{Field, Fields, NO_SUCH_ENDPOINT, NO_SUCH_POOL};

use super::limits::cap;
use super::noted::Noted;
use super::values::Values;
use super::when::when;

const RULE: &[&str] = &[
    "kind",
    "sku",
    "quantity",
    "value",
    "percent",
    "floor",
    "ceiling",
    "by_count",
    "by_loyalty_tier",
    "by_order_value",
    "seasons",
    "every",
    "when",
    "cap",
    "hold_days",
    "hold_from",
    "expires_days",
    "fulfilment",
    "pool",
    "endpoint",
];

/// From what on a hold counts, as written.
pub(super) const HOLDS_FROM: [(&str, HoldFrom); 3] =
    [("paid", HoldFrom::Paid), ("fulfilled", HoldFrom::Fulfilled), ("delivered", HoldFrom::Delivered)];

/// A rule; `None` when something that it can't be without is at fault.
pub(super) fn rule<'a>(field: &Field<'a>, side: Side, noted: &mut Noted<'a>) -> Option<RewardRule> {
    let Some(fields) = field.fields(RULE) else {
        noted.gives(side, None);
        return None;
    };
    let kinds = Kind::ALL.map(|kind| (kind.as_str(), kind));
    let kind = fields.required("kind").and_then(|kind| kind.choice(&kinds));
    let (worth, given) = Values::new(kind, &fields, noted).read(&fields);
    let when = fields.get("when").map_or_else(Conditions::default, |field| when(&field, noted));
    let cap = fields.get("cap").map_or_else(Cap::default, |field| cap(&field, given.as_ref(), noted));
    noted.gives(side, given);
    let hold_days = fields.get("hold_days").and_then(|days| days.whole(0..=365));
    let hold_from = fields.get("hold_from").and_then(|from| from.choice(&HOLDS_FROM));
    let expires_days = fields.get("expires_days").and_then(|days| days.whole(1..=3650));
    let fulfilment = fulfilment(&fields, kind, side, noted);
    Some(RewardRule {
        kind: kind?,
        worth: worth?,
        when,
        cap,
        hold_days,
        hold_from,
        expires_days,
        fulfilment: fulfilment?,
    })
}

/// How the reward reaches its owner, with the pool or the endpoint that this needs.
fn fulfilment<'a>(rule: &Fields<'a>, kind: Option<Kind>, side: Side, noted: &mut Noted<'a>) -> Option<Fulfilment> {
    let by = rule.required("fulfilment").and_then(|field| {
        let allowed = match side {
            Side::Friend => "must be one of code_at_checkout, coupon_pool, platform_code, webhook, manual",
            Side::Advocate => "must be one of coupon_pool, platform_code, webhook, manual",
        };
        let word = field.text()?;
        let is_friends = "the code at the checkout is the friend's discount";
        match (word, side) {
            ("coupon_pool" | "platform_code" | "webhook" | "manual", _) | ("code_at_checkout", Side::Friend) => {
                return Some(word);
            }
            ("code_at_checkout", Side::Advocate) => field.unless(false, format!("{allowed}: {is_friends}")),
            _ => field.unless(false, allowed),
        }
        None
    });
    if by == Some("code_at_checkout") {
        let is_discount = kind.is_none_or(Kind::can_be_code);
        rule.unless(is_discount, "fulfilment", "only percent, fixed and free_shipping are given by the code itself");
        let expires = rule.get("expires_days").is_some();
        rule.unless(!expires, "expires_days", "must be left out: a code at the checkout is used with the order");
    }
    if by == Some("platform_code") {
        let only = "only percent, fixed and free_shipping can be a code of the platform";
        rule.unless(kind.is_none_or(Kind::can_be_code), "fulfilment", only);
        rule.unless(
            !noted.has_no_codes,
            "fulfilment",
            "platform_code needs a shop on a platform: a custom shop makes no codes of ours",
        );
    }
    let target = |name, by_word| {
        let (field, is_due) = (rule.get(name), by == Some(by_word));
        rule.unless(!is_due || field.is_some(), name, format!("is required with \"{by_word}\""));
        let is_stray = by.is_some() && !is_due && field.is_some();
        rule.unless(!is_stray, name, format!("only \"{by_word}\" has one"));
        field.filter(|_| is_due)
    };
    let (pool, endpoint) = (target("pool", "coupon_pool"), target("endpoint", "webhook"));
    match by? {
        "code_at_checkout" => Some(Fulfilment::CodeAtCheckout),
        "platform_code" => Some(Fulfilment::PlatformCode),
        "coupon_pool" => {
            let (field, pool) = pool.and_then(|field| Some((field.clone(), field.parse::<PoolId>()?)))?;
            noted.wanted.pools.push((pool, field.fault(NO_SUCH_POOL)));
            Some(Fulfilment::CouponPool { pool })
        }
        "webhook" => {
            let (field, endpoint) = endpoint.and_then(|field| Some((field.clone(), field.parse::<EndpointId>()?)))?;
            noted.wanted.endpoints.push((endpoint, field.fault(NO_SUCH_ENDPOINT)));
            Some(Fulfilment::Webhook { endpoint })
        }
        _ => Some(Fulfilment::Manual),
    }
}
