//! Codes at BigCommerce's checkout.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::endpoint::Reach;
use shared::domain::money::Money;
use shared::platform::api::{ApiFailure, Caller, Client, CodeFate, Offer, OfferValue, Terms};
use tests::{ApiServer, Asked, Sender, TestApp, TestMerchant, Told, text};

use super::{KEY, Order, Store, lock, order};

/// Promotions and their codes, as a store keeps them.
#[derive(Default)]
struct Kept {
    /// Each with its codes under `codes`.
    promotions: Vec<Value>,
    made: u64,
}

impl Kept {
    fn answer(&mut self, asked: &Asked) -> Told {
        let path = asked.path.strip_prefix("/stores/abcde/v3/promotions").expect("a promotion");
        let parts: Vec<_> = path.split('/').skip(1).collect();
        let at = |id: &str| self.promotions.iter().position(|it| it["id"].as_u64() == id.parse().ok());
        match (asked.method.as_str(), &parts[..]) {
            ("GET", []) => {
                // As documented: other spellings are none of its values.
                if !["", "automatic", "coupon"].contains(&asked.param("redemption_type")) {
                    return Told::status(422, r#"{"status": 422, "title": "redemption_type is not valid"}"#);
                }
                let (name, code) = (asked.param("name"), asked.param("code"));
                let has = |promotion: &&Value| {
                    let codes = promotion["codes"].as_array().expect("a list");
                    // Like the real one: a part of the name is enough.
                    promotion["name"].as_str().is_some_and(|known| known.contains(name))
                        && (code.is_empty() || codes.iter().any(|it| it["code"] == code))
                };
                Told::json(&json!({"data": self.promotions.iter().filter(has).collect::<Vec<_>>(), "meta": {}}))
            }
            ("POST", []) => {
                self.made += 1;
                let mut promotion = asked.body.clone();
                promotion["id"] = json!(self.made);
                promotion["codes"] = json!([]);
                self.promotions.push(promotion.clone());
                Told::status(201, json!({"data": promotion}).to_string())
            }
            ("PUT", [id]) => match at(id) {
                Some(at) => {
                    for (name, value) in asked.body.as_object().expect("an object") {
                        self.promotions[at][name] = value.clone();
                    }
                    Told::json(&json!({"data": self.promotions[at]}))
                }
                None => Told::status(404, "{}"),
            },
            ("GET", [id, "codes"]) => {
                let of =
                    at(id).map_or(Vec::new(), |at| self.promotions[at]["codes"].as_array().expect("a list").clone());
                let same = of
                    .into_iter()
                    .filter(|it| it["code"].as_str().expect("text").eq_ignore_ascii_case(asked.param("code")));
                Told::json(&json!({"data": same.collect::<Vec<_>>(), "meta": {}}))
            }
            ("POST", [id, "codes"]) => {
                let taken = |it: &Value| {
                    it["codes"].as_array().expect("a list").iter().any(|it| it["code"] == asked.body["code"])
                };
                if self.promotions.iter().any(taken) {
                    return Told::status(422, "{\"title\": \"Code already exists\"}");
                }
                let Some(at) = at(id) else { return Told::status(404, "{}") };
                self.made += 1;
                let mut code = asked.body.clone();
                code["id"] = json!(self.made);
                self.promotions[at]["codes"].as_array_mut().expect("a list").push(code.clone());
                Told::status(201, json!({"data": code}).to_string())
            }
            ("DELETE", [id, "codes", code]) => {
                if let Some(at) = at(id) {
                    self.promotions[at]["codes"]
                        .as_array_mut()
                        .expect("a list")
                        .retain(|it| it["id"].as_u64() != code.parse().ok());
                }
                Told::status(204, "")
            }
            _ => Told::status(405, "{}"),
        }
    }
}

/// A store that keeps promotions, and who calls it.
struct Shop {
    server: ApiServer,
    kept: Arc<Mutex<Kept>>,
    caller: Caller,
}

impl Shop {
    async fn start() -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let theirs = kept.clone();
        let server = ApiServer::start(move |asked| lock(&theirs).answer(asked)).await;
        let caller = caller(&server).await;
        Self { server, kept, caller }
    }

