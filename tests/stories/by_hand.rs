//! What people do: hand over, note a use, give without an order, claim late. Each goes the way of every other fact, and
//! on record.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, reward, text};

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

fn told() -> Value {
    json!({"actor": "Eva", "reason": "agreed on the phone"})
}

/// A paid order with Anna's code; answers the advocate's reward.
async fn rewarded(merchant: &TestMerchant, change: impl FnOnce(&mut Value)) -> Value {
    let program = merchant.program(change).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    the_reward(merchant).await
}

async fn the_reward(merchant: &TestMerchant) -> Value {
    let rewards = merchant.get("/v1/rewards").await;
    let all = rewards["data"].as_array().expect("a list");
    all.iter().find(|reward| reward["side"] == "advocate").expect("the advocate's").clone()
}

/// What was done about orders, newest first; how the engine was set up is on record beside it.
async fn on_record(merchant: &TestMerchant) -> Vec<String> {
    let record = merchant.get("/v1/audit").await;
    let lines = record["data"].as_array().expect("a list").iter();
    lines.filter(|line| !line["order"].is_null()).map(|line| text(line, "action")).collect()
}

async fn post(merchant: &TestMerchant, status: u16, path: &str, body: Value) -> Value {
    merchant.call(status, Method::POST, path, body).await
}

#[tokio::test]
async fn a_reward_is_handed_over_used_in_parts_and_taken_back_after_that() {
    let merchant = TestApp::start().await.merchant().await;
    let made = rewarded(&merchant, |_| ()).await;
    let path = format!("/v1/rewards/{}", text(&made, "id"));
    let issued = post(&merchant, 200, &format!("{path}/fulfil"), json!({"actor": "Eva", "coupon": "ANNA-100"})).await;
    assert_eq!((text(&issued, "state"), text(&issued, "coupon")), ("issued".into(), "ANNA-100".into()));
    // Twice is once.
    post(&merchant, 200, &format!("{path}/fulfil"), json!({"actor": "Eva", "coupon": "ANOTHER"})).await;
    assert_eq!(text(&the_reward(&merchant).await, "coupon"), "ANNA-100");

    let used = json!({"id": "u1", "actor": "till 4", "amount": sek("40.00")});
    let part = post(&merchant, 200, &format!("{path}/redeem"), used.clone()).await;
    assert_eq!(part["booked"], json!({"liability": "60.00", "redeemed": "40.00"}));
    assert_eq!(post(&merchant, 200, &format!("{path}/redeem"), used).await["booked"], part["booked"]);
    let too_much = json!({"id": "u2", "actor": "till 4", "amount": sek("60.01")});
    let refused = post(&merchant, 422, &format!("{path}/redeem"), too_much).await;
    assert!(text(&refused, "detail").contains("at most what is left, 60.00 SEK"), "{refused}");
    let rest = post(&merchant, 200, &format!("{path}/redeem"), json!({"id": "u2", "actor": "till 4"})).await;
    assert_eq!(text(&rest, "state"), "redeemed");

    let order = TestOrder::paid("1001", merchant.app.at(0));
    assert_eq!(merchant.shop.post("refunds/create", &order.refund(1, "500.00", merchant.app.at(60))).await, 200);
    let after = the_reward(&merchant).await;
    assert_eq!(after["booked"], json!({"redeemed": "100.00", "clawback": "-100.00"}));
    let balances = &merchant.ledger(&after["advocate"]).await["balances"]["SEK"];
    assert_eq!(balances["clawback"], "-100.00", "{balances}");

    // The next friend's order makes good for it.
    let next = TestOrder::paid("1002", merchant.app.at(120)).coupon("ANNA10");
    let next = next.with(json!({"email": "cleo@example.com", "customer": {"id": 7002}}));
    assert_eq!(merchant.shop.post("orders/paid", &next.0).await, 200);
    let ledger = merchant.ledger(&after["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"]["liability"], "0.00", "{ledger}");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    assert_eq!(
        on_record(&merchant).await,
        ["redeem", "redeem", "fulfil"],
        "newest first, and nothing that was no news"
    );
}

