//! Where webhooks may not go: neither when an address is saved, nor when a name turns out to lead inside.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, SharedDnsResolver};
use reqwest::Method;
use serde_json::{Value, json};
use shared::delivery::{Courier, Delivered, deliver};
use shared::domain::endpoint::Reach;
use shared::domain::id::{EndpointId, MerchantId, OutboxId};
use shared::store::{Message, OutboxRow};
use shared::webhook::Client;
use tests::{Receiver, TestApp, TestMerchant, TestOrder, text};

#[tokio::test]
async fn an_address_that_leads_inside_is_not_saved() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    for url in [
        "http://nordicshoes.example/",
        "https://nordicshoes.example:8443/",
        "https://user:secret@nordicshoes.example/",
        "https://intranet/",
        "https://shop.localhost/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://0/",
        "https://0xa000001/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[ff02::1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://localhost./",
        "https://2852039166/",
        "https://0251.0376.0251.0376/",
        "https://metadata.google.internal/",
        "nordicshoes.example",
        "",
    ] {
        let problem = shop.call(422, Method::POST, "/v1/webhook-endpoints", json!({"url": url})).await;
        assert_eq!(problem["errors"][0]["pointer"], "/url", "{url}: {problem}");
        assert!(!problem["detail"].as_str().is_some_and(|detail| detail.contains("secret")), "{problem}");
    }
    let body = json!({"url": "https://nordicshoes.example/", "description": "x".repeat(101)});
    let problem = shop.call(422, Method::POST, "/v1/webhook-endpoints", body).await;
    assert_eq!(problem["errors"][0]["pointer"], "/description");
    assert_eq!(shop.get("/v1/webhook-endpoints").await["data"], json!([]));
    let body = json!({"url": "https://nordicshoes.example/goodword", "description": "the shop's own system"});
    let saved = shop.call(201, Method::POST, "/v1/webhook-endpoints", body).await;
    assert!(text(&saved, "id").starts_with("whe_") && text(&saved, "secret").starts_with("whsec_"), "{saved}");
    assert_eq!(saved["description"], "the shop's own system");
}

/// Names that lead where a test says, and how often they were looked up.
#[derive(Clone, Debug)]
struct Names(Vec<IpAddr>, Arc<AtomicUsize>);

impl Names {
    fn leading_to(addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().expect(address)).collect();
        Self(addresses, Arc::default())
    }
}

impl ResolveDns for Names {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        self.1.fetch_add(1, Ordering::SeqCst);
        DnsFuture::ready(Ok(self.0.clone()))
    }
}

/// A hand-over of the one reward that there is, to this address, whatever the rules for saving say.
async fn hand_over(shop: &TestMerchant, reward: &Value, url: &str) -> OutboxId {
    let app = &shop.app.engine.app;
    let body = json!({"url": "https://nordicshoes.example/"});
    let saved = shop.call(201, Method::POST, "/v1/webhook-endpoints", body).await;
    let merchant: MerchantId = text(reward, "merchant").parse().expect("an id");
    let endpoint: EndpointId = text(&saved, "id").parse().expect("an id");
    let mut stored = app.store.endpoint(merchant, endpoint).await.expect("reads").expect("an endpoint");
    stored.url = url.to_owned();
    stored.version += 1;
    let mut writes = shared::store::Writes::default();
    app.store.put_endpoint(&mut writes, &stored).expect("an item");
    app.store.transact(writes).await.expect("writes");
    let message = Message::HandOver { endpoint, reward: text(reward, "id").parse().expect("an id") };
    let row = OutboxRow::queued(OutboxId::of_cause(url), merchant, message, app.now());
    assert!(app.store.add_outbox(&row).await.expect("writes"));
    row.id
}

async fn approved(shop: &TestMerchant) -> Value {
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", shop.app.at(0)).coupon("ANNA10").0).await;
    let mut reward = shop.get("/v1/rewards").await["data"][0].clone();
    let referral = text(&reward, "referral").parse().expect("an id");
    let referral = shop.app.engine.app.store.referral(referral).await.expect("reads").expect("a referral");
    reward["merchant"] = json!(referral.merchant);
    reward
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let reward = approved(&shop).await;
    let receiver = Receiver::start().await;
    let cases: [(&str, &[&str], Reach, &str, usize); 10] = [
        ("https://inside.example/", &["127.0.0.1"], Reach::Internet, "address not allowed", 1),
        ("https://metadata.example/", &["169.254.169.254"], Reach::Internet, "address not allowed", 1),
        ("https://mixed.example/", &["8.8.8.8", "10.0.0.1"], Reach::Internet, "address not allowed", 1),
        ("https://six.example/", &["::ffff:192.168.0.1"], Reach::Internet, "address not allowed", 1),
        ("https://nat64.example/", &["64:ff9b::7f00:1"], Reach::Internet, "address not allowed", 1),
        ("https://unique-local.example/", &["fd00:ec2::254"], Reach::Internet, "address not allowed", 1),
        ("https://link-local.example/", &["fe80::1"], Reach::Internet, "address not allowed", 1),
        ("https://nowhere.example/", &[], Reach::Internet, "connection", 1),
        // What was saved under other rules is judged again; an address that needs no looking up too.
        (&receiver.url, &["8.8.8.8"], Reach::Internet, "address not allowed", 0),
        // The proof that it is the reach that decides: nobody listens there, but a connection is tried.
        ("https://here.example/", &["127.0.0.1"], Reach::ThisMachine, "connection", 1),
    ];
    for (url, addresses, reach, expected, lookups) in cases {
        let id = hand_over(&shop, &reward, url).await;
        let names = Names::leading_to(addresses);
        let webhooks = Client::with_resolver(reach, SharedDnsResolver::new(names.clone()));
        let courier = Courier { webhooks, ..app.engine.courier.clone() };
        let end = deliver(&app.engine.app, &courier, id).await.expect("seen to");
        let row = app.engine.app.store.outbox(id).await.expect("reads").expect("a row");
        assert_eq!((end, row.last_error.as_deref()), (Delivered::Queued, Some(expected)), "{url}");
        assert_eq!(names.1.load(Ordering::SeqCst), lookups, "{url}: the connection asks nobody again");
    }
    assert_eq!(receiver.received().len(), 0);
}

/// A name that leads elsewhere each time that it is looked up.
#[derive(Clone, Debug)]
struct Flipping(Vec<IpAddr>, Arc<AtomicUsize>);

impl ResolveDns for Flipping {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        let n = self.1.fetch_add(1, Ordering::SeqCst);
        DnsFuture::ready(Ok(vec![self.0[n % self.0.len()]]))
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_only_after_it_was_looked_at_gains_nothing() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let reward = approved(&shop).await;
    let id = hand_over(&shop, &reward, "https://flips.example/").await;
    let addresses = ["127.0.0.1", "10.0.0.1"].map(|address| address.parse().expect(address));
    let names = Flipping(addresses.into(), Arc::default());
    let webhooks = Client::with_resolver(Reach::ThisMachine, SharedDnsResolver::new(names.clone()));
    let courier = Courier { webhooks, ..app.engine.courier.clone() };
    // What the first look allowed is what is connected to; nobody looks a second time in the same try.
    for (lookups, expected) in [(1, "connection"), (2, "address not allowed")] {
        let end = deliver(&app.engine.app, &courier, id).await.expect("seen to");
        let row = app.engine.app.store.outbox(id).await.expect("reads").expect("a row");
        assert_eq!((end, row.last_error.as_deref()), (Delivered::Queued, Some(expected)));
        assert_eq!(names.1.load(Ordering::SeqCst), lookups);
        app.engine.advance(6);
    }
}
