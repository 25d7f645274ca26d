//! Rewards' codes that come back with an order: whoever used one used the reward.

use super::acts::{Act, act};
use super::{Owner, SettleError};
use crate::App;
use crate::crypto::REWARD_CODE;
use crate::domain::act::By;
use crate::domain::coupon::CouponCode;
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
    let Some(row) = app.store.order(&referral.order).await? else { return Ok(()) };
    let Some(owed) = referral.rewards.iter().find(|known| known.id == reward) else { return Ok(()) };
    let order = &event.order.id;
    let acts = &row.facts.acts;
    if acts.redeemed.get(&reward).is_some_and(|uses| uses.contains_key(order)) {
        return Ok(());
    }
    // The code takes off what it did when it was made, whatever was taken back of the reward since.
    let made_for = acts.handed_over.get(&reward).map_or(0, |handed| handed.minor);
    let worth = made_for.max(owed.booked.liability);
    let worth = if worth > 0 { worth } else { owed.value.minor() };
    let minor = worth - acts.used(reward);
    if minor <= 0 {
        return Ok(());
    }
    let by =
        By { at: app.now(), actor: "checkout".to_owned(), reason: format!("its code was used with order {order}") };
    act(app, &referral, &Act::Redeem { reward, id: order.clone(), minor }, by).await.map(drop)
}
