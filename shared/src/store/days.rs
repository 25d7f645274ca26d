//! Which day of a merchant is to be rolled up next. Written whenever an endpoint asks for it; what is told of a day has
//! its own name, so a day that is told of twice is told of once.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::Key;
use super::writes::with_index;
use super::{Store, StoreError, Writes, error, to_item};
use crate::domain::id::MerchantId;

/// A merchant's next day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    pub merchant: MerchantId,
    /// By the merchant's clock.
    pub day: Date,
    /// When it is over, and counted.
    pub due_at: Timestamp,
}

impl Store {
    /// Which day is next; `None`: nobody asked for any.
    pub async fn day(&self, merchant: MerchantId) -> Result<Option<DayRow>, StoreError> {
        self.get(&Key::day(merchant)).await
    }

    /// Adds a merchant's next day to the writes.
    pub fn put_day(&self, writes: &mut Writes, row: &DayRow) -> Result<(), StoreError> {
        let key = Key::day(row.merchant);
        writes.put_any(self, &key, row, &due_at(&key, row.due_at)).map(drop)
    }

    /// Goes on to a day.
    pub async fn move_day(&self, row: &DayRow) -> Result<(), StoreError> {
        let key = Key::day(row.merchant);
        let item = with_index(to_item(&key, row)?, &due_at(&key, row.due_at));
        self.client.put_item().table_name(&self.core).set_item(Some(item)).send().await.map(drop).map_err(error)
    }
}
