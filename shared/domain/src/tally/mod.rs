//! Counting, as pure functions. What one record of a table's stream adds to the counts follows from the record alone:
//! what the item says now, less what it said before. So corrections are negative by themselves, records of one item add up
//! to what the item says last, and nothing has to be looked up.
//!
//! ```text
//! record ─► Seen (old, new) ─► difference ─► Lines ─► fold ─► one Sum per counter ─► fence ─► one write each
//!           image.rs           line.rs                fold.rs                        fence.rs
//! ```

mod count;
mod fence;
mod fold;
mod image;
mod line;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use count::{Count, Counts};
pub use fence::{Fence, Sequence};
pub use fold::{Advocates, Counter, Dimension, Part, Sum, UNKNOWN, fold, month};
pub use image::{Clicked, Measure, Ordered, Sent, clicked, made, ordered, sent, settled, shared_first};
pub use line::{Line, Place, Scope, difference};

/// The day of a time by a clock; by UTC where the time zone is not known.
pub fn day(at: Timestamp, time_zone: &str) -> Date {
    TimeZone::get(time_zone).unwrap_or(TimeZone::UTC).to_datetime(at).date()
}

/// The so-manieth purchase of its buyer that an order is, as it was known when it became one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nth {
    First,
    /// With when the first one was placed, and whether that one is credited to an advocate.
    Second {
        first_at: Timestamp,
        referred: bool,
    },
    Later,
}

#[cfg(test)]
mod tests;
