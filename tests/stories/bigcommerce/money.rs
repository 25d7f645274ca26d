//! What of an order counts, and what of its refunds takes something back.

use serde_json::{Value, json};

use super::{Order, Store, order, product};

/// A refund of these items.
fn refund(id: u64, total: f64, items: &Value) -> Value {
    json!({"id": id, "order_id": 250, "created": "2022-06-16T16:44:15+00:00", "total_amount": total, "total_tax": 0,
        "payments": [{"id": 13, "amount": total, "offline": true, "is_declined": false}], "items": items})
}

/// Boots of 400.00 and two pairs of socks of 150.00 in all, less 50.00 by coupon.
fn goods(store: &Store) -> Order {
    let mut goods = order(250, store.at(0));
    goods.products = json!([
        product(1, "BOOT-42", "400.0000", "500.0000", 1, &[("coupon", "36.3636")]),
        product(2, "SOCK-M", "150.0000", "187.5000", 2, &[("coupon", "13.6364")]),
    ]);
    goods
}

async fn after(refunds: Value) -> (String, String) {
    let store = Store::start().await;
    let mut goods = goods(&store);
    goods.refunds = refunds;
    store.tell(goods).await;
    store.left("250").await
}

fn amounts(net: &str, friend: &str) -> (String, String) {
    (net.to_owned(), friend.to_owned())
}

#[tokio::test]
async fn edge_09_products_that_go_back_take_exactly_their_net_with_them() {
    // 363.64 and 136.36, together 500.00.
    assert_eq!(after(json!([])).await, amounts("500.00", "50.00"));
    let one_pair = json!([{"item_type": "PRODUCT", "item_id": 2, "quantity": 1, "requested_amount": null}]);
    assert_eq!(after(json!([refund(1, 93.75, &one_pair)])).await, amounts("431.82", "43.18"));
    let both = json!([refund(1, 93.75, &one_pair), refund(2, 93.75, &one_pair)]);
    assert_eq!(after(both).await, amounts("363.64", "36.36"));
    // As an amount, tax included: a fifth of what was paid for the boots.
    let amount = json!([{"item_type": "PRODUCT", "item_id": 1, "quantity": 0, "requested_amount": 100}]);
    assert_eq!(after(json!([refund(1, 100.0, &amount)])).await, amounts("427.27", "42.73"));
}

#[tokio::test]
async fn edge_10_shipping_and_tax_that_go_back_take_nothing() {
    let kinds = ["SHIPPING", "HANDLING", "GIFT_WRAPPING", "TAX"];
    let items: Vec<_> =
        kinds.iter().map(|kind| json!({"item_type": kind, "item_id": 9, "requested_amount": 20})).collect();
    assert_eq!(after(json!([refund(1, 80.0, &json!(items))])).await, amounts("500.00", "50.00"));
}

#[tokio::test]
async fn edge_11_money_for_the_order_as_a_whole_goes_by_its_share() {
    // 125.00 of 625.00 is a fifth.
    let goodwill = json!([{"item_type": "ORDER", "item_id": 250, "requested_amount": "125.00"}]);
    assert_eq!(after(json!([refund(1, 125.0, &goodwill)])).await, amounts("400.00", "40.00"));
    assert_eq!(after(json!([refund(1, 125.0, &json!([]))])).await, amounts("400.00", "40.00"));
    let unknown = json!([{"item_type": "PRODUCT", "item_id": 77, "quantity": 1, "requested_amount": null},
        {"item_type": "SHIPPING", "item_id": 1, "requested_amount": 50}]);
    assert_eq!(after(json!([refund(1, 175.0, &unknown)])).await, amounts("400.00", "40.00"));
}

#[tokio::test]
async fn edge_12_a_refund_whose_payment_was_declined_takes_nothing_back() {
    let items = json!([{"item_type": "PRODUCT", "item_id": 1, "quantity": 1, "requested_amount": null}]);
    let mut declined = refund(1, 500.0, &items);
    declined["payments"] = json!([{"amount": 500, "is_declined": true}]);
    assert_eq!(after(json!([declined.clone()])).await, amounts("500.00", "50.00"));
    declined["payments"] = json!([{"amount": 250, "is_declined": true}, {"amount": 250, "is_declined": false}]);
    assert_eq!(after(json!([declined])).await, amounts("136.36", "50.00"), "void: below the minimum");
}

#[tokio::test]
async fn edge_13_a_refund_that_is_listed_no_more_is_given_back() {
    let store = Store::start().await;
    let mut goods = goods(&store);
    goods.refunds = json!([refund(1, 93.75, &json!([{"item_type": "PRODUCT", "item_id": 2, "quantity": 1}]))]);
    store.tell(goods.clone()).await;
    assert_eq!(store.left("250").await, amounts("431.82", "43.18"));
    goods.refunds = json!([]);
    store.tell(goods.at(store.at(5), json!({}))).await;
    assert_eq!(store.left("250").await, amounts("500.00", "50.00"));
}

