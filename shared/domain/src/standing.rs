//! Where each reward of a referral should stand, computed from what the decision says it is worth, and from what was done
//! with it: state, hold, expiry, and what stands on which account.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::act::HandedOver;
use super::amount::Unit;
use super::days::after_days;
use super::decision::{Outcome, RewardLine, RuleOutcome};
use super::id::RewardId;
use super::ledger::Booked;
use super::order::Facts;
use super::program::{Clawback, HoldFrom, Program, RewardRule, Side};
use super::reconcile::Case;
use super::referral::{Referral, Reward, State};

/// What of the advocate's other rewards matters to one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advocate {
    /// The advocate's clawback account per unit, this referral's part of it included; below zero: owes.
    pub clawback: BTreeMap<Unit, i64>,
}

/// The referral's rewards as they should be. `None` until the order is known to be paid.
pub(super) fn desired(
    case: &Case<'_>,
    program: &Program,
    referral: &Referral,
    advocate: &Advocate,
    now: Timestamp,
) -> Option<Vec<Reward>> {
    case.facts.paid_at?;
    let rules: Vec<_> = match &case.facts.acts.grant {
        Some(grant) => vec![(1, Side::Advocate, &grant.rule)],
        None => program.rewards.numbered().collect(),
    };
    let mut rewards = Vec::with_capacity(rules.len());
    for (number, side, rule) in rules {
        let id = RewardId::of(referral.id, number);
        let old = referral.rewards.iter().find(|reward| reward.id == id);
        let Some(line) = case.decision.rewards.iter().find(|line| line.number == number) else { continue };
        // What was never worth anything to anybody is in the trail only.
        if old.is_none() && line.face().minor() == 0 {
            continue;
        }
        let mut reward = old
            .cloned()
            .unwrap_or_else(|| Reward::new(id, side, rule.kind, rule.fulfilment, line.face().unit().clone()));
        let subject = Subject { case, program, rule, line, old, advocate, now };
        subject.stand(&mut reward);
        rewards.push(reward);
    }
    Some(rewards)
}

/// The rewards of a referral that is not credited any more: nothing is earned, what was used stays used.
pub(super) fn retired(program: &Program, referral: &Referral, advocate: &Advocate) -> Vec<Reward> {
    let gone = |reward: &Reward| {
        let used = reward.booked.redeemed + reward.booked.written_off;
        let debts = Debts::of(program, reward, Some(reward), advocate);
        Reward {
            state: if used > 0 { State::Redeemed } else { State::Void },
            booked: debts.taken_back(used, 0),
            retry_at: None,
            problem: None,
            ..reward.clone()
        }
    };
    referral.rewards.iter().map(gone).collect()
}

/// How much of a reward was used, never more than there was to use.
fn used(facts: &Facts, id: RewardId, most: i64) -> i64 {
    facts.acts.used(id).clamp(0, most.max(0))
}

/// One reward with all that decides where it stands.
struct Subject<'a> {
    case: &'a Case<'a>,
    program: &'a Program,
    rule: &'a RewardRule,
    line: &'a RewardLine,
    old: Option<&'a Reward>,
    advocate: &'a Advocate,
    now: Timestamp,
}

