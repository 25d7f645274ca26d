//! Shops on WooCommerce: what their webhooks come to.

mod codes;
mod fixtures;
mod history;
mod polling;
mod receiving;
mod refunds;
mod slow;

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::json;
use tests::{BROWSER, TestApp, TestWoo, WooOrder, parameter, reward, text};

async fn start() -> TestWoo {
    TestApp::start().await.woo(None).await
}

/// What the friend gets, and in which state.
async fn friend(woo: &TestWoo) -> (String, String) {
    let rewards = woo.rewards().await;
    rewards
        .into_iter()
        .find(|(side, ..)| side == "friend")
        .map(|(_, amount, state)| (amount, state))
        .unwrap_or_default()
}

fn of(amount: &str, state: &str) -> (String, String) {
    (amount.to_owned(), state.to_owned())
}

#[tokio::test]
async fn an_order_with_a_code_is_credited_once_however_often_it_is_told() {
    let woo = start().await;
    woo.anna().await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    // WooCommerce says the same twice when an order is made, and again with every save.
    for topic in ["order.created", "order.updated", "order.updated"] {
        woo.tell(topic, &order).await;
    }
    woo.app.drain().await;
    woo.expect_one_referral("1001").await;
}

#[tokio::test]
async fn a_click_is_found_in_the_orders_data_or_in_woocommerces_own_attribution() {
    let woo = start().await;
    let link = woo.anna().await;
    let landing = woo.app.click(&text(&link, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    for (id, key, value, kind) in [
        (1, "ref_click", &token, "click"),
        (2, "_ref_click", &token, "click"),
        (3, "_wc_order_attribution_session_entry", &landing, "landing"),
    ] {
        let order = WooOrder::paid(id, woo.app.at(0)).by(&format!("bo{id}@example.com")).meta(key, value);
        woo.tell("order.created", &order).await;
        let why = woo.why(&id.to_string()).await;
        assert_eq!(
            (&why["outcome"], &why["candidates"][0]["kind"]),
            (&json!("credited"), &json!(kind)),
            "{key}: {why}"
        );
    }
}

#[tokio::test]
async fn an_order_waits_for_its_payment() {
    let woo = start().await;
    woo.anna().await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    let unpaid = |status: &str| order.clone().with(json!({"status": status, "date_paid": null, "date_paid_gmt": null}));
    assert_eq!(woo.post("order.updated", &unpaid("checkout-draft").0).await, 200);
    woo.call(404, Method::GET, &format!("/v1/orders/{}/1001/why", woo.shop.id), json!(null)).await;
    for status in ["pending", "on-hold"] {
        woo.tell("order.updated", &unpaid(status)).await;
        assert_eq!(woo.facts("1001").await.paid_at, None, "{status}");
    }
    assert!(!woo.rewards().await.iter().any(|(.., state)| state == "approved"), "nobody has paid");
    woo.tell("order.updated", &order.later(woo.app.at(60), json!({}))).await;
    assert_eq!(woo.rewards().await, [reward("advocate", "100.00", "approved"), reward("friend", "50.00", "approved")]);
}

#[tokio::test]
async fn two_orders_with_one_delivery_id_are_two_orders() {
    let woo = start().await;
    woo.anna().await;
    for id in [1, 2] {
        let order = WooOrder::paid(id, woo.app.at(0)).by(&format!("bo{id}@example.com")).coupon("anna10");
        woo.tell("order.created", &order).await;
        assert_eq!(woo.why(&id.to_string()).await["outcome"], "credited");
    }
}

#[tokio::test]
async fn an_order_that_could_not_be_applied_is_not_lost() {
    let app = TestApp::with_faults().await;
    let woo = app.woo(None).await;
    woo.anna().await;
    let order = WooOrder::paid(1001, app.at(0)).coupon("anna10");
    let trouble = Trouble::Fail;
    app.engine.wire.inject(Fault { operation: "TransactWriteItems", body_contains: "ORD#", trouble, times: 1000 });
    // WooCommerce sends it once, and turns a webhook off whose deliveries fail.
    woo.tell("order.created", &order).await;
    app.engine.wire.heal();
    app.days_pass(1).await;
    woo.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_17_a_shop_may_show_decimals_that_its_currency_does_not_have() {
    let app = TestApp::start().await;
    let woo = app.woo(None).await;
    for (id, currency, shown, net, amount) in [
        (1, "JPY", "5000.00", 5_000, "5000"),
        (2, "KWD", "12.5", 12_500, "12.500"),
        (3, "SEK", "500", 50_000, "500.00"),
    ] {
        let line = json!([{"id": 31, "total": shown, "total_tax": "0", "quantity": 1}]);
        let order = WooOrder::paid(id, app.at(0))
            .with(json!({"currency": currency, "line_items": line, "total": shown,
                "total_tax": "0", "shipping_lines": []}));
        woo.tell("order.created", &order).await;
        let snapshot = woo.facts(&id.to_string()).await.snapshot.expect("a snapshot");
        assert_eq!((snapshot.net, snapshot.total), (net, net), "{currency}");
        assert_eq!(woo.why(&id.to_string()).await["net"], json!({"amount": amount, "currency": currency}));
    }
}

#[tokio::test]
async fn edge_19_an_order_for_nothing_earns_nothing() {
    let woo = start().await;
    woo.anna().await;
    let line = json!([{"id": 31, "subtotal": "500.00", "total": "0.00", "total_tax": "0.00", "quantity": 1}]);
    let free = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10").with(json!({"line_items": line, "total": "0.00"}));
    woo.tell("order.created", &free).await;
    assert_eq!(woo.why("1001").await["outcome"], "not_credited");
    assert_eq!(woo.rewards().await, []);
}

#[tokio::test]
async fn edge_20_of_several_codes_the_one_of_a_link_counts() {
    let woo = start().await;
    woo.anna().await;
    let codes = json!([{"code": "summer", "discount": "5.00"}, {"code": "anna10", "discount": "50.00"}, {"code": "vip", "discount": "1.00"}]);
    woo.tell("order.created", &WooOrder::paid(1001, woo.app.at(0)).with(json!({"coupon_lines": codes}))).await;
    let why = woo.why("1001").await;
    // In the order of entry; the second one is ours.
    let of = |place: usize| (text(&why["candidates"][place], "code"), text(&why["candidates"][place], "outcome"));
    assert_eq!(of(0), ("SUMMER".to_owned(), "rejected".to_owned()), "{why}");
    assert_eq!((&why["outcome"], of(1)), (&json!("credited"), ("ANNA10".to_owned(), "won".to_owned())), "{why}");
    assert_eq!(woo.rewards().await.len(), 2);
}

#[tokio::test]
async fn edge_26_renewals_of_a_subscription_earn_nothing_more() {
    let woo = start().await;
    let program = woo.program(|program| program["qualify"] = json!({})).await;
    let link = woo.link(&program, "anna@example.com", Some("anna10")).await;
    let landing = woo.app.click(&text(&link, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    let first = WooOrder::paid(1, woo.app.at(0)).coupon("anna10").meta("ref_click", &token);
    woo.tell("order.created", &first).await;
    assert_eq!(woo.why("1").await["outcome"], "credited");
    woo.app.days_pass(1).await;
    let renewal = json!([{"key": "ref_click", "value": token}, {"key": "_subscription_renewal", "value": "77"}]);
    let renewed = WooOrder::paid(2, woo.app.at(0))
        .coupon("anna10")
        .with(json!({"created_via": "subscription", "meta_data": renewal}));
    woo.tell("order.created", &renewed).await;
    let why = woo.why("2").await;
    assert_eq!((&why["outcome"], &why["candidates"]), (&json!("not_credited"), &json!([])), "{why}");
    assert_eq!(woo.rewards().await.len(), 2);
}

#[tokio::test]
async fn edge_27_a_guest_who_comes_back_with_an_account_is_the_same_customer() {
    let woo = start().await;
    woo.anna().await;
    woo.tell("order.created", &WooOrder::paid(1, woo.app.at(0))).await;
    woo.app.days_pass(1).await;
    let again = WooOrder::paid(2, woo.app.at(0)).coupon("anna10").with(json!({"customer_id": 12}));
    woo.tell("order.created", &again).await;
    let why = woo.why("2").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("ordered before"), "{}", why["sentence"]);
}

#[tokio::test]
async fn edge_31_an_order_paid_with_play_money_earns_nothing_and_makes_nobody_a_customer() {
    let woo = start().await;
    woo.anna().await;
    woo.tell("order.created", &WooOrder::paid(1, woo.app.at(0)).coupon("anna10").meta("_wcpay_mode", "test")).await;
    assert_eq!(woo.why("1").await["outcome"], "not_credited");
    woo.app.days_pass(1).await;
    woo.tell("order.created", &WooOrder::paid(2, woo.app.at(0)).coupon("anna10")).await;
    assert_eq!(woo.why("2").await["outcome"], "credited");
}

#[tokio::test]
async fn edge_34_a_deleted_order_takes_its_rewards_back_until_it_is_restored() {
    let woo = start().await;
    woo.anna().await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    woo.tell("order.created", &order).await;
    woo.app.engine.advance(60);
    assert_eq!(woo.post("order.deleted", &json!({"id": 1001})).await, 200);
    assert_eq!((woo.why("1001").await["outcome"].clone(), friend(&woo).await), (json!("void"), of("50.00", "void")));
    // Late word of the time before changes nothing.
    woo.tell("order.updated", &order).await;
    assert_eq!(woo.why("1001").await["outcome"], "void");
    woo.app.engine.advance(60);
    woo.tell("order.restored", &order).await;
    assert_eq!(
        (woo.why("1001").await["outcome"].clone(), friend(&woo).await),
        (json!("credited"), of("50.00", "approved"))
    );
}

#[tokio::test]
async fn edge_38_a_body_of_php_is_understood() {
    let woo = start().await;
    woo.anna().await;
    let order = WooOrder::paid(1001, woo.app.at(0)).with(json!({
        "id": "1001", "customer_id": "0", "total": 687.5, "meta_data": {}, "fee_lines": "", "shipping_lines": {}, "refunds": {},
        "line_items": {"31": {"id": "31", "total": 500, "total_tax": 125.0, "quantity": "1", "meta_data": [{"key": 5, "value": {"a": []}}]}},
        "coupon_lines": {"7": {"code": "anna10", "discount": 50}}, "date_completed": "", "date_completed_gmt": false,
    }));
    // As WordPress writes JSON: nothing but ASCII, and slashes escaped.
    let body = order.0.to_string().replace("Storgatan 1", "Storgatan 1\\/2 \\u00e5").replace("Bo\"", "B\\u00f6\"");
    assert_eq!(woo.send("order.created", body.into_bytes()).await.status(), 200);
    woo.app.drain().await;
    woo.expect_one_referral("1001").await;
}

#[tokio::test]
async fn staff_and_machines_are_not_the_buyers_browser() {
    let woo = start().await;
    let browser = json!({"customer_ip_address": "203.0.113.7", "customer_user_agent": BROWSER});
    for (id, via, device) in
        [(1, "checkout", true), (2, "store-api", true), (3, "admin", false), (4, "rest-api", false)]
    {
        let order = WooOrder::paid(id, woo.app.at(0)).with(browser.clone()).with(json!({"created_via": via}));
        woo.tell("order.created", &order).await;
        let marks = woo.facts(&id.to_string()).await.marks;
        assert_eq!(marks.contains_key(&shared::domain::person::Mark::Device), device, "{via}");
    }
}
