//! What is told once a day: how often the links of each program were opened on the merchant's yesterday.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use serde_json::json;

use super::{Event, tell};
use crate::App;
use crate::domain::event::EventKind;
use crate::domain::id::{MerchantId, ProgramId};
use crate::domain::tally::{Count, Dimension, Scope};
use crate::store::{DayRow, Endpoint, StoreError, Writes};

/// How long after midnight a day is told of: whatever counts clicks may lag.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_hours(2);
/// Days that were missed are made good for, but not for ever.
const MOST_DAYS: i32 = 7;

/// What was counted on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clicks {
    /// All of them.
    pub total: u64,
    /// Different visitors.
    pub visitors: u64,
}

/// How often a program's links were opened on a day of its merchant's. `None`: not at all, so nothing is told.
async fn clicks_of(app: &App, program: ProgramId, day: Date) -> Result<Option<Clicks>, StoreError> {
    let days = app.store.days(Scope::Program(program), Dimension::Total, day, day).await?;
    let counted = |count: Count| {
        let sum: i64 = days.iter().filter_map(|day| day.counts.get(&(String::new(), count))).sum();
        u64::try_from(sum).unwrap_or(0)
    };
    let clicks = Clicks { total: counted(Count::Clicks), visitors: counted(Count::Visitors) };
    Ok((clicks.total > 0).then_some(clicks))
}

/// Has a merchant's days told of from today on, in the writes that make an endpoint ask for it.
pub async fn begin(app: &App, writes: &mut Writes, endpoint: &Endpoint) -> Result<(), StoreError> {
    let asked = endpoint.events.wants(EventKind::ClickDaily) && endpoint.disabled.is_none();
    // Once begun it goes on, also while nobody asks: that costs next to nothing.
    if !asked || app.store.day(endpoint.merchant).await?.is_some() {
        return Ok(());
    }
    let zone = zone(app, endpoint.merchant).await?;
    let day = app.now().to_zoned(zone.clone()).date();
    app.store.put_day(writes, &DayRow { merchant: endpoint.merchant, day, due_at: due_at(day, &zone) })
}

/// Tells of the day that is due, and waits for the next one.
pub async fn run(app: &App, merchant: MerchantId) -> Result<bool, StoreError> {
    let Some(row) = app.store.day(merchant).await? else { return Ok(false) };
    if app.now() < row.due_at {
        return Ok(false);
    }
    let zone = zone(app, merchant).await?;
    let mut endpoints = app.store.endpoints(merchant).await?;
    endpoints.retain(|endpoint| endpoint.disabled.is_none() && endpoint.events.wants(EventKind::ClickDaily));
    if !endpoints.is_empty() {
        for program in app.store.programs(merchant).await? {
            if let Some(clicks) = clicks_of(app, program.id, row.day).await? {
                tell_of(app, &endpoints, (merchant, program.id), row.day, clicks).await?;
            }
        }
    }
    let today = app.now().to_zoned(zone.clone()).date();
    let day = row.day.saturating_add(1.day()).max(today.saturating_sub(MOST_DAYS.days()));
    app.store.move_day(&DayRow { merchant, day, due_at: due_at(day, &zone) }).await?;
    Ok(true)
}

/// Tells these endpoints what was counted on a day; once, however often it is said.
pub async fn tell_of(
    app: &App,
    endpoints: &[Endpoint],
    (merchant, program): (MerchantId, ProgramId),
    day: Date,
    clicks: Clicks,
) -> Result<(), StoreError> {
    let data = json!({"program": program, "day": day, "clicks": clicks.total, "visitors": clicks.visitors});
    let event = Event::new(EventKind::ClickDaily, app.now(), &program, data);
    tell(app, merchant, endpoints, &event, &day.to_string()).await
}

/// When a day can be told of.
fn due_at(day: Date, zone: &TimeZone) -> Timestamp {
    let midnight = day.saturating_add(1.day()).to_zoned(zone.clone()).as_ref().map(Zoned::timestamp).ok();
    midnight.and_then(|midnight| midnight.checked_add(AFTER_MIDNIGHT).ok()).unwrap_or(Timestamp::MAX)
}

async fn zone(app: &App, merchant: MerchantId) -> Result<TimeZone, StoreError> {
    let merchant = app.store.merchant(merchant).await?;
    let zone = merchant.and_then(|merchant| TimeZone::get(&merchant.time_zone).ok());
    Ok(zone.unwrap_or(TimeZone::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_its_merchants_midnight() {
        let due = |day: &str, zone: &str| {
            let zone = TimeZone::get(zone).expect("a zone");
            due_at(day.parse().expect("a day"), &zone).to_string()
        };
        assert_eq!(due("2026-11-21", "Europe/Stockholm"), "2026-11-22T01:00:00Z");
        assert_eq!(due("2026-06-30", "Europe/Stockholm"), "2026-07-01T00:00:00Z");
        assert_eq!(due("2026-12-31", "Pacific/Auckland"), "2026-12-31T13:00:00Z");
        // The night in which clocks go forward.
        assert_eq!(due("2026-03-28", "Europe/Stockholm"), "2026-03-29T01:00:00Z");
    }
}
