//! What the law gives persons a right to: to see what is kept, and to be forgotten; and that the books stand through it.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::{MerchantId, RewardId, ShopId};
use shared::domain::mail::MailKind;
use shared::domain::person::PersonKey;
use shared::store::{OutboxState, PersonRow};
use tests::{TestApp, TestMerchant, TestOrder, TestShop, sign, text};

const BO: &str = "bo@example.com";
const ANNA: &str = "anna@example.com";

async fn merchant_of(shop: &TestMerchant) -> MerchantId {
    let id: ShopId = shop.shop.id.parse().expect("an id");
    shop.app.engine.app.store.shop(id).await.expect("reads").expect("a shop").merchant
}

async fn key_of(shop: &TestMerchant, email: &str) -> PersonKey {
    let keys = &shop.app.engine.app.config.keys;
    keys.person_by_email(merchant_of(shop).await, &email.parse().expect("an address"))
}

/// What is kept of a person; nothing is the same as an empty profile.
async fn profile(shop: &TestMerchant, email: &str) -> PersonRow {
    let (merchant, person) = (merchant_of(shop).await, key_of(shop, email).await);
    let found = shop.app.engine.app.store.person(merchant, &person).await.expect("reads");
    found.unwrap_or_else(|| serde_json::from_value(json!({})).expect("an empty profile"))
}

async fn erase(shop: &TestMerchant, body: Value) -> Value {
    let made = shop.call(202, Method::POST, "/v1/privacy/erase", body).await;
    shop.app.drain().await;
    shop.get(&format!("/v1/privacy/requests/{}", text(&made, "id"))).await
}

async fn requests(shop: &TestMerchant) -> Vec<Value> {
    shop.get("/v1/privacy/requests").await["data"].as_array().expect("a list").clone()
}

fn redact(id: Option<u64>, email: Option<&str>, orders: &[u64]) -> Value {
    json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com",
        "customer": {"id": id, "email": email, "phone": "+46701234567"}, "orders_to_redact": orders})
}

/// Why the order was decided so and what the books say, without what changes with each call.
async fn books(shop: &TestMerchant, order: &str) -> (Value, Value) {
    let why = shop.get(&format!("/v1/orders/{}/{order}/why?replay=true", shop.shop.id)).await;
    assert_eq!(why["replay"]["equal"], true, "{why}");
    let check = shop.get("/v1/ledger/check").await;
    assert_eq!(check["balanced"], true, "{check}");
    (why, check)
}

#[tokio::test]
async fn a_friend_is_forgotten_and_the_books_stand() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let anna = shop.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").in_full();
    shop.shop.post("orders/paid", &order.0).await;
    assert!(profile(&shop, BO).await.buyer.is_some(), "else nothing could be forgotten");
    let (before, ledger) = (books(&shop, "1001").await, shop.ledger(&anna["advocate"]).await);

    assert_eq!(shop.shop.post("customers/redact", &redact(Some(7001), Some(BO), &[1001])).await, 200);
    assert_eq!(requests(&shop).await[0]["state"], "open", "timers does it");
    app.engine.tick().await.expect("ticks");
    let done = requests(&shop).await;
    assert_eq!((done.len(), &done[0]["state"], &done[0]["outcome"]), (1, &json!("done"), &json!("erased")), "{done:?}");
    assert_eq!((&done[0]["source"], &done[0]["kind"]), (&json!("shopify"), &json!("erase")));

    let bo = profile(&shop, BO).await;
    assert!(bo.buyer.is_none() && bo.contact.is_none() && bo.erased_at.is_some() && bo.unsubscribed_at.is_some());
    let (merchant, person) = (merchant_of(&shop).await, key_of(&shop, BO).await);
    let timeline = app.engine.app.store.first_orders(merchant, &person, 9).await.expect("reads");
    assert!(timeline.len() == 1 && timeline[0].marks.is_empty(), "the purchase stays, what it told of Bo does not");
    assert_eq!(books(&shop, "1001").await, before);
    assert_eq!(shop.ledger(&anna["advocate"]).await, ledger);
    app.drain().await;
    let to: Vec<_> = app.mails().into_iter().map(|(to, _)| to).collect();
    assert_eq!(to, [ANNA], "the mail to Bo was still queued");
    let rewards = shop.get("/v1/rewards").await;
    let friends = rewards["data"].as_array().expect("a list").iter().find(|reward| reward["side"] == "friend");
    let reward: RewardId = text(friends.expect("the friend's"), "id").parse().expect("an id");
    let row = app.engine.app.store.outbox(MailKind::RewardReady.row_of(reward)).await.expect("reads").expect("a row");
    assert_eq!(row.state, OutboxState::Suppressed);

    // Erasing twice is erasing once, and what the shop says later of that order changes nothing about it.
    shop.shop.post("customers/redact", &redact(Some(7001), Some(BO), &[1001])).await;
    let later = order.clone().later(app.at(60), json!({"fulfillment_status": "fulfilled"}));
    shop.shop.post("orders/updated", &later.0).await;
    shop.shop.post("refunds/create", &order.refund(1, "100.00", app.at(61))).await;
    app.drain().await;
    assert_eq!(requests(&shop).await.len(), 1);
    assert!(profile(&shop, BO).await.buyer.is_none());
    books(&shop, "1001").await;
}

