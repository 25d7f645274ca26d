//! What SES's events leave behind: notes on the mail, counts per merchant and hour, and the pause that may follow. An
//! event is counted once: the mail's own row remembers which it has seen.

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::key::{Key, REPUTATION, reputation_hour};
use super::{MailPaused, OutboxRow, Store, StoreError, Writes, error, if_held, number, text, value_of};
use crate::domain::id::{MerchantId, OutboxId};
use crate::domain::reputation::Counted;

/// How long counts are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);

/// An event of SES that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    Sent,
    /// It came back for good. `counts`: towards the merchant's rates.
    Bounced {
        at: Timestamp,
        counts: bool,
    },
    /// It was called spam.
    Complained {
        at: Timestamp,
        counts: bool,
    },
}

impl Feedback {
    const fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Bounced { .. } => "bounced",
            Self::Complained { .. } => "complained",
        }
    }

    /// What the row of its mail remembers it by.
    pub fn event(&self, message_id: &str) -> String {
        format!("{}#{message_id}", self.name())
    }
}

/// The counts of one hour.
#[derive(Deserialize)]
struct HourRow {
    #[serde(default)]
    sent: u32,
    #[serde(default)]
    bounced: u32,
    #[serde(default)]
    complained: u32,
}

impl Store {
    /// Counts an event of a mail that SES took at `sent_at`, and notes it with the mail. `false`: it was counted before.
    pub async fn count_feedback(
        &self,
        row: &OutboxRow,
        message_id: &str,
        sent_at: Timestamp,
        feedback: &Feedback,
    ) -> Result<bool, StoreError> {
        let event = feedback.event(message_id);
        let (note, at, counts) = match feedback {
            Feedback::Sent => (None, sent_at, true),
            Feedback::Bounced { at, counts } => (Some("SET bounced_at = :at "), *at, *counts),
            Feedback::Complained { at, counts } => (Some("SET complained_at = :at "), *at, *counts),
        };
        let key = Key::outbox(row.id);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update
            .update_expression(format!("{}ADD seen :events", note.unwrap_or_default()))
            .condition_expression("NOT contains(seen, :event)")
            .expression_attribute_values(":events", AttributeValue::Ss(vec![event.clone()]))
            .expression_attribute_values(":event", text(event));
        let update = match note {
            Some(_) => update.expression_attribute_values(":at", text(at.to_string())),
            None => update,
        };
        let mut writes = Writes::default();
        writes.update(update)?;
        if counts {
            let key = Key::reputation(row.merchant, sent_at);
            let ends_at = sent_at.checked_add(KEPT).unwrap_or(Timestamp::MAX).as_second();
            let count = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
            let count = count
                .update_expression("SET #ttl = :ttl ADD #name :one")
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_names("#name", feedback.name())
                .expression_attribute_values(":ttl", number(ends_at))
                .expression_attribute_values(":one", number(1));
            writes.update(count)?;
        }
        Ok(if_held(self.transact(writes).await)?.is_some())
    }

    /// Notes when the reader's server took a mail.
    pub async fn note_delivery(&self, id: OutboxId, at: Timestamp) -> Result<(), StoreError> {
        let update = self.update(&Key::outbox(id)).update_expression("SET delivered_at = :at");
        update.expression_attribute_values(":at", text(at.to_string())).send().await.map(drop).map_err(error)
    }

    /// What became of a merchant's mails that were sent in the last hours, whole ones after `since`.
    pub async fn counted_mails(
        &self,
        merchant: MerchantId,
        now: Timestamp,
        hours: u32,
        since: Option<Timestamp>,
    ) -> Result<Counted, StoreError> {
        let begin = now.checked_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MIN);
        let after = since.map_or(begin, |since| since.max(begin));
        let query = self.client.query().table_name(&self.core).key_condition_expression("pk = :pk AND sk > :after");
        let query = query
            .expression_attribute_values(":pk", text(format!("{REPUTATION}{merchant}")))
            .expression_attribute_values(":after", text(reputation_hour(after)));
        let items = query.send().await.map_err(error)?.items.unwrap_or_default();
        let mut sum = Counted::default();
        for item in items {
            let hour: HourRow = super::from_item(item)?;
            sum.sent = sum.sent.saturating_add(hour.sent);
            sum.bounced = sum.bounced.saturating_add(hour.bounced);
            sum.complained = sum.complained.saturating_add(hour.complained);
        }
        Ok(sum)
    }

    /// Pauses a merchant's mails and tells it. `false`: it was told before, since its mails went last.
    pub async fn pause_mail(
        &self,
        merchant: MerchantId,
        paused: &MailPaused,
        notice: &OutboxRow,
    ) -> Result<bool, StoreError> {
        let key = Key::merchant(merchant);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update
            .update_expression("SET mail_paused = :paused")
            .expression_attribute_values(":paused", value_of(paused)?);
        let mut writes = Writes::default();
        writes.update(update)?;
        self.put_outbox(&mut writes, notice)?;
        Ok(if_held(self.transact(writes).await)?.is_some())
    }

    /// Lets a merchant's mails go again; those that wait follow within the hour. `false`: they were not paused.
    pub async fn resume_mail(&self, merchant: MerchantId, now: Timestamp) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::merchant(merchant))
            .update_expression("SET mail_resumed_at = :now REMOVE mail_paused")
            .condition_expression("attribute_exists(mail_paused)")
            .expression_attribute_values(":now", text(now.to_string()));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }
}
