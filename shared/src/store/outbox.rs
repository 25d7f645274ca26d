//! The outbox: mails and outgoing webhooks, written in the same transaction as their cause. A worker claims a row for a
//! while, sends, and notes the end; a crash in between leaves a claim that runs out, and the row is taken up again.
//! `evidence.rs` has what becomes of mails that were perhaps sent.
//!
//! ```text
//! queued ─► claimed ─┬─► sent
//!    ▲        ▲      ├─► uncertain    no clear answer: SES's word makes it sent; without one it goes out once more
//!    │        │      │                if its kind may, else it rests
//!    │        └──────┼─► retry        a mail that was refused for now
//!    └───────────────┼─► queued       a webhook or a code that failed
//!                    ├─► withheld     its reward does not stand; it is claimed again if that changes
//!                    ├─► suppressed   nobody wants it, or it can't reach anybody
//!                    └─► dead         refused for good
//! ```

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key::{Key, Listed, due_partition};
use super::list::listed;
use super::{Message, Store, StoreError, Writes, error, from_item, if_held, number, text, value_of};
use crate::crypto::hex;
use crate::crypto::random;
use crate::domain::id::{MerchantId, OutboxId};

/// How long a claim lasts: longer than any function runs.
pub const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// How long a mail that was perhaps sent waits for SES to say that it has it.
pub const EVIDENCE: SignedDuration = SignedDuration::from_mins(15);

/// How long the stream may take to deliver a message before the sweep looks for it.
const STREAM_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    Queued,
    Claimed,
    /// A mail that was certainly not sent, and is tried again.
    Retry,
    /// A mail that was perhaps sent: there was no clear answer. SES's events may still tell.
    Uncertain,
    Sent,
    /// The reward does not stand at the moment, so there is nothing to announce.
    Withheld,
    Suppressed,
    Dead,
}

impl OutboxState {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Retry => "retry",
            Self::Uncertain => "uncertain",
            Self::Sent => "sent",
            Self::Withheld => "withheld",
            Self::Suppressed => "suppressed",
            Self::Dead => "dead",
        }
    }
}

/// One mail or webhook that is to be sent once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: OutboxId,
    pub merchant: MerchantId,
    pub message: Message,
    pub state: OutboxState,
    /// Claims so far; the latest claim's number fences what its worker may write.
    pub attempts: u32,
    /// Claims of which it is known whether anything went out. Of the others nobody knows.
    pub ended: u32,
    /// Claims that ended in a failure of the message's own; one that found nothing to send, and one of a mail that SES
    /// only put off, are none.
    pub failed: u32,
    pub created_at: Timestamp,
    /// When the sweep takes it up, if the stream has not.
    pub due_at: Timestamp,
    /// The latest claim's own name, by which its worker knows it again when the answer to claiming gets lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// What SES called the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When the reader's server took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When it came back for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced_at: Option<Timestamp>,
    /// When its reader called it spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complained_at: Option<Timestamp>,
    /// The events of SES that are counted already.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub seen: BTreeSet<String>,
    /// Of a mail: which of the merchant's texts it said when it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Of a mail: in which language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Of a webhook: its latest tries whose end was noted, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// When it may be deleted, in seconds since 1970; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
}

/// One try of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// When it was sent.
    pub at: Timestamp,
    /// What the receiver answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it counts as not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How many tries of a webhook are kept: those of its schedule, and of one more round after it was sent again by hand.
const TRIES_KEPT: usize = 16;

impl OutboxRow {
    /// A message that is to go out now. The stream takes it up at once; the sweep, should the stream lose it.
    pub fn queued(id: OutboxId, merchant: MerchantId, message: Message, now: Timestamp) -> Self {
        Self {
            id,
            merchant,
            message,
            state: OutboxState::Queued,
            attempts: 0,
            ended: 0,
            failed: 0,
            created_at: now,
            due_at: now.checked_add(STREAM_GRACE).unwrap_or(Timestamp::MAX),
            claim: None,
            message_id: None,
            last_error: None,
            delivered_at: None,
            bounced_at: None,
            complained_at: None,
            seen: BTreeSet::new(),
            variant: None,
            locale: None,
            tried: Vec::new(),
            ttl: None,
        }
    }

    /// The shard of the due index that it is in: webhooks have theirs.
    fn due_shard(&self) -> u8 {
        let key = Key::outbox(self.id);
        if self.message.endpoint().is_some() { key.webhook_shard() } else { key.shard() }
    }

    /// The index attributes of a new row. A hand-over is listed with its endpoint's deliveries from its first end on, so
    /// that the order that it is written with costs no more.
    fn index(&self) -> Vec<(&'static str, String)> {
        let mut index = vec![("dpk", due_partition(self.due_shard())), ("dsk", format!("{:.3}", self.due_at))];
        if let Message::Event { .. } = self.message {
            index.extend(self.listed());
        }
        index
    }

