//! Logs hold no personal data and no secrets. In a process of its own, because logging is set up once for a process: a
//! referral is played with values that occur nowhere else, with faults on the way, and the log is searched for them.

mod access;
mod credentials;
mod erasure;
mod overdue;

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use lambda_http::tracing::Level;
use lambda_http::tracing::subscriber::filter::Targets;
use lambda_http::tracing::subscriber::prelude::*;
use lambda_http::tracing::subscriber::{self, fmt};
use local::inbox::Refusal;
use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::json;
use shared::domain::id::RewardId;
use shared::store::{Message, Notice, OutboxRow};
use tests::{Reaction, Receiver, TestApp, TestMerchant, TestOrder, text};

/// What was logged so far.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Everything that our own code logs, and warnings of the others. One log for all tests: each looks for its own values.
fn start() -> Log {
    static LOG: LazyLock<Log> = LazyLock::new(begin);
    LOG.clone()
}

fn begin() -> Log {
    let log = Log::default();
    let ours = [
        "shared",
        "links",
        "redirect",
        "orders",
        "setup",
        "review",
        "customers",
        "reports",
        "notify",
        "announce",
        "timers",
        "pages",
        "local",
    ];
    let filter = Targets::new().with_default(Level::WARN).with_targets(ours.map(|target| (target, Level::TRACE)));
    let writer = log.clone();
    subscriber::registry().with(fmt::layer().with_writer(move || writer.clone())).with(filter).init();
    log
}

/// A webhook that is refused, sent elsewhere, taken; a notice. Answers the webhook's secret.
async fn tell_the_merchant(app: &TestApp, shop: &TestMerchant) -> String {
    let receiver = Receiver::start().await;
    receiver.answer([Reaction::Status(500), Reaction::Redirect("https://canary.example/".into())]);
    let url = receiver.url.replace("goodword?key=1", "canary-path?key=canary-key");
    let made = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": url})).await;
    let rewards = shop.get("/v1/rewards?state=approved").await;
    let reward: RewardId = text(&rewards["data"][0], "id").parse().expect("an id");
    let program = text(&shop.get("/v1/programs").await["data"][0], "id").parse().expect("an id");
    let store = &app.engine.app.store;
    let merchant = store.referral(reward.referral()).await.expect("reads").expect("a referral").merchant;
    let hand_over = Message::HandOver { endpoint: text(&made, "id").parse().expect("an id"), reward };
    let notice = Notice::BudgetSpent { program, program_name: "Canaryprogram".into(), period: "2026-11".into() };
    for (id, message) in [
        (Message::hand_over_id(reward), hand_over),
        (Notice::budget_spent_id(program, "2026-11"), Message::Notice { notice }),
    ] {
        assert!(store.add_outbox(&OutboxRow::queued(id, merchant, message, app.at(0))).await.expect("writes"));
    }
    text(&made, "secret")
}

#[tokio::test]
async fn neither_people_nor_secrets_are_in_the_log() {
    let log = start();
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let anna = json!({"program": program["id"], "code": "anna10",
        "advocate": {"email": "canary-advocate@example.com", "name": "Canaryanna", "customer_id": "canary-account", "phone": "+46 7777 888 999", "device": "canary-device",
            "address": {"line1": "Canarystreet 1", "postal_code": "11122", "country": "SE"}}});
    let link = shop.call(201, Method::POST, "/v1/links", anna).await;
    let location = app.click(&text(&link, "url")).await;
    let buyer = json!({"email": "canary-friend@example.com", "customer": {"id": 7_777_777_777_u64, "first_name": "Canarybo"},
            "shipping_address": {"address1": "Canarystreet 1", "zip": "111 22", "country_code": "SE", "phone": "07777-111 222"},
            "client_details": {"browser_ip": "203.0.113.77", "user_agent": "Canarybrowser/1.0"}});
    let order = |id: &str| TestOrder::paid(id, app.at(60)).landing(&location).with(buyer.clone());

    shop.shop.post("orders/paid", &order("1001").0).await;
    app.engine.inbox.refuse([Refusal::Throttled, Refusal::Rejected, Refusal::TakenThenError]);
    for (operation, trouble) in
        [("PutItem", Trouble::Fail), ("TransactWriteItems", Trouble::Throttle), ("UpdateItem", Trouble::Fail)]
    {
        app.engine.wire.inject(Fault { operation, body_contains: "", trouble, times: 9 });
        shop.shop.post("orders/paid", &order("1002").0).await;
        app.engine.tick().await.expect("ticks");
    }
    app.engine.wire.heal();
    let pool = shop.call(201, Method::POST, "/v1/coupon-pools", json!({"name": "Canary"})).await;
    let pool = format!("/v1/coupon-pools/{}/codes", text(&pool, "id"));
    for trouble in [Trouble::Fail, Trouble::Throttle, Trouble::LoseAnswer] {
        app.engine.wire.inject(Fault { operation: "TransactWriteItems", body_contains: "CPN#", trouble, times: 40 });
        app.send(Method::POST, &pool, &shop.api_key, Some(&json!({"codes": ["canary-coupon-1"]}))).await;
        app.engine.wire.heal();
    }
    shop.call(422, Method::POST, &pool, json!({"codes": ["canary coupon"]})).await;
    shop.call(200, Method::POST, &pool, json!({"codes": ["canary-coupon-1", "canary-coupon-2"]})).await;
    shop.shop.post_signed("orders/paid", order("1003").0.to_string().into_bytes(), "bm90IHRoZSBzaWduYXR1cmU=").await;
    shop.shop.post("orders/paid", &order("1004").with(json!({"currency": "canary-currency"})).0).await;
    app.send(Method::GET, "/v1/links", "gw_canary-key", None).await;
    let webhook_secret = tell_the_merchant(&app, &shop).await;
    // The stream, then the first mail that was put off, then the one of which nobody knows.
    for _ in 0..3 {
        app.days_pass(1).await;
    }
    assert!(!app.mails().is_empty());

    let log = log.text();
    assert!(log.contains("order settled") && log.contains("event parked") && log.contains("mail accepted"), "{log}");
    assert!(log.contains("webhook not taken") && log.contains("webhook taken"), "{log}");
    let token = tests::parameter(&location, "ref_click").expect("a token");
    let secrets = [shop.api_key.as_str(), &shop.shop.secret, &app.engine.operator_key(), &token, &webhook_secret];
    let canaries =
        ["canary", "Canary", "CANARY", "7777777777", "7777888", "7777 888", "7777111", "7777-111", "203.0.113.77"];
    for canary in canaries.into_iter().chain(["hej@nordicshoes"]).chain(secrets) {
        let told = log.lines().find(|line| line.contains(canary));
        assert_eq!(told, None, "{canary:?} is in the log");
    }
}
