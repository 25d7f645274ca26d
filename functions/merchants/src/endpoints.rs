//! Where webhooks go: `/v1/webhook-endpoints`. The secret that signs them is ours to make; it is shown once and kept
//! sealed.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::app::random;
use shared::crypto::Sealed;
use shared::domain::endpoint::EndpointUrl;
use shared::domain::id::{EndpointId, MerchantId};
use shared::http::{Answer, ApiError, Begun, Call, Faults, begin, commit};
use shared::store::{Endpoint, Writes};
use shared::webhook::sign::Secret;

use crate::validate::name;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointBody {
    url: String,
    description: Option<String>,
}

/// `POST /v1/webhook-endpoints`.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: EndpointBody = call.json()?;
    let url = EndpointUrl::parse(&body.url, app.reach);
    let mut faults = Faults::default();
    if let Err(refused) = &url {
        faults.unless(false, "/url", refused.to_string());
    }
    if let Some(description) = &body.description {
        name(&mut faults, "/description", description);
    }
    faults.finish()?;

    let (id, secret) = (EndpointId::new(app.ulid()), Secret::new(random()));
    let endpoint = Endpoint {
        id,
        merchant,
        url: url.map(|url| url.as_str().to_owned()).unwrap_or_default(),
        description: body.description.map(|description| description.trim().to_owned()),
        secret: seal(app, id, &secret),
        previous_secret: None,
        created_at: app.now(),
        version: 1,
    };
    let mut writes = Writes::default();
    app.store.put_endpoint(&mut writes, &endpoint)?;
    Ok(commit(app, claim.as_ref(), writes, Answer::created(with_secret(&endpoint, &secret))).await??)
}

/// A body that says nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `POST /v1/webhook-endpoints/{id}/rotate-secret`. The secret until now goes on signing beside the new one until the
/// next rotation.
pub(crate) async fn rotate_secret(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    if !call.body().is_empty() {
        call.json::<Nothing>()?;
    }
    let endpoint = own(app, merchant, &call.path("id")).await?;
    let secret = Secret::new(random());
    let endpoint = Endpoint {
        secret: seal(app, endpoint.id, &secret),
        previous_secret: Some(endpoint.secret),
        version: endpoint.version + 1,
        ..endpoint
    };
    let mut writes = Writes::default();
    app.store.put_endpoint(&mut writes, &endpoint)?;
    // A rotation that two callers make at once would leave one of them with a secret that signs nothing.
    commit(app, claim.as_ref(), writes, Answer::ok(with_secret(&endpoint, &secret))).await?.map_err(|failure| {
        if failure.is_condition() {
            ApiError::conflict("version_conflict", "the endpoint was changed at the same time; try again")
        } else {
            failure.into()
        }
    })
}

/// `GET /v1/webhook-endpoints`. All of them: a merchant has a handful.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let endpoints = app.store.endpoints(merchant).await?;
    let data: Vec<_> = endpoints.iter().map(view).collect();
    Ok(Answer::ok(json!({"data": data, "next": null})))
}

/// `GET /v1/webhook-endpoints/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    Ok(Answer::ok(view(&own(app, merchant, &call.path("id")).await?)))
}

/// `DELETE /v1/webhook-endpoints/{id}`. What was still to be handed over to it is given up.
pub(crate) async fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let endpoint = own(app, merchant, &call.path("id")).await?;
    // Whoever deletes it at the same time deletes it as well as we do.
    app.store.delete_endpoint(merchant, endpoint.id).await?;
    Ok(Answer::ok(json!({"id": endpoint.id, "deleted": true})))
}

async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Endpoint, ApiError> {
    let missing = || ApiError::not_found("webhook endpoint");
    let id: EndpointId = id.parse().map_err(|_| missing())?;
    app.store.endpoint(merchant, id).await?.ok_or_else(missing)
}

fn seal(app: &App, endpoint: EndpointId, secret: &Secret) -> Sealed {
    app.config.keys.seal(&endpoint.to_string(), secret.expose().as_bytes(), random())
}

fn view(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "created_at": endpoint.created_at,
    })
}

/// The one answer that shows the secret.
fn with_secret(endpoint: &Endpoint, secret: &Secret) -> Value {
    let mut body = view(endpoint);
    body["secret"] = json!(secret.expose());
    body
}
