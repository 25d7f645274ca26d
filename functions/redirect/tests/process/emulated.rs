//! The redirect's own binary under AWS's emulator of the runtime: what it answers there is what the local runner answers.

use serde_json::{Value, json};
use tests::TestApp;
use tests::lambda::Emulator;

use super::CODE;

/// Every sample of an event.
const SAMPLES: [(&str, &str); 7] = [
    ("click", include_str!("../../events/click.json")),
    ("click-deep-link", include_str!("../../events/click-deep-link.json")),
    ("click-from-channel", include_str!("../../events/click-from-channel.json")),
    ("crawler", include_str!("../../events/crawler.json")),
    ("head", include_str!("../../events/head.json")),
    ("prefetch", include_str!("../../events/prefetch.json")),
    ("preview", include_str!("../../events/preview.json")),
];

/// A click of which this was changed. Each has something that can't be read, and ends in the shop.
fn spoilt() -> Vec<(&'static str, Value)> {
    let click: Value = serde_json::from_str(SAMPLES[0].1).expect("JSON");
    let with = |pointer: &str, value: Value| {
        let mut event = click.clone();
        *event.pointer_mut(pointer).expect("it is there") = value;
        event
    };
    let mut header = click.clone();
    header["headers"]["a name"] = json!("no header has such a name");
    let mut list = click.clone();
    list["headers"]["x-list"] = json!([1, {"a": null}]);
    vec![
        ("a header without a name that a header can have", header),
        ("a header that is no text", list),
        ("no query", with("/rawQueryString", Value::Null)),
        ("no address", with("/requestContext/http/sourceIp", json!(7))),
        ("no time", with("/requestContext/timeEpoch", json!("soon"))),
        ("no path", with("/rawPath", json!({}))),
    ]
}

/// Without the token, which is another one each time.
fn comparable(mut answer: Value) -> Value {
    let location = answer["headers"]["location"].as_str().map(str::to_owned);
    if let Some(location) = location {
        let kept: Vec<_> =
            location.split('&').map(|part| part.split("ref_click=").next().unwrap_or_default()).collect();
        assert!(kept.len() > 1, "{location}");
        answer["headers"]["location"] = json!(kept);
    }
    answer
}

#[tokio::test]
async fn repair_34_each_sample_is_answered_under_awss_emulator_as_by_the_runner() {
    let app = TestApp::start().await;
    app.merchant().await.anna().await;
    let config = &app.engine.app.config;
    let variables = [
        ("CORE_TABLE", config.core_table.as_str()),
        ("CLICKS_TABLE", &config.clicks_table),
        ("PUBLIC_URL", &config.public_url),
        ("GOODWORD_KEYS", "{\"1\":\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\"}"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &app.engine.endpoint),
    ];
    let Some(emulator) = Emulator::of(env!("CARGO_BIN_EXE_redirect"), &variables).await else { return };

    let samples = SAMPLES.map(|(name, text)| (name, serde_json::from_str::<Value>(text).expect(name)));
    let mut sent_on = 0;
    for (name, event) in samples.into_iter().chain(spoilt()) {
        let answered = comparable(emulator.invoke(&event).await);
        let expected = app.engine.answer("redirect", &event).await.expect(name);
        assert_eq!(answered, comparable(serde_json::to_value(expected).expect("JSON")), "{name}");
        assert_eq!(answered["headers"]["strict-transport-security"], "max-age=63072000", "{name}");
        sent_on += usize::from(answered["statusCode"] == 302);
    }
    assert!(sent_on > spoilt().len(), "{sent_on} of {CODE}'s visitors were sent on");
    for (name, event) in spoilt() {
        assert_eq!(emulator.invoke(&event).await["statusCode"], 302, "{name}");
    }
    // Whatever is no event of an HTTP API is answered as well.
    assert_eq!(emulator.invoke(&json!({"Records": []})).await["statusCode"], 400);
    assert_eq!(emulator.starts(), 1, "nothing of it ended the function");
}
