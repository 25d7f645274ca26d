//! An order as it was told, as an event. Persons become keyed hashes here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::Context;
use super::super::buyer::buyer;
use super::super::token::token;
use super::asked::{DiscountBody, LineBody, OrderBody, OrderState, RefundBody};
use crate::domain::mark::Told;
use crate::domain::money::Money;
use crate::domain::order::{
    Coupon, Evidence, Facts, Learnt, Line, OrderEvent, OrderRef, Refund, RefundedLine, Snapshot,
};
use crate::domain::person::{Contact, PersonName};

/// The event, and how to reach the buyer.
pub fn event(body: OrderBody, context: Context<'_>) -> OrderEvent {
    let as_of = body.updated_at;
    let in_state = |states: &[OrderState]| states.contains(&body.state).then_some(as_of);
    let delivered_to = body.customer.as_ref().and_then(|customer| customer.address.as_ref()?.country());
    let country = body.country.or(delivered_to);
    let (buyer, contact) = body.customer.map_or_else(Default::default, |customer| {
        let told = Told { phone: customer.phone, address: customer.address, device: customer.device, country };
        let name = customer.name.as_deref().and_then(PersonName::parse);
        let contact = customer.email.map(|email| Contact { email, name, locale: customer.locale });
        (buyer(context, customer.id.as_deref(), contact.as_ref(), &told, as_of), contact)
    });
    let coupons = coupons(&body.coupon_codes, &body.discounts);
    // A code that no link could have can't be evidence; an order is not refused for what a shopper typed.
    let codes = coupons.iter().filter_map(|coupon| coupon.code.parse().ok()).map(Evidence::Coupon);
    let click = body.click_token.as_deref().and_then(token).map(Evidence::Click);
    let named = body.referral_code.and_then(|code| code.parse().ok()).map(Evidence::Code);
    let evidence = codes.chain(click).chain(named).collect();
    let refunds = body.refunds.into_iter().map(|refund| (refund.id.clone(), refund_of(refund, as_of)));
    let facts = Facts {
        snapshot: Some(
            Snapshot {
                updated_at: as_of,
                cancelled_at: in_state(&[OrderState::Cancelled]),
                placed_at: body.placed_at,
                currency: body.currency,
                net: body.net.minor(),
                total: body.total.minor(),
                tax_included: false,
                test: body.test,
                lines: body.lines.into_iter().map(line).collect(),
                coupons,
                country,
                market: body.market.map(String::from),
                cut_from: None,
                frees_codes: false,
            }
            .within(body.total.minor()),
        ),
        evidence,
        refunds: refunds.collect(),
        paid_at: in_state(&[OrderState::Paid, OrderState::Fulfilled, OrderState::Delivered]),
        fulfilled_at: in_state(&[OrderState::Fulfilled, OrderState::Delivered]),
        delivered_at: in_state(&[OrderState::Delivered]),
        charged_back: body.charged_back.map(|value| Learnt { as_of, value }),
        ..buyer
    };
    OrderEvent { order: OrderRef { shop: context.shop, id: body.id }, facts, contact }
}

/// Every coupon once, with what it took off where that was told.
fn coupons(codes: &[String], discounts: &[DiscountBody]) -> Vec<Coupon> {
    let told = discounts.iter().filter_map(|discount| Coupon::new(&discount.code, discount.amount.minor()));
    let mut coupons: Vec<Coupon> = told.collect();
    for coupon in codes.iter().filter_map(|code| Coupon::new(code, 0)) {
        if !coupons.iter().any(|known| known.code == coupon.code) {
            coupons.push(coupon);
        }
    }
    coupons
}

fn line(line: LineBody) -> Line {
    Line {
        id: line.id,
        sku: line.sku.map(String::from),
        product: line.product_id.map(String::from),
        collections: line.collections.into_iter().map(String::from).collect(),
        net: line.net.map_or(0, Money::minor),
    }
}

fn refund_of(refund: RefundBody, as_of: Timestamp) -> Refund {
    let mut of_lines = BTreeMap::<_, RefundedLine>::new();
    for part in refund.lines {
        of_lines.entry(part.id).or_default().lines += part.net.minor();
    }
    Refund { of_lines, ..Refund::of_goods(as_of, refund.net.minor()) }
}
