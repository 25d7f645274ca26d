//! What a decision changes: referrals with their rewards, ledger entries, and mails.

use super::lookup::links;
use super::{Attempt, SettleError};
use crate::domain::decide::Candidate;
use crate::domain::decision::{Decision, Outcome};
use crate::domain::id::{ProgramId, ReferralId};
use crate::domain::program::{Program, Side};
use crate::domain::reconcile::{Case, Change, MailIntent, reconcile, retire};
use crate::store::{Message, OutboxRow, Recipient};

/// What has to change in referrals, and which referral the order then has. `true`: the referral is new.
pub(super) async fn changes(
    attempt: &Attempt<'_>,
    candidates: &[Candidate],
    decision: &Decision,
) -> Result<(Vec<(Change, bool)>, Option<ReferralId>), SettleError> {
    let Attempt { app, owner, event, facts, now, .. } = attempt;
    let case = Case { merchant: owner.merchant, order: &event.order, facts, decision };
    let standing_id = attempt.stored.as_ref().and_then(|row| row.referral);
    let standing = match standing_id {
        Some(id) => Some(app.store.referral(id).await?.ok_or_else(|| SettleError::Missing(format!("referral {id}")))?),
        None => None,
    };
    let credit = decision.credit.as_ref().filter(|_| decision.outcome != Outcome::NotCredited);
    let Some(credit) = credit else {
        let retired = standing.as_ref().and_then(|referral| retire(&case, referral, *now));
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
    changes.extend(replaced.and_then(|referral| retire(&case, &referral, *now)).map(|change| (change, false)));
    let program = program_of(candidates, credit.program)
        .ok_or_else(|| SettleError::Missing(format!("program {}", credit.program)))?;
    let change = reconcile(&case, credit, program, existing.as_ref(), *now);
    // A referral keeps its id, also when the platform corrects what the id was made of.
    let id = existing.as_ref().map_or_else(|| case.referral_id(credit), |referral| referral.id);
    changes.extend(change.map(|change| (change, existing.is_none())));
    Ok((changes, Some(id)))
}

fn program_of(candidates: &[Candidate], program: ProgramId) -> Option<&Program> {
    links(candidates).map(|link| &link.program).find(|candidate| candidate.id == program)
}

/// The mails that the changes put into the outbox for the first time.
pub(super) fn outbox_rows(
    attempt: &Attempt<'_>,
    changes: &[(Change, bool)],
    candidates: &[Candidate],
) -> Vec<OutboxRow> {
    let Attempt { event, facts, now, .. } = attempt;
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
        let message = Message::RewardReady {
            program: change.referral.program,
            program_version: change.referral.program_version,
            reward: mail.reward,
            side: mail.side,
            recipient,
        };
        Some(OutboxRow::queued(mail.id, change.referral.merchant, message, *now))
    };
    let mails = changes
        .iter()
        .flat_map(|(change, _)| change.mails.iter().filter(|mail| mail.first).map(move |mail| (change, mail)));
    mails.filter_map(|(change, mail)| row(change, mail)).collect()
}
