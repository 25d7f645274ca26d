//! The way out: SES's `SendRawEmail`, one mail and one recipient per call. Never retried here: only the outbox knows
//! whether a second try could be a second copy.

use std::time::{Duration, Instant};

use aws_sdk_ses::Client;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::config::{BehaviorVersion, Config};
use aws_sdk_ses::error::BuildError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{MessageTag, RawMessage};
use jiff::Timestamp;

use super::letter::Letter;
use super::outcome::{CONNECT, Outcome, Why, ended, outcome, wait};
use super::pace::Pace;
use crate::App;
use crate::app::{credentials, http_client, region};
use crate::config::variable;
use crate::domain::email::EmailAddress;
use crate::domain::id::OutboxId;
use crate::store::{Ended, Message, OutboxRow};
use crate::telemetry;

/// Sends mails. A cheap handle: the client is shared.
#[derive(Clone)]
pub struct Mailer {
    client: Client,
    configuration_set: Option<String>,
    pace: Pace,
}

/// Mails a second of all functions together, unless `MAIL_RATE` says otherwise. Every account that left the sandbox may
/// send 14.
const RATE: u32 = 10;

/// One mail, ready to go.
pub(crate) struct Mail {
    pub(super) id: OutboxId,
    pub(super) kind: &'static str,
    pub(super) from: EmailAddress,
    pub(super) to: EmailAddress,
    pub(super) mime: Vec<u8>,
    pub(super) said: Said,
}

/// In which words a mail says what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(super) locale: &'static str,
    pub(super) variant: String,
}

impl Said {
    pub(super) fn of(letter: &Letter) -> Self {
        Self { locale: letter.locale, variant: letter.variant.clone() }
    }
}

impl Mailer {
    /// A mailer on this client, which must not retry by itself. It sends as fast as it can, so it is for stand-ins.
    pub fn new(client: Client, configuration_set: Option<String>) -> Self {
        Self { client, configuration_set, pace: Pace::of(0) }
    }

    /// The mailer that a deployed function uses. Makes no call.
    pub fn from_env() -> Self {
        let rate = variable("MAIL_RATE").and_then(|rate| rate.parse().ok()).unwrap_or(RATE);
        let client = client(variable("AWS_ENDPOINT_URL_SES"));
        Self { pace: Pace::of(rate), ..Self::new(client, variable("SES_CONFIGURATION_SET")) }
    }

    /// Until when no mail goes, because the account may send none; `None`: they go.
    pub(crate) fn resting(&self, now: Timestamp) -> Option<Timestamp> {
        self.pace.resting(now)
    }

    /// Waits for the next mail's turn, some seconds at most.
    pub(crate) async fn turn(&self) {
        let wait = self.pace.place(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// What SES's answer says about the next mails.
    fn heed(&self, row: &OutboxRow, outcome: &Outcome, now: Timestamp, jitter: u16) {
        match outcome {
            Outcome::Accepted(_) => self.pace.taken(),
            Outcome::PutOff(Why::Busy, code) if code != CONNECT => self.pace.throttled(Instant::now()),
            // One mail asks again after a while, for all.
            Outcome::PutOff(why @ (Why::Quota | Why::Paused), _) => {
                self.pace.rest(now, wait(*why, 1, now.duration_since(row.created_at), jitter));
            }
            Outcome::PutOff(..) | Outcome::Refused(_) | Outcome::Unknown(_) => {}
        }
    }

    /// Hands one mail to SES. Its tags tell SES's later events which copy of what they are about.
    async fn send(&self, row: &OutboxRow, mail: Mail) -> Outcome {
        let request = self.client.send_raw_email().set_configuration_set_name(self.configuration_set.clone());
        // The envelope is said apart from the headers, so that nothing in them can add a recipient.
        let request = request.source(mail.from.expose()).destinations(mail.to.expose());
        let built = RawMessage::builder().data(Blob::new(mail.mime)).build().and_then(|message| {
            let mut tags = vec![
                tag("outbox", &mail.id.to_string())?,
                tag("attempt", &row.attempts.to_string())?,
                tag("kind", mail.kind)?,
                tag("merchant", &row.merchant.to_string())?,
            ];
            if let Message::Mail { program, .. } = &row.message {
                tags.push(tag("program", &program.to_string())?);
            }
            Ok(request.raw_message(message).set_tags(Some(tags)))
        });
        match built {
            Ok(request) => outcome(request.send().await),
            Err(_) => Outcome::Refused("request".into()), // a required field is missing, which the lines above rule out
        }
    }
}

/// Sends a claimed mail. `jitter` spreads waits.
pub(crate) async fn send(app: &App, mailer: &Mailer, row: &OutboxRow, mail: Mail, jitter: u16) -> Ended {
    let said = mail.said.clone();
    let outcome = mailer.send(row, mail).await;
    report(row, &outcome);
    mailer.heed(row, &outcome, app.now(), jitter);
    let ended = ended(row, &outcome, app.now(), jitter);
    Ended { locale: Some(said.locale.to_owned()), variant: Some(said.variant), ..ended }
}

fn report(row: &OutboxRow, outcome: &Outcome) {
    let (outbox, attempt) = (row.id, row.attempts);
    match outcome {
        // Before it is noted in storage, so that the id is known even if that fails.
        Outcome::Accepted(message) => tracing::info!(%outbox, attempt, message, "mail accepted"),
        Outcome::PutOff(why, code) => {
            tracing::warn!(%outbox, attempt, ?why, code, "mail put off");
            if matches!(why, Why::Quota | Why::Paused | Why::Sender) {
                telemetry::count("notify", "MailPaused");
            }
        }
        Outcome::Refused(code) => tracing::error!(%outbox, attempt, code, "mail refused"),
        Outcome::Unknown(code) => tracing::warn!(%outbox, attempt, code, "mail perhaps sent"),
    }
}

/// SES takes A to Z, digits, `_` and `-` in tags.
fn tag(name: &str, value: &str) -> Result<MessageTag, BuildError> {
    let value: String =
        value.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(256).collect();
    MessageTag::builder().name(name).value(value).build()
}

fn client(endpoint: Option<String>) -> Client {
    // Well under the functions' own limits, which are under the outbox's lease.
    let timeouts =
        TimeoutConfig::builder().connect_timeout(Duration::from_secs(1)).operation_timeout(Duration::from_secs(5));
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region())
        .credentials_provider(credentials())
        .http_client(http_client())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build());
    config.set_endpoint_url(endpoint);
    Client::from_conf(config.build())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use serde_json::json;

