//! Does what has become due, every minute: ends holds, retries parked events, and sends the mails that the stream did
//! not deliver. Nothing here is a path of its own: each kind of work goes the way that it first came.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use shared::App;
use shared::domain::id::{OutboxId, ReferralId};
use shared::mail::{Mailer, deliver};
use shared::parking;
use shared::settle::{Owner, settle_due};
use shared::store::key::SHARDS;

/// Items per shard and round.
const PAGE: usize = 100;
/// Rounds in one run: what is left then waits a minute.
const ROUNDS: usize = 10;

/// Sweeps all shards. Answers how much was done.
pub async fn handle(app: &App, mailer: &Mailer, _tick: LambdaEvent<Value>) -> Result<Value, Error> {
    let mut handled = 0;
    for shard in 0..SHARDS {
        for _ in 0..ROUNDS {
            let due = app.store.due(shard, app.now(), i32::try_from(PAGE)?).await?;
            let mut done = 0;
            for item in &due {
                match run(app, mailer, &item.pk).await {
                    Ok(()) => done += 1,
                    // The item stays due; the others must not wait for it.
                    Err(failure) => tracing::error!(item = item.pk, %failure, "due work failed"),
                }
            }
            handled += done;
            if due.len() < PAGE || done == 0 {
                break;
            }
        }
    }
    Ok(json!({"handled": handled}))
}

async fn run(app: &App, mailer: &Mailer, pk: &str) -> Result<(), Error> {
    let (kind, id) = pk.split_once('#').unwrap_or_default();
    match kind {
        "OUT" => deliver(app, mailer, id.parse::<OutboxId>()?).await.map(drop)?,
        "PRK" => {
            if let Some(row) = app.store.parked(pk).await? {
                parking::retry(app, row).await?;
            }
        }
        "REF" => {
            if let Some(referral) = app.store.referral(id.parse::<ReferralId>()?).await? {
                let owner = Owner { merchant: referral.merchant, shop: referral.order.shop };
                settle_due(app, owner, &referral.order).await?;
            }
        }
        _ => return Err(format!("{pk} can't be due").into()),
    }
    Ok(())
}