    /// Its place among its endpoint's deliveries, if it is a webhook.
    fn listed(&self) -> impl Iterator<Item = (&'static str, String)> {
        let listed =
            |endpoint| listed(Listed::Deliveries(endpoint), self.merchant, self.created_at, &Key::outbox(self.id));
        self.message.endpoint().map(listed).into_iter().flatten()
    }

    /// Of a claimed message: how many earlier claims were cut off, so that a copy may have gone out with each.
    pub fn unknown(&self) -> u32 {
        self.attempts.saturating_sub(1).saturating_sub(self.ended)
    }

    /// Of a message that nobody works on: how many copies have perhaps gone out.
    pub fn perhaps(&self) -> u32 {
        self.attempts.saturating_sub(self.ended)
    }

    /// Of a claimed message: which try this is, counted from 1. Those that were cut off count.
    pub fn tries(&self) -> u32 {
        self.failed + self.unknown() + 1
    }
}

/// How a claim ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub state: OutboxState,
    /// When to look at it again; `None`: never by itself.
    pub due_at: Option<Timestamp>,
    pub message_id: Option<String>,
    pub error: Option<String>,
    /// Of a mail: which of the merchant's texts it said, and in which language.
    pub variant: Option<String>,
    pub locale: Option<String>,
    /// Of a webhook that was sent.
    pub tried: Option<Tried>,
}

impl Ended {
    /// Nothing more happens to it by itself.
    pub fn settled(state: OutboxState, error: Option<&str>) -> Self {
        Self {
            state,
            due_at: None,
            message_id: None,
            error: error.map(str::to_owned),
            variant: None,
            locale: None,
            tried: None,
        }
    }

    /// A mail that certainly was not sent, for a reason that passes.
    pub fn retry(now: Timestamp, wait: SignedDuration, error: &str) -> Self {
        Self { state: OutboxState::Retry, ..Self::again(now, wait, error) }
    }

    /// A mail that was perhaps sent. It is looked at again when no more evidence is awaited.
    pub fn uncertain(since: Timestamp, reason: &str) -> Self {
        Self { state: OutboxState::Uncertain, ..Self::again(since, EVIDENCE, reason) }
    }

    /// It failed and is tried again after a while.
    pub fn again(now: Timestamp, wait: SignedDuration, error: &str) -> Self {
        let due_at = Some(now.checked_add(wait).unwrap_or(Timestamp::MAX));
        Self {
            state: OutboxState::Queued,
            due_at,
            message_id: None,
            error: Some(error.to_owned()),
            variant: None,
            locale: None,
            tried: None,
        }
    }
}

impl Store {
    /// Adds a message to the writes. It must be new, else the whole transaction fails: for what follows from a change that
    /// is fenced anyway.
    pub fn put_outbox(&self, writes: &mut Writes, row: &OutboxRow) -> Result<(), StoreError> {
        let key = Key::outbox(row.id);
        writes.put_new(self, &key, row, &row.index())?;
        Ok(())
    }

    /// Writes a message by itself. `false`: it was there before, so it is said already.
    pub async fn add_outbox(&self, row: &OutboxRow) -> Result<bool, StoreError> {
        let key = Key::outbox(row.id);
        let written = self.put_version(&key, row, &row.index(), None).await;
        Ok(if_held(written)?.is_some())
    }

