//! What others' libraries sign verifies here, and what is signed here verifies there. The libraries come from their
//! registries into `target/`. Where a tool is missing the test says so and is skipped; in CI it fails.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Received, Sender, TestApp, TestOrder, sign, sign_standard, text};

use crate::hooks::an_event;
use crate::webhooks_out::handed_over;

/// The library of Standard Webhooks, from PyPI.
const PYTHON: &str = "standardwebhooks==1.1.0";
/// Shopify's, from npm.
const NODE: &str = "@shopify/shopify-api@13.1.0";

/// Runs a command and hands over what it prints.
pub(crate) fn run(command: &mut Command, input: &str) -> Result<String, String> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).map_err(|error| error.to_string())?;
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(printed)
    } else {
        Err(format!("{}{printed}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// A folder of its own for a library, made by `install` unless an earlier run did.
pub(crate) fn installed(library: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let name: String = library.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("second-opinion-{}", name.trim_start_matches('-')));
    let done = folder.join("installed");
    if !done.exists() {
        // What an earlier run left half done.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        install(&folder)?;
        std::fs::write(&done, library).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

/// A Python of its own with this package in it.
pub(crate) fn with_python(package: &str) -> Result<PathBuf, String> {
    installed(package, |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")), "")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package];
        run(Command::new(folder.join("venv/bin/python")).args(pip), "").map(drop)
    })
}

/// A folder with this package of npm's in it. `manifest`: a `package.json` to begin with, if one is needed.
pub(crate) fn with_node(package: &str, manifest: Option<&str>) -> Result<PathBuf, String> {
    installed(package, |folder| {
        run(Command::new("node").arg("--version"), "")?;
        if let Some(manifest) = manifest {
            std::fs::write(folder.join("package.json"), manifest).map_err(|error| error.to_string())?;
        }
        let npm = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", package, "--prefix"];
        run(Command::new("npm").args(npm).arg(folder).current_dir(folder), "").map(drop)
    })
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("second_opinion").join(name)
}

/// The outcomes of tasks, or why there are none.
pub(crate) fn outcomes(command: Result<Command, String>, tasks: &Value) -> Option<Value> {
    let printed = command.and_then(|mut command| run(&mut command, &tasks.to_string()));
    skipped(printed).map(|printed| serde_json::from_str(&printed).expect("JSON"))
}

/// Says what is missing, if anything is; in CI that fails.
pub(crate) fn skipped<T>(there: Result<T, String>) -> Option<T> {
    there
        .inspect_err(|why| {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "no second opinion: {why}");
            eprintln!("skipped, no second opinion: {why}");
        })
        .ok()
}

/// What the library of Standard Webhooks makes of tasks.
fn standard(tasks: &Value) -> Option<Value> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| with_python(PYTHON));
    let command = folder.clone().map(|folder| {
        let mut command = Command::new(folder.join("venv/bin/python"));
        command.arg(script("standard_webhooks.py"));
        command
    });
    outcomes(command, tasks)
}

/// What Shopify's library makes of tasks.
fn shopify(tasks: &Value) -> Option<Value> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| with_node(NODE, None));
    let command = folder.clone().map(|folder| {
        let mut command = Command::new("node");
        command.arg(script("shopify.mjs")).current_dir(folder);
        command
    });
    outcomes(command, tasks)
}

#[tokio::test]
async fn webhooks_of_custom_shops_that_the_reference_library_signs_are_taken() {
    let merchant = TestApp::start().await.merchant().await;
    let [secret, new, other] =
        [b"a key of thirty-two or so bytes", b"another key, for the rotation!!", b"and one of somebody who is else"]
            .map(|key| format!("whsec_{}", STANDARD.encode(key)));
    let shop = Sender::connect(&merchant, json!({"platform": "custom", "webhook_secret": secret}), b"").await;
    let now = merchant.app.at(0);
    let sek = |amount: &str| json!({"amount": amount, "currency": "SEK"});
    let event = json!({"type": "order.paid", "timestamp": now, "data": {"id": "å-1", "placed_at": now, "updated_at": now,
        "state": "paid", "currency": "SEK", "net": sek("500.00"), "total": sek("625.00"),
        "customer": {"email": "bo@example.com", "name": "Bö — 波"}}});
    // An id can't have an å, so that a right signature shows as 400, before and after it is one.
    let mut good = event.clone();
    good["data"]["id"] = json!("1");
    let tasks: Vec<_> = [(&secret, &event), (&secret, &good), (&other, &good), (&new, &good)]
        .map(|(secret, body)| json!({"do": "sign", "secret": secret, "id": "msg_1", "at": now.as_second(), "body": body.to_string()}))
        .into();
    let Some(signed) = standard(&json!(tasks)) else { return };
    let post = async |body: &Value, signature: &str| {
        let request = shop.request(body.to_string().as_bytes()).header("webhook-id", "msg_1");
        let request = request.header("webhook-timestamp", now.as_second()).header("webhook-signature", signature);
        request.send().await.expect("an answer").status().as_u16()
    };
    let signature = |n: usize| signed[n].as_str().expect("a signature");
    assert_eq!(post(&event, signature(0)).await, 400);
    assert_eq!(post(&good, signature(1)).await, 200);
    assert_eq!(post(&good, signature(0)).await, 401, "of another body");
    assert_eq!(post(&good, signature(2)).await, 401, "of another secret");
    assert_eq!(post(&good, signature(3)).await, 401, "not yet");
    // While its sender rotates, it signs with both.
    let path = format!("/v1/shops/{}/rotate-secret", shop.merchant.shop.id);
    merchant.call(200, Method::POST, &path, json!({"webhook_secret": new})).await;
    assert_eq!(post(&good, signature(3)).await, 200);
    assert_eq!(post(&good, &format!("{} {}", signature(2), signature(1))).await, 200);
}