#[tokio::test]
async fn edge_30_everything_about_a_redacted_customer_is_optional_and_what_comes_late_stays_without_a_name() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    app.engine.advance(7_200);
    // Nobody we know, named by nothing, by an address alone, by a number as text.
    let nobody = json!({"shop_domain": "nordicshoes.myshopify.com", "customer": null, "orders_to_redact": ["987"]});
    let as_text = json!({"customer": {"id": "5", "email": null}, "orders_to_redact": null});
    for body in [nobody, redact(None, Some("who@example.com"), &[]), as_text] {
        assert_eq!(shop.shop.post("customers/redact", &body).await, 200, "{body}");
    }
    // Bo is erased by the account alone, before the order comes in, which tells the address.
    assert_eq!(shop.shop.post("customers/redact", &redact(Some(7001), None, &[])).await, 200);
    app.drain().await;
    assert!(requests(&shop).await.iter().all(|row| row["state"] == "done"));
    let late = TestOrder::paid("1001", app.at(-3600)).coupon("ANNA10");
    shop.shop.post("orders/paid", &late.0).await;
    assert!(profile(&shop, BO).await.buyer.is_none(), "it was placed before");
    assert_eq!(shop.why("1001").await["outcome"], "credited", "that counts all the same");
    // An order whose customer the shop does not name.
    let nameless = TestOrder::paid("1002", app.at(0)).coupon("ANNA10").with(json!({"email": null, "customer": null}));
    assert_eq!(shop.shop.post("orders/paid", &nameless.0).await, 200);
    shop.why("1002").await;

    let new = TestOrder::paid("1003", app.at(3600)).coupon("ANNA10");
    shop.shop.post("orders/paid", &new.0).await;
    assert!(profile(&shop, BO).await.buyer.is_some(), "an order placed after it is a new matter");
    // Now the account leads to the address. Three days later this is no repeat.
    app.days_pass(4).await;
    shop.shop.post("customers/redact", &redact(Some(7001), None, &[])).await;
    app.drain().await;
    assert!(profile(&shop, BO).await.buyer.is_none());
    assert_eq!(requests(&shop).await.len(), 5);
    let mails = app.mails();
    assert_eq!(mails.iter().filter(|(to, _)| to == BO).count(), 1, "of the new order only: {mails:?}");
}

