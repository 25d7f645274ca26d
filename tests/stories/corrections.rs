//! Platforms correct themselves: an order gets another time, currency or address. What was granted follows, and
//! nothing is left behind.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, text};

/// An order through the API, told at this second.
#[expect(clippy::needless_pass_by_value, reason = "reads better with json!(…) than with &json!(…)")]
fn order(app: &TestApp, shop: &TestMerchant, told: i64, change: Value) -> Value {
    let mut body = json!({"shop": shop.shop.id, "id": "1", "placed_at": app.at(-3600), "updated_at": app.at(told - 100), "state": "paid",
        "customer": {"id": "c-7", "email": "bo@example.com"}, "currency": "SEK", "net": {"amount": "500.00", "currency": "SEK"},
        "total": {"amount": "625.00", "currency": "SEK"}, "coupon_codes": ["anna10"]});
    for (name, value) in change.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn an_order_whose_time_is_corrected_keeps_its_referral_and_can_still_be_cancelled() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    app.engine.advance(7_200);
    shop.call(202, Method::POST, "/v1/orders", order(&app, &shop, 1, json!({}))).await;
    let referral = text(&shop.why("1").await, "referral");
    let moved = order(&app, &shop, 2, json!({"placed_at": app.at(-3000)}));
    let answer = shop.call(202, Method::POST, "/v1/orders", moved).await;
    assert_eq!(answer["outcome"], "credited", "it is not its own earlier order");
    assert_eq!(text(&shop.why("1").await, "referral"), referral);
    let cancelled = order(&app, &shop, 3, json!({"state": "cancelled", "placed_at": app.at(-3000)}));
    assert_eq!(shop.call(202, Method::POST, "/v1/orders", cancelled).await["outcome"], "void");
    assert_eq!(shop.ledger(&link["advocate"]).await["balances"]["SEK"]["liability"], "0.00");
}

#[tokio::test]
async fn an_order_that_turns_out_to_be_in_another_currency_leaves_nothing_in_the_first() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let program = shop
        .program(|program| {
            program["qualify"] = json!({});
            program["rewards"] = json!({"advocate": [{"kind": "percent", "percent": "10", "fulfilment": "manual"}]});
        })
        .await;
    let link = shop.link(&program, "anna@example.com", Some("anna10")).await;
    app.engine.advance(7_200);
    shop.call(202, Method::POST, "/v1/orders", order(&app, &shop, 1, json!({}))).await;
    let euro = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let change = json!({"currency": "EUR", "net": euro("50.00"), "total": euro("62.50")});
    shop.call(202, Method::POST, "/v1/orders", order(&app, &shop, 2, change)).await;
    let balances = &shop.ledger(&link["advocate"]).await["balances"];
    assert_eq!(
        (&balances["SEK"]["liability"], &balances["EUR"]["liability"]),
        (&json!("0.00"), &json!("5.00")),
        "{balances}"
    );
}

#[tokio::test]
async fn another_address_with_the_same_account_is_the_same_customer() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.call(202, Method::POST, "/v1/orders", order(&app, &shop, 1, json!({}))).await;
    for (id, customer) in [("2", json!({"id": "c-7", "email": "other@example.com"})), ("3", json!({"id": "c-7"}))] {
        let again = order(&app, &shop, 2, json!({"id": id, "placed_at": app.at(-60), "customer": customer}));
        assert_eq!(shop.call(202, Method::POST, "/v1/orders", again).await["outcome"], "not_credited", "{id}");
    }
}

#[tokio::test]
async fn what_is_left_out_or_null_never_fails_an_order() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let nulls = json!({"customer": null, "click_token": null, "referral_code": null, "lines": null, "refunds": null, "test": null,
        "coupon_codes": null});
    let answer = shop.call(202, Method::POST, "/v1/orders", order(&app, &shop, 1, nulls)).await;
    assert_eq!(answer["outcome"], "not_credited");
    let bare = TestOrder(json!({"id": 77, "created_at": app.at(0).to_string(), "currency": "SEK"}));
    assert_eq!(shop.shop.post("orders/create", &bare.0).await, 200);
    assert_eq!(shop.why("77").await["net"]["amount"], "0.00");
}

