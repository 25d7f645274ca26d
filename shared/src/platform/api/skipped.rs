//! An order that can't be read must not keep all others from being read; it is left out, and an alarm says so.

use serde::Deserialize as _;
use serde_json::Value;

use super::super::wire;
use crate::domain::id::ShopId;
use crate::telemetry;

/// Notes that an order, or a part of it, could not be read. `order`: its id as the platform said it. `place`: where in its
/// JSON; what is there instead is personal data, perhaps, and is not logged.
pub(in super::super) fn skipped(shop: ShopId, order: &Value, place: &str) {
    let order = wire::Id::deserialize(order).map(|id| id.0).ok();
    tracing::warn!(%shop, ?order, place, "an order can't be read and is left out");
    telemetry::count("timers", "OrderUnreadable");
}
