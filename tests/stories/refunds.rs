//! Money goes back as it came: refunds in part, in full, before the order, after the mail; cancellations.

use serde_json::json;
use tests::{TestApp, TestOrder, reward, text};

#[tokio::test]
async fn a_partial_refund_takes_back_its_share_of_the_percentage_and_nothing_of_the_flat_reward() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/paid", &order.0).await;
    assert_eq!(shop.shop.post("refunds/create", &order.refund(1, "125.00", app.at(100))).await, 200);
    assert_eq!(shop.rewards().await, [reward("advocate", "100.00", "approved"), reward("friend", "37.50", "approved")]);
    // The same refund inside the order's own update is the same refund.
    let refund = order.refund(1, "125.00", app.at(100));
    let update =
        order.clone().later(app.at(101), json!({"financial_status": "partially_refunded", "refunds": [refund]}));
    shop.shop.post("orders/updated", &update.0).await;
    assert_eq!(shop.rewards().await[1], reward("friend", "37.50", "approved"));
    let why = shop.why("1001").await;
    assert_eq!((&why["net"]["amount"], &why["refunded"]["amount"]), (&json!("375.00"), &json!("125.00")));

    // A second refund takes it below the minimum of 300.00: all goes back.
    shop.shop.post("refunds/create", &order.refund(2, "75.01", app.at(200))).await;
    let why = shop.why("1001").await;
    assert_eq!(why["outcome"], "void", "{why}");
    assert_eq!(shop.rewards().await.iter().filter(|(_, _, state)| state == "void").count(), 2);
    let ledger = shop.ledger(&link["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"]["liability"], "0.00");
    let checked = shop.get("/v1/ledger/check").await;
    assert_eq!(checked, json!({"balanced": true, "postings": 3, "problems": [], "next": null}));
    let causes: Vec<_> = ledger["data"].as_array().expect("a list").iter().map(|entry| text(entry, "cause")).collect();
    assert_eq!(causes, ["order 1001 paid", "order 1001 refunded"], "the advocate's own lines only");
}

#[tokio::test]
async fn a_refund_that_comes_before_its_order_waits_for_it() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    assert_eq!(shop.shop.post("refunds/create", &order.refund(1, "125.00", app.at(100))).await, 200);
    assert!(text(&shop.why("1001").await, "sentence").contains("refund has come"));
    shop.shop.post("orders/paid", &order.0).await;
    assert_eq!(shop.rewards().await, [reward("advocate", "100.00", "approved"), reward("friend", "37.50", "approved")]);
}

#[tokio::test]
async fn a_cancelled_order_is_void_whichever_webhook_comes_first() {
    for cancelled_first in [false, true] {
        let app = TestApp::start().await;
        let shop = app.merchant().await;
        let link = shop.anna().await;
        let paid = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
        let cancelled = paid
            .clone()
            .later(app.at(50), json!({"cancelled_at": app.at(50).to_string(), "financial_status": "refunded"}));
        let topics = [("orders/paid", paid), ("orders/cancelled", cancelled)];
        let order: Vec<_> = if cancelled_first { topics.iter().rev().collect() } else { topics.iter().collect() };
        for (topic, body) in order {
            assert_eq!(shop.shop.post(topic, &body.0).await, 200);
        }
        app.drain().await;
        assert_eq!(shop.why("1001").await["outcome"], "void");
        let owed = shop.ledger(&link["advocate"]).await;
        let liability = owed["balances"]["SEK"]["liability"].as_str().unwrap_or("0.00").to_owned();
        assert_eq!(liability, "0.00");
        assert_eq!(app.mails(), [], "a mail goes out only while its reward stands");
    }
}

#[tokio::test]
async fn a_refund_after_the_mail_still_goes_back() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/paid", &order.0).await;
    app.drain().await;
    shop.expect_one_referral("1001").await;
    shop.shop.post("refunds/create", &order.refund(1, "500.00", app.at(100))).await;
    app.drain().await;
    assert_eq!(shop.rewards().await, [reward("advocate", "100.00", "void"), reward("friend", "50.00", "void")]);
    assert_eq!(app.mails().len(), 3, "the advocate is told that it is gone");
}

#[tokio::test]
async fn yen_has_no_decimals_and_dinar_three() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    for (n, (currency, fixed, net, share)) in
        [("JPY", "500", "3334", "333"), ("KWD", "1.250", "12.345", "1.234")].into_iter().enumerate()
    {
        let money = |amount: &str| json!({"amount": amount, "currency": currency});
        let program = shop.program(|program| {
            program["qualify"] = json!({});
            program["rewards"]["advocate"][0]["value"] = money(fixed);
        });
        let code = format!("CODE{currency}");
        let program = program.await;
        shop.link(&program, &format!("advocate{n}@example.com"), Some(&code)).await;
        let order = TestOrder::paid(&format!("4{n}"), app.at(0)).coupon(&code).with(json!({"currency": currency, "total_price": net,
            "email": format!("b{n}@example.com"), "line_items": [{"price": net, "quantity": 1, "discount_allocations": []}],
            "discount_codes": [{"code": code, "amount": share, "type": "percentage"}]}));
        shop.shop.post("orders/paid", &order.0).await;
        let why = shop.why(&format!("4{n}")).await;
        assert_eq!(why["net"], money(net), "{why}");
        let rewards = shop.rewards().await;
        assert!(
            rewards.contains(&reward("advocate", fixed, "approved"))
                && rewards.contains(&reward("friend", share, "approved")),
            "{rewards:?}"
        );
    }
}
