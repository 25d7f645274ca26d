//! What an order's body comes to. The same for a webhook and for an answer of the API, which also knows refunds in full.

use jiff::Timestamp;

use super::super::Context;
use super::super::buyer::buyer;
use super::super::token::{TOKEN, landing_token, token};
use super::body::{OrderBody, RefundBody};
use super::{amounts, person};
use crate::domain::order::{Evidence, Facts, MAX_CODES, OrderEvent, OrderRef, Pieces, PlatformId, Snapshot};

/// As [`TOKEN`], for who hides it from the order's page.
const HIDDEN_TOKEN: &str = "_ref_click";
/// Where WooCommerce's own order attribution keeps the address that the buyer came in by.
const LANDING: &str = "_wc_order_attribution_session_entry";
/// An order of which WooCommerce Subscriptions says that it renews one.
const RENEWAL: &str = "_subscription_renewal";
/// Nothing was ordered yet. The checkout's drafts do come by webhook.
const DRAFTS: [&str; 4] = ["checkout-draft", "draft", "auto-draft", "new"];
const CALLED_OFF: [&str; 3] = ["cancelled", "failed", "trash"];
/// By which WooCommerce frees the coupons that were used with an order. By no other it does.
const FREES_CODES: &str = "cancelled";
/// An order is dated by when its checkout began, and a pending or failed one is taken up again while the buyer's session
/// lasts: 48 hours (`WC_Session_Handler`).
const OPEN_HOURS: u32 = 48;
/// How gateways note that no real money was paid. WooCommerce has no word of its own for it.
const TESTS: [(&str, &[&str]); 2] = [("_wcpay_mode", &["test", "dev"]), ("_ppcp_paypal_payment_mode", &["sandbox"])];

/// Nothing was ordered yet.
pub(super) fn is_draft(order: &OrderBody) -> bool {
    DRAFTS.contains(&order.status())
}

/// The facts of an order. `None`: nothing was ordered yet, or the body does not say when. `modified_at`: instead of what
/// the body says, if that is earlier.
pub(super) fn event(
    order: &OrderBody,
    in_full: &[RefundBody],
    modified_at: Option<Timestamp>,
    context: Context<'_>,
) -> Option<OrderEvent> {
    let placed_at = order.created_at().filter(|_| !is_draft(order))?;
    let updated_at = order.modified_at().unwrap_or(placed_at).max(modified_at.unwrap_or(placed_at));
    let currency = order.currency.unwrap_or(context.currency);
    let snapshot = Snapshot {
        updated_at,
        cancelled_at: CALLED_OFF.contains(&order.status()).then_some(updated_at),
        placed_at,
        currency,
        net: amounts::net(order, currency),
        total: order.total.minor_or_zero(currency).max(0),
        // Lines are without tax, whatever the shop's prices are, and so are lines of refunds.
        tax_included: false,
        test: is_test(order),
        lines: amounts::lines(order, currency),
        coupons: amounts::coupons(order, currency),
        country: person::country(order),
        market: None,
        cut_from: None,
        frees_codes: order.status() == FREES_CODES,
        open_hours: OPEN_HOURS,
        silent: false,
    };
    let snapshot = snapshot.within(amounts::allows(order, currency).unwrap_or(i64::MAX));
    let listed = order.refunds.iter().flatten();
    let listed = listed.map(|refund| (refund.id.clone(), amounts::listed(refund, currency, context.can_ask)));
    let known = in_full.iter().map(|refund| (refund.id.clone(), amounts::in_full(refund, order, currency)));
    let all = amounts::is_all_refunded(order, currency);
    let all = all.then(|| amounts::all_refunded(snapshot.net, updated_at)).flatten();
    let ids =
        order.refunds.iter().flatten().map(|refund| refund.id.clone()).chain(all.iter().map(|(id, _)| id.clone()));
    let list = order.refunds.as_ref().map(|_| amounts::list(ids, updated_at, context.received_at));
    let contact = person::contact(order);
    let id = person::customer_id(order);
    let facts = Facts {
        snapshot: Some(snapshot),
        evidence: evidence(order, updated_at),
        // What is known in full takes the place of what is listed.
        refunds: listed.chain(known).chain(all).collect(),
        refunds_listed: list,
        paid_at: paid_at(order, updated_at),
        fulfilled_at: fulfilled_at(order, updated_at),
        ..buyer(context, id.as_ref().map(PlatformId::as_str), contact.as_ref(), &person::told(order), updated_at)
    };
    let facts = facts.described(true);
    let customer_id = id.and_then(|id| id.as_str().parse().ok());
    Some(OrderEvent { order: OrderRef { shop: context.shop, id: order.id.clone() }, facts, contact, customer_id })
}

/// When it was paid. Who pays on delivery owes the money while the order is processed; the shop counts it as paid.
fn paid_at(order: &OrderBody, updated_at: Timestamp) -> Option<Timestamp> {
    let is_paid = matches!(order.status(), "processing" | "completed");
    order.date_paid_gmt.or(order.date_paid).or(is_paid.then_some(updated_at))
}

/// When the shop was done with it, while it still says so.
fn fulfilled_at(order: &OrderBody, updated_at: Timestamp) -> Option<Timestamp> {
    let at = order.date_completed_gmt.or(order.date_completed);
    match order.status() {
        "completed" => Some(at.unwrap_or(updated_at)),
        "refunded" => at,
        _ => None,
    }
}

fn is_test(order: &OrderBody) -> bool {
    TESTS.iter().any(|(key, values)| order.meta(key).any(|value| values.contains(&value)))
}

/// What ties the order to a link. A renewal has nothing of its own: WooCommerce Subscriptions copies the first order's
/// data, and coupons that recur, to each of them, and a friend came once. Only where the buyer went through the checkout
/// to renew early is a code one that was typed. (A merchant who wants to reward a renewal can claim it by hand.)
fn evidence(order: &OrderBody, as_of: Timestamp) -> Pieces {
    let by_machine = order.created_via.as_deref() == Some("subscription");
    let is_renewal = by_machine || order.meta_data.iter().any(|meta| meta.key.as_deref() == Some(RENEWAL));
    let codes = order.coupon_lines.iter().filter_map(|line| line.code.as_deref()?.parse().ok());
    let codes = codes.filter(|_| !by_machine).take(MAX_CODES).map(Evidence::Coupon);
    let clicks = order.meta(TOKEN).chain(order.meta(HIDDEN_TOKEN)).filter_map(token);
    let clicks = clicks.take(1).map(Evidence::Click);
    let landings = order.meta(LANDING).filter_map(landing_token).take(1).map(Evidence::Landing);
    Pieces::told(as_of, codes.chain(clicks.chain(landings).filter(|_| !is_renewal)))
}
