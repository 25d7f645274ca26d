//! What people and machines do about an order after it came in: a verdict, a late claim, a reward handed over or used.
//! These are facts like those of the platform: kept with the order, joined whatever their order of arrival, and judged
//! by the same decision. So nobody changes a reward past the rules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::coupon::CouponCode;
use super::id::RewardId;
use super::order::{Learnt, PlatformId};
use super::program::RewardRule;

/// Who did something, when, and why. Field order is the order of precedence: the later word stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct By {
    pub at: Timestamp,
    /// A name that the merchant knows, or a part of the engine.
    pub actor: String,
    pub reason: String,
}

/// What a person said of a flagged order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Verdict {
    pub by: By,
    /// Whether the order is to be credited after all.
    pub credits: bool,
}

/// A reward that reached its owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HandedOver {
    pub by: By,
    /// How much, in the reward's unit.
    pub minor: i64,
    /// The code that was handed over, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponCode>,
}

/// A reward that could not be given the way it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    pub at: Timestamp,
    /// In the words of whoever would not have it, for the merchant.
    pub detail: String,
}

/// A reward, or part of it, that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Redemption {
    /// In the reward's unit.
    pub minor: i64,
    pub at: Timestamp,
}

/// A reward that a person gives without an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub by: By,
    /// What is given. To the advocate; there is no friend.
    pub rule: RewardRule,
}

/// All of it, for one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {
    /// The latest verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Who attributed the order by hand; the evidence itself is with the order's other evidence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<Code, By>,
    /// The first hand-over of each reward: it can't be handed over again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub handed_over: BTreeMap<RewardId, HandedOver>,
    /// Uses of each reward, by the id under which they were told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redeemed: BTreeMap<RewardId, BTreeMap<PlatformId, Redemption>>,
    /// Whether the platform freed a reward's code again that was used with an order, by the latest word about that order: it
    /// was called off. Such a use is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub freed: BTreeMap<RewardId, BTreeMap<PlatformId, Learnt<bool>>>,
    /// The latest refusal of each reward's code by the platform. One that was made after all is handed over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<RewardId, Problem>,
    /// This is no order but a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
}

impl Acts {
    /// Nobody did anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Both. Commutative, associative and idempotent.
    pub(super) fn joined(mut self, other: Self) -> Self {
        for (code, by) in other.claims {
            let known = self.claims.entry(code).or_insert_with(|| by.clone());
            *known = std::mem::replace(known, by.clone()).min(by);
        }
        for (reward, handed) in other.handed_over {
            let known = self.handed_over.entry(reward).or_insert_with(|| handed.clone());
            *known = std::mem::replace(known, handed.clone()).min(handed);
        }
        for (reward, problem) in other.refused {
            let known = self.refused.entry(reward).or_insert_with(|| problem.clone());
            *known = std::mem::replace(known, problem.clone()).max(problem);
        }
        for (reward, uses) in other.redeemed {
            let known = self.redeemed.entry(reward).or_default();
            for (id, used) in uses {
                let first = known.entry(id).or_insert_with(|| used.clone());
                *first = std::mem::replace(first, used.clone()).min(used);
            }
        }
        for (reward, freed) in other.freed {
            let known = self.freed.entry(reward).or_default();
            for (id, word) in freed {
                let latest = known.entry(id).or_insert_with(|| word.clone());
                *latest = std::mem::replace(latest, word.clone()).max(word);
            }
        }
        // A grant is written with its order and never told again in other words.
        let grant = self.grant.or(other.grant);
        Self { verdict: self.verdict.max(other.verdict), grant, ..self }
    }

    /// How much of a reward was used, in its unit.
    pub fn used(&self, reward: RewardId) -> i64 {
        let uses = self.redeemed.get(&reward).into_iter().flatten();
        let uses = uses.filter(|(id, _)| !self.is_freed(reward, id));
        uses.map(|(_, used)| used.minor).fold(0, i64::saturating_add)
    }

    /// The platform freed the reward's code after it was used with this order.
    pub fn is_freed(&self, reward: RewardId, order: &PlatformId) -> bool {
        self.freed.get(&reward).and_then(|uses| uses.get(order)).is_some_and(|freed| freed.value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, ulid};
    use super::*;

    #[test]
    fn a_use_whose_code_was_freed_is_none_until_its_order_stands_again() {
        let (reward, order) = (RewardId::new(ulid(1)), "77".parse::<PlatformId>().expect("an id"));
        let used = Redemption { minor: 500, at: at(1) };
        let used = Acts { redeemed: [(reward, [(order.clone(), used)].into())].into(), ..Acts::default() };
        let word = |second: i64, value: bool| {
            let word = Learnt { as_of: at(second), value };
            Acts { freed: [(reward, [(order.clone(), word)].into())].into(), ..Acts::default() }
        };
        assert_eq!(used.used(reward), 500);
        let freed = used.clone().joined(word(2, true));
        assert_eq!(freed.used(reward), 0);
        let again = freed.clone().joined(word(3, false));
        assert_eq!(again.used(reward), 500);
        assert_eq!(word(3, false).joined(word(2, true)).joined(used), again, "whichever came first");
        assert_eq!(again.clone().joined(freed), again);
    }

    #[test]
    fn of_two_refusals_the_later_one_counts_whichever_came_first() {
        let reward = RewardId::new(ulid(1));
        let refused = |second: i64, detail: &str| {
            let problem = Problem { at: at(second), detail: detail.to_owned() };
            Acts { refused: [(reward, problem)].into(), ..Acts::default() }
        };
        let (first, later) = (refused(1, "z"), refused(2, "a"));
        assert_eq!(first.clone().joined(later.clone()), later);
        assert_eq!(later.clone().joined(first), later);
        assert_eq!(later.clone().joined(later.clone()), later);
    }
}
