//! What is asked and answered, as DynamoDB's JSON has it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::store::key::Key;

/// A request's bytes.
pub(super) fn bytes(request: &impl Serialize) -> Vec<u8> {
    // Texts and numbers only: nothing in it can't be written.
    serde_json::to_vec(request).unwrap_or_default()
}

/// A value as DynamoDB's JSON has it.
#[derive(Serialize)]
pub(super) enum Value<'a> {
    S(&'a str),
    N(&'a str),
    M(Told<'a>),
}

#[derive(Serialize)]
pub(super) struct ItemKey<'a> {
    pub(super) pk: Value<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sk: Option<Value<'a>>,
}

impl<'a> ItemKey<'a> {
    /// In the core table.
    pub(super) fn of(key: &'a Key) -> Self {
        Self { pk: Value::S(&key.pk), sk: Some(Value::S(&key.sk)) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Get<'a> {
    pub(super) table_name: &'a str,
    pub(super) key: ItemKey<'a>,
    pub(super) consistent_read: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Got {
    pub(super) item: Option<serde_dynamo::Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchGet<'a> {
    pub(super) request_items: HashMap<&'a str, Wanted<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted<'a> {
    pub(super) keys: [ItemKey<'a>; 2],
    pub(super) projection_expression: &'a str,
    pub(super) expression_attribute_names: LandingNames<'a>,
}

/// Names that DynamoDB keeps for itself.
#[derive(Serialize)]
pub(super) struct LandingNames<'a> {
    #[serde(rename = "#name")]
    pub(super) name: &'a str,
    #[serde(rename = "#domain")]
    pub(super) domain: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GotBatch {
    pub(super) responses: HashMap<String, Vec<HashMap<String, serde_dynamo::AttributeValue>>>,
    #[serde(default)]
    pub(super) unprocessed_keys: HashMap<String, serde_json::Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Update<'a> {
    pub(super) table_name: &'a str,
    pub(super) key: ItemKey<'a>,
    #[serde(rename = "UpdateExpression")]
    pub(super) expression: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) condition_expression: Option<&'a str>,
    pub(super) expression_attribute_names: Names<'a>,
    pub(super) expression_attribute_values: Values<'a>,
}

/// Names that DynamoDB keeps for itself.
#[derive(Serialize)]
pub(super) struct Names<'a> {
    #[serde(rename = "#day")]
    pub(super) day: &'a str,
    #[serde(rename = "#ttl")]
    pub(super) ttl: &'a str,
}

#[derive(Serialize)]
pub(super) struct Values<'a> {
    #[serde(rename = ":id")]
    pub(super) id: Value<'a>,
    #[serde(rename = ":code")]
    pub(super) code: Value<'a>,
    #[serde(rename = ":program")]
    pub(super) program: Value<'a>,
    #[serde(rename = ":merchant")]
    pub(super) merchant: Value<'a>,
    #[serde(rename = ":advocate")]
    pub(super) advocate: Value<'a>,
    #[serde(rename = ":day")]
    pub(super) day: Value<'a>,
    #[serde(rename = ":at")]
    pub(super) at: Value<'a>,
    #[serde(rename = ":ttl")]
    pub(super) ttl: Value<'a>,
    #[serde(rename = ":from")]
    pub(super) from: Value<'a>,
    #[serde(rename = ":one")]
    pub(super) one: Value<'a>,
    #[serde(rename = ":origin")]
    pub(super) origin: Value<'a>,
}

/// A text inside a map.
#[derive(Serialize)]
pub(super) enum Text<'a> {
    S(&'a str),
}

/// What a click told, but for who made it.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) variant: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) country: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) referrer: Option<Text<'a>>,
}
