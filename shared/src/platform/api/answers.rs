//! Reading what an API answered about an order, apart from asking for it: so that anything may be put in its place.

use super::super::{Context, bigcommerce, woocommerce};
use super::ApiFailure;
use crate::domain::order::OrderEvent;
use crate::domain::platform::Platform;

/// An order that is spread over several answers, read as calls read it. `answers`: an object with each answer under the name
/// of what was asked for, which is `order` and `refunds`, and for BigCommerce `products`, `coupons` and `metafields` too; all
/// but `order` may be missing. `None`: no order that counts, or of a platform whose API tells orders as its webhooks do.
pub fn read_order(platform: Platform, answers: &[u8], context: Context<'_>) -> Result<Option<OrderEvent>, ApiFailure> {
    match platform {
        Platform::Bigcommerce => bigcommerce::api::read_order(answers, context),
        Platform::Woocommerce => woocommerce::api::read_order(answers, context),
        Platform::Shopify | Platform::Custom => Ok(None),
    }
}
