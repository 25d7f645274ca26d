//! Parking: a genuine event that can't be applied is kept, answered 200, and tried again until it applies. A platform
//! may never send it a second time, and drops the shop's subscription after too many refusals.

use std::fmt::Display;

use crate::App;
use crate::crypto::sha256_hex;
use crate::domain::order::{OrderEvent, PlatformId};
use crate::http::ApiError;
use crate::privacy::{self, FACTS};
use crate::settle::{Owner, SettleError};
use crate::store::{ParkedRow, Shop, StoreError};
use crate::telemetry;

/// Parks an event that `error` kept from being applied.
pub async fn park(app: &App, shop: &Shop, topic: &str, body: &[u8], error: &impl Display) -> Result<(), ApiError> {
    let owner = Owner::of(shop);
    put(app, owner, topic, body, error.to_string()).await.map_err(ApiError::from)
}

/// Parks what was read of an order by asking its platform, so that one order does not keep the others from being looked
/// at. Its facts only: how to reach the buyer comes again with the next word about the order.
pub(crate) async fn park_facts(
    app: &App,
    owner: Owner,
    event: &OrderEvent,
    error: &SettleError,
) -> Result<(), StoreError> {
    let body = privacy::facts_body(event.order.clone(), event.facts.clone())?;
    put(app, owner, FACTS, &body, error.to_string()).await
}

/// The topic of a parked question: what an order is now. No platform has one like it.
pub(crate) const QUESTION: &str = "@order";

/// Parks a question to the shop's platform: what this order is now. It is asked until it is answered.
pub(crate) async fn park_question(app: &App, owner: Owner, order: &PlatformId, why: &str) -> Result<(), StoreError> {
    let body = serde_json::to_vec(order).map_err(|e| StoreError::Refused(e.to_string()))?;
    put(app, owner, QUESTION, &body, why.to_owned()).await
}

async fn put(app: &App, owner: Owner, topic: &str, body: &[u8], error: String) -> Result<(), StoreError> {
    let now = app.now();
    let sha256 = sha256_hex(&[topic.as_bytes(), body]);
    let row = ParkedRow {
        shop: owner.shop,
        merchant: owner.merchant,
        topic: topic.to_owned(),
        body: privacy::packed(app, owner.shop, &sha256, body)?,
        sha256,
        error: String::new(),
        attempts: 0,
        parked_at: now,
        next_at: now,
    };
    app.store.put_parked(&row.after_failure(error.clone(), now)).await?;
    tracing::error!(shop = %owner.shop, topic, error, "event parked");
    telemetry::count("orders", "EventParked");
    Ok(())
}
