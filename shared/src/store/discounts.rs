//! The discount that a program's codes share on the shop's platform, and the codes that wait to be added to it. One
//! worker at a time changes it: a lease in the item says who, and its version fences what that one may write.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key::{Key, WAITING, discount_partition};
use super::{Link, Store, StoreError, Writes, error, if_held, text, to_item};
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::id::{ProgramId, RewardId, ShopId};

/// How long one worker has a discount to itself. Longer than a turn at it takes.
pub const DISCOUNT_LEASE: SignedDuration = SignedDuration::from_mins(2);

/// A program's discount on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountRow {
    pub shop: ShopId,
    pub program: ProgramId,
    /// The platform's id of it; empty where each code stands alone; `None`: not made yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<String>,
    /// A digest of the offer that it has; `None`: of none, or of one that an older release made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Codes that were made in an earlier generation are gone from the platform, or have old terms.
    #[serde(default)]
    pub generation: u32,
    /// Until when a worker has it to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leased_until: Option<Timestamp>,
    /// Counts the changes; the fence.
    pub version: u64,
}

impl DiscountRow {
    fn new(shop: ShopId, program: ProgramId) -> Self {
        Self { shop, program, discount: None, offer: None, generation: 0, leased_until: None, version: 0 }
    }
}

/// A code that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WaitingCode {
    pub code: Code,
}

/// Whose a code is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct RewardCodeRow {
    reward: RewardId,
}

impl Writes {
    /// Has a link's code wait for its discount. It may wait already.
    pub fn await_discount(&mut self, store: &Store, link: &Link) -> Result<(), StoreError> {
        let waiting = WaitingCode { code: link.code.clone() };
        self.put_any(store, &Key::waiting_code(link.shop, link.program, &link.code), &waiting, &[]).map(drop)
    }
}

impl Store {
    /// The program's discount on the shop's platform.
    pub async fn discount(&self, shop: ShopId, program: ProgramId) -> Result<Option<DiscountRow>, StoreError> {
        self.get(&Key::discount(shop, program)).await
    }

    /// Takes the discount for one worker. `None`: another one has it.
    pub async fn lease_discount(
        &self,
        shop: ShopId,
        program: ProgramId,
        now: Timestamp,
    ) -> Result<Option<DiscountRow>, StoreError> {
        let known = self.discount(shop, program).await?.unwrap_or_else(|| DiscountRow::new(shop, program));
        if known.leased_until.is_some_and(|until| now < until) {
            return Ok(None);
        }
        let leased_until = now.checked_add(DISCOUNT_LEASE).ok();
        let mut taken = DiscountRow { leased_until, ..known };
        Ok(self.keep_discount(&mut taken).await?.then_some(taken))
    }

    /// Writes a discount whose stored version is that of the row, and counts it up. `false`: the lease was lost.
    pub async fn keep_discount(&self, row: &mut DiscountRow) -> Result<bool, StoreError> {
        let previous = (row.version > 0).then_some(row.version);
        row.version += 1;
        let written = self.put_version(&Key::discount(row.shop, row.program), row, &[], previous).await;
        Ok(if_held(written)?.is_some())
    }

    /// Codes that wait for the discount, at most `limit`.
    pub async fn waiting_codes(&self, shop: ShopId, program: ProgramId, limit: i32) -> Result<Vec<Code>, StoreError> {
        let waiting: Vec<WaitingCode> =
            self.query_prefix(&discount_partition(shop, program), WAITING, false, limit).await?;
        Ok(waiting.into_iter().map(|waiting| waiting.code).collect())
    }

    /// Notes whose a code at the shop's checkout is. Twice is once: the code is made of the reward.
    pub async fn put_reward_code(&self, shop: ShopId, code: &CouponCode, reward: RewardId) -> Result<(), StoreError> {
        let item = to_item(&Key::reward_code(shop, code), &RewardCodeRow { reward })?;
        let put = self.client.put_item().table_name(&self.core).set_item(Some(item));
        put.send().await.map(drop).map_err(error)
    }

    /// Whose the code is.
    pub async fn reward_of_code(&self, shop: ShopId, code: &CouponCode) -> Result<Option<RewardId>, StoreError> {
        let row: Option<RewardCodeRow> = self.get(&Key::reward_code(shop, code)).await?;
        Ok(row.map(|row| row.reward))
    }

    /// The code waits no more.
    pub async fn forget_waiting(&self, link: &Link) -> Result<(), StoreError> {
        let key = Key::waiting_code(link.shop, link.program, &link.code);
        let delete = self.client.delete_item().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        delete.send().await.map(drop).map_err(error)
    }
}
