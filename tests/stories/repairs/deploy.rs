//! What a deployment needs that no linter knows, and what it guards.

use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::{Method, Response};
use serde_json::json;
use tests::{TestApp, TestOrder, sign, text};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// A Python that has SAM's translator; `None`: there is none, which is said, and in CI is a failure.
fn python() -> Option<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/sam/bin/python");
    let has_translator = |python: &PathBuf| {
        let asked = Command::new(python).args(["-c", "import samtranslator"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    let found = [ours, PathBuf::from("python3")].into_iter().find(has_translator);
    if found.is_none() {
        println!("skipped: no Python has SAM's translator; infra/scripts/check-template installs it");
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "no translator");
    }
    found
}

/// What limits.py says of templates, and whether it lets all of them pass.
fn limits(python: &Path, templates: &[PathBuf]) -> (String, bool) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/scripts/limits.py");
    let output = Command::new(python).arg(script).args(templates).output().expect("python runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
}

/// The template, spoilt in one place.
fn spoilt(from: &str, to: &str) -> String {
    assert!(TEMPLATE.contains(from), "{from}");
    TEMPLATE.replacen(from, to, 1)
}

/// So many lines.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// What goes beyond each limit, and what is said of it.
fn beyond() -> Vec<(&'static str, String)> {
    let before = |place: &str, added: String| spoilt(place, &format!("{added}{place}"));
    let after = |place: &str, added: String| spoilt(place, &format!("{place}{added}"));
    let globals = "      Variables:\n        CORE_TABLE: !Ref CoreTable\n";
    let setup = "      CodeUri: functions/setup/\n";
    let event = |n| {
        format!(
            "        E{n}: {{ Type: HttpApi, Properties: {{ ApiId: !Ref HttpApi, Method: GET, Path: /v1/e{n} }} }}\n"
        )
    };
    let reader = "        MailEvents: { Type: SNS, Properties: { Topic: !Ref MailEvents } }\n";
    let fourth = "        Fourth: { Type: DynamoDB, Properties: { Stream: !GetAtt CoreTable.StreamArn, StartingPosition: LATEST } }\n";
    let outbox = "                - Pattern: '{\"eventName\": [\"INSERT\"], \"dynamodb\": {\"Keys\": {\"pk\": {\"S\": [{\"prefix\": \"OUT#\"}]}}}}'\n";
    let index = |n| {
        let key = "KeySchema: [{ AttributeName: mpk, KeyType: HASH }], Projection: { ProjectionType: ALL }";
        format!("        - {{ IndexName: i{n}, {key} }}\n")
    };
    let metric = |n| {
        let stat = "Metric: { Namespace: AWS/Lambda, MetricName: Errors }, Period: 300, Stat: Sum";
        format!("        - {{ Id: m{n}, ReturnData: false, MetricStat: {{ {stat} }} }}\n")
    };
    vec![
        ("bytes of permissions to call it", after(setup, format!("      Events:\n{}", lines(50, event)))),
        ("bytes of environment", after(globals, format!("        LONG: {}\n", "x".repeat(4000)))),
        (
            "characters of policies in one role",
            spoilt("[\"CLK#*\"]", &format!("[{}\"CLK#*\"]", lines(1300, |n| format!("\"A{n:03}#*\", ")))),
        ),
        (
            "resources, by",
            before("  MailSettings:\n", lines(450, |n| format!("  L{n}: {{ Type: AWS::Logs::LogGroup }}\n"))),
        ),
        ("bytes of template", format!("{TEMPLATE}# {}\n", "x".repeat(1_000_000))),
        ("parameters, by", after("Parameters:\n", lines(200, |n| format!("  P{n}: {{ Type: String, Default: a }}\n")))),
        ("dynamic references", after(globals, lines(7, |n| format!("        R{n}: \"{{{{resolve:ssm:/a{n}}}}}\"\n")))),
        ("routes, by", after("        paths:\n", lines(300, |n| format!("          /x{n}: {{ get: {{}} }}\n")))),
        (
            "characters of access log format",
            spoilt("{\"request_id\":", &format!("{{\"{}\":\"\",\"request_id\":", "x".repeat(3000))),
        ),
        ("API Gateway, which waits for 30", spoilt("Timeout: 29 # some platforms", "Timeout: 30 # some platforms")),
        ("readers of one stream", after(reader, fourth.to_owned())),
        ("filters of one event source", after(outbox, outbox.repeat(5))),
        (
            "characters of filter pattern",
            spoilt("[{\"prefix\": \"OUT#\"}]", &format!("[{{\"prefix\": \"{}\"}}]", "O".repeat(4096))),
        ),
        ("global indexes", after("      GlobalSecondaryIndexes:\n", lines(19, index))),
        ("metrics in one alarm", after("FILL(errors, 0) + FILL(throttles, 0)\" }\n", lines(9, metric))),
        (
            "characters of alarm description",
            spoilt("links failed or was throttled", &format!("links failed or was throttled {}", "x".repeat(1024))),
        ),
        ("seconds of periods", spoilt("EvaluationPeriods: 1\n", "EvaluationPeriods: 289\n")),
        (
            "bytes of topic policy",
            spoilt("Action: sns:Publish", &format!("Sid: {}\n            Action: sns:Publish", "x".repeat(30_720))),
        ),
        ("access logs outside", spoilt("/aws/vendedlogs/", "/aws/other/")),
    ]
}

#[test]
fn repair_01_what_aws_would_refuse_stops_before_it_is_deployed() {
    let Some(python) = python() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("limits");
    std::fs::create_dir_all(&folder).expect("a folder");
    let kept = |name: String, template: &str| {
        let path = folder.join(name);
        std::fs::write(&path, template).expect("written");
        path
    };
    let (said, passes) = limits(&python, &[kept("whole.yaml".into(), TEMPLATE)]);
    assert!(passes && said.is_empty(), "{said}");

    let beyond = beyond();
    let paths: Vec<_> =
        beyond.iter().enumerate().map(|(n, (_, template))| kept(format!("spoilt-{n}.yaml"), template)).collect();
    let (said, passes) = limits(&python, &paths);
    assert!(!passes);
    for ((what, _), path) in beyond.iter().zip(&paths) {
        let of = format!("limits: {}: ", path.display());
        let found: Vec<_> = said.lines().filter(|line| line.starts_with(&of)).collect();
        assert!(!found.is_empty() && found.iter().all(|line| line.contains(what)), "{what}: {found:?}");
    }
    // No limit is without a template that goes beyond it.
    let source = include_str!("../../../infra/scripts/limits.py");
    let limits = source.split("LIMITS = [").nth(1).and_then(|rest| rest.split("\n]").next()).expect("the limits");
    assert_eq!(limits.lines().filter(|line| line.starts_with("    (")).count(), beyond.len());
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn repair_25_all_answers_hold_browsers_to_https_and_nobody_keeps_an_error() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    shop.anna().await;
    let (key, no_key) = (shop.api_key.as_str(), "");
    for (method, path, key, status) in [
        (Method::GET, "/r/ANNA10", no_key, 302),
        (Method::GET, "/r/NOBODY99", no_key, 404),
        (Method::GET, "/v1/merchant", key, 200),
        (Method::GET, "/v1/merchant", no_key, 401),
        (Method::POST, "/v1/links", key, 400),
        (Method::GET, "/v1/links/NOBODY99", key, 404),
        (Method::POST, "/webhooks/shopify/nonsense", no_key, 404),
        (Method::GET, "/u/nonsense", no_key, 404),
    ] {
        let answer = app.send(method.clone(), path, key, None).await;
        let place = format!("{method} {path}");
        assert_eq!(answer.status(), status, "{place}");
        assert_eq!(header(&answer, "strict-transport-security"), Some("max-age=63072000"), "{place}");
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"), "{place}");
        if status >= 400 {
            assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{place}");
        }
    }
}

#[tokio::test]
async fn repair_25_a_secret_that_could_be_guessed_is_refused() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let path = format!("/v1/shops/{}/rotate-secret", shop.shop.id);
    let before = app.items();
    let made = |secret: &str| json!({"platform": "custom", "domain": "b.example", "site": "https://b.example", "webhook_secret": secret});
    for secret in ["", "fifteen letters", &"x".repeat(501)] {
        let rotated = shop.call(422, Method::POST, &path, json!({"webhook_secret": secret})).await;
        let created = shop.call(422, Method::POST, "/v1/shops", made(secret)).await;
        for problem in [rotated, created] {
            let fault = json!([{"pointer": "/webhook_secret", "detail": "must be 16 to 500 characters"}]);
            assert_eq!(problem["errors"], fault, "{secret}");
        }
    }
    assert_eq!(app.items(), before, "nothing of it is kept");
    shop.call(200, Method::POST, &path, json!({"webhook_secret": "sixteen letters!"})).await;
    shop.call(201, Method::POST, "/v1/shops", made("sixteen letters!")).await;

    // One that an earlier version took goes on verifying.
    app.keep_secret(&shop.shop.id, "short").await;
    let body = TestOrder::paid("1001", app.at(0)).0.to_string().into_bytes();
    let signature = sign("short", &body);
    assert_eq!(shop.shop.post_signed("orders/paid", body, &signature).await, 200);
}

