//! A platform's API: a real HTTP server on this machine that keeps what it was asked, and answers as a story says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    /// Without the query.
    pub path: String,
    /// Decoded.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    /// `null` without a body.
    pub body: Value,
}

impl Asked {
    /// A query parameter; empty when it did not come.
    pub fn param(&self, name: &str) -> &str {
        self.query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// It only tries what the credentials may do.
    pub fn is_trial(&self) -> bool {
        let is_empty = self.body.as_object().is_some_and(serde_json::Map::is_empty);
        (self.path.ends_with("/wc/v3/orders") && self.param("_fields") == "id")
            || (self.path.ends_with("/wc/v3/coupons/batch") && is_empty)
            || (self.path.ends_with("/v2/orders") && self.param("limit") == "1")
            || (self.path.ends_with("/v3/promotions/0") && is_empty)
            || self.body["query"].as_str().is_some_and(|query| query.contains("currentAppInstallation"))
    }

    /// A header; empty when it did not come.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Told {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Only after this long.
    pub after: Duration,
}

impl Told {
    /// 200 with JSON.
    pub fn json(body: &Value) -> Self {
        Self::status(200, body.to_string())
    }

    /// A status with a body.
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), after: Duration::ZERO }
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Only after a while.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

type Behaviour = Arc<dyn Fn(&Asked) -> Told + Send + Sync>;

#[derive(Clone)]
struct Shared {
    behaviour: Behaviour,
    asked: Arc<Mutex<Vec<Asked>>>,
    faults: Arc<Mutex<VecDeque<Told>>>,
}

/// A running server.
#[derive(Clone)]
pub struct ApiServer {
    /// Its address, without a slash at the end: a shop's `base_url`.
    pub url: String,
    shared: Shared,
}

impl ApiServer {
    /// Starts one that answers like this.
    pub async fn start(behaviour: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Self {
        let shared = Shared { behaviour: Arc::new(behaviour), asked: Arc::default(), faults: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// The next requests are answered so instead.
    pub fn answer(&self, faults: impl IntoIterator<Item = Told>) {
        self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// Everything it was asked, oldest first, but for trials of what credentials may do.
    pub fn asked(&self) -> Vec<Asked> {
        self.all().into_iter().filter(|asked| !asked.is_trial()).collect()
    }

    /// Those trials: each shop's credentials are tried when they are saved, whatever a story is about.
    pub fn trials(&self) -> Vec<Asked> {
        self.all().into_iter().filter(Asked::is_trial).collect()
    }

    fn all(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn take(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let url = reqwest::Url::parse(&format!("http://here{uri}")).expect("a URL");
    let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let asked = Asked { method, path: url.path().to_owned(), query, headers, body };
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let fault = shared.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let told = fault.unwrap_or_else(|| (shared.behaviour)(&asked));
    tokio::time::sleep(told.after).await;
    let mut response = (StatusCode::from_u16(told.status).expect("a status"), told.body).into_response();
    response.headers_mut().insert("content-type", "application/json".parse().expect("a value"));
    for (name, value) in told.headers {
        response.headers_mut().insert(name, value.parse().expect("a value"));
    }
    response
}
