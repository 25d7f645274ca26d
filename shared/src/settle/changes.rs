//! What a decision changes: referrals with their rewards, ledger entries, what is taken of limits, coupons, and messages.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::lookup::{Resolved, links};
use super::room::{Counters, Found, pause, runs_out, take};
use super::{Attempt, SettleError};
use crate::domain::amount::Unit;
use crate::domain::decide::leading;
use crate::domain::decision::{Credit, Decision, Outcome};
use crate::domain::id::{AdvocateId, ReferralId, RewardId};
use crate::domain::program::{Fulfilment, Program};
use crate::domain::reconcile::{Case, Change, reconcile, retire};
use crate::domain::referral::{Referral, State};
use crate::domain::signals::is_without_click;
use crate::domain::standing::Advocate;
use crate::store::{Account, FreeCode};

/// When a reward whose pool is empty is looked at again.
const EMPTY_POOL: SignedDuration = SignedDuration::from_mins(10);

/// How many referrals are woken at once; a transaction has room for 100 actions in all.
const WOKEN: usize = 20;

/// Everything that follows from a decision.
#[derive(Default)]
pub(super) struct Changes {
    /// `true`: the referral is new.
    pub(super) referrals: Vec<(Change, bool)>,
    /// The referral that the order then has.
    pub(super) referral: Option<ReferralId>,
    pub(super) counters: Counters,
    pub(super) accounts: BTreeMap<AdvocateId, Account>,
    pub(super) coupons: Vec<(FreeCode, RewardId)>,
    /// Referrals that made good for a debt that has become less.
    pub(super) due: Vec<ReferralId>,
    /// The program whose budget ran out with this order, and the period's name.
    pub(super) ran_out: Option<(Program, String)>,
}

impl Changes {
    /// Nothing is to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.referrals.is_empty() && self.ran_out.is_none()
    }
}

/// What has to change.
pub(super) async fn changes(
    attempt: &Attempt<'_>,
    resolved: &Resolved,
    decision: &Decision,
    found: &Found,
) -> Result<Changes, SettleError> {
    let Attempt { app, owner, event, facts, standing, now, .. } = attempt;
    let case = Case { merchant: owner.merchant, order: &event.order, facts, decision };
    let mut made =
        Changes { referral: attempt.standing_id(), accounts: resolved.accounts.clone(), ..Changes::default() };
    let mut read: BTreeMap<_, _> = made.accounts.iter().map(|(id, account)| (*id, account.version)).collect();
    if let Some((_, link)) = leading(facts, &resolved.candidates).filter(|_| runs_out(found, decision)) {
        let period = found.room.budget.as_ref().map(|room| room.period.clone()).unwrap_or_default();
        pause(&mut made.counters, &link.program, &period);
        made.ran_out = Some((link.program.clone(), period));
    }

    let credit = decision.credit.as_ref().filter(|_| decision.outcome != Outcome::NotCredited);
    // Stronger evidence may have come to light for another advocate: what the first one got goes back.
    let stays = |referral: &&Referral| {
        credit.is_some_and(|credit| referral.advocate == credit.advocate && referral.program == credit.program)
    };
    if let Some(referral) = standing.as_ref().filter(|referral| !stays(referral)) {
        let program = app.store.program_version(owner.merchant, referral.program, referral.program_version).await?;
        let program = program.ok_or_else(|| SettleError::Missing(format!("program {}", referral.program)))?;
        if !made.accounts.contains_key(&referral.advocate)
            && let Some(advocate) = app.store.advocate(referral.advocate).await?
        {
            read.insert(advocate.id, advocate.account.version);
            made.accounts.insert(advocate.id, advocate.account);
        }
        let change = retire(&case, &program, referral, &advocate(&made, referral.advocate), *now);
        made.add(attempt, &program, change, false, &Found::default(), false).await?;
    }
    if let Some(credit) = credit {
        credited(attempt, resolved, &case, credit, found, &mut made).await?;
    }
    made.accounts.retain(|id, account| {
        let Some(before) = read.get(id) else { return false };
        let moved = account.version != *before;
        // Written once, though two referrals of the order may have moved it.
        account.version = before + 1;
        moved
    });
    Ok(made)
}

