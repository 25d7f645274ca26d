//! What was sent to a webhook endpoint, and is to be: `/v1/webhook-endpoints/{id}/deliveries`. Sending again keeps the
//! `webhook-id`, so a receiver that has it already drops it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::app::has_time_left;
use shared::domain::id::{MerchantId, OutboxId};
use shared::events;
use shared::http::{Answer, ApiError, Call, Fault, PageRequest, commit, page_body, save};
use shared::store::{Claim, Endpoint, Message, OutboxRow, OutboxState, Writes};

use crate::endpoints::{Nothing, own};

/// Deliveries that are looked at in one step.
const PAGE: usize = 100;
/// What is left to answer before the function would be stopped.
const RESERVE: std::time::Duration = std::time::Duration::from_secs(5);

/// `GET /v1/webhook-endpoints/{id}/deliveries?state=`. Newest first, of the last 30 days.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let endpoint = of(app, call, call.merchant(app).await?).await?;
    let page = PageRequest::of(call)?;
    let states = ["pending", "delivered", "failed", "withheld"];
    let wanted = call.query("state");
    if wanted.as_deref().is_some_and(|wanted| !states.contains(&wanted)) {
        let allowed = format!("must be one of {}", states.join(", "));
        return Err(ApiError::invalid(vec![Fault::new("state", allowed)]));
    }
    let keep = |row: &OutboxRow| wanted.as_deref().is_none_or(|wanted| wanted == state(row));
    let found = app.store.deliveries(&endpoint, page.place(), app.now(), keep).await?;
    Ok(Answer::ok(page_body(found.rows.iter().map(view), found.next.as_deref())))
}

/// `GET /v1/webhook-endpoints/{id}/deliveries/{delivery}`, with what it says.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let endpoint = of(app, call, call.merchant(app).await?).await?;
    let row = delivery(app, &endpoint, call).await?;
    let mut answer = view(&row);
    if let Message::Event { body, .. } = &row.message {
        answer["body"] = serde_json::from_str(body).unwrap_or_default();
    }
    Ok(Answer::ok(answer))
}

/// `POST /v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver`. Within a minute it is sent again, and tried by the
/// whole schedule.
pub(crate) async fn redeliver(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let endpoint = of(app, call, merchant).await?;
    nothing_said(call)?;
    let row = delivery(app, &endpoint, call).await?;
    must_be_on(&endpoint)?;
    if !app.store.send_again(&row, app.now()).await? {
        let why = "it is being sent at this moment, or what it tells of does not stand";
        return Err(ApiError::conflict("delivery_busy", why));
    }
    let row = delivery(app, &endpoint, call).await?;
    save(app, claim.as_ref(), &Answer::accepted(view(&row))).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SinceBody {
    since: Timestamp,
}

/// `POST /v1/webhook-endpoints/{id}/redeliver`. All that was written since a time and not taken is sent again.
pub(crate) async fn redeliver_failed(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let endpoint = of(app, call, merchant).await?;
    let SinceBody { since } = call.json()?;
    must_be_on(&endpoint)?;
    let is_failed = |row: &OutboxRow| row.state == OutboxState::Dead;
    let again = resend(app, &endpoint, since, is_failed, call.deadline_ms()).await?;
    save(app, claim.as_ref(), &Answer::accepted(again)).await
}

/// `POST /v1/webhook-endpoints/{id}/test`. Sends a webhook that says nothing, whatever the endpoint asks for.
pub(crate) async fn test(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let endpoint = of(app, call, merchant).await?;
    nothing_said(call)?;
    must_be_on(&endpoint)?;
    let row = events::test(app, &endpoint, &app.ulid().to_string());
    let mut writes = Writes::default();
    app.store.put_outbox(&mut writes, &row)?;
    Ok(commit(app, claim.as_ref(), writes, Answer::accepted(view(&row))).await??)
}

/// Sends rewards again that an endpoint did not take, or that waited for it to be switched on.
pub(crate) async fn resend_hand_overs(app: &App, endpoint: &Endpoint, deadline_ms: u64) -> Result<(), ApiError> {
    let waits = |row: &OutboxRow| {
        matches!(row.message, Message::HandOver { .. }) && matches!(row.state, OutboxState::Dead | OutboxState::Queued)
    };
    resend(app, endpoint, endpoint.created_at, waits, deadline_ms).await.map(drop)
}

/// Sends again what was written since a time, as far as the time for it goes: how many, and from when on to ask again if
/// that was not all.
async fn resend(
    app: &App,
    endpoint: &Endpoint,
    since: Timestamp,
    wanted: impl Fn(&OutboxRow) -> bool,
    deadline_ms: u64,
) -> Result<Value, ApiError> {
    let (mut after, mut again) = (None, 0_u32);
    loop {
        let page = app.store.deliveries(endpoint, (after.as_deref(), PAGE), app.now(), |_| true).await?;
        for row in page.rows.iter().filter(|row| since <= row.created_at && wanted(row)) {
            if !has_time_left(deadline_ms, RESERVE) {
                return Ok(json!({"redelivered": again, "complete": false}));
            }
            again += u32::from(app.store.send_again(row, app.now()).await?);
        }
        let is_older = page.rows.last().is_none_or(|row| row.created_at < since);
        after = page.next.filter(|_| !is_older);
        if after.is_none() {
            return Ok(json!({"redelivered": again, "complete": true}));
        }
    }
}

async fn of(app: &App, call: &Call, merchant: MerchantId) -> Result<Endpoint, ApiError> {
    own(app, merchant, &call.path("id")).await
}

/// A delivery to this endpoint; to others there is none.
async fn delivery(app: &App, endpoint: &Endpoint, call: &Call) -> Result<OutboxRow, ApiError> {
    let missing = || ApiError::not_found("delivery");
    let id: OutboxId = call.path("delivery").parse().map_err(|_| missing())?;
    let row = app.store.outbox(id).await?.ok_or_else(missing)?;
    let is_to = row.merchant == endpoint.merchant && row.message.endpoint() == Some(endpoint.id);
    is_to.then_some(row).ok_or_else(missing)
}

fn must_be_on(endpoint: &Endpoint) -> Result<(), ApiError> {
    match endpoint.disabled {
        None => Ok(()),
        Some(_) => Err(ApiError::conflict("endpoint_disabled", "the endpoint is switched off: switch it on first")),
    }
}

fn nothing_said(call: &Call) -> Result<(), ApiError> {
    if !call.body().is_empty() {
        call.json::<Nothing>()?;
    }
    Ok(())
}

const fn state(row: &OutboxRow) -> &'static str {
    match row.state {
        OutboxState::Queued | OutboxState::Claimed | OutboxState::Retry | OutboxState::Uncertain => "pending",
        OutboxState::Sent => "delivered",
        OutboxState::Withheld | OutboxState::Suppressed => "withheld",
        OutboxState::Dead => "failed",
    }
}

fn view(row: &OutboxRow) -> Value {
    let next_at = (row.state == OutboxState::Queued).then_some(row.due_at);
    json!({
        "id": row.id,
        "event": row.message.event(),
        "hand_over": matches!(row.message, Message::HandOver { .. }),
        "state": state(row),
        "created_at": row.created_at,
        "next_at": next_at,
        "error": row.last_error.as_ref().filter(|_| row.state != OutboxState::Sent),
        "attempts": row.tried,
    })
}
