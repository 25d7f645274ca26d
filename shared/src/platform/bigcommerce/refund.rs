//! What went back of an order. Refunds say which products and how many, or an amount; shipping, handling, wrapping and tax
//! are in no reward's base, so their refunds take nothing back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::amounts::Rate;
use super::body::{OrderBody, ProductBody, RefundBody, RefundItem};
use super::order::REFUNDED;
use crate::domain::money::{MAX_MINOR, proportion};
use crate::domain::order::{Line, PlatformId, Refund, RefundedLine};

/// How a refund is named that the order tells of, but no list.
const UNLISTED: &str = "unlisted";

/// An order's parts, by which its refunds are read.
pub(super) struct Refunded<'a> {
    pub(super) order: &'a OrderBody,
    pub(super) products: &'a [ProductBody],
    pub(super) lines: &'a [Line],
    pub(super) rate: Rate,
    pub(super) as_of: Timestamp,
}

impl Refunded<'_> {
    /// All refunds.
    pub(super) fn all(&self, refunds: &[RefundBody]) -> BTreeMap<PlatformId, Refund> {
        let mut all: BTreeMap<_, _> = refunds.iter().map(|refund| (refund.id.clone(), self.one(refund))).collect();
        all.extend(self.unlisted(refunds));
        all
    }

    fn one(&self, refund: &RefundBody) -> Refund {
        let as_of = refund.created.map_or(self.as_of, |created| created.max(self.as_of));
        let mut read = Refund { effective: is_effective(refund), ..Refund::of_goods(as_of, 0) };
        if refund.items.is_empty() {
            read.amount = self.rate.minor(&refund.total_amount);
        }
        for item in &refund.items {
            match item.item_type.as_deref() {
                Some("PRODUCT") => self.product(refund, item, &mut read),
                Some("SHIPPING" | "HANDLING" | "GIFT_WRAPPING" | "TAX" | "FEE") => {}
                _ => read.amount += self.rate.minor(&item.requested_amount),
            }
        }
        read.amount = read.amount.min(self.without_its_tax(refund)).clamp(0, MAX_MINOR);
        read
    }

    /// The most of a refund that is for anything but tax, with the tax that goes with it: the order's share of that is what
    /// went back of the goods. Tax that goes back alone takes nothing.
    fn without_its_tax(&self, refund: &RefundBody) -> i64 {
        let (all, tax) = (self.rate.minor(&refund.total_amount), self.rate.minor(&refund.total_tax));
        if tax <= 0 {
            return MAX_MINOR;
        }
        let (without, with) = (self.rate.minor(&self.order.total_ex_tax), self.rate.minor(&self.order.total_inc_tax));
        let rest = all.saturating_sub(tax).max(0);
        if without > 0 && with > without { proportion(rest, with, without) } else { rest }
    }

    fn product(&self, refund: &RefundBody, item: &RefundItem, read: &mut Refund) {
        let id = item.item_id.as_ref().map(|id| &id.0);
        let product = self.products.iter().find(|product| Some(&product.id) == id);
        let line = self.lines.iter().find(|line| line.id.as_ref() == id);
        let requested = self.rate.minor(&item.requested_amount);
        let (Some(product), Some(line)) = (product, line) else {
            // Gift certificates count for nothing. Of a product that nothing is known of the order's share goes back.
            if product.is_none_or(|product| !product.is_gift_certificate()) {
                read.amount += if requested > 0 { requested } else { self.rest(refund) };
            }
            return;
        };
        let (paid, pieces) = (self.rate.minor(&product.total_inc_tax), i64::from(product.quantity.unwrap_or(1)));
        let net = if requested > 0 && paid > 0 {
            // An amount is what the customer gets, with tax.
            proportion(line.net, requested.min(paid), paid)
        } else {
            proportion(line.net, i64::from(item.quantity.unwrap_or(1)).min(pieces), pieces.max(1))
        };
        read.lines = read.lines.saturating_add(net);
        let part: &mut RefundedLine = read.of_lines.entry(product.id.clone()).or_default();
        part.lines = part.lines.saturating_add(net);
    }

    /// What of a refund no amount of its items tells.
    fn rest(&self, refund: &RefundBody) -> i64 {
        let told = refund.items.iter().map(|item| self.rate.minor(&item.requested_amount));
        self.rate.minor(&refund.total_amount).saturating_sub(told.fold(0, i64::saturating_add)).max(0)
    }

    /// What the order says went back beyond the listed refunds: older ways to refund list nothing, and staff may set an
    /// order to "Refunded" by hand.
    fn unlisted(&self, refunds: &[RefundBody]) -> Option<(PlatformId, Refund)> {
        let effective: Vec<_> = refunds.iter().filter(|refund| is_effective(refund)).collect();
        let listed = effective.iter().map(|refund| self.rate.minor(&refund.total_amount)).fold(0, i64::saturating_add);
        let by_hand = self.order.status_id == REFUNDED && effective.is_empty();
        let total = if by_hand { self.rate.minor(&self.order.total_inc_tax) } else { 0 };
        let amount = self.rate.minor(&self.order.refunded_amount).max(total).saturating_sub(listed).min(MAX_MINOR);
        // Each refund is rounded by itself.
        let is_rounding = usize::try_from(amount).is_ok_and(|amount| amount <= effective.len());
        let refund = Refund { amount, ..Refund::of_goods(self.as_of, 0) };
        (amount > 0 && !is_rounding).then_some(UNLISTED.parse().ok().map(|id| (id, refund))).flatten()
    }
}

/// Money or goods really went back. No payment at all: nothing was paid yet that could. All declined: nothing happened.
fn is_effective(refund: &RefundBody) -> bool {
    refund.payments.is_empty() || refund.payments.iter().any(|payment| !payment.is_declined)
}
