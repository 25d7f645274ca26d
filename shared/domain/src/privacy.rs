//! What the law gives a person a right to, and until when it has to be done.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// A person wants to see what is kept.
    Export,
    /// A person is to be forgotten.
    Erase,
    /// Everybody who bought at a shop is to be forgotten.
    EraseShop,
}

/// Whether it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    Open,
    Done,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The merchant was given the data.
    Given,
    Erased,
    /// The shop was connected again before its data were erased, so they stay.
    KeptConnectedAgain,
}

/// How long there is: a month by the GDPR (article 12), 30 days by Shopify's rules.
const TERM: SignedDuration = SignedDuration::from_hours(30 * 24);
/// When a request that is still open becomes urgent.
const URGENT: SignedDuration = SignedDuration::from_hours(3 * 24);
/// How long a platform may take to send the same request again: Shopify tries for 48 hours.
const REPEATED: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Until when a request that came in then has to be done.
pub fn deadline(received_at: Timestamp) -> Timestamp {
    received_at.checked_add(TERM).unwrap_or(Timestamp::MAX)
}

/// From when on a request with this deadline is urgent.
pub fn urgent_from(due_at: Timestamp) -> Timestamp {
    due_at.checked_sub(URGENT).unwrap_or(due_at)
}

/// Whether the same word of a platform, when it comes at this time, is a repeat of the request that was done then.
pub fn is_repeat(done_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(done_at) < REPEATED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_thirty_days_and_the_last_three_are_urgent() {
        let at: Timestamp = "2026-11-01T10:00:00Z".parse().expect("a time");
        assert_eq!(deadline(at).to_string(), "2026-12-01T10:00:00Z");
        assert_eq!(urgent_from(deadline(at)).to_string(), "2026-11-28T10:00:00Z");
        assert!(is_repeat(at, at) && is_repeat(at, at + SignedDuration::from_hours(48)));
        assert!(!is_repeat(at, at + SignedDuration::from_hours(72)));
    }
}
