//! Who looks at what is left decides at the moment of writing: of many at once, as many get something as there is.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestPool, codes, text};

use super::{actions, at_once, books, call, count, done, earned, for_anna, order, sek, the_reward};

/// All that write now have read before the first has written.
fn slowly(merchant: &TestMerchant) {
    let fault = Fault { operation: "TransactWriteItems", body_contains: "", trouble: Trouble::Delay(200), times: 20 };
    merchant.app.engine.wire.inject(fault);
}

async fn with_a_reward(change: impl FnOnce(&mut Value)) -> (TestMerchant, Value, String) {
    let merchant = TestApp::with_faults().await.merchant().await;
    let link = for_anna(&merchant, change).await;
    let path = format!("/v1/rewards/{}", text(&earned(&merchant, 1).await, "id"));
    (merchant, link, path)
}

async fn redeemed(merchant: &TestMerchant, path: &str, amounts: &[Option<&str>]) -> Vec<(u16, Value)> {
    slowly(merchant);
    let call = |(n, amount): (usize, Option<&str>)| {
        let amount = amount.map(sek);
        (format!("{path}/redeem"), String::new(), json!({"id": format!("u{n}"), "actor": "till 4", "amount": amount}))
    };
    at_once(merchant, amounts.iter().copied().enumerate().map(call)).await
}

#[tokio::test]
async fn repair_04_of_two_uses_at_once_the_one_that_finds_too_little_is_refused() {
    let (merchant, link, path) = with_a_reward(|_| ()).await;
    let answers = redeemed(&merchant, &path, &[Some("80.00"), Some("80.00")]).await;
    assert_eq!((count(&answers, 200), count(&answers, 422)), (1, 1), "{answers:?}");
    let (_, refused) = answers.iter().find(|(status, _)| *status == 422).expect("a refusal");
    assert_eq!(refused["errors"][0]["pointer"], "/amount");
    assert!(text(refused, "detail").contains("at most what is left, 20.00 SEK"), "{refused}");
    assert_eq!(books(&merchant, &link).await, json!({"liability": "20.00", "redeemed": "80.00"}));
    assert_eq!(done(&merchant, "redeem").await, 1);
    // The rest is there for who asks for it.
    let rest = json!({"id": "rest", "actor": "till 4", "amount": sek("20.00")});
    assert_eq!(call(&merchant, Method::POST, &format!("{path}/redeem"), "", &rest).await.0, 200);
}

#[tokio::test]
async fn repair_04_twenty_uses_at_once_are_as_many_as_there_is_something_for() {
    for (amount, taken, refusal) in [(Some("60.00"), 1, 422), (Some("5.00"), 20, 422), (None, 1, 409)] {
        let (merchant, link, path) = with_a_reward(|_| ()).await;
        let answers = redeemed(&merchant, &path, &[amount; 20]).await;
        assert_eq!((count(&answers, 200), count(&answers, refusal)), (taken, 20 - taken), "{amount:?}: {answers:?}");
        let used = if amount == Some("60.00") { "60.00" } else { "100.00" };
        assert_eq!(books(&merchant, &link).await["redeemed"], used, "{amount:?}");
        assert_eq!(done(&merchant, "redeem").await, taken);
    }
}

#[tokio::test]
async fn repair_04_one_of_twenty_hands_a_reward_over_and_all_see_what_was_handed_over() {
    let (merchant, _, path) = with_a_reward(|_| ()).await;
    slowly(&merchant);
    let hand =
        |n| (format!("{path}/fulfil"), String::new(), json!({"actor": format!("Eva {n}"), "coupon": format!("C-{n}")}));
    let answers = at_once(&merchant, (0..20).map(hand)).await;
    assert_eq!(count(&answers, 200), 20, "{answers:?}");
    let given = text(&the_reward(&merchant, 1).await, "coupon");
    assert!(answers.iter().all(|(_, reward)| text(reward, "coupon") == given), "{given}: {answers:?}");
    assert_eq!(done(&merchant, "fulfil").await, 1);
}

