//! One referral from link to mail, and the ways in which an order is not credited.

use reqwest::Method;
use serde_json::json;
use tests::{TestApp, TestOrder, parameter, reward, text};

#[tokio::test]
async fn a_friend_clicks_buys_and_both_are_rewarded_and_told() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;

    let location = app.click(&text(&link, "url")).await;
    let token = parameter(&location, "ref_click").expect("a token");
    let order = TestOrder::paid("1001", app.at(60)).token(&token).coupon("ANNA10");
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
    app.drain().await;

    shop.expect_one_referral("1001").await;
    let why = shop.why("1001").await;
    assert_eq!(why["advocate"], link["advocate"]);
    let kinds = ["coupon", "click"].map(|kind| json!(kind));
    assert_eq!([0, 1].map(|nth| why["candidates"][nth]["kind"].clone()), kinds);
    assert_eq!(why["candidates"][0]["outcome"], "won");
    assert_eq!(why["net"], json!({"amount": "500.00", "currency": "SEK"}));

    let ledger = shop.ledger(&link["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"], json!({"reserved": "0.00", "liability": "100.00", "redeemed": "0.00"}));
    let own = shop.get(&format!("/v1/rewards?advocate={}&state=approved", text(&link, "advocate"))).await;
    assert_eq!(own["data"].as_array().map(Vec::len), Some(1), "{own}");
    assert_eq!(own["data"][0]["side"], "advocate");
    assert_eq!(own["data"][0]["order"], json!({"shop": shop.shop.id, "id": "1001"}));

    let replayed = shop.get(&format!("/v1/orders/{}/1001/why?replay=true", shop.shop.id)).await;
    assert_eq!(replayed["replay"], json!({"equal": true}));
}

#[tokio::test]
async fn each_kind_of_evidence_credits_and_the_coupon_leads() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let location = app.click(&text(&link, "url")).await;
    let token = parameter(&location, "ref_click").expect("a token");

    let buyer = |n: u32| json!({"email": format!("friend{n}@example.com"), "customer": null});
    let order = |id: &str| TestOrder::paid(id, app.at(60));
    let cases = [
        ("11", order("11").coupon(" anna10 ").token(&token).with(buyer(1)), "coupon"),
        ("12", order("12").token(&token).with(buyer(2)), "click"),
        ("13", order("13").landing(&location).with(buyer(3)), "landing"),
        ("14", order("14").landing(&format!("/boots?x=1&ref_click={token}")).with(buyer(4)), "landing"),
    ];
    for (id, order, kind) in cases {
        assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
        let why = shop.why(id).await;
        assert_eq!((&why["outcome"], &why["candidates"][0]["kind"]), (&json!("credited"), &json!(kind)), "{why}");
    }
    let named = json!({"shop": shop.shop.id, "id": "15", "placed_at": app.at(-60), "updated_at": app.at(-60), "state": "paid",
        "customer": {"id": "c-7", "email": "friend5@example.com"}, "currency": "SEK", "net": {"amount": "500.00", "currency": "SEK"},
        "total": {"amount": "625.00", "currency": "SEK"}, "coupon_codes": [], "click_token": null, "referral_code": "anna10",
        "test": false, "refunds": [], "lines": []});
    let answer = shop.call(202, Method::POST, "/v1/orders", named).await;
    assert_eq!(answer, json!({"order": "15", "outcome": "credited"}));
}

#[tokio::test]
async fn a_hold_keeps_rewards_pending_until_it_ends() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|program| program["hold_days"] = json!(14)).await;
    let link = shop.link(&program, "anna@example.com", Some("anna10")).await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.days_pass(13).await;
    assert_eq!(shop.rewards().await, [reward("advocate", "100.00", "pending"), reward("friend", "50.00", "pending")]);
    let told: Vec<_> = app.engine.inbox.mails().into_iter().map(|mail| (mail.to, mail.kind)).collect();
    assert_eq!(told, [("anna@example.com".into(), "friend_ordered".into())]);
    let ledger = shop.ledger(&link["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"]["reserved"], "100.00");

    app.days_pass(2).await;
    shop.expect_one_referral("1001").await;
    let ledger = shop.ledger(&link["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"], json!({"reserved": "0.00", "liability": "100.00", "redeemed": "0.00"}));
}

