//! Has codes of rewards tried now that wait for a shop's platform, because it has new access to it: those that are put off,
//! those that were refused, and those that are to be taken away. Links' codes are seen to by the job beside this one.
//!
//! Costs a page of the merchant's list per 100 referrals and a read for each reward that is a code and is not handed over.

use super::{Step, StepError};
use crate::App;
use crate::domain::program::Fulfilment;
use crate::domain::referral::{Referral, Reward, State};
use crate::store::key::Listed;
use crate::store::{JobRow, Message, OutboxRow, Shop, StoreError};

/// Referrals of all the merchant's shops per step.
const PAGE: usize = 100;

pub(super) async fn step(app: &App, shop: &Shop, row: &JobRow) -> Result<Step, StepError> {
    let (merchant, after) = (row.merchant, row.cursor.as_deref());
    if after.is_none() {
        // A change of a program's terms may wait too.
        for program in app.store.programs(merchant).await?.iter().filter(|program| program.shop == shop.id) {
            app.store.hasten_outbox(Message::discount_id(program.id, program.version), app.now()).await?;
        }
    }
    let page = app.store.list::<Referral>(Listed::Referrals, merchant, after, PAGE, app.now()).await?;
    let (mut seen, mut entered) = (0, 0);
    for referral in page.rows.iter().filter(|referral| referral.order.shop == shop.id) {
        for reward in referral.rewards.iter().filter(|reward| waits(reward)) {
            seen += 1;
            entered += u64::from(try_now(app, referral, reward).await?);
        }
    }
    Ok(Step { next: page.next, seen, entered, checks: false })
}

/// The platform may have something to do for it: to make its code, or to take it away.
fn waits(reward: &Reward) -> bool {
    let is_open = matches!(reward.state, State::Approved | State::Void | State::Flagged | State::Pending);
    reward.fulfilment == Fulfilment::PlatformCode && reward.code_calls > 0 && is_open
}

async fn try_now(app: &App, referral: &Referral, reward: &Reward) -> Result<bool, StoreError> {
    let Some(problem) = reward.problem.as_ref().filter(|_| reward.state == State::Approved) else {
        let id = Message::reward_code_id(reward.id, reward.code_calls);
        return app.store.hasten_outbox(id, app.now()).await;
    };
    let id = Message::code_retry_id(reward.id, problem.at);
    let message = Message::RewardCode { reward: reward.id };
    let retried = app.store.add_outbox(&OutboxRow::queued(id, referral.merchant, message, app.now())).await?;
    // It was tried again after that refusal already, and waits.
    if retried { Ok(true) } else { app.store.hasten_outbox(id, app.now()).await }
}
