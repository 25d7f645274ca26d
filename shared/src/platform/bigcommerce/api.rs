//! Reading orders.

use super::super::Context;
use super::super::api::{ApiFailure, Caller, OrdersPage, Wanted};
use crate::domain::order::{OrderEvent, PlatformId};

pub(in super::super) async fn order(
    _caller: &Caller,
    _id: &PlatformId,
    _context: Context<'_>,
) -> Result<Option<OrderEvent>, ApiFailure> {
    Err(ApiFailure::NoAccess)
}

pub(in super::super) async fn orders(
    _caller: &Caller,
    _wanted: Wanted,
    _cursor: Option<&str>,
    _context: Context<'_>,
) -> Result<OrdersPage, ApiFailure> {
    Err(ApiFailure::NoAccess)
}
