//! Which link an order is credited to, and what is told of it later.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Sender, TestApp, TestMerchant, TestOrder, TestWoo, WooOrder, gmt, parameter, reward, text};

const KEY: &[u8] = b"twenty-four bytes or more";

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// A shop that tells its orders by signed events.
async fn custom() -> Sender {
    let merchant = TestApp::start().await.merchant().await;
    let secret = format!("whsec_{}", base64_of(KEY));
    Sender::connect(&merchant, json!({"platform": "custom", "webhook_secret": secret}), KEY).await
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// An event about Bo's order of 500.00, as it was at this time.
fn event(placed: Timestamp, at: Timestamp, fields: &Value) -> Value {
    let mut order = json!({"id": "1001", "placed_at": placed, "updated_at": at, "state": "paid", "currency": "SEK",
        "customer": {"email": "bo@example.com"}, "net": sek("500.00"), "total": sek("625.00")});
    for (name, value) in fields.as_object().expect("an object") {
        order[name] = value.clone();
    }
    json!({"type": "order.updated", "data": order})
}

/// Anna's and Bea's links, each in a program of its own.
async fn two_advocates(merchant: &TestMerchant) -> (Value, Value) {
    let anna = merchant.anna().await;
    let program = merchant.program(|_| ()).await;
    (anna, merchant.link(&program, "bea@example.com", Some("bea10")).await)
}

/// Whose code the order is credited to, or how it came out.
async fn credited(merchant: &TestMerchant, order: &str) -> String {
    let why = merchant.why(order).await;
    let lines = why["candidates"].as_array().expect("a list");
    let won = lines.iter().find(|line| line["outcome"] == "won");
    won.map_or_else(|| text(&why, "outcome"), |line| text(line, "code"))
}

/// What is told of a code on an order.
async fn reason(merchant: &TestMerchant, order: &str, code: &str) -> String {
    let why = merchant.why(order).await;
    let lines = why["candidates"].as_array().expect("a list");
    text(lines.iter().find(|line| line["code"] == code).expect("the code is there"), "reason")
}

#[tokio::test]
async fn repair_06_a_code_counts_from_when_it_was_made() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    let placed = merchant.app.at(-7_200);
    let order = TestOrder::paid("1001", placed).coupon("SUMMER20");
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    merchant.link(&program, "anna@example.com", Some("summer20")).await;
    let told = order.clone().later(merchant.app.at(0), json!({"fulfillment_status": "fulfilled"}));
    assert_eq!(merchant.shop.post("orders/fulfilled", &told.0).await, 200);
    let why = merchant.why("1001").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
    assert!(text(&why, "sentence").contains("no such code when the order was placed"), "{}", why["sentence"]);
    // Controls: clocks differ a little; and what comes after counts.
    for (id, seconds) in [("1002", -299), ("1003", 0)] {
        let buyer = json!({"email": format!("buyer{id}@example.com"), "customer": {"id": seconds + 9_000}});
        let order = TestOrder::paid(id, merchant.app.at(seconds)).coupon("summer20").with(buyer);
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
        assert_eq!(credited(&merchant, id).await, "SUMMER20", "{id}");
    }
    let early = TestOrder::paid("1004", merchant.app.at(-302))
        .coupon("summer20")
        .with(json!({"email": "dan@example.com", "customer": {"id": 4}}));
    assert_eq!(merchant.shop.post("orders/paid", &early.0).await, 200);
    assert_eq!(credited(&merchant, "1004").await, "not_credited");
}

#[tokio::test]
async fn repair_06_a_code_made_later_does_not_stand_in_the_way_of_a_click() {
    let merchant = TestApp::start().await.merchant().await;
    let anna = merchant.anna().await;
    let token = parameter(&merchant.app.click(&text(&anna, "url")).await, "ref_click").expect("a token");
    let order = TestOrder::paid("1001", merchant.app.at(0)).coupon("summer20").token(&token);
    merchant.app.engine.advance(3_600);
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "bea@example.com", Some("summer20")).await;
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(credited(&merchant, "1001").await, "ANNA10");
    assert!(reason(&merchant, "1001", "SUMMER20").await.contains("made after the order"));
}

