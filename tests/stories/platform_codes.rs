//! Codes at the checkout of a shop's platform: links' codes that friends type, and codes that rewards are.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use shared::delivery::{Courier, Delivered, deliver};
use shared::domain::endpoint::Reach;
use shared::platform::api::Client;
use shared::platform::shopify::API_VERSION;
use shared::store::{Message, OutboxRow};
use tests::{ApiServer, ShopifyApi, TestApp, TestMerchant, TestOrder, TestShop, Told, text};

/// A merchant whose Shopify shop can be asked.
async fn connected(app: &TestApp) -> (TestMerchant, ShopifyApi) {
    let merchant = app.merchant().await;
    let api = ShopifyApi::start().await;
    connect(&merchant, &api).await;
    (merchant, api)
}

async fn connect(merchant: &TestMerchant, api: &ShopifyApi) {
    let access = json!({"api": {"access_token": "shpat_1", "base_url": api.server.url}});
    merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
}

/// A program whose advocates get 100.00 as a code of the platform, and friends nothing, and Anna's link in it.
async fn codes_for_advocates(merchant: &TestMerchant) -> Value {
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code");
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await
}

fn order(app: &TestApp, id: u64) -> TestOrder {
    let buyer = json!({"email": format!("bo{id}@example.com"), "customer": {"id": id}});
    TestOrder::paid(&id.to_string(), app.at(0)).coupon("ANNA10").with(buyer)
}

async fn pays(shop: &TestShop, order: &TestOrder) {
    assert_eq!(shop.post("orders/paid", &order.0).await, 200);
}

async fn only_reward(merchant: &TestMerchant) -> Value {
    let rewards = merchant.get("/v1/rewards").await;
    let [reward] = rewards["data"].as_array().expect("a list").as_slice() else { panic!("one reward: {rewards}") };
    reward.clone()
}

async fn link(merchant: &TestMerchant, code: &str) -> Value {
    merchant.get(&format!("/v1/links/{code}")).await
}

fn mails_to<'a>(mails: &'a [(String, String)], to: &str) -> Vec<&'a str> {
    mails.iter().filter(|(reader, _)| reader == to).map(|(_, subject)| subject.as_str()).collect()
}

/// The same engine with a client that waits less long than the platform sometimes takes.
fn impatient(app: &TestApp) -> Courier {
    Courier { shops: Client::new(Reach::ThisMachine).within(Duration::from_millis(300)), ..app.engine.courier.clone() }
}

// ------------------------------------------------------------------------------------------------------ links' codes

#[tokio::test]
async fn edge_20_a_links_code_works_at_the_checkout_and_an_order_with_it_is_credited() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    let made = merchant.link(&program, "anna@example.com", Some("anna10")).await;
    assert_eq!(made["platform_code"], json!({"state": "pending", "detail": null}));
    app.drain().await;
    assert_eq!(link(&merchant, "anna10").await["platform_code"], json!({"state": "made", "detail": null}));
    let listed = merchant.get("/v1/links").await;
    assert_eq!(listed["data"][0]["platform_code"]["state"], "made");

    let discounts = api.with_code("ANNA10");
    let [discount] = discounts.as_slice() else { panic!("{:?}", api.discounts()) };
    assert_eq!(discount.terms["customerGets"]["value"], json!({"percentage": 0.1}));
    assert_eq!(discount.terms["minimumRequirement"]["subtotal"]["greaterThanOrEqualToSubtotal"], "333.34");
    assert_eq!(discount.terms["appliesOncePerCustomer"], true);

    pays(&merchant.shop, &TestOrder::paid("1001", app.at(0)).coupon("ANNA10")).await;
    app.drain().await;
    merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn a_links_code_is_made_once_though_its_message_is_delivered_again_and_cut_off() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let store = &app.engine.app.store;
    let stored = store.link(&"anna10".parse().expect("a code")).await.expect("reads").expect("a link");
    let id = stored.code_message(app.at(0)).id;

    // The discount is made, and the answer does not come; then the same with the code.
    api.slow(1);
    deliver(&app.engine.app, &impatient(&app), id).await.expect("seen to");
    assert_eq!((api.discounts().len(), api.with_code("ANNA10").len()), (1, 0));
    app.engine.advance(61);
    api.slow(2);
    deliver(&app.engine.app, &impatient(&app), id).await.expect("seen to");
    app.engine.advance(3_600);
    deliver(&app.engine.app, &impatient(&app), id).await.expect("seen to");
    app.days_pass(1).await;
    assert_eq!((api.discounts().len(), api.with_code("ANNA10").len()), (1, 1));
    assert_eq!(link(&merchant, "anna10").await["platform_code"]["state"], "made");

    let again = OutboxRow::queued(
        "out_01HF7YAT00000000000000000A".parse().expect("an id"),
        stored.merchant,
        Message::LinkCode { code: stored.code.clone() },
        app.at(0),
    );
    assert!(store.add_outbox(&again).await.expect("writes"));
    let asked = api.server.asked().len();
    app.drain().await;
    assert_eq!(api.server.asked().len(), asked, "nothing is left to ask");
}

