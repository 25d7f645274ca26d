//! Holds each function to its policy in `template.yaml`. The emulator knows no permissions; without this a missing one
//! would show only in a deployment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::{
    delete_item::DeleteItemInput, get_item::GetItemInput, put_item::PutItemInput, query::QueryInput,
    transact_write_items::TransactWriteItemsInput, update_item::UpdateItemInput,
};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeSerializationInterceptorContextMut, Input};

use crate::meter;
use crate::template::{Access, Permission, Template};

type Item = HashMap<String, AttributeValue>;

/// Refuses what the calling function's policy does not allow. Calls from outside a function pass.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    permissions: Arc<BTreeMap<String, Vec<Permission>>>,
    /// Table names and their logical ids.
    tables: Arc<BTreeMap<String, String>>,
}

impl Guard {
    pub(crate) fn new(template: &Template, tables: BTreeMap<String, String>) -> Self {
        let permissions =
            template.functions.iter().map(|function| (function.name.clone(), function.permissions.clone()));
        Self { permissions: Arc::new(permissions.collect()), tables: Arc::new(tables) }
    }

    fn accesses(&self, input: &Input) -> Vec<Access> {
        if let Some(input) = input.downcast_ref::<GetItemInput>() {
            return vec![self.access("dynamodb:GetItem", input.table_name(), None, input.key())];
        }
        if let Some(input) = input.downcast_ref::<PutItemInput>() {
            return vec![self.access("dynamodb:PutItem", input.table_name(), None, input.item())];
        }
        if let Some(input) = input.downcast_ref::<UpdateItemInput>() {
            return vec![self.access("dynamodb:UpdateItem", input.table_name(), None, input.key())];
        }
        if let Some(input) = input.downcast_ref::<DeleteItemInput>() {
            return vec![self.access("dynamodb:DeleteItem", input.table_name(), None, input.key())];
        }
        if let Some(input) = input.downcast_ref::<QueryInput>() {
            let values = input.expression_attribute_values();
            return vec![self.access("dynamodb:Query", input.table_name(), input.index_name(), values)];
        }
        let transaction = input.downcast_ref::<TransactWriteItemsInput>();
        let items = transaction.map(TransactWriteItemsInput::transact_items).unwrap_or_default();
        let of_item = |item: &aws_sdk_dynamodb::types::TransactWriteItem| {
            let put =
                item.put().map(|put| self.access("dynamodb:PutItem", Some(put.table_name()), None, Some(put.item())));
            let update =
                item.update().map(|u| self.access("dynamodb:UpdateItem", Some(u.table_name()), None, Some(u.key())));
            let delete =
                item.delete().map(|d| self.access("dynamodb:DeleteItem", Some(d.table_name()), None, Some(d.key())));
            let check = item.condition_check();
            let check =
                check.map(|c| self.access("dynamodb:ConditionCheckItem", Some(c.table_name()), None, Some(c.key())));
            [put, update, delete, check].into_iter().flatten().collect::<Vec<_>>()
        };
        items.iter().flat_map(of_item).collect()
    }

    /// `item`: an item, a key, or a query's values; the partition key is under its attribute's name, or, in a query,
    /// under the placeholder of that name.
    fn access(&self, action: &'static str, table: Option<&str>, index: Option<&str>, item: Option<&Item>) -> Access {
        let table = table.unwrap_or_default();
        let table = self.tables.get(table).map_or(table, String::as_str);
        let key = item.and_then(|item| [":mpk", ":dpk", ":pk", "pk"].into_iter().find_map(|name| item.get(name)));
        let key = key.and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
        let resource = index.map_or_else(|| table.to_owned(), |index| format!("{table}/index/{index}"));
        Access { action, resource, key }
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(function) = meter::calling_function() else { return Ok(()) };
        let permissions = self.permissions.get(&function).map(Vec::as_slice).unwrap_or_default();
        for access in self.accesses(context.input()) {
            if !permissions.iter().any(|permission| permission.allows(&access)) {
                let problem = format!(
                    "template.yaml does not let {function} {} {} {}",
                    access.action, access.resource, access.key
                );
                tracing::error!(problem);
                return Err(problem.into());
            }
        }
        Ok(())
    }
}