    fn promotions(&self) -> Vec<Value> {
        lock(&self.kept).promotions.clone()
    }
}

pub(super) async fn caller(server: &ApiServer) -> Caller {
    caller_of(server, Client::new(Reach::ThisMachine)).await
}

async fn caller_of(server: &ApiServer, client: Client) -> Caller {
    let merchant = TestApp::start().await.merchant().await;
    let api = json!({"access_token": "token-1", "base_url": format!("{}/stores/abcde", server.url)});
    let fields = json!({"platform": "bigcommerce", "platform_id": "abcde", "api": api});
    let shop = Sender::connect(&merchant, fields, b"").await;
    let app = &merchant.app.engine.app;
    let shop = app.store.shop(shop.merchant.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    client.caller(&app.config.keys, &shop).expect("access")
}

fn sek(minor: i64) -> Money {
    Money::new(minor, "SEK".parse().expect("a currency"))
}

pub(super) fn tenth() -> Offer {
    let value = OfferValue::Percent("12.5".parse().expect("a percentage"));
    Offer { title: "12.5 % for friends".into(), value, terms: Terms::default() }
}

#[tokio::test]
async fn a_discount_is_a_promotion_that_is_made_once_and_changed_afterwards() {
    let shop = Shop::start().await;
    let id = shop.caller.put_offer("prg_1 friend", &tenth(), None).await.expect("a promotion");
    // As if the answer had been lost.
    assert_eq!(shop.caller.put_offer("prg_1 friend", &tenth(), None).await, Ok(id.clone()));
    let promotions = shop.promotions();
    assert_eq!(promotions.len(), 1);
    let made = json!({"name": "prg_1 friend", "display_name": "12.5 % for friends", "redemption_type": "COUPON",
        "coupon_type": "BULK", "status": "ENABLED", "currency_code": "*", "end_date": null, "id": 1, "codes": [],
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "12.5"}}}, "apply_once": true, "stop": false}]});
    assert_eq!(promotions[0], made);

    let terms = Terms {
        minimum: Some(sek(30_000)),
        starts_at: Some("2026-11-01T00:00:00Z".parse().expect("a time")),
        ends_at: Some("2026-12-01T00:00:00Z".parse().expect("a time")),
        once_per_customer: true,
        ..Terms::default()
    };
    let fixed = Offer { value: OfferValue::Fixed(sek(10_000)), terms, ..tenth() };
    assert_eq!(shop.caller.put_offer("prg_1 friend", &fixed, Some(&id)).await, Ok(id.clone()));
    let changed = &shop.promotions()[0];
    let rule = json!({"action": {"cart_value": {"discount": {"fixed_amount": "100.00"}}}, "apply_once": true, "stop": false,
        "condition": {"cart": {"minimum_spend": "300.00"}}});
    assert_eq!((&changed["rules"][0], &changed["currency_code"]), (&rule, &json!("SEK")));
    let dates = (json!("2026-11-01T00:00:00Z"), json!("2026-12-01T00:00:00Z"));
    assert_eq!((&changed["start_date"], &changed["end_date"]), (&dates.0, &dates.1));

    // A name that is a part of another's; and one that somebody deleted.
    let other = shop.caller.put_offer("prg_1", &tenth(), None).await.expect("a promotion");
    assert_ne!(other, id);
    lock(&shop.kept).promotions.clear();
    let again =
        shop.caller.put_offer("prg_1", &Offer { value: OfferValue::FreeShipping, ..tenth() }, Some(&other)).await;
    assert!(again.is_ok_and(|again| again != other));
    assert_eq!(
        shop.promotions()[0]["rules"][0]["action"],
        json!({"shipping": {"free_shipping": true, "zone_ids": "*"}})
    );
}