#[tokio::test]
async fn what_these_stories_sign_the_reference_library_takes() {
    let app = TestApp::start().await;
    let (key, at) = (b"a key of thirty-two or so bytes", app.at(0).as_second().to_string());
    let secret = format!("whsec_{}", STANDARD.encode(key));
    let body = "{\"type\": \"order.paid\", \"name\": \"Bö — 波\"}";
    let headers =
        |signature: &str| json!({"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": signature});
    let signature = sign_standard(key, "msg_1", &at, body.as_bytes());
    let task = |body: &str, headers: Value| json!({"do": "verify", "secret": secret, "body": body, "headers": headers});
    let tasks =
        json!([task(body, headers(&signature)), task("{}", headers(&signature)), task(body, headers("v1,AAAA"))]);
    let Some(valid) = standard(&tasks) else { return };
    assert_eq!(valid, json!([true, false, false]));
}

#[tokio::test]
async fn webhooks_that_go_out_the_reference_library_takes() {
    for (received, secrets) in [handed_over().await, an_event().await] {
        the_reference_library_takes(&received, secrets);
    }
}

fn the_reference_library_takes(received: &Received, [before, after]: [String; 2]) {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), json!(received.header(name)))).collect();
    let body = String::from_utf8(received.body.clone()).expect("text");
    let other = format!("whsec_{}", STANDARD.encode(b"a key of thirty-two or so bytes"));
    let task = |secret: &str, body: &str| json!({"do": "verify", "secret": secret, "body": body, "headers": headers});
    let changed = body.replace('1', "2");
    let tasks = json!([task(&before, &body), task(&after, &body), task(&after, &changed), task(&other, &body)]);
    let Some(valid) = standard(&tasks) else { return };
    assert_eq!(valid, json!([true, true, false, false]));
}

#[tokio::test]
async fn shopifys_own_library_signs_and_validates_as_is_done_here() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let order = TestOrder::paid("1001", app.at(0)).with(json!({"note": "Bö — 波"}));
    let body = order.0.to_string();
    let secret = &shop.shop.secret;
    let validate = |secret: &str, body: &str, family: &str| {
        let headers = json!({format!("{family}hmac-sha256"): sign(&shop.shop.secret, order.0.to_string().as_bytes()),
            format!("{family}topic"): "orders/paid", format!("{family}shop-domain"): "nordicshoes.myshopify.com",
            format!("{family}api-version"): "2026-01", format!("{family}webhook-id"): "w-1", format!("{family}event-id"): "e-1"});
        json!({"do": "validate", "secret": secret, "body": body, "headers": headers})
    };
    let tasks = json!([
        validate(secret, &body, "x-shopify-"),
        validate(secret, &body, "shopify-"),
        validate(secret, &body.replace("500.00", "900.00"), "x-shopify-"),
        validate("another secret", &body, "x-shopify-"),
        {"do": "sign", "secret": secret, "body": body},
        {"do": "sign", "secret": "another secret", "body": body},
    ]);
    let Some(outcomes) = shopify(&tasks) else { return };
    assert_eq!(outcomes.as_array().expect("a list")[..4], [json!(true), json!(true), json!(false), json!(false)]);
    let [theirs, strangers] = [4, 5].map(|n: usize| outcomes[n].as_str().expect("a signature"));
    assert_eq!(shop.shop.post_signed("orders/paid", body.clone().into_bytes(), strangers).await, 401);
    assert_eq!(shop.shop.post_signed("orders/paid", body.into_bytes(), theirs).await, 200);
    assert_eq!(text(&shop.why("1001").await, "outcome"), "not_credited");
}
