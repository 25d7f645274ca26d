//! What a mail about a reward says: as the reward stands now, or nothing, if it does not stand so any more.

use jiff::Timestamp;

use super::address::ours;
use super::draft::{Gift, Occasion};
use super::person::Reader;
use crate::App;
use crate::delivery::{DeliverError, Verdict};
use crate::domain::code::Code;
use crate::domain::decision::Outcome;
use crate::domain::id::RewardId;
use crate::domain::mail::{MailKind, VoidReason};
use crate::domain::person::Contact;
use crate::domain::program::Side;
use crate::domain::reconcile::is_announced;
use crate::domain::referral::{Referral, Reward, State};
use crate::settle::decision_of;
use crate::store::{OutboxState, StoreError};

/// Writes the mail.
pub(super) async fn about_reward(reader: &Reader<'_>, id: RewardId, side: Side) -> Result<Verdict, DeliverError> {
    let Reader { app, .. } = reader;
    let Some(referral) = app.store.referral(id.referral()).await? else { return Ok(Verdict::Missing("referral")) };
    let standing = referral.rewards.iter().find(|reward| reward.id == id);
    let Some(reward) = standing.filter(|reward| holds(reader.mail, reward, app.now())) else {
        return Ok(Verdict::Withhold);
    };
    if reader.mail == MailKind::RewardVoid && !was_told(app, id).await? {
        return Ok(Verdict::Suppress);
    }
    let Some(contact) = contact(reader) else { return Ok(Verdict::Suppress) };
    let Some(shop) = app.store.shop_eventually(referral.order.shop).await? else { return Ok(Verdict::Missing("shop")) };
    let link = if side == Side::Advocate { share_page(app, &referral.code).await? } else { None };
    let gift = Gift { side, kind: reward.kind, fulfilment: reward.fulfilment, value: &reward.value };
    let coupon = reward.coupon.as_ref();
    let occasion = match (reader.mail, reward.expires_at) {
        (MailKind::FriendOrdered, _) => Occasion::FriendOrdered { gift, until: reward.hold_until, link },
        (MailKind::RewardReady, _) => Occasion::RewardReady { gift, coupon, code: &referral.code, link },
        (MailKind::RewardVoid, _) => Occasion::RewardVoid { gift, reason: reason(app, &referral).await?, link },
        (MailKind::RewardExpiring, Some(expires_at)) => Occasion::RewardExpiring { gift, coupon, expires_at },
        (MailKind::RewardExpiring | MailKind::Invite | MailKind::Reminder | MailKind::Welcome, _) => {
            return Ok(Verdict::GiveUp("a mail of another kind"));
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
        let row = app.store.outbox(kind.row_of(reward)).await?;
        let went = |state| matches!(state, OutboxState::Claimed | OutboxState::Sent | OutboxState::Uncertain);
        if row.is_some_and(|row| went(row.state)) {
            return Ok(true);
        }
    }
    Ok(false)
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
