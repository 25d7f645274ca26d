//! Counts what happened, as the streams of both tables tell of it. Each counter is written once per batch, with a fence that
//! keeps out what it has counted already: so a batch may come again, in pieces, or after it went half way.

pub mod plan;

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use shared::domain::code::Code;
use shared::domain::id::MerchantId;
use shared::domain::tally::{Counter, Measure, Sequence, Sum};
use shared::store::StoreError;
use shared::store::tally::{Claim, Claims, Known, Logged, Read, Shard};
use shared::{App, telemetry};

pub use plan::Batch;
use plan::{Firsts, Plan, StreamRecord, Told, merchants, tell};

/// Writes at the same time: a batch may touch thousands of counters, and a function has few connections.
const AT_ONCE: usize = 16;
/// Merchants whose clock and currency are remembered.
const MOST_MERCHANTS: usize = 1000;

/// What a warm function remembers. Nothing of it decides what is counted, only what has to be read.
#[derive(Debug, Default)]
pub struct Warm {
    known: Known,
    claims: Claims,
    measures: Mutex<HashMap<MerchantId, Measure>>,
}

/// Counts one batch. The answer names the first record of each write that failed; Lambda sends everything from the lowest
/// of these on again. `state` has to be in it: batches come in windows, because only these say which shard they are of.
pub async fn handle(app: &App, warm: &Warm, event: LambdaEvent<Batch>) -> Result<Value, Error> {
    let Batch { records, shard, stream } = event.payload;
    if records.is_empty() {
        return Ok(answer(&[]));
    }
    let stream = stream.or_else(|| records[0].stream.clone());
    let (Some(shard), Some(stream)) = (shard, stream) else {
        // Without it nothing could be told from its copy. Failing keeps the records for whoever mends the template.
        return Err("the batch does not say its shard: its source needs a tumbling window".into());
    };
    let shard = Shard::new(&stream, &shard);
    let first = records.iter().filter_map(StreamRecord::sequence).min();
    let (told, unreadable) = tell(&records);
    if unreadable > 0 {
        telemetry::count("tally", "RecordUnreadable");
        tracing::error!(unreadable, "records that can't be read are not counted");
    }
    let plan = match Box::pin(planned(app, warm, &shard, &told)).await {
        Ok(plan) => plan,
        Err(failure) => {
            tracing::warn!(%failure, "the batch could not be looked at, again soon");
            return Ok(answer(&first.into_iter().collect::<Vec<_>>()));
        }
    };
    Ok(answer(&write(app, warm, &shard, &plan).await))
}

fn answer(failed: &[Sequence]) -> Value {
    let failed = failed.iter().min();
    let failures: Vec<_> = failed.map(|number| json!({"itemIdentifier": number.to_string()})).into_iter().collect();
    json!({"state": {}, "batchItemFailures": failures})
}

async fn planned(app: &App, warm: &Warm, shard: &Shard, told: &[Told]) -> Result<Plan, StoreError> {
    let measures = measures(app, warm, merchants(told)).await?;
    let firsts = firsts(app, warm, shard, told).await?;
    Ok(Plan::of(told, &measures, &firsts))
}

/// Clock and currency of merchants. Neither ever changes, or what was counted on one day could be taken back on another.
async fn measures(
    app: &App,
    warm: &Warm,
    wanted: HashSet<MerchantId>,
) -> Result<HashMap<MerchantId, Measure>, StoreError> {
    let mut measures = HashMap::new();
    for merchant in wanted {
        let known = warm.measures.lock().unwrap_or_else(PoisonError::into_inner).get(&merchant).cloned();
        let measure = match known {
            Some(measure) => Some(measure),
            None => app
                .store
                .merchant(merchant)
                .await?
                .map(|row| Measure { time_zone: row.time_zone, currency: row.currency }),
        };
        let Some(measure) = measure else {
            tracing::error!(%merchant, "a merchant is missing, so nothing of it is counted");
            continue;
        };
        let mut known = warm.measures.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_MERCHANTS {
            known.clear();
        }
        known.insert(merchant, measure.clone());
        drop(known);
        measures.insert(merchant, measure);
    }
    Ok(measures)
}

