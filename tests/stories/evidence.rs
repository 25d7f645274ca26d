//! What says that an order came by a link: several things at once, or a code that everybody knows.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, parameter, text};

/// A merchant with the links ANNA10 and BEA10 in one program.
async fn anna_and_bea() -> (TestMerchant, [Value; 2]) {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    let anna = merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let bea = merchant.link(&program, "bea@example.com", Some("bea10")).await;
    (merchant, [anna, bea])
}

/// Posts an order and answers why it was decided as it was, and whose code and evidence led.
async fn led(merchant: &TestMerchant, id: &str, order: TestOrder) -> (Value, [String; 2]) {
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let why = merchant.why(id).await;
    let all = why["candidates"].as_array().expect("a list");
    let leading: Vec<_> = all.iter().filter(|candidate| candidate["outcome"] == "won").collect();
    assert_eq!(leading.len(), 1, "{why}");
    let leading = [text(leading[0], "code"), text(leading[0], "kind")];
    (why, leading)
}

#[tokio::test]
async fn edge_20_of_two_links_codes_one_counts_and_which_does_not_depend_on_their_order() {
    for codes in [["anna10", "bea10"], ["bea10", "anna10"]] {
        let (merchant, _) = anna_and_bea().await;
        let codes: Vec<_> = codes.iter().map(|code| json!({"code": code, "amount": "50.00"})).collect();
        let order = TestOrder::paid("1001", merchant.app.at(0)).with(json!({"discount_codes": codes}));
        let (why, leading) = led(&merchant, "1001", order).await;
        assert_eq!(leading, ["ANNA10", "coupon"], "{why}");
        assert_eq!(why["candidates"].as_array().map(Vec::len), Some(2), "both are on record: {why}");
        merchant.app.drain().await;
        merchant.expect_one_referral("1001").await;
    }
}

#[tokio::test]
async fn edge_20_a_code_counts_before_a_click_on_another_link_and_a_cart_before_a_landing() {
    let (merchant, [anna, bea]) = anna_and_bea().await;
    let location = merchant.app.click(&text(&bea, "url")).await;
    let token = parameter(&location, "ref_click").expect("a token");
    let order = TestOrder::paid("1001", merchant.app.at(5)).coupon("ANNA10").token(&token);
    let (why, leading) = led(&merchant, "1001", order).await;
    assert_eq!(leading, ["ANNA10", "coupon"], "{why}");
    merchant.app.drain().await;
    merchant.expect_one_referral("1001").await;

    let landed = merchant.app.click(&text(&anna, "url")).await;
    let other = json!({"email": "cy@example.com", "customer": {"id": 7002}});
    let order = TestOrder::paid("1002", merchant.app.at(10)).token(&token).landing(&landed).with(other);
    let (why, leading) = led(&merchant, "1002", order).await;
    assert_eq!(leading, ["BEA10", "click"], "{why}");
    assert_eq!(merchant.rewards().await.len(), 3, "two, and the advocate's alone where no code was used");
}

#[tokio::test]
async fn edge_22_a_code_used_often_on_one_day_without_a_click_waits_for_a_person() {
    let merchant = TestApp::start().await.merchant().await;
    let review = json!({"flag_at": 40, "reject_at": 100, "codes_without_click_per_day": 2});
    let program = merchant.program(|program| program["review"] = review).await;
    let link = merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let order = |n: u32| {
        let buyer = json!({"email": format!("buyer{n}@example.com"), "customer": {"id": 7000 + n}});
        TestOrder::paid(&n.to_string(), merchant.app.at(5)).coupon("ANNA10").with(buyer)
    };
    for n in 1..=2 {
        assert_eq!(merchant.shop.post("orders/paid", &order(n).0).await, 200);
        assert_eq!(merchant.why(&n.to_string()).await["outcome"], "credited", "{n}");
    }
    assert_eq!(merchant.shop.post("orders/paid", &order(3).0).await, 200);
    let why = merchant.why("3").await;
    assert_eq!(why["outcome"], "flagged", "{why}");
    assert_eq!(
        (&why["signals"][0]["signal"], why["signals"].as_array().map(Vec::len)),
        (&json!("leaked_code"), Some(1))
    );
    // Who comes by the link is not meant, and the next day the count begins anew.
    let token = parameter(&merchant.app.click(&text(&link, "url")).await, "ref_click").expect("a token");
    assert_eq!(merchant.shop.post("orders/paid", &order(4).token(&token).0).await, 200);
    assert_eq!(merchant.why("4").await["outcome"], "credited");
    merchant.app.days_pass(1).await;
    assert_eq!(merchant.shop.post("orders/paid", &order(5).0).await, 200);
    assert_eq!(merchant.why("5").await["outcome"], "credited");
    let referral = text(&why, "referral");
    let told = json!({"actor": "Eva", "reason": "on a coupon site"});
    merchant.call(200, Method::POST, &format!("/v1/referrals/{referral}/reject"), told).await;
    assert_eq!(merchant.why("3").await["outcome"], "not_credited");
}
