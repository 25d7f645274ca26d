//! A merchant's own texts: previews, variants, what is refused and why, and what goes out.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::mail::MailKind;
use tests::{TestApp, TestOrder, text};

use super::{LANGUAGES, branded, preview};

#[tokio::test]
async fn every_kind_can_be_looked_at_in_every_language() {
    let app = TestApp::start().await;
    let (merchant, mails) = branded(&app).await;
    for kind in MailKind::ALL {
        let mut subjects = Vec::new();
        for language in LANGUAGES {
            let shown = preview(&merchant, &mails, kind, &format!("{language}-XX")).await;
            assert_eq!(
                (&shown["kind"], &shown["locale"], &shown["variant"]),
                (&json!(kind), &json!(language), &json!("a"))
            );
            assert!(text(&shown, "text").contains("Storgatan 1") && text(&shown, "html").contains("<!DOCTYPE html>"));
            subjects.push(text(&shown, "subject"));
        }
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), LANGUAGES.len(), "{kind}: {subjects:?}");
    }
    let shown = merchant.get(&format!("{mails}/invite")).await;
    assert_eq!(shown["locale"], "sv", "the merchant's own");
    assert!(text(&shown, "text").contains("100\u{a0}kr") && text(&shown, "text").contains("10\u{a0}%"), "{shown}");

    let page = app.client.get(format!("{}{mails}/invite", app.engine.url)).bearer_auth(&merchant.api_key);
    let page = page.header("accept", "text/html,*/*").send().await.expect("an answer");
    let header = |name: &str| page.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    let policy = header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; ") && policy.contains("sandbox") && !policy.contains("script-src"),
        "{policy}"
    );
    assert_eq!(page.text().await.expect("a page"), text(&shown, "html"));
}

