//! A shop is asked what changed: for webhooks that were never sent, and through everything that can go wrong.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use shared::domain::endpoint::Reach;
use shared::platform::api::Client;
use shared::store::Task;
use tests::{TestApp, TestWoo, Told, WooApi, WooOrder, reward};

/// A shop with an API, whose first round is over.
async fn start() -> (TestWoo, WooApi) {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    woo.anna().await;
    woo.app.drain().await;
    (woo, api)
}

async fn minutes_pass(woo: &TestWoo, minutes: i64) {
    woo.app.engine.advance(minutes * 60);
    woo.app.drain().await;
}

#[tokio::test]
async fn edge_40_an_order_whose_webhook_was_lost_is_found_and_credited() {
    let (woo, api) = start().await;
    api.put(&WooOrder::paid(1001, woo.app.at(60)).coupon("anna10"));
    minutes_pass(&woo, 5).await;
    woo.call(404, Method::GET, &format!("/v1/orders/{}/1001/why", woo.shop.id), json!(null)).await;
    minutes_pass(&woo, 10).await;
    woo.expect_one_referral("1001").await;
    // The next rounds, and the webhook after all, change nothing.
    for _ in 0..3 {
        minutes_pass(&woo, 15).await;
    }
    woo.tell("order.created", &WooOrder::paid(1001, woo.app.at(-3_000)).coupon("anna10")).await;
    woo.app.drain().await;
    woo.expect_one_referral("1001").await;
    let asked = api.asked("/wp-json/wc/v3/orders");
    let first = &asked[0];
    assert_eq!([first.param("status"), first.param("orderby"), first.param("page")], ["any", "modified", "1"]);
    assert_eq!((first.param("modified_after").len(), first.header("accept")), (19, "application/json"));
}

