//! What of an order and of a refund counts for rewards, in minor units of the shop's currency.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::body::{Adjustment, Allocation, LineItem, MoneySet, OrderBody, RefundBody, Transaction};
use crate::domain::money::{Currency, MAX_MINOR, proportion};
use crate::domain::order::{Coupon, Line, MAX_CODES, MAX_LINES, Refund, RefundedLine};

/// What counts for rewards: lines at the quantity ordered, less their discounts, without gift cards, tips, and tax that
/// is in the price. `subtotal_price` is not used where lines say more: it knows neither edits nor gift cards.
pub(super) fn net(order: &OrderBody) -> i64 {
    if !says_lines(order) {
        return order.subtotal_price.minor_or_zero(order.currency).max(0);
    }
    counting(order).map(|(_, net)| net).fold(0_i64, i64::saturating_add).clamp(0, MAX_MINOR)
}

/// The lines that count, with what each adds to the net. Where a body is too old to say which line a discount is for, it
/// says of no line what it was worth.
pub(super) fn lines(order: &OrderBody) -> Vec<Line> {
    if !says_lines(order) {
        return Vec::new();
    }
    let text =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let lines = counting(order).map(|(line, net)| Line {
        id: line.id.as_ref().map(|id| id.0.clone()),
        sku: text(&line.sku),
        product: line.product_id.as_ref().map(|id| id.0.as_str().to_owned()),
        collections: Vec::new(),
        net: net.clamp(0, MAX_MINOR),
    });
    lines.take(MAX_LINES).collect()
}

fn says_lines(order: &OrderBody) -> bool {
    !order.line_items.is_empty() && order.line_items.iter().all(|line| line.discount_allocations.is_some())
}

fn counting(order: &OrderBody) -> impl Iterator<Item = (&LineItem, i64)> {
    let currency = order.currency;
    order.line_items.iter().filter(|line| line.counts()).map(move |line| {
        let gross = line.price.minor_or_zero(currency).saturating_mul(i64::from(line.quantity.unwrap_or(1)));
        let allocations = line.discount_allocations.iter().flatten();
        let allocated: i64 = allocations.map(|allocation| allocation.amount.minor_or_zero(currency)).sum();
        // Old bodies name a line's own discount without allocating it.
        let discount = if allocated == 0 { line.total_discount.minor_or_zero(currency) } else { allocated };
        let tax: i64 = line.tax_lines.iter().map(|tax| tax.price.minor_or_zero(currency)).sum();
        (line, gross.saturating_sub(discount).saturating_sub(if order.taxes_included { tax } else { 0 }))
    })
}

/// The coupons used at the checkout, with what each took off the goods, without tax. Shipping is in no reward's base.
pub(super) fn coupons(order: &OrderBody) -> Vec<Coupon> {
    let coupons = order.discount_codes.iter().filter_map(|discount| {
        let code = discount.code.as_deref()?;
        let told = discount.amount.as_ref().and_then(|amount| amount.minor(order.currency));
        match told.map(|minor| minor.max(0)) {
            _ if discount.kind.as_deref() == Some("shipping") => Coupon::new(code, 0),
            None => Coupon::untold(code),
            Some(shown) => Some(Coupon::new(code, without_tax(order, code, shown))?.shown_as(shown)),
        }
    });
    coupons.take(MAX_CODES).collect()
}

/// What a code took off, without the tax that is in it where prices contain tax. Lines say which part of it is theirs, and
/// each has its own tax; what no line says goes by the tax of the whole order.
fn without_tax(order: &OrderBody, code: &str, shown: i64) -> i64 {
    if !order.taxes_included {
        return shown;
    }
    let currency = order.currency;
    // After discounts: with tax, and without.
    let paid = |line: &LineItem, net: i64| {
        let tax: i64 = line.tax_lines.iter().map(|tax| tax.price.minor_or_zero(currency)).sum();
        (net.saturating_add(tax), net)
    };
    let all = || counting(order).map(|(line, net)| paid(line, net));
    let (with, without) =
        all().fold((0_i64, 0_i64), |sum, it| (sum.0.saturating_add(it.0), sum.1.saturating_add(it.1)));
    let net_of =
        |minor: i64, (with, without): (i64, i64)| if with > 0 { proportion(minor, without, with) } else { minor };
    let is_codes = |allocation: &&Allocation| {
        let applied = allocation.discount_application_index.and_then(|index| order.discount_applications.get(index));
        applied.and_then(|applied| applied.code.as_deref()).is_some_and(|it| it.eq_ignore_ascii_case(code))
    };
    let (mut said, mut net) = (0_i64, 0_i64);
    for (line, left) in counting(order) {
        let parts = line.discount_allocations.iter().flatten().filter(is_codes);
        let part = parts.map(|part| part.amount.minor_or_zero(currency)).fold(0, i64::saturating_add);
        // A line that was given away has no tax left to tell its rate by.
        let rate = if left > 0 { paid(line, left) } else { (with, without) };
        said = said.saturating_add(part);
        net = net.saturating_add(net_of(part, rate));
    }
    net.saturating_add(net_of(shown.saturating_sub(said), (with, without))).clamp(0, shown)
}

