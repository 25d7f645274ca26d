//! Parked webhooks: what could not be applied yet, and when it is tried again. The body is not shown: it is full of
//! personal data, and the shop has it.

use serde_json::json;
use shared::App;
use shared::http::{Answer, ApiError, Call, PageRequest, page_body};
use shared::store::ParkedRow;
use shared::store::key::Listed;

/// `GET /v1/parked`.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let parked =
        app.store.list::<ParkedRow>(Listed::Parked, merchant, page.after.as_deref(), page.limit, app.now()).await?;
    let view = |row: &ParkedRow| {
        json!({
            "shop": row.shop,
            "topic": row.topic,
            "error": row.error,
            "attempts": row.attempts,
            "parked_at": row.parked_at,
            "next_at": row.next_at,
        })
    };
    Ok(Answer::ok(page_body(parked.rows.iter().map(view), parked.next.as_deref())))
}
