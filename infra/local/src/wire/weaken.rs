//! Takes a condition out of requests on their way, so that a test sees what production code does without it. A
//! condition that nothing depends on is found this way too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value, json};

/// One condition, and where it is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weakening {
    /// The operation, e.g. `PutItem`; `TransactWriteItems` for an action inside of one.
    pub operation: &'static str,
    /// The item: how its partition key starts and, after a space, how its sort key starts, e.g. `ORD#` or `MER# PRG#`.
    pub item: &'static str,
    /// What is taken out: a condition expression as a whole, or a part of an update expression, such as
    /// `if_not_exists(first_at, :at)`.
    pub guard: &'static str,
    /// What stands in its place; empty for nothing.
    pub instead: &'static str,
}

/// How many actions a weakening has hit.
#[derive(Clone, Debug, Default)]
pub struct Hits(Arc<AtomicU32>);

impl Hits {
    /// So many until now.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// What always holds: a `ConditionCheck` can't be without a condition.
const ALWAYS: &str = "attribute_exists(pk) OR attribute_not_exists(pk)";

impl Weakening {
    /// Weakens what matches in a request and counts it. Answers whether the request was changed.
    pub(super) fn apply(&self, operation: &str, request: &mut Value, hits: &Hits) -> bool {
        if operation != self.operation {
            return false;
        }
        let mut hit = 0;
        for (kind, action) in actions(request) {
            if is_item(action, self.item) && self.weaken(kind, action) {
                hit += 1;
            }
        }
        hits.0.fetch_add(hit, Ordering::SeqCst);
        hit > 0
    }

