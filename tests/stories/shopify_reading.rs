//! Reading Shopify's orders when its API does not answer as it should, and what the poll finds when it does.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;
use shared::domain::endpoint::Reach;
use shared::platform::api::{ApiFailure, Client, Wanted};
use shared::platform::shopify::API_VERSION;
use shared::platform::{Context, Portion};
use shared::store::{JobRow, Task};
use tests::{ShopifyApi, TestApp, TestMerchant, TestOrder, Told};

/// A merchant with Anna's link, and the API of the shop; its first round of polling is over.
async fn start() -> (TestMerchant, ShopifyApi) {
    let mut app = TestApp::start().await;
    app.engine.courier.shops = Client::new(Reach::ThisMachine).within(Duration::from_millis(300));
    let merchant = app.merchant().await;
    merchant.anna().await;
    let api = ShopifyApi::start().await;
    let access = json!({"api": {"access_token": "shpat_1", "base_url": api.server.url}});
    merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
    app.drain().await;
    (merchant, api)
}

async fn minutes_pass(merchant: &TestMerchant, minutes: i64) {
    merchant.app.engine.advance(minutes * 60);
    merchant.app.drain().await;
}

async fn poll(merchant: &TestMerchant) -> JobRow {
    let id = merchant.shop.id.parse().expect("an id");
    merchant.app.engine.app.store.job(id, Task::Poll).await.expect("reads").expect("a job")
}

