//! Rewards that left our hands: the merchant's own system took them over.

use super::SettleError;
use super::acts::{Act, act};
use crate::App;
use crate::domain::act::By;
use crate::domain::id::{EndpointId, RewardId};

/// Who took a reward over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedBy {
    /// A system that answered our webhook.
    Webhook(EndpointId),
}

/// Notes that a reward was handed over. May come again for the same reward: the first time stands.
pub async fn handed_over(app: &App, reward: RewardId, by: HandedBy) -> Result<(), SettleError> {
    let missing = || SettleError::Missing(format!("reward {reward}"));
    let referral = app.store.referral(reward.referral()).await?.ok_or_else(missing)?;
    let row = app.store.order(&referral.order).await?.ok_or_else(missing)?;
    if row.facts.acts.handed_over.contains_key(&reward) {
        return Ok(());
    }
    let HandedBy::Webhook(endpoint) = by;
    let by = By { at: app.now(), actor: endpoint.to_string(), reason: "taken over by webhook".to_owned() };
    act(app, &referral, &Act::HandOver { reward, coupon: None }, by).await.map(drop)
}