#[tokio::test]
async fn codes_are_added_once_and_those_of_others_are_refused() {
    let shop = Shop::start().await;
    let id = shop.caller.put_offer("prg_1 friend", &tenth(), None).await.expect("a promotion");
    let theirs = shop.caller.put_offer("summer", &tenth(), None).await.expect("a promotion");
    let codes = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a code")).collect::<Vec<_>>();
    assert_eq!(shop.caller.add_codes(&theirs, &tenth(), &codes(&["SUMMER"])).await, Ok(vec![CodeFate::Made]));

    let once = Offer { terms: Terms { once_per_customer: true, ..Terms::default() }, ..tenth() };
    let long = "A".repeat(51);
    for _ in 0..2 {
        let fates = shop.caller.add_codes(&id, &once, &codes(&["ANNA10", "SUMMER", "100%OFF", &long, "BEA_1-0"])).await;
        let fates = fates.expect("fates");
        assert_eq!((&fates[0], &fates[4]), (&CodeFate::Made, &CodeFate::Made));
        assert!(matches!(&fates[1], CodeFate::Refused(why) if why.contains("already exists")), "{fates:?}");
        assert!(fates[2..4].iter().all(|fate| matches!(fate, CodeFate::Refused(why) if why.contains("at most 50"))));
    }
    let codes_now = &shop.promotions()[0]["codes"];
    assert_eq!(codes_now.as_array().expect("a list").len(), 2, "{codes_now}");
    let anna = codes_now.as_array().expect("a list").iter().find(|it| it["code"] == "ANNA10").expect("Anna's");
    assert_eq!((&anna["max_uses"], &anna["max_uses_per_customer"]), (&json!(0), &json!(1)));

    // A code goes once, and only from its own promotion.
    for code in ["anna10", "ANNA10", "SUMMER"] {
        shop.caller.remove_code(Some(&id), &code.parse().expect("a code")).await.expect("is gone");
    }
    let left: Vec<_> = shop.promotions().iter().map(|it| it["codes"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(left, [1, 1]);
}

#[tokio::test]
async fn a_code_for_one_use_is_made_once_and_taken_away_again() {
    let shop = Shop::start().await;
    let code = |text: &str| text.parse().expect("a code");
    for text in ["R-1", "R-1", "R-2"] {
        assert_eq!(shop.caller.make_code(&tenth(), &code(text)).await, Ok(CodeFate::Made), "{text}");
    }
    let ends = Terms { ends_at: Some("2026-12-01T00:00:00Z".parse().expect("a time")), ..Terms::default() };
    let other = Offer { terms: ends, ..tenth() };
    assert_eq!(shop.caller.make_code(&other, &code("R-3")).await, Ok(CodeFate::Made));
    assert!(matches!(shop.caller.make_code(&other, &code("R-1")).await, Ok(CodeFate::Refused(_))), "on other terms");
    let promotions = shop.promotions();
    assert_eq!(promotions.len(), 2, "one for each terms");
    let uses = &promotions[0]["codes"][0];
    assert_eq!((&uses["code"], &uses["max_uses"]), (&json!("R-1"), &json!(1)));
    let count = |shop: &Shop| shop.promotions()[0]["codes"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&shop), 2);
    for _ in 0..2 {
        shop.caller.remove_code(None, &code("R-1")).await.expect("is gone");
        assert_eq!(count(&shop), 1);
    }
    // A merchant's own code of the same name is not ours to take away.
    let theirs = shop.caller.put_offer("summer", &tenth(), None).await.expect("a promotion");
    shop.caller.add_codes(&theirs, &tenth(), &[code("SUMMER")]).await.expect("made");
    shop.caller.remove_code(None, &code("SUMMER")).await.expect("nothing to do");
    assert_eq!(shop.promotions()[2]["codes"].as_array().map_or(0, Vec::len), 1);
}

#[tokio::test]
async fn failures_while_codes_are_made_are_told_and_what_was_made_is_made_once() {
    let shop = Shop::start().await;
    let faults = [
        (Told::status(401, ""), ApiFailure::Unauthorized(401)),
        (Told::status(404, ""), ApiFailure::Missing),
        (
            Told::status(429, "").with("x-rate-limit-time-reset-ms", "1500"),
            ApiFailure::Throttled(Some(jiff::SignedDuration::from_secs(2))),
        ),
        (Told::status(500, ""), ApiFailure::Unavailable("status 500".into())),
    ];
    for (told, failure) in faults {
        shop.server.answer([told]);
        assert_eq!(shop.caller.put_offer("prg_1", &tenth(), None).await, Err(failure));
    }
    shop.server.answer([Told::status(200, "<html>")]);
    assert!(matches!(shop.caller.put_offer("prg_1", &tenth(), None).await, Err(ApiFailure::Nonsense(_))));
    assert_eq!(shop.promotions(), [] as [Value; 0]);

    let id = shop.caller.put_offer("prg_1", &tenth(), None).await.expect("a promotion");
    let codes: Vec<_> = (0..20).map(|n| format!("CODE-{n}").parse().expect("a code")).collect();
    shop.server.answer([Told::status(404, "")]);
    assert_eq!(
        shop.caller.add_codes(&id, &tenth(), &codes[..1]).await,
        Err(ApiFailure::Missing),
        "a promotion is gone"
    );
    shop.server.answer([Told::status(503, "")]);
    assert!(shop.caller.add_codes(&id, &tenth(), &codes).await.is_err());
    assert_eq!(shop.caller.add_codes(&id, &tenth(), &codes).await, Ok(vec![CodeFate::Made; 20]));
    assert_eq!(shop.promotions()[0]["codes"].as_array().map_or(0, Vec::len), 20);
    assert!(shop.server.asked().iter().all(|asked| asked.method != Method::PUT), "nothing was to be changed");
}

/// A store with orders and promotions, and the shop that it is here.
struct Whole {
    shop: Sender,
    kept: Arc<Mutex<Kept>>,
    orders: Arc<Mutex<BTreeMap<u64, Order>>>,
}

impl Whole {
    async fn start() -> Self {
        let (kept, orders) = (Arc::<Mutex<Kept>>::default(), Arc::<Mutex<BTreeMap<u64, Order>>>::default());
        let (promotions, known) = (kept.clone(), orders.clone());
        let server = ApiServer::start(move |asked| {
            if asked.path.contains("/v3/promotions") {
                lock(&promotions).answer(asked)
            } else {
                super::answer(&lock(&known), asked)
            }
        })
        .await;
        let merchant = TestApp::start().await.merchant().await;
        let api = json!({"access_token": "token-1", "base_url": format!("{}/stores/abcde", server.url)});
        let fields = json!({"platform": "bigcommerce", "platform_id": "abcde", "domain": "abcde.mybigcommerce.com",
            "webhook_secret": String::from_utf8_lossy(KEY), "api": api});
        Self { shop: Sender::connect(&merchant, fields, KEY).await, kept, orders }
    }

    fn merchant(&self) -> &TestMerchant {
        &self.shop.merchant
    }

    /// What takes off the promotions that have this code and work.
    fn with_code(&self, code: &str) -> Vec<Value> {
        let kept = lock(&self.kept);
        let has = |it: &&Value| {
            let mut codes = it["codes"].as_array().expect("a list").iter();
            it["status"] == "ENABLED"
                && codes.any(|it| it["code"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(code)))
        };
        kept.promotions
            .iter()
            .filter(has)
            .map(|it| it["rules"][0]["action"]["cart_value"]["discount"].clone())
            .collect()
    }

    async fn tell(&self, order: Order) {
        lock(&self.orders).insert(250, order);
        assert_eq!(self.shop.post(&Store::event("store/order/updated", 250)).await, 200);
        self.merchant().app.drain().await;
    }
}

#[tokio::test]
async fn a_links_code_is_made_follows_its_program_and_goes_with_its_link() {
    let store = Whole::start().await;
    let merchant = store.merchant();
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.app.drain().await;
    assert_eq!(store.with_code("anna10"), [json!({"percentage_amount": "10"})]);
    assert_eq!(merchant.get("/v1/links/anna10").await["platform_code"]["state"], "made");

    let terms = json!({"rewards": {"advocate": [],
        "friend": [{"kind": "percent", "percent": "15", "fulfilment": "code_at_checkout"}]}});
    merchant.call(200, Method::PATCH, &format!("/v1/programs/{}", text(&program, "id")), terms).await;
    merchant.app.days_pass(1).await;
    assert_eq!(store.with_code("anna10"), [json!({"percentage_amount": "15"})]);

    merchant.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"state": "disabled"})).await;
    merchant.app.drain().await;
    assert_eq!(store.with_code("anna10"), Vec::<Value>::new());
    assert_eq!(merchant.get("/v1/links/anna10").await["platform_code"], json!(null));
}

