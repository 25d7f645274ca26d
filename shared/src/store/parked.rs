//! Parked webhooks: events that were genuine but could not be applied. Kept with their raw body (sealed: it is full of
//! personal data) and retried until they apply, so that a fault of ours never costs an order.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::{Key, Listed};
use super::list::listed;
use super::writes::with_index;
use super::{Item, Store, StoreError, error, if_held, number, text, to_item};
use crate::crypto::Sealed;
use crate::domain::id::{MerchantId, ShopId};

/// A parked webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ParkedRow {
    pub shop: ShopId,
    pub merchant: MerchantId,
    pub topic: String,
    /// SHA-256 of topic and body: the same event parks once.
    pub sha256: String,
    /// The body, compressed and sealed under [`ParkedRow::context`].
    pub body: Sealed,
    /// What went wrong, without personal data.
    pub error: String,
    pub attempts: u32,
    pub parked_at: Timestamp,
    pub next_at: Timestamp,
}

impl ParkedRow {
    /// What the body is sealed under.
    pub fn context(shop: ShopId, sha256: &str) -> String {
        format!("parked {shop} {sha256}")
    }

    /// One, two, four … minutes after the failed attempt, at most six hours: soon enough for a passing fault, rare
    /// enough for a lasting one.
    #[must_use]
    pub fn after_failure(self, error: String, now: Timestamp) -> Self {
        let minutes = 1_i64 << self.attempts.min(9);
        let next_at = now.checked_add(SignedDuration::from_mins(minutes.min(360))).unwrap_or(Timestamp::MAX);
        Self { error, attempts: self.attempts + 1, next_at, ..self }
    }
}

fn parked_item(row: &ParkedRow) -> Result<Item, StoreError> {
    let key = Key::parked(row.shop, &row.sha256);
    let mut index = listed(Listed::Parked, row.merchant, row.parked_at, &key).to_vec();
    index.extend(due_at(&key, row.next_at));
    Ok(with_index(to_item(&key, row)?, &index))
}

impl Store {
    /// Parks an event.
    pub async fn put_parked(&self, row: &ParkedRow) -> Result<(), StoreError> {
        let item = parked_item(row)?;
        self.client.put_item().table_name(&self.core).set_item(Some(item)).send().await.map(drop).map_err(error)
    }

    /// Puts a parked event in the place of itself as it was read. `false`: it is not so any more, so whoever changed it has
    /// seen to it. Else a retry could bring back a body that was erased meanwhile.
    pub async fn replace_parked(&self, before: &ParkedRow, row: &ParkedRow) -> Result<bool, StoreError> {
        let put = self.client.put_item().table_name(&self.core).set_item(Some(parked_item(row)?));
        let put = put.condition_expression("topic = :topic AND attempts = :attempts");
        let put = put.expression_attribute_values(":topic", text(&before.topic));
        let put = put.expression_attribute_values(":attempts", number(before.attempts));
        Ok(if_held(put.send().await.map_err(error))?.is_some())
    }

    /// A parked event by its partition key.
    pub async fn parked(&self, pk: &str) -> Result<Option<ParkedRow>, StoreError> {
        self.get(&Key::single(pk.to_owned())).await
    }

    /// Forgets an event that has been applied.
    pub async fn delete_parked(&self, row: &ParkedRow) -> Result<(), StoreError> {
        let key = Key::parked(row.shop, &row.sha256);
        let delete = self.client.delete_item().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        delete.send().await.map(drop).map_err(error)
    }
}
