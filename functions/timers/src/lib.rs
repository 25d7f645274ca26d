//! Does what has become due, every minute: ends holds, retries parked events, and sends the messages that the stream
//! did not deliver. Nothing here is a path of its own: each kind of work goes the way that it first came.

mod webhooks;

use std::time::Duration;

use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use shared::App;
use shared::app::has_time_left;
use shared::delivery::{Courier, Delivered, deliver};
use shared::digest;
use shared::domain::id::{MerchantId, OutboxId, PrivacyId, ReferralId};
use shared::events::daily;
use shared::invites;
use shared::jobs;
use shared::privacy;
use shared::settle::{Owner, settle_due};
use shared::store::key::SHARDS;
use shared::store::{DueItem, RowKind};
use shared::telemetry;

/// Items per shard and round.
const PAGE: usize = 100;
/// What one item may take: a few calls to storage, and one to SES or to a merchant's system, which may take 15 s, or a
/// turn at a platform.
const ONE_ITEM: Duration = Duration::from_secs(25);
const _: () = assert!(jobs::LONGEST.as_secs() < ONE_ITEM.as_secs());
/// When an item that failed comes again.
const PUT_OFF: SignedDuration = SignedDuration::from_mins(10);

/// Sweeps all shards while there is time. Webhooks are swept beside everything else: who does not take them must not
/// hold up the ends of holds. Answers how much was done.
pub async fn handle(app: &App, courier: &Courier, tick: LambdaEvent<Value>) -> Result<Value, Error> {
    let (others, webhooks) =
        tokio::join!(Box::pin(sweep(app, courier, &tick)), Box::pin(webhooks::sweep(app, courier, &tick)));
    Ok(json!({"handled": others? + webhooks?}))
}

async fn sweep(app: &App, courier: &Courier, tick: &LambdaEvent<Value>) -> Result<u64, Error> {
    let mut handled = 0;
    for shard in 0..SHARDS {
        loop {
            let due = app.store.due(shard, app.now(), i32::try_from(PAGE)?).await?;
            let mut done = 0;
            for item in &due {
                if !has_time_left(tick.context.deadline, ONE_ITEM) {
                    return Ok(handled + done);
                }
                done += u64::from(attempt(app, courier, item).await?);
            }
            handled += done;
            if due.len() < PAGE || done == 0 {
                break;
            }
        }
    }
    Ok(handled)
}

/// Does one item. What fails is put off, so that the others need not wait for it. Answers whether anything was done.
async fn attempt(app: &App, courier: &Courier, item: &DueItem) -> Result<bool, Error> {
    match Box::pin(run(app, courier, item)).await {
        Ok(done) => Ok(done),
        Err(failure) => {
            tracing::error!(item = item.pk, %failure, "due work failed");
            telemetry::count("timers", "DueFailed");
            app.store.postpone(&item.pk, app.now().checked_add(PUT_OFF)?).await?;
            Ok(false)
        }
    }
}

async fn run(app: &App, courier: &Courier, item: &DueItem) -> Result<bool, Error> {
    let pk = item.pk.as_str();
    let wrong = || format!("{pk} can't be due");
    let (kind, id) = RowKind::of(pk).ok_or_else(wrong)?;
    match kind {
        // A message that another worker has at the moment is not ours to do.
        RowKind::Outbox => Ok(deliver(app, courier, id.parse::<OutboxId>()?).await? != Delivered::Nothing),
        RowKind::Parked => match app.store.parked(pk).await? {
            Some(row) => jobs::retry_parked(app, &courier.shops, row).await.map(|()| true).map_err(Error::from),
            None => Ok(false),
        },
        RowKind::Day => Ok(daily::run(app, id.parse::<MerchantId>()?).await?),
        RowKind::Privacy => Ok(privacy::run(app, id.parse::<PrivacyId>()?).await?),
        RowKind::Digest => Ok(digest::run(app, pk).await?),
        RowKind::Ask => Ok(invites::run(app, pk).await?),
        RowKind::Job => Ok(jobs::run(app, &courier.shops, pk).await?),
        RowKind::Referral => {
            let Some(referral) = app.store.referral(id.parse::<ReferralId>()?).await? else { return Ok(false) };
            let owner = Owner { merchant: referral.merchant, shop: referral.order.shop, invites: false };
            settle_due(app, owner, &referral.order).await?;
            let after = app.store.referral(referral.id).await?;
            if after.as_ref() == Some(&referral) {
                app.store.rest_referral(&referral, item).await?;
                return Ok(false);
            }
            Ok(true)
        }
        RowKind::Advocate | RowKind::Click | RowKind::Link | RowKind::Merchant | RowKind::Order | RowKind::Person => {
            Err(wrong().into())
        }
    }
}
