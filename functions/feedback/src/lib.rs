//! Hears from SES what became of mails: a mail that was perhaps sent turns out to be, a person whose address is dead or
//! who called a mail spam is written to no more, and a merchant of whom that is true too often is paused. Events come
//! twice, late, in any order, or before SES's own answer.

mod event;

use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use shared::domain::reputation::{Counted, Health, Trouble, WINDOW_HOURS, health};
use shared::store::{
    Feedback, MailPaused, Message, Notice, OutboxRow, OutboxState, StoreError, Suppressed, Unwelcome, Wish,
};
use shared::{App, telemetry};

use self::event::{Told, What};

/// As SNS calls a function. Whom it is from needs no proof here: only the topic of this stack may call, and only SES, on
/// behalf of this account and its settings, may publish there (`template.yaml`).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    records: Vec<Record>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sns: Sns,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sns {
    message: String,
}

/// Takes note of events. Those that can never be are skipped; the error asks for another call where one may help, and
/// what was noted before is then a no-op.
pub async fn handle(app: &App, event: LambdaEvent<Event>) -> Result<(), Error> {
    let mut failed = None;
    for record in &event.payload.records {
        match event::read(&record.sns.message) {
            Ok(told) => match Box::pin(note(app, &told)).await {
                Ok(()) => {}
                Err(failure @ (StoreError::Refused(_) | StoreError::Unreadable(_))) => {
                    telemetry::count("feedback", "FeedbackUnreadable");
                    tracing::error!(outbox = %told.outbox, %failure, "an event of SES can't be noted: skipped");
                }
                Err(failure) => {
                    tracing::warn!(outbox = %told.outbox, %failure, "an event of SES is not noted, again soon");
                    failed = Some(failure);
                }
            },
            Err(unreadable) => {
                telemetry::count("feedback", "FeedbackUnreadable");
                tracing::warn!(%unreadable, "an event of SES: skipped");
            }
        }
    }
    failed.map_or(Ok(()), |failure| Err(failure.into()))
}

async fn note(app: &App, told: &Told) -> Result<(), StoreError> {
    let Some(row) = app.store.outbox(told.outbox).await?.filter(|row| told.attempt <= row.attempts) else {
        tracing::warn!(outbox = %told.outbox, attempt = told.attempt, "an event of SES about no mail that is here");
        return Ok(());
    };
    // Whatever SES has to say about a copy, it has it.
    if row.state != OutboxState::Sent {
        let resolved = app.store.resolve_outbox(row.id, told.attempt, &told.message_id).await?;
        let was = row.state;
        tracing::info!(outbox = %row.id, attempt = told.attempt, ?was, resolved, "SES has the mail");
    } else if told.what == What::Send && row.message_id.as_ref().is_some_and(|known| *known != told.message_id) {
        telemetry::count("feedback", "MailTwice");
        tracing::warn!(outbox = %row.id, attempt = told.attempt, "a second copy of a mail went out");
    }
    match told.what {
        What::Send => count(app, &row, told, &Feedback::Sent).await.map(drop),
        What::Delivery(at) => app.store.note_delivery(row.id, at).await,
        What::HardBounce { at, counts } => {
            unwelcome(app, &row, told, Suppressed { reason: Unwelcome::Bounced, at }, counts).await
        }
        What::Complaint { at, counts } => {
            unwelcome(app, &row, told, Suppressed { reason: Unwelcome::Complained, at }, counts).await
        }
        What::Reject => {
            telemetry::count("feedback", "MailDead");
            tracing::error!(outbox = %row.id, kind = row.message.kind(), "SES took a mail and will not send it");
            Ok(())
        }
        What::SoftBounce => {
            tracing::info!(outbox = %row.id, "a mail came back, perhaps not for good");
            Ok(())
        }
        What::Other => Ok(()),
    }
}

/// Counts an event once. `false`: it was counted before.
async fn count(app: &App, row: &OutboxRow, told: &Told, feedback: &Feedback) -> Result<bool, StoreError> {
    if row.seen.contains(&feedback.event(&told.message_id)) {
        return Ok(false);
    }
    app.store.count_feedback(row, &told.message_id, told.sent_at, feedback).await
}

/// A mail that came back for good, or was called spam. `counts`: towards the merchant's reputation.
async fn unwelcome(
    app: &App,
    row: &OutboxRow,
    told: &Told,
    suppressed: Suppressed,
    counts: bool,
) -> Result<(), StoreError> {
    let complaint = suppressed.reason == Unwelcome::Complained;
    let feedback = if complaint {
        Feedback::Complained { at: suppressed.at, counts }
    } else {
        Feedback::Bounced { at: suppressed.at, counts }
    };
    let reason = suppressed.reason.as_str();
    tracing::warn!(outbox = %row.id, merchant = %row.merchant, kind = row.message.kind(), reason, "a mail was unwelcome");
    // Before it is counted: what is counted is done. And not again after that, because the merchant may have lifted it.
    if let Message::Mail { recipient, .. } = &row.message
        && !row.seen.contains(&feedback.event(&told.message_id))
    {
        app.store.suppress(row.merchant, &recipient.person, suppressed).await?;
        if complaint {
            app.store.wish(row.merchant, &recipient.person, &Wish::NoMail, suppressed.at).await?;
        }
    }
    count(app, row, told, &feedback).await?;
    if counts { judge(app, row, complaint).await } else { Ok(()) }
}

/// Pauses a merchant's mails where too many were unwelcome, and says so early.
async fn judge(app: &App, row: &OutboxRow, complaint: bool) -> Result<(), StoreError> {
    let Some(merchant) = app.store.merchant(row.merchant).await? else { return Ok(()) };
    if merchant.mail_paused.is_some() {
        return Ok(());
    }
    let now = app.now();
    let counted = app.store.counted_mails(merchant.id, now, WINDOW_HOURS, merchant.mail_resumed_at).await?;
    let metric = if complaint { "MailComplaints" } else { "MailBounces" };
    match health(&counted) {
        Health::Good => {}
        Health::Warn(_) => {
            telemetry::count("feedback", metric);
            tracing::warn!(merchant = %merchant.id, ?counted, "too many mails of a merchant are unwelcome");
        }
        Health::Bad(trouble) => {
            let complaints = trouble == Trouble::Complaints;
            let Counted { sent, bounced, complained } = counted;
            let counted = if complaints { complained } else { bounced };
            let paused = MailPaused { at: now, complaints, sent, counted };
            let notice = Notice::MailPaused { complaints, sent, counted };
            let id = Notice::mail_paused_id(merchant.id, merchant.mail_resumed_at);
            let notice = OutboxRow::queued(id, merchant.id, Message::Notice { notice }, now);
            if app.store.pause_mail(merchant.id, &paused, &notice).await? {
                telemetry::count("feedback", "MerchantPaused");
                tracing::error!(merchant = %merchant.id, complaints, sent, counted, "a merchant's mails are paused");
            }
        }
    }
    Ok(())
}
