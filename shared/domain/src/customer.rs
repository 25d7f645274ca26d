//! What the merchant's own systems say of a customer, and what the engine itself saw: together they tell whether this is
//! somebody to ask.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::money::Money;
use super::order::Facts;
use super::person::Contact;

/// What the merchant said. Kept in the person's profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// How to reach the customer, by what the merchant said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// An IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Orders in all, also those from before the engine was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<u32>,
    /// Since when the merchant says this number; `None`: from before that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders_told_at: Option<Timestamp>,
    /// Spent in all, after refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_order_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Is never to be asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub do_not_ask: bool,
    /// Waits for help: not the moment to ask for something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_ticket: bool,
    /// Whether the customer agreed to marketing; `None`: nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opted_in: Option<bool>,
    /// Counts the changes; the fence.
    #[serde(default)]
    pub version: u64,
}

impl Customer {
    /// How many orders the merchant says there are, if more than are known here: then some are of a time, or a channel, of
    /// which nothing was heard. `known`: when each of those was placed that are known, of which those count that the
    /// merchant can have counted too.
    pub fn unheard_of(&self, known: impl IntoIterator<Item = Timestamp>) -> Option<u32> {
        let counted = |placed_at: &Timestamp| self.orders_told_at.is_none_or(|told_at| *placed_at <= told_at);
        let known = known.into_iter().filter(counted).count();
        self.orders.filter(|orders| usize::try_from(*orders).unwrap_or(usize::MAX) > known)
    }
}

/// What a customer bought: as the engine saw it, and as the merchant says, whichever is more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bought {
    pub orders: u32,
    /// In the currency of the first; what is in others is not added.
    pub spend: Option<Money>,
    pub last_order_at: Option<Timestamp>,
    pub refunded_at: Option<Timestamp>,
}

impl Bought {
    /// Adds an order.
    pub fn add(&mut self, facts: &Facts) {
        if let Some(refunded_at) =
            facts.refunds.values().filter(|refund| refund.effective).map(|refund| refund.as_of).max()
        {
            self.refunded_at = self.refunded_at.max(Some(refunded_at));
        }
        let Some(snapshot) = facts.snapshot.as_ref().filter(|_| facts.is_purchase() && !facts.is_cancelled()) else {
            return;
        };
        self.orders += 1;
        self.last_order_at = self.last_order_at.max(Some(snapshot.placed_at));
        let Some(left) = facts.net() else { return };
        self.spend = match self.spend {
            Some(spent) if spent.currency() == left.currency() => {
                Some(Money::new(spent.minor().saturating_add(left.minor()), left.currency()))
            }
            spent => spent.or(Some(left)),
        };
    }

    /// Adds an order of which only its time is known.
    pub fn remember(&mut self, placed_at: Timestamp) {
        self.orders += 1;
        self.last_order_at = self.last_order_at.max(Some(placed_at));
    }

    /// With what the merchant says.
    #[must_use]
    pub fn or_told(self, told: &Customer) -> Self {
        let spend = match (self.spend, told.spend) {
            (Some(seen), Some(told)) if seen.currency() == told.currency() && seen.minor() > told.minor() => Some(seen),
            (seen, told) => told.or(seen),
        };
        Self {
            orders: self.orders.max(told.orders.unwrap_or_default()),
            spend,
            last_order_at: self.last_order_at.max(told.last_order_at),
            refunded_at: self.refunded_at.max(told.refunded_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sek(minor: i64) -> Money {
        Money::new(minor, "SEK".parse().expect("a currency"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn orders_that_nothing_was_heard_of_are_those_that_the_merchant_counts_beyond_ours() {
        let (early, told_at, late) =
            (at("2026-11-01T10:00:00Z"), at("2026-11-10T10:00:00Z"), at("2026-11-20T10:00:00Z"));
        let told = |orders, told_at| Customer { orders, orders_told_at: told_at, ..Customer::default() };
        for (orders, known, unheard) in [
            (None, &[][..], None),
            (Some(0), &[late], None),
            (Some(7), &[late], Some(7)),
            // The merchant counts this very order too.
            (Some(1), &[early], None),
            (Some(2), &[early], Some(2)),
            // It was placed after that was said, so the one that was counted is another.
            (Some(1), &[late], Some(1)),
            (Some(2), &[early, early, late], None),
        ] {
            assert_eq!(told(orders, Some(told_at)).unheard_of(known.to_vec()), unheard, "{orders:?} {known:?}");
        }
        assert_eq!(told(Some(1), None).unheard_of([late]), None, "nobody knows when it was said");
        assert_eq!(told(Some(2), None).unheard_of([late]), Some(2));
    }

    #[test]
    fn of_what_was_seen_and_what_was_told_the_larger_counts() {
        let seen = Bought {
            orders: 2,
            spend: Some(sek(500)),
            last_order_at: Some(at("2026-11-20T10:00:00Z")),
            refunded_at: None,
        };
        let told = Customer {
            orders: Some(7),
            spend: Some(sek(400)),
            last_order_at: Some(at("2026-10-01T10:00:00Z")),
            refunded_at: Some(at("2026-10-02T10:00:00Z")),
            ..Customer::default()
        };
        let both = seen.clone().or_told(&told);
        assert_eq!((both.orders, both.spend), (7, Some(sek(500))));
        assert_eq!((both.last_order_at, both.refunded_at), (seen.last_order_at, told.refunded_at));
        assert_eq!(seen.clone().or_told(&Customer::default()), seen);
        let euros = Money::new(1, "EUR".parse().expect("a currency"));
        let told = Customer { spend: Some(euros), ..Customer::default() };
        assert_eq!(seen.or_told(&told).spend, Some(euros), "the merchant's own currency");
    }
}
