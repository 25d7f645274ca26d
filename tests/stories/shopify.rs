//! What Shopify says beside orders and refunds, and of whom: other shops, merged customers, an app given away.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use shared::platform::{Context, Said, parse};
use shared::settle::remember;
use tests::{ApiServer, TestApp, TestMerchant, TestOrder, Told, reward, sign, text};

/// Posts a signed webhook with further headers and answers the status.
async fn post(merchant: &TestMerchant, topic: &str, headers: &[(&str, &str)], body: &Value) -> u16 {
    let body = body.to_string();
    let signature = sign(&merchant.shop.secret, body.as_bytes());
    let domain = merchant.shop.domain();
    let mut named: std::collections::BTreeMap<&str, &str> =
        [("x-shopify-topic", topic), ("x-shopify-shop-domain", &domain)].into();
    named.extend(headers.iter().copied());
    let request = merchant.app.client.post(&merchant.shop.webhook_url);
    let request = named.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let request = request.header("x-shopify-hmac-sha256", signature).body(body);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn edge_43_what_was_sent_to_another_shop_is_neither_told_nor_written_here() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    assert_eq!(
        post(&merchant, "orders/paid", &[("x-shopify-shop-domain", "other.myshopify.com")], &order.0).await,
        404
    );
    let of_other = json!({"shop_domain": "other.myshopify.com", "customer": {"id": 7001}, "orders_to_redact": []});
    assert_eq!(post(&merchant, "customers/redact", &[], &of_other).await, 404);
    merchant.call(404, Method::GET, &format!("/v1/orders/{}/1001/why", merchant.shop.id), json!(null)).await;
    let this = [("x-shopify-shop-domain", "nordicshoes.myshopify.com")];
    assert_eq!(post(&merchant, "orders/paid", &this, &order.0).await, 200);
    merchant.app.drain().await;
    merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_02_one_action_told_by_several_subscriptions_counts_once_and_none_of_its_topics_is_lost() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let event = ("x-shopify-event-id", "98880550-7158-44d4-b7cd-2c97c8a091b5");
    let placed = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"financial_status": "pending"}));
    let paid = placed.clone().with(json!({"financial_status": "paid"})).later(app.at(1), json!({}));
    for (topic, webhook, order) in [
        ("orders/create", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", &placed),
        // The same event id: whoever dropped it for that would never see the money.
        ("orders/paid", "c65668f5-cee0-4c48-9b60-cf8e81cde154", &paid),
        ("orders/updated", "d76779a6-dff1-4d59-8c71-da9f92def265", &paid),
        ("orders/paid", "c65668f5-cee0-4c48-9b60-cf8e81cde154", &paid),
    ] {
        assert_eq!(post(&merchant, topic, &[event, ("x-shopify-webhook-id", webhook)], &order.0).await, 200);
    }
    app.drain().await;
    merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_34_a_deleted_order_gives_back_and_one_that_is_described_anew_earns_again() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(merchant.shop.post("orders/delete", &json!({"id": 1001})).await, 200);
    let void = [reward("advocate", "100.00", "void"), reward("friend", "50.00", "void")];
    assert_eq!(
        (merchant.rewards().await, merchant.why("1001").await["outcome"].clone()),
        (void.to_vec(), json!("void"))
    );
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200, "an old body, sent again");
    assert_eq!(merchant.rewards().await, void);
    assert_eq!(merchant.shop.post("orders/updated", &order.later(app.at(60), json!({})).0).await, 200);
    assert_eq!(merchant.why("1001").await["outcome"], "credited");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

fn merged(kept: u32, gone: u32) -> Value {
    let gid = |id: u32| format!("gid://shopify/Customer/{id}");
    json!({"admin_graphql_api_customer_kept_id": gid(kept), "admin_graphql_api_customer_deleted_id": gid(gone),
        "admin_graphql_api_job_id": null, "status": "completed", "errors": []})
}

/// Anna, whose customer account at the shop is 500, with the code ANNA10.
async fn anna_with_account(merchant: &TestMerchant) {
    let program = merchant.program(|_| ()).await;
    let body = json!({"program": program["id"], "code": "anna10",
        "advocate": {"email": "anna@example.com", "name": "Anna", "locale": "sv", "customer_id": "500"}});
    merchant.call(201, Method::POST, "/v1/links", body).await;
}

