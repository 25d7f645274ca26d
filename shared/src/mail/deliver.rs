//! Sends one mail of the outbox. Called for the same mail by the stream and by the sweep, twice, at once or after a
//! crash: the claim lets one through, and what is noted at its end decides whether there is another.

use super::letter::{Draft, Language, Letter};
use super::mailer::{Mail, Mailer};
use super::message::mime;
use super::outcome::{MAX_UNKNOWN, Outcome, Why, broken, ended, settled};
use crate::App;
use crate::app::random;
use crate::domain::code::Code;
use crate::domain::id::OutboxId;
use crate::domain::person::{Contact, Locale};
use crate::domain::program::Side;
use crate::domain::referral::State;
use crate::store::{Ended, LinkState, OutboxRow, OutboxState, StoreError};
use crate::telemetry;

/// What became of a mail.
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
    /// Given up: the metric `MailDead` counts it.
    Dead,
    /// Perhaps sent. It is sent once more when the claim runs out.
    Unknown,
}

/// Why a mail could not be seen to. The outbox still has it, so a later call takes it up.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the mail can't be rendered: {0}")]
    Template(#[from] askama::Error),
}

impl DeliverError {
    /// Trying the same again soon won't help.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Store(StoreError::Refused(_)) | Self::Template(_))
    }
}

