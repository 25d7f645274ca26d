//! Errors as callers see them: `application/problem+json` (RFC 9457) with a stable code. What went wrong inside stays
//! inside: it is logged once, with the request id that the caller also gets.

use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::domain::doing::Refusal;
use crate::settle::SettleError;
use crate::store::StoreError;

/// One thing wrong with a request body or parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901) into the body, or a parameter's name.
    pub pointer: String,
    /// What is wrong and what is allowed.
    pub detail: String,
    /// What was sent, if it helps to see it again.
    pub value: Option<Value>,
}

impl Fault {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into(), value: None }
    }

    /// With the value that was sent, cut where it is long.
    #[must_use]
    pub fn with(self, value: &Value) -> Self {
        Self { value: Some(cut(value)), ..self }
    }
}

/// What is shown of a value at most, in characters.
const SHOWN: usize = 100;

/// The value as it was sent; the beginning of it as text where it is long.
fn cut(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => value.clone(),
    }
}

/// The title of 400 for bodies.
const UNREADABLE: &str = "The request body can't be read";

/// More faults than anybody reads at once; an answer must not be many times the size of the question.
const MAX_FAULTS: usize = 100;

/// Collects faults, so that a caller learns of all of them at once (of the first 100, that is).
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn push(&mut self, fault: Fault) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(fault);
        }
    }

    /// The faults so far.
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// Notes a fault unless the condition holds.
    pub fn unless(&mut self, holds: bool, pointer: impl Into<String>, allowed: impl Into<String>) {
        if !holds {
            self.push(Fault::new(pointer, allowed));
        }
    }

    /// Notes a fault unless the text is one line that people can read, of so many characters at most.
    pub fn unless_line(&mut self, pointer: &str, text: &str, most: usize) {
        let visible = !text.trim().is_empty() && !text.chars().any(char::is_control);
        let allowed = format!("must be 1 to {most} characters without control characters");
        self.unless(visible && text.chars().count() <= most, pointer, allowed);
    }

    /// All faults as one error, if there are any.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.0)) }
    }

    /// The same for a webhook, whose sender asks for no advice: 400, and the places are inside this field of its body.
    pub fn finish_webhook(self, within: &str) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let placed = |fault: Fault| Fault { pointer: format!("{within}{}", fault.pointer), ..fault };
        let faults: Vec<_> = self.0.into_iter().map(placed).collect();
        Err(ApiError { status: 400, code: "malformed_body", title: UNREADABLE, ..ApiError::invalid(faults) })
    }
}

/// Why a call is not answered as asked.
#[derive(Debug)]
pub struct ApiError {
    status: u16,
    code: &'static str,
    title: &'static str,
    detail: String,
    faults: Vec<Fault>,
    /// For the log only.
    inside: Option<String>,
}

impl ApiError {
    fn new(status: u16, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, title, detail: detail.into(), faults: Vec::new(), inside: None }
    }

    /// 400: the body is not what it should be.
    pub fn malformed(fault: Fault) -> Self {
        let place = if fault.pointer.is_empty() { "the body" } else { &fault.pointer };
        let detail = format!("{place}: {}", fault.detail);
        Self { faults: vec![fault], ..Self::new(400, "malformed_body", UNREADABLE, detail) }
    }

    /// 400: something beside the body is not what it should be.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "bad_request", "The request can't be read", detail)
    }

    /// 401: no key, or a wrong one.
    pub fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "Who are you?", "give a valid key as `Authorization: Bearer …`")
    }

    /// 401: a webhook that its platform did not sign.
    pub fn wrong_signature() -> Self {
        Self::new(
            401,
            "wrong_signature",
            "The signature does not verify",
            "sign the raw body with the shop's webhook secret",
        )
    }

    /// 404. Also for what belongs to another merchant: its existence is none of the caller's business.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", "Not found", format!("there is no such {what}"))
    }

    /// 409.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(409, code, "In conflict with what is there", detail)
    }

    /// 413.
    pub fn too_large(limit: usize) -> Self {
        Self::new(413, "body_too_large", "The request body is too large", format!("at most {limit} bytes"))
    }

    /// 422: readable, but values are out of range. All of them at once.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail =
            faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect::<Vec<_>>().join("; ");
        Self { faults, ..Self::new(422, "invalid_value", "A value is out of range", detail) }
    }

    /// 422: an idempotency key came again with another body.
    pub fn key_reused() -> Self {
        Self::new(
            422,
            "idempotency_key_reused",
            "The idempotency key is used",
            "this Idempotency-Key came with another body before",
        )
    }

    /// 500. `inside` goes to the log, not to the caller.
    pub fn internal(inside: impl std::fmt::Display) -> Self {
        let error = Self::new(500, "internal", "Something went wrong here", "it was logged; please try again");
        Self { inside: Some(inside.to_string()), ..error }
    }

    /// 503: try again soon.
    pub fn busy(inside: impl std::fmt::Display) -> Self {
        let error = Self::new(503, "busy", "Busy for a moment", "please try again in a second");
        Self { inside: Some(inside.to_string()), ..error }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What the caller is told.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// As a response; what happened inside is logged here, once.
    pub(super) fn into_response(self, request_id: &str) -> Response<Body> {
        if let Some(inside) = &self.inside {
            tracing::error!(request_id, status = self.status, error = inside, "request failed");
        }
        let mut problem = json!({
            "type": format!("urn:goodword:problem:{}", self.code),
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        });
        if !self.faults.is_empty() {
            problem["errors"] = self.faults.iter().map(shown).collect();
        }
        let response = Response::builder().status(self.status).header("content-type", "application/problem+json");
        let response = match self.status {
            401 => response.header("www-authenticate", "Bearer"),
            503 => response.header("retry-after", "1"),
            _ => response,
        };
        // The parts are constants and numbers, so this can't fail; an empty 200 would be a lie, so say 500.
        response.body(Body::Text(problem.to_string())).unwrap_or_else(|_| {
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = lambda_http::http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }
}

fn shown(fault: &Fault) -> Value {
    let mut shown = json!({"pointer": fault.pointer, "detail": fault.detail});
    if let Some(value) = &fault.value {
        shown["value"] = value.clone();
    }
    shown
}

impl From<StoreError> for ApiError {
    fn from(failure: StoreError) -> Self {
        match failure {
            StoreError::Busy(_) => Self::busy(failure),
            StoreError::Condition(_)
            | StoreError::Refused(_)
            | StoreError::Unreadable(_)
            | StoreError::Unavailable(_) => Self::internal(failure),
        }
    }
}

impl From<SettleError> for ApiError {
    fn from(failure: SettleError) -> Self {
        match failure {
            SettleError::Store(failure) => failure.into(),
            SettleError::Contended | SettleError::Answered => Self::busy(failure),
            SettleError::Missing(_) => Self::internal(failure),
            SettleError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotThere(what) => Self::not_found(what),
            Refusal::NotOwed(state) => {
                let state = json!(state);
                let state = state.as_str().unwrap_or("gone");
                Self::conflict("not_owed", format!("the reward is {state}: nothing of it is owed now"))
            }
            Refusal::TooMuch(_) => Self::invalid(vec![Fault::new("/amount", detail)]),
            Refusal::NotFlagged => Self::conflict("not_flagged", detail),
            Refusal::OtherGrant => Self::key_reused(),
            Refusal::NotGranted(_) => Self::conflict("not_granted", detail),
        }
    }
}