#[tokio::test]
async fn what_is_not_owed_yet_can_not_be_handed_over() {
    let merchant = TestApp::start().await.merchant().await;
    let made = rewarded(&merchant, |body| body["hold_days"] = json!(14)).await;
    let path = format!("/v1/rewards/{}/fulfil", text(&made, "id"));
    let refused = post(&merchant, 409, &path, json!({"actor": "Eva"})).await;
    assert_eq!(text(&refused, "code"), "not_owed");
    merchant.app.days_pass(15).await;
    assert_eq!(text(&post(&merchant, 200, &path, json!({"actor": "Eva"})).await, "state"), "issued");
    post(&merchant, 422, &path, json!({"actor": ""})).await;
    post(&merchant, 404, "/v1/rewards/rwd_01KAK5QG80EJZ3V6B7N2T4M9QC/fulfil", json!({"actor": "Eva"})).await;
    let other = merchant.app.merchant().await;
    post(&other, 404, &path, json!({"actor": "Eva"})).await;
}

#[tokio::test]
async fn a_reward_expires_and_its_liability_ends() {
    let merchant = TestApp::start().await.merchant().await;
    rewarded(&merchant, |body| body["rewards"]["advocate"][0]["expires_days"] = json!(30)).await;
    merchant.app.days_pass(31).await;
    let expired = the_reward(&merchant).await;
    assert_eq!((text(&expired, "state"), &expired["booked"]), ("expired".into(), &json!({})));
    let ledger = merchant.ledger(&expired["advocate"]).await;
    let causes: Vec<_> = ledger["data"].as_array().expect("a list").iter().map(|entry| text(entry, "cause")).collect();
    assert_eq!(causes, ["order 1001 paid", "reward of order 1001 expired"]);
}

