//! Every POST that writes, under one idempotency key: twenty at once, and a repeat after a death at any write, leave what
//! one call leaves. What that is, a twin that was called once tells.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Receiver, ShopifyApi, TestApp, TestMerchant, TestPool, codes, text};
use tokio::task::JoinSet;

use super::{count, done, earned, for_anna, order, sek, send};

/// A call that is prepared: path and body, and the API key where it is not the merchant's.
type Prepared = (String, Value, Option<String>);

/// All of them but those that save nothing (`validate`, `privacy/export`).
const POSTS: [&str; 25] = [
    "merchants",
    "shops",
    "shops/rotate-secret",
    "shops/backfill",
    "programs",
    "links",
    "links again",
    "orders",
    "attribute",
    "approve",
    "reject",
    "rewards",
    "fulfil",
    "redeem",
    "retry",
    "retry a webhook",
    "milestones",
    "import/customers",
    "friends",
    "coupon-pools",
    "codes",
    "webhook-endpoints",
    "test",
    "redeliver",
    "rotate-secret",
];
// Erasing and sending all again have tests of their own: what they leave depends on the time.

/// What the call needs, and the call.
#[expect(clippy::too_many_lines, reason = "one arm for each call")]
async fn prepared(merchant: &TestMerchant, post: &str) -> Prepared {
    let told = json!({"actor": "Eva", "reason": "agreed on the phone"});
    let of = |path: String, body: Value| (path, body, None);
    let reward = async |path: &str| format!("/v1/rewards/{}/{path}", text(&earned(merchant, 1).await, "id"));
    match post {
        "merchants" => {
            let body = json!({"name": "Another", "currency": "SEK", "time_zone": "Europe/Stockholm", "locale": "sv",
                "mail_from": "hej@another.example"});
            ("/v1/merchants".into(), body, Some(merchant.app.engine.operator_key()))
        }
        "shops" => {
            of("/v1/shops".into(), json!({"platform": "custom", "domain": "a.example", "site": "https://a.example"}))
        }
        "shops/rotate-secret" => {
            let body = json!({"webhook_secret": "a secret that nobody knows"});
            of(format!("/v1/shops/{}/rotate-secret", merchant.shop.id), body)
        }
        "shops/backfill" => {
            let api = ShopifyApi::start().await;
            let access = json!({"api": {"access_token": "shpat_1", "base_url": api.server.url}});
            merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
            of(format!("/v1/shops/{}/backfill", merchant.shop.id), json!({}))
        }
        "programs" => {
            // A program stands as the newest one that redirects are ready for: a hint that a repeat does not write.
            merchant.program(|_| ()).await;
            let body = json!({"name": "x", "shop": merchant.shop.id, "destination": format!("{}/", merchant.shop.site),
                "rewards": {"advocate": [{"kind": "fixed", "value": sek("1.00"), "fulfilment": "manual"}]}});
            of("/v1/programs".into(), body)
        }
        "links" | "links again" => {
            let program = merchant.program(|_| ()).await;
            if post == "links again" {
                merchant.link(&program, "anna@example.com", None).await;
            }
            of("/v1/links".into(), json!({"program": program["id"], "advocate": {"email": "anna@example.com"}}))
        }
        "orders" => {
            for_anna(merchant, |_| ()).await;
            let at = merchant.app.at(0);
            let body = json!({"shop": merchant.shop.id, "id": "9", "placed_at": at, "updated_at": at, "state": "paid",
                "currency": "SEK", "net": sek("500.00"), "total": sek("625.00"), "coupon_codes": ["anna10"],
                "customer": {"id": "c-7", "email": "bo@example.com"}});
            of("/v1/orders".into(), body)
        }
        "attribute" => {
            for_anna(merchant, |_| ()).await;
            let stranger = order(merchant, 1, "NOBODY").with(json!({"discount_codes": []}));
            assert_eq!(merchant.shop.post("orders/paid", &stranger.0).await, 200);
            let body = json!({"code": "ANNA10", "actor": "Eva", "reason": "told on the phone"});
            of(format!("/v1/orders/{}/1/attribute", merchant.shop.id), body)
        }
        "approve" | "reject" => {
            for_anna(merchant, |body| body["review"] = json!({"flag_at": 30, "velocity_per_day": 1})).await;
            earned(merchant, 1).await;
            let flagged = earned(merchant, 2).await;
            of(format!("/v1/referrals/{}/{post}", text(&flagged, "referral")), told)
        }
        "rewards" => {
            for_anna(merchant, |_| ()).await;
            let body = json!({"code": "ANNA10", "actor": "Eva", "reason": "a surprise",
                "reward": {"kind": "fixed", "value": sek("50.00"), "fulfilment": "manual"}});
            of("/v1/rewards".into(), body)
        }
        "fulfil" => {
            for_anna(merchant, |_| ()).await;
            of(reward("fulfil").await, json!({"actor": "Eva", "coupon": "C-1"}))
        }
        "redeem" => {
            for_anna(merchant, |_| ()).await;
            of(reward("redeem").await, json!({"id": "u1", "actor": "till 4", "amount": sek("40.00")}))
        }
        "retry" => {
            let api = ShopifyApi::start().await;
            let access = json!({"api": {"access_token": "shpat_1", "base_url": api.server.url}});
            merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", merchant.shop.id), access).await;
            for_anna(merchant, |body| body["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code")).await;
            let path = reward("retry").await;
            let id = path.split('/').nth(3).expect("an id").parse().expect("an id");
            let platform = shared::domain::platform::Platform::Shopify;
            let app = &merchant.app.engine.app;
            shared::settle::refused(app, id, platform, "is too long").await.expect("notes");
            of(path, json!({}))
        }
        "retry a webhook" => {
            let endpoint =
                merchant.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": "http://127.0.0.1:9/"})).await;
            for_anna(merchant, |body| {
                body["rewards"]["advocate"][0]["fulfilment"] = json!("webhook");
                body["rewards"]["advocate"][0]["endpoint"] = endpoint["id"].clone();
            })
            .await;
            let path = reward("retry").await;
            let id = path.split('/').nth(3).expect("an id").parse().expect("an id");
            let endpoint = text(&endpoint, "id").parse().expect("an id");
            shared::settle::not_taken(&merchant.app.engine.app, id, endpoint, "nobody there").await.expect("notes");
            of(path, json!({}))
        }
        "milestones" => {
            merchant
                .program(|body| {
                    body["mails"] = json!({"invite": {"on": "milestone", "milestone": "five stars", "delay_hours": 1}});
                })
                .await;
            of("/v1/customers/milestones".into(), json!({"email": "bo@example.com", "milestone": "five stars"}))
        }
        "import/customers" => {
            of("/v1/import/customers".into(), json!({"email": "bo@example.com", "name": "Bo", "orders": 3}))
        }
        "friends" => {
            for_anna(merchant, |_| ()).await;
            of("/v1/links/ANNA10/friends".into(), json!({"email": "bo@example.com"}))
        }
        "coupon-pools" => of("/v1/coupon-pools".into(), json!({"name": "Ten off"})),
        "codes" => of(format!("{}/codes", TestPool::new(merchant, 0).await.path), json!({"codes": codes("Gift", 30)})),
        "webhook-endpoints" => of("/v1/webhook-endpoints".into(), json!({"url": "http://127.0.0.1:9/hook"})),
        "test" | "rotate-secret" | "redeliver" => {
            let receiver = Receiver::start().await;
            let made = merchant.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": receiver.url})).await;
            let path = format!("/v1/webhook-endpoints/{}", text(&made, "id"));
            if post != "redeliver" {
                return of(format!("{path}/{post}"), json!({}));
            }
            let sent = merchant.call(202, Method::POST, &format!("{path}/test"), json!({})).await;
            merchant.app.drain().await;
            of(format!("{path}/deliveries/{}/redeliver", text(&sent, "id")), json!({}))
        }
        other => panic!("no call {other}"),
    }
}

