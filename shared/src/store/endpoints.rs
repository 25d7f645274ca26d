//! Where merchants' own systems take webhooks. In the merchant's partition, so that one key's holder can't even ask for
//! another's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{ENDPOINT, Key};
use super::{Store, StoreError, Writes, error, if_held};
use crate::crypto::Sealed;
use crate::domain::id::{EndpointId, MerchantId};

/// One address that webhooks go to, with the secrets that sign them, sealed under the endpoint's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    pub merchant: MerchantId,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub secret: Sealed,
    /// Signs beside the current one until the next rotation, so that the receiver can change over in its own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<Sealed>,
    pub created_at: Timestamp,
    /// Counts the changes; the fence.
    pub version: u64,
}

impl Store {
    /// Adds an endpoint to the writes. Version 1 must be new; later ones must follow the one before.
    pub fn put_endpoint(&self, writes: &mut Writes, endpoint: &Endpoint) -> Result<(), StoreError> {
        let previous = (endpoint.version > 1).then(|| endpoint.version - 1);
        writes.put_version(self, &Key::endpoint(endpoint.merchant, endpoint.id), endpoint, &[], previous)?;
        Ok(())
    }

    /// The merchant's endpoint.
    pub async fn endpoint(&self, merchant: MerchantId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.get(&Key::endpoint(merchant, id)).await
    }

    /// A merchant's endpoints, oldest first (at most 1,000).
    pub async fn endpoints(&self, merchant: MerchantId) -> Result<Vec<Endpoint>, StoreError> {
        self.query_prefix(&Key::merchant(merchant).pk, ENDPOINT, false, 1000).await
    }

    /// Deletes an endpoint with its secrets. `false`: it is not there.
    pub async fn delete_endpoint(&self, merchant: MerchantId, id: EndpointId) -> Result<bool, StoreError> {
        let key = Key::endpoint(merchant, id);
        let delete = self.client.delete_item().table_name(&self.core);
        let delete = delete.key("pk", super::text(key.pk)).key("sk", super::text(key.sk));
        let deleted = delete.condition_expression("attribute_exists(pk)").send().await.map_err(error);
        Ok(if_held(deleted)?.is_some())
    }
}
