//! What each shop platform says, in the domain's words. One file per platform with the same few functions:
//! `verify(signature, body, secrets)` and `parse(topic, body, context)`.

pub mod shopify;
mod wire;

use crate::crypto::Keys;
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::money::Currency;
use crate::domain::order::OrderEvent;
use crate::domain::platform::Platform;
use crate::http::ApiError;
use crate::store::Shop;

/// What a platform's message is read in the light of.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub keys: &'a Keys,
    pub merchant: MerchantId,
    pub shop: ShopId,
    /// For amounts that come without a currency.
    pub currency: Currency,
}

impl<'a> Context<'a> {
    /// For messages to this shop.
    pub fn of(shop: &Shop, keys: &'a Keys) -> Self {
        Self { keys, merchant: shop.merchant, shop: shop.id, currency: shop.currency }
    }
}

/// Reads a webhook of the shop's platform. `None`: a topic that says nothing about orders.
pub fn parse(
    platform: Platform,
    topic: &str,
    body: &[u8],
    context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiError> {
    match platform {
        Platform::Shopify => shopify::parse(topic, body, context),
        // No webhook route leads here yet; these shops use `POST /v1/orders`.
        Platform::Woocommerce | Platform::Bigcommerce | Platform::Custom => Ok(None),
    }
}