    fn weaken(&self, kind: &str, action: &mut Map<String, Value>) -> bool {
        let condition = text(action, "ConditionExpression");
        let update = text(action, "UpdateExpression");
        if condition == self.guard {
            let instead = if kind == "ConditionCheck" && self.instead.is_empty() { ALWAYS } else { self.instead };
            action.insert("ConditionExpression".into(), json!(instead));
        } else if update.contains(self.guard) {
            action.insert("UpdateExpression".into(), json!(update.replace(self.guard, self.instead)));
        } else {
            return false;
        }
        if text(action, "ConditionExpression").is_empty() {
            action.remove("ConditionExpression");
        }
        drop_unused(action);
        true
    }
}

/// The writes of a request with their kinds; a request that is not a transaction is one itself.
pub(super) fn actions(request: &mut Value) -> Vec<(&str, &mut Map<String, Value>)> {
    let Some(request) = request.as_object_mut() else { return Vec::new() };
    if !request.contains_key("TransactItems") {
        return vec![("", request)];
    }
    let items = request.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten();
    let kinds = items.filter_map(Value::as_object_mut).flatten();
    kinds.filter_map(|(kind, action)| Some((kind.as_str(), action.as_object_mut()?))).collect()
}

/// Whether any action of a request is on such an item.
pub(super) fn touches(request: &mut Value, item: &str) -> bool {
    let batch = batch(request);
    batch.iter().any(|(_, key)| key_is(key, item)) || actions(request).iter().any(|(_, action)| is_item(action, item))
}

/// The tables and keys that a `BatchGetItem` reads; of other requests none.
pub(crate) fn batch(request: &Value) -> Vec<(String, Value)> {
    let tables = request["RequestItems"].as_object().into_iter().flatten();
    let keys = tables.map(|(table, wanted)| (table, wanted["Keys"].as_array().cloned().unwrap_or_default()));
    keys.flat_map(|(table, keys)| keys.into_iter().map(|key| (table.clone(), key))).collect()
}

/// Whether an action is on such an item, as [`Weakening::item`] names it.
fn is_item(action: &Map<String, Value>, item: &str) -> bool {
    key_is(action.get("Key").or_else(|| action.get("Item")).unwrap_or(&Value::Null), item)
}

fn key_is(key: &Value, item: &str) -> bool {
    let (pk, sk) = item.split_once(' ').unwrap_or((item, ""));
    let starts = |name: &str, with: &str| {
        with.is_empty() || key[name]["S"].as_str().is_some_and(|value| value.starts_with(with))
    };
    starts("pk", pk) && starts("sk", sk)
}

fn text(action: &Map<String, Value>, name: &str) -> String {
    action.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// DynamoDB refuses names and values that no expression mentions.
fn drop_unused(action: &mut Map<String, Value>) {
    let expressions = format!("{} {}", text(action, "ConditionExpression"), text(action, "UpdateExpression"));
    let used: BTreeSet<&str> =
        expressions.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '#' | ':'))).collect();
    for map in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        if let Some(given) = action.get_mut(map).and_then(Value::as_object_mut) {
            given.retain(|name, _| used.contains(name.as_str()));
            if given.is_empty() {
                action.remove(map);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakened(operation: &str, weakening: Weakening, mut request: Value) -> (u32, Value) {
        let hits = Hits::default();
        weakening.apply(operation, &mut request, &hits);
        (hits.count(), request)
    }

    #[test]
    fn a_condition_goes_with_the_names_and_values_that_only_it_used() {
        let request = json!({"Key": {"pk": {"S": "OUT#1"}, "sk": {"S": "#"}}, "UpdateExpression": "SET #state = :s, n = n + :one",
            "ConditionExpression": "#state = :c AND #n = :n", "ExpressionAttributeNames": {"#state": "state", "#n": "n"},
            "ExpressionAttributeValues": {":s": {"S": "a"}, ":one": {"N": "1"}, ":c": {"S": "b"}, ":n": {"N": "2"}}});
        let whole = Weakening { operation: "UpdateItem", item: "OUT#", guard: "#state = :c AND #n = :n", instead: "" };
        let without = json!({"Key": {"pk": {"S": "OUT#1"}, "sk": {"S": "#"}}, "UpdateExpression": "SET #state = :s, n = n + :one",
            "ExpressionAttributeNames": {"#state": "state"}, "ExpressionAttributeValues": {":s": {"S": "a"}, ":one": {"N": "1"}}});
        assert_eq!(weakened("UpdateItem", whole, request.clone()), (1, without));
        let (hits, weaker) = weakened("UpdateItem", Weakening { instead: "#n = :n", ..whole }, request.clone());
        assert_eq!((hits, &weaker["ConditionExpression"]), (1, &json!("#n = :n")));
        assert!(weaker["ExpressionAttributeValues"].get(":c").is_none());

        for other in [
            Weakening { operation: "PutItem", ..whole },
            Weakening { item: "ORD#", ..whole },
            Weakening { item: "OUT# PRG#", ..whole },
            Weakening { guard: "#state = :c", ..whole },
        ] {
            assert_eq!(weakened("UpdateItem", other, request.clone()), (0, request.clone()), "{other:?}");
        }
    }

    #[test]
    fn a_part_of_an_update_is_replaced() {
        let request = json!({"Key": {"pk": {"S": "CLK#1"}}, "UpdateExpression": "SET a = if_not_exists(a, :a), b = :b",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "b"}}});
        let weakening =
            Weakening { operation: "UpdateItem", item: "CLK#", guard: "if_not_exists(a, :a)", instead: ":a" };
        let (hits, weaker) = weakened("UpdateItem", weakening, request.clone());
        assert_eq!((hits, &weaker["UpdateExpression"]), (1, &json!("SET a = :a, b = :b")));
        assert_eq!(weaker["ExpressionAttributeValues"], request["ExpressionAttributeValues"]);
    }

    #[test]
    fn in_a_transaction_only_the_matching_action_is_weakened() {
        let new = "attribute_not_exists(pk)";
        let put = |pk: &str, sk: &str| json!({"Put": {"Item": {"pk": {"S": pk}, "sk": {"S": sk}}, "ConditionExpression": new}});
        let check = json!({"ConditionCheck": {"Key": {"pk": {"S": "MER#2"}, "sk": {"S": "PRG#3"}}, "ConditionExpression": new}});
        let request =
            json!({"TransactItems": [put("MER#1", "#"), put("MER#1", "PRG#1"), check], "ClientRequestToken": "t"});
        let weakening = Weakening { operation: "TransactWriteItems", item: "MER# PRG#", guard: new, instead: "" };
        let (hits, weaker) = weakened("TransactWriteItems", weakening, request);
        let conditions = ["/0/Put", "/1/Put", "/2/ConditionCheck"]
            .map(|action| weaker["TransactItems"].pointer(&format!("{action}/ConditionExpression")).cloned());
        assert_eq!((hits, conditions), (2, [Some(json!(new)), None, Some(json!(ALWAYS))]));
    }
}