#[tokio::test]
async fn edge_29_an_advocate_and_a_friend_who_turn_out_to_be_one_customer_earn_nothing() {
    for (kept, gone) in [(500, 7001), (7001, 500)] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        anna_with_account(&merchant).await;
        let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
        assert_eq!(merchant.why("1001").await["outcome"], "credited");
        let mut failed = merged(kept, gone);
        failed["status"] = json!("failed");
        assert_eq!(merchant.shop.post("customers/merge", &failed).await, 200);
        assert_eq!(merchant.why("1001").await["outcome"], "credited", "a merge that failed");
        for _ in 0..2 {
            assert_eq!(merchant.shop.post("customers/merge", &merged(kept, gone)).await, 200);
        }
        let why = merchant.why("1001").await;
        assert_ne!(why["outcome"], "credited", "kept {kept}: {why}");
        assert!(why.to_string().contains("one customer account"), "kept {kept}: {why}");
        assert!(merchant.rewards().await.iter().all(|(_, _, state)| state == "void"), "kept {kept}");
        assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    }
}

#[tokio::test]
async fn edge_29_what_a_customer_bought_under_an_account_that_is_gone_still_counts_as_bought() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let nameless = json!({"email": null, "customer": {"id": 41}});
    let old = TestOrder::paid("1000", app.at(-3600)).with(nameless);
    assert_eq!(merchant.shop.post("orders/paid", &old.0).await, 200);
    assert_eq!(merchant.shop.post("customers/merge", &merged(42, 41)).await, 200);
    let new = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"email": null, "customer": {"id": 42}}));
    assert_eq!(merchant.shop.post("orders/paid", &new.0).await, 200);
    let why = merchant.why("1001").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("1000"), "{}", why["sentence"]);
}

#[tokio::test]
async fn edge_28_another_address_with_the_same_account_is_the_same_customer() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let first = TestOrder::paid("1000", app.at(-3600)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &first.0).await, 200);
    let again = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"email": "bo.new@example.com"}));
    assert_eq!(merchant.shop.post("orders/paid", &again.0).await, 200);
    assert_eq!(merchant.why("1001").await["outcome"], "not_credited");
}

#[tokio::test]
async fn edge_26_a_renewal_of_a_subscription_earns_nothing_by_itself() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    // Whoever buys again counts, too: only what made the order tells a renewal.
    let program = merchant.program(|program| program["qualify"] = json!({})).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    app.engine.advance(7_200);
    let at_the_checkout = json!({"source_name": "web"});
    let first = TestOrder::paid("1000", app.at(-3600)).coupon("ANNA10").with(at_the_checkout.clone());
    assert_eq!(merchant.shop.post("orders/paid", &first.0).await, 200);
    assert_eq!(merchant.why("1000").await["outcome"], "credited", "the first order goes through the checkout");
    for (id, source) in [("1001", "subscription_contract"), ("1002", "subscription_contract_checkout_one")] {
        // The discount of the first order recurs with its code.
        let renewal = TestOrder::paid(id, app.at(0)).coupon("ANNA10").with(json!({"source_name": source}));
        assert_eq!(merchant.shop.post("orders/paid", &renewal.0).await, 200);
        let why = merchant.why(id).await;
        assert_eq!(why["outcome"], "not_credited", "{source}");
        assert!(text(&why, "sentence").contains("carries no referral code"), "{}", why["sentence"]);
    }
    assert_eq!(merchant.rewards().await.len(), 2);
    let again = TestOrder::paid("1003", app.at(0)).coupon("ANNA10").with(at_the_checkout);
    assert_eq!(merchant.shop.post("orders/paid", &again.0).await, 200);
    assert_eq!((merchant.why("1003").await["outcome"].clone(), merchant.rewards().await.len()), (json!("credited"), 4));
}

#[tokio::test]
async fn edge_35_what_is_held_until_it_is_sent_is_not_paid_for_an_order_that_is_found_to_be_fraud() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|program| {
        program["hold_from"] = json!("fulfilled");
        program["hold_days"] = json!(3);
    });
    merchant.link(&program.await, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let risk = json!({"provider_id": null, "provider_title": null, "risk_level": "high", "created_at": null});
    assert_eq!(merchant.shop.post("orders/risk_assessment_changed", &risk).await, 200);
    app.days_pass(20).await;
    assert!(merchant.rewards().await.iter().all(|(_, _, state)| state == "pending"), "not sent, not owed");
    let fraud = order.later(app.at(0), json!({"cancelled_at": app.at(0), "cancel_reason": "fraud"}));
    assert_eq!(merchant.shop.post("orders/cancelled", &fraud.0).await, 200);
    app.days_pass(60).await;
    assert!(merchant.rewards().await.iter().all(|(_, _, state)| state == "void"));
    let told: Vec<_> = app.engine.inbox.mails().into_iter().map(|mail| (mail.to, mail.kind)).collect();
    let to_anna = |kind: &str| ("anna@example.com".to_owned(), kind.to_owned());
    assert_eq!(told, [to_anna("friend_ordered"), to_anna("reward_void")]);
}

