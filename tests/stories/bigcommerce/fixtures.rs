//! Genuine events and resources of BigCommerce (recorded deliveries, the platform's own samples) through the signed
//! endpoint and a server that tells the genuine resources. They live outside the repository; GOODWORD_FIXTURES names the
//! folder. Only facts about them are here, worked out by hand.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::order::{Facts, OrderRef};
use shared::domain::person::Mark;
use shared::platform::api::CodeFate;
use tests::{ApiServer, Asked, Sender, TestApp, TestMerchant, Told, fixture, fixtures, text};

use super::codes::{caller, tenth};

/// What tells that an order changed, and which.
const ABOUT_ORDERS: &[(&str, &str)] = &[
    ("store.cart.converted--bigcommerce-docs", "252"),
    ("store.cart.converted--hookdeck-2025-04", "252"),
    ("store.channel.1.order.updated--hookdeck-2025-04", "127"),
    ("store.order.archived--bigcommerce-docs", "250"),
    ("store.order.created--bigcommerce-docs", "250"),
    ("store.order.created--hookdeck-2025-04", "250"),
    ("store.order.metafield.created--hookdeck-2025-04", "270"),
    ("store.order.refund.created--bigcommerce-docs", "250"),
    ("store.order.refund.created--hookdeck-2025-04", "250"),
    ("store.order.statusUpdated--bigcommerce-docs", "250"),
    ("store.order.statusUpdated--bigcommerce-docs-overview-no-created_at", "173331"),
    ("store.order.statusUpdated--hookdeck-2025-04", "250"),
    ("store.order.transaction.created--hookdeck-2025-04", "250"),
    ("store.order.updated--bigcommerce-docs", "250"),
    ("store.shipment.created--bigcommerce-docs", "251"),
    ("store.shipment.created--hookdeck-2025-04", "251"),
];

/// Events that say nothing of an order, and why they are not used.
const NOT_USED: &[(&str, &str)] = &[
    ("store.cart.couponApplied--bigcommerce-docs", "a cart is no order; the order names its coupons"),
    ("store.cart.couponApplied--hookdeck-2025-04", "a cart is no order; the order names its coupons"),
    ("store.customer.created--bigcommerce-docs", "customers count once they buy"),
    ("store.customer.created--hookdeck-2025-04", "customers count once they buy"),
    ("store.order.message.created--bigcommerce-docs", "messages between people change no order"),
    ("store.order.message.created--hookdeck-2025-04", "messages between people change no order"),
];

/// Resources that other tests here look at.
const RESOURCES: &[&str] = &[
    "_signature-derived-vectors",
    "order-coupons-v2--bigcommerce-docs",
    "order-products-v2--bigcommerce-docs",
    "order-refund-v3--bigcommerce-docs",
    "order-statuses-v2--bigcommerce-docs",
    "order-v2--bigcommerce-docs",
    "order-v2-list--bigcommerce-docs",
    "promotion-codes-v3-collection--bigcommerce-docs",
    "promotions-v3-collection--bigcommerce-docs",
];

/// Resources that are never asked for, and why.
const NOT_ASKED: &[(&str, &str)] = &[
    ("order-shipments-v2--bigcommerce-docs", "the order's status says when all of it is shipped"),
    ("order-shipping-addresses-v2--bigcommerce-docs", "the billing address is in the order itself"),
    ("promotion-codegen-v3-response--bigcommerce-docs", "codes are made by the links, not by the platform"),
];

/// A server that tells the genuine resources of any order that it is asked for. `order`: the file of the order itself.
async fn genuine(folder: &Path, order: Value, with_refund: bool) -> ApiServer {
    let file = |name: &str| fixture(folder, &format!("{name}--bigcommerce-docs"));
    let (products, coupons, refund) = (file("order-products-v2"), file("order-coupons-v2"), file("order-refund-v3"));
    let refunds =
        if with_refund { json!({"data": [refund["data"]], "meta": {}}) } else { json!({"data": [], "meta": {}}) };
    ApiServer::start(move |asked: &Asked| {
        let parts: Vec<_> = asked.path.split('/').skip(3).collect();
        match &parts[..] {
            ["v2", "orders"] => Told::status(204, ""),
            ["v2", "orders", id] => {
                let mut order = order.clone();
                order["id"] = json!(id.parse::<u64>().expect("a number"));
                Told::json(&order)
            }
            ["v2", "orders", _, "products"] => Told::json(&products),
            ["v2", "orders", _, "coupons"] => Told::json(&coupons),
            ["v3", "orders", _, "payment_actions", "refunds"] => Told::json(&refunds),
            ["v3", "orders", _, "metafields"] => Told::json(&json!({"data": [], "meta": {}})),
            _ => Told::status(404, "{}"),
        }
    })
    .await
}

