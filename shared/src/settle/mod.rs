//! The one way that money changes: fold → decide → reconcile → commit. Webhooks, the merchant's own calls, the ends of
//! holds and retries of parked events all come through here.

mod changes;
mod handover;
mod lookup;
mod reopen;
mod replay;

use std::convert::Infallible;
use std::time::Duration;

use jiff::Timestamp;

use self::changes::{changes, outbox_rows};
pub use self::handover::{HandedBy, handed_over};
use self::lookup::{enter, history, links, resolve};
use self::reopen::reopen;
pub use self::replay::{decision_of, replay};
use crate::App;
use crate::app::random;
use crate::domain::decide::{Candidate, History, decide};
use crate::domain::decision::Decision;
use crate::domain::id::{MerchantId, ReferralId, ShopId};
use crate::domain::order::{Facts, OrderEvent, OrderRef, fold};
use crate::domain::program::Program;
use crate::store::{Commit, Entered, Inputs, OrderRow, ProgramName, StoreError};

/// How often a lost race is run again before giving up; eight at once need eight at the most.
const ATTEMPTS: u32 = 10;

/// Whose order it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub merchant: MerchantId,
    pub shop: ShopId,
}

/// Why an order could not be settled.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the order changed under {ATTEMPTS} attempts")]
    Contended,
    #[error("{0} is missing")]
    Missing(String),
}

/// Applies an event and answers the decision as it now is. An event that adds nothing writes nothing.
pub async fn settle(app: &App, owner: Owner, event: &OrderEvent) -> Result<Decision, SettleError> {
    let settled = run(app, owner, event, false).await?;
    if settled.row.reopen {
        reopen(app, owner, &settled.row).await?;
    }
    Ok(settled.decision)
}

/// Looks at an order again because time has passed.
pub async fn settle_due(app: &App, owner: Owner, order: &OrderRef) -> Result<Decision, SettleError> {
    let nothing_new = OrderEvent { order: order.clone(), facts: Facts::default(), contact: None };
    Ok(run(app, owner, &nothing_new, true).await?.decision)
}

/// A decision, and the order as it is stored now.
struct Settled {
    decision: Decision,
    row: OrderRow,
}

/// Runs until no race is lost. `again`: decide again, although the event may say nothing new.
async fn run(app: &App, owner: Owner, event: &OrderEvent, again: bool) -> Result<Settled, SettleError> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            // Full jitter: the losers of a race should not meet again.
            let [jitter] = random::<1>();
            tokio::time::sleep(Duration::from_millis(u64::from(jitter) * u64::from(attempt) / 8)).await;
        }
        match once(app, owner, event, again).await {
            Err(SettleError::Store(failure)) if failure.is_passing() => {
                tracing::debug!(order = %event.order.id, %failure, "lost a race");
            }
            settled => return settled,
        }
    }
    Err(SettleError::Contended)
}

/// One attempt at one order: what was read, and what the event makes of it.
struct Attempt<'a> {
    app: &'a App,
    owner: Owner,
    event: &'a OrderEvent,
    stored: Option<OrderRow>,
    facts: Facts,
    now: Timestamp,
}

async fn once(app: &App, owner: Owner, event: &OrderEvent, again: bool) -> Result<Settled, SettleError> {
    let stored = app.store.order(&event.order).await?;
    let facts = fold(stored.as_ref().map(|row| row.facts.clone()).unwrap_or_default(), event.facts.clone());
    let same = stored.as_ref().is_some_and(|row| row.facts == facts);
    if same
        && !again
        && let Some(row) = stored
    {
        return Ok(Settled { decision: decision_of(&row), row });
    }
    let attempt = Attempt { app, owner, event, stored, facts, now: app.now() };
    let candidates = resolve(&attempt).await?;
    let entered = enter(&attempt, &candidates).await?;
    let history = history(&attempt, &candidates).await?;

    let decision = decide(&attempt.facts, &candidates, &history, attempt.now);
    let (changes, referral) = changes(&attempt, &candidates, &decision).await?;

    if same
        && changes.is_empty()
        && let Some(row) = &attempt.stored
    {
        let standing = decision_of(row);
        // When it was made does not count.
        if (Decision { decided_at: standing.decided_at, ..decision.clone() }) == standing {
            return Ok(Settled { decision: standing, row: row.clone() });
        }
    }
    let reopen = attempt.reopens(entered.as_ref()).await?;
    let row = OrderRow { reopen, ..attempt.row(&candidates, history, &decision, entered, referral) };
    let woken = changes.iter().flat_map(|(change, _)| &change.mails).filter(|mail| !mail.first);
    let commit = Commit {
        expected: attempt.stored.as_ref().map(|row| row.version),
        row,
        wake: woken.map(|mail| mail.id).collect(),
        entries: changes.iter().filter_map(|(change, _)| change.entry.clone()).collect(),
        outbox: outbox_rows(&attempt, &changes, &candidates),
        referrals: changes.into_iter().map(|(change, new)| (change.referral, new)).collect(),
    };
    app.store.commit(&commit, attempt.now).await?;
    let version = commit.row.version;
    tracing::info!(order = %event.order.id, shop = %owner.shop, outcome = ?decision.outcome, version, "order settled");
    Ok(Settled { decision, row: commit.row })
}

impl Attempt<'_> {
    /// The order as it is to be stored.
    fn row(
        &self,
        candidates: &[Candidate],
        history: History,
        decision: &Decision,
        entered: Option<Entered>,
        referral: Option<ReferralId>,
    ) -> OrderRow {
        let name = |program: Program| Ok::<_, Infallible>(ProgramName { id: program.id, version: program.version });
        let named = candidates.iter().cloned().map(|candidate| candidate.try_map_program(name));
        let named: Vec<_> = named.map(|Ok(candidate)| candidate).collect();
        OrderRow {
            order: self.event.order.clone(),
            merchant: self.owner.merchant,
            version: self.stored.as_ref().map_or(1, |row| row.version + 1),
            facts: self.facts.clone(),
            decided_at: self.now,
            inputs: (!named.is_empty()).then_some(Inputs { candidates: named, history }),
            // Stored where a link of ours is on the order; see `decision_of`.
            decision: links(candidates).next().map(|_| decision.clone()),
            referral,
            entered,
            reopen: false,
        }
    }
}
