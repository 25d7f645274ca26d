//! Caps and budgets: never exceeded, also when everybody comes at once; nobody else waits for them.

use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, text};

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// An order of 500.00 by this buyer with this code, through the API.
async fn order(merchant: &TestMerchant, id: &str, buyer: &str, code: &str) -> Value {
    let body = api_order(merchant, id, buyer, code);
    merchant.call(202, reqwest::Method::POST, "/v1/orders", body).await
}

fn api_order(merchant: &TestMerchant, id: &str, buyer: &str, code: &str) -> Value {
    let at = merchant.app.at(0).to_string();
    json!({"shop": merchant.shop.id, "id": id, "placed_at": at, "updated_at": at, "state": "paid",
        "customer": {"email": buyer}, "currency": "SEK", "net": sek("500.00"), "total": sek("625.00"),
        "coupon_codes": [code]})
}

fn count(rewards: &[(String, String, String)], side: &str, state: &str) -> usize {
    rewards.iter().filter(|(of, _, is)| of == side && is == state).count()
}

#[tokio::test]
async fn an_advocates_cap_holds_and_the_friend_still_gets_the_discount() {
    let merchant = TestApp::start().await.merchant().await;
    let program =
        merchant.program(|body| body["rewards"]["advocate"][0]["cap"] = json!({"lifetime": {"count": 2}})).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    for n in 1..=3 {
        let answer = order(&merchant, &n.to_string(), &format!("bo{n}@example.com"), "anna10").await;
        assert_eq!(answer["outcome"], "credited");
    }
    let rewards = merchant.rewards().await;
    assert_eq!((count(&rewards, "advocate", "approved"), count(&rewards, "friend", "approved")), (2, 3));
    let why = merchant.why("3").await;
    assert_eq!(why["rewards"][0]["reason"], "2 of 2 rewards in all", "{why}");
}

#[tokio::test]
async fn thirty_two_at_once_never_exceed_a_cap_and_no_order_is_lost() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["cap"] = json!({"lifetime": {"count": 5, "value": sek("500.00")}});
        })
        .await;
    let link = merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let orders = (0..32).map(|n| {
        let merchant = merchant.clone();
        tokio::spawn(async move { order(&merchant, &n.to_string(), &format!("bo{n}@example.com"), "anna10").await })
    });
    let mut credited = 0;
    for order in orders.collect::<Vec<_>>() {
        credited += usize::from(order.await.expect("ends")["outcome"] == "credited");
    }
    assert_eq!(credited, 5);
    assert_eq!(count(&merchant.rewards().await, "advocate", "approved"), 5);
    let ledger = merchant.ledger(&link["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"]["liability"], "500.00");
    for n in 0..32 {
        let why = merchant.why(&n.to_string()).await;
        let cap = why["rules"].as_array().expect("rules").iter().find(|rule| rule["rule"] == "cap").expect("a line");
        assert_eq!(cap["outcome"] == "fail", why["outcome"] == "not_credited", "{why}");
    }
}

#[tokio::test]
async fn a_budget_is_spent_to_the_last_coin_then_pauses_and_says_so_once() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["budget"] = json!({"value": sek("1050.00"), "period": "month"});
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let orders = (0..16).map(|n| {
        let merchant = merchant.clone();
        tokio::spawn(async move { order(&merchant, &n.to_string(), &format!("bo{n}@example.com"), "anna10").await })
    });
    let mut credited = 0;
    for order in orders.collect::<Vec<_>>() {
        credited += usize::from(order.await.expect("ends")["outcome"] == "credited");
    }
    assert_eq!(credited, 10, "ten of 100.00, and 50.00 that no reward fits into");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    merchant.app.drain().await;
    let notices = merchant.app.mails().into_iter().filter(|(_, subject)| subject.contains("Budget")).count();
    assert_eq!(notices, 1);

    let standing = &merchant.get(&format!("/v1/programs/{}", text(&program, "id"))).await["budget_standing"];
    assert_eq!((&standing["spent"], &standing["left"]), (&sek("1000.00"), &sek("50.00")));
    assert_eq!(standing["paused"], true);

    // It stays paused, whatever comes.
    let late = order(&merchant, "99", "zoe@example.com", "anna10").await;
    assert_eq!(late["outcome"], "not_credited");
    assert_eq!(
        merchant.why("99").await["counterfactual"],
        "It would have counted if the program's budget had not been spent."
    );

    // A higher budget does.
    let raised = json!({"budget": {"value": sek("2000.00"), "period": "month"}});
    let path = format!("/v1/programs/{}", text(&program, "id"));
    merchant.call(200, reqwest::Method::PATCH, &path, raised).await;
    merchant.app.engine.advance(2);
    assert_eq!(order(&merchant, "100", "yrsa@example.com", "anna10").await["outcome"], "credited");
}
