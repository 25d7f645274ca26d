//! An order is a join of everything the platform said about it: the newest snapshot by the platform's own clock, the
//! *set* of refunds by id, the earliest of each milestone, all evidence ever seen. Joining is commutative, associative
//! and idempotent, so webhooks may come twice, late or in any order and end in the same order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::ShopId;
use super::money::{Currency, Money, proportion};
use super::person::{Contact, PersonKey};

/// The text can't be a platform's order or refund id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 printable ASCII characters without \"#\", \"/\" or space")]
pub struct InvalidPlatformId;

/// An id that a platform gave: opaque text, because some are numbers above 2^53 and some are not numbers at all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PlatformId(String);

impl PlatformId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PlatformId {
    type Err = InvalidPlatformId;

    fn from_str(text: &str) -> Result<Self, InvalidPlatformId> {
        let valid =
            (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() && c != '#' && c != '/');
        valid.then(|| Self(text.to_owned())).ok_or(InvalidPlatformId)
    }
}

impl TryFrom<String> for PlatformId {
    type Error = InvalidPlatformId;

    fn try_from(text: String) -> Result<Self, InvalidPlatformId> {
        text.parse()
    }
}

impl From<PlatformId> for String {
    fn from(id: PlatformId) -> Self {
        id.0
    }
}

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which order: the shop and the platform's own id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderRef {
    pub shop: ShopId,
    pub id: PlatformId,
}

/// The order as the platform last described it. Field order is the order of precedence between two snapshots: newest
/// first, and of two from the same second the one that knows of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Snapshot {
    /// The platform's own clock; decides which snapshot is newer.
    pub updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    pub placed_at: Timestamp,
    pub currency: Currency,
    /// What counts for rewards, in minor units: after discounts, without tax, shipping, tips and gift cards, before
    /// refunds.
    pub net: i64,
    /// What the customer was to pay in all, in minor units.
    pub total: i64,
    /// Prices contain tax (usual in Europe), so refunded line amounts do too.
    pub tax_included: bool,
    pub test: bool,
}

/// More codes than any checkout takes; a bound on what one order can make us look up.
pub const MAX_CODES: usize = 10;

/// Whether a text may be a click token. Anything long is not one, and would only make the order heavy.
pub fn may_be_token(text: &str) -> bool {
    (1..=200).contains(&text.len())
}

/// What ties an order to a link, in the default order of strength.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A coupon code used at checkout.
    Coupon(Code),
    /// A click token in the order's attributes.
    Click(String),
    /// A click token in the order's landing URL.
    Landing(String),
    /// A code named through our API.
    Code(Code),
}

/// One refund as the platform described it. Amounts are minor units of the order's currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refund {
    /// The clock of the message that told of it: a corrected refund replaces the earlier word.
    pub as_of: Timestamp,
    /// Money or goods really went back; a pending or failed refund changes nothing.
    pub effective: bool,
    /// Refunded lines after discounts (with tax where the order's prices contain it).
    pub lines: i64,
    /// The tax within, or on top of, `lines`.
    pub lines_tax: i64,
    /// Money given back that no line explains (goodwill; negative for a fee kept), tax and shipping included.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub amount: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

/// Something learnt at a time; of two, the later stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Learnt<T> {
    pub as_of: Timestamp,
    pub value: T,
}

/// Everything known of one order, or what one webhook adds to it: an event *is* a set of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// The customer by e-mail. Kept when a later snapshot leaves it out (redaction must not undo a referral).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_email: Option<Learnt<PersonKey>>,
    /// The customer by the platform's customer id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_customer_id: Option<Learnt<PersonKey>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub evidence: BTreeSet<Evidence>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refunds: BTreeMap<PlatformId, Refund>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
}

/// More evidence than any honest order carries; each piece costs a look-up, and all of it room in the order's row.
const MAX_EVIDENCE: usize = 20;

/// What one webhook says of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    pub order: OrderRef,
    pub facts: Facts,
    /// How to reach the buyer, if it was said. No fact of the order: it is personal data.
    pub contact: Option<Contact>,
}