#[tokio::test]
async fn an_advocate_is_forgotten_and_earns_no_more() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let body = json!({"program": program["id"], "code": "anna10", "advocate": {"email": ANNA, "name": "Anna",
        "customer_id": "4711", "phone": "+46701234567", "loyalty_tier": "gold"}});
    let anna = shop.call(201, Method::POST, "/v1/links", body.clone()).await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    let before = books(&shop, "1001").await;

    let done = erase(&shop, json!({"email": ANNA})).await;
    assert_eq!((&done["state"], &done["counts"]["links"], &done["source"]), (&json!("done"), &json!(1), &json!("api")));
    assert_eq!(done["counts"]["person_keys"], 2, "the address, and the account");
    assert_eq!(books(&shop, "1001").await, before);
    let advocate = format!("/v1/advocates/{}", text(&anna, "advocate"));
    let kept = shop.get(&advocate).await;
    assert_eq!((&kept["loyalty_tier"], &kept["known_by"]), (&json!(null), &json!([])));
    assert_eq!(shop.get("/v1/links/ANNA10").await["state"], "disabled");
    let audit = shop.get("/v1/audit").await;
    let line = &audit["data"][0];
    assert_eq!((&line["action"], &line["subject"], &line["reason"]), (&json!("erase"), &json!("ANNA10"), &done["id"]));
    shop.call(409, Method::PATCH, "/v1/links/ANNA10", json!({"state": "active"})).await;
    shop.call(409, Method::PATCH, &advocate, json!({"phone": "+46701234567"})).await;
    let other = TestOrder::paid("1002", app.at(60)).coupon("ANNA10");
    let other = other.with(json!({"email": "cy@example.com", "customer": {"id": 7002}}));
    shop.shop.post("orders/paid", &other.0).await;
    assert_eq!(shop.why("1002").await["outcome"], "not_credited");

    // Signing up again is a new matter: another advocate, who is told of nothing by mail.
    let mut again = body;
    again["code"] = json!(null);
    let again = shop.call(201, Method::POST, "/v1/links", again).await;
    assert_ne!((&again["advocate"], &again["code"]), (&anna["advocate"], &anna["code"]));
    let anna = profile(&shop, ANNA).await;
    assert!(anna.contact.is_some() && anna.unsubscribed_at.is_some());
    let export = shop.call(200, Method::POST, "/v1/privacy/export", json!({"email": ANNA})).await;
    assert_eq!(export["advocates"].as_array().map(Vec::len), Some(2), "both lives: {export}");
    app.drain().await;
    assert!(app.mails().iter().all(|(to, _)| to != ANNA));
}

