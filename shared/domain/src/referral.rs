//! A referral and its rewards. One item holds both, because they change together and only ever through their order.
//!
//! ```text
//! flagged ─► pending ─► approved ─► issued ─► redeemed
//!    │          │          ├──────────┴─► expired
//!    └──────────┴──────────┴─► void     back again when the facts say so
//! ```

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::act::Problem;
use super::amount::{Amount, Unit};
use super::code::Code;
use super::coupon::CouponCode;
use super::days::after_days;
use super::decision::Basis;
use super::id::{AdvocateId, MerchantId, ProgramId, ReferralId, RewardId};
use super::ledger::Booked;
use super::mail::MailKind;
use super::order::OrderRef;
use super::origin::Origin;
use super::program::{Fulfilment, Kind, Side};

/// The life of a referral and of each of its rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for a person to look at it; nothing is paid meanwhile.
    Flagged,
    /// Waiting for the hold to end.
    Pending,
    /// Owed.
    Approved,
    /// In its owner's hands.
    Issued,
    /// Used.
    Redeemed,
    /// Taken back, or never granted: the order was cancelled, refunded, or is not credited any more.
    Void,
    /// Not used in time.
    Expired,
}

impl State {
    /// As written in the API.
    pub const ALL: [Self; 7] =
        [Self::Flagged, Self::Pending, Self::Approved, Self::Issued, Self::Redeemed, Self::Void, Self::Expired];
}

/// Something owed to one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    pub id: RewardId,
    pub side: Side,
    pub kind: Kind,
    pub fulfilment: Fulfilment,
    /// What it is worth now; of a void one, what it would have been worth without refunds.
    pub value: Amount,
    pub state: State,
    /// Of a discount at the checkout: how its value is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// What of it the shopper saw, where that is more: with the tax that the shop's prices contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Amount>,
    /// When the hold ends; `None` while what it counts from has not happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// When what is not used is gone; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What the ledger says stands on this reward.
    pub booked: Booked,
    /// The code that its owner got, or that was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponCode>,
    /// It waits for a coupon: its pool was empty. When to look again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Why it is owed and has not reached its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Its message was put into the outbox; that happens once, however often it is approved.
    #[serde(default)]
    pub mailed: bool,
    /// The other mails about it that were put into the outbox; each once too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub told: BTreeSet<MailKind>,
    /// How often its owner was to be told that it is gone. `told` has the last of it only: that it is gone, or is back.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub losses: u32,
    /// When its owner is told that it will be gone soon, if that is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiring_at: Option<Timestamp>,
    /// The merchant's own system was told to hand it over; that happens once too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub called: bool,
    /// How often the platform was to be told of its code: that it is owed, that it is not any more, that it is again.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub code_calls: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
const fn is_none_yet(count: &u32) -> bool {
    *count == 0
}

impl Reward {
    /// A reward of nothing yet.
    pub fn new(id: RewardId, side: Side, kind: Kind, fulfilment: Fulfilment, unit: Unit) -> Self {
        Self {
            id,
            side,
            kind,
            fulfilment,
            value: Amount::new(0, unit),
            state: State::Void,
            basis: None,
            shown: None,
            hold_until: None,
            expires_at: None,
            booked: Booked::default(),
            coupon: None,
            retry_at: None,
            problem: None,
            mailed: false,
            told: BTreeSet::new(),
            losses: 0,
            expiring_at: None,
            called: false,
            code_calls: 0,
        }
    }

    /// The rule's number within its program version.
    pub fn number(&self) -> u8 {
        self.id.number()
    }

    /// It is to have a code on the shop's platform, or to keep the one that it had: a code that was used or ran out does
    /// no harm.
    pub const fn has_platform_code(&self) -> bool {
        matches!(self.fulfilment, Fulfilment::PlatformCode)
            && matches!(self.state, State::Approved | State::Issued | State::Redeemed | State::Expired)
    }

    /// Somebody at the merchant's has to hand it over, and nobody has.
    pub const fn is_to_pay(&self) -> bool {
        matches!(self.fulfilment, Fulfilment::Manual) && matches!(self.state, State::Approved)
    }

    /// It takes up room in caps and budget.
    pub const fn holds(&self) -> bool {
        !matches!(self.state, State::Void)
    }
}

