//! Mails lead advocates to a page of their own, and an advocate's own visits are nobody's.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{BROWSER, TestApp, TestMerchant, TestOrder, parameter, text};

/// Anna's mail about her reward, with the addresses in it that are ours.
async fn annas_mail(merchant: &TestMerchant) -> Vec<String> {
    merchant.shop.post("orders/paid", &TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10").0).await;
    merchant.app.drain().await;
    let mail =
        merchant.app.engine.inbox.mails().into_iter().find(|mail| mail.to == "anna@example.com").expect("a mail");
    let url = &merchant.app.engine.url;
    let ours = |face: &str, end: &[char]| {
        let parts =
            face.split(url.as_str()).skip(1).map(|rest| format!("{url}{}", rest.split(end).next().unwrap_or_default()));
        parts.map(|link| link.replace("&amp;", "&")).collect::<Vec<_>>()
    };
    [ours(&mail.text, &['\n', ' ']), ours(&mail.html, &['"', '<'])].concat()
}

async fn page(app: &TestApp, url: &str) -> (u16, String) {
    let answer = app
        .client
        .get(url)
        .header("user-agent", BROWSER)
        .header("accept", "text/html")
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

/// How many of these were counted in the program.
async fn counted(merchant: &TestMerchant, program: &Value, names: &[&str]) -> Vec<u64> {
    merchant.app.drain().await;
    let stats = merchant.get(&format!("/v1/stats?program={}", text(program, "id"))).await;
    let numbers = stats["numbers"].as_array().expect("a list").clone();
    let of = |name: &&str| {
        numbers.iter().find(|number| number["name"] == **name).and_then(|number| number["value"].as_u64())
    };
    names.iter().map(|name| of(name).unwrap_or_default()).collect()
}

const VISITS: [&str; 4] = ["clicks", "clicks_unique", "shares", "sharers"];

#[tokio::test]
async fn repair_16_an_advocates_mail_leads_to_the_share_page_and_nowhere_near_the_shop_as_a_friend() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let links = annas_mail(&merchant).await;
    assert!(links.iter().any(|link| link.contains("/s/") && link.ends_with("?v=reward_ready.a")), "{links:?}");
    for link in &links {
        assert!(!link.contains("/r/") && !link.contains("anna") && !link.contains("%40"), "{link}");
        assert_eq!(page(&app, link).await.0, 200, "{link}");
    }
    assert_eq!(counted(&merchant, &program, &VISITS).await, [0; 4]);

    let share = links.iter().find(|link| link.contains("/s/")).expect("a page");
    let (_, html) = page(&app, share).await;
    let base = format!("{}/r/ANNA10", app.engine.url);
    assert!(html.contains("<html lang=\"sv\">") && html.contains("Tipsa dina vänner om Nordic Shoes"), "{html}");
    assert!(html.contains(&format!(">{base}/copy?v=reward_ready.a<")) && html.contains(">ANNA10<"), "{html}");
    for opens in [
        "mailto:?subject=",
        "https://wa.me/?text=",
        "https://x.com/intent/post?text=",
        "https://www.facebook.com/sharer/sharer.php?u=",
        "sms:?&#38;body=",
    ] {
        assert!(html.contains(&format!("href=\"{opens}")), "{opens}: {html}");
    }
    // Nothing on it opens the link itself, and it holds no script and nobody's address.
    for never in [format!("href=\"{base}"), "<script".into(), "anna@".into(), "http-equiv".into()] {
        assert!(!html.contains(&never), "{never}: {html}");
    }
}

#[tokio::test]
async fn repair_16_an_advocates_own_opening_is_no_click_no_share_and_no_fraud() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|_| ()).await;
    let url = text(&merchant.link(&program, "anna@example.com", Some("anna10")).await, "url");
    let links = annas_mail(&merchant).await;
    let share = links.iter().find(|link| link.contains("/s/")).expect("a page");
    page(&app, share).await;
    // She tries what she is about to send.
    let at = app.click(&format!("{url}/copy?v=reward_ready.a")).await;
    app.click(&format!("{url}/whatsapp")).await;
    assert_eq!(counted(&merchant, &program, &VISITS).await, [0; 4]);
    // Then she buys something herself.
    let token = parameter(&at, "ref_click").expect("a token");
    let own = json!({"email": "Anna@Example.com", "customer": {"id": 77}});
    merchant.shop.post("orders/paid", &TestOrder::paid("1002", app.at(0)).token(&token).with(own.clone()).0).await;
    let why = merchant.why("1002").await;
    assert_eq!(
        (&why["outcome"], &why["signals"], &why["rules"]),
        (&json!("not_credited"), &json!([]), &json!([])),
        "{why}"
    );
    assert_eq!(why["sentence"], "Not credited: the buyer came by the own link, which refers nobody.");
    assert_eq!(why["candidates"][0]["outcome"], "rejected", "{why}");
    assert_eq!(counted(&merchant, &program, &["orders_fraud"]).await, [0]);

    // Controls: a friend's visit by another browser counts, and so does the friend's order.
    let friend =
        app.client.get(&url).header("user-agent", format!("{BROWSER} friend")).send().await.expect("an answer");
    assert_eq!(friend.status(), 302);
    let token = parameter(friend.headers()["location"].to_str().expect("text"), "ref_click").expect("a token");
    let cai = json!({"email": "cai@example.com", "customer": {"id": 78}});
    merchant.shop.post("orders/paid", &TestOrder::paid("1003", app.at(0)).token(&token).with(cai).0).await;
    assert_eq!(merchant.why("1003").await["outcome"], "credited");
    assert_eq!(counted(&merchant, &program, &VISITS).await, [1; 4]);
    // Who uses the own code at the checkout wants the discount of a friend: that is a self-referral, as before.
    merchant.shop.post("orders/paid", &TestOrder::paid("1004", app.at(0)).coupon("ANNA10").with(own).0).await;
    let why = merchant.why("1004").await;
    let failed = why["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .any(|rule| rule["rule"] == "self_referral" && rule["outcome"] == "fail");
    assert!(failed && why["outcome"] == "not_credited", "{why}");
}