#[tokio::test]
async fn a_reward_that_is_a_code_is_made_mailed_and_taken_back() {
    let store = Whole::start().await;
    let merchant = store.merchant();
    let program = merchant
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code");
        })
        .await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let bought = order(250, merchant.app.at(0));
    store.tell(bought.clone()).await;
    let rewards = merchant.get("/v1/rewards").await;
    let reward = &rewards["data"][0];
    let code = text(reward, "coupon");
    assert_eq!((&reward["state"], store.with_code(&code).len()), (&json!("issued"), 1), "{reward}");
    let mails = merchant.app.engine.inbox.mails();
    let told: Vec<_> = mails.iter().filter(|mail| mail.to == "anna@example.com").collect();
    assert!(told.len() == 1 && told[0].text.contains(&code), "{told:?}");

    store.tell(bought.at(merchant.app.at(10), json!({"status_id": 5, "status": "Cancelled"}))).await;
    assert_eq!((store.with_code(&code).len(), merchant.rewards().await[0].2.as_str()), (0, "void"));
}

#[tokio::test]
async fn what_was_made_though_its_answer_came_too_late_is_made_once() {
    let (kept, slow) = (Arc::<Mutex<Kept>>::default(), Arc::new(AtomicBool::new(true)));
    let (theirs, once) = (kept.clone(), slow.clone());
    let server = ApiServer::start(move |asked| {
        let told = lock(&theirs).answer(asked);
        let is_late = asked.method == Method::POST && once.swap(false, Ordering::Relaxed);
        if is_late { told.after(Duration::from_secs(2)) } else { told }
    });
    let server = server.await;
    let caller = caller_of(&server, Client::new(Reach::ThisMachine).within(Duration::from_millis(300))).await;
    assert_eq!(caller.put_offer("prg_1", &tenth(), None).await, Err(ApiFailure::TimedOut));
    let id = caller.put_offer("prg_1", &tenth(), None).await.expect("a promotion");

    slow.store(true, Ordering::Relaxed);
    let code = ["ANNA10".parse().expect("a code")];
    assert_eq!(caller.add_codes(&id, &tenth(), &code).await, Err(ApiFailure::TimedOut));
    assert_eq!(caller.add_codes(&id, &tenth(), &code).await, Ok(vec![CodeFate::Made]));
    let promotions = lock(&kept).promotions.clone();
    assert_eq!((promotions.len(), promotions[0]["codes"].as_array().map(Vec::len)), (1, Some(1)));

    // A code for one use: its promotion is late, then the code itself.
    let single = "R-1".parse().expect("a code");
    for _ in 0..2 {
        slow.store(true, Ordering::Relaxed);
        assert_eq!(caller.make_code(&tenth(), &single).await, Err(ApiFailure::TimedOut));
    }
    assert_eq!(caller.make_code(&tenth(), &single).await, Ok(CodeFate::Made));
    let promotions = lock(&kept).promotions.clone();
    assert_eq!((promotions.len(), promotions[1]["codes"].as_array().map(Vec::len)), (2, Some(1)));
}