#[tokio::test]
async fn a_code_that_could_not_be_made_for_thirty_days_is_given_up_and_the_merchant_is_told() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let faulty = ApiServer::start(|_| Told::status(500, "")).await;
    let access = |url: &str| json!({"api": {"access_token": "shpat_1", "base_url": url}});
    let path = format!("/v1/shops/{}", merchant.shop.id);
    merchant.call(200, Method::PATCH, &path, access(&faulty.url)).await;
    merchant.anna().await;
    app.days_pass(29).await;
    assert_eq!(link(&merchant, "anna10").await["platform_code"]["state"], "pending");
    app.days_pass(2).await;
    let given_up = link(&merchant, "anna10").await["platform_code"].clone();
    assert_eq!(given_up, json!({"state": "refused", "detail": "not made within 30 days: platform"}));
    let notice = "nordicshoes.myshopify.com ville inte skapa en kod";
    assert_eq!(mails_to(&app.mails(), "hej@nordicshoes.example"), [notice]);
    // Whoever mends it gets the code.
    let api = ShopifyApi::start().await;
    merchant.call(200, Method::PATCH, &path, access(&api.server.url)).await;
    app.days_pass(1).await;
    assert_eq!(link(&merchant, "anna10").await["platform_code"]["state"], "made");
}

#[tokio::test]
async fn six_hundred_links_go_in_three_calls() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    let mut made = tokio::task::JoinSet::new();
    for part in 0..6 {
        let (merchant, program) = (merchant.clone(), program.clone());
        made.spawn(async move {
            for n in (0..600).filter(|n| n % 6 == part) {
                merchant.link(&program, &format!("a{n}@example.com"), Some(&format!("code-{n}"))).await;
            }
        });
    }
    made.join_all().await;
    app.drain().await;
    assert_eq!((api.count("discountRedeemCodeBulkAdd("), api.count("discountCodeBasicCreate(")), (3, 1));
    assert_eq!(api.discounts()[0].codes.len(), 601, "and the one that the discount came with");
    for code in ["code-0", "code-300", "code-599"] {
        assert_eq!(link(&merchant, code).await["platform_code"]["state"], "made", "{code}");
    }
}

#[tokio::test]
async fn a_code_that_another_discount_has_is_refused_and_the_merchant_is_told() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    // Shopify compares without case.
    api.own("Anna10");
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.link(&program, "bea@example.com", Some("bea10")).await;
    app.drain().await;
    let refused = link(&merchant, "anna10").await;
    let expected = json!({"state": "refused", "detail": "another discount of the shop has this code"});
    assert_eq!(refused["platform_code"], expected);
    assert_eq!(link(&merchant, "bea10").await["platform_code"]["state"], "made");
    let told = app.mails();
    let notice = "nordicshoes.myshopify.com ville inte skapa en kod";
    assert_eq!(mails_to(&told, "hej@nordicshoes.example"), [notice]);
}

