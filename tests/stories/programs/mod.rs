//! Setting up programs: what is taken is shown again as it was sent.

mod faults;
mod warnings;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestPool, text};

const PROGRAMS: &str = "/v1/programs";
const VALIDATE: &str = "/v1/programs/validate";

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// A plain program: 10 % to the friend and 100.00 to the advocate, from 300.00 on.
fn plain(merchant: &TestMerchant) -> Value {
    json!({"name": "Give 10 %, get 100 kr", "shop": merchant.shop.id, "destination": format!("{}/", merchant.shop.site),
        "qualify": {"new_customers_only": true, "minimum_order": sek("300.00")},
        "rewards": {"friend": [{"kind": "percent", "percent": "10", "fulfilment": "code_at_checkout"}],
            "advocate": [{"kind": "fixed", "value": sek("100.00"), "fulfilment": "manual"}]}})
}

/// Puts a value at a JSON pointer, also where there is none yet; `null` takes it away.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut at = body;
    for part in pointer.trim_start_matches('/').split('/') {
        at = match part.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[part],
        };
    }
    *at = value;
}

#[tokio::test]
async fn a_program_with_everything_is_shown_as_it_was_sent() {
    let merchant = TestApp::start().await.merchant().await;
    let pool = TestPool::new(&merchant, 0).await;
    let url = json!({"url": "https://hooks.example/goodword"});
    let endpoint = text(&merchant.call(201, Method::POST, "/v1/webhook-endpoints", url).await, "id");
    let body = json!({"name": "Everything", "shop": merchant.shop.id, "destination": format!("{}/", merchant.shop.site),
        "window_days": 365, "hold_days": 0, "hold_from": "delivered", "state": "paused",
        "starts_at": "2026-11-01T00:00:00.000Z", "ends_at": "2027-11-01T00:00:00.000Z",
        "qualify": {"new_customers_only": false, "minimum_order": sek("500.00"), "include": {"skus": ["BOOT"]},
            "exclude": {"products": ["77"]}, "countries": ["SE", "NO"]},
        "rewards": {
            "friend": [{"kind": "free_shipping", "fulfilment": "code_at_checkout"},
                {"kind": "points", "value": {"amount": "500", "unit": "points"}, "when": {"minimum_order": sek("600.00"), "orders": "every", "months": 12},
                    "expires_days": 3650, "fulfilment": "webhook", "endpoint": endpoint}],
            "advocate": [
                {"kind": "cash", "percent": "5", "floor": sek("10.00"), "ceiling": sek("50.00"),
                    "by_loyalty_tier": [{"tier": "gold", "percent": "7.5", "floor": null, "ceiling": null}],
                    "seasons": [{"starts_at": "2026-11-27T00:00:00", "ends_at": "2026-11-30T00:00:00", "value": sek("60.00")}],
                    "cap": {"day": {"count": 3}, "lifetime": {"value": sek("5000.00")}}, "hold_days": 365, "hold_from": "fulfilled", "fulfilment": "manual"},
                {"kind": "free_product", "sku": "TEE", "quantity": 2, "every": 5, "fulfilment": "manual"},
                {"kind": "gift_card", "value": sek("20.00"), "by_count": [{"from": 1, "value": sek("25.00")}, {"from": 100_000, "value": sek("40.00")}],
                    "by_order_value": [{"from": sek("1000.00"), "value": sek("30.00")}],
                    "fulfilment": "coupon_pool", "pool": pool.id.to_string()}]},
        "stacking": "best_of", "budget": {"value": sek("10000.00"), "period": "week"},
        "clawback": {"policy": "negative_balance", "floor": sek("500.00")},
        "codes_on_subscriptions": false,
        "review": {"flag_at": 61, "reject_at": 61, "velocity_per_day": 10, "codes_without_click_per_day": 5},
        "mails": {"locale": "nb", "off": ["friend_ordered", "welcome"], "expiring_days": 14, "invite": {
            "on": "milestone", "milestone": "five stars", "delay_hours": 0, "reminders_days": [7, 7, 30], "again_days": 180,
            "rest_days": 30, "refund_rest_days": 60, "quiet_hours": {"from": "20:30", "to": "10:00"}, "opt_in_only": true,
            "eligible": {"min_orders": 2, "min_spend": sek("1000.00"), "ordered_within_days": 90, "tags_any": ["vip"],
                "tags_none": ["staff"], "loyalty_tiers": ["gold", "silver"]}}}});
    let valid = merchant.call(200, Method::POST, VALIDATE, body.clone()).await;
    assert_eq!(valid["valid"], true);
    let made = merchant.call(201, Method::POST, PROGRAMS, body.clone()).await;
    assert_eq!(made["warnings"], valid["warnings"]);
    let path = format!("{PROGRAMS}/{}", text(&made, "id"));
    let mut shown = merchant.get(&path).await;
    let shown = shown.as_object_mut().expect("an object");
    for (field, value) in body.as_object().expect("an object") {
        assert_eq!(shown.remove(field).as_ref(), Some(value), "{field}");
    }
    let left: Vec<_> = shown.keys().map(String::as_str).collect();
    assert_eq!(left, ["budget_standing", "created_at", "id", "time_zone", "version", "version_at"]);
    assert_eq!(shown["time_zone"], "Europe/Stockholm");
    assert_eq!(merchant.get(PROGRAMS).await["data"].as_array().map(Vec::len), Some(1));

    // A change of one thing leaves the others; null is as if it had never been said.
    let change = json!({"state": "active", "budget": null, "hold_from": null, "shop": merchant.shop.id});
    let changed = merchant.call(200, Method::PATCH, &path, change).await;
    let mut expected = body;
    for (field, value) in [("state", json!("active")), ("budget", json!(null)), ("hold_from", json!("paid"))] {
        expected[field] = value;
    }
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&changed[field], value, "{field}");
    }
    assert_eq!((&changed["version"], &changed["warnings"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn a_change_is_judged_with_all_that_stays() {
    let merchant = TestApp::start().await.merchant().await;
    let made = merchant.call(201, Method::POST, PROGRAMS, plain(&merchant)).await;
    let path = format!("{PROGRAMS}/{}", text(&made, "id"));
    let other = merchant.app.shop(&merchant.api_key, "other").await;
    let change = json!({"shop": other.id, "name": null, "version": 7, "hold_days": 400,
        "qualify": {"minimum_order": {"amount": "300.00", "currency": "EUR"}},
        "budget": {"value": {"amount": "5", "unit": "MB"}, "period": "day"}});
    let problem = merchant.call(422, Method::PATCH, &path, change).await;
    let told: Vec<_> =
        problem["errors"].as_array().expect("a list").iter().map(|fault| text(fault, "pointer")).collect();
    assert_eq!(told, ["/version", "/name", "/shop", "/hold_days", "/budget/value"]);
    assert_eq!(merchant.get(&path).await["version"], 1);
}

#[tokio::test]
async fn validating_saves_nothing_and_answers_a_key_once() {
    let merchant = TestApp::start().await.merchant().await;
    let post = async |body: &Value| {
        let post = merchant.app.client.post(format!("{}{VALIDATE}", merchant.app.engine.url));
        let post = post.bearer_auth(&merchant.api_key).header("idempotency-key", "v1").json(body);
        let answer = post.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let body = plain(&merchant);
    let first = post(&body).await;
    assert_eq!(first, (200, json!({"valid": true, "warnings": []})));
    assert_eq!(post(&body).await, first);
    assert_eq!(post(&json!({})).await.1["code"], "idempotency_key_reused");
    assert_eq!(merchant.get(PROGRAMS).await["data"], json!([]));
}
