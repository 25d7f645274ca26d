//! Codes at the checkout.

use super::super::api::{ApiFailure, Caller, CodeFate, Offer};
use crate::domain::coupon::CouponCode;

pub(in super::super) async fn put_offer(
    _caller: &Caller,
    _name: &str,
    _offer: &Offer,
    _known: Option<&str>,
) -> Result<String, ApiFailure> {
    Err(ApiFailure::NoAccess)
}

pub(in super::super) async fn add(
    _caller: &Caller,
    _discount: &str,
    _codes: &[CouponCode],
) -> Result<Vec<CodeFate>, ApiFailure> {
    Err(ApiFailure::NoAccess)
}

pub(in super::super) async fn make(
    _caller: &Caller,
    _offer: &Offer,
    _code: &CouponCode,
) -> Result<CodeFate, ApiFailure> {
    Err(ApiFailure::NoAccess)
}

pub(in super::super) async fn remove(
    _caller: &Caller,
    _discount: Option<&str>,
    _code: &CouponCode,
) -> Result<(), ApiFailure> {
    Err(ApiFailure::NoAccess)
}