/// A merchant of whom nothing is called yet, and the call.
async fn fresh(post: &str) -> (TestMerchant, Prepared) {
    let merchant = TestApp::with_faults().await.merchant().await;
    let call = prepared(&merchant, post).await;
    (merchant, call)
}

async fn called(merchant: &TestMerchant, (path, body, api_key): &Prepared) -> (u16, Value) {
    let api_key = api_key.as_ref().unwrap_or(&merchant.api_key);
    send(merchant, Method::POST, path, (api_key, "once"), body).await
}

/// What is left: how many items there are, and what stands where that can be compared between twins.
async fn left(merchant: &TestMerchant) -> (usize, usize, Value) {
    let record = merchant.get("/v1/audit").await["data"].as_array().map_or(0, Vec::len);
    let check = merchant.get("/v1/ledger/check").await;
    assert_eq!(check["balanced"], true);
    (merchant.app.items(), record, check["postings"].clone())
}

async fn once(post: &str) -> (u16, (usize, usize, Value)) {
    let (merchant, call) = fresh(post).await;
    let (status, answer) = called(&merchant, &call).await;
    assert!((200..300).contains(&status), "{post}: {status} {answer}");
    (status, left(&merchant).await)
}

async fn twenty(post: &'static str) {
    let (expected, leaves) = once(post).await;
    let (merchant, call) = fresh(post).await;
    let slow = |operation| Fault { operation, body_contains: "", trouble: Trouble::Delay(50), times: 20 };
    for operation in ["TransactWriteItems", "PutItem", "UpdateItem"] {
        merchant.app.engine.wire.inject(slow(operation));
    }
    let mut sent = JoinSet::new();
    for _ in 0..20 {
        let (merchant, call) = (merchant.clone(), call.clone());
        sent.spawn(async move { called(&merchant, &call).await });
    }
    let answers = sent.join_all().await;
    assert_eq!(count(&answers, expected), 20, "{post}: {answers:?}");
    let stands = called(&merchant, &call).await;
    assert!(answers.iter().all(|answer| *answer == stands), "{post}: {stands:?} and not {answers:?}");
    assert_eq!(left(&merchant).await, leaves, "{post}");
}

