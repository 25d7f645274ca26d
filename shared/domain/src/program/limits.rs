//! What bounds a program: caps per advocate, a budget per period, thresholds of review, and what happens to a reward
//! that is taken back after it was used.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::super::amount::Amount;
use super::super::money::Money;

/// At most so many rewards of a rule for one advocate, so much in all, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
}

/// Over what a cap or a budget counts. Days, weeks and months are the merchant's, by when the order was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Day,
    /// Weeks begin on Monday (ISO 8601).
    Week,
    Month,
    Total,
}

impl Period {
    /// The period's name: `2026-11-22`, `2026-W47`, `2026-11`, `total`.
    pub fn name(self, at: Timestamp, time_zone: &str) -> String {
        let local = at.to_zoned(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC));
        match self {
            Self::Day => local.strftime("%Y-%m-%d").to_string(),
            Self::Week => local.strftime("%G-W%V").to_string(),
            Self::Month => local.strftime("%Y-%m").to_string(),
            Self::Total => "total".to_owned(),
        }
    }
}

/// A rule's limits per advocate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Limit>,
}

impl Cap {
    /// The limits that there are, with what they count over.
    pub fn limits(&self) -> impl Iterator<Item = (Period, &Limit)> {
        let all = [(Period::Day, &self.day), (Period::Month, &self.month), (Period::Total, &self.lifetime)];
        all.into_iter().filter_map(|(period, limit)| Some((period, limit.as_ref()?)))
    }
}

/// What the program may give in a period, both sides together. Rewards in other units don't count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub value: Amount,
    pub period: Period,
}

/// What happens when a reward is taken back that was used already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "policy", rename_all = "snake_case")]
pub enum Clawback {
    /// The advocate's next rewards make good for it.
    Offset,
    /// The same, but the advocate never owes more than the floor; what goes beyond is written off.
    NegativeBalance { floor: Money },
    /// The merchant bears it.
    WriteOff,
}

/// When a person has to look at a referral. Points add up over the signals; see `signals.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// From so many points on a referral waits for a person.
    pub flag_at: u32,
    /// From so many points on an order is not credited. More than any weak signal has.
    pub reject_at: u32,
    /// More referrals of one advocate on one day are a signal; `None`: not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub velocity_per_day: Option<u32>,
    /// More orders on one day that used an advocate's code without any click are a signal; `None`: not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_without_click_per_day: Option<u32>,
}

impl Default for Review {
    fn default() -> Self {
        Self { flag_at: 50, reject_at: 100, velocity_per_day: None, codes_without_click_per_day: None }
    }
}

impl Review {
    /// Whether it matters what else came by this advocate on the day.
    pub fn asks_today(&self) -> bool {
        self.velocity_per_day.is_some() || self.codes_without_click_per_day.is_some()
    }
}

/// How the friend's reward and other coupons on the order go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// Other coupons don't matter.
    #[default]
    Combinable,
    /// With another coupon on it an order is not credited.
    Exclusive,
    /// The friend ends with the better one: what the reward is worth above the other coupons' discount.
    BestOf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_follow_the_merchants_clock() {
        // 23:30 UTC on the last of November is December in Stockholm, and the 49th week's Tuesday.
        let at: Timestamp = "2026-11-30T23:30:00Z".parse().expect("a time");
        let name = |period: Period, zone| period.name(at, zone);
        assert_eq!(name(Period::Day, "Europe/Stockholm"), "2026-12-01");
        assert_eq!(name(Period::Month, "Europe/Stockholm"), "2026-12");
        assert_eq!(name(Period::Month, "America/New_York"), "2026-11");
        assert_eq!(name(Period::Week, "Europe/Stockholm"), "2026-W49");
        assert_eq!(name(Period::Total, "Europe/Stockholm"), "total");
    }
}
