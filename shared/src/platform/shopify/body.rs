//! The parts of Shopify's bodies that matter here. Any field may be null or missing; unknown ones are passed over.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::wire::{self, Amount};
use crate::domain::money::Currency;
use crate::domain::order::PlatformId;
use crate::domain::program::Country;
use crate::http::or_default;

#[derive(Deserialize)]
pub(super) struct OrderBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    #[serde(deserialize_with = "wire::time")]
    pub(super) created_at: Timestamp,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) cancelled_at: Option<Timestamp>,
    /// When it was bought; of an order that was brought in from elsewhere, before it was made here.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) processed_at: Option<Timestamp>,
    pub(super) currency: Currency,
    #[serde(default)]
    pub(super) subtotal_price: Amount,
    #[serde(default)]
    pub(super) total_price: Amount,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) taxes_included: bool,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) financial_status: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) fulfillment_status: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) test: bool,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) contact_email: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) phone: Option<String>,
    #[serde(default)]
    pub(super) customer: Option<CustomerBody>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) shipping_address: Option<AddressBody>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) billing_address: Option<AddressBody>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) client_details: Option<ClientDetails>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) source_name: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) customer_locale: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) discount_codes: Vec<DiscountCode>,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) discount_applications: Vec<DiscountApplication>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) note_attributes: Vec<NoteAttribute>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) landing_site: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) line_items: Vec<LineItem>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) refunds: Vec<RefundBody>,
}

#[derive(Deserialize)]
pub(super) struct CustomerBody {
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) phone: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct AddressBody {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) address1: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) zip: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) country_code: Option<Country>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) phone: Option<String>,
}

/// The browser at the checkout.
#[derive(Deserialize)]
pub(super) struct ClientDetails {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) browser_ip: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) user_agent: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DiscountCode {
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) code: Option<String>,
    /// What the code took off in all, whatever its type.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) amount: Option<Amount>,
    #[serde(default, rename = "type", deserialize_with = "wire::if_readable")]
    pub(super) kind: Option<String>,
}

/// How a discount came onto the order.
#[derive(Deserialize)]
pub(super) struct DiscountApplication {
    #[serde(default, rename = "type", deserialize_with = "wire::if_readable")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NoteAttribute {
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) name: Option<String>,
    /// Shops put anything here; only text can be a token.
    #[serde(default)]
    pub(super) value: serde_json::Value,
}

#[derive(Deserialize)]
pub(super) struct LineItem {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) id: Option<wire::Id>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) sku: Option<String>,
    /// None for what was added by hand.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) product_id: Option<wire::Id>,
    #[serde(default)]
    pub(super) price: Amount,
    #[serde(default)]
    pub(super) quantity: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) gift_card: bool,
    /// Present on tips only, if with nothing but nulls in it.
    #[serde(default)]
    pub(super) tip: Option<IgnoredAny>,
    /// How older bodies mark a tip.
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) tip_payment_gateway: Option<String>,
    #[serde(default)]
    pub(super) total_discount: Amount,
    /// `None` in bodies too old to say which line a discount is for.
    #[serde(default)]
    pub(super) discount_allocations: Option<Vec<Allocation>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tax_lines: Vec<TaxLine>,
}

impl LineItem {
    /// Goods or services: gift cards are money in another form, and tips are nobody's sale.
    pub(super) fn counts(&self) -> bool {
        !self.gift_card && self.tip.is_none() && self.tip_payment_gateway.is_none()
    }
}

#[derive(Deserialize)]
pub(super) struct Allocation {
    /// Which of the order's discount applications it is of.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) discount_application_index: Option<usize>,
    #[serde(default)]
    pub(super) amount: Amount,
}

#[derive(Deserialize)]
pub(super) struct TaxLine {
    #[serde(default)]
    pub(super) price: Amount,
}

#[derive(Deserialize)]
pub(super) struct RefundBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) order_id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) processed_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) refund_line_items: Vec<RefundLine>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) refund_shipping_lines: Vec<RefundedShipping>,
    #[serde(default)]
    pub(super) total_duties_set: Option<MoneySet>,
    #[serde(default)]
    pub(super) total_additional_fees_set: Option<MoneySet>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) order_adjustments: Vec<Adjustment>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
pub(super) struct RefundLine {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) line_item_id: Option<wire::Id>,
    #[serde(default)]
    pub(super) subtotal: Amount,
    #[serde(default)]
    pub(super) total_tax: Amount,
    #[serde(default)]
    pub(super) subtotal_set: Option<MoneySet>,
    #[serde(default)]
    pub(super) line_item: Option<LineItem>,
}

#[derive(Deserialize)]
pub(super) struct RefundedShipping {
    #[serde(default)]
    pub(super) subtotal_amount_set: Option<MoneySet>,
    #[serde(default)]
    pub(super) shipping_line: Option<ShippingLine>,
}

