//! What the merchant's own systems say of customers: `/v1/customers`. It decides whom programs ask to refer, and when not.
//! Customers are named by e-mail address in bodies, never in addresses; an answer names them by a pseudonym.

mod change;
mod columns;
mod import;
mod milestone;
mod welcome;

use serde_json::{Value, json};
use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::invite::Reason;
use shared::domain::person::PersonKey;
use shared::http::{Answer, ApiError, Call, Fault, PageRequest, page_body};
use shared::invites::reach;
use shared::store::{AskCause, AskRow, AskState, PersonRow};

use self::change::{Change, apply};
pub(crate) use self::import::import;
pub(crate) use self::milestone::milestone;
pub(crate) use self::welcome::welcome;

/// `PATCH /v1/customers`. What is left out stays, `null` takes it away.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let (change, told): (Change, _) = call.act()?;
    change.check("").map_err(ApiError::invalid)?;
    let person = apply(app, merchant, &change, Some(&told)).await?;
    view(app, merchant, &person).await.map(Answer::ok)
}

/// `GET /v1/customers/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let person: PersonKey = call.path("id").parse().map_err(|_| ApiError::not_found("customer"))?;
    view(app, merchant, &person).await.map(Answer::ok)
}

/// `GET /v1/invites`, newest first: whom programs ask, and why others not.
pub(crate) async fn invites(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let wanted = call.query("state").map(|text| {
        let names: Vec<_> = AskState::ALL.iter().filter_map(|state| json!(state).as_str().map(str::to_owned)).collect();
        let wrong = || ApiError::invalid(vec![Fault::new("state", format!("must be one of {}", names.join(", ")))]);
        serde_json::from_value::<AskState>(json!(text)).map_err(|_| wrong())
    });
    let wanted = wanted.transpose()?;
    let keep = |row: &AskRow| wanted.is_none_or(|state| state == row.state);
    let found = app.store.asks(merchant, page.place(), app.now(), keep).await?;
    let views = found.rows.iter().map(|row| {
        let mut view = ask_view(row);
        view["customer"] = json!(row.person);
        view
    });
    Ok(Answer::ok(page_body(views, found.next.as_deref())))
}

/// The customer as callers see it: no name and no address, which the merchant has.
async fn view(app: &App, merchant: MerchantId, person: &PersonKey) -> Result<Value, ApiError> {
    let row = app.store.person(merchant, person).await?.ok_or_else(|| ApiError::not_found("customer"))?;
    let asks = asks(app, merchant, [person]).await?;
    let mailable = reach(&row).map(|contact| contact.email.is_mailable());
    let PersonRow { customer, advocate, unsubscribed_at, muted, suppressed, asked_at, erased_at, .. } = row;
    let told = customer.unwrap_or_default();
    Ok(json!({
        "id": person,
        "advocate": advocate,
        "locale": told.contact.as_ref().and_then(|contact| contact.locale.as_ref()),
        "time_zone": told.time_zone,
        "orders": told.orders,
        "spend": told.spend,
        "last_order_at": told.last_order_at,
        "refunded_at": told.refunded_at,
        "tags": told.tags,
        "loyalty_tier": told.tier,
        "do_not_ask": told.do_not_ask,
        "open_ticket": told.open_ticket,
        "opted_in": told.opted_in,
        "unsubscribed_at": unsubscribed_at,
        "unsubscribed_from": muted,
        "suppressed": suppressed,
        "mailable": mailable,
        "erased_at": erased_at,
        "asked_at": asked_at,
        "invites": asks,
    }))
}

/// How the merchant's programs stand to these persons.
pub(crate) async fn asks(
    app: &App,
    merchant: MerchantId,
    persons: impl IntoIterator<Item = &PersonKey>,
) -> Result<Vec<Value>, ApiError> {
    let programs = app.store.programs(merchant).await?;
    let mut asks = Vec::new();
    for person in persons {
        for program in &programs {
            asks.extend(app.store.ask(program.id, person).await?.as_ref().map(ask_view));
        }
    }
    Ok(asks)
}

fn ask_view(row: &AskRow) -> Value {
    let is_open = matches!(row.state, AskState::Waiting | AskState::Asked);
    let cause = match &row.cause {
        AskCause::Order(order) => json!({"order": {"shop": order.shop, "id": order.id}}),
        AskCause::Milestone(name) => json!({"milestone": name}),
    };
    json!({
        "program": row.program,
        "state": row.state,
        "reason": row.reason,
        "detail": row.reason.map(Reason::sentence),
        "cause": cause,
        "asked": row.asked,
        "asked_at": row.asked_at,
        "noted_at": row.noted_at,
        "due_at": is_open.then_some(row.due_at),
    })
}
