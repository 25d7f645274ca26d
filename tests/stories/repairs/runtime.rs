//! Functions under Lambda's own runtime. The binaries of redirect and orders run under AWS's emulator in their own tests
//! (`functions/*/tests/process`); here is what holds for all functions, through the conversion that they share.

use serde_json::{Value, json};
use tests::TestApp;

/// The functions that answer HTTP, each with a sample.
const SAMPLES: [(&str, &str, u16); 4] = [
    ("links", include_str!("../../../functions/links/events/show.json"), 401),
    ("orders", include_str!("../../../functions/orders/events/create.json"), 401),
    ("pages", include_str!("../../../functions/pages/events/ask.json"), 404),
    ("redirect", include_str!("../../../functions/redirect/events/click.json"), 302),
];

/// What stands in for whatever the library's own conversion would fail at. Nothing of it is needed for an answer.
fn unreadable(event: &mut Value) {
    event["headers"]["a name"] = json!("no header has such a name");
    event["headers"]["x-control"] = json!("a\u{1}b");
    event["headers"]["x-list"] = json!([1, 2]);
    event["rawQueryString"] = json!({"a": 1});
    event["queryStringParameters"] = json!(7);
    event["stageVariables"] = json!("none");
    event["cookies"] = json!({"not": "a list"});
    event["requestContext"]["timeEpoch"] = json!("soon");
    event["requestContext"]["http"]["sourceIp"] = json!([]);
    event["requestContext"]["authorizer"] = json!(5);
}

#[tokio::test]
async fn repair_34_what_can_t_be_read_of_an_event_changes_no_answer() {
    let app = TestApp::start().await;
    app.merchant().await.anna().await;
    for (function, sample, status) in SAMPLES {
        let mut event: Value = serde_json::from_str(sample).expect(function);
        let whole = app.engine.answer(function, &event).await.expect(function);
        assert_eq!(whole.status_code, status, "{function}: {whole:?}");
        unreadable(&mut event);
        let spoilt = app.engine.answer(function, &event).await.expect(function);
        assert_eq!((spoilt.status_code, spoilt.headers.len()), (status, whole.headers.len()), "{function}: {spoilt:?}");
    }
}

#[tokio::test]
async fn repair_34_what_is_no_event_of_the_api_is_answered_too() {
    let app = TestApp::start().await;
    for (function, _, _) in SAMPLES {
        for event in [json!({}), json!(null), json!({"Records": []}), json!({"requestContext": "none"})] {
            let answer = app.engine.answer(function, &event).await.expect(function);
            assert_eq!(answer.status_code, 400, "{function}: {answer:?}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
    }
    // Without a route it is a fault of ours, and said so.
    let answer = app.engine.answer("redirect", &json!({"requestContext": {}})).await.expect("an answer");
    assert_eq!(answer.status_code, 500);
}
