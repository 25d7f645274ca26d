//! Does what a platform's message says. The same for one that has just come in and for one that was parked.

use crate::App;
use crate::domain::order::{OrderEvent, PlatformId};
use crate::domain::platform::Platform;
use crate::platform::api::{ApiFailure, Client};
use crate::platform::{Context, Said};
use crate::privacy::asked_by_platform;
use crate::settle::{Owner, SettleError, merge, settle};
use crate::store::{Shop, StoreError};

/// Why a message could not be applied. Nothing here is the sender's fault, so it is kept and tried again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error(transparent)]
    Api(#[from] ApiFailure),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Applies a message to the shop.
pub async fn apply(
    app: &App,
    shops: &Client,
    shop: &Shop,
    said: Said,
    context: Context<'_>,
) -> Result<(), IntakeError> {
    // Boxed: the futures are large, and each of these is a chain of them.
    match said {
        Said::Nothing => {}
        Said::Order(event) => Box::pin(settle_one(app, shop, &event)).await?,
        Said::Changed(order) => Box::pin(changed(app, shops, shop, &order, context)).await?,
        Said::Merged { kept, gone } => Box::pin(merge(app, shop, &kept, &gone, context.received_at)).await?,
        Said::Uninstalled => app.store.uninstall_shop(shop.id, context.received_at).await?,
        // Done by `timers`, within a minute: the shop does not wait for it.
        Said::Privacy(asked) => {
            asked_by_platform(app, shop, &asked, context.received_at).await?;
        }
    }
    Ok(())
}

/// Asks what the order is now. Shopify tells of the same change by `orders/updated` too, so there it can be done without.
async fn changed(
    app: &App,
    shops: &Client,
    shop: &Shop,
    order: &PlatformId,
    context: Context<'_>,
) -> Result<(), IntakeError> {
    let caller = match shops.caller(&app.config.keys, shop) {
        Err(ApiFailure::NoAccess) if shop.platform == Platform::Shopify => return Ok(()),
        caller => caller?,
    };
    match caller.order(order, context).await? {
        Some(event) => settle_one(app, shop, &event).await,
        None => Ok(()),
    }
}

async fn settle_one(app: &App, shop: &Shop, event: &OrderEvent) -> Result<(), IntakeError> {
    settle(app, Owner::of(shop), event).await?;
    Ok(())
}
