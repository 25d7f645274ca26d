//! Each kind of event, with exactly what it says: ids, amounts and states, never who a person is.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::event::EventKind;
use shared::events::daily::{Clicks, tell_of};
use shared::store::Endpoint;
use tests::{BROWSER, Receiver, TestApp, TestMerchant, text};

use super::{listening, merchant, pays, said, stored, told, told_of};

/// A merchant with an endpoint that hears of everything.
async fn open_to_all(app: &TestApp) -> (TestMerchant, Receiver, Value) {
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    let endpoint = listening(&shop, &receiver, &["*"]).await;
    (shop, receiver, endpoint)
}

#[tokio::test]
async fn advocates_and_links_are_told_of_as_they_come_change_and_end() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint) = open_to_all(&app).await;
    let program = shop.program(|_| ()).await;
    let link = shop.link(&program, "anna@example.com", Some("anna10")).await;
    app.drain().await;
    assert_eq!(told(&receiver), ["advocate.created", "link.created"]);
    let advocate = shop.get(&format!("/v1/advocates/{}", text(&link, "advocate"))).await;
    let expected = json!({"advocate": link["advocate"], "loyalty_tier": null, "erased_at": null, "created_at": advocate["created_at"]});
    assert_eq!(said(&receiver, "advocate.created"), expected);
    let expected = json!({"code": "ANNA10", "program": program["id"], "shop": shop.shop.id, "advocate": link["advocate"],
        "state": "active", "expires_at": null, "platform_code": null, "created_at": link["created_at"], "version": 1});
    assert_eq!(said(&receiver, "link.created"), expected);
    let created = told_of(&receiver, "link.created").remove(0);
    assert_eq!(created.json()["timestamp"], link["created_at"], "when it happened, not when it was sent");
    assert!(created.verifies(&text(&endpoint, "secret"), app.at(0)));
    assert!(created.header("webhook-id").starts_with("out_"));

    let change = async |path: String, body: Value| {
        shop.call(200, Method::PATCH, &path, body).await;
        app.drain().await;
    };
    change(format!("/v1/advocates/{}", text(&link, "advocate")), json!({"loyalty_tier": "gold"})).await;
    assert_eq!(said(&receiver, "advocate.changed")["loyalty_tier"], "gold");
    // A phone number is known by a hash, which is nobody's business.
    change(format!("/v1/advocates/{}", text(&link, "advocate")), json!({"phone": "+46701234567"})).await;
    assert_eq!(told_of(&receiver, "advocate.changed").len(), 1);
    change("/v1/links/ANNA10".into(), json!({"expires_at": "2099-01-01T00:00:00Z"})).await;
    let changed = said(&receiver, "link.changed");
    assert_eq!((&changed["expires_at"], &changed["version"]), (&json!("2099-01-01T00:00:00.000Z"), &json!(2)));
    change("/v1/links/ANNA10".into(), json!({"state": "disabled"})).await;
    assert_eq!(said(&receiver, "link.ended")["state"], "disabled");
    change("/v1/links/ANNA10".into(), json!({"state": "active"})).await;
    assert_eq!(said(&receiver, "link.changed")["state"], "active");
    assert_eq!(told(&receiver).len(), 6, "{:?}", told(&receiver));

    // Being forgotten is told of too, so that the receiver can forget as well.
    shop.call(202, Method::POST, "/v1/privacy/erase", json!({"email": "anna@example.com"})).await;
    app.drain().await;
    assert!(said(&receiver, "advocate.changed")["erased_at"].is_string());
    assert_eq!(said(&receiver, "link.ended")["state"], "disabled");
    assert_eq!(said(&receiver, "consent.changed")["mail"], "none");
}

