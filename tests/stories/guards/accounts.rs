//! Merchants, their keys, shops, programs and webhook endpoints; and the answers that are kept under an idempotency key.
//!
//! Ids and keys are drawn, so that two are the same only by a chance (or a mistake of ours) that can't be provoked from
//! outside: these stories write through the store itself.

use reqwest::Method;
use serde_json::{Value, json};
use shared::crypto::sha256_hex;
use shared::domain::id::MerchantId;
use shared::store::{Endpoint, Merchant, Shop, Writes};
use tests::{TestApp, TestMerchant, TestOrder, sign, text};

use super::{Equivalent, FOLLOWS, Guard, Kept, Lock, NEW, THERE, TRANSACT, call, lock, overtaken, prove, same};

const ANSWER_NEW: Lock =
    lock("idempotency.rs put_unless_live", TRANSACT, "IDM#", "attribute_not_exists(pk) OR #ttl <= :now");

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a merchant is not overwritten by another with its id",
        lock: lock("merchants.rs put_merchant", TRANSACT, "MER# #", NEW),
        story: |app| Box::pin(merchant_id_drawn_twice(app)),
    },
    Guard {
        name: "an API key goes on opening the account that it was made for",
        lock: lock("merchants.rs put_merchant", TRANSACT, "KEY#", NEW),
        story: |app| Box::pin(api_key_drawn_twice(app)),
    },
    Guard {
        name: "a shop is not overwritten by another with its id",
        lock: lock("merchants.rs put_shop", TRANSACT, "SHP#", NEW),
        story: |app| Box::pin(shop_id_drawn_twice(app)),
    },
    Guard {
        name: "a secret that was taken verifies, although another was given at the same time",
        lock: lock("merchants.rs put_shop_version", TRANSACT, "SHP#", FOLLOWS),
        story: |app| Box::pin(two_secrets_at_once(app)),
    },
    Guard {
        name: "a webhook endpoint is not overwritten by another with its id",
        lock: lock("endpoints.rs put_endpoint", TRANSACT, "MER# WHE#", NEW),
        story: |app| Box::pin(endpoint_id_drawn_twice(app)),
    },
    Guard {
        name: "a new secret signs, although another was asked for at the same time",
        lock: lock("endpoints.rs put_endpoint", TRANSACT, "MER# WHE#", FOLLOWS),
        story: |app| Box::pin(two_rotations_at_once(app)),
    },
    Guard {
        name: "one of two who delete a webhook endpoint has deleted it",
        lock: lock("endpoints.rs delete_endpoint", TRANSACT, "MER# WHE#", THERE),
        story: |app| Box::pin(deleted_twice(app)),
    },
    Guard {
        name: "the same idempotency key twice at once has one effect",
        lock: ANSWER_NEW,
        story: |app| Box::pin(one_key_two_shops(app)),
    },
    Guard {
        name: "the first answer under an idempotency key stands",
        lock: ANSWER_NEW,
        story: |app| Box::pin(one_key_two_bodies(app)),
    },
    Guard {
        name: "an idempotency key may be used anew when its answer has expired",
        lock: ANSWER_NEW.leaving(NEW),
        story: |app| Box::pin(one_key_after_days(app)),
    },
];

const PROGRAM_NEW: Lock = lock("merchants.rs put_program", TRANSACT, "MER# PRG#", NEW);
const PROGRAM_FOLLOWS: Lock = lock("merchants.rs put_program", TRANSACT, "MER# PRG#", FOLLOWS);
const VERSION_NEW: Lock = lock("merchants.rs put_program", TRANSACT, "MER# PRV#", NEW);

pub(super) const EQUIVALENT: &[Equivalent] = &[
    Equivalent {
        lock: PROGRAM_NEW,
        because: "a program has its version 1 from the same transaction, and that must be new too",
        unless: &[PROGRAM_NEW, VERSION_NEW],
        story: |app| Box::pin(program_id_drawn_twice(app)),
    },
    Equivalent {
        lock: PROGRAM_FOLLOWS,
        because: "whoever changes the same version writes the same next one, and that must be new",
        unless: &[PROGRAM_FOLLOWS, VERSION_NEW],
        story: |app| Box::pin(two_changes_of_a_program(app)),
    },
    Equivalent {
        lock: VERSION_NEW,
        because: "a version is only written together with the current program, which must be the one before",
        unless: &[PROGRAM_FOLLOWS, VERSION_NEW],
        story: |app| Box::pin(two_changes_of_a_program(app)),
    },
];

