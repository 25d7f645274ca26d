//! A merchant's own system that takes webhooks: a real HTTP server on this machine that keeps what it got and answers as a
//! story says. It checks signatures by the letter of Standard Webhooks 1.0, with none of the engine's code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

/// How one request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    Status(u16),
    /// With a `Retry-After`.
    Later(u16, String),
    /// With a `Location`.
    Redirect(String),
    /// 200, but only after this long.
    Slow(Duration),
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Clone, Default)]
struct Shared {
    received: Arc<Mutex<Vec<Received>>>,
    reactions: Arc<Mutex<VecDeque<Reaction>>>,
}

/// A running receiver.
#[derive(Clone)]
pub struct Receiver {
    /// Its address, with a path and a query as real ones have.
    pub url: String,
    shared: Shared,
}

impl Receiver {
    /// Starts one that answers 204.
    pub async fn start() -> Self {
        let shared = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/goodword?key=1", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// The next requests are answered so.
    pub fn answer(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.shared.reactions.lock().unwrap_or_else(PoisonError::into_inner).extend(reactions);
    }

    /// From now on everything is taken again.
    pub fn clear(&self) {
        self.shared.reactions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Everything that arrived, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    shared.received.lock().unwrap_or_else(PoisonError::into_inner).push(Received { headers, body: body.to_vec() });
    let reaction = shared.reactions.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let status = |status: u16| StatusCode::from_u16(status).expect("a status");
    match reaction {
        None => StatusCode::NO_CONTENT.into_response(),
        // A body longer than anybody should read.
        Some(Reaction::Status(code)) => (status(code), "x".repeat(100_000)).into_response(),
        Some(Reaction::Later(code, after)) => (status(code), [("retry-after", after)]).into_response(),
        Some(Reaction::Redirect(to)) => (StatusCode::FOUND, [("location", to)]).into_response(),
        Some(Reaction::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            StatusCode::OK.into_response()
        }
    }
}

impl Received {
    /// A header that came once.
    pub fn header(&self, name: &str) -> String {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().unwrap_or_else(|| panic!("{name} came")).to_str().expect("text").to_owned();
        assert!(values.next().is_none(), "{name} came once");
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Whether the webhook was signed with this secret, within five minutes of `now`.
    pub fn verifies(&self, secret: &str, now: Timestamp) -> bool {
        let [id, at, signatures] =
            ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| self.header(name));
        let sent_at: i64 = at.parse().expect("seconds");
        (now.as_second() - sent_at).abs() <= 300 && verifies(secret, &id, &at, &self.body, &signatures)
    }
}

/// Whether one of the signatures is of version 1 and right: HMAC-SHA256 over `id.timestamp.body` under the bytes behind
/// the secret's prefix.
pub fn verifies(secret: &str, id: &str, timestamp: &str, body: &[u8], signatures: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64");
    let content = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,")).any(|signature| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length");
        mac.update(&content);
        STANDARD.decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    })
}
