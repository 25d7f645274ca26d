//! How fast this process sends: below its share of what SES allows, slower when SES says that it was too fast, and not
//! at all for a while when the whole account may not send.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Processes that send at the same time: one for each of the four shards that the stream of an on-demand table begins
/// with, and the schedule. Should there be more, SES throttles, and each becomes slower until all fit.
pub(super) const SENDERS: u32 = 5;

/// However often SES says that it was too fast, a mail goes out this often.
const SLOWEST: Duration = Duration::from_secs(4);

/// Shared by all that send in one process. A cheap handle.
#[derive(Clone)]
pub(super) struct Pace(Arc<Mutex<Inner>>);

struct Inner {
    /// Between two mails, when all is well.
    regular: Duration,
    /// Between two mails now.
    gap: Duration,
    /// When the next mail may go.
    next: Option<Instant>,
    /// Until when no mail goes at all.
    resting: Option<Timestamp>,
}

impl Pace {
    /// One of [`SENDERS`] that together send so many mails a second; 0: as fast as can be, whatever SES says.
    pub(super) fn of(together: u32) -> Self {
        let regular = Duration::from_secs(u64::from(SENDERS)).checked_div(together).unwrap_or_default();
        Self(Arc::new(Mutex::new(Inner { regular, gap: regular, next: None, resting: None })))
    }

    /// Takes the next place, and says how long it is until then.
    pub(super) fn place(&self, now: Instant) -> Duration {
        let mut inner = self.inner();
        let place = inner.next.map_or(now, |next| next.max(now));
        inner.next = Some(place + inner.gap);
        place.duration_since(now)
    }

    /// SES took a mail: a tenth faster, up to the regular pace.
    pub(super) fn taken(&self) {
        let mut inner = self.inner();
        inner.gap = (inner.gap * 9 / 10).max(inner.regular);
    }

    /// SES says that it was too fast: half as fast from here on.
    pub(super) fn throttled(&self, now: Instant) {
        let mut inner = self.inner();
        inner.gap = (inner.gap * 2).min(SLOWEST);
        inner.next = Some(now + inner.gap);
    }

    /// The account may not send for so long.
    pub(super) fn rest(&self, now: Timestamp, wait: SignedDuration) {
        self.inner().resting = Some(now.checked_add(wait).unwrap_or(Timestamp::MAX));
    }

    /// Until when no mail goes, if none does.
    pub(super) fn resting(&self, now: Timestamp) -> Option<Timestamp> {
        self.inner().resting.filter(|until| now < *until)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn all_senders_together_stay_at_the_rate() {
        let (pace, start) = (Pace::of(10), Instant::now());
        let waits: Vec<_> = (0..4).map(|_| pace.place(start)).collect();
        assert_eq!(waits, [ms(0), ms(500), ms(1000), ms(1500)], "2 a second for each of 5");
        assert_eq!(pace.place(start + ms(10_000)), ms(0), "what was not used is not saved up");
        assert_eq!(pace.place(start + ms(10_000)), ms(500));
        assert_eq!((Pace::of(0).place(start), Pace::of(0).place(start)), (ms(0), ms(0)));
    }

    #[test]
    fn too_fast_is_half_as_fast_and_the_way_back_is_slow() {
        let (pace, start) = (Pace::of(10), Instant::now());
        pace.throttled(start);
        assert_eq!(pace.place(start), ms(1000));
        for _ in 0..9 {
            pace.throttled(start);
        }
        assert_eq!(pace.place(start), SLOWEST);
        pace.taken();
        let gap = |pace: &Pace| pace.inner().gap;
        assert_eq!(gap(&pace), ms(3600));
        for _ in 0..100 {
            pace.taken();
        }
        assert_eq!(gap(&pace), ms(500), "never faster than the regular pace");
        let unlimited = Pace::of(0);
        unlimited.throttled(start);
        assert_eq!(gap(&unlimited), ms(0));
    }

    #[test]
    fn a_rest_ends() {
        let (pace, now) = (Pace::of(10), Timestamp::UNIX_EPOCH);
        assert_eq!(pace.resting(now), None);
        pace.rest(now, SignedDuration::from_mins(10));
        let until = now + SignedDuration::from_mins(10);
        assert_eq!((pace.resting(now), pace.resting(until)), (Some(until), None));
    }
}
