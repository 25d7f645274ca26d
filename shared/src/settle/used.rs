//! Rewards' codes that come back with an order: whoever used one used the reward.

use super::acts::act_on;
use super::{Owner, SettleError};
use crate::App;
use crate::crypto::REWARD_CODE;
use crate::domain::act::By;
use crate::domain::coupon::CouponCode;
use crate::domain::doing::{Act, Refusal};
use crate::domain::id::RewardId;
use crate::domain::order::{Evidence, OrderEvent};

/// Notes what rewards were used with a paid order. Asks storage only about codes that look like ours.
pub(super) async fn note_used(app: &App, owner: Owner, event: &OrderEvent) -> Result<(), SettleError> {
    let counts = event.facts.snapshot.as_ref().is_some_and(|it| !it.test && it.cancelled_at.is_none());
    if !counts || event.facts.paid_at.is_none() {
        return Ok(());
    }
    for evidence in &event.facts.evidence {
        let Evidence::Coupon(code) = evidence else { continue };
        let Some(code) =
            code.as_str().starts_with(REWARD_CODE).then(|| code.as_str().parse::<CouponCode>().ok()).flatten()
        else {
            continue;
        };
        if let Some(reward) = app.store.reward_of_code(owner.shop, &code).await? {
            used(app, reward, event).await?;
        }
    }
    Ok(())
}

async fn used(app: &App, reward: RewardId, event: &OrderEvent) -> Result<(), SettleError> {
    let Some(referral) = app.store.referral(reward.referral()).await? else { return Ok(()) };
    let order = event.order.id.clone();
    let by =
        By { at: app.now(), actor: "checkout".to_owned(), reason: format!("its code was used with order {order}") };
    match act_on(app, &referral, &Act::UseCode { reward, order }, &by).await {
        // A code of a reward that is not there any more takes nothing from anybody.
        Err(SettleError::Refused(Refusal::NotThere(_))) => Ok(()),
        noted => noted,
    }
}
