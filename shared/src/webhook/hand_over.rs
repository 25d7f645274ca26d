//! Hands a reward over to the merchant's own system, which gives it: a webhook of ids, never of persons. Once it is
//! taken, that is recorded with the reward, and only then is the webhook settled.

use serde_json::json;

use super::client::{Client, Reply};
use super::outcome::{Outcome, ended, outcome};
use super::sign::{Secret, headers};
use crate::App;
use crate::delivery::{DeliverError, Verdict};
use crate::domain::endpoint::{EndpointUrl, Reach};
use crate::domain::id::{EndpointId, RewardId};
use crate::domain::referral::{Referral, Reward, State};
use crate::settle::{HandedBy, handed_over};
use crate::store::{Ended, Endpoint, OutboxRow};

/// One webhook, ready to go.
pub(crate) struct Post {
    endpoint: EndpointId,
    url: String,
    secrets: Vec<Secret>,
    reward: RewardId,
    body: String,
}

/// Writes the webhook, if its reward stands.
pub(crate) async fn hand_over(
    app: &App,
    row: &OutboxRow,
    endpoint: EndpointId,
    reward: RewardId,
) -> Result<Verdict, DeliverError> {
    let Some(referral) = app.store.referral(reward.referral()).await? else {
        return Ok(Verdict::Missing("referral"));
    };
    let standing = match referral.rewards.iter().find(|known| known.id == reward) {
        Some(standing) if standing.state == State::Approved => standing,
        Some(taken) if matches!(taken.state, State::Issued | State::Redeemed) => return Ok(Verdict::Done),
        Some(_) | None => return Ok(Verdict::Withhold),
    };
    let Some(endpoint) = app.store.endpoint(row.merchant, endpoint).await? else {
        return Ok(Verdict::GiveUp("endpoint deleted"));
    };
    let secrets = secrets(app, &endpoint);
    if secrets.is_empty() {
        return Ok(Verdict::Missing("secret"));
    }
    let body = body(row, &referral, standing);
    Ok(Verdict::Post(Post { endpoint: endpoint.id, url: endpoint.url, secrets, reward, body }))
}

/// The secrets that can be opened, the current one first.
fn secrets(app: &App, endpoint: &Endpoint) -> Vec<Secret> {
    let sealed = [Some(&endpoint.secret), endpoint.previous_secret.as_ref()].into_iter().flatten();
    let opened = sealed.filter_map(|sealed| app.config.keys.open(&endpoint.id.to_string(), sealed).ok());
    opened.filter_map(|secret| String::from_utf8(secret).ok()?.parse().ok()).collect()
}

fn body(row: &OutboxRow, referral: &Referral, reward: &Reward) -> String {
    let body = json!({
        "type": "reward.approved",
        "timestamp": row.created_at,
        "data": {
            "reward": reward.id,
            "advocate": referral.advocate,
            "side": reward.side,
            "kind": reward.kind,
            "value": reward.value,
            "referral": referral.id,
            "order": {"shop": referral.order.shop, "id": referral.order.id},
        },
    });
    body.to_string()
}

/// Sends a claimed webhook, and records that it was taken.
pub(crate) async fn send(app: &App, client: &Client, row: &OutboxRow, post: Post) -> Ended {
    let headers = headers(&post.secrets, &row.id.to_string(), app.now().as_second(), post.body.as_bytes());
    let reply = client.post(&post.url, &headers, post.body).await;
    if reply == Reply::TimedOut {
        client.rest(post.endpoint, app.now());
    }
    let (outbox, endpoint, tries) = (row.id, post.endpoint, row.tries());
    let outcome = match outcome(&reply, app.now()) {
        Outcome::Taken => {
            tracing::info!(%outbox, %endpoint, tries, "webhook taken");
            match handed_over(app, post.reward, HandedBy::Webhook(endpoint)).await {
                Ok(()) => Outcome::Taken,
                // It goes out once more under the same id, which its receiver has seen.
                Err(failure) => {
                    tracing::error!(%outbox, %endpoint, %failure, "a webhook was taken, but that is not recorded");
                    Outcome::failed("taken, but not recorded")
                }
            }
        }
        failed => {
            // The host only: path and query may hold a secret of the receiver's.
            let url = EndpointUrl::parse(&post.url, Reach::ThisMachine);
            let host = url.as_ref().map_or("", EndpointUrl::host);
            tracing::warn!(%outbox, %endpoint, tries, host, outcome = ?failed, "webhook not taken");
            failed
        }
    };
    ended(row, &outcome, app.now())
}
