//! Mails that were perhaps sent: evidence that one was, and rest for one of which it will never be known. And rows that
//! this version can't read.

use jiff::{SignedDuration, Timestamp};

use super::key::Key;
use super::outbox::OutboxRow;
use super::{Store, StoreError, error, if_held, number, text};
use crate::domain::id::OutboxId;

/// How long a row that can't be read is looked at again: a new version may be on its way, or an old one on its way out.
const READABLE_SOON: SignedDuration = SignedDuration::from_hours(48);

impl Store {
    /// Notes that SES has the copy of this attempt: the mail is sent, whatever stood there. `false`: that was known, or
    /// there was no such attempt.
    pub async fn resolve_outbox(&self, id: OutboxId, attempt: u32, message_id: &str) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::outbox(id))
            .update_expression("SET #state = :sent, message_id = :message_id REMOVE dpk, dsk")
            .condition_expression("attempts >= :attempt AND #state <> :sent")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":attempt", number(attempt))
            .expression_attribute_values(":message_id", text(message_id))
            .expression_attribute_values(":sent", text("sent"));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// Lets a mail rest as uncertain: no copy of it may follow. `false`: something has happened to it since.
    pub async fn rest_uncertain(&self, was: &OutboxRow) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::outbox(was.id))
            .update_expression("SET #state = :uncertain REMOVE dpk, dsk")
            .condition_expression("#state = :was")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":uncertain", text("uncertain"))
            .expression_attribute_values(":was", text(was.state.as_str()));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// Puts off a message that can't be read; after two days it is not looked at again by itself. `false`: that is now.
    pub async fn set_aside(&self, id: OutboxId, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let key = Key::outbox(id);
        let item = self.get_item(&key, true).await?.unwrap_or_default();
        let created_at = item.get("created_at").and_then(|at| at.as_s().ok()?.parse::<Timestamp>().ok());
        if created_at.is_some_and(|created_at| now.duration_since(created_at) < READABLE_SOON) {
            return self.postpone(&key.pk, until).await.map(|()| true);
        }
        self.update(&key).update_expression("REMOVE dpk, dsk").send().await.map_err(error)?;
        Ok(false)
    }
}
