#![doc = include_str!("README.md")]

mod asks;
mod audit;
mod days;
mod digests;
mod discounts;
mod due;
mod endpoints;
mod evidence;
mod idempotency;
mod jobs;
pub mod key;
mod known;
pub mod limits;
mod links;
mod list;
mod mail_texts;
mod merchants;
mod message;
mod orders;
mod outbox;
mod parked;
mod persons;
mod pools;
mod privacy;
mod reputation;
mod row_kind;
mod states;
pub mod tally;
mod uploads;
mod visits;
mod writes;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::store_error::StoreError;
pub use asks::{AskCause, AskRow, AskState, NewAsk};
pub use audit::AuditRow;
pub use days::DayRow;
pub use digests::{DigestRow, Every};
pub use discounts::{DISCOUNT_LEASE, DiscountRow, WaitingCode};
pub use due::DueItem;
pub use endpoints::{DELIVERIES_KEPT, Disabled, DisabledWhy, Endpoint, OVERLAP};
pub use idempotency::{Claim, SavedAnswer};
pub use jobs::{JobRow, JobState, Task};
use key::Key;
pub use known::Known;
pub use links::{Account, Advocate, AdvocateLink, CodeState, Link, LinkCode, LinkState};
pub use list::Page;
pub use merchants::{ApiKey, MailPaused, Merchant, Shop, ShopSecrets};
pub use message::{About, Message, Notice, Recipient, Waiting};
pub use orders::{ANSWER_AT, Commit, Entered, Inputs, OrderRow, ProgramName};
pub use outbox::{EVIDENCE, Ended, LEASE, OutboxRow, OutboxState, Tried};
pub use parked::ParkedRow;
pub use persons::{Buyer, ContactRow, PersonOrder, PersonRow, Suppressed, Unwelcome, Wish};
pub use pools::{Coupon, CouponPool, FreeCode};
pub use privacy::{Counts, PrivacyRow, Stage, Todo, Work};
pub use reputation::Feedback;
pub use row_kind::RowKind;
pub use states::{Stated, link_state};
pub use uploads::{Added, Duplicate, Upload};
pub use visits::{Click, Landing, NewestProgram, Visits};
pub use writes::Writes;

/// Items that are read side by side.
const READS_AT_ONCE: usize = 25;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// The core table. A cheap handle: the client is shared.
#[derive(Clone)]
pub struct Store {
    client: Client,
    core: String,
}

impl Store {
    /// A store on this table.
    pub fn new(client: Client, core: &str) -> Self {
        Self { client, core: core.to_owned() }
    }

    /// Reads one item, strongly consistent.
    async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get_item(key, true).await?.map(from_item).transpose()
    }

    /// Reads one item at half the price; it may be some milliseconds old.
    async fn get_eventually<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get_item(key, false).await?.map(from_item).transpose()
    }

    /// Reads several items side by side, each at half the price, in the order of the keys.
    async fn get_each_eventually<T: DeserializeOwned>(&self, keys: &[Key]) -> Result<Vec<Option<T>>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for some in keys.chunks(READS_AT_ONCE) {
            // Boxed: as many of the SDK's large futures side by side are more than a caller's future should hold.
            let read = some.iter().map(|key| Box::pin(self.get_eventually(key)));
            found.extend(try_join_all(read).await?);
        }
        Ok(found)
    }

    async fn get_item(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.core).consistent_read(consistent);
        let answer = request.key("pk", text(&key.pk)).key("sk", text(&key.sk)).send().await.map_err(error)?;
        Ok(answer.item)
    }

    /// An update of one item, to be filled in.
    fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.core).key("pk", text(&key.pk)).key("sk", text(&key.sk))
    }

    /// All items of a partition whose sort keys start with `prefix`, oldest or newest first, at most `limit`,
    /// strongly consistent.
    async fn query_prefix<T: DeserializeOwned>(
        &self,
        pk: &str,
        prefix: &str,
        newest_first: bool,
        limit: i32,
    ) -> Result<Vec<T>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.core)
            .consistent_read(true)
            .scan_index_forward(!newest_first)
            .limit(limit);
        let request = request.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        let request =
            request.expression_attribute_values(":pk", text(pk)).expression_attribute_values(":prefix", text(prefix));
        let answer = request.send().await.map_err(error)?;
        answer.items.unwrap_or_default().into_iter().map(from_item).collect()
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Anything as one attribute.
fn value_of<T: Serialize>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(value).map_err(|e| StoreError::Refused(e.to_string()))
}

/// A row as an item under its key.
fn to_item<T: Serialize>(key: &Key, row: &T) -> Result<Item, StoreError> {
    let mut item: Item =
        serde_dynamo::aws_sdk_dynamodb_1::to_item(row).map_err(|e| StoreError::Refused(e.to_string()))?;
    item.retain(|_, value| !value.is_null());
    item.insert("pk".into(), text(&key.pk));
    item.insert("sk".into(), text(&key.sk));
    Ok(item)
}

fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    // The key names the item without showing what is in it.
    let name = item.get("pk").and_then(|pk| pk.as_s().ok()).map(|pk| key::loggable(pk).to_owned()).unwrap_or_default();
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item)
        .map_err(|e| StoreError::Unreadable(format!("item {name} can't be read: {e}")))
}

/// For a write whose condition may fail without anything being wrong: then `None`.
fn if_held<T>(written: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match written {
        Err(failure) if failure.is_condition() => Ok(None),
        written => written.map(Some),
    }
}

/// What an SDK error means for the caller.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err calls")]
fn error<E>(error: SdkError<E>) -> StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match (&error, error.code()) {
        (SdkError::ServiceError(_), Some(code)) => StoreError::told(code, error.message()),
        (SdkError::ConstructionFailure(_), _) => StoreError::Refused(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}