#[tokio::test]
async fn accounts_and_answers_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// The shop's row and its merchant's.
async fn rows(shop: &TestMerchant) -> (Shop, Merchant) {
    let store = &shop.app.engine.app.store;
    let row = store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let merchant = store.merchant(row.merchant).await.expect("reads").expect("a merchant");
    (row, merchant)
}

async fn merchant_id_drawn_twice(app: TestApp) -> Kept {
    let (_, first) = rows(&app.merchant().await).await;
    let store = &app.engine.app.store;
    let mut writes = Writes::default();
    let second = Merchant { name: "Another".into(), ..first.clone() };
    store.put_merchant(&mut writes, &second, &sha256_hex(&[b"another key"])).expect("writes");
    let refused = store.transact(writes).await.is_err();
    let stored = store.merchant(first.id).await.expect("reads").expect("a merchant");
    same("refused, and the merchant's name", &(refused, stored.name), &(true, first.name))
}

async fn api_key_drawn_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let (_, first) = rows(&shop).await;
    let store = &app.engine.app.store;
    let mut writes = Writes::default();
    let second = Merchant { id: MerchantId::new(app.engine.app.ulid()), ..first.clone() };
    store.put_merchant(&mut writes, &second, &sha256_hex(&[shop.api_key.as_bytes()])).expect("writes");
    let refused = store.transact(writes).await.is_err();
    let shops = shop.get("/v1/shops").await["data"].as_array().map(Vec::len);
    same("refused, and the shops that the key opens", &(refused, shops), &(true, Some(1)))
}

async fn shop_id_drawn_twice(app: TestApp) -> Kept {
    let (first, _) = rows(&app.merchant().await).await;
    let store = &app.engine.app.store;
    let mut writes = Writes::default();
    let second = Shop { merchant: MerchantId::new(app.engine.app.ulid()), ..first.clone() };
    store.put_shop(&mut writes, &second).expect("writes");
    let refused = store.transact(writes).await.is_err();
    let stored = store.shop(first.id).await.expect("reads").expect("a shop");
    same("refused, and whose the shop is", &(refused, stored.merchant), &(true, first.merchant))
}

async fn two_secrets_at_once(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let path = format!("/v1/shops/{}/rotate-secret", shop.shop.id);
    let rotate = |secret: &str| call(&shop, Method::POST, &path, "", json!({"webhook_secret": secret}));
    let secrets = (rotate("a late secret of it"), rotate("the new secret of it"));
    let (_, (taken, _)) = overtaken(&app, [TRANSACT, "SHP#", ""], secrets.0, secrets.1).await;
    let body = TestOrder::paid("1001", app.at(0)).0.to_string().into_bytes();
    let signature = sign("the new secret of it", &body);
    let verified = shop.shop.post_signed("orders/paid", body, &signature).await;
    same("taken, and verified", &(taken, verified), &(200, 200))
}

/// A webhook endpoint, as the API answers it and as it is stored.
async fn endpoint(shop: &TestMerchant) -> (Value, Endpoint) {
    let made = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": "http://127.0.0.1:9/hook"})).await;
    let (row, _) = rows(shop).await;
    let id = text(&made, "id").parse().expect("an id");
    let stored = shop.app.engine.app.store.endpoint(row.merchant, id).await.expect("reads").expect("an endpoint");
    (made, stored)
}

async fn endpoint_id_drawn_twice(app: TestApp) -> Kept {
    let (_, first) = endpoint(&app.merchant().await).await;
    let store = &app.engine.app.store;
    let mut writes = Writes::default();
    let second = Endpoint { url: "https://another.example/".into(), ..first.clone() };
    store.put_endpoint(&mut writes, &second).expect("writes");
    let refused = store.transact(writes).await.is_err();
    let stored = store.endpoint(first.merchant, first.id).await.expect("reads").expect("an endpoint");
    same("refused, and where it leads", &(refused, stored.url), &(true, first.url))
}

