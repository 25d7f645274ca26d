//! What is counted where.

use serde_json::{Value, json};
use tests::{BROWSER, TestApp, text};

use super::{DESKTOP, PHONE, Shop};

/// Three visitors, one of them twice, and two orders: one by the token of a click, one by the code alone.
async fn busy(shop: &Shop) {
    let token = shop.click("/email?v=invite.b", PHONE, "SE").await;
    shop.click("/email?v=invite.b", PHONE, "SE").await;
    shop.click("/whatsapp", DESKTOP, "no").await;
    shop.click("", BROWSER, "").await;
    shop.pays(&shop.order(1).token(&token)).await;
    shop.pays(&shop.order(2).coupon("ANNA10")).await;
    shop.pays(&shop.order(3)).await;
    shop.app().drain().await;
}

fn group<'a>(stats: &'a Value, key: &str) -> &'a Value {
    let groups = stats["groups"].as_array().expect("a list");
    &groups.iter().find(|group| group["group"] == key).unwrap_or_else(|| panic!("no {key} in {stats}"))["numbers"]
}

#[tokio::test]
async fn the_funnel_is_counted_by_channel_market_variant_and_device() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    busy(&shop).await;
    let numbers = shop.numbers().await;
    let expected = [
        ("enrolled", json!(1)),
        ("clicks", json!(4)),
        ("clicks_unique", json!(3)),
        ("shares", json!(3)),
        ("sharers", json!(1)),
        ("claims", json!(1)),
        ("orders_credited", json!(2)),
        ("orders_by_click", json!(1)),
        ("orders_by_code", json!(1)),
        ("new_buyers", json!(2)),
        ("revenue_discount", json!({"amount": "50.00", "currency": "SEK"})),
        ("revenue_gross", json!({"amount": "1050.00", "currency": "SEK"})),
        ("revenue_net", json!({"amount": "1000.00", "currency": "SEK"})),
        ("rewards_approved", json!(3)),
        ("advocate_rewards_approved_value", json!({"amount": "200.00", "currency": "SEK"})),
        ("friend_discount", json!({"amount": "50.00", "currency": "SEK"})),
        ("shop_orders", json!(3)),
        ("shop_new_customers", json!(3)),
        ("referral_rate", json!(0.6667)),
        ("friend_conversion", json!(0.6667)),
        ("average_order_others", json!({"amount": "500.00", "currency": "SEK"})),
        ("mails", json!(3)),
    ];
    for (name, value) in expected {
        assert_eq!(numbers.get(name), Some(&value), "{name}");
    }
    let places = [
        ("channel", "email", 2, 1),
        ("channel", "whatsapp", 1, 0),
        ("channel", "unknown", 1, 1),
        ("market", "SE", 2, 1),
        ("market", "NO", 1, 0),
        ("variant", "invite.b", 2, 1),
        ("device", "mobile", 3, 1),
        ("device", "desktop", 1, 0),
    ];
    for (by, key, clicks, orders) in places {
        let stats = shop.stats(&format!("&group_by={by}")).await;
        let found = group(&stats, key);
        assert_eq!((&found["clicks"], &found["orders_credited"]), (&json!(clicks), &json!(orders)), "{by} {key}");
    }
    let month = shop.stats("&group_by=month").await;
    assert_eq!(month["groups"].as_array().expect("a list").len(), 1);
    shop.expect_stats_to_follow_from_pages_of(&[1, 3, 1000]).await;
}

#[tokio::test]
async fn every_number_follows_the_facts_when_they_change() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let token = shop.click("/x", PHONE, "DE").await;
    let order = shop.order(1).token(&token).coupon("ANNA10");
    shop.pays(&order).await;
    app.drain().await;
    // A part goes back, and with it the friend's tenth of it.
    let refund = order.refund(9, "100.00", app.at(60));
    assert_eq!(shop.merchant.shop.post("refunds/create", &refund).await, 200);
    app.drain().await;
    let numbers = shop.numbers().await;
    let sek = |amount: &str| json!({"amount": amount, "currency": "SEK"});
    assert_eq!((&numbers["revenue_refund"], &numbers["revenue_net"]), (&sek("100.00"), &sek("400.00")));
    assert_eq!(numbers["friend_discount"], sek("40.00"));
    shop.expect_stats_to_follow_from_the_log().await;
    // And then all of it is called off.
    let off = order.clone().later(app.at(120), json!({"cancelled_at": app.at(120).to_string()}));
    assert_eq!(shop.merchant.shop.post("orders/cancelled", &off.0).await, 200);
    app.drain().await;
    let numbers = shop.numbers().await;
    assert_eq!((numbers.get("orders_credited"), numbers.get("orders_void")), (None, Some(&json!(1))));
    for gone in ["revenue_gross", "revenue_net", "revenue_refund", "new_buyers", "shop_orders", "friend_discount"] {
        assert_eq!(numbers.get(gone), None, "{gone}");
    }
    assert_eq!(numbers["rewards_void"], json!(2));
    shop.expect_stats_to_follow_from_the_log().await;
}

