//! Where the next page of orders begins. Page numbers alone would lose orders: in a list by time of change, an order that
//! changes meanwhile leaves its place and goes to the end, all behind it move up by one, and the first of the next page
//! is never read. So each page is the first one of a new question: from the last order's time on, that time included,
//! because others may share it. Only if a whole page is of one second is the next page of the same question asked for: the one that
//! has the first order which is not done, because pages may have become smaller or larger meanwhile.
//!
//! WordPress sorts by the site's own clock, which has one hour of the year twice. What changed is asked again with every
//! round; the past is read once, so there each page goes back by that hour.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::super::api::Wanted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// In the trash, which "any" status leaves out.
    in_trash: bool,
    /// Later than this, in whole seconds.
    from: Option<Timestamp>,
    /// So many orders of this question are done.
    done: usize,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Cursor {
    /// Where a round begins.
    pub(super) fn first(wanted: Wanted) -> Self {
        let from = match wanted {
            Wanted::ChangedSince(since) => Some(just_before(since)),
            Wanted::PlacedBefore(_) => None,
        };
        Self { in_trash: false, from, done: 0 }
    }

    /// From the words of [`Cursor`]'s `Display`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let in_trash = match parts.next()? {
            "any" => false,
            "trash" => true,
            _ => return None,
        };
        let from = match parts.next()? {
            "-" => None,
            second => Some(Timestamp::from_second(second.parse().ok()?).ok()?),
        };
        let done = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { in_trash, from, done })
    }

    /// The page with the first order that is not done, counted from one.
    pub(super) const fn page(self, per_page: usize) -> usize {
        self.done / per_page + 1
    }

    /// What follows a page that ended with this many orders of the question done, the last one of this time, as far as
    /// it was said.
    pub(super) fn after(self, last: Option<Timestamp>, done: usize, wanted: Wanted) -> Self {
        let from = last.map(|last| match wanted {
            Wanted::ChangedSince(_) => just_before(last),
            Wanted::PlacedBefore(_) => just_before(last).saturating_sub(HOUR).unwrap_or(last),
        });
        match from {
            Some(from) if Some(from) > self.from => Self { from: Some(from), done: 0, ..self },
            _ => Self { done, ..self },
        }
    }

    /// What comes after all orders: those in the trash, if what changed is wanted. `None`: nothing.
    pub(super) fn after_the_last(self, wanted: Wanted) -> Option<Self> {
        let goes_on = !self.in_trash && matches!(wanted, Wanted::ChangedSince(_));
        goes_on.then(|| Self { in_trash: true, ..Self::first(wanted) })
    }

    pub(super) const fn status(self) -> &'static str {
        if self.in_trash { "trash" } else { "any" }
    }

    /// The times as parameters of a query: in UTC, and without saying so, because WordPress would move what says it into
    /// the site's own time.
    pub(super) fn times(self, wanted: Wanted) -> Vec<(&'static str, String)> {
        let text = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let (from, before) = match wanted {
            Wanted::ChangedSince(_) => ("modified_after", None),
            Wanted::PlacedBefore(before) => ("after", Some(("before", text(before)))),
        };
        self.from.map(|at| (from, text(at))).into_iter().chain(before).collect()
    }
}

/// The second before this time's: what is later than that is at this time or after.
fn just_before(at: Timestamp) -> Timestamp {
    let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
    second.saturating_sub(SECOND).unwrap_or(second)
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) => write!(f, "{} {} {}", self.status(), from.as_second(), self.done),
            None => write!(f, "{} - {}", self.status(), self.done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_page_begins_with_the_second_of_the_last_order() {
        let wanted = Wanted::ChangedSince("1970-01-01T00:16:40.5Z".parse().expect("a time"));
        let first = Cursor::first(wanted);
        assert_eq!(first.to_string(), "any 999 0");
        assert_eq!(first.times(wanted), [("modified_after", "1970-01-01T00:16:39".to_owned())]);
        assert_eq!(first.after(Some(at(2_000)), 25, wanted).to_string(), "any 1999 0");
        // All of one second, or of no time that was said: the next page of the same.
        assert_eq!(first.after(Some(at(1_000)), 25, wanted).to_string(), "any 999 25");
        let later = first.after(Some(at(1_000)), 25, wanted);
        assert_eq!(later.after(Some(at(1_000)), 50, wanted).to_string(), "any 999 50");
        // Whatever a page is now, the first order that is not done is on it, and something new is.
        for (per_page, page) in [(25, 2), (12, 3), (6, 5), (1, 26), (50, 1), (100, 1)] {
            assert_eq!(later.page(per_page), page);
            assert!((page - 1) * per_page <= 25 && page * per_page > 25);
        }
        assert_eq!(first.after(None, 25, wanted).to_string(), "any 999 25");
        assert_eq!(first.after(None, 25, wanted).after(Some(at(1_001)), 50, wanted).to_string(), "any 1000 0");
        let trash = first.after(Some(at(2_000)), 25, wanted).after_the_last(wanted).expect("the trash");
        assert_eq!((trash.to_string().as_str(), trash.after_the_last(wanted)), ("trash 999 0", None));
    }

    #[test]
    fn the_past_has_an_end_and_no_trash_and_goes_back_by_an_hour() {
        let wanted = Wanted::PlacedBefore(at(10_000));
        let first = Cursor::first(wanted);
        assert_eq!((first.to_string().as_str(), first.after_the_last(wanted)), ("any - 0", None));
        assert_eq!(first.times(wanted), [("before", "1970-01-01T02:46:40".to_owned())]);
        let next = first.after(Some(at(5_000)), 100, wanted);
        let times = [("after", "1970-01-01T00:23:19".to_owned()), ("before", "1970-01-01T02:46:40".to_owned())];
        assert_eq!(next.times(wanted), times);
        // A page within the hour.
        assert_eq!(next.after(Some(at(4_999)), 100, wanted).to_string(), "any 1399 100");
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for text in ["any - 0", "any 999 25", "trash -5 7"] {
            assert_eq!(Cursor::read(text).map(|cursor| cursor.to_string()).as_deref(), Some(text));
        }
        for text in ["", "any", "any 1", "any 1 -1", "all 1 1", "any 1 1 1", "any x 1", "2"] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
