//! Links and advocates: whoever comes second finds what the first has made.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::AdvocateId;
use shared::domain::person::Contact;
use shared::store::{Advocate, Writes};
use tests::{TestApp, TestMerchant, text};

use super::{Equivalent, FOLLOWS, Guard, Kept, NEW, TRANSACT, call, lock, overtaken, prove, same};

/// An advocate who can be described.
pub(super) const DESCRIBED: &str = "attribute_exists(pk) AND attribute_not_exists(erased_at)";

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "two who want the same code do not both get it",
        lock: lock("links.rs put_link", TRANSACT, "LNK#", NEW),
        story: |app| Box::pin(one_code_for_two(app)),
    },
    Guard {
        name: "an advocate has one link in a program",
        lock: lock("links.rs put_link", TRANSACT, "ADV# PRG#", NEW),
        story: |app| Box::pin(two_links_in_a_program(app)),
    },
    Guard {
        name: "a person is one advocate",
        lock: lock("links.rs put_advocate", TRANSACT, "PER#", "attribute_not_exists(advocate)"),
        story: |app| Box::pin(two_advocates_of_a_person(app)),
    },
    Guard {
        // Drawn ids: see `accounts.rs`.
        name: "an advocate is not overwritten by another with its id",
        lock: lock("links.rs put_advocate", TRANSACT, "ADV# #", NEW),
        story: |app| Box::pin(advocate_id_drawn_twice(app)),
    },
    Guard {
        name: "nobody becomes an advocate by being described",
        lock: lock("links.rs describe_advocate", TRANSACT, "ADV# #", DESCRIBED)
            .leaving("attribute_not_exists(erased_at)"),
        story: |app| Box::pin(described_without_being_there(app)),
    },
    Guard {
        name: "of two changes of a link none is lost",
        lock: lock("links.rs put_link_version", TRANSACT, "LNK#", FOLLOWS),
        story: |app| Box::pin(two_changes_of_a_link(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn links_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// Asks for a link.
pub(super) async fn link(shop: &TestMerchant, program: &Value, email: &str, code: Option<&str>) -> (u16, Value) {
    let body = json!({"program": program["id"], "advocate": {"email": email}, "code": code});
    call(shop, Method::POST, "/v1/links", "", body).await
}

async fn one_code_for_two(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    let late = link(&shop, &program, "bea@example.com", Some("bestshoes"));
    let first = link(&shop, &program, "anna@example.com", Some("bestshoes"));
    let ((refused, _), (_, annas)) = overtaken(&app, [TRANSACT, "LNK#", ""], late, first).await;
    let stored = shop.get("/v1/links/bestshoes").await;
    same("the second is answered, and whose the code is", &(refused, &stored["advocate"]), &(409, &annas["advocate"]))
}

/// Anna asks for a link twice at once: both calls are told of the same one.
pub(super) async fn one_link_for_two_calls(app: &TestApp, shop: &TestMerchant, program: &Value) -> Kept {
    let ask = || link(shop, program, "anna@example.com", None);
    let ((_, late), (_, first)) = overtaken(app, [TRANSACT, "LNK#", ""], ask(), ask()).await;
    let said = |link: &Value| (text(link, "advocate"), text(link, "code"));
    same("advocate and code, as the late call is told", &said(&late), &said(&first))
}

async fn two_links_in_a_program(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    // In another program she has one already, so she is no new advocate.
    shop.anna().await;
    let program = shop.program(|_| ()).await;
    one_link_for_two_calls(&app, &shop, &program).await
}

async fn two_advocates_of_a_person(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    one_link_for_two_calls(&app, &shop, &program).await
}

async fn advocate_id_drawn_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let id: AdvocateId = text(&shop.anna().await, "advocate").parse().expect("an id");
    let store = &app.engine.app.store;
    let anna = store.advocate(id).await.expect("reads").expect("an advocate");
    let email = "bea@example.com".parse().expect("an address");
    let bea = app.engine.app.config.keys.person_by_email(anna.merchant, &email);
    let mut writes = Writes::default();
    let second = Advocate { person: bea, ..anna.clone() };
    store.put_advocate(&mut writes, &second, (&Contact { email, name: None, locale: None }, None)).expect("writes");
    let refused = store.transact(writes).await.is_err();
    let stored = store.advocate(id).await.expect("reads").expect("an advocate");
    same("refused, and who the advocate is", &(refused, stored.person), &(true, anna.person))
}

/// The API looks for the advocate first, so this asks the store itself.
async fn described_without_being_there(app: TestApp) -> Kept {
    let store = &app.engine.app.store;
    let id = AdvocateId::new(app.engine.app.ulid());
    let mut writes = Writes::default();
    store.describe_advocate(&mut writes, id, Some(Some("gold")), &BTreeMap::new()).expect("writes");
    same("somebody is described", &store.transact(writes).await.is_ok(), &false)
}

async fn two_changes_of_a_link(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let change = |body: Value| call(&shop, Method::PATCH, "/v1/links/ANNA10", "", body);
    let late = change(json!({"destination": "https://nordicshoes.example/boots"}));
    let disable = change(json!({"state": "disabled"}));
    overtaken(&app, [TRANSACT, "LNK#", ""], late, disable).await;
    let stored = shop.get("/v1/links/ANNA10").await;
    let expected = (json!("disabled"), json!("https://nordicshoes.example/boots"));
    same("state and destination", &(stored["state"].clone(), stored["destination"].clone()), &expected)
}
