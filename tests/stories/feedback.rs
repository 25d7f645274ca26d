//! What SES tells of mails afterwards: what was perhaps sent was sent, who can't or must not be written to is not, and
//! a merchant whose mails are unwelcome too often is paused.

use local::Options;
use local::inbox::Refusal;
use local::ses_events::in_sns;
use local::wire::{Fault, Trouble};
use serde_json::{Value, json};
use shared::domain::id::{MerchantId, ProgramId};
use shared::domain::mail::MailKind;
use shared::domain::person::PersonKey;
use shared::store::{Merchant, Message, Notice, OutboxRow, OutboxState, PersonRow};
use tests::{TestApp, TestMerchant, TestOrder};

/// An engine that hears of mails by itself.
async fn hearing() -> TestApp {
    TestApp::with(Options { feedback: true, with_wire: true, ..Options::default() }).await
}

async fn merchant_of(shop: &TestMerchant) -> Merchant {
    let store = &shop.app.engine.app.store;
    let row = store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    store.merchant(row.merchant).await.expect("reads").expect("a merchant")
}

async fn person(app: &TestApp, merchant: MerchantId, address: &str) -> (PersonKey, PersonRow) {
    let key = app.engine.app.config.keys.person_by_email(merchant, &address.parse().expect("an address"));
    let row = app.engine.app.store.person(merchant, &key).await.expect("reads").unwrap_or_else(|| panic!("{address}"));
    (key, row)
}

/// An advocate of this address, who is rewarded for each order.
async fn advocate(app: &TestApp, address: &str) -> TestMerchant {
    let shop = app.merchant().await;
    let program = shop.program(|program| program["rewards"]["friend"] = json!([])).await;
    shop.link(&program, address, Some("anna10")).await;
    shop
}

async fn order(shop: &TestMerchant, id: &str) {
    let buyer = json!({"email": format!("{id}@example.com"), "customer": null});
    let order = TestOrder::paid(id, shop.app.at(0)).coupon("ANNA10").with(buyer);
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
    shop.app.drain().await;
}

/// A message that says itself, claimed once.
async fn claimed(app: &TestApp, merchant: MerchantId, n: usize) -> OutboxRow {
    let program = ProgramId::new(app.engine.app.ulid());
    let notice = Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: n.to_string() };
    let id = Notice::budget_spent_id(program, &n.to_string());
    let row = OutboxRow::queued(id, merchant, Message::Notice { notice }, app.at(0));
    let store = &app.engine.app.store;
    assert!(store.add_outbox(&row).await.expect("writes"));
    store.claim_outbox(&row, app.at(0)).await.expect("claims").expect("a claim")
}

fn told(app: &TestApp, row: &OutboxRow, kind: &str, detail: &Value) -> Value {
    let mail = json!({"timestamp": app.at(0), "messageId": format!("m-{}", row.id), "tags": {"outbox": [row.id],
        "attempt": [row.attempts.to_string()]}});
    let name = if kind == "Rendering Failure" { "failure".to_owned() } else { kind.to_lowercase() };
    json!({"eventType": kind, "mail": mail, name: detail})
}

fn bounce(app: &TestApp, row: &OutboxRow) -> Value {
    told(app, row, "Bounce", &json!({"bounceType": "Permanent", "bounceSubType": "General", "timestamp": app.at(0)}))
}

async fn hear(app: &TestApp, events: &[Value]) {
    app.engine.hear(&in_sns(events)).await.expect("noted");
}

