//! An order is a join of everything the platform said about it: the newest snapshot by the platform's own clock, the
//! *set* of refunds by id, the earliest of each milestone, all evidence ever seen. Joining is commutative, associative
//! and idempotent, so webhooks may come twice, late or in any order and end in the same order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::act::Acts;
use super::code::plain;
pub use super::evidence::{Carried, Evidence, Pieces};
use super::id::ShopId;
use super::money::{Currency, Money, proportion};
use super::person::{Contact, CustomerId, Fingerprint, Mark, PersonKey};
use super::program::{Conditions, Country};

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
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, as the platform tells it")]
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
    #[serde(default, skip_serializing_if = "is_false")]
    pub tax_included: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub test: bool,
    /// The goods, as far as the platform names them (at most [`MAX_LINES`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// The coupons used at the checkout, whoever's they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Coupon>,
    /// Where it is delivered to, or billed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The shop's own name for where it was sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// What its lines came to, where that was more than its own total allows. See [`Snapshot::within`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<i64>,
    /// It was called off in a way by which the platform frees the single-use codes that were used with it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub frees_codes: bool,
    /// `placed_at` is when the checkout began, and the platform takes an unpaid order up again for so many hours. 0: it is
    /// when the checkout was done.
    #[serde(default, skip_serializing_if = "is_none")]
    pub open_hours: u32,
    /// It says nothing of coupons, which is not that there are none. See [`Facts::coupons`].
    #[serde(default, skip_serializing_if = "is_false")]
    pub silent: bool,
}

impl Snapshot {
    /// A description of this time, placed then, of nothing: what has a time and a currency like an order, and what else
    /// there is to say of it is put in.
    pub fn bare(at: Timestamp, currency: Currency) -> Self {
        Self {
            updated_at: at,
            cancelled_at: None,
            placed_at: at,
            currency,
            net: 0,
            total: 0,
            tax_included: false,
            test: false,
            lines: Vec::new(),
            coupons: Vec::new(),
            country: None,
            market: None,
            cut_from: None,
            frees_codes: false,
            open_hours: 0,
            silent: false,
        }
    }
}

/// More codes than any checkout takes; a bound on what one order can make us look up.
pub const MAX_CODES: usize = 10;
/// More lines than an order's row should hold; what goes beyond is in the net, and in no product condition.
pub const MAX_LINES: usize = 200;

/// One line of goods that counts (no gift card, no tip).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// As refunds name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PlatformId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<String>,
    /// After discounts, without tax, in minor units.
    pub net: i64,
}

/// A coupon used at the checkout.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coupon {
    /// In upper case, as all coupons compare.
    pub code: String,
    /// What it took off the goods, without tax, in minor units; 0 where the platform does not say.
    pub discount: i64,
    /// The platform does not say what it took off.
    #[serde(default, skip_serializing_if = "is_false")]
    pub untold: bool,
    /// What the shopper saw taken off, in minor units, where that is something else: with the tax that prices contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<i64>,
}

impl Coupon {
    /// A coupon by this code, if it is one: in upper case and the form that all its spellings share, at most 64 characters.
    pub fn new(code: &str, discount: i64) -> Option<Self> {
        let told: String = code.trim().chars().take(64).collect();
        let code: String = plain(&told).to_uppercase().chars().take(64).collect();
        (!code.is_empty()).then_some(Self { code, discount, untold: false, shown: None })
    }

    /// One of which is told that it was used, and not what it took off.
    pub fn untold(code: &str) -> Option<Self> {
        Self::new(code, 0).map(|coupon| Self { untold: true, ..coupon })
    }

    /// The same, with what the shopper saw taken off, in minor units.
    #[must_use]
    pub fn shown_as(self, shown: i64) -> Self {
        Self { shown: (shown > self.discount).then_some(shown), ..self }
    }
}

/// Whether a text may be a click token. Anything long is not one, and would only make the order heavy.
pub fn may_be_token(text: &str) -> bool {
    (1..=200).contains(&text.len())
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
    /// Which of `lines` and `lines_tax` is for which line of the order, as far as it was said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub of_lines: BTreeMap<PlatformId, RefundedLine>,
    /// Only that there is such a refund is known yet, not what it is for: the platform is asked. It is not effective until
    /// its answer takes the place of this.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown: bool,
}