#[tokio::test]
async fn a_disabled_links_code_is_taken_from_the_checkout_and_comes_back_with_the_link() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    merchant.anna().await;
    app.drain().await;
    let change = |body: Value| merchant.call(200, Method::PATCH, "/v1/links/ANNA10", body);
    change(json!({"state": "disabled"})).await;
    app.drain().await;
    assert_eq!((api.with_code("ANNA10").len(), &link(&merchant, "anna10").await["platform_code"]), (0, &json!(null)));
    assert_eq!(change(json!({"state": "active"})).await["platform_code"]["state"], "pending");
    app.drain().await;
    assert_eq!(api.with_code("ANNA10").len(), 1);

    // An end in the future ends the code when it comes.
    change(json!({"expires_at": app.at(86_400).to_string()})).await;
    app.drain().await;
    assert_eq!(api.with_code("ANNA10").len(), 1);
    app.days_pass(2).await;
    assert_eq!(api.with_code("ANNA10").len(), 0);
    assert_eq!(api.discounts().len(), 1, "one discount all the time");
}

#[tokio::test]
async fn a_new_version_of_a_program_changes_the_discount_and_keeps_its_codes() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    app.drain().await;
    let path = format!("/v1/programs/{}", text(&program, "id"));
    let friend = |percent: &str| json!({"rewards": {"friend": [{"kind": "percent", "percent": percent, "fulfilment": "code_at_checkout"}], "advocate": []}});
    merchant.call(200, Method::PATCH, &path, friend("15")).await;
    app.drain().await;
    let [discount] = &api.discounts()[..] else { panic!("one discount") };
    assert_eq!(discount.terms["customerGets"]["value"], json!({"percentage": 0.15}));
    assert_eq!(discount.codes.len(), 2);
    assert_eq!(api.count("discountRedeemCodeBulkAdd("), 1);

    // Paused, the codes stay and end; resumed, they go on.
    merchant.call(200, Method::PATCH, &path, json!({"state": "paused"})).await;
    app.drain().await;
    assert!(api.discounts()[0].terms["endsAt"].is_string());
    merchant.call(200, Method::PATCH, &path, json!({"state": "active"})).await;
    app.drain().await;
    assert!(api.discounts()[0].terms["endsAt"].is_null());

    // Another kind of discount has to be another discount: the codes move.
    let shipping =
        json!({"rewards": {"friend": [{"kind": "free_shipping", "fulfilment": "code_at_checkout"}], "advocate": []}});
    merchant.call(200, Method::PATCH, &path, shipping).await;
    app.days_pass(1).await;
    let [discount] = &api.discounts()[..] else { panic!("one discount: {:?}", api.discounts()) };
    assert_eq!((discount.kind, discount.codes.len()), ("DiscountCodeFreeShipping", 2));
    assert_eq!(link(&merchant, "anna10").await["platform_code"]["state"], "made");
}

#[tokio::test]
async fn a_discount_that_somebody_deleted_is_made_again_with_all_its_codes() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    app.drain().await;
    api.clear();
    merchant.link(&program, "bea@example.com", Some("bea10")).await;
    app.days_pass(1).await;
    assert_eq!((api.with_code("ANNA10").len(), api.with_code("BEA10").len(), api.discounts().len()), (1, 1, 1));
}

#[tokio::test]
async fn links_that_were_there_before_get_their_codes_when_the_shop_is_connected() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|_| ()).await;
    for n in 0..3 {
        let made = merchant.link(&program, &format!("a{n}@example.com"), Some(&format!("code-{n}"))).await;
        assert_eq!(made["platform_code"], json!(null), "there is nobody to make it");
    }
    let api = ShopifyApi::start().await;
    connect(&merchant, &api).await;
    app.days_pass(1).await;
    assert_eq!((api.discounts().len(), api.discounts()[0].codes.len()), (1, 4));
    assert_eq!(link(&merchant, "code-2").await["platform_code"]["state"], "made");
}

