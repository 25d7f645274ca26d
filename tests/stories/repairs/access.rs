//! What a shop's credentials may do is known when they are saved, and what waits for better ones is tried when they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use shared::store::Task;
use tests::{ApiServer, TestApp, TestMerchant, TestWoo, Told, WooApi, WooOrder, text};

use crate::bigcommerce;

fn path(shop: &TestMerchant) -> String {
    format!("/v1/shops/{}", shop.shop.id)
}

/// What is known of a shop's access, as its own call and as the list say it.
async fn access(shop: &TestMerchant) -> Value {
    let access = shop.get(&path(shop)).await["access"].clone();
    let list = shop.get("/v1/shops").await;
    let listed =
        list["data"].as_array().expect("a list").iter().find(|one| one["id"] == *shop.shop.id).expect("the shop");
    assert_eq!(listed["access"], access);
    access
}

/// Orders and codes, and what is needed.
fn said(access: &Value) -> (String, String, String) {
    (text(access, "orders"), text(access, "codes"), text(access, "needs"))
}

const WHOLE: (&str, &str) = ("ok", "ok");

fn is(access: &Value, (orders, codes): (&str, &str)) {
    let whole = (orders, codes) == WHOLE;
    let told = said(access);
    assert_eq!((&*told.0, &*told.1), (orders, codes), "{access}");
    assert_eq!(told.2.is_empty(), whole || orders == "unknown", "{access}");
}

/// Anna has a code, and a reward that is to be a code of the shop's.
async fn wants_codes(woo: &TestWoo, api: &WooApi) -> Value {
    let program = woo.program(|program| program["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code")).await;
    woo.link(&program, "anna@example.com", Some("anna10")).await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    api.put(&order);
    woo.tell("order.created", &order).await;
    woo.app.drain().await;
    program
}

async fn code(shop: &TestMerchant, code: &str) -> Value {
    shop.get(&format!("/v1/links/{code}")).await["platform_code"].clone()
}

async fn advocates_reward(shop: &TestMerchant) -> Value {
    let rewards = shop.get("/v1/rewards?side=advocate").await;
    rewards["data"][0].clone()
}

fn key() -> Value {
    json!({"consumer_key": "ck_1", "consumer_secret": "cs_1"})
}

fn at(url: &str, mut api: Value) -> Value {
    api["base_url"] = json!(url);
    json!({"api": api})
}

#[tokio::test]
async fn repair_30_a_key_that_may_only_read_is_seen_when_it_is_saved_and_codes_are_made_when_it_is_mended() {
    let api = WooApi::start().await;
    api.read_only(true);
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let known = access(&woo).await;
    is(&known, ("ok", "missing"));
    assert!(known["needs"].as_str().is_some_and(|needs| needs.contains("Read/Write")), "{known}");
    wants_codes(&woo, &api).await;
    assert_eq!(woo.get(&path(&woo)).await["poll"]["state"], "running", "orders are read all the same");
    let waiting = code(&woo, "ANNA10").await;
    assert_eq!(waiting["state"], "pending");
    let why = waiting["detail"].as_str().unwrap_or_default();
    assert!(why.contains("Read/Write"), "the link says why: {waiting}");
    let listed = woo.get("/v1/links").await;
    assert_eq!(listed["data"][0]["platform_code"], waiting);
    assert_eq!(text(&advocates_reward(&woo).await, "state"), "approved");
    // For hours nothing would be tried.
    woo.app.engine.advance(60);
    woo.app.drain().await;
    let asked = || api.asked("/wp-json/wc/v3/coupons/batch").len();
    let before = asked();
    assert!(api.coupons().is_empty());

    api.read_only(false);
    let mended = woo.call(200, Method::PATCH, &path(&woo), at(&api.server.url, key())).await;
    is(&mended["access"], WHOLE);
    is(&access(&woo).await, WHOLE);
    assert_eq!(asked(), before, "the request itself makes no code");
    woo.app.drain().await;
    assert_eq!(code(&woo, "ANNA10").await, json!({"state": "made", "detail": null}));
    let reward = advocates_reward(&woo).await;
    assert_eq!(text(&reward, "state"), "issued", "{reward}");
    assert_eq!(api.coupons().len(), 2);
}

