//! What a merchant's people do to rewards by hand: hand one over, note that it was used, give one without an order,
//! attribute an order after the fact. Each becomes a fact of the order and is settled like any other.

use serde::Deserialize;
use serde_json::json;
use shared::App;
use shared::domain::act::By;
use shared::domain::amount::Amount;
use shared::domain::code::Code;
use shared::domain::coupon::CouponCode;
use shared::domain::doing::Act;
use shared::domain::id::{MerchantId, RewardId};
use shared::domain::order::{OrderRef, PlatformId};
use shared::domain::program::{Fulfilment, RewardRule, Value};
use shared::domain::referral::{Referral, Reward};
use shared::http::{
    Answer, ApiError, Call, Fault, Faults, NO_SUCH_ENDPOINT, NO_SUCH_POOL, done, no_such_code, own_link, own_shop,
    views,
};
use shared::settle::Owner;
use shared::store::{Claim, OrderRow};

use crate::orders;
use crate::referrals::Told;

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
pub(crate) async fn fulfil(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    saved: Option<Claim>,
) -> Result<Answer, ApiError> {
    let body: FulfilBody = call.json()?;
    let told = Told { actor: body.actor, reason: body.reason.unwrap_or_else(|| "handed over".to_owned()) };
    checked(&told)?;
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    let act = Act::HandOver { reward: reward.id, coupon: body.coupon };
    to_reward(app, saved.as_ref(), &referral, reward.id, &act, &told.by(app)).await
}

