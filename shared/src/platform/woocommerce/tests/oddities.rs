//! What PHP and plugins make of bodies: whatever comes, nothing panics, and what is no money costs no order.

use proptest::prelude::*;

use super::super::super::spoilt::{any_json, spoilt};
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