#[tokio::test]
async fn repair_16_an_own_visit_does_not_stand_in_a_friends_way() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|body| body["qualify"]["new_customers_only"] = json!(false)).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    let bea = text(&merchant.link(&program, "bea@example.com", Some("bea10")).await, "url");
    let own = parameter(&app.click(&bea.replace("BEA10", "ANNA10")).await, "ref_click").expect("a token");
    // Anna looked at her own link last, and the cart remembers that; she had come by Bea's.
    let landing = app.click(&bea).await;
    let buyer = json!({"email": "anna@example.com", "customer": {"id": 77}});
    let order = TestOrder::paid("1001", app.at(0)).token(&own).landing(&landing).with(buyer);
    merchant.shop.post("orders/paid", &order.0).await;
    let why = merchant.why("1001").await;
    assert_eq!((&why["outcome"], &why["signals"]), (&json!("credited"), &json!([])), "{why}");
    let won = why["candidates"].as_array().expect("a list").iter().find(|candidate| candidate["outcome"] == "won");
    assert_eq!(won.map(|candidate| text(candidate, "code")).as_deref(), Some("BEA10"), "{why}");
}

#[tokio::test]
async fn repair_16_a_page_whose_link_is_no_more_says_so_and_a_forged_token_opens_nothing() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    merchant.anna().await;
    let links = annas_mail(&merchant).await;
    let share = links.iter().find(|link| link.contains("/s/")).expect("a page");
    let forged = share.replace("/s/1.", "/s/1.0");
    for wrong in [forged.as_str(), &format!("{}/s/sample", app.engine.url)] {
        assert_eq!(page(&app, wrong).await.0, 404, "{wrong}");
    }
    merchant.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"state": "disabled"})).await;
    let (status, html) = page(&app, share).await;
    assert!(status == 410 && html.contains("This link has ended"), "{status} {html}");
}

#[tokio::test]
async fn repair_16_a_link_is_answered_with_what_opens_each_app_beside_the_tagged_links() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let link = merchant.anna().await;
    let url = text(&link, "url");
    for channel in ["email", "whatsapp", "x", "facebook", "sms", "copy"] {
        assert_eq!(link["share"][channel], format!("{url}/{channel}"), "as before");
        let opens = text(&link["share_intents"], channel);
        if channel == "copy" {
            assert_eq!(opens, "", "nothing opens for it");
            continue;
        }
        let opens = reqwest::Url::parse(&opens).expect("an address");
        assert!(opens.query_pairs().any(|(_, value)| value == format!("{url}/{channel}")), "{opens}");
    }
    assert_eq!(merchant.get("/v1/links/ANNA10").await["share_intents"], link["share_intents"]);
}
