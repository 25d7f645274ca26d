//! Idempotency keys. A key is bound to the request it first came with; the answer is saved in the transaction that
//! makes the effect (or right after an effect that is harmless to repeat), sealed, because it may hold a new API key.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::{Store, StoreError, Writes, if_held, number};
use crate::crypto::{Sealed, sha256_hex};

/// How long an answer is kept: a day, as clients expect, and a margin.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// A key that a request came with.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who asks, and for what: the merchant and the route.
    pub scope: String,
    /// SHA-256 of the key and the path, so that any text will do as a key.
    pub key_sha256: String,
    /// SHA-256 of the request body.
    pub body_sha256: String,
}

impl Claim {
    /// What the answer is sealed under.
    pub fn context(&self) -> String {
        format!("answer {} {}", self.scope, self.key_sha256)
    }

    /// An id for what a request makes, of merchant, route and key: a repeat makes the same. 32 hexadecimal digits.
    pub fn natural_id(&self) -> String {
        sha256_hex(&[self.scope.as_bytes(), b"#", self.key_sha256.as_bytes()])[..32].to_owned()
    }
}

/// What a request with this key was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedAnswer {
    pub body_sha256: String,
    pub status: u16,
    pub body: Sealed,
    pub saved_at: Timestamp,
    pub ttl: i64,
}

impl SavedAnswer {
    /// An answer to be saved now.
    pub fn new(claim: &Claim, status: u16, body: Sealed, now: Timestamp) -> Self {
        let ttl = now.checked_add(KEPT).unwrap_or(Timestamp::MAX).as_second();
        Self { body_sha256: claim.body_sha256.clone(), status, body, saved_at: now, ttl }
    }
}

impl Store {
    /// The answer that a key has; an expired one is none, whether or not it was deleted yet.
    pub async fn saved_answer(&self, claim: &Claim, now: Timestamp) -> Result<Option<SavedAnswer>, StoreError> {
        let found: Option<SavedAnswer> = self.get(&Key::idempotency(&claim.scope, &claim.key_sha256)).await?;
        Ok(found.filter(|answer| answer.ttl > now.as_second()))
    }

    /// Adds the answer to the writes that make its effect. Fails the whole when the key has an answer already.
    pub fn put_answer(&self, writes: &mut Writes, claim: &Claim, answer: &SavedAnswer) -> Result<(), StoreError> {
        writes.put_unless_live(self, &Key::idempotency(&claim.scope, &claim.key_sha256), answer, answer.saved_at)
    }

    /// Saves the answer to a request whose effect is harmless to repeat. The first answer stands; returns whether it is
    /// this one.
    pub async fn save_answer(&self, claim: &Claim, answer: &SavedAnswer) -> Result<bool, StoreError> {
        let mut writes = Writes::default();
        self.put_answer(&mut writes, claim, answer)?;
        Ok(if_held(self.transact(writes).await)?.is_some())
    }
}

impl Writes {
    /// Puts an item unless one is there that has not expired.
    fn put_unless_live(
        &mut self,
        store: &Store,
        key: &Key,
        row: &SavedAnswer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let item = super::to_item(key, row)?;
        let put = aws_sdk_dynamodb::types::Put::builder()
            .table_name(&store.core)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR #ttl <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", number(now.as_second()));
        self.put(put).map(drop)
    }
}
