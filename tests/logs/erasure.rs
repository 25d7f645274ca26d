//! Whoever was erased is gone: two people with values that occur nowhere else go through all that there is, are erased, and
//! then every item of both tables, every sealed value and the whole log are searched for them. The same search before shows
//! that it would find them.

use std::collections::BTreeSet;
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::{AttributeValue, Item};
use flate2::read::GzDecoder;
use jiff::Timestamp;
use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use shared::crypto::Sealed;
use shared::domain::id::ShopId;
use shared::store::ParkedRow;
use tests::{Reaction, Receiver, TestApp, TestMerchant, TestOrder, text};

use super::start;

/// The friend: address, name, phone, street, network address, browser, account.
const FRIEND: [&str; 7] = [
    "SparrowHollow@example.com",
    "Spärrowina",
    "705554321",
    "Sparrowgatan 17",
    "198.51.100.231",
    "Sparrowbrowser",
    "8855332211",
];
/// The advocate: address, name, phone, street, device, account.
const ADVOCATE: [&str; 6] =
    ["FinchMarsh@example.com", "Finchella", "705559876", "Finchgatan 3", "finch-device-77", "8855332244"];

/// Every form in which a text may be hidden in another one.
fn forms(canary: &str) -> Vec<String> {
    let escaped: String =
        canary.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect();
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let (lower_hex, hex) = (hex(&canary.to_lowercase()), hex(canary));
    let url = canary.replace('@', "%40").replace(' ', "+");
    let mut forms: Vec<String> =
        vec![canary.into(), canary.to_lowercase(), escaped, hex.to_uppercase(), hex, lower_hex, url];
    for spelled in [canary.to_owned(), canary.to_lowercase()] {
        // Base64 looks another way at each of three places; its ends depend on what is beside it.
        for shift in 0..3 {
            let bytes = [&vec![0; shift], spelled.as_bytes()].concat();
            let whole = bytes.len() / 3 * 4;
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                forms.push(engine.encode(&bytes)[if shift == 0 { 0 } else { 4 }..whole].to_owned());
            }
        }
    }
    forms
}

/// All texts of an attribute, names of attributes among them.
fn texts(value: &AttributeValue, found: &mut Vec<String>) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => found.push(text.clone()),
        AttributeValue::B(bytes) => found.push(String::from_utf8_lossy(bytes).into_owned()),
        AttributeValue::SS(all) | AttributeValue::NS(all) => found.extend(all.iter().cloned()),
        AttributeValue::BS(all) => found.extend(all.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned())),
        AttributeValue::L(all) => all.iter().for_each(|value| texts(value, found)),
        AttributeValue::M(all) => {
            for (name, value) in all {
                found.push(name.clone());
                texts(value, found);
            }
        }
        _ => {}
    }
}

/// Every text in both tables. What is sealed is opened, and what is compressed in it unpacked.
fn everything(app: &TestApp) -> Vec<String> {
    let database = app.engine.database.clone().expect("an embedded database");
    let config = &app.engine.app.config;
    let mut found = Vec::new();
    for table in [&config.core_table, &config.clicks_table] {
        let mut start = None;
        loop {
            let request =
                ScanRequest { table_name: table.clone(), exclusive_start_key: start, ..ScanRequest::default() };
            let page = database.scan(request).expect("scans");
            for item in page.items.unwrap_or_default() {
                of_item(app, &item, &mut found);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
    }
    found
}

fn of_item(app: &TestApp, item: &Item, found: &mut Vec<String>) {
    let mut own = Vec::new();
    for (name, value) in item {
        own.push(name.clone());
        texts(value, &mut own);
    }
    let AttributeValue::S(pk) = &item["pk"] else { panic!("keys are text") };
    let (kind, rest) = pk.split_once('#').expect("a kind");
    let context = match kind {
        "SHP" => rest.to_owned(),
        "PRK" => {
            let (shop, sha256) = rest.split_once('#').expect("a shop");
            ParkedRow::context(shop.parse::<ShopId>().expect("an id"), sha256)
        }
        "IDM" => {
            let (scope, sha256) = rest.rsplit_once('#').expect("a scope");
            format!("answer {scope} {sha256}")
        }
        _ => String::new(),
    };
    let opened = own.iter().filter_map(|text| {
        let sealed = Sealed::try_from(text.clone()).ok()?;
        app.engine.app.config.keys.open(&context, &sealed).ok()
    });
    let opened: Vec<_> = opened.collect();
    let is_sealed = ["PRK", "IDM"].contains(&kind);
    assert!(!is_sealed || opened.len() == 1, "what is sealed in {kind} could not be opened");
    for bytes in opened {
        let mut unpacked = Vec::new();
        let is_packed = GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).is_ok();
        found.push(String::from_utf8_lossy(if is_packed { &unpacked } else { &bytes }).into_owned());
    }
    found.append(&mut own);
}

/// Which of the canaries are in these texts.
pub(super) fn search<'a>(texts: &[String], canaries: &[&'a str]) -> BTreeSet<&'a str> {
    let lower: Vec<_> = texts.iter().map(|text| text.to_lowercase()).collect();
    let is_in = |form: &String| texts.iter().chain(&lower).any(|text| text.contains(form.as_str()));
    canaries.iter().copied().filter(|canary| forms(canary).iter().any(is_in)).collect()
}

