//! One rule of one side: kind × value × condition × cap × hold × expiry × fulfilment, each independent of the others.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::amount::{Amount, Unit};
use super::super::id::{EndpointId, PoolId};
use super::super::money::{Money, Percent};
use super::conditions::Conditions;
use super::limits::Cap;
use super::value::{CountStep, PriceStep, Season, TierStep, Value, Worth};

/// What a reward is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Percent,
    Fixed,
    FreeProduct,
    FreeShipping,
    StoreCredit,
    GiftCard,
    Points,
    Cash,
    Custom,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Percent,
        Self::Fixed,
        Self::FreeProduct,
        Self::FreeShipping,
        Self::StoreCredit,
        Self::GiftCard,
        Self::Points,
        Self::Cash,
        Self::Custom,
    ];

    /// As written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Fixed => "fixed",
            Self::FreeProduct => "free_product",
            Self::FreeShipping => "free_shipping",
            Self::StoreCredit => "store_credit",
            Self::GiftCard => "gift_card",
            Self::Points => "points",
            Self::Cash => "cash",
            Self::Custom => "custom",
        }
    }

    /// A platform's checkout can give it by a code.
    pub const fn can_be_code(self) -> bool {
        matches!(self, Self::Percent | Self::Fixed | Self::FreeShipping)
    }

    /// Handing it over is using it: nothing of it can be taken back after that.
    pub const fn is_used_when_handed_over(self) -> bool {
        matches!(self, Self::Cash | Self::Points | Self::Custom)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a reward reaches its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Fulfilment {
    /// The friend's discount is the link's code itself.
    CodeAtCheckout,
    /// A code that the merchant uploaded, given once.
    CouponPool { pool: PoolId },
    /// The merchant's own system hands it over when it is told.
    Webhook { endpoint: EndpointId },
    /// A code for its owner alone, made at the checkout of the shop's platform.
    PlatformCode,
    /// A person hands it over.
    Manual,
}

impl Fulfilment {
    /// As written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CodeAtCheckout => "code_at_checkout",
            Self::CouponPool { .. } => "coupon_pool",
            Self::Webhook { .. } => "webhook",
            Self::PlatformCode => "platform_code",
            Self::Manual => "manual",
        }
    }

    /// Part of it can be given: an amount that a person or a system pays out, not a coupon printed for one value.
    pub const fn is_divisible(self) -> bool {
        matches!(self, Self::Webhook { .. } | Self::Manual)
    }
}

/// From what on a hold counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldFrom {
    #[default]
    Paid,
    Fulfilled,
    Delivered,
}

/// One rule of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct RewardRule {
    pub kind: Kind,
    pub worth: Worth,
    pub when: Conditions,
    pub cap: Cap,
    /// In days; `None`: as the program says.
    pub hold_days: Option<u32>,
    pub hold_from: Option<HoldFrom>,
    /// Days from approval until what is not used is gone; `None`: never.
    pub expires_days: Option<u32>,
    pub fulfilment: Fulfilment,
}

impl RewardRule {
    /// A rule that gives this, without further conditions.
    pub fn plain(kind: Kind, value: Value, fulfilment: Fulfilment) -> Self {
        Self {
            kind,
            worth: Worth::always(value),
            when: Conditions::default(),
            cap: Cap::default(),
            hold_days: None,
            hold_from: None,
            expires_days: None,
            fulfilment,
        }
    }

    /// Every amount that the rule names for itself: flat values and caps.
    pub fn amounts(&self) -> impl Iterator<Item = &Amount> {
        let flats = self.worth.all().filter_map(|value| match value {
            Value::Flat { value } => Some(value),
            Value::Share { .. } => None,
        });
        flats.chain(self.cap.limits().filter_map(|(_, limit)| limit.value.as_ref()))
    }
}

/// A rule as written: flat, as in the API.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<Percent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ceiling: Option<Money>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    by_count: Vec<CountStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    by_loyalty_tier: Vec<TierStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    by_order_value: Vec<PriceStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seasons: Vec<Season>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    when: Conditions,
    #[serde(default, skip_serializing_if = "is_default")]
    cap: Cap,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_from: Option<HoldFrom>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_days: Option<u32>,
    fulfilment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<PoolId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint: Option<EndpointId>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The unit in which pieces of a product are counted.
pub fn product_unit(sku: &str) -> Option<Unit> {
    format!("sku:{sku}").parse().ok()
}

/// The unit in which free shipments are counted.
pub const SHIPMENT: &str = "free_shipping";
/// The unit of points.
pub const POINTS: &str = "points";

