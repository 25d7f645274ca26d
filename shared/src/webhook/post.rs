//! One webhook, from the row that asks for it to the end that is noted.

use super::client::{Client, Reply};
use super::hand_over::note_problem;
use super::health;
use super::outcome::{Outcome, ended, outcome};
use super::sign::{Secret, headers};
use crate::App;
use crate::domain::endpoint::{EndpointUrl, Reach};
use crate::domain::id::{EndpointId, RewardId};
use crate::prepared::{DeliverError, Prepared};
use crate::settle::{HandedBy, handed_over};
use crate::store::{Ended, Endpoint, OutboxRow, Tried};

/// One webhook, ready to go.
pub(crate) struct Post {
    endpoint: Endpoint,
    secrets: Vec<Secret>,
    /// The reward that whoever takes it gives.
    reward: Option<RewardId>,
    body: String,
}

impl Post {
    /// `None`: no secret of the endpoint can be opened.
    pub(super) fn new(app: &App, endpoint: Endpoint, body: String) -> Option<Self> {
        let secrets = secrets(app, &endpoint);
        (!secrets.is_empty()).then_some(Self { endpoint, secrets, reward: None, body })
    }

    pub(super) fn handing_over(self, reward: RewardId) -> Self {
        Self { reward: Some(reward), ..self }
    }
}

/// Looks where an event goes. What it says was written when it happened.
pub(crate) async fn event(
    app: &App,
    row: &OutboxRow,
    endpoint: EndpointId,
    body: &str,
) -> Result<Prepared<Post>, DeliverError> {
    Ok(match app.store.endpoint(row.merchant, endpoint).await? {
        None => Prepared::GiveUp("endpoint deleted"),
        Some(endpoint) if endpoint.disabled.is_some() => Prepared::GiveUp("endpoint disabled"),
        Some(endpoint) => Post::new(app, endpoint, body.to_owned()).map_or(Prepared::Missing("secret"), Prepared::Send),
    })
}

/// The secrets that sign, the current one first, as far as they can be opened.
fn secrets(app: &App, endpoint: &Endpoint) -> Vec<Secret> {
    let previous = endpoint.previous_secret.as_ref().filter(|_| endpoint.overlap_ends(app.now()).is_some());
    let sealed = [Some(&endpoint.secret), previous].into_iter().flatten();
    let opened = sealed.filter_map(|sealed| app.config.keys.open(&endpoint.id.to_string(), sealed).ok());
    opened.filter_map(|secret| String::from_utf8(secret).ok()?.parse().ok()).collect()
}

/// Sends a claimed webhook, and records that a reward was taken.
pub(crate) async fn send(app: &App, client: &Client, row: &OutboxRow, post: Post) -> Ended {
    let Post { endpoint, secrets, reward, body } = post;
    let at = app.now();
    let headers = headers(&secrets, &row.id.to_string(), at.as_second(), body.as_bytes());
    let reply = client.post(&endpoint.url, &headers, body).await;
    if reply == Reply::TimedOut {
        client.rest(endpoint.id, app.now());
    }
    let (outbox, id, tries) = (row.id, endpoint.id, row.tries());
    let answered = outcome(&reply, app.now());
    if let Err(failure) = health::note(app, &endpoint, &answered).await {
        tracing::warn!(endpoint = %id, %failure, "how an endpoint does could not be noted");
    }
    let outcome = match (answered, reward) {
        (Outcome::Taken, Some(reward)) => match Box::pin(handed_over(app, reward, HandedBy::Webhook(id))).await {
            Ok(()) => Outcome::Taken,
            // It goes out once more under the same id, which its receiver has seen.
            Err(failure) => {
                tracing::error!(%outbox, endpoint = %id, %failure, "a webhook was taken, but that is not recorded");
                Outcome::failed("taken, but not recorded")
            }
        },
        (Outcome::Gone, Some(reward)) => {
            // It waits for the endpoint to be switched on again, and looks by itself.
            if let Err(failure) = note_problem(app, id, reward, "endpoint disabled").await {
                tracing::warn!(%outbox, endpoint = %id, %failure, "why a reward waits could not be noted");
            }
            Outcome::Gone
        }
        (answered, _) => answered,
    };
    if outcome == Outcome::Taken {
        tracing::info!(%outbox, endpoint = %id, tries, "webhook taken");
    } else {
        // The host only: path and query may hold a secret of the receiver's.
        let url = EndpointUrl::parse(&endpoint.url, Reach::ThisMachine);
        let host = url.as_ref().map_or("", EndpointUrl::host);
        tracing::warn!(%outbox, endpoint = %id, tries, host, ?outcome, "webhook not taken");
    }
    let status = match reply {
        Reply::Answer { status, .. } => Some(status),
        Reply::TimedOut | Reply::Failed(_) => None,
    };
    Ended { tried: Some(Tried { at, status, error: outcome.error() }), ..ended(row, &outcome, app.now()) }
}
