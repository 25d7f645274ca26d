//! What beside the sum an order tells, and what follows from it: lines, countries and markets, other coupons, disputes,
//! deliveries.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, reward, text};

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

async fn start() -> TestMerchant {
    TestApp::start().await.merchant().await
}

/// Anna's link ANNA10 in a program like this.
async fn with_program(change: impl FnOnce(&mut Value)) -> TestMerchant {
    let merchant = start().await;
    let program = merchant.program(change).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant
}

async fn post(merchant: &TestMerchant, topic: &str, body: &Value) {
    assert_eq!(merchant.shop.post(topic, body).await, 200, "{topic}");
}

/// An order of 500.00 through the API, by a buyer of its own.
fn order(merchant: &TestMerchant, id: &str, fields: &Value) -> Value {
    let at = merchant.app.at(5);
    let mut order = json!({"shop": merchant.shop.id, "id": id, "placed_at": at, "updated_at": at, "state": "paid",
        "customer": {"email": format!("bo{id}@example.com")}, "currency": "SEK", "net": sek("500.00"), "total": sek("625.00"),
        "coupon_codes": ["anna10"]});
    for (name, value) in fields.as_object().expect("an object") {
        order[name] = value.clone();
    }
    order
}

/// Tells of an order, and answers why it was decided as it was.
async fn told(merchant: &TestMerchant, id: &str, fields: Value) -> Value {
    merchant.call(202, Method::POST, "/v1/orders", order(merchant, id, &fields)).await;
    merchant.why(id).await
}

/// What the friend gets for an order.
async fn friends(merchant: &TestMerchant, id: &str) -> String {
    let rewards = merchant.get("/v1/rewards").await;
    let all = rewards["data"].as_array().expect("a list").iter();
    let mut of_order = all.filter(|reward| reward["order"]["id"] == id && reward["side"] == "friend");
    of_order.next().map_or_else(String::new, |reward| text(&reward["value"], "amount"))
}

#[tokio::test]
async fn only_the_programs_products_count_and_only_their_refunds_take_back() {
    let products = json!({"include": {"skus": ["BOOT-42", "LACE"]}, "minimum_order": sek("300.00")});
    let merchant = with_program(|program| {
        program["qualify"] = products;
        program["rewards"]["friend"][0]["fulfilment"] = json!("manual");
    })
    .await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).in_full().coupon("ANNA10");
    post(&merchant, "orders/paid", &order.0).await;
    // A tenth of boots and laces, 420.00.
    assert_eq!(friends(&merchant, "1001").await, "42.00");
    post(&merchant, "refunds/create", &order.refund_of_line(1, 1, "80.00", merchant.app.at(10))).await;
    assert_eq!(friends(&merchant, "1001").await, "42.00", "socks that went back");
    post(&merchant, "refunds/create", &order.refund_of_line(2, 0, "100.00", merchant.app.at(20))).await;
    assert_eq!(friends(&merchant, "1001").await, "32.00", "part of the boots");
    post(&merchant, "refunds/create", &order.refund_of_line(3, 0, "30.00", merchant.app.at(30))).await;
    assert_eq!(merchant.why("1001").await["outcome"], "void", "290.00 of the program's products are left");

    let without = TestOrder::paid("1002", merchant.app.at(0)).coupon("ANNA10");
    post(&merchant, "orders/paid", &without.with(json!({"email": "cy@example.com", "customer": {"id": 9}})).0).await;
    let why = merchant.why("1002").await;
    assert_eq!(why["outcome"], "not_credited");
    assert!(text(&why, "sentence").contains("no product that the program takes"), "{}", why["sentence"]);
}

#[tokio::test]
async fn lines_through_the_api_count_by_sku_product_and_collection() {
    let products = json!({"include": {"collections": ["sale"], "products": ["p-1"]}, "exclude": {"skus": ["CARD"]}});
    let merchant = with_program(|program| program["qualify"] = products).await;
    let lines = json!([
        {"id": "1", "sku": "BOOT", "product_id": "p-1", "quantity": 2, "net": sek("200.00")},
        {"id": "2", "sku": "SOCK", "collections": ["new", "sale"], "net": sek("100.00")},
        {"id": "3", "sku": "CARD", "product_id": "p-1", "net": sek("50.00")},
        {"sku": "HAT", "net": sek("50.00")},
        {"sku": "BAG"},
    ]);
    assert_eq!(told(&merchant, "1", json!({"lines": lines})).await["outcome"], "credited");
    assert_eq!(friends(&merchant, "1").await, "30.00");
    let refunds = json!([{"id": "r1", "net": sek("120.00"), "lines": [
        {"id": "1", "net": sek("60.00")}, {"id": "3", "net": sek("20.00")}, {"id": "2", "net": sek("40.00")}]}]);
    let later = json!({"lines": lines, "refunds": refunds, "updated_at": merchant.app.at(60)});
    told(&merchant, "1", later).await;
    assert_eq!(friends(&merchant, "1").await, "20.00");
    // What no line is named for goes by their share: 300 of 500.
    let refunds = json!([{"id": "r1", "net": sek("100.00")}]);
    told(&merchant, "2", json!({"lines": lines, "refunds": refunds})).await;
    assert_eq!(friends(&merchant, "2").await, "24.00");
}