#[tokio::test]
async fn who_names_nothing_gets_a_token_and_a_machine_that_names_itself_gets_none() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let url = text(&shop.anna().await, "url");
    let has_token = async |agent: &str| {
        let answer = app.client.get(&url).header("user-agent", agent).send().await.expect("an answer");
        let location = answer.headers()["location"].to_str().expect("text").to_owned();
        tests::parameter(&location, "ref_click").is_some()
    };
    for nobody in ["", "Mozilla/5.0"] {
        assert!(has_token(nobody).await, "{nobody}");
    }
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    for machine in ["curl/8.5.0", "Python-urllib/3.12", "node", bot] {
        assert!(!has_token(machine).await, "{machine}");
    }
}

/// Outcomes of orders 1001 and 1002 of one person after these webhooks.
async fn outcomes(arrival: &[usize]) -> [Value; 2] {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let first = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let cancelled = json!({"cancelled_at": app.at(900).to_string()});
    let webhooks =
        [first.clone(), TestOrder::paid("1002", app.at(600)).coupon("ANNA10"), first.later(app.at(900), cancelled)];
    for webhook in arrival {
        assert_eq!(shop.shop.post("orders/updated", &webhooks[*webhook].0).await, 200);
    }
    assert_eq!(shop.get("/v1/ledger/check").await["balanced"], true);
    assert_eq!(shop.get("/v1/parked").await["data"], json!([]));
    let [one, two] = [shop.why("1001").await, shop.why("1002").await];
    // Whoever is credited, it is one referral's worth.
    assert_eq!(shop.ledger(&link["advocate"]).await["balances"]["SEK"]["liability"], "100.00", "{arrival:?}");
    [one["outcome"].clone(), two["outcome"].clone()]
}

#[tokio::test]
async fn of_two_orders_of_a_new_customer_the_earlier_one_counts_whichever_is_told_of_first() {
    for arrival in [[0, 1], [1, 0]] {
        assert_eq!(outcomes(&arrival).await, ["credited", "not_credited"], "{arrival:?}");
    }
    // When the earlier one is called off, the later one is the first.
    for arrival in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(outcomes(&arrival).await, ["void", "credited"], "{arrival:?}");
    }
}

#[tokio::test]
async fn an_earlier_order_without_a_code_makes_a_returning_customer_also_when_it_is_told_of_later() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let later = TestOrder::paid("1002", app.at(600)).coupon("ANNA10");
    shop.shop.post("orders/paid", &later.0).await;
    assert_eq!(shop.why("1002").await["outcome"], "credited");
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).0).await;
    let why = shop.why("1002").await;
    assert!(text(&why, "sentence").contains("order 1001"), "{}", why["sentence"]);
    assert!(shop.rewards().await.iter().all(|(_, _, state)| state == "void"));
}

#[tokio::test]
async fn four_orders_of_one_person_at_once_make_one_referral() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let slow = Trouble::Delay(200);
    app.engine.wire.inject(Fault { operation: "TransactWriteItems", body_contains: "ORD#", trouble: slow, times: 4 });
    let sent: Vec<_> = (1..=4)
        .map(|n| {
            let order = TestOrder::paid(&format!("100{n}"), app.at(n)).coupon("ANNA10");
            let shop = shop.shop.clone();
            tokio::spawn(async move { shop.post("orders/paid", &order.0).await })
        })
        .collect();
    for one in sent {
        assert_eq!(one.await.expect("a task"), 200);
    }
    app.days_pass(1).await;
    assert_eq!(shop.why("1001").await["outcome"], "credited");
    for later in ["1002", "1003", "1004"] {
        assert_eq!(shop.why(later).await["outcome"], "not_credited", "{later}");
    }
}

#[tokio::test]
async fn a_later_order_that_cannot_be_decided_again_at_once_is_not_forgotten() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1002", app.at(600)).coupon("ANNA10").0).await;
    app.engine.wire.inject(Fault {
        operation: "TransactWriteItems",
        body_contains: "#1002",
        trouble: Trouble::Fail,
        times: 1000,
    });
    let first = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    assert_eq!(shop.shop.post("orders/paid", &first.0).await, 200);
    assert_eq!(shop.why("1002").await["outcome"], "credited", "for now both are");
    app.engine.wire.heal();
    app.days_pass(1).await;
    assert_eq!(shop.why("1001").await["outcome"], "credited");
    assert_eq!(shop.why("1002").await["outcome"], "not_credited");
}
