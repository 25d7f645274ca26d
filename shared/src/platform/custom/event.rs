//! An order as it was told, as an event. Persons become keyed hashes here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::Context;
use super::super::buyer::buyer;
use super::super::token::token;
use super::asked::{AddressBody, CustomerBody, DiscountBody, LineBody, OrderBody, OrderState, RefundBody};
use super::helpful::Helpful;
use super::spread::spread;
use crate::domain::mark::{StreetAddress, Told};
use crate::domain::money::Money;
use crate::domain::notes::Notes;
use crate::domain::order::{
    Coupon, Evidence, Facts, Learnt, Line, OrderEvent, OrderRef, Pieces, Refund, RefundedLine, Snapshot,
};
use crate::domain::person::{Contact, CustomerId, PersonName};
use crate::domain::program::Country;
use crate::domain::text::is_filler;

/// The event, and how to reach the buyer.
pub fn event(body: OrderBody, context: Context<'_>) -> OrderEvent {
    let as_of = body.as_of();
    let in_state = |states: &[OrderState]| states.contains(&body.state).then_some(as_of);
    let mut notes = Notes::default();
    let country = body.country.take("/country", &mut notes);
    let Who { facts: buyer, contact, customer_id, country } = match body.customer {
        Some(customer) => who(customer, country, context, as_of, &mut notes),
        None => Who { country, ..Who::default() },
    };
    // Nothing said of coupons is not that there are none.
    let tells_codes = body.coupon_codes.is_some() || body.discounts.is_some();
    let named_codes = body.coupon_codes.unwrap_or_default();
    let coupons = coupons(&named_codes, body.discounts.unwrap_or_default(), &mut notes);
    // In the order of entry. A code that no link could have can't be evidence; an order is not refused for what a shopper
    // typed.
    let codes = named_codes.iter().filter_map(|code| Some(Coupon::new(code, 0)?.code));
    let codes = codes.chain(coupons.iter().map(|coupon| coupon.code.clone()));
    let codes = codes.filter_map(|code| code.parse().ok()).map(Evidence::Coupon);
    let click = body.click_token.as_deref().and_then(token).map(Evidence::Click);
    let named = body.referral_code.and_then(|code| code.parse().ok()).map(Evidence::Code);
    let evidence = Pieces::told(as_of, codes.chain(click).chain(named));
    let listed = |refunds: &Vec<RefundBody>| refunds.iter().map(|refund| refund.id.clone()).collect();
    let refunds_listed = body.refunds.as_ref().map(|refunds| Learnt { as_of, value: listed(refunds) });
    let refunds = body.refunds.into_iter().flatten().enumerate().map(|(index, refund)| {
        let at = format!("/refunds/{index}");
        (refund.id.clone(), refund_of(refund, as_of, &at, &mut notes))
    });
    let refunds = refunds.collect();
    let lines = lines(body.lines, body.net, &mut notes);
    let market = body.market.take("/market", &mut notes).map(String::from);
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
                lines,
                coupons,
                country,
                market,
                cut_from: None,
                frees_codes: false,
                open_hours: 0,
                silent: false,
            }
            .within(body.total.minor()),
        ),
        evidence,
        refunds,
        refunds_listed,
        paid_at: in_state(&[OrderState::Paid, OrderState::Fulfilled, OrderState::Delivered]),
        fulfilled_at: in_state(&[OrderState::Fulfilled, OrderState::Delivered]),
        delivered_at: in_state(&[OrderState::Delivered]),
        charged_back: body.charged_back.map(|value| Learnt { as_of, value }),
        notes: notes.finish().map(|value| Learnt { as_of, value }),
        ..buyer
    };
    let facts = facts.described(tells_codes);
    OrderEvent { order: OrderRef { shop: context.shop, id: body.id }, facts, contact, customer_id }
}

/// Who bought.
#[derive(Default)]
pub(super) struct Who {
    pub(super) facts: Facts,
    /// How to reach them.
    contact: Option<Contact>,
    /// Their account.
    customer_id: Option<CustomerId>,
    /// Where it goes, if the order does not say.
    country: Option<Country>,
}