#[tokio::test]
async fn repair_06_who_brings_a_code_in_says_since_when_it_existed() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    let body = |since: Value, code: Value| json!({"program": program["id"], "advocate": {"email": "anna@example.com"}, "code": code, "existed_since": since});
    for (since, code) in [(json!(merchant.app.at(60)), json!("summer20")), (json!(merchant.app.at(-60)), Value::Null)] {
        let refused = merchant.call(422, Method::POST, "/v1/links", body(since, code)).await;
        assert_eq!(refused["errors"][0]["pointer"], "/existed_since", "{refused}");
    }
    let since = merchant.app.at(-86_400);
    let link = merchant.call(201, Method::POST, "/v1/links", body(json!(since), json!("summer20"))).await;
    assert_eq!(text(&link, "existed_since").parse::<Timestamp>().expect("a time"), since);
    for (id, seconds, expected) in [("1001", -7_200, "SUMMER20"), ("1002", -90_000, "not_credited")] {
        let buyer = json!({"email": format!("buyer{id}@example.com"), "customer": {"id": seconds + 100_000}});
        let order = TestOrder::paid(id, merchant.app.at(seconds)).coupon("SUMMER20").with(buyer);
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
        assert_eq!(credited(&merchant, id).await, expected, "{id}");
    }
}

#[tokio::test]
async fn repair_10_a_newer_description_with_another_code_replaces_the_older_ones() {
    // In both directions of the alphabet, and whichever arrives first.
    for (old, new) in [("anna10", "bea10"), ("bea10", "anna10")] {
        for backwards in [false, true] {
            let merchant = TestApp::start().await.merchant().await;
            two_advocates(&merchant).await;
            let held =
                TestOrder::paid("1001", merchant.app.at(0)).coupon(old).with(json!({"financial_status": "pending"}));
            let paid = held.clone().coupon(new).later(merchant.app.at(60), json!({"financial_status": "paid"}));
            let mut told = vec![("orders/create", held), ("orders/paid", paid)];
            if backwards {
                told.reverse();
            }
            for (topic, order) in told.iter().chain(&told) {
                assert_eq!(merchant.shop.post(topic, &order.0).await, 200);
            }
            assert_eq!(
                credited(&merchant, "1001").await,
                new.to_uppercase(),
                "{old} then {new}, backwards {backwards}"
            );
            let expected = [reward("advocate", "100.00", "approved"), reward("friend", "50.00", "approved")];
            let standing: Vec<_> = merchant.rewards().await.into_iter().filter(|(.., state)| state != "void").collect();
            assert_eq!(standing, expected);
        }
    }
}

#[tokio::test]
async fn repair_10_of_several_codes_the_one_entered_first_leads_and_the_trail_says_so() {
    for (first, second) in [("anna10", "bea10"), ("bea10", "anna10")] {
        let shop = custom().await;
        two_advocates(&shop.merchant).await;
        let at = shop.merchant.app.at(0);
        let told = event(
            at,
            at,
            &json!({"coupon_codes": [first, second], "discounts": [{"code": second, "amount": sek("5.00")}]}),
        );
        assert_eq!(shop.post(&told).await, 200);
        assert_eq!(credited(&shop.merchant, "1001").await, first.to_uppercase());
        assert!(
            reason(&shop.merchant, "1001", &second.to_uppercase()).await.contains("another code was entered before it")
        );
    }
}

#[tokio::test]
async fn repair_10_silence_does_not_undo_what_an_order_was_paid_with() {
    let merchant = TestApp::start().await.merchant().await;
    two_advocates(&merchant).await;
    let paid = TestOrder::paid("1001", merchant.app.at(0)).coupon("anna10");
    let edited = paid.clone().later(merchant.app.at(60), json!({"discount_codes": []}));
    for order in [&paid, &edited] {
        assert_eq!(merchant.shop.post("orders/updated", &order.0).await, 200);
    }
    assert_eq!(credited(&merchant, "1001").await, "ANNA10");
    // Somebody else's code takes nobody's place.
    let other = paid.coupon("welcome").later(merchant.app.at(120), json!({}));
    assert_eq!(merchant.shop.post("orders/updated", &other.0).await, 200);
    assert_eq!(credited(&merchant, "1001").await, "ANNA10");
}

/// An order that waits for its payment, with a coupon.
fn held(woo: &TestWoo) -> WooOrder {
    let unpaid = json!({"status": "on-hold", "date_paid": null, "date_paid_gmt": null});
    WooOrder::paid(1001, woo.app.at(0)).coupon("anna10").with(unpaid)
}

