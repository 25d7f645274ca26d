//! The books: append-only double-entry postings. Value moves between four accounts, per merchant and unit; every
//! entry sums to zero per unit, names its cause, and has a natural key, so that it can't be posted twice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{AdvocateId, MerchantId, ReferralId, RewardId};
use super::money::Currency;
use super::program::Side;

/// Where value stands: `budget → reserved → liability → redeemed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What the merchant has to give; the other side of every grant.
    Budget,
    /// Granted, waiting for its hold to end.
    Reserved,
    /// Owed to somebody.
    Liability,
    /// Used.
    Redeemed,
}

/// One line of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub reward: RewardId,
    pub side: Side,
    pub account: Account,
    pub unit: Currency,
    /// Minor units; positive adds to the account.
    pub minor: i64,
}

/// What one cause posted for one referral. Never changed, never deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub merchant: MerchantId,
    pub advocate: AdvocateId,
    pub referral: ReferralId,
    /// 1 for the referral's first entry; with the referral it is the entry's natural key.
    pub number: u32,
    pub at: Timestamp,
    /// In plain words, e.g. `order 1001 paid`.
    pub cause: String,
    pub lines: Vec<Line>,
}

/// What stands on a reward's accounts, in minor units: the sum of all lines ever posted for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    pub reserved: i64,
    pub liability: i64,
}

impl Booked {
    /// What is granted in all.
    pub const fn granted(self) -> i64 {
        self.reserved + self.liability
    }

    /// The lines that lead from here to `target`; empty when nothing changes.
    pub fn lines_to(self, target: Self, reward: RewardId, side: Side, unit: Currency) -> Vec<Line> {
        let moves = [
            (Account::Budget, self.granted() - target.granted()),
            (Account::Reserved, target.reserved - self.reserved),
            (Account::Liability, target.liability - self.liability),
        ];
        let lines = moves.into_iter().filter(|(_, minor)| *minor != 0);
        lines.map(|(account, minor)| Line { reward, side, account, unit, minor }).collect()
    }
}