#[tokio::test]
async fn an_orders_life_is_told_of_from_its_decision_to_the_last_of_its_rewards() {
    let app = TestApp::start().await;
    let (shop, receiver, _) = open_to_all(&app).await;
    let program = shop.program(|body| body["hold_days"] = json!(3)).await;
    let link = shop.link(&program, "anna@example.com", Some("anna10")).await;
    app.drain().await;
    let order = pays(&shop, "1001").await;
    app.drain().await;
    let why = shop.why("1001").await;
    let referral = shop.get(&format!("/v1/referrals/{}", text(&why, "referral"))).await;
    let shown = json!({"shop": shop.shop.id, "id": "1001"});
    assert_eq!(
        said(&receiver, "order.decided"),
        json!({"order": shown, "version": 1, "outcome": "credited", "sentence": why["sentence"], "program": program["id"],
            "advocate": link["advocate"], "code": "ANNA10", "referral": why["referral"],
            "net": {"amount": "500.00", "currency": "SEK"}, "refunded": {"amount": "0.00", "currency": "SEK"}})
    );
    let created = said(&receiver, "referral.created");
    assert_eq!(
        created,
        json!({"referral": why["referral"], "state": "pending", "program": program["id"], "advocate": link["advocate"],
            "code": "ANNA10", "order": shown, "created_at": referral["created_at"], "updated_at": created["updated_at"]})
    );
    assert_eq!(told_of(&receiver, "reward.pending").len(), 2);
    assert_eq!((told_of(&receiver, "referral.pending").len(), told_of(&receiver, "reward.approved").len()), (0, 0));

    app.days_pass(4).await;
    assert_eq!(said(&receiver, "referral.approved")["state"], "approved");
    let rewards = shop.get("/v1/rewards").await["data"].clone();
    let of = |side: &str| {
        rewards.as_array().expect("a list").iter().find(|reward| reward["side"] == side).expect(side).clone()
    };
    let (annas, bos) = (of("advocate"), of("friend"));
    let approved: Vec<_> = told_of(&receiver, "reward.approved").iter().map(|one| one.json()["data"].clone()).collect();
    let of_anna = approved.iter().find(|data| data["reward"] == annas["id"]).expect("Anna's");
    assert_eq!(
        *of_anna,
        json!({"reward": annas["id"], "advocate": link["advocate"], "side": "advocate", "kind": "fixed",
            "value": {"amount": "100.00", "currency": "SEK"}, "state": "approved", "fulfilment": "manual", "endpoint": null,
            "has_problem": false, "hold_until": annas["hold_until"], "expires_at": null, "program": program["id"],
            "referral": why["referral"], "order": shown, "updated_at": of_anna["updated_at"], "hand_over": false})
    );

    // Bo sends a fifth back: his share gets less. Anna gets hers, uses it, and then the order is cancelled.
    let refund = order.clone().refund(1, "100.00", app.at(60));
    assert_eq!(shop.shop.post("refunds/create", &refund).await, 200);
    app.drain().await;
    let changed = said(&receiver, "reward.changed");
    assert_eq!((&changed["reward"], &changed["value"]["amount"]), (&bos["id"], &json!("40.00")));
    assert_eq!(said(&receiver, "order.decided")["refunded"]["amount"], "100.00");
    let act = async |what: &str, body: Value| {
        let path = format!("/v1/rewards/{}/{what}", text(&annas, "id"));
        shop.call(200, Method::POST, &path, body).await;
        app.drain().await;
    };
    act("fulfil", json!({"actor": "Eva", "reason": "sent a card"})).await;
    assert_eq!(said(&receiver, "reward.issued")["reward"], annas["id"]);
    act("redeem", json!({"actor": "Eva", "reason": "used in the shop", "id": "use-1"})).await;
    assert_eq!(said(&receiver, "reward.redeemed")["reward"], annas["id"]);
    let cancelled = order.later(app.at(120), json!({"cancelled_at": app.at(120).to_string()}));
    shop.shop.post("orders/cancelled", &cancelled.0).await;
    app.drain().await;
    assert_eq!(said(&receiver, "reward.voided")["reward"], bos["id"]);
    let decided = said(&receiver, "order.decided");
    assert_eq!(decided["outcome"], "void");
    let versions: Vec<_> =
        told_of(&receiver, "order.decided").iter().map(|one| one.json()["data"]["version"].as_u64()).collect();
    assert!(versions.is_sorted() && versions.len() == 3, "{versions:?}");

    let once = |kind: &str| told_of(&receiver, kind).len();
    for kind in ["referral.created", "referral.approved", "reward.issued", "reward.redeemed", "reward.voided"] {
        assert_eq!(once(kind), 1, "{kind} in {:?}", told(&receiver));
    }
    for webhook in receiver.received() {
        let body = String::from_utf8(webhook.body).expect("text");
        for personal in ["example.com", "Anna\"", "Bo\"", "070", "Eva", "card"] {
            assert!(!body.contains(personal), "{personal} in {body}");
        }
    }
}

