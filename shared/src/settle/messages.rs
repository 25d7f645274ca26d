//! The messages that a change sends, written with it; and the one that can only be known after it: a pool runs low.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::changes::Changes;
use super::lookup::links;
use super::{Attempt, Owner};
use crate::App;
use crate::domain::decide::Candidate;
use crate::domain::id::PoolId;
use crate::domain::program::{Fulfilment, Side};
use crate::domain::reconcile::{Change, Intent};
use crate::store::{About, Commit, Message, Notice, OutboxRow, Recipient, StoreError, Writes};

/// The messages that the changes put into the outbox for the first time.
pub(super) fn outbox_rows(attempt: &Attempt<'_>, changes: &Changes, candidates: &[Candidate]) -> Vec<OutboxRow> {
    let first = |intents: &'_ [Intent]| intents.iter().filter(|intent| intent.first).cloned().collect::<Vec<_>>();
    let mut rows = Vec::new();
    for (change, _) in &changes.referrals {
        rows.extend(first(&change.mails).iter().filter_map(|mail| to_owner(attempt, change, candidates, mail)));
        rows.extend(first(&change.calls).iter().filter_map(|call| hand_over(attempt, change, call)));
    }
    rows.extend(changes.ran_out.iter().map(|(program, period)| {
        // A budget that was raised and ran out again is told of again.
        let limit = program.budget.as_ref().map_or(0, |budget| budget.value.minor());
        let id = Notice::budget_spent_id(program.id, &format!("{period}#{limit}"));
        let (program_name, period) = (program.name.clone(), period.clone());
        let notice = Notice::BudgetSpent { program: program.id, program_name, period };
        OutboxRow::queued(id, program.merchant, Message::Notice { notice }, attempt.now)
    }));
    rows
}

fn to_owner(attempt: &Attempt<'_>, change: &Change, candidates: &[Candidate], mail: &Intent) -> Option<OutboxRow> {
    let Attempt { event, facts, now, .. } = attempt;
    let recipient = match mail.side {
        Side::Advocate => {
            let link = links(candidates).find(|link| link.advocate == change.referral.advocate)?;
            Recipient { person: link.advocate_keys.first()?.clone(), purchase: None }
        }
        Side::Friend => {
            let placed_at = facts.snapshot.as_ref()?.placed_at;
            Recipient { person: facts.person()?.clone(), purchase: Some((event.order.clone(), placed_at)) }
        }
    };
    let about = About::Reward { reward: mail.reward, side: mail.side };
    let message = Message::Mail { mail: mail.mail?, program: change.referral.program, about, recipient };
    Some(OutboxRow::queued(mail.id, change.referral.merchant, message, *now))
}

fn hand_over(attempt: &Attempt<'_>, change: &Change, call: &Intent) -> Option<OutboxRow> {
    let reward = change.referral.rewards.iter().find(|reward| reward.id == call.reward)?;
    let message = match reward.fulfilment {
        Fulfilment::Webhook { endpoint } => Message::HandOver { endpoint, reward: reward.id },
        Fulfilment::PlatformCode => Message::RewardCode { reward: reward.id },
        Fulfilment::CodeAtCheckout | Fulfilment::CouponPool { .. } | Fulfilment::Manual => return None,
    };
    Some(OutboxRow::queued(call.id, change.referral.merchant, message, attempt.now))
}

/// What follows a commit and may fail without harm: the next order that takes from the same pool tells of it then.
pub(super) async fn after(app: &App, owner: Owner, commit: &Commit, now: Timestamp) {
    let given = commit.coupons.iter().map(|(free, _)| free.pool);
    let waiting = commit.referrals.iter().flat_map(|(referral, _)| &referral.rewards).filter_map(|reward| match reward
        .fulfilment
    {
        Fulfilment::CouponPool { pool } if reward.retry_at.is_some() => Some(pool),
        _ => None,
    });
    for pool in given.chain(waiting).collect::<BTreeSet<_>>() {
        if let Err(failure) = tell_if_low(app, owner, pool, now).await {
            tracing::warn!(%pool, %failure, "a pool's stock could not be looked at");
        }
    }
}

/// Tells the merchant that a pool has become low; once, until codes are added.
async fn tell_if_low(app: &App, owner: Owner, pool: PoolId, now: Timestamp) -> Result<(), StoreError> {
    if !app.store.has_become_low(owner.merchant, pool).await? {
        return Ok(());
    }
    let Some(row) = app.store.pool(owner.merchant, pool).await? else { return Ok(()) };
    let left = app.store.stock(pool, row.low_at.saturating_add(1)).await?;
    let notice = Notice::PoolLow { pool_name: row.name, left };
    let id = Notice::pool_low_id(&pool.to_string(), now);
    let mut writes = Writes::default();
    writes.note_low(&app.store, owner.merchant, pool, now)?;
    let row = OutboxRow::queued(id, owner.merchant, Message::Notice { notice }, now);
    app.store.put_outbox(&mut writes, &row)?;
    match app.store.transact(writes).await {
        // Another order was first.
        Err(failure) if failure.is_condition() => Ok(()),
        told => told,
    }
}
