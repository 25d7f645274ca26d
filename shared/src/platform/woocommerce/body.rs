//! The parts of WooCommerce's bodies that matter here: version 3 of its REST API, which webhooks carry too. Plugins add
//! fields and spoil others, so what is good to know and no more is left out where it can't be read; money is not.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::wire::{self, Amount};
use super::php;
use crate::domain::money::Currency;
use crate::domain::order::PlatformId;
use crate::domain::program::Country;

#[derive(Deserialize)]
pub(super) struct OrderBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    /// Must be there, with [`OrderBody::line_items`]: other things have ids and times too.
    #[serde(deserialize_with = "php::text")]
    pub(super) status: Option<String>,
    #[serde(default, deserialize_with = "php::currency")]
    pub(super) currency: Option<Currency>,
    /// Those without `_gmt` are by the site's clock and do not say which one it is.
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_created_gmt: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_modified_gmt: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_modified: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_paid_gmt: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_paid: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_completed_gmt: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_completed: Option<Timestamp>,
    /// With tax, shipping and fees, less what was paid by gift cards. Refunds leave it as it was.
    #[serde(default)]
    pub(super) total: Amount,
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) total_tax: Amount,
    /// Without tax.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) shipping_total: Amount,
    /// What coupons took off the goods, without tax.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) discount_total: Amount,
    /// The tax on that.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) discount_tax: Amount,
    /// Prices are entered with tax, and mostly shown so.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) prices_include_tax: bool,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) customer_id: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) customer_ip_address: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) customer_user_agent: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) created_via: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) billing: Option<AddressBody>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) shipping: Option<AddressBody>,
    #[serde(deserialize_with = "php::list")]
    pub(super) line_items: Vec<LineItem>,
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) shipping_lines: Vec<OtherLine>,
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) fee_lines: Vec<OtherLine>,
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) coupon_lines: Vec<CouponLine>,
    /// What was paid by cards, as the plugin Gift Cards tells it.
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) gift_cards: Vec<PaidByCard>,
    /// The same, as PW Gift Cards tells it.
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) pw_gift_cards_redeemed: Vec<PaidByCard>,
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) meta_data: Vec<Meta>,
    /// All that there are now; `None` where the body has no such list.
    #[serde(default, deserialize_with = "php::optional_list")]
    pub(super) refunds: Option<Vec<ListedRefund>>,
}

impl OrderBody {
    /// By the site's clock, which may be some hours off, only where the body says nothing better.
    pub(super) fn created_at(&self) -> Option<Timestamp> {
        self.date_created_gmt.or(self.date_created)
    }

    /// The version of the order.
    pub(super) fn modified_at(&self) -> Option<Timestamp> {
        self.date_modified_gmt.or(self.date_modified)
    }

    /// Without the prefix that the database has.
    pub(super) fn status(&self) -> &str {
        let status = self.status.as_deref().unwrap_or_default();
        status.strip_prefix("wc-").unwrap_or(status)
    }

    /// What the order's own data has under this name; plugins may write one name twice.
    pub(super) fn meta<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.meta_data.iter().filter(move |meta| meta.key.as_deref() == Some(key));
        named.filter_map(|meta| meta.value.as_str()).map(str::trim).filter(|value| !value.is_empty())
    }

    /// What was paid by gift cards, which plugins take off the total.
    pub(super) fn paid_by_cards(&self) -> impl Iterator<Item = Amount> {
        let told = self.gift_cards.iter().chain(&self.pw_gift_cards_redeemed).map(|card| card.amount.clone());
        let noted = self.meta_data.iter().filter(|meta| meta.key.as_deref() == Some(YITH_GIFT_CARDS));
        told.chain(noted.filter_map(|meta| serde_json::from_value(meta.value.clone()).ok()))
    }
}

/// Where YITH Gift Cards notes what they paid.
const YITH_GIFT_CARDS: &str = "_ywgc_applied_gift_cards_totals";

/// A gift card that was used.
#[derive(Deserialize)]
pub(super) struct PaidByCard {
    #[serde(default)]
    pub(super) amount: Amount,
}

#[derive(Deserialize)]
pub(super) struct AddressBody {
    #[serde(default, deserialize_with = "php::text")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) address_1: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) postcode: Option<String>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) country: Option<Country>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) phone: Option<String>,
}

