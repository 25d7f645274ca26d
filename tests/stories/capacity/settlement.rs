//! The flows of settlement: limits, coupons, what people do, what time does, what is taken back. What goes through the API
//! includes one read for the key.

use local::meter::Usage;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Receiver, TestApp, TestMerchant, TestPool, codes, text};

use super::{Bill, TIMERS, budget, cost, link, order, sek, webhook};

/// Posts to the API, with these ids in the route's places.
async fn call(merchant: &TestMerchant, status: u16, route: &str, ids: &[&str], body: Value) -> Usage {
    let places = ["{shop}", "{order}", "{id}"].into_iter().filter(|place| route.contains(place));
    let path = places.zip(ids).fold(route.to_owned(), |path, (place, id)| path.replace(place, id));
    cost(&merchant.app, &format!("POST {route}"), merchant.call(status, Method::POST, &path, body)).await
}

async fn paid(merchant: &TestMerchant, id: &str, code: &str) -> Usage {
    webhook(merchant, "orders/paid", &order(merchant, id, code).0).await
}

/// What an order made: its referral, and the advocate's reward.
async fn made_by(merchant: &TestMerchant, order: &str) -> (String, String) {
    let why = merchant.why(order).await;
    let referral = text(&why, "referral");
    let rewards = merchant.get(&format!("/v1/rewards?referral={referral}")).await;
    let rewards = rewards["data"].as_array().expect("a list");
    let reward = rewards.iter().find(|reward| reward["side"] == "advocate").expect("the advocate's");
    (referral, text(reward, "id"))
}

/// A tick of the timers.
async fn tick(app: &TestApp) -> Usage {
    cost(app, TIMERS, async { app.engine.tick().await.expect("ticks") }).await
}

#[tokio::test]
async fn what_limits_cost() {
    let merchant = TestApp::start().await.merchant().await;
    let mut bill = Bill::default();
    let limit = json!({"count": 100, "value": sek("10000.00")});
    let cap = json!({"month": limit, "lifetime": limit});
    link(&merchant, "capped", |body| body["rewards"]["advocate"][0]["cap"] = cap).await;
    let capped = paid(&merchant, "10", "capped").await;
    bill.add("order, caps of a month and a lifetime, by count and value", capped, (12.0, 26.0));

    // Each shard has 200.00. The ids 1 and 9 lead to the same one.
    link(&merchant, "budget", |body| body["budget"] = budget("1600.00")).await;
    bill.add("order, its shard of the budget has room", paid(&merchant, "1", "budget").await, (11.0, 24.0));
    bill.add("order, its shard is short: two shards", paid(&merchant, "9", "budget").await, (19.0, 26.0));
    link(&merchant, "crumbs", |body| body["budget"] = budget("150.00")).await;
    bill.add("order, the last of a budget: all shards", paid(&merchant, "11", "crumbs").await, (19.0, 41.0));
    link(&merchant, "nothing", |body| body["budget"] = budget("40.00")).await;
    let refused = paid(&merchant, "12", "nothing").await;
    bill.add("order with which a budget runs out", refused, (16.0, 29.0));
    bill.add("order after that", paid(&merchant, "13", "nothing").await, (8.0, 7.0));
    for (order, outcome) in [("9", "credited"), ("11", "credited"), ("12", "not_credited"), ("13", "not_credited")] {
        assert_eq!(merchant.why(order).await["outcome"], outcome, "{order}");
    }
    bill.settle();
}