#[tokio::test]
async fn an_order_is_not_credited_and_the_sentence_says_why() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let location = app.click(&text(&link, "url")).await;
    let token = parameter(&location, "ref_click").expect("a token");
    let forged = token.replace("ANNA10", "ANNA11");

    let order = |id: &str| TestOrder::paid(id, app.at(60));
    let late = TestOrder::paid("26", app.at(31 * 86_400));
    let cases = [
        ("21", order("21"), "carries no referral code"),
        ("22", order("22").coupon("WELCOME"), "no referral link has the codes"),
        (
            "23",
            order("23").coupon("ANNA10").with(json!({"email": "Anna+friend@Example.com", "customer": {"id": 7023}})),
            "same person",
        ),
        ("24", order("24").coupon("ANNA10").with(json!({"test": true, "email": "x@example.com"})), "test order"),
        ("25", order("25").token(&forged), "not signed by us"),
        ("26", late.token(&token).with(json!({"email": "y@example.com", "customer": null})), "out of the window"),
        (
            "27",
            order("27").coupon("ANNA10").with(json!({"financial_status": "authorized", "email": "z@example.com"})),
            "not paid yet",
        ),
    ];
    for (id, order, because) in cases {
        assert_eq!(shop.shop.post("orders/updated", &order.0).await, 200);
        let why = shop.why(id).await;
        assert_eq!(why["outcome"], "not_credited", "{why}");
        assert!(text(&why, "sentence").contains(because), "{id}: {}", why["sentence"]);
    }
    assert_eq!(shop.rewards().await, []);
    // Bo has ordered before (number 21), so Bo is not new any more.
    shop.shop.post("orders/paid", &order("28").coupon("ANNA10").0).await;
    let why = shop.why("28").await;
    assert!(text(&why, "sentence").contains("new customers"), "{}", why["sentence"]);
}

#[tokio::test]
async fn an_order_counts_once_it_is_paid() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/create", &order.clone().with(json!({"financial_status": "pending"})).0).await;
    assert_eq!(shop.why("1001").await["outcome"], "not_credited");
    shop.shop.post("orders/paid", &order.later(app.at(5), json!({"financial_status": "paid"})).0).await;
    app.drain().await;
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn a_cancelled_first_order_leaves_its_buyer_new() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let first = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/paid", &first.0).await;
    shop.shop
        .post("orders/cancelled", &first.later(app.at(10), json!({"cancelled_at": app.at(10).to_string()})).0)
        .await;
    assert_eq!(shop.why("1001").await["outcome"], "void");
    shop.shop.post("orders/paid", &TestOrder::paid("1002", app.at(60)).coupon("ANNA10").0).await;
    assert_eq!(shop.why("1002").await["outcome"], "credited");
}

#[tokio::test]
async fn a_program_change_makes_a_version_and_old_orders_keep_theirs() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/paid", &order.0).await;

    let path = format!("/v1/programs/{}", text(&program, "id"));
    let richer = json!({"rewards": {"advocate": [{"kind": "fixed", "value": {"amount": "200.00", "currency": "SEK"}, "fulfilment": "manual"}]}});
    let changed = shop.call(200, Method::PATCH, &path, richer).await;
    assert_eq!(changed["version"], 2);
    // A later word on the old order does not bring it under the new rules.
    shop.shop.post("orders/updated", &order.later(app.at(30), json!({"fulfillment_status": "fulfilled"})).0).await;
    assert_eq!(shop.why("1001").await["program_version"], 1);
    let second =
        TestOrder::paid("1002", app.at(60)).coupon("ANNA10").with(json!({"email": "cy@example.com", "customer": null}));
    shop.shop.post("orders/paid", &second.0).await;
    assert_eq!(shop.why("1002").await["program_version"], 2);
    assert_eq!(
        shop.rewards().await,
        [
            reward("advocate", "100.00", "approved"),
            reward("advocate", "200.00", "approved"),
            reward("friend", "50.00", "approved")
        ]
    );
}

#[tokio::test]
async fn an_order_that_arrives_after_a_change_is_judged_by_the_rules_it_was_placed_under() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    app.engine.advance(3600);
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    app.engine.advance(3600);
    let path = format!("/v1/programs/{}", text(&program, "id"));
    shop.call(200, Method::PATCH, &path, json!({"state": "paused"})).await;
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
    let why = shop.why("1001").await;
    assert_eq!((&why["outcome"], &why["program_version"]), (&json!("credited"), &json!(1)), "{why}");
    let after =
        TestOrder::paid("1002", app.at(5)).coupon("ANNA10").with(json!({"email": "cy@example.com", "customer": null}));
    shop.shop.post("orders/paid", &after.0).await;
    assert!(text(&shop.why("1002").await, "sentence").contains("not active"));
}

#[tokio::test]
async fn a_paused_program_keeps_its_shoppers() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let link = shop.link(&program, "anna@example.com", Some("anna10")).await;
    let path = format!("/v1/programs/{}", text(&program, "id"));
    shop.call(200, Method::PATCH, &path, json!({"state": "paused"})).await;
    let url = app.click(&text(&link, "url")).await;
    assert!(url.starts_with("https://nordicshoes.example/?ref=ANNA10&ref_click="), "{url}");
}
