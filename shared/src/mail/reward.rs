//! The mail that tells somebody of an approved reward: reads what it follows from, and writes it.

use super::draft::{Draft, Gift, Occasion};
use super::letter::Letter;
use super::mailer::{Mail, Said};
use super::message::mime;
use crate::App;
use crate::delivery::{DeliverError, Verdict};
use crate::domain::code::Code;
use crate::domain::id::RewardId;
use crate::domain::mail::MailKind;
use crate::domain::person::Contact;
use crate::domain::program::Side;
use crate::domain::reconcile::is_announced;
use crate::domain::variant::assign;
use crate::store::{LinkState, OutboxRow, Recipient};

/// Writes the mail, if the reward stands and its reader wants it.
pub(crate) async fn reward_ready(
    app: &App,
    row: &OutboxRow,
    reward: RewardId,
    side: Side,
    recipient: &Recipient,
) -> Result<Verdict, DeliverError> {
    let Some(referral) = app.store.referral(reward.referral()).await? else {
        return Ok(Verdict::Missing("referral"));
    };
    let reward = referral.rewards.iter().find(|known| known.id == reward && is_announced(known));
    let Some(reward) = reward else { return Ok(Verdict::Withhold) };
    let Some(contact) = contact(app, row, recipient).await? else { return Ok(Verdict::Suppress) };
    let Some(merchant) = app.store.merchant(row.merchant).await? else { return Ok(Verdict::Missing("merchant")) };
    let Some(shop) = app.store.shop(referral.order.shop).await? else { return Ok(Verdict::Missing("shop")) };

    let token = app.config.keys.sign_unsubscribe(row.merchant, &recipient.person);
    let kind = MailKind::RewardReady;
    let texts = app.store.mail_texts_eventually(row.merchant, referral.program, kind).await?;
    let letter = Letter::write(&Draft {
        merchant: &merchant,
        reader: contact.locale.as_ref(),
        name: contact.name.as_ref(),
        site: &shop.site,
        unsubscribe: ours(app, &format!("/u/{token}")),
        variant: assign(&texts, &recipient.person, referral.program, kind),
        occasion: Occasion::RewardReady {
            gift: Gift { side, kind: reward.kind, fulfilment: reward.fulfilment, value: &reward.value },
            coupon: reward.coupon.as_ref(),
            code: &referral.code,
            link: share_url(app, side, &referral.code).await?,
        },
    })?;
    let mime = mime(row.id, &merchant.mail_from, &contact.email, &letter, app.now());
    let kind = row.message.kind();
    let said = Said::of(&letter);
    Ok(Verdict::Mail(Mail { id: row.id, kind, from: merchant.mail_from, to: contact.email, mime, said }))
}

/// How to reach the reader. `None`: not at all, or not any more.
async fn contact(app: &App, row: &OutboxRow, recipient: &Recipient) -> Result<Option<Contact>, DeliverError> {
    let person = &recipient.person;
    let profile = app.store.person(row.merchant, person).await?;
    if profile.as_ref().is_some_and(|profile| profile.unsubscribed_at.is_some()) {
        return Ok(None);
    }
    Ok(profile.and_then(|profile| match recipient.purchase {
        Some(_) => profile.buyer.map(|buyer| buyer.contact),
        None => profile.contact,
    }))
}

/// The advocate's own link, if it still leads somewhere.
async fn share_url(app: &App, side: Side, code: &Code) -> Result<Option<String>, DeliverError> {
    if side != Side::Advocate {
        return Ok(None);
    }
    let link = app.store.link_eventually(code).await?;
    let works = |dead_from: Option<jiff::Timestamp>| dead_from.is_none_or(|dead_from| app.now() < dead_from);
    let link = link.filter(|link| link.state == LinkState::Active && works(link.dead_from()));
    Ok(link.and_then(|_| ours(app, &format!("/r/{code}/email"))))
}

/// An address of ours; `None` when we don't know where shoppers reach us.
fn ours(app: &App, path: &str) -> Option<String> {
    let base = &app.config.public_url;
    (!base.is_empty()).then(|| format!("{base}{path}"))
}
