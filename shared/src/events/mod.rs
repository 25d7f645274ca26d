//! What merchants' own systems are told of. Derived from what changed in the table, so that whoever has nobody listening
//! pays nothing for it, and written to the outbox, from where each webhook goes its own way.
//!
//! ```text
//! table's stream ─► change ─► order, referral, link, person ─► announce ─► outbox row per endpoint
//!                                                             daily ─────►
//! ```

mod change;
pub mod daily;
mod known;
mod link;
mod order;
mod person;
mod referral;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use self::change::Change;
pub use self::known::Known;
use crate::App;
use crate::domain::event::EventKind;
use crate::domain::id::MerchantId;
use crate::domain::moment::with_moments;
use crate::store::{DELIVERIES_KEPT, Endpoint, Message, OutboxRow, RowKind, StoreError};

/// What a webhook's body has at most, in bytes (Standard Webhooks 1.0, "Payload size").
pub const MAX_BODY: usize = 20_000;

/// Something that happened. Ids, amounts and states only, never who a person is.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: EventKind,
    /// When it happened.
    pub at: Timestamp,
    pub data: Value,
    /// What it happened to.
    subject: String,
}

impl Event {
    fn new(kind: EventKind, at: Timestamp, subject: &impl ToString, data: Value) -> Self {
        Self { kind, at, data, subject: subject.to_string() }
    }

    /// As it is signed and sent.
    fn body(&self) -> String {
        with_moments(json!({"type": self.kind, "timestamp": self.at, "data": self.data})).to_string()
    }
}

/// Why a change could not be told of.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't be read, so trying again won't help.
    #[error("the change can't be read: {0}")]
    Unreadable(#[from] serde_dynamo::Error),
}

impl AnnounceError {
    /// Trying the same again soon won't help.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Store(StoreError::Refused(_)))
    }
}

/// Tells of a change whoever asks for it. A change that comes again is told of once.
pub async fn announce(app: &App, known: &Known, change: &Change) -> Result<(), AnnounceError> {
    let Some(merchant) = change.merchant() else { return Ok(()) };
    let endpoints = known.endpoints(app, merchant).await?;
    if endpoints.is_empty() {
        return Ok(());
    }
    for event in events_of(change, app.now())? {
        tell(app, merchant, &endpoints, &event, change.number()).await?;
    }
    Ok(())
}

/// What a change amounts to.
fn events_of(change: &Change, now: Timestamp) -> Result<Vec<Event>, serde_dynamo::Error> {
    match change.kind() {
        Some(RowKind::Order) => order::events(change),
        Some(RowKind::Referral) => referral::events(change),
        Some(RowKind::Link) => link::events(change, now),
        Some(RowKind::Advocate) => person::advocate(change, now),
        Some(RowKind::Person) => person::consent(change, now),
        _ => Ok(Vec::new()),
    }
}

/// Writes an event to the outbox, once per endpoint that asks for it. `change`: tells it from other changes of the same
/// thing.
async fn tell(
    app: &App,
    merchant: MerchantId,
    endpoints: &[Endpoint],
    event: &Event,
    change: &str,
) -> Result<(), StoreError> {
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.hears(event)) {
        let what = format!("{}#{change}", event.subject);
        let body = event.body();
        if body.len() > MAX_BODY {
            // Nothing that is told of grows like this; if it does, its receiver can ask.
            tracing::error!(event = %event.kind, subject = event.subject, bytes = body.len(), "event too large: left out");
            continue;
        }
        app.store.add_outbox(&row(app, merchant, endpoint, event.kind, body, &what)).await?;
    }
    Ok(())
}

/// The message that tells an endpoint of an event.
fn row(app: &App, merchant: MerchantId, endpoint: &Endpoint, kind: EventKind, body: String, what: &str) -> OutboxRow {
    let id = Message::event_id(endpoint.id, kind, what);
    let message = Message::Event { endpoint: endpoint.id, event: kind, body };
    let kept_until = app.now().checked_add(DELIVERIES_KEPT).unwrap_or(Timestamp::MAX);
    OutboxRow { ttl: Some(kept_until.as_second()), ..OutboxRow::queued(id, merchant, message, app.now()) }
}

/// The message by which a merchant tries an endpoint. `what`: tells one try from another.
pub fn test(app: &App, endpoint: &Endpoint, what: &str) -> OutboxRow {
    let event = Event::new(EventKind::EndpointTest, app.now(), &endpoint.id, json!({"endpoint": endpoint.id}));
    row(app, endpoint.merchant, endpoint, event.kind, event.body(), what)
}

impl Endpoint {
    /// It is on, and asks for this event. A reward that it is to hand over itself is not told to it a second time.
    fn hears(&self, event: &Event) -> bool {
        let hands_over = event.kind == EventKind::RewardApproved && event.data["endpoint"] == json!(self.id);
        self.disabled.is_none() && self.events.wants(event.kind) && !hands_over
    }
}
