//! What a code is as WooCommerce's coupon: every field that terms may have touched, so that one body serves for making
//! it and for changing it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::api::{Offer, OfferValue, Terms};
use super::super::wire;
use super::body::Meta;
use super::php;
use crate::domain::coupon::CouponCode;
use crate::domain::money::Money;
use crate::domain::order::PlatformId;

/// Where coupons are.
pub(super) const COUPONS: &str = "/wp-json/wc/v3/coupons";
/// Marks coupons as made by the engine: none but those are ever changed or deleted.
const MARK: &str = "_goodword";

/// A coupon that the shop has.
#[derive(Deserialize)]
pub(super) struct CouponBody {
    #[serde(deserialize_with = "wire::id")]
    id: PlatformId,
    #[serde(default, deserialize_with = "php::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    discount_type: Option<String>,
    #[serde(default, deserialize_with = "php::readable")]
    meta_data: Vec<Meta>,
}

impl CouponBody {
    /// Its address.
    pub(super) fn path(&self) -> String {
        format!("{COUPONS}/{}", self.id)
    }

    /// These fields of it, to be changed.
    pub(super) fn changed(&self, fields: Map<String, Value>) -> Value {
        let id = self.id.as_str();
        with(fields, "id", id.parse::<u64>().map_or_else(|_| id.into(), Value::from))
    }

    /// WooCommerce keeps codes in lower case.
    pub(super) fn is(&self, code: &CouponCode) -> bool {
        self.code.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(code.as_str()))
    }

    pub(super) fn is_ours(&self) -> bool {
        self.meta_data.iter().any(|meta| meta.key.as_deref() == Some(MARK))
    }

    /// Amounts are set before types, so 500.00 off would be refused as 500 %. It has to become of no worth between.
    pub(super) fn must_change_type_first(&self, offer: &Offer) -> bool {
        self.discount_type.as_deref() == Some("percent") && discount_type(offer) != "percent"
    }
}

/// What makes a coupon of another type ready for this offer's amount.
pub(super) fn change_of_type(offer: &Offer) -> Map<String, Value> {
    fields(json!({"amount": "0", "discount_type": discount_type(offer)}))
}

fn discount_type(offer: &Offer) -> &'static str {
    match offer.value {
        OfferValue::Percent(_) => "percent",
        // Free shipping: nothing off the goods.
        OfferValue::Fixed(_) | OfferValue::FreeShipping => "fixed_cart",
    }
}

/// The terms of an offer. `uses`: how often the code works in all; 0 is without a limit. WooCommerce passes over what is
/// null, so nothing is an empty text or zero. Its coupons have no beginning: a code works from when it is made.
pub(super) fn terms(offer: &Offer, uses: u32) -> Map<String, Value> {
    let Terms { minimum, starts_at: _, ends_at, once_per_customer, on_subscriptions: _ } = &offer.terms;
    let (amount, free_shipping) = match &offer.value {
        OfferValue::Percent(percent) => (String::from(*percent), false),
        OfferValue::Fixed(money) => (money.amount(), false),
        OfferValue::FreeShipping => ("0".to_owned(), true),
    };
    let time = |at: &Timestamp, format: &str| at.strftime(format).to_string();
    // Only the field without "_gmt" can be written, and takes an offset, which makes it exact.
    let expires = ends_at.as_ref().map_or_else(String::new, |at| time(at, "%Y-%m-%dT%H:%M:%SZ"));
    let expires_gmt = ends_at.as_ref().map_or_else(String::new, |at| time(at, "%Y-%m-%dT%H:%M:%S"));
    fields(json!({
        "amount": amount,
        "discount_type": discount_type(offer),
        "description": offer.title,
        "date_expires": expires,
        "date_expires_gmt": expires_gmt,
        "individual_use": true,
        "usage_limit": uses,
        "usage_limit_per_user": u32::from(*once_per_customer),
        "free_shipping": free_shipping,
        "minimum_amount": minimum.map_or_else(String::new, Money::amount),
        "meta_data": [{"key": MARK, "value": "1"}],
    }))
}

/// The same with a field that says which coupon.
pub(super) fn with(mut fields: Map<String, Value>, name: &str, value: Value) -> Value {
    fields.insert(name.to_owned(), value);
    Value::Object(fields)
}

fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
