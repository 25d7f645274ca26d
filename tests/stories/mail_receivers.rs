//! A real mail through the real mailer, taken by two stand-ins for SES that others wrote, and read back from what they
//! kept. They come from their registries into `target/`; where a tool is missing the test says so and is skipped, in CI
//! it fails.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::{BehaviorVersion, Credentials, Region};
use mail_parser::MessageParser;
use serde_json::{Value, json};
use shared::delivery::Courier;
use shared::mail::Mailer;
use tests::{TestApp, TestOrder};

use crate::second_opinion::{skipped, with_node, with_python};

/// The mock of AWS, from PyPI.
const PYTHON: &str = "moto[server,ses]==5.2.1";
/// A stand-in for SES alone, from npm. Two of its dependencies ask for versions that not every registry has.
const NODE: &str = "aws-ses-v2-local@2.10.2";
const OVERRIDES: &str = r#"{"private": true, "overrides": {"mailparser": "3.9.12", "@zone-eu/mailsplit": "5.4.13"}}"#;

/// A receiver that stops with its story.
struct Receiver {
    child: Child,
    url: String,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a receiver and waits until it answers under `path`.
async fn start(mut command: Command, port: u16, path: &str) -> Result<Receiver, String> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let receiver = Receiver { child, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..240 {
        if reqwest::get(format!("{}{path}", receiver.url)).await.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(receiver);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(format!("{command:?} does not answer"))
}

/// A port that was free a moment ago.
fn port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn client(url: &str) -> aws_sdk_ses::Client {
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(url);
    aws_sdk_ses::Client::from_conf(config.build())
}

/// Anna's reward, with the mail about it sent to this receiver.
async fn reward_announced(client: aws_sdk_ses::Client) -> TestApp {
    let mut app = TestApp::start().await;
    app.engine.courier = Courier { mailer: Mailer::new(client, Some("settings".into())), ..app.engine.courier.clone() };
    let shop = app.merchant().await;
    let program = shop.program(|program| program["rewards"]["friend"] = json!([])).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.drain().await;
    assert_eq!(app.mails(), [], "it went elsewhere");
    app
}

/// The mail as it was meant.
fn check(raw: &[u8]) {
    let mail = MessageParser::new().parse(raw).expect("a mail");
    let address = |address: Option<&mail_parser::Address<'_>>| {
        address.and_then(|list| list.first()).and_then(|one| one.address()).unwrap_or_default().to_owned()
    };
    assert_eq!(
        (address(mail.from()), address(mail.to())),
        ("hej@nordicshoes.example".into(), "anna@example.com".into())
    );
    assert!(mail.subject().is_some_and(|subject| subject.contains("Nordic Shoes")), "{:?}", mail.subject());
    let (text, html) = (mail.body_text(0).expect("text"), mail.body_html(0).expect("HTML"));
    assert!(text.contains("/u/") && html.contains("/u/") && html.contains("<a "), "{text}");
    let header = |name: &'static str| mail.header_raw(name).unwrap_or_default().split_whitespace().collect::<String>();
    assert!(header("List-Unsubscribe").starts_with("<http"), "{}", header("List-Unsubscribe"));
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
}

#[tokio::test]
async fn moto_takes_a_mail_and_keeps_it_as_it_was_meant() {
    let Some(folder) = skipped(with_python(PYTHON)) else { return };
    let port = port();
    let mut command = Command::new(folder.join("venv/bin/python"));
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    let Some(receiver) = skipped(start(command, port, "/moto-api/data.json").await) else { return };
    let client = client(&receiver.url);
    let identity = client.verify_email_identity().email_address("hej@nordicshoes.example");
    identity.send().await.expect("moto verifies the sender");
    reward_announced(client).await;
    let kept: Value = reqwest::get(format!("{}/moto-api/data.json", receiver.url))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let mails = kept["ses"]["RawMessage"].as_array().expect("a list");
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].to_string().contains("anna@example.com"));
    check(mails[0]["raw_data"].as_str().expect("a mail").as_bytes());
}

#[tokio::test]
async fn another_stand_in_for_ses_takes_a_mail_and_reads_it_as_it_was_meant() {
    let Some(folder) = skipped(with_node(NODE, Some(OVERRIDES))) else { return };
    let port = port();
    let mut command = Command::new("node");
    command.arg(folder.join("node_modules/aws-ses-v2-local/dist/cli.js")).args(["--port", &port.to_string()]);
    command.current_dir(folder);
    let Some(receiver) = skipped(start(command, port, "/store").await) else { return };
    reward_announced(client(&receiver.url)).await;
    let kept: Value =
        reqwest::get(format!("{}/store", receiver.url)).await.expect("an answer").json().await.expect("JSON");
    let mails = kept["emails"].as_array().expect("a list");
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = &mails[0];
    assert!(mail["subject"].as_str().is_some_and(|subject| subject.contains("Nordic Shoes")), "{mail}");
    assert!(mail["destination"]["to"].to_string().contains("anna@example.com"), "{mail}");
    assert!(mail["from"].as_str().is_some_and(|from| from.contains("hej@nordicshoes.example")), "{mail}");
    for part in ["text", "html"] {
        assert!(mail["body"][part].as_str().is_some_and(|body| body.contains("/u/")), "{mail}");
    }
}
