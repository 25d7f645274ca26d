//! An order that can't be read must not keep all others from being read; it is left out, and an alarm says so.

use serde::de::{Deserialize as _, DeserializeOwned};
use serde_json::Value;

use super::super::{Context, wire};
use crate::domain::id::ShopId;
use crate::telemetry;

/// An order of a list, if it can be read.
pub(in super::super) fn readable<T: DeserializeOwned>(order: Value, context: Context<'_>) -> Option<T> {
    let id = order["id"].clone();
    let order: Result<T, _> = serde_path_to_error::deserialize(order);
    order.inspect_err(|wrong| skipped(context.shop, &id, &wrong.path().to_string())).ok()
}

/// Notes that an order, or a part of it, could not be read. `order`: its id as the platform said it. `place`: where in its
/// JSON; what is there instead is personal data, perhaps, and is not logged.
pub(in super::super) fn skipped(shop: ShopId, order: &Value, place: &str) {
    let order = wire::Id::deserialize(order).map(|id| id.0).ok();
    tracing::warn!(%shop, ?order, place, "an order can't be read and is left out");
    telemetry::count("timers", "OrderUnreadable");
}