/// What of a refund is for one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RefundedLine {
    pub lines: i64,
    pub tax: i64,
}

impl Refund {
    /// An amount of goods without tax, as a merchant's own system tells it.
    pub const fn of_goods(as_of: Timestamp, lines: i64) -> Self {
        Self { as_of, effective: true, lines, lines_tax: 0, amount: 0, of_lines: BTreeMap::new(), unknown: false }
    }

    /// What went back of all goods, without tax.
    fn net(&self, order: &Snapshot) -> i64 {
        let lines = if order.tax_included { self.lines - self.lines_tax } else { self.lines };
        let share = if order.total > 0 { proportion(self.amount, order.net, order.total) } else { 0 };
        lines.saturating_add(share).max(0)
    }

    /// What went back of the lines that a condition counts, without tax. What is not said line by line goes by their
    /// share of the order.
    fn net_of(&self, order: &Snapshot, counts: impl Fn(&Line) -> bool) -> i64 {
        let of = |id: &PlatformId| order.lines.iter().find(|line| line.id.as_ref() == Some(id));
        let net = |part: &RefundedLine| if order.tax_included { part.lines - part.tax } else { part.lines };
        let (mut named, mut counting) = (0_i64, 0_i64);
        for (line, part) in self.of_lines.iter().filter_map(|(id, part)| Some((of(id)?, part))) {
            named = named.saturating_add(net(part));
            if counts(line) {
                counting = counting.saturating_add(net(part));
            }
        }
        let goods: i64 =
            order.lines.iter().filter(|line| counts(line)).map(|line| line.net).fold(0, i64::saturating_add);
        let unnamed = self.net(order).saturating_sub(named);
        let share = if order.net > 0 { proportion(unnamed, goods, order.net) } else { 0 };
        counting.saturating_add(share).max(0)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Snapshot {
    /// What is paid for by it: two descriptions of one moment that differ in this can't both be right.
    fn counts(&self) -> (bool, Currency, i64) {
        (self.cancelled_at.is_some(), self.currency, self.net)
    }

    fn tells_coupons(&self) -> Option<Learnt<&[Coupon]>> {
        (!self.silent).then_some(Learnt { as_of: self.updated_at, value: &self.coupons })
    }
}

/// Something learnt at a time; of two, the later stands. Written as a pair: most orders are of no further interest, and
/// shall fit into one write unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(Timestamp, T)", into = "(Timestamp, T)", bound(serialize = "T: Clone + Serialize"))]
pub struct Learnt<T> {
    pub as_of: Timestamp,
    pub value: T,
}

impl<T> From<(Timestamp, T)> for Learnt<T> {
    fn from((as_of, value): (Timestamp, T)) -> Self {
        Self { as_of, value }
    }
}

impl<T> From<Learnt<T>> for (Timestamp, T) {
    fn from(learnt: Learnt<T>) -> Self {
        (learnt.as_of, learnt.value)
    }
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
    /// What else tells who the buyer is: keyed hashes of phone, address, device.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "by_time")]
    pub marks: BTreeMap<Mark, Learnt<Fingerprint>>,
    /// The buyer's address as of this time is of a provider of throw-away mailboxes. See [`Facts::is_throw_away`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposable_email: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Pieces::is_empty")]
    pub evidence: Pieces,
    /// The coupons of the newest description that told them, where the snapshot does not say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupons_told: Option<Learnt<Vec<Coupon>>>,
    /// The snapshot's moment was described in another way too. It is past with a newer one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub contradicted: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refunds: BTreeMap<PlatformId, Refund>,
    /// The latest complete list of its refunds, where the platform gives one. A refund that it leaves out was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunds_listed: Option<Learnt<BTreeSet<PlatformId>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// The first description that said so, by its clock, and whether it told the coupons that it was paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_paid: Option<ToldPaid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// The platform deleted it. What it describes anew after that is there again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// The buyer's bank took the money back, or is asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_back: Option<Learnt<bool>>,
    /// What of the latest description was left out or made to fit. See [`Facts::notes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Learnt<Vec<String>>>,
    /// What people and machines did about it since: verdicts, rewards handed over and used.
    #[serde(default, skip_serializing_if = "Acts::is_empty")]
    pub acts: Acts,
}

/// Marks are mostly learnt together: written by when they were, the time is there once.
mod by_time {
    use super::{BTreeMap, Deserialize, Fingerprint, Learnt, Mark, Serialize, Timestamp};

    type ByTime = BTreeMap<Timestamp, BTreeMap<Mark, Fingerprint>>;

    pub(super) fn serialize<S: serde::Serializer>(
        marks: &BTreeMap<Mark, Learnt<Fingerprint>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut by_time = ByTime::new();
        for (mark, learnt) in marks {
            by_time.entry(learnt.as_of).or_default().insert(*mark, learnt.value.clone());
        }
        by_time.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Mark, Learnt<Fingerprint>>, D::Error> {
        let by_time = ByTime::deserialize(deserializer)?.into_iter();
        let learnt = |as_of| move |(mark, value)| (mark, Learnt { as_of, value });
        Ok(by_time.flat_map(|(as_of, marks)| marks.into_iter().map(learnt(as_of))).collect())
    }
}

/// A description of an order as paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ToldPaid {
    /// Its clock.
    #[serde(with = "super::evidence::nanoseconds")]
    pub at: Timestamp,
    /// It said nothing of coupons.
    #[serde(default, skip_serializing_if = "is_false")]
    pub silent: bool,
}

/// What one webhook says of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    pub order: OrderRef,
    pub facts: Facts,
    /// How to reach the buyer, if it was said. No fact of the order: it is personal data.
    pub contact: Option<Contact>,
    /// The buyer's account with the shop, if it was said. No fact of the order either, for the same reason.
    pub customer_id: Option<CustomerId>,
}

/// How far what came before an order may lie after it: clocks of shop and engine differ a little.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Adds an event to an order. The one way that an order changes.
pub fn fold(order: Facts, event: Facts) -> Facts {
    let contradicted = is_contradicted(&order, &event);
    let coupons_told = coupons_told(&order, &event);
    let mut refunds = order.refunds;
    for (id, refund) in event.refunds {
        let known = refunds.entry(id).or_insert_with(|| refund.clone());
        *known = std::mem::replace(known, refund.clone()).max(refund);
    }
    let mut marks = order.marks;
    for (mark, learnt) in event.marks {
        let known = marks.entry(mark).or_insert_with(|| learnt.clone());
        *known = std::mem::replace(known, learnt.clone()).max(learnt);
    }
    Facts {
        snapshot: order.snapshot.max(event.snapshot),
        by_email: order.by_email.max(event.by_email),
        by_customer_id: order.by_customer_id.max(event.by_customer_id),
        marks,
        disposable_email: order.disposable_email.max(event.disposable_email),
        evidence: order.evidence.joined(event.evidence),
        coupons_told,
        contradicted,
        refunds,
        refunds_listed: order.refunds_listed.max(event.refunds_listed),
        paid_at: earliest(order.paid_at, event.paid_at),
        told_paid: earliest(order.told_paid, event.told_paid),
        fulfilled_at: earliest(order.fulfilled_at, event.fulfilled_at),
        delivered_at: earliest(order.delivered_at, event.delivered_at),
        deleted_at: order.deleted_at.max(event.deleted_at),
        charged_back: order.charged_back.max(event.charged_back),
        notes: order.notes.max(event.notes),
        acts: order.acts.joined(event.acts),
    }
}

/// What is to be kept of coupons beside the snapshot: what it says itself is not kept twice.
fn coupons_told(one: &Facts, other: &Facts) -> Option<Learnt<Vec<Coupon>>> {
    let told = one.tells_coupons().max(other.tells_coupons())?;
    let newest = one.snapshot.as_ref().max(other.snapshot.as_ref());
    let is_kept = newest.and_then(Snapshot::tells_coupons).as_ref() == Some(&told);
    (!is_kept).then(|| Learnt { as_of: told.as_of, value: told.value.to_vec() })
}

fn earliest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

/// Whether the newest moment was described in two ways that count differently. What was said of an older one is past.
fn is_contradicted(one: &Facts, other: &Facts) -> bool {
    let (Some(mine), Some(theirs)) = (&one.snapshot, &other.snapshot) else {
        return one.contradicted || other.contradicted;
    };
    match mine.updated_at.cmp(&theirs.updated_at) {
        Ordering::Greater => one.contradicted,
        Ordering::Less => other.contradicted,
        Ordering::Equal => one.contradicted || other.contradicted || mine.counts() != theirs.counts(),
    }
}

impl Facts {
    /// What one description says: notes when it says that the order is paid. `tells_codes`: it says which coupons are on
    /// the order, if only that there are none.
    #[must_use]
    pub fn described(mut self, tells_codes: bool) -> Self {
        let as_of = self.snapshot.as_ref().map(|order| order.updated_at);
        if let Some(order) = &mut self.snapshot {
            order.silent = !tells_codes;
        }
        self.told_paid = as_of.filter(|_| self.paid_at.is_some()).map(|at| ToldPaid { at, silent: !tells_codes });
        self
    }