#[tokio::test]
async fn repair_30_a_good_key_is_whole_and_the_trial_makes_nothing() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let known = access(&woo).await;
    is(&known, WHOLE);
    assert_eq!((&known["error"], known["checked_at"].is_string()), (&json!(null), true));
    assert!(api.server.asked().is_empty());
    let trials = api.server.trials();
    let writes = trials.iter().filter(|asked| asked.method != Method::GET).map(|asked| &asked.body);
    assert_eq!(writes.collect::<Vec<_>>(), [&json!({})], "it names nothing to make");
    assert!(api.coupons().is_empty());
    // What is whole is not tried again and again.
    for _ in 0..4 {
        woo.app.engine.advance(16 * 60);
        woo.app.drain().await;
    }
    assert_eq!(api.server.trials().len(), 2);
    // A shop without credentials has none to speak of; and neither has one that they are taken from.
    assert_eq!(access(&woo.app.merchant().await).await, json!(null));
    let without = woo.call(200, Method::PATCH, &path(&woo), json!({"api": null})).await;
    assert_eq!(without["access"], json!(null));
}

#[tokio::test]
async fn repair_30_a_key_that_is_refused_is_kept_and_said_to_be() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let wrong = json!({"consumer_key": "ck_1", "consumer_secret": "cs_2"});
    let saved = woo.call(200, Method::PATCH, &path(&woo), at(&api.server.url, wrong)).await;
    is(&saved["access"], ("missing", "missing"));
    assert!(saved["access"]["needs"].as_str().is_some_and(|needs| needs.contains("accepts")), "{saved}");
    assert_eq!(saved["has_api_access"], true);
}

#[tokio::test]
async fn repair_30_a_shop_that_is_down_when_its_key_is_saved_is_tried_again_by_the_poll() {
    let api = WooApi::start().await;
    api.spoil(|_| Some(Told::status(503, "")));
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let known = access(&woo).await;
    is(&known, ("unknown", "unknown"));
    assert!(known["error"].as_str().is_some_and(|error| error.contains("503")), "{known}");
    api.heal();
    woo.app.engine.advance(16 * 60);
    woo.app.drain().await;
    is(&access(&woo).await, WHOLE);
    assert_eq!(access(&woo).await["error"], json!(null));
}

#[tokio::test]
async fn repair_30_what_is_taken_from_a_key_later_is_heard_and_what_is_given_back_in_the_shop_too() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    api.read_only(true);
    wants_codes(&woo, &api).await;
    is(&access(&woo).await, ("ok", "missing"));
    // The key is given its right in the shop: nobody tells of it, and the next poll finds it.
    api.read_only(false);
    woo.app.engine.advance(16 * 60);
    woo.app.drain().await;
    is(&access(&woo).await, WHOLE);
    woo.app.drain().await;
    assert_eq!(code(&woo, "ANNA10").await["state"], "made");
    assert_eq!(text(&advocates_reward(&woo).await, "state"), "issued");
    // Now the whole key is revoked.
    api.spoil(|_| Some(Told::status(401, "{}")));
    woo.app.engine.advance(16 * 60);
    woo.app.drain().await;
    assert_eq!(text(&access(&woo).await, "orders"), "missing");
    assert_eq!(woo.get(&path(&woo)).await["poll"]["state"], "failing");
    api.heal();
    is(&woo.call(200, Method::PATCH, &path(&woo), at(&api.server.url, key())).await["access"], WHOLE);
    woo.app.drain().await;
    assert_eq!(woo.get(&path(&woo)).await["poll"]["state"], "running");
}

#[tokio::test]
async fn repair_30_only_the_shop_that_is_mended_is_tried_and_reading_the_past_goes_on() {
    let (api, other_api) = (WooApi::start().await, WooApi::start().await);
    api.read_only(true);
    other_api.read_only(true);
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let other = woo.another("other", Some(&other_api.server.url)).await;
    wants_codes(&woo, &api).await;
    let program = other.program(|program| program["name"] = json!("Other")).await;
    other.link(&program, "clara@example.com", Some("clara10")).await;
    woo.app.drain().await;
    api.spoil(|_| Some(Told::status(401, "{}")));
    woo.call(202, Method::POST, &format!("{}/backfill", path(&woo)), json!({})).await;
    woo.app.drain().await;
    assert!(woo.job(Task::Backfill).await.due_at > woo.app.at(0), "it waits");
    let asked = || other_api.server.asked().len() + other_api.server.trials().len();
    let before = asked();
    api.heal();
    api.read_only(false);
    woo.call(200, Method::PATCH, &path(&woo), at(&api.server.url, key())).await;
    woo.app.drain().await;
    let backfill = woo.get(&format!("{}/backfill", path(&woo))).await;
    assert_eq!(backfill["state"], "done", "{backfill}");
    assert_eq!(code(&woo, "ANNA10").await["state"], "made");
    assert_eq!(code(&woo, "CLARA10").await["state"], "pending");
    is(&access(&other).await, ("ok", "missing"));
    assert_eq!(asked(), before, "nobody asked the other shop");
}

