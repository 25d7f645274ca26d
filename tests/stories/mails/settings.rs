//! `/v1/merchant`: what can be changed, and what cannot be said.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestOrder};

use super::branded;

#[tokio::test]
async fn a_merchant_sees_and_changes_how_its_mails_look() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let plain = json!({"logo_url": null, "colour": null, "from_name": null, "postal_address": null, "reply_to": null});
    let before = merchant.get("/v1/merchant").await;
    assert_eq!(
        (&before["name"], &before["brand"], &before["currency"]),
        (&json!("Nordic Shoes"), &plain, &json!("SEK"))
    );

    let change = async |body| merchant.call(200, Method::PATCH, "/v1/merchant", body).await;
    let changed =
        change(json!({"name": " Sko & Co ", "locale": "nb", "brand": {"colour": "#0A5C36", "from_name": "Sko"}})).await;
    assert_eq!((&changed["name"], &changed["locale"]), (&json!("Sko & Co"), &json!("nb")));
    assert_eq!((&changed["brand"]["colour"], &changed["brand"]["from_name"]), (&json!("#0a5c36"), &json!("Sko")));
    change(json!({"brand": {"postal_address": "Storgatan 1\n111 22 Stockholm"}})).await;
    let both = merchant.get("/v1/merchant").await["brand"].clone();
    assert_eq!(
        (&both["colour"], &both["postal_address"]),
        (&json!("#0a5c36"), &json!("Storgatan 1\n111 22 Stockholm"))
    );
    assert_eq!(change(json!({"brand": {"colour": null}})).await["brand"]["colour"], json!(null));
    let notices = change(json!({"notices_to": "team@nordicshoes.example"})).await;
    assert_eq!(notices["notices_to"], "team@nordicshoes.example");
    let cleared = change(json!({"brand": null, "notices_to": null})).await;
    assert_eq!((&cleared["brand"], &cleared["notices_to"]), (&plain, &json!("hej@nordicshoes.example")));
    assert_eq!(merchant.get("/v1/merchant").await, cleared);
}

#[tokio::test]
async fn what_a_brand_cannot_be_is_refused_by_its_place() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let cases = [
        (422, json!({"name": ""}), "/name"),
        (422, json!({"name": "a\r\nBcc: x@y.example"}), "/name"),
        (422, json!({"locale": "sv--SE"}), "/locale"),
        (422, json!({"notices_to": "nobody"}), "/notices_to"),
        (422, json!({"brand": {"logo_url": "http://cdn.example/a.png"}}), "/brand/logo_url"),
        (422, json!({"brand": {"logo_url": "javascript:alert(1)"}}), "/brand/logo_url"),
        (422, json!({"brand": {"logo_url": format!("https://cdn.example/{}", "a".repeat(500))}}), "/brand/logo_url"),
        (422, json!({"brand": {"colour": "green"}}), "/brand/colour"),
        (422, json!({"brand": {"colour": "#fff;background:url(x)"}}), "/brand/colour"),
        (422, json!({"brand": {"from_name": "a\nb"}}), "/brand/from_name"),
        (422, json!({"brand": {"from_name": "a".repeat(65)}}), "/brand/from_name"),
        (422, json!({"brand": {"from_name": "hej@nordicshoes.example"}}), "/brand/from_name"),
        (422, json!({"name": "Nordic Shoes <hej@nordicshoes.example>"}), "/name"),
        (422, json!({"brand": {"postal_address": "a\n".repeat(9)}}), "/brand/postal_address"),
        (422, json!({"brand": {"postal_address": "a\r\nb"}}), "/brand/postal_address"),
        (422, json!({"brand": {"reply_to": "x@y.example\r\nBcc: z@y.example"}}), "/brand/reply_to"),
        (400, json!({"brand": {"color": "#ffffff"}}), "/brand"),
        (400, json!({"currency": "EUR"}), ""),
        (400, json!({"time_zone": "UTC"}), ""),
        (400, json!({"mail_from": "other@nordicshoes.example"}), ""),
    ];
    let before = merchant.get("/v1/merchant").await;
    for (status, body, pointer) in cases {
        let problem = merchant.call(status, Method::PATCH, "/v1/merchant", body.clone()).await;
        let place = problem["errors"][0]["pointer"].as_str().expect("a place");
        assert!(place.starts_with(pointer), "{body}: {problem}");
    }
    assert_eq!(merchant.get("/v1/merchant").await, before);
    app.call(401, Method::GET, "/v1/merchant", "gw_nobody", None).await;
    app.call(401, Method::PATCH, "/v1/merchant", "gw_nobody", Some(&json!({"name": "x"}))).await;
}