/// Does something to a reward and answers it.
async fn to_reward(
    app: &App,
    saved: Option<&Claim>,
    referral: &Referral,
    reward: RewardId,
    act: &Act,
    by: &By,
) -> Result<Answer, ApiError> {
    let owner = Owner { merchant: referral.merchant, shop: referral.order.shop, invites: false };
    let shown = |_: &OrderRow, referral: Option<&Referral>| {
        let referral = referral.ok_or_else(|| ApiError::not_found("reward"))?;
        let reward = referral.rewards.iter().find(|known| known.id == reward);
        let reward = reward.ok_or_else(|| ApiError::not_found("reward"))?;
        Ok(Answer::ok(views::reward(referral, reward)))
    };
    done(app, saved, (owner, &referral.order), (act, by), shown).await
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
pub(crate) async fn redeem(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    saved: Option<Claim>,
) -> Result<Answer, ApiError> {
    let RedeemBody { id, actor, reason, amount } = call.json()?;
    let told = Told { actor, reason: reason.unwrap_or_else(|| "used".to_owned()) };
    checked(&told)?;
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    let act = Act::Redeem { reward: reward.id, id, amount };
    to_reward(app, saved.as_ref(), &referral, reward.id, &act, &told.by(app)).await
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

/// `POST /v1/rewards`: a reward without an order. It counts in the program's budget like any other. Under one idempotency
/// key there is one, for good: whoever asks again in the same words gets it, in other words is refused.
pub(crate) async fn give(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    saved: Option<Claim>,
) -> Result<Answer, ApiError> {
    let GrantBody { code, mut reward, actor, reason } = call.json()?;
    let told = Told { actor, reason };
    let mut faults = Faults::default();
    told.check(&mut faults);
    plain(&reward, &mut faults);
    leads_to_own(app, merchant, &reward, &mut faults).await?;
    faults.finish()?;
    let link = own_link(app, merchant, &code).await?;
    let shop = own_shop(app, merchant, &link.shop.to_string()).await?;
    if reward.fulfilment == Fulfilment::PlatformCode && !shop.platform.makes_codes() {
        let detail = "platform_code needs a shop on a platform: a custom shop makes no codes of ours";
        return Err(ApiError::invalid(vec![Fault::new("/reward/fulfilment", detail)]));
    }

    reward.hold_days = reward.hold_days.or(Some(0));
    let order = OrderRef { shop: link.shop, id: grant_id(app, saved.as_ref())? };
    let owner = Owner { merchant, shop: link.shop, invites: false };
    let act = Act::Grant { code, rule: Box::new(reward), currency: shop.currency };
    let shown = |_: &OrderRow, referral: Option<&Referral>| {
        let given = referral.and_then(|referral| Some((referral, referral.rewards.first()?)));
        let (referral, reward) = given.ok_or_else(|| ApiError::internal("a grant without its reward"))?;
        Ok(Answer::created(views::reward(referral, reward)))
    };
    done(app, saved.as_ref(), (owner, &order), (&act, &told.by(app)), shown).await
}

/// The id of the order that the grant is: of merchant, route and key, so that a repeat finds it.
fn grant_id(app: &App, saved: Option<&Claim>) -> Result<PlatformId, ApiError> {
    let id = saved.map_or_else(|| app.ulid().to_string(), Claim::natural_id);
    format!("grant-{id}").parse().map_err(ApiError::internal)
}

/// What a reward without an order can be.
fn plain(reward: &RewardRule, faults: &mut Faults) {
    let plain = RewardRule::plain(reward.kind, reward.worth.base.clone(), reward.fulfilment);
    let bare = RewardRule { hold_days: reward.hold_days, expires_days: reward.expires_days, ..plain };
    faults.unless(*reward == bare, "/reward", "must be a plain value: no conditions, caps, tiers or seasons");
    let flat = match &reward.worth.base {
        Value::Flat { value } => value.minor() > 0,
        Value::Share { .. } => false,
    };
    faults.unless(flat, "/reward/value", "must be an amount of more than 0: there is no order to have a share of");
    let by_checkout = reward.fulfilment == Fulfilment::CodeAtCheckout;
    faults.unless(!by_checkout, "/reward/fulfilment", "must be one of coupon_pool, platform_code, webhook, manual");
    let days = |days: Option<u32>, least, most| days.is_none_or(|days| (least..=most).contains(&days));
    faults.unless(days(reward.hold_days, 0, 365), "/reward/hold_days", "must be 0 to 365 days");
    faults.unless(days(reward.expires_days, 1, 3650), "/reward/expires_days", "must be 1 to 3650 days");
}

/// A pool and an endpoint must be this merchant's own.
async fn leads_to_own(
    app: &App,
    merchant: MerchantId,
    reward: &RewardRule,
    faults: &mut Faults,
) -> Result<(), ApiError> {
    match reward.fulfilment {
        Fulfilment::CouponPool { pool } if app.store.pool(merchant, pool).await?.is_none() => {
            faults.push(Fault::new("/reward/pool", NO_SUCH_POOL).with(&json!(pool)));
        }
        Fulfilment::Webhook { endpoint } if app.store.endpoint(merchant, endpoint).await?.is_none() => {
            faults.push(Fault::new("/reward/endpoint", NO_SUCH_ENDPOINT).with(&json!(endpoint)));
        }
        Fulfilment::CouponPool { .. }
        | Fulfilment::Webhook { .. }
        | Fulfilment::CodeAtCheckout
        | Fulfilment::PlatformCode
        | Fulfilment::Manual => {}
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimBody {
    code: Code,
    actor: String,
    reason: String,
}

/// `POST /v1/orders/{shop}/{order}/attribute`: a late claim. Answers why the order is then decided as it is.
pub(crate) async fn attribute(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    saved: Option<Claim>,
) -> Result<Answer, ApiError> {
    let ClaimBody { code, actor, reason } = call.json()?;
    let told = Told { actor, reason };
    checked(&told)?;
    let shop = own_shop(app, merchant, &call.path("shop")).await?;
    let id: PlatformId = call.path("order").parse().map_err(|_| ApiError::not_found("order"))?;
    let order = OrderRef { shop: shop.id, id };
    let link = own_link(app, merchant, &code).await?;
    if link.shop != shop.id {
        return Err(no_such_code());
    }
    let owner = Owner { merchant, shop: shop.id, invites: false };
    let act = Act::Claim { code };
    let shown = |row: &OrderRow, _: Option<&Referral>| Ok(Answer::ok(orders::view(row)));
    done(app, saved.as_ref(), (owner, &order), (&act, &told.by(app)), shown).await
}

fn checked(told: &Told) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    told.check(&mut faults);
    faults.finish()
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
