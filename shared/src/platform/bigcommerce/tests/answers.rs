//! Answers of the API that make no sense: whatever comes, nothing panics, and no order is worth less than nothing.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use ulid::Ulid;

use super::super::super::Context;
use super::super::super::api::ApiFailure;
use super::super::super::spoilt::{any_json, spoilt};
use super::super::api::read_order;
use crate::crypto::Keys;
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::money::{MAX_MINOR, Money};
use crate::domain::order::OrderEvent;

fn read(answers: &[u8]) -> Result<Option<OrderEvent>, ApiFailure> {
    let keys = Keys::new([(1, "k".repeat(32))].into(), &"p".repeat(32)).expect("keys");
    let context = Context {
        keys: &keys,
        merchant: MerchantId::new(Ulid::from_parts(1, 1)),
        shop: ShopId::new(Ulid::from_parts(1, 2)),
        currency: "USD".parse().expect("a currency"),
        received_at: Timestamp::UNIX_EPOCH,
        can_ask: true,
    };
    read_order(answers, context)
}

/// An order of 550.00 less 50.00 by coupon, of which 100.00 went back, with all that may be asked about it.
fn whole() -> Value {
    let at = "Sun, 01 Mar 2026 10:00:00 +0000";
    json!({
        "order": {"id": 250, "customer_id": 7, "date_created": at, "date_modified": at, "date_shipped": at, "status_id": 14,
            "subtotal_ex_tax": "550.0000", "subtotal_inc_tax": "687.5000", "total_inc_tax": "625.0000", "discount_amount": "0.0000",
            "coupon_discount": "62.5000", "refunded_amount": "125.0000", "is_tax_inclusive_pricing": true, "items_total": 1,
            "items_shipped": 1, "payment_method": "Credit Card", "default_currency_code": "SEK",
            "store_default_currency_code": "SEK", "store_default_to_transactional_exchange_rate": "1.0000000000",
            "is_deleted": false, "customer_locale": "sv", "ip_address": "203.0.113.7", "order_source": "www",
            "billing_address": {"first_name": "Bo", "street_1": "Storgatan 1", "zip": "111 22", "country_iso2": "SE",
                "phone": "070-123 45 67", "email": "bo@example.com"}},
        "products": [{"id": 1, "product_id": 71, "sku": "BOOT-42", "type": "physical", "quantity": 5, "total_ex_tax": "550.0000",
            "total_inc_tax": "687.5000", "applied_discounts": [{"id": "coupon", "amount": "62.5000"}]}],
        "coupons": [{"id": 1, "code": "anna10", "type": 1, "discount": 50}],
        "refunds": {"data": [{"id": 3, "created": "2026-03-02T10:00:00+00:00", "total_amount": 125, "payments": [{"is_declined": false}],
            "items": [{"item_type": "PRODUCT", "item_id": 1, "quantity": 1, "requested_amount": null}]}]},
        "metafields": {"data": [{"namespace": "goodword", "key": "ref_click", "value": "t.1"}]},
    })
}

#[test]
fn an_order_is_put_together_from_all_answers() {
    let event = read(whole().to_string().as_bytes()).expect("reads").expect("an order");
    let money = [event.facts.net_before_refunds(), event.facts.refunded()].map(|money| money.expect("money").amount());
    assert_eq!(money, ["500.00", "100.00"]);
    assert_eq!((event.facts.evidence.iter().count(), event.order.id.as_str()), (2, "250"));
    // What is empty is none; without an order there is nothing.
    let bare = json!({"order": whole()["order"], "products": null});
    assert!(read(bare.to_string().as_bytes()).expect("reads").is_some());
    assert_eq!(read(b"{\"order\": null}"), Ok(None));
    let wrong = [(&b"[]"[..], ""), (b"{\"order\": {\"id\": []}}", "order")];
    for (nonsense, place) in wrong {
        assert!(matches!(read(nonsense), Err(ApiFailure::Nonsense(at)) if at.contains(place)));
    }
}

fn survives(answers: &[u8]) {
    if let Ok(Some(event)) = read(answers) {
        let [net, refunded] = [event.facts.net(), event.facts.refunded()].map(|money| money.map_or(0, Money::minor));
        assert!((0..=MAX_MINOR).contains(&net) && refunded >= 0, "{net} {refunded}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(answers in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&answers);
    }

    #[test]
    fn no_json_makes_it_panic(part in any_json(), name in prop::sample::select(vec!["products", "coupons", "refunds", "metafields"])) {
        let mut whole = whole();
        whole[name] = part;
        survives(whole.to_string().as_bytes());
    }

    #[test]
    fn no_spoilt_answer_makes_it_panic(answers in spoilt(&whole())) {
        survives(answers.to_string().as_bytes());
    }
}
