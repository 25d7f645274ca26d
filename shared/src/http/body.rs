//! Reading JSON bodies: a fault names the place (a JSON pointer), what is wrong, and what is allowed.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};

use super::{ApiError, Fault};

/// The largest body of a call to our own API.
pub const MAX_API_BODY: usize = 64 * 1024;
/// The largest list of coupon codes: 10,000 of 64 characters, and room for how they are laid out.
pub const MAX_UPLOAD_BODY: usize = 1024 * 1024;
/// The largest webhook: an order of hundreds of lines is some hundred kilobytes.
pub const MAX_WEBHOOK_BODY: usize = 1024 * 1024;

/// Reads the body of a call to our own API. What is not JSON, or not of the right shape, is a 400; a value out of range
/// is a 422.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    read(body).map_err(
        |(fault, is_shape)| {
            if is_shape { ApiError::malformed(fault) } else { ApiError::invalid(vec![fault]) }
        },
    )
}

/// Reads a platform's webhook: whatever is wrong with it is a 400, the platform did not ask us for advice.
pub fn parse_webhook<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    read(body).map_err(|(fault, _)| ApiError::malformed(fault))
}

/// For a field where `null` says the same as leaving it out.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The fault, and whether it is one of shape rather than of a value.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, (Fault, bool)> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|e| {
        let pointer = pointer(e.path());
        let inner = e.into_inner();
        let is_shape = !inner.is_data() || is_shape(&inner.to_string());
        (Fault::new(pointer, without_position(&inner)), is_shape)
    })?;
    json.end().map_err(|e| (Fault::new("", without_position(&e)), true))?;
    Ok(parsed)
}

/// Serde's own complaints about shape; everything else was said by a constructor about a value.
fn is_shape(message: &str) -> bool {
    ["missing field", "unknown field", "duplicate field", "invalid type", "invalid length"]
        .iter()
        .any(|start| message.starts_with(start))
}

/// The message without "at line 1 column 2", which the pointer says better; for text that is no JSON it stays.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if !error.is_data() {
        return message;
    }
    message.rsplit_once(" at line ").map_or(message.clone(), |(text, _)| text.to_owned())
}

/// A field's name as a JSON pointer writes it.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer(path: &Path) -> String {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", escape(key))),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    segments.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only parsed")]
        prices: Vec<Money>,
    }

    fn fails(body: &str) -> (u16, String) {
        let error = parse::<Sample>(body.as_bytes()).expect_err(body);
        (error.status(), format!("{error:?}"))
    }

    #[test]
    fn a_fault_names_its_place_and_what_is_allowed() {
        let cases = [
            ("{", 400, "EOF"),
            ("{\"prices\": [1]}", 400, "/prices/0"),
            ("{}", 400, "missing field `prices`"),
            ("{\"prices\": [], \"colour\": 1}", 400, "unknown field `colour`"),
            ("{\"prices\": []} x", 400, "trailing"),
            ("{\"prices\": [{\"amount\": \"1\", \"currency\": \"SEK\"}]}", 422, "exactly 2 decimals in SEK"),
            ("{\"prices\": [{\"amount\": \"1\", \"currency\": \"XXX\"}]}", 422, "/prices/0/currency"),
        ];
        for (body, status, named) in cases {
            let (got, text) = fails(body);
            assert_eq!(got, status, "{body}: {text}");
            assert!(text.contains(named), "{body}: {text}");
        }
    }
}