fn paid_at(order: WooOrder, at: Timestamp) -> WooOrder {
    order.later(at, json!({"status": "processing", "date_paid": gmt(at), "date_paid_gmt": gmt(at)}))
}

#[tokio::test]
async fn repair_32_a_coupon_taken_off_before_the_payment_counts_no_more() {
    for backwards in [false, true] {
        let woo = TestApp::start().await.woo(None).await;
        woo.anna().await;
        let with = held(&woo);
        let mut told = vec![with.clone(), paid_at(with, woo.app.at(600)).with(json!({"coupon_lines": []}))];
        if backwards {
            told.reverse();
        }
        for order in &told {
            woo.tell("order.updated", order).await;
        }
        let why = woo.why("1001").await;
        assert_eq!((&why["outcome"], &why["program"]), (&json!("not_credited"), &Value::Null), "{why}");
        assert!(text(&why, "sentence").contains("taken off the order before it was paid"), "{}", why["sentence"]);
        assert_eq!(
            reason(&woo, "1001", "ANNA10").await,
            "used at checkout; it was taken off the order before it was paid"
        );
    }
}

#[tokio::test]
async fn repair_32_editing_a_paid_order_takes_nothing_off() {
    let woo = TestApp::start().await.woo(None).await;
    woo.anna().await;
    let with = held(&woo);
    let paid = paid_at(with.clone(), woo.app.at(600));
    let edited = paid.clone().later(woo.app.at(900), json!({"coupon_lines": []}));
    for order in [&edited, &with, &paid] {
        woo.tell("order.updated", order).await;
    }
    assert_eq!(credited(&woo, "1001").await, "ANNA10");
}

/// A WooCommerce shop and a token of a click just now.
async fn clicked() -> (TestWoo, String) {
    let woo = TestApp::start().await.woo(None).await;
    let link = woo.anna().await;
    let token = parameter(&woo.app.click(&text(&link, "url")).await, "ref_click").expect("a token");
    (woo, token)
}

#[tokio::test]
async fn repair_11_a_click_during_an_open_checkout_counts() {
    let (woo, token) = clicked().await;
    let hour = 3_600;
    // The checkout began so long before the click, and was paid so long after.
    for (id, begun, paid, expected) in [
        (1, -360, 60, "ANNA10"),
        (2, -hour, 60, "ANNA10"),
        (3, -23 * hour, 60, "ANNA10"),
        (4, -47 * hour, hour, "ANNA10"),
        (5, -49 * hour, 60, "not_credited"),
        (6, -hour, -60, "not_credited"),
        (7, 29 * 24 * hour, 29 * 24 * hour, "ANNA10"),
        (8, 31 * 24 * hour, 31 * 24 * hour, "not_credited"),
    ] {
        let order = WooOrder::paid(id, woo.app.at(begun)).by(&format!("bo{id}@example.com")).meta("ref_click", &token);
        woo.tell("order.updated", &paid_at(order, woo.app.at(paid))).await;
        let why = woo.why(&id.to_string()).await;
        assert_eq!(credited(&woo, &id.to_string()).await, expected, "{id}: {why}");
    }
}

#[tokio::test]
async fn repair_11_an_order_of_a_platform_that_dates_it_by_its_end_is_not_begun_before() {
    let merchant = TestApp::start().await.merchant().await;
    let link = merchant.anna().await;
    let token = parameter(&merchant.app.click(&text(&link, "url")).await, "ref_click").expect("a token");
    let order = TestOrder::paid("1001", merchant.app.at(-3_600)).token(&token);
    assert_eq!(merchant.shop.post("orders/paid", &order.later(merchant.app.at(60), json!({})).0).await, 200);
    assert_eq!(credited(&merchant, "1001").await, "not_credited");
}

