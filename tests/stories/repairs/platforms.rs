//! What Shopify, WooCommerce and BigCommerce really send and take.

use serde_json::{Value, json};
use tests::{TestApp, TestWoo, WooOrder};

use crate::bigcommerce::{Store, order};

async fn woo() -> TestWoo {
    let woo = TestApp::start().await.woo(None).await;
    // Orders of any size, and a tenth of what counts, so that it can be read off.
    let program = woo.program(|program| {
        program["qualify"] = json!({});
        program["rewards"]["friend"][0]["fulfilment"] = json!("manual");
    });
    let program = program.await;
    woo.link(&program, "anna@example.com", Some("anna10")).await;
    woo
}

/// Tells of an order, and answers its net and what the trail notes.
async fn read(woo: &TestWoo, order: &WooOrder) -> (String, Vec<String>) {
    woo.tell("order.updated", order).await;
    let why = woo.why(&order.0["id"].to_string()).await;
    let notes = why["notes"].as_array().into_iter().flatten();
    let notes = notes.map(|note| note.as_str().expect("a sentence").to_owned()).collect();
    (why["net"]["amount"].as_str().expect("a net").to_owned(), notes)
}

fn line(id: u64, total: &str) -> Value {
    json!({"id": id, "product_id": 93, "quantity": 1, "subtotal": total, "total": total, "total_tax": "0", "sku": "S", "meta_data": []})
}

/// An order of these lines, without tax and shipping, that came to this in all.
fn bare(woo: &TestWoo, id: u64, total: &str, lines: &[Value]) -> WooOrder {
    let by = format!("bo{id}@example.com");
    let order = WooOrder::paid(id, woo.app.at(0)).by(&by).coupon("anna10");
    order.with(json!({"total": total, "total_tax": "0.00", "shipping_lines": [], "line_items": lines}))
}

#[tokio::test]
async fn repair_12_no_order_counts_for_more_than_its_own_total_allows() {
    let woo = woo().await;
    // One line, told twice.
    let twice = bare(&woo, 1, "12.00", &[line(5, "12.00"), line(5, "12.00")]);
    assert_eq!(read(&woo, &twice).await, ("12.00".into(), vec![]));
    // Controls: two lines that cost the same, and lines that a plugin gave no ids, are as many as they are.
    let two = bare(&woo, 2, "24.00", &[line(5, "12.00"), line(6, "12.00")]);
    assert_eq!(read(&woo, &two).await, ("24.00".into(), vec![]));
    let nameless = json!({"quantity": 1, "total": "12.00", "total_tax": "0"});
    let nameless = bare(&woo, 3, "24.00", &[nameless.clone(), nameless]);
    assert_eq!(read(&woo, &nameless).await, ("24.00".into(), vec![]));
    // However they are told twice.
    let other = bare(&woo, 4, "12.00", &[line(5, "12.00"), line(6, "12.00")]);
    let (net, notes) = read(&woo, &other).await;
    assert_eq!(net, "12.00");
    let says = "The lines come to 24.00 SEK, but the order's own total leaves 12.00 SEK for goods: only that counts.";
    assert_eq!(notes, [says]);
    // A discount that is a fee: 500.00 and its tax, less 200.00 and the tax of that; shipping is no goods.
    let fee = |total: &str, tax: &str| json!([{"id": 50, "name": "A discount", "total": total, "total_tax": tax}]);
    let discount = WooOrder::paid(5, woo.app.at(0)).by("bo5@example.com").coupon("anna10");
    let less =
        discount.clone().with(json!({"total": "437.50", "total_tax": "87.50", "fee_lines": fee("-200.00", "-50.00")}));
    let (net, notes) = read(&woo, &less).await;
    assert_eq!((net.as_str(), notes.len()), ("300.00", 1));
    assert_eq!(woo.rewards().await.iter().filter(|(side, amount, _)| side == "friend" && amount == "30.00").count(), 1);
    // Controls: a fee on top is no goods and takes none away.
    let more = json!({"id": 6, "total": "700.00", "total_tax": "140.00", "fee_lines": fee("10.00", "2.50")});
    assert_eq!(read(&woo, &discount.clone().by("bo6@example.com").with(more)).await, ("500.00".into(), vec![]));
    // Gift cards are money: what they paid was paid, however the plugin tells it.
    let paid = json!({"total": "0.00", "total_tax": "137.50"});
    for (id, told) in [
        (7, json!({"gift_cards": [{"id": 1, "code": "G", "amount": 687.5}]})),
        (8, json!({"pw_gift_cards_redeemed": [{"number": "G", "amount": "687.50"}]})),
        (9, json!({"meta_data": [{"id": 1, "key": "_ywgc_applied_gift_cards_totals", "value": 687.5}]})),
    ] {
        let order =
            discount.clone().by(&format!("bo{id}@example.com")).with(paid.clone()).with(told).with(json!({"id": id}));
        assert_eq!(read(&woo, &order).await, ("500.00".into(), vec![]), "{id}");
    }
}

