//! What a merchant's people do to rewards by hand: hand one over, note that it was used, give one without an order,
//! attribute an order after the fact. Each becomes a fact of the order and is settled like any other.

use serde::Deserialize;
use serde_json::json;
use shared::App;
use shared::domain::amount::Amount;
use shared::domain::code::Code;
use shared::domain::coupon::CouponCode;
use shared::domain::id::{MerchantId, RewardId};
use shared::domain::order::{OrderRef, PlatformId};
use shared::domain::program::{Fulfilment, RewardRule};
use shared::domain::referral::{Referral, Reward, State};
use shared::http::{Answer, ApiError, Begun, Call, Fault, Faults, begin, save};
use shared::settle::{Act, Owner, act, claim, grant};
use shared::store::Link;

use crate::referrals::Told;
use crate::{orders, rewards, shops};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FulfilBody {
    actor: String,
    #[serde(default)]
    reason: Option<String>,
    /// The code that was handed over, if one was.
    #[serde(default)]
    coupon: Option<CouponCode>,
}

/// `POST /v1/rewards/{id}/fulfil`. Answers the reward; one that was handed over already is answered as it is.
pub(crate) async fn fulfil(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let saved = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: FulfilBody = call.json()?;
    let told = Told { actor: body.actor, reason: body.reason.unwrap_or_else(|| "handed over".to_owned()) };
    checked(&told)?;
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    match reward.state {
        State::Approved => {
            let done = Act::HandOver { reward: reward.id, coupon: body.coupon };
            act(app, &referral, &done, told.by(app)).await?;
        }
        State::Issued | State::Redeemed => {}
        State::Flagged | State::Pending | State::Void | State::Expired => return Err(not_owed(&reward)),
    }
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    save(app, saved.as_ref(), &Answer::ok(rewards::view(&referral, &reward))).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedeemBody {
    /// Tells one use from another: the same id again is the same use.
    id: PlatformId,
    actor: String,
    #[serde(default)]
    reason: Option<String>,
    /// What was used; left out: all that is left.
    #[serde(default)]
    amount: Option<Amount>,
}

/// `POST /v1/rewards/{id}/redeem`.
pub(crate) async fn redeem(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let saved = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: RedeemBody = call.json()?;
    let told = Told { actor: body.actor, reason: body.reason.unwrap_or_else(|| "used".to_owned()) };
    checked(&told)?;
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    let row = app.store.order(&referral.order).await?.ok_or_else(|| ApiError::not_found("order"))?;
    let known = row.facts.acts.redeemed.get(&reward.id).is_some_and(|uses| uses.contains_key(&body.id));
    if !known {
        let left = reward.booked.liability;
        if left == 0 {
            return Err(not_owed(&reward));
        }
        let minor = used(&reward, body.amount.as_ref(), left)?;
        let done = Act::Redeem { reward: reward.id, id: body.id, minor };
        act(app, &referral, &done, told.by(app)).await?;
    }
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    save(app, saved.as_ref(), &Answer::ok(rewards::view(&referral, &reward))).await
}

/// How much was used, in the reward's unit.
fn used(reward: &Reward, amount: Option<&Amount>, left: i64) -> Result<i64, ApiError> {
    let Some(amount) = amount else { return Ok(left) };
    let fits = amount.unit() == reward.value.unit() && (1..=left).contains(&amount.minor());
    let allowed = format!("must be more than 0 and at most what is left, {}", reward.value.with_minor(left));
    fits.then_some(amount.minor()).ok_or_else(|| ApiError::invalid(vec![Fault::new("/amount", allowed)]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    /// The code of a link of the advocate's: it names advocate, program and shop.
    code: Code,
    reward: RewardRule,
    actor: String,
    reason: String,
}

/// `POST /v1/rewards`: a reward without an order. It counts in the program's budget like any other.
pub(crate) async fn give(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let saved = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let GrantBody { code, mut reward, actor, reason } = call.json()?;
    let told = Told { actor, reason };
    let mut faults = Faults::default();
    told.check(&mut faults);
    let plain = RewardRule::plain(reward.kind, reward.worth.base.clone(), reward.fulfilment);
    let bare = RewardRule { hold_days: reward.hold_days, expires_days: reward.expires_days, ..plain };
    faults.unless(reward == bare, "/reward", "must be a plain value: no conditions, caps, tiers or seasons");
    let flat = match &reward.worth.base {
        shared::domain::program::Value::Flat { value } => value.minor() > 0,
        shared::domain::program::Value::Share { .. } => false,
    };
    faults.unless(flat, "/reward/value", "must be an amount of more than 0: there is no order to have a share of");
    let by_checkout = reward.fulfilment == Fulfilment::CodeAtCheckout;
    faults.unless(!by_checkout, "/reward/fulfilment", "must be one of coupon_pool, platform_code, webhook, manual");
    let days = |days: Option<u32>, least, most| days.is_none_or(|days| (least..=most).contains(&days));
    faults.unless(days(reward.hold_days, 0, 365), "/reward/hold_days", "must be 0 to 365 days");
    faults.unless(days(reward.expires_days, 1, 3650), "/reward/expires_days", "must be 1 to 3650 days");
    faults.finish()?;
    let link = own_link(app, merchant, &code).await?;
    let shop = shops::own(app, merchant, &link.shop.to_string()).await?;
    if reward.fulfilment == Fulfilment::PlatformCode && !shop.platform.makes_codes() {
        let detail = "platform_code needs a shop on a platform: a custom shop makes no codes of ours";
        return Err(ApiError::invalid(vec![Fault::new("/reward/fulfilment", detail)]));
    }

    reward.hold_days = reward.hold_days.or(Some(0));
    let id = format!("grant-{}", app.ulid()).parse().map_err(ApiError::internal)?;
    let owner = Owner { merchant, shop: link.shop, invites: false };
    let (decision, order) = grant(app, owner, id, &code, reward, shop.currency, told.by(app)).await?;
    let row = app.store.order(&order).await?.ok_or_else(|| ApiError::not_found("order"))?;
    let given = match row.referral {
        Some(id) => app.store.referral(id).await?,
        None => None,
    };
    match given.as_ref().and_then(|referral| Some((referral, referral.rewards.first()?))) {
        Some((referral, reward)) => save(app, saved.as_ref(), &Answer::created(rewards::view(referral, reward))).await,
        None => Err(ApiError::conflict("not_granted", decision.sentence)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimBody {
    code: Code,
    actor: String,
    reason: String,
}

/// `POST /v1/orders/{shop}/{order}/attribute`: a late claim. Answers why the order is then decided as it is.
pub(crate) async fn attribute(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let saved = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let ClaimBody { code, actor, reason } = call.json()?;
    let told = Told { actor, reason };
    checked(&told)?;
    let shop = shops::own(app, merchant, &call.path("shop")).await?;
    let id: PlatformId = call.path("order").parse().map_err(|_| ApiError::not_found("order"))?;
    let order = OrderRef { shop: shop.id, id };
    let row = app.store.order(&order).await?.ok_or_else(|| ApiError::not_found("order"))?;
    let link = own_link(app, merchant, &code).await?;
    if link.shop != shop.id {
        return Err(no_such_code());
    }
    // The same claim again is no news.
    if !row.facts.acts.claims.contains_key(&code) {
        claim(app, Owner { merchant, shop: shop.id, invites: false }, order.clone(), &code, told.by(app)).await?;
    }
    let row = app.store.order(&order).await?.ok_or_else(|| ApiError::not_found("order"))?;
    save(app, saved.as_ref(), &Answer::ok(orders::view(&row))).await
}

fn checked(told: &Told) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    told.check(&mut faults);
    faults.finish()
}

async fn own_link(app: &App, merchant: MerchantId, code: &Code) -> Result<Link, ApiError> {
    app.store.link(code).await?.filter(|link| link.merchant == merchant).ok_or_else(no_such_code)
}

fn no_such_code() -> ApiError {
    ApiError::invalid(vec![Fault::new("/code", "must be the code of a link of this shop")])
}

/// The merchant's own reward with its referral.
pub(crate) async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<(Referral, Reward), ApiError> {
    let missing = || ApiError::not_found("reward");
    let id: RewardId = id.parse().map_err(|_| missing())?;
    let referral = app.store.referral(id.referral()).await?.filter(|referral| referral.merchant == merchant);
    let referral = referral.ok_or_else(missing)?;
    let reward = referral.rewards.iter().find(|reward| reward.id == id).cloned().ok_or_else(missing)?;
    Ok((referral, reward))
}

fn not_owed(reward: &Reward) -> ApiError {
    let state = json!(reward.state);
    ApiError::conflict(
        "not_owed",
        format!("the reward is {}: nothing of it is owed now", state.as_str().unwrap_or("gone")),
    )
}
