//! A platform's account is a key of its person wherever it is told, for "is it the advocate?" and for "is it a new
//! customer?", in every order of arrival.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::MerchantId;
use shared::domain::order::{Facts, Learnt, OrderEvent, OrderRef, Snapshot};
use shared::settle::remember;
use tests::{TestApp, TestMerchant};

use super::{order, outcome, owed, rule, tell};

const ANNA: &str = "anna@example.com";

/// A merchant whose program takes returning customers, so that nothing but the advocate's own orders is refused.
async fn open_to_all() -> TestMerchant {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|body| body["qualify"]["new_customers_only"] = json!(false)).await;
    merchant.link(&program, ANNA, Some("anna10")).await;
    merchant
}

#[tokio::test]
async fn repair_05_another_address_of_the_advocates_account_is_the_advocate() {
    for arrival in [[0, 1], [1, 0]] {
        let merchant = open_to_all().await;
        // The account is told with her address by an order of her own, and by nothing else.
        let orders =
            [order(&merchant, "1", 0, ANNA, 9, ""), order(&merchant, "2", 60, "other@example.com", 9, "ANNA10")];
        for told in arrival {
            tell(&merchant, &orders[told]).await;
        }
        assert_eq!(rule(&merchant, "2", "self_referral").await, ("yes".into(), "fail".into()), "{arrival:?}");
        assert_eq!((outcome(&merchant, "2").await, owed(&merchant).await), ("not_credited".into(), 0), "{arrival:?}");
        let signals = merchant.why("2").await["signals"].clone();
        assert_eq!(signals[0]["signal"], "same_customer", "{signals}");
        assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
        // A friend with an account of her own, and one without any, are nobody else.
        tell(&merchant, &order(&merchant, "3", 70, "bo@example.com", 10, "ANNA10")).await;
        tell(&merchant, &order(&merchant, "4", 80, "cy@example.com", 0, "ANNA10")).await;
        for friend in ["3", "4"] {
            assert_eq!(outcome(&merchant, friend).await, "credited", "{friend}");
        }
    }
}

#[tokio::test]
async fn repair_05_an_address_that_the_account_was_used_with_is_the_advocate_as_a_guest_too() {
    // Her own order, one with another address, and one with that address and no account: whatever comes last, the last
    // of them was placed by her.
    for arrival in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let merchant = open_to_all().await;
        let orders = [
            order(&merchant, "1", 0, ANNA, 9, ""),
            order(&merchant, "2", 60, "other@example.com", 9, ""),
            order(&merchant, "3", 120, "other@example.com", 0, "ANNA10"),
        ];
        for told in arrival {
            tell(&merchant, &orders[told]).await;
        }
        assert_eq!((outcome(&merchant, "3").await, owed(&merchant).await), ("not_credited".into(), 0), "{arrival:?}");
    }
}

#[tokio::test]
async fn repair_05_an_address_that_two_accounts_share_does_not_make_one_person_of_them() {
    let merchant = open_to_all().await;
    // Anna and her son both have used the family's address.
    tell(&merchant, &order(&merchant, "1", 0, ANNA, 9, "")).await;
    tell(&merchant, &order(&merchant, "2", 10, "family@example.com", 9, "")).await;
    tell(&merchant, &order(&merchant, "3", 20, "family@example.com", 10, "")).await;
    tell(&merchant, &order(&merchant, "4", 30, "son@example.com", 10, "ANNA10")).await;
    assert_eq!(rule(&merchant, "4", "self_referral").await, ("no".into(), "pass".into()));
    assert_eq!(outcome(&merchant, "4").await, "credited");
}

