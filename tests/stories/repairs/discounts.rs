//! The friend's discount that is the code itself: what the shop took off for it is booked and told, and nothing else.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, WooOrder, parameter, text};

use crate::bigcommerce::{Store, order};

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// The friend's reward of an order: its amount, state, and how its value is known.
async fn friends(merchant: &TestMerchant, order: &str) -> String {
    let rewards = merchant.get("/v1/rewards?side=friend").await;
    let mut all = rewards["data"].as_array().expect("a list").iter();
    let found = all.find(|reward| reward["order"]["id"] == order);
    found.map_or_else(String::new, |reward| {
        let basis = reward["basis"].as_str().unwrap_or("none");
        format!("{} {} {basis}", text(&reward["value"], "amount"), text(reward, "state"))
    })
}

fn told(amount: &str) -> String {
    format!("{amount} approved told")
}

const NONE: &str = "";
const ESTIMATE: &str = "50.00 approved estimate";

fn is_void(reward: &str) -> bool {
    reward.contains(" void ")
}

/// What the trail says of the discount, and that the advocate has the reward all the same; and the decision is replayed.
async fn trail(merchant: &TestMerchant, order: &str) -> String {
    let path = format!("/v1/orders/{}/{order}/why?replay=true", merchant.shop.id);
    let why = merchant.get(&path).await;
    assert_eq!((&why["outcome"], &why["replay"]["equal"]), (&json!("credited"), &json!(true)), "{why}");
    let advocate = why["rewards"].as_array().expect("lines").iter().find(|line| line["side"] == "advocate");
    assert_eq!(advocate.map(|line| &line["outcome"]), Some(&json!("pass")), "{why}");
    let rule = why["rules"].as_array().expect("lines").iter().find(|line| line["rule"] == "discount");
    rule.map_or_else(String::new, |line| text(line, "input"))
}

/// Mails to this friend, as text.
async fn mails(merchant: &TestMerchant, to: &str) -> Vec<String> {
    merchant.app.drain().await;
    let mails = merchant.app.engine.inbox.mails().into_iter().filter(|mail| mail.to == to);
    mails.map(|mail| mail.text.replace('\u{a0}', " ")).collect()
}

async fn post(merchant: &TestMerchant, order: &TestOrder) {
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
}

const NOT_USED: &str = "the code was not used at the checkout, so the shop took nothing off";