#[tokio::test]
async fn edge_45_an_order_in_the_shops_old_currency_stays_in_it() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|program| {
        program["qualify"] = json!({"new_customers_only": false});
        program["rewards"]["advocate"] = json!([{"kind": "percent", "percent": "10", "fulfilment": "manual"}]);
        program["rewards"]["friend"] = json!([]);
    });
    let link = merchant.link(&program.await, "anna@example.com", Some("anna10")).await;
    for (id, currency) in [("1001", "SEK"), ("1002", "EUR")] {
        let order = TestOrder::paid(id, app.at(0)).coupon("ANNA10").with(json!({"currency": currency}));
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    }
    let ledger = merchant.ledger(&link["advocate"]).await;
    let owed = |unit: &str| ledger["balances"][unit]["liability"].clone();
    assert_eq!((owed("SEK"), owed("EUR")), (json!("50.00"), json!("50.00")), "{ledger}");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

/// A shop whose API answers with this order, and nothing else.
async fn with_api(merchant: &TestMerchant, order: Value) -> ApiServer {
    let server = ApiServer::start(move |asked| match asked.path.as_str() {
        path if path.ends_with("/orders/1001.json") => Told::json(&json!({"order": order})),
        path if path.ends_with("/orders.json") => Told::json(&json!({"orders": []})),
        _ => Told::status(404, "{}"),
    });
    let server = server.await;
    let access = json!({"api": {"access_token": "shpat_canary", "base_url": server.url}});
    let path = format!("/v1/shops/{}", merchant.shop.id);
    let answer = merchant.call(200, Method::PATCH, &path, access).await;
    assert!(!answer.to_string().contains("shpat_canary"), "{answer}");
    assert_eq!(answer["has_api_access"], true);
    server
}

#[tokio::test]
async fn edge_08_an_edited_order_is_asked_for_and_counts_as_it_is_now() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let edited = json!({"order_edit": {"id": 1, "order_id": 1001, "line_items": {"additions": [{"id": 2, "delta": 1}], "removals": []}}});
    assert_eq!(merchant.shop.post("orders/edited", &edited).await, 200, "without access another topic tells of it");

    let line =
        json!({"price": "1000.00", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []});
    let server = with_api(&merchant, order.later(app.at(0), json!({"line_items": [line], "discount_codes": [{"code": "ANNA10", "amount": "100.00", "type": "percentage"}]})).0).await;
    assert_eq!(merchant.shop.post("orders/edited", &edited).await, 200);
    assert_eq!(
        merchant.rewards().await,
        [reward("advocate", "100.00", "approved"), reward("friend", "100.00", "approved")]
    );
    let asked = server.asked();
    assert_eq!((asked.len(), asked[0].header("x-shopify-access-token")), (1, "shpat_canary"));
}

#[tokio::test]
async fn a_shop_that_gave_the_app_away_is_called_no_more_until_it_is_connected_again() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let order = TestOrder::paid("1001", app.at(0));
    let server = with_api(&merchant, order.0).await;
    let path = format!("/v1/shops/{}", merchant.shop.id);
    let uninstalled = |at: Timestamp| {
        let merchant = merchant.clone();
        async move {
            let at = at.to_string();
            let body = json!({"id": 548_380_009, "domain": null, "myshopify_domain": null});
            post(&merchant, "app/uninstalled", &[("x-shopify-triggered-at", &at)], &body).await
        }
    };
    assert_eq!(uninstalled(app.at(-3600)).await, 200);
    assert_eq!(merchant.get(&path).await["has_api_access"], true, "said before it was connected");
    app.engine.advance(60);
    assert_eq!(uninstalled(app.at(0)).await, 200);
    let shop = merchant.get(&path).await;
    assert_eq!(shop["has_api_access"], false);
    assert!(shop["uninstalled_at"].is_string(), "{shop}");
    let before = server.asked().len();
    app.days_pass(1).await;
    assert_eq!(server.asked().len(), before);

    app.engine.advance(60);
    with_api(&merchant, json!({})).await;
    assert_eq!(merchant.get(&path).await["uninstalled_at"], Value::Null);
}

