//! What the law gives persons a right to: `/v1/privacy`. Requests, whoever made them, are on record until they are done
//! and after.

mod export;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::domain::email::EmailAddress;
use shared::domain::id::{MerchantId, PrivacyId};
use shared::domain::person::PersonKey;
use shared::domain::privacy::{Progress, Right};
use shared::http::{Answer, ApiError, Call, Fault, Faults, PageRequest, own_shop, page_body, save};
use shared::privacy::{Wanted, given, record, run};
use shared::store::key::Listed;
use shared::store::{Claim, PrivacyRow};

/// Who is meant: by address, by account, or by both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selector {
    email: Option<EmailAddress>,
    shop: Option<String>,
    customer_id: Option<String>,
}

impl Selector {
    /// The keys under which the person may be known.
    async fn persons(&self, app: &App, merchant: MerchantId) -> Result<BTreeSet<PersonKey>, ApiError> {
        let mut faults = Faults::default();
        let needed = "must be given, unless \"shop\" and \"customer_id\" are";
        faults.unless(self.email.is_some() || self.customer_id.is_some() || self.shop.is_some(), "/email", needed);
        faults.unless(self.shop.is_some() || self.customer_id.is_none(), "/shop", "must be the customer's shop");
        let is_id = |id: &String| (1..=128).contains(&id.len()) && !id.chars().any(char::is_control);
        let has_id = self.customer_id.as_ref().map_or(self.shop.is_none(), is_id);
        faults.unless(has_id, "/customer_id", "must be 1 to 128 characters");
        faults.finish()?;
        let keys = &app.config.keys;
        let mut persons: BTreeSet<_> = self.email.iter().map(|email| keys.person_by_email(merchant, email)).collect();
        if let (Some(shop), Some(id)) = (&self.shop, &self.customer_id) {
            let shop = own_shop(app, merchant, shop).await?;
            persons.insert(keys.person_by_customer_id(merchant, &shop.id.to_string(), id));
        }
        Ok(persons)
    }
}

fn wanted(merchant: MerchantId, kind: Right, persons: BTreeSet<PersonKey>, cause: String) -> Wanted {
    Wanted { merchant, kind, platform: None, shop: None, persons, orders: Vec::new(), cause }
}

/// `POST /v1/privacy/export`: all that is kept about a person. Asking again answers what is kept then: an answer full of
/// personal data is not saved for an idempotency key.
pub(crate) async fn export(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let selector: Selector = call.json()?;
    let persons = selector.persons(app, merchant).await?;
    let data = export::data(app, merchant, &persons, &[]).await?;
    let cause = format!("{merchant}#export#{}", app.ulid());
    let row = record(app, wanted(merchant, Right::Export, persons, cause), app.now()).await?;
    Ok(answer(&given(app, row).await?, data))
}

/// `POST /v1/privacy/erase`: forgets a person. What takes longer than the caller should wait is done by `timers`.
pub(crate) async fn erase(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let selector: Selector = call.json()?;
    let persons = selector.persons(app, merchant).await?;
    let cause = format!("{merchant}#erase#{persons:?}");
    let row = record(app, wanted(merchant, Right::Erase, persons, cause), app.now()).await?;
    if let Err(failure) = run(app, row.id).await {
        tracing::warn!(request = %row.id, %failure, "an erasure is left to timers");
    }
    let row = app.store.privacy(row.id).await?.unwrap_or(row);
    save(app, claim.as_ref(), &Answer::accepted(view(&row))).await
}

/// `GET /v1/privacy/requests`, newest first.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let wanted = call.query("state").map(|text| {
        let wrong = || ApiError::invalid(vec![Fault::new("state", "must be one of open, done")]);
        serde_json::from_value::<Progress>(json!(text)).map_err(|_| wrong())
    });
    let wanted = wanted.transpose()?;
    let keep = |row: &PrivacyRow| wanted.is_none_or(|state| state == row.state);
    let found = app.store.list_of(Listed::Privacy, merchant, page.place(), app.now(), keep).await?;
    Ok(Answer::ok(page_body(found.rows.iter().map(view), found.next.as_deref())))
}

/// `GET /v1/privacy/requests/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    Ok(Answer::ok(view(&own(app, merchant, &call.path("id")).await?)))
}

/// `GET /v1/privacy/requests/{id}/data`: what a customer asked for. Whoever fetches it has it, so the request is done.
pub(crate) async fn data(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let row = own(app, merchant, &call.path("id")).await?;
    if row.kind != Right::Export {
        return Err(ApiError::conflict("not_an_export", "the request is to erase data, not to show them"));
    }
    let data = export::data(app, merchant, &row.persons, &row.orders).await?;
    Ok(answer(&given(app, row).await?, data))
}

fn answer(row: &PrivacyRow, mut data: Value) -> Answer {
    data["request"] = view(row);
    Answer::ok(data)
}

async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<PrivacyRow, ApiError> {
    let missing = || ApiError::not_found("privacy request");
    let id: PrivacyId = id.parse().map_err(|_| missing())?;
    app.store.privacy(id).await?.filter(|row| row.merchant == merchant).ok_or_else(missing)
}

/// A request as callers see it.
fn view(row: &PrivacyRow) -> Value {
    json!({
        "id": row.id,
        "kind": row.kind,
        "source": row.platform.map_or("api", |platform| platform.as_str()),
        "shop": row.shop,
        "state": row.state,
        "outcome": row.ending,
        "received_at": row.received_at,
        "due_at": row.due_at,
        "done_at": row.done_at,
        "counts": {
            "person_keys": row.counts.persons,
            "orders": row.counts.orders,
            "links": row.counts.links,
            "parked_events": row.counts.parked,
        },
    })
}