/// The friend's order on Shopify, with all that a checkout tells.
fn order(id: &str, at: Timestamp) -> TestOrder {
    let address = json!({"first_name": "Spärrowina", "address1": "Sparrowgatan 17", "zip": "111 22", "city": "Stockholm",
        "country_code": "SE", "phone": "070-555 43 21"});
    TestOrder::paid(id, at).coupon("FINCH10").with(json!({
        "email": "SparrowHollow@example.com", "customer": {"id": 8_855_332_211_u64, "first_name": "Spärrowina"},
        "shipping_address": address, "billing_address": address, "phone": "+46705554321",
        "note": "+46 705554321",
        "client_details": {"browser_ip": "198.51.100.231", "user_agent": "Sparrowbrowser/9.1"},
    }))
}

async fn with_key(shop: &TestMerchant, path: &str, key: &str, body: &Value) -> Value {
    let request = shop.app.client.post(format!("{}{path}", shop.app.engine.url)).bearer_auth(&shop.api_key);
    let answer = request.header("idempotency-key", key).json(body).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.expect("a JSON body")
}

/// What the advocate is owed is given, under a key, and is not taken by the system that is to give the rest. Both are told
/// to whom.
async fn owed(shop: &TestMerchant, hands: &Receiver) {
    let to_pay = shop.get("/v1/rewards?to_pay=true").await;
    let reward = text(&to_pay["data"][0], "id");
    let paid =
        with_key(shop, &format!("/v1/rewards/{reward}/fulfil"), "fulfil-1", &json!({"actor": "Eva"})).await.to_string();
    let handed = hands.received().last().expect("a hand-over").json().to_string();
    for told in [to_pay.to_string(), paid, handed] {
        for canary in ["FinchMarsh@example.com", "Finchella", "8855332244"] {
            assert!(told.contains(canary), "{canary}: {told}");
        }
    }
}

/// All that both go through, with orders placed at this time. `hands`: takes no hand-over of a reward. Ends with an order of
/// the friend's that is parked.
async fn journey(app: &TestApp, shop: &TestMerchant, hands: &Receiver, at: Timestamp) {
    let endpoint = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": hands.url, "events": []})).await;
    let program = shop
        .program(|body| {
            let by_webhook = json!({"kind": "fixed", "value": {"amount": "20.00", "currency": "SEK"},
                "fulfilment": "webhook", "endpoint": endpoint["id"]});
            body["rewards"]["advocate"].as_array_mut().expect("rewards").push(by_webhook);
        })
        .await;
    let finch = json!({"program": program["id"], "code": "finch10", "advocate": {"email": "FinchMarsh@example.com",
        "name": "Finchella", "customer_id": "8855332244", "phone": "+46705559876", "device": "finch-device-77",
        "loyalty_tier": "gold", "address": {"line1": "Finchgatan 3", "postal_code": "11122", "country": "SE"}}});
    let link = with_key(shop, "/v1/links", "finch-1", &finch).await;
    let location = app.click(&text(&link, "url")).await;
    // The advocate's own order, by the API; the friend's, by webhooks and by the API.
    let api = |id: &str, customer: Value| {
        json!({"shop": shop.shop.id, "id": id, "placed_at": at, "updated_at": at, "state": "paid",
            "customer": customer, "currency": "SEK", "net": {"amount": "500.00", "currency": "SEK"},
            "total": {"amount": "625.00", "currency": "SEK"}, "coupon_codes": ["finch10"]})
    };
    let of_finch = json!({"id": "8855332244", "email": "FinchMarsh@example.com", "name": "Finchella",
        "phone": "+46705559876", "device": "finch-device-77"});
    let of_friend = json!({"id": "8855332211", "email": "SparrowHollow@example.com", "name": "Spärrowina",
        "phone": "+46705554321", "device": "Sparrowbrowser"});
    with_key(shop, "/v1/orders", "order-1", &api("a-1", of_finch)).await;
    let paid = order("1001", at).landing(&location);
    shop.shop.post("orders/paid", &paid.0).await;
    shop.shop.post("refunds/create", &paid.refund(1, "50.00", app.at(0))).await;
    with_key(shop, "/v1/orders", "order-2", &api("a-2", of_friend)).await;
    let asked = json!({"shop_domain": "nordicshoes.myshopify.com", "orders_requested": [1001], "data_request": {"id": 5},
        "customer": {"id": 8_855_332_211_u64, "email": "SparrowHollow@example.com", "phone": "+46705554321"}});
    shop.shop.post("customers/data_request", &asked).await;
    app.drain().await;
    let id = text(&shop.get("/v1/privacy/requests").await["data"][0], "id");
    let data = shop.get(&format!("/v1/privacy/requests/{id}/data")).await;
    assert!(data.to_string().contains("SparrowHollow@example.com"), "{data}");
    let own = with_key(shop, "/v1/privacy/export", "export-1", &json!({"email": "FinchMarsh@example.com"})).await;
    assert!(own.to_string().contains("Finchella"), "{own}");
    let to: BTreeSet<_> = app.mails().into_iter().map(|(to, _)| to).collect();
    assert!(to.contains("SparrowHollow@example.com") && to.contains("FinchMarsh@example.com"), "{to:?}");

    owed(shop, hands).await;

    let trouble = Trouble::Fail;
    app.engine.wire.inject(Fault { operation: "PutItem", body_contains: "ORD#", trouble, times: 9999 });
    shop.shop.post("orders/paid", &order("1002", at).0).await;
    app.engine.advance(600);
    app.engine.tick().await.expect("ticks");
}