#[tokio::test]
async fn repair_03_twenty_posts_at_once_under_one_key_leave_what_one_leaves() {
    let mut cases = JoinSet::new();
    for post in POSTS {
        cases.spawn(twenty(post));
    }
    cases.join_all().await;
}

/// Which writes a call dies at, and how: as often as the SDK tries, and more.
const DEATHS: [(&str, &str, Trouble); 4] = [
    ("TransactWriteItems", "IDM#", Trouble::Fail),
    ("TransactWriteItems", "", Trouble::LoseAnswer),
    ("PutItem", "", Trouble::LoseAnswer),
    ("UpdateItem", "", Trouble::LoseAnswer),
];

/// Dies at each kind of write and is repeated.
async fn repeated(post: &'static str) {
    let (expected, leaves) = once(post).await;
    for (operation, body_contains, trouble) in DEATHS {
        let (merchant, call) = fresh(post).await;
        merchant.app.engine.wire.inject(Fault { operation, body_contains, trouble, times: 9 });
        let (first, _) = called(&merchant, &call).await;
        merchant.app.engine.wire.heal();
        let what = format!("{post}: {operation} {body_contains} {trouble:?}, first {first}");
        let (again, answer) = called(&merchant, &call).await;
        assert_eq!(again, expected, "{what}: {answer}");
        assert_eq!(called(&merchant, &call).await, (again, answer), "{what}");
        assert_eq!(left(&merchant).await, leaves, "{what}");
    }
}

#[tokio::test]
async fn repair_03_a_post_that_died_leaves_what_one_leaves_when_it_is_repeated() {
    let mut cases = JoinSet::new();
    for post in POSTS {
        cases.spawn(repeated(post));
    }
    cases.join_all().await;
}

#[tokio::test]
async fn repair_03_a_repeated_word_does_not_undo_a_later_one() {
    // The answer to the first word is lost with everything after it; meanwhile another has the last word.
    let lost =
        Fault { operation: "TransactWriteItems", body_contains: "IDM#", trouble: Trouble::LoseAnswer, times: 30 };
    let (merchant, call) = fresh("approve").await;
    merchant.app.engine.wire.inject(lost.clone());
    called(&merchant, &call).await;
    merchant.app.engine.wire.heal();
    let reject = call.0.replace("/approve", "/reject");
    merchant.call(200, Method::POST, &reject, json!({"actor": "Kim", "reason": "known to cheat"})).await;
    let (status, _) = called(&merchant, &call).await;
    let referral = merchant.get(call.0.trim_end_matches("/approve")).await;
    assert_eq!((status, &referral["verdict"]["actor"]), (200, &json!("Kim")), "{referral}");
    assert_eq!((done(&merchant, "approve").await, done(&merchant, "reject").await), (1, 1));

    let (merchant, call) = fresh("shops/rotate-secret").await;
    merchant.app.engine.wire.inject(lost);
    called(&merchant, &call).await;
    merchant.app.engine.wire.heal();
    let mut later = merchant.clone();
    later.shop.secret = "a later secret, by another".into();
    later.call(200, Method::POST, &call.0, json!({"webhook_secret": later.shop.secret})).await;
    assert_eq!(called(&merchant, &call).await.0, 200);
    // Two more rotations would push a secret out; this one is current still.
    later.call(200, Method::POST, &call.0, json!({"webhook_secret": "and one more of them"})).await;
    assert_eq!(later.shop.post("orders/paid", &order(&merchant, 1, "NOBODY").0).await, 200);
}