#[tokio::test]
async fn each_way_to_fail_is_told_by_its_kind() {
    let (merchant, api) = start().await;
    let app = &merchant.app.engine.app;
    api.put_orders(vec![TestOrder::paid("1001", merchant.app.at(0)).0]);
    let shop = app.store.shop(merchant.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let caller = merchant.app.engine.courier.shops.caller(&app.config.keys, &shop).expect("access");
    let context = Context::of(&shop, &app.config.keys, app.now());
    let id = "1001".parse().expect("an id");
    let nonsense = |at: &str| ApiFailure::Nonsense(format!("at {at}"));
    let slow = Told::json(&json!({"order": null})).after(Duration::from_secs(1));
    let refused = ApiFailure::Refused { status: 400, detail: "since_id: no".into() };
    let pause = |seconds: i64| ApiFailure::Throttled(Some(SignedDuration::from_secs(seconds)));
    // What is answered, what it means of an order, and of a page of them.
    let cases = [
        (Told::status(400, "since_id:\nno"), refused.clone(), refused),
        (Told::status(401, "{}"), ApiFailure::Unauthorized(401), ApiFailure::Unauthorized(401)),
        (Told::status(403, "{}"), ApiFailure::Unauthorized(403), ApiFailure::Unauthorized(403)),
        (Told::status(429, "").with("retry-after", "2.0"), pause(2), pause(2)),
        (Told::status(429, "").with("retry-after", "2.5"), pause(3), pause(3)),
        (Told::status(429, "").with("retry-after", "soon"), ApiFailure::Throttled(None), ApiFailure::Throttled(None)),
        (Told::status(429, ""), ApiFailure::Throttled(None), ApiFailure::Throttled(None)),
        (
            Told::status(500, "<html>"),
            ApiFailure::Unavailable("status 500".into()),
            ApiFailure::Unavailable("status 500".into()),
        ),
        (
            Told::status(302, "").with("location", "https://elsewhere.example/"),
            ApiFailure::Unavailable("status 302".into()),
            ApiFailure::Unavailable("status 302".into()),
        ),
        (slow, ApiFailure::TimedOut, ApiFailure::TimedOut),
        (Told::status(200, "<html>"), nonsense("."), nonsense(".")),
        (Told::status(200, ""), nonsense("."), nonsense(".")),
        (Told::status(200, "{}"), nonsense("."), nonsense(".")),
        (Told::json(&json!({"order": 1, "orders": 1})), nonsense("order"), nonsense("orders")),
        (Told::json(&json!({"order": {"id": []}, "orders": {}})), nonsense("order.id"), nonsense("orders")),
    ];
    for (told, of_one, of_many) in cases {
        api.server.answer([told.clone(), told.clone()]);
        assert_eq!(caller.order(&id, context).await, Err(of_one), "{told:?}");
        let wanted = Wanted::ChangedSince(app.now());
        assert_eq!(caller.orders(wanted, None, Portion::default(), context).await, Err(of_many), "{told:?}");
    }
    // Without an order there is none; without a list something else is wrong.
    api.server.answer([Told::status(404, "{}"), Told::status(404, "{}")]);
    assert_eq!(caller.order(&id, context).await, Ok(None));
    assert_eq!(
        caller.orders(Wanted::PlacedBefore(app.now()), None, Portion::default(), context).await,
        Err(ApiFailure::Missing)
    );
    assert!(caller.order(&id, context).await.expect("an answer").is_some());
}

#[test]
fn the_guide_subscribes_to_the_version_that_is_asked_for() {
    let guide = include_str!("../../infra/guides/shopify.md");
    assert!(guide.contains(&format!("api_version = \"{API_VERSION}\"")));
}

#[tokio::test]
async fn an_order_is_had_without_a_pause_and_pages_with_one_when_the_bucket_is_nearly_full() {
    let (merchant, api) = start().await;
    let app = &merchant.app.engine.app;
    let shop = app.store.shop(merchant.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let caller = merchant.app.engine.courier.shops.caller(&app.config.keys, &shop).expect("access");
    let context = Context::of(&shop, &app.config.keys, app.now());
    let full = |body| Told::json(&body).with("x-shopify-shop-api-call-limit", "40/40");
    let order = TestOrder::paid("1001", merchant.app.at(0)).0;
    api.server.answer([full(json!({"order": order})), full(json!({"orders": []}))]);
    let began = std::time::Instant::now();
    assert!(caller.order(&"1001".parse().expect("an id"), context).await.expect("an answer").is_some());
    assert!(began.elapsed() < Duration::from_secs(1), "a webhook waits for it: {:?}", began.elapsed());
    caller.orders(Wanted::ChangedSince(app.now()), None, Portion::default(), context).await.expect("an answer");
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn edge_40_an_order_whose_webhook_was_lost_is_found_and_credited() {
    let (merchant, api) = start().await;
    let began = merchant.app.at(0);
    let order = TestOrder::paid("1001", merchant.app.at(60)).coupon("ANNA10");
    api.put_orders(vec![order.0.clone()]);
    minutes_pass(&merchant, 5).await;
    merchant.call(404, Method::GET, &format!("/v1/orders/{}/1001/why", merchant.shop.id), json!(null)).await;
    minutes_pass(&merchant, 10).await;
    merchant.expect_one_referral("1001").await;
    // The next rounds, and the webhook after all, change nothing.
    for _ in 0..3 {
        minutes_pass(&merchant, 15).await;
    }
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    merchant.app.drain().await;
    merchant.expect_one_referral("1001").await;

    let asked: Vec<_> =
        api.server.asked().into_iter().filter(|asked| !asked.param("updated_at_min").is_empty()).collect();
    let [_, found, next, ..] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(found.path, format!("/admin/api/{API_VERSION}/orders.json"));
    assert_eq!([found.param("status"), found.param("limit"), found.param("order")], ["any", "250", "updated_at asc"]);
    let since = |asked: &tests::Asked| asked.param("updated_at_min").parse::<Timestamp>().expect("a time");
    // Ten minutes before the round before.
    let overlap = began.duration_since(since(found)).as_secs();
    assert!((595..=660).contains(&overlap), "{overlap}");
    assert!((800..=960).contains(&since(next).duration_since(since(found)).as_secs()));
}

#[tokio::test]
async fn edge_40_a_refund_and_a_cancellation_whose_webhooks_were_lost_are_found() {
    let (merchant, api) = start().await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let refund = order.refund(5001, "100.00", merchant.app.at(60));
    let refunded = order.later(merchant.app.at(60), json!({"refunds": [refund]}));
    api.put_orders(vec![refunded.0.clone()]);
    minutes_pass(&merchant, 15).await;
    assert_eq!(merchant.why("1001").await["net"]["amount"], "400.00");
    let at = merchant.app.at(60);
    api.put_orders(vec![refunded.later(at, json!({"cancelled_at": at})).0]);
    minutes_pass(&merchant, 15).await;
    assert_eq!(merchant.why("1001").await["outcome"], "void");
}

/// The shop's API fails so; the job waits and says why, and once it works again the order is found.
async fn recovers(failure: Told, says: &str, waits: i64) {
    let (merchant, api) = start().await;
    api.put_orders(vec![TestOrder::paid("1001", merchant.app.at(60)).coupon("ANNA10").0]);
    api.server.answer([failure]);
    minutes_pass(&merchant, 15).await;
    let job = poll(&merchant).await;
    assert_eq!((job.failures, job.error.as_deref()), (1, Some(says)));
    assert_eq!(job.due_at.duration_since(job.updated_at).as_secs(), waits, "{says}");
    // Nobody asks before that.
    let asked = api.server.asked().len();
    merchant.app.drain().await;
    assert_eq!(api.server.asked().len(), asked, "{says}");
    minutes_pass(&merchant, (waits + 59) / 60).await;
    let job = poll(&merchant).await;
    assert_eq!((job.failures, job.error), (0, None), "{says}");
    merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn whatever_goes_wrong_the_poll_says_so_waits_and_finds_the_order() {
    let minute = 60;
    for (told, says, waits) in [
        (Told::status(401, "{}"), "the platform refused the credentials with status 401", minute),
        (Told::status(404, "{}"), "the platform does not know it", minute),
        (Told::status(429, "").with("retry-after", "120.0"), "the platform asks for a pause", 120),
        (Told::status(429, ""), "the platform asks for a pause", minute),
        (Told::status(500, ""), "the platform has a fault: status 500", minute),
        (Told::status(200, "").after(Duration::from_secs(1)), "the platform did not answer in time", minute),
        (Told::status(200, "<html>"), "the platform's answer can't be read: at .", minute),
    ] {
        recovers(told, says, waits).await;
    }
}