#[tokio::test]
async fn an_order_counts_in_the_programs_countries_and_markets_only() {
    let where_it_counts = json!({"countries": ["SE", "NO"], "markets": ["nordic"]});
    let merchant = with_program(|program| program["qualify"] = where_it_counts).await;
    let address = json!({"line1": "Storgata 1", "postal_code": "0155", "country": "no"});
    let cases = [
        (json!({"country": "SE", "market": "nordic"}), "credited", ""),
        (json!({"customer": {"email": "x@example.com", "address": address}, "market": "nordic"}), "credited", ""),
        (json!({"country": "DK", "market": "nordic"}), "not_credited", "not for a country of the program (DK)"),
        (json!({"market": "nordic"}), "not_credited", "names no country"),
        (json!({"country": "SE", "market": "europe"}), "not_credited", "not of a market of the program (europe)"),
        (json!({"country": "SE"}), "not_credited", "names no market"),
    ];
    for (number, (fields, outcome, because)) in cases.into_iter().enumerate() {
        let why = told(&merchant, &number.to_string(), fields).await;
        assert_eq!(why["outcome"], outcome, "{why}");
        assert!(text(&why, "sentence").contains(because), "{}", why["sentence"]);
    }
}

#[tokio::test]
async fn a_shopify_order_counts_where_it_is_delivered_to() {
    let merchant = with_program(|program| program["qualify"] = json!({"countries": ["SE"]})).await;
    let abroad = json!({"shipping_address": {"country_code": "NO"}, "billing_address": {"country_code": "SE"}});
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    post(&merchant, "orders/paid", &order.clone().with(abroad).0).await;
    assert_eq!(merchant.why("1001").await["outcome"], "not_credited");
    let billed =
        order.later(merchant.app.at(10), json!({"shipping_address": null, "billing_address": {"country_code": "SE"}}));
    post(&merchant, "orders/updated", &billed.0).await;
    assert_eq!(merchant.why("1001").await["outcome"], "credited");
}

#[tokio::test]
async fn other_coupons_exclude_or_lessen_the_friends_reward_as_the_program_says() {
    let merchant = start().await;
    let program = merchant.program(|program| program["qualify"] = json!({})).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let path = format!("/v1/programs/{}", text(&program, "id"));
    let stack = async |how: &str| merchant.call(200, Method::PATCH, &path, json!({"stacking": how})).await;
    let both = |amount: &str| json!({"coupon_codes": ["anna10", "Summer"], "discounts": [{"code": "SUMMER ", "amount": sek(amount)}]});
    // Combinable: nothing else matters.
    assert_eq!(told(&merchant, "1", both("20.00")).await["outcome"], "credited");
    assert_eq!(friends(&merchant, "1").await, "50.00");

    stack("best_of").await;
    assert_eq!(told(&merchant, "2", both("20.00")).await["outcome"], "credited");
    assert_eq!(friends(&merchant, "2").await, "30.00", "what it is worth above the other discount");
    told(&merchant, "3", json!({"coupon_codes": ["anna10", "summer"]})).await;
    assert_eq!(friends(&merchant, "3").await, "50.00", "nobody said what the other took off");
    told(&merchant, "4", json!({"coupon_codes": [], "discounts": [{"code": "anna10", "amount": sek("50.00")}]})).await;
    assert_eq!(friends(&merchant, "4").await, "50.00", "the link's own coupon, named by its discount alone");
    let shopify = TestOrder::paid("5", merchant.app.at(5)).with(json!({"discount_codes": [
        {"code": "anna10", "amount": "50.00", "type": "percentage"}, {"code": "summer", "amount": "12.50", "type": "fixed_amount"},
        {"code": "freeship", "amount": "49.00", "type": "shipping"}]}));
    post(&merchant, "orders/paid", &shopify.0).await;
    assert_eq!(friends(&merchant, "5").await, "50.00", "what the shop took off for the code is a fact");

    stack("exclusive").await;
    let why = told(&merchant, "6", both("0.00")).await;
    assert_eq!(why["outcome"], "not_credited");
    assert!(text(&why, "sentence").contains("another coupon was used"), "{}", why["sentence"]);
    assert_eq!(told(&merchant, "7", json!({})).await["outcome"], "credited");
}

fn dispute(status: &str, at: jiff::Timestamp) -> Value {
    json!({"id": 9, "order_id": 1001, "type": "chargeback", "amount": "625.00", "currency": "SEK", "reason": "fraudulent",
        "status": status, "evidence_due_by": null, "evidence_sent_on": null, "initiated_at": at,
        "finalized_on": if status == "won" { json!(at) } else { Value::Null }})
}

