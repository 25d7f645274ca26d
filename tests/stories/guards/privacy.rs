//! Erasing: what is written at the same time does not bring back what was erased, and nothing else is lost by it.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::{AdvocateId, PrivacyId, ShopId};
use shared::privacy::run;
use shared::store::PersonRow;
use tests::{TestApp, TestMerchant, TestOrder, TestShop, text};

use super::links::{DESCRIBED, link, one_link_for_two_calls};
use super::{Equivalent, FOLLOWS, Guard, Kept, NEW, PUT, TRANSACT, UPDATE, call, lock, overtaken, prove, same};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a request that comes twice is done once",
        lock: lock("privacy.rs add_privacy", TRANSACT, "PRQ#", NEW),
        story: |app| Box::pin(one_request_for_two_words(app)),
    },
    Guard {
        name: "what is done stays done",
        lock: lock("privacy.rs put_privacy", PUT, "PRQ#", FOLLOWS),
        story: |app| Box::pin(looked_at_while_fetched(app)),
    },
    Guard {
        name: "an order of the time before does not bring a contact back",
        lock: lock(
            "persons.rs keep_buyer",
            UPDATE,
            "PER#",
            "attribute_not_exists(erased_at) OR erased_at < :placed_at",
        ),
        story: |app| Box::pin(ordered_while_erased(app)),
    },
    Guard {
        name: "an account that is told while its person is erased is not kept",
        lock: lock("persons.rs note_known_as", UPDATE, "PER#", "attribute_not_exists(erased_at) OR erased_at < :since"),
        story: |app| Box::pin(told_while_erased(app)),
    },
    Guard {
        name: "another shop's buyer stays reachable",
        lock: lock("persons.rs forget_buyer", UPDATE, "PER#", "buyer.shop = :shop"),
        story: |app| Box::pin(bought_elsewhere_meanwhile(app)),
    },
    Guard {
        name: "whoever signs up again stays reachable",
        lock: lock("persons.rs forget_contact", UPDATE, "PER#", "advocate = :advocate"),
        story: |app| Box::pin(signed_up_elsewhere_meanwhile(app)),
    },
    Guard {
        name: "who was erased gets no more links",
        lock: lock("links.rs unless_erased", TRANSACT, "ADV# #", "attribute_not_exists(erased_at)"),
        story: |app| Box::pin(linked_while_erased(app)),
    },
    Guard {
        name: "a change of a link is not lost when it is disabled",
        lock: lock("links.rs replace_link_on_record", TRANSACT, "LNK#", FOLLOWS),
        story: |app| Box::pin(changed_while_erased(app)),
    },
    Guard {
        name: "who was erased and signs up again is one advocate",
        lock: lock("links.rs put_advocate", TRANSACT, "PER#", "advocate = :before"),
        story: |app| Box::pin(signed_up_twice_after(app)),
    },
    Guard {
        name: "nothing is said of an advocate who was erased",
        lock: lock("links.rs describe_advocate", TRANSACT, "ADV# #", DESCRIBED).leaving("attribute_exists(pk)"),
        story: |app| Box::pin(described_after(app)),
    },
    Guard {
        name: "a retry does not bring back what was erased from a parked webhook",
        lock: lock("parked.rs replace_parked", PUT, "PRK#", "topic = :topic AND attempts = :attempts"),
        story: |app| Box::pin(retried_while_erased(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn privacy_breaks_without_its_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// Erases whoever has this address.
async fn erase(shop: &TestMerchant, email: &str) {
    let (status, body) = call(shop, Method::POST, "/v1/privacy/erase", "", json!({"email": email})).await;
    assert_eq!((status, &body["state"]), (202, &json!("done")), "{body}");
}

/// What is kept of a person.
async fn profile(shop: &TestMerchant, email: &str) -> PersonRow {
    let app = &shop.app.engine.app;
    let id: ShopId = shop.shop.id.parse().expect("an id");
    let merchant = app.store.shop(id).await.expect("reads").expect("a shop").merchant;
    let person = app.config.keys.person_by_email(merchant, &email.parse().expect("an address"));
    app.store.person(merchant, &person).await.expect("reads").expect("a person")
}

async fn one_request_for_two_words(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let body = json!({"customer": {"id": 7001, "email": "bo@example.com"}, "orders_to_redact": []});
    let done = async {
        shop.shop.post("customers/redact", &body).await;
        app.drain().await;
    };
    overtaken(&app, [TRANSACT, "PRQ#", ""], shop.shop.post("customers/redact", &body), done).await;
    let requests = shop.get("/v1/privacy/requests").await;
    let states: Vec<_> = requests["data"].as_array().expect("a list").iter().map(|row| text(row, "state")).collect();
    same("the requests", &states, &["done"])
}

async fn looked_at_while_fetched(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let body = json!({"customer": {"id": 7001, "email": "bo@example.com"}, "orders_requested": [], "data_request": {"id": 9999}});
    shop.shop.post("customers/data_request", &body).await;
    let id = text(&shop.get("/v1/privacy/requests").await["data"][0], "id");
    let late = async { run(&app.engine.app, id.parse::<PrivacyId>().expect("an id")).await.map(drop) };
    let fetch = async { shop.get(&format!("/v1/privacy/requests/{id}/data")).await };
    let (late, _) = overtaken(&app, [PUT, "PRQ#", ""], late, fetch).await;
    late.expect("another one was faster, that is all");
    let state = shop.get(&format!("/v1/privacy/requests/{id}")).await["state"].clone();
    same("the request is", &state, &json!("done"))
}

async fn ordered_while_erased(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
    let late = shop.shop.post("orders/paid", &order.0);
    overtaken(&app, [UPDATE, "PER#", "buyer"], late, erase(&shop, "bo@example.com")).await;
    same("the contact that is kept", &profile(&shop, "bo@example.com").await.buyer, &None)
}

async fn told_while_erased(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let before = shop.anna().await;
    let advocate = json!({"email": "anna@example.com", "customer_id": "88"});
    let program = shop.get(&format!("/v1/links/{}", text(&before, "code"))).await["program"].clone();
    let late = shop.call(200, Method::POST, "/v1/links", json!({"program": program, "advocate": advocate}));
    overtaken(&app, [UPDATE, "PER#", "known_as"], late, erase(&shop, "anna@example.com")).await;
    same("the accounts that are kept", &profile(&shop, "anna@example.com").await.known_as.len(), &0)
}

/// The shop gives the app away and is to be erased; and another shop of the merchant, with a program.
async fn shop_leaves(shop: &TestMerchant) -> (TestShop, Value) {
    let other = shop.app.shop(&shop.api_key, "southernshoes").await;
    let there = |body: &mut Value| {
        body["shop"] = json!(other.id);
        body["destination"] = json!(other.site);
    };
    let program = shop.program(there).await;
    shop.shop.post("app/uninstalled", &json!({"myshopify_domain": null})).await;
    shop.shop.post("shop/redact", &json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com"})).await;
    (other, program)
}

async fn bought_elsewhere_meanwhile(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(-60)).coupon("ANNA10").0).await;
    let (other, program) = shop_leaves(&shop).await;
    shop.link(&program, "bea@example.com", Some("bea10")).await;
    let order = TestOrder::paid("2001", app.at(0)).coupon("BEA10");
    let late = app.engine.tick();
    overtaken(&app, [UPDATE, "PER#", "REMOVE buyer, mpk"], late, other.post("orders/paid", &order.0))
        .await
        .0
        .expect("ticks");
    let buyer = profile(&shop, "bo@example.com").await.buyer;
    same("whose buyer it is", &buyer.map(|buyer| buyer.shop.to_string()), &Some(other.id))
}

async fn signed_up_elsewhere_meanwhile(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let (_, program) = shop_leaves(&shop).await;
    let late = app.engine.tick();
    let again = shop.link(&program, "anna@example.com", None);
    overtaken(&app, [UPDATE, "PER#", "REMOVE contact"], late, again).await.0.expect("ticks");
    same("she can be reached", &profile(&shop, "anna@example.com").await.contact.is_some(), &true)
}

async fn linked_while_erased(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let before = shop.anna().await;
    let program = shop.program(|_| ()).await;
    let late = link(&shop, &program, "anna@example.com", None);
    let ((_, late), ()) = overtaken(&app, [TRANSACT, "LNK#", ""], late, erase(&shop, "anna@example.com")).await;
    same("the link is another advocate's", &(late["advocate"] != before["advocate"]), &true)
}

async fn changed_while_erased(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let change = json!({"destination": "https://nordicshoes.example/boots"});
    let change = call(&shop, Method::PATCH, "/v1/links/ANNA10", "", change);
    overtaken(&app, [TRANSACT, "LNK#", ""], erase(&shop, "anna@example.com"), change).await;
    let stored = shop.get("/v1/links/ANNA10").await;
    let expected = (json!("disabled"), json!("https://nordicshoes.example/boots"));
    same("state and destination", &(stored["state"].clone(), stored["destination"].clone()), &expected)
}

async fn signed_up_twice_after(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    erase(&shop, "anna@example.com").await;
    let program = shop.program(|_| ()).await;
    one_link_for_two_calls(&app, &shop, &program).await
}

/// The API looks for the advocate first, so this asks the store itself.
async fn described_after(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let id: AdvocateId = text(&shop.anna().await, "advocate").parse().expect("an id");
    erase(&shop, "anna@example.com").await;
    let store = &app.engine.app.store;
    let mut writes = shared::store::Writes::default();
    let nothing = std::collections::BTreeMap::new();
    store.describe_advocate(&mut writes, id, Some(Some("gold")), &nothing).expect("writes");
    same("somebody is described", &store.transact(writes).await.is_ok(), &false)
}

async fn retried_while_erased(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(-60)).coupon("ANNA10");
    app.engine.wire.inject(Fault { operation: TRANSACT, body_contains: "ORD#", trouble: Trouble::Fail, times: 1000 });
    shop.shop.post("orders/paid", &order.0).await;
    app.engine.advance(3600);
    let late = app.engine.tick();
    overtaken(&app, [PUT, "PRK#", ""], late, erase(&shop, "bo@example.com")).await.0.expect("ticks");
    let parked = shop.get("/v1/parked").await;
    same("what is parked", &parked["data"][0]["topic"], &json!("@facts"))
}
