//! What of an order and of a refund counts for rewards, in minor units of the order's currency. Amounts come with as many
//! decimals as the shop shows; the currency says how many there are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::body::{LineItem, ListedRefund, OrderBody, OtherLine, RefundBody};
use crate::domain::money::{Currency, MAX_MINOR};
use crate::domain::order::{Coupon, Learnt, Line, MAX_CODES, MAX_LINES, PlatformId, Refund, RefundedLine};

fn counting(order: &OrderBody, currency: Currency) -> impl Iterator<Item = (&LineItem, i64)> {
    order
        .line_items
        .iter()
        .filter(|line| line.counts())
        .map(move |line| (line, line.total.minor_or_zero(currency).clamp(-MAX_MINOR, MAX_MINOR)))
}

/// Goods after discounts and without tax. Shipping, fees, and gift cards are not in it.
pub(super) fn net(order: &OrderBody, currency: Currency) -> i64 {
    counting(order, currency).map(|(_, net)| net).fold(0_i64, i64::saturating_add).clamp(0, MAX_MINOR)
}

/// The lines that count.
pub(super) fn lines(order: &OrderBody, currency: Currency) -> Vec<Line> {
    let lines = counting(order, currency).map(|(line, net)| Line {
        id: line.id.as_ref().map(|id| id.0.clone()),
        sku: line.sku.clone(),
        product: line.product_id.clone().filter(|id| id != "0"),
        collections: Vec::new(),
        net: net.max(0),
    });
    lines.take(MAX_LINES).collect()
}

/// The coupons used at the checkout, with what each took off the goods.
pub(super) fn coupons(order: &OrderBody, currency: Currency) -> Vec<Coupon> {
    let coupons = order.coupon_lines.iter().filter_map(|line| {
        let discount = line.discount.as_ref().map_or(0, |discount| discount.minor_or_zero(currency));
        Coupon::new(line.code.as_deref()?, discount.max(0))
    });
    coupons.take(MAX_CODES).collect()
}

/// A refund of which only the amount is known: it takes its share of the net. The order lists it without a time. It gets
/// the earliest there is, so that whoever knows the same refund better is believed, whichever came first; a refund that
/// was made is never changed, so no two amounts compete.
pub(super) fn listed(refund: &ListedRefund, currency: Currency) -> Refund {
    Refund {
        as_of: Timestamp::UNIX_EPOCH,
        effective: true,
        lines: 0,
        lines_tax: 0,
        amount: refund.total.minor_or_zero(currency).abs(),
        of_lines: BTreeMap::new(),
    }
}

/// A refund as the API tells it in full: which lines, and which shipping and fees, which take nothing back.
pub(super) fn in_full(refund: &RefundBody, order: &OrderBody, currency: Currency) -> Refund {
    let of =
        |id: &PlatformId| order.line_items.iter().find(|line| line.id.as_ref().is_some_and(|known| known.0 == *id));
    let minor = |total: i64| total.saturating_abs();
    let mut of_lines = BTreeMap::<PlatformId, RefundedLine>::new();
    let (mut lines, mut lines_tax, mut explained, mut parts) = (0_i64, 0_i64, 0_i64, 0_i64);
    for line in &refund.line_items {
        let (total, tax) = (minor(line.total.minor_or_zero(currency)), minor(line.total_tax.minor_or_zero(currency)));
        explained = explained.saturating_add(total).saturating_add(tax);
        parts = parts.saturating_add(2);
        let id = line.refunds();
        // The refund's line does not say that it was a gift card; the order's does.
        if !line.counts() || id.as_ref().and_then(of).is_some_and(|sold| !sold.counts()) {
            continue;
        }
        lines = lines.saturating_add(total);
        lines_tax = lines_tax.saturating_add(tax);
        if let Some(id) = id {
            let part = of_lines.entry(id).or_default();
            part.lines = part.lines.saturating_add(total);
            part.tax = part.tax.saturating_add(tax);
        }
    }
    let sum = |other: &OtherLine| {
        minor(other.total.minor_or_zero(currency)).saturating_add(minor(other.total_tax.minor_or_zero(currency)))
    };
    for other in refund.shipping_lines.iter().chain(&refund.fee_lines) {
        explained = explained.saturating_add(sum(other));
        parts = parts.saturating_add(2);
    }
    // More than the lines is goodwill, less is a fee that was kept. Each part was rounded for itself, so what is no more
    // than that is neither.
    let rest = minor(refund.amount.minor_or_zero(currency)).saturating_sub(explained);
    let amount = if rest.abs() <= parts { 0 } else { rest.clamp(-MAX_MINOR, MAX_MINOR) };
    let made_at = refund.date_created_gmt.or(refund.date_created);
    // Later than what an order's list says in any case.
    let as_of = made_at.unwrap_or(Timestamp::UNIX_EPOCH + SignedDuration::from_nanos(1));
    let limit = |minor: i64| minor.min(MAX_MINOR);
    Refund { as_of, effective: true, lines: limit(lines), lines_tax: limit(lines_tax), amount, of_lines }
}

/// All refunds that there are, as of this modification. Deleting a refund does not always modify its order, so of two
/// lists of one modification the one that came later is the later one: a nanosecond for each minute in between, which
/// never reaches the next modification, a second away.
pub(super) fn list(
    refunds: &[ListedRefund],
    modified_at: Timestamp,
    told_at: Timestamp,
) -> Learnt<BTreeSet<PlatformId>> {
    let minutes = told_at.duration_since(modified_at).as_mins().clamp(0, 999_999_999);
    let as_of = modified_at.checked_add(SignedDuration::from_nanos(minutes)).unwrap_or(modified_at);
    Learnt { as_of, value: refunds.iter().map(|refund| refund.id.clone()).collect() }
}
