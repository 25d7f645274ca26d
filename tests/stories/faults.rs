//! Storage throttles, fails, and loses answers; workers die between two steps. Whatever happens, once it is over the
//! books are what the facts imply, and nobody is written to twice.

use local::inbox::Refusal;
use local::wire::{Fault, Trouble};
use serde_json::json;
use tests::{BROWSER, TestApp, TestOrder, parameter, reward, text};

fn fault(operation: &'static str, body_contains: &'static str, trouble: Trouble, times: u32) -> Fault {
    Fault { operation, body_contains, trouble, times }
}

#[tokio::test]
async fn each_call_of_an_order_may_fail_once_in_every_way() {
    let calls = [
        ("GetItem", "ORD#"),
        ("GetItem", "LNK#"),
        ("GetItem", "ADV#"),
        ("Query", "PER#"),
        ("PutItem", "PER#"),
        ("TransactWriteItems", "REF#"),
    ];
    for (operation, body_contains) in calls {
        for trouble in [Trouble::Throttle, Trouble::Fail, Trouble::LoseAnswer, Trouble::Delay(50)] {
            // Once: the SDK's own retry meets it. Nine times: ours, or the parking.
            for times in [1, 9] {
                let app = TestApp::with_faults().await;
                let shop = app.merchant().await;
                shop.anna().await;
                app.engine.wire.inject(fault(operation, body_contains, trouble, times));
                let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
                let status = shop.shop.post("orders/paid", &order.0).await;
                assert_eq!(status, 200, "{operation} {body_contains} {trouble:?} ×{times}");
                app.engine.wire.heal();
                app.days_pass(1).await;
                shop.expect_one_referral("1001").await;
            }
        }
    }
}

#[tokio::test]
async fn a_mail_survives_a_crash_between_commit_and_mail() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    // The stream's consumer never ran: the sweep finds the mails a minute later.
    assert_eq!(app.engine.tick().await.expect("ticks"), 0, "the stream has its minute first");
    app.engine.advance(61);
    assert_eq!(app.engine.tick().await.expect("ticks"), 2);
    app.drain().await;
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn a_mail_survives_a_crash_between_claim_and_sending() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    let due = app.engine.app.store.due(0, app.at(3600), 100).await.expect("reads");
    let mut due = due;
    for shard in 1..shared::store::key::SHARDS {
        due.extend(app.engine.app.store.due(shard, app.at(3600), 100).await.expect("reads"));
    }
    // A worker claims both mails and dies.
    for item in due.iter().filter_map(|item| item.pk.strip_prefix("OUT#")) {
        let store = &app.engine.app.store;
        let row = store.outbox(item.parse().expect("an id")).await.expect("reads").expect("a mail");
        let claimed = store.claim_outbox(&row, app.at(0)).await.expect("claims");
        assert!(claimed.is_some());
    }
    app.drain().await;
    assert_eq!(app.mails(), [], "claimed mails are not another worker's");
    app.engine.advance(16 * 60);
    app.drain().await;
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn mails_that_ses_refuses_for_now_come_later_and_one_does_not_block_the_other() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    app.engine.inbox.refuse([Refusal::Throttled]);
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    assert_eq!(app.mails().len(), 1, "the other mail went out");
    app.days_pass(1).await;
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_good_is_given_up_and_blocks_nothing() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    app.engine.inbox.refuse([Refusal::Rejected]);
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    app.days_pass(1).await;
    assert_eq!(app.mails().len(), 1, "the other one");
    assert_eq!(shop.ledger(&link["advocate"]).await["balances"]["SEK"]["liability"], "100.00", "the reward stands");
}

#[tokio::test]
async fn a_mail_that_may_have_been_sent_is_sent_at_most_once_more() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    app.engine.inbox.refuse([Refusal::TakenThenError]);
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.days_pass(1).await;
    app.days_pass(1).await;
    let mails = app.mails();
    assert!((2..=3).contains(&mails.len()), "{mails:?}");
    assert_eq!(shop.why("1001").await["outcome"], "credited");
}

#[tokio::test]
async fn a_claim_whose_answer_got_lost_is_still_ones_own() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.engine.wire.inject(fault("UpdateItem", ":claim", Trouble::LoseAnswer, 1));
    app.drain().await;
    // At once: nobody has to wait until the claim runs out.
    shop.expect_one_referral("1001").await;
}

#[tokio::test]
async fn who_unsubscribed_gets_no_mail_and_keeps_the_reward() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    let mail = app.engine.inbox.mails().into_iter().find(|mail| mail.to == "anna@example.com").expect("Anna's mail");
    let header = mail.headers["List-Unsubscribe"].as_str().expect("a header").to_owned();
    let url = header.trim_matches(['<', '>']).to_owned();
    assert_eq!(mail.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");

    let page = app.client.get(&url).send().await.expect("an answer");
    assert_eq!(page.status(), 200);
    // Looking changes nothing; the button, or the mail program's POST, does.
    for (id, expected) in [("1002", 4), ("1003", 5)] {
        if id == "1003" {
            let post = app
                .client
                .post(&url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body("List-Unsubscribe=One-Click");
            let answer = post.send().await.expect("an answer");
            assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (200, None));
        }
        let buyer = json!({"email": format!("{id}@example.com"), "customer": null});
        shop.shop.post("orders/paid", &TestOrder::paid(id, app.at(0)).coupon("ANNA10").with(buyer).0).await;
        app.drain().await;
        assert_eq!(app.mails().len(), expected, "after order {id}");
    }
    assert_eq!(shop.ledger(&link["advocate"]).await["balances"]["SEK"]["liability"], "300.00");
    let forged = url.replace("/u/1.", "/u/2.");
    assert_eq!(app.client.post(&forged).send().await.expect("an answer").status(), 404);
}

#[tokio::test]
async fn a_click_that_cannot_be_logged_still_leads_to_the_shop_and_still_counts() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    app.engine.wire.inject(fault("UpdateItem", "CLK#", Trouble::Fail, 1000));
    let location = app.click(&text(&link, "url")).await;
    app.engine.wire.heal();
    let token = parameter(&location, "ref_click").expect("a token");
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(60)).token(&token).0).await;
    app.drain().await;
    assert_eq!(shop.why("1001").await["outcome"], "credited");
    // The friend used no code, so the shop took nothing off.
    assert_eq!(shop.rewards().await, [reward("advocate", "100.00", "approved")]);
}

#[tokio::test]
async fn a_slow_table_does_not_hold_the_shopper() {
    let app = TestApp::with_faults().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    app.engine.wire.inject(fault("UpdateItem", "CLK#", Trouble::Delay(20_000), 1));
    let click = app.client.get(text(&link, "url")).header("user-agent", BROWSER).send();
    let answer =
        tokio::time::timeout(std::time::Duration::from_secs(10), click).await.expect("in time").expect("an answer");
    assert_eq!(answer.status(), 302);
}
