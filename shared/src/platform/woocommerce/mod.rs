//! woocommerce

#[cfg(feature = "outbound")]
pub(super) mod api;
#[cfg(feature = "outbound")]
pub(super) mod codes;

use super::{Context, Headers, Received, Said};
use crate::http::ApiError;
use crate::store::Shop;

pub(super) fn receive(
    _shop: &Shop,
    _headers: Headers<'_>,
    _body: &[u8],
    _secrets: &[String],
) -> Result<Received, ApiError> {
    Err(ApiError::wrong_signature())
}

pub(super) fn parse(_topic: &str, _body: &[u8], _context: Context<'_>) -> Result<Said, ApiError> {
    Ok(Said::Nothing)
}
