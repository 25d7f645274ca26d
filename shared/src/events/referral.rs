//! Referrals and their rewards: what came into being, and what moved from one state to another.

use serde_json::{Value, json};

use super::{Change, Event};
use crate::domain::event::EventKind;
use crate::domain::program::Fulfilment;
use crate::domain::referral::{Referral, Reward, State};

pub(super) fn events(change: &Change) -> Result<Vec<Event>, serde_dynamo::Error> {
    let (old, new) = change.read::<Referral>()?;
    let mut kinds = Vec::new();
    if old.is_none() {
        kinds.push(EventKind::ReferralCreated);
    }
    // That a new one waits for its hold goes without saying.
    let before = old.as_ref().map_or(EventKind::ReferralPending, |old| stage(old.state));
    kinds.extend(Some(stage(new.state)).filter(|stage| *stage != before));
    let of_referral = kinds.into_iter().map(|kind| Event::new(kind, new.updated_at, &new.id, data(&new)));

    let of_reward = |reward: &Reward| {
        let before = old.as_ref().and_then(|old| old.rewards.iter().find(|known| known.id == reward.id));
        Some(Event::new(happened(before, reward)?, new.updated_at, &reward.id, reward_data(&new, reward)))
    };
    Ok(of_referral.chain(new.rewards.iter().filter_map(of_reward)).collect())
}

/// What a referral's state means to its merchant: whatever becomes of its rewards, it was earned.
const fn stage(state: State) -> EventKind {
    match state {
        State::Flagged => EventKind::ReferralFlagged,
        State::Pending => EventKind::ReferralPending,
        State::Approved | State::Issued | State::Redeemed | State::Expired => EventKind::ReferralApproved,
        State::Void => EventKind::ReferralVoided,
    }
}

/// What happened to a reward, if anything did that its merchant would want to hear of.
fn happened(before: Option<&Reward>, now: &Reward) -> Option<EventKind> {
    let Some(before) = before else {
        // What was never granted was never taken back.
        return (now.state != State::Void).then(|| became(now.state));
    };
    if before.state != now.state {
        return Some(became(now.state));
    }
    let shown = |reward: &Reward| (reward.value.clone(), reward.hold_until, reward.expires_at, reward.problem.clone());
    (shown(before) != shown(now)).then_some(EventKind::RewardChanged)
}

const fn became(state: State) -> EventKind {
    match state {
        State::Flagged => EventKind::RewardFlagged,
        State::Pending => EventKind::RewardPending,
        State::Approved => EventKind::RewardApproved,
        State::Issued => EventKind::RewardIssued,
        State::Redeemed => EventKind::RewardRedeemed,
        State::Void => EventKind::RewardVoided,
        State::Expired => EventKind::RewardExpired,
    }
}

fn data(referral: &Referral) -> Value {
    json!({
        "referral": referral.id,
        "state": referral.state,
        "program": referral.program,
        "advocate": referral.advocate,
        "code": referral.code,
        "order": {"shop": referral.order.shop, "id": referral.order.id},
        "created_at": referral.created_at,
        "updated_at": referral.updated_at,
    })
}

fn reward_data(referral: &Referral, reward: &Reward) -> Value {
    // The endpoint that is to give it, where it is one.
    let endpoint = match reward.fulfilment {
        Fulfilment::Webhook { endpoint } => Some(endpoint),
        _ => None,
    };
    json!({
        "reward": reward.id,
        "advocate": referral.advocate,
        "side": reward.side,
        "kind": reward.kind,
        "value": reward.value,
        "state": reward.state,
        "fulfilment": reward.fulfilment.as_str(),
        "endpoint": endpoint,
        "has_problem": reward.problem.is_some(),
        "hold_until": reward.hold_until,
        "expires_at": reward.expires_at,
        "program": referral.program,
        "referral": referral.id,
        "order": {"shop": referral.order.shop, "id": referral.order.id},
        "updated_at": referral.updated_at,
        // Nobody has to do anything about it.
        "hand_over": false,
    })
}
