//! The alarm on requests about personal data that are nearly late watches a figure, and figures are lines on standard output.
//! So the story is played in a process of its own, whose output is read.

use std::process::Command;

use serde_json::{Value, json};
use tests::TestApp;

/// Set where the story is played.
const PLAYED: &str = "GOODWORD_OVERDUE_PLAYED";

#[tokio::test]
async fn a_request_that_is_nearly_late_is_counted_once_a_day() {
    if std::env::var_os(PLAYED).is_some() {
        return play().await;
    }
    let myself = std::env::current_exe().expect("a path");
    let name = "overdue::a_request_that_is_nearly_late_is_counted_once_a_day";
    let output = Command::new(myself).args([name, "--exact", "--nocapture"]).env(PLAYED, "1").output().expect("runs");
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("1 passed"), "{output}");
    let figures = output.lines().filter_map(|line| serde_json::from_str::<Value>(&line[line.find('{')?..]).ok());
    let counted: Vec<_> = figures.filter(|figure| figure["PrivacyOverdue"] == 1).collect();
    assert_eq!(counted.len(), 2, "{output}");
    for figure in counted {
        let metrics = &figure["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((&metrics["Namespace"], &figure["service"]), (&json!("Goodword"), &json!("timers")));
    }
}

/// A request of 30 days: nothing for 26, then two days on each of which it is looked at more than once.
async fn play() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let asked = json!({"shop_domain": "nordicshoes.myshopify.com", "orders_requested": [], "data_request": {"id": 5}, "customer": {"id": 7001}});
    assert_eq!(shop.shop.post("customers/data_request", &asked).await, 200);
    app.days_pass(26).await;
    app.engine.advance(86_400 + 60);
    for _ in 0..3 {
        app.engine.tick().await.expect("ticks");
    }
    app.engine.advance(86_400);
    for _ in 0..3 {
        app.engine.tick().await.expect("ticks");
    }
    assert_eq!(shop.get("/v1/privacy/requests").await["data"][0]["state"], "open");
}
