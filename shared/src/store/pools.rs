//! Coupon pools: a merchant's codes, of which each reward gets one, and no code goes to two. A code has an item that
//! stays for ever, so that it is known whatever becomes of it, and a marker that is there while nobody has the code.

use aws_sdk_dynamodb::types::{Select, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{FREE, FREE_END, Key, POOL, free_position, pool_partition};
use super::{Store, StoreError, Writes, error, from_item, if_held, text};
use crate::crypto::random;
use crate::domain::coupon::CouponCode;
use crate::domain::id::{MerchantId, PoolId, RewardId};

/// Up to so many codes are counted for every reward; a mark above it is looked at now and then.
const COUNTED_ALWAYS: u32 = 500;

/// A pool. How many codes are left in it is not kept, because every reward would wait for that number: it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponPool {
    pub id: PoolId,
    pub merchant: MerchantId,
    pub name: String,
    /// The pool is low when so many codes or fewer are left.
    pub low_at: u32,
    pub created_at: Timestamp,
    /// Since when it is known to be low, and the merchant is told; taken off when codes are added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_since: Option<Timestamp>,
}

/// What became of a code. Never deleted: a code that was given once can't be uploaded again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    pub pool: PoolId,
    pub code: CouponCode,
    /// Who has it; `None`: it is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardId>,
    pub added_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_at: Option<Timestamp>,
    /// The upload that added it, see [`super::Upload::id`].
    pub upload: String,
}

/// A code that was free when it was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeCode {
    pub pool: PoolId,
    pub code: CouponCode,
}

/// What a free code's marker holds beside its key: the code as it was written.
#[derive(Serialize, Deserialize)]
pub(super) struct Marker {
    pub(super) code: CouponCode,
}

impl Writes {
    /// Gives a code to a reward. The condition fails, here or at the next position, when the code is not free any more:
    /// look for another one, unless the reward has this one already.
    pub fn take_code(
        &mut self,
        store: &Store,
        merchant: MerchantId,
        free: &FreeCode,
        reward: RewardId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        // The marker is the lock. What is asked of the coupon is a second one on the same door: it costs nothing, and
        // turns a marker that should not be there into an error instead of a code that two have.
        let position = self.delete_there(store, &Key::free_code(free.pool, &free.code))?;
        let key = Key::coupon(merchant, &free.code);
        let update = Update::builder()
            .table_name(&store.core)
            .update_expression("SET #reward = :reward, given_at = :now")
            .condition_expression("#pool = :pool AND (attribute_not_exists(#reward) OR #reward = :reward)")
            .expression_attribute_names("#pool", "pool")
            .expression_attribute_names("#reward", "reward")
            .expression_attribute_values(":pool", text(free.pool.to_string()))
            .expression_attribute_values(":reward", text(reward.to_string()))
            .expression_attribute_values(":now", text(now.to_string()));
        self.update(update.key("pk", text(key.pk)).key("sk", text(key.sk)))?;
        Ok(position)
    }

    /// Notes that a pool has become low, in the transaction that tells the merchant. The condition fails when that is
    /// noted already, so that one notice goes out until codes are added.
    pub fn note_low(
        &mut self,
        store: &Store,
        merchant: MerchantId,
        pool: PoolId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let key = Key::pool(merchant, pool);
        let update = Update::builder()
            .table_name(&store.core)
            .update_expression("SET low_since = :now")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(low_since)")
            .expression_attribute_values(":now", text(now.to_string()));
        self.update(update.key("pk", text(key.pk)).key("sk", text(key.sk)))
    }
}

impl Store {
    /// Adds a new pool to the writes.
    pub fn put_pool(&self, writes: &mut Writes, pool: &CouponPool) -> Result<(), StoreError> {
        writes.put_new(self, &Key::pool(pool.merchant, pool.id), pool, &[]).map(drop)
    }

    /// The merchant's pool.
    pub async fn pool(&self, merchant: MerchantId, id: PoolId) -> Result<Option<CouponPool>, StoreError> {
        self.get(&Key::pool(merchant, id)).await
    }

    /// A merchant's pools, oldest first (at most 1,000).
    pub async fn pools(&self, merchant: MerchantId) -> Result<Vec<CouponPool>, StoreError> {
        self.query_prefix(&Key::merchant(merchant).pk, POOL, false, 1000).await
    }

    /// What became of a code of this merchant, in whatever pool; `None`: it was never uploaded.
    pub async fn coupon(&self, merchant: MerchantId, code: &CouponCode) -> Result<Option<Coupon>, StoreError> {
        self.get(&Key::coupon(merchant, code)).await
    }