#[derive(Deserialize)]
pub(super) struct ShippingLine {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tax_lines: Vec<TaxLine>,
}

#[derive(Deserialize)]
pub(super) struct MoneySet {
    #[serde(default)]
    pub(super) shop_money: Option<ShopMoney>,
}

#[derive(Deserialize)]
pub(super) struct ShopMoney {
    #[serde(default)]
    pub(super) amount: Amount,
    #[serde(default)]
    pub(super) currency_code: Option<Currency>,
}

impl MoneySet {
    pub(super) fn currency(&self) -> Option<Currency> {
        self.shop_money.as_ref()?.currency_code
    }

    pub(super) fn minor_or_zero(&self, currency: Currency) -> i64 {
        self.shop_money.as_ref().map_or(0, |money| money.amount.minor_or_zero(currency))
    }
}

#[derive(Deserialize)]
pub(super) struct Adjustment {
    /// Left out since API version 2024-10; from then on all adjustments are discrepancies.
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) amount: Amount,
    #[serde(default)]
    pub(super) tax_amount: Amount,
}

#[derive(Deserialize)]
pub(super) struct Transaction {
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) amount: Amount,
    #[serde(default)]
    pub(super) currency: Option<Currency>,
}

impl Adjustment {
    pub(super) fn is_shipping(&self) -> bool {
        self.kind.as_deref() == Some("shipping_refund")
    }

    pub(super) fn minor(&self, currency: Currency) -> i64 {
        self.amount.minor_or_zero(currency) + self.tax_amount.minor_or_zero(currency)
    }
}

/// `disputes/create` and `disputes/update`: the REST resource Dispute.
#[derive(Deserialize)]
pub(super) struct DisputeBody {
    /// Left out where no order of the shop is behind the charge.
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) order_id: Option<PlatformId>,
    #[serde(default, rename = "type", deserialize_with = "wire::text")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) status: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_day")]
    pub(super) initiated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_day")]
    pub(super) evidence_sent_on: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_day")]
    pub(super) finalized_on: Option<Timestamp>,
}

/// `fulfillment_events/create`: where a parcel is.
#[derive(Deserialize)]
pub(super) struct FulfillmentEventBody {
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) order_id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) status: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) happened_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) created_at: Option<Timestamp>,
}

/// `orders/edited`: what an edit changed, without what the order is now.
#[derive(Deserialize)]
pub(super) struct EditedBody {
    pub(super) order_edit: OrderEdit,
}

#[derive(Deserialize)]
pub(super) struct OrderEdit {
    #[serde(deserialize_with = "wire::id")]
    pub(super) order_id: PlatformId,
}

/// `orders/delete`: nothing but the id. The topic is not signed, so a body that says more is one of another topic.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletedBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
}

/// `fulfillments/create` and `fulfillments/update`: one parcel.
#[derive(Deserialize)]
pub(super) struct FulfillmentBody {
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) order_id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) shipment_status: Option<String>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "wire::optional_time")]
    pub(super) created_at: Option<Timestamp>,
}

/// `customers/merge`.
#[derive(Deserialize)]
pub(super) struct MergeBody {
    #[serde(default, rename = "admin_graphql_api_customer_kept_id", deserialize_with = "wire::gid")]
    pub(super) kept: Option<PlatformId>,
    #[serde(default, rename = "admin_graphql_api_customer_deleted_id", deserialize_with = "wire::gid")]
    pub(super) deleted: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) status: Option<String>,
}

/// `customers/data_request`. Ids come as numbers and as text; some customers have only an address. What is required here
/// and below tells the bodies of one topic from those of another, because the topic is not signed.
#[derive(Deserialize)]
pub(super) struct DataRequestBody {
    pub(super) customer: Option<PrivacyCustomer>,
    #[serde(deserialize_with = "wire::ids")]
    pub(super) orders_requested: Vec<PlatformId>,
    #[serde(default)]
    pub(super) data_request: Option<DataRequest>,
}

/// `customers/redact`.
#[derive(Deserialize)]
pub(super) struct RedactBody {
    pub(super) customer: Option<PrivacyCustomer>,
    #[serde(deserialize_with = "wire::ids")]
    pub(super) orders_to_redact: Vec<PlatformId>,
}

/// `shop/redact`: the shop, and nobody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShopRedactBody {
    #[serde(deserialize_with = "wire::id", rename = "shop_id")]
    _shop_id: PlatformId,
    #[serde(rename = "shop_domain")]
    _shop_domain: String,
}

/// `app/uninstalled`: the resource Shop, which alone has this field, be it `null`.
#[derive(Deserialize)]
pub(super) struct UninstalledBody {
    #[serde(deserialize_with = "wire::text", rename = "myshopify_domain")]
    _myshopify_domain: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PrivacyCustomer {
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) id: Option<PlatformId>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(super) email: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DataRequest {
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub(super) id: Option<PlatformId>,
}
