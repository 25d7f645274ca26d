//! What people and machines may do about an order, judged by how it stands at the moment of writing: whoever looks first
//! and writes later gives away twice what is there once. So an act becomes facts inside the write that fences the order,
//! from the order and the referral that were read for it.

use jiff::Timestamp;

use super::act::{Acts, By, Grant, HandedOver, Problem, Redemption, Verdict};
use super::amount::Amount;
use super::code::Code;
use super::coupon::CouponCode;
use super::id::{ReferralId, RewardId};
use super::money::Currency;
use super::order::{Evidence, Facts, Learnt, PlatformId, Snapshot};
use super::program::RewardRule;
use super::referral::{Referral, Reward, State};

/// What can be done about an order.
#[derive(Clone, Debug)]
pub enum Act {
    /// A person looked at it: credit it or not.
    Judge { referral: ReferralId, credits: bool },
    /// A person hands a reward over.
    HandOver { reward: RewardId, coupon: Option<CouponCode> },
    /// A reward has left our hands: the merchant's own system took it over, or the platform made its code. That is so
    /// whatever the reward has become since.
    TakeOver { reward: RewardId, coupon: Option<CouponCode> },
    /// The platform will not have a reward's code, or the merchant's own system did not take the reward.
    Refuse { reward: RewardId },
    /// A reward, or this much of it, was used; `None`: all that is left. The id tells one use from another.
    Redeem { reward: RewardId, id: PlatformId, amount: Option<Amount> },
    /// A reward's code came with this order. It takes off what it was made for, whatever was taken back since.
    UseCode { reward: RewardId, order: PlatformId, as_of: Timestamp },
    /// The platform freed a reward's code again, because this order was called off. Of this and the other the one stands
    /// that is of the later description of the order, `as_of`.
    FreeCode { reward: RewardId, order: PlatformId, as_of: Timestamp },
    /// The order came by this code, says a person after the fact.
    Claim { code: Code },
    /// A reward without an order, to the advocate behind this code.
    Grant { code: Code, rule: Box<RewardRule>, currency: Currency },
}

/// Why an act is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such {0}")]
    NotThere(&'static str),
    /// Nothing of the reward is owed: it is in this state.
    #[error("the reward is {0:?}: nothing of it is owed now")]
    NotOwed(State),
    /// More than is left, or in another unit than this.
    #[error("must be more than 0 and at most what is left, {0}")]
    TooMuch(Amount),
    #[error("only a flagged referral waits for approval")]
    NotFlagged,
    /// Under this id something else was given.
    #[error("something else was given under this id")]
    OtherGrant,
    /// The rules refuse the grant; why, in a sentence.
    #[error("{0}")]
    NotGranted(String),
}

impl Act {
    /// As it stands on record.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Judge { credits: true, .. } => "approve",
            Self::Judge { credits: false, .. } => "reject",
            Self::HandOver { .. } | Self::TakeOver { .. } => "fulfil",
            Self::Refuse { .. } => "refuse",
            Self::Redeem { .. } | Self::UseCode { .. } => "redeem",
            Self::FreeCode { .. } => "free",
            Self::Claim { .. } => "attribute",
            Self::Grant { .. } => "grant",
        }
    }

    /// What it is done to, by its id or code.
    pub fn subject(&self) -> String {
        match self {
            Self::Judge { referral, .. } => referral.to_string(),
            Self::HandOver { reward, .. }
            | Self::TakeOver { reward, .. }
            | Self::Refuse { reward }
            | Self::Redeem { reward, .. }
            | Self::UseCode { reward, .. }
            | Self::FreeCode { reward, .. } => reward.to_string(),
            Self::Claim { code } | Self::Grant { code, .. } => code.to_string(),
        }
    }

    /// The referral that it is about, as far as it names one. It may be another than the one that the order has now.
    pub fn referral(&self) -> Option<ReferralId> {
        match self {
            Self::Judge { referral, .. } => Some(*referral),
            Self::HandOver { reward, .. }
            | Self::TakeOver { reward, .. }
            | Self::Refuse { reward }
            | Self::Redeem { reward, .. }
            | Self::UseCode { reward, .. }
            | Self::FreeCode { reward, .. } => Some(reward.referral()),
            Self::Claim { .. } | Self::Grant { .. } => None,
        }
    }

    /// What it adds to the order. `None`: nothing, it was done before. `order` and `referral`: as they stand; `None`:
    /// not there.
    pub fn facts(&self, order: Option<&Facts>, referral: Option<&Referral>, by: &By) -> Result<Option<Facts>, Refusal> {
        if let Self::Grant { code, rule, currency } = self {
            return granted(order, code, rule, *currency, by);
        }
        let order = order.ok_or(Refusal::NotThere("order"))?;
        let known = &order.acts;
        let mut acts = Acts::default();
        match self {
            Self::Grant { .. } => {}
            Self::Claim { code } => {
                if known.claims.contains_key(code) {
                    return Ok(None);
                }
                acts.claims.insert(code.clone(), by.clone());
                let evidence = [Evidence::Manual(code.clone())].into();
                return Ok(Some(Facts { evidence, acts, ..Facts::default() }));
            }
            Self::Judge { credits, .. } => {
                let referral = referral.ok_or(Refusal::NotThere("referral"))?;
                if known.verdict.as_ref().is_some_and(|verdict| verdict.credits == *credits) {
                    return Ok(None);
                }
                if *credits && known.verdict.is_none() && referral.state != State::Flagged {
                    return Err(Refusal::NotFlagged);
                }
                acts.verdict = Some(Verdict { by: by.clone(), credits: *credits });
            }
            Self::HandOver { reward, coupon } => {
                let reward = of(referral, *reward)?;
                match reward.state {
                    State::Approved => acts.handed_over.extend([handed(reward, coupon.as_ref(), by)]),
                    State::Issued | State::Redeemed => return Ok(None),
                    State::Flagged | State::Pending | State::Void | State::Expired => {
                        return Err(Refusal::NotOwed(reward.state));
                    }
                }
            }
            Self::TakeOver { reward, coupon } => {
                if known.handed_over.contains_key(reward) {
                    return Ok(None);
                }
                acts.handed_over.extend([handed(of(referral, *reward)?, coupon.as_ref(), by)]);
            }
            Self::Refuse { reward } => {
                acts.refused.insert(*reward, Problem { at: by.at, detail: by.reason.clone() });
            }
            Self::Redeem { reward, id, amount } => {
                if is_used_under(known, *reward, id) {
                    return Ok(None);
                }
                let minor = asked_for(of(referral, *reward)?, amount.as_ref())?;
                acts.redeemed.insert(*reward, [(id.clone(), Redemption { minor, at: by.at })].into());
            }
            Self::FreeCode { reward, order, as_of } => {
                if !is_used_under(known, *reward, order) || known.is_freed(*reward, order) {
                    return Ok(None);
                }
                acts.freed.insert(*reward, [(order.clone(), Learnt { as_of: *as_of, value: true })].into());
            }
            Self::UseCode { reward, order, as_of } if is_used_under(known, *reward, order) => {
                if !known.is_freed(*reward, order) {
                    return Ok(None);
                }
                acts.freed.insert(*reward, [(order.clone(), Learnt { as_of: *as_of, value: false })].into());
            }
            Self::UseCode { reward, order, .. } => {
                let minor = worth_of_code(known, of(referral, *reward)?) - known.used(*reward);
                if minor <= 0 {
                    return Ok(None);
                }
                acts.redeemed.insert(*reward, [(order.clone(), Redemption { minor, at: by.at })].into());
            }
        }
        Ok(Some(Facts { acts, ..Facts::default() }))
    }
}

