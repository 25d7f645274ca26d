//! How well a merchant's mails are received, and from when on they do more harm than good: all merchants of an
//! installation share one account with SES, which is put under review at 5 % bounces or 0.1 % complaints and paused at
//! twice or five times that. So a merchant is stopped before, and warned at half of it.

/// Hours that are looked at: a week.
pub const WINDOW_HOURS: u32 = 7 * 24;

/// Mails before which no rate means anything.
const LEAST_SENT: u32 = 100;
/// As many must have come back: a handful is bad luck.
const LEAST_BOUNCED: u32 = 5;
/// As many readers must have called one spam: two may be one person.
const LEAST_COMPLAINED: u32 = 3;

/// In ten-thousandths: from which rate on to warn, and from which on to pause.
const BOUNCES: [u64; 2] = [200, 400];
const COMPLAINTS: [u64; 2] = [5, 8];

/// What became of a merchant's mails of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub sent: u32,
    /// Of these, those that came back for good.
    pub bounced: u32,
    /// Of these, those that were called spam.
    pub complained: u32,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Bounces,
    Complaints,
}

/// What follows from the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Good,
    /// Somebody should look.
    Warn(Trouble),
    /// No more mails of this merchant until it has looked.
    Bad(Trouble),
}

/// Judges the counts. Complaints lead: they weigh more with mailbox providers.
pub fn health(counted: &Counted) -> Health {
    // Events may come in any order: what came back was sent.
    let sent = counted.sent.max(counted.bounced).max(counted.complained);
    let reaches = |count: u32, least: u32, rate: u64| {
        sent >= LEAST_SENT && count >= least && u64::from(count) * 10_000 >= rate * u64::from(sent)
    };
    let complaints = |rate| reaches(counted.complained, LEAST_COMPLAINED, rate);
    let bounces = |rate| reaches(counted.bounced, LEAST_BOUNCED, rate);
    match () {
        () if complaints(COMPLAINTS[1]) => Health::Bad(Trouble::Complaints),
        () if bounces(BOUNCES[1]) => Health::Bad(Trouble::Bounces),
        () if complaints(COMPLAINTS[0]) => Health::Warn(Trouble::Complaints),
        () if bounces(BOUNCES[0]) => Health::Warn(Trouble::Bounces),
        () => Health::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_warns_at_half_of_what_pauses_and_a_few_mails_mean_nothing() {
        use Trouble::{Bounces, Complaints};
        for (sent, bounced, complained, expected) in [
            (0, 0, 0, Health::Good),
            (99, 50, 20, Health::Good),
            (100, 4, 0, Health::Good),
            (100, 5, 0, Health::Bad(Bounces)),
            (1000, 19, 0, Health::Good),
            (1000, 20, 0, Health::Warn(Bounces)),
            (1000, 39, 0, Health::Warn(Bounces)),
            (1000, 40, 0, Health::Bad(Bounces)),
            (1000, 0, 2, Health::Good),
            (1000, 0, 3, Health::Bad(Complaints)),
            (10_000, 0, 4, Health::Good),
            (10_000, 0, 5, Health::Warn(Complaints)),
            (10_000, 0, 7, Health::Warn(Complaints)),
            (10_000, 0, 8, Health::Bad(Complaints)),
            (10_000, 500, 9, Health::Bad(Complaints)),
            (10_000, 500, 5, Health::Bad(Bounces)),
            (10_000, 250, 6, Health::Warn(Complaints)),
            // The events of sending are late.
            (0, 120, 0, Health::Bad(Bounces)),
        ] {
            assert_eq!(health(&Counted { sent, bounced, complained }), expected, "{sent} {bounced} {complained}");
        }
    }
}