/// Shopify answers so when a link's code is to be made: what is noted, after how many seconds it is tried again, and that
/// this makes it.
async fn is_made_after(told: Vec<Told>, noted: &str, waits: i64) {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let store = &app.engine.app.store;
    let stored = store.link(&"anna10".parse().expect("a code")).await.expect("reads").expect("a link");
    let id = stored.code_message(app.at(0)).id;
    let asked = format!("{told:?}");
    api.server.answer(told);
    let before = app.at(0);
    let delivered = deliver(&app.engine.app, &impatient(&app), id).await.expect("seen to");
    let row = store.outbox(id).await.expect("reads").expect("a message");
    assert_eq!((delivered, row.last_error.as_deref()), (Delivered::Queued, Some(noted)), "{asked}");
    let wait = row.due_at.duration_since(before).as_secs_f64();
    let waits_for = f64::from(i32::try_from(waits).expect("small"));
    assert!((waits_for..waits_for + 3.0).contains(&wait), "{asked}: {wait}");
    assert_eq!(link(&merchant, "anna10").await["platform_code"]["state"], "pending", "{asked}");
    app.engine.advance(waits + 3);
    assert_eq!(deliver(&app.engine.app, &impatient(&app), id).await.expect("seen to"), Delivered::Sent, "{asked}");
    assert_eq!(link(&merchant, "anna10").await["platform_code"]["state"], "made", "{asked}");
    assert_eq!((api.discounts().len(), api.with_code("ANNA10").len()), (1, 1), "{asked}");
}

