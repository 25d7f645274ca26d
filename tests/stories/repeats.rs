//! Webhooks come twice, eight at once, or while a worker dies: one referral, one reward per side, one mail per side.

use local::wire::{Fault, Trouble};
use serde_json::json;
use tests::{TestApp, TestOrder};

fn slow(operation: &'static str, times: u32) -> Fault {
    Fault { operation, body_contains: "", trouble: Trouble::Delay(200), times }
}

#[tokio::test]
async fn eight_workers_at_once_send_a_mail_once() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.engine.advance(61);
    app.engine.wire.inject(slow("UpdateItem", 16));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let engine = app.engine.clone();
            tokio::spawn(async move { engine.tick().await.expect("ticks") })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a task");
    }
    app.drain().await;
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn every_webhook_sent_twice_has_one_effect() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let fulfilled = order.clone().later(app.at(20), json!({"fulfillment_status": "fulfilled"}));
    let created = order.clone().with(json!({"financial_status": "pending"}));
    let webhooks = [
        ("orders/create", &created),
        ("orders/paid", &order),
        ("orders/updated", &order),
        ("orders/fulfilled", &fulfilled),
    ];
    for (topic, body) in webhooks {
        for _ in 0..2 {
            assert_eq!(shop.shop.post(topic, &body.0).await, 200);
        }
        app.drain().await;
    }
    shop.expect_one_referral("1001").await;
    let refund = order.refund(1, "100.00", app.at(30));
    for _ in 0..2 {
        shop.shop.post("refunds/create", &refund).await;
    }
    assert_eq!(shop.why("1001").await["refunded"]["amount"], "100.00");
}

#[tokio::test]
async fn eight_at_once_have_one_effect() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    // All have read before the first has written.
    app.engine.wire.inject(slow("TransactWriteItems", 8));
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let sent: Vec<_> = (0..8)
        .map(|_| {
            let (shop, order) = (shop.shop.clone(), order.clone());
            tokio::spawn(async move { shop.post("orders/paid", &order.0).await })
        })
        .collect();
    for one in sent {
        assert_eq!(one.await.expect("a task"), 200);
    }
    app.drain().await;
    assert_eq!(shop.get("/v1/parked").await["data"], json!([]), "nothing had to be parked");
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn eight_different_webhooks_of_one_order_at_once_end_as_the_facts_say() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    app.engine.wire.inject(slow("TransactWriteItems", 8));
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let mut bodies: Vec<_> = (1..=4).map(|n| ("refunds/create", order.refund(n, "25.00", app.at(100)))).collect();
    bodies.extend((0..4).map(|n| ("orders/updated", order.clone().later(app.at(n), json!({})).0)));
    let sent: Vec<_> = bodies
        .into_iter()
        .map(|(topic, body)| {
            let shop = shop.shop.clone();
            tokio::spawn(async move { shop.post(topic, &body).await })
        })
        .collect();
    for one in sent {
        assert_eq!(one.await.expect("a task"), 200);
    }
    app.drain().await;
    // A lost race too many is parked, and retried a minute later.
    app.days_pass(1).await;
    let why = shop.why("1001").await;
    assert_eq!((&why["net"]["amount"], &why["outcome"]), (&json!("400.00"), &json!("credited")));
    assert!(shop.rewards().await.contains(&tests::reward("friend", "40.00", "approved")));
}

#[tokio::test]
async fn stream_records_delivered_again_send_no_second_mail() {
    let folder = std::env::temp_dir().join(format!("goodword-{}", std::process::id()));
    let app = TestApp::with(local::Options { data: Some(folder.clone()), ..local::Options::default() }).await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    shop.expect_one_referral("1001").await;
    // The position is lost, so a restarted engine is fed the whole stream again.
    let state = folder.join("state.json");
    let mut kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&state).expect("a file")).expect("JSON");
    kept["stream_positions"] = json!({});
    std::fs::write(&state, kept.to_string()).expect("writes");
    let again = TestApp::with(local::Options { data: Some(folder.clone()), ..local::Options::default() }).await;
    assert!(again.engine.feed().await.expect("feeds") >= 2, "the records came again");
    assert_eq!(again.mails().len(), 2, "state survives, and no mail is sent twice");
    std::fs::remove_dir_all(folder).expect("removes");
}

/// All orders in which these can come.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    let with_first = |first: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(first);
        permutations(&rest).into_iter().map(move |tail| [vec![first.clone()], tail].concat())
    };
    (0..items.len()).flat_map(with_first).collect()
}

#[tokio::test]
async fn every_order_of_arrival_with_repeats_ends_in_the_same_decision_money_and_mails() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let mut ends = Vec::new();
    for (n, arrival) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let id = format!("{}", 5000 + n);
        let buyer = json!({"email": format!("buyer{n}@example.com"), "customer": null});
        let paid = TestOrder::paid(&id, app.at(0)).coupon("ANNA10").with(buyer);
        let webhooks = [
            ("orders/create", paid.clone().with(json!({"financial_status": "pending"})).0),
            ("orders/paid", paid.clone().later(app.at(5), json!({})).0),
            ("refunds/create", paid.refund(1, "100.00", app.at(50))),
            ("orders/updated", paid.clone().later(app.at(90), json!({"fulfillment_status": "fulfilled"})).0),
        ];
        for step in arrival {
            for _ in 0..2 {
                assert_eq!(shop.shop.post(webhooks[step].0, &webhooks[step].1).await, 200);
            }
        }
        let why = shop.why(&id).await;
        let rewards = shop.get(&format!("/v1/rewards?referral={}", tests::text(&why, "referral"))).await;
        let view =
            |reward: &serde_json::Value| (reward["side"].clone(), reward["value"].clone(), reward["state"].clone());
        let rewards: Vec<_> = rewards["data"].as_array().expect("a list").iter().map(view).collect();
        let trail = ["outcome", "sentence", "candidates", "net", "refunded"].map(|field| why[field].clone());
        ends.push((trail, rewards));
    }
    let first = ends[0].clone();
    assert_eq!((&first.0[0], &first.0[3]["amount"]), (&json!("credited"), &json!("400.00")));
    assert!(ends.iter().all(|end| *end == first), "{ends:#?}");
    app.drain().await;
    let mut to: Vec<_> = app.mails().into_iter().map(|(to, _)| to).filter(|to| to.starts_with("buyer")).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), app.mails().len()), (24, 48), "one mail per side and order");
}
