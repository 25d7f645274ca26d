//! The calls that exist only here: the clock, draining, and what was consumed. A deployment has none of them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::Engine;

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

/// `POST /_local/clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    advance_seconds: i64,
}

fn refuse(status: StatusCode, detail: impl std::fmt::Display) -> (StatusCode, Json<Value>) {
    (status, Json(json!({"status": status.as_u16(), "detail": detail.to_string()})))
}

/// Moves the clock forward and does what has become due.
pub(crate) async fn clock(State(engine): State<Engine>, body: String) -> Answer {
    let Advance { advance_seconds } = serde_json::from_str(&body).map_err(|e| refuse(StatusCode::BAD_REQUEST, e))?;
    // Times only go forward, and a century is enough for any rule.
    if !(0..=100 * 365 * 86_400).contains(&advance_seconds) {
        return Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, "advance_seconds must be 0 to 3153600000"));
    }
    engine.advance(advance_seconds);
    engine.drain().await.map_err(|e| refuse(StatusCode::INTERNAL_SERVER_ERROR, e))?;
    Ok(Json(json!({"now": engine.app.now()})))
}

/// `POST /_local/drain`: returns when streams, timers and outbox are quiet.
pub(crate) async fn drain(State(engine): State<Engine>) -> Answer {
    let handled = engine.drain().await.map_err(|e| refuse(StatusCode::INTERNAL_SERVER_ERROR, e))?;
    Ok(Json(json!({"handled": handled})))
}

/// `GET /_local/usage`: read and write units by flow since the start.
pub(crate) async fn usage(State(engine): State<Engine>) -> Json<Value> {
    Json(json!({"flows": engine.meter.usage()}))
}
