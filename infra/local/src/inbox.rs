//! Where mails end up here: a stand-in for SES (`SendRawEmail`) that keeps what it is given, shows it as a page, and can
//! be told to refuse. In a data folder the mails survive a restart.

mod page;

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mail_parser::{HeaderValue, MessageParser};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::app::Clock;

pub use self::page::{list, one};
use crate::embedded::serve;
use crate::ses_events::SesEvents;

/// A mail as it was received.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub headers: Map<String, Value>,
    pub at: Timestamp,
    /// Where it is in the inbox, counted from 1; 0 in the file.
    #[serde(default)]
    pub number: usize,
    /// What kind of mail, by the tags that came with it; empty: none said.
    #[serde(default)]
    pub kind: String,
    /// Which of the merchant's texts it says.
    #[serde(default)]
    pub variant: Option<String>,
    #[serde(default)]
    pub locale: Option<String>,
    /// The mail as it came.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub raw: String,
}

/// How SES answers a mail that it does not simply take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// "Maximum sending rate exceeded": not taken.
    Throttled,
    /// Refused for good.
    Rejected,
    /// Taken, but the answer says otherwise.
    TakenThenError,
}

/// The inbox: a handle to what was received.
#[derive(Clone)]
pub struct Inbox {
    mails: Arc<Mutex<Vec<Mail>>>,
    refusals: Arc<Mutex<VecDeque<Refusal>>>,
    file: Option<PathBuf>,
    clock: Clock,
    /// What SES would tell of these mails.
    pub events: SesEvents,
}

impl Inbox {
    /// An inbox; with a file, what was received before is in it.
    pub fn open(file: Option<PathBuf>, clock: Clock) -> std::io::Result<Self> {
        let lines = match &file {
            Some(path) if path.exists() => std::fs::read_to_string(path)?,
            _ => String::new(),
        };
        let mails = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self {
            mails: Arc::new(Mutex::new(mails)),
            refusals: Arc::default(),
            file,
            clock,
            events: SesEvents::default(),
        })
    }

    /// Everything received, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next mails are answered so.
    pub fn refuse(&self, refusals: impl IntoIterator<Item = Refusal>) {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).extend(refusals);
    }

    /// Starts the stand-in for SES and answers its address.
    pub async fn start(&self) -> std::io::Result<String> {
        serve(Router::new().route("/", post(receive)).with_state(self.clone())).await
    }

    fn keep(&self, raw: &[u8], fields: &[(String, String)]) -> Option<()> {
        let mail = Mail { kind: tag(fields, "kind").to_owned(), ..read(raw, self.clock.now())? };
        let (to, at) = (mail.to.clone(), mail.at);
        if let Some(path) = &self.file {
            let line = serde_json::to_string(&mail).ok()?;
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).ok()?;
            writeln!(file, "{line}").ok()?;
        }
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push(mail);
        self.events.taken(&format!("local-{}", mails.len()), &to, fields, at);
        Some(())
    }
}

fn read(raw: &[u8], at: Timestamp) -> Option<Mail> {
    let message = MessageParser::default().parse(raw)?;
    let address = |address: Option<&mail_parser::Address<'_>>| {
        address.and_then(|a| a.first()).and_then(|a| a.address()).unwrap_or_default().to_owned()
    };
    let mut headers = Map::new();
    for header in message.headers() {
        let raw_value = message.header_raw(header.name()).unwrap_or_default();
        let value = match header.value() {
            HeaderValue::Text(text) => text.to_string(),
            _ => raw_value.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        headers.insert(header.name().to_owned(), Value::String(value));
    }
    Some(Mail {
        to: address(message.to()),
        from: address(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        variant: said(&headers, "X-Goodword-Variant"),
        locale: said(&headers, "Content-Language"),
        headers,
        at,
        number: 0,
        kind: String::new(),
        raw: String::from_utf8_lossy(raw).into_owned(),
    })
}

fn said(headers: &Map<String, Value>, name: &str) -> Option<String> {
    headers.get(name).and_then(Value::as_str).map(|value| value.trim().to_owned())
}

/// The value of a tag of the request.
fn tag<'a>(fields: &'a [(String, String)], wanted: &str) -> &'a str {
    let of = |key: &str| fields.iter().find(|(field, _)| field == key).map(|(_, value)| value.as_str());
    let mut names = fields.iter().filter(|(field, name)| field.ends_with(".Name") && name == wanted);
    names.find_map(|(field, _)| of(&field.replace(".Name", ".Value"))).unwrap_or_default()
}

/// The query protocol of SES version 1: a form in, XML out.
async fn receive(State(inbox): State<Inbox>, Form(fields): Form<Vec<(String, String)>>) -> Response<Body> {
    let field =
        |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    if field("Action") != "SendRawEmail" {
        return error(StatusCode::BAD_REQUEST, "InvalidAction", "only SendRawEmail is here");
    }
    let refusal = inbox.refusals.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    match refusal {
        Some(Refusal::Throttled) => {
            return error(StatusCode::BAD_REQUEST, "Throttling", "Maximum sending rate exceeded.");
        }
        Some(Refusal::Rejected) => {
            return error(StatusCode::BAD_REQUEST, "MessageRejected", "The message contains a virus.");
        }
        Some(Refusal::TakenThenError) | None => {}
    }
    let raw = STANDARD.decode(field("RawMessage.Data")).unwrap_or_default();
    if inbox.keep(&raw, &fields).is_none() {
        return error(StatusCode::BAD_REQUEST, "InvalidParameterValue", "the message can't be read or kept");
    }
    if refusal == Some(Refusal::TakenThenError) {
        return error(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "injected");
    }
    let id = format!("local-{}", inbox.mails().len());
    xml(
        StatusCode::OK,
        format!(
            "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendRawEmailResult><MessageId>{id}</MessageId>\
             </SendRawEmailResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></SendRawEmailResponse>"
        ),
    )
}

fn error(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    xml(
        status,
        format!(
            "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
        ),
    )
}

fn xml(status: StatusCode, text: String) -> Response<Body> {
    (status, [(CONTENT_TYPE, "text/xml")], text).into_response()
}

/// `GET /inbox.json`, oldest first. A mail's source is left to its own page.
pub async fn json(State(inbox): State<Inbox>) -> Json<Vec<Mail>> {
    let numbered = inbox.mails().into_iter().zip(1..);
    Json(numbered.map(|(mail, number)| Mail { number, raw: String::new(), ..mail }).collect())
}