/// A merchant in dollars.
async fn merchant() -> TestMerchant {
    let app = TestApp::start().await;
    let body = json!({"name": "Bogus Shoes", "currency": "USD", "time_zone": "America/New_York", "locale": "en",
        "mail_from": "hi@bogusshoes.example"});
    let made = app.call(201, Method::POST, "/v1/merchants", &app.engine.operator_key(), Some(&body)).await;
    let api_key = text(&made, "api_key");
    let shop = app.shop(&api_key, "bogusshoes").await;
    TestMerchant { app, api_key, shop }
}

/// A shop of its own for a file. The platform's samples name no store, recorded ones do.
async fn shop(merchant: &TestMerchant, n: usize, body: &Value, server: &ApiServer) -> Sender {
    let hash = text(body, "producer").trim_start_matches("stores/").to_owned();
    let api = json!({"access_token": "token-1", "base_url": format!("{}/stores/{n}", server.url)});
    let mut fields = json!({"platform": "bigcommerce", "domain": format!("s{n}.mybigcommerce.com"), "webhook_secret": "a client's secret",
        "api": api});
    if hash != "{store_hash}" {
        fields["platform_id"] = json!(hash);
    }
    Sender::connect(merchant, fields, b"a client's secret").await
}

async fn facts(shop: &Sender, id: &str) -> Facts {
    let order = OrderRef { shop: shop.merchant.shop.id.parse().expect("an id"), id: id.parse().expect("an id") };
    shop.merchant.app.engine.app.store.order(&order).await.expect("reads").expect(id).facts
}

#[tokio::test]
async fn every_genuine_event_leads_to_its_genuine_order() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let server = genuine(&folder, fixture(&folder, "order-v2--bigcommerce-docs"), false).await;
    let merchant = merchant().await;
    let keys = &merchant.app.engine.app.config.keys;
    for (n, (file, id)) in ABOUT_ORDERS.iter().enumerate() {
        let body = fixture(&folder, file);
        let shop = shop(&merchant, n, &body, &server).await;
        if let Ok(headers) = std::fs::read(folder.join(format!("{file}.headers.json"))) {
            // As it was recorded, with the headers that came: they have no signature.
            let headers: Value = serde_json::from_slice(&headers).expect("JSON");
            let mut request = shop.client.post(&shop.webhook_url).body(body.to_string());
            for (name, value) in headers.as_object().expect("an object") {
                let ours = ["connection", "content-length", "accept-encoding"].contains(&name.as_str());
                request = if ours { request } else { request.header(name, value.as_str().expect("text")) };
            }
            assert_eq!(request.send().await.expect("an answer").status(), 401, "{file}");
        }
        assert_eq!(shop.post(&body).await, 200, "{file}");
        let why = shop.merchant.why(id).await;
        // 62.6793 without tax, less 5.00 and 5.00. Awaiting payment.
        assert_eq!(why["net"], json!({"amount": "52.68", "currency": "USD"}), "{file}: {why}");
        let facts = facts(&shop, id).await;
        assert_eq!((facts.paid_at, facts.fulfilled_at, facts.is_cancelled()), (None, None, false), "{file}");
        let snapshot = facts.snapshot.as_ref().expect("a snapshot");
        assert_eq!(snapshot.placed_at.to_string(), "2019-03-05T21:40:11Z", "{file}");
        assert_eq!(
            (snapshot.updated_at.to_string().as_str(), snapshot.total),
            ("2019-03-11T15:17:25Z", 6984),
            "{file}"
        );
        // The towel, and the system that came with it for nothing.
        let lines: Vec<_> =
            snapshot.lines.iter().map(|line| (line.sku.as_deref().unwrap_or_default(), line.net)).collect();
        assert_eq!(lines, [("S-ORAN", 5268), ("ABS", 0)], "{file}");
        let coupons: Vec<_> = snapshot.coupons.iter().map(|coupon| (coupon.code.as_str(), coupon.discount)).collect();
        assert_eq!(coupons, [("S2549JM0Y", 500)], "{file}");
        let owner = merchant.app.engine.app.store.shop(shop.merchant.shop.id.parse().expect("an id")).await;
        let owner = owner.expect("reads").expect("a shop").merchant;
        let email = keys.person_by_email(owner, &"janedoe@example.com".parse().expect("an address"));
        assert_eq!(facts.by_email.map(|by| by.value), Some(email), "{file}");
        let account = keys.person_by_customer_id(owner, &shop.merchant.shop.id, "11");
        assert_eq!(facts.by_customer_id.map(|by| by.value), Some(account), "{file}");
        // Its phone is one that only fills a field.
        assert_eq!(facts.marks.keys().copied().collect::<Vec<_>>(), [Mark::Address], "{file}");
    }
}