#[tokio::test]
async fn whoever_was_erased_is_nowhere() {
    let log = start();
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let at = app.at(-60);
    let hands = Receiver::start().await;
    hands.answer((0..50).map(|_| Reaction::Status(500)));
    journey(&app, &shop, &hands, at).await;

    let before = everything(&app);
    assert_eq!(search(&before, &FRIEND), FRIEND.into(), "the search would find the friend");
    let readable = BTreeSet::from(["FinchMarsh@example.com", "Finchella", "8855332244"]);
    assert_eq!(search(&before, &ADVOCATE), readable, "of the advocate the rest was never kept");
    let tries = hands.received().len();
    assert!(tries > 0, "a hand-over waits for its next try");

    let redact = json!({"shop_domain": "nordicshoes.myshopify.com", "orders_to_redact": [1001],
        "customer": {"id": 8_855_332_211_u64, "email": "SparrowHollow@example.com", "phone": "+46705554321"}});
    assert_eq!(shop.shop.post("customers/redact", &redact).await, 200);
    with_key(&shop, "/v1/privacy/erase", "erase-1", &json!({"email": "finchmarsh@example.com"})).await;
    app.engine.tick().await.expect("ticks");
    assert_eq!(search(&everything(&app), &[&FRIEND[..], &ADVOCATE].concat()), BTreeSet::new());

    // What the shop says late of the time before, and what was parked.
    let late = order("1001", at).later(app.at(0), json!({"fulfillment_status": "fulfilled"}));
    app.engine.wire.heal();
    shop.shop.post("orders/updated", &late.0).await;
    shop.shop.post("orders/paid", &order("1003", at).0).await;
    app.days_pass(1).await;
    assert_eq!(shop.why("1002").await["outcome"], "not_credited", "the order that was parked is not lost");
    let after = everything(&app);
    assert_eq!(search(&after, &[&FRIEND[..], &ADVOCATE].concat()), BTreeSet::new());
    assert_eq!(shop.get("/v1/ledger/check").await["balanced"], true);
    let late: Vec<_> = hands.received().iter().skip(tries).map(|webhook| webhook.json().to_string()).collect();
    assert!(!late.is_empty(), "what is owed is tried again");
    assert_eq!(search(&late, &ADVOCATE), BTreeSet::new(), "in a hand-over of after");

    let id: ShopId = shop.shop.id.parse().expect("an id");
    let merchant = app.engine.app.store.shop(id).await.expect("reads").expect("a shop").merchant;
    for email in [FRIEND[0], ADVOCATE[0]] {
        let person = app.engine.app.config.keys.person_by_email(merchant, &email.parse().expect("an address"));
        assert!(after.iter().any(|text| text.contains(person.as_str())), "the tombstone is there");
        let profile = app.engine.app.store.person(merchant, &person).await.expect("reads").expect("a tombstone");
        assert!(profile.erased_at.is_some() && profile.unsubscribed_at.is_some());
    }
    let log: Vec<_> = log.text().lines().map(str::to_owned).collect();
    assert!(log.iter().any(|line| line.contains("privacy request done")), "the log was kept");
    assert_eq!(search(&log, &[&FRIEND[..], &ADVOCATE].concat()), BTreeSet::new(), "in the log");
}
