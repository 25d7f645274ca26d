//! Discounts on platforms: one worker at a time, and no change of a link lost when its code follows.

use reqwest::Method;
use serde_json::{Value, json};
use shared::delivery::deliver;
use shared::domain::id::OutboxId;
use tests::{ShopifyApi, TestApp, TestMerchant};

use super::{Equivalent, FOLLOWS, Guard, Kept, NEW, PUT, TRANSACT, call, lock, overtaken, prove, same};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "two workers do not both make a program's discount",
        lock: lock("discounts.rs keep_discount", PUT, "DSC# #", NEW),
        story: |app| Box::pin(made_by_two(app)),
    },
    Guard {
        name: "of two workers who find a discount free one has it",
        lock: lock("discounts.rs keep_discount", PUT, "DSC# #", FOLLOWS),
        story: |app| Box::pin(leased_by_two(app)),
    },
    Guard {
        name: "of two changes of a link none is lost when its code follows one of them",
        lock: lock("links.rs put_link_version", TRANSACT, "LNK#", FOLLOWS),
        story: |app| Box::pin(changed_while_its_code_follows(app)),
    },
    Guard {
        name: "a change of a link is not lost when what became of its code is noted",
        lock: lock("links.rs replace_link", PUT, "LNK#", FOLLOWS),
        story: |app| Box::pin(changed_while_its_code_is_noted(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn discounts_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// A merchant whose shop can be asked, with a program whose links have codes at its checkout.
async fn connected(app: &TestApp) -> (TestMerchant, ShopifyApi, Value) {
    let (shop, api) = (app.merchant().await, ShopifyApi::start().await);
    let access = json!({"api": {"access_token": "shpat_1", "base_url": api.server.url}});
    shop.call(200, Method::PATCH, &format!("/v1/shops/{}", shop.shop.id), access).await;
    let program = shop.program(|_| ()).await;
    (shop, api, program)
}

/// Makes a link, and answers the message about its code.
async fn link(shop: &TestMerchant, program: &Value, name: &str) -> OutboxId {
    shop.link(program, &format!("{name}@example.com"), Some(name)).await;
    let store = &shop.app.engine.app.store;
    let stored = store.link(&name.parse().expect("a code")).await.expect("reads").expect("a link");
    stored.code_message(stored.created_at).id
}

async fn changed_while_its_code_is_noted(app: TestApp) -> Kept {
    let (shop, _api, program) = connected(&app).await;
    let message = link(&shop, &program, "anna10").await;
    let change = shop.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"state": "disabled"}));
    let made = deliver(&app.engine.app, &app.engine.courier, message);
    overtaken(&app, [PUT, "LNK#", ""], made, change).await.0.expect("seen to");
    same("the link's state", &shop.get("/v1/links/ANNA10").await["state"], &json!("disabled"))
}

/// Two workers have a link's message each; the one that stands at the discount first comes second.
async fn two_workers(app: &TestApp, late: OutboxId, other: OutboxId) {
    let send = |id| deliver(&app.engine.app, &app.engine.courier, id);
    let (late, other) = overtaken(app, [PUT, "DSC# #", ""], send(late), send(other)).await;
    late.expect("seen to");
    other.expect("seen to");
    app.days_pass(1).await;
}

async fn made_by_two(app: TestApp) -> Kept {
    let (shop, api, program) = connected(&app).await;
    let (anna, bea) = (link(&shop, &program, "anna10").await, link(&shop, &program, "bea10").await);
    two_workers(&app, anna, bea).await;
    same("times that the discount was made", &api.count("discountCodeBasicCreate("), &1)
}

async fn leased_by_two(app: TestApp) -> Kept {
    let (shop, api, program) = connected(&app).await;
    link(&shop, &program, "first10").await;
    app.drain().await;
    let (anna, bea) = (link(&shop, &program, "anna10").await, link(&shop, &program, "bea10").await);
    two_workers(&app, anna, bea).await;
    same("times that codes were added", &api.count("discountRedeemCodeBulkAdd("), &2)
}

async fn changed_while_its_code_follows(app: TestApp) -> Kept {
    let (shop, _, program) = connected(&app).await;
    link(&shop, &program, "anna10").await;
    app.drain().await;
    let change = |body: Value| call(&shop, Method::PATCH, "/v1/links/ANNA10", "", body);
    let late = change(json!({"state": "disabled"}));
    let other = change(json!({"destination": "https://nordicshoes.example/boots"}));
    overtaken(&app, [TRANSACT, "LNK#", ""], late, other).await;
    let stored = shop.get("/v1/links/ANNA10").await;
    let expected = (json!("disabled"), json!("https://nordicshoes.example/boots"));
    same("state and destination", &(stored["state"].clone(), stored["destination"].clone()), &expected)
}
