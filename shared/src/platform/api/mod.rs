//! What platforms are asked: an order, the orders of a time, and codes for their checkouts. One [`Caller`] for one shop;
//! each platform's own calls are beside how it is read, in its folder.

mod answers;
mod caller;
mod offer;
mod permissions;
mod skipped;
mod token;

pub use self::answers::read_order;
pub(crate) use self::caller::STEP;
pub use self::caller::{ApiFailure, Caller, Client};
pub(super) use self::caller::{Json, Query, read};
pub use self::offer::{CodeFate, Offer, OfferValue, Terms};
pub(super) use self::permissions::Tried;
pub(super) use self::skipped::{readable, skipped};
use super::access::Credentials;
use super::{Context, Portion, bigcommerce, shopify, woocommerce};
use crate::domain::coupon::CouponCode;
use crate::domain::order::{OrderEvent, PlatformId};
use jiff::Timestamp;

/// Which orders are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Changed at or after this time, the longest unchanged first.
    ChangedSince(Timestamp),
    /// Placed before this time.
    PlacedBefore(Timestamp),
}

/// Some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdersPage {
    pub events: Vec<OrderEvent>,
    /// Where the next ones begin, in the platform's own words; `None`: these were the last.
    pub next: Option<String>,
}

/// What became of orders that were asked for by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Those that are there, as they are now.
    pub events: Vec<OrderEvent>,
    /// Those that are not there any more.
    pub gone: Vec<PlatformId>,
}

impl Caller {
    /// These orders as they are now (at most 100), and which of them there are no more. For platforms that delete without a
    /// word, see [`Platform::deletes_silently`]; of others nothing is asked.
    ///
    /// [`Platform::deletes_silently`]: crate::domain::platform::Platform::deletes_silently
    pub async fn look(&self, ids: &[PlatformId], context: Context<'_>) -> Result<Looked, ApiFailure> {
        match &self.credentials {
            Credentials::Woocommerce { .. } => woocommerce::api::look(self, ids, context).await,
            Credentials::Shopify(_) | Credentials::Bigcommerce { .. } => Ok(Looked::default()),
        }
    }

    /// The order as it is now. `None`: the platform does not have it, or it is none that counts.
    pub async fn order(&self, id: &PlatformId, context: Context<'_>) -> Result<Option<OrderEvent>, ApiFailure> {
        match &self.credentials {
            Credentials::Shopify(_) => shopify::api::order(self, id, context).await,
            Credentials::Woocommerce { .. } => woocommerce::api::order(self, id, context).await,
            Credentials::Bigcommerce { .. } => bigcommerce::api::order(self, id, context).await,
        }
    }

    /// A page of orders. `cursor`: as the page before it said; it holds with any portion.
    pub async fn orders(
        &self,
        wanted: Wanted,
        cursor: Option<&str>,
        portion: Portion,
        context: Context<'_>,
    ) -> Result<OrdersPage, ApiFailure> {
        match &self.credentials {
            Credentials::Shopify(_) => shopify::api::orders(self, wanted, cursor, portion, context).await,
            Credentials::Woocommerce { .. } => woocommerce::api::orders(self, wanted, cursor, portion, context).await,
            Credentials::Bigcommerce { .. } => bigcommerce::api::orders(self, wanted, cursor, portion, context).await,
        }
    }

    /// Makes the discount that many codes share, or changes it to these terms. Answers the platform's id for it, empty
    /// where each code stands alone. `known`: that id, from the time before. `name`: what tells this discount from
    /// others of the shop; asking twice under one name makes one discount.
    pub async fn put_offer(&self, name: &str, offer: &Offer, known: Option<&str>) -> Result<String, ApiFailure> {
        match &self.credentials {
            Credentials::Shopify(_) => shopify::codes::put_offer(self, name, offer, known).await,
            Credentials::Woocommerce { .. } => Ok(String::new()),
            Credentials::Bigcommerce { .. } => bigcommerce::codes::put_offer(self, name, offer, known).await,
        }
    }

    /// Adds codes to a discount (at most 250 of them). A code that is there already, as ours, is made: asking twice makes
    /// one. The answer has one fate for each code, in their order.
    pub async fn add_codes(
        &self,
        discount: &str,
        offer: &Offer,
        codes: &[CouponCode],
    ) -> Result<Vec<CodeFate>, ApiFailure> {
        match &self.credentials {
            Credentials::Shopify(_) => shopify::codes::add(self, discount, codes).await,
            Credentials::Woocommerce { .. } => woocommerce::codes::add(self, offer, codes).await,
            Credentials::Bigcommerce { .. } => bigcommerce::codes::add(self, discount, offer, codes).await,
        }
    }

    /// Makes one code with a discount of its own, for one use. Asking twice makes one.
    pub async fn make_code(&self, offer: &Offer, code: &CouponCode) -> Result<CodeFate, ApiFailure> {
        match &self.credentials {
            Credentials::Shopify(_) => shopify::codes::make(self, offer, code).await,
            Credentials::Woocommerce { .. } => woocommerce::codes::make(self, offer, code).await,
            Credentials::Bigcommerce { .. } => bigcommerce::codes::make(self, offer, code).await,
        }
    }

    /// Takes a code away, if it is there. `discount`: the one that it shares; `None`: it has its own.
    pub async fn remove_code(&self, discount: Option<&str>, code: &CouponCode) -> Result<(), ApiFailure> {
        match &self.credentials {
            Credentials::Shopify(_) => shopify::codes::remove(self, discount, code).await,
            Credentials::Woocommerce { .. } => woocommerce::codes::remove(self, code).await,
            Credentials::Bigcommerce { .. } => bigcommerce::codes::remove(self, discount, code).await,
        }
    }
}