    /// What the newest description that told coupons said of them. `None`: none did.
    pub fn tells_coupons(&self) -> Option<Learnt<&[Coupon]>> {
        let kept = self.coupons_told.as_ref().map(|told| Learnt { as_of: told.as_of, value: told.value.as_slice() });
        kept.max(self.snapshot.as_ref().and_then(Snapshot::tells_coupons))
    }

    /// The coupons on the order. Silence takes none off.
    pub fn coupons(&self) -> &[Coupon] {
        let newest = self.snapshot.as_ref().and_then(Snapshot::tells_coupons);
        newest.or_else(|| self.tells_coupons()).map_or(&[], |told| told.value)
    }

    /// Whether a coupon was taken off before the order was paid: the first description of the order as paid has none of
    /// it, and no later one has it again. What is edited of a paid order undoes nothing.
    pub fn is_taken_off(&self, coupon: Carried) -> bool {
        self.told_paid.is_some_and(|told| !told.silent && coupon.as_of < told.at)
    }

    /// Whether what happened then was in time for the order: before it was placed or, where the checkout was begun
    /// before, while it was still open and not paid for. Clocks of shop and engine differ a little.
    pub fn is_in_time(&self, at: Timestamp) -> bool {
        let Some(order) = &self.snapshot else { return false };
        let after = at.duration_since(order.placed_at);
        let is_open = after <= SignedDuration::from_hours(order.open_hours.into());
        after <= CLOCK_SKEW || (is_open && self.paid_at.is_none_or(|paid| at <= paid))
    }

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

