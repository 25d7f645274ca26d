//! Requests and answers by their shapes. What needs storage is told by the end-to-end stories.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::app::Clock;
use shared::config::Config;
use shared::crypto::Keys;
use shared::domain::endpoint::Reach;
use shared::domain::person::Locale;
use shared::http::Patch;
use shared::http::parse;
use shared::store::{LinkState, Store};

use super::*;
use crate::asked::{Change, NewLink};

const CREATE: &str = include_str!("../events/create.json");
const LIST: &str = include_str!("../events/list.json");
const SHOW: &str = include_str!("../events/show.json");
const CHANGE: &str = include_str!("../events/change.json");
const QR: &str = include_str!("../events/qr.json");

pub(crate) fn link() -> Link {
    Link {
        code: "ANNA10".parse().expect("a code"),
        merchant: "mer_01KFZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("an id"),
        program: "prg_01KFZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("an id"),
        shop: "shp_01KFZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("an id"),
        advocate: "adv_01KFZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("an id"),
        destination: None,
        state: LinkState::Active,
        disabled_at: None,
        erased_at: None,
        expires_at: None,
        platform_code: None,
        existed_since: None,
        created_at: Timestamp::from_second(1_795_255_200).expect("in range"),
        version: 1,
    }
}

/// An engine whose storage never answers.
fn app() -> App {
    let secret = "k".repeat(32);
    let config = Config {
        core_table: "core".into(),
        clicks_table: String::new(),
        public_url: "https://r.goodword.example".into(),
        country_header: shared::config::COUNTRY_HEADER.into(),
        keys: Keys::new(BTreeMap::from([(1, secret.clone())]), &secret).expect("long enough"),
        operator_key: None,
    };
    let sdk = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"));
    let store = Store::new(aws_sdk_dynamodb::Client::from_conf(sdk.build()), "core");
    App { config, store, clock: Clock::System, reach: Reach::Internet }
}

async fn answer(event: &str) -> (u16, Value) {
    let request = shared::http::request(event).expect("an event");
    let response = handle(&app(), request).await.expect("an answer");
    let body = std::str::from_utf8(response.body().as_ref()).expect("UTF-8");
    (response.status().as_u16(), serde_json::from_str(body).unwrap_or_else(|_| body.into()))
}

fn body(event: &str) -> Vec<u8> {
    let event: Value = serde_json::from_str(event).expect("JSON");
    event["body"].as_str().expect("a body").as_bytes().to_vec()
}

#[test]
fn a_link_is_shown_with_all_its_addresses() {
    let url = "https://r.goodword.example/r/ANNA10";
    let expected = json!({
        "code": "ANNA10",
        "url": url,
        "program": "prg_01KFZZZZZZZZZZZZZZZZZZZZZZ",
        "advocate": "adv_01KFZZZZZZZZZZZZZZZZZZZZZZ",
        "state": "active",
        "share": {
            "email": format!("{url}/email"),
            "whatsapp": format!("{url}/whatsapp"),
            "x": format!("{url}/x"),
            "facebook": format!("{url}/facebook"),
            "sms": format!("{url}/sms"),
            "copy": format!("{url}/copy"),
        },
        "share_intents": {
            "email": "mailto:?body=https%3A%2F%2Fr.goodword.example%2Fr%2FANNA10%2Femail",
            "whatsapp": "https://wa.me/?text=https%3A%2F%2Fr.goodword.example%2Fr%2FANNA10%2Fwhatsapp",
            "x": "https://x.com/intent/post?url=https%3A%2F%2Fr.goodword.example%2Fr%2FANNA10%2Fx",
            "facebook": "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fr.goodword.example%2Fr%2FANNA10%2Ffacebook",
            "sms": "sms:?&body=https%3A%2F%2Fr.goodword.example%2Fr%2FANNA10%2Fsms",
        },
        "qr_url": format!("{url}/qr.svg"),
        "destination": null,
        "expires_at": null,
        "platform_code": null,
        "created_at": "2026-11-21T10:00:00Z",
    });
    assert_eq!(view::link(&link(), "https://r.goodword.example"), expected);
    let channel = "poster".parse().expect("a channel");
    let with = view::link_with(&link(), Some(&channel), "https://r.goodword.example");
    assert_eq!(with["share"]["poster"], format!("{url}/poster"));
    assert_eq!(with["url"], url);
}

