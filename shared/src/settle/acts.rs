//! What a person, or the merchant's own system, does about an order: it becomes a fact of the order and goes the way of
//! every other fact, so that nobody changes a reward past the rules.

use jiff::Timestamp;

use super::{Owner, SettleError, Why, settled};
use crate::App;
use crate::domain::act::{Acts, By, Grant, HandedOver, Problem, Redemption, Verdict};
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::decision::Decision;
use crate::domain::id::RewardId;
use crate::domain::money::Currency;
use crate::domain::order::{Evidence, Facts, OrderEvent, OrderRef, PlatformId, Snapshot};
use crate::domain::program::RewardRule;
use crate::domain::referral::Referral;
use crate::store::AuditRow;

/// What can be done about a referral.
#[derive(Clone, Debug)]
pub enum Act {
    /// A person looked at it: credit it or not.
    Judge { credits: bool },
    /// A reward reached its owner.
    HandOver { reward: RewardId, coupon: Option<CouponCode> },
    /// The platform will not have a reward's code, or the merchant's own system did not take the reward.
    Refuse { reward: RewardId },
    /// A reward, or this much of it, was used. The id tells one use from another.
    Redeem { reward: RewardId, id: PlatformId, minor: i64 },
}

impl Act {
    const fn name(&self) -> &'static str {
        match self {
            Self::Judge { credits: true } => "approve",
            Self::Judge { credits: false } => "reject",
            Self::HandOver { .. } => "fulfil",
            Self::Refuse { .. } => "refuse",
            Self::Redeem { .. } => "redeem",
        }
    }
}

/// Does something about a referral; it goes on record with who did it and why.
pub async fn act(app: &App, referral: &Referral, act: &Act, by: By) -> Result<Decision, SettleError> {
    let mut acts = Acts::default();
    let subject = match act {
        Act::Judge { credits } => {
            acts.verdict = Some(Verdict { by: by.clone(), credits: *credits });
            referral.id.to_string()
        }
        Act::HandOver { reward, coupon } => {
            // What is handed over is what is owed at this moment.
            let owed = referral.rewards.iter().find(|it| it.id == *reward).map_or(0, |it| it.booked.liability);
            let handed = HandedOver { by: by.clone(), minor: owed, coupon: coupon.clone() };
            acts.handed_over.insert(*reward, handed);
            reward.to_string()
        }
        Act::Refuse { reward } => {
            acts.refused.insert(*reward, Problem { at: by.at, detail: by.reason.clone() });
            reward.to_string()
        }
        Act::Redeem { reward, id, minor } => {
            let used = Redemption { minor: *minor, at: by.at };
            acts.redeemed.insert(*reward, [(id.clone(), used)].into());
            reward.to_string()
        }
    };
    let owner = Owner { merchant: referral.merchant, shop: referral.order.shop, invites: false };
    let facts = Facts { acts, ..Facts::default() };
    record(app, owner, referral.order.clone(), facts, (act.name(), subject), by).await
}

/// Attributes an order to a code by hand, as evidence of its own kind.
pub async fn claim(app: &App, owner: Owner, order: OrderRef, code: &Code, by: By) -> Result<Decision, SettleError> {
    let acts = Acts { claims: [(code.clone(), by.clone())].into(), ..Acts::default() };
    let facts = Facts { acts, evidence: [Evidence::Manual(code.clone())].into(), ..Facts::default() };
    record(app, owner, order, facts, ("attribute", code.to_string()), by).await
}

/// Gives an advocate a reward without an order. `id` tells one grant from another: the same grant again is none.
pub async fn grant(
    app: &App,
    owner: Owner,
    id: PlatformId,
    code: &Code,
    rule: RewardRule,
    currency: Currency,
    by: By,
) -> Result<(Decision, OrderRef), SettleError> {
    let order = OrderRef { shop: owner.shop, id };
    let acts = Acts { grant: Some(Grant { by: by.clone(), rule }), ..Acts::default() };
    let facts = Facts {
        snapshot: Some(nothing_bought(by.at, currency)),
        paid_at: Some(by.at),
        evidence: [Evidence::Manual(code.clone())].into(),
        acts,
        ..Facts::default()
    };
    let decision = record(app, owner, order.clone(), facts, ("grant", code.to_string()), by).await?;
    Ok((decision, order))
}

/// A grant has a time and a currency like an order, and nothing else of one.
fn nothing_bought(at: Timestamp, currency: Currency) -> Snapshot {
    Snapshot {
        updated_at: at,
        cancelled_at: None,
        placed_at: at,
        currency,
        net: 0,
        total: 0,
        tax_included: false,
        test: false,
        lines: Vec::new(),
        coupons: Vec::new(),
        country: None,
        market: None,
    }
}

async fn record(
    app: &App,
    owner: Owner,
    order: OrderRef,
    facts: Facts,
    (action, subject): (&str, String),
    by: By,
) -> Result<Decision, SettleError> {
    let By { at, actor, reason } = by;
    let merchant = owner.merchant;
    let action = action.to_owned();
    let audit = AuditRow { merchant, order: Some(order.clone()), version: 0, at, actor, action, subject, reason };
    let event = OrderEvent { order, facts, contact: None };
    settled(app, owner, &event, Why::Act(&audit)).await
}
