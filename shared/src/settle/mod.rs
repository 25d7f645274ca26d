//! The one way that money changes: fold → decide → reconcile → commit. Webhooks, the merchant's own calls, the ends of
//! holds and retries of parked events all come through here.

mod lookup;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use self::lookup::{enter, history, links, resolve};
use crate::App;
use crate::app::random;
use crate::domain::decide::{Candidate, Finding, History, decide};
use crate::domain::decision::{Decision, Outcome};
use crate::domain::id::{MerchantId, ProgramId, ShopId};
use crate::domain::order::{Facts, OrderEvent, OrderRef, fold};
use crate::domain::program::{Program, Side};
use crate::domain::reconcile::{Case, Change, MailIntent, REWARD_READY, reconcile, retire};
use crate::store::{Commit, Inputs, OrderRow, OutboxRow, OutboxState, ProgramName, Recipient, StoreError};

/// How often a lost race is run again before giving up; eight at once need eight at the most.
const ATTEMPTS: u32 = 10;

/// How long the stream may take to deliver a mail before the sweep looks for it.
const STREAM_GRACE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

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
    run(app, owner, event, false).await
}

/// Looks at an order again because time has passed.
pub async fn settle_due(app: &App, owner: Owner, order: &OrderRef) -> Result<Decision, SettleError> {
    run(app, owner, &OrderEvent { order: order.clone(), facts: Facts::default(), contact: None }, true).await
}

async fn run(app: &App, owner: Owner, event: &OrderEvent, time_passed: bool) -> Result<Decision, SettleError> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            // Full jitter: the losers of a race should not meet again.
            let [jitter] = random::<1>();
            tokio::time::sleep(Duration::from_millis(u64::from(jitter) * u64::from(attempt) / 8)).await;
        }
        match once(app, owner, event, time_passed).await {
            Err(SettleError::Store(failure)) if failure.is_passing() => {
                tracing::debug!(order = %event.order.id, %failure, "lost a race");
            }
            settled => return settled,
        }
    }
    Err(SettleError::Contended)
}

async fn once(app: &App, owner: Owner, event: &OrderEvent, time_passed: bool) -> Result<Decision, SettleError> {
    let now = app.now();
    let stored = app.store.order(&event.order).await?;
    let facts = fold(stored.as_ref().map(|row| row.facts.clone()).unwrap_or_default(), event.facts.clone());
    if let Some(row) = stored.as_ref().filter(|row| row.facts == facts && !time_passed) {
        return Ok(decision_of(row));
    }

    let candidates = resolve(app, owner, &facts, stored.as_ref()).await?;
    let entered = enter(app, owner, event, &facts, &candidates, stored.as_ref()).await?;
    let history = history(app, owner, event, &facts, &candidates).await?;
    let decision = decide(&facts, &candidates, &history, now);
    let (changes, referral) = changes(app, owner, event, &facts, &candidates, &decision, stored.as_ref(), now).await?;

    if time_passed && changes.is_empty() {
        return Ok(decision);
    }
    let with_trail = links(&candidates).next().is_some();
    let names = |candidate: Candidate| {
        candidate.try_map_program(|p| Ok::<_, SettleError>(ProgramName { id: p.id, version: p.version }))
    };
    let outbox = outbox_rows(&changes, &candidates, &facts, event, now);
    let commit = Commit {
        row: OrderRow {
            order: event.order.clone(),
            merchant: owner.merchant,
            version: stored.as_ref().map_or(1, |row| row.version + 1),
            decided_at: now,
            inputs: if candidates.is_empty() {
                None
            } else {
                Some(Inputs { candidates: candidates.into_iter().map(names).collect::<Result<_, _>>()?, history })
            },
            decision: with_trail.then(|| decision.clone()),
            referral,
            entered,
            facts,
        },
        expected: stored.as_ref().map(|row| row.version),
        wake: changes
            .iter()
            .flat_map(|(change, _)| &change.mails)
            .filter(|mail| !mail.first)
            .map(|mail| mail.id)
            .collect(),
        entries: changes.iter().filter_map(|(change, _)| change.entry.clone()).collect(),
        referrals: changes.into_iter().map(|(change, new)| (change.referral, new)).collect(),
        outbox,
    };
    app.store.commit(&commit, now).await?;
    tracing::info!(order = %event.order.id, shop = %owner.shop, outcome = ?decision.outcome, version = commit.row.version, "order settled");
    Ok(decision)
}