#[tokio::test]
async fn whatever_shopify_answers_the_code_is_made_in_the_end_after_as_long_as_it_asks_for() {
    let throttled = json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": {"requestedQueryCost": 500, "throttleStatus": {"currentlyAvailable": 100, "restoreRate": 100}}}});
    let denied = json!({"errors": [{"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}]});
    let (minute, six_hours) = (60, 6 * 3_600);
    for (told, noted, waits) in [
        (Told::status(401, "{}"), "no access", six_hours),
        (Told::status(403, "{}"), "no access", six_hours),
        (Told::json(&denied), "no access", six_hours),
        (Told::status(429, "").with("retry-after", "2.0"), "throttled", 2),
        (Told::status(429, "").with("retry-after", "1800"), "throttled", 1_800),
        (Told::status(429, ""), "throttled", minute),
        (Told::json(&throttled), "throttled", 4),
        (Told::status(500, ""), "platform", minute),
        (Told::status(200, "<html>"), "platform", minute),
        (Told::status(200, "{}"), "platform", minute),
        (Told::status(200, "{\"data\": null}"), "platform", minute),
        (Told::status(200, "{}").after(Duration::from_secs(1)), "timeout", minute),
    ] {
        is_made_after(vec![told], noted, waits).await;
    }
    // What is not there is made anew at once, and once.
    is_made_after(vec![Told::status(404, "{}"); 2], "platform", minute).await;
}

// -------------------------------------------------------------------------------------------------- rewards as codes

#[tokio::test]
async fn a_reward_that_is_a_code_is_made_mailed_and_taken_back() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    codes_for_advocates(&merchant).await;
    let paid = order(&app, 1001);
    pays(&merchant.shop, &paid).await;
    assert_eq!(only_reward(&merchant).await["state"], "approved");
    app.drain().await;
    let reward = only_reward(&merchant).await;
    let code = text(&reward, "coupon");
    assert_eq!((&reward["state"], &reward["fulfilment"], code.len()), (&json!("issued"), &json!("platform_code"), 15));
    assert!(code.starts_with("GW-"));
    let discounts = api.with_code(&code);
    let [discount] = discounts.as_slice() else { panic!("{:?}", api.discounts()) };
    let amount = json!({"discountAmount": {"amount": "100.00", "appliesOnEachItem": false}});
    assert_eq!((&discount.terms["customerGets"]["value"], &discount.terms["usageLimit"]), (&amount, &json!(1)));
    let mails = app.engine.inbox.mails();
    let told: Vec<_> = mails.iter().filter(|mail| mail.to == "anna@example.com").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains(&code), "{}", told[0].text);

    let cancelled = paid.clone().later(app.at(10), json!({"cancelled_at": app.at(10).to_string()}));
    assert_eq!(merchant.shop.post("orders/cancelled", &cancelled.0).await, 200);
    app.drain().await;
    assert_eq!((only_reward(&merchant).await["state"].clone(), api.with_code(&code).len()), (json!("void"), 0));

    // The shop takes the cancellation back: the same code works again, and nobody gets a second mail.
    let restored = paid.later(app.at(20), json!({"cancelled_at": null}));
    pays(&merchant.shop, &restored).await;
    app.drain().await;
    assert_eq!((only_reward(&merchant).await["state"].clone(), api.with_code(&code).len()), (json!("issued"), 1));
    assert_eq!(mails_to(&app.mails(), "anna@example.com").len(), 2, "that it is there, and that it was taken back");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn an_order_with_a_rewards_code_uses_the_reward_once() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    codes_for_advocates(&merchant).await;
    let first = order(&app, 1001);
    pays(&merchant.shop, &first).await;
    app.drain().await;
    let code = text(&only_reward(&merchant).await, "coupon");

    // As people type it; and the same order told again.
    let annas = json!({"email": "anna@example.com", "customer": {"id": 5}});
    let used = TestOrder::paid("2001", app.at(0)).coupon(&code.to_lowercase()).with(annas);
    pays(&merchant.shop, &used).await;
    pays(&merchant.shop, &used.later(app.at(5), json!({"note": "again"}))).await;
    let reward = only_reward(&merchant).await;
    assert_eq!((&reward["state"], &reward["booked"]["redeemed"]), (&json!("redeemed"), &json!("100.00")));

    // Taken back after it was used: its advocate owes, and the used code is nobody's business any more.
    let cancelled = first.later(app.at(10), json!({"cancelled_at": app.at(10).to_string()}));
    assert_eq!(merchant.shop.post("orders/cancelled", &cancelled.0).await, 200);
    app.drain().await;
    assert_eq!(only_reward(&merchant).await["booked"]["clawback"], "-100.00");
    assert_eq!((api.with_code(&code).len(), &merchant.get("/v1/ledger/check").await["balanced"]), (1, &json!(true)));
}

#[tokio::test]
async fn a_refused_code_shows_on_its_reward_and_is_made_when_it_is_tried_again() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    codes_for_advocates(&merchant).await;
    api.forbid(Some("GW-"));
    pays(&merchant.shop, &order(&app, 1001)).await;
    app.drain().await;
    let reward = only_reward(&merchant).await;
    assert_eq!(
        (&reward["state"], &reward["problem"]["detail"]),
        (&json!("approved"), &json!("Code is not to our liking"))
    );
    assert!(reward["problem"]["at"].is_string());
    assert_eq!(
        mails_to(&app.mails(), "hej@nordicshoes.example"),
        ["nordicshoes.myshopify.com ville inte skapa en kod"]
    );
    assert_eq!(mails_to(&app.mails(), "anna@example.com"), [""; 0], "nothing to tell the advocate yet");

    let retry = format!("/v1/rewards/{}/retry", text(&reward, "id"));
    app.engine.advance(5);
    merchant.call(202, Method::POST, &retry, json!({})).await;
    app.drain().await;
    let again = only_reward(&merchant).await;
    assert_ne!(again["problem"]["at"], reward["problem"]["at"], "refused once more");
    api.forbid(None);
    for _ in 0..2 {
        merchant.call(202, Method::POST, &retry, json!({})).await;
    }
    app.drain().await;
    let made = only_reward(&merchant).await;
    assert_eq!((&made["state"], &made["problem"], api.discounts().len()), (&json!("issued"), &json!(null), 1));
    assert_eq!(mails_to(&app.mails(), "anna@example.com").len(), 1);
    merchant.call(202, Method::POST, &retry, json!({})).await;
}

#[tokio::test]
async fn a_refused_code_can_be_replaced_by_a_person_and_what_has_no_problem_is_not_retried() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    codes_for_advocates(&merchant).await;
    api.forbid(Some("GW-"));
    pays(&merchant.shop, &order(&app, 1001)).await;
    let reward = only_reward(&merchant).await;
    let path = |what: &str| format!("/v1/rewards/{}/{what}", text(&reward, "id"));
    merchant.call(409, Method::POST, &path("retry"), json!({})).await;
    app.drain().await;
    let by_hand = json!({"actor": "Eva", "coupon": "SORRY-1"});
    let done = merchant.call(200, Method::POST, &path("fulfil"), by_hand).await;
    assert_eq!(
        (&done["state"], &done["coupon"], &done["problem"]),
        (&json!("issued"), &json!("SORRY-1"), &json!(null))
    );
    api.forbid(None);
    app.days_pass(1).await;
    assert_eq!(api.discounts().len(), 0, "nobody is to have a second code");
}