#[tokio::test]
async fn credentials_that_a_platform_does_not_take_are_named() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let path = format!("/v1/shops/{}", merchant.shop.id);
    let cases = [
        (json!({"api": {}}), "/api/access_token"),
        (json!({"api": {"access_token": ""}}), "/api/access_token"),
        (json!({"api": {"access_token": "x", "consumer_key": "y"}}), "/api/consumer_key"),
        (json!({"api": {"access_token": "x", "base_url": "http://10.0.0.1"}}), "/api/base_url"),
        (json!({"api": {"access_token": "x", "base_url": "https://169.254.169.254/"}}), "/api/base_url"),
        (json!({"platform_id": "a/b"}), "/platform_id"),
        (json!({"site": "ftp://x"}), "/site"),
    ];
    for (body, pointer) in cases {
        let problem = merchant.call(422, Method::PATCH, &path, body.clone()).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    let problem = merchant.call(400, Method::PATCH, &path, json!({"domain": "x.example"})).await;
    assert!(problem.to_string().contains("domain"), "{problem}");
    let custom =
        json!({"platform": "custom", "domain": "x.example", "site": "https://x.example", "api": {"access_token": "x"}});
    assert_eq!(
        merchant.call(422, Method::POST, "/v1/shops", custom).await["errors"][0]["pointer"],
        "/api/access_token"
    );
    let hashless = json!({"platform": "bigcommerce", "domain": "x.example", "site": "https://x.example", "api": {"access_token": "x"}});
    assert_eq!(merchant.call(422, Method::POST, "/v1/shops", hashless).await["errors"][0]["pointer"], "/platform_id");
    assert_eq!(merchant.call(409, Method::POST, &format!("{path}/backfill"), json!({})).await["code"], "no_api_access");
}

/// Reads an order of Bo's account from the past, as a backfill does.
async fn remembered(merchant: &TestMerchant, id: &str, customer: &str, placed_at: Timestamp) {
    let engine = &merchant.app.engine.app;
    let shop = engine.store.shop(merchant.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let context = Context::of(&shop, &engine.config.keys, engine.now());
    let order = TestOrder::paid(id, placed_at).with(json!({"email": null, "customer": {"id": customer}}));
    let said = parse(shop.platform, "orders/paid", order.0.to_string().as_bytes(), context).expect("an order");
    let Said::Order(event) = said else { panic!("{said:?}") };
    assert!(remember(engine, shop.merchant, &event).await.expect("writes"));
}

#[tokio::test]
async fn an_order_read_from_the_past_makes_a_customer_and_stands_in_the_way_of_nothing() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    remembered(&merchant, "900", "41", app.at(-7200)).await;
    let by = |customer: u32| json!({"email": null, "customer": {"id": customer}});
    // An order from before that one, told only now: what comes after it was never decided, and need not be.
    let older = TestOrder::paid("800", app.at(-9000)).with(by(41)).with(json!({"cancelled_at": app.at(-8000)}));
    assert_eq!(merchant.shop.post("orders/updated", &older.0).await, 200);
    let older = older.later(app.at(-7000), json!({"cancelled_at": null}));
    assert_eq!(merchant.shop.post("orders/updated", &older.0).await, 200);
    let older = older.later(app.at(-6000), json!({"cancelled_at": app.at(-6000)}));
    assert_eq!(merchant.shop.post("orders/updated", &older.0).await, 200);
    assert_eq!(merchant.get("/v1/parked").await["data"], json!([]));

    assert_eq!(merchant.shop.post("customers/merge", &merged(42, 41)).await, 200);
    let new = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(by(42));
    assert_eq!(merchant.shop.post("orders/paid", &new.0).await, 200);
    let why = merchant.why("1001").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("900"), "{}", why["sentence"]);
    assert_eq!(merchant.get("/v1/parked").await["data"], json!([]));
}

#[tokio::test]
async fn edge_06_of_two_changes_within_one_second_the_cancellation_stands_whichever_comes_first() {
    for cancelled_first in [true, false] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        merchant.anna().await;
        let paid = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
        let cancelled = paid.clone().with(json!({"cancelled_at": paid.0["updated_at"]}));
        let (first, second) = if cancelled_first { (&cancelled, &paid) } else { (&paid, &cancelled) };
        assert_eq!(merchant.shop.post("orders/updated", &first.0).await, 200);
        assert_eq!(merchant.shop.post("orders/updated", &second.0).await, 200);
        assert_eq!(merchant.why("1001").await["outcome"], "void", "cancelled first: {cancelled_first}");
        assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    }
}