impl Subject<'_> {
    fn stand(&self, reward: &mut Reward) {
        let facts = self.case.facts;
        let void = self.case.decision.outcome == Outcome::Void || self.line.outcome != RuleOutcome::Pass;
        let earned = if void { 0 } else { self.line.value.minor() };
        // A void reward shows what it was for: the value before refunds, whatever arrived first.
        let shown = if earned == 0 { self.line.face() } else { &self.line.value };
        if shown.minor() > 0 || self.old.is_none() {
            reward.value = shown.clone();
            reward.basis = self.line.basis;
            reward.shown.clone_from(&self.line.shown);
        }
        let handed = facts.acts.handed_over.get(&reward.id);
        let handed_as_used = handed.filter(|_| self.rule.kind.is_used_when_handed_over()).map(|handed| handed.minor);
        let most = self.line.face().minor().max(earned);
        let used = used(facts, reward.id, most).max(handed_as_used.unwrap_or(0).clamp(0, most));

        // Until when a refund that is asked for keeps it waiting nobody knows.
        reward.hold_until = if self.waits() { None } else { self.hold_until() };
        let is_held = reward.hold_until.is_none_or(|until| self.now < until);
        reward.expires_at = if is_held { None } else { self.expires_at(reward.hold_until) };
        if let Some(coupon) = handed.and_then(|handed| handed.coupon.as_ref()) {
            reward.coupon = Some(coupon.clone());
        }
        reward.state = self.state(reward, earned, used, is_held, handed);
        let debts = Debts::of(self.program, reward, self.old, self.advocate);
        reward.booked = debts.book(reward, earned, used);
        if reward.booked.clawback > 0 && reward.booked.liability == 0 && used == 0 && reward.state == State::Approved {
            // All of it made good for what was taken back elsewhere.
            reward.state = State::Redeemed;
        }
        // A code that was made after all is a hand-over.
        let problem = facts.acts.refused.get(&reward.id).filter(|_| reward.state == State::Approved);
        reward.problem = problem.cloned();
        // Over, or no longer waiting for a coupon.
        reward.retry_at = reward.retry_at.filter(|at| reward.state == State::Approved && self.now < *at);
    }

    /// What a refund is for is asked, and may leave nothing: what is not owed yet waits for the answer, what is owed stays.
    fn waits(&self) -> bool {
        let is_owed = |old: &Reward| !matches!(old.state, State::Pending | State::Flagged | State::Void);
        self.case.facts.awaits_refund() && !self.old.is_some_and(is_owed)
    }

    fn state(&self, reward: &Reward, earned: i64, used: i64, is_held: bool, handed: Option<&HandedOver>) -> State {
        if used > 0 && used >= earned {
            State::Redeemed
        } else if earned == 0 {
            State::Void
        } else if self.case.decision.outcome == Outcome::Flagged {
            State::Flagged
        } else if is_held && handed.is_none() && reward.coupon.is_none() {
            State::Pending
        } else if reward.expires_at.is_some_and(|end| end <= self.now) {
            State::Expired
        } else if handed.is_some() || reward.coupon.is_some() {
            State::Issued
        } else {
            State::Approved
        }
    }

    /// The end of the hold: so many days after what it counts from. Where nobody says that that happened, it ends so many
    /// days after what comes before it, and [`UNREPORTED_DAYS`] more; what happens after that end changes nothing.
    fn hold_until(&self) -> Option<Timestamp> {
        let Facts { paid_at, fulfilled_at, delivered_at, .. } = self.case.facts;
        // Goods that arrived were sent.
        let sent_at = fulfilled_at.iter().chain(delivered_at).min().copied();
        let days = self.rule.hold_days.unwrap_or(self.program.hold_days);
        let (milestone, before) = match self.rule.hold_from.unwrap_or(self.program.hold_from) {
            HoldFrom::Paid => (*paid_at, [None, None]),
            HoldFrom::Fulfilled => (sent_at, [*paid_at, None]),
            HoldFrom::Delivered => (*delivered_at, [*fulfilled_at, *paid_at]),
        };
        // Without a hold the milestone is enough, also one that the shop's clock puts a moment ahead of ours.
        let end = milestone.map(|since| if days == 0 { since.min(self.now) } else { after_days(since, days) });
        let unreported = before.into_iter().zip([UNREPORTED_DAYS, 2 * UNREPORTED_DAYS]);
        let patience = unreported.filter_map(|(since, more)| Some(after_days(since?, days.saturating_add(more)))).min();
        end.filter(|_| patience.is_none_or(|patience| milestone <= Some(patience))).or(patience)
    }

    /// Counted from when the reward could first be used: the end of the hold, or a person's yes after that.
    fn expires_at(&self, hold_until: Option<Timestamp>) -> Option<Timestamp> {
        let verdict = self.case.facts.acts.verdict.as_ref().filter(|verdict| verdict.credits);
        let since = hold_until.into_iter().chain(verdict.map(|verdict| verdict.by.at)).max()?;
        self.rule.expires_days.map(|days| after_days(since, days))
    }
}

/// How long a step of an order may go unreported: many carriers never say that a parcel arrived, and some shops never that
/// it left. A reward must not wait for ever.
const UNREPORTED_DAYS: u32 = 30;

/// How a reward stands to what its advocate owes.
struct Debts {
    policy: Clawback,
    /// What the advocate's other rewards are to be made good for.
    owed: i64,
    /// How this reward stood on the clawback account.
    before: i64,
    /// It may make good for others now: it is owed for the first time.
    is_new: bool,
    side: Side,
    unit: Unit,
}

impl Debts {
    fn of(program: &Program, reward: &Reward, old: Option<&Reward>, advocate: &Advocate) -> Self {
        let unit = reward.value.unit().clone();
        let before = old.filter(|old| *old.value.unit() == unit).map_or(0, |old| old.booked.clawback);
        let account = advocate.clawback.get(&unit).copied().unwrap_or(0);
        let was_owed = |old: &Reward| !matches!(old.state, State::Pending | State::Flagged | State::Void);
        Self {
            policy: program.clawback,
            owed: (before - account).max(0),
            before,
            is_new: !old.is_some_and(was_owed),
            side: reward.side,
            unit,
        }
    }

    fn book(&self, reward: &Reward, earned: i64, used: i64) -> Booked {
        let left = earned - used;
        if left < 0 {
            return self.taken_back(used, earned);
        }
        let redeemed = Booked { redeemed: used, ..Booked::default() };
        match reward.state {
            State::Pending | State::Flagged => Booked { reserved: left, ..redeemed },
            State::Approved | State::Issued | State::Redeemed => {
                let clawback = self.made_good(reward, left);
                Booked { liability: left - clawback, clawback, ..redeemed }
            }
            State::Expired => Booked { clawback: self.made_good(reward, left), ..redeemed },
            State::Void => redeemed,
        }
    }

    /// How much of what is left makes good for what was taken back elsewhere. Decided when the reward is first owed;
    /// after that it can only become less.
    fn made_good(&self, reward: &Reward, left: i64) -> i64 {
        if self.side != Side::Advocate {
            return 0;
        }
        let most = left.min(self.owed);
        if !self.is_new {
            return self.before.clamp(0, most);
        }
        // A coupon is printed for one value: it is given whole or not at all.
        if reward.fulfilment.is_divisible() || most == left { most } else { 0 }
    }

    /// More was used than is earned: who bears it.
    fn taken_back(&self, used: i64, earned: i64) -> Booked {
        let over = used - earned;
        let before = (-self.before).max(0);
        let owing = match (self.policy, self.side) {
            // A friend has no further rewards to make good with.
            (_, Side::Friend) | (Clawback::WriteOff, _) => 0,
            (Clawback::NegativeBalance { floor }, _) if Unit::from(floor.currency()) == self.unit => {
                let room = (floor.minor() - self.owed).max(0);
                over.min(room.max(before))
            }
            (Clawback::Offset | Clawback::NegativeBalance { .. }, _) => over,
        };
        let written_off = over - owing;
        Booked { redeemed: used - written_off, clawback: -owing, written_off, ..Booked::default() }
    }
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
