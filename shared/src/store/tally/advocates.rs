//! What orders by one advocate's link come to in a month. The item is read and put back with its version, because its place
//! among the top advocates follows from what it then says; such an item sees few writes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::key::{BY_MERCHANT, Key, top_partition};
use super::super::{Store, StoreError, error, from_item, text};
use super::Shard;
use super::counters::hour;
use crate::crypto::hex;
use crate::domain::id::{AdvocateId, ProgramId};
use crate::domain::tally::{Count, Counter, Fence, Sum};

/// How often a lost race is run again; others of the same advocate's month are few.
const TRIES: u32 = 8;

/// One advocate's month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvocateMonth {
    pub advocate: AdvocateId,
    pub program: ProgramId,
    pub month: String,
    /// By the letters of [`Count`].
    pub counts: BTreeMap<char, i64>,
    /// By shard, as hexadecimal digits of the bytes that days have.
    fences: BTreeMap<String, String>,
    version: u64,
}

impl AdvocateMonth {
    /// How much of this.
    pub fn of(&self, count: Count) -> i64 {
        self.counts.get(&count.letter()).copied().unwrap_or(0)
    }

    /// The place among a program's advocates of a month: by credited orders, then by what they came to.
    fn rank(&self) -> String {
        let at_least_zero = |count| u64::try_from(self.of(count)).unwrap_or(0);
        format!("{:010}#{:020}#{}", at_least_zero(Count::Credited), at_least_zero(Count::Net), self.advocate)
    }

    fn fence(&self, shard: &Shard) -> Option<Fence> {
        fence_of(self.fences.get(shard.as_str())?)
    }
}

fn fence_of(digits: &str) -> Option<Fence> {
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    Fence::from_bytes(&bytes?)
}

impl Store {
    /// Adds what a shard's batch says of an advocate's month; what is in already is left out.
    pub async fn count_advocate(
        &self,
        shard: &Shard,
        counter: &Counter,
        sum: &Sum,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Counter::Advocate { program, month, advocate } = counter else { return Ok(()) };
        let key = Key::advocate_month(*program, month, *advocate);
        for _ in 0..TRIES {
            let stored: Option<AdvocateMonth> = self.get(&key).await?;
            let expected = stored.as_ref().map(|row| row.version);
            let mut row = stored.unwrap_or_else(|| AdvocateMonth {
                advocate: *advocate,
                program: *program,
                month: month.clone(),
                counts: BTreeMap::new(),
                fences: BTreeMap::new(),
                version: 0,
            });
            let fence = row.fence(shard).map(|fence| fence.up_to);
            let Some((_, last)) = sum.range(fence) else { return Ok(()) };
            for ((_, count), amount) in sum.counts(fence) {
                *row.counts.entry(count.letter()).or_default() += amount;
            }
            row.counts.retain(|_, amount| *amount != 0);
            row.fences.retain(|_, fence| fence_of(fence).is_some_and(|fence| !fence.is_stale(hour(now))));
            let fence = Fence { up_to: last, hour: hour(now) };
            row.fences.insert(shard.as_str().to_owned(), hex(&fence.to_bytes()));
            row.version += 1;
            let index = [("mpk", top_partition(*program, month, key.top_shard())), ("msk", row.rank())];
            match self.put_version(&key, &row, &index, expected).await {
                Err(failure) if failure.is_condition() => {}
                written => return written,
            }
        }
        Err(StoreError::Busy(format!("{counter} changed under {TRIES} tries")))
    }

    /// The advocates of a program with most orders in a month, best first, at most `limit`; it may be some milliseconds
    /// old. Each shard is asked for its best, so the cost does not grow with the number of advocates.
    pub async fn top_advocates(
        &self,
        program: ProgramId,
        month: &str,
        limit: usize,
    ) -> Result<Vec<AdvocateMonth>, StoreError> {
        let mut rows: Vec<AdvocateMonth> = Vec::new();
        let most = i32::try_from(limit).unwrap_or(i32::MAX);
        let shards = (0..super::super::key::TOP_SHARDS).map(|shard| {
            let query = self.client.query().table_name(&self.core).index_name(BY_MERCHANT).scan_index_forward(false);
            let query = query.limit(most).key_condition_expression("mpk = :mpk");
            query.expression_attribute_values(":mpk", text(top_partition(program, month, shard))).send()
        });
        for answer in futures_util::future::join_all(shards).await {
            let items = answer.map_err(error)?.items.unwrap_or_default();
            rows.extend(items.into_iter().map(from_item).collect::<Result<Vec<_>, _>>()?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.rank()));
        rows.truncate(limit);
        Ok(rows)
    }
}
