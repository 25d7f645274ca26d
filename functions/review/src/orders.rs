//! Why: the decision behind one order, with its whole trail.

use serde_json::{Value, json};
use shared::App;
use shared::domain::decision::Outcome;
use shared::domain::order::{OrderRef, PlatformId};
use shared::http::{Answer, ApiError, Call, Fault, own_shop};
use shared::settle::{decision_of, replay};
use shared::store::OrderRow;

/// `GET /v1/orders/{shop}/{order}/why`. With `?replay=true` the decision is made again from its stored inputs.
pub(crate) async fn why(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let is_replayed = match call.query("replay").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(ApiError::invalid(vec![Fault::new("replay", "must be true or false")])),
    };
    let shop = own_shop(app, merchant, &call.path("shop")).await?;
    let id: PlatformId = call.path("order").parse().map_err(|_| ApiError::not_found("order"))?;
    let row = app.store.order(&OrderRef { shop: shop.id, id }).await?.ok_or_else(|| ApiError::not_found("order"))?;

    let mut body = view(&row);
    if is_replayed {
        let replayed = replay(app, &row).await?;
        let bytes = |decision| serde_json::to_vec(decision).map_err(ApiError::internal);
        body["replay"] = json!({"equal": bytes(&replayed)? == bytes(&decision_of(&row))?});
    }
    Ok(Answer::ok(body))
}

/// An order's decision with its whole trail.
pub(crate) fn view(row: &OrderRow) -> Value {
    let decision = decision_of(row);
    let credited = decision.credit.as_ref().filter(|_| decision.outcome != Outcome::NotCredited);
    json!({
        "shop": row.order.shop,
        "order": row.order.id,
        "outcome": decision.outcome,
        "sentence": decision.sentence,
        "counterfactual": decision.counterfactual,
        "advocate": credited.map(|credit| credit.advocate),
        "referral": row.referral,
        "program": decision.credit.as_ref().map(|credit| credit.program),
        "program_version": decision.credit.as_ref().map(|credit| credit.program_version),
        "decided_at": decision.decided_at,
        "candidates": decision.candidates,
        "rules": decision.rules,
        "rewards": decision.rewards,
        "score": decision.signals.iter().map(|line| line.points).sum::<u32>(),
        "signals": decision.signals,
        "notes": decision.notes,
        "net": decision.net,
        "refunded": decision.refunded,
    })
}
