//! `POST /v1/orders`: order events from a merchant's own system, in the engine's own words. The same path as a webhook
//! from the fold on.

use serde_json::json;
use shared::App;
use shared::domain::id::MerchantId;
use shared::http::{Answer, ApiError, Call, Fault, save};
use shared::platform::Context;
use shared::platform::custom::{OrderBody, event};
use shared::settle::{Owner, settle};
use shared::store::Claim;

use crate::count_notes;

/// `POST /v1/orders`.
pub(crate) async fn create(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let body: OrderBody = call.json()?;
    let now = app.now();
    let shop = body.shop.ok_or_else(|| ApiError::malformed(Fault::new("", "missing field `shop`")))?;
    body.faults(now).finish()?;
    let shop = app.store.shop(shop).await?.filter(|shop| shop.merchant == merchant);
    let shop = shop.ok_or_else(|| ApiError::not_found("shop"))?;

    let event = event(body, Context::of(&shop, &app.config.keys, now));
    count_notes(&event);
    let decision = settle(app, Owner::of(&shop), &event).await?;

    let mut answer = json!({"order": event.order.id, "outcome": decision.outcome});
    if !decision.notes.is_empty() {
        answer["notes"] = json!(decision.notes);
    }
    let answer = Answer::accepted(answer);
    save(app, claim.as_ref(), &answer).await
}
