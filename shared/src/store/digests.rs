//! When a merchant's digest is due: one item per merchant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::Key;
use super::{Store, StoreError, Writes, if_held};
use crate::domain::id::MerchantId;

/// How often it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    Day,
    /// On Mondays.
    Week,
    Never,
}

/// A merchant's digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestRow {
    pub merchant: MerchantId,
    pub every: Every,
    pub due_at: Timestamp,
    /// Counts the changes; the fence.
    pub version: u64,
}

impl DigestRow {
    fn index(&self, key: &Key) -> Vec<(&'static str, String)> {
        if self.every == Every::Never { Vec::new() } else { due_at(key, self.due_at).to_vec() }
    }
}

impl Store {
    /// Adds a new merchant's digest to the writes.
    pub fn add_digest(&self, writes: &mut Writes, row: &DigestRow) -> Result<(), StoreError> {
        let key = Key::digest(row.merchant);
        writes.put_new(self, &key, row, &row.index(&key)).map(drop)
    }

    /// Writes the next version. `false`: somebody else was first.
    pub async fn put_digest(&self, row: &DigestRow) -> Result<bool, StoreError> {
        let key = Key::digest(row.merchant);
        Ok(if_held(self.put_version(&key, row, &row.index(&key), Some(row.version - 1)).await)?.is_some())
    }

    /// A merchant's digest.
    pub async fn digest(&self, merchant: MerchantId) -> Result<Option<DigestRow>, StoreError> {
        self.get(&Key::digest(merchant)).await
    }

    /// The same by its partition key.
    pub async fn digest_at(&self, pk: &str) -> Result<Option<DigestRow>, StoreError> {
        self.get(&Key::single(pk.to_owned())).await
    }
}
