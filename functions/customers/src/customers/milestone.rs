//! `POST /v1/customers/milestones`: the merchant's own system tells of a good moment, such as a review of five stars.

use serde::Deserialize;
use serde_json::json;
use shared::App;
use shared::domain::email::EmailAddress;
use shared::domain::id::MerchantId;
use shared::domain::program::InviteOn;
use shared::domain::text::Text;
use shared::http::{Answer, ApiError, Call, save};
use shared::store::{AskCause, Claim, NewAsk};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reached {
    email: EmailAddress,
    milestone: Text<64>,
}

/// Notes it for each program that asks on this milestone. The answer names those that will look at the customer.
pub(crate) async fn milestone(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let reached: Reached = call.json()?;
    let person = app.config.keys.person_by_email(merchant, &reached.email);
    let mut noted = Vec::new();
    for program in app.store.programs(merchant).await? {
        let Some(invite) = program.mails.invite.as_ref() else { continue };
        if !matches!(&invite.on, InviteOn::Milestone { name } if *name == *reached.milestone) {
            continue;
        }
        let cause = AskCause::Milestone(reached.milestone.to_string());
        let terms = (invite.delay_hours, invite.again_days);
        let noted_by = claim.as_ref().map(Claim::natural_id);
        let ask = NewAsk { noted_by, ..NewAsk::new(merchant, program.id, person.clone(), cause, terms, app.now()) };
        if app.store.note_ask(&ask).await? {
            noted.push(program.id);
        }
    }
    save(app, claim.as_ref(), &Answer::accepted(json!({"customer": person, "programs": noted}))).await
}