impl From<RewardRule> for Wire {
    fn from(rule: RewardRule) -> Self {
        let Worth { base, by_count, by_tier, by_price, seasons, every } = rule.worth;
        let (value, percent, floor, ceiling) = match base {
            Value::Flat { value } => (Some(value), None, None, None),
            Value::Share { percent, floor, ceiling } => (None, Some(percent), floor, ceiling),
        };
        let (sku, quantity, value) = match (rule.kind, value) {
            (Kind::FreeProduct, Some(value)) => {
                let sku = value.unit().as_str();
                let sku = sku.strip_prefix("sku:").unwrap_or(sku).to_owned();
                (Some(sku), u32::try_from(value.minor()).ok(), None)
            }
            (Kind::FreeShipping, _) => (None, None, None),
            (_, value) => (None, None, value),
        };
        let (pool, endpoint) = match rule.fulfilment {
            Fulfilment::CouponPool { pool } => (Some(pool), None),
            Fulfilment::Webhook { endpoint } => (None, Some(endpoint)),
            Fulfilment::CodeAtCheckout | Fulfilment::PlatformCode | Fulfilment::Manual => (None, None),
        };
        Self {
            kind: rule.kind,
            sku,
            quantity,
            value,
            percent,
            floor,
            ceiling,
            by_count,
            by_loyalty_tier: by_tier,
            by_order_value: by_price,
            seasons,
            every,
            when: rule.when,
            cap: rule.cap,
            hold_days: rule.hold_days,
            hold_from: rule.hold_from,
            expires_days: rule.expires_days,
            fulfilment: rule.fulfilment.as_str().to_owned(),
            pool,
            endpoint,
        }
    }
}

impl TryFrom<Wire> for RewardRule {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        let worth = Worth {
            base: base(&wire)?,
            by_count: wire.by_count,
            by_tier: wire.by_loyalty_tier,
            by_price: wire.by_order_value,
            seasons: wire.seasons,
            every: wire.every,
        };
        let fulfilment = match (wire.fulfilment.as_str(), wire.pool, wire.endpoint) {
            ("code_at_checkout", None, None) => Fulfilment::CodeAtCheckout,
            ("manual", None, None) => Fulfilment::Manual,
            ("platform_code", None, None) if wire.kind.can_be_code() => Fulfilment::PlatformCode,
            ("platform_code", None, None) => {
                return Err("only percent, fixed and free_shipping can be a code of the platform");
            }
            ("coupon_pool", Some(pool), None) => Fulfilment::CouponPool { pool },
            ("coupon_pool", ..) => return Err("\"coupon_pool\" must name its pool, and no endpoint"),
            ("webhook", None, Some(endpoint)) => Fulfilment::Webhook { endpoint },
            ("webhook", ..) => return Err("\"webhook\" must name its endpoint, and no pool"),
            ("code_at_checkout" | "platform_code" | "manual", ..) => {
                return Err("only \"coupon_pool\" and \"webhook\" name a target");
            }
            _ => {
                return Err("fulfilment must be one of code_at_checkout, coupon_pool, platform_code, webhook, manual");
            }
        };
        Ok(Self {
            kind: wire.kind,
            worth,
            when: wire.when,
            cap: wire.cap,
            hold_days: wire.hold_days,
            hold_from: wire.hold_from,
            expires_days: wire.expires_days,
            fulfilment,
        })
    }
}