fn of(referral: Option<&Referral>, id: RewardId) -> Result<&Reward, Refusal> {
    let rewards = referral.into_iter().flat_map(|referral| &referral.rewards);
    rewards.into_iter().find(|reward| reward.id == id).ok_or(Refusal::NotThere("reward"))
}

/// What is handed over is what is owed at this moment.
fn handed(reward: &Reward, coupon: Option<&CouponCode>, by: &By) -> (RewardId, HandedOver) {
    (reward.id, HandedOver { by: by.clone(), minor: reward.booked.liability, coupon: coupon.cloned() })
}

/// The same id again is the same use.
fn is_used_under(acts: &Acts, reward: RewardId, id: &PlatformId) -> bool {
    acts.redeemed.get(&reward).is_some_and(|uses| uses.contains_key(id))
}

/// How much is used, in minor units of the reward.
fn asked_for(reward: &Reward, amount: Option<&Amount>) -> Result<i64, Refusal> {
    let left = reward.booked.liability;
    if left <= 0 {
        return Err(Refusal::NotOwed(reward.state));
    }
    let Some(amount) = amount else { return Ok(left) };
    let fits = amount.unit() == reward.value.unit() && (1..=left).contains(&amount.minor());
    fits.then_some(amount.minor()).ok_or_else(|| Refusal::TooMuch(reward.value.with_minor(left)))
}

/// What a reward's code takes off: as much as when it was made.
fn worth_of_code(acts: &Acts, reward: &Reward) -> i64 {
    let made_for = acts.handed_over.get(&reward.id).map_or(0, |handed| handed.minor);
    let worth = made_for.max(reward.booked.liability);
    if worth > 0 { worth } else { reward.value.minor() }
}

/// A grant is there once under its id, in the same words: who gave it and why are part of them, the time is not.
fn granted(
    order: Option<&Facts>,
    code: &Code,
    rule: &RewardRule,
    currency: Currency,
    by: &By,
) -> Result<Option<Facts>, Refusal> {
    let evidence = Evidence::Manual(code.clone());
    let Some(order) = order else {
        let acts = Acts { grant: Some(Grant { by: by.clone(), rule: rule.clone() }), ..Acts::default() };
        // It has a time and a currency like an order, and nothing else of one.
        let (snapshot, paid_at) = (Some(Snapshot::bare(by.at, currency)), Some(by.at));
        return Ok(Some(Facts { snapshot, paid_at, evidence: [evidence].into(), acts, ..Facts::default() }));
    };
    let same = order
        .acts
        .grant
        .as_ref()
        .is_some_and(|known| known.rule == *rule && (&known.by.actor, &known.by.reason) == (&by.actor, &by.reason));
    if same && order.evidence.contains(&evidence) { Ok(None) } else { Err(Refusal::OtherGrant) }
}

#[cfg(test)]
#[path = "doing_tests.rs"]
mod tests;
