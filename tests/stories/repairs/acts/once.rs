//! A grant is given once under its idempotency key, however often and in whatever circumstances it is asked for.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, text};

use super::{at_once, books, call, count, done, for_anna, sek};

fn grant(amount: &str) -> Value {
    json!({"code": "ANNA10", "actor": "Eva", "reason": "a surprise",
        "reward": {"kind": "fixed", "value": sek(amount), "fulfilment": "manual"}})
}

async fn give(merchant: &TestMerchant, key: &str, amount: &str) -> (u16, Value) {
    call(merchant, Method::POST, "/v1/rewards", key, &grant(amount)).await
}

async fn rewards(merchant: &TestMerchant) -> usize {
    merchant.get("/v1/rewards").await["data"].as_array().expect("a list").len()
}

#[tokio::test]
async fn repair_03_twenty_grants_at_once_under_one_key_are_one_reward() {
    let app = TestApp::with_faults().await;
    let merchant = app.merchant().await;
    let link = for_anna(&merchant, |_| ()).await;
    // All have read before the first has written.
    app.engine.wire.inject(Fault {
        operation: "TransactWriteItems",
        body_contains: "",
        trouble: Trouble::Delay(200),
        times: 20,
    });
    let calls = (0..20).map(|_| ("/v1/rewards".to_owned(), "once".to_owned(), grant("50.00")));
    let answers = at_once(&merchant, calls).await;
    assert_eq!(count(&answers, 201), 20, "{answers:?}");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(books(&merchant, &link).await, json!({"liability": "50.00"}));
    assert_eq!((rewards(&merchant).await, done(&merchant, "grant").await), (1, 1));
}

#[tokio::test]
async fn repair_03_a_grant_that_dies_anywhere_is_given_once_when_it_is_repeated() {
    let app = TestApp::with_faults().await;
    let merchant = app.merchant().await;
    let link = for_anna(&merchant, |_| ()).await;
    let places = [("GetItem", "IDM#"), ("GetItem", "ORD#"), ("GetItem", "LNK#"), ("GetItem", "ADV#")];
    let places = places.into_iter().chain([("TransactWriteItems", "IDM#"), ("TransactWriteItems", "REF#")]);
    let mut given = 0;
    for (operation, body_contains) in places {
        for trouble in [Trouble::Throttle, Trouble::Fail, Trouble::LoseAnswer] {
            for times in [1, 30] {
                let key = format!("{operation} {body_contains} {trouble:?} {times}");
                app.engine.wire.inject(Fault { operation, body_contains, trouble, times });
                let (first, _) = give(&merchant, &key, "1.00").await;
                app.engine.wire.heal();
                let (again, reward) = give(&merchant, &key, "1.00").await;
                given += 1;
                assert_eq!((again, rewards(&merchant).await), (201, given), "{key}, first {first}: {reward}");
            }
        }
    }
    assert_eq!(books(&merchant, &link).await, json!({"liability": format!("{given}.00")}));
}

#[tokio::test]
async fn repair_03_a_key_stands_for_one_grant_also_when_its_answer_is_forgotten() {
    let merchant = TestApp::start().await.merchant().await;
    for_anna(&merchant, |_| ()).await;
    let (_, first) = give(&merchant, "may-bonus", "50.00").await;
    merchant.app.engine.advance(3 * 86_400);
    let (again, same) = give(&merchant, "may-bonus", "50.00").await;
    assert_eq!((again, text(&same, "id")), (201, text(&first, "id")));
    merchant.app.engine.advance(3 * 86_400);
    let (other, refused) = give(&merchant, "may-bonus", "60.00").await;
    assert_eq!((other, text(&refused, "code")), (422, "idempotency_key_reused".into()));
    assert_eq!(rewards(&merchant).await, 1);
    // Another key, and no key at all, are other grants.
    assert_eq!(give(&merchant, "june-bonus", "50.00").await.0, 201);
    assert_eq!((give(&merchant, "", "50.00").await.0, give(&merchant, "", "50.00").await.0), (201, 201));
    assert_eq!(rewards(&merchant).await, 4);
    // One merchant's key is nothing to another.
    let other = merchant.app.merchant().await;
    let program = other.program(|_| ()).await;
    other.link(&program, "bea@example.com", Some("bea10")).await;
    let mut body = grant("50.00");
    body["code"] = json!("BEA10");
    assert_eq!(call(&other, Method::POST, "/v1/rewards", "may-bonus", &body).await.0, 201);
}

#[tokio::test]
async fn repair_03_a_grant_that_the_budget_refuses_leaves_nothing_and_its_key_free() {
    let merchant = TestApp::start().await.merchant().await;
    let budget = json!({"value": sek("150.00"), "period": "month"});
    let link = for_anna(&merchant, |body| body["budget"] = budget).await;
    let before = merchant.app.items();
    let (status, refused) = give(&merchant, "bonus", "200.00").await;
    assert_eq!(
        (status, text(&refused, "code"), merchant.app.items()),
        (409, "not_granted".into(), before),
        "{refused}"
    );
    // A wish that is too large does not stop the program for others.
    super::earned(&merchant, 1).await;
    assert_eq!(give(&merchant, "bonus", "50.00").await.0, 201);
    assert_eq!(books(&merchant, &link).await, json!({"liability": "150.00"}));
    assert_eq!(give(&merchant, "more", "0.01").await.0, 409);
}