/// Reads who bought.
pub(super) fn who(
    customer: CustomerBody,
    country: Option<Country>,
    context: Context<'_>,
    as_of: Timestamp,
    notes: &mut Notes,
) -> Who {
    let (address, delivered_to) = match customer.address.take("/customer/address", notes) {
        Some(address) => lives(address, notes),
        None => (None, None),
    };
    let country = country.or(delivered_to);
    let told = Told {
        phone: customer.phone.take("/customer/phone", notes),
        address,
        device: customer.device.take("/customer/device", notes),
        country,
    };
    // A guest's empty or made-up account number would make all guests one person.
    let id = customer.id.filter(|id| {
        let is_one = !is_filler(id) && id.trim() != "0";
        if !is_one {
            notes.left_out("/customer/id", "names no account");
        }
        is_one
    });
    let name = customer.name.take("/customer/name", notes).as_deref().and_then(PersonName::parse);
    let locale = customer.locale.take("/customer/locale", notes);
    let email = customer.email.take("/customer/email", notes);
    let contact = email.map(|email| Contact { email, name, locale });
    let facts = buyer(context, id.as_deref(), contact.as_ref(), &told, as_of);
    Who { facts, contact, customer_id: id.and_then(|id| id.parse().ok()), country }
}

/// An address to compare with others, if there is enough of it, and its country.
fn lives(address: AddressBody, notes: &mut Notes) -> (Option<StreetAddress>, Option<Country>) {
    let country = address.country.take("/customer/address/country", notes);
    let part = |part: Helpful<String>| if let Helpful::Told(text) = part { text } else { String::new() };
    let compared = StreetAddress::new(&part(address.line1), &part(address.postal_code), country);
    if compared.is_none() {
        notes.left_out("/customer/address", "has no line1 or no postal_code");
    }
    (compared, country)
}

/// Every coupon once, with what it took off where that was told.
fn coupons(codes: &[String], discounts: Vec<DiscountBody>, notes: &mut Notes) -> Vec<Coupon> {
    let mut coupons: Vec<Coupon> = Vec::new();
    for (index, discount) in discounts.into_iter().enumerate() {
        let code = discount.code.take(&format!("/discounts/{index}/code"), notes);
        let coupon = code.and_then(|code| Coupon::new(&code, discount.amount.minor()));
        let shown = discount.shown.map_or(0, Money::minor);
        coupons.extend(coupon.map(|coupon| coupon.shown_as(shown)));
    }
    for coupon in codes.iter().filter_map(|code| Coupon::untold(code)) {
        if !coupons.iter().any(|known| known.code == coupon.code) {
            coupons.push(coupon);
        }
    }
    coupons
}

/// The lines, with the order's net shared among them.
fn lines(bodies: Vec<LineBody>, net: Money, notes: &mut Notes) -> Vec<Line> {
    let told: Vec<_> = bodies.iter().map(|body| body.net.map(Money::minor)).collect();
    let nets = spread("/lines", &told, net, notes);
    bodies.into_iter().zip(nets).enumerate().map(|(index, (body, net))| line(index, body, net, notes)).collect()
}

fn line(index: usize, line: LineBody, net: i64, notes: &mut Notes) -> Line {
    let at = |field: &str| format!("/lines/{index}/{field}");
    line.quantity.take(&at("quantity"), notes);
    let collections = line.collections.into_iter();
    Line {
        id: line.id,
        sku: line.sku.take(&at("sku"), notes).map(String::from),
        product: line.product_id.take(&at("product_id"), notes).map(String::from),
        collections: collections.filter_map(|it| it.take(&at("collections"), notes)).map(String::from).collect(),
        net,
    }
}

fn refund_of(refund: RefundBody, as_of: Timestamp, at: &str, notes: &mut Notes) -> Refund {
    let told: Vec<_> = refund.lines.iter().map(|line| Some(line.net.minor())).collect();
    let nets = spread(&format!("{at}/lines"), &told, refund.net, notes);
    let mut of_lines = BTreeMap::<_, RefundedLine>::new();
    for (part, net) in refund.lines.into_iter().zip(nets) {
        of_lines.entry(part.id).or_default().lines += net;
    }
    Refund { of_lines, ..Refund::of_goods(as_of, refund.net.minor()) }
}
