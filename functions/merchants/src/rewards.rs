//! Rewards: `GET /v1/rewards`. They live in their referrals, so a page is a page of referrals laid out flat.

use serde_json::{Value, json};
use shared::App;
use shared::domain::id::{AdvocateId, MerchantId, ReferralId};
use shared::domain::ledger::Booked;
use shared::domain::program::Side;
use shared::domain::referral::{Referral, Reward};
use shared::http::{Answer, ApiError, Call, Fault, PageRequest, page_body};
use shared::store::key::Listed;

use crate::referrals::state;

/// `GET /v1/rewards?advocate=&referral=&state=`. `advocate`: what this advocate was ever granted. `referral`: both sides
/// of one.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let wanted_state = call.query("state").map(|text| state(&text)).transpose()?;
    let invalid =
        |name: &'static str| ApiError::invalid(vec![Fault::new(name, format!("must be an id of the kind \"{name}\""))]);
    let advocate =
        call.query("advocate").map(|id| id.parse::<AdvocateId>().map_err(|_| invalid("advocate"))).transpose()?;
    let referral =
        call.query("referral").map(|id| id.parse::<ReferralId>().map_err(|_| invalid("referral"))).transpose()?;

    let (referrals, next) = match (referral, advocate) {
        (Some(id), _) => (own_referral(app, merchant, id).await?.into_iter().collect(), None),
        (None, Some(advocate)) => of_advocate(app, merchant, advocate, &page).await?,
        (None, None) => {
            let found =
                app.store.list(Listed::Referrals, merchant, page.after.as_deref(), page.limit, app.now()).await?;
            (found.rows, found.next)
        }
    };
    let rewards = referrals.iter().flat_map(|referral| referral.rewards.iter().map(move |reward| (referral, reward)));
    let wanted = rewards.filter(|(referral, reward)| {
        wanted_state.is_none_or(|state| state == reward.state)
            && advocate.is_none_or(|advocate| referral.advocate == advocate && reward.side == Side::Advocate)
    });
    let data = wanted.map(|(referral, reward)| view(referral, reward));
    Ok(Answer::ok(page_body(data, next.as_deref())))
}

async fn own_referral(app: &App, merchant: MerchantId, id: ReferralId) -> Result<Option<Referral>, ApiError> {
    Ok(app.store.referral(id).await?.filter(|referral| referral.merchant == merchant))
}

/// An advocate's referrals through the books: every grant has a first entry there.
async fn of_advocate(
    app: &App,
    merchant: MerchantId,
    advocate: AdvocateId,
    page: &PageRequest,
) -> Result<(Vec<Referral>, Option<String>), ApiError> {
    let limit = i32::try_from(page.limit).unwrap_or(i32::MAX);
    let (entries, next) = app.store.entries(merchant, advocate, page.after.as_deref(), limit).await?;
    let mut referrals = Vec::new();
    for entry in entries.iter().filter(|entry| entry.number == 1) {
        referrals.extend(own_referral(app, merchant, entry.referral).await?);
    }
    Ok((referrals, next))
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