#[tokio::test]
async fn a_rewards_code_is_made_once_though_the_answer_never_came() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    codes_for_advocates(&merchant).await;
    pays(&merchant.shop, &order(&app, 1001)).await;
    let reward = text(&only_reward(&merchant).await, "id").parse().expect("an id");
    let id = shared::domain::id::OutboxId::of(reward, "platform_code#1");
    api.slow(1);
    deliver(&app.engine.app, &impatient(&app), id).await.expect("seen to");
    assert_eq!((api.discounts().len(), only_reward(&merchant).await["state"].clone()), (1, json!("approved")));
    app.days_pass(1).await;
    assert_eq!((api.discounts().len(), only_reward(&merchant).await["state"].clone()), (1, json!("issued")));
}

#[tokio::test]
async fn without_access_a_code_waits_and_is_made_when_there_is_some() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    codes_for_advocates(&merchant).await;
    pays(&merchant.shop, &order(&app, 1001)).await;
    app.days_pass(3).await;
    assert_eq!(only_reward(&merchant).await["state"], "approved");
    let api = ShopifyApi::start().await;
    connect(&merchant, &api).await;
    app.days_pass(1).await;
    assert_eq!((only_reward(&merchant).await["state"].clone(), api.discounts().len()), (json!("issued"), 1));
}

#[tokio::test]
async fn an_amount_in_another_currency_than_the_shops_is_refused() {
    let app = TestApp::start().await;
    let (merchant, _) = connected(&app).await;
    codes_for_advocates(&merchant).await;
    let reward =
        json!({"kind": "fixed", "value": {"amount": "10.00", "currency": "EUR"}, "fulfilment": "platform_code"});
    let grant = json!({"code": "anna10", "reward": reward, "actor": "Eva", "reason": "thanks"});
    merchant.call(201, Method::POST, "/v1/rewards", grant).await;
    app.drain().await;
    let problem = only_reward(&merchant).await["problem"]["detail"].clone();
    assert_eq!(problem, "the shop's currency is SEK, the amount is in EUR");
}

