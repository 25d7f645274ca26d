//! The handler with a warm cache and storage that never answers: nothing but the cache can have been read, and every
//! click is one that can't be logged.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use shared::app::Clock;
use shared::config::Config;
use shared::crypto::Keys;
use shared::direct::Direct;
use shared::domain::endpoint::Reach;
use shared::domain::storefront::Storefront;
use shared::store::LinkState;

use super::*;

struct Engine {
    app: App,
    cache: Cache,
    link: Link,
    landing: Landing,
}

/// Every call fails at once.
#[derive(Debug)]
struct Nowhere;

impl HttpConnector for Nowhere {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::io("nobody is there".into())))
    }
}

fn engine() -> Engine {
    let secret = "k".repeat(32);
    let config = Config {
        core_table: "core".into(),
        clicks_table: "clicks".into(),
        public_url: "https://r.goodword.example".into(),
        country_header: shared::config::COUNTRY_HEADER.into(),
        keys: Keys::new(BTreeMap::from([(1, secret.clone())]), &secret).expect("long enough"),
        operator_key: None,
    };
    let credentials = Credentials::new("local", "local", None, None, "test");
    let dynamodb = Direct::new(SharedHttpConnector::new(Nowhere), None, "eu-north-1", &credentials);
    let store = Visits::new(dynamodb, "core", "clicks");
    let app = App { config, store, clock: Clock::System, reach: Reach::Internet };
    let (merchant, now) = (shared::domain::id::MerchantId::new(app.ulid()), app.now());
    let landing = Landing {
        name: "Give 10 %, get \"100\" kr".into(),
        destination: "https://nordicshoes.example/".into(),
        time_zone: "UTC".into(),
        ends_at: None,
        storefront: Storefront::new("https://nordicshoes.example", "nordicshoes.myshopify.com"),
    };
    let link = Link {
        code: "ANNA10".parse().expect("a code"),
        merchant,
        program: shared::domain::id::ProgramId::new(app.ulid()),
        shop: shared::domain::id::ShopId::new(app.ulid()),
        advocate: shared::domain::id::AdvocateId::new(app.ulid()),
        destination: None,
        state: LinkState::Active,
        disabled_at: None,
        erased_at: None,
        expires_at: None,
        platform_code: None,
        existed_since: None,
        created_at: now,
        version: 1,
    };
    Engine { app, cache: Cache::default(), link, landing }
}

impl Engine {
    fn warm(self) -> Self {
        self.cache.remember(self.link.clone(), self.landing.clone(), self.app.now());
        self
    }

    async fn open(&self, event: &str) -> Response<Body> {
        let request = shared::http::request(event).expect("an event");
        handle(&self.app, &self.cache, request).await.expect("an answer")
    }
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().expect("text"))
}

fn location(response: &Response<Body>) -> Url {
    assert_eq!(response.status(), 302);
    assert_eq!(header(response, "cache-control"), Some("no-store"));
    header(response, "location").expect("a location").parse().expect("a URL")
}

fn token(url: &Url) -> Option<String> {
    url.query_pairs().find(|(name, _)| name == "ref_click").map(|(_, value)| value.into_owned())
}

fn html(response: &Response<Body>) -> &str {
    assert_eq!(header(response, "content-type"), Some("text/html; charset=utf-8"));
    std::str::from_utf8(response.body().as_ref()).expect("UTF-8")
}

/// The click's event with something else in it.
fn click_with(path: &str, value: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(CLICK).expect("JSON");
    *event.pointer_mut(path).expect(path) = value.into();
    event.to_string()
}

const CLICK: &str = include_str!("../events/click.json");
const DEEP_LINK: &str = include_str!("../events/click-deep-link.json");
const FROM_CHANNEL: &str = include_str!("../events/click-from-channel.json");
const HEAD: &str = include_str!("../events/head.json");
const PREFETCH: &str = include_str!("../events/prefetch.json");
const PREVIEW: &str = include_str!("../events/preview.json");
const CRAWLER: &str = include_str!("../events/crawler.json");

#[tokio::test]
async fn a_click_that_can_not_be_logged_still_reaches_the_shop_with_a_valid_token() {
    let engine = engine().warm();
    let url = location(&engine.open(CLICK).await);
    let token = token(&url).expect("a token");
    let verified = engine.app.config.keys.verify_click(&token).expect("a valid token");
    assert_eq!(verified.code, engine.link.code);
    let expected = format!(
        "https://nordicshoes.example/?ref=ANNA10&ref_click={token}&utm_source=referral&utm_medium=link&utm_campaign={}",
        engine.link.program
    );
    assert_eq!(url.as_str(), expected);
}

#[tokio::test]
async fn deep_link_and_channel_go_with_the_shopper() {
    let engine = engine().warm();
    let url = location(&engine.open(DEEP_LINK).await);
    assert!(url.as_str().starts_with("https://nordicshoes.example/boots?ref=ANNA10&ref_click="), "{url}");
    let url = location(&engine.open(FROM_CHANNEL).await);
    assert!(url.as_str().ends_with(&format!("&utm_campaign={}&utm_content=whatsapp", engine.link.program)), "{url}");
    // What is no channel is none.
    let strange = FROM_CHANNEL.replace("\"channel\": \"whatsapp\"", "\"channel\": \"<b>\"");
    assert!(!location(&engine.open(&strange).await).as_str().contains("utm_content"));
}

