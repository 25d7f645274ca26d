//! The time before the engine was there: it can be told, it makes nobody new who is not, and nobody hears of it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Sender, TestApp, TestMerchant, TestOrder, text};

use super::{event, sek, shop, told};

/// Imports these lines, and answers the status and what was said.
async fn import(merchant: &TestMerchant, lines: &[Value]) -> (u16, Value) {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    post(merchant, lines.join("\n")).await
}

async fn post(merchant: &TestMerchant, body: String) -> (u16, Value) {
    let url = format!("{}/v1/import/orders", merchant.app.engine.url);
    let post = merchant.app.client.post(url).bearer_auth(&merchant.api_key);
    let answer = post.header("content-type", "application/x-ndjson").body(body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// An order of long ago.
fn past(shop: &Sender, id: &str, customer: Value) -> Value {
    let mut line = json!({"shop": shop.merchant.shop.id, "id": id, "placed_at": "2024-03-01T10:00:00Z"});
    line["customer"] = customer;
    line
}

fn asks(program: &mut Value) {
    program["mails"] =
        json!({"invite": {"on": "paid", "delay_hours": 0, "quiet_hours": {"from": "00:00", "to": "00:00"}}});
}

async fn invited(merchant: &TestMerchant) -> usize {
    merchant.get("/v1/invites").await["data"].as_array().expect("a list").len()
}

#[tokio::test]
async fn repair_40_orders_of_the_past_make_their_buyers_customers_and_nothing_else() {
    let shop = shop(asks).await;
    let merchant = &shop.merchant;
    let lines = [
        past(&shop, "old-1", json!({"email": "bo1@example.com"})),
        past(&shop, "old-2", json!({"id": "c-2"})),
        // As an event says it, whole: a system that tells events can tell its past in the same words.
        {
            let mut whole = event(&shop, "old-3", 0, &json!({"customer": {"email": "bo3@example.com", "phone": "-"}}))
                ["data"]
                .clone();
            whole["shop"] = json!(merchant.shop.id);
            whole["placed_at"] = json!("2024-03-01T10:00:00Z");
            whole
        },
    ];
    for _ in 0..2 {
        let (status, answer) = import(merchant, &lines).await;
        assert_eq!(
            (status, answer),
            (200, json!({"imported": 3, "skipped": 0, "failed": []})),
            "again changes nothing"
        );
    }
    merchant.app.drain().await;
    merchant.app.days_pass(30).await;
    assert_eq!((merchant.rewards().await, merchant.app.mails(), invited(merchant).await), (vec![], vec![], 0));
    merchant.call(404, Method::GET, &format!("/v1/orders/{}/old-3/why", merchant.shop.id), json!(null)).await;

    let why = told(&shop, "1", 0, json!({})).await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("ordered before: order old-1"), "{}", why["sentence"]);
    let by_account = json!({"customer": {"id": "c-2", "email": "bo2@example.com"}});
    assert_eq!(told(&shop, "2", 0, by_account).await["outcome"], "not_credited");
    assert_eq!(told(&shop, "3", 0, json!({})).await["outcome"], "not_credited");
    assert_eq!(told(&shop, "4", 0, json!({})).await["outcome"], "credited", "a friend who is new");
}

#[tokio::test]
async fn repair_40_what_was_no_purchase_makes_no_customer_and_a_wrong_line_keeps_no_other_out() {
    let shop = shop(|_| ()).await;
    let merchant = &shop.merchant;
    let with = |id: &str, fields: Value| {
        let mut line = past(&shop, id, json!({"email": "bo1@example.com"}));
        for (name, value) in fields.as_object().expect("an object") {
            line[name] = value.clone();
        }
        line
    };
    let none = [
        with("a", json!({"state": "placed"})),
        with("b", json!({"state": "cancelled"})),
        with("c", json!({"test": true})),
        with("d", json!({"charged_back": true})),
    ];
    assert_eq!(import(merchant, &none).await.1, json!({"imported": 0, "skipped": 4, "failed": []}));
    assert_eq!(told(&shop, "1", 0, json!({})).await["outcome"], "credited");

    let stranger = merchant.app.merchant().await;
    let wrong = [
        (with("e", json!({"shop": stranger.shop.id})), "shop: "),
        (with("e", json!({"placed_at": merchant.app.at(3600)})), "placed_at: "),
        (with("e", json!({"customer": {}})), "customer: "),
        (with("e", json!({"customer": {"email": "nobody"}})), "customer/email: "),
        (with("e", json!({"colour": "red"})), "colour: "),
        (json!("old"), ""),
        (past(&shop, "f", json!({"email": "bo2@example.com"})), "right"),
    ];
    let lines: Vec<_> = wrong.iter().map(|(line, _)| line.clone()).collect();
    let (status, answer) = import(merchant, &lines).await;
    assert_eq!((status, &answer["imported"]), (200, &json!(1)), "{answer}");
    let failed = answer["failed"].as_array().expect("a list");
    assert_eq!(failed.len(), 6, "{answer}");
    for (number, (failure, (_, named))) in failed.iter().zip(&wrong).enumerate() {
        assert_eq!(failure["line"], number + 1);
        assert!(text(failure, "detail").starts_with(named), "{failure}");
    }
    assert!(!answer.to_string().contains("nobody"), "what was sent is not repeated");
    assert_eq!(told(&shop, "2", 0, json!({})).await["outcome"], "not_credited", "the right line was taken");

    assert_eq!(post(merchant, String::new()).await.0, 422);
    let many: Vec<_> = (1..502).map(|n| past(&shop, &n.to_string(), json!({"id": n.to_string()}))).collect();
    assert_eq!(import(merchant, &many).await.0, 422);
    let (status, answer) = import(merchant, &many[..500]).await;
    assert_eq!((status, &answer["imported"]), (200, &json!(500)));
    assert_eq!(post(merchant, " ".repeat(1024 * 1024 + 1)).await.0, 413);
}

async fn says(merchant: &TestMerchant, body: Value) {
    merchant.call(200, Method::PATCH, "/v1/customers", body).await;
}

#[tokio::test]
async fn repair_40_the_shops_own_count_of_orders_tells_who_is_new() {
    let shop = shop(|_| ()).await;
    let merchant = &shop.merchant;
    says(merchant, json!({"email": "bo1@example.com", "orders": 7})).await;
    let why = told(&shop, "1", 0, json!({})).await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("count 7 orders of the customer"), "{}", why["sentence"]);
    assert!(text(&why, "counterfactual").contains("had had no orders before"), "{}", why["counterfactual"]);
    let path = format!("/v1/orders/{}/1/why?replay=true", merchant.shop.id);
    assert_eq!(merchant.get(&path).await["replay"]["equal"], true);

    // None so far, one that is this very order, and one that was told of before the order was placed.
    says(merchant, json!({"email": "bo2@example.com", "orders": 0})).await;
    assert_eq!(told(&shop, "2", 0, json!({})).await["outcome"], "credited");
    let placed_at = merchant.app.at(-60);
    let placed = json!({"state": "placed", "placed_at": placed_at});
    assert_eq!(told(&shop, "3", 0, placed).await["outcome"], "not_credited");
    says(merchant, json!({"email": "bo3@example.com", "orders": 1})).await;
    assert_eq!(told(&shop, "3", 10, json!({"placed_at": placed_at})).await["outcome"], "credited");
    says(merchant, json!({"email": "bo4@example.com", "orders": 1})).await;
    let placed_at = merchant.app.at(60);
    assert_eq!(told(&shop, "4", 60, json!({"placed_at": placed_at})).await["outcome"], "not_credited");
    // Said again, it is still of then.
    says(merchant, json!({"email": "bo4@example.com", "orders": 1, "tags": ["vip"]})).await;
    let again = json!({"placed_at": placed_at, "market": "se"});
    assert_eq!(told(&shop, "4", 70, again).await["outcome"], "not_credited");
}

