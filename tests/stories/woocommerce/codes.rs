//! Codes at WooCommerce's checkout: each a coupon of its own, made a hundred at a time.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::coupon::CouponCode;
use shared::domain::endpoint::Reach;
use shared::domain::money::Money;
use shared::platform::api::{ApiFailure, Caller, Client, CodeFate, Offer, OfferValue, Terms};
use tests::{TestApp, Told, WooApi, WooOrder, text};

const BATCH: &str = "/wp-json/wc/v3/coupons/batch";
const TAKEN: &str = "the shop has a coupon of its own with this code";

async fn start() -> (WooApi, Caller) {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let caller = woo.caller().await;
    (api, caller)
}

fn sek(minor: i64) -> Money {
    Money::new(minor, "SEK".parse().expect("a currency"))
}

fn offer(value: OfferValue, terms: Terms) -> Offer {
    Offer { title: "Give 10 %".into(), value, terms }
}

fn percent(percent: &str) -> OfferValue {
    OfferValue::Percent(percent.parse().expect("a percentage"))
}

fn codes(of: &[&str]) -> Vec<CouponCode> {
    of.iter().map(|code| code.parse().expect(code)).collect()
}

async fn add(caller: &Caller, offer: &Offer, of: &[&str]) -> Vec<CodeFate> {
    caller.add_codes("", offer, &codes(of)).await.expect("answers")
}

/// Some fields of the only coupon.
fn only(api: &WooApi, fields: &[&str]) -> Vec<Value> {
    let coupons = api.coupons();
    assert_eq!(coupons.len(), 1);
    fields.iter().map(|field| coupons[0][field].clone()).collect()
}

#[tokio::test]
async fn an_offer_becomes_a_coupon_with_its_terms() {
    let fields = ["amount", "discount_type", "free_shipping"];
    for (value, expected) in [
        (percent("12.5"), json!(["12.5", "percent", false])),
        (OfferValue::Fixed(sek(50_000)), json!(["500.00", "fixed_cart", false])),
        (OfferValue::FreeShipping, json!(["0", "fixed_cart", true])),
    ] {
        let (api, caller) = start().await;
        assert_eq!(add(&caller, &offer(value, Terms::default()), &["ANNA10"]).await, [CodeFate::Made]);
        assert_eq!(json!(only(&api, &fields)), expected);
    }
    let (api, caller) = start().await;
    let terms = Terms {
        minimum: Some(sek(30_000)),
        starts_at: None,
        ends_at: Some("2027-01-01T00:00:00Z".parse().expect("a time")),
        once_per_customer: true,
        ..Terms::default()
    };
    add(&caller, &offer(percent("10"), terms), &["ANNA10"]).await;
    let fields = ["code", "minimum_amount", "date_expires", "usage_limit", "usage_limit_per_user", "individual_use"];
    assert_eq!(json!(only(&api, &fields)), json!(["anna10", "300.00", "2027-01-01T00:00:00Z", 0, 1, true]));
    assert_eq!(
        only(&api, &["meta_data", "description"]),
        [json!([{"key": "_goodword", "value": "1"}]), json!("Give 10 %")]
    );
}