#[tokio::test]
async fn a_genuine_order_of_a_till_is_paid_and_its_refund_goes_by_its_share() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let order = fixture(&folder, "order-v2-list--bigcommerce-docs")[0].clone();
    let server = genuine(&folder, order, true).await;
    let merchant = merchant().await;
    let body = fixture(&folder, "store.order.created--hookdeck-2025-04");
    let shop = shop(&merchant, 0, &body, &server).await;
    assert_eq!(shop.post(&body).await, 200);
    let facts = facts(&shop, "250").await;
    assert_eq!(facts.paid_at.map(|at| at.to_string()).as_deref(), Some("2018-12-05T20:16:55Z"), "the status says so");
    // Its list has a product that is not in the order, which went back for 50.00, 5.00 of it tax: 45.00 of 361.95 are 41.81
    // of 336.32.
    let money = [facts.net_before_refunds(), facts.refunded()].map(|money| money.expect("money").amount());
    assert_eq!(money, ["336.32", "41.81"]);
    let refund = &facts.refunds[&"12".parse().expect("an id")];
    assert_eq!((refund.effective, refund.lines, refund.amount), (true, 0, 4500));
    // Typed in at a till: the address is the shop's own.
    assert!(!facts.marks.contains_key(&Mark::Device));
}

#[tokio::test]
async fn events_that_are_not_used_are_taken_and_lead_to_no_call() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let server = ApiServer::start(|_| Told::status(500, "")).await;
    let merchant = merchant().await;
    for (n, (file, because)) in NOT_USED.iter().enumerate() {
        let body = fixture(&folder, file);
        assert_eq!(shop(&merchant, n, &body, &server).await.post(&body).await, 200, "{file}: {because}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn resources_that_are_never_asked_for_are_neither_events_nor_orders() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let merchant = merchant().await;
    let event = fixture(&folder, "store.order.created--hookdeck-2025-04");
    for (n, (file, because)) in NOT_ASKED.iter().enumerate() {
        let body = fixture(&folder, file);
        let told = body.clone();
        let server = ApiServer::start(move |_| Told::json(&told)).await;
        let shop = shop(&merchant, n, &event, &server).await;
        // As a webhook it is refused, and leaves nothing.
        let before = merchant.app.items();
        let (status, problem) = shop.send(&body).await;
        let at = if body.is_array() { "/0" } else { "" };
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(at)), "{file} ({because}): {problem}");
        assert_eq!((merchant.app.items(), server.asked().len()), (before, 0), "{file}");
        // In the place of an order it is none, and the event waits for a better answer.
        assert_eq!(shop.post(&event).await, 200, "{file}");
        let parked = merchant.get("/v1/parked").await;
        let errors: Vec<_> = parked["data"].as_array().expect("a list").iter().map(|row| text(row, "error")).collect();
        assert_eq!(errors.len(), n + 1, "{file}");
        assert!(errors.iter().all(|error| error.contains("can't be read")), "{file}: {errors:?}");
        shop.merchant
            .call(404, Method::GET, &format!("/v1/orders/{}/250/why", shop.merchant.shop.id), json!(null))
            .await;
    }
}