/// The decision of a stored order. Where nothing on it is ours the trail is not stored, since it follows from facts and
/// evidence alone: most orders of a shop are so, and should cost one write unit.
pub fn decision_of(row: &OrderRow) -> Decision {
    let without_program = |candidate: &Candidate<ProgramName>| candidate.clone().try_map_program(|_| Err(())).ok();
    row.decision.clone().unwrap_or_else(|| {
        let inputs = row.inputs.iter().flat_map(|inputs| &inputs.candidates);
        let candidates: Vec<Candidate> = inputs.filter_map(without_program).collect();
        decide(&row.facts, &candidates, &History::default(), row.decided_at)
    })
}

/// Decides a stored order again from its stored inputs; what comes out must equal what was stored.
pub async fn replay(app: &App, row: &OrderRow) -> Result<Decision, SettleError> {
    let Some(inputs) = &row.inputs else { return Ok(decision_of(row)) };
    let mut programs = HashMap::new();
    for candidate in &inputs.candidates {
        if let Finding::Link(link) = &candidate.finding {
            let ProgramName { id, version } = link.program;
            let program = app.store.program_version(row.merchant, id, version).await?;
            programs.insert(
                (id, version),
                program.ok_or_else(|| SettleError::Missing(format!("version {version} of program {id}")))?,
            );
        }
    }
    let program = |name: ProgramName| {
        programs
            .get(&(name.id, name.version))
            .cloned()
            .ok_or_else(|| SettleError::Missing(format!("program {}", name.id)))
    };
    let candidates =
        inputs.candidates.iter().map(|c| c.clone().try_map_program(program)).collect::<Result<Vec<_>, _>>()?;
    Ok(decide(&row.facts, &candidates, &inputs.history, row.decided_at))
}

/// What has to change in referrals, and which referral the order then has. `true`: the referral is new.
#[expect(clippy::too_many_arguments, reason = "the one place where everything about an order meets")]
async fn changes(
    app: &App,
    owner: Owner,
    event: &OrderEvent,
    facts: &Facts,
    candidates: &[Candidate],
    decision: &Decision,
    stored: Option<&OrderRow>,
    now: Timestamp,
) -> Result<(Vec<(Change, bool)>, Option<crate::domain::id::ReferralId>), SettleError> {
    let case = Case { merchant: owner.merchant, order: &event.order, facts, decision };
    let standing_id = stored.and_then(|row| row.referral);
    let standing = match standing_id {
        Some(id) => Some(app.store.referral(id).await?.ok_or_else(|| SettleError::Missing(format!("referral {id}")))?),
        None => None,
    };
    let credit = decision.credit.as_ref().filter(|_| decision.outcome != Outcome::NotCredited);
    let Some(credit) = credit else {
        let retired = standing.as_ref().and_then(|referral| retire(&case, referral, now));
        return Ok((retired.map(|change| (change, false)).into_iter().collect(), standing_id));
    };
    let mut changes = Vec::new();
    // Stronger evidence may have come to light for another advocate: what the first one got goes back.
    let (existing, replaced) = match standing {
        Some(referral) if referral.advocate == credit.advocate && referral.program == credit.program => {
            (Some(referral), None)
        }
        other => (app.store.referral(case.referral_id(credit)).await?, other),
    };
    changes.extend(replaced.and_then(|referral| retire(&case, &referral, now)).map(|change| (change, false)));
    let program = program_of(candidates, credit.program)
        .ok_or_else(|| SettleError::Missing(format!("program {}", credit.program)))?;
    let change = reconcile(&case, credit, program, existing.as_ref(), now);
    changes.extend(change.map(|change| (change, existing.is_none())));
    Ok((changes, Some(case.referral_id(credit))))
}

fn program_of(candidates: &[Candidate], program: ProgramId) -> Option<&Program> {
    links(candidates).map(|link| &link.program).find(|candidate| candidate.id == program)
}

fn outbox_rows(
    changes: &[(Change, bool)],
    candidates: &[Candidate],
    facts: &Facts,
    event: &OrderEvent,
    now: Timestamp,
) -> Vec<OutboxRow> {
    let due_at = now.checked_add(STREAM_GRACE).unwrap_or(Timestamp::MAX);
    let row = |change: &Change, mail: &MailIntent| {
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
        Some(OutboxRow {
            id: mail.id,
            kind: REWARD_READY.to_owned(),
            merchant: change.referral.merchant,
            program: change.referral.program,
            program_version: change.referral.program_version,
            reward: mail.reward,
            side: mail.side,
            recipient,
            state: OutboxState::Queued,
            attempts: 0,
            ended: 0,
            created_at: now,
            due_at,
            message_id: None,
            last_error: None,
        })
    };
    let mails = changes
        .iter()
        .flat_map(|(change, _)| change.mails.iter().filter(|mail| mail.first).map(move |mail| (change, mail)));
    mails.filter_map(|(change, mail)| row(change, mail)).collect()
}
