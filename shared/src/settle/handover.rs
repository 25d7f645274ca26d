//! Rewards that left our hands: the merchant's own system took them over, or the shop's platform made their code; and
//! those that did not, because the platform would not.

use super::SettleError;
use super::acts::act_on;
use crate::App;
use crate::domain::act::By;
use crate::domain::coupon::CouponCode;
use crate::domain::doing::Act;
use crate::domain::id::{EndpointId, RewardId};
use crate::domain::platform::Platform;

/// Who took a reward over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedBy {
    /// A system that answered our webhook.
    Webhook(EndpointId),
    /// A platform that made this code.
    Platform(Platform, CouponCode),
}

/// Notes that a reward was handed over. May come again for the same reward: the first time stands.
pub async fn handed_over(app: &App, reward: RewardId, by: HandedBy) -> Result<(), SettleError> {
    let missing = || SettleError::Missing(format!("reward {reward}"));
    let referral = app.store.referral(reward.referral()).await?.ok_or_else(missing)?;
    let (actor, reason, coupon) = match by {
        HandedBy::Webhook(endpoint) => (endpoint.to_string(), "taken over by webhook", None),
        HandedBy::Platform(platform, code) => (platform.as_str().to_owned(), "code made at the checkout", Some(code)),
    };
    let by = By { at: app.now(), actor, reason: reason.to_owned() };
    act_on(app, &referral, &Act::TakeOver { reward, coupon }, &by).await
}

/// Notes that the merchant's own system did not take a reward over, and why. The problem stands with the reward until
/// it is handed over.
pub async fn not_taken(app: &App, reward: RewardId, endpoint: EndpointId, detail: &str) -> Result<(), SettleError> {
    let missing = || SettleError::Missing(format!("reward {reward}"));
    let referral = app.store.referral(reward.referral()).await?.ok_or_else(missing)?;
    let by = By { at: app.now(), actor: endpoint.to_string(), reason: detail.to_owned() };
    act_on(app, &referral, &Act::Refuse { reward }, &by).await
}

/// Notes that a platform will not have a reward's code, and why, in its words.
pub async fn refused(app: &App, reward: RewardId, platform: Platform, detail: &str) -> Result<(), SettleError> {
    let missing = || SettleError::Missing(format!("reward {reward}"));
    let referral = app.store.referral(reward.referral()).await?.ok_or_else(missing)?;
    let by = By { at: app.now(), actor: platform.as_str().to_owned(), reason: detail.to_owned() };
    act_on(app, &referral, &Act::Refuse { reward }, &by).await
}
