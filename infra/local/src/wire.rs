//! What the emulator never does, done on the wire: a proxy between the SDK client and the emulator that refuses, fails,
//! delays, or loses answers as a test asks. Production code needs no seam for it but an endpoint.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;

use crate::embedded::serve;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Refused as throttled, not applied.
    Throttle,
    /// A fault of the service, not applied.
    Fail,
    /// Applied, but the answer never arrives.
    LoseAnswer,
    /// Applied after this many milliseconds.
    Delay(u64),
}

/// Which calls go wrong, and how.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The operation, e.g. `PutItem`; empty for any.
    pub operation: &'static str,
    /// A text that the request body must contain, e.g. `ORD#`; empty for any.
    pub body_contains: &'static str,
    pub trouble: Trouble,
    /// How many matching calls it hits.
    pub times: u32,
}

/// The faults in force; a handle that a test keeps.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<Vec<Fault>>>);

impl Wire {
    /// Makes the next matching calls go wrong.
    pub fn inject(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Everything works again.
    pub fn heal(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Starts the proxy in front of `upstream` and answers its address.
    pub async fn start(&self, upstream: String) -> std::io::Result<String> {
        let state = (self.clone(), upstream, reqwest::Client::new());
        serve(Router::new().fallback(forward).with_state(state)).await
    }

    fn trouble(&self, operation: &str, body: &[u8]) -> Option<Trouble> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let body = String::from_utf8_lossy(body);
        let fault = faults.iter_mut().find(|fault| {
            fault.times > 0
                && (fault.operation.is_empty() || fault.operation == operation)
                && body.contains(fault.body_contains)
        })?;
        fault.times -= 1;
        Some(fault.trouble)
    }
}

async fn forward(
    State((wire, upstream, client)): State<(Wire, String, reqwest::Client)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let trouble = wire.trouble(operation, &body);
    match trouble {
        Some(Trouble::Throttle) => return refusal(StatusCode::BAD_REQUEST, "ThrottlingException"),
        Some(Trouble::Fail) => return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        Some(Trouble::Delay(ms)) => tokio::time::sleep(Duration::from_millis(ms)).await,
        Some(Trouble::LoseAnswer) | None => {}
    }
    let sent = client.post(&upstream).headers(headers).body(body).send().await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(failure) => return refusal(StatusCode::BAD_GATEWAY, &failure.to_string()),
    };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap_or_default();
    if trouble == Some(Trouble::LoseAnswer) {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
    }
    (status, headers, bytes).into_response()
}

fn refusal(status: StatusCode, kind: &str) -> Response<Body> {
    let body = format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{kind}\",\"message\":\"injected\"}}");
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response()
}
