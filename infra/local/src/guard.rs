//! Holds each function to its policy in `template.yaml`. The emulator knows no permissions; without this a missing one
//! would show only in a deployment.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::template::{Access, Permission, Template};
use crate::wire::batch;

/// Knows what the functions' policies allow.
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

    /// What of a request the function's policy does not allow.
    pub(crate) fn problem(&self, function: &str, operation: &str, request: &[u8]) -> Option<String> {
        let permissions = self.permissions.get(function).map(Vec::as_slice).unwrap_or_default();
        let Ok(request) = serde_json::from_slice(request) else { return Some(format!("{operation} without a body")) };
        let accesses = self.accesses(operation, &request);
        let access = accesses.iter().find(|access| !permissions.iter().any(|permission| permission.allows(access)))?;
        let Access { action, resource, key } = access;
        Some(format!("template.yaml does not let {function} {action} {resource} {key}"))
    }

    fn accesses(&self, operation: &str, request: &Value) -> Vec<Access> {
        if operation == "BatchGetItem" {
            let keys = batch(request).into_iter();
            return keys.map(|(table, key)| self.access(operation, &json!({"TableName": table, "Key": key}))).collect();
        }
        let Some(items) = request["TransactItems"].as_array() else { return vec![self.access(operation, request)] };
        let of_item =
            |(kind, action): (&String, &Value)| self.access(&format!("{}Item", kind.trim_end_matches("Item")), action);
        items.iter().filter_map(Value::as_object).flatten().map(of_item).collect()
    }

    fn access(&self, operation: &str, request: &Value) -> Access {
        let table = request["TableName"].as_str().unwrap_or_default();
        let table = self.tables.get(table).map_or(table, String::as_str);
        let resource = match request["IndexName"].as_str() {
            Some(index) => format!("{table}/index/{index}"),
            None => table.to_owned(),
        };
        // The partition key is under its attribute's name, or, in a query, under the placeholder of that name.
        let (key, item, values) = (&request["Key"], &request["Item"], &request["ExpressionAttributeValues"]);
        let keys = [&key["pk"], &item["pk"], &values[":mpk"], &values[":dpk"], &values[":spk"], &values[":pk"]];
        let key = keys.into_iter().find_map(|key| key["S"].as_str()).unwrap_or_default().to_owned();
        Access { action: format!("dynamodb:{operation}"), resource, key }
    }
}