    /// Claims a message as it was read. `None`: something has happened to it since, and whoever did that sees to it.
    pub async fn claim_outbox(&self, was: &OutboxRow, now: Timestamp) -> Result<Option<OutboxRow>, StoreError> {
        let key = Key::outbox(was.id);
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        let claim = hex(&random::<8>());
        let update = self
            .update(&key)
            .return_values(ReturnValue::AllNew)
            .update_expression(
                "SET #state = :claimed, attempts = attempts + :one, due_at = :until, claim = :claim, dpk = :dpk, dsk = :due",
            )
            .condition_expression("#state = :was AND attempts = :attempts")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":was", text(was.state.as_str()))
            .expression_attribute_values(":attempts", number(was.attempts))
            .expression_attribute_values(":claimed", text("claimed"))
            .expression_attribute_values(":claim", text(&claim))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":until", text(until.to_string()))
            .expression_attribute_values(":dpk", text(due_partition(was.due_shard())))
            .expression_attribute_values(":due", text(format!("{until:.3}")));
        let claimed = if_held(update.send().await.map_err(error))?;
        match claimed.and_then(|answer| answer.attributes) {
            Some(item) => from_item(item).map(Some),
            // Perhaps it was this very call, whose first answer got lost.
            None => Ok(self.outbox(was.id).await?.filter(|row| row.claim.as_ref() == Some(&claim))),
        }
    }

    /// Notes how a claim ended. `false`: the claim had run out and another worker has the message; or it was to be
    /// withheld, but has been woken meanwhile.
    pub async fn end_outbox_claim(&self, row: &OutboxRow, ended: &Ended) -> Result<bool, StoreError> {
        // Of a mail that was perhaps sent no end is known. That SES takes none at the moment is no failure of the mail's.
        let known = ended.state != OutboxState::Uncertain;
        let failed = known && ended.state != OutboxState::Retry;
        let mut set = vec!["#state = :state"];
        let mut remove = Vec::new();
        let mut update = self
            .update(&Key::outbox(row.id))
            .condition_expression(match ended.state {
                // Whoever wakes a message moves it in the due index; resting it there must not undo that.
                OutboxState::Withheld => "#state = :claimed AND attempts = :attempts AND dsk = :lease",
                _ => "#state = :claimed AND attempts = :attempts",
            })
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(ended.state.as_str()))
            .expression_attribute_values(":claimed", text("claimed"))
            .expression_attribute_values(":attempts", number(row.attempts));
        if known {
            set.push("ended = ended + :one");
            update = update.expression_attribute_values(":one", number(1));
        }
        if ended.state == OutboxState::Withheld {
            update = update.expression_attribute_values(":lease", text(format!("{:.3}", row.due_at)));
        }
        if let Some(due_at) = ended.due_at {
            set.extend(["due_at = :due_at", "dsk = :due"]);
            update = update.expression_attribute_values(":due_at", text(due_at.to_string()));
            update = update.expression_attribute_values(":due", text(format!("{due_at:.3}")));
        } else {
            remove.extend(["dpk", "dsk"]);
        }
        if let Some(tried) = &ended.tried {
            let kept = row.tried.len().saturating_sub(TRIES_KEPT - 1);
            let tried: Vec<_> = row.tried[kept..].iter().chain([tried]).collect();
            set.push("tried = :tried");
            update = update.expression_attribute_values(":tried", value_of(&tried)?);
        }
        for (name, value) in row.listed() {
            set.push(if name == "mpk" { "mpk = :mpk" } else { "msk = :msk" });
            update = update.expression_attribute_values(format!(":{name}"), text(value));
        }
        if let Some(message_id) = &ended.message_id {
            set.push("message_id = :message_id");
            update = update.expression_attribute_values(":message_id", text(message_id));
        }
        if let Some(problem) = &ended.error {
            set.push("last_error = :error");
            if failed {
                set.push("failed = failed + :one");
            }
            update = update.expression_attribute_values(":error", text(problem));
        }
        if let Some(variant) = &ended.variant {
            set.push("variant = :variant");
            update = update.expression_attribute_values(":variant", text(variant));
        }
        if let Some(locale) = &ended.locale {
            set.push("#locale = :locale");
            update = update
                .expression_attribute_names("#locale", "locale")
                .expression_attribute_values(":locale", text(locale));
        }
        let removal = if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
        let update = update.update_expression(format!("SET {}{removal}", set.join(", ")));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// Has a webhook sent again, now and by the whole schedule; the id stays. `false`: it is being sent at this moment.
    pub async fn send_again(&self, row: &OutboxRow, now: Timestamp) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::outbox(row.id))
            .update_expression(
                "SET #state = :queued, failed = :none, ended = attempts, due_at = :at, dpk = :dpk, dsk = :now",
            )
            .condition_expression("#state IN (:queued, :sent, :dead)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":queued", text("queued"))
            .expression_attribute_values(":sent", text("sent"))
            .expression_attribute_values(":dead", text("dead"))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":at", text(now.to_string()))
            .expression_attribute_values(":dpk", text(due_partition(row.due_shard())))
            .expression_attribute_values(":now", text(format!("{now:.3}")));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// Has a message that waits for its next try be tried now. `false`: nothing waits.
    pub async fn hasten_outbox(&self, id: OutboxId, now: Timestamp) -> Result<bool, StoreError> {
        // Most don't wait, and a read is cheaper than a write that fails.
        let waits = |row: &OutboxRow| row.state == OutboxState::Queued && now < row.due_at;
        if !self.outbox(id).await?.as_ref().is_some_and(waits) {
            return Ok(false);
        }
        let update = self
            .update(&Key::outbox(id))
            .update_expression("SET due_at = :at, dsk = :now")
            // Whoever has claimed it since may go on alone.
            .condition_expression("#state = :queued")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":queued", text("queued"))
            .expression_attribute_values(":at", text(now.to_string()))
            .expression_attribute_values(":now", text(format!("{now:.3}")));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// Takes a settled message out of the due index, where it was only put to be looked at again.
    pub async fn rest_outbox(&self, id: OutboxId) -> Result<(), StoreError> {
        let update = self
            .update(&Key::outbox(id))
            .update_expression("REMOVE dpk, dsk")
            .condition_expression("#state IN (:sent, :suppressed, :dead)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", text("sent"))
            .expression_attribute_values(":suppressed", text("suppressed"))
            .expression_attribute_values(":dead", text("dead"));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// The message's row.
    pub async fn outbox(&self, id: OutboxId) -> Result<Option<OutboxRow>, StoreError> {
        self.get(&Key::outbox(id)).await
    }
}
