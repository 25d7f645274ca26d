//! Where merchants' own systems take webhooks. In the merchant's partition, so that one key's holder can't even ask for
//! another's.

use aws_sdk_dynamodb::types::Update;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key::{ENDPOINT, Key, Listed};
use super::list::started;
use super::{Message, Notice, OutboxRow, Page, Store, StoreError, Writes, error, if_held, number, text, value_of};
use crate::crypto::Sealed;
use crate::domain::event::Subscription;
use crate::domain::id::{EndpointId, MerchantId};

/// How long a secret goes on signing after it was replaced.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// How long events are kept after they happened, with what became of them.
pub const DELIVERIES_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One address that webhooks go to, with the secrets that sign them, sealed under the endpoint's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    pub merchant: MerchantId,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is told of. Rewards to hand over come to the endpoint that their rule names, whatever it asks for.
    #[serde(default, skip_serializing_if = "Subscription::is_empty")]
    pub events: Subscription,
    pub secret: Sealed,
    /// Signs beside the current one for a day, so that the receiver can change over in its own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<Sealed>,
    /// When the current secret replaced it. `None`: before that was noted, so it is long over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
    /// Since when it takes nothing: the first failure after the last success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Its latest failure since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// It is switched off; `None`: it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    pub created_at: Timestamp,
    /// Counts the changes; the fence.
    pub version: u64,
}

/// That, when and why an endpoint is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    pub at: Timestamp,
    pub why: DisabledWhy,
}

/// Why an endpoint is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledWhy {
    /// The merchant did it.
    ByHand,
    /// It took nothing for days.
    Failing,
    /// It answered 410: it wants no more.
    Gone,
}

impl Endpoint {
    /// Until when the secret before goes on signing, if it does.
    pub fn overlap_ends(&self, now: Timestamp) -> Option<Timestamp> {
        overlap_ends(self.previous_secret.as_ref(), self.rotated_at, now)
    }
}

/// Until when the secret before counts, if there is one and it does.
pub(super) fn overlap_ends(previous: Option<&Sealed>, rotated: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    previous?;
    let ends = rotated?.checked_add(OVERLAP).unwrap_or(Timestamp::MAX);
    (now < ends).then_some(ends)
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

    /// Adds the end of an endpoint, with its secrets. It must be there.
    pub fn delete_endpoint(&self, writes: &mut Writes, merchant: MerchantId, id: EndpointId) -> Result<(), StoreError> {
        writes.delete_there(self, &Key::endpoint(merchant, id)).map(drop)
    }

    /// Notes a failure, as the latest of a row that began at `since`; `None`: it is the first. Of an endpoint that was
    /// deleted meanwhile, or has taken something since, nothing is noted.
    pub async fn endpoint_failed(
        &self,
        endpoint: &Endpoint,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&Key::endpoint(endpoint.merchant, endpoint.id))
            .update_expression("SET failing_since = :first, failed_at = :now")
            .condition_expression(match since {
                Some(_) => "failing_since = :since",
                None => "attribute_exists(pk)",
            })
            .expression_attribute_values(":first", text(since.unwrap_or(now).to_string()))
            .expression_attribute_values(":now", text(now.to_string()));
        let update = match since {
            Some(since) => update.expression_attribute_values(":since", text(since.to_string())),
            None => update,
        };
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Notes that an endpoint that failed takes webhooks again. Of one that was deleted meanwhile nothing is left to note.
    pub async fn endpoint_works(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        let update = self
            .update(&Key::endpoint(endpoint.merchant, endpoint.id))
            .update_expression("REMOVE failing_since, failed_at")
            .condition_expression("attribute_exists(failing_since)");
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Switches an endpoint off, and tells the merchant. Not if it was changed meanwhile, perhaps mended; one that fails,
    /// not if it has taken something meanwhile.
    pub async fn disable_endpoint(
        &self,
        endpoint: &Endpoint,
        host: &str,
        disabled: Disabled,
    ) -> Result<bool, StoreError> {
        let key = Key::endpoint(endpoint.merchant, endpoint.id);
        let update: UpdateBuilder =
            Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update.update_expression("SET disabled = :disabled, #v = :next");
        let update = update.condition_expression(match endpoint.failing_since {
            Some(_) => "#v = :v AND failing_since = :since",
            None => "#v = :v",
        });
        let update = match endpoint.failing_since {
            Some(since) => update.expression_attribute_values(":since", text(since.to_string())),
            None => update,
        };
        let update = update.expression_attribute_names("#v", "version");
        let update = update.expression_attribute_values(":disabled", value_of(&disabled)?);
        let update = update.expression_attribute_values(":v", number(endpoint.version));
        let mut writes = Writes::default();
        writes.update(update.expression_attribute_values(":next", number(endpoint.version + 1)))?;
        let failing_since = endpoint.failing_since.unwrap_or(disabled.at);
        let notice = Notice::EndpointDisabled { endpoint: endpoint.id, host: host.to_owned(), failing_since };
        let id = Notice::endpoint_disabled_id(endpoint.id, disabled.at);
        self.put_outbox(
            &mut writes,
            &OutboxRow::queued(id, endpoint.merchant, Message::Notice { notice }, disabled.at),
        )?;
        Ok(if_held(self.transact(writes).await)?.is_some())
    }

    /// A page of what was sent to an endpoint, or is to be, newest first: of what is wanted, after a position, so many.
    pub async fn deliveries(
        &self,
        endpoint: &Endpoint,
        page: (Option<&str>, usize),
        now: Timestamp,
        keep: impl Fn(&OutboxRow) -> bool,
    ) -> Result<Page<OutboxRow>, StoreError> {
        let kept = now.checked_sub(DELIVERIES_KEPT).unwrap_or(Timestamp::MIN);
        let since = started(endpoint.merchant).map_or(kept, |started| kept.max(started));
        self.list_since(Listed::Deliveries(endpoint.id), endpoint.merchant, page, (since, now), keep).await
    }
}
