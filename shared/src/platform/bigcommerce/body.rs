//! The parts of BigCommerce's resources that matter here. Any field may be null or missing; unknown ones are passed over.
//! Amounts are text with four decimals in the older API, and numbers in the newer one.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::{Deserialize, Deserializer};

use super::super::wire::{self, Amount};
use crate::domain::money::Currency;
use crate::domain::order::PlatformId;
use crate::domain::program::Country;
use crate::http::or_default;

/// `/v2/orders/{id}`.
#[derive(Deserialize)]
pub(super) struct OrderBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    /// 0: a guest.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) customer_id: Option<wire::Id>,
    #[serde(deserialize_with = "time")]
    pub(super) date_created: Timestamp,
    #[serde(default, deserialize_with = "optional_time")]
    pub(super) date_modified: Option<Timestamp>,
    #[serde(default, deserialize_with = "optional_time")]
    pub(super) date_shipped: Option<Timestamp>,
    pub(super) status_id: u32,
    #[serde(default)]
    pub(super) subtotal_ex_tax: Amount,
    #[serde(default)]
    pub(super) subtotal_inc_tax: Amount,
    #[serde(default)]
    pub(super) total_inc_tax: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) total_ex_tax: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) total_tax: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) shipping_cost_ex_tax: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) handling_cost_ex_tax: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) wrapping_cost_ex_tax: Amount,
    /// What gift certificates paid.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) gift_certificate_amount: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) store_credit_amount: Amount,
    #[serde(default)]
    pub(super) discount_amount: Amount,
    #[serde(default)]
    pub(super) coupon_discount: Amount,
    #[serde(default)]
    pub(super) refunded_amount: Amount,
    /// Prices, and with them discounts, contain tax.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_tax_inclusive_pricing: bool,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) items_total: Option<u64>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) items_shipped: Option<u64>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) payment_method: Option<String>,
    /// In which all amounts are. (`currency_code` is only what the shopper was shown.)
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) default_currency_code: Option<Currency>,
    /// The store's own, where it may sell in others.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) store_default_currency_code: Option<Currency>,
    /// How much of the order's currency was one of the store's when it was placed.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) store_default_to_transactional_exchange_rate: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_deleted: bool,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) billing_address: Option<AddressBody>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) customer_locale: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) ip_address: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) ip_address_v6: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) order_source: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) external_source: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct AddressBody {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) street_1: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) zip: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) country_iso2: Option<Country>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) phone: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) email: Option<String>,
}

/// Of `/v2/orders/{id}/products`.
#[derive(Deserialize)]
pub(super) struct ProductBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    /// 0 for what was added by hand.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) product_id: Option<wire::Id>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) sku: Option<String>,
    /// `physical`, `digital` or `giftcertificate`.
    #[serde(default, rename = "type", deserialize_with = "wire::if_readable")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) gift_certificate_id: Option<wire::Id>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) quantity: Option<u32>,
    #[serde(default)]
    pub(super) total_ex_tax: Amount,
    #[serde(default)]
    pub(super) total_inc_tax: Amount,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) applied_discounts: Vec<Applied>,
}

impl ProductBody {
    /// Money in another form, which is spent on goods later.
    pub(super) fn is_gift_certificate(&self) -> bool {
        let id = self.gift_certificate_id.as_ref().map(|id| id.0.as_str());
        self.kind.as_deref() == Some("giftcertificate") || id.is_some_and(|id| id != "0")
    }
}

#[derive(Deserialize)]
pub(super) struct Applied {
    #[serde(default)]
    pub(super) amount: Amount,
}

/// Of `/v2/orders/{id}/coupons`.
#[derive(Deserialize)]
pub(super) struct CouponBody {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) code: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) discount: Option<Amount>,
    #[serde(default, rename = "type", deserialize_with = "wire::if_readable")]
    pub(super) kind: Option<u32>,
}

/// Of `/v3/orders/{id}/payment_actions/refunds`.
#[derive(Deserialize)]
pub(super) struct RefundBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    #[serde(default, deserialize_with = "optional_time")]
    pub(super) created: Option<Timestamp>,
    #[serde(default)]
    pub(super) total_amount: Amount,
    /// What of it is tax.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) total_tax: Amount,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) payments: Vec<PaymentBody>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) items: Vec<RefundItem>,
}

#[derive(Deserialize)]
pub(super) struct PaymentBody {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_declined: bool,
}

#[derive(Deserialize)]
pub(super) struct RefundItem {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) item_type: Option<String>,
    /// Of a product: its id in the order.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) item_id: Option<wire::Id>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) quantity: Option<u32>,
    /// Left out where whole pieces go back.
    #[serde(default)]
    pub(super) requested_amount: Amount,
}

/// Of `/v3/orders/{id}/metafields`.
#[derive(Deserialize)]
pub(super) struct Metafield {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) namespace: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) key: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) value: Option<String>,
}

/// What the newer API wraps everything in.
#[derive(Deserialize)]
pub(super) struct Wrapped<T> {
    pub(super) data: T,
}

/// All that is asked about an order beside itself. `None`: the answer was empty, as it is where there is nothing.
#[derive(Deserialize)]
pub(super) struct Answers {
    #[serde(default)]
    pub(super) products: Option<Vec<ProductBody>>,
    #[serde(default)]
    pub(super) coupons: Option<Vec<CouponBody>>,
    #[serde(default)]
    pub(super) refunds: Option<Wrapped<Vec<RefundBody>>>,
    #[serde(default)]
    pub(super) metafields: Option<Wrapped<Vec<Metafield>>>,
}

/// A time as mails write it (the older API), or as all others do.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let missing = || serde::de::Error::custom("must be a time such as \"Tue, 05 Mar 2019 21:40:11 +0000\"");
    optional_time(deserializer)?.ok_or_else(missing)
}

fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = wire::text(deserializer)? else { return Ok(None) };
    let at = rfc2822::parse(&text).map(|at| at.timestamp()).or_else(|_| text.parse());
    at.map(Some).map_err(|_| serde::de::Error::custom("must be a time such as \"Tue, 05 Mar 2019 21:40:11 +0000\""))
}
