//! Parked events are tried again until they apply.

use crate::App;
use crate::domain::order::OrderEvent;
use crate::intake::{self, IntakeError};
use crate::parking::QUESTION;
use crate::platform::api::Client;
use crate::platform::{self, Context, Said};
use crate::privacy::{self, FACTS, ParkedFacts};
use crate::store::{ParkedRow, StoreError};

/// Why a parked event still can't be applied.
#[derive(Debug, thiserror::Error)]
enum RetryError {
    #[error("the shop is gone")]
    NoShop,
    #[error(transparent)]
    Unreadable(#[from] privacy::Unreadable),
    #[error("the facts can't be read back: {0}")]
    Facts(#[from] serde_json::Error),
    #[error("the body was refused with status {0}")]
    Refused(u16),
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tries a parked event again: applied and forgotten, or put back for later.
pub async fn retry_parked(app: &App, shops: &Client, row: ParkedRow) -> Result<(), StoreError> {
    match apply(app, shops, &row).await {
        Ok(()) => app.store.delete_parked(&row).await,
        Err(failure) => {
            tracing::warn!(shop = %row.shop, topic = row.topic, attempts = row.attempts, error = %failure, "parked event still fails");
            let after = row.clone().after_failure(failure.to_string(), app.now());
            let after = privacy::without_contact(app, after).await?;
            app.store.replace_parked(&row, &after).await.map(drop)
        }
    }
}

async fn apply(app: &App, shops: &Client, row: &ParkedRow) -> Result<(), RetryError> {
    let shop = app.store.shop(row.shop).await?.ok_or(RetryError::NoShop)?;
    let body = privacy::contents(app, row)?;
    let context = Context::of(&shop, &app.config.keys, row.parked_at);
    let said = match row.topic.as_str() {
        FACTS => {
            let ParkedFacts { order, facts } = serde_json::from_slice(&body)?;
            Said::from(OrderEvent { order, facts, contact: None, customer_id: None })
        }
        QUESTION => Said::Changed(serde_json::from_slice(&body)?),
        topic => platform::parse(shop.platform, topic, &body, context).map_err(|e| RetryError::Refused(e.status()))?,
    };
    Ok(intake::apply(app, shops, &shop, said, context).await?)
}