#[tokio::test]
async fn repair_04_what_was_taken_back_meanwhile_is_neither_handed_over_nor_used() {
    let acts = [("fulfil", json!({"actor": "Eva"})), ("redeem", json!({"id": "u1", "actor": "till 4"}))];
    for (act, body) in acts {
        let (merchant, link, path) = with_a_reward(|_| ()).await;
        let gate = merchant.app.engine.wire.hold("TransactWriteItems", "ORD#", "");
        let path = format!("{path}/{act}");
        let late = call(&merchant, Method::POST, &path, "", &body);
        let refund = async {
            gate.caught().await.expect("comes to the gate");
            let refund = order(&merchant, 1, "ANNA10").refund(1, "500.00", merchant.app.at(60));
            assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
            gate.open();
        };
        let ((status, refused), ()) = tokio::join!(late, refund);
        assert_eq!((status, text(&refused, "code")), (409, "not_owed".into()), "{act}: {refused}");
        assert_eq!(books(&merchant, &link).await, json!({}), "{act}");
        assert_eq!(actions(&merchant).await.iter().filter(|known| *known == act).count(), 0);
    }
}

#[tokio::test]
async fn repair_04_an_order_that_twenty_claim_at_once_is_credited_once() {
    let merchant = TestApp::with_faults().await.merchant().await;
    let program = merchant.program(|body| body["rewards"]["friend"] = json!([])).await;
    for n in 0..20 {
        merchant.link(&program, &format!("advocate{n}@example.com"), Some(&format!("adv{n}x"))).await;
    }
    let stranger = order(&merchant, 1, "NOBODY").with(json!({"discount_codes": []}));
    assert_eq!(merchant.shop.post("orders/paid", &stranger.0).await, 200);
    let claim = |code: String| {
        let body = json!({"code": code, "actor": "Eva", "reason": "told on the phone"});
        (format!("/v1/orders/{}/1/attribute", merchant.shop.id), String::new(), body)
    };
    slowly(&merchant);
    let answers = at_once(&merchant, (0..20).map(|_| claim("adv7x".into()))).await;
    assert_eq!((count(&answers, 200), done(&merchant, "attribute").await), (20, 1), "{answers:?}");
    at_once(&merchant, (0..20).map(|n| claim(format!("adv{n}x")))).await;
    let rewards = merchant.rewards().await;
    let standing = rewards.iter().filter(|(_, _, state)| state != "void").count();
    assert_eq!(standing, 1, "{rewards:?}");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn repair_04_a_pool_of_five_gives_five_codes_to_twenty_at_once() {
    let merchant = TestApp::with_faults().await.merchant().await;
    let pool = TestPool::new(&merchant, 0).await;
    pool.add(200, &codes("Gift", 5)).await;
    for_anna(&merchant, |body| {
        body["rewards"]["advocate"][0]["fulfilment"] = json!("coupon_pool");
        body["rewards"]["advocate"][0]["pool"] = json!(pool.id);
    })
    .await;
    slowly(&merchant);
    let grant = json!({"code": "ANNA10", "actor": "Eva", "reason": "a surprise",
        "reward": {"kind": "fixed", "value": sek("10.00"), "fulfilment": "coupon_pool", "pool": pool.id}});
    let answers = at_once(&merchant, (0..20).map(|n| ("/v1/rewards".into(), format!("key {n}"), grant.clone()))).await;
    assert_eq!(count(&answers, 201), 20, "{answers:?}");
    let mut given: Vec<_> = answers.iter().filter_map(|(_, reward)| reward["coupon"].as_str()).collect();
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), 5, "{answers:?}");
    let in_state = |state| answers.iter().filter(|(_, reward)| reward["state"] == state).count();
    assert_eq!((in_state("issued"), in_state("approved")), (5, 15));
}

#[tokio::test]
async fn repair_04_a_debt_is_made_good_once_by_twenty_at_once() {
    let (merchant, link, path) = with_a_reward(|_| ()).await;
    let used = json!({"id": "u1", "actor": "till 4"});
    assert_eq!(call(&merchant, Method::POST, &format!("{path}/redeem"), "", &used).await.0, 200);
    let refund = order(&merchant, 1, "ANNA10").refund(1, "500.00", merchant.app.at(60));
    assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
    assert_eq!(books(&merchant, &link).await["clawback"], "-100.00");
    slowly(&merchant);
    let grant = json!({"code": "ANNA10", "actor": "Eva", "reason": "a surprise",
        "reward": {"kind": "fixed", "value": sek("100.00"), "fulfilment": "manual"}});
    let answers = at_once(&merchant, (0..20).map(|n| ("/v1/rewards".into(), format!("key {n}"), grant.clone()))).await;
    assert_eq!(count(&answers, 201), 20, "{answers:?}");
    merchant.app.days_pass(1).await;
    assert_eq!(books(&merchant, &link).await, json!({"liability": "1900.00", "redeemed": "100.00"}));
}
