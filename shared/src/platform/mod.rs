//! What each shop platform says, in the domain's words, and what it can be asked. One folder per platform with the same
//! few functions; [`Platform`] is closed, so a new one makes the compiler list every place that must know it.
//!
//! | Function | Duty |
//! |---|---|
//! | `receive(shop, headers, body, secrets, now)` | who signed it, for which shop, on which topic |
//! | `parse(topic, body, context)` | what it says |
//! | `api::{order, orders}` | what an order is now, and which orders there are |
//! | `codes::{put_offer, add, make, remove}` | codes for the platform's checkout |

pub mod access;
#[cfg(feature = "outbound")]
pub mod api;
pub mod bigcommerce;
mod buyer;
pub mod custom;
mod headers;
mod said;
pub mod shopify;
#[cfg(test)]
mod spoilt;
mod standard;
mod token;
mod wire;
pub mod woocommerce;

use jiff::Timestamp;

pub use self::headers::Headers;
pub use self::said::{Asked, Customer, Said};
use crate::crypto::Keys;
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::money::Currency;
use crate::domain::platform::Platform;
pub use crate::domain::portion::Portion;
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
    /// When it came in; for what says itself no time.
    pub received_at: Timestamp,
    /// The shop can be asked about what a message leaves open.
    pub can_ask: bool,
}

impl<'a> Context<'a> {
    /// For messages to this shop that came in at this time.
    pub fn of(shop: &Shop, keys: &'a Keys, received_at: Timestamp) -> Self {
        let can_ask = shop.access.is_some() && shop.uninstalled_at.is_none();
        Self { keys, merchant: shop.merchant, shop: shop.id, currency: shop.currency, received_at, can_ask }
    }
}

/// A request to a webhook's address that is what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Signed by the shop's platform, for this shop.
    Message {
        /// What kind of message it is; with the body, all that [`parse`] needs.
        topic: String,
        /// When the platform says that it happened. No platform signs this.
        triggered_at: Option<Timestamp>,
    },
    /// A platform tries whether somebody is there. Signed by nobody, and answered 200.
    Ping,
}

/// Judges a request to the address of a shop. 401: none of the secrets signed it. 404: it is another shop's.
pub fn receive(
    shop: &Shop,
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[String],
    now: Timestamp,
) -> Result<Received, ApiError> {
    match shop.platform {
        Platform::Shopify => shopify::receive(shop, headers, body, secrets),
        Platform::Woocommerce => woocommerce::receive(shop, headers, body, secrets),
        Platform::Bigcommerce => bigcommerce::receive(shop, headers, body, secrets, now),
        Platform::Custom => custom::receive(headers, body, secrets, now),
    }
}

/// Reads a message of the shop's platform. 400: it is not what its topic says.
pub fn parse(platform: Platform, topic: &str, body: &[u8], context: Context<'_>) -> Result<Said, ApiError> {
    match platform {
        Platform::Shopify => shopify::parse(topic, body, context),
        Platform::Woocommerce => woocommerce::parse(topic, body, context),
        Platform::Bigcommerce => bigcommerce::parse(topic, body, context),
        Platform::Custom => custom::parse(topic, body, context),
    }
}

/// Whether one of the secrets signed these parts, base64 as it came. Every secret is tried, so that the time tells
/// nothing about which one matched; an empty secret signs nothing.
fn is_signed(signature: &str, parts: &[&[u8]], secrets: &[Vec<u8>]) -> bool {
    use base64::Engine as _;
    let signature = base64::engine::general_purpose::STANDARD.decode(signature);
    let Some(signature) = signature.ok().filter(|signature| signature.len() == 32) else { return false };
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    secrets.filter(|secret| crate::crypto::verify_hmac(secret, parts, &signature)).count() > 0
}