#[tokio::test]
async fn edge_03_an_order_whose_worker_died_before_it_was_applied_is_found() {
    let api = WooApi::start().await;
    let woo = TestApp::with_faults().await.woo(Some(&api.server.url)).await;
    woo.anna().await;
    woo.app.drain().await;
    let order = WooOrder::paid(1001, woo.app.at(60)).coupon("anna10");
    api.put(&order);
    // It hangs at its write, and goes away with all that it knew.
    let gate = woo.app.engine.wire.hold("TransactWriteItems", "ORD#", "1001");
    let sender = woo.clone();
    let delivery = tokio::spawn(async move { sender.post("order.created", &order.0).await });
    gate.caught().await.expect("it comes to its write");
    delivery.abort();
    assert!(delivery.await.is_err(), "WooCommerce gets no answer, and does not send again");
    woo.call(404, Method::GET, &format!("/v1/orders/{}/1001/why", woo.shop.id), json!(null)).await;
    minutes_pass(&woo, 15).await;
    woo.expect_one_referral("1001").await;
    drop(gate);
    minutes_pass(&woo, 15).await;
    woo.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_40_a_refund_and_a_deletion_whose_webhooks_were_lost_are_found() {
    let (woo, api) = start().await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    woo.tell("order.created", &order).await;
    api.put(&order.clone().refunded(woo.app.at(60), &[(1, "-68.75")]));
    api.put_refunds(1001, json!([{"id": 1, "date_created_gmt": tests::gmt(woo.app.at(60)), "amount": "68.75"}]));
    minutes_pass(&woo, 15).await;
    assert!(woo.rewards().await.contains(&reward("friend", "45.00", "approved")));
    api.put(&order.later(woo.app.at(60), json!({"status": "trash"})));
    minutes_pass(&woo, 15).await;
    assert_eq!(woo.why("1001").await["outcome"], "void");
    assert!(api.asked("/wp-json/wc/v3/orders").iter().any(|asked| asked.param("status") == "trash"));
}

#[tokio::test]
async fn no_order_is_missed_when_orders_change_while_they_are_read() {
    let (woo, api) = start().await;
    let since = woo.app.at(60);
    let at = move |second: u64| {
        since.checked_add(jiff::SignedDuration::from_secs(i64::try_from(second).expect("small"))).expect("in range")
    };
    let order = move |id: u64, second: u64| WooOrder::paid(id, at(second)).by(&format!("bo{id}@example.com"));
    for id in 1..=60 {
        // 30 of them are saved within one second.
        api.put(&order(id, if (11..=40).contains(&id) { 20 } else { id }));
    }
    // After each page, the first order that was read is saved anew and goes to the end.
    let moving = api.clone();
    let pages = std::sync::atomic::AtomicU64::new(1);
    api.spoil(move |asked| {
        let page = pages.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if asked.path.ends_with("/orders") && page > 1 && page < 5 {
            moving.put(&order(page - 1, page - 1).later(at(100 + page), json!({})));
        }
        None
    });
    minutes_pass(&woo, 15).await;
    for id in 1..=60 {
        woo.facts(&id.to_string()).await;
    }
    assert_eq!(woo.job(Task::Poll).await.failures, 0);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_does_not_keep_the_others_from_being_read() {
    let (woo, api) = start().await;
    let at = woo.app.at(60);
    api.put(&WooOrder::paid(1, at).by("one@example.com"));
    for (id, spoilt) in [(2, json!({"currency": "XXX"})), (3, json!({"line_items": [{"total": "a lot"}]}))] {
        api.put(&WooOrder::paid(id, at).with(spoilt));
    }
    let nothing = json!({"id": 4, "date_modified_gmt": tests::gmt(at), "status": "processing"});
    api.put_as(4, nothing);
    api.put(&WooOrder::paid(5, at).coupon("anna10"));
    minutes_pass(&woo, 15).await;
    assert_eq!(woo.why("5").await["outcome"], "credited");
    woo.facts("1").await;
    let job = woo.job(Task::Poll).await;
    assert_eq!((job.failures, job.error, job.cursor), (0, None, None));
}

#[tokio::test]
async fn a_host_that_takes_headers_away_is_read_to_the_end() {
    let (woo, api) = start().await;
    let since = woo.app.at(60);
    let orders: Vec<_> = (1..=30).map(|id| WooOrder::paid(id, since).by(&format!("bo{id}@example.com")).0).collect();
    api.spoil(move |asked| {
        let first = asked.param("page") == "1";
        let page = if first { &orders[..25] } else { &orders[25..] };
        (asked.param("status") == "any").then(|| Told::json(&page.to_vec().into()))
    });
    minutes_pass(&woo, 15).await;
    // All of one second: the second page of the same question.
    woo.facts("30").await;
    assert_eq!(woo.job(Task::Poll).await.cursor, None);
}

#[tokio::test]
async fn the_shop_says_why_it_cannot_be_asked_and_new_credentials_are_tried_at_once() {
    let (woo, api) = start().await;
    let path = format!("/v1/shops/{}", woo.shop.id);
    let well = woo.get(&path).await;
    assert_eq!((&well["poll"]["state"], &well["poll"]["error"]), (&json!("running"), &json!(null)), "{well}");
    api.spoil(|_| Some(Told::status(401, "")));
    for minutes in [15, 1, 2, 4, 8] {
        minutes_pass(&woo, minutes).await;
    }
    let failing = woo.get(&path).await["poll"].clone();
    assert_eq!((&failing["state"], &failing["failures"]), (&json!("failing"), &json!(5)), "{failing}");
    assert_eq!(failing["error"], "the platform refused the credentials with status 401");
    let at = |field: &str| failing[field].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok()).expect(field);
    assert_eq!(at("next_at").duration_since(at("last_at")).as_mins(), 16);
    let list = woo.get("/v1/shops").await;
    let told: Vec<_> = list["data"].as_array().expect("shops").iter().map(|shop| shop["poll"].clone()).collect();
    assert!(told.contains(&failing) && told.contains(&json!(null)), "{list}");
    api.heal();
    api.put(&WooOrder::paid(1001, woo.app.at(0)).coupon("anna10"));
    let access = json!({"api": {"base_url": api.server.url, "consumer_key": "ck_1", "consumer_secret": "cs_1"}});
    woo.call(200, Method::PATCH, &path, access).await;
    woo.app.drain().await;
    woo.expect_one_referral("1001").await;
    assert_eq!(woo.get(&path).await["poll"]["state"], "running");
}

/// The shop's API fails so; the job waits and says why, and once it works again the order is found.
async fn recovers(failure: Told, says: &str, waits: i64) {
    let api = WooApi::start().await;
    let mut app = TestApp::start().await;
    app.engine.courier.shops = Client::new(Reach::ThisMachine).within(Duration::from_millis(300));
    let woo = app.woo(Some(&api.server.url)).await;
    woo.anna().await;
    woo.app.drain().await;
    api.put(&WooOrder::paid(1001, woo.app.at(60)).coupon("anna10"));
    api.spoil(move |_| Some(failure.clone()));
    minutes_pass(&woo, 15).await;
    let job = woo.job(Task::Poll).await;
    assert_eq!((job.failures, job.error.as_deref()), (1, Some(says)));
    let wait = job.due_at.duration_since(job.updated_at).as_secs();
    assert_eq!(wait, waits, "{says}");
    // Nobody asks before that.
    let asked = api.server.asked().len();
    woo.app.drain().await;
    assert_eq!(api.server.asked().len(), asked, "{says}");
    minutes_pass(&woo, (waits + 59) / 60).await;
    assert_eq!(woo.job(Task::Poll).await.failures, 2, "{says}");
    api.heal();
    minutes_pass(&woo, 60).await;
    let job = woo.job(Task::Poll).await;
    assert_eq!((job.failures, job.error), (0, None), "{says}");
    woo.expect_one_referral("1001").await;
}

#[tokio::test]
async fn credentials_that_are_refused_are_said_and_tried_again() {
    recovers(
        Told::status(401, r#"{"code":"woocommerce_rest_cannot_view"}"#),
        "the platform refused the credentials with status 401",
        60,
    )
    .await;
}

#[tokio::test]
async fn an_api_that_is_not_there_is_said_and_tried_again() {
    recovers(Told::status(404, r#"{"code":"rest_no_route"}"#), "the platform does not know it", 60).await;
}

#[tokio::test]
async fn a_host_that_asks_for_a_pause_gets_it() {
    let busy = Told::status(429, "").with("retry-after", "120");
    recovers(busy, "the platform asks for a pause", 120).await;
}

#[tokio::test]
async fn a_fault_of_the_shop_is_waited_out() {
    recovers(
        Told::status(500, "<p>There has been a critical error on this website.</p>"),
        "the platform has a fault: status 500",
        60,
    )
    .await;
}

#[tokio::test]
async fn a_shop_that_does_not_answer_is_waited_for() {
    recovers(Told::json(&json!([])).after(Duration::from_millis(900)), "the platform did not answer in time", 60).await;
}

#[tokio::test]
async fn nonsense_is_no_answer() {
    recovers(
        Told::status(200, "<br />\n<b>Warning</b>: Undefined variable"),
        "the platform's answer can't be read: at .",
        60,
    )
    .await;
}

#[tokio::test]
async fn another_shape_is_no_answer() {
    recovers(Told::json(&json!({"orders": []})), "the platform's answer can't be read: at .", 60).await;
}
