//! Writes down what requests touch: which item of which table or index, and how many units each of them takes. A
//! transaction's answer only tells sums, so units are computed from the items before and after by DynamoDB's own rules, and
//! compared with the sums that it told.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use super::Item;
use super::weaken::{actions, batch};

/// One item that a request read or wrote, in a table or in one of its indexes.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    pub operation: String,
    pub table: String,
    /// `None`: the table itself.
    pub index: Option<&'static str>,
    /// The partition key there. A table's and its indexes' partitions have nothing to do with one another.
    pub partition: String,
    /// The sort key there; empty for a query, and where there is none.
    pub sort: String,
    pub read_units: f64,
    pub write_units: f64,
}

/// The indexes by their partition and sort keys. `true`: all attributes are copied, otherwise only keys.
const INDEXES: [(&str, &str, &str, bool); 3] =
    [("by_merchant", "mpk", "msk", true), ("by_state", "spk", "msk", false), ("due", "dpk", "dsk", false)];

/// What a request writes: the keys of its actions, by the names of their attributes.
pub(super) fn writes(request: &Value) -> Vec<(String, HashMap<String, String>)> {
    let mut request = request.clone();
    let table = request["TableName"].as_str().map(str::to_owned);
    let of = |(kind, action): (&str, &mut serde_json::Map<String, Value>)| {
        let is_write = action.contains_key("Item") || action.contains_key("UpdateExpression") || kind == "Delete";
        let key = action.get("Key").or_else(|| action.get("Item"))?;
        let name = |name: &str| Some((name.to_owned(), key[name]["S"].as_str()?.to_owned()));
        let table = action.get("TableName").and_then(Value::as_str).map(str::to_owned).or_else(|| table.clone())?;
        // What is only checked costs as a write of the item does.
        (is_write || kind == "ConditionCheck")
            .then(|| (table, [name("pk"), name("sk")].into_iter().flatten().collect()))
    };
    actions(&mut request).into_iter().filter_map(of).collect()
}

/// The items, or the partition, that a request reads.
pub(super) fn read(operation: &str, request: &Value, answer: &Value) -> Vec<Access> {
    if operation != "BatchGetItem" {
        return read_one(operation, request, answer).into_iter().collect();
    }
    let keys = batch(request);
    let told = answer["ConsumedCapacity"].as_array().into_iter().flatten();
    let all: f64 = told.filter_map(|table| table["CapacityUnits"].as_f64()).sum();
    // It tells the sum only; what is read this way are small items, each of which takes as much as the next.
    let read_units = all / f64::from(u32::try_from(keys.len()).unwrap_or(1));
    let of = |(table, key): (String, Value)| {
        let text = |name: &str| key[name]["S"].as_str().unwrap_or_default().to_owned();
        let (partition, sort) = (text("pk"), text("sk"));
        Access { operation: operation.to_owned(), table, index: None, partition, sort, read_units, write_units: 0.0 }
    };
    keys.into_iter().map(of).collect()
}

/// The one item, or the partition, that a request reads.
fn read_one(operation: &str, request: &Value, answer: &Value) -> Option<Access> {
    let key = |name: &str| request["Key"][name]["S"].as_str().unwrap_or_default().to_owned();
    let (partition, sort, index) = match operation {
        "GetItem" => (key("pk"), key("sk"), None),
        "Query" => {
            let placeholder = request["KeyConditionExpression"].as_str()?.split_whitespace().nth(2)?;
            let partition = request["ExpressionAttributeValues"][placeholder]["S"].as_str()?.to_owned();
            let index = request["IndexName"].as_str();
            (partition, String::new(), INDEXES.iter().map(|known| known.0).find(|known| Some(*known) == index))
        }
        _ => return None,
    };
    let read_units = answer["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap_or(0.0);
    let table = request["TableName"].as_str()?.to_owned();
    Some(Access { operation: operation.to_owned(), table, index, partition, sort, read_units, write_units: 0.0 })
}

/// What a write took of the table and of each index. `twice`: in a transaction the table's own part counts double.
pub(super) fn written(
    operation: &str,
    table: &str,
    key: &HashMap<String, String>,
    (before, after): (Option<&Item>, Option<&Item>),
) -> Vec<Access> {
    let access = |index, partition: &str, sort: &str, write_units| Access {
        operation: operation.to_owned(),
        table: table.to_owned(),
        index,
        partition: partition.to_owned(),
        sort: sort.to_owned(),
        read_units: 0.0,
        write_units,
    };
    let text = |name: &str| key.get(name).cloned().unwrap_or_default();
    let factor = if operation == "TransactWriteItems" { 2.0 } else { 1.0 };
    let larger = units(before).max(units(after)).max(1.0);
    let mut all = vec![access(None, &text("pk"), &text("sk"), factor * larger)];
    for (index, partition, sort, is_whole) in INDEXES {
        let copy = |item: Option<&Item>| {
            let item = item?;
            let (at, by) = (item.get(partition)?.as_s().ok()?.clone(), item.get(sort)?.as_s().ok()?.clone());
            let copied = |name: &str| is_whole || [partition, sort, "pk", "sk"].contains(&name);
            let copy: Item =
                item.iter().filter(|(name, _)| copied(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
            Some((at, by, copy))
        };
        let (old, new) = (copy(before), copy(after));
        if old == new {
            continue;
        }
        let stays = matches!((&old, &new), (Some(old), Some(new)) if (&old.0, &old.1) == (&new.0, &new.1));
        if let (true, Some((at, by, new))) = (stays, &new) {
            let old = old.as_ref().map(|old| &old.2);
            all.push(access(Some(index), at, by, units(old).max(units(Some(new)))));
        } else {
            all.extend([old, new].iter().flatten().map(|(at, by, it)| access(Some(index), at, by, units(Some(it)))));
        }
    }
    all
}

/// Write units of an item: one per started KiB.
#[expect(clippy::cast_precision_loss, reason = "an item has at most 400 KiB")]
fn units(item: Option<&Item>) -> f64 {
    item.map_or(0.0, |item| {
        item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>().div_ceil(1024) as f64
    })
}

/// The bytes of a value, as DynamoDB counts them.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.bytes().filter(u8::is_ascii_digit).count().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::M(values) => 3 + values.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        _ => 1,
    }
}
