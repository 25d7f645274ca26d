//! `/v1/shops/{id}/backfill`: reading the orders of the time before the shop was connected.

use serde_json::{Value, json};
use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::platform::Platform;
use shared::http::{Answer, ApiError, Call, own_shop, save};
use shared::store::{Claim, JobRow, JobState, Task};

/// `POST /v1/shops/{id}/backfill`. Asking again while it runs, or after it is done, answers how far it is; after it
/// failed it begins anew where it stopped.
pub(crate) async fn start(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let shop = own_shop(app, merchant, &call.path("id")).await?;
    if shop.platform == Platform::Custom {
        let detail = "a custom shop has no API that could be asked for its past: tell it by POST /v1/import/orders";
        return Err(ApiError::conflict("told_by_import", detail));
    }
    if shop.access.is_none() {
        let detail = "give the shop its API credentials first: PATCH /v1/shops/{id} with \"api\"";
        return Err(ApiError::conflict("no_api_access", detail));
    }
    let now = app.now();
    let row = match app.store.job(shop.id, Task::Backfill).await? {
        None => JobRow::new(Task::Backfill, shop.id, merchant, shop.created_at, now),
        Some(row) if row.failures > 0 => {
            let version = row.version + 1;
            JobRow { failures: 0, error: None, due_at: now, updated_at: now, version, ..row }
        }
        Some(row) => return save(app, claim.as_ref(), &Answer::accepted(view(&row))).await,
    };
    let row = if app.store.put_job(&row).await? { Some(row) } else { app.store.job(shop.id, Task::Backfill).await? };
    let row = row.ok_or_else(|| ApiError::internal("a job that was there is gone"))?;
    save(app, claim.as_ref(), &Answer::accepted(view(&row))).await
}

/// `GET /v1/shops/{id}/backfill`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let shop = own_shop(app, merchant, &call.path("id")).await?;
    let row = app.store.job(shop.id, Task::Backfill).await?.ok_or_else(|| ApiError::not_found("backfill"))?;
    Ok(Answer::ok(view(&row)))
}

fn view(row: &JobRow) -> Value {
    json!({
        "shop": row.shop,
        "state": row.state,
        "orders_seen": row.seen,
        "orders_entered": row.entered,
        "error": row.error,
        "placed_before": row.since,
        "started_at": row.started_at,
        "updated_at": row.updated_at,
        "next_at": (row.state == JobState::Running).then_some(row.due_at),
    })
}
