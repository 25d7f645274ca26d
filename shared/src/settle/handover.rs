//! Rewards that left our hands: the merchant's own system, or somebody there, gives them.

use super::SettleError;
use crate::App;
use crate::domain::id::{EndpointId, RewardId};

/// Who took a reward over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedBy {
    /// A system that answered our webhook.
    Webhook(EndpointId),
}

/// Notes that a reward was handed over. May come again for the same reward.
pub async fn handed_over(app: &App, reward: RewardId, by: HandedBy) -> Result<(), SettleError> {
    let referral = app.store.referral(reward.referral()).await?;
    let known = referral.is_some_and(|referral| referral.rewards.iter().any(|known| known.id == reward));
    if !known {
        return Err(SettleError::Missing(format!("reward {reward}")));
    }
    tracing::info!(%reward, ?by, "reward handed over");
    Ok(())
}
