//! Whether an endpoint takes anything at all. One that took nothing for days, or wants no more, is switched off, and the
//! merchant is told: else each message to it would be tried for a day, and nobody would look.

use jiff::{SignedDuration, Timestamp};

use super::outcome::Outcome;
use crate::App;
use crate::domain::endpoint::{EndpointUrl, Reach};
use crate::store::{Disabled, DisabledWhy, Endpoint, StoreError};

/// How long an endpoint may take nothing.
const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Failures further apart than this are no row of failures: there was nothing to take in between.
const GAP: SignedDuration = SignedDuration::from_hours(48);

/// Notes what came of a try. `endpoint`: as it was before.
pub(super) async fn note(app: &App, endpoint: &Endpoint, outcome: &Outcome) -> Result<(), StoreError> {
    let now = app.now();
    let why = match outcome {
        Outcome::Taken if endpoint.failing_since.is_some() => return app.store.endpoint_works(endpoint).await,
        Outcome::Taken => return Ok(()),
        Outcome::Gone => DisabledWhy::Gone,
        Outcome::Failed { .. } => match since(endpoint, now) {
            Some(since) if PATIENCE <= now.duration_since(since) => DisabledWhy::Failing,
            since => return app.store.endpoint_failed(endpoint, since, now).await,
        },
    };
    let url = EndpointUrl::parse(&endpoint.url, Reach::ThisMachine);
    let host = url.as_ref().map_or("", EndpointUrl::host);
    if app.store.disable_endpoint(endpoint, host, Disabled { at: now, why }).await? {
        tracing::warn!(endpoint = %endpoint.id, host, ?why, "endpoint switched off");
    }
    Ok(())
}

/// Since when it fails, if this failure is not the first.
fn since(endpoint: &Endpoint, now: Timestamp) -> Option<Timestamp> {
    let goes_on = |failed_at: &Timestamp| now.duration_since(*failed_at) <= GAP;
    endpoint.failed_at.filter(goes_on).and(endpoint.failing_since)
}