#[tokio::test]
async fn a_customer_sees_all_that_is_kept() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").in_full().0).await;
    app.drain().await;

    let asked = json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com", "orders_requested": [1001],
        "customer": {"id": 7001, "email": BO, "phone": null}, "data_request": {"id": 9999}});
    for _ in 0..2 {
        assert_eq!(shop.shop.post("customers/data_request", &asked).await, 200);
        app.drain().await;
    }
    let listed = requests(&shop).await;
    let [request] = listed.as_slice() else { panic!("one request: {listed:?}") };
    assert_eq!((&request["kind"], &request["state"]), (&json!("export"), &json!("open")));
    let id = text(request, "id");
    let notices: Vec<_> = app.engine.inbox.mails().into_iter().filter(|mail| mail.to.starts_with("hej@")).collect();
    let [notice] = notices.as_slice() else { panic!("one notice, not {}", notices.len()) };
    assert_eq!(notice.subject, "En kund ber om sina uppgifter");
    assert!(notice.text.contains(&format!("GET /v1/privacy/requests/{id}/data")), "{}", notice.text);
    assert!(!notice.text.contains("bo@") && !notice.text.contains("7001"), "{}", notice.text);
    app.days_pass(28).await;
    assert_eq!(requests(&shop).await[0]["state"], "open", "it waits, with an alarm");
    let looked_at = async || {
        let row = app.engine.app.store.privacy(id.parse().expect("an id")).await.expect("reads").expect("a request");
        (row.version, row.next_at)
    };
    let (version, next_at) = looked_at().await;
    assert!(version == 2 && next_at > app.at(0), "once when it became urgent");
    app.days_pass(1).await;
    app.days_pass(1).await;
    assert_eq!(looked_at().await.0, 4, "and once a day");

    let data = shop.get(&format!("/v1/privacy/requests/{id}/data")).await;
    assert_eq!(data["request"]["state"], "done");
    let contacts: Vec<_> = data["profiles"].as_array().expect("a list").iter().map(|it| &it["buyer_contact"]).collect();
    assert!(contacts.iter().any(|contact| contact["email"] == BO), "{data}");
    assert_eq!((&data["orders"][0]["order"], &data["orders"][0]["outcome"]), (&json!("1001"), &json!("credited")));
    assert_eq!(data["referrals"][0]["state"], "approved");
    assert_eq!(
        (&data["rewards"][0]["side"], &data["rewards"][0]["value"]["amount"]),
        (&json!("friend"), &json!("50.00"))
    );
    assert_eq!(data["requests"].as_array().map(Vec::len), Some(1));

    let own = shop.call(200, Method::POST, "/v1/privacy/export", json!({"email": ANNA})).await;
    let anna = &own["advocates"][0];
    assert_eq!((&anna["links"][0]["code"], &anna["rewards"][0]["side"]), (&json!("ANNA10"), &json!("advocate")));
    assert_eq!(anna["balances"]["SEK"]["liability"], "100.00", "{own}");
    assert_eq!(own["profiles"][0]["contact"]["email"], ANNA);
    let by_account = json!({"shop": shop.shop.id, "customer_id": "7001"});
    let by_account = shop.call(200, Method::POST, "/v1/privacy/export", by_account).await;
    assert_eq!(by_account["orders"].as_array().map(Vec::len), Some(1));
    let nobody = shop.call(200, Method::POST, "/v1/privacy/export", json!({"email": "who@example.com"})).await;
    for part in ["profiles", "advocates", "orders", "referrals", "rewards"] {
        assert_eq!(nobody[part], json!([]), "{part}");
    }
    let done = shop.get("/v1/privacy/requests?state=done").await;
    assert_eq!(done["data"].as_array().map(Vec::len), Some(4), "each export is on record: {done}");
}

#[tokio::test]
async fn somebody_with_many_orders_and_accounts_is_forgotten_in_steps() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    // One address, two accounts; and another address of the second account.
    for number in 0..60_u64 {
        let email = if number == 59 { "bo@work.example" } else { BO };
        let order = TestOrder::paid(&(3000 + number).to_string(), app.at(-600)).coupon("ANNA10").in_full();
        let order = order.with(json!({"email": email, "customer": {"id": 7001 + number / 30}}));
        assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
    }
    assert!(profile(&shop, "bo@work.example").await.buyer.is_some());
    let done = erase(&shop, json!({"email": BO})).await;
    let counts = json!({"person_keys": 4, "orders": 120, "links": 0, "parked_events": 0});
    assert_eq!((&done["state"], &done["counts"]), (&json!("done"), &counts));
    assert!(profile(&shop, "bo@work.example").await.buyer.is_none(), "the account led there");
    let (merchant, person) = (merchant_of(&shop).await, key_of(&shop, BO).await);
    let timeline = app.engine.app.store.first_orders(merchant, &person, 99).await.expect("reads");
    assert!(timeline.len() == 59 && timeline.iter().all(|entry| entry.marks.is_empty()));
}

#[tokio::test]
async fn what_is_parked_is_forgotten_and_not_lost() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let fail =
        |body_contains| Fault { operation: "TransactWriteItems", body_contains, trouble: Trouble::Fail, times: 999 };
    app.engine.wire.inject(fail("ORD#"));
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    let done = erase(&shop, json!({"email": BO})).await;
    assert_eq!((&done["state"], &done["counts"]["parked_events"]), (&json!("done"), &json!(1)), "{done}");
    assert_eq!(shop.get("/v1/parked").await["data"][0]["topic"], "@facts");
    // Parked once more after that, it is lessened when it is tried again.
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    assert_eq!(shop.get("/v1/parked").await["data"][0]["topic"], "orders/paid");
    app.engine.advance(3600);
    app.engine.tick().await.expect("ticks");
    assert_eq!(shop.get("/v1/parked").await["data"][0]["topic"], "@facts");

    app.engine.wire.heal();
    app.days_pass(1).await;
    assert_eq!(shop.get("/v1/parked").await["data"], json!([]));
    assert_eq!(shop.why("1001").await["outcome"], "credited");
    assert!(profile(&shop, BO).await.buyer.is_none());
    assert_eq!(app.mails().into_iter().map(|(to, _)| to).collect::<Vec<_>>(), [ANNA]);
    books(&shop, "1001").await;
}

