//! Where time comes from, and how much of it is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};

/// Whether so much time is left before Lambda stops the function. `deadline_ms`: milliseconds since 1970; 0 where nobody
/// stops it.
pub fn has_time_left(deadline_ms: u64, needed: Duration) -> bool {
    deadline_ms == 0 || SystemTime::now() + needed < UNIX_EPOCH + Duration::from_millis(deadline_ms)
}

/// Where time comes from.
#[derive(Clone)]
pub enum Clock {
    System,
    /// The system's time moved by so many seconds; the local runner and the tests set it.
    Shifted(Arc<AtomicI64>),
    /// Stands still until it is moved: milliseconds since 1970. For tests that come out the same at any time of day.
    Still(Arc<AtomicI64>),
}

impl Clock {
    /// The time now, in whole milliseconds: what ids carry, and what every client can read.
    pub fn now(&self) -> Timestamp {
        let shift = match self {
            Self::System => SignedDuration::ZERO,
            Self::Shifted(seconds) => SignedDuration::from_secs(seconds.load(Ordering::SeqCst)),
            Self::Still(ms) => return Timestamp::from_millisecond(ms.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX),
        };
        let now = Timestamp::now().checked_add(shift).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_begun_only_while_there_is_time_for_it() {
        let in_ms = |ms: u128| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
            has_time_left(u64::try_from(now + ms).expect("a time"), Duration::from_secs(15))
        };
        assert!(in_ms(60_000) && !in_ms(10_000));
        assert!(has_time_left(0, Duration::from_secs(15)));
    }
}