#[tokio::test]
async fn repair_37_refunds_are_the_whole_list_when_they_are_told_and_silence_says_nothing() {
    let shop = custom().await;
    shop.merchant.anna().await;
    let placed = shop.merchant.app.at(0);
    let at = |seconds: i64| shop.merchant.app.at(seconds);
    let told = |seconds: i64, refunds: Option<Value>| {
        let mut fields = json!({"coupon_codes": ["anna10"]});
        if let Some(refunds) = refunds {
            fields["refunds"] = refunds;
        }
        event(placed, at(seconds), &fields)
    };
    let refund = |id: &str, net: &str| json!({"id": id, "net": sek(net)});
    for (seconds, refunds, friend) in [
        (10, Some(json!([refund("r1", "100.00"), refund("r2", "50.00")])), "35.00"),
        (20, None, "35.00"),
        (30, Some(json!([refund("r2", "50.00")])), "45.00"),
        // Too late, and twice.
        (10, Some(json!([refund("r1", "100.00"), refund("r2", "50.00")])), "45.00"),
        (40, Some(json!([])), "50.00"),
        (35, Some(json!([refund("r3", "100.00")])), "50.00"),
        (50, Some(json!(null)), "50.00"),
        (60, Some(json!([refund("r1", "100.00")])), "40.00"),
    ] {
        assert_eq!(shop.post(&told(seconds, refunds.clone())).await, 200);
        let expected = [reward("advocate", "100.00", "approved"), reward("friend", friend, "approved")];
        assert_eq!(shop.merchant.rewards().await, expected, "{seconds}: {refunds:?}");
    }
    let twice = told(70, Some(json!([refund("r1", "1.00"), refund("r1", "2.00")])));
    let (status, problem) = shop.send(&twice).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/data/refunds/1/id")), "{problem}");
}