/// What a referral takes up of limits that it shares with others, so that it gives back just that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// When the order was placed, as it was known first: days and months of caps go by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
    /// The so-manieth referral of its advocate in the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    /// Counted among the advocate's referrals of the day; `true`: as one by a code without a click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<bool>,
    /// Per rule: what is counted in the advocate's caps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caps: BTreeMap<String, i64>,
    /// The budget's period that it is taken from, and how much of each shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_period: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub budget: BTreeMap<String, i64>,
}

/// Advocate + friend + credited order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    pub id: ReferralId,
    pub merchant: MerchantId,
    pub program: ProgramId,
    pub program_version: u32,
    pub advocate: AdvocateId,
    pub code: Code,
    pub order: OrderRef,
    pub state: State,
    pub rewards: Vec<Reward>,
    /// How many ledger entries it has.
    pub entries: u32,
    #[serde(default)]
    pub holds: Holds,
    /// Where it is counted: where the friend's click came from, else the order's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Origin>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Referral {
    /// When something happens to it by itself: a hold ends, a reward expires or is about to, an empty pool is tried again.
    pub fn due_at(&self) -> Option<Timestamp> {
        let due = |reward: &Reward| match reward.state {
            State::Pending => reward.hold_until,
            State::Approved | State::Issued => {
                reward.retry_at.into_iter().chain(reward.expires_at).chain(reward.expiring_at).min()
            }
            State::Flagged | State::Redeemed | State::Void | State::Expired => None,
        };
        self.rewards.iter().filter_map(due).min()
    }

    /// From when one of its rewards has been owed, if it is: when its hold ended, or without one when the order came.
    pub fn owed_since(&self, reward: &Reward) -> Timestamp {
        reward.hold_until.map_or(self.created_at, |until| until.max(self.created_at))
    }

    /// What its order comes to may still change, so that the platform is to be asked about it also where it says nothing: a
    /// reward waits, is owed to somebody, or is inside its return time. A discount that was taken at the checkout is owed no
    /// more.
    pub fn is_watched(&self, now: Timestamp) -> bool {
        let watched = |reward: &Reward| match reward.state {
            State::Flagged | State::Pending => true,
            State::Approved => reward.fulfilment != Fulfilment::CodeAtCheckout,
            State::Issued | State::Redeemed | State::Void | State::Expired => false,
        };
        let returns = self.rewards.iter().filter_map(|reward| reward.hold_until).max();
        let returns = returns.max(Some(after_days(self.created_at, RETURN_DAYS)));
        returns.is_some_and(|end| now < end) || self.rewards.iter().any(watched)
    }
}

/// The return time of an order whose program does not wait for returns.
const RETURN_DAYS: u32 = 30;

#[cfg(test)]
mod tests {
    use super::super::samples::{DAY, at, ulid};
    use super::*;

    #[test]
    fn an_order_is_asked_about_while_its_reward_waits_is_owed_or_may_be_returned() {
        let referral = |fulfilment, state, hold: i64| {
            let id = RewardId::of(ReferralId::new(ulid(9)), 1);
            let reward = Reward::new(id, Side::Advocate, Kind::Fixed, fulfilment, "SEK".parse().expect("a unit"));
            let rewards = vec![Reward { state, hold_until: Some(at(hold * DAY)), ..reward }];
            Referral {
                id: ReferralId::new(ulid(9)),
                merchant: MerchantId::new(ulid(1)),
                program: ProgramId::new(ulid(2)),
                program_version: 1,
                advocate: AdvocateId::new(ulid(3)),
                code: "ANNA10".parse().expect("a code"),
                order: super::super::samples::order_ref(),
                state,
                rewards,
                entries: 0,
                holds: Holds::default(),
                via: None,
                created_at: at(0),
                updated_at: at(0),
            }
        };
        let until = |fulfilment, state, hold| {
            let watched = |day: &i64| referral(fulfilment, state, hold).is_watched(at(day * DAY));
            [29, 31, 99, 101].iter().filter(|day| watched(day)).count()
        };
        for (fulfilment, state, hold, watched) in [
            (Fulfilment::Manual, State::Pending, 14, 4),
            (Fulfilment::Manual, State::Flagged, 14, 4),
            (Fulfilment::Manual, State::Approved, 14, 4),
            (Fulfilment::CodeAtCheckout, State::Approved, 14, 1),
            (Fulfilment::Manual, State::Issued, 0, 1),
            (Fulfilment::Manual, State::Issued, 100, 3),
            (Fulfilment::Manual, State::Void, 100, 3),
            (Fulfilment::Manual, State::Redeemed, 14, 1),
        ] {
            assert_eq!(until(fulfilment, state, hold), watched, "{fulfilment:?} {state:?} {hold}");
        }
    }
}
