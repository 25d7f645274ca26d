//! Lambda's Runtime API (version 2018-06-01) for one process: `next`, `response`, `error` and `init/error`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::Outcome;

/// When Lambda would stop the function, from when it got the event.
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Default)]
struct Desk {
    made: u64,
    waiting: VecDeque<(String, String)>,
    /// The event that the function works on. Lambda gives a process one at a time.
    in_flight: Option<(String, oneshot::Sender<Outcome>)>,
}

#[derive(Clone)]
struct Shared {
    desk: Arc<Mutex<Desk>>,
    /// How many events have come.
    come: Arc<watch::Sender<u64>>,
    /// How often the function asked for one.
    asks: Arc<watch::Sender<u64>>,
}

/// The server.
pub(super) struct Api {
    pub(super) address: String,
    shared: Shared,
}

impl Api {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Shared {
            desk: Arc::default(),
            come: Arc::new(watch::Sender::new(0)),
            asks: Arc::new(watch::Sender::new(0)),
        };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    pub(super) async fn asked(&self) {
        self.asked_times(1).await;
    }

    pub(super) async fn asked_times(&self, times: u64) {
        // Fails only without a sender, and `shared` is one.
        let _ = self.shared.asks.subscribe().wait_for(|asks| *asks >= times).await;
    }

    pub(super) fn invoked(&self) -> u64 {
        self.shared.desk().made
    }

    /// Gives an event to the process's next `next`. The answer is there when the function posted it, before the function
    /// knows that it arrived.
    pub(super) fn invoke(&self, event: &Value) -> impl Future<Output = Outcome> + use<> {
        let (sender, receiver) = oneshot::channel();
        let mut desk = self.shared.desk();
        assert!(desk.in_flight.is_none(), "one event at a time");
        desk.made += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", desk.made);
        desk.waiting.push_back((id.clone(), event.to_string()));
        desk.in_flight = Some((id, sender));
        drop(desk);
        self.shared.come.send_modify(|come| *come += 1);
        async move { receiver.await.unwrap_or(Outcome::Gone) }
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is not about the event in flight is refused, as Lambda does.
    fn take(&self, id: &str, outcome: Outcome) -> StatusCode {
        let mut desk = self.desk();
        match desk.in_flight.take() {
            Some((known, sender)) if known == id => {
                // Nobody waits any more: the caller gave up.
                let _ = sender.send(outcome);
                StatusCode::ACCEPTED
            }
            other => {
                desk.in_flight = other;
                StatusCode::BAD_REQUEST
            }
        }
    }
}

/// Answers when there is an event, and only then: an answer without a request id would end the runtime.
async fn next(State(shared): State<Shared>) -> Response {
    shared.asks.send_modify(|asks| *asks += 1);
    let mut come = shared.come.subscribe();
    loop {
        let event = shared.desk().waiting.pop_front();
        if let Some((id, event)) = event {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
            let headers = [
                ("lambda-runtime-aws-request-id", id),
                ("lambda-runtime-deadline-ms", (now + TIMEOUT).as_millis().to_string()),
                (
                    "lambda-runtime-invoked-function-arn",
                    "arn:aws:lambda:eu-north-1:123456789012:function:goodword-test".to_owned(),
                ),
                ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
                ("content-type", "application/json".to_owned()),
            ];
            return (headers, event).into_response();
        }
        if come.changed().await.is_err() {
            return StatusCode::GONE.into_response();
        }
    }
}

async fn response(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.take(&id, Outcome::Answer(serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

async fn error(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.take(&id, Outcome::Error(serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

async fn init_error(body: Bytes) -> StatusCode {
    eprintln!("the function could not start: {}", String::from_utf8_lossy(&body));
    StatusCode::ACCEPTED
}
