//! Where mails end up here: a stand-in for SES (`SendRawEmail`) that keeps what it is given, shows it as a page, and can
//! be told to refuse. In a data folder the mails survive a restart.

use std::collections::VecDeque;
use std::fmt::Write as _;
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
        let mail = read(raw, self.clock.now())?;
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
        headers,
        at,
    })
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

/// `GET /inbox.json`.
pub async fn json(State(inbox): State<Inbox>) -> Json<Vec<Mail>> {
    Json(inbox.mails())
}

/// `GET /inbox`: newest first; the HTML part runs in a sandbox, so that a mail can't touch this page.
pub async fn page(State(inbox): State<Inbox>) -> axum::response::Html<String> {
    let mails = inbox.mails();
    let mut list = String::new();
    for mail in mails.iter().rev() {
        let mut headers = String::new();
        for (name, value) in &mail.headers {
            // Writing to a String does not fail.
            let _ = writeln!(headers, "{name}: {}", value.as_str().unwrap_or_default());
        }
        let [subject, to, from, text, html, headers] =
            [&mail.subject, &mail.to, &mail.from, &mail.text, &mail.html, &headers].map(|t| escape(t));
        let _ = write!(
            list,
            "<article><h2>{subject}</h2><p>to {to} &middot; from {from} &middot; {at:.0}</p>\
             <iframe sandbox title=\"HTML part\" srcdoc=\"{html}\"></iframe>\
             <details><summary>Text</summary><pre>{text}</pre></details>\
             <details><summary>Headers</summary><pre>{headers}</pre></details></article>",
            at = mail.at,
        );
    }
    if mails.is_empty() {
        list.push_str("<p>No mails yet.</p>");
    }
    axum::response::Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Inbox</title>\
         <style>body{{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}}article{{border-top:1px solid #ccc;padding:1rem 0}}\
         h2{{margin:0}}iframe{{width:100%;height:28rem;border:1px solid #ccc}}pre{{white-space:pre-wrap}}</style>\
         <h1>Inbox</h1><p>Mails that a deployment would have sent. {} so far.</p>{list}</html>",
        mails.len()
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