#[tokio::test]
async fn repair_41_a_sequence_decides_between_two_descriptions_of_one_moment() {
    for backwards in [false, true] {
        let shop = custom().await;
        shop.merchant.anna().await;
        let at = shop.merchant.app.at(0);
        let told = |sequence: u32, net: &str, refunds: Value| {
            let fields = json!({"coupon_codes": ["anna10"], "net": sek(net), "sequence": sequence, "refunds": refunds});
            event(at, at, &fields)
        };
        let refund = json!([{"id": "r1", "net": sek("100.00")}]);
        // Edited downward, and a refund that failed, within one second.
        let mut all = vec![told(1, "500.00", json!([])), told(2, "500.00", refund), told(10, "400.00", json!([]))];
        if backwards {
            all.reverse();
        }
        for event in &all {
            assert_eq!(shop.post(event).await, 200);
        }
        let why = shop.merchant.why("1001").await;
        assert_eq!(
            (&why["net"]["amount"], &why["notes"]),
            (&json!("400.00"), &json!([])),
            "backwards {backwards}: {why}"
        );
    }
    let shop = custom().await;
    let at = shop.merchant.app.at(0);
    let (status, problem) = shop.send(&event(at, at, &json!({"sequence": 1_000_000}))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/data/sequence")), "{problem}");
}

#[tokio::test]
async fn repair_41_the_trail_says_when_two_descriptions_of_one_moment_differ() {
    let shop = custom().await;
    shop.merchant.anna().await;
    let at = shop.merchant.app.at(0);
    let told = |net: &str, seconds: i64| {
        let updated = at.checked_add(jiff::SignedDuration::from_secs(seconds)).expect("in range");
        event(at, updated, &json!({"coupon_codes": ["anna10"], "net": sek(net)}))
    };
    for net in ["500.00", "400.00"] {
        assert_eq!(shop.post(&told(net, 0)).await, 200);
    }
    let why = shop.merchant.why("1001").await;
    assert_eq!(why["net"]["amount"], "500.00", "whichever comes first, the same one counts");
    assert!(why["notes"][0].as_str().is_some_and(|note| note.contains("in different ways for one moment")), "{why}");
    // With a finer time the later one counts, and there is nothing to say.
    assert_eq!(shop.post(&told("400.00", 1)).await, 200);
    let why = shop.merchant.why("1001").await;
    assert_eq!((&why["net"]["amount"], &why["notes"]), (&json!("400.00"), &json!([])), "{why}");
}

#[tokio::test]
async fn repair_42_the_last_click_before_the_order_leads() {
    for backwards in [false, true] {
        let shop = custom().await;
        let (anna, bea) = two_advocates(&shop.merchant).await;
        let app = &shop.merchant.app;
        let mut tokens = Vec::new();
        // In this order: Bea's link first, Anna's a minute later, and Bea's again after the order.
        for link in [&bea, &anna, &bea] {
            tokens.push(parameter(&app.click(&text(link, "url")).await, "ref_click").expect("a token"));
            app.engine.advance(600);
        }
        let placed = app.at(-1_100);
        let mut told: Vec<_> = (0..3)
            .map(|n| {
                event(placed, app.at(-1_000 + i64::try_from(n).expect("small")), &json!({"click_token": tokens[n]}))
            })
            .collect();
        if backwards {
            told.reverse();
        }
        for event in &told {
            assert_eq!(shop.post(event).await, 200);
        }
        assert_eq!(credited(&shop.merchant, "1001").await, "ANNA10", "backwards {backwards}");
        let why = shop.merchant.why("1001").await;
        let reasons: Vec<_> =
            why["candidates"].as_array().expect("a list").iter().map(|line| text(line, "reason")).collect();
        assert!(reasons.iter().any(|reason| reason.ends_with("the click is out of the window")), "{reasons:?}");
        assert!(
            reasons.iter().any(|reason| reason.ends_with("a later description of the order has another click")),
            "{reasons:?}"
        );
    }
}

/// Posts Shopify's word of an order of 500.00 by somebody of her own, and answers how it came out and what was odd.
async fn bought(merchant: &TestMerchant, id: u32, email: &str, code: &str) -> (String, Vec<String>) {
    let buyer = json!({"email": email, "customer": {"id": id}});
    let order = TestOrder::paid(&id.to_string(), merchant.app.at(0)).coupon(code).with(buyer);
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let why = merchant.why(&id.to_string()).await;
    let signals = why["signals"].as_array().expect("a list").iter().map(|line| text(line, "signal"));
    (text(&why, "outcome"), signals.collect())
}

fn flagged(signal: &str) -> (String, Vec<String>) {
    ("flagged".to_owned(), vec![signal.to_owned()])
}

fn clean() -> (String, Vec<String>) {
    ("credited".to_owned(), Vec::new())
}

#[tokio::test]
async fn repair_25_two_who_bring_each_other_wait_for_a_person() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    for (email, code) in [("anna@example.com", "anna10"), ("bo@example.com", "bo10"), ("cleo@example.com", "cleo10")] {
        merchant.link(&program, email, Some(code)).await;
    }
    assert_eq!(bought(&merchant, 1, "bo@example.com", "anna10").await, clean());
    assert_eq!(bought(&merchant, 2, "anna@example.com", "bo10").await, flagged("each_other"));
    // Told again nothing changes, neither for the one nor for the other.
    let again = TestOrder::paid("1", merchant.app.at(60))
        .coupon("anna10")
        .with(json!({"email": "bo@example.com", "customer": {"id": 1}}));
    assert_eq!(merchant.shop.post("orders/updated", &again.0).await, 200);
    assert_eq!(credited(&merchant, "1").await, "ANNA10");
    // Controls: others who come by their links, advocates too.
    assert_eq!(bought(&merchant, 3, "dan@example.com", "bo10").await, clean());
    assert_eq!(bought(&merchant, 4, "cleo@example.com", "bo10").await, clean());
    // A person decides.
    let referral = text(&merchant.why("2").await, "referral");
    let told = json!({"actor": "Eva", "reason": "two real friends"});
    merchant.call(200, Method::POST, &format!("/v1/referrals/{referral}/approve"), told).await;
    assert_eq!(credited(&merchant, "2").await, "BO10");
}

#[tokio::test]
async fn repair_25_thirty_orders_of_one_advocate_within_a_day_wait_for_a_person() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.link(&program, "bea@example.com", Some("bea10")).await;
    let busy = merchant.program(|body| body["review"] = json!({"velocity_per_day": 1000})).await;
    merchant.link(&busy, "anna@example.com", Some("anna-busy")).await;
    for id in 1..=29 {
        assert_eq!(bought(&merchant, id, &format!("b{id}@example.com"), "anna10").await, clean(), "{id}");
    }
    assert_eq!(bought(&merchant, 30, "b30@example.com", "anna10").await, flagged("busy_day"));
    // Controls: another advocate; a program with a number of its own; the day after.
    assert_eq!(bought(&merchant, 31, "b31@example.com", "bea10").await, clean());
    assert_eq!(bought(&merchant, 32, "b32@example.com", "anna-busy").await, clean());
    merchant.app.engine.advance(86_401);
    assert_eq!(bought(&merchant, 33, "b33@example.com", "anna10").await, clean());
}
