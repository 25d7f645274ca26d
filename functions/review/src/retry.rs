//! `POST /v1/rewards/{id}/retry`: a code that the platform would not make, or a reward that the merchant's own system did
//! not take over, is tried again after somebody mended what was in its way.

use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::program::Fulfilment;
use shared::domain::referral::State;
use shared::http::{Answer, ApiError, Call, save, views};
use shared::store::{Claim, Message, OutboxRow};

use crate::by_hand::own;

/// Answers the reward, whose problem stands until the code is made. Once for each refusal: asking again meanwhile, or
/// after it was made, changes nothing.
pub(crate) async fn retry(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    saved: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (referral, reward) = own(app, merchant, &call.path("id")).await?;
    match (reward.state, &reward.problem) {
        (State::Approved, Some(_)) if matches!(reward.fulfilment, Fulfilment::Webhook { .. }) => {
            let row = app.store.outbox(Message::hand_over_id(reward.id)).await?;
            if let Some(row) = row {
                // `false`: it is being sent at this moment, which is what was asked for.
                app.store.send_again(&row, app.now()).await?;
            }
        }
        (State::Approved, Some(problem)) => {
            let id = Message::code_retry_id(reward.id, problem.at);
            let message = Message::RewardCode { reward: reward.id };
            app.store.add_outbox(&OutboxRow::queued(id, merchant, message, app.now())).await?;
        }
        (State::Issued | State::Redeemed, _) => {}
        _ => return Err(ApiError::conflict("no_problem", "nothing is known to be in the way of this reward")),
    }
    save(app, saved.as_ref(), &Answer::accepted(views::reward(&referral, &reward))).await
}
