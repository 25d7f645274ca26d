//! What of an order and of a refund counts for rewards, in minor units of the order's currency. Amounts come with as many
//! decimals as the shop shows; the currency says how many there are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::super::wire::Amount;
use super::body::{CouponLine, LineItem, ListedRefund, OrderBody, OtherLine, RefundBody};
use crate::domain::money::{Currency, MAX_MINOR, proportion};
use crate::domain::order::{Coupon, Learnt, Line, MAX_CODES, MAX_LINES, PlatformId, Refund, RefundedLine};

/// The lines that count. One that is told twice, with the same id and amount, is one.
fn counting(order: &OrderBody, currency: Currency) -> impl Iterator<Item = (&LineItem, i64)> {
    let lines = order.line_items.iter().filter(|line| line.counts());
    let lines = lines.map(move |line| (line, line.total.minor_or_zero(currency).clamp(-MAX_MINOR, MAX_MINOR)));
    let mut seen = BTreeSet::new();
    lines.filter(move |(line, net)| line.id.as_ref().is_none_or(|id| seen.insert((id.0.clone(), *net))))
}

/// Goods after discounts and without tax. Shipping, fees, and gift cards are not in it.
pub(super) fn net(order: &OrderBody, currency: Currency) -> i64 {
    counting(order, currency).map(|(_, net)| net).fold(0_i64, i64::saturating_add).clamp(0, MAX_MINOR)
}

/// The most that its goods can come to by the order's own total: what is left of it without tax, shipping, fees on top and
/// gift cards that were sold. A fee below zero is a discount, and in the total already. What gift cards paid is not in the
/// total, and was paid all the same. `None`: the order does not say its total.
pub(super) fn allows(order: &OrderBody, currency: Currency) -> Option<i64> {
    let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.fold(0_i64, i64::saturating_add);
    let minor = |amount: &Amount| amount.minor_or_zero(currency);
    let cards = sum(&mut order.paid_by_cards().map(|amount| minor(&amount).max(0)));
    let shipping_lines = sum(&mut order.shipping_lines.iter().map(|line| minor(&line.total)));
    let shipping = order.shipping_total.minor(currency).unwrap_or(shipping_lines);
    let fees = sum(&mut order.fee_lines.iter().map(|fee| minor(&fee.total).max(0)));
    let sold = sum(&mut order.line_items.iter().filter(|line| !line.counts()).map(|line| minor(&line.total).max(0)));
    let others = minor(&order.total_tax).saturating_add(shipping).saturating_add(fees).saturating_add(sold);
    Some(order.total.minor(currency)?.saturating_add(cards).saturating_sub(others))
}