async fn read(app: &TestApp, row: &OutboxRow) -> OutboxRow {
    app.engine.app.store.outbox(row.id).await.expect("reads").expect("a mail")
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_goes_out_once_when_ses_says_that_it_has_it() {
    let app = hearing().await;
    let shop = advocate(&app, "anna@example.com").await;
    app.engine.inbox.refuse([Refusal::TakenThenError]);
    order(&shop, "1001").await;
    for _ in 0..3 {
        app.days_pass(1).await;
    }
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn ses_may_tell_of_a_mail_before_it_answers_twice_and_out_of_order() {
    let app = TestApp::start().await;
    let merchant = merchant_of(&app.merchant().await).await.id;
    let row = claimed(&app, merchant, 1).await;
    let delivery = told(&app, &row, "Delivery", &json!({"timestamp": app.at(0)}));
    let send = told(&app, &row, "Send", &json!({}));
    for event in [&delivery, &send, &delivery, &send] {
        hear(&app, std::slice::from_ref(event)).await;
    }
    let known = read(&app, &row).await;
    assert_eq!((known.state, known.delivered_at.is_some()), (OutboxState::Sent, true));
    assert_eq!(known.message_id, Some(format!("m-{}", row.id)));
    let counted = app.engine.app.store.counted_mails(merchant, app.at(0), 2, None).await.expect("reads");
    assert_eq!((counted.sent, counted.bounced), (1, 0), "counted once");
    // The worker that sent it comes to note its end, and later ones to look: there is nothing left to do.
    app.days_pass(1).await;
    assert_eq!(app.mails().len(), 0);
}

#[tokio::test]
async fn who_cannot_be_reached_is_written_to_no_more_until_the_merchant_says_so() {
    let app = hearing().await;
    let address = "bounce+anna@simulator.amazonses.com";
    let shop = advocate(&app, address).await;
    let merchant = merchant_of(&shop).await.id;
    order(&shop, "1001").await;
    let (key, anna) = person(&app, merchant, address).await;
    assert_eq!(anna.refuses(MailKind::RewardReady), Some("bounced"));
    assert!(anna.unsubscribed_at.is_none());
    order(&shop, "1002").await;
    assert_eq!(app.mails().len(), 1);
    app.engine.app.store.lift_suppression(merchant, &key).await.expect("writes");
    order(&shop, "1003").await;
    assert_eq!(app.mails().len(), 2);
}

#[tokio::test]
async fn who_calls_a_mail_spam_has_unsubscribed() {
    let app = hearing().await;
    let address = "complaint@simulator.amazonses.com";
    let shop = advocate(&app, address).await;
    order(&shop, "1001").await;
    let (_, anna) = person(&app, merchant_of(&shop).await.id, address).await;
    assert_eq!(anna.refuses(MailKind::Invite), Some("complained"));
    assert!(anna.unsubscribed_at.is_some());
    order(&shop, "1002").await;
    assert_eq!(app.mails().len(), 1);
    // The page has no button that would bring mail back.
    let header = app.engine.inbox.mails()[0].headers["List-Unsubscribe"].as_str().expect("a header").to_owned();
    let url = header.trim_matches(['<', '>']);
    let form = "application/x-www-form-urlencoded";
    let back =
        app.client.post(url).header("content-type", form).body("wish=all-again").send().await.expect("an answer");
    assert!(back.text().await.expect("a page").contains("ask the shop"));
    let page = app.client.get(url).send().await.expect("an answer").text().await.expect("a page");
    assert!(!page.contains("<button"), "{page}");
}

#[tokio::test]
async fn a_full_mailbox_is_no_reason_to_write_no_more() {
    let app = TestApp::start().await;
    let shop = advocate(&app, "anna@example.com").await;
    order(&shop, "1001").await;
    let events = app.engine.inbox.events.take();
    let mut bounce = events[0].clone();
    bounce["eventType"] = json!("Bounce");
    bounce["bounce"] = json!({"bounceType": "Transient", "bounceSubType": "MailboxFull", "timestamp": app.at(0)});
    hear(&app, &[bounce]).await;
    let merchant = merchant_of(&shop).await.id;
    assert_eq!(person(&app, merchant, "anna@example.com").await.1.refuses(MailKind::RewardReady), None);
    let counted = app.engine.app.store.counted_mails(merchant, app.at(0), 2, None).await.expect("reads");
    assert_eq!(counted.bounced, 0);
}

#[tokio::test]
async fn a_merchant_whose_mails_come_back_is_paused_told_and_can_go_on() {
    let app = TestApp::start().await;
    let shop = advocate(&app, "anna@example.com").await;
    let merchant = merchant_of(&shop).await.id;
    let mut rows = Vec::new();
    for n in 0..100 {
        rows.push(claimed(&app, merchant, n).await);
    }
    let sent: Vec<_> = rows.iter().map(|row| told(&app, row, "Send", &json!({}))).collect();
    hear(&app, &sent).await;
    for (n, row) in rows.iter().take(5).enumerate() {
        assert!(merchant_of(&shop).await.mail_paused.is_none(), "after {n}");
        // Twice: it counts once.
        hear(&app, &[bounce(&app, row), bounce(&app, row)]).await;
    }
    let paused = merchant_of(&shop).await.mail_paused.expect("a pause");
    assert_eq!((paused.complaints, paused.sent, paused.counted), (false, 100, 5));
    order(&shop, "1001").await;
    app.days_pass(1).await;
    assert_eq!(app.mails(), [("hej@nordicshoes.example".into(), "Dina mejl är pausade".into())], "only the notice");
    let store = &app.engine.app.store;
    assert!(store.resume_mail(merchant, app.at(0)).await.expect("writes"));
    app.days_pass(1).await;
    assert_eq!(app.mails().len(), 2, "what waited went out");
    // Of the time before nothing counts any more, whatever still comes in of it.
    for row in &rows[5..20] {
        let mut late = bounce(&app, row);
        late["mail"]["timestamp"] = json!(app.at(-2 * 86_400));
        hear(&app, &[late]).await;
    }
    assert!(merchant_of(&shop).await.mail_paused.is_none());
    assert!(!store.resume_mail(merchant, app.at(0)).await.expect("writes"), "there is nothing to resume");
}

#[tokio::test]
async fn what_cannot_be_read_holds_up_nothing() {
    let app = TestApp::start().await;
    let merchant = merchant_of(&app.merchant().await).await.id;
    let row = claimed(&app, merchant, 1).await;
    let mut foreign = told(&app, &row, "Send", &json!({}));
    foreign["mail"]["tags"] = json!({});
    let mut unknown = told(&app, &row, "Send", &json!({}));
    unknown["mail"]["tags"]["outbox"] = json!(["out_01KAK5QG80EJZ3V6B7N2T4M9QC"]);
    let mut untried = told(&app, &row, "Send", &json!({}));
    untried["mail"]["tags"]["attempt"] = json!(["7"]);
    let junk = json!("Successfully validated SNS topic for Amazon SES event publishing.");
    hear(&app, &[junk, json!({}), foreign, unknown, untried]).await;
    assert_eq!(read(&app, &row).await.state, OutboxState::Claimed);
    hear(&app, &[json!(null), told(&app, &row, "Send", &json!({}))]).await;
    assert_eq!(read(&app, &row).await.state, OutboxState::Sent);
}

#[tokio::test]
async fn an_event_that_storage_did_not_take_comes_again() {
    let app = TestApp::with_faults().await;
    let merchant = merchant_of(&app.merchant().await).await.id;
    for (n, operation) in ["GetItem", "UpdateItem", "TransactWriteItems"].into_iter().enumerate() {
        let row = claimed(&app, merchant, n).await;
        app.engine.wire.inject(Fault { operation, body_contains: "OUT#", trouble: Trouble::Fail, times: 9 });
        let send = in_sns(&[told(&app, &row, "Send", &json!({}))]);
        assert!(app.engine.hear(&send).await.is_err(), "{operation}");
        app.engine.wire.heal();
        app.engine.hear(&send).await.expect("noted");
        assert_eq!(read(&app, &row).await.state, OutboxState::Sent, "{operation}");
        let counted = app.engine.app.store.counted_mails(merchant, app.at(0), 2, None).await.expect("reads");
        assert_eq!(counted.sent as usize, n + 1, "{operation}");
    }
}