/// A line of goods, of an order or, with negative amounts, of a refund.
#[derive(Deserialize)]
pub(super) struct LineItem {
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) id: Option<wire::Id>,
    #[serde(default, deserialize_with = "php::text")]
    pub(super) sku: Option<String>,
    /// 0 for what was added by hand.
    #[serde(default, deserialize_with = "php::text")]
    pub(super) product_id: Option<String>,
    /// Before discounts, without tax.
    #[serde(default, deserialize_with = "wire::if_readable_or_default")]
    pub(super) subtotal: Amount,
    /// After discounts, without tax, whatever the shop's prices are.
    #[serde(default)]
    pub(super) total: Amount,
    #[serde(default)]
    pub(super) total_tax: Amount,
    #[serde(default, deserialize_with = "php::readable")]
    pub(super) meta_data: Vec<Meta>,
}

/// How the plugins that sell gift cards mark their lines. WooCommerce itself has none.
const GIFT_CARDS: [&str; 3] = ["wc_gc_giftcard", "pw_gift_card", "ywgc_"];

impl LineItem {
    /// Goods or services: gift cards are money in another form.
    pub(super) fn counts(&self) -> bool {
        let keys = self.meta_data.iter().filter_map(|meta| meta.key.as_deref());
        let mut keys = keys.map(|key| key.trim_start_matches('_'));
        !keys.any(|key| GIFT_CARDS.iter().any(|start| key.starts_with(start)))
    }

    /// Which line of the order a refund's line is of.
    pub(super) fn refunds(&self) -> Option<PlatformId> {
        let of = self.meta_data.iter().find(|meta| meta.key.as_deref() == Some("_refunded_item_id"))?;
        match &of.value {
            Value::String(id) => id.trim().parse().ok(),
            Value::Number(id) => id.to_string().parse().ok(),
            _ => None,
        }
    }
}

/// A line of shipping, or of fees.
#[derive(Deserialize)]
pub(super) struct OtherLine {
    #[serde(default)]
    pub(super) total: Amount,
    #[serde(default)]
    pub(super) total_tax: Amount,
}

#[derive(Deserialize)]
pub(super) struct CouponLine {
    #[serde(default, deserialize_with = "php::text")]
    pub(super) code: Option<String>,
    /// Without tax. 0 where the code was typed in another case than the coupon has.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) discount: Option<Amount>,
    /// The tax on that.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) discount_tax: Option<Amount>,
    /// What the coupon is for, as far as it is told: a percentage, or an amount.
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) nominal_amount: Option<Amount>,
    #[serde(default, deserialize_with = "wire::if_readable")]
    pub(super) free_shipping: Option<bool>,
}

/// Data that WooCommerce and plugins keep with a thing. The value is of any type.
#[derive(Deserialize)]
pub(super) struct Meta {
    #[serde(default, deserialize_with = "php::text")]
    pub(super) key: Option<String>,
    #[serde(default)]
    pub(super) value: Value,
}

/// A refund as an order lists it: a negative amount with tax and shipping in it, and not for what.
#[derive(Deserialize)]
pub(super) struct ListedRefund {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    #[serde(default)]
    pub(super) total: Amount,
}

/// A refund in full, which only the API tells.
#[derive(Deserialize)]
pub(super) struct RefundBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_created_gmt: Option<Timestamp>,
    #[serde(default, deserialize_with = "php::time")]
    pub(super) date_created: Option<Timestamp>,
    /// What was paid back in all, positive.
    #[serde(default)]
    pub(super) amount: Amount,
    #[serde(default, deserialize_with = "php::list")]
    pub(super) line_items: Vec<LineItem>,
    #[serde(default, deserialize_with = "php::list")]
    pub(super) shipping_lines: Vec<OtherLine>,
    #[serde(default, deserialize_with = "php::list")]
    pub(super) fee_lines: Vec<OtherLine>,
}

/// `order.deleted`: nothing but the id. The topic is not signed, so a body that says more is one of another topic.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletedBody {
    #[serde(deserialize_with = "wire::id")]
    pub(super) id: PlatformId,
}

/// What the REST API says instead of an order that it can't give.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorBody {
    code: String,
    #[serde(rename = "message")]
    _message: IgnoredAny,
    #[serde(rename = "data")]
    _data: IgnoredAny,
}

impl ErrorBody {
    /// Errors of others, such as of a plugin that stands before the API, may be about anything.
    pub(super) fn is_of_the_api(&self) -> bool {
        self.code.starts_with("woocommerce_rest_")
    }
}
