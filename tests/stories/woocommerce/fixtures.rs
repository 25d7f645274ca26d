//! Genuine WooCommerce bodies (the REST API's own samples, recorded deliveries) through the signed webhook route, or, for
//! what only the API tells, through a shop's API. They live outside the repository; GOODWORD_FIXTURES names the folder.
//! Only facts about them are here, worked out by hand.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::domain::money::Money;
use shared::domain::order::Facts;
use shared::domain::person::Mark;
use shared::platform::Context;
use tests::{TestApp, WooApi, fixture, fixtures, sign, text};

use super::start;

const ORDER: &str = "order.created--woocommerce-rest-api-docs-v3";
const REFUND: &str = "refund--woocommerce-rest-api-docs-v3";
const VECTORS: &str = "_hmac-derived-vectors";
const PING: &str = "_ping--form-encoded";

/// Topics that say nothing of orders.
const NOT_USED: [&str; 5] = [
    "coupon.created--hookdeck",
    "coupon.created--woocommerce-rest-api-docs-v3",
    "coupon.deleted--hookdeck",
    "coupon.restored--hookdeck",
    "product.created--hookdeck",
];
/// No webhook's body. Told as an order, it is refused.
const NO_ORDER: &str = "webhook-resource--woocommerce-rest-api-docs-v3";

fn topic(file: &str) -> &str {
    file.split_once("--").expect("a file name with its source").0
}

#[tokio::test]
async fn the_genuine_order_is_understood() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let woo = start().await;
    let body = fixture(&folder, ORDER);
    assert_eq!(woo.post(topic(ORDER), &body).await, 200);
    let facts = woo.facts("727").await;
    let snapshot = facts.snapshot.as_ref().expect("a snapshot");
    // 6.00 and 12.00; shipping of 10.00 and tax of 1.35 are in the total only.
    assert_eq!((snapshot.currency.code(), snapshot.net, snapshot.total), ("USD", 1_800, 2_935));
    let lines = snapshot.lines.iter().map(|line| {
        let id = line.id.as_ref().map(ToString::to_string);
        (id, line.sku.as_deref(), line.product.as_deref(), line.net)
    });
    let expected =
        [(Some("315".to_owned()), None, Some("93"), 600), (Some("316".to_owned()), Some("Bar3"), Some("22"), 1_200)];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    let time = |text: &str| text.parse::<jiff::Timestamp>().expect(text);
    assert_eq!((snapshot.placed_at, snapshot.updated_at), (time("2017-03-22T19:28:02Z"), time("2017-03-22T19:28:08Z")));
    assert_eq!((facts.paid_at, facts.fulfilled_at), (Some(time("2017-03-22T19:28:08Z")), None));
    assert_eq!((snapshot.test, facts.is_cancelled(), facts.refunds.len()), (false, false, 0));
    assert_eq!(snapshot.country.map(|country| country.to_string()).as_deref(), Some("US"));
    // A guest, entered through the API: no account, and no browser.
    let keys = &woo.app.engine.app.config.keys;
    let john = keys.person_by_email(woo.row().await.merchant, &"john.doe@example.com".parse().expect("an address"));
    assert_eq!(facts.by_email.as_ref().map(|by| &by.value), Some(&john));
    assert!(facts.by_customer_id.is_none());
    assert_eq!(facts.marks.keys().copied().collect::<Vec<_>>(), [Mark::Address]);
    let why = woo.why("727").await;
    assert_eq!(
        (&why["outcome"], &why["net"]),
        (&json!("not_credited"), &json!({"amount": "18.00", "currency": "USD"}))
    );
    assert!(text(&why, "sentence").contains("carries no referral code"), "{}", why["sentence"]);
    // Told again under another topic, it is the same order.
    assert_eq!(woo.post("order.updated", &body).await, 200);
    // (The list of refunds knows which word of one modification came later.)
    let but_list = |facts: Facts| Facts { refunds_listed: None, ..facts };
    assert_eq!(but_list(woo.facts("727").await), but_list(facts));
}

#[tokio::test]
async fn the_genuine_refund_goes_off_its_order() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let mut order = fixture(&folder, ORDER);
    order["refunds"] = json!([{"id": 726, "reason": "", "total": "-10.00"}]);
    api.put_as(727, order);
    api.put_refunds(727, json!([fixture(&folder, REFUND)]));
    let shop = woo.row().await;
    let context = Context::of(&shop, &woo.app.engine.app.config.keys, woo.app.at(0));
    let told = woo.caller().await.order(&"727".parse().expect("an id"), context).await.expect("an answer");
    let facts = told.expect("an order").facts;
    let (id, refund) = facts.refunds.iter().next().expect("a refund");
    assert_eq!((id.as_str(), refund.lines, refund.amount, refund.effective), ("726", 0, 1_000, true));
    assert_eq!(refund.as_of.to_string(), "2017-03-21T20:07:11Z");
    // Of no line, so by its share: 10.00 × 18.00 ÷ 29.35.
    assert_eq!(facts.refunded().map(Money::amount).as_deref(), Some("6.13"));
}

