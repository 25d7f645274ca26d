//! What a reward is worth: a flat amount or a share of the order, and what changes that: the number of the advocate's
//! referrals, the advocate's loyalty tier, the size of the order, the season.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::super::amount::Amount;
use super::super::money::{Money, Percent};

/// One way to say what something is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// All or nothing: the amount while the order qualifies.
    Flat { value: Amount },
    /// A share of the qualifying net amount after refunds, between floor and ceiling.
    Share { percent: Percent, floor: Option<Money>, ceiling: Option<Money> },
}

impl Value {
    /// What it comes to for this net amount.
    pub fn of(&self, net: Money) -> Amount {
        match self {
            Self::Flat { value } => value.clone(),
            // An order of which nothing counts is worth nothing, whatever the floor.
            Self::Share { .. } if net.minor() <= 0 => Amount::new(0, net.currency()),
            Self::Share { percent, floor, ceiling } => {
                let share = percent.of(net.minor());
                let share = floor.map_or(share, |floor| share.max(floor.minor()));
                let share = ceiling.map_or(share, |ceiling| share.min(ceiling.minor()));
                Amount::new(share, net.currency())
            }
        }
    }

    /// Amounts that an order's money is compared with, by field name.
    pub fn limits(&self) -> impl Iterator<Item = (&'static str, Money)> {
        let (floor, ceiling) = match self {
            Self::Flat { .. } => (None, None),
            Self::Share { floor, ceiling, .. } => (*floor, *ceiling),
        };
        floor.map(|money| ("floor", money)).into_iter().chain(ceiling.map(|money| ("ceiling", money)))
    }
}

/// From the advocate's so-manieth referral on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountStep {
    pub from: u32,
    #[serde(flatten)]
    pub worth: Value,
}

/// For advocates of a loyalty tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierStep {
    pub tier: String,
    #[serde(flatten)]
    pub worth: Value,
}

/// From this net amount on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceStep {
    pub from: Money,
    #[serde(flatten)]
    pub worth: Value,
}

/// In a season: from `starts_at`, before `ends_at`, as clocks show it in the program's time zone, by when the order was
/// placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    pub starts_at: DateTime,
    pub ends_at: DateTime,
    #[serde(flatten)]
    pub worth: Value,
}

/// What a rule's value depends on, for one order.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// What counts of the order.
    pub net: Money,
    pub placed_at: Timestamp,
    pub time_zone: &'a str,
    /// This is the advocate's so-manieth referral in the program; 1 for the first.
    pub ordinal: Option<u32>,
    /// The advocate's loyalty tier when the order was first decided.
    pub tier: Option<&'a str>,
}

/// What a rule gives, and what can change it. A season goes before everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worth {
    pub base: Value,
    pub by_count: Vec<CountStep>,
    pub by_tier: Vec<TierStep>,
    pub by_price: Vec<PriceStep>,
    pub seasons: Vec<Season>,
    /// Only every so-manieth referral of the advocate.
    pub every: Option<u32>,
}

impl Worth {
    /// Always the same way.
    pub const fn always(base: Value) -> Self {
        Self { base, by_count: Vec::new(), by_tier: Vec::new(), by_price: Vec::new(), seasons: Vec::new(), every: None }
    }

    /// What the rule gives; `None` when it gives nothing for a referral of this number.
    pub fn of(&self, at: Circumstances<'_>) -> Option<Amount> {
        if let (Some(every), Some(ordinal)) = (self.every, at.ordinal)
            && ordinal % every.max(1) != 0
        {
            return None;
        }
        Some(self.which(at).of(at.net))
    }

    fn which(&self, at: Circumstances<'_>) -> &Value {
        let local = TimeZone::get(at.time_zone).unwrap_or(TimeZone::UTC).to_datetime(at.placed_at);
        let season = self.seasons.iter().find(|season| season.starts_at <= local && local < season.ends_at);
        let tier = || self.by_tier.iter().find(|step| Some(step.tier.as_str()) == at.tier).map(|step| &step.worth);
        let count = || {
            let reached = self.by_count.iter().filter(|step| at.ordinal.is_some_and(|ordinal| step.from <= ordinal));
            reached.max_by_key(|step| step.from).map(|step| &step.worth)
        };
        let price = || {
            let reached = self.by_price.iter().filter(|step| step.from.minor() <= at.net.minor());
            reached.max_by_key(|step| step.from.minor()).map(|step| &step.worth)
        };
        season.map(|season| &season.worth).or_else(tier).or_else(count).or_else(price).unwrap_or(&self.base)
    }

    /// Every value that the rule can come to.
    pub fn all(&self) -> impl Iterator<Item = &Value> {
        let steps = self.by_count.iter().map(|step| &step.worth).chain(self.by_tier.iter().map(|step| &step.worth));
        let steps = steps.chain(self.by_price.iter().map(|step| &step.worth));
        [&self.base].into_iter().chain(steps).chain(self.seasons.iter().map(|season| &season.worth))
    }

    /// Whether it can come to a share of the order.
    pub fn has_share(&self) -> bool {
        self.all().any(|value| matches!(value, Value::Share { .. }))
    }

    /// Whether it matters how many the advocate has referred.
    pub fn asks_ordinal(&self) -> bool {
        self.every.is_some() || !self.by_count.is_empty()
    }
}
