//! Where webhooks go: `/v1/webhook-endpoints`. The secret that signs them is ours to make; it is shown once and kept
//! sealed.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::app::random;
use shared::crypto::Sealed;
use shared::domain::endpoint::EndpointUrl;
use shared::domain::event::{Subscription, UnknownEvent};
use shared::domain::id::{EndpointId, MerchantId};
use shared::events::daily;
use shared::http::{Answer, ApiError, Call, Faults, Patch, commit};
use shared::outbound::leads_inside;
use shared::store::{Claim, Disabled, DisabledWhy, Endpoint, StoreError, Writes};
use shared::webhook::sign::Secret;

use crate::deliveries::resend_hand_overs;
use crate::validate::name;

/// More than there are events.
const MOST_EVENTS: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointBody {
    url: String,
    description: Option<String>,
    /// Left out: none but rewards to hand over.
    #[serde(default)]
    events: Vec<String>,
}

/// `POST /v1/webhook-endpoints`.
pub(crate) async fn create(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (body, told): (EndpointBody, _) = call.act()?;
    let mut faults = Faults::default();
    let url = address(app, &mut faults, &body.url).await;
    if let Some(description) = &body.description {
        name(&mut faults, "/description", description);
    }
    let events = subscription(&mut faults, &body.events);
    faults.finish()?;

    let (id, secret) = (EndpointId::new(app.ulid()), Secret::new(random()));
    let endpoint = Endpoint {
        id,
        merchant,
        url: url.unwrap_or_default(),
        description: body.description.map(|description| description.trim().to_owned()),
        events,
        secret: seal(app, id, &secret),
        previous_secret: None,
        rotated_at: None,
        failing_since: None,
        failed_at: None,
        disabled: None,
        created_at: app.now(),
        version: 1,
    };
    let mut writes = Writes::default();
    app.store.put_endpoint(&mut writes, &endpoint)?;
    told.record(app, &mut writes, merchant, ("create_endpoint", &id.to_string()))?;
    daily::begin(app, &mut writes, &endpoint).await?;
    Ok(commit(app, claim.as_ref(), writes, Answer::created(with_secret(app, &endpoint, &secret))).await??)
}

/// The address as it is kept, if webhooks may go there.
async fn address(app: &App, faults: &mut Faults, text: &str) -> Option<String> {
    let refused = match EndpointUrl::parse(text, app.reach) {
        Ok(url) if !leads_inside(&url, app.reach).await => return Some(url.as_str().to_owned()),
        Ok(_) => "must be the address of a public host: this name leads inside".to_owned(),
        Err(refused) => refused.to_string(),
    };
    faults.unless(false, "/url", refused);
    None
}

fn subscription(faults: &mut Faults, events: &[String]) -> Subscription {
    let mut subscription = Subscription::default();
    faults.unless(events.len() <= MOST_EVENTS, "/events", format!("must have at most {MOST_EVENTS} entries"));
    for (n, event) in events.iter().take(MOST_EVENTS).enumerate() {
        if let Err(unknown @ UnknownEvent) = subscription.add(event) {
            faults.unless(false, format!("/events/{n}"), unknown.to_string());
        }
    }
    subscription
}

/// What can be said of whether an endpoint is on.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Disabled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    url: Option<String>,
    #[serde(default)]
    description: Patch<String>,
    events: Option<Vec<String>>,
    state: Option<State>,
}

/// `PATCH /v1/webhook-endpoints/{id}`. Also the way to switch on again one that was switched off.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let before = own(app, merchant, &call.path("id")).await?;
    let (body, told): (ChangeBody, _) = call.act()?;
    let mut faults = Faults::default();
    let mut endpoint = Endpoint { version: before.version + 1, ..before.clone() };
    if let Some(url) = &body.url
        && let Some(url) = address(app, &mut faults, url).await
    {
        endpoint.url = url;
    }
    if let Patch::Set(description) = &body.description {
        name(&mut faults, "/description", description);
    }
    endpoint.description = body.description.applied_to(before.description.as_ref()).map(|text| text.trim().to_owned());
    if let Some(events) = &body.events {
        endpoint.events = subscription(&mut faults, events);
    }
    faults.finish()?;
    match body.state {
        Some(State::Active) => endpoint.disabled = None,
        Some(State::Disabled) if before.disabled.is_none() => {
            endpoint.disabled = Some(Disabled { at: app.now(), why: DisabledWhy::ByHand });
        }
        Some(State::Disabled) | None => {}
    }
    if endpoint.url != before.url || (before.disabled.is_some() && endpoint.disabled.is_none()) {
        // What failed before says nothing of what is there now.
        (endpoint.failing_since, endpoint.failed_at) = (None, None);
    }

    let mut writes = Writes::default();
    app.store.put_endpoint(&mut writes, &endpoint)?;
    told.record_change(app, &mut writes, merchant, ("change_endpoint", &endpoint.id.to_string()))?;
    daily::begin(app, &mut writes, &endpoint).await?;
    app.store.transact(writes).await.map_err(changed_meanwhile)?;
    if before.disabled.is_some() && endpoint.disabled.is_none() {
        // What is owed goes out now. A reward that is not found here looks by itself within the hour.
        resend_hand_overs(app, &endpoint, call.deadline_ms()).await?;
    }
    Ok(Answer::ok(view(app, &endpoint)))
}