#[tokio::test]
async fn what_is_not_of_orders_is_answered_and_not_kept() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let woo = start().await;
    let before = woo.app.items();
    for file in NOT_USED {
        assert_eq!(woo.post(topic(file), &fixture(&folder, file)).await, 200, "{file}");
    }
    // Neither under a topic that is none of theirs.
    for file in NOT_USED.into_iter().chain([NO_ORDER, REFUND]) {
        let body = fixture(&folder, file).to_string().into_bytes();
        let answer = woo.send("order.updated", body).await;
        let status = answer.status();
        let problem: Value = answer.json().await.expect("a problem");
        assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!("")), "{file}: {problem}");
        assert!(text(&problem["errors"][0], "detail").starts_with("missing field"), "{file}: {problem}");
    }
    assert_eq!(woo.app.items(), before);
}

#[tokio::test]
async fn genuine_headers_are_those_that_are_read() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let woo = start().await;
    for file in NOT_USED.iter().filter(|file| file.ends_with("--hookdeck")) {
        let headers = fixture(&folder, &format!("{file}.headers"));
        let header = |name: &str| text(&headers, name);
        assert_eq!(header("x-wc-webhook-topic"), topic(file));
        assert_eq!(STANDARD.decode(header("x-wc-webhook-signature")).map(|mac| mac.len()), Ok(32), "{file}");
        let body = fixture(&folder, file).to_string().into_bytes();
        // As it was recorded, but signed with this shop's secret: it comes from another site.
        let request =
            woo.shop.client.post(&woo.shop.webhook_url).header("x-wc-webhook-source", header("x-wc-webhook-source"));
        let request = request.header("x-wc-webhook-topic", topic(file));
        let signed =
            request.try_clone().expect("a request").header("x-wc-webhook-signature", sign(&woo.shop.secret, &body));
        assert_eq!(signed.body(body.clone()).send().await.expect("an answer").status(), 404, "{file}");
        // With its own signature, by a secret that nobody here knows.
        let foreign = request.header("x-wc-webhook-signature", header("x-wc-webhook-signature"));
        assert_eq!(foreign.body(body).send().await.expect("an answer").status(), 401, "{file}");
    }
}

#[tokio::test]
async fn signatures_made_as_woocommerce_makes_them_verify() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let woo = start().await;
    let vectors = fixture(&folder, VECTORS);
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let (body, signature) = (text(vector, "body"), text(vector, "x-wc-webhook-signature"));
        // As it is, and as WordPress keeps it.
        for secret in
            [&vector["secret"], &vector["secret_as_stored_html_escaped"]].into_iter().filter(|it| it.is_string())
        {
            woo.app.keep_secret(&woo.shop.id, "another").await;
            let request = |body: String| {
                woo.request("coupon.updated", body.into_bytes()).header("x-wc-webhook-signature", &signature)
            };
            assert_eq!(
                request(body.clone()).send().await.expect("an answer").status(),
                401,
                "by none of the shop's secrets"
            );
            woo.app.keep_secret(&woo.shop.id, secret.as_str().expect("text")).await;
            assert_eq!(request(body.clone()).send().await.expect("an answer").status(), 200, "{vector}");
            assert_eq!(request(format!("{body} ")).send().await.expect("an answer").status(), 401, "{vector}");
        }
    }
}

#[tokio::test]
async fn the_genuine_ping_is_answered_200() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let woo = start().await;
    let before = woo.app.items();
    let ping = fixture(&folder, PING);
    let request = woo.shop.client.post(&woo.shop.webhook_url).header("content-type", text(&ping, "content-type"));
    let status = request.body(text(&ping, "body")).send().await.expect("an answer").status();
    assert_eq!(json!(status.as_u16()), ping["must_respond"]);
    assert_eq!(woo.app.items(), before);
}

#[tokio::test]
async fn a_new_fixture_does_not_go_unnoticed() {
    let Some(folder) = fixtures("woocommerce") else { return };
    let known = NOT_USED.into_iter().chain([ORDER, REFUND, VECTORS, PING, NO_ORDER]).map(str::to_owned);
    let recorded = NOT_USED.iter().filter(|file| file.ends_with("--hookdeck")).map(|file| format!("{file}.headers"));
    let known: BTreeSet<_> = known.chain(recorded).map(|file| format!("{file}.json")).collect();
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names: BTreeSet<_> = names.map(|name| name.into_string().expect("text")).collect();
    assert_eq!(names, known, "left: the folder; right: what this file asserts");
}
