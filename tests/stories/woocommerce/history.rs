//! The orders from before the shop was connected: they make their buyers customers, and earn nothing.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestWoo, Told, WooApi, WooOrder, text};

const DAY: i64 = 86_400;

/// A shop with 250 orders of a year, by as many buyers. Bo's was among the first.
async fn with_history(app: &TestApp) -> (TestWoo, WooApi) {
    let api = WooApi::start().await;
    for id in 1..=250 {
        let at = app.at(-365 * DAY + 3_600 * i64::try_from(id).expect("small"));
        let buyer = if id == 3 { "bo@example.com".to_owned() } else { format!("customer{id}@example.com") };
        // All of them with Anna's code: nobody is credited for what is past.
        api.put(&WooOrder::paid(id, at).by(&buyer).coupon("anna10"));
    }
    let woo = app.woo(Some(&api.server.url)).await;
    woo.anna().await;
    woo.app.drain().await;
    (woo, api)
}

async fn begin(woo: &TestWoo) -> String {
    let path = format!("/v1/shops/{}/backfill", woo.shop.id);
    let begun = woo.call(202, Method::POST, &path, json!({})).await;
    assert_eq!((&begun["state"], &begun["orders_seen"]), (&json!("running"), &json!(0)), "{begun}");
    path
}

/// Bo, who bought a year ago, comes with Anna's code; and so does somebody new.
async fn expect_bo_is_no_new_customer(woo: &TestWoo) {
    assert_eq!(woo.rewards().await, [], "nothing of the past earns");
    woo.tell("order.created", &WooOrder::paid(1001, woo.app.at(0)).coupon("anna10")).await;
    let why = woo.why("1001").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("ordered before"), "{}", why["sentence"]);
    woo.tell("order.created", &WooOrder::paid(1002, woo.app.at(0)).by("cy@example.com").coupon("anna10")).await;
    assert_eq!(woo.why("1002").await["outcome"], "credited");
}

#[tokio::test]
async fn a_customer_of_the_past_is_no_new_customer() {
    let app = TestApp::start().await;
    let (woo, api) = with_history(&app).await;
    let path = begin(&woo).await;
    woo.app.drain().await;
    let done = woo.get(&path).await;
    assert_eq!(
        (&done["state"], &done["error"], &done["next_at"]),
        (&json!("done"), &Value::Null, &Value::Null),
        "{done}"
    );
    // Each page begins an hour before the end of the one before it: two of these orders.
    assert_eq!((&done["orders_seen"], &done["orders_entered"]), (&json!(254), &json!(254)), "{done}");
    expect_bo_is_no_new_customer(&woo).await;
    let asked = api.asked("/wp-json/wc/v3/orders");
    let pages: Vec<_> = asked.iter().filter(|asked| !asked.param("before").is_empty()).collect();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.param("per_page") == "100" && page.param("orderby") == "date"));
    assert!(asked.iter().all(|asked| !asked.path.ends_with("/refunds")));
}

#[tokio::test]
async fn unpaid_called_off_and_test_orders_make_nobody_a_customer() {
    let app = TestApp::start().await;
    let api = WooApi::start().await;
    let at = app.at(-DAY);
    let unpaid = json!({"status": "pending", "date_paid": null, "date_paid_gmt": null});
    api.put(&WooOrder::paid(1, at).with(unpaid));
    api.put(&WooOrder::paid(2, at).with(json!({"status": "cancelled"})));
    api.put(&WooOrder::paid(3, at).meta("_wcpay_mode", "test"));
    api.put(&WooOrder::paid(4, at).with(json!({"status": "checkout-draft"})));
    let woo = app.woo(Some(&api.server.url)).await;
    woo.anna().await;
    let path = begin(&woo).await;
    woo.app.drain().await;
    assert_eq!(woo.get(&path).await["orders_entered"], 0);
    woo.tell("order.created", &WooOrder::paid(1001, woo.app.at(0)).coupon("anna10")).await;
    assert_eq!(woo.why("1001").await["outcome"], "credited");
}

#[tokio::test]
async fn it_goes_on_from_the_page_at_which_the_shop_failed() {
    let app = TestApp::start().await;
    let (woo, api) = with_history(&app).await;
    // The first page of the past comes, the second does not.
    api.spoil(|asked| (!asked.param("after").is_empty()).then(|| Told::status(503, "")));
    let path = begin(&woo).await;
    woo.app.drain().await;
    let stuck = woo.get(&path).await;
    assert_eq!((&stuck["state"], &stuck["orders_seen"]), (&json!("running"), &json!(100)), "{stuck}");
    assert_eq!(stuck["error"], "the platform has a fault: status 503");
    assert_ne!(stuck["next_at"], Value::Null, "{stuck}");
    api.heal();
    // Asking again does not wait.
    woo.call(202, Method::POST, &path, json!({})).await;
    woo.app.drain().await;
    let done = woo.get(&path).await;
    assert_eq!((&done["state"], &done["error"]), (&json!("done"), &Value::Null));
    // The pages after a failure are smaller, and each begins with what the one before ended with.
    assert!(done["orders_seen"].as_u64() > Some(254), "{done}");
    let asked = api.asked("/wp-json/wc/v3/orders");
    let from_the_start = asked.iter().filter(|it| !it.param("before").is_empty() && it.param("after").is_empty());
    assert_eq!(from_the_start.count(), 1, "the first page was not read again");
    expect_bo_is_no_new_customer(&woo).await;
}

#[tokio::test]
async fn a_page_whose_worker_died_before_it_noted_so_is_read_again_and_counted_once() {
    let app = TestApp::with_faults().await;
    let (woo, _) = with_history(&app).await;
    let path = begin(&woo).await;
    let trouble = Trouble::Fail;
    app.engine.wire.inject(Fault { operation: "PutItem", body_contains: "JOB#", trouble, times: 20 });
    app.engine.drain().await.ok();
    assert_eq!(woo.get(&path).await["orders_seen"], 0, "entered, but not noted");
    app.engine.wire.heal();
    app.days_pass(1).await;
    let done = woo.get(&path).await;
    assert_eq!((&done["state"], &done["orders_seen"]), (&json!("done"), &json!(254)), "{done}");
    expect_bo_is_no_new_customer(&woo).await;
}

#[tokio::test]
async fn a_shop_without_an_api_cannot_be_asked() {
    let woo = TestApp::start().await.woo(None).await;
    let path = format!("/v1/shops/{}/backfill", woo.shop.id);
    assert_eq!(woo.call(409, Method::POST, &path, json!({})).await["code"], "no_api_access");
    // Credentials may come later.
    let api = WooApi::start().await;
    let access = json!({"api": {"base_url": api.server.url, "consumer_key": "ck_1", "consumer_secret": "wrong"}});
    woo.call(200, Method::PATCH, &format!("/v1/shops/{}", woo.shop.id), access).await;
    begin(&woo).await;
    woo.app.drain().await;
    let refused = woo.get(&path).await;
    assert_eq!(refused["error"], "the platform refused the credentials with status 401", "{refused}");
    let access = json!({"api": {"base_url": api.server.url, "consumer_key": "ck_1", "consumer_secret": "cs_1"}});
    woo.call(200, Method::PATCH, &format!("/v1/shops/{}", woo.shop.id), access).await;
    woo.call(202, Method::POST, &path, json!({})).await;
    woo.app.drain().await;
    assert_eq!(woo.get(&path).await["state"], "done");
}