#[tokio::test]
async fn a_late_claim_is_evidence_of_its_own_kind_and_goes_by_the_same_rules() {
    let merchant = TestApp::start().await.merchant().await;
    merchant.anna().await;
    for (id, net) in [("1001", "500.00"), ("1002", "200.00")] {
        // No code was used, so no discount was given: a claim is the advocate's.
        let order = TestOrder::paid(id, merchant.app.at(0)).with(json!({"email": format!("bo{id}@example.com"),
            "customer": {"id": id.parse::<u64>().expect("a number")}, "subtotal_price": net,
            "line_items": [{"price": net, "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []}]}));
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    }
    let claim = |code: &str| json!({"code": code, "actor": "Eva", "reason": "Anna wrote to us"});
    let path = |id: &str| format!("/v1/orders/{}/{id}/attribute", merchant.shop.id);
    let why = post(&merchant, 200, &path("1001"), claim("anna10")).await;
    assert_eq!((text(&why, "outcome"), text(&why["candidates"][0], "kind")), ("credited".into(), "manual".into()));
    assert!(text(&why, "sentence").contains("a person attributed"), "{why}");
    // The rules hold for people's words too.
    let small = post(&merchant, 200, &path("1002"), claim("anna10")).await;
    assert_eq!(text(&small, "outcome"), "not_credited");
    assert_eq!(merchant.rewards().await, [reward("advocate", "100.00", "approved")]);
    // Again is no news; another's code and an unknown order are refused.
    post(&merchant, 200, &path("1001"), claim("anna10")).await;
    assert_eq!(on_record(&merchant).await, ["attribute", "attribute"]);
    post(&merchant, 422, &path("1001"), claim("nobody")).await;
    post(&merchant, 404, &path("9999"), claim("anna10")).await;
}

#[tokio::test]
async fn a_grant_without_an_order_is_booked_mailed_and_on_record() {
    let merchant = TestApp::start().await.merchant().await;
    let link = merchant.anna().await;
    let grant = json!({"code": "ANNA10", "actor": "Eva", "reason": "a surprise for our best advocate",
        "reward": {"kind": "custom", "value": {"amount": "500", "unit": "MB"}, "fulfilment": "manual"}});
    let given = merchant.call(201, Method::POST, "/v1/rewards", grant.clone()).await;
    assert_eq!((text(&given, "state"), &given["value"]), ("approved".into(), &json!({"amount": "500", "unit": "MB"})));
    assert_eq!(merchant.ledger(&link["advocate"]).await["balances"]["MB"]["liability"], "500");
    merchant.app.drain().await;
    assert_eq!(merchant.app.mails(), [("anna@example.com".into(), "Du har fått 500 MB hos Nordic Shoes".into())]);
    let audit = merchant.get("/v1/audit").await;
    assert_eq!((text(&audit["data"][0], "action"), text(&audit["data"][0], "actor")), ("grant".into(), "Eva".into()));

    for (field, value) in [
        ("/reward/fulfilment", json!({"kind": "fixed", "value": sek("1.00"), "fulfilment": "code_at_checkout"})),
        ("/reward/value", json!({"kind": "store_credit", "percent": "5", "fulfilment": "manual"})),
        (
            "/reward",
            json!({"kind": "fixed", "value": sek("1.00"), "cap": {"day": {"count": 1}}, "fulfilment": "manual"}),
        ),
    ] {
        let mut wrong = grant.clone();
        wrong["reward"] = value;
        let refused = post(&merchant, 422, "/v1/rewards", wrong).await;
        assert_eq!(text(&refused["errors"][0], "pointer"), field, "{refused}");
    }
    let mut wrong = grant;
    wrong.as_object_mut().expect("an object").extend(told().as_object().expect("an object").clone());
    wrong["code"] = json!("NOBODY");
    post(&merchant, 422, "/v1/rewards", wrong).await;
}

/// Anna's reward of order 1001 is used. Answers her advocate's id.
async fn used_up(merchant: &TestMerchant) -> Value {
    let made = rewarded(merchant, |body| body["rewards"]["friend"] = json!([])).await;
    let path = format!("/v1/rewards/{}/redeem", text(&made, "id"));
    post(merchant, 200, &path, json!({"id": "u1", "actor": "till 4"})).await;
    made["advocate"].clone()
}

#[tokio::test]
async fn an_order_that_goes_to_another_program_of_its_advocate_makes_good_for_what_was_used_in_the_first() {
    let merchant = TestApp::start().await.merchant().await;
    let anna = used_up(&merchant).await;
    let other = merchant.program(|_| ()).await;
    merchant.link(&other, "anna@example.com", Some("annas-second")).await;
    let claim = json!({"code": "annas-second", "actor": "Eva", "reason": "Anna wrote to us"});
    post(&merchant, 200, &format!("/v1/orders/{}/1001/attribute", merchant.shop.id), claim).await;
    let balances = &merchant.ledger(&anna).await["balances"]["SEK"];
    assert_eq!((&balances["redeemed"], &balances["liability"]), (&json!("100.00"), &json!("0.00")), "{balances}");
    assert_eq!(balances["clawback"], json!(null), "one owes what the other makes good for: {balances}");
}

#[tokio::test]
async fn what_was_used_is_owed_also_when_nothing_on_the_order_names_its_advocate_any_more() {
    let merchant = TestApp::start().await.merchant().await;
    let anna = used_up(&merchant).await;
    // An order keeps so many codes and no more.
    for (seconds, letter) in [(60, "AA"), (120, "AB")] {
        let codes: Vec<_> = (0..10).map(|n| json!({"code": format!("{letter}{n}"), "amount": "1.00"})).collect();
        let order = TestOrder::paid("1001", merchant.app.at(0));
        let order = order.later(merchant.app.at(seconds), json!({"discount_codes": codes}));
        assert_eq!(merchant.shop.post("orders/updated", &order.0).await, 200);
    }
    assert_eq!(merchant.why("1001").await["outcome"], "not_credited");
    let next = TestOrder::paid("1002", merchant.app.at(180)).coupon("ANNA10");
    let next = next.with(json!({"email": "cleo@example.com", "customer": {"id": 7002}}));
    assert_eq!(merchant.shop.post("orders/paid", &next.0).await, 200);
    let ledger = merchant.ledger(&anna).await;
    assert_eq!(ledger["balances"]["SEK"]["liability"], "0.00", "{ledger}");
}
