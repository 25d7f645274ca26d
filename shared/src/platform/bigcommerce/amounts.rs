//! What of an order counts for rewards, in minor units of the store's currency.

use rust_decimal::Decimal;

use super::super::wire::{self, Amount};
use super::body::{CouponBody, OrderBody, ProductBody};
use crate::domain::money::{Currency, MAX_MINOR, proportion};
use crate::domain::order::{Coupon, Line, MAX_CODES, MAX_LINES};

/// The most products that one page has.
pub(super) const PRODUCTS: usize = 250;

/// Reads an order's amounts. Where a store sells in several currencies, an order's amounts are in the one that was paid
/// in, and the order says at which rate; by that rate they become the store's own, as its reports have them.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    pub(super) currency: Currency,
    /// How much of the order's currency is one of the store's.
    rate: Decimal,
}

impl Rate {
    /// `fallback`: where the order names no currency.
    pub(super) fn of(order: &OrderBody, fallback: Currency) -> Self {
        let paid_in = order.default_currency_code.unwrap_or(fallback);
        let as_is = Self { currency: paid_in, rate: Decimal::ONE };
        let Some(own) = order.store_default_currency_code.filter(|own| *own != paid_in) else { return as_is };
        let rate = order.store_default_to_transactional_exchange_rate.as_deref();
        let rate = rate.and_then(|rate| rate.trim().parse::<Decimal>().ok()).filter(|rate| *rate > Decimal::ZERO);
        // Without a rate the order stays in the currency that it was paid in: no rate of ours would be the right one.
        rate.map_or(as_is, |rate| Self { currency: own, rate })
    }

    /// In minor units; nothing counts as zero.
    pub(super) fn minor(self, amount: &Amount) -> i64 {
        self.said(amount).unwrap_or(0)
    }

    /// In minor units; `None` when it was left out.
    fn said(self, amount: &Amount) -> Option<i64> {
        amount.divided(self.rate).minor(self.currency)
    }
}

/// An order with what it is made of.
pub(super) struct Goods<'a> {
    pub(super) order: &'a OrderBody,
    pub(super) products: &'a [ProductBody],
    pub(super) rate: Rate,
}

impl Goods<'_> {
    /// What counts for rewards: the goods less all discounts, without tax, shipping and gift certificates.
    pub(super) fn net(&self) -> i64 {
        let order = self.order;
        let minor = |amount| self.rate.minor(amount);
        let discounts = minor(&order.discount_amount).saturating_add(minor(&order.coupon_discount));
        let of_goods = minor(&order.subtotal_ex_tax).saturating_sub(self.without_tax(discounts));
        of_goods.saturating_sub(self.certificates()).clamp(0, MAX_MINOR)
    }

    /// What gift certificates were sold for.
    fn certificates(&self) -> i64 {
        let certificates = self.products.iter().filter(|product| product.is_gift_certificate());
        certificates.map(|product| self.worth(product)).fold(0, i64::saturating_add)
    }

    /// The most that the goods can come to by the order's own total: what is left of it without tax, shipping, handling,
    /// wrapping and gift certificates that were sold. What certificates and credit paid may be in the total or not, so it is
    /// added: the bound is then too wide, never too narrow. `None`: the order does not say its total.
    pub(super) fn allows(&self) -> Option<i64> {
        let order = self.order;
        let sum = |amounts: &[&Amount]| amounts.iter().map(|it| self.rate.minor(it)).fold(0, i64::saturating_add);
        let paid = sum(&[&order.gift_certificate_amount, &order.store_credit_amount]);
        let costs = [&order.shipping_cost_ex_tax, &order.handling_cost_ex_tax, &order.wrapping_cost_ex_tax];
        let others = sum(&costs).saturating_add(sum(&[&order.total_tax])).saturating_add(self.certificates());
        Some(self.rate.said(&order.total_inc_tax)?.saturating_add(paid).saturating_sub(others))
    }

    /// The lines, which add up to the net. Not all discounts are said product by product; the rest goes by worth.
    pub(super) fn lines(&self) -> Vec<Line> {
        let goods: Vec<_> = self.products.iter().filter(|product| !product.is_gift_certificate()).collect();
        let sum = goods.iter().map(|product| self.worth(product)).fold(0, i64::saturating_add);
        // A page that is full may not be all of them.
        let net = if self.products.len() < PRODUCTS { self.net() } else { sum };
        let mut so_far = 0_i64;
        let line = |product: &&ProductBody| {
            let before = so_far;
            so_far = so_far.saturating_add(self.worth(product));
            let up_to = |worth: i64| if sum > 0 { proportion(worth, net, sum) } else { 0 };
            Line {
                id: Some(product.id.clone()),
                sku: text(product.sku.as_deref()),
                product: product.product_id.as_ref().map(|wire::Id(id)| id.as_str().to_owned()).filter(|id| id != "0"),
                collections: Vec::new(),
                net: (up_to(so_far) - up_to(before)).clamp(0, MAX_MINOR),
            }
        };
        goods.iter().map(line).take(MAX_LINES).collect()
    }

    /// A product's total less what is said to be taken off it, without tax.
    fn worth(&self, product: &ProductBody) -> i64 {
        let discounts = product.applied_discounts.iter().map(|applied| self.rate.minor(&applied.amount));
        let discount = self.without_tax(discounts.fold(0, i64::saturating_add));
        self.rate.minor(&product.total_ex_tax).saturating_sub(discount).clamp(0, MAX_MINOR)
    }

    /// A discount without the tax that is in it where prices contain tax.
    fn without_tax(&self, discount: i64) -> i64 {
        let order = self.order;
        let (without, with) = (self.rate.minor(&order.subtotal_ex_tax), self.rate.minor(&order.subtotal_inc_tax));
        if order.is_tax_inclusive_pricing && with > 0 { proportion(discount, without, with) } else { discount }
    }

    /// The coupons used at the checkout, with what each took off the goods, without tax. Shipping is in no reward's base.
    pub(super) fn coupons(&self, coupons: &[CouponBody]) -> Vec<Coupon> {
        let coupons = coupons.iter().filter_map(|coupon| {
            let code = coupon.code.as_deref()?;
            let is_shipping = matches!(coupon.kind, Some(3 | 4));
            let told = coupon.discount.as_ref().and_then(|discount| self.rate.said(discount));
            match told.map(|minor| minor.max(0)) {
                _ if is_shipping => Coupon::new(code, 0),
                None => Coupon::untold(code),
                Some(shown) => Some(Coupon::new(code, self.without_tax(shown))?.shown_as(shown)),
            }
        });
        coupons.take(MAX_CODES).collect()
    }
}

/// Text, if there is any.
pub(super) fn text(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
