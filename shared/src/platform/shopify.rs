//! Shopify's order and refund webhooks. Facts about them, with sources: Shopify signs only the raw body, so the topic
//! header decides which kind of body to read and nothing else; whether an order is paid is read from the body. The
//! body is the REST serialisation; amounts are in shop currency; any field may be null.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::Context;
use super::wire::{self, Amount};
use crate::crypto::verify_hmac;
use crate::domain::email::EmailAddress;
use crate::domain::money::{Currency, MAX_MINOR};
use crate::domain::order::{Evidence, Facts, Learnt, OrderEvent, OrderRef, PlatformId, Refund, Snapshot};
use crate::domain::person::{Contact, PersonName};
use crate::http::{ApiError, Fault, parse_webhook};

/// The name under which a click token travels: in the cart's attributes and in the landing URL.
const TOKEN: &str = "ref_click";

/// More codes than any checkout takes; a bound on what one order can make us look up.
const MAX_CODES: usize = 10;

/// Whether one of the secrets signed this body. `signature`: the header `X-Shopify-Hmac-Sha256`.
pub fn verify(signature: &str, body: &[u8], secrets: &[String]) -> bool {
    let Ok(signature) = STANDARD.decode(signature.trim()) else { return false };
    // Every secret is tried, so that the time tells nothing about which one matched.
    let matches = secrets.iter().filter(|secret| verify_hmac(secret, body, &signature)).count();
    matches > 0 && !body.is_empty()
}