/// What is to be done with a mail.
enum Verdict {
    Send(Mail),
    Withhold,
    Suppress,
    /// Something that the mail needs is not there.
    Missing(&'static str),
}

/// Sends the mail, unless that is done, or is not to be.
pub async fn deliver(app: &App, mailer: &Mailer, id: OutboxId) -> Result<Delivered, DeliverError> {
    loop {
        // Ends: each further round follows from a change of the reward in the midst of the last one.
        if let Some(delivered) = once(app, mailer, id).await? {
            tracing::info!(outbox = %id, ?delivered, "mail seen to");
            return Ok(delivered);
        }
    }
}

async fn once(app: &App, mailer: &Mailer, id: OutboxId) -> Result<Option<Delivered>, DeliverError> {
    let Some(row) = app.store.outbox(id).await? else { return Ok(Some(Delivered::Nothing)) };
    let open = match row.state {
        OutboxState::Queued | OutboxState::Withheld => true,
        OutboxState::Claimed => row.due_at <= app.now(),
        OutboxState::Sent | OutboxState::Suppressed | OutboxState::Dead => false,
    };
    if !open {
        return nothing(app, id).await;
    }
    // Everything is read and written up before the claim: a claim that storage cuts short would count as a mail that
    // perhaps went out.
    let verdict = judge(app, &row).await?;
    let Some(row) = app.store.claim_outbox(id, app.now()).await? else { return nothing(app, id).await };
    let end = match verdict {
        Verdict::Withhold => return withhold(app, &row).await,
        Verdict::Suppress => settled(OutboxState::Suppressed, None),
        // A worker that died while it sent noted nothing.
        Verdict::Send(_) if row.unknown() >= MAX_UNKNOWN => settled(OutboxState::Dead, Some("cut off twice")),
        Verdict::Missing(what) => broken(&row, what, app.now(), jitter()),
        Verdict::Send(mail) => {
            let outcome = mailer.send(mail, row.attempts).await;
            report(&row, &outcome);
            match ended(&row, &outcome, app.now(), jitter()) {
                Some(end) => end,
                None => return Ok(Some(Delivered::Unknown)),
            }
        }
    };
    finish(app, &row, &end).await.map(Some)
}

/// Another worker has the mail, or it is settled; then it needs no place in the due index.
async fn nothing(app: &App, id: OutboxId) -> Result<Option<Delivered>, DeliverError> {
    app.store.rest_outbox(id).await?;
    Ok(Some(Delivered::Nothing))
}

/// `None`: the reward came back meanwhile, so look again.
async fn withhold(app: &App, row: &OutboxRow) -> Result<Option<Delivered>, DeliverError> {
    if app.store.end_outbox_claim(row, &settled(OutboxState::Withheld, None)).await? {
        return Ok(Some(Delivered::Withheld));
    }
    let again = Ended { state: OutboxState::Queued, due_at: Some(app.now()), message_id: None, error: None };
    let still_ours = app.store.end_outbox_claim(row, &again).await?;
    Ok(if still_ours { None } else { Some(Delivered::Nothing) })
}

async fn finish(app: &App, row: &OutboxRow, end: &Ended) -> Result<Delivered, DeliverError> {
    if !app.store.end_outbox_claim(row, end).await? {
        tracing::warn!(outbox = %row.id, attempt = row.attempts, "a claim ran out before its end was noted");
        return Ok(Delivered::Nothing);
    }
    Ok(match end.state {
        OutboxState::Sent => Delivered::Sent,
        OutboxState::Suppressed => Delivered::Suppressed,
        OutboxState::Withheld => Delivered::Withheld,
        OutboxState::Dead => {
            telemetry::count("notify", "MailDead");
            tracing::error!(outbox = %row.id, attempt = row.attempts, error = end.error, "mail given up");
            Delivered::Dead
        }
        OutboxState::Queued | OutboxState::Claimed => Delivered::Queued,
    })
}

fn report(row: &OutboxRow, outcome: &Outcome) {
    let (outbox, attempt) = (row.id, row.attempts);
    match outcome {
        // Before it is noted in storage, so that the id is known even if that fails.
        Outcome::Accepted(message) => tracing::info!(%outbox, attempt, message, "mail accepted"),
        Outcome::PutOff(why, code) => {
            tracing::warn!(%outbox, attempt, ?why, code, "mail put off");
            if matches!(why, Why::Quota | Why::Paused) {
                telemetry::count("notify", "MailPaused");
            }
        }
        Outcome::Refused(code) => tracing::error!(%outbox, attempt, code, "mail refused"),
        Outcome::Unknown(code) => tracing::warn!(%outbox, attempt, code, "mail perhaps sent"),
    }
}

fn jitter() -> u16 {
    u16::from_be_bytes(random::<2>())
}

/// Reads what the mail follows from, and writes it.
async fn judge(app: &App, row: &OutboxRow) -> Result<Verdict, DeliverError> {
    let Some(referral) = app.store.referral(row.reward.referral()).await? else {
        return Ok(Verdict::Missing("referral"));
    };
    let reward = referral.rewards.iter().find(|reward| reward.id == row.reward && reward.state == State::Approved);
    let Some(reward) = reward else { return Ok(Verdict::Withhold) };
    let Some(contact) = contact(app, row).await? else { return Ok(Verdict::Suppress) };
    let Some(merchant) = app.store.merchant(row.merchant).await? else { return Ok(Verdict::Missing("merchant")) };
    let Some(shop) = app.store.shop(referral.order.shop).await? else { return Ok(Verdict::Missing("shop")) };

    let person = &row.recipient.person;
    let letter = Letter::new(Draft {
        language: Language::of(contact.locale.iter().chain([&merchant.locale]).map(Locale::as_str)),
        side: row.side,
        fulfilment: reward.fulfilment,
        value: reward.value,
        code: &referral.code,
        merchant_name: &merchant.name,
        name: contact.name.as_ref(),
        share_url: share_url(app, row, &referral.code).await?,
        site: &shop.site,
        unsubscribe: ours(app, &format!("/u/{}", app.config.keys.sign_unsubscribe(row.merchant, person))),
    });
    let mime = mime(row.id, &merchant.mail_from, &contact.email, &letter, app.now())?;
    Ok(Verdict::Send(Mail { id: row.id, kind: row.kind.clone(), from: merchant.mail_from, to: contact.email, mime }))
}

/// How to reach the reader. `None`: not at all, or not any more.
async fn contact(app: &App, row: &OutboxRow) -> Result<Option<Contact>, DeliverError> {
    let person = &row.recipient.person;
    let profile = app.store.person(row.merchant, person).await?;
    if profile.as_ref().is_some_and(|profile| profile.unsubscribed_at.is_some()) {
        return Ok(None);
    }
    let Some((order, placed_at)) = &row.recipient.purchase else {
        return Ok(profile.and_then(|profile| profile.contact));
    };
    let purchase = app.store.person_order(row.merchant, person, *placed_at, order).await?;
    Ok(purchase.and_then(|purchase| purchase.contact))
}

/// The advocate's own link, if it still leads somewhere.
async fn share_url(app: &App, row: &OutboxRow, code: &Code) -> Result<Option<String>, DeliverError> {
    if row.side != Side::Advocate {
        return Ok(None);
    }
    let link = app.store.link_eventually(code).await?;
    let works = |dead_from: Option<jiff::Timestamp>| dead_from.is_none_or(|dead_from| app.now() < dead_from);
    let link = link.filter(|link| link.state == LinkState::Active && works(link.dead_from()));
    Ok(link.and_then(|_| ours(app, &format!("/r/{code}"))))
}

/// An address of ours; `None` when we don't know where shoppers reach us.
fn ours(app: &App, path: &str) -> Option<String> {
    let base = &app.config.public_url;
    (!base.is_empty()).then(|| format!("{base}{path}"))
}
