//! A reward's own code. It follows from the reward's id, so that whoever makes it a second time makes the same one, and
//! it is handed over only when the platform has it.

use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, Unit, ZonedRound};

use super::{Trouble, done, heard, shop, tell};
use crate::App;
use crate::domain::coupon::CouponCode;
use crate::domain::id::RewardId;
use crate::domain::program::Kind;
use crate::domain::referral::{Referral, Reward, State};
use crate::platform::api::Client;
use crate::platform::api::{ApiFailure, CodeFate, Offer, OfferValue, Terms};
use crate::settle::{HandedBy, SettleError, handed_over, refused};
use crate::store::{Ended, Shop};

/// The reward may change while the platform is asked; then it is looked at again.
const ROUNDS: usize = 4;

/// Has the platform follow a reward.
pub(super) async fn see_to(app: &App, shops: &Client, id: RewardId) -> Result<Ended, Trouble> {
    let code = app.config.keys.reward_code(id).ok_or(Trouble::Missing("code"))?;
    let mut has = None;
    for _ in 0..ROUNDS {
        let (referral, reward) = read(app, id).await?;
        let wanted = wanted(&reward, &code, has);
        let Some(wanted) = wanted.filter(|wanted| has != Some(*wanted)) else { return Ok(done()) };
        let shop = shop(app, referral.order.shop).await?;
        let caller = shops.caller(&app.config.keys, &shop)?;
        if wanted {
            // Before anybody can use it.
            app.store.put_reward_code(shop.id, &code, id).await?;
            let answer = made(caller.make_code(&offer(&reward, &shop)?, &code).await);
            match heard(app, &shop, answer.map_err(Trouble::from), |fate| *fate == CodeFate::Made).await? {
                CodeFate::Made if reward.state == State::Approved => {
                    handed_over(app, id, HandedBy::Platform(shop.platform, code.clone())).await?;
                }
                CodeFate::Made => {}
                CodeFate::Refused(detail) => {
                    refused(app, id, shop.platform, &detail).await?;
                    tell(app, referral.merchant, &shop, &detail).await?;
                    return Err(Trouble::Refused);
                }
            }
        } else {
            let removed = caller.remove_code(None, &code).await.map_err(Trouble::from);
            heard(app, &shop, removed, |()| false).await?;
        }
        has = Some(wanted);
    }
    Err(Trouble::Busy)
}

async fn read(app: &App, id: RewardId) -> Result<(Referral, Reward), Trouble> {
    let referral = app.store.referral(id.referral()).await?.ok_or(Trouble::Missing("referral"))?;
    let reward = referral.rewards.iter().find(|reward| reward.id == id).cloned().ok_or(Trouble::Missing("reward"))?;
    Ok((referral, reward))
}

/// Whether the platform is to have the code; `None`: as it is. `has`: what this worker has seen to.
fn wanted(reward: &Reward, code: &CouponCode, has: Option<bool>) -> Option<bool> {
    match reward.state {
        State::Approved => Some(true),
        // It came back after it was taken back: so must the code.
        State::Issued if reward.coupon.as_ref() == Some(code) => (reward.code_calls > 1).then_some(true).or(has),
        // Somebody handed it over by hand meanwhile; nobody was told of this code.
        State::Issued => has.map(|_| false),
        State::Redeemed | State::Expired => None,
        State::Void | State::Flagged | State::Pending => Some(false),
    }
}

/// A refusal of the whole request is one of the code.
fn made(answer: Result<CodeFate, ApiFailure>) -> Result<CodeFate, ApiFailure> {
    match answer {
        Err(ApiFailure::Refused { detail, .. }) => Ok(CodeFate::Refused(detail)),
        Err(ApiFailure::Missing) => Ok(CodeFate::Refused("the platform knows no such shop".to_owned())),
        answer => answer,
    }
}

/// What the code takes off: of a percentage, what it came to.
fn offer(reward: &Reward, shop: &Shop) -> Result<Offer, Trouble> {
    let value = match (reward.kind, reward.value.money()) {
        (Kind::FreeShipping, _) => OfferValue::FreeShipping,
        (_, Some(money)) => OfferValue::Fixed(money),
        (_, None) => return Err(Trouble::Missing("an amount")),
    };
    let terms = Terms {
        minimum: None,
        // The code is made when it may be used. Ends go by the day, so that platforms where codes of the same terms share a
        // discount need few.
        starts_at: None,
        ends_at: reward.expires_at.map(end_of_day),
        once_per_customer: true,
        on_subscriptions: true,
    };
    Ok(Offer { title: format!("Goodword {} of {}", reward.id, shop.domain), value, terms })
}

fn end_of_day(at: Timestamp) -> Timestamp {
    let next = at.to_zoned(TimeZone::UTC).round(ZonedRound::new().smallest(Unit::Day).mode(RoundMode::Ceil));
    next.map_or(at, |next| next.timestamp())
}

/// Nobody waits for the platform any more: a person has to.
pub(super) async fn give_up(app: &App, id: RewardId, why: &str) -> Result<(), SettleError> {
    let Some(referral) = app.store.referral(id.referral()).await? else { return Ok(()) };
    let Some(shop) = app.store.shop(referral.order.shop).await? else { return Ok(()) };
    let detail = format!("not made within 30 days: {why}");
    refused(app, id, shop.platform, &detail).await?;
    tell(app, referral.merchant, &shop, &detail).await?;
    Ok(())
}
