//! Codes at the checkout.

use super::super::api::{ApiFailure, Caller, CodeFate, Offer};
use crate::domain::coupon::CouponCode;

pub(in super::super) async fn add(
    _caller: &Caller,
    _offer: &Offer,
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

pub(in super::super) async fn remove(_caller: &Caller, _code: &CouponCode) -> Result<(), ApiFailure> {
    Err(ApiFailure::NoAccess)
}