#[tokio::test]
async fn an_erasure_that_is_cut_off_goes_on() {
    for operation in ["UpdateItem", "PutItem", "TransactWriteItems", "Query", "GetItem"] {
        for times in [1, 2, 4, 7] {
            let app = TestApp::with_faults().await;
            let shop = app.merchant().await;
            shop.anna().await;
            shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").in_full().0).await;
            shop.shop.post("customers/redact", &redact(Some(7001), Some(BO), &[1001])).await;
            let body = json!({"email": ANNA});
            app.engine.wire.inject(Fault { operation, body_contains: "", trouble: Trouble::LoseAnswer, times });
            app.send(Method::POST, "/v1/privacy/erase", &shop.api_key, Some(&body)).await;
            // What fails is what this is about.
            drop(app.engine.tick().await);
            app.engine.wire.heal();
            app.send(Method::POST, "/v1/privacy/erase", &shop.api_key, Some(&body)).await;
            for _ in 0..3 {
                app.engine.advance(1200);
                app.drain().await;
            }
            let states = requests(&shop).await;
            assert!(states.iter().all(|row| row["state"] == "done"), "{operation} {times}: {states:?}");
            let (bo, anna) = (profile(&shop, BO).await, profile(&shop, ANNA).await);
            assert!(bo.buyer.is_none() && anna.contact.is_none(), "{operation} {times}");
            assert_eq!(shop.get("/v1/links/ANNA10").await["state"], "disabled", "{operation} {times}");
            books(&shop, "1001").await;
        }
    }
}

/// Another shop of the merchant, with Bea's link BEA10 and an order by it; and Dora's second link there.
async fn another_shop(shop: &TestMerchant) -> TestShop {
    let other = shop.app.shop(&shop.api_key, "southernshoes").await;
    let there = |body: &mut Value| {
        body["shop"] = json!(other.id);
        body["destination"] = json!(other.site);
    };
    let program = shop.program(there).await;
    shop.link(&program, "bea@example.com", Some("bea10")).await;
    shop.link(&program, "dora@example.com", Some("dora-south")).await;
    let order = TestOrder::paid("2001", shop.app.at(-50)).coupon("BEA10");
    other.post("orders/paid", &order.with(json!({"email": "cy@example.com", "customer": {"id": 7002}})).0).await;
    other
}

#[tokio::test]
async fn a_shop_that_left_is_forgotten_and_others_are_not() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    shop.link(&program, ANNA, Some("anna10")).await;
    shop.link(&program, "dora@example.com", Some("dora10")).await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    // Not credited, because it is Anna's own; the address was kept all the same.
    let own =
        TestOrder::paid("1002", app.at(-60)).coupon("ANNA10").with(json!({"email": ANNA, "customer": {"id": 7003}}));
    shop.shop.post("orders/paid", &own.0).await;
    let other = another_shop(&shop).await;
    app.drain().await;
    let before = books(&shop, "1001").await;

    shop.shop.post("app/uninstalled", &json!({"myshopify_domain": null})).await;
    app.engine.advance(48 * 3600);
    assert_eq!(
        shop.shop.post("shop/redact", &json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com"})).await,
        200
    );
    app.drain().await;
    let done = requests(&shop).await;
    assert_eq!((&done[0]["kind"], &done[0]["outcome"]), (&json!("erase_shop"), &json!("erased")), "{done:?}");
    for (email, left) in
        [(BO, false), (ANNA, false), ("bea@example.com", true), ("dora@example.com", true), ("cy@example.com", true)]
    {
        let kept = profile(&shop, email).await;
        assert_eq!(kept.contact.is_some() || kept.buyer.is_some(), left, "{email}");
    }
    for (code, state) in [("anna10", "disabled"), ("dora10", "disabled"), ("bea10", "active"), ("dora-south", "active")]
    {
        assert_eq!(shop.get(&format!("/v1/links/{code}")).await["state"], state, "{code}");
    }
    let left = shop.get(&format!("/v1/shops/{}", shop.shop.id)).await;
    assert_eq!((&left["has_webhook_secret"], &left["has_api_access"]), (&json!(false), &json!(false)), "{left}");
    assert_eq!(shop.shop.post("orders/paid", &TestOrder::paid("1009", app.at(0)).0).await, 401);
    // Of somebody else: one by Bo would tell of another account of his, and his orders would be looked at again.
    let elsewhere =
        TestOrder::paid("2009", app.at(0)).with(json!({"email": "fy@example.com", "customer": {"id": 7009}}));
    assert_eq!(other.post("orders/paid", &elsewhere.0).await, 200);
    assert_eq!(books(&shop, "1001").await, before);
}