#[tokio::test]
async fn what_people_and_machines_do_costs() {
    let merchant = TestApp::start().await.merchant().await;
    let app = &merchant.app;
    let mut bill = Bill::default();

    let pool = TestPool::new(&merchant, 20).await;
    pool.add(200, &codes("Gift", 60)).await;
    let from_pool = |body: &mut Value| {
        body["rewards"]["advocate"][0]["fulfilment"] = json!("coupon_pool");
        body["rewards"]["advocate"][0]["pool"] = json!(pool.id);
    };
    link(&merchant, "pooled", from_pool).await;
    // Where it looks for a free code is drawn; now and then there is none behind, and it looks once more.
    bill.add("order, a coupon from a pool", paid(&merchant, "10", "pooled").await, (14.0, 26.0));

    // More than one a day is odd here.
    let review = json!({"flag_at": 30, "velocity_per_day": 1});
    link(&merchant, "wary", |body| body["review"] = review).await;
    paid(&merchant, "16", "wary").await;
    bill.add("order, flagged", paid(&merchant, "11", "wary").await, (9.0, 18.0));
    let (referral, _) = made_by(&merchant, "11").await;
    let told = json!({"actor": "Eva", "reason": "known to us"});
    let approve = call(&merchant, 200, "/v1/referrals/{id}/approve", &[&referral], told).await;
    bill.add("verdict on a flagged referral", approve, (12.0, 22.0));

    link(&merchant, "anna10", |_| ()).await;
    paid(&merchant, "12", "anna10").await;
    let (_, reward) = made_by(&merchant, "12").await;
    let handed = json!({"actor": "Eva", "coupon": "ANNA-100"});
    let fulfil = call(&merchant, 200, "/v1/rewards/{id}/fulfil", &[&reward], handed).await;
    // One of them is who gets it, half for the advocate and half for the profile.
    bill.add("hand-over", fulfil, (11.0, 14.0));
    let used = json!({"id": "u1", "actor": "till 4"});
    let redeem = call(&merchant, 200, "/v1/rewards/{id}/redeem", &[&reward], used).await;
    bill.add("redeem", redeem, (11.0, 16.0));
    let refund = order(&merchant, "12", "anna10").refund(1, "500.00", app.at(60));
    bill.add("clawback after use", webhook(&merchant, "refunds/create", &refund).await, (8.0, 15.0));
    bill.add("the next order, which makes good for it", paid(&merchant, "13", "anna10").await, (10.0, 21.0));

    link(&merchant, "plain", |_| ()).await;
    let stranger = order(&merchant, "14", "nobody").with(json!({"discount_codes": []}));
    webhook(&merchant, "orders/paid", &stranger.0).await;
    let said = json!({"code": "plain", "actor": "Eva", "reason": "Anna wrote to us"});
    let ids = [merchant.shop.id.as_str(), "14"];
    let claim = call(&merchant, 200, "/v1/orders/{shop}/{order}/attribute", &ids, said).await;
    bill.add("late claim", claim, (14.0, 21.0));
    let grant = json!({"code": "PLAIN", "actor": "Eva", "reason": "a surprise",
        "reward": {"kind": "fixed", "value": sek("50.00"), "fulfilment": "manual"}});
    bill.add("grant", call(&merchant, 201, "/v1/rewards", &[], grant).await, (10.0, 16.0));

    link(&merchant, "brief", |body| body["rewards"]["advocate"][0]["expires_days"] = json!(30)).await;
    paid(&merchant, "15", "brief").await;
    app.drain().await;
    let receiver = Receiver::start().await;
    let endpoint = merchant.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": receiver.url})).await;
    let by_webhook = |body: &mut Value| {
        body["rewards"]["advocate"][0]["fulfilment"] = json!("webhook");
        body["rewards"]["advocate"][0]["endpoint"] = endpoint["id"].clone();
        body["rewards"]["friend"] = json!([]);
    };
    link(&merchant, "called", by_webhook).await;
    bill.add("order, one reward, handed over by webhook", paid(&merchant, "17", "called").await, (10.0, 19.0));
    let handed = cost(app, "stream announce", app.drain()).await;
    bill.add("the webhook and the hand-over", handed, (13.0, 23.0));
    bill.add("timers, nothing due", tick(app).await, (20.0, 0.0));
    app.engine.advance(31 * 86_400);
    bill.add("timers, a reward expires", tick(app).await, (29.0, 17.0));
    bill.settle();
}
