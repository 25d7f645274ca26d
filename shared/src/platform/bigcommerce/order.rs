//! An order with all that was asked about it, as facts.

use super::super::Context;
use super::super::buyer::buyer;
use super::super::token::{TOKEN, token};
use super::amounts::{Goods, Rate};
use super::body::{Answers, CouponBody, Metafield, OrderBody, ProductBody, RefundBody};
use super::person;
use super::refund::Refunded;
use crate::domain::order::{Evidence, Facts, Learnt, OrderEvent, OrderRef, Pieces, PlatformId, Snapshot};

/// Where an order's metafields keep a click token.
pub(super) const NAMESPACE: &str = "goodword";

// Statuses by number: their names can be changed.
const INCOMPLETE: u32 = 0;
const SHIPPED: u32 = 2;
const PARTIALLY_SHIPPED: u32 = 3;
pub(super) const REFUNDED: u32 = 4;
const CANCELLED: u32 = 5;
const DECLINED: u32 = 6;
const AWAITING_PICKUP: u32 = 8;
const AWAITING_SHIPMENT: u32 = 9;
const COMPLETED: u32 = 10;
const AWAITING_FULFILLMENT: u32 = 11;
const DISPUTED: u32 = 13;
const PARTIALLY_REFUNDED: u32 = 14;

/// What is paid, or was. (1 pending, 7 awaiting payment, 12 to be verified by hand are not, or not for sure.)
const PAID: [u32; 9] = [
    SHIPPED,
    PARTIALLY_SHIPPED,
    REFUNDED,
    AWAITING_PICKUP,
    AWAITING_SHIPMENT,
    COMPLETED,
    AWAITING_FULFILLMENT,
    DISPUTED,
    PARTIALLY_REFUNDED,
];

/// An order is made, as incomplete, when the shopper comes to the payment, and keeps its date when it is paid after all.
/// How long it can be, BigCommerce does not say; a day covers who pays on the next evening.
const OPEN_HOURS: u32 = 24;

/// The payment method of stores that are tried out.
const TEST_GATEWAY: &str = "Test Payment Gateway";

/// All that was asked about an order.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) products: Vec<ProductBody>,
    pub(super) coupons: Vec<CouponBody>,
    /// `None`: not asked.
    pub(super) refunds: Option<Vec<RefundBody>>,
    pub(super) metafields: Vec<Metafield>,
}

impl From<Answers> for Parts {
    fn from(answers: Answers) -> Self {
        Self {
            products: answers.products.unwrap_or_default(),
            coupons: answers.coupons.unwrap_or_default(),
            refunds: Some(answers.refunds.map(|refunds| refunds.data).unwrap_or_default()),
            metafields: answers.metafields.map(|fields| fields.data).unwrap_or_default(),
        }
    }
}

/// The order as facts. `None`: a checkout that nobody finished.
pub(super) fn event(order: &OrderBody, parts: &Parts, context: Context<'_>) -> Option<OrderEvent> {
    if order.status_id == INCOMPLETE {
        return None;
    }
    let as_of = order.date_modified.unwrap_or(order.date_created);
    let rate = Rate::of(order, context.currency);
    let goods = Goods { order, products: &parts.products, rate };
    let is_paid = PAID.contains(&order.status_id);
    let net = goods.net();
    let told = person::told(order);
    let contact = person::contact(order);
    let snapshot = Snapshot {
        updated_at: as_of,
        cancelled_at: matches!(order.status_id, CANCELLED | DECLINED).then_some(as_of),
        placed_at: order.date_created,
        currency: rate.currency,
        net,
        total: rate.minor(&order.total_inc_tax).max(net),
        tax_included: false,
        test: order.payment_method.as_deref() == Some(TEST_GATEWAY),
        lines: goods.lines(),
        coupons: goods.coupons(&parts.coupons),
        country: told.country,
        market: None,
        cut_from: None,
        frees_codes: false,
        open_hours: OPEN_HOURS,
        silent: false,
    };
    let snapshot = snapshot.within(goods.allows().unwrap_or(i64::MAX));
    let refunded = Refunded { order, products: &parts.products, lines: &snapshot.lines, rate, as_of };
    let refunds = parts.refunds.as_deref().map(|refunds| refunded.all(refunds));
    let facts = Facts {
        evidence: Pieces::told(as_of, evidence(parts)),
        refunds_listed: refunds.as_ref().map(|all| Learnt { as_of, value: all.keys().cloned().collect() }),
        refunds: refunds.unwrap_or_default(),
        paid_at: is_paid.then_some(as_of),
        fulfilled_at: is_fulfilled(order).then(|| order.date_shipped.unwrap_or(as_of)),
        // Merchants put away what is long done; only what was never paid is gone by that.
        deleted_at: (order.is_deleted && !is_paid).then_some(as_of),
        charged_back: Some(Learnt { as_of, value: order.status_id == DISPUTED }),
        snapshot: Some(snapshot),
        ..buyer(context, person::customer_id(order).map(PlatformId::as_str), contact.as_ref(), &told, as_of)
    };
    // Coupons are asked together with refunds.
    let facts = facts.described(parts.refunds.is_some());
    let customer_id = person::customer_id(order).and_then(|id| id.as_str().parse().ok());
    Some(OrderEvent { order: OrderRef { shop: context.shop, id: order.id.clone() }, facts, contact, customer_id })
}

fn is_fulfilled(order: &OrderBody) -> bool {
    let all_shipped = order.items_total.is_some_and(|all| all > 0 && order.items_shipped >= Some(all));
    matches!(order.status_id, SHIPPED | COMPLETED) || all_shipped
}

fn evidence(parts: &Parts) -> impl Iterator<Item = Evidence> {
    let codes = parts.coupons.iter().filter_map(|coupon| coupon.code.as_deref()?.parse().ok()).map(Evidence::Coupon);
    let named =
        |field: &&Metafield| field.namespace.as_deref() == Some(NAMESPACE) && field.key.as_deref() == Some(TOKEN);
    let tokens = parts.metafields.iter().filter(named).filter_map(|field| token(field.value.as_deref()?));
    codes.chain(tokens.take(1).map(Evidence::Click))
}