/// Reads a webhook. `None`: a topic that says nothing about orders.
pub fn parse(topic: &str, body: &[u8], context: Context<'_>) -> Result<Option<OrderEvent>, ApiError> {
    match topic {
        "orders/create" | "orders/paid" | "orders/updated" | "orders/fulfilled" | "orders/cancelled" => {
            Ok(Some(order_event(parse_webhook(body)?, context)))
        }
        "refunds/create" => refund_event(&parse_webhook(body)?, context).map(Some),
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
struct OrderBody {
    #[serde(deserialize_with = "wire::id")]
    id: PlatformId,
    #[serde(deserialize_with = "wire::time")]
    created_at: Timestamp,
    #[serde(default, deserialize_with = "wire::optional_time")]
    updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    cancelled_at: Option<Timestamp>,
    currency: Currency,
    #[serde(default)]
    subtotal_price: Amount,
    #[serde(default)]
    total_price: Amount,
    #[serde(default, deserialize_with = "wire::flag")]
    taxes_included: bool,
    #[serde(default, deserialize_with = "wire::text")]
    financial_status: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    fulfillment_status: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    test: bool,
    #[serde(default, deserialize_with = "wire::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    contact_email: Option<String>,
    #[serde(default)]
    customer: Option<CustomerBody>,
    #[serde(default, deserialize_with = "wire::text")]
    customer_locale: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    discount_codes: Vec<DiscountCode>,
    #[serde(default, deserialize_with = "wire::list")]
    note_attributes: Vec<NoteAttribute>,
    #[serde(default, deserialize_with = "wire::text")]
    landing_site: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    line_items: Vec<LineItem>,
    #[serde(default, deserialize_with = "wire::list")]
    refunds: Vec<RefundBody>,
}

#[derive(Deserialize)]
struct CustomerBody {
    #[serde(default, deserialize_with = "wire::optional_id")]
    id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    first_name: Option<String>,
}

#[derive(Deserialize)]
struct DiscountCode {
    #[serde(default, deserialize_with = "wire::text")]
    code: Option<String>,
}

#[derive(Deserialize)]
struct NoteAttribute {
    #[serde(default, deserialize_with = "wire::text")]
    name: Option<String>,
    /// Shops put anything here; only text can be a token.
    #[serde(default)]
    value: serde_json::Value,
}

#[derive(Deserialize)]
struct LineItem {
    #[serde(default)]
    price: Amount,
    #[serde(default)]
    quantity: Option<u32>,
    #[serde(default, deserialize_with = "wire::flag")]
    gift_card: bool,
    /// Present on tips only, if with nothing but nulls in it.
    #[serde(default)]
    tip: Option<IgnoredAny>,
    /// How older bodies mark a tip.
    #[serde(default, deserialize_with = "wire::text")]
    tip_payment_gateway: Option<String>,
    #[serde(default)]
    total_discount: Amount,
    /// `None` in bodies too old to say which line a discount is for.
    #[serde(default)]
    discount_allocations: Option<Vec<Allocation>>,
    #[serde(default, deserialize_with = "wire::list")]
    tax_lines: Vec<TaxLine>,
}

impl LineItem {
    /// Goods or services: gift cards are money in another form, and tips are nobody's sale.
    fn counts(&self) -> bool {
        !self.gift_card && self.tip.is_none() && self.tip_payment_gateway.is_none()
    }
}

#[derive(Deserialize)]
struct Allocation {
    #[serde(default)]
    amount: Amount,
}

#[derive(Deserialize)]
struct TaxLine {
    #[serde(default)]
    price: Amount,
}

#[derive(Deserialize)]
struct RefundBody {
    #[serde(deserialize_with = "wire::id")]
    id: PlatformId,
    #[serde(default, deserialize_with = "wire::optional_id")]
    order_id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    processed_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::list")]
    refund_line_items: Vec<RefundLine>,
    #[serde(default, deserialize_with = "wire::list")]
    refund_shipping_lines: Vec<RefundedShipping>,
    #[serde(default)]
    total_duties_set: Option<MoneySet>,
    #[serde(default)]
    total_additional_fees_set: Option<MoneySet>,
    #[serde(default, deserialize_with = "wire::list")]
    order_adjustments: Vec<Adjustment>,
    #[serde(default, deserialize_with = "wire::list")]
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
struct RefundLine {
    #[serde(default)]
    subtotal: Amount,
    #[serde(default)]
    total_tax: Amount,
    #[serde(default)]
    subtotal_set: Option<MoneySet>,
    #[serde(default)]
    line_item: Option<LineItem>,
}

#[derive(Deserialize)]
struct RefundedShipping {
    #[serde(default)]
    subtotal_amount_set: Option<MoneySet>,
    #[serde(default)]
    shipping_line: Option<ShippingLine>,
}

#[derive(Deserialize)]
struct ShippingLine {
    #[serde(default, deserialize_with = "wire::list")]
    tax_lines: Vec<TaxLine>,
}

#[derive(Deserialize)]
struct MoneySet {
    #[serde(default)]
    shop_money: Option<ShopMoney>,
}

#[derive(Deserialize)]
struct ShopMoney {
    #[serde(default)]
    amount: Amount,
    #[serde(default)]
    currency_code: Option<Currency>,
}

impl MoneySet {
    fn currency(&self) -> Option<Currency> {
        self.shop_money.as_ref()?.currency_code
    }

    fn minor_or_zero(&self, currency: Currency) -> i64 {
        self.shop_money.as_ref().map_or(0, |money| money.amount.minor_or_zero(currency))
    }
}

#[derive(Deserialize)]
struct Adjustment {
    /// Left out since API version 2024-10; from then on all adjustments are discrepancies.
    #[serde(default, deserialize_with = "wire::text")]
    kind: Option<String>,
    #[serde(default)]
    amount: Amount,
    #[serde(default)]
    tax_amount: Amount,
}

#[derive(Deserialize)]
struct Transaction {
    #[serde(default, deserialize_with = "wire::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    status: Option<String>,
    #[serde(default)]
    amount: Amount,
    #[serde(default)]
    currency: Option<Currency>,
}

impl Adjustment {
    fn is_shipping(&self) -> bool {
        self.kind.as_deref() == Some("shipping_refund")
    }

    fn minor(&self, currency: Currency) -> i64 {
        self.amount.minor_or_zero(currency) + self.tax_amount.minor_or_zero(currency)
    }
}

fn order_event(order: OrderBody, context: Context<'_>) -> OrderEvent {
    let currency = order.currency;
    let updated_at = order.updated_at.unwrap_or(order.created_at);
    // "Paid" may be followed by refunds; "authorized" and "pending" are not money yet, "voided" never was.
    let is_paid = matches!(order.financial_status.as_deref(), Some("paid" | "partially_refunded" | "refunded"));
    let is_fulfilled = order.fulfillment_status.as_deref() == Some("fulfilled");
    let net = net(&order);
    let snapshot = Snapshot {
        updated_at,
        cancelled_at: order.cancelled_at,
        placed_at: order.created_at,
        currency,
        net,
        // Lines added by an edit are in the net, but not in the total of the day.
        total: order.total_price.minor_or_zero(currency).max(net),
        tax_included: order.taxes_included,
        test: order.test,
    };
    let refunds = order.refunds.iter().map(|refund| (refund.id.clone(), refund_facts(refund, currency, updated_at)));
    let contact = contact(&order);
    let customer_id = order.customer.as_ref().and_then(|customer| customer.id.clone());
    let learnt = |value| Learnt { as_of: updated_at, value };
    let facts = Facts {
        snapshot: Some(snapshot),
        by_email: contact.as_ref().map(|to| learnt(context.keys.person_by_email(context.merchant, &to.email))),
        by_customer_id: customer_id.map(|id| {
            learnt(context.keys.person_by_customer_id(context.merchant, &context.shop.to_string(), id.as_str()))
        }),
        evidence: evidence(&order).collect(),
        refunds: refunds.collect(),
        paid_at: is_paid.then_some(updated_at),
        fulfilled_at: is_fulfilled.then_some(updated_at),
        delivered_at: None,
    };
    OrderEvent { order: OrderRef { shop: context.shop, id: order.id }, facts, contact }
}

/// What counts for rewards: lines at the quantity ordered, less their discounts, without gift cards, tips, and tax that
/// is in the price. `subtotal_price` is not used where lines say more: it knows neither edits nor gift cards.
fn net(order: &OrderBody) -> i64 {
    let currency = order.currency;
    let says_discounts = order.line_items.iter().all(|line| line.discount_allocations.is_some());
    if order.line_items.is_empty() || !says_discounts {
        return order.subtotal_price.minor_or_zero(currency).max(0);
    }
    let lines = order.line_items.iter().filter(|line| line.counts()).map(|line| {
        let gross = line.price.minor_or_zero(currency).saturating_mul(i64::from(line.quantity.unwrap_or(1)));
        let allocations = line.discount_allocations.iter().flatten();
        let allocated: i64 = allocations.map(|allocation| allocation.amount.minor_or_zero(currency)).sum();
        // Old bodies name a line's own discount without allocating it.
        let discount = if allocated == 0 { line.total_discount.minor_or_zero(currency) } else { allocated };
        let tax: i64 = line.tax_lines.iter().map(|tax| tax.price.minor_or_zero(currency)).sum();
        gross.saturating_sub(discount).saturating_sub(if order.taxes_included { tax } else { 0 })
    });
    lines.fold(0_i64, i64::saturating_add).clamp(0, MAX_MINOR)
}

fn contact(order: &OrderBody) -> Option<Contact> {
    let customer = order.customer.as_ref();
    // The address given at checkout is the one the buyer reads; the account's may be an old one.
    let addresses = [order.email.as_deref(), order.contact_email.as_deref(), customer.and_then(|c| c.email.as_deref())];
    let email: EmailAddress = addresses.into_iter().flatten().find_map(|address| address.parse().ok())?;
    let name = customer.and_then(|customer| customer.first_name.as_deref()).and_then(PersonName::parse);
    Some(Contact { email, name, locale: order.customer_locale.clone() })
}

fn evidence(order: &OrderBody) -> impl Iterator<Item = Evidence> {
    let codes = order.discount_codes.iter().take(MAX_CODES).filter_map(|discount| discount.code.as_deref()?.parse().ok());
    let attributes = order.note_attributes.iter().filter(|attribute| {
        attribute.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(TOKEN))
    });
    let clicks = attributes.filter_map(|attribute| attribute.value.as_str()).filter_map(token).take(1);
    let landing = order.landing_site.as_deref().and_then(landing_token);
    codes.map(Evidence::Coupon).chain(clicks.map(Evidence::Click)).chain(landing.map(Evidence::Landing))
}

/// A text that may be a click token; anything long is not one, and would only make the order heavy.
fn token(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= 200).then(|| text.to_owned())
}

/// The click token in a landing URL, which may be absolute or only a path.
fn landing_token(landing_site: &str) -> Option<String> {
    let base = Url::parse("https://shop.invalid/").ok()?;
    let url = base.join(landing_site).ok()?;
    url.query_pairs().find(|(name, _)| name == TOKEN).and_then(|(_, value)| token(&value))
}

fn refund_event(refund: &RefundBody, context: Context<'_>) -> Result<OrderEvent, ApiError> {
    let missing = || ApiError::malformed(Fault::new("/order_id", "missing field"));
    let order = refund.order_id.clone().ok_or_else(missing)?;
    // Shopify's own samples have no times; any message that has one knows better.
    let as_of = refund.created_at.max(refund.processed_at).unwrap_or(Timestamp::UNIX_EPOCH);
    let currency = shop_currency(refund).unwrap_or(context.currency);
    let facts = refund_facts(refund, currency, as_of);
    Ok(OrderEvent {
        order: OrderRef { shop: context.shop, id: order },
        facts: Facts { refunds: [(refund.id.clone(), facts)].into(), ..Facts::default() },
        contact: None,
    })
}

/// The shop's currency, in which all amounts but those of payments are.
fn shop_currency(refund: &RefundBody) -> Option<Currency> {
    let lines = refund.refund_line_items.iter().map(|line| &line.subtotal_set);
    let shipping = refund.refund_shipping_lines.iter().map(|line| &line.subtotal_amount_set);
    let totals = [&refund.total_duties_set, &refund.total_additional_fees_set];
    lines.chain(shipping).chain(totals).flatten().find_map(MoneySet::currency)
}

fn refund_facts(refund: &RefundBody, currency: Currency, as_of: Timestamp) -> Refund {
    let goods = || refund.refund_line_items.iter().filter(|line| line.line_item.as_ref().is_none_or(LineItem::counts));
    let lines = goods().map(|line| line.subtotal.minor_or_zero(currency)).sum();
    let lines_tax = goods().map(|line| line.total_tax.minor_or_zero(currency)).sum();
    let payments = || refund.transactions.iter().filter(|payment| payment.kind.as_deref() == Some("refund"));
    let succeeded = |payment: &&Transaction| payment.status.as_deref() == Some("success");
    // No payment at all: unpaid goods were taken off the order. Payments of which none went through: nothing happened.
    let effective = payments().next().is_none() || payments().any(|payment| succeeded(&payment));
    Refund { as_of, effective, lines, lines_tax, amount: unexplained(refund, currency) }
}

/// Money that went back without a line to explain it (negative: a fee was kept). Shopify says it outright as a
/// discrepancy; where it does not, it is what was paid beyond lines, shipping, duties and fees, with their tax.
fn unexplained(refund: &RefundBody, currency: Currency) -> i64 {
    let (shipping, discrepancies): (Vec<_>, Vec<_>) = refund.order_adjustments.iter().partition(|adjustment| adjustment.is_shipping());
    let sum = |adjustments: &[&Adjustment]| adjustments.iter().map(|adjustment| adjustment.minor(currency)).sum::<i64>();
    let unexplained = if discrepancies.is_empty() {
        let shipping = if shipping.is_empty() { refunded_shipping(refund, currency) } else { -sum(&shipping) };
        let lines = refund.refund_line_items.iter().map(|l| l.subtotal.minor_or_zero(currency) + l.total_tax.minor_or_zero(currency));
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

#[cfg(test)]
#[path = "shopify_tests.rs"]
mod tests;