/// All of it went back: the shop says so, or its refunds come to all that was paid.
pub(super) fn is_all_refunded(order: &OrderBody, currency: Currency) -> bool {
    let total = order.total.minor_or_zero(currency);
    let refunds = order.refunds.iter().flatten().map(|refund| refund.total.minor_or_zero(currency).saturating_abs());
    order.status() == "refunded" || (total > 0 && refunds.fold(0_i64, i64::saturating_add) >= total)
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

/// The coupons used at the checkout, with what each took off the goods. WooCommerce knows that of a code only where it was
/// typed in the case that its coupon has; of others it says 0, while the order's own discount is right. What no code says
/// is divided equally between those that say 0, but for coupons that are for shipping alone.
pub(super) fn coupons(order: &OrderBody, currency: Currency) -> Vec<Coupon> {
    let minor = |amount: &Option<Amount>| amount.as_ref().map_or(0, |amount| amount.minor_or_zero(currency).max(0));
    let is_silent = |line: &CouponLine| {
        let only_ships = line.free_shipping == Some(true) && minor(&line.nominal_amount) == 0;
        minor(&line.discount) == 0 && !only_ships
    };
    let said = order.coupon_lines.iter().map(|line| minor(&line.discount)).fold(0_i64, i64::saturating_add);
    let missing = discount(order, currency).saturating_sub(said);
    // Each line is rounded for itself.
    let missing = if usize::try_from(missing).is_ok_and(|it| it > order.line_items.len()) { missing } else { 0 };
    let silent = i64::try_from(order.coupon_lines.iter().filter(|line| is_silent(line)).count()).unwrap_or(i64::MAX);
    let (all, tax) = (discount(order, currency), order.discount_tax.minor_or_zero(currency).max(0));
    let is_told = |line: &CouponLine| {
        let of_order = || order.discount_total.minor(currency).is_some();
        let of_lines = || order.line_items.iter().any(|line| line.subtotal.minor(currency).is_some());
        line.discount.is_some() || of_order() || of_lines()
    };
    let mut nth = 0_i64;
    let coupons = order.coupon_lines.iter().filter_map(|line| {
        let code = line.code.as_deref()?;
        if !is_told(line) {
            return Coupon::untold(code);
        }
        let mut discount = minor(&line.discount);
        let mut on_top = minor(&line.discount_tax);
        if is_silent(line) {
            // The first ones take what can't be divided.
            discount = missing / silent + i64::from(nth < missing % silent);
            on_top = if all > 0 { proportion(discount, tax, all) } else { 0 };
            nth += 1;
        }
        let shown = if order.prices_include_tax { discount.saturating_add(on_top) } else { discount };
        Some(Coupon::new(code, discount)?.shown_as(shown))
    });
    coupons.take(MAX_CODES).collect()
}

/// What coupons took off the goods, without tax.
fn discount(order: &OrderBody, currency: Currency) -> i64 {
    let of_line = |line: &LineItem| {
        let (before, after) = (line.subtotal.minor(currency)?, line.total.minor(currency)?);
        Some(before.saturating_sub(after).max(0))
    };
    let of_lines = || order.line_items.iter().filter_map(of_line).fold(0_i64, i64::saturating_add);
    order.discount_total.minor(currency).unwrap_or_else(of_lines).clamp(0, MAX_MINOR)
}

/// A refund of which only the amount is known. `can_ask`: the shop can be asked what it is for, and is; until then it takes
/// nothing. Else it takes its share of the net, for good. The order lists it without a time. It gets the earliest there is,
/// so that whoever knows the same refund better is believed, whichever came first; a refund that was made is never changed,
/// so no two amounts compete.
pub(super) fn listed(refund: &ListedRefund, currency: Currency, can_ask: bool) -> Refund {
    let amount = refund.total.minor_or_zero(currency).saturating_abs();
    let estimate = Refund { amount, ..Refund::of_goods(Timestamp::UNIX_EPOCH, 0) };
    if can_ask { Refund { effective: false, unknown: true, ..estimate } } else { estimate }
}

/// That all went back, whatever single refunds were for. Told with the list of refunds, and gone with it.
pub(super) fn all_refunded(net: i64, as_of: Timestamp) -> Option<(PlatformId, Refund)> {
    Some((ALL.parse().ok()?, Refund::of_goods(as_of, net)))
}

/// No refund has such an id: WooCommerce's are numbers.
const ALL: &str = "all";

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
    Refund { lines: limit(lines), lines_tax: limit(lines_tax), amount, of_lines, ..Refund::of_goods(as_of, 0) }
}

/// All refunds that there are, as of this modification. Deleting a refund does not always modify its order, so of two
/// lists of one modification the one that came later is the later one: a nanosecond for each minute in between, which
/// never reaches the next modification, a second away.
pub(super) fn list(
    refunds: impl Iterator<Item = PlatformId>,
    modified_at: Timestamp,
    told_at: Timestamp,
) -> Learnt<BTreeSet<PlatformId>> {
    let minutes = told_at.duration_since(modified_at).as_mins().clamp(0, 999_999_999);
    let as_of = modified_at.checked_add(SignedDuration::from_nanos(minutes)).unwrap_or(modified_at);
    Learnt { as_of, value: refunds.collect() }
}
