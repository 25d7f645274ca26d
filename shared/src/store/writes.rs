//! Writes that stand or fall together: one `TransactWriteItems`. Every action carries the condition that makes a
//! repeat a no-op.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use serde::Serialize;

use super::key::Key;
use super::{Item, Store, StoreError, error, number, text, to_item};

/// A list of conditional writes to the core table, in order.
#[derive(Debug, Default)]
pub struct Writes {
    items: Vec<TransactWriteItem>,
}

impl Writes {
    /// Puts an item that must not exist yet. Returns its position, as it appears in [`StoreError::Condition`].
    pub(super) fn put_new<T: Serialize>(
        &mut self,
        store: &Store,
        key: &Key,
        row: &T,
        index: &[(&str, String)],
    ) -> Result<usize, StoreError> {
        let item = with_index(to_item(key, row)?, index);
        self.put(
            Put::builder()
                .table_name(&store.core)
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk)"),
        )
    }

    /// Puts an item that must not exist yet. [`Store::transact_showing`] shows the one that does.
    pub(super) fn put_new_showing<T: Serialize>(
        &mut self,
        store: &Store,
        key: &Key,
        row: &T,
    ) -> Result<usize, StoreError> {
        let put = Put::builder().table_name(&store.core).set_item(Some(to_item(key, row)?));
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        self.put(put.condition_expression("attribute_not_exists(pk)"))
    }

    /// Deletes an item, if it is there.
    pub(super) fn delete(&mut self, store: &Store, key: &Key) -> Result<usize, StoreError> {
        let delete =
            Delete::builder().table_name(&store.core).key("pk", text(&key.pk)).key("sk", text(&key.sk)).build();
        let delete = delete.map_err(|e| StoreError::Refused(e.to_string()))?;
        Ok(self.push(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Deletes an item that must exist.
    pub(super) fn delete_there(&mut self, store: &Store, key: &Key) -> Result<usize, StoreError> {
        let delete = Delete::builder().table_name(&store.core).condition_expression("attribute_exists(pk)");
        let delete = delete.key("pk", text(&key.pk)).key("sk", text(&key.sk)).build();
        let delete = delete.map_err(|e| StoreError::Refused(e.to_string()))?;
        Ok(self.push(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Puts an item whose stored `version` must be `expected`; `None`: that must not exist yet.
    pub(super) fn put_version<T: Serialize>(
        &mut self,
        store: &Store,
        key: &Key,
        row: &T,
        index: &[(&str, String)],
        expected: Option<u64>,
    ) -> Result<usize, StoreError> {
        let Some(expected) = expected else {
            return self.put_new(store, key, row, index);
        };
        let item = with_index(to_item(key, row)?, index);
        let put = Put::builder().table_name(&store.core).set_item(Some(item)).condition_expression("#v = :v");
        self.put(put.expression_attribute_names("#v", "version").expression_attribute_values(":v", number(expected)))
    }

    /// Puts an item that may or may not exist.
    pub(super) fn put_any<T: Serialize>(
        &mut self,
        store: &Store,
        key: &Key,
        row: &T,
        index: &[(&str, String)],
    ) -> Result<usize, StoreError> {
        let item = with_index(to_item(key, row)?, index);
        self.put(Put::builder().table_name(&store.core).set_item(Some(item)))
    }

    pub(super) fn update(
        &mut self,
        update: aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> Result<usize, StoreError> {
        let update: Update = update.build().map_err(|e| StoreError::Refused(e.to_string()))?;
        Ok(self.push(TransactWriteItem::builder().update(update).build()))
    }

    pub(super) fn check(
        &mut self,
        check: aws_sdk_dynamodb::types::builders::ConditionCheckBuilder,
    ) -> Result<usize, StoreError> {
        let check = check.build().map_err(|e| StoreError::Refused(e.to_string()))?;
        Ok(self.push(TransactWriteItem::builder().condition_check(check).build()))
    }

    pub(super) fn put(&mut self, put: aws_sdk_dynamodb::types::builders::PutBuilder) -> Result<usize, StoreError> {
        let put = put.build().map_err(|e| StoreError::Refused(e.to_string()))?;
        Ok(self.push(TransactWriteItem::builder().put(put).build()))
    }

    fn push(&mut self, item: TransactWriteItem) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }
}

pub(super) fn with_index(mut item: Item, index: &[(&str, String)]) -> Item {
    item.extend(index.iter().map(|(name, value)| ((*name).to_owned(), text(value))));
    item
}

impl Store {
    /// All of it or nothing.
    pub async fn transact(&self, writes: Writes) -> Result<(), StoreError> {
        self.transact_showing(writes).await.map_err(|(failure, _)| failure)
    }

    /// All of it or nothing; with a failure come the items that stood in the way, by position, as far as the actions
    /// ask for them.
    pub(super) async fn transact_showing(&self, writes: Writes) -> Result<(), (StoreError, BTreeMap<usize, Item>)> {
        // DynamoDB takes no transaction of nothing.
        if writes.items.is_empty() {
            return Ok(());
        }
        let request = self.client.transact_write_items().set_transact_items(Some(writes.items));
        request.send().await.map(drop).map_err(|failure| {
            let shown = in_the_way(&failure);
            (cancelled(failure), shown)
        })
    }

    /// Puts one item whose stored `version` must be `expected`; `None`: that must not exist yet.
    pub(super) async fn put_version<T: Serialize>(
        &self,
        key: &Key,
        row: &T,
        index: &[(&str, String)],
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = with_index(to_item(key, row)?, index);
        let put = self.client.put_item().table_name(&self.core).set_item(Some(item));
        let put = match expected {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("#v = :v")
                .expression_attribute_names("#v", "version")
                .expression_attribute_values(":v", number(version)),
        };
        put.send().await.map(drop).map_err(error)
    }
}

/// The items that failed conditions show.
fn in_the_way(failure: &SdkError<TransactWriteItemsError>) -> BTreeMap<usize, Item> {
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = failure.as_service_error() else {
        return BTreeMap::new();
    };
    let reasons = canceled.cancellation_reasons().iter().enumerate();
    reasons.filter_map(|(position, reason)| Some((position, reason.item()?.clone()))).collect()
}

/// The SDK does not retry a cancelled transaction: whether that makes sense is in the reasons, one per action.
fn cancelled(failure: SdkError<TransactWriteItemsError>) -> StoreError {
    let SdkError::ServiceError(service) = &failure else {
        return error(failure);
    };
    let TransactWriteItemsError::TransactionCanceledException(canceled) = service.err() else {
        return error(failure);
    };
    let codes: Vec<&str> =
        canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
    let mut failed = Vec::new();
    let mut worst = None;
    for (position, code) in codes.iter().enumerate() {
        match *code {
            "None" => {}
            "ConditionalCheckFailed" => failed.push(position),
            "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded" => {
                worst = worst.or(Some(StoreError::Busy(format!("{code} at {position}"))));
            }
            // ValidationError, ItemCollectionSizeLimitExceeded, and what AWS may add: our mistake, so it never passes.
            _ => worst = Some(StoreError::Refused(format!("{code} at {position}"))),
        }
    }
    worst.unwrap_or(StoreError::Condition(failed))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn meaning(codes: &[&str]) -> StoreError {
        let reasons = codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
        let canceled = TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
        let response =
            aws_sdk_dynamodb::config::http::HttpResponse::new(400_u16.try_into().expect("a status"), SdkBody::empty());
        cancelled(SdkError::service_error(TransactWriteItemsError::TransactionCanceledException(canceled), response))
    }

    #[test]
    fn each_kind_of_cancellation_means_one_thing() {
        assert!(matches!(meaning(&["None", "ConditionalCheckFailed"]), StoreError::Condition(at) if at == [1]));
        assert!(matches!(meaning(&["TransactionConflict", "None"]), StoreError::Busy(_)));
        // A throttled action says nothing about the conditions of the others.
        assert!(matches!(meaning(&["ConditionalCheckFailed", "ThrottlingError"]), StoreError::Busy(_)));
        assert!(matches!(meaning(&["ProvisionedThroughputExceeded"]), StoreError::Busy(_)));
        assert!(matches!(meaning(&["TransactionConflict", "ValidationError"]), StoreError::Refused(_)));
        assert!(matches!(meaning(&["SomethingNew"]), StoreError::Refused(_)));
    }
}
