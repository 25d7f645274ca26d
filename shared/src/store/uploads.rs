//! Uploads of coupon codes: many transactions of some codes each, so an upload may stop halfway. Repeating it goes on
//! where it stopped, because each code knows the upload that added it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::key::Key;
use super::pools::{Coupon, Marker};
use super::{Item, Store, StoreError, Writes, from_item};
use crate::clock::has_time_left;
use crate::crypto::random;
use crate::domain::coupon::CouponCode;
use crate::domain::id::{MerchantId, PoolId};

/// Codes per transaction: two actions each, of at most 100.
const PER_TRANSACTION: usize = 50;
/// Transactions on their way at a time.
const AT_A_TIME: usize = 8;
/// How often a transaction is tried while storage is busy, waiting up to 50 ms, 100 ms, … 2 s in between.
const TRIES: u32 = 10;
/// What is not written then is left to the next try: lifting the mark, counting and answering take time as well.
const RESERVE: Duration = Duration::from_secs(4);

/// An upload of codes to a pool.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The same for a repeat of the same request, else different: what a first try added is then not a duplicate.
    pub id: String,
    pub merchant: MerchantId,
    pub pool: PoolId,
    pub at: Timestamp,
    /// When the function is stopped, in milliseconds since 1970; 0: never.
    pub deadline_ms: u64,
}

/// What an upload came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// How many codes this upload added, with earlier tries of it.
    pub added: usize,
    /// The others, in the order of the upload.
    pub duplicates: Vec<Duplicate>,
}

/// A code that was known, or came before in the same upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// Where it is in the upload.
    pub position: usize,
    /// Whether it is in the same pool; else it is in another one of the merchant's.
    pub same_pool: bool,
}

impl Store {
    /// Adds codes to a pool that is there. [`StoreError::Busy`]: not all of them could be written in time; a repeat
    /// goes on.
    pub async fn add_codes(&self, upload: &Upload, codes: &[CouponCode]) -> Result<Added, StoreError> {
        let mut first = HashMap::new();
        let mut distinct = Vec::new();
        let mut repeated = Vec::new();
        for (position, code) in codes.iter().enumerate() {
            let known = *first.entry(code).or_insert(position);
            if known == position {
                distinct.push((position, code));
            } else {
                repeated.push((position, known));
            }
        }
        let parts: Vec<_> =
            distinct.chunks(PER_TRANSACTION).map(|codes| Box::pin(self.add_some(upload, codes.to_vec()))).collect();
        // In this task and not in ones of their own: what a function does is known by the task that it runs in.
        let known: Vec<_> = stream::iter(parts).buffer_unordered(AT_A_TIME).try_collect().await?;
        let known: BTreeMap<usize, bool> = known.into_iter().flatten().collect();
        // Even if nothing was added: an earlier try may have died just before this.
        self.lift_low(upload.merchant, upload.pool, None).await?;

        let of_repeated = repeated.iter().map(|(position, first)| (*position, *known.get(first).unwrap_or(&true)));
        let duplicates = known.iter().map(|(position, same_pool)| (*position, *same_pool)).chain(of_repeated);
        let mut duplicates: Vec<_> =
            duplicates.map(|(position, same_pool)| Duplicate { position, same_pool }).collect();
        duplicates.sort_unstable();
        Ok(Added { added: codes.len() - duplicates.len(), duplicates })
    }

    /// Adds those codes that are new. Answers the positions of the others, and whether they are in this pool.
    async fn add_some(
        &self,
        upload: &Upload,
        mut codes: Vec<(usize, &CouponCode)>,
    ) -> Result<Vec<(usize, bool)>, StoreError> {
        let mut duplicates = Vec::new();
        let mut tries = 0;
        while !codes.is_empty() {
            if !has_time_left(upload.deadline_ms, RESERVE) {
                return Err(StoreError::Busy("the upload took too long".into()));
            }
            match self.transact_showing(self.new_codes(upload, &codes)?).await {
                Ok(()) => break,
                Err((StoreError::Condition(failed), shown)) => {
                    let before = codes.len();
                    let known = drop_known(upload, &mut codes, &failed, &shown)?;
                    if codes.len() == before {
                        return Err(StoreError::Condition(failed));
                    }
                    duplicates.extend(known);
                }
                Err((StoreError::Busy(_), _)) if tries + 1 < TRIES => {
                    tries += 1;
                    let longest = (50_u64 << tries.min(6)).min(2000);
                    tokio::time::sleep(Duration::from_millis(u64::from_be_bytes(random()) % longest)).await;
                }
                Err((failure, _)) => return Err(failure),
            }
        }
        Ok(duplicates)
    }

    /// Per code its item, then its marker.
    fn new_codes(&self, upload: &Upload, codes: &[(usize, &CouponCode)]) -> Result<Writes, StoreError> {
        let mut writes = Writes::default();
        for (_, code) in codes {
            let coupon = Coupon {
                pool: upload.pool,
                code: (*code).clone(),
                reward: None,
                added_at: upload.at,
                given_at: None,
                upload: upload.id.clone(),
            };
            writes.put_new_showing(self, &Key::coupon(upload.merchant, code), &coupon)?;
            writes.put_new(self, &Key::free_code(upload.pool, code), &Marker { code: (*code).clone() }, &[])?;
        }
        Ok(writes)
    }
}

/// Drops the codes whose conditions failed, and answers which of them somebody else added. Those that this upload added
/// itself, in a try whose answer was lost, are not duplicates.
fn drop_known(
    upload: &Upload,
    codes: &mut Vec<(usize, &CouponCode)>,
    failed: &[usize],
    shown: &BTreeMap<usize, Item>,
) -> Result<Vec<(usize, bool)>, StoreError> {
    let mut duplicates = Vec::new();
    let mut left = Vec::new();
    for (index, (position, code)) in codes.drain(..).enumerate() {
        if !failed.iter().any(|action| action / 2 == index) {
            left.push((position, code));
            continue;
        }
        let there: Option<Coupon> = shown.get(&(2 * index)).cloned().map(from_item).transpose()?;
        let same_pool = there.as_ref().is_none_or(|there| there.pool == upload.pool);
        if !there.is_some_and(|there| same_pool && there.upload == upload.id) {
            duplicates.push((position, same_pool));
        }
    }
    *codes = left;
    Ok(duplicates)
}