#[tokio::test]
async fn codes_are_made_a_hundred_at_a_time_and_made_once() {
    let (api, caller) = start().await;
    let many: Vec<_> = (0..230).map(|n| format!("CODE{n}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let offer = offer(percent("10"), Terms::default());
    for _ in 0..2 {
        assert_eq!(add(&caller, &offer, &many).await, vec![CodeFate::Made; 230]);
        assert_eq!(api.coupons().len(), 230);
    }
    let sizes = api.asked(BATCH);
    let sizes: Vec<_> = sizes.iter().filter_map(|asked| asked.body["create"].as_array().map(Vec::len)).collect();
    assert_eq!(sizes, [100, 100, 30, 100, 100, 30]);
}

#[tokio::test]
async fn codes_whose_terms_changed_are_changed_and_not_made_twice() {
    let (api, caller) = start().await;
    let terms = Terms {
        minimum: Some(sek(30_000)),
        once_per_customer: true,
        on_subscriptions: true,
        ends_at: Some("2027-01-01T00:00:00Z".parse().expect("a time")),
        starts_at: None,
    };
    add(&caller, &offer(percent("10"), terms.clone()), &["ANNA10"]).await;
    // To an amount that would be too much as a percentage, and without terms.
    assert_eq!(
        add(&caller, &offer(OfferValue::Fixed(sek(50_000)), Terms::default()), &["anna10", "BO10"]).await,
        [CodeFate::Made, CodeFate::Made]
    );
    let coupons = api.coupons();
    let fields = ["code", "amount", "discount_type", "minimum_amount", "date_expires", "usage_limit_per_user"];
    let view: Vec<Vec<_>> =
        coupons.iter().map(|coupon| fields.iter().map(|field| coupon[field].clone()).collect()).collect();
    assert_eq!(
        json!(view),
        json!([["anna10", "500.00", "fixed_cart", "", "", 0], ["bo10", "500.00", "fixed_cart", "", "", 0]])
    );
    // And back.
    assert_eq!(add(&caller, &offer(percent("10"), terms), &["ANNA10"]).await, [CodeFate::Made]);
    assert_eq!([&api.coupons()[0]["amount"], &api.coupons()[0]["discount_type"]], [&json!("10"), &json!("percent")]);
}

#[tokio::test]
async fn a_code_of_the_shops_own_is_left_alone_and_each_code_has_its_own_fate() {
    let (api, caller) = start().await;
    let own = json!({"id": 7, "code": "summer", "amount": "5.00", "discount_type": "percent", "meta_data": []});
    api.put_coupon(7, own.clone());
    let offer = offer(percent("10"), Terms::default());
    let fates = add(&caller, &offer, &["ANNA10", "SUMMER", "BO10"]).await;
    assert_eq!(fates, [CodeFate::Made, CodeFate::Refused(TAKEN.into()), CodeFate::Made]);
    assert_eq!(caller.make_code(&offer, &codes(&["Summer"])[0]).await, Ok(CodeFate::Refused(TAKEN.into())));
    caller.remove_code(Some(""), &codes(&["SUMMER"])[0]).await.expect("nothing to do");
    assert_eq!(api.coupons()[0], own);

    // The shop's own words where it will not have one.
    let refusal = json!({"create": [{"id": 7}, {"id": 0, "error": {"code": "x", "message": "Not this\u{7} one."}}, {"id": 0, "error": {}}]});
    api.spoil(move |asked| (asked.path == BATCH).then(|| Told::json(&refusal)));
    let fates = add(&caller, &offer, &["A1", "B2", "C3"]).await;
    let refused = |text: &str| CodeFate::Refused(text.into());
    assert_eq!(fates, [CodeFate::Made, refused("Not this one."), refused("the shop does not say why")]);
}

#[tokio::test]
async fn a_code_for_one_use_is_made_once_and_taken_away_once() {
    let (api, caller) = start().await;
    let thanks = offer(OfferValue::Fixed(sek(10_000)), Terms::default());
    let code = &codes(&["THANKS-7K2Q"])[0];
    for _ in 0..2 {
        assert_eq!(caller.make_code(&thanks, code).await, Ok(CodeFate::Made));
        assert_eq!(only(&api, &["code", "usage_limit", "amount"]), [json!("thanks-7k2q"), json!(1), json!("100.00")]);
    }
    for _ in 0..2 {
        caller.remove_code(None, code).await.expect("taken away");
        assert_eq!(api.coupons(), Vec::<Value>::new());
    }
    let too_much =
        json!({"code": "coupon_invalid_amount", "message": "Invalid discount amount.", "data": {"status": 400}});
    api.spoil(move |asked| asked.path.ends_with("/coupons").then(|| Told::status(400, too_much.to_string())));
    assert_eq!(caller.make_code(&thanks, code).await, Ok(CodeFate::Refused("Invalid discount amount.".into())));
}

#[tokio::test]
async fn amounts_in_another_currency_than_the_shops_make_no_coupon() {
    let (api, caller) = start().await;
    let yen: Money = serde_json::from_value(json!({"amount": "1000", "currency": "JPY"})).expect("money");
    let code = &codes(&["THANKS-7K2Q"])[0];
    let said = CodeFate::Refused("the shop's currency is SEK, and the amount is in JPY".into());
    let fixed = offer(OfferValue::Fixed(yen), Terms::default());
    assert_eq!(caller.make_code(&fixed, code).await, Ok(said.clone()));
    let least = offer(OfferValue::FreeShipping, Terms { minimum: Some(yen), ..Terms::default() });
    assert_eq!(caller.add_codes("", &least, &codes(&["A1", "B2"])).await, Ok(vec![said.clone(), said]));
    assert_eq!(api.coupons(), Vec::<Value>::new());
}

#[tokio::test]
async fn what_keeps_the_shop_from_answering_is_a_failure_and_no_fate() {
    let (api, caller) = start().await;
    let offer = offer(percent("10"), Terms::default());
    let code = codes(&["ANNA10"]);
    for (told, failure) in [
        (Told::status(401, "{}"), ApiFailure::Unauthorized(401)),
        (Told::status(404, "{}"), ApiFailure::Missing),
        (
            Told::status(429, "").with("retry-after", "7"),
            ApiFailure::Throttled(Some(jiff::SignedDuration::from_secs(7))),
        ),
        (Told::status(500, ""), ApiFailure::Unavailable("status 500".into())),
        (Told::status(200, "<p>"), ApiFailure::Nonsense("at .".into())),
    ] {
        let told = std::sync::Arc::new(told);
        api.spoil(move |_| Some((*told).clone()));
        assert_eq!(caller.add_codes("", &offer, &code).await, Err(failure.clone()));
        assert_eq!(caller.make_code(&offer, &code[0]).await, Err(failure.clone()));
        assert_eq!(caller.remove_code(None, &code[0]).await, Err(failure));
    }
    // An answer for fewer codes than were asked for says nothing of any.
    api.spoil(|_| Some(Told::json(&json!({"create": []}))));
    assert_eq!(
        caller.add_codes("", &offer, &code).await,
        Err(ApiFailure::Nonsense("not an answer for each code".into()))
    );
    assert_eq!(caller.put_offer("program", &offer, None).await, Ok(String::new()));
}

/// Codes and amounts of all coupons.
fn amounts(api: &WooApi) -> Vec<(String, String)> {
    api.coupons().iter().map(|coupon| (text(coupon, "code"), text(coupon, "amount"))).collect()
}

#[tokio::test]
async fn links_codes_are_made_follow_their_program_and_go_with_their_link() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let program = woo.program(|_| ()).await;
    for code in ["anna10", "bea10"] {
        woo.link(&program, &format!("{code}@example.com"), Some(code)).await;
    }
    let all = |amount: &str| ["anna10", "bea10"].map(|code| (code.to_owned(), amount.to_owned())).to_vec();
    woo.app.drain().await;
    assert_eq!(amounts(&api), all("10"));
    assert_eq!(woo.get("/v1/links/anna10").await["platform_code"]["state"], "made");

    let terms = json!({"rewards": {"advocate": [],
        "friend": [{"kind": "percent", "percent": "15", "fulfilment": "code_at_checkout"}]}});
    woo.call(200, Method::PATCH, &format!("/v1/programs/{}", text(&program, "id")), terms).await;
    woo.app.days_pass(1).await;
    assert_eq!(amounts(&api), all("15"), "each coupon has the new terms");

    let state = |state: &str| woo.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"state": state}));
    state("disabled").await;
    woo.app.drain().await;
    assert_eq!(amounts(&api), all("15")[1..]);
    assert_eq!(woo.get("/v1/links/anna10").await["platform_code"], json!(null));
}

