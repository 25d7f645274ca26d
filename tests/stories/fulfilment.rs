//! Rewards that are codes: given from a pool, once; and waited for where the pool is empty.

use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, TestPool, codes, text};

async fn with_pool(merchant: &TestMerchant, pool: &TestPool) {
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["fulfilment"] = json!("coupon_pool");
            body["rewards"]["advocate"][0]["pool"] = json!(pool.id);
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
}

async fn order(merchant: &TestMerchant, id: u64) {
    let order = TestOrder::paid(&id.to_string(), merchant.app.at(0)).coupon("ANNA10");
    let order = order.with(json!({"email": format!("bo{id}@example.com"), "customer": {"id": id}}));
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
}

async fn all(merchant: &TestMerchant) -> Vec<Value> {
    let rewards = merchant.get("/v1/rewards").await;
    rewards["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn each_reward_gets_a_code_of_its_own_and_the_mail_carries_it() {
    let merchant = TestApp::start().await.merchant().await;
    let pool = TestPool::new(&merchant, 0).await;
    pool.add(200, &codes("Gift", 3)).await;
    with_pool(&merchant, &pool).await;
    for id in 1..=3 {
        order(&merchant, id).await;
    }
    let rewards = all(&merchant).await;
    assert!(rewards.iter().all(|reward| reward["state"] == "issued"), "{rewards:?}");
    let mut given: Vec<_> = rewards.iter().map(|reward| text(reward, "coupon")).collect();
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 3);
    merchant.app.drain().await;
    let mails = merchant.app.engine.inbox.mails();
    let texts: Vec<_> =
        mails.iter().filter(|mail| mail.to == "anna@example.com").map(|mail| mail.text.clone()).collect();
    assert_eq!(texts.len(), 3);
    let told =
        mails.iter().filter(|mail| mail.subject.contains("pool") && mail.to == "hej@nordicshoes.example").count();
    assert_eq!(told, 1, "the last code was given: the merchant is told once");
    assert!(given.iter().all(|code| texts.iter().any(|text| text.contains(code))), "{texts:?}");
    // A refund takes the reward back; the code is not given to anybody else.
    let refund = TestOrder::paid("1", merchant.app.at(0)).refund(1, "500.00", merchant.app.at(9));
    assert_eq!(merchant.shop.post("refunds/create", &refund).await, 200);
    let void = all(&merchant).await.into_iter().find(|reward| reward["state"] == "void").expect("one is void");
    assert!(given.contains(&text(&void, "coupon")));
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn a_reward_whose_pool_is_empty_waits_and_gets_its_code_when_there_is_one() {
    let merchant = TestApp::start().await.merchant().await;
    let pool = TestPool::new(&merchant, 0).await;
    with_pool(&merchant, &pool).await;
    order(&merchant, 1).await;
    merchant.app.drain().await;
    assert_eq!(all(&merchant).await[0]["state"], "approved");
    let readers: Vec<_> = merchant.app.mails().into_iter().filter(|(to, _)| to == "anna@example.com").collect();
    assert_eq!(readers, [], "nothing to tell the advocate yet");
    pool.add(200, &codes("Late", 1)).await;
    merchant.app.engine.advance(700);
    merchant.app.drain().await;
    let reward = all(&merchant).await.remove(0);
    assert_eq!((text(&reward, "state"), text(&reward, "coupon").is_empty()), ("issued".into(), false));
    let mails = merchant.app.mails().into_iter().filter(|(to, _)| to == "anna@example.com").count();
    assert_eq!(mails, 1);
}
