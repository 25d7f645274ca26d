//! Signatures by Standard Webhooks 1.0: `id.timestamp.body` under HMAC-SHA256, as `v1,` and base64. Of several signatures
//! one has to be right: whoever rotates a secret signs with both.

use jiff::Timestamp;

use super::{Headers, is_signed};
use crate::http::ApiError;

/// How far the clock of the sender may be from ours, in seconds, either way: what all reference libraries take.
const TOLERANCE: i64 = 300;

/// More signatures than anybody rotates among. Each costs hashing the whole body.
const MOST: usize = 4;

/// Whether one of the secrets signed the request, and lately. `secrets`: as bytes.
pub(super) fn verify(headers: Headers<'_>, body: &[u8], secrets: &[Vec<u8>], now: Timestamp) -> Result<(), ApiError> {
    let header = |name| headers.one(name).ok_or_else(ApiError::wrong_signature);
    let (id, sent_at, signatures) = (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
    let seconds: i64 = sent_at.parse().map_err(|_| ApiError::wrong_signature())?;
    let is_fresh = seconds.abs_diff(now.as_second()) <= TOLERANCE.unsigned_abs();
    // An id with a point in it could be read as another id with another time.
    if !is_fresh || id.contains('.') {
        return Err(ApiError::wrong_signature());
    }
    let parts = [id.as_bytes(), b".", sent_at.as_bytes(), b".", body];
    let of_ours = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,")).take(MOST);
    let signed = of_ours.filter(|signature| is_signed(signature, &parts, secrets)).count() > 0;
    signed.then_some(()).ok_or_else(ApiError::wrong_signature)
}