#[tokio::test]
async fn repair_05_a_customer_with_a_second_address_of_the_account_is_no_new_customer() {
    for arrival in [[0, 1], [1, 0]] {
        let merchant = TestApp::start().await.merchant().await;
        merchant.anna().await;
        let orders = [
            order(&merchant, "1", 0, "bo@example.com", 7, ""),
            order(&merchant, "2", 60, "second@example.com", 7, "ANNA10"),
        ];
        for told in arrival {
            tell(&merchant, &orders[told]).await;
        }
        let (input, result) = rule(&merchant, "2", "new_customer").await;
        assert!(input.starts_with("ordered before: order 1 of "), "{arrival:?}: {input}");
        assert_eq!((result.as_str(), owed(&merchant).await), ("fail", 0), "{arrival:?}");
        // Another account of the same shop is another customer; and when the first order is called off, the second is
        // the first.
        tell(&merchant, &order(&merchant, "3", 70, "third@example.com", 8, "ANNA10")).await;
        assert_eq!(outcome(&merchant, "3").await, "credited");
        let called_off = json!({"cancelled_at": merchant.app.at(90).to_string()});
        tell(&merchant, &orders[0].clone().later(merchant.app.at(90), called_off)).await;
        assert_eq!(outcome(&merchant, "2").await, "credited", "{arrival:?}");
    }
}

#[tokio::test]
async fn repair_05_a_guest_is_known_by_the_account_that_the_address_was_used_with() {
    for arrival in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let merchant = TestApp::start().await.merchant().await;
        merchant.anna().await;
        // The second order is called off: it is no purchase, and still tells whose addresses these are.
        let called_off = json!({"cancelled_at": merchant.app.at(60).to_string()});
        let orders = [
            order(&merchant, "1", 0, "bo@example.com", 7, ""),
            order(&merchant, "2", 10, "second@example.com", 7, "").with(called_off),
            order(&merchant, "3", 60, "second@example.com", 0, "ANNA10"),
        ];
        for told in arrival {
            tell(&merchant, &orders[told]).await;
        }
        let (input, result) = rule(&merchant, "3", "new_customer").await;
        assert!(input.starts_with("ordered before: order 1 of "), "{arrival:?}: {input}");
        assert_eq!((result.as_str(), owed(&merchant).await), ("fail", 0), "{arrival:?}");
    }
}

#[tokio::test]
async fn repair_05_who_the_platform_takes_back_a_word_about_is_two_persons_again() {
    let merchant = open_to_all().await;
    let own = order(&merchant, "1", 0, ANNA, 9, "");
    tell(&merchant, &own).await;
    tell(&merchant, &order(&merchant, "2", 60, "other@example.com", 9, "ANNA10")).await;
    assert_eq!(outcome(&merchant, "2").await, "not_credited");
    // It was Bo's order, entered by hand for Anna.
    let bos = json!({"email": "bo@example.com", "customer": {"id": 9}});
    tell(&merchant, &own.later(merchant.app.at(90), bos)).await;
    assert_eq!(outcome(&merchant, "2").await, "credited");
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn repair_05_an_order_of_the_past_tells_the_account_too() {
    let merchant = open_to_all().await;
    let app = &merchant.app.engine.app;
    let owner = app.store.shop(merchant.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    remembered(&merchant, owner.merchant).await;
    tell(&merchant, &order(&merchant, "2", 60, "other@example.com", 9, "ANNA10")).await;
    assert_eq!(rule(&merchant, "2", "self_referral").await, ("yes".into(), "fail".into()));
}

#[tokio::test]
async fn repair_05_an_account_that_the_merchant_tells_of_is_the_advocates() {
    // With her first link, with another one, as what the merchant knows of her, in an import; before her order and after.
    for way in ["link", "again", "customer", "import"] {
        for is_later in [false, true] {
            // An account that comes with a new advocate is there before any code of hers.
            if way == "link" && is_later {
                continue;
            }
            let merchant = TestApp::start().await.merchant().await;
            let program = merchant.program(|body| body["qualify"]["new_customers_only"] = json!(false)).await;
            let account = if way == "link" { json!("9") } else { Value::Null };
            let body = json!({"program": program["id"], "advocate": {"email": ANNA, "customer_id": account}, "code": "anna10"});
            merchant.call(201, Method::POST, "/v1/links", body).await;
            let own = order(&merchant, "2", 60, "other@example.com", 9, "ANNA10");
            if is_later {
                tell(&merchant, &own).await;
                assert_eq!(outcome(&merchant, "2").await, "credited", "{way}");
            }
            tell_account(&merchant, way, &program).await;
            if !is_later {
                tell(&merchant, &own).await;
            }
            merchant.app.days_pass(1).await;
            let end = (rule(&merchant, "2", "self_referral").await.0, outcome(&merchant, "2").await);
            assert_eq!(end, ("yes".into(), "not_credited".into()), "{way}, later: {is_later}");
            assert_eq!(owed(&merchant).await, 0, "{way}, later: {is_later}");
            // A friend is nobody else.
            tell(&merchant, &order(&merchant, "3", 70, "bo@example.com", 10, "ANNA10")).await;
            assert_eq!(outcome(&merchant, "3").await, "credited", "{way}");
        }
    }
}

async fn tell_account(merchant: &TestMerchant, way: &str, program: &Value) {
    let told = json!({"email": ANNA, "shop": merchant.shop.id, "customer_id": "9"});
    match way {
        "again" => {
            let body = json!({"program": program["id"], "advocate": {"email": ANNA, "customer_id": "9"}});
            merchant.call(200, Method::POST, "/v1/links", body).await;
        }
        "customer" => {
            merchant.call(200, Method::PATCH, "/v1/customers", told).await;
        }
        "import" => {
            let answer = merchant.call(200, Method::POST, "/v1/import/customers", told).await;
            assert_eq!((&answer["imported"], &answer["failed"]), (&json!(1), &json!([])));
        }
        _ => {}
    }
}

#[tokio::test]
async fn repair_05_who_comes_by_the_own_link_with_another_address_has_only_looked() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|body| body["qualify"]["new_customers_only"] = json!(false)).await;
    let link = merchant.link(&program, ANNA, Some("anna10")).await;
    let token = tests::parameter(&app.click(&tests::text(&link, "url")).await, "ref_click").expect("a token");
    let own = order(&merchant, "2", 60, "other@example.com", 9, "").token(&token);
    tell(&merchant, &own).await;
    assert_eq!(outcome(&merchant, "2").await, "credited");
    tell(&merchant, &order(&merchant, "1", 0, ANNA, 9, "")).await;
    assert_eq!((outcome(&merchant, "2").await, owed(&merchant).await), ("not_credited".into(), 0));
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
    // And back again: it was another's order.
    let bos = json!({"email": "bo@example.com", "customer": {"id": 9}});
    tell(&merchant, &order(&merchant, "1", 0, ANNA, 9, "").later(app.at(600), bos)).await;
    assert_eq!(outcome(&merchant, "2").await, "credited");
}

