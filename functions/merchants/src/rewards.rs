//! Rewards: `GET /v1/rewards`. They live in their referrals, and are laid out flat; a page counts rewards.

use serde_json::{Value, json};
use shared::App;
use shared::domain::ledger::Booked;
use shared::domain::program::Side;
use shared::domain::referral::{Referral, Reward};
use shared::http::{Answer, ApiError, Call};

use crate::found::{self, Place, Rows, Wanted};

/// `GET /v1/rewards?side=&state=&program=&shop=&advocate=&referral=&code=&email=`. `advocate`: what this advocate was ever
/// granted, unless a side is named. `referral`: both sides of one. `email`: what is this person's, as advocate or as friend.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let wanted = Wanted::of(call)?;
    let rows = |place: &Place, referral: &Referral| {
        let whose = whose(place, &wanted);
        let fits = |reward: &&Reward| {
            wanted.state.is_none_or(|state| state == reward.state)
                && wanted.side.is_none_or(|side| side == reward.side)
                && whose.is_none_or(|side| side == reward.side)
        };
        referral.rewards.iter().filter(fits).map(|reward| (reward.number(), view(referral, reward))).collect()
    };
    found::page(app, call, merchant, &wanted, (Rows::Rewards, rows)).await.map(Answer::ok)
}

/// The side that is asked for without being named.
fn whose(place: &Place, wanted: &Wanted) -> Option<Side> {
    match place {
        Place::Orders(..) => Some(Side::Friend),
        _ if wanted.email.is_some() => Some(Side::Advocate),
        _ if wanted.advocate.is_some() && wanted.side.is_none() => Some(Side::Advocate),
        _ => None,
    }
}

/// What stands where, in the reward's unit; accounts at zero are left out.
fn booked(reward: &Reward) -> Value {
    let Booked { reserved, liability, redeemed, clawback, written_off } = reward.booked;
    let accounts = [
        ("reserved", reserved),
        ("liability", liability),
        ("redeemed", redeemed),
        ("clawback", clawback),
        ("written_off", written_off),
    ];
    let standing = accounts.into_iter().filter(|(_, minor)| *minor != 0);
    standing.map(|(account, minor)| (account.to_owned(), json!(reward.value.unit().amount(minor)))).collect()
}

pub(crate) fn view(referral: &Referral, reward: &Reward) -> Value {
    json!({
        "id": reward.id,
        "side": reward.side,
        "kind": reward.kind,
        "value": reward.value,
        "state": reward.state,
        "fulfilment": reward.fulfilment.as_str(),
        "referral": referral.id,
        "advocate": referral.advocate,
        "order": {"shop": referral.order.shop, "id": referral.order.id},
        "coupon": reward.coupon,
        "problem": reward.problem.as_ref().map(|problem| json!({"detail": problem.detail, "at": problem.at})),
        "created_at": referral.created_at,
        "hold_until": reward.hold_until,
        "expires_at": reward.expires_at,
        "booked": booked(reward),
    })
}
