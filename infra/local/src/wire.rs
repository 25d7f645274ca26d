//! What the emulator never does, done on the wire: a proxy between the SDK client and the emulator that refuses, fails,
//! delays, holds and weakens calls, or loses answers, as a test asks. Production code needs no seam for it but an
//! endpoint.

mod gate;
mod record;
mod weaken;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::Value;

use self::gate::Post;
use crate::embedded::{REGION, dynamodb, serve};

pub use self::gate::Gate;
pub use self::record::Access;
pub(crate) use self::weaken::batch;
pub use self::weaken::{Hits, Weakening};

type Item = HashMap<String, AttributeValue>;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Refused as throttled, not applied.
    Throttle,
    /// A fault of the service, not applied.
    Fail,
    /// Applied, but the answer never arrives.
    LoseAnswer,
    /// Applied after this many milliseconds.
    Delay(u64),
}

/// Which calls go wrong, and how.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The operation, e.g. `PutItem`; empty for any.
    pub operation: &'static str,
    /// A text that the request body must contain, e.g. `ORD#`; empty for any.
    pub body_contains: &'static str,
    pub trouble: Trouble,
    /// How many matching calls it hits.
    pub times: u32,
}

/// What is in force; a handle that a test keeps.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    upstream: String,
    faults: Vec<Fault>,
    weakenings: Vec<(Weakening, Hits)>,
    gates: Vec<(Held, Post)>,
    /// Which calls are counted: operation, and a text of the body.
    counted: Vec<(&'static str, &'static str, Hits)>,
    /// How many calls get through until all fail; `None`: all get through.
    calls_left: Option<u32>,
    /// What weakened requests were answered that can't be read.
    unreadable: Vec<String>,
    /// What requests touched, while that is written down.
    record: Option<Vec<Access>>,
}

/// Which call a gate holds.
#[derive(Debug)]
struct Held {
    operation: &'static str,
    item: &'static str,
    text: &'static str,
    /// Whether the call goes through, and its answer is what is held.
    is_answer: bool,
}

impl Wire {
    /// Makes the next matching calls go wrong.
    pub fn inject(&self, fault: Fault) {
        self.plan().faults.push(fault);
    }

    /// Everything works again. Weakenings and gates stay.
    pub fn heal(&self) {
        let mut plan = self.plan();
        plan.faults.clear();
        plan.calls_left = None;
    }

    /// Lets so many calls through; all later ones fail, as if who makes them had died.
    pub fn die_after(&self, calls: u32) {
        self.plan().calls_left = Some(calls);
    }

    /// How many calls would still get through since [`Wire::die_after`].
    pub fn calls_left(&self) -> Option<u32> {
        self.plan().calls_left
    }

    /// Counts calls of this operation whose body contains this text, from now on.
    pub fn count(&self, operation: &'static str, body_contains: &'static str) -> Hits {
        let hits = Hits::default();
        self.plan().counted.push((operation, body_contains, hits.clone()));
        hits
    }

    /// Takes a condition out of all matching requests from now on.
    pub fn weaken(&self, weakening: Weakening) -> Hits {
        let hits = Hits::default();
        self.plan().weakenings.push((weakening, hits.clone()));
        hits
    }

    /// What the emulator said of weakened requests that it could not read: then the weakening is wrong, and whatever
    /// follows from it proves nothing.
    pub fn unreadable(&self) -> Vec<String> {
        self.plan().unreadable.clone()
    }

    /// Holds the next call of this operation that is on such an item (as [`Weakening::item`] names it) and contains
    /// this text, until the gate is opened.
    pub fn hold(&self, operation: &'static str, item: &'static str, text: &'static str) -> Gate {
        self.hold_at(Held { operation, item, text, is_answer: false })
    }

    /// As [`Wire::hold`], but the call is applied, and its answer is held.
    pub fn hold_answer(&self, operation: &'static str, item: &'static str, text: &'static str) -> Gate {
        self.hold_at(Held { operation, item, text, is_answer: true })
    }

    fn hold_at(&self, held: Held) -> Gate {
        let (gate, post) = Gate::new();
        self.plan().gates.push((held, post));
        gate
    }

    /// Writes down from now on what requests touch. Requests must not overlap on items meanwhile: each item is looked at
    /// before and after it is written.
    pub fn record(&self) {
        self.plan().record = Some(Vec::new());
    }

    /// What requests touched since [`Wire::record`], in their order.
    pub fn recorded(&self) -> Vec<Access> {
        self.plan().record.take().unwrap_or_default()
    }

    /// The items that a request writes, as they are now; `None`: nobody wants to know.
    async fn images(&self, body: &[u8]) -> Option<Vec<(String, HashMap<String, String>, Option<Item>)>> {
        self.plan().record.as_ref()?;
        let mut images = Vec::new();
        for (table, key) in record::writes(&serde_json::from_slice(body).ok()?) {
            let names: Vec<_> = key.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let item = self.item(&table, &names).await.ok()?;
            images.push((table, key, item));
        }
        Some(images)
    }

