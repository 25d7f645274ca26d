//! The one way that money changes: fold → decide → reconcile → commit. Webhooks, the merchant's own calls, the ends of
//! holds and retries of parked events all come through here.

mod accounts;
mod acts;
mod changes;
mod enter;
mod handover;
mod history;
mod invites;
mod lookup;
mod merge;
mod messages;
mod origin;
mod people;
mod remember;
mod reopen;
mod replay;
mod room;
mod signs;
mod used;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use jiff::Timestamp;

pub use self::accounts::note_account;
use self::acts::Doing;
pub use self::acts::{Answering, Done, act};
use self::changes::{Changes, changes};
use self::enter::{Entry, enter, keep_contact};
pub use self::handover::{HandedBy, handed_over, not_taken, refused};
use self::history::{Patience, history};
use self::invites::note_invites;
use self::lookup::{Resolved, leave_out_own_visits, links, resolve};
pub use self::merge::merge;
use self::messages::{after, outbox_rows};
use self::people::{LOOKED_AT, Person, TOGETHER, person};
pub use self::remember::remember;
use self::reopen::reopen;
pub use self::replay::{decision_of, replay};
pub use self::room::budget_standing;
use self::room::{Found, room, widen};
use self::signs::look_for_signs;
use crate::App;
use crate::crypto::random;
use crate::domain::decide::{Candidate, History, decide, leading};
use crate::domain::decision::Decision;
use crate::domain::doing::Refusal;
use crate::domain::id::{MerchantId, ReferralId, ShopId};
use crate::domain::order::{Facts, OrderEvent, OrderRef, fold};
use crate::domain::person::PersonKey;
use crate::domain::program::Program;
use crate::domain::referral::Referral;
use crate::domain::tally::Nth;
use crate::store::{ANSWER_AT, Commit, Entered, Inputs, OrderRow, ProgramName, Shop, StoreError};

/// How often a lost race is run again before giving up. Orders of one advocate that share a cap race each other, so a
/// flood of them needs more than two messages about one order do.
const ATTEMPTS: u32 = 24;

/// Whose order it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub merchant: MerchantId,
    pub shop: ShopId,
    /// A program asks buyers of this shop to refer. `false` where nothing new is said of an order.
    pub invites: bool,
}

impl Owner {
    /// Of what a shop says.
    pub fn of(shop: &Shop) -> Self {
        Self { merchant: shop.merchant, shop: shop.id, invites: !shop.invites.is_empty() }
    }
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
    /// An act that is not to be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The call was answered meanwhile, under the same idempotency key.
    #[error("another call with this key was first")]
    Answered,
}

/// Applies an event and answers the decision as it now is. An event that adds nothing writes nothing.
pub async fn settle(app: &App, owner: Owner, event: &OrderEvent) -> Result<Decision, SettleError> {
    let Settled { decision, row, .. } = Box::pin(settled(app, owner, event, Why::Event)).await?;
    Box::pin(used::note_used(app, owner, &row)).await?;
    Ok(decision)
}

async fn settled(app: &App, owner: Owner, event: &OrderEvent, why: Why<'_>) -> Result<Settled, SettleError> {
    let settled = run(app, owner, event, why).await?;
    if !settled.row.reopen.is_empty() {
        Box::pin(reopen(app, owner, &settled.row)).await?;
    }
    Ok(settled)
}

/// Why an order is looked at.
#[derive(Clone, Copy)]
enum Why<'a> {
    /// Something was said of it. If that is nothing new, nothing is to be done.
    Event,
    /// Somebody does something, which goes on record. What it adds is judged with each attempt; the event says nothing.
    Act(&'a Doing<'a>),
    /// Time has passed, or something that it was judged by has changed.
    Again,
}

/// Looks at an order again because time has passed.
pub async fn settle_due(app: &App, owner: Owner, order: &OrderRef) -> Result<Decision, SettleError> {
    settled(app, owner, &nothing_new(order), Why::Again).await.map(|settled| settled.decision)
}

fn nothing_new(order: &OrderRef) -> OrderEvent {
    OrderEvent { order: order.clone(), facts: Facts::default(), contact: None, customer_id: None }
}

/// A decision, and the order as it is stored now.
struct Settled {
    decision: Decision,
    row: OrderRow,
    /// What an act was about, as it is stored now; without an act it is not asked for.
    referral: Option<Referral>,
    /// Something was written.
    is_news: bool,
}

impl Settled {
    /// The order is as it was.
    fn as_it_was(row: OrderRow, referral: Option<Referral>) -> Self {
        Self { decision: decision_of(&row), row, referral, is_news: false }
    }
}