async fn credited(
    attempt: &Attempt<'_>,
    resolved: &Resolved,
    case: &Case<'_>,
    credit: &Credit,
    found: &Found,
    made: &mut Changes,
) -> Result<(), SettleError> {
    let Attempt { app, facts, standing, now, .. } = attempt;
    let same = standing.as_ref().filter(|it| it.advocate == credit.advocate && it.program == credit.program);
    let existing = match same {
        Some(referral) => Some(referral.clone()),
        None => app.store.referral(case.referral_id(credit)).await?,
    };
    let program = links(&resolved.candidates).map(|link| &link.program).find(|program| program.id == credit.program);
    let program = program.ok_or_else(|| SettleError::Missing(format!("program {}", credit.program)))?;
    let mut change = reconcile(case, credit, program, existing.as_ref(), &advocate(made, credit.advocate), *now);
    if let Some(change) = &mut change {
        change.referral.via = attempt.origin(&credit.code);
    }
    // A referral keeps its id, also when the platform corrects what the id was made of.
    made.referral = Some(existing.as_ref().map_or_else(|| case.referral_id(credit), |referral| referral.id));
    let index = leading(facts, &resolved.candidates).map_or(0, |(index, _)| index);
    let without_click = is_without_click(&resolved.candidates, index);
    made.add(attempt, program, change, existing.is_none(), found, without_click).await
}

fn advocate(made: &Changes, id: AdvocateId) -> Advocate {
    Advocate { clawback: made.accounts.get(&id).map(|account| account.clawback.clone()).unwrap_or_default() }
}

impl Changes {
    /// Adds one referral's change with all that it takes.
    async fn add(
        &mut self,
        attempt: &Attempt<'_>,
        program: &Program,
        change: Option<Change>,
        is_new: bool,
        found: &Found,
        without_click: bool,
    ) -> Result<(), SettleError> {
        let Some(mut change) = change else { return Ok(()) };
        self.give_coupons(attempt, &mut change).await?;
        let before = change.held.clone();
        take(attempt, program, &mut change.referral, &before, found, without_click, &mut self.counters);
        self.move_account(&change);
        self.referrals.push((change, is_new));
        Ok(())
    }

    /// Gives each reward that is owed a coupon the next one of its pool; one for which there is none waits.
    async fn give_coupons(&mut self, attempt: &Attempt<'_>, change: &mut Change) -> Result<(), SettleError> {
        let waiting = change.referral.rewards.iter().filter(|reward| reward.state == State::Approved);
        let waiting: Vec<_> = waiting
            .filter_map(|reward| match reward.fulfilment {
                Fulfilment::CouponPool { pool } if reward.retry_at.is_none() => Some((reward.id, pool)),
                _ => None,
            })
            .collect();
        let reachable = attempt.facts.by_email.is_some();
        for (reward, pool) in waiting {
            let seed = u64::try_from(reward.ulid().0 & u128::from(u64::MAX)).unwrap_or_default();
            let given: Vec<_> = self.coupons.iter().map(|(free, _)| free.code.clone()).collect();
            match attempt.app.store.free_code_beside(pool, seed, &given).await? {
                Some(free) => {
                    change.issue(reward, free.code.clone(), reachable);
                    self.coupons.push((free, reward));
                }
                None => change.wait(reward, attempt.now.checked_add(EMPTY_POOL).unwrap_or(Timestamp::MAX)),
            }
        }
        Ok(())
    }

    /// Moves the advocate's clawback account, and wakes those who made good for more than is owed now.
    fn move_account(&mut self, change: &Change) {
        let makes_good = change.referral.rewards.iter().any(|reward| reward.booked.clawback > 0);
        let account = self.accounts.entry(change.referral.advocate).or_default();
        let known = account.made_good_by.contains(&change.referral.id);
        // Who made good writes the account also when it stays as it is: else a referral that is woken to get something
        // back could be overwritten by what was computed before.
        if change.clawback.is_empty() && !makes_good && !known {
            return;
        }
        for (unit, moved) in &change.clawback {
            *account.clawback.entry(unit.clone()).or_default() += moved;
        }
        account.clawback.retain(|_, minor| *minor != 0);
        if makes_good {
            account.made_good_by.insert(change.referral.id);
        } else {
            account.made_good_by.remove(&change.referral.id);
        }
        let too_much = |unit: &Unit| account.clawback.get(unit).is_some_and(|minor| *minor > 0);
        if change.clawback.keys().any(too_much) {
            // A few at a time: each that gives back what is too much wakes the next ones.
            let others = account.made_good_by.iter().filter(|id| **id != change.referral.id);
            self.due.extend(others.take(WOKEN));
        }
        account.version += 1;
    }
}