fn changed_meanwhile(failure: StoreError) -> ApiError {
    if failure.is_condition() {
        return ApiError::conflict("version_conflict", "the endpoint was changed at the same time; try again");
    }
    failure.into()
}

/// A body that says nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// `POST /v1/webhook-endpoints/{id}/rotate-secret`. The secret until now goes on signing beside the new one for a day, or
/// until the next rotation.
pub(crate) async fn rotate_secret(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (Nothing {}, told) = call.act()?;
    let endpoint = own(app, merchant, &call.path("id")).await?;
    let secret = Secret::new(random());
    let endpoint = Endpoint {
        secret: seal(app, endpoint.id, &secret),
        previous_secret: Some(endpoint.secret),
        rotated_at: Some(app.now()),
        version: endpoint.version + 1,
        ..endpoint
    };
    let mut writes = Writes::default();
    app.store.put_endpoint(&mut writes, &endpoint)?;
    told.record(app, &mut writes, merchant, ("rotate_secret", &endpoint.id.to_string()))?;
    // A rotation that two callers make at once would leave one of them with a secret that signs nothing.
    let answer = Answer::ok(with_secret(app, &endpoint, &secret));
    commit(app, claim.as_ref(), writes, answer).await?.map_err(changed_meanwhile)
}

/// `GET /v1/webhook-endpoints`. All of them: a merchant has a handful.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let endpoints = app.store.endpoints(merchant).await?;
    let data: Vec<_> = endpoints.iter().map(|endpoint| view(app, endpoint)).collect();
    Ok(Answer::ok(json!({"data": data, "next": null})))
}

/// `GET /v1/webhook-endpoints/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    Ok(Answer::ok(view(app, &own(app, merchant, &call.path("id")).await?)))
}

/// `DELETE /v1/webhook-endpoints/{id}`. What was still to be handed over to it is given up.
pub(crate) async fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let endpoint = own(app, merchant, &call.path("id")).await?;
    let (Nothing {}, told) = call.act()?;
    let mut writes = Writes::default();
    app.store.delete_endpoint(&mut writes, merchant, endpoint.id)?;
    told.record(app, &mut writes, merchant, ("delete_endpoint", &endpoint.id.to_string()))?;
    match app.store.transact(writes).await {
        // Whoever deletes it at the same time deletes it as well as we do.
        Err(failure) if failure.is_condition() => {}
        deleted => deleted?,
    }
    Ok(Answer::ok(json!({"id": endpoint.id, "deleted": true})))
}

/// The merchant's own endpoint; another's does not exist for this caller.
pub(crate) async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Endpoint, ApiError> {
    let missing = || ApiError::not_found("webhook endpoint");
    let id: EndpointId = id.parse().map_err(|_| missing())?;
    app.store.endpoint(merchant, id).await?.ok_or_else(missing)
}

fn seal(app: &App, endpoint: EndpointId, secret: &Secret) -> Sealed {
    app.config.keys.seal(&endpoint.to_string(), secret.expose().as_bytes(), random())
}

fn view(app: &App, endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "state": if endpoint.disabled.is_some() { "disabled" } else { "active" },
        "disabled": endpoint.disabled,
        "failing_since": endpoint.failing_since,
        "previous_secret_until": endpoint.overlap_ends(app.now()),
        "created_at": endpoint.created_at,
    })
}

/// The one answer that shows the secret.
fn with_secret(app: &App, endpoint: &Endpoint, secret: &Secret) -> Value {
    let mut body = view(app, endpoint);
    body["secret"] = json!(secret.expose());
    body
}
