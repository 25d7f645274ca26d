//! Webhooks that are due: tried again by the published schedule, or for the first time where the stream lost them.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use shared::App;
use shared::app::has_time_left;
use shared::delivery::{Courier, deliver, deliver_webhooks};
use shared::domain::id::OutboxId;
use shared::store::key::{Key, WEBHOOK_SHARDS};
use shared::store::{RowKind, StoreError};
use shared::telemetry;

use crate::{ONE_ITEM, PAGE, PUT_OFF};

/// Sends them while there is time. Answers how many were seen to.
pub(crate) async fn sweep(app: &App, courier: &Courier, tick: &LambdaEvent<Value>) -> Result<u64, Error> {
    let has_time = || has_time_left(tick.context.deadline, ONE_ITEM);
    let mut handled = 0;
    for shard in WEBHOOK_SHARDS {
        loop {
            let due = app.store.due(shard, app.now(), i32::try_from(PAGE)?).await?;
            let mut webhooks = Vec::with_capacity(due.len());
            for item in &due {
                let Some((RowKind::Outbox, id)) = RowKind::of(&item.pk) else { continue };
                let id: OutboxId = id.parse()?;
                match app.store.outbox(id).await {
                    Ok(row) => webhooks.extend(row.and_then(|row| Some((row.message.endpoint()?, id)))),
                    // It is set aside, so that the others need not wait for it.
                    Err(StoreError::Unreadable(_)) => drop(deliver(app, courier, id).await?),
                    Err(failure) => return Err(failure.into()),
                }
            }
            let (failed, done) = deliver_webhooks(app, courier, webhooks, has_time).await;
            for (id, failure) in failed {
                tracing::error!(outbox = %id, %failure, "due webhook failed");
                telemetry::count("timers", "DueFailed");
                app.store.postpone(&Key::outbox(id).pk, app.now().checked_add(PUT_OFF)?).await?;
            }
            handled += done;
            if due.len() < PAGE || done == 0 || !has_time() {
                break;
            }
        }
    }
    Ok(handled)
}