#[tokio::test]
async fn repair_27_shopify_who_used_no_code_had_no_discount_and_who_did_what_the_shop_took_off() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    let link = merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.link(&program, "bea@example.com", Some("bea10")).await;
    let landing = merchant.app.click(&text(&link, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    let by = |id: u32| {
        let fields = json!({"email": format!("bo{id}@example.com"), "customer": {"id": 7000 + id, "first_name": "Bo"}});
        TestOrder::paid(&id.to_string(), merchant.app.at(i64::from(id))).with(fields)
    };
    let codes = |codes: &[(&str, &str)]| {
        let codes = codes.iter().map(|(code, amount)| json!({"code": code, "amount": amount, "type": "percentage"}));
        json!({"discount_codes": codes.collect::<Vec<_>>()})
    };
    let took = |amount: &str| format!("the shop took off {amount} SEK for the code");
    for (id, order, expected, says, mailed) in [
        (1, by(1).token(&token), NONE.to_owned(), NOT_USED.to_owned(), 0),
        (2, by(2).token(&token).with(codes(&[("anna10", "80.00")])), told("80.00"), took("80.00"), 1),
        (3, by(3).with(codes(&[("ANNA10", "80.00")])), told("80.00"), took("80.00"), 1),
        (4, by(4).with(codes(&[("ANNA10", "0.00")])), NONE.to_owned(), took("0.00"), 0),
        (5, by(5).with(codes(&[("bea10", "30.00"), ("anna10", "80.00")])), told("80.00"), took("80.00"), 1),
        (6, by(6).token(&token).with(codes(&[("summer", "80.00")])), NONE.to_owned(), NOT_USED.to_owned(), 0),
    ] {
        post(&merchant, &order).await;
        post(&merchant, &order).await;
        assert_eq!(friends(&merchant, &id.to_string()).await, expected, "{id}");
        assert_eq!(trail(&merchant, &id.to_string()).await, says, "{id}");
        let mails = mails(&merchant, &format!("bo{id}@example.com")).await;
        assert_eq!(mails.len(), mailed, "{id}: {mails:?}");
    }
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn repair_27_shopify_books_without_tax_what_the_friend_saw_with_it() {
    let merchant = TestApp::start().await.merchant().await;
    merchant.anna().await;
    // 1,000.00 with 25 % less 100.00 of the code and 50.00 of something else; a book with 6 % less 10.60 of the code.
    let line = |id: u32, price: &str, allocations: Value, tax: &str| {
        json!({"id": id, "sku": "S", "price": price, "quantity": 1, "gift_card": false,
            "discount_allocations": allocations, "tax_lines": [{"price": tax}]})
    };
    let of = |index: u32, amount: &str| json!({"amount": amount, "discount_application_index": index});
    let fields = json!({"taxes_included": true, "total_price": "945.40", "subtotal_price": "945.40",
        "discount_codes": [{"code": "anna10", "amount": "110.60", "type": "percentage"}],
        "discount_applications": [{"type": "automatic", "title": "Sale"}, {"type": "discount_code", "code": "anna10"}],
        "line_items": [line(1, "1000.00", json!([of(0, "50.00"), of(1, "100.00")]), "170.00"),
            line(2, "106.00", json!([of(1, "10.60")]), "5.40")]});
    let order = TestOrder::paid("1", merchant.app.at(0)).with(fields);
    post(&merchant, &order).await;
    assert_eq!(friends(&merchant, "1").await, told("90.00"));
    assert_eq!(trail(&merchant, "1").await, "the shop took off 90.00 SEK for the code, 110.60 SEK with tax");
    let mails = mails(&merchant, "bo@example.com").await;
    assert!(mails.len() == 1 && mails[0].contains("110,60") && !mails[0].contains("90,00"), "{mails:?}");
}

#[tokio::test]
async fn repair_27_refunds_and_edits_change_it_as_facts_do_in_any_order() {
    for reversed in [false, true] {
        let merchant = TestApp::start().await.merchant().await;
        let link = merchant.anna().await;
        let order = TestOrder::paid("1", merchant.app.at(0));
        let code =
            |amount: &str| json!({"discount_codes": [{"code": "anna10", "amount": amount, "type": "fixed_amount"}]});
        let first = order.clone().with(code("60.00"));
        let edited = order.clone().later(merchant.app.at(60), code("80.00"));
        let mut arrival = [
            ("orders/paid", first.0),
            ("orders/updated", edited.0),
            ("refunds/create", order.refund(1, "125.00", merchant.app.at(100))),
        ];
        if reversed {
            arrival.reverse();
        }
        for (topic, body) in arrival.iter().chain(&arrival) {
            assert_eq!(merchant.shop.post(topic, body).await, 200);
        }
        // A quarter of the order went back, and with it a quarter of its discount.
        assert_eq!(friends(&merchant, "1").await, told("60.00"), "{reversed}");
        trail(&merchant, "1").await;
        let gone = order.later(merchant.app.at(200), json!({"discount_codes": []}));
        assert_eq!(merchant.shop.post("orders/updated", &gone.0).await, 200);
        assert!(is_void(&friends(&merchant, "1").await), "{reversed}");
        assert_eq!(trail(&merchant, "1").await, NOT_USED);
        let balances = merchant.ledger(&link["advocate"]).await["balances"].clone();
        assert_eq!(balances["SEK"]["liability"], "100.00", "the advocate's stays");
    }
}

#[tokio::test]
async fn repair_27_woocommerce_takes_off_80_and_shows_100_where_prices_have_tax() {
    let woo = TestApp::start().await.woo(None).await;
    let anna = woo.anna().await;
    let landing = woo.app.click(&text(&anna, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    // 800.00 and its tax, less a tenth.
    let line = json!([{"id": 31, "product_id": 93, "quantity": 1, "subtotal": "800.00", "subtotal_tax": "200.00",
        "total": "720.00", "total_tax": "180.00", "sku": "S", "meta_data": []}]);
    let sums = |code: &str, discount: &str, tax: &str, with_tax: bool| {
        json!({"prices_include_tax": with_tax, "line_items": line, "total": "962.50", "total_tax": "192.50",
            "discount_total": "80.00", "discount_tax": "20.00",
            "coupon_lines": [{"id": 40, "code": code, "discount": discount, "discount_tax": tax}]})
    };
    let by = |id: u64| WooOrder::paid(id, woo.app.at(0)).by(&format!("bo{id}@example.com"));
    let plain = "the shop took off 80.00 SEK for the code";
    let with_tax: &str = &format!("{plain}, 100.00 SEK with tax");
    for (id, order, expected, says, mail) in [
        (1, by(1).with(sums("anna10", "80.00", "20.00", true)), told("80.00"), with_tax, Some("100 kr")),
        (2, by(2).with(sums("Anna10", "0", "0", true)), told("80.00"), with_tax, Some("100 kr")),
        (3, by(3).with(sums("anna10", "80.00", "20.00", false)), told("80.00"), plain, Some("80 kr")),
        (4, by(4).meta("ref_click", &token), NONE.to_owned(), NOT_USED, None),
    ] {
        woo.tell("order.created", &order).await;
        assert_eq!(friends(&woo, &id.to_string()).await, expected, "{id}");
        assert_eq!(trail(&woo, &id.to_string()).await, says, "{id}");
        let mails = mails(&woo, &format!("bo{id}@example.com")).await;
        assert_eq!(mails.len(), usize::from(mail.is_some()), "{id}");
        assert!(mail.is_none_or(|amount| mails[0].contains(amount)), "{id}: {mails:?}");
    }
}

#[tokio::test]
async fn repair_27_bigcommerce_says_what_its_coupon_took_off() {
    let store = Store::start().await;
    let merchant = &store.shop.merchant;
    store.tell(order(1, store.at(0))).await;
    assert_eq!(friends(merchant, "1").await, told("50.00"));
    // Prices with tax: 62.50 less on the receipt.
    let with_tax = json!({"is_tax_inclusive_pricing": true, "coupon_discount": "62.5000",
        "billing_address": {"email": "cy@example.com"}, "customer_id": 8});
    let coupon =
        |discount: Value| json!([{"id": 1, "code": "anna10", "amount": "10.0000", "type": 1, "discount": discount}]);
    store.tell(order(2, store.at(0)).with(with_tax).with_coupons(coupon(json!("62.5000")))).await;
    assert_eq!(friends(merchant, "2").await, told("50.00"));
    assert_eq!(trail(merchant, "2").await, "the shop took off 50.00 SEK for the code, 62.50 SEK with tax");
    // A coupon that does not say: an estimate, which nobody is told.
    let buyer = |id: u32| json!({"billing_address": {"email": format!("bo{id}@example.com")}, "customer_id": 10 + id});
    store.tell(order(3, store.at(0)).with(buyer(3)).with_coupons(coupon(Value::Null))).await;
    assert_eq!(friends(merchant, "3").await, ESTIMATE);
    assert!(mails(merchant, "bo3@example.com").await.is_empty());
    assert_eq!(mails(merchant, "cy@example.com").await.len(), 1);
}

#[tokio::test]
async fn repair_27_signed_events_tell_a_discount_or_are_silent_of_it() {
    let merchant = TestApp::start().await.merchant().await;
    let link = merchant.anna().await;
    let landing = merchant.app.click(&text(&link, "url")).await;
    let token = parameter(&landing, "ref_click").expect("a token");
    let tell = async |id: &str, second: i64, fields: Value| {
        let mut body = json!({"shop": merchant.shop.id, "id": id, "placed_at": merchant.app.at(0).to_string(),
            "updated_at": merchant.app.at(second).to_string(), "state": "paid", "currency": "SEK",
            "customer": {"email": format!("bo{id}@example.com"), "locale": "sv"}, "net": sek("500.00"), "total": sek("625.00")});
        for (name, value) in fields.as_object().expect("an object") {
            body[name] = value.clone();
        }
        merchant.call(202, Method::POST, "/v1/orders", body).await;
        friends(&merchant, id).await
    };
    // Only that it was used: an estimate, of which nobody is told, until the shop says more.
    assert_eq!(tell("1", 0, json!({"coupon_codes": ["anna10"]})).await, ESTIMATE);
    assert!(trail(&merchant, "1").await.contains("did not tell what it took off"));
    assert!(mails(&merchant, "bo1@example.com").await.is_empty());
    let discounts = json!([{"code": "ANNA10", "amount": sek("80.00"), "shown": sek("100.00")}]);
    assert_eq!(tell("1", 10, json!({"discounts": discounts})).await, told("80.00"));
    let mailed = mails(&merchant, "bo1@example.com").await;
    assert!(mailed.len() == 1 && mailed[0].contains("100 kr"), "{mailed:?}");
    // Silence takes nothing off, a list without it does.
    assert_eq!(tell("1", 20, json!({})).await, told("80.00"));
    let refunds = json!([{"id": "r1", "net": sek("100.00")}]);
    assert_eq!(tell("1", 30, json!({"refunds": refunds})).await, told("64.00"));
    assert!(is_void(&tell("1", 40, json!({"refunds": [], "coupon_codes": []})).await));
    // Nobody said that the code was used.
    assert_eq!(tell("2", 0, json!({"click_token": token})).await, NONE);
    assert!(trail(&merchant, "2").await.starts_with("the shop did not tell"));
    assert_eq!(tell("3", 0, json!({"click_token": token, "coupon_codes": []})).await, NONE);
    assert_eq!(trail(&merchant, "3").await, NOT_USED);
    let other = json!([{"code": "X", "amount": sek("1.00"), "shown": {"amount": "1.00", "currency": "EUR"}}]);
    let wrong = json!({"shop": merchant.shop.id, "id": "4", "placed_at": merchant.app.at(0).to_string(),
        "updated_at": merchant.app.at(0).to_string(), "state": "paid", "currency": "SEK", "net": sek("1.00"),
        "total": sek("1.00"), "discounts": other});
    let refused = merchant.call(422, Method::POST, "/v1/orders", wrong).await;
    assert!(refused.to_string().contains("/discounts/0/shown"), "{refused}");
}
