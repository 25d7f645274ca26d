//! Asking customers, and what merchants say of them: nobody is asked twice for one thing, a slow worker undoes nothing, and
//! two programs do not meet at one door.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::customer::Customer;
use shared::domain::id::{MerchantId, OutboxId, ProgramId, ShopId};
use shared::domain::mail::MailKind;
use shared::domain::person::PersonKey;
use shared::store::{
    About, AskCause, AskRow, AskState, DigestRow, Every, Message, NewAsk, OutboxRow, Recipient, Store, StoreError,
    Writes,
};
use tests::{TestApp, TestMerchant, text};

use super::{Equivalent, FOLLOWS, Guard, Kept, NEW, PUT, TRANSACT, call, lock, overtaken, prove, same};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "who was asked is not asked anew because the same order is told again",
        lock: lock("asks.rs note_ask", PUT, "ASK#", NEW),
        story: |app| Box::pin(noted_again(app)),
    },
    Guard {
        name: "of two new reasons at once the slower one does not begin anew",
        lock: lock("asks.rs note_ask", PUT, "ASK#", FOLLOWS),
        story: |app| Box::pin(two_reasons(app)),
    },
    Guard {
        name: "a slow worker does not take up what another ended",
        lock: lock("asks.rs put_ask", PUT, "ASK#", FOLLOWS),
        story: |app| Box::pin(ended_meanwhile(app)),
    },
    Guard {
        name: "a slow worker does not ask whom another let be",
        lock: lock("asks.rs send_ask", TRANSACT, "ASK#", FOLLOWS),
        story: |app| Box::pin(let_be_meanwhile(app)),
    },
    Guard {
        name: "two programs do not ask somebody for the first time at once",
        lock: lock(
            "asks.rs send_ask",
            TRANSACT,
            "PER#",
            "attribute_not_exists(asked_at) AND attribute_not_exists(erased_at)",
        ),
        story: |app| Box::pin(asked_by_two(app, false)),
    },
    Guard {
        name: "two programs do not ask somebody again at once",
        lock: lock("asks.rs send_ask", TRANSACT, "PER#", "asked_at = :before AND attribute_not_exists(erased_at)"),
        story: |app| Box::pin(asked_by_two(app, true)),
    },
    Guard {
        name: "of two first words about a customer none is lost",
        lock: lock(
            "persons.rs put_customer",
            TRANSACT,
            "PER#",
            "attribute_not_exists(customer) AND attribute_not_exists(erased_at)",
        ),
        story: |app| Box::pin(two_words(app, false)),
    },
    Guard {
        name: "of two later words about a customer none is lost",
        lock: lock(
            "persons.rs put_customer",
            TRANSACT,
            "PER#",
            "customer.#v = :before AND attribute_not_exists(erased_at)",
        ),
        story: |app| Box::pin(two_words(app, true)),
    },
    Guard {
        name: "a digest that was switched off stays off",
        lock: lock("digests.rs put_digest", PUT, "DIG#", FOLLOWS),
        story: |app| Box::pin(switched_off_meanwhile(app)),
    },
    Guard {
        name: "of two programs that begin to ask at once the shop knows both, or one is told to try again",
        lock: lock("merchants.rs put_shop_version", TRANSACT, "SHP#", FOLLOWS),
        story: |app| Box::pin(two_programs(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[Equivalent {
    lock: lock("digests.rs add_digest", TRANSACT, "DIG#", NEW),
    because: "the digest is written with its merchant, whose id nobody had before",
    unless: &[],
    story: |app| Box::pin(a_merchant(app)),
}];

#[tokio::test]
async fn asking_breaks_without_its_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// A customer whom a program is to ask.
struct Case {
    merchant: MerchantId,
    program: ProgramId,
    person: PersonKey,
}

impl Case {
    async fn new(app: &TestApp) -> (Self, TestMerchant) {
        let merchant = app.merchant().await;
        let program = merchant.program(|_| ()).await;
        let profile = merchant.get("/v1/merchant").await;
        let case = Self {
            merchant: text(&profile, "id").parse().expect("an id"),
            program: text(&program, "id").parse().expect("an id"),
            person: PersonKey::from_hash([7; 16]),
        };
        (case, merchant)
    }

    fn ask(&self, app: &TestApp, cause: &str) -> NewAsk {
        NewAsk {
            noted_by: None,
            merchant: self.merchant,
            program: self.program,
            person: self.person.clone(),
            cause: AskCause::Milestone(cause.into()),
            noted_at: app.at(0),
            due_at: app.at(0),
            again: Some(SignedDuration::ZERO),
        }
    }

    async fn say(&self, store: &Store, customer: &Customer) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        store.put_customer(&mut writes, self.merchant, &self.person, customer)?;
        store.transact(writes).await
    }

    async fn row(&self, store: &Store) -> AskRow {
        store.ask(self.program, &self.person).await.expect("reads").expect("an item")
    }

    fn mail(&self, app: &TestApp, number: u32) -> OutboxRow {
        let message = Message::Mail {
            mail: MailKind::Invite,
            program: self.program,
            about: About::Link { code: "ANNA10".parse().expect("a code") },
            recipient: Recipient { person: self.person.clone(), purchase: None },
        };
        OutboxRow::queued(OutboxId::of_cause(&format!("{}{number}", self.program)), self.merchant, message, app.at(0))
    }
}

fn next(row: &AskRow, state: AskState) -> AskRow {
    let asked = row.asked + u32::from(state == AskState::Asked);
    AskRow { state, asked, version: row.version + 1, ..row.clone() }
}

async fn noted_again(app: TestApp) -> Kept {
    let (case, _) = Case::new(&app).await;
    let store = &app.engine.app.store;
    store.note_ask(&case.ask(&app, "a")).await.expect("writes");
    store.put_ask(&next(&case.row(store).await, AskState::Asked)).await.expect("writes");
    store.note_ask(&case.ask(&app, "a")).await.expect("writes, or is refused");
    same("asked", &case.row(store).await.asked, &1)
}

async fn two_reasons(app: TestApp) -> Kept {
    let (case, _) = Case::new(&app).await;
    let store = &app.engine.app.store;
    store.note_ask(&case.ask(&app, "a")).await.expect("writes");
    store.put_ask(&next(&case.row(store).await, AskState::Declined)).await.expect("writes");
    let (late, other) = (case.ask(&app, "b"), case.ask(&app, "c"));
    let faster = async {
        store.note_ask(&other).await.expect("writes");
        store.put_ask(&next(&case.row(store).await, AskState::Asked)).await.expect("writes");
    };
    let late = async { store.note_ask(&late).await.expect("writes, or is refused") };
    overtaken(&app, [PUT, "ASK#", "\"version\":{\"N\":\"3\"}"], late, faster).await;
    same("asked", &case.row(store).await.asked, &1)
}

async fn ended_meanwhile(app: TestApp) -> Kept {
    let (case, _) = Case::new(&app).await;
    let store = &app.engine.app.store;
    store.note_ask(&case.ask(&app, "a")).await.expect("writes");
    let stale = case.row(store).await;
    store.put_ask(&next(&stale, AskState::Declined)).await.expect("writes");
    store.put_ask(&next(&stale, AskState::Waiting)).await.expect("writes, or is refused");
    same("state", &case.row(store).await.state, &AskState::Declined)
}

async fn let_be_meanwhile(app: TestApp) -> Kept {
    let (case, _) = Case::new(&app).await;
    let store = &app.engine.app.store;
    store.note_ask(&case.ask(&app, "a")).await.expect("writes");
    let stale = case.row(store).await;
    store.put_ask(&next(&stale, AskState::Declined)).await.expect("writes");
    let asked = next(&stale, AskState::Asked);
    store.send_ask(&asked, &case.mail(&app, 1), app.at(0), None).await.expect("writes, or is refused");
    same("state", &case.row(store).await.state, &AskState::Declined)
}

/// `before`: the person was asked once long ago.
async fn asked_by_two(app: TestApp, before: bool) -> Kept {
    let (one, merchant) = Case::new(&app).await;
    let program = merchant.program(|_| ()).await;
    let two = Case {
        merchant: one.merchant,
        program: text(&program, "id").parse().expect("an id"),
        person: one.person.clone(),
    };
    let store = &app.engine.app.store;
    let mut asked_before = None;
    for case in [&one, &two] {
        store.note_ask(&case.ask(&app, "a")).await.expect("writes");
    }
    if before {
        let asked = next(&one.row(store).await, AskState::Asked);
        store.send_ask(&asked, &one.mail(&app, 0), app.at(-1000), None).await.expect("writes");
        asked_before = store.person(one.merchant, &one.person).await.expect("reads").and_then(|row| row.asked_at);
    }
    let mut sent = 0;
    for case in [&one, &two] {
        let asked = next(&case.row(store).await, AskState::Asked);
        let mail = case.mail(&app, 1);
        sent += u32::from(store.send_ask(&asked, &mail, app.at(0), asked_before).await.expect("writes, or is refused"));
    }
    same("mails", &sent, &1)
}

/// `later`: something was said before.
async fn two_words(app: TestApp, later: bool) -> Kept {
    let (case, _) = Case::new(&app).await;
    let store = &app.engine.app.store;
    let first = Customer { version: 1, ..Customer::default() };
    if later {
        case.say(store, &first).await.expect("writes");
    }
    let version = 1 + u64::from(later);
    let ticket = Customer { open_ticket: true, version, ..Customer::default() };
    let tier = Customer { tier: Some("gold".into()), version, ..Customer::default() };
    let mut written = 0;
    for word in [ticket, tier] {
        written += u32::from(case.say(store, &word).await.is_ok());
    }
    same("words", &written, &1)
}

async fn switched_off_meanwhile(app: TestApp) -> Kept {
    let merchant = app.merchant_with_digest().await;
    let id = text(&merchant.get("/v1/merchant").await, "id").parse().expect("an id");
    let store = &app.engine.app.store;
    let stale = store.digest(id).await.expect("reads").expect("a digest");
    let body = json!({"digest": "never"});
    merchant.call(200, Method::PATCH, "/v1/merchant", body).await;
    let due_at = app.at(3600);
    let late = DigestRow { due_at, version: stale.version + 1, ..stale };
    store.put_digest(&late).await.expect("writes, or is refused");
    same("every", &store.digest(id).await.expect("reads").map(|row| row.every), &Some(Every::Never))
}

async fn two_programs(app: TestApp) -> Kept {
    let merchant = app.merchant().await;
    let body = |name: &str| {
        json!({"name": name, "shop": merchant.shop.id, "destination": format!("{}/", merchant.shop.site),
            "rewards": {"friend": [{"kind": "free_shipping", "fulfilment": "code_at_checkout"}], "advocate": []},
            "mails": {"invite": {"on": "paid"}}})
    };
    let create = |name| call(&merchant, Method::POST, "/v1/programs", "", body(name));
    let (late, other) = overtaken(&app, [TRANSACT, "SHP#", ""], create("late"), create("other")).await;
    let made = [late, other].iter().filter(|(status, _): &&(u16, Value)| *status == 201).count();
    let shop: ShopId = merchant.shop.id.parse().expect("an id");
    let shop = app.engine.app.store.shop(shop).await.expect("reads").expect("a shop");
    same("programs that ask", &shop.invites.len(), &made)
}

async fn a_merchant(app: TestApp) -> Kept {
    let merchant = app.merchant_with_digest().await;
    same("digest", &merchant.get("/v1/merchant").await["digest"], &json!("week"))
}