#[tokio::test]
async fn edge_07_an_order_earns_when_it_is_paid_and_nothing_before() {
    for unpaid in ["pending", "authorized", "partially_paid", "expired"] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        merchant.anna().await;
        let placed = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
        let unpaid = placed.clone().with(json!({"financial_status": unpaid}));
        assert_eq!(merchant.shop.post("orders/create", &unpaid.0).await, 200);
        app.drain().await;
        assert_eq!((merchant.rewards().await.len(), app.mails().len()), (0, 0));
        assert_eq!(merchant.shop.post("orders/paid", &placed.later(app.at(0), json!({})).0).await, 200);
        app.drain().await;
        merchant.expect_one_referral("1001").await;
    }
}

#[tokio::test]
async fn edge_14_an_order_called_off_or_whose_payment_was_voided_owes_nothing_and_keeps_its_trail() {
    for change in [
        json!({"cancelled_at": "2026-01-01T00:00:00Z", "cancel_reason": "customer"}),
        // Said paid by mistake: a void ends what was never paid.
        json!({"financial_status": "voided"}),
    ] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        let link = merchant.anna().await;
        let paid = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
        assert_eq!(merchant.shop.post("orders/paid", &paid.0).await, 200);
        assert_eq!(merchant.shop.post("orders/cancelled", &paid.later(app.at(0), change).0).await, 200);
        assert!(merchant.rewards().await.iter().all(|(_, _, state)| state == "void"));
        assert_eq!(merchant.why("1001").await["outcome"], "void");
        let ledger = merchant.ledger(&link["advocate"]).await;
        assert_eq!(ledger["data"].as_array().expect("a list").len(), 2, "granted, and taken back: {ledger}");
    }
}

#[tokio::test]
async fn edge_14_an_authorization_that_is_voided_owes_nothing_whatever_comes_late() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
    let authorized = order.clone().with(json!({"financial_status": "authorized"}));
    let voided = order.clone().later(app.at(0), json!({"financial_status": "voided"}));
    assert_eq!(voided.0["cancelled_at"], Value::Null);
    for (topic, order) in [("orders/create", &authorized), ("orders/updated", &voided), ("orders/create", &authorized)]
    {
        assert_eq!(merchant.shop.post(topic, &order.0).await, 200);
    }
    app.days_pass(60).await;
    let why = merchant.why("1001").await;
    assert_eq!(
        (why["outcome"].clone(), merchant.rewards().await.len(), app.mails().len()),
        (json!("not_credited"), 0, 0)
    );
    // The buyer pays in another way after all.
    let paid = order.later(app.at(0), json!({}));
    assert_eq!(merchant.shop.post("orders/paid", &paid.0).await, 200);
    app.drain().await;
    merchant.expect_one_referral("1001").await;
}

#[tokio::test]
async fn edge_33_an_imported_order_earns_nothing_and_makes_its_buyer_a_customer() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    // Brought in from another system with the code that was typed there: it was bought long before it was made here.
    let import = json!({"source_name": "755357713", "processed_at": app.at(-90 * 86_400)});
    let imported = TestOrder::paid("900", app.at(-60)).coupon("ANNA10").with(import);
    for topic in ["orders/create", "orders/paid"] {
        assert_eq!(merchant.shop.post(topic, &imported.0).await, 200);
    }
    let why = merchant.why("900").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("carries no referral code"), "{}", why["sentence"]);
    let new = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &new.0).await, 200);
    let why = merchant.why("1001").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("900"), "{}", why["sentence"]);
    app.days_pass(1).await;
    assert_eq!((merchant.rewards().await.len(), app.mails().len()), (0, 0));
    // An app's order that was bought when it was made is a sale like any other.
    let by_app = json!({"source_name": "755357713", "processed_at": app.at(0), "email": "cy@example.com", "customer": {"id": 7002}});
    let sold = TestOrder::paid("1002", app.at(0)).coupon("ANNA10").with(by_app);
    assert_eq!(merchant.shop.post("orders/paid", &sold.0).await, 200);
    assert_eq!(merchant.why("1002").await["outcome"], "credited");
}