#[tokio::test]
async fn what_waits_for_a_person_and_what_that_person_says_is_told_of() {
    let app = TestApp::start().await;
    let (shop, receiver, _) = open_to_all(&app).await;
    let review = json!({"flag_at": 40, "reject_at": 100, "codes_without_click_per_day": 1});
    let program = shop.program(|body| body["review"] = review).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    pays(&shop, "1000").await;
    pays(&shop, "1001").await;
    app.drain().await;
    let outcome = text(&shop.why("1001").await, "outcome");
    assert_eq!(outcome, "flagged", "by a code that came twice without a click");
    assert_eq!(said(&receiver, "referral.flagged")["state"], "flagged");
    assert_eq!(told_of(&receiver, "reward.flagged").len(), 2);
    let referral = text(&shop.why("1001").await, "referral");
    let verdict = json!({"actor": "Eva", "reason": "knows Bo"});
    shop.call(200, Method::POST, &format!("/v1/referrals/{referral}/reject"), verdict).await;
    app.drain().await;
    assert_eq!(said(&receiver, "referral.voided")["state"], "void");
    assert_eq!(told_of(&receiver, "reward.voided").len(), 2);
    assert_eq!(said(&receiver, "order.decided")["outcome"], "not_credited");
    assert_eq!(said(&receiver, "order.decided")["advocate"], json!(null));
}

#[tokio::test]
async fn a_reward_that_nobody_used_in_time_is_told_of() {
    let app = TestApp::start().await;
    let (shop, receiver, _) = open_to_all(&app).await;
    let program = shop.program(|body| body["rewards"]["advocate"][0]["expires_days"] = json!(30)).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    pays(&shop, "1001").await;
    app.drain().await;
    app.days_pass(31).await;
    assert_eq!(said(&receiver, "reward.expired")["side"], "advocate");
    assert_eq!(told_of(&receiver, "referral.voided").len(), 0, "it was earned all the same");
}

#[tokio::test]
async fn who_leaves_is_told_of_by_the_advocates_id_and_once() {
    let app = TestApp::start().await;
    let (shop, receiver, _) = open_to_all(&app).await;
    let link = shop.anna().await;
    pays(&shop, "1001").await;
    app.drain().await;
    assert_eq!(told_of(&receiver, "consent.changed").len(), 0);
    let html = app.engine.inbox.mails().into_iter().find(|mail| mail.to == "anna@example.com").expect("a mail").text;
    let unsubscribe = html.split_whitespace().find(|word| word.contains("/u/")).expect("a link").to_owned();
    for _ in 0..2 {
        let answer = app.client.post(&unsubscribe).header("user-agent", BROWSER).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        app.drain().await;
    }
    assert_eq!(told_of(&receiver, "consent.changed").len(), 1);
    let said = said(&receiver, "consent.changed");
    assert_eq!(said, json!({"person": said["person"], "advocate": link["advocate"], "mail": "none", "muted": []}));
    assert_eq!(text(&said, "person").len(), 32);
}

#[tokio::test]
async fn a_day_of_clicks_is_told_of_once_it_was_counted_and_nothing_is_made_up() {
    let app = TestApp::start().await;
    let (shop, receiver, endpoint) = open_to_all(&app).await;
    let program = shop.program(|_| ()).await;
    app.drain().await;
    // Nobody counted anything.
    for _ in 0..3 {
        app.days_pass(1).await;
    }
    assert_eq!(told_of(&receiver, "click.daily").len(), 0);
    let endpoints: [Endpoint; 1] = [stored(&app, &shop, &endpoint).await];
    let named = (merchant(&app, &shop).await, text(&program, "id").parse().expect("an id"));
    for (day, total) in [("2026-11-21", 7), ("2026-11-21", 9), ("2026-11-22", 1)] {
        let clicks = Clicks { total, visitors: 1 };
        let day = day.parse().expect("a day");
        tell_of(&app.engine.app, &endpoints, named, day, clicks).await.expect("writes");
    }
    app.drain().await;
    let told: Vec<_> = told_of(&receiver, "click.daily").iter().map(|one| one.json()["data"].clone()).collect();
    let of = |day: &str, clicks: u64| json!({"program": program["id"], "day": day, "clicks": clicks, "visitors": 1});
    assert_eq!(told.len(), 2, "a day is told of once: {told:?}");
    assert!(told.contains(&of("2026-11-21", 7)) && told.contains(&of("2026-11-22", 1)), "{told:?}");
}

#[test]
fn the_guide_has_an_example_of_each_event() {
    let guide = include_str!("../../../infra/guides/webhooks.md");
    for kind in EventKind::ALL {
        assert!(guide.contains(&format!("`{kind}`")), "{kind}");
    }
    let examples = guide.split("```json").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    for example in examples {
        serde_json::from_str::<Value>(example).unwrap_or_else(|fault| panic!("{fault}: {example}"));
    }
}