    /// Writes down what a request touched. What DynamoDB says that it took must be what its items come to.
    async fn note(
        &self,
        operation: &str,
        body: &[u8],
        answer: &[u8],
        before: Vec<(String, HashMap<String, String>, Option<Item>)>,
    ) {
        let (Ok(request), Ok(answer)) =
            (serde_json::from_slice::<Value>(body), serde_json::from_slice::<Value>(answer))
        else {
            return;
        };
        let after = self.images(body).await.unwrap_or_default();
        let mut touched: Vec<_> = record::read(operation, &request, &answer);
        for ((table, key, old), (_, _, new)) in before.iter().zip(&after) {
            touched.extend(record::written(operation, table, key, (old.as_ref(), new.as_ref())));
        }
        let told = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
            table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
        };
        let counted: f64 = touched.iter().map(|access| access.read_units + access.write_units).sum();
        let mut plan = self.plan();
        if (told - counted).abs() > 0.01 {
            plan.unreadable.push(format!("{operation} took {told} units and not {counted}: {touched:?}"));
        }
        if let Some(record) = &mut plan.record {
            record.extend(touched);
        }
    }

    /// Reads an item past everything that is in force, to see what is stored. The error says why that can't be known.
    pub async fn item(&self, table: &str, key: &[(&str, &str)]) -> Result<Option<Item>, String> {
        let upstream = self.plan().upstream.clone();
        let get = dynamodb((&upstream, REGION), None).get_item().table_name(table).consistent_read(true);
        let get = key.iter().fold(get, |get, (name, value)| get.key(*name, AttributeValue::S((*value).to_owned())));
        get.send().await.map(|answer| answer.item).map_err(|e| e.to_string())
    }

    /// Starts the proxy in front of `upstream` and answers its address.
    pub async fn start(&self, upstream: String) -> std::io::Result<String> {
        self.plan().upstream.clone_from(&upstream);
        let state = (self.clone(), upstream, reqwest::Client::new());
        serve(Router::new().fallback(forward).with_state(state)).await
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, operation: &str, body: &[u8]) -> Option<Trouble> {
        let mut plan = self.plan();
        let body = String::from_utf8_lossy(body);
        for (counted, text, hits) in &plan.counted {
            if *counted == operation && body.contains(text) {
                hits.add();
            }
        }
        match &mut plan.calls_left {
            Some(0) => return Some(Trouble::Fail),
            Some(left) => *left -= 1,
            None => {}
        }
        let fault = plan.faults.iter_mut().find(|fault| {
            fault.times > 0
                && (fault.operation.is_empty() || fault.operation == operation)
                && body.contains(fault.body_contains)
        })?;
        fault.times -= 1;
        Some(fault.trouble)
    }

    /// The request without the conditions that are taken out; `None` when there are none in it.
    fn weakened(&self, operation: &str, body: &[u8]) -> Option<Bytes> {
        let plan = self.plan();
        if plan.weakenings.is_empty() {
            return None;
        }
        let mut request = serde_json::from_slice::<Value>(body).ok()?;
        let mut changed = false;
        for (weakening, hits) in &plan.weakenings {
            changed |= weakening.apply(operation, &mut request, hits);
        }
        changed.then(|| request.to_string().into())
    }

    /// The gate that this call, or its answer, has come to.
    fn gate(&self, operation: &str, body: &[u8], is_answer: bool) -> Option<Post> {
        let mut plan = self.plan();
        if plan.gates.is_empty() {
            return None;
        }
        let mut request = serde_json::from_slice::<Value>(body).ok()?;
        let text = String::from_utf8_lossy(body);
        let here = plan.gates.iter().position(|(held, _)| {
            held.is_answer == is_answer
                && held.operation == operation
                && text.contains(held.text)
                && weaken::touches(&mut request, held.item)
        })?;
        Some(plan.gates.remove(here).1)
    }
}

async fn forward(
    State((wire, upstream, client)): State<(Wire, String, reqwest::Client)>,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let trouble = wire.trouble(&operation, &body);
    match trouble {
        Some(Trouble::Throttle) => return refusal(StatusCode::BAD_REQUEST, "ThrottlingException"),
        Some(Trouble::Fail) => return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        Some(Trouble::Delay(ms)) => tokio::time::sleep(Duration::from_millis(ms)).await,
        Some(Trouble::LoseAnswer) | None => {}
    }
    if let Some(gate) = wire.gate(&operation, &body, false) {
        gate.wait().await;
    }
    let held_answer = wire.gate(&operation, &body, true);
    let weakened = wire.weakened(&operation, &body);
    let is_weakened = weakened.is_some();
    headers.remove(CONTENT_LENGTH);
    let body = weakened.unwrap_or(body);
    let before = wire.images(&body).await;
    let sent = client.post(&upstream).headers(headers).body(body.clone()).send().await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(failure) => return refusal(StatusCode::BAD_GATEWAY, &failure.to_string()),
    };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap_or_default();
    if let Some(before) = before.filter(|_| status.is_success()) {
        wire.note(&operation, &body, &bytes, before).await;
    }
    if let Some(gate) = held_answer {
        gate.wait().await;
    }
    // `ValidationException` of a request, `ValidationError` of an action in a transaction.
    if is_weakened && status.is_client_error() && String::from_utf8_lossy(&bytes).contains("ValidationE") {
        wire.plan().unreadable.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    if trouble == Some(Trouble::LoseAnswer) {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
    }
    (status, headers, bytes).into_response()
}

fn refusal(status: StatusCode, kind: &str) -> Response<Body> {
    let body = format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{kind}\",\"message\":\"injected\"}}");
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response()
}
