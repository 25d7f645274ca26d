//! Lists: `{ "data": […], "next": "cursor" }`. A cursor is opaque; it only means something within the caller's own list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{ApiError, Call, Fault};

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows per page, 1 to 100.
    pub limit: usize,
    /// The position after which the page starts.
    pub after: Option<String>,
}

impl PageRequest {
    /// From `?limit=` and `?cursor=`.
    pub fn of(call: &Call) -> Result<Self, ApiError> {
        let limit = match call.query("limit") {
            None => 50,
            Some(text) => {
                let limit = text.parse().ok().filter(|limit| (1..=100).contains(limit));
                limit.ok_or_else(|| ApiError::invalid(vec![Fault::new("limit", "must be 1 to 100")]))?
            }
        };
        let after = call.query("cursor").map(|cursor| {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
            let position =
                bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|position| !position.is_empty());
            position.ok_or_else(|| ApiError::invalid(vec![Fault::new("cursor", "must be a `next` of this list")]))
        });
        Ok(Self { limit, after: after.transpose()? })
    }

    /// After which position, and how many rows.
    pub fn place(&self) -> (Option<&str>, usize) {
        (self.after.as_deref(), self.limit)
    }
}

/// A position as an opaque cursor.
pub fn cursor(position: &str) -> String {
    URL_SAFE_NO_PAD.encode(position)
}

/// The position behind a cursor.
pub fn uncursor(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

/// A list's body.
pub fn page_body(data: impl IntoIterator<Item = Value>, next: Option<&str>) -> Value {
    json!({"data": data.into_iter().collect::<Vec<_>>(), "next": next.map(cursor)})
}