#[tokio::test]
async fn the_inbox_finds_a_mail_and_shows_it_from_all_sides() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.call(200, Method::PATCH, "/v1/merchant", json!({"brand": {"from_name": "<b>Sko</b>"}})).await;
    merchant.anna().await;
    merchant.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    let get = async |path: &str| {
        let answer = app.client.get(format!("{}{path}", app.engine.url)).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.text().await.expect("a page"))
    };
    let listed: Vec<Value> = serde_json::from_str(&get("/inbox.json").await.1).expect("JSON");
    let annas = listed.iter().find(|mail| mail["to"] == "anna@example.com").expect("a mail");
    assert_eq!(
        (&annas["kind"], &annas["variant"], &annas["locale"]),
        (&json!("reward_ready"), &json!("a"), &json!("sv"))
    );
    for field in ["to", "from", "subject", "text", "html", "headers", "at"] {
        assert!(annas.get(field).is_some(), "{field}");
    }
    let (_, all) = get("/inbox").await;
    assert!(all.contains("anna@example.com") && all.contains("bo@example.com") && all.contains("2 of 2"), "{all}");
    assert!(all.find("href=\"/inbox/2\"") < all.find("href=\"/inbox/1\""), "newest first");
    assert!(!all.contains("<b>Sko"), "{all}");
    let (_, found) = get("/inbox?q=ANNA&kind=reward_ready").await;
    assert!(
        found.contains("anna@example.com") && !found.contains("bo@example.com") && found.contains("1 of 2"),
        "{found}"
    );
    assert!(get("/inbox?q=%22%3E%3Cscript%3E").await.1.contains("value=\"&quot;&gt;&lt;script&gt;\""));
    assert!(get("/inbox?kind=invite").await.1.contains("None of the mails is like that"));
    let one = format!("/inbox/{}", annas["number"]);
    let (status, html) = get(&one).await;
    assert!(status == 200 && html.contains("<iframe sandbox=\"allow-popups") && !html.contains("<b>Sko"), "{html}");
    assert!(get(&format!("{one}?view=text")).await.1.contains("Hej Anna!"));
    assert!(get(&format!("{one}?view=headers")).await.1.contains("List-Unsubscribe-Post: "));
    assert!(get(&format!("{one}?view=source")).await.1.contains("Content-Type: multipart/alternative"));
    for wrong in ["/inbox/0", "/inbox/3", "/inbox/x", "/inbox/-1"] {
        assert_eq!(get(wrong).await.0, 404, "{wrong}");
    }
}

#[tokio::test]
async fn a_mail_goes_out_under_the_merchants_brand_in_the_readers_language() {
    let app = TestApp::start().await;
    let (merchant, _) = branded(&app).await;
    merchant.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10").with(json!({"customer_locale": "nl-BE"}));
    merchant.shop.post("orders/paid", &order.0).await;
    app.drain().await;
    let mails = app.engine.inbox.mails();
    let to = |email: &str| mails.iter().find(|mail| mail.to == email).expect("a mail");
    let (anna, bo) = (to("anna@example.com"), to("bo@example.com"));
    assert_eq!(
        (anna.subject.as_str(), bo.subject.as_str()),
        ("Du har fått 100 kr hos Nordic Shoes & Co", "Je korting bij Nordic Shoes & Co is bevestigd")
    );
    for mail in [anna, bo] {
        assert!(
            mail.headers["From"].as_str().is_some_and(|from| from.contains("Nordic Shoes & Co")),
            "{:?}",
            mail.headers
        );
        assert_eq!(mail.headers["Reply-To"], "<help@nordicshoes.example>");
        assert!(mail.html.contains("https://cdn.nordicshoes.example/logo.png") && mail.html.contains("#0a5c36"));
        assert!(mail.text.contains("111 22 Stockholm"), "{}", mail.text);
    }
    assert!(anna.text.contains("/s/") && anna.text.contains("?v=reward_ready.a"), "{}", anna.text);
}
