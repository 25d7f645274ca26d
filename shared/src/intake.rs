//! Does what a platform's message says. The same for one that has just come in and for one that was parked.

use std::time::Duration;

use crate::App;
use crate::domain::order::{OrderEvent, PlatformId, fold};
use crate::domain::platform::Platform;
use crate::parking::park_question;
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
        Said::Order(event) => Box::pin(told(app, shops, shop, *event, context)).await?,
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

/// How long a message waits for what its platform says beyond it: the platform waits for us meanwhile.
const PATIENCE: Duration = Duration::from_secs(8);

/// Applies what was told of an order. Where that leaves open what a refund is for, the platform is asked first; where it
/// can't say now, the order waits, and the question is parked until it is answered.
async fn told(
    app: &App,
    shops: &Client,
    shop: &Shop,
    mut event: OrderEvent,
    context: Context<'_>,
) -> Result<(), IntakeError> {
    if leaves_open(app, &event).await? {
        let asked = async { shops.caller(&app.config.keys, shop)?.order(&event.order.id, context).await };
        match tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(ApiFailure::TimedOut)) {
            Ok(Some(asked)) => event.facts = fold(event.facts, asked.facts),
            // Deleted meanwhile; of that its own message tells, or the daily look at orders.
            Ok(None) => {}
            // First, so that whoever is cut off here has asked.
            Err(failure) => park_question(app, Owner::of(shop), &event.order.id, &failure.to_string()).await?,
        }
    }
    settle_one(app, shop, &event).await
}

/// Whether the event, with what is known of its order, leaves open what a refund is for.
pub(crate) async fn leaves_open(app: &App, event: &OrderEvent) -> Result<bool, StoreError> {
    if !event.facts.refunds.values().any(|refund| refund.unknown) {
        return Ok(false);
    }
    let known = app.store.order(&event.order).await?.map(|row| row.facts).unwrap_or_default();
    Ok(fold(known, event.facts.clone()).awaits_refund())
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
        Some(event) => {
            settle_one(app, shop, &event).await?;
            // It lists a refund that it does not tell: it is asked again.
            let open = leaves_open(app, &event).await?;
            if open { Err(ApiFailure::Nonsense("a refund is missing".to_owned()).into()) } else { Ok(()) }
        }
        None => Ok(()),
    }
}

async fn settle_one(app: &App, shop: &Shop, event: &OrderEvent) -> Result<(), IntakeError> {
    settle(app, Owner::of(shop), event).await?;
    Ok(())
}