/// The value that a rule has by itself, as its kind demands.
fn base(wire: &Wire) -> Result<Value, &'static str> {
    let flat = wire.value.clone();
    let share = wire.percent.map(|percent| Value::Share { percent, floor: wire.floor, ceiling: wire.ceiling });
    if share.is_none() && (wire.floor.is_some() || wire.ceiling.is_some()) {
        return Err("only a percentage has a floor and a ceiling");
    }
    let product = wire.sku.as_deref().map(|sku| product_unit(sku).ok_or("sku must be 1 to 36 letters, digits or _-.:"));
    let named = |value: &Amount, name: &str| value.unit().as_str() == name;
    match (wire.kind, flat, share, product.transpose()?) {
        (Kind::FreeProduct, None, None, Some(unit)) => {
            Ok(Value::Flat { value: Amount::new(i64::from(wire.quantity.unwrap_or(1)), unit) })
        }
        (Kind::FreeProduct, ..) => Err("a \"free_product\" reward must have a sku, and no value or percent"),
        (_, _, _, Some(_)) => Err("only a \"free_product\" reward has a sku"),
        _ if wire.quantity.is_some() => Err("only a \"free_product\" reward has a quantity"),
        (Kind::FreeShipping, None, None, None) => {
            let unit: Unit = SHIPMENT.parse().map_err(|_| "free shipping has a unit")?;
            Ok(Value::Flat { value: Amount::new(1, unit) })
        }
        (Kind::FreeShipping, ..) => Err("a \"free_shipping\" reward must have no value and no percent"),
        (Kind::Percent | Kind::StoreCredit | Kind::GiftCard | Kind::Cash, None, Some(share), None) => Ok(share),
        (Kind::Percent, ..) => Err("a \"percent\" reward must have a percent, and no value"),
        (Kind::Fixed, Some(value), None, None) if value.money().is_some() => Ok(Value::Flat { value }),
        (Kind::Fixed, ..) => Err("a \"fixed\" reward must have a value in money, and no percent, floor or ceiling"),
        (Kind::Points, Some(value), None, None) if named(&value, POINTS) => Ok(Value::Flat { value }),
        (Kind::Points, ..) => Err("a \"points\" reward must have a value in the unit \"points\""),
        (Kind::Custom, Some(value), None, None) if value.money().is_none() => Ok(Value::Flat { value }),
        (Kind::Custom, ..) => Err("a \"custom\" reward must have a value in a unit of your own"),
        (Kind::StoreCredit | Kind::GiftCard | Kind::Cash, Some(value), None, None) if value.money().is_some() => {
            Ok(Value::Flat { value })
        }
        (Kind::StoreCredit | Kind::GiftCard | Kind::Cash, ..) => Err("must have either a value in money or a percent"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<RewardRule, String> {
        serde_json::from_str(json).map_err(|fault: serde_json::Error| fault.to_string())
    }

    #[test]
    fn each_kind_is_written_and_read_the_same() {
        for json in [
            r#"{"kind":"percent","percent":"10","fulfilment":"code_at_checkout"}"#,
            r#"{"kind":"fixed","value":{"amount":"100.00","currency":"SEK"},"fulfilment":"manual"}"#,
            r#"{"kind":"free_product","sku":"CASE-1","quantity":1,"fulfilment":"manual"}"#,
            r#"{"kind":"free_shipping","fulfilment":"platform_code"}"#,
            r#"{"kind":"store_credit","percent":"5","ceiling":{"amount":"50.00","currency":"SEK"},"fulfilment":"manual"}"#,
            r#"{"kind":"gift_card","value":{"amount":"75.00","currency":"USD"},"hold_days":100,"fulfilment":"coupon_pool","pool":"pol_01KAK5QG80EJZ3V6B7N2T4M9QC"}"#,
            r#"{"kind":"points","value":{"amount":"500","unit":"points"},"expires_days":365,"fulfilment":"webhook","endpoint":"whe_01KAK5QG80EJZ3V6B7N2T4M9QC"}"#,
            r#"{"kind":"custom","value":{"amount":"500","unit":"MB"},"every":2,"cap":{"lifetime":{"count":32}},"fulfilment":"manual"}"#,
            r#"{"kind":"cash","value":{"amount":"100","currency":"JPY"},"by_count":[{"from":5,"value":{"amount":"200","currency":"JPY"}}],"when":{"minimum_order":null,"countries":["JP"]},"fulfilment":"manual"}"#,
        ] {
            let rule = read(json).expect(json);
            assert_eq!(serde_json::to_string(&rule).expect("serializes"), json);
        }
    }

    #[test]
    fn a_rule_whose_value_does_not_fit_its_kind_is_refused() {
        for (json, says) in [
            (r#"{"kind":"percent","value":{"amount":"1.00","currency":"SEK"},"fulfilment":"manual"}"#, "percent"),
            (r#"{"kind":"fixed","percent":"5","fulfilment":"manual"}"#, "value in money"),
            (r#"{"kind":"fixed","value":{"amount":"5","unit":"MB"},"fulfilment":"manual"}"#, "value in money"),
            (r#"{"kind":"points","value":{"amount":"5","unit":"MB"},"fulfilment":"manual"}"#, "unit \"points\""),
            (r#"{"kind":"free_product","fulfilment":"manual"}"#, "must have a sku"),
            (r#"{"kind":"free_shipping","percent":"5","fulfilment":"manual"}"#, "no value"),
            (
                r#"{"kind":"fixed","value":{"amount":"1.00","currency":"SEK"},"fulfilment":"coupon_pool"}"#,
                "name its pool",
            ),
            (r#"{"kind":"fixed","value":{"amount":"1.00","currency":"SEK"},"fulfilment":"post"}"#, "one of code_at"),
            (
                r#"{"kind":"fixed","value":{"amount":"1.00","currency":"SEK"},"floor":{"amount":"1.00","currency":"SEK"},"fulfilment":"manual"}"#,
                "only a percentage",
            ),
        ] {
            let fault = read(json).expect_err(json);
            assert!(fault.contains(says), "{json}: {fault}");
        }
    }
}
