//! Work that has a time: a sparse, sharded index of what is due. The stream is only the fast path; this is the one that
//! nothing falls out of.

use jiff::Timestamp;

use super::key::{DUE, Key, due_partition};
use super::{Store, StoreError, error, if_held, text};
use crate::domain::id::OutboxId;

/// The key of something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueItem {
    pub pk: String,
}

impl DueItem {
    /// A message of the outbox.
    pub fn outbox(id: OutboxId) -> Self {
        Self { pk: Key::outbox(id).pk }
    }
}

/// The index attributes that make an item due.
pub(super) fn due_at(key: &Key, at: Timestamp) -> [(&'static str, String); 2] {
    [("dpk", due_partition(key.shard())), ("dsk", format!("{at:.3}"))]
}

impl Store {
    /// Puts off what could not be done, so that what comes after it is not held up.
    pub async fn postpone(&self, item: &DueItem, until: Timestamp) -> Result<(), StoreError> {
        let update = self
            .update(&Key::single(item.pk.clone()))
            .update_expression("SET dsk = :until")
            .condition_expression("attribute_exists(dpk)");
        let update = update.expression_attribute_values(":until", text(format!("{until:.3}")));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// What is due in one shard, longest overdue first, at most `limit`.
    pub async fn due(&self, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<DueItem>, StoreError> {
        let query = self.client.query().table_name(&self.core).index_name(DUE).limit(limit);
        let query = query.key_condition_expression("dpk = :dpk AND dsk <= :now");
        let query = query.expression_attribute_values(":dpk", text(due_partition(shard)));
        let answer =
            query.expression_attribute_values(":now", text(format!("{now:.3}"))).send().await.map_err(error)?;
        let keys = answer.items.unwrap_or_default().into_iter();
        Ok(keys.filter_map(|item| item.get("pk")?.as_s().ok().cloned()).map(|pk| DueItem { pk }).collect())
    }
}