#[tokio::test]
async fn repair_30_a_code_that_was_refused_is_tried_again_with_new_credentials() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let no = |asked: &tests::Asked| {
        let body = json!({"code": "woocommerce_rest_cannot_create", "message": "Not by this user."});
        (asked.path.ends_with("/coupons") && asked.method == Method::POST).then(|| Told::status(400, body.to_string()))
    };
    api.spoil(no);
    wants_codes(&woo, &api).await;
    assert!(advocates_reward(&woo).await["problem"].is_object());
    api.heal();
    woo.call(200, Method::PATCH, &path(&woo), at(&api.server.url, key())).await;
    woo.app.drain().await;
    let reward = advocates_reward(&woo).await;
    assert_eq!((text(&reward, "state"), &reward["problem"]), ("issued".into(), &json!(null)), "{reward}");
}

#[tokio::test]
async fn repair_30_shopify_says_which_scopes_an_app_has() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let api = tests::ShopifyApi::start().await;
    let token = || at(&api.server.url, json!({"access_token": "shpat_1"}));
    for (withheld, expected, needs) in [
        (&["write_discounts"][..], ("ok", "missing"), "write_discounts"),
        (&["read_orders"], ("missing", "ok"), "read_orders"),
        (&["read_orders", "write_discounts"], ("missing", "missing"), "read_orders and write_discounts"),
        (&["read_customers"], WHOLE, ""),
    ] {
        api.withhold(withheld);
        let saved = merchant.call(200, Method::PATCH, &path(&merchant), token()).await;
        is(&saved["access"], expected);
        assert!(text(&saved["access"], "needs").contains(needs), "{saved}");
    }
    api.withhold(&["write_discounts"]);
    merchant.anna().await;
    app.drain().await;
    // The code maker heard it: nobody saved anything.
    is(&access(&merchant).await, ("ok", "missing"));
    assert!(text(&code(&merchant, "ANNA10").await, "detail").contains("write_discounts"));
    api.withhold(&[]);
    merchant.call(200, Method::PATCH, &path(&merchant), token()).await;
    app.drain().await;
    assert_eq!(code(&merchant, "ANNA10").await["state"], "made");
    assert_eq!(api.discounts().len(), 1);
}

#[tokio::test]
async fn repair_30_bigcommerce_is_asked_for_a_change_of_what_no_store_has() {
    let may_write = Arc::new(AtomicBool::new(false));
    let lent = may_write.clone();
    let server = ApiServer::start(move |asked| match (&asked.method, &*asked.path) {
        (&Method::GET, "/stores/abcde/v2/orders") => Told::status(204, ""),
        (&Method::PUT, "/stores/abcde/v3/promotions/0") if lent.load(Ordering::SeqCst) => Told::status(422, "{}"),
        (_, path) if path.starts_with("/stores/abcde/") => Told::status(403, "{\"status\": 403}"),
        _ => Told::status(404, "{}"),
    })
    .await;
    let merchant = TestApp::start().await.merchant().await;
    let shop = bigcommerce::connected(&merchant).await;
    let api = |hash: &str| at(&format!("{}/stores/{hash}", server.url), json!({"access_token": "token-1"}));
    let saved = shop.call(200, Method::PATCH, &path(&shop), api("abcde")).await;
    is(&saved["access"], ("ok", "missing"));
    assert!(text(&saved["access"], "needs").contains("Marketing: modify"), "{saved}");
    may_write.store(true, Ordering::SeqCst);
    is(&shop.call(200, Method::PATCH, &path(&shop), api("abcde")).await["access"], WHOLE);
    // Where nothing is known, a promotion that is not known says nothing.
    is(&shop.call(200, Method::PATCH, &path(&shop), api("other")).await["access"], ("unknown", "unknown"));
}

#[tokio::test]
async fn repair_30_however_much_waits_new_credentials_cost_the_same() {
    let mut costs = Vec::new();
    for links in [1, 12] {
        let api = WooApi::start().await;
        api.read_only(true);
        let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
        let program = wants_codes(&woo, &api).await;
        for n in 0..links {
            woo.link(&program, &format!("friend{n}@example.com"), None).await;
        }
        woo.app.drain().await;
        api.read_only(false);
        let of = || woo.app.engine.meter.usage().get("PATCH /v1/shops/{id}").copied().unwrap_or_default();
        let before = of();
        woo.call(200, Method::PATCH, &path(&woo), at(&api.server.url, key())).await;
        costs.push(of().requests - before.requests);
        woo.app.drain().await;
        let made = woo.get("/v1/links").await;
        assert!(
            made["data"].as_array().expect("a list").iter().all(|link| link["platform_code"]["state"] == "made"),
            "{made}"
        );
    }
    assert_eq!(costs[0], costs[1]);
}