#[tokio::test]
async fn edge_39_a_shop_whose_leaving_was_never_told_is_erased_all_the_same() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    app.drain().await;
    app.engine.advance(72 * 3600);
    let asked = json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com"});
    assert_eq!(shop.shop.post("shop/redact", &asked).await, 200);
    app.drain().await;
    assert_eq!(requests(&shop).await[0]["outcome"], "erased");
    assert!(profile(&shop, BO).await.buyer.is_none() && profile(&shop, ANNA).await.contact.is_none());
}

#[tokio::test]
async fn edge_39_a_shop_that_came_back_keeps_what_it_has() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    app.drain().await;
    shop.shop.post("app/uninstalled", &json!({"myshopify_domain": null})).await;
    app.engine.advance(3600);
    let api = json!({"api": {"access_token": "a new one", "base_url": "http://127.0.0.1:9"}});
    shop.call(200, Method::PATCH, &format!("/v1/shops/{}", shop.shop.id), api).await;
    app.engine.advance(47 * 3600);
    for _ in 0..2 {
        assert_eq!(
            shop.shop.post("shop/redact", &json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com"})).await,
            200
        );
        app.engine.tick().await.expect("ticks");
    }
    let done = requests(&shop).await;
    let [request] = done.as_slice() else { panic!("one request: {done:?}") };
    assert_eq!((&request["state"], &request["outcome"]), (&json!("done"), &json!("kept_connected_again")));
    assert!(profile(&shop, BO).await.buyer.is_some() && profile(&shop, ANNA).await.contact.is_some());
    assert_eq!(shop.get("/v1/links/ANNA10").await["state"], "active");

    // Once more, and this time for good: another word, for another time that it left.
    shop.shop.post("app/uninstalled", &json!({"myshopify_domain": null})).await;
    app.engine.advance(48 * 3600);
    shop.shop.post("shop/redact", &json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com"})).await;
    app.engine.tick().await.expect("ticks");
    assert_eq!(requests(&shop).await.len(), 2);
    assert!(profile(&shop, BO).await.buyer.is_none() && profile(&shop, ANNA).await.contact.is_none());
}

#[tokio::test]
async fn a_parked_request_about_a_person_is_put_on_record_when_that_person_is_erased() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    let fault = Fault { operation: "", body_contains: "PRQ#", trouble: Trouble::Fail, times: 1000 };
    app.engine.wire.inject(fault);
    let asked = json!({"shop_domain": "nordicshoes.myshopify.com", "orders_requested": [1001], "data_request": {"id": 5},
        "customer": {"id": 7001, "email": BO, "phone": "+46701234567"}});
    let again = redact(Some(7001), Some(BO), &[1001]);
    for (topic, body) in [("customers/data_request", asked), ("customers/redact", again)] {
        assert_eq!(shop.shop.post(topic, &body).await, 200);
    }
    assert_eq!(shop.get("/v1/parked").await["data"].as_array().map(Vec::len), Some(2));
    app.engine.wire.heal();

    // Long before they are tried again.
    assert_eq!(erase(&shop, json!({"email": BO})).await["state"], "done");
    assert_eq!(shop.get("/v1/parked").await["data"], json!([]));
    let requests = requests(&shop).await;
    let mut kinds: Vec<_> = requests.iter().map(|request| text(request, "kind")).collect();
    kinds.sort();
    assert_eq!(kinds, ["erase", "erase", "export"], "none is lost: {requests:?}");
    app.days_pass(1).await;
    assert!(profile(&shop, BO).await.contact.is_none());
}