    /// A free code; `None`: the pool is empty. Any number will do as `seed`, but those who look at the same time should
    /// come with different ones: then they find different codes.
    pub async fn free_code(&self, pool: PoolId, seed: u64) -> Result<Option<FreeCode>, StoreError> {
        self.free_code_beside(pool, seed, &[]).await
    }

    /// The same, of those that the caller has not found already: one transaction can't take a code twice.
    pub async fn free_code_beside(
        &self,
        pool: PoolId,
        seed: u64,
        found: &[CouponCode],
    ) -> Result<Option<FreeCode>, StoreError> {
        // Hashed, so that small numbers and ids made in the same second lead to different places too.
        let start = free_position(&seed.to_be_bytes());
        let after = self.first_free(pool, &start, FREE_END, found).await?;
        match after {
            Some(free) => Ok(Some(free)),
            None => self.first_free(pool, FREE, &start, found).await,
        }
    }

    async fn first_free(
        &self,
        pool: PoolId,
        from: &str,
        to: &str,
        found: &[CouponCode],
    ) -> Result<Option<FreeCode>, StoreError> {
        let limit = i32::try_from(found.len() + 1).unwrap_or(i32::MAX);
        let query = self.client.query().table_name(&self.core).consistent_read(true).limit(limit);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(pool_partition(pool)))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to));
        for item in query.send().await.map_err(error)?.items.unwrap_or_default() {
            let Marker { code } = from_item(item)?;
            if !found.contains(&code) {
                return Ok(Some(FreeCode { pool, code }));
            }
        }
        Ok(None)
    }

    /// How many codes are free; counts no further than `at_most`, because it reads what it counts.
    pub async fn stock(&self, pool: PoolId, at_most: u32) -> Result<u32, StoreError> {
        let (mut counted, mut start) = (0, None);
        while counted < at_most {
            let left = i32::try_from(at_most - counted).unwrap_or(i32::MAX);
            let query = self.client.query().table_name(&self.core).consistent_read(true).select(Select::Count);
            let query = query
                .limit(left)
                .set_exclusive_start_key(start)
                .key_condition_expression("pk = :pk AND begins_with(sk, :free)")
                .expression_attribute_values(":pk", text(pool_partition(pool)))
                .expression_attribute_values(":free", text(FREE));
            let page = query.send().await.map_err(error)?;
            counted += u32::try_from(page.count).unwrap_or(0);
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(counted)
    }

    /// To be called when a code was taken, or none was found. `true` if the pool has become low, to exactly one caller
    /// until codes are added: that one tells the merchant. Where a lost notice would hurt, ask [`Store::has_become_low`]
    /// instead and put [`Writes::note_low`] into the notice's transaction.
    pub async fn note_low(&self, merchant: MerchantId, pool: PoolId, now: Timestamp) -> Result<bool, StoreError> {
        if !self.has_become_low(merchant, pool).await? {
            return Ok(false);
        }
        let mut writes = Writes::default();
        writes.note_low(self, merchant, pool, now)?;
        Ok(if_held(self.transact(writes).await)?.is_some())
    }

    /// Whether the pool is low, and nobody has noted it yet.
    pub async fn has_become_low(&self, merchant: MerchantId, pool: PoolId) -> Result<bool, StoreError> {
        let Some(pool) = self.pool(merchant, pool).await? else { return Ok(false) };
        let near = pool.low_at.min(COUNTED_ALWAYS);
        let mut low = self.stock(pool.id, near + 1).await? <= near;
        // Counting thousands for every reward would cost more than all the rest, so many rewards share one count.
        let share = u64::from(pool.low_at / COUNTED_ALWAYS).max(1);
        if !low && pool.low_at > near {
            if u64::from_be_bytes(random()) % share != 0 {
                return Ok(false);
            }
            low = self.stock(pool.id, pool.low_at + 1).await? <= pool.low_at;
        }
        if !low && let Some(since) = pool.low_since {
            // Noted while the codes were being added.
            self.lift_low(merchant, pool.id, Some(since)).await?;
        }
        Ok(low && pool.low_since.is_none())
    }

    /// Lets the next shortage be noted again. `since`: only if the pool is noted as low since then.
    pub(super) async fn lift_low(
        &self,
        merchant: MerchantId,
        pool: PoolId,
        since: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let update = self.update(&Key::pool(merchant, pool)).update_expression("REMOVE low_since");
        let update = match since {
            None => update.condition_expression("attribute_exists(pk)"),
            Some(since) => update
                .condition_expression("low_since = :since")
                .expression_attribute_values(":since", text(since.to_string())),
        };
        if_held(update.send().await.map_err(error)).map(drop)
    }
}