#[tokio::test]
async fn what_waits_for_a_person_and_what_is_fraud_is_counted_apart() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let own = shop.order(1).coupon("ANNA10").with(json!({"email": "anna@example.com"}));
    shop.pays(&own).await;
    let thrown = shop.order(2).coupon("ANNA10").with(json!({"email": "x@mailinator.com"}));
    shop.pays(&thrown).await;
    app.drain().await;
    let numbers = shop.numbers().await;
    assert_eq!(numbers.get("orders_fraud"), Some(&json!(1)), "{numbers:?}");
    assert_eq!(numbers.get("claims"), Some(&json!(2)));
    shop.expect_stats_to_follow_from_the_log().await;
}

#[tokio::test]
async fn a_buyer_who_comes_again_is_counted_with_the_first_order() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let buyer = |id: u64| json!({"email": format!("bo{id}@example.com"), "customer": {"id": id}});
    shop.pays(&shop.order(1).coupon("ANNA10")).await;
    shop.pays(&shop.order(2)).await;
    shop.pays(&shop.order(3)).await;
    app.days_pass(20).await;
    // Bo 1 came by Anna and comes again; so does Bo 2, by himself, and once more.
    shop.pays(&shop.order(11).with(buyer(1))).await;
    shop.pays(&shop.order(12).with(buyer(2))).await;
    app.days_pass(1).await;
    shop.pays(&shop.order(13).with(buyer(2))).await;
    app.drain().await;
    let numbers = shop.numbers().await;
    assert_eq!(numbers["shop_new_customers"], json!(3));
    assert_eq!((&numbers["shop_referred_again_90"], &numbers["shop_others_again_90"]), (&json!(1), &json!(1)));
    assert_eq!((&numbers["repeat_rate_90_referred"], &numbers["repeat_rate_90_others"]), (&json!(1.0), &json!(0.5)));
    shop.expect_stats_to_follow_from_the_log().await;
}

#[tokio::test]
async fn the_advocates_with_most_orders_are_told_best_first() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let program = json!({"id": shop.program});
    let carl = shop.merchant.link(&program, "carl@example.com", Some("carl10")).await;
    shop.pays(&shop.order(1).coupon("ANNA10")).await;
    for id in 2..4 {
        shop.pays(&shop.order(id).coupon("CARL10")).await;
    }
    app.drain().await;
    let top = shop.stats("&group_by=advocate").await;
    let told: Vec<_> = top["groups"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|group| (text(group, "group"), group["numbers"]["orders_credited"].clone()))
        .collect();
    assert_eq!(told, [(text(&carl, "advocate"), json!(2)), (text(&shop.link, "advocate"), json!(1))]);
    assert!(top["groups"][0]["numbers"]["clicks"].is_null());
    // Carl's orders are called off: the ranking follows.
    for id in 2..4 {
        let off = shop.order(id).coupon("CARL10").later(app.at(60), json!({"cancelled_at": app.at(60).to_string()}));
        assert_eq!(shop.merchant.shop.post("orders/cancelled", &off.0).await, 200);
    }
    app.drain().await;
    let top = shop.stats("&group_by=advocate&limit=1").await;
    assert_eq!(top["groups"][0]["group"], shop.link["advocate"]);
}

#[tokio::test]
async fn a_repeated_write_of_a_click_is_no_second_click() {
    let app = TestApp::with_faults().await;
    let shop = Shop::in_app(&app).await;
    let lost = local::wire::Fault {
        operation: "UpdateItem",
        body_contains: "CLK#",
        trouble: local::wire::Trouble::LoseAnswer,
        times: 1,
    };
    app.engine.wire.inject(lost);
    shop.click("/email", PHONE, "SE").await;
    app.drain().await;
    let numbers = shop.numbers().await;
    assert_eq!((&numbers["clicks"], &numbers["clicks_unique"]), (&json!(1), &json!(1)));
}