/// The shop's currency, in which all amounts but those of payments are.
pub(super) fn shop_currency(refund: &RefundBody) -> Option<Currency> {
    let lines = refund.refund_line_items.iter().map(|line| &line.subtotal_set);
    let shipping = refund.refund_shipping_lines.iter().map(|line| &line.subtotal_amount_set);
    let totals = [&refund.total_duties_set, &refund.total_additional_fees_set];
    lines.chain(shipping).chain(totals).flatten().find_map(MoneySet::currency)
}

pub(super) fn refund_facts(refund: &RefundBody, currency: Currency, as_of: Timestamp) -> Refund {
    let goods = || refund.refund_line_items.iter().filter(|line| line.line_item.as_ref().is_none_or(LineItem::counts));
    let mut of_lines = BTreeMap::<_, RefundedLine>::new();
    let (mut lines, mut lines_tax) = (0, 0);
    for line in goods() {
        let (subtotal, tax) = (line.subtotal.minor_or_zero(currency), line.total_tax.minor_or_zero(currency));
        lines += subtotal;
        lines_tax += tax;
        let id = line.line_item_id.as_ref().or_else(|| line.line_item.as_ref()?.id.as_ref());
        if let Some(id) = id {
            let part = of_lines.entry(id.0.clone()).or_default();
            part.lines += subtotal;
            part.tax += tax;
        }
    }
    let payments = || refund.transactions.iter().filter(|payment| payment.kind.as_deref() == Some("refund"));
    let succeeded = |payment: &&Transaction| payment.status.as_deref() == Some("success");
    // No payment at all: unpaid goods were taken off the order. Payments of which none went through: nothing happened.
    let effective = payments().next().is_none() || payments().any(|payment| succeeded(&payment));
    let amount = unexplained(refund, currency);
    Refund { effective, lines, lines_tax, amount, of_lines, ..Refund::of_goods(as_of, 0) }
}

/// Money that went back without a line to explain it (negative: a fee was kept). Shopify says it outright as a
/// discrepancy; where it does not, it is what was paid beyond lines, shipping, duties and fees, with their tax.
fn unexplained(refund: &RefundBody, currency: Currency) -> i64 {
    let (shipping, discrepancies): (Vec<_>, Vec<_>) =
        refund.order_adjustments.iter().partition(|adjustment| adjustment.is_shipping());
    let sum =
        |adjustments: &[&Adjustment]| adjustments.iter().map(|adjustment| adjustment.minor(currency)).sum::<i64>();
    let unexplained = if discrepancies.is_empty() {
        let shipping = if shipping.is_empty() { refunded_shipping(refund, currency) } else { -sum(&shipping) };
        let lines = refund
            .refund_line_items
            .iter()
            .map(|l| l.subtotal.minor_or_zero(currency) + l.total_tax.minor_or_zero(currency));
        let totals = [&refund.total_duties_set, &refund.total_additional_fees_set].into_iter().flatten();
        let duties_and_fees: i64 = totals.map(|set| set.minor_or_zero(currency)).sum();
        (paid_back(refund, currency) - lines.sum::<i64>() - shipping - duties_and_fees).max(0)
    } else {
        -sum(&discrepancies)
    };
    unexplained.clamp(-MAX_MINOR, MAX_MINOR)
}

/// Money that went back, unless in the buyer's own currency: that is not comparable with lines in the shop's.
fn paid_back(refund: &RefundBody, currency: Currency) -> i64 {
    let succeeded = refund.transactions.iter().filter(|payment| {
        payment.kind.as_deref() == Some("refund")
            && payment.status.as_deref() == Some("success")
            && payment.currency.is_none_or(|paid_in| paid_in == currency)
    });
    succeeded.map(|payment| payment.amount.minor_or_zero(currency)).sum()
}

/// Shipping that went back, in bodies that name it line by line. Tax is named for the whole line only, which errs on
/// the side of taking nothing back.
fn refunded_shipping(refund: &RefundBody, currency: Currency) -> i64 {
    let lines = refund.refund_shipping_lines.iter().map(|line| {
        let taxes = line.shipping_line.iter().flat_map(|shipping| &shipping.tax_lines);
        let tax: i64 = taxes.map(|tax| tax.price.minor_or_zero(currency)).sum();
        line.subtotal_amount_set.as_ref().map_or(0, |set| set.minor_or_zero(currency)) + tax
    });
    lines.sum()
}