/// Runs until no race is lost.
async fn run(app: &App, owner: Owner, event: &OrderEvent, why: Why<'_>) -> Result<Settled, SettleError> {
    let mut patience = Patience::default();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            // Full jitter: the losers of a race should not meet again.
            let [jitter] = random::<1>();
            tokio::time::sleep(Duration::from_millis(u64::from(jitter) * u64::from(attempt.min(8)) / 8)).await;
        }
        // Boxed, here and below: the SDK's futures are large, and a chain of them would not fit on a thread's stack.
        match Box::pin(once(app, owner, event, why, &mut patience)).await {
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
    /// The referral that the order has so far.
    standing: Option<Referral>,
    facts: Facts,
    now: Timestamp,
}

async fn once(
    app: &App,
    owner: Owner,
    event: &OrderEvent,
    why: Why<'_>,
    patience: &mut Patience,
) -> Result<Settled, SettleError> {
    let stored = app.store.order(&event.order).await?;
    let known = stored.as_ref().map(|row| &row.facts);
    let (about, said) = match why {
        Why::Act(doing) => {
            let about = doing.referral(app).await?;
            let said = doing.act.facts(known, about.as_ref(), doing.by)?;
            (about, said)
        }
        Why::Event | Why::Again => (None, Some(event.facts.clone())),
    };
    let facts = fold(known.cloned().unwrap_or_default(), said.unwrap_or_default());
    let same = stored.as_ref().is_some_and(|row| row.facts == facts);
    if same
        && !matches!(why, Why::Again)
        && let Some(row) = stored
    {
        let about = match (why, row.referral) {
            (Why::Act(_), Some(id)) if about.is_none() => app.store.referral(id).await?,
            _ => about,
        };
        return Ok(Settled::as_it_was(row, about));
    }
    let standing = match stored.as_ref().and_then(|row| row.referral) {
        Some(id) => Some(standing(app, id, about.as_ref()).await?),
        None => None,
    };
    let attempt = Attempt { app, owner, event, stored, standing, facts, now: app.now() };
    let mut resolved = Box::pin(resolve(&attempt)).await?;
    let mut entry = Box::pin(enter(&attempt, &resolved.candidates)).await?;
    let person = Box::pin(buyer(&attempt, &resolved.candidates, entry.as_ref())).await?;
    if let (Some(entry), Some(person)) = (&mut entry, &person) {
        Box::pin(keep_contact(&attempt, &resolved.candidates, entry, person)).await?;
    }
    let entered = entry.map(|entry| entry.entered);
    if let Some(person) = &person {
        leave_out_own_visits(&mut resolved.candidates, |key| person.has(key));
    }
    Box::pin(note_invites(&attempt)).await?;
    let history = match &person {
        Some(person) => Box::pin(history(&attempt, &resolved.candidates, entered.as_ref(), person, patience)).await?,
        None => History::default(),
    };

    let (decision, found) = Box::pin(judge(&attempt, &resolved, &history)).await?;
    if let Why::Act(doing) = why {
        doing.check(decision.outcome, &decision.sentence)?;
    }
    let changes = Box::pin(changes(&attempt, &resolved, &decision, &found)).await?;

    if same
        && changes.is_empty()
        && let Some(row) = &attempt.stored
    {
        let standing = decision_of(row);
        // When it was made does not count.
        if (Decision { decided_at: standing.decided_at, ..decision.clone() }) == standing {
            return Ok(Settled::as_it_was(row.clone(), None));
        }
    }
    let (reopen, nth) = Box::pin(attempt.reopens(entered.as_ref(), &decision, person)).await?;
    let inputs = Inputs { candidates: named(&resolved.candidates), history, room: found.room };
    let row = attempt.row(inputs, &decision, entered, changes.referral, (reopen, nth));
    let (commit, referral) = attempt.commit(row, changes, &resolved, (why, about));
    app.store.commit(&commit, attempt.now).await.map_err(|failure| match failure {
        StoreError::Condition(at) if commit.answer.is_some() && at.contains(&ANSWER_AT) => SettleError::Answered,
        failure => failure.into(),
    })?;
    let version = commit.row.version;
    tracing::info!(order = %event.order.id, shop = %owner.shop, outcome = ?decision.outcome, version, "order settled");
    after(app, owner, &commit, attempt.now).await;
    Ok(Settled { decision, row: commit.row, referral, is_news: true })
}

/// The referral that the order has, read unless it is at hand.
async fn standing(app: &App, id: ReferralId, at_hand: Option<&Referral>) -> Result<Referral, SettleError> {
    match at_hand.filter(|referral| referral.id == id) {
        Some(referral) => Ok(referral.clone()),
        None => app.store.referral(id).await?.ok_or_else(|| SettleError::Missing(format!("referral {id}"))),
    }
}