/// The click's event on the route that takes any path below `/r/`.
fn pasted(path: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(CLICK).expect("JSON");
    event["routeKey"] = "GET /r/{link+}".into();
    event["requestContext"]["routeKey"] = "GET /r/{link+}".into();
    event["pathParameters"] = serde_json::json!({"link": path});
    event.to_string()
}

#[tokio::test]
async fn repair_13_a_pasted_link_leads_where_it_was_to_lead() {
    let engine = engine().warm();
    let plain = "https://nordicshoes.example/?ref=ANNA10&ref_click=";
    for path in ["ANNA10/", "/ANNA10", "ANNA10//", "ANNA10.", "anna10).", "ANNA10%E2%80%A6"] {
        let url = location(&engine.open(&pasted(path)).await);
        assert!(url.as_str().starts_with(plain) && !url.as_str().contains("utm_content"), "{path}: {url}");
    }
    for path in
        ["ANNA10/whatsapp/", "ANNA10/whatsapp.", "ANNA10//whatsapp", "ANNA10/whatsapp/)", "ANNA10/WhatsApp/more/of/it"]
    {
        let url = location(&engine.open(&pasted(path)).await);
        assert!(url.as_str().ends_with("&utm_content=whatsapp"), "{path}: {url}");
    }
    for (code, channel) in [("ANNA10.", "whatsapp"), ("\"ANNA10\u{200b}", "whatsapp\u{2026}")] {
        let mut event: serde_json::Value = serde_json::from_str(FROM_CHANNEL).expect("JSON");
        event["pathParameters"] = serde_json::json!({"code": code, "channel": channel});
        let event = event.to_string();
        assert!(location(&engine.open(&event).await).as_str().ends_with("&utm_content=whatsapp"), "{event}");
    }
    // Nothing is looked for that is no code.
    for path in ["ANNA 10/", "/", "ANNA.10/whatsapp/"] {
        assert_eq!(engine.open(&pasted(path)).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn repair_14_a_preview_keeps_the_links_own_query() {
    let engine = engine().warm();
    let event = PREVIEW
        .replace("\"rawQueryString\": \"to=%2Fboots\"", "\"rawQueryString\": \"utm_source=news&to=%2Fboots&v=a\"");
    assert_ne!(event, PREVIEW);
    let response = engine.open(&event).await;
    let html = html(&response);
    assert!(
        html.contains(r#"content="https://r.goodword.example/r/ANNA10/whatsapp?to=%2Fboots&#38;utm_source=news">"#),
        "{html}"
    );
    assert!(
        html.contains("href=\"https://nordicshoes.example/boots?utm_source=news&#38;ref=ANNA10&#38;utm_medium"),
        "{html}"
    );
}

#[tokio::test]
async fn no_machine_gets_a_token() {
    let engine = engine().warm();
    for event in [HEAD, CRAWLER] {
        let response = engine.open(event).await;
        let url = location(&response);
        assert_eq!(token(&url), None);
        assert!(url.as_str().starts_with("https://nordicshoes.example/?ref=ANNA10&utm_source=referral"), "{url}");
        assert!(response.body().is_empty());
    }
    let response = engine.open(PREFETCH).await;
    assert_eq!((response.status().as_u16(), response.headers().get("location")), (425, None));
}

#[tokio::test]
async fn a_messenger_gets_a_preview_of_the_link_as_it_was_shared() {
    let engine = engine().warm();
    let response = engine.open(PREVIEW).await;
    let html = html(&response);
    assert_eq!(response.status(), 200);
    assert!(html.contains(r#"<meta property="og:title" content="Give 10 %, get &#34;100&#34; kr">"#), "{html}");
    assert!(
        html.contains(r#"<meta property="og:url" content="https://r.goodword.example/r/ANNA10/whatsapp?to=%2Fboots">"#),
        "{html}"
    );
    assert!(html.contains(r#"<meta property="og:type" content="website">"#), "{html}");
    assert!(html.contains("href=\"https://nordicshoes.example/boots?ref=ANNA10&#38;utm_source"), "{html}");
    assert!(!html.contains("ref_click"), "{html}");
}

#[tokio::test]
async fn a_link_that_is_no_more_has_a_friendly_page() {
    let now = engine().app.now();
    let killed: [fn(&mut Engine, jiff::Timestamp); 3] = [
        |engine, now| (engine.link.state, engine.link.disabled_at) = (LinkState::Disabled, Some(now)),
        |engine, now| engine.link.expires_at = Some(now),
        |engine, now| engine.landing.ends_at = Some(now),
    ];
    for kill in killed {
        let mut engine = engine();
        kill(&mut engine, now);
        let response = engine.warm().open(CLICK).await;
        assert_eq!(response.status(), 410);
        assert!(html(&response).contains("href=\"https://nordicshoes.example/\""));
    }
}

#[tokio::test]
async fn a_code_that_is_unknown_or_none_at_all_has_a_friendly_page() {
    let engine = engine();
    engine.cache.remember_absent(&engine.link.code, engine.app.now());
    // Storage does not answer, so what can't be a code was not looked for.
    for event in
        [CLICK.to_owned(), click_with("/pathParameters/code", "no code"), click_with("/pathParameters/code", "åäö")]
    {
        let response = engine.open(&event).await;
        assert_eq!(response.status(), 404);
        assert!(html(&response).contains("know this link"));
    }
}

#[tokio::test]
async fn storage_that_does_not_answer_is_told_kindly() {
    let response = engine().open(CLICK).await;
    assert_eq!(response.status(), 503);
    assert_eq!(header(&response, "retry-after"), Some("5"));
    assert!(html(&response).contains("One moment"));
}