#[tokio::test]
async fn repair_25_a_shops_previous_secret_ends_after_a_day() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let one = format!("/v1/shops/{}", shop.shop.id);
    assert_eq!(shop.get(&one).await["previous_secret_until"], json!(null));
    let rotate = async |secret: &str| {
        shop.call(200, Method::POST, &format!("{one}/rotate-secret"), json!({"webhook_secret": secret})).await
    };
    let told = rotate("the second secret").await;
    let until: jiff::Timestamp = text(&told, "previous_secret_until").parse().expect("a time");
    let left = until.as_second() - app.at(0).as_second();
    assert!((86_390..=86_400).contains(&left), "{left}");

    let taken = async |secret: &str, order: &str| {
        let body = TestOrder::paid(order, app.at(0)).0.to_string().into_bytes();
        let signature = sign(secret, &body);
        shop.shop.post_signed("orders/paid", body, &signature).await
    };
    let first = shop.shop.secret.as_str();
    app.engine.advance(86_000);
    // A repeat is no rotation, and gives the old secret no second day.
    rotate("the second secret").await;
    assert_eq!((taken(first, "1001").await, taken("the second secret", "1002").await), (200, 200));
    app.engine.advance(500);
    assert_eq!((taken(first, "1003").await, taken("the second secret", "1004").await), (401, 200));
    assert_eq!(shop.get(&one).await["previous_secret_until"], json!(null));

    // Rotated twice within the day: of the two before, the later one verifies.
    rotate("the third secret").await;
    rotate("the fourth secret").await;
    assert_eq!((taken("the second secret", "1005").await, taken("the third secret", "1006").await), (401, 200));
}

#[test]
fn repair_02_a_deployment_asks_nothing_and_says_what_it_needs() {
    let defaults = include_str!("../../../infra/samconfig.toml");
    let setting = |name: &str| {
        let line = defaults.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
        line.and_then(|value| value.split('#').next()).map(str::trim)
    };
    assert_eq!(setting("confirm_changeset"), Some("false"));
    assert_eq!(setting("fail_on_empty_changeset"), Some("false"));
    let page = include_str!("../../../infra/operations.md");
    for needed in ["pip install aws-sam-cli cargo-lambda", "Zig", "rustup target add aarch64-unknown-linux-gnu"] {
        assert!(page.contains(needed), "{needed}");
    }
}
