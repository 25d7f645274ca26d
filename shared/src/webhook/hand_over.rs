//! Hands a reward over to the merchant's own system, which gives it: a webhook that says to whom, as far
//! as anybody knows at the time of each try: nobody's name is kept with the message. Once it is
//! taken, that is recorded with the reward, and only then is the webhook settled. What can't be handed over is a problem
//! that shows with the reward.

use jiff::SignedDuration;
use serde_json::json;

use super::post::Post;
use crate::App;
use crate::domain::event::EventKind;
use crate::domain::id::{EndpointId, RewardId};
use crate::domain::moment::with_moments;
use crate::domain::referral::{Referral, Reward, State};
use crate::owed::{Owner, Share, owners};
use crate::prepared::{DeliverError, Prepared};
use crate::settle::{SettleError, not_taken};
use crate::store::OutboxRow;

/// How often a reward looks whether its endpoint was switched on again.
pub(super) const WHILE_DISABLED: SignedDuration = SignedDuration::from_hours(1);

/// Writes the webhook, if its reward stands.
pub(crate) async fn hand_over(
    app: &App,
    row: &OutboxRow,
    endpoint: EndpointId,
    reward: RewardId,
) -> Result<Prepared<Post>, DeliverError> {
    let Some(referral) = app.store.referral(reward.referral()).await? else {
        return Ok(Prepared::Missing("referral"));
    };
    let standing = match referral.rewards.iter().find(|known| known.id == reward) {
        Some(standing) if standing.state == State::Approved => standing,
        Some(taken) if matches!(taken.state, State::Issued | State::Redeemed) => return Ok(Prepared::Done),
        Some(_) | None => return Ok(Prepared::Withhold),
    };
    let Some(endpoint) = app.store.endpoint(row.merchant, endpoint).await? else {
        return Ok(Prepared::GiveUp("endpoint deleted"));
    };
    if endpoint.disabled.is_some() {
        // It is owed all the same: it waits, and says so.
        if standing.problem.is_none() {
            note_problem(app, endpoint.id, reward, "endpoint disabled").await?;
        }
        return Ok(Prepared::Later(WHILE_DISABLED));
    }
    let share = Share::of(&referral, standing);
    let owner = owners(app, row.merchant, &[share]).await?.pop().unwrap_or_default();
    Ok(Post::new(app, endpoint, body(row, &referral, standing, &owner))
        .map_or(Prepared::Missing("secret"), |post| Prepared::Send(post.handing_over(reward))))
}

fn body(row: &OutboxRow, referral: &Referral, reward: &Reward, owner: &Owner) -> String {
    let body = json!({
        "type": EventKind::RewardApproved,
        "timestamp": row.created_at,
        "data": {
            "reward": reward.id,
            "advocate": referral.advocate,
            // Whoever gives the reward has to know to whom. Other webhooks tell ids only.
            "customer": owner.view(),
            "side": reward.side,
            "kind": reward.kind,
            "value": reward.value,
            "referral": referral.id,
            "order": {"shop": referral.order.shop, "id": referral.order.id},
            // Whoever takes this one gives the reward.
            "hand_over": true,
        },
    });
    with_moments(body).to_string()
}

/// Shows with a reward why it was not handed over.
pub(crate) async fn note_problem(
    app: &App,
    endpoint: EndpointId,
    reward: RewardId,
    why: &str,
) -> Result<(), SettleError> {
    let detail = format!("not taken over by webhook endpoint {endpoint}: {why}");
    Box::pin(not_taken(app, reward, endpoint, &detail)).await
}