    /// Refunds that were not taken back since.
    fn standing_refunds(&self) -> impl Iterator<Item = &Refund> {
        let listed = self.refunds_listed.as_ref();
        let stands = move |id: &PlatformId, refund: &Refund| {
            listed.is_none_or(|list| list.value.contains(id) || refund.as_of > list.as_of)
        };
        self.refunds.iter().filter(move |(id, refund)| stands(id, refund)).map(|(_, refund)| refund)
    }

    /// Those by which something went back.
    fn effective_refunds(&self) -> impl Iterator<Item = &Refund> {
        self.standing_refunds().filter(|refund| refund.effective)
    }

    /// There is a refund of which nobody knows yet what it is for, and there is something left that it may take: the order
    /// waits. What was given stays, and nothing more is given.
    pub fn awaits_refund(&self) -> bool {
        let unknown = self.standing_refunds().any(|refund| refund.unknown);
        unknown && !self.is_cancelled() && self.net().is_some_and(|net| net.minor() > 0)
    }

    /// How much of that went back: refunded lines without tax, and the net share of money no line explains. Never
    /// more than the net, never negative.
    pub fn refunded(&self) -> Option<Money> {
        let order = self.snapshot.as_ref()?;
        let refunded = self.effective_refunds().map(|refund| refund.net(order));
        let sum = refunded.fold(0_i64, i64::saturating_add);
        Some(Money::new(sum.clamp(0, order.net.max(0)), order.currency))
    }