    use super::*;

    const ID: &str = "out_01HF7YAT00000000000000000A";

    async fn send(endpoint: String) -> Outcome {
        let mail = Mail {
            id: ID.parse().expect("an id"),
            kind: "reward ready!",
            from: "hej@nordicshoes.example".parse().expect("an address"),
            to: "anna@example.com".parse().expect("an address"),
            mime: b"Subject: x\r\n\r\n".to_vec(),
            said: Said { locale: "en", variant: "a".into() },
        };
        let row = json!({
            "id": ID, "merchant": "mer_01HF7YAT00000000000000000B", "attempts": 3, "ended": 2, "failed": 0,
            "message": {"kind": "mail", "mail": "reward_ready", "program": "prg_01HF7YAT00000000000000000C",
                "about": {"link": {"code": "ANNA10"}}, "recipient": {"person": "00000000000000000000000000000001"}},
            "state": "claimed", "created_at": "2026-11-21T10:00:00Z", "due_at": "2026-11-21T10:15:00Z",
        });
        let row = serde_json::from_value(row).expect("a row");
        Mailer::new(client(Some(endpoint)), Some("settings".into())).send(&row, mail).await
    }

    /// A server that takes one request, answers it with these bytes and hangs up; what it got, as form fields.
    fn server(answer: &'static str) -> (String, JoinHandle<HashMap<String, String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let handle = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                let line = line.trim().to_ascii_lowercase();
                length = line
                    .strip_prefix("content-length:")
                    .map_or(length, |value| value.trim().parse().expect("a length"));
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            stream.write_all(answer.as_bytes()).expect("an answer");
            url::form_urlencoded::parse(&body).into_owned().collect()
        });
        (format!("http://{address}"), handle)
    }

    #[tokio::test]
    async fn a_mail_goes_out_with_its_tags_and_one_recipient() {
        let (endpoint, server) = server(
            "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n\
             <SendRawEmailResponse><SendRawEmailResult><MessageId>message-1</MessageId></SendRawEmailResult></SendRawEmailResponse>",
        );
        assert_eq!(send(endpoint).await, Outcome::Accepted("message-1".into()));
        let got = server.join().expect("a request");
        let expected = [
            ("Action", "SendRawEmail"),
            ("Source", "hej@nordicshoes.example"),
            ("Destinations.member.1", "anna@example.com"),
            ("ConfigurationSetName", "settings"),
            ("Tags.member.1.Name", "outbox"),
            ("Tags.member.1.Value", ID),
            ("Tags.member.2.Name", "attempt"),
            ("Tags.member.2.Value", "3"),
            ("Tags.member.3.Name", "kind"),
            ("Tags.member.3.Value", "rewardready"),
            ("Tags.member.4.Name", "merchant"),
            ("Tags.member.4.Value", "mer_01HF7YAT00000000000000000B"),
            ("Tags.member.5.Name", "program"),
            ("Tags.member.5.Value", "prg_01HF7YAT00000000000000000C"),
        ];
        for (name, value) in expected {
            assert_eq!(got.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(!got.contains_key("Destinations.member.2") && got.contains_key("RawMessage.Data"));
    }

    #[tokio::test]
    async fn without_a_connection_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let connect = Outcome::PutOff(Why::Busy, "connect".into());
        assert_eq!(send(format!("http://{address}")).await, connect, "refused");
        assert_eq!(send("http://name.invalid".into()).await, connect, "no such name");
    }

    #[tokio::test]
    async fn once_the_request_has_left_a_broken_connection_tells_nothing() {
        for answer in [
            "",
            "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<SendRaw",
            "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnope",
            "nonsense\r\n\r\n",
        ] {
            let (endpoint, server) = server(answer);
            let outcome = send(endpoint).await;
            assert!(matches!(outcome, Outcome::Unknown(_)), "{answer:?}: {outcome:?}");
            server.join().expect("a request");
        }
    }
}
