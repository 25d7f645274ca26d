//! Requests about personal data: put on record when they come in, and done in steps, each of which may be cut off and done
//! again. What is erased is who somebody is; what was earned, paid and decided stays, under pseudonyms.

mod gather;
mod parked;
mod person;
mod record;
mod shop;

use std::time::{Duration, Instant};

use jiff::SignedDuration;

pub use self::gather::{Gathered, gather};
pub use self::parked::Unreadable;
#[cfg(feature = "outbound")]
pub(crate) use self::parked::{FACTS, ParkedFacts, contents, facts_body, packed, without_contact};
pub use self::record::{Wanted, asked_by_platform, record};
use crate::App;
use crate::domain::id::PrivacyId;
use crate::domain::privacy::{Ending, Progress, Right, urgent_from};
use crate::store::{PrivacyRow, Stage, StoreError};
use crate::telemetry;

/// How long one call goes on with a request, so that others get their turn.
const TURN: Duration = Duration::from_secs(10);
/// What is looked at in one step.
const PAGE: usize = 25;
/// How often a request that waits for the merchant is looked at when it is urgent.
const DAILY: SignedDuration = SignedDuration::from_hours(24);

/// Goes on with a request. Answers whether anything was done.
pub async fn run(app: &App, id: PrivacyId) -> Result<bool, StoreError> {
    let Some(mut row) = app.store.privacy(id).await?.filter(|row| row.state == Progress::Open) else {
        return Ok(false);
    };
    if urgent_from(row.due_at) <= app.now() {
        tracing::error!(request = %row.id, kind = ?row.kind, due_at = %row.due_at, "a privacy request is still open");
        telemetry::count("timers", "PrivacyOverdue");
    }
    if row.kind == Right::Export {
        // The merchant has to fetch it.
        row.next_at = urgent_from(row.due_at).max(app.now().checked_add(DAILY).unwrap_or(row.due_at));
        row.version += 1;
        app.store.put_privacy(&row).await?;
        return Ok(false);
    }
    let began = Instant::now();
    let mut done = false;
    while row.state == Progress::Open && began.elapsed() < TURN {
        // Boxed: the SDK's futures are large.
        let mut after = Box::pin(step(app, row.clone())).await?;
        after.version += 1;
        if !app.store.put_privacy(&after).await? {
            // Another worker is at it.
            return Ok(done);
        }
        done = true;
        row = after;
    }
    Ok(done)
}

/// One step. Doing it twice is doing it once.
async fn step(app: &App, row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    if row.kind == Right::EraseShop && shop::is_connected(app, &row).await? {
        return Ok(ended(app, row, Ending::KeptConnectedAgain));
    }
    match row.work.stage {
        Stage::Orders => person::orders(app, row).await,
        Stage::Persons => person::next(app, row).await,
        Stage::Links => shop::links(app, row).await,
        Stage::Contacts => shop::contacts(app, row).await,
        Stage::Parked => parked::step(app, row).await,
        Stage::Access => shop::access(app, row).await,
    }
}

/// The request is done.
fn ended(app: &App, row: PrivacyRow, ending: Ending) -> PrivacyRow {
    tracing::info!(request = %row.id, kind = ?row.kind, ?ending, "privacy request done");
    PrivacyRow { state: Progress::Done, ending: Some(ending), done_at: Some(app.now()), ..row }
}

/// Notes that the merchant was given the data; once.
pub async fn given(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    while row.state == Progress::Open {
        let version = row.version + 1;
        let done = PrivacyRow { version, ..ended(app, row.clone(), Ending::Given) };
        if app.store.put_privacy(&done).await? {
            return Ok(done);
        }
        row = app.store.privacy(row.id).await?.unwrap_or(done);
    }
    Ok(row)
}
