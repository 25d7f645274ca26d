//! Refunds: amounts in webhooks, lines in the API, and refunds that are deleted again.

use serde_json::{Value, json};
use shared::store::Task;
use tests::{TestApp, TestWoo, Told, WooApi, WooOrder, gmt};

use super::{friend, of};

/// A shop with an API, where Bo ordered with Anna's code.
async fn bought() -> (TestWoo, WooApi, WooOrder) {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    woo.anna().await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    woo.tell("order.created", &order).await;
    api.put(&order);
    woo.app.drain().await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
    (woo, api, order)
}

/// A quarter of an hour later, the shop is asked what changed.
async fn poll(woo: &TestWoo) {
    woo.app.engine.advance(15 * 60);
    woo.app.drain().await;
}

fn refund(id: u64, at: jiff::Timestamp, amount: &str, parts: &Value) -> Value {
    let mut refund = json!({"id": id, "date_created": gmt(at), "date_created_gmt": gmt(at), "amount": amount, "reason": "",
        "line_items": [], "shipping_lines": [], "fee_lines": [], "meta_data": []});
    for (name, value) in parts.as_object().expect("an object") {
        refund[name] = value.clone();
    }
    refund
}

#[tokio::test]
async fn edge_09_refunds_in_parts_take_their_shares_back() {
    let woo = TestApp::start().await.woo(None).await;
    let program = woo.program(|program| program["qualify"] = json!({})).await;
    woo.link(&program, "anna@example.com", Some("anna10")).await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    woo.tell("order.created", &order).await;
    // A fifth and two fifths of all that was paid.
    let one = order.clone().refunded(woo.app.at(60), &[(1, "-137.50")]);
    let two = order.clone().refunded(woo.app.at(120), &[(2, "-275.00"), (1, "-137.50")]);
    for (told, left) in [(&one, "40.00"), (&one, "40.00"), (&two, "20.00"), (&one, "20.00"), (&order, "20.00")] {
        woo.tell("order.updated", told).await;
        assert_eq!(friend(&woo).await, of(left, "approved"));
    }
    // The rest; WooCommerce then calls the order refunded.
    let all = [(3, "-275.00"), (2, "-275.00"), (1, "-137.50")];
    woo.tell("order.updated", &order.refunded(woo.app.at(180), &all).with(json!({"status": "refunded"}))).await;
    assert_eq!(friend(&woo).await.1, "void");
}

#[tokio::test]
async fn edge_10_shipping_that_went_back_takes_nothing() {
    let (woo, api, order) = bought().await;
    let at = woo.app.at(60);
    let refunded = order.refunded(at, &[(726, "-62.50")]);
    api.put(&refunded);
    let shipping = json!({"shipping_lines": [{"id": 50, "total": "-50.00", "total_tax": "-12.50"}]});
    api.put_refunds(1001, json!([refund(726, at, "62.50", &shipping)]));
    // The webhook tells an amount, a tenth of the order with tax and shipping; what it is for is asked at once.
    woo.tell("order.updated", &refunded).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
    poll(&woo).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
    // What comes in late, or is told again without lines, knows less.
    woo.tell("order.updated", &refunded).await;
    woo.tell("order.updated", &refunded.clone().later(woo.app.at(60), json!({"status": "completed"}))).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
}

#[tokio::test]
async fn edge_10_it_takes_nothing_when_the_shop_is_asked_before_the_webhook_comes_too() {
    let (woo, api, order) = bought().await;
    let at = woo.app.at(60);
    let refunded = order.refunded(at, &[(726, "-62.50")]);
    api.put(&refunded);
    let shipping = json!({"shipping_lines": [{"id": 50, "total": "-50.00", "total_tax": "-12.50"}]});
    api.put_refunds(1001, json!([refund(726, at, "62.50", &shipping)]));
    poll(&woo).await;
    woo.tell("order.updated", &refunded).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
    assert_eq!(api.asked("/wp-json/wc/v3/orders/1001/refunds").len(), 1);
}

#[tokio::test]
async fn edge_11_goodwill_takes_its_share_and_lines_take_themselves() {
    let (woo, api, order) = bought().await;
    let at = woo.app.at(60);
    // 68.75 as goodwill is a tenth of all; 50.00 of the boots, their tax, and all of the shipping is 50.00.
    api.put(&order.refunded(at, &[(2, "-125.00"), (1, "-68.75")]));
    let line = json!({"id": 60, "quantity": 0, "total": "-50.00", "total_tax": "-12.50", "meta_data": [{"key": "_refunded_item_id", "value": "31"}]});
    let lines = json!({"line_items": [line], "shipping_lines": [{"id": 61, "total": "-50.00", "total_tax": "-12.50"}]});
    api.put_refunds(1001, json!([refund(2, at, "125.00", &lines), refund(1, at, "68.75", &json!({}))]));
    poll(&woo).await;
    assert_eq!(friend(&woo).await, of("40.00", "approved"));
}

#[tokio::test]
async fn edge_13_a_deleted_refund_gives_the_reward_back() {
    let (woo, api, order) = bought().await;
    let at = woo.app.at(60);
    let refunded = order.clone().refunded(at, &[(726, "-687.50")]).with(json!({"status": "refunded"}));
    woo.tell("order.updated", &refunded).await;
    assert_eq!(friend(&woo).await.1, "void");
    // The refund was a slip and is deleted. That alone does not modify the order.
    woo.app.engine.advance(600);
    let deleted = order.refunded(at, &[]);
    api.put(&deleted);
    woo.tell("order.updated", &deleted).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
    // What comes late does not undo it.
    woo.tell("order.updated", &refunded.later(woo.app.at(-3_000), json!({}))).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
}

#[tokio::test]
async fn refunds_that_the_shop_cannot_tell_in_full_are_waited_for() {
    let (woo, api, order) = bought().await;
    // Of refunds that are not there, and of an answer that a plugin spoilt.
    for (n, answer) in [json!("<br />Notice"), json!([{"id": {}}])].into_iter().enumerate() {
        api.put_refunds(1001, answer);
        let seconds = 60 + 60 * i64::try_from(n).expect("small");
        api.put(&order.clone().refunded(woo.app.at(seconds), &[(726, "-68.75")]));
        poll(&woo).await;
        assert_eq!(friend(&woo).await, of("50.00", "approved"));
    }
    // Of a shop that has closed this one route.
    api.spoil(|asked| asked.path.ends_with("/refunds").then(|| Told::status(403, "")));
    let both = [(726, "-68.75"), (727, "-68.75")];
    api.put(&order.clone().refunded(woo.app.at(200), &both));
    poll(&woo).await;
    assert_eq!(friend(&woo).await, of("50.00", "approved"));
    assert_eq!(woo.job(Task::Poll).await.failures, 0, "one order does not stop the others");
    assert_eq!(woo.get("/v1/parked").await["data"].as_array().map(Vec::len), Some(1), "it is asked again");
    // Too much at once, or too slow: that passes, and is waited for.
    api.spoil(|asked| asked.path.ends_with("/refunds").then(|| Told::status(429, "")));
    api.put(&order.refunded(woo.app.at(300), &both));
    poll(&woo).await;
    assert_eq!(woo.job(Task::Poll).await.failures, 1);
    // Once it can tell, it is known to the cent.
    api.heal();
    let goodwill = |id| refund(id, woo.app.at(0), "68.75", &json!({}));
    api.put_refunds(1001, json!([goodwill(727), goodwill(726)]));
    woo.app.days_pass(1).await;
    assert_eq!(friend(&woo).await, of("40.00", "approved"));
    assert_eq!(woo.get("/v1/parked").await["data"], json!([]));
}