type Asked<'a> = Pin<Box<dyn Future<Output = Result<(Sequence, (bool, bool)), StoreError>> + Send + 'a>>;

/// Which clicks are the first of their links. Only new visitors are asked for: a repeat is the first of nothing.
async fn firsts(app: &App, warm: &Warm, shard: &Shard, told: &[Told]) -> Result<Firsts, StoreError> {
    let mut seen = HashSet::new();
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for told in told {
        let Read::Click { code, old: None, new } = &told.read else { continue };
        let channel = new.last_from.channel.as_ref().map_or("", |channel| channel.as_str());
        // Of the clicks of a batch only the first of a link and channel can be it.
        if seen.insert((code, channel)) {
            asked.push(Box::pin(first(app, warm, code, channel, told.sequence, Claim::new(shard, told.sequence))));
        }
    }
    let mut firsts = Firsts::new();
    let mut asked = asked.into_iter();
    loop {
        let next: Vec<_> = asked.by_ref().take(AT_ONCE).collect();
        if next.is_empty() {
            return Ok(firsts);
        }
        firsts.extend(join_all(next).await.into_iter().collect::<Result<Vec<_>, _>>()?);
    }
}

async fn first(
    app: &App,
    warm: &Warm,
    code: &Code,
    channel: &str,
    sequence: Sequence,
    claim: Claim,
) -> Result<(Sequence, (bool, bool)), StoreError> {
    let in_channel = app.store.is_first_in(&warm.claims, code, channel, &claim).await?;
    // A link that is opened without a channel was shared as well.
    let at_all = app.store.is_first_in(&warm.claims, code, "", &claim).await?;
    Ok((sequence, (in_channel, at_all)))
}

type Write<'a> = Pin<Box<dyn Future<Output = Result<(), (Sequence, StoreError)>> + Send + 'a>>;

/// Writes a plan; answers the first record of each write that failed.
async fn write(app: &App, warm: &Warm, shard: &Shard, plan: &Plan) -> Vec<Sequence> {
    let chunks = plan.chunks.values().map(|lines| -> Write<'_> { Box::pin(log(app, shard, lines)) });
    let counters =
        plan.counters.iter().map(|(counter, sum)| -> Write<'_> { Box::pin(count(app, warm, shard, counter, sum)) });
    let mut writes = chunks.chain(counters);
    let mut failed = Vec::new();
    loop {
        let next: Vec<_> = writes.by_ref().take(AT_ONCE).collect();
        if next.is_empty() {
            return failed;
        }
        for written in join_all(next).await {
            if let Err((first, failure)) = written {
                tracing::warn!(%failure, sequence_number = %first, "not counted, again soon");
                failed.push(first);
            }
        }
    }
}

async fn log(app: &App, shard: &Shard, lines: &[Logged]) -> Result<(), (Sequence, StoreError)> {
    let Some(first) = lines.first() else { return Ok(()) };
    let logged = app.store.log_events(shard, first.line.scope, first.line.day, lines).await;
    logged.map_err(|failure| (first.sequence, failure))
}

async fn count(
    app: &App,
    warm: &Warm,
    shard: &Shard,
    counter: &Counter,
    sum: &Sum,
) -> Result<(), (Sequence, StoreError)> {
    let Some(first) = sum.first() else { return Ok(()) };
    let now = app.now();
    let written = match counter {
        Counter::Day { .. } => app.store.count_day(&warm.known, shard, counter, sum, now).await,
        Counter::Advocate { .. } => app.store.count_advocate(shard, counter, sum, now).await,
    };
    written.map_err(|failure| (first, failure))
}

#[cfg(test)]
mod tests;