#[tokio::test]
async fn a_chargeback_voids_and_a_dispute_that_is_won_brings_back() {
    let merchant = start().await;
    merchant.anna().await;
    let both = |state: &str| [reward("advocate", "100.00", state), reward("friend", "50.00", state)];
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    let (asked, opened, won) = (merchant.app.at(5), merchant.app.at(10), merchant.app.at(60));
    let inquiry =
        json!({"id": 9, "order_id": 1001, "type": "inquiry", "status": "needs_response", "initiated_at": asked});
    post(&merchant, "disputes/create", &inquiry).await;
    let why = merchant.why("1001").await;
    assert!(text(&why, "sentence").contains("but not the order itself"), "{}", why["sentence"]);
    post(&merchant, "orders/paid", &order.0).await;
    assert_eq!(merchant.rewards().await, both("approved"), "an inquiry takes no money");

    post(&merchant, "disputes/update", &dispute("under_review", opened)).await;
    let why = merchant.why("1001").await;
    assert_eq!(why["outcome"], "void");
    assert!(text(&why, "sentence").contains("charged back"), "{}", why["sentence"]);
    assert_eq!(merchant.rewards().await, both("void"));

    for _ in 0..2 {
        post(&merchant, "disputes/update", &dispute("won", won)).await;
        // An earlier word that comes late changes nothing.
        post(&merchant, "disputes/create", &dispute("needs_response", opened)).await;
        assert_eq!(merchant.why("1001").await["outcome"], "credited");
        assert_eq!(merchant.rewards().await, both("approved"));
    }
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn a_merchants_own_system_tells_of_a_chargeback_too() {
    let merchant = with_program(|_| ()).await;
    let later = |seconds: i64, charged_back: Value| json!({"charged_back": charged_back, "updated_at": merchant.app.at(seconds)});
    assert_eq!(told(&merchant, "1", later(5, json!(null))).await["outcome"], "credited");
    assert_eq!(told(&merchant, "1", later(10, json!(true))).await["outcome"], "void");
    assert_eq!(told(&merchant, "1", later(20, json!(null))).await["outcome"], "void", "not said is not taken back");
    assert_eq!(told(&merchant, "1", later(30, json!(false))).await["outcome"], "credited");
}

#[tokio::test]
async fn a_hold_from_delivery_begins_when_the_parcel_is_there() {
    let merchant = with_program(|program| {
        program["rewards"]["advocate"][0]["hold_from"] = json!("delivered");
        program["rewards"]["advocate"][0]["hold_days"] = json!(14);
    })
    .await;
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    post(&merchant, "orders/paid", &order.0).await;
    let parcel =
        |status: &str| json!({"id": 8, "order_id": 1001, "status": status, "happened_at": merchant.app.at(86_400)});
    post(&merchant, "fulfillment_events/create", &parcel("out_for_delivery")).await;
    merchant.app.days_pass(30).await;
    let advocates = || async { merchant.rewards().await[0].2.clone() };
    assert_eq!(advocates().await, "pending", "nobody said that it was delivered");
    post(&merchant, "fulfillment_events/create", &parcel("delivered")).await;
    assert_eq!(advocates().await, "pending");
    merchant.app.days_pass(16).await;
    assert_eq!(advocates().await, "approved");
}

#[tokio::test]
async fn what_is_out_of_range_is_named_with_its_place() {
    let merchant = with_program(|_| ()).await;
    let line = |net: &str| json!({"net": sek(net)});
    let euros = json!({"amount": "1.00", "currency": "EUR"});
    let cases = [
        (json!({"lines": [{"net": euros}]}), "/lines/0/net", "in the order's currency, SEK"),
        (json!({"lines": [line("1.00"), line("-1.00")]}), "/lines/1/net", "0 or more"),
        (json!({"lines": [{"collections": vec!["x"; 51]}]}), "/lines/0/collections", "at most 50"),
        (json!({"lines": [{"id": "a b"}]}), "/lines/0/id", "1 to 64 printable"),
        (json!({"lines": [{"id": "a"}, {"id": "a"}]}), "/lines/1/id", "another for each line"),
        (json!({"lines": vec![line("0.00"); 201]}), "/lines", "at most 200 lines"),
        (
            json!({"refunds": [{"id": "r", "net": sek("1.00"), "lines": [{"id": "1", "net": euros}]}]}),
            "/refunds/0/lines/0/net",
            "SEK",
        ),
        (json!({"discounts": [{"code": "X", "amount": sek("-1.00")}]}), "/discounts/0/amount", "0 or more"),
        (json!({"discounts": vec![json!({"code": "X", "amount": sek("1.00")}); 11]}), "/discounts", "at most 10"),
    ];
    for (fields, pointer, allowed) in cases {
        let problem = merchant.call(422, Method::POST, "/v1/orders", order(&merchant, "1", &fields)).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(text(&problem["errors"][0], "detail").contains(allowed), "{problem}");
    }
    for fields in
        [json!({"lines": [{"colour": "red"}]}), json!({"charged_back": "yes"}), json!({"discounts": [{"code": "X"}]})]
    {
        merchant.call(400, Method::POST, "/v1/orders", order(&merchant, "1", &fields)).await;
    }
    merchant.call(404, Method::GET, &format!("/v1/orders/{}/1/why", merchant.shop.id), Value::Null).await;
}
