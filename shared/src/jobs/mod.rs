//! Does long work in steps, as `timers` finds it due: a page of orders, a note of how far it came, the next page.

mod backfill;
mod check;
mod codes;
mod parked;
mod poll;
mod waiting;

pub use parked::retry_parked;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::App;
use crate::connection::{Heard, hear};
use crate::domain::permission::Permission;
use crate::platform::api::{ApiFailure, Client, STEP};
use crate::platform::{Context, Portion};
use crate::settle::SettleError;
use crate::store::{JobRow, JobState, Shop, StoreError, Task};
use crate::telemetry;

/// How long one call begins new steps of a job, so that others get their turn.
const TURN: Duration = Duration::from_secs(8);
/// What one call may take: a step that began at the end of the turn is the last. Notes to storage come on top.
pub const LONGEST: Duration = Duration::from_secs(TURN.as_secs() + STEP.as_secs());
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
    #[error("{gone} of {asked} orders are gone at once, which is not believed")]
    Doubtful { gone: usize, asked: usize },
}

/// What a step did.
struct Step {
    /// Where the next one begins; `None`: the round is over.
    next: Option<String>,
    seen: u64,
    entered: u64,
    /// It had orders be asked for by id.
    checks: bool,
}

/// Goes on with a job. Answers whether anything was done.
pub async fn run(app: &App, shops: &Client, pk: &str) -> Result<bool, StoreError> {
    let Some(mut row) = app.store.job_at(pk).await? else { return Ok(false) };
    let began = Instant::now();
    let mut done = false;
    while row.state == JobState::Running && row.due_at <= app.now() && began.elapsed() < TURN {
        let Some(shop) = app.store.shop(row.shop).await? else { return Ok(done) };
        let step_began = Instant::now();
        let after = match step(app, shops, &shop, &row).await {
            Ok(step) => {
                // Twice as much would be done in time too, with some to spare.
                let is_quick = step_began.elapsed() * 3 < shops.step();
                stepped(app, &row, step, if is_quick { row.portion.doubled() } else { row.portion })
            }
            Err(failure) => {
                if let StepError::Api(ApiFailure::Unauthorized(_)) = &failure {
                    hear(app, &shop, Heard::Orders(Permission::Missing)).await?;
                }
                failed(app, &shop, &row, &failure)
            }
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

/// Does a step. One that a slow shop makes too long is cut off: what it entered stays, and the next one, which is smaller,
/// finds that done.
async fn step(app: &App, shops: &Client, shop: &Shop, row: &JobRow) -> Result<Step, StepError> {
    let caller = || shops.caller(&app.config.keys, shop);
    let context = Context::of(shop, &app.config.keys, app.now());
    let work = async {
        match row.task {
            Task::Backfill => backfill::step(app, &caller()?, context, row).await,
            Task::Poll => poll::step(app, shop, &caller()?, context, row).await,
            Task::Check => check::step(app, &caller()?, context, row).await,
            Task::Codes => codes::step(app, shop, row).await,
            Task::Waiting => waiting::step(app, shop, row).await,
        }
    };
    tokio::time::timeout(shops.step(), Box::pin(work)).await.unwrap_or(Err(ApiFailure::TimedOut.into()))
}

fn stepped(app: &App, row: &JobRow, step: Step, portion: Portion) -> JobRow {
    let now = app.now();
    let after = JobRow {
        seen: row.seen + step.seen,
        entered: row.entered + step.entered,
        cursor: step.next,
        checked_at: if step.checks { Some(now) } else { row.checked_at },
        portion,
        failures: 0,
        error: None,
        updated_at: now,
        version: row.version + 1,
        ..row.clone()
    };
    match (after.cursor.is_some(), row.task) {
        // Behind those that are due already.
        (true, _) => JobRow { due_at: now, ..after },
        (false, Task::Backfill | Task::Codes | Task::Check | Task::Waiting) => {
            JobRow { state: JobState::Done, ..after }
        }
        (false, Task::Poll) => poll::next_round(after, now),
    }
}

fn failed(app: &App, shop: &Shop, row: &JobRow, failure: &StepError) -> JobRow {
    let now = app.now();
    let asked = match failure {
        StepError::Api(ApiFailure::Throttled(wait)) => *wait,
        _ => None,
    };
    // A shop that is overloaded, or that ran out of time or memory, may manage less.
    let portion = match failure {
        StepError::Api(ApiFailure::TimedOut | ApiFailure::Unavailable(_) | ApiFailure::Nonsense(_)) => {
            row.portion.halved()
        }
        _ => row.portion,
    };
    let wait = SignedDuration::from_mins(1 << row.failures.min(9)).min(LONGEST_WAIT);
    // A shop that gave the app away, or took its credentials back, wants it so.
    let is_connected = shop.access.is_some() && shop.uninstalled_at.is_none();
    if matches!(row.task, Task::Poll | Task::Check) && row.failures >= 2 && is_connected {
        telemetry::count("timers", "PollFailing");
    }
    tracing::warn!(shop = %row.shop, task = row.task.as_str(), failures = row.failures, %failure, "a step failed");
    // What a platform once said to go on from may mean nothing to it any more. Reading something again does no harm.
    let cursor = match failure {
        StepError::Api(ApiFailure::Refused { .. }) => None,
        _ => row.cursor.clone(),
    };
    JobRow {
        portion,
        cursor,
        failures: row.failures + 1,
        error: Some(failure.to_string()),
        updated_at: now,
        due_at: now.saturating_add(asked.unwrap_or(wait)).unwrap_or(now),
        version: row.version + 1,
        ..row.clone()
    }
}