#[test]
fn the_sample_requests_are_understood() {
    let asked: NewLink = parse(&body(CREATE)).expect("a request");
    assert_eq!(asked.code.map(String::from).as_deref(), Some("ANNA10"));
    assert_eq!(asked.destination, None);
    let contact = asked.advocate.contact();
    assert_eq!(contact.name.map(String::from).as_deref(), Some("Anna"));
    assert_eq!(contact.locale.as_ref().map(Locale::as_str), Some("sv"));
    let change: Change = parse(&body(CHANGE)).expect("a request");
    assert_eq!((change.state, change.destination), (Some(LinkState::Disabled), Patch::Absent));
    assert_eq!(change.expires_at, Patch::Set("2026-12-24T12:00:00Z".parse().expect("a time")));
}

#[test]
fn what_may_not_be_asked_for_is_refused_by_name() {
    let of = |advocate: &str, rest: &str| {
        format!("{{\"program\": \"prg_01KFZZZZZZZZZZZZZZZZZZZZZZ\", \"advocate\": {advocate}{rest}}}")
    };
    let anna = "{\"email\": \"anna@example.com\"}";
    assert!(parse::<NewLink>(of(anna, "").as_bytes()).is_ok());
    let underlined = of("{\"email\": \"anna@example.com\", \"locale\": \"sv_SE\"}", "");
    assert!(parse::<NewLink>(underlined.as_bytes()).is_ok(), "another spelling of sv-SE");
    let cases = [
        (of("{}", ""), 400, "/advocate"),
        (of(anna, ", \"colour\": 1"), 400, "colour"),
        (of("{\"email\": \"anna@example.com\", \"shoe_size\": \"43\"}", ""), 400, "shoe_size"),
        (of("{\"email\": \"anna@example.com\", \"phone\": \"1\"}", ""), 422, "/advocate/phone"),
        (of("{\"email\": \"anna\"}", ""), 422, "/advocate/email"),
        (of("{\"email\": \"anna@example.com\", \"locale\": \"not a locale\"}", ""), 422, "/advocate/locale"),
        (of("{\"email\": \"anna@example.com\", \"locale\": \"\"}", ""), 422, "/advocate/locale"),
        (of("{\"email\": \"anna@example.com\", \"customer_id\": \"\"}", ""), 422, "/advocate/customer_id"),
        (of(anna, ", \"code\": \"a\""), 422, "/code"),
        (of(anna, ", \"code\": \"anna 10\""), 422, "/code"),
        (of(anna, ", \"channel\": \"E-Mail\""), 422, "/channel"),
        (of(anna, "").replace("prg_", "adv_"), 422, "/program"),
    ];
    for (body, status, named) in cases {
        let error = parse::<NewLink>(body.as_bytes()).expect_err(&body);
        assert_eq!(error.status(), status, "{body}");
        assert!(format!("{error:?}").contains(named), "{body}: {error:?}");
    }
    let changes = [
        ("{\"state\": \"gone\"}", 422),
        ("{\"code\": \"EVA\"}", 400),
        ("{\"expires_at\": \"soon\"}", 422),
        ("{\"state\": 1}", 400),
    ];
    for (body, status) in changes {
        assert_eq!(parse::<Change>(body.as_bytes()).expect_err(body).status(), status, "{body}");
    }
}

#[test]
fn what_is_personal_does_not_show_itself() {
    let asked: NewLink = parse(&body(CREATE)).expect("a request");
    let shown = format!("{asked:?}");
    assert!(!shown.contains("anna@example.com") && !shown.contains("\"Anna\"") && !shown.contains("c-7"), "{shown}");
}

#[tokio::test]
async fn only_the_picture_is_public() {
    for event in [CREATE, LIST, SHOW, CHANGE] {
        for keyless in [event.replace("Bearer gw_sample", ""), event.replace("Bearer gw_sample", "Bearer sample")] {
            let (status, body) = answer(&keyless).await;
            assert_eq!((status, body["code"].as_str()), (401, Some("unauthorized")), "{keyless}");
        }
        // With a key storage is asked, which does not answer.
        assert_eq!(answer(event).await.0, 500);
    }
    assert_eq!(answer(QR).await.0, 500);
    let (status, text) = answer(&QR.replace("\"code\": \"ANNA10\"", "\"code\": \"?\"")).await;
    assert_eq!(status, 404);
    assert!(text.as_str().is_some_and(|text| text.starts_with("We don't know this link")), "{text}");
}
