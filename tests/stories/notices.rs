//! Notices: mails that tell the merchant what the engine can't mend by itself.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::{MerchantId, ProgramId};
use shared::store::{Message, Notice, OutboxRow};
use tests::{TestApp, text};

async fn merchant(app: &TestApp, notices_to: Value) -> Value {
    let body = json!({"name": "Nordic Shoes", "currency": "SEK", "time_zone": "Europe/Stockholm", "locale": "sv",
        "mail_from": "hej@nordicshoes.example", "notices_to": notices_to});
    app.call(201, Method::POST, "/v1/merchants", &app.engine.operator_key(), Some(&body)).await
}

/// Puts a notice into the outbox. Answers whether it is a new one.
async fn tell(app: &TestApp, merchant: &Value, program: ProgramId, period: &str) -> bool {
    let merchant: MerchantId = text(merchant, "id").parse().expect("an id");
    let notice = Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: period.into() };
    let id = Notice::budget_spent_id(program, period);
    let row = OutboxRow::queued(id, merchant, Message::Notice { notice }, app.at(0));
    app.engine.app.store.add_outbox(&row).await.expect("writes")
}

#[tokio::test]
async fn a_notice_is_mailed_once_for_its_cause() {
    let app = TestApp::start().await;
    let merchant = merchant(&app, json!("team@nordicshoes.example")).await;
    assert_eq!(merchant["notices_to"], "team@nordicshoes.example");
    let program = ProgramId::new(app.engine.app.ulid());
    assert!(tell(&app, &merchant, program, "2026-11").await);
    assert!(!tell(&app, &merchant, program, "2026-11").await, "it is said already");
    app.drain().await;
    assert!(!tell(&app, &merchant, program, "2026-11").await, "also after it was sent");
    app.days_pass(1).await;

    let mails = app.engine.inbox.mails();
    let [mail] = mails.as_slice() else { panic!("one mail, not {}", mails.len()) };
    assert_eq!((mail.to.as_str(), mail.from.as_str()), ("team@nordicshoes.example", "hej@nordicshoes.example"));
    assert_eq!(mail.subject, "Budgeten för Give 10 % är slut för 2026-11");
    assert!(mail.text.contains("betalar inte ut mer under den här perioden"), "{}", mail.text);
    assert!(!mail.headers.contains_key("List-Unsubscribe"), "it is part of the service");

    assert!(tell(&app, &merchant, program, "2026-12").await);
    app.drain().await;
    assert_eq!(app.mails().len(), 2, "the next period is another cause");
}

#[tokio::test]
async fn notices_go_to_the_sender_of_mails_unless_another_address_is_named() {
    let app = TestApp::start().await;
    let merchant = merchant(&app, json!(null)).await;
    assert_eq!(merchant["notices_to"], "hej@nordicshoes.example");
    tell(&app, &merchant, ProgramId::new(app.engine.app.ulid()), "2026-11").await;
    app.drain().await;
    assert_eq!(app.mails()[0].0, "hej@nordicshoes.example");

    let body = json!({"name": "x", "currency": "SEK", "time_zone": "UTC", "locale": "sv", "mail_from": "a@b.example",
        "notices_to": "nobody"});
    let problem = app.call(422, Method::POST, "/v1/merchants", &app.engine.operator_key(), Some(&body)).await;
    assert_eq!(problem["errors"][0]["pointer"], "/notices_to", "{problem}");
}