#[tokio::test]
async fn own_texts_go_out_by_weight_and_are_noted_with_the_mail() {
    let app = TestApp::start().await;
    let (merchant, _) = branded(&app).await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let path = format!("/v1/programs/{}/mails/reward_ready", text(&program, "id"));
    let variants = json!([
        {"name": "plain", "weight": 0, "texts": {}},
        {"name": "bold", "weight": 3, "texts": {"sv": {"subject": "{{ gift }} till {{ name }}!",
            "body": "{% if coupon %}Koden är {{ coupon }}.{% else %}Tack, {{ name }}.{% endif %}", "button": "Dela igen"}}}]);
    let saved = merchant.call(200, Method::PUT, &path, json!({"variants": variants})).await;
    assert_eq!(saved, json!({"kind": "reward_ready", "variants": variants}));
    let shown = merchant.get(&format!("{path}?variant=bold&locale=sv")).await;
    assert_eq!((text(&shown, "subject").as_str(), &shown["variants"]), ("100 kr till Sample!", &variants));
    assert_eq!(
        text(&merchant.get(&format!("{path}?variant=bold&locale=nl")).await, "subject"),
        "Je hebt SEK 100 verdiend bij Nordic Shoes & Co"
    );
    merchant.app.call(422, Method::GET, &format!("{path}?variant=c"), &merchant.api_key, None).await;

    merchant.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    let mails = app.engine.inbox.mails();
    let anna = mails.iter().find(|mail| mail.to == "anna@example.com").expect("a mail");
    assert_eq!(anna.subject, "100 kr till Anna!");
    assert!(
        anna.text.contains("Tack, Anna.") && anna.text.contains("/s/") && anna.text.contains("?v=reward_ready.bold"),
        "{}",
        anna.text
    );
    let reward = merchant.get("/v1/rewards").await["data"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|reward| reward["side"] == "advocate")
        .map(|reward| text(reward, "id"))
        .expect("a reward");
    let id = MailKind::RewardReady.row_of(reward.parse().expect("an id"));
    let row = app.engine.app.store.outbox(id).await.expect("reads").expect("a row");
    assert_eq!((row.variant.as_deref(), row.locale.as_deref()), (Some("bold"), Some("sv")));

    let gone = merchant.app.call(200, Method::DELETE, &path, &merchant.api_key, None).await;
    assert_eq!(gone["variants"], json!([]));
    assert_eq!(merchant.get(&path).await["variant"], "a");
    merchant.app.call(200, Method::DELETE, &path, &merchant.api_key, None).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_text_is_named_with_its_place_and_line() {
    let app = TestApp::start().await;
    let (merchant, mails) = branded(&app).await;
    let path = format!("{mails}/friend_ordered");
    let one = |texts: Value| json!({"variants": [{"name": "a", "weight": 1, "texts": texts}]});
    let sv = |field: &str, said: &str| one(json!({"sv": {field: said}}));
    let cases = [
        (422, json!({"variants": []}), "/variants", "1 to 10 variants"),
        (422, json!({"variants": [{"name": "a", "weight": 0}]}), "/variants", "weight above 0"),
        (422, json!({"variants": [{"name": "A b", "weight": 1}]}), "/variants/0/name", "lower-case letters"),
        (
            422,
            json!({"variants": [{"name": "a", "weight": 1}, {"name": "a", "weight": 1}]}),
            "/variants/1/name",
            "another name",
        ),
        (422, json!({"variants": [{"name": "a", "weight": 101}]}), "/variants/0/weight", "0 to 100"),
        (422, one(json!({"de": {"subject": "Hallo"}})), "/variants/0/texts/de", "en, sv, nb, nl, ro, it"),
        (
            422,
            sv("subject", "{{ coupon }}"),
            "/variants/0/texts/sv/subject",
            "line 1: no value is called \"coupon\"; there are: name, shop, gift, until",
        ),
        (
            422,
            sv("body", "a\n{% if gift %}\n{{ nope }}{% endif %}"),
            "/variants/0/texts/sv/body",
            "line 3: no value is called \"nope\"",
        ),
        (422, sv("body", "a\n\n{{ gift"), "/variants/0/texts/sv/body", "line 3"),
        (422, sv("subject", "Hi\r\nBcc: x@y.example"), "/variants/0/texts/sv/subject", "one line"),
        (422, sv("subject", &"å".repeat(201)), "/variants/0/texts/sv/subject", "at most 200 characters"),
        (
            422,
            sv("heading", "{% if name %}{{ name }}{% endif %}"),
            "/variants/0/texts/sv/heading",
            "must say something",
        ),
        (422, sv("button", "{{ gift|upper }}"), "/variants/0/texts/sv/button", "can't be used here"),
        (
            422,
            sv("body", "{% for a in name %}{% endfor %}"),
            "/variants/0/texts/sv/body",
            "line 1: \"for\" can't be used here",
        ),
        (400, sv("footer", "x"), "/variants/0/texts/sv", "unknown field"),
        (400, json!({"variants": [{"name": "a", "weight": 1, "text": {}}]}), "/variants/0", "unknown field"),
        (400, json!({}), "", "missing field"),
    ];
    let before = app.items();
    for (status, body, pointer, says) in cases {
        let problem = merchant.call(status, Method::PUT, &path, body.clone()).await;
        let fault = &problem["errors"][0];
        assert!(text(fault, "pointer").starts_with(pointer), "{body}: {problem}");
        assert!(text(fault, "detail").contains(says), "{body}: {problem}");
    }
    assert_eq!(app.items(), before, "nothing was kept");
    let both = json!({"sv": {"subject": "{{ x }}"}, "en": {"body": "{{ y }}"}});
    let problem = merchant.call(422, Method::PUT, &path, one(both)).await;
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2), "all at once");

    merchant.app.call(404, Method::GET, &format!("{mails}/newsletter"), &merchant.api_key, None).await;
    merchant.app.call(422, Method::GET, &format!("{path}?locale=not+a+tag"), &merchant.api_key, None).await;
    let other = app.merchant().await;
    let fine = sv("subject", "Hej");
    for (method, body) in [(Method::GET, None), (Method::PUT, Some(&fine)), (Method::DELETE, None)] {
        app.call(404, method, &path, &other.api_key, body).await;
    }
}