    /// What counts for rewards now: net before refunds less what was refunded.
    pub fn net(&self) -> Option<Money> {
        let before = self.net_before_refunds()?;
        Some(Money::new(before.minor() - self.refunded()?.minor(), before.currency()))
    }

    /// What counts of the products that all of these conditions take, before refunds. Without product conditions that is
    /// the whole order.
    pub fn net_before_refunds_of(&self, conditions: &[&Conditions]) -> Option<Money> {
        let order = self.snapshot.as_ref()?;
        if !conditions.iter().any(|when| when.asks_products()) {
            return self.net_before_refunds();
        }
        let counts = |line: &Line| conditions.iter().all(|when| when.counts(line));
        let goods = order.lines.iter().filter(|line| counts(line)).map(|line| line.net);
        Some(Money::new(goods.fold(0_i64, i64::saturating_add).clamp(0, order.net.max(0)), order.currency))
    }

    /// The same, after refunds.
    pub fn net_of(&self, conditions: &[&Conditions]) -> Option<Money> {
        let order = self.snapshot.as_ref()?;
        if !conditions.iter().any(|when| when.asks_products()) {
            return self.net();
        }
        let before = self.net_before_refunds_of(conditions)?.minor();
        let counts = |line: &Line| conditions.iter().all(|when| when.counts(line));
        let refunds = self.effective_refunds().map(|refund| refund.net_of(order, counts));
        let refunded = refunds.fold(0_i64, i64::saturating_add);
        Some(Money::new(before - refunded.clamp(0, before), order.currency))
    }

    /// The buyer's mailbox is one to throw away: the address learnt last, not one that it took the place of.
    pub fn is_throw_away(&self) -> bool {
        let learnt = self.by_email.as_ref().map(|learnt| learnt.as_of);
        self.disposable_email.is_some_and(|as_of| Some(as_of) >= learnt)
    }

    /// What of the description that holds was left out or made to fit; what is told of an older one is forgotten with it.
    pub fn notes(&self) -> &[String] {
        let described = self.snapshot.as_ref().map(|order| order.updated_at);
        self.notes.as_ref().filter(|notes| Some(notes.as_of) >= described).map_or(&[], |notes| &notes.value)
    }

    /// A purchase that makes its buyer a customer: paid, and no test.
    pub fn is_purchase(&self) -> bool {
        self.paid_at.is_some() && self.snapshot.as_ref().is_some_and(|order| !order.test)
    }

    /// The order was called off, or its payment was.
    pub fn is_cancelled(&self) -> bool {
        let called_off = self.snapshot.as_ref().is_some_and(|order| order.cancelled_at.is_some());
        called_off || self.is_deleted() || self.is_charged_back()
    }

    /// The platform deleted it and has not described it anew since.
    pub fn is_deleted(&self) -> bool {
        let described = self.snapshot.as_ref().map(|order| order.updated_at);
        self.deleted_at.is_some_and(|deleted| described.is_some_and(|updated| deleted >= updated))
    }

