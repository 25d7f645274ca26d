use jiff::Timestamp;
use serde_json::json;
use ulid::Ulid;

use super::*;
use crate::domain::id::{MerchantId, ShopId};

#[cfg(feature = "outbound")]
mod answers;

fn said(body: &Value) -> Result<Said, String> {
    let keys = crate::crypto::Keys::new([(1, "k".repeat(32))].into(), &"p".repeat(32)).expect("keys");
    let context = Context {
        keys: &keys,
        merchant: MerchantId::new(Ulid::from_parts(1, 1)),
        shop: ShopId::new(Ulid::from_parts(1, 2)),
        currency: "USD".parse().expect("a currency"),
        received_at: Timestamp::UNIX_EPOCH,
        can_ask: true,
    };
    parse("", body.to_string().as_bytes(), context).map_err(|refused| format!("{refused:?}"))
}

#[test]
fn events_name_their_order_in_places_of_their_own() {
    let cases = [
        ("store/order/created", json!({"type": "order", "id": 250}), Some("250")),
        ("store/order/updated", json!({"id": "250"}), Some("250")),
        ("store/order/statusUpdated", json!({"id": 250, "status": {"new_status_id": 11}}), Some("250")),
        ("store/order/archived", json!({"id": 250}), Some("250")),
        ("store/order/refund/created", json!({"id": 250, "refund": {"refund_id": 3}}), Some("250")),
        ("store/order/transaction/created", json!({"type": "transaction", "order_id": 250}), Some("250")),
        ("store/order/transaction/updated", json!({"order_id": 250}), Some("250")),
        ("store/order/metafield/created", json!({"metafield_id": 14, "resource_id": "270"}), Some("270")),
        ("store/order/metafield/deleted", json!({"metafield_id": 14, "resource_id": "270"}), None),
        ("store/order/message/created", json!({"id": 250}), None),
        ("store/shipment/created", json!({"id": 12, "orderId": 251}), Some("251")),
        ("store/cart/converted", json!({"id": "d30016e2", "orderId": 252}), Some("252")),
        ("store/cart/couponApplied", json!({"id": "d30016e2", "couponId": 1}), None),
        ("store/customer/created", json!({"id": 32}), None),
        ("store/channel/1/order/updated", json!({"order_id": 127}), Some("127")),
        ("store/channel/1/order/statusUpdated", json!({"id": 127}), Some("127")),
        ("store/order/created", json!({"id": 9_223_372_036_854_775_807_u64}), Some("9223372036854775807")),
        ("store", json!(null), None),
        ("", json!(null), None),
    ];
    for (scope, data, order) in cases {
        let expected = order.map_or(Said::Nothing, |id| Said::Changed(id.parse().expect("an id")));
        assert_eq!(said(&json!({"scope": scope, "data": data})), Ok(expected), "{scope}");
    }
    assert_eq!(said(&json!({"scope": "store/app/uninstalled"})), Ok(Said::Uninstalled));
}

#[test]
fn an_event_that_names_no_order_where_it_should_is_refused_with_the_place() {
    let cases = [
        (json!({"data": {"id": 1}}), "scope"),
        (json!({"scope": 1}), "/scope"),
        (json!({"scope": "store/order/created"}), "/data/id"),
        (json!({"scope": "store/order/created", "data": {"id": null}}), "/data/id"),
        (json!({"scope": "store/order/created", "data": {"id": "../1"}}), "/data/id"),
        (json!({"scope": "store/order/created", "data": {"id": [1]}}), "/data/id"),
        (json!({"scope": "store/shipment/created", "data": {"id": 12}}), "/data/orderId"),
        (json!({"scope": "store/order/transaction/created", "data": {"id": 12}}), "/data/order_id"),
    ];
    for (body, place) in cases {
        let refused = said(&body).expect_err("is refused");
        assert!(refused.contains("400") && refused.contains(place), "{body}: {refused}");
    }
}

#[cfg(feature = "outbound")]
#[test]
fn a_round_goes_on_where_it_stopped() {
    use super::api::Place;
    for (cursor, page, done) in [(None, 1, 0), (Some("3.17"), 3, 17), (Some("nonsense"), 1, 0)] {
        assert_eq!(Place::read(cursor), Place { page, done });
    }
    assert_eq!(Place { page: 3, done: 17 }.write(), "3.17");
}
