//! What a mail about a reward says: as the reward stands now, or nothing, if it does not stand so any more.

use jiff::{SignedDuration, Timestamp};

use super::address::ours;
use super::draft::{Gift, Occasion};
use super::mailer::Mail;
use super::person::Reader;
use crate::App;
use crate::domain::code::Code;
use crate::domain::decision::Outcome;
use crate::domain::id::{OutboxId, RewardId};
use crate::domain::mail::{MailKind, VoidReason};
use crate::domain::person::Contact;
use crate::domain::program::{Fulfilment, Side};
use crate::domain::reconcile::{PLATFORM_CODE, is_announced};
use crate::domain::referral::{Referral, Reward, State};
use crate::prepared::{DeliverError, Prepared};
use crate::settle::decision_of;
use crate::store::{OutboxState, StoreError};

/// Writes the mail.
pub(super) async fn about_reward(
    reader: &Reader<'_>,
    id: RewardId,
    side: Side,
) -> Result<Prepared<Mail>, DeliverError> {
    let Reader { app, .. } = reader;
    let Some(referral) = app.store.referral(id.referral()).await? else { return Ok(Prepared::Missing("referral")) };
    let standing = referral.rewards.iter().find(|reward| reward.id == id);
    let Some(reward) = standing.filter(|reward| holds(reader.mail, reward, app.now())) else {
        return Ok(Prepared::Withhold);
    };
    if reader.mail == MailKind::RewardVoid && !was_told(app, id).await? {
        return Ok(Prepared::Suppress);
    }
    if reader.mail == MailKind::RewardBack {
        // Who was not told of the loss need not hear that it is undone.
        if !went(app, MailKind::RewardVoid.row_of_loss(id, reward.losses)).await? {
            return Ok(Prepared::Suppress);
        }
        if is_being_made(app, reward).await? {
            return Ok(Prepared::Later(CODE_COMES));
        }
    }
    let Some(contact) = contact(reader) else { return Ok(Prepared::Suppress) };
    let Some(shop) = app.store.shop_eventually(referral.order.shop).await? else {
        return Ok(Prepared::Missing("shop"));
    };
    let link = if side == Side::Advocate { share_page(app, &referral.code).await? } else { None };
    // What a friend can find on the receipt.
    let value = reward.shown.as_ref().unwrap_or(&reward.value);
    let gift = Gift { side, kind: reward.kind, fulfilment: reward.fulfilment, value };
    let coupon = reward.coupon.as_ref();
    let occasion = match (reader.mail, reward.expires_at) {
        (MailKind::FriendOrdered, _) => Occasion::FriendOrdered { gift, until: reward.hold_until, link },
        (MailKind::RewardReady, _) => Occasion::RewardReady { gift, coupon, code: &referral.code, link },
        (MailKind::RewardVoid, _) => Occasion::RewardVoid { gift, reason: reason(app, &referral).await?, link },
        (MailKind::RewardBack, _) => {
            let until = reward.hold_until.filter(|_| reward.state == State::Pending);
            Occasion::RewardBack { gift, coupon, until, link }
        }
        (MailKind::RewardExpiring, Some(expires_at)) => Occasion::RewardExpiring { gift, coupon, expires_at },
        (MailKind::RewardExpiring | MailKind::Invite | MailKind::Reminder | MailKind::Welcome, _) => {
            return Ok(Prepared::GiveUp("a mail of another kind"));
        }
    };
    Box::pin(reader.write(contact, &shop.site, occasion)).await
}

/// What the mail says is still so.
fn holds(mail: MailKind, reward: &Reward, now: Timestamp) -> bool {
    match mail {
        MailKind::FriendOrdered => reward.state == State::Pending,
        MailKind::RewardReady => is_announced(reward),
        MailKind::RewardVoid => reward.state == State::Void,
        MailKind::RewardBack => reward.state == State::Pending || is_announced(reward),
        MailKind::RewardExpiring => {
            matches!(reward.state, State::Approved | State::Issued)
                && reward.expires_at.is_some_and(|expires_at| now < expires_at)
        }
        MailKind::Invite | MailKind::Reminder | MailKind::Welcome => true,
    }
}

/// A mail about the reward went out before, or perhaps did. Who never heard of it is not told that it is gone.
async fn was_told(app: &App, reward: RewardId) -> Result<bool, StoreError> {
    for kind in [MailKind::RewardReady, MailKind::FriendOrdered] {
        if went(app, kind.row_of(reward)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A mail went out, or perhaps did.
async fn went(app: &App, row: OutboxId) -> Result<bool, StoreError> {
    let row = app.store.outbox(row).await?;
    let went = |state| matches!(state, OutboxState::Claimed | OutboxState::Sent | OutboxState::Uncertain);
    Ok(row.is_some_and(|row| went(row.state)))
}

/// How long a mail waits for the code in it.
const CODE_COMES: SignedDuration = SignedDuration::from_mins(1);

/// The platform, which had taken the reward's code away, does not have it again yet.
async fn is_being_made(app: &App, reward: &Reward) -> Result<bool, StoreError> {
    if reward.fulfilment != Fulfilment::PlatformCode || reward.state != State::Issued {
        return Ok(false);
    }
    let row = OutboxId::of(reward.id, &format!("{PLATFORM_CODE}#{}", reward.code_calls));
    let comes = |state| matches!(state, OutboxState::Queued | OutboxState::Retry | OutboxState::Claimed);
    Ok(app.store.outbox(row).await?.is_some_and(|row| comes(row.state)))
}

/// How to reach the reward's owner: as an advocate, or as a buyer.
fn contact(reader: &Reader<'_>) -> Option<Contact> {
    match reader.recipient.purchase {
        Some(_) => reader.profile.buyer.as_ref().map(|buyer| buyer.contact.clone()),
        None => reader.profile.contact.clone(),
    }
}

/// Why the reward is not owed any more, by what the order is now.
async fn reason(app: &App, referral: &Referral) -> Result<VoidReason, StoreError> {
    let Some(order) = app.store.order(&referral.order).await? else { return Ok(VoidReason::NotCredited) };
    let rejected = order.facts.acts.verdict.as_ref().is_some_and(|verdict| !verdict.credits);
    Ok(if rejected {
        VoidReason::Rejected
    } else if order.facts.is_cancelled() {
        VoidReason::Cancelled
    } else if decision_of(&order).outcome == Outcome::NotCredited {
        VoidReason::NotCredited
    } else {
        VoidReason::Refunded
    })
}

/// The page of an advocate's link, if that still leads somewhere.
pub(super) async fn share_page(app: &App, code: &Code) -> Result<Option<String>, StoreError> {
    let link = app.store.link_eventually(code).await?;
    let link = link.filter(|link| link.works_at(app.now()));
    Ok(link.and_then(|link| ours(app, &format!("/s/{}", app.config.keys.sign_share(link.advocate, link.program)))))
}