#[tokio::test]
async fn the_statuses_are_numbered_as_they_are_read() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let statuses = fixture(&folder, "order-statuses-v2--bigcommerce-docs");
    let named: Vec<_> = statuses.as_array().expect("a list").iter().map(|it| text(it, "name")).collect();
    let known = [
        "Incomplete",
        "Pending",
        "Shipped",
        "Partially Shipped",
        "Refunded",
        "Cancelled",
        "Declined",
        "Awaiting Payment",
        "Awaiting Pickup",
        "Awaiting Shipment",
        "Completed",
        "Awaiting Fulfillment",
        "Manual Verification Required",
        "Disputed",
        "Partially Refunded",
    ];
    assert_eq!(named, known);
    assert!(statuses.as_array().expect("a list").iter().enumerate().all(|(n, it)| it["id"] == n));
}

#[tokio::test]
async fn the_signature_worked_out_from_the_documentation_verifies() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let vector = fixture(&folder, "_signature-derived-vectors");
    let merchant = merchant().await;
    let fields = json!({"platform": "bigcommerce", "platform_id": "abc", "domain": "v.mybigcommerce.com"});
    let shop = Sender::connect(&merchant, fields, b"").await;
    merchant.app.keep_secret(&shop.merchant.shop.id, &text(&vector, "client_secret")).await;
    let at = vector["webhook-timestamp"].as_i64().expect("seconds");
    let engine = &merchant.app.engine;
    engine.advance(at - engine.app.now().as_second());
    for (body, status) in [(text(&vector, "body"), 200), (text(&vector, "body").replace("250", "251"), 401)] {
        let request = shop.request(body.as_bytes()).header("webhook-id", text(&vector, "webhook-id"));
        let request = request.header("webhook-timestamp", at);
        let request = request.header("webhook-signature", text(&vector, "webhook-signature"));
        assert_eq!(request.send().await.expect("an answer").status(), status);
    }
}

#[tokio::test]
async fn genuine_answers_about_promotions_and_codes_are_read() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let promotions = fixture(&folder, "promotions-v3-collection--bigcommerce-docs");
    let codes = fixture(&folder, "promotion-codes-v3-collection--bigcommerce-docs");
    let name = text(&promotions["data"][0], "name");
    let server = ApiServer::start(move |asked| {
        let parts: Vec<_> = asked.path.split('/').skip(4).collect();
        match (asked.method.as_str(), &parts[..]) {
            ("GET", ["promotions"]) => Told::json(&promotions),
            ("GET", ["promotions", _, "codes"]) => Told::json(&codes),
            ("POST", ["promotions"]) => Told::status(201, json!({"data": {"id": 8, "name": "x"}}).to_string()),
            _ => Told::status(422, "{\"title\": \"Code already exists\"}"),
        }
    });
    let server = server.await;
    let caller = caller(&server).await;
    // One of that name works without a code, so it is another.
    assert_eq!(caller.put_offer(&name, &tenth(), None).await, Ok("8".to_owned()));
    let asked = ["TEST_COUPON", "OTHER"].map(|text| text.parse().expect("a code"));
    let fates = caller.add_codes("8", &tenth(), &asked).await.expect("fates");
    assert_eq!(fates[0], CodeFate::Made);
    assert!(matches!(fates[1], CodeFate::Refused(_)));
}

#[tokio::test]
async fn a_new_fixture_does_not_go_unnoticed() {
    let Some(folder) = fixtures("bigcommerce") else { return };
    let first = |files: &[(&'static str, &str)]| files.iter().map(|(file, _)| *file).collect::<Vec<_>>();
    let mut known: BTreeSet<String> = RESOURCES.iter().map(|file| (*file).to_owned()).collect();
    for files in [ABOUT_ORDERS, NOT_USED, NOT_ASKED] {
        known.extend(first(files).into_iter().map(str::to_owned));
    }
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.filter_map(|name| name.into_string().ok()?.strip_suffix(".json").map(str::to_owned));
    let played: BTreeSet<_> = names.filter(|name| !name.ends_with(".headers")).collect();
    assert_eq!(played, known, "left: the folder; right: the tables of this file");
}
