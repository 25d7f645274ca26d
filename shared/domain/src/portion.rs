//! How much is asked for at a time. A shop that is too slow for a whole page gets on with smaller ones.

use serde::{Deserialize, Serialize};

/// A page that is halved so many times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Portion(u32);

/// No page has more than 256 orders.
const MOST: u32 = 8;

impl Portion {
    /// The next one after a failure.
    #[must_use]
    pub const fn halved(self) -> Self {
        if self.0 < MOST { Self(self.0 + 1) } else { self }
    }

    /// The next one after a quick success, back to whole pages.
    #[must_use]
    pub const fn doubled(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Of a whole page; never nothing.
    pub fn of(self, page: usize) -> usize {
        (page >> self.0).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portion_shrinks_to_one_and_grows_back() {
        let mut portion = Portion::default();
        let mut shrinks = || {
            portion = portion.halved();
            portion.of(25)
        };
        assert_eq!([(); 6].map(|()| shrinks()), [12, 6, 3, 1, 1, 1]);
        assert_eq!((0..9).fold(Portion::default(), |portion, _| portion.halved()).of(250), 1);
        assert_eq!(Portion::default().halved().halved().doubled().of(25), 12);
        assert_eq!(Portion::default().doubled().of(25), 25);
    }
}
