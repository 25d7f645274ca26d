//! Does long work in steps, as `timers` finds it due: a page of orders, a note of how far it came, the next page.

mod backfill;
mod codes;
mod poll;

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::App;
use crate::platform::Context;
use crate::platform::api::{ApiFailure, Client};
use crate::settle::SettleError;
use crate::store::{JobRow, JobState, Shop, StoreError, Task};

/// How long one call goes on with a job, so that others get their turn.
const TURN: Duration = Duration::from_secs(10);
/// Waits after failures in a row: one minute, two, four …, at most six hours.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Api(#[from] ApiFailure),
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a step did.
struct Step {
    /// Where the next one begins; `None`: the round is over.
    next: Option<String>,
    seen: u64,
    entered: u64,
}

/// Goes on with a job. Answers whether anything was done.
pub async fn run(app: &App, shops: &Client, pk: &str) -> Result<bool, StoreError> {
    let Some(mut row) = app.store.job_at(pk).await? else { return Ok(false) };
    let began = Instant::now();
    let mut done = false;
    while row.state == JobState::Running && row.due_at <= app.now() && began.elapsed() < TURN {
        let Some(shop) = app.store.shop(row.shop).await? else { return Ok(done) };
        let after = match step(app, shops, &shop, &row).await {
            Ok(step) => stepped(app, &row, step),
            Err(failure) => failed(app, &row, &failure),
        };
        if !app.store.put_job(&after).await? {
            // Another worker is at it.
            return Ok(done);
        }
        done = true;
        row = after;
    }
    Ok(done)
}

async fn step(app: &App, shops: &Client, shop: &Shop, row: &JobRow) -> Result<Step, StepError> {
    if row.task == Task::Codes {
        return codes::step(app, shop, row).await;
    }
    let caller = shops.caller(&app.config.keys, shop)?;
    let context = Context::of(shop, &app.config.keys, app.now());
    match row.task {
        Task::Backfill => backfill::step(app, &caller, context, row).await,
        Task::Poll => poll::step(app, &caller, context, row).await,
        Task::Codes => codes::step(app, shop, row).await,
    }
}

fn stepped(app: &App, row: &JobRow, step: Step) -> JobRow {
    let now = app.now();
    let after = JobRow {
        seen: row.seen + step.seen,
        entered: row.entered + step.entered,
        cursor: step.next,
        failures: 0,
        error: None,
        updated_at: now,
        version: row.version + 1,
        ..row.clone()
    };
    match (after.cursor.is_some(), row.task) {
        (true, _) => after,
        (false, Task::Backfill | Task::Codes) => JobRow { state: JobState::Done, ..after },
        (false, Task::Poll) => poll::next_round(after, now),
    }
}

fn failed(app: &App, row: &JobRow, failure: &StepError) -> JobRow {
    let now = app.now();
    let asked = match failure {
        StepError::Api(ApiFailure::Throttled(wait)) => *wait,
        _ => None,
    };
    let wait = SignedDuration::from_mins(1 << row.failures.min(9)).min(LONGEST_WAIT);
    tracing::warn!(shop = %row.shop, task = row.task.as_str(), failures = row.failures, %failure, "a step failed");
    JobRow {
        failures: row.failures + 1,
        error: Some(failure.to_string()),
        updated_at: now,
        due_at: now.saturating_add(asked.unwrap_or(wait)).unwrap_or(now),
        version: row.version + 1,
        ..row.clone()
    }
}
