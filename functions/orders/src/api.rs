//! `POST /v1/orders`: order events from a merchant's own system, in the engine's own words. The same path as a webhook
//! from the fold on.

mod asked;
mod event;

use serde_json::json;
use shared::App;
use shared::http::{Answer, ApiError, Begun, Call, begin, save};
use shared::settle::{Owner, settle};

use self::asked::OrderBody;
use self::event::event;

/// `POST /v1/orders`.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: OrderBody = call.json()?;
    body.check(app.now())?;
    let shop = app.store.shop(body.shop).await?.filter(|shop| shop.merchant == merchant);
    let shop = shop.ok_or_else(|| ApiError::not_found("shop"))?;

    let event = event(&app.config.keys, &shop, body);
    let decision = settle(app, Owner { merchant, shop: shop.id }, &event).await?;

    let answer = Answer::accepted(json!({"order": event.order.id, "outcome": decision.outcome}));
    save(app, claim.as_ref(), &answer).await
}
