// The properties of a table in the template, under CloudFormation's names; values stay the words
// that DynamoDB knows.

use serde::Deserialize;

/// The properties of `AWS::DynamoDB::Table` that change how a table behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TableDefinition {
    pub billing_mode: String,
    pub attribute_definitions: Vec<Attribute>,
    pub key_schema: Vec<KeyPart>,
    #[serde(default)]
    pub global_secondary_indexes: Vec<Index>,
    pub stream_specification: Option<Stream>,
    pub time_to_live_specification: Option<TimeToLive>,
}

/// An attribute that a key uses, with its type: `S`, `N` or `B`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    pub attribute_name: String,
    pub attribute_type: String,
}

/// One part of a key: `HASH` or `RANGE`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyPart {
    pub attribute_name: String,
    pub key_type: String,
}

/// A global secondary index.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Index {
    pub index_name: String,
    pub key_schema: Vec<KeyPart>,
    pub projection: Projection,
}

/// What an index copies: `ALL`, `KEYS_ONLY`, or `INCLUDE` with names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Projection {
    pub projection_type: String,
    pub non_key_attributes: Option<Vec<String>>,
}

/// What a stream record holds, such as `NEW_AND_OLD_IMAGES`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stream {
    pub stream_view_type: String,
}

/// The attribute that says when an item may be deleted.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimeToLive {
    pub attribute_name: String,
    pub enabled: bool,
}