#[tokio::test]
async fn edge_18_tax_that_is_in_the_price_earns_nothing() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let line = json!({"price": "500.00", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": [{"price": "100.00"}]});
    let order =
        TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"taxes_included": true, "line_items": [line]}));
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(merchant.why("1001").await["net"]["amount"], "400.00");
    assert!(merchant.rewards().await.contains(&reward("friend", "40.00", "approved")));
}

#[tokio::test]
async fn edge_23_an_advocate_who_buys_by_their_own_link_earns_nothing() {
    for buyer in ["anna@example.com", "Anna@Example.com", " ANNA@EXAMPLE.COM "] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        merchant.anna().await;
        let own = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"email": buyer}));
        assert_eq!(merchant.shop.post("orders/paid", &own.0).await, 200);
        let why = merchant.why("1001").await;
        assert_eq!((&why["outcome"], merchant.rewards().await.len()), (&json!("not_credited"), 0), "{buyer}: {why}");
    }
}

#[tokio::test]
async fn edge_23_another_spelling_of_the_advocates_own_mailbox_is_the_advocate() {
    for (advocate, buyer, is_self) in [
        ("anna.berg@gmail.com", "annaberg@gmail.com", true),
        ("anna.berg@gmail.com", "A.nna.Berg+shop@GoogleMail.com", true),
        ("anna+shop@example.com", "anna+other@example.com", true),
        ("anna@pm.me", "an-na@proton.me", true),
        // No provider of whom we know that dots don't count.
        ("anna.berg@example.com", "annaberg@example.com", false),
        ("anna.berg@gmail.com", "anna.borg@gmail.com", false),
    ] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        let program = merchant.program(|_| ()).await;
        merchant.link(&program, advocate, Some("anna10")).await;
        let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"email": buyer}));
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
        let outcome = if is_self { "not_credited" } else { "credited" };
        assert_eq!(merchant.why("1001").await["outcome"], outcome, "{advocate} and {buyer}");
    }
}

#[tokio::test]
async fn edge_23_the_shops_own_browser_on_orders_that_staff_type_in_is_nobodys() {
    let staff = json!({"client_details": {"browser_ip": "203.0.113.7", "user_agent": tests::BROWSER}});
    // What makes Anna's own order, and then Bo's; both in the same browser.
    for (annas, bos, signals) in [
        ("web", "web", json!(["same_device"])),
        ("shopify_draft_order", "shopify_draft_order", json!([])),
        ("web", "shopify_draft_order", json!([])),
        ("shopify_draft_order", "web", json!([])),
    ] {
        let app = TestApp::start().await;
        let merchant = app.merchant().await;
        merchant.anna().await;
        let source = |name: &str| json!({"source_name": name, "discount_applications": [{"type": "discount_code", "code": "ANNA10"}]});
        let own = TestOrder::paid("900", app.at(-60)).with(staff.clone()).with(source(annas));
        let own = own.with(json!({"email": "anna@example.com", "customer": {"id": 1}}));
        assert_eq!(merchant.shop.post("orders/paid", &own.0).await, 200);
        let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(staff.clone()).with(source(bos));
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
        let why = merchant.why("1001").await;
        let named: Vec<_> = why["signals"].as_array().expect("a list").iter().map(|sign| &sign["signal"]).collect();
        assert_eq!((&why["outcome"], json!(named)), (&json!("credited"), signals), "{annas}, {bos}: {why}");
    }
}

#[tokio::test]
async fn edge_32_a_sample_delivery_is_taken_alarms_nobody_and_makes_no_customer() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    // As the platform's own tool sends it: a test, voided and cancelled whatever its topic says, with two addresses.
    let sample = TestOrder::paid("820982911946154508", app.at(-60)).coupon("ANNA10").with(json!({
        "test": true, "financial_status": "voided", "cancelled_at": app.at(-60), "contact_email": "jon@example.com",
        "customer": {"id": 115_310_627_314_723_954_u64, "email": "john@example.com"}}));
    for topic in ["orders/create", "orders/paid"] {
        assert_eq!(post(&merchant, topic, &[("x-shopify-test", "true")], &sample.0).await, 200);
    }
    app.drain().await;
    assert_eq!((merchant.rewards().await.len(), app.mails().len()), (0, 0));
    assert_eq!(merchant.get("/v1/parked").await["data"], json!([]));
    let real = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &real.0).await, 200);
    app.drain().await;
    merchant.expect_one_referral("1001").await;
}