#[tokio::test]
async fn only_what_a_platform_can_give_by_a_code_may_be_one() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let body = |shop: &Value, rule: Value| {
        json!({"name": "x", "shop": shop["id"], "destination": format!("{}/", text(shop, "site")),
            "rewards": {"friend": [], "advocate": [rule]}})
    };
    let custom = json!({"platform": "custom", "domain": "a.example", "site": "https://a.example"});
    let custom = merchant.call(201, Method::POST, "/v1/shops", custom).await;
    let shopify = merchant.get(&format!("/v1/shops/{}", merchant.shop.id)).await;
    let points = json!({"kind": "points", "value": {"amount": "5", "unit": "points"}, "fulfilment": "platform_code"});
    let shipping = json!({"kind": "free_shipping", "fulfilment": "platform_code"});
    for (shop, rule) in [(&shopify, &points), (&custom, &shipping)] {
        let refused = merchant.call(422, Method::POST, "/v1/programs", body(shop, rule.clone())).await;
        assert_eq!(refused["errors"][0]["pointer"], "/rewards/advocate/0/fulfilment", "{refused}");
    }
    let made = merchant.call(201, Method::POST, "/v1/programs", body(&shopify, shipping)).await;
    assert_eq!(made["warnings"][0]["pointer"], "/rewards/advocate/0/fulfilment", "no access yet: {made}");
}

// ---------------------------------------------------------------------------------------------------- reading orders

#[tokio::test]
async fn the_orders_of_the_past_are_read_page_by_page_and_one_that_can_not_be_read_is_skipped() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let api = ShopifyApi::start().await;
    let past = |id: &str| TestOrder::paid(id, app.at(-86_400)).0;
    let broken = json!({"id": 3, "created_at": "never"});
    api.put_orders(vec![past("1"), past("2"), broken, past("4"), past("5")]);
    connect(&merchant, &api).await;
    let path = format!("/v1/shops/{}/backfill", merchant.shop.id);
    merchant.call(202, Method::POST, &path, json!({})).await;
    app.drain().await;
    let done = merchant.get(&path).await;
    assert_eq!((&done["state"], &done["orders_entered"]), (&json!("done"), &json!(4)), "{done}");
    let asked: Vec<_> =
        api.server.asked().into_iter().filter(|asked| !asked.param("created_at_max").is_empty()).collect();
    assert_eq!((asked[0].param("status"), asked[0].param("limit")), ("any", "250"));
    assert_eq!(asked[0].path, format!("/admin/api/{API_VERSION}/orders.json"));
}

#[tokio::test]
async fn an_erased_advocates_code_is_taken_from_the_checkout() {
    let app = TestApp::start().await;
    let (merchant, api) = connected(&app).await;
    merchant.anna().await;
    app.drain().await;
    assert_eq!(api.with_code("ANNA10").len(), 1);
    merchant.call(202, Method::POST, "/v1/privacy/erase", json!({"email": "anna@example.com"})).await;
    app.drain().await;
    assert_eq!((api.with_code("ANNA10").len(), &link(&merchant, "anna10").await["platform_code"]), (0, &json!(null)));
}

#[tokio::test]
async fn a_code_that_was_used_after_a_refund_is_booked_for_what_it_took_off() {
    let uses_first = [true, false];
    let mut balances = Vec::new();
    for uses_first in uses_first {
        let app = TestApp::start().await;
        let (merchant, _) = connected(&app).await;
        let program = merchant.program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"] = json!([{"kind": "percent", "percent": "20", "fulfilment": "platform_code"}]);
        });
        let link = merchant.link(&program.await, "anna@example.com", Some("anna10")).await;
        let bought = order(&app, 1001);
        pays(&merchant.shop, &bought).await;
        app.drain().await;
        let code = text(&only_reward(&merchant).await, "coupon");
        let annas = json!({"email": "anna@example.com", "customer": {"id": 9}});
        let used = TestOrder::paid("2001", app.at(0)).coupon(&code).with(annas);
        let refund = bought.refund(1, "250.00", app.at(60));
        if uses_first {
            pays(&merchant.shop, &used).await;
            assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
        } else {
            assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
            pays(&merchant.shop, &used).await;
        }
        app.drain().await;
        assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
        let ledger = merchant.ledger(&link["advocate"]).await;
        balances.push(ledger["balances"]["SEK"].clone());
    }
    assert_eq!(balances[0], balances[1], "whichever came first");
    assert_eq!(balances[0]["redeemed"], "100.00", "{balances:?}");
}