#[tokio::test]
async fn what_the_order_says_went_back_beyond_the_list_counts_too() {
    let store = Store::start().await;
    store.tell(order(250, store.at(0)).with(json!({"status_id": 14, "refunded_amount": "125.0000"}))).await;
    assert_eq!(store.left("250").await.0, "400.00");
    store.tell(order(251, store.at(0)).with(json!({"status_id": 4}))).await;
    assert_eq!(store.left("251").await.0, "0.00", "set to Refunded by hand");
    // What is listed is not counted again, and what was declined explains nothing.
    let mut both = order(252, store.at(0)).with(json!({"status_id": 14, "refunded_amount": "187.5000"}));
    let half = json!([{"item_type": "ORDER", "item_id": 252, "requested_amount": 62.5}]);
    let mut declined = refund(2, 125.0, &half);
    declined["payments"][0]["is_declined"] = json!(true);
    both.refunds = json!([refund(1, 62.5, &half), declined]);
    store.tell(both).await;
    assert_eq!(store.left("252").await.0, "350.00");
}

#[tokio::test]
async fn edge_16_an_order_in_another_currency_counts_in_the_stores_own_by_the_orders_own_rate() {
    let store = Store::start().await;
    let mut told = order(250, store.at(0)).with(json!({"default_currency_code": "EUR", "currency_code": "EUR",
        "store_default_to_transactional_exchange_rate": "0.1000000000", "subtotal_ex_tax": "55.0000", "subtotal_inc_tax": "68.7500",
        "coupon_discount": "5.0000", "total_inc_tax": "62.5000"}));
    told.products = json!([product(1, "BOOT-42", "55.0000", "68.7500", 1, &[("coupon", "5.0000")])]);
    let euros_off = json!([{"id": 1, "code": "anna10", "amount": "10.0000", "type": 1, "discount": "5.0000"}]);
    let mut euros = told.with_coupons(euros_off);
    store.tell(euros.clone()).await;
    assert_eq!(store.left("250").await, amounts("500.00", "50.00"));
    euros.refunds =
        json!([refund(1, 12.5, &json!([{"item_type": "ORDER", "item_id": 250, "requested_amount": 12.5}]))]);
    store.tell(euros.at(store.at(5), json!({}))).await;
    assert_eq!(store.left("250").await, amounts("400.00", "40.00"));
    // What the shopper was shown is of no matter.
    store
        .tell(order(251, store.at(0)).with(json!({"currency_code": "EUR", "currency_exchange_rate": "0.1",
        "billing_address": {"email": "cy@example.com"}, "customer_id": 8})))
        .await;
    assert_eq!(store.left("251").await, amounts("500.00", "50.00"));
    // Without a rate it stays in the currency that it was paid in.
    store
        .tell(order(252, store.at(0)).with(json!({"default_currency_code": "EUR",
        "store_default_to_transactional_exchange_rate": "0"})))
        .await;
    assert_eq!(store.shop.merchant.why("252").await["net"], json!({"amount": "500.00", "currency": "EUR"}));
}

#[tokio::test]
async fn edge_18_a_discount_on_prices_with_tax_takes_its_net_off() {
    let store = Store::start().await;
    let mut inclusive =
        order(250, store.at(0)).with(json!({"is_tax_inclusive_pricing": true, "coupon_discount": "62.5000"}));
    inclusive.products = json!([product(1, "BOOT-42", "550.0000", "687.5000", 1, &[("coupon", "62.5000")])]);
    let off = json!([{"id": 1, "code": "anna10", "amount": "10.0000", "type": 1, "discount": "62.5000"}]);
    store.tell(inclusive.with_coupons(off)).await;
    assert_eq!(store.left("250").await, amounts("500.00", "50.00"));
}

#[tokio::test]
async fn edge_36_gift_certificates_count_for_nothing_bought_or_returned() {
    let store = Store::start().await;
    let mut mixed = order(250, store.at(0)).with(json!({"subtotal_ex_tax": "850.0000", "subtotal_inc_tax": "987.5000",
        "total_inc_tax": "925.0000"}));
    let mut certificate = product(2, "", "300.0000", "300.0000", 1, &[]);
    certificate["type"] = json!("giftcertificate");
    mixed.products.as_array_mut().expect("a list").push(certificate);
    store.tell(mixed.clone()).await;
    assert_eq!(store.left("250").await, amounts("500.00", "50.00"));
    mixed.refunds = json!([refund(1, 300.0, &json!([{"item_type": "PRODUCT", "item_id": 2, "quantity": 1}]))]);
    store.tell(mixed.at(store.at(5), json!({}))).await;
    assert_eq!(store.left("250").await, amounts("500.00", "50.00"));
}

#[tokio::test]
async fn edge_41_an_order_of_hundreds_of_lines_is_read_as_a_whole() {
    let store = Store::start().await;
    let mut long = order(250, store.at(0)).with(json!({"subtotal_ex_tax": "720.0000", "coupon_discount": "0.0000",
        "total_ex_tax": "720.0000", "total_inc_tax": "900.0000"}));
    let line = |n| product(n, &format!("SKU-{n}"), "3.0000", "3.7500", 1, &[]);
    long.products = (1..=240).map(line).collect();
    long.products[0]["note"] = json!("x".repeat(400_000));
    store.tell(long).await;
    assert_eq!(store.left("250").await, amounts("720.00", "50.00"));
}