#[tokio::test]
async fn repair_40_control_what_is_said_later_takes_nothing_back() {
    let shop = shop(|_| ()).await;
    assert_eq!(told(&shop, "1", 0, json!({})).await["outcome"], "credited");
    says(&shop.merchant, json!({"email": "bo1@example.com", "orders": 7})).await;
    let refunds = json!({"refunds": [{"id": "r", "net": sek("100.00")}]});
    assert_eq!(told(&shop, "1", 10, refunds).await["outcome"], "credited");
    // The next order of the same buyer is no new customer's anyway.
    let next = json!({"customer": {"email": "bo1@example.com"}, "placed_at": shop.merchant.app.at(60)});
    assert_eq!(told(&shop, "2", 60, next).await["outcome"], "not_credited");
}

#[tokio::test]
async fn repair_40_an_old_order_that_is_told_as_an_event_asks_nobody() {
    let shop = shop(asks).await;
    let merchant = &shop.merchant;
    let day = 86_400;
    let told_of = |placed: i64, updated: i64| json!({"placed_at": merchant.app.at(placed), "updated_at": merchant.app.at(updated), "coupon_codes": []});
    // Told as it was then; as it is read today; and paid three weeks ago.
    for (id, placed, updated) in [("1", -700, -700), ("2", -700, 0), ("3", -22, -21)] {
        told(&shop, id, 0, told_of(placed * day, updated * day)).await;
    }
    assert_eq!(invited(merchant).await, 0);
    // Ordered a hundred days ago, and paid just now; and all of it last week.
    for (id, placed, updated) in [("4", -100, 0), ("5", -7, -7)] {
        told(&shop, id, 0, told_of(placed * day, updated * day)).await;
    }
    assert_eq!(invited(merchant).await, 2);
    merchant.app.drain().await;
    merchant.app.days_pass(1).await;
    let mut asked: Vec<_> = merchant.app.mails().into_iter().map(|(to, _)| to).collect();
    asked.sort();
    assert_eq!(asked, ["bo4@example.com", "bo5@example.com"]);
}

#[tokio::test]
async fn repair_40_a_shop_that_has_no_api_is_told_how_its_past_is_told() {
    let shop = shop(|_| ()).await;
    let path = format!("/v1/shops/{}/backfill", shop.merchant.shop.id);
    let problem = shop.merchant.call(409, Method::POST, &path, json!({})).await;
    assert_eq!(problem["code"], "told_by_import");
    assert!(text(&problem, "detail").contains("POST /v1/import/orders"), "{problem}");
    // A shop whose platform has one is asked for it, as before; and its past can be imported too.
    let merchant = TestApp::start().await.merchant().await;
    merchant.anna().await;
    let path = format!("/v1/shops/{}/backfill", merchant.shop.id);
    let problem = merchant.call(409, Method::POST, &path, json!({})).await;
    assert_eq!(problem["code"], "no_api_access");
    let line = json!({"shop": merchant.shop.id, "id": "9", "placed_at": "2024-03-01T10:00:00Z",
        "customer": {"id": "7001", "email": "bo@example.com"}});
    assert_eq!(import(&merchant, &[line]).await.1["imported"], 1);
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(merchant.why("1001").await["outcome"], "not_credited");
}