#[tokio::test]
async fn repair_05_an_account_is_named_with_its_shop_or_not_at_all() {
    let app = TestApp::start().await;
    let (merchant, other) = (app.merchant().await, app.merchant().await);
    for (told, pointer) in [
        (json!({"email": ANNA, "customer_id": "9"}), "/shop"),
        (json!({"email": ANNA, "shop": merchant.shop.id}), "/customer_id"),
        (json!({"email": ANNA, "shop": other.shop.id, "customer_id": "9"}), "/shop"),
    ] {
        let items = app.items();
        let problem = merchant.call(422, Method::PATCH, "/v1/customers", told.clone()).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{told}");
        assert_eq!(app.items(), items, "{told}");
    }
}

/// Reads Anna's order of the past, as a backfill does.
async fn remembered(merchant: &TestMerchant, owner: MerchantId) {
    let app = &merchant.app.engine.app;
    let shop = merchant.shop.id.parse().expect("an id");
    let at = merchant.app.at(-9_000_000);
    let keys = &app.config.keys;
    let email = ANNA.parse().expect("an address");
    let learnt = |value| Some(Learnt { as_of: at, value });
    let facts = Facts {
        snapshot: Some(Snapshot {
            net: 50_000,
            total: 62_500,
            ..Snapshot::bare(at, "SEK".parse().expect("a currency"))
        }),
        paid_at: Some(at),
        by_email: learnt(keys.person_by_email(owner, &email)),
        by_customer_id: learnt(keys.person_by_customer_id(owner, &merchant.shop.id, "9")),
        ..Facts::default()
    };
    let order = OrderRef { shop, id: "1".parse().expect("an id") };
    let event = OrderEvent { order, facts, contact: None, customer_id: None };
    assert!(remember(app, owner, &event).await.expect("remembers"));
}
