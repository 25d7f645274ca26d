//! Bodies that nobody should send, for the tests of all adapters.

use proptest::prelude::*;
use serde_json::Value;

/// Any JSON, with such texts and names as bodies of platforms have.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "-?[0-9]{1,14}(\\.[0-9]{0,4})?".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}".prop_map(Value::from),
        "[A-Z][a-z]{2}, [0-3][0-9] [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} \\+0000".prop_map(Value::from),
        "[a-z/?=_.@: ]{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = [
        "id",
        "price",
        "shop_money",
        "total",
        "total_tax",
        "key",
        "value",
        "code",
        "amount",
        "email",
        "country",
        "date_created_gmt",
        "refunds",
        "1",
        "data",
        "quantity",
        "applied_discounts",
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let name = prop_oneof![4 => prop::sample::select(names.to_vec()).prop_map(str::to_owned), 1 => "[a-z_]{1,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Where something is, as JSON pointers.
fn places(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let within = inner.into_iter().flat_map(|(name, value)| places(value, &format!("{at}/{name}")));
    std::iter::once(at.to_owned()).chain(within).filter(|place| !place.is_empty()).collect()
}

/// A proper body with some places, anywhere, taken by anything.
pub(super) fn spoilt(body: &Value) -> impl Strategy<Value = Value> + use<> {
    let body = body.clone();
    let places = places(&body, "");
    prop::collection::vec((prop::sample::select(places), any_json()), 1..6).prop_map(move |changes| {
        let mut body = body.clone();
        for (place, value) in changes {
            if let Some(at) = body.pointer_mut(&place) {
                *at = value;
            }
        }
        body
    })
}