/// A secret signs until the rotation after the next one, so of the two that are given out here both must.
async fn two_rotations_at_once(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let (made, first) = endpoint(&shop).await;
    let path = format!("/v1/webhook-endpoints/{}/rotate-secret", text(&made, "id"));
    let rotate = || call(&shop, Method::POST, &path, "", json!({}));
    let answers = overtaken(&app, [TRANSACT, "MER# WHE#", ""], rotate(), rotate()).await;
    let engine = &app.engine.app;
    let stored = engine.store.endpoint(first.merchant, first.id).await.expect("reads").expect("an endpoint");
    let open = |sealed| engine.config.keys.open(&first.id.to_string(), sealed).expect("opens");
    let sign: Vec<_> =
        [Some(&stored.secret), stored.previous_secret.as_ref()].into_iter().flatten().map(open).collect();
    let given = [&answers.0, &answers.1].map(|(status, body)| (*status == 200).then(|| text(body, "secret")));
    let idle = given.iter().flatten().filter(|secret| !sign.contains(&secret.as_bytes().to_vec())).count();
    same("secrets that were given out and sign nothing", &idle, &0)
}

async fn deleted_twice(app: TestApp) -> Kept {
    let (_, row) = endpoint(&app.merchant().await).await;
    let mut deleted = Vec::new();
    for _ in 0..2 {
        let store = &app.engine.app.store;
        let mut writes = Writes::default();
        store.delete_endpoint(&mut writes, row.merchant, row.id).expect("writes");
        deleted.push(store.transact(writes).await.is_ok());
    }
    same("who has deleted it", &deleted, &[true, false])
}

async fn one_key_two_shops(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let body = json!({"platform": "custom", "domain": "a.example", "site": "https://a.example"});
    let make = || call(&shop, Method::POST, "/v1/shops", "once", body.clone());
    let (late, first) = overtaken(&app, [TRANSACT, "SHP#", ""], make(), make()).await;
    let shops = shop.get("/v1/shops").await["data"].as_array().map(Vec::len);
    same("shops, with the first one", &shops, &Some(2))?;
    same("the answer of the late call", &late, &first)
}

async fn one_key_two_bodies(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let ask = |channel: &str| {
        let body = json!({"program": link["program"], "advocate": {"email": "anna@example.com"}, "channel": channel});
        call(&shop, Method::POST, "/v1/links", "once", body)
    };
    let (_, first) = overtaken(&app, [TRANSACT, "IDM#", ""], ask("poster"), ask("flyer")).await;
    same("the answer when the first call is repeated", &ask("flyer").await, &first)
}

async fn one_key_after_days(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let make = |domain: &str| {
        let body = json!({"platform": "custom", "domain": domain, "site": format!("https://{domain}")});
        call(&shop, Method::POST, "/v1/shops", "once", body)
    };
    make("a.example").await;
    app.engine.advance(3 * 86_400);
    let (taken, first) = make("b.example").await;
    let (_, again) = make("b.example").await;
    same("taken, and the answer when it is repeated", &(taken, text(&again, "id")), &(201, text(&first, "id")))
}

async fn program_id_drawn_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let made = shop.program(|_| ()).await;
    let (row, _) = rows(&shop).await;
    let store = &app.engine.app.store;
    let id = text(&made, "id").parse().expect("an id");
    let mut program = store.program(row.merchant, id).await.expect("reads").expect("a program");
    program.name = "Another".into();
    let mut writes = Writes::default();
    store.put_program(&mut writes, &program).expect("writes");
    let refused = store.transact(writes).await.is_err();
    let stored = shop.get(&format!("/v1/programs/{id}")).await;
    same("refused, and the program's name", &(refused, &stored["name"]), &(true, &made["name"]))
}

async fn two_changes_of_a_program(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let path = format!("/v1/programs/{}", text(&shop.program(|_| ()).await, "id"));
    let change = |body: Value| call(&shop, Method::PATCH, &path, "", body);
    let (late, paused) = (change(json!({"window_days": 60})), change(json!({"state": "paused"})));
    let (_, (taken, _)) = overtaken(&app, [TRANSACT, "MER# PRG#", ""], late, paused).await;
    let state = shop.get(&path).await["state"].clone();
    same("taken, and the program's state", &(taken, state), &(200, json!("paused")))
}