/// Adds an event to an order. The one way that an order changes.
pub fn fold(order: Facts, event: Facts) -> Facts {
    let mut refunds = order.refunds;
    for (id, refund) in event.refunds {
        let known = refunds.entry(id).or_insert_with(|| refund.clone());
        *known = std::mem::replace(known, refund.clone()).max(refund);
    }
    // The smallest ones in order of strength: which, does not depend on what came first.
    let evidence = order.evidence.into_iter().chain(event.evidence).collect::<BTreeSet<_>>();
    let evidence = evidence.into_iter().take(MAX_EVIDENCE).collect();
    Facts {
        snapshot: order.snapshot.max(event.snapshot),
        by_email: order.by_email.max(event.by_email),
        by_customer_id: order.by_customer_id.max(event.by_customer_id),
        evidence,
        refunds,
        paid_at: earliest(order.paid_at, event.paid_at),
        fulfilled_at: earliest(order.fulfilled_at, event.fulfilled_at),
        delivered_at: earliest(order.delivered_at, event.delivered_at),
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

impl Facts {
    /// Who bought, under every key we know: by e-mail first, then by the platform's customer id.
    pub fn persons(&self) -> impl Iterator<Item = &PersonKey> {
        self.by_email.iter().chain(&self.by_customer_id).map(|learnt| &learnt.value)
    }

    /// Who bought, under the best key we know.
    pub fn person(&self) -> Option<&PersonKey> {
        self.persons().next()
    }

    /// What counts for rewards before refunds. `None` until a snapshot has come.
    pub fn net_before_refunds(&self) -> Option<Money> {
        self.snapshot.as_ref().map(|order| Money::new(order.net, order.currency))
    }

    /// How much of that went back: refunded lines without tax, and the net share of money no line explains. Never
    /// more than the net, never negative.
    pub fn refunded(&self) -> Option<Money> {
        let order = self.snapshot.as_ref()?;
        let refunded = self.refunds.values().filter(|refund| refund.effective).map(|refund| {
            let lines = if order.tax_included { refund.lines - refund.lines_tax } else { refund.lines };
            let share = if order.total > 0 { proportion(refund.amount, order.net, order.total) } else { 0 };
            lines.saturating_add(share).max(0)
        });
        let sum = refunded.fold(0_i64, i64::saturating_add);
        Some(Money::new(sum.clamp(0, order.net.max(0)), order.currency))
    }

    /// What counts for rewards now: net before refunds less what was refunded.
    pub fn net(&self) -> Option<Money> {
        let before = self.net_before_refunds()?;
        Some(Money::new(before.minor() - self.refunded()?.minor(), before.currency()))
    }

    /// A purchase that makes its buyer a customer: paid, and no test.
    pub fn is_purchase(&self) -> bool {
        self.paid_at.is_some() && self.snapshot.as_ref().is_some_and(|order| !order.test)
    }

    /// The order was called off.
    pub fn is_cancelled(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|order| order.cancelled_at.is_some())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("in range")
    }

    fn id(text: &str) -> PlatformId {
        text.parse().expect(text)
    }

    fn snapshot(updated: i64, net: i64) -> Snapshot {
        Snapshot {
            updated_at: at(updated),
            cancelled_at: None,
            placed_at: at(0),
            currency: "SEK".parse().expect("a currency"),
            net,
            total: net * 5 / 4,
            tax_included: false,
            test: false,
        }
    }

    fn refund(as_of: i64, lines: i64, amount: i64) -> Refund {
        Refund { as_of: at(as_of), effective: true, lines, lines_tax: 0, amount }
    }

    fn order_with(snapshot: Snapshot, refunds: impl IntoIterator<Item = Refund>) -> Facts {
        let refunds = refunds.into_iter().enumerate().map(|(n, refund)| (id(&format!("r{n}")), refund)).collect();
        Facts { snapshot: Some(snapshot), refunds, ..Facts::default() }
    }

    #[test]
    fn what_is_refunded_is_net_and_never_more_than_the_order() {
        let net = |facts: &Facts| facts.net().map(Money::minor);
        assert_eq!(net(&order_with(snapshot(1, 10_000), [])), Some(10_000));
        assert_eq!(net(&order_with(snapshot(1, 10_000), [refund(2, 2_500, 0), refund(3, 500, 0)])), Some(7_000));
        // Money that no line explains counts by the share of the total that is net: 25.00 of 125.00 is 20.00 of 100.00.
        assert_eq!(net(&order_with(snapshot(1, 10_000), [refund(2, 0, 2_500)])), Some(8_000));
        // A fee kept back lessens what the lines say.
        assert_eq!(net(&order_with(snapshot(1, 10_000), [refund(2, 5_000, -1_250)])), Some(6_000));
        assert_eq!(net(&order_with(snapshot(1, 10_000), [refund(2, 90_000, 0)])), Some(0));
        let pending = Refund { effective: false, ..refund(2, 5_000, 0) };
        assert_eq!(net(&order_with(snapshot(1, 10_000), [pending])), Some(10_000));
        let with_tax = Refund { lines_tax: 500, ..refund(2, 2_500, 0) };
        let tax_included = Snapshot { tax_included: true, ..snapshot(1, 10_000) };
        assert_eq!(net(&order_with(tax_included, [with_tax])), Some(8_000));
    }

    #[test]
    fn a_later_snapshot_without_a_customer_does_not_forget_the_customer() {
        let person = PersonKey::from_hash([7; 16]);
        let known =
            Facts { by_email: Some(Learnt { as_of: at(1), value: person.clone() }), ..order_with(snapshot(1, 1), []) };
        let redacted = order_with(snapshot(9, 1), []);
        assert_eq!(fold(known, redacted).person(), Some(&person));
    }

    #[test]
    fn of_two_snapshots_from_one_second_the_one_that_knows_of_the_cancellation_stands() {
        let cancelled = Snapshot { cancelled_at: Some(at(1)), ..snapshot(1, 100) };
        let facts = fold(order_with(cancelled.clone(), []), order_with(snapshot(1, 100), []));
        assert_eq!(facts.snapshot, Some(cancelled));
    }

    prop_compose! {
        fn any_event()(
            updated in 0_i64..4, net in 0_i64..3, cancelled in any::<bool>(), with_snapshot in any::<bool>(),
            refunds in prop::collection::btree_map("[ab]", (0_i64..4, any::<bool>(), 0_i64..3, -2_i64..3), 0..3),
            paid in prop::option::of(0_i64..4), person in prop::option::of(0_u8..3), codes in prop::collection::btree_set("[A-C]{3}", 0..3),
        ) -> Facts {
            let shot = Snapshot { cancelled_at: cancelled.then(|| at(updated)), ..snapshot(updated, net * 100) };
            Facts {
                snapshot: with_snapshot.then_some(shot),
                by_email: person.map(|n| Learnt { as_of: at(updated), value: PersonKey::from_hash([n; 16]) }),
                by_customer_id: None,
                evidence: codes.iter().map(|code| Evidence::Coupon(code.parse().expect("a code"))).collect(),
                refunds: refunds.into_iter().map(|(key, (as_of, effective, lines, amount))| {
                    (id(&key), Refund { effective, ..refund(as_of, lines * 10, amount * 10) })
                }).collect(),
                paid_at: paid.map(at),
                fulfilled_at: None,
                delivered_at: paid.map(|second| at(second + 10)),
            }
        }
    }

    proptest! {
        #[test]
        fn folding_is_commutative_associative_and_idempotent(a in any_event(), b in any_event(), c in any_event()) {
            prop_assert_eq!(fold(a.clone(), b.clone()), fold(b.clone(), a.clone()));
            prop_assert_eq!(fold(fold(a.clone(), b.clone()), c.clone()), fold(a.clone(), fold(b.clone(), c)));
            prop_assert_eq!(fold(a.clone(), a.clone()), a.clone());
            prop_assert_eq!(fold(Facts::default(), a.clone()), a);
        }

        #[test]
        fn facts_survive_storage(facts in any_event()) {
            let json = serde_json::to_string(&facts).expect("facts serialize");
            prop_assert_eq!(serde_json::from_str::<Facts>(&json).expect("facts deserialize"), facts);
        }
    }
}
