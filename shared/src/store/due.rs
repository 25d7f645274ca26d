//! Work that has a time: a sparse, sharded index of what is due. The stream is only the fast path; this is the one that
//! nothing falls out of.

use jiff::Timestamp;

use super::key::{DUE, Key, due_partition};
use super::{Item, Store, StoreError, error, if_held, text};

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueItem {
    pub pk: String,
    /// Where it stood in the index: whoever moves it meanwhile has a new reason to look.
    pub at: String,
}

/// The index attributes that make an item due.
pub(super) fn due_at(key: &Key, at: Timestamp) -> [(&'static str, String); 2] {
    [("dpk", due_partition(key.shard())), ("dsk", format!("{at:.3}"))]
}

impl Store {
    /// Puts off what could not be done, by its partition key, so that what comes after it is not held up.
    pub async fn postpone(&self, pk: &str, until: Timestamp) -> Result<(), StoreError> {
        let update = self
            .update(&Key::single(pk.to_owned()))
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
        let part = |item: &Item, name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        Ok(keys.filter_map(|item| Some(DueItem { pk: part(&item, "pk")?, at: part(&item, "dsk")? })).collect())
    }
}