#[tokio::test]
async fn repair_12_an_order_of_another_kind_of_shop_is_cut_too() {
    let store = Store::start().await;
    // 550.00 less 50.00 by coupon, of which the total knows only half.
    store
        .tell(
            order(250, store.at(0))
                .with(json!({"total_inc_tax": "312.5000", "total_ex_tax": "250.0000", "total_tax": "62.5000"})),
        )
        .await;
    assert_eq!(store.left("250").await.0, "250.00");
    let why = store.shop.merchant.why("250").await;
    assert_eq!(why["notes"].as_array().map(Vec::len), Some(1), "{why}");
    // Controls: what shipping costs is on top, and what a certificate paid is money.
    let more = json!({"total_inc_tax": "687.5000", "total_tax": "137.5000", "shipping_cost_ex_tax": "50.0000"});
    store.tell(order(251, store.at(0)).with(more)).await;
    let paid = json!({"total_inc_tax": "0.0000", "total_tax": "125.0000", "gift_certificate_amount": "625.0000"});
    store.tell(order(252, store.at(0)).with(paid)).await;
    for id in ["251", "252"] {
        assert_eq!(store.left(id).await.0, "500.00");
        assert_eq!(store.shop.merchant.why(id).await["notes"], json!([]));
    }
}

#[tokio::test]
async fn repair_12_tax_alone_that_goes_back_takes_nothing() {
    let store = Store::start().await;
    let refunded = |id: u64, total: f64, tax: f64, items: Value| {
        let mut order = order(id, store.at(0));
        order.refunds = json!([{"id": 1, "order_id": id, "created": "2022-06-16T16:44:15+00:00", "total_amount": total, "total_tax": tax,
            "payments": [{"id": 13, "amount": total, "offline": true, "is_declined": false}], "items": items}]);
        order
    };
    let whole = |amount: f64| json!([{"item_type": "ORDER", "item_id": 1, "requested_amount": amount}]);
    for (id, total, tax, items, net) in [
        (250, 25.0, 25.0, json!([]), "500.00"),
        // Controls: money for the order as a whole goes by its share, whether its tax is told or not.
        (251, 125.0, 25.0, json!([]), "400.00"),
        (252, 125.0, 0.0, json!([]), "400.00"),
        (253, 125.0, 25.0, whole(125.0), "400.00"),
        // A fifth, and more of the tax.
        (254, 150.0, 50.0, json!([]), "400.00"),
    ] {
        store.tell(refunded(id, total, tax, items)).await;
        assert_eq!(store.left(&id.to_string()).await.0, net, "{id}");
    }
}

#[tokio::test]
async fn repair_12_an_order_that_is_called_refunded_is_refunded() {
    let woo = woo().await;
    let order = WooOrder::paid(1, woo.app.at(0)).coupon("anna10");
    woo.tell("order.created", &order).await;
    let refunded = order.clone().later(woo.app.at(60), json!({"status": "refunded"}));
    woo.tell("order.updated", &refunded).await;
    assert_eq!(woo.why("1").await["outcome"], "void");
    // Also where its refunds are less than it came to.
    let less = order.clone().refunded(woo.app.at(120), &[(7, "-10.00")]).with(json!({"status": "refunded"}));
    woo.tell("order.updated", &less).await;
    assert_eq!(woo.why("1").await["outcome"], "void");
    // A slip of the merchant's: what the shop says later counts, and what comes late does not.
    let back = order.later(woo.app.at(180), json!({"status": "processing"}));
    for told in [&back, &refunded, &less] {
        woo.tell("order.updated", told).await;
        assert_eq!(woo.why("1").await["outcome"], "credited");
        assert_eq!(woo.why("1").await["net"]["amount"], "500.00");
    }
}

#[tokio::test]
async fn repair_12_an_event_of_a_custom_shop_counts_within_its_total() {
    let merchant = TestApp::start().await.merchant().await;
    let shop = merchant.shop.id.clone();
    let sek = |amount: &str| json!({"amount": amount, "currency": "SEK"});
    let at = merchant.app.at(0);
    let tell = async |id: &str, net: &str, total: &str| {
        let body = json!({"shop": shop, "id": id, "state": "paid", "placed_at": at, "updated_at": at, "currency": "SEK",
            "net": sek(net), "total": sek(total), "customer": {"email": "bo@example.com"}});
        merchant.call(202, reqwest::Method::POST, "/v1/orders", body).await;
        let why = merchant.why(id).await;
        (why["net"]["amount"].clone(), why["notes"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(tell("1", "24.00", "12.00").await, (json!("12.00"), 1));
    assert_eq!(tell("2", "12.00", "24.00").await, (json!("12.00"), 0));
}
