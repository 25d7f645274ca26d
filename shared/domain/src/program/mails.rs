//! Which mails a program sends, and when it asks customers to refer.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::mail::MailKind;
use super::super::money::Money;
use super::super::order::Facts;
use super::super::person::Locale;

/// How long before a reward is gone its owner is told, unless the program says otherwise.
const EXPIRING_DAYS: u32 = 7;

/// A program's mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mails {
    /// The language of readers who named none; `None`: the merchant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// The kinds that are not sent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub off: BTreeSet<MailKind>,
    /// How many days before a reward is gone its owner is told.
    #[serde(default = "expiring_days")]
    pub expiring_days: u32,
    /// When customers are asked to refer; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<Invite>,
}

const fn expiring_days() -> u32 {
    EXPIRING_DAYS
}

impl Default for Mails {
    fn default() -> Self {
        Self { locale: None, off: BTreeSet::new(), expiring_days: EXPIRING_DAYS, invite: None }
    }
}

impl Mails {
    /// Whether this kind is sent.
    pub fn sends(&self, kind: MailKind) -> bool {
        !self.off.contains(&kind)
    }
}

/// When, whom and how often a program asks to refer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    pub on: InviteOn,
    /// Hours from that on.
    pub delay_hours: u32,
    /// Days after the invitation and after each reminder; none: no reminders. Each wait is at least as long as the one
    /// before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders_days: Vec<u32>,
    /// Who was asked may be asked anew after so many days, if there is a new reason; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_days: Option<u32>,
    /// Days that a person is left alone after any program of the merchant asked.
    pub rest_days: u32,
    /// Days that a person is left alone after a refund.
    pub refund_rest_days: u32,
    /// When nobody is asked, by the clock on the customer's wall.
    pub quiet: Quiet,
    /// Only who said yes to marketing is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in_only: bool,
    #[serde(default)]
    pub eligible: Eligible,
}

/// What makes a customer one to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum InviteOn {
    Paid,
    Fulfilled,
    Delivered,
    /// Something that the merchant's own system tells of, such as a good review.
    Milestone {
        name: String,
    },
}

/// What an order has to come to before its buyer is asked, and how long after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteTiming {
    pub on: InviteOn,
    pub delay_hours: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_days: Option<u32>,
}

impl Invite {
    /// What orders have to come to; `None`: orders are no reason to ask.
    pub fn timing(&self) -> Option<InviteTiming> {
        match self.on {
            InviteOn::Paid | InviteOn::Fulfilled | InviteOn::Delivered => {
                Some(InviteTiming { on: self.on.clone(), delay_hours: self.delay_hours, again_days: self.again_days })
            }
            InviteOn::Milestone { .. } => None,
        }
    }
}

/// How long after its moment an order is still a reason to ask: what comes later is told of the past, by a shop that catches
/// up or tells its old orders as events.
const REACH: SignedDuration = SignedDuration::from_hours(14 * 24);
/// And how long ago it was placed: the moment of an old order that is told late is when it is told. Furniture takes its
/// time.
const LONGEST_ORDER: SignedDuration = SignedDuration::from_hours(180 * 24);

impl InviteTiming {
    /// Whether the order has come to what the program waits for, and not so long ago that it is over.
    pub fn is_reached(&self, facts: &Facts, now: Timestamp) -> bool {
        let delay = SignedDuration::from_hours(i64::from(self.delay_hours));
        let is_within = |since: Timestamp, reach: SignedDuration| now.duration_since(since) <= reach + delay;
        let placed = facts.snapshot.as_ref().is_some_and(|order| is_within(order.placed_at, LONGEST_ORDER));
        placed && self.on.reached(facts).is_some_and(|moment| is_within(moment, REACH))
    }
}

impl InviteOn {
    /// When the order came to it, if it has; an order that is called off is no reason to ask.
    pub fn reached(&self, facts: &Facts) -> Option<Timestamp> {
        if !facts.is_purchase() || facts.is_cancelled() {
            return None;
        }
        match self {
            Self::Paid => facts.paid_at,
            // Goods that arrived were sent.
            Self::Fulfilled => facts.fulfilled_at.iter().chain(&facts.delivered_at).min().copied(),
            Self::Delivered => facts.delivered_at,
            Self::Milestone { .. } => None,
        }
    }
}

/// Hours of the day in which nobody is asked; from later than to: over midnight. The same: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    pub from: Time,
    pub to: Time,
}

impl Default for Quiet {
    fn default() -> Self {
        Self { from: Time::constant(21, 0, 0, 0), to: Time::constant(9, 0, 0, 0) }
    }
}

impl Quiet {
    /// When the quiet hours end in which this moment lies; `None`: it lies in none.
    pub fn end(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = now.to_zoned(zone.clone());
        let time = local.time();
        let is_quiet = if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        };
        if !is_quiet {
            return None;
        }
        let day = if time < self.to { local.date() } else { local.date().tomorrow().ok()? };
        // An hour that the clock skips that day is the next one that there is.
        day.to_datetime(self.to).to_zoned(zone.clone()).ok().map(|end| end.timestamp())
    }
}

/// Which customers are asked: all of what is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligible {
    /// From the so-manieth order on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_orders: Option<u32>,
    /// Who has spent at least so much, after refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_spend: Option<Money>,
    /// Whose last order is at most so many days ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_within_days: Option<u32>,
    /// Who has one of these tags; empty: whoever.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags_any: BTreeSet<String>,
    /// Who has none of these tags.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags_none: BTreeSet<String>,
    /// Who is in one of these loyalty tiers; empty: whoever.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub loyalty_tiers: BTreeSet<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(quiet: (&str, &str), now: &str, zone: &str) -> Option<String> {
        let time = |text: &str| text.parse::<Time>().expect("a time");
        let quiet = Quiet { from: time(quiet.0), to: time(quiet.1) };
        let zone = TimeZone::get(zone).expect("a zone");
        quiet.end(now.parse().expect("a time"), &zone).map(|end| end.to_string())
    }

    #[test]
    fn quiet_hours_end_in_the_morning_of_the_customers_own_clock() {
        let night = ("21:00", "09:00");
        for (now, zone, expected) in [
            ("2026-11-22T19:59:59Z", "Europe/Stockholm", None),
            ("2026-11-22T20:00:00Z", "Europe/Stockholm", Some("2026-11-23T08:00:00Z")),
            ("2026-11-22T23:30:00Z", "Europe/Stockholm", Some("2026-11-23T08:00:00Z")),
            ("2026-11-23T07:59:59Z", "Europe/Stockholm", Some("2026-11-23T08:00:00Z")),
            ("2026-11-23T08:00:00Z", "Europe/Stockholm", None),
            ("2026-11-23T08:00:00Z", "America/New_York", Some("2026-11-23T14:00:00Z")),
        ] {
            assert_eq!(end(night, now, zone).as_deref(), expected, "{now} {zone}");
        }
        assert_eq!(end(("12:00", "13:00"), "2026-11-22T12:30:00Z", "UTC").as_deref(), Some("2026-11-22T13:00:00Z"));
        assert_eq!(end(("08:00", "08:00"), "2026-11-22T08:00:00Z", "UTC"), None, "the same: none");
    }

    #[test]
    fn a_morning_hour_that_the_clock_skips_is_the_next_one() {
        // On 2026-03-29 clocks in Berlin go from 02:00 to 03:00.
        let end = end(("21:00", "02:30"), "2026-03-29T00:30:00Z", "Europe/Berlin");
        assert_eq!(end.as_deref(), Some("2026-03-29T01:30:00Z"));
    }
}
