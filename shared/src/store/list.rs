//! A merchant's lists, newest first, through the sparse index `by_merchant`. Partitions are by month and shard, so
//! that listing costs the same at any history and writing meets no hot partition; reading merges the shards.

use futures_util::future::try_join_all;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::de::DeserializeOwned;

use super::key::{BY_MERCHANT, Key, LIST_SHARDS, Listed, list_position, month};
use super::{Item, Store, StoreError, error, from_item, text};
use crate::domain::id::MerchantId;

/// Rows that are read at a time where few are wanted.
const STEP: usize = 100;
/// Rows that are read for one page at most.
const MOST: usize = 2000;

/// A page of a list: rows, newest first, and where the next page starts.
#[derive(Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
}

/// The index attributes that put an item into a merchant's list.
pub(super) fn listed(what: Listed, merchant: MerchantId, at: Timestamp, key: &Key) -> [(&'static str, String); 2] {
    [("mpk", what.partition(merchant, &month(at), key.list_shard())), ("msk", list_position(at, key))]
}

/// When the merchant began: nothing in its lists is older.
pub(super) fn started(merchant: MerchantId) -> Option<Timestamp> {
    i64::try_from(merchant.ulid().timestamp_ms()).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

/// The time at the start of a position.
fn position_time(position: &str) -> Option<Timestamp> {
    position.split('#').next()?.parse().ok()
}

impl Store {
    /// One page of a list. `after`: the last position seen (its first part is a time). Walks the months from there back
    /// to the merchant's first.
    pub async fn list<T: DeserializeOwned>(
        &self,
        what: Listed,
        merchant: MerchantId,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page<T>, StoreError> {
        self.list_of(what, merchant, (after, limit), now, |_: &T| true).await
    }

    /// The same, only of rows that are wanted. A page is full as long as there are such rows, or more than some thousand
    /// others would have to be read for it.
    pub async fn list_of<T: DeserializeOwned>(
        &self,
        what: Listed,
        merchant: MerchantId,
        (after, limit): (Option<&str>, usize),
        now: Timestamp,
        keep: impl Fn(&T) -> bool,
    ) -> Result<Page<T>, StoreError> {
        let since = started(merchant).unwrap_or(now);
        self.list_since(what, merchant, (after, limit), (since, now), keep).await
    }

    /// The same, of a list that has nothing older than the first of two times.
    pub(super) async fn list_since<T: DeserializeOwned>(
        &self,
        what: Listed,
        merchant: MerchantId,
        (after, limit): (Option<&str>, usize),
        (since, now): (Timestamp, Timestamp),
        keep: impl Fn(&T) -> bool,
    ) -> Result<Page<T>, StoreError> {
        let mut rows = Vec::new();
        let mut last = after.map(str::to_owned);
        let (mut read, mut step) = (0, limit);
        loop {
            let (items, more) = self.list_items(what, merchant, (last.as_deref(), step), (since, now)).await?;
            read += items.len();
            for (position, item) in items {
                let row = from_item(item)?;
                let is_wanted = keep(&row);
                if is_wanted && rows.len() == limit {
                    return Ok(Page { rows, next: last });
                }
                if is_wanted {
                    rows.push(row);
                }
                last = Some(position);
            }
            if !more {
                return Ok(Page { rows, next: None });
            }
            if rows.len() == limit || read >= MOST {
                return Ok(Page { rows, next: last });
            }
            step = (step * 2).clamp(limit, STEP.max(limit));
        }
    }

    /// The next items of a list, newest first, with their positions, and whether there are more.
    async fn list_items(
        &self,
        what: Listed,
        merchant: MerchantId,
        (after, limit): (Option<&str>, usize),
        (since, now): (Timestamp, Timestamp),
    ) -> Result<(Vec<(String, Item)>, bool), StoreError> {
        let first_month = month(since);
        let from = match after.map(position_time) {
            None => now,
            // Nothing of this list comes after what is no position of it.
            Some(None) => return Ok((Vec::new(), false)),
            Some(Some(at)) => at.min(now),
        };
        let mut day = from.to_zoned(TimeZone::UTC).date().first_of_month();
        let mut found: Vec<(String, Item)> = Vec::new();
        loop {
            let current = day.strftime("%Y-%m").to_string();
            // Boxed: eight of the SDK's large futures side by side are more than a caller's future should hold.
            let mut shards = Vec::new();
            for shard in 0..LIST_SHARDS {
                let partition = what.partition(merchant, &current, shard);
                shards.push(Box::pin(self.list_shard(partition, after, limit + 1)));
            }
            let mut in_month: Vec<_> = try_join_all(shards).await?.into_iter().flatten().collect();
            in_month.sort_by(|(one, _), (other, _)| other.cmp(one));
            found.extend(in_month);
            if found.len() > limit || current <= first_month {
                break;
            }
            day = day.saturating_sub(1.month());
        }
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    async fn list_shard(
        &self,
        partition: String,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Item)>, StoreError> {
        let query = self.client.query().table_name(&self.core).index_name(BY_MERCHANT).scan_index_forward(false);
        let query =
            query.limit(i32::try_from(limit).unwrap_or(i32::MAX)).expression_attribute_values(":mpk", text(partition));
        let query = match after {
            None => query.key_condition_expression("mpk = :mpk"),
            Some(after) => query
                .key_condition_expression("mpk = :mpk AND msk < :after")
                .expression_attribute_values(":after", text(after)),
        };
        let items = query.send().await.map_err(error)?.items.unwrap_or_default();
        let position = |item: &Item| item.get("msk").and_then(|msk| msk.as_s().ok()).cloned().unwrap_or_default();
        Ok(items.into_iter().map(|item| (position(&item), item)).collect())
    }
}
