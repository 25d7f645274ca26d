//! Rewards: `GET /v1/rewards`. They live in their referrals, and are laid out flat; a page counts rewards.

use shared::App;
use shared::domain::program::Side;
use shared::domain::referral::{Referral, Reward};
use shared::http::{Answer, ApiError, Call, views};

use shared::find::{self, Place, Rows, Wanted};

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
        referral.rewards.iter().filter(fits).map(|reward| (reward.number(), views::reward(referral, reward))).collect()
    };
    find::page(app, call, merchant, &wanted, (Rows::Rewards, rows)).await.map(Answer::ok)
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