/// The buyer, if anything is to be known of them before the order is decided. Looked up when the order is in the
/// timelines.
async fn buyer(
    attempt: &Attempt<'_>,
    candidates: &[Candidate],
    entry: Option<&Entry>,
) -> Result<Option<Person>, SettleError> {
    let ours = links(candidates).next().is_some();
    if !ours && !entry.is_some_and(|entry| entry.is_new) {
        return Ok(None);
    }
    let limit = if ours { LOOKED_AT } else { TOGETHER };
    Ok(Some(person(attempt, &attempt.facts, limit).await?))
}

/// Decides, with what limits leave. Where the order's share of a budget is not enough the whole of it is looked at.
async fn judge(
    attempt: &Attempt<'_>,
    resolved: &Resolved,
    history: &History,
) -> Result<(Decision, Found), SettleError> {
    let Resolved { candidates, .. } = resolved;
    let lead = leading(&attempt.facts, candidates).map(|(_, link)| link);
    let mut found = room(attempt, lead).await?;
    let mut decision = decide(&attempt.facts, candidates, history, &found.room, attempt.now);
    if look_for_signs(attempt, lead, &mut found.room, &decision).await? {
        decision = decide(&attempt.facts, candidates, history, &found.room, attempt.now);
    }
    if widen(attempt, lead, &mut found, &decision).await? {
        return Ok((decide(&attempt.facts, candidates, history, &found.room, attempt.now), found));
    }
    Ok((decision, found))
}

/// The candidates with the names of their programs: what is stored.
fn named(candidates: &[Candidate]) -> Vec<Candidate<ProgramName>> {
    let name = |program: Program| Ok::<_, Infallible>(ProgramName { id: program.id, version: program.version });
    let named = candidates.iter().cloned().map(|candidate| candidate.try_map_program(name));
    named.map(|Ok(candidate)| candidate).collect()
}

impl Attempt<'_> {
    /// The order as it is to be stored.
    fn row(
        &self,
        inputs: Inputs,
        decision: &Decision,
        entered: Option<Entered>,
        referral: Option<ReferralId>,
        (reopen, nth): (BTreeSet<(PersonKey, Timestamp)>, Option<Nth>),
    ) -> OrderRow {
        OrderRow {
            order: self.event.order.clone(),
            merchant: self.owner.merchant,
            version: self.stored.as_ref().map_or(1, |row| row.version + 1),
            facts: self.facts.clone(),
            decided_at: self.now,
            // Stored where a link of ours is on the order; see `decision_of`.
            decision: inputs.has_link().then(|| decision.clone()),
            inputs: (!inputs.candidates.is_empty()).then_some(inputs),
            referral,
            entered,
            reopen,
            nth,
            via: decision.credit.as_ref().and_then(|credit| self.origin(&credit.code)),
        }
    }

    /// Everything that is to be written, and what then has become of the referral that an act is about.
    fn commit(
        &self,
        row: OrderRow,
        changes: Changes,
        resolved: &Resolved,
        (why, about): (Why<'_>, Option<Referral>),
    ) -> (Commit, Option<Referral>) {
        let messages = changes.referrals.iter().flat_map(|(change, _)| change.mails.iter().chain(&change.calls));
        let mut commit = Commit {
            expected: self.stored.as_ref().map(|row| row.version),
            wake: messages.filter(|message| !message.first).map(|message| message.id).collect(),
            entries: changes.referrals.iter().filter_map(|(change, _)| change.entry.clone()).collect(),
            outbox: outbox_rows(self, &changes, &resolved.candidates),
            counters: changes.counters,
            accounts: changes.accounts,
            coupons: changes.coupons,
            due: changes.due,
            audit: Vec::new(),
            answer: None,
            referrals: changes.referrals.into_iter().map(|(change, new)| (change.referral, new)).collect(),
            row,
        };
        let Why::Act(doing) = why else { return (commit, None) };
        let id = about.as_ref().map(|referral| referral.id).or(commit.row.referral);
        let written = commit.referrals.iter().map(|(referral, _)| referral).find(|referral| Some(referral.id) == id);
        let as_before = || about.or_else(|| self.standing.clone()).filter(|referral| Some(referral.id) == id);
        let referral = written.cloned().or_else(as_before);
        commit.audit.push(doing.audit(&commit.row));
        commit.answer = doing.answering.and_then(|answering| answering(&commit.row, referral.as_ref()));
        (commit, referral)
    }
}
