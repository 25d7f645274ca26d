//! First values that stay: of clicks and of the wish for no more mail. Their guard is in the update itself
//! (`if_not_exists`), so that one write does it.

use local::wire::{Fault, Trouble};
use serde_json::Value;
use shared::domain::id::ClickId;
use shared::domain::mail::MailKind;
use shared::store::{Click, Wish};
use tests::{TestApp, text};

use super::{Equivalent, Guard, Kept, Lock, UPDATE, lock, prove, same};

/// One of the click's values.
const fn of_click(first: &'static str, instead: &'static str) -> Lock {
    lock("visits.rs update_of", UPDATE, "CLK#", first).leaving(instead)
}

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a person has wanted no mail since the first time it was said",
        lock: lock("persons.rs unsubscribe", UPDATE, "PER#", "if_not_exists(unsubscribed_at, :now)").leaving(":now"),
        story: |app| Box::pin(unsubscribed_twice(app)),
    },
    Guard {
        name: "a person who was erased is written to no more, whatever is wished",
        lock: lock("persons.rs welcome_back", UPDATE, "PER#", "attribute_not_exists(erased_at)"),
        story: |app| Box::pin(welcomed_back_after_erasure(app)),
    },
    Guard {
        name: "the row of a visitor's day keeps its first click",
        lock: of_click("if_not_exists(click, :id)", ":id"),
        story: |app| Box::pin(clicked_twice(app)),
    },
    Guard {
        name: "the row of a visitor's day keeps the time of its first click",
        lock: of_click("if_not_exists(first_at, :at)", ":at"),
        story: |app| Box::pin(clicked_twice(app)),
    },
    Guard {
        name: "the row of a visitor's day keeps where its first click came from",
        lock: of_click("if_not_exists(origin, :origin)", ":origin"),
        story: |app| Box::pin(clicked_twice(app)),
    },
    Guard {
        name: "the row of a visitor's day is not kept longer for a repeat",
        lock: of_click("if_not_exists(#ttl, :ttl)", ":ttl"),
        story: |app| Box::pin(clicked_twice(app)),
    },
    Guard {
        name: "a click whose answer was lost is counted once",
        lock: lock("visits.rs update_of", UPDATE, "CLK#", "attribute_not_exists(last_click) OR last_click <> :id"),
        story: |app| Box::pin(clicked_without_an_answer(app)),
    },
    Guard {
        name: "the row of a visitor's day is not kept longer for being the advocate's own",
        lock: lock("visits.rs note_own_visitor", UPDATE, "CLK#", "if_not_exists(#ttl, :ttl)").leaving(":ttl"),
        story: |app| Box::pin(opened_by_the_advocate(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn first_values_are_lost_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

async fn unsubscribed_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let engine = &app.engine.app;
    let row = engine.store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let person = engine.config.keys.person_by_email(row.merchant, &"anna@example.com".parse().expect("an address"));
    let url =
        format!("{}/u/{}", app.engine.url, engine.config.keys.sign_leave(row.merchant, &person, MailKind::RewardReady));
    let mut since = Vec::new();
    for _ in 0..2 {
        assert_eq!(app.client.post(&url).send().await.expect("an answer").status(), 200);
        app.engine.advance(3600);
        let profile = engine.store.person(row.merchant, &person).await.expect("reads").expect("a person");
        since.push(profile.unsubscribed_at);
    }
    same("since when, after the second time", &since[1], &since[0])
}

async fn welcomed_back_after_erasure(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let engine = &app.engine.app;
    let row = engine.store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let person = engine.config.keys.person_by_email(row.merchant, &"anna@example.com".parse().expect("an address"));
    engine.store.erase_person(row.merchant, &person, engine.now()).await.expect("erases");
    engine.store.wish(row.merchant, &person, &Wish::AllAgain, engine.now()).await.expect("writes");
    let profile = engine.store.person(row.merchant, &person).await.expect("reads").expect("a person");
    same("whether the wish for no mail stands", &profile.unsubscribed_at.is_some(), &true)
}

/// A click of one visitor by one link; the hash of both and the day is the row's key.
async fn click(app: &TestApp, link: &Value, channel: &str) -> Click {
    let engine = &app.engine.app;
    let shop = engine.store.link(&text(link, "code").parse().expect("a code")).await.expect("reads").expect("a link");
    let click = Click {
        id: ClickId::new(engine.ulid()),
        visitor: "visitor".into(),
        code: shop.code,
        program: shop.program,
        merchant: shop.merchant,
        advocate: shop.advocate,
        day: "2026-11-22".into(),
        origin: format!("SEm.{channel}.").parse().expect("an origin"),
        referrer: None,
        at: engine.now(),
    };
    app.engine.redirect.store.log_click(&click).await.expect("logs");
    click
}

async fn clicked_without_an_answer(app: TestApp) -> Kept {
    let link = app.merchant().await.anna().await;
    let lost = Fault { operation: UPDATE, body_contains: "CLK#", trouble: Trouble::LoseAnswer, times: 1 };
    app.engine.wire.inject(lost);
    click(&app, &link, "whatsapp").await;
    let row = app.engine.wire.item("goodword-clicks", &[("pk", "CLK#visitor")]).await.expect("reads").expect("a row");
    same("clicks", &row["hits"].as_n().expect("a number").as_str(), &"1")
}

async fn opened_by_the_advocate(app: TestApp) -> Kept {
    let link = app.merchant().await.anna().await;
    let first = click(&app, &link, "whatsapp").await;
    app.engine.advance(3600);
    let engine = &app.engine.app;
    engine.store.note_own_visitor("goodword-clicks", "visitor", engine.now()).await.expect("notes");
    let row = app.engine.wire.item("goodword-clicks", &[("pk", "CLK#visitor")]).await.expect("reads").expect("a row");
    assert!(row.contains_key("own"), "it is noted");
    let until = row["ttl"].as_n().expect("a number").clone();
    same("until when it is kept", &until, &(first.at.as_second() + 90 * 86_400).to_string())
}

async fn clicked_twice(app: TestApp) -> Kept {
    let link = app.merchant().await.anna().await;
    let first = click(&app, &link, "whatsapp").await;
    app.engine.advance(3600);
    let last = click(&app, &link, "email").await;
    let row = app.engine.wire.item("goodword-clicks", &[("pk", "CLK#visitor")]).await.expect("reads").expect("a row");
    let value = |name: &str| {
        let value = &row[name];
        value.as_s().or_else(|_| value.as_n()).expect("text or a number").clone()
    };
    let from = row["origin"].as_m().expect("a map")["channel"].as_s().expect("text").clone();
    same("where the first click came from", &from, &"whatsapp".to_owned())?;
    let fields = ["click", "last_click", "hits", "code", "program", "merchant", "first_at", "last_from", "ttl"];
    let expected = [
        first.id.to_string(),
        last.id.to_string(),
        "2".into(),
        first.code.to_string(),
        first.program.to_string(),
        first.merchant.to_string(),
        first.at.to_string(),
        "SEm.email".into(),
        (first.at.as_second() + 90 * 86_400).to_string(),
    ];
    let differing = fields.into_iter().zip(expected).find(|(name, expected)| value(name) != *expected);
    match differing {
        Some((name, expected)) => same(name, &value(name), &expected),
        None => Ok(()),
    }
}
