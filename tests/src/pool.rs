//! A coupon pool, through the API and through the store.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::domain::id::{MerchantId, PoolId, ReferralId, RewardId};
use shared::store::{FreeCode, Store, StoreError, Writes};

use crate::{TestApp, TestMerchant, text};

/// A pool, as the API and as the store name it.
pub struct TestPool {
    pub shop: TestMerchant,
    pub path: String,
    pub id: PoolId,
    pub merchant: MerchantId,
}

impl TestPool {
    /// A new pool.
    pub async fn new(shop: &TestMerchant, low_at: u32) -> Self {
        let made = shop.call(201, Method::POST, "/v1/coupon-pools", json!({"name": "Ten off", "low_at": low_at})).await;
        assert_eq!((&made["stock"], &made["stock_is_at_least"]), (&json!(0), &json!(false)), "{made}");
        let shop_id = shop.shop.id.parse().expect("an id");
        let owner = shop.app.engine.app.store.shop(shop_id).await.expect("reads").expect("a shop");
        Self {
            shop: shop.clone(),
            path: format!("/v1/coupon-pools/{}", text(&made, "id")),
            id: text(&made, "id").parse().expect("an id"),
            merchant: owner.merchant,
        }
    }

    /// Adds codes and expects this status.
    pub async fn add(&self, status: u16, codes: &[String]) -> Value {
        self.shop.call(status, Method::POST, &format!("{}/codes", self.path), json!({"codes": codes})).await
    }

    /// Adds under an idempotency key and hands status and answer over.
    pub async fn add_once(&self, key: &str, codes: &[String]) -> (StatusCode, Value) {
        let app = &self.shop.app;
        let post = app.client.post(format!("{}{}/codes", app.engine.url, self.path)).bearer_auth(&self.shop.api_key);
        let post = post.header("idempotency-key", key).json(&json!({"codes": codes}));
        let answer = post.send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("a JSON body"))
    }

    /// The engine's storage.
    pub fn store(&self) -> &Store {
        &self.shop.app.engine.app.store
    }

    /// The engine's time.
    pub fn now(&self) -> Timestamp {
        self.shop.app.at(0)
    }

    /// Gives a code to a reward, in a transaction of its own.
    pub async fn take(&self, free: &FreeCode, reward: RewardId) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        writes.take_code(self.store(), self.merchant, free, reward, self.now()).expect("writes");
        self.store().transact(writes).await
    }

    /// Takes any code for a reward as a settlement does: one that another was faster to take is looked for again.
    pub async fn take_any(&self, reward: RewardId) -> Option<String> {
        loop {
            let seed = u64::from_be_bytes(shared::app::random());
            let free = self.store().free_code(self.id, seed).await.expect("reads")?;
            match self.take(&free, reward).await {
                Ok(()) => return Some(free.code.as_str().to_owned()),
                Err(failure) if failure.is_passing() => {}
                Err(failure) => panic!("{failure}"),
            }
        }
    }

    /// Notes that the pool is low, if it is.
    pub async fn note_low(&self) -> bool {
        self.store().note_low(self.merchant, self.id, self.now()).await.expect("notes")
    }
}

/// `{prefix}-0`, `{prefix}-1`, …
pub fn codes(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number}")).collect()
}

/// The id of a reward that is nowhere else.
pub fn any_reward(app: &TestApp) -> RewardId {
    RewardId::of(ReferralId::new(app.engine.app.ulid()), 1)
}
