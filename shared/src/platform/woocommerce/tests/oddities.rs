//! What PHP and plugins make of bodies: whatever comes, nothing panics, and what is no money costs no order.

use proptest::prelude::*;

use super::*;
use crate::domain::money::{MAX_MINOR, Money};

#[test]
fn edge_38_phps_odd_types_cost_no_order() {
    let proper = event(&order(json!({"meta_data": [{"id": 1, "key": "ref_click", "value": "t.1"}]}))).facts;
    let odd = order(json!({
        "id": "1001", "parent_id": "0", "total": 1312.5, "customer_id": "7", "version": null, "prices_include_tax": "yes",
        "meta_data": {"0": {"id": "1", "key": "ref_click", "value": "t.1"}, "2": {"key": 5, "value": [[]]}, "3": "x", "4": null},
        "line_items": {"31": line(json!({"id": "31", "product_id": "93", "total": 1000, "meta_data": "", "taxes": {}, "quantity": "2"}))},
        "coupon_lines": {}, "refunds": {}, "fee_lines": "", "shipping_lines": false, "date_completed": "", "date_completed_gmt": false,
        "_links": [], "new_field": {"of": "a plugin"},
    }));
    assert_eq!(event(&odd).facts, proper);
    for none in [json!([]), json!({}), json!(null), json!(""), json!(false)] {
        let bare = json!({"meta_data": none, "coupon_lines": none, "billing": none, "shipping": none, "line_items": none,
            "customer_user_agent": none, "customer_ip_address": none, "created_via": none, "customer_id": none, "status": none});
        let facts = event(&order(bare)).facts;
        assert_eq!(facts.net().map(Money::minor), Some(0), "{none}");
    }
    let mut missing = order(json!({}));
    for field in [
        "meta_data",
        "coupon_lines",
        "billing",
        "shipping",
        "customer_id",
        "date_modified",
        "date_modified_gmt",
        "refunds",
    ] {
        missing.as_object_mut().expect("an object").remove(field);
    }
    let facts = event(&missing).facts;
    assert!(facts.refunds_listed.is_none(), "no list is not an empty list");
    assert_eq!(facts.net().map(Money::minor), Some(100_000));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "-?[0-9]{1,14}(\\.[0-9]{0,4})?".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}".prop_map(Value::from),
        "[a-z/?=_.@: ]{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = [
        "id",
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
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(prop::sample::select(names.to_vec()), inner, 0..4).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
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
fn spoilt(body: &Value) -> impl Strategy<Value = Value> + use<> {
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

/// Reads it under every topic and as the API would; what could be read as money is also added up.
fn survives(body: &[u8], refund: &Value) {
    let in_range = |facts: &Facts| {
        let net = facts.net().map_or(0, Money::minor);
        assert!((0..=MAX_MINOR).contains(&net), "{net}");
    };
    for topic in ["order.created", "order.updated", "order.restored", "order.deleted", "order.other"] {
        if let Ok(Said::Order(event)) = read(topic, body) {
            in_range(&event.facts);
        }
    }
    let Ok(order) = serde_json::from_slice::<OrderBody>(body) else { return };
    let refunds: Vec<RefundBody> = serde_json::from_value(refund.clone()).into_iter().collect();
    if let Some(event) = facts::event(&order, &refunds, None, context(&keys(), at(RECEIVED))) {
        in_range(&event.facts);
    }
}

fn full_order() -> Value {
    order(
        json!({"coupon_lines": [{"code": "anna10", "discount": "1.00"}], "meta_data": [{"key": "ref_click", "value": "t"}],
        "refunds": [{"id": 726, "total": "-62.50"}]}),
    )
}

fn full_refund() -> Value {
    refund(json!({"shipping_lines": [{"total": "-1.00", "total_tax": "-0.25"}], "fee_lines": [{"total": "-1.00"}]}))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&body, &Value::Null);
    }

    #[test]
    fn no_json_makes_it_panic(body in any_json(), refund in any_json()) {
        survives(body.to_string().as_bytes(), &refund);
    }

    #[test]
    fn no_spoilt_order_or_refund_makes_it_panic(order in spoilt(&full_order()), refund in spoilt(&full_refund())) {
        survives(order.to_string().as_bytes(), &refund);
    }
}