/// Orders are facts: they are true whenever they are told, and count by when they were placed. (Only the word that a shop
/// left is no news once it is back.)
#[tokio::test]
async fn edge_39_an_order_of_before_that_is_sent_again_after_a_reinstall_counts_once() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let triggered_at = app.at(0).to_string();
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("app/uninstalled", &json!({"myshopify_domain": null})).await;
    app.engine.advance(3600);
    let api = json!({"api": {"access_token": "a new one", "base_url": "http://127.0.0.1:9"}});
    let path = format!("/v1/shops/{}", shop.shop.id);
    shop.call(200, Method::PATCH, &path, api).await;
    app.engine.advance(60);
    let send = |topic: &'static str, body: Vec<u8>| {
        let request = app.client.post(&shop.shop.webhook_url).header("x-shopify-topic", topic);
        let request = request.header("x-shopify-triggered-at", &triggered_at);
        let request = request.header("x-shopify-shop-domain", shop.shop.domain());
        request.header("x-shopify-hmac-sha256", sign(&shop.shop.secret, &body)).body(body).send()
    };
    for _ in 0..2 {
        let answer = send("orders/paid", order.0.to_string().into_bytes()).await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(
        send("app/uninstalled", br#"{"myshopify_domain": null}"#.to_vec()).await.expect("an answer").status(),
        200
    );
    app.drain().await;
    shop.expect_one_referral("1001").await;
    assert!(shop.get(&path).await["uninstalled_at"].is_null(), "the shop is still here");
}

#[tokio::test]
async fn requests_say_whom_they_mean_and_are_nobody_elses_business() {
    let app = TestApp::start().await;
    let (shop, other) = (app.merchant().await, app.merchant().await);
    let cases = [
        (json!({}), "/email"),
        (json!({"email": "nobody"}), "/email"),
        (json!({"shop": shop.shop.id}), "/customer_id"),
        (json!({"customer_id": "7001"}), "/shop"),
        (json!({"shop": shop.shop.id, "customer_id": ""}), "/customer_id"),
        (json!({"phone": "+46"}), "/phone"),
    ];
    for path in ["/v1/privacy/export", "/v1/privacy/erase"] {
        for (body, pointer) in &cases {
            let answer = app.send(Method::POST, path, &shop.api_key, Some(body)).await;
            assert!([400, 422].contains(&answer.status().as_u16()), "{path} {body}");
            let problem: Value = answer.json().await.expect("a problem");
            assert_eq!(problem["errors"][0]["pointer"], *pointer, "{problem}");
        }
        let elsewhere = json!({"shop": other.shop.id, "customer_id": "7001"});
        shop.call(404, Method::POST, path, elsewhere).await;
    }
    let made = erase(&shop, json!({"email": BO})).await;
    let path = format!("/v1/privacy/requests/{}", text(&made, "id"));
    assert_eq!(shop.call(409, Method::GET, &format!("{path}/data"), json!(null)).await["code"], "not_an_export");
    for path in [path.clone(), format!("{path}/data"), "/v1/privacy/requests/nonsense".into()] {
        other.call(404, Method::GET, &path, json!(null)).await;
    }
    assert_eq!(requests(&other).await.len(), 0);
    assert_eq!(
        app.call(422, Method::GET, "/v1/privacy/requests?state=lost", &shop.api_key, None).await["errors"][0]["pointer"],
        "state"
    );
}
