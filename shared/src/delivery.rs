//! Sends one message of the outbox: a mail, a webhook, or a word to a shop's platform about a code. Called for the same
//! message by the stream and by the sweep, twice, at once or after a crash: the claim lets one through, and what is noted
//! at its end decides whether there is another.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::codes;
use crate::crypto::random;
use crate::domain::endpoint::Reach;
use crate::domain::id::{EndpointId, OutboxId};
use crate::mail::{self, Mail, Mailer};
use crate::platform;
pub use crate::prepared::DeliverError;
use crate::prepared::Prepared;
use crate::store::key::Key;
use crate::store::{Ended, LEASE, Message, OutboxRow, OutboxState, StoreError};
use crate::telemetry;
use crate::webhook::{self, Client, Post};

/// When a row is looked at again that can't be read.
const UNREADABLE: SignedDuration = SignedDuration::from_hours(1);

/// What messages go out with. A cheap handle: the clients are shared.
#[derive(Clone)]
pub struct Courier {
    pub mailer: Mailer,
    pub webhooks: Client,
    pub shops: platform::api::Client,
}

impl Courier {
    /// What a deployed function uses. Makes no call.
    pub fn from_env() -> Self {
        Self {
            mailer: Mailer::from_env(),
            webhooks: Client::new(Reach::Internet),
            shops: platform::api::Client::new(Reach::Internet),
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// There was nothing to do: it is settled, or another worker has it.
    Nothing,
    Sent,
    /// Not now; the sweep takes it up when it is due.
    Queued,
    /// Its reward does not stand; it is looked at again if that changes.
    Withheld,
    /// Its reader wants no mail, or can't be reached.
    Suppressed,
    /// Given up: the metrics `MailDead`, `WebhookDead` and `CodeRefused` count it.
    Dead,
    /// Perhaps sent. SES's events may tell; without them it is sent once more if its kind may be, else it rests so.
    Uncertain,
    /// This version can't read it: the metric `OutboxUnreadable` counts it.
    Unreadable,
}

/// What goes out.
enum Outgoing {
    Mail(Mail),
    Post(Post),
    /// A code on a shop's platform: what is to be done shows when it is done.
    Code,
}

/// Sends webhooks, all at once but for those to the same endpoint: of these a few at a time, so that one that lets us
/// wait neither holds the others up nor is overrun when it is back. `has_time`: asked before each; what it leaves is in
/// the index of due work. Answers what could not be seen to, and how many were.
pub async fn deliver_webhooks(
    app: &App,
    courier: &Courier,
    webhooks: Vec<(EndpointId, OutboxId)>,
    has_time: impl Fn() -> bool,
) -> (Vec<(OutboxId, DeliverError)>, u64) {
    let mut lanes: BTreeMap<EndpointId, [Vec<OutboxId>; AT_ONCE]> = BTreeMap::new();
    for (n, (endpoint, id)) in webhooks.into_iter().enumerate() {
        lanes.entry(endpoint).or_default()[n % AT_ONCE].push(id);
    }
    let has_time = &has_time;
    let lane = |ids: Vec<OutboxId>| {
        Box::pin(async move {
            let (mut failed, mut done) = (Vec::new(), 0);
            for id in ids {
                if !has_time() {
                    break;
                }
                match deliver(app, courier, id).await {
                    Ok(delivered) => done += u64::from(delivered != Delivered::Nothing),
                    Err(failure) => failed.push((id, failure)),
                }
            }
            (failed, done)
        })
    };
    let lanes: Vec<_> = lanes.into_values().flatten().filter(|ids| !ids.is_empty()).map(lane).collect();
    let ended = join_all(lanes).await;
    ended.into_iter().fold((Vec::new(), 0), |(mut failed, done), (more_failed, more_done)| {
        failed.extend(more_failed);
        (failed, done + more_done)
    })
}

/// How many webhooks an endpoint gets at once.
const AT_ONCE: usize = 4;

/// Sends the message, unless that is done, or is not to be.
pub async fn deliver(app: &App, courier: &Courier, id: OutboxId) -> Result<Delivered, DeliverError> {
    loop {
        // Ends: each further round follows from a change of the reward in the midst of the last one.
        // Boxed, here and below: the futures are large, and a chain of them would not fit on a thread's stack.
        if let Some(delivered) = Box::pin(once(app, courier, id)).await? {
            tracing::info!(outbox = %id, ?delivered, "message seen to");
            return Ok(delivered);
        }
    }
}

async fn once(app: &App, courier: &Courier, id: OutboxId) -> Result<Option<Delivered>, DeliverError> {
    let row = match app.store.outbox(id).await {
        Ok(Some(row)) => row,
        Ok(None) => return Ok(Some(Delivered::Nothing)),
        Err(StoreError::Unreadable(why)) => return unreadable(app, id, &why).await.map(Some),
        Err(failure) => return Err(failure.into()),
    };
    let is_due = row.due_at <= app.now();
    match row.state {
        OutboxState::Queued | OutboxState::Retry | OutboxState::Withheld => {}
        // Its worker died: perhaps before it sent, perhaps after.
        OutboxState::Claimed if is_due && row.message.is_mail() => return cut_off(app, &row).await,
        OutboxState::Claimed | OutboxState::Uncertain if is_due => {}
        _ => return nothing(app, id).await,
    }
    if row.message.is_mail() && row.perhaps() >= mail::max_unknown(row.message.copies()) {
        return rest(app, &row).await;
    }
    if let Some(until) = put_off(app, courier, &row) {
        app.store.postpone(&Key::outbox(id).pk, until).await?;
        return Ok(Some(Delivered::Queued));
    }
    // Everything is read and written up before the claim: a claim that storage cuts short would count as a message that
    // perhaps went out.
    let prepared = match Box::pin(prepare(app, &row)).await {
        // Trying for ever would help nobody, and nobody would hear of it.
        Err(failure) if failure.is_lasting() => {
            tracing::error!(outbox = %id, %failure, "a message can't be written up");
            Prepared::Missing("something readable")
        }
        prepared => prepared?,
    };
    if let Prepared::Later(wait) = prepared {
        app.store.postpone(&Key::outbox(id).pk, app.now().checked_add(wait).unwrap_or(Timestamp::MAX)).await?;
        return Ok(Some(Delivered::Queued));
    }
    if matches!(prepared, Prepared::Send(Outgoing::Mail(_))) {
        courier.mailer.turn().await;
    }
    let Some(row) = app.store.claim_outbox(&row, app.now()).await? else { return nothing(app, id).await };
    let end = match prepared {
        Prepared::Withhold | Prepared::Later(_) => return withhold(app, &row).await,
        Prepared::Suppress => Ended::settled(OutboxState::Suppressed, None),
        Prepared::Unreachable(why) => {
            telemetry::count("notify", "MailUnreachable");
            Ended::settled(OutboxState::Suppressed, Some(why))
        }
        Prepared::Done => Ended::settled(OutboxState::Sent, None),
        Prepared::Send(Outgoing::Post(_)) if row.tries() > webhook::MAX_TRIES => {
            Ended::settled(OutboxState::Dead, Some("cut off too often"))
        }
        Prepared::Missing(what) => mail::broken(&row, what, app.now(), jitter()),
        Prepared::GiveUp(why) => Ended::settled(OutboxState::Dead, Some(why)),
        // Whoever slept through the claim may not send any more.
        Prepared::Send(Outgoing::Mail(_)) if row.due_at <= app.now() => {
            Ended::retry(app.now(), SignedDuration::ZERO, "overslept")
        }
        Prepared::Send(Outgoing::Mail(mail)) => Box::pin(mail::send(app, &courier.mailer, &row, mail, jitter())).await,
        Prepared::Send(Outgoing::Code) => Box::pin(codes::see_to(app, &courier.shops, &row)).await,
        Prepared::Send(Outgoing::Post(post)) => Box::pin(webhook::send(app, &courier.webhooks, &row, post)).await,
    };
    finish(app, &row, &end).await.map(Some)
}

/// Until when a message has to wait for others' sake, without being tried.
fn put_off(app: &App, courier: &Courier, row: &OutboxRow) -> Option<Timestamp> {
    match row.message.endpoint() {
        Some(endpoint) => courier.webhooks.resting(endpoint, app.now()),
        None if row.message.is_mail() => courier.mailer.resting(app.now()),
        None => None,
    }
}

/// A mail whose worker died is perhaps sent. `None`: look again, perhaps it is due at once.
async fn cut_off(app: &App, row: &OutboxRow) -> Result<Option<Delivered>, DeliverError> {
    let claimed_at = row.due_at.checked_sub(LEASE).unwrap_or(Timestamp::MIN);
    let end = Ended::uncertain(claimed_at, "cut off");
    let is_due = end.due_at.is_some_and(|due_at| due_at <= app.now());
    app.store.end_outbox_claim(row, &end).await?;
    Ok(if is_due { None } else { Some(Delivered::Uncertain) })
}

/// No evidence came, and no copy may follow. `None`: something has happened to it meanwhile.
async fn rest(app: &App, row: &OutboxRow) -> Result<Option<Delivered>, DeliverError> {
    if !app.store.rest_uncertain(row).await? {
        return Ok(None);
    }
    telemetry::count("notify", "MailUncertain");
    let reason = row.last_error.as_deref();
    tracing::warn!(outbox = %row.id, kind = row.message.kind(), attempts = row.attempts, reason, "nobody knows whether a mail went out");
    Ok(Some(Delivered::Uncertain))
}

/// A row of another version, or a damaged one, holds up no other.
async fn unreadable(app: &App, id: OutboxId, why: &str) -> Result<Delivered, DeliverError> {
    telemetry::count("notify", "OutboxUnreadable");
    let until = app.now().checked_add(UNREADABLE).unwrap_or(Timestamp::MAX);
    let again = app.store.set_aside(id, app.now(), until).await?;
    tracing::error!(outbox = %id, why, again, "a message can't be read: skipped");
    Ok(Delivered::Unreadable)
}

/// Reads what the message follows from, and writes it up.
async fn prepare(app: &App, row: &OutboxRow) -> Result<Prepared<Outgoing>, DeliverError> {
    match &row.message {
        Message::Mail { mail, program, about, recipient } => {
            mail::to_person(app, row, *mail, *program, about, recipient).await.map(|it| it.map(Outgoing::Mail))
        }
        Message::Notice { notice } => mail::notice(app, row, notice).await.map(|it| it.map(Outgoing::Mail)),
        Message::HandOver { endpoint, reward } => {
            webhook::hand_over(app, row, *endpoint, *reward).await.map(|it| it.map(Outgoing::Post))
        }
        Message::Event { endpoint, body, .. } => {
            webhook::event(app, row, *endpoint, body).await.map(|it| it.map(Outgoing::Post))
        }
        Message::RewardCode { .. } | Message::LinkCode { .. } | Message::Discount { .. } => {
            Ok(Prepared::Send(Outgoing::Code))
        }
    }
}

/// Another worker has the message, or it is settled; then it needs no place in the due index.
async fn nothing(app: &App, id: OutboxId) -> Result<Option<Delivered>, DeliverError> {
    app.store.rest_outbox(id).await?;
    Ok(Some(Delivered::Nothing))
}

/// `None`: the reward came back meanwhile, so look again.
async fn withhold(app: &App, row: &OutboxRow) -> Result<Option<Delivered>, DeliverError> {
    if app.store.end_outbox_claim(row, &Ended::settled(OutboxState::Withheld, None)).await? {
        return Ok(Some(Delivered::Withheld));
    }
    let again = Ended { due_at: Some(app.now()), ..Ended::settled(OutboxState::Queued, None) };
    let still_ours = app.store.end_outbox_claim(row, &again).await?;
    Ok(if still_ours { None } else { Some(Delivered::Nothing) })
}

async fn finish(app: &App, row: &OutboxRow, end: &Ended) -> Result<Delivered, DeliverError> {
    if let (Message::HandOver { endpoint, reward }, OutboxState::Dead) = (&row.message, end.state) {
        // First, so that whoever is cut off here notes it again.
        let why = end.error.as_deref().unwrap_or_default();
        Box::pin(webhook::note_problem(app, *endpoint, *reward, why)).await?;
    }
    if !app.store.end_outbox_claim(row, end).await? {
        // Perhaps SES's event was faster. If the claim had run out: its answer is as good as its event.
        if let (true, OutboxState::Sent, Some(message)) = (row.message.is_mail(), end.state, &end.message_id)
            && app.store.resolve_outbox(row.id, row.attempts, message).await?
        {
            return Ok(Delivered::Sent);
        }
        tracing::warn!(outbox = %row.id, attempt = row.attempts, "a claim was over before its end was noted");
        return Ok(Delivered::Nothing);
    }
    Ok(match end.state {
        OutboxState::Sent => Delivered::Sent,
        OutboxState::Suppressed => Delivered::Suppressed,
        OutboxState::Withheld => Delivered::Withheld,
        OutboxState::Dead => {
            let metric = match &row.message {
                Message::HandOver { .. } => Some("WebhookDead"),
                // The merchant is told when an endpoint takes nothing, and sees what it did not take.
                Message::Event { .. } => None,
                message if message.is_code() => Some("CodeRefused"),
                _ => Some("MailDead"),
            };
            if let Some(metric) = metric {
                telemetry::count("notify", metric);
            }
            let kind = row.message.kind();
            tracing::error!(outbox = %row.id, kind, attempt = row.attempts, error = end.error, "message given up");
            Delivered::Dead
        }
        OutboxState::Uncertain => Delivered::Uncertain,
        OutboxState::Queued | OutboxState::Retry | OutboxState::Claimed => Delivered::Queued,
    })
}

fn jitter() -> u16 {
    u16::from_be_bytes(random::<2>())
}
