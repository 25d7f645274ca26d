//! `GET /v1/audit`: what people did, newest first: to what others are owed, and to how the engine is set up.

use serde_json::json;
use shared::App;
use shared::http::{Answer, ApiError, Call, PageRequest, page_body};
use shared::store::AuditRow;
use shared::store::key::Listed;

/// The merchant's record.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let found = app.store.list::<AuditRow>(Listed::Audit, merchant, page.after.as_deref(), page.limit, app.now());
    let found = found.await?;
    let view = |row: &AuditRow| {
        json!({
            "at": row.at,
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "reason": (!row.reason.is_empty()).then_some(&row.reason),
            "changed": row.changed,
            "order": row.order.as_ref().map(|order| json!({"shop": order.shop, "id": order.id})),
        })
    };
    Ok(Answer::ok(page_body(found.rows.iter().map(view), found.next.as_deref())))
}
