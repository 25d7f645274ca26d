//! Rewards' codes that come back with an order: whoever used one used the reward, until the platform frees the code again.

use jiff::Timestamp;

use super::acts::act_on;
use super::{Owner, SettleError};
use crate::App;
use crate::crypto::REWARD_CODE;
use crate::domain::act::By;
use crate::domain::coupon::CouponCode;
use crate::domain::doing::{Act, Refusal};
use crate::domain::id::RewardId;
use crate::domain::order::Evidence;
use crate::store::OrderRow;

/// How an order stands to the codes that are on it.
#[derive(Clone, Copy)]
enum Stands {
    /// It is paid, so they are used.
    Paid,
    /// It was called off in a way by which the platform frees them.
    Freed,
}

/// Notes what rewards were used with an order that is paid, and that they were not, when it is called off. Asks storage only
/// about codes that look like ours.
pub(super) async fn note_used(app: &App, owner: Owner, order: &OrderRow) -> Result<(), SettleError> {
    let facts = &order.facts;
    let Some(snapshot) = facts.snapshot.as_ref().filter(|snapshot| !snapshot.test) else { return Ok(()) };
    let stands = match (facts.is_cancelled(), snapshot.frees_codes, facts.paid_at) {
        (false, _, Some(_)) => Stands::Paid,
        (true, true, _) => Stands::Freed,
        // Not paid, or called off in a way by which a code stays used.
        _ => return Ok(()),
    };
    for evidence in facts.evidence.iter() {
        let Evidence::Coupon(code) = evidence else { continue };
        let Some(code) =
            code.as_str().starts_with(REWARD_CODE).then(|| code.as_str().parse::<CouponCode>().ok()).flatten()
        else {
            continue;
        };
        if let Some(reward) = app.store.reward_of_code(owner.shop, &code).await? {
            note(app, reward, order, stands, snapshot.updated_at).await?;
        }
    }
    Ok(())
}

async fn note(
    app: &App,
    reward: RewardId,
    order: &OrderRow,
    stands: Stands,
    as_of: Timestamp,
) -> Result<(), SettleError> {
    let Some(referral) = app.store.referral(reward.referral()).await? else { return Ok(()) };
    let order = order.order.id.clone();
    let (reason, act) = match stands {
        Stands::Paid => (format!("its code was used with order {order}"), Act::UseCode { reward, order, as_of }),
        Stands::Freed => {
            let reason = format!("order {order} was cancelled, so its code can be used again");
            (reason, Act::FreeCode { reward, order, as_of })
        }
    };
    let by = By { at: app.now(), actor: "checkout".to_owned(), reason };
    match act_on(app, &referral, &act, &by).await {
        // A code of a reward that is not there any more takes nothing from anybody.
        Err(SettleError::Refused(Refusal::NotThere(_))) => Ok(()),
        noted => noted,
    }
}