#[tokio::test]
async fn a_reward_that_is_a_coupon_is_made_mailed_and_taken_back() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let program = woo
        .program(|body| {
            body["rewards"]["friend"] = json!([]);
            body["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code");
        })
        .await;
    woo.link(&program, "anna@example.com", Some("anna10")).await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    woo.tell("order.created", &order).await;
    woo.app.drain().await;
    let rewards = woo.get("/v1/rewards").await;
    let reward = &rewards["data"][0];
    let code = text(reward, "coupon");
    assert_eq!(reward["state"], "issued", "{reward}");
    assert_eq!(amounts(&api), [(code.to_lowercase(), "100.00".to_owned())]);
    let mails = woo.app.engine.inbox.mails();
    let told: Vec<_> = mails.iter().filter(|mail| mail.to == "anna@example.com").collect();
    assert!(told.len() == 1 && told[0].text.contains(&code), "{told:?}");

    woo.tell("order.updated", &order.later(woo.app.at(10), json!({"status": "cancelled"}))).await;
    woo.app.drain().await;
    assert_eq!((amounts(&api), woo.rewards().await[0].2.as_str()), (Vec::new(), "void"));
}

#[tokio::test]
async fn a_shop_that_is_too_slow_with_codes_has_said_nothing_and_is_asked_again() {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let client = Client::new(Reach::ThisMachine).within(Duration::from_millis(300));
    let caller = client.caller(&woo.app.engine.app.config.keys, &woo.row().await).expect("credentials");
    let (offer, code) = (offer(percent("10"), Terms::default()), codes(&["ANNA10"]));
    api.spoil(|_| Some(Told::json(&json!([])).after(Duration::from_secs(2))));
    assert_eq!(caller.add_codes("", &offer, &code).await, Err(ApiFailure::TimedOut));
    assert_eq!(caller.make_code(&offer, &code[0]).await, Err(ApiFailure::TimedOut));
    assert_eq!(caller.remove_code(None, &code[0]).await, Err(ApiFailure::TimedOut));
    api.heal();
    assert_eq!(add(&caller, &offer, &["ANNA10"]).await, [CodeFate::Made]);
    assert_eq!(api.coupons().len(), 1);
}