    /// The buyer's bank has, or may get, the money back.
    pub fn is_charged_back(&self) -> bool {
        self.charged_back.as_ref().is_some_and(|learnt| learnt.value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::act::{By, HandedOver, Redemption, Verdict};
    use super::super::id::RewardId;
    use super::super::program::Products;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("in range")
    }

    fn id(text: &str) -> PlatformId {
        text.parse().expect(text)
    }

    #[test]
    fn a_mailbox_to_throw_away_is_forgotten_with_its_address() {
        let told = |second: i64, n: u8, disposable: bool| Facts {
            by_email: Some(Learnt { as_of: at(second), value: PersonKey::from_hash([n; 16]) }),
            disposable_email: disposable.then(|| at(second)),
            ..Facts::default()
        };
        let (throw_away, lasting) = (told(1, 1, true), told(2, 2, false));
        assert!(throw_away.is_throw_away() && !lasting.is_throw_away());
        assert!(!fold(throw_away.clone(), lasting.clone()).is_throw_away());
        assert!(!fold(lasting.clone(), throw_away).is_throw_away());
        assert!(fold(lasting, told(3, 1, true)).is_throw_away());
    }

    #[test]
    fn notes_are_of_the_description_that_holds() {
        let told = |second: i64, notes: Option<&str>| Facts {
            notes: notes.map(|line| Learnt { as_of: at(second), value: vec![line.to_owned()] }),
            ..order_with(snapshot(second, 1), [])
        };
        let (noted, clean) = (told(1, Some("a")), told(2, None));
        assert_eq!(noted.notes(), ["a"]);
        assert!(fold(noted.clone(), clean.clone()).notes().is_empty());
        assert!(fold(clean, noted.clone()).notes().is_empty());
        assert_eq!(fold(told(2, Some("b")), noted).notes(), ["b"]);
    }

    fn snapshot(updated: i64, net: i64) -> Snapshot {
        let placed = Snapshot::bare(at(0), "SEK".parse().expect("a currency"));
        Snapshot { updated_at: at(updated), net, total: net * 5 / 4, ..placed }
    }

    fn refund(as_of: i64, lines: i64, amount: i64) -> Refund {
        Refund { amount, ..Refund::of_goods(at(as_of), lines) }
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
    fn a_refund_that_the_platform_no_longer_lists_was_taken_back() {
        let listed = |second: i64, ids: &[&str]| Facts {
            refunds_listed: Some(Learnt { as_of: at(second), value: ids.iter().map(|text| id(text)).collect() }),
            ..Facts::default()
        };
        let net = |facts: Facts| facts.net().map(Money::minor);
        let refunded = order_with(snapshot(1, 10_000), [refund(2, 2_500, 0)]);
        assert_eq!(net(fold(refunded.clone(), listed(2, &["r0"]))), Some(7_500));
        assert_eq!(net(fold(refunded.clone(), listed(3, &[]))), Some(10_000));
        assert_eq!(net(fold(fold(refunded.clone(), listed(3, &[])), listed(2, &["r0"]))), Some(10_000));
        assert_eq!(net(fold(refunded, listed(1, &[]))), Some(7_500), "a list from before the refund");
    }

    #[test]
    fn a_deleted_order_is_off_until_it_is_described_anew() {
        let deleted = |second: i64| Facts { deleted_at: Some(at(second)), ..order_with(snapshot(2, 100), []) };
        assert!(deleted(2).is_cancelled() && deleted(3).is_cancelled());
        assert!(!deleted(1).is_cancelled());
        assert!(!fold(deleted(3), order_with(snapshot(4, 100), [])).is_cancelled());
    }

    #[test]
    fn a_later_snapshot_without_a_customer_does_not_forget_the_customer() {
        let person = PersonKey::from_hash([7; 16]);
        let known =
            Facts { by_email: Some(Learnt { as_of: at(1), value: person.clone() }), ..order_with(snapshot(1, 1), []) };
        let redacted = order_with(snapshot(9, 1), []);
        assert_eq!(fold(known, redacted).person(), Some(&person));
    }

    /// A description of the order, paid or not, with these codes in the order of entry.
    fn described(second: i64, paid: bool, codes: &[&str]) -> Facts {
        let codes = codes.iter().map(|code| Evidence::Coupon(code.parse().expect("a code")));
        let facts = Facts { evidence: Pieces::told(at(second), codes), ..order_with(snapshot(second, 100), []) };
        Facts { paid_at: paid.then(|| at(second)), ..facts }.described(true)
    }

    #[test]
    fn a_coupon_is_taken_off_before_the_payment_and_never_after_it() {
        let off = |events: &[Facts]| {
            let facts = events.iter().cloned().fold(Facts::default(), fold);
            let backwards = events.iter().rev().cloned().fold(Facts::default(), fold);
            assert_eq!(facts, backwards);
            let anna = facts.evidence.ranked().into_iter().find(|(evidence, _)| **evidence == coupon("ANNA10"));
            facts.is_taken_off(anna.expect("known").1.expect("described"))
        };
        let (with, without) = (["ANNA10"], []);
        for (name, events, expected) in [
            ("paid with it", vec![described(1, true, &with)], false),
            ("taken off, then paid", vec![described(1, false, &with), described(2, true, &without)], true),
            ("not paid yet", vec![described(1, false, &with), described(2, false, &without)], false),
            ("edited after", vec![described(1, true, &with), described(2, true, &without)], false),
            ("of one moment", vec![described(1, false, &with), described(1, true, &without)], false),
            (
                "and put on again",
                vec![described(1, false, &with), described(2, true, &without), described(3, true, &with)],
                false,
            ),
            (
                "edited after, and put on before",
                vec![described(1, false, &with), described(2, true, &with), described(3, true, &without)],
                false,
            ),
            (
                "said nothing of coupons",
                vec![
                    described(1, false, &with),
                    Facts { paid_at: Some(at(2)), ..described(2, false, &without) }.described(false),
                ],
                false,
            ),
        ] {
            assert_eq!(off(&events), expected, "{name}");
        }
    }

    fn coupon(code: &str) -> Evidence {
        Evidence::Coupon(code.parse().expect("a code"))
    }

    #[test]
    fn two_descriptions_of_one_moment_contradict_each_other_until_a_newer_one_comes() {
        let told = |second: i64, net: i64| order_with(snapshot(second, net), []);
        let seen = |events: &[Facts]| events.iter().cloned().fold(Facts::default(), fold).contradicted;
        assert!(!seen(&[told(1, 100), told(1, 100)]));
        assert!(seen(&[told(1, 100), told(1, 90)]) && seen(&[told(1, 90), told(1, 100), told(0, 5)]));
        assert!(!seen(&[told(1, 100), told(1, 90), told(2, 90)]) && !seen(&[told(1, 100), told(2, 90), told(1, 90)]));
    }

    #[test]
    fn what_came_before_an_order_is_in_time_and_while_its_checkout_is_open_what_came_before_it_was_paid() {
        let order = |open_hours, paid: Option<i64>| Facts {
            paid_at: paid.map(at),
            ..order_with(Snapshot { open_hours, ..snapshot(1, 100) }, [])
        };
        let hour = 3_600;
        for (name, facts, second, expected) in [
            ("long before", order(0, Some(10)), -100 * hour, true),
            ("clocks differ a little", order(0, Some(10)), 300, true),
            ("after an order that is dated by its end", order(0, Some(hour)), 301, false),
            ("after it began, before it was paid", order(48, Some(24 * hour)), 23 * hour, true),
            ("after it was paid", order(48, Some(hour)), hour + 1, false),
            ("not paid yet", order(48, None), 23 * hour, true),
            ("no checkout is open for so long", order(48, Some(100 * hour)), 48 * hour + 1, false),
        ] {
            assert_eq!(facts.is_in_time(at(second)), expected, "{name}");
        }
    }

    #[test]
    fn of_two_snapshots_from_one_second_the_one_that_knows_of_the_cancellation_stands() {
        let cancelled = Snapshot { cancelled_at: Some(at(1)), ..snapshot(1, 100) };
        let facts = fold(order_with(cancelled.clone(), []), order_with(snapshot(1, 100), []));
        assert_eq!(facts.snapshot, Some(cancelled));
    }

    fn any_marks(second: i64, n: Option<u8>) -> BTreeMap<Mark, Learnt<Fingerprint>> {
        let learnt = |n, second| Learnt { as_of: at(second), value: Fingerprint::from_hash([n; 8]) };
        let marks = n.map(|n| [(Mark::Phone, learnt(n, second)), (Mark::Device, learnt(n, second + i64::from(n)))]);
        marks.into_iter().flatten().collect()
    }

    fn any_acts(verdict: Option<(i64, bool)>, redeemed: &BTreeMap<String, i64>) -> Acts {
        let reward = RewardId::new(ulid::Ulid::from_parts(1, 0x101));
        let by = |second: i64| By { actor: "Eva".into(), reason: "called".into(), at: at(second) };
        let redemptions = redeemed.iter().map(|(key, minor)| (id(key), Redemption { minor: *minor, at: at(*minor) }));
        Acts {
            verdict: verdict.map(|(second, credits)| Verdict { by: by(second), credits }),
            handed_over: verdict
                .map(|(second, _)| (reward, HandedOver { by: by(second), minor: 1, coupon: None }))
                .into_iter()
                .collect(),
            redeemed: [(reward, redemptions.collect())].into_iter().filter(|_| !redeemed.is_empty()).collect(),
            ..Acts::default()
        }
    }

    #[test]
    fn conditions_on_products_count_only_those_and_what_was_refunded_of_them() {
        let line = |number: &str, sku: &str, net| Line {
            id: Some(id(number)),
            sku: Some(sku.into()),
            product: None,
            collections: Vec::new(),
            net,
        };
        let shot = Snapshot { lines: vec![line("1", "BOOT", 6_000), line("2", "SOCK", 4_000)], ..snapshot(1, 10_000) };
        let only = |skus: &[&str]| Conditions {
            include: Products { skus: skus.iter().map(|sku| (*sku).to_owned()).collect(), ..Products::default() },
            ..Conditions::default()
        };
        let net =
            |refund: Refund, when: &Conditions| order_with(shot.clone(), [refund]).net_of(&[when]).map(Money::minor);
        let (boots, both) = (only(&["BOOT"]), only(&["BOOT", "SOCK"]));
        assert_eq!(net(refund(2, 0, 0), &boots), Some(6_000));
        // Said line by line: socks that went back take nothing from the boots.
        let socks =
            Refund { of_lines: [(id("2"), RefundedLine { lines: 4_000, tax: 0 })].into(), ..refund(2, 4_000, 0) };
        assert_eq!(net(socks.clone(), &boots), Some(6_000));
        assert_eq!(net(socks, &both), Some(6_000));
        // Not said: by the share of the order.
        assert_eq!(net(refund(2, 5_000, 0), &boots), Some(3_000));
        assert_eq!(net(refund(2, 90_000, 0), &boots), Some(0));
        assert_eq!(net(refund(2, 0, 0), &only(&["HAT"])), Some(0));
    }

    prop_compose! {
        fn any_event()(
            updated in 0_i64..4, net in 0_i64..3, cancelled in any::<bool>(), with_snapshot in any::<bool>(),
            refunds in prop::collection::btree_map("[ab]", (0_i64..4, any::<bool>(), 0_i64..3, -2_i64..3), 0..3),
            paid in prop::option::of(0_i64..4), person in prop::option::of(0_u8..3), codes in prop::collection::btree_set("[A-C]{3}", 0..3),
            deleted in prop::option::of(0_i64..4), listed in prop::option::of(prop::collection::btree_set("[ab]", 0..3)),
            verdict in prop::option::of((0_i64..4, any::<bool>())), redeemed in prop::collection::btree_map("[xy]", 0_i64..4, 0..2),
        ) -> Facts {
            let shot = Snapshot { cancelled_at: cancelled.then(|| at(updated)), ..snapshot(updated, net * 100) };
            Facts {
                snapshot: with_snapshot.then_some(shot),
                by_email: person.map(|n| Learnt { as_of: at(updated), value: PersonKey::from_hash([n; 16]) }),
                evidence: Pieces::told(at(updated), codes.iter().map(|code| Evidence::Coupon(code.parse().expect("a code")))),
                told_paid: paid.map(|second| ToldPaid { at: at(second), silent: second % 2 == 0 }),
                refunds: refunds.into_iter().map(|(key, (as_of, effective, lines, amount))| {
                    (id(&key), Refund { effective, ..refund(as_of, lines * 10, amount * 10) })
                }).collect(),
                refunds_listed: listed.map(|ids| {
                    Learnt { as_of: at(updated), value: ids.iter().map(|text| id(text)).collect() }
                }),
                deleted_at: deleted.map(at),
                paid_at: paid.map(at),
                delivered_at: paid.map(|second| at(second + 10)),
                charged_back: person.map(|n| Learnt { as_of: at(updated), value: n == 1 }),
                notes: person.map(|n| Learnt { as_of: at(updated), value: vec![format!("{n} lines")] }),
                disposable_email: person.filter(|n| *n == 2).map(|_| at(updated)),
                marks: any_marks(updated, person),
                acts: any_acts(verdict, &redeemed),
                ..Facts::default()
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
