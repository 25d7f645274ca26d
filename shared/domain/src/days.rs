//! Spans that merchants set in days: of 24 hours each, whatever the clocks on walls do.

use jiff::{SignedDuration, Timestamp};

/// So many days.
pub fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

/// So many days later; at the end of time, if that is beyond it.
pub fn after_days(at: Timestamp, count: u32) -> Timestamp {
    at.checked_add(days(count)).unwrap_or(Timestamp::MAX)
}
