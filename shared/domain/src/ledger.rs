//! The books: append-only double-entry postings. Value moves between accounts, per merchant and unit; every entry sums
//! to zero per unit, names its cause, and has a natural key, so that it can't be posted twice.
//!
//! ```text
//! budget ─► reserved ─► liability ─► redeemed ─► written_off    used, and the order was taken back: the merchant's loss
//!                           ▲            ┆
//!                       clawback ◄┄┄┄┄┄┄┄┘                      … or the advocate's, made good by the next reward
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::amount::Unit;
use super::id::{AdvocateId, MerchantId, ReferralId, RewardId};
use super::program::Side;
use super::referral::Referral;

/// Where value stands.
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
    /// Below zero: the advocate used it and is to make good for it. Back to zero: another reward did.
    Clawback,
    /// Used, not earned after all, and not to be had back.
    WrittenOff,
}

impl Account {
    /// Accounts that may stand below zero.
    const fn may_be_negative(self) -> bool {
        matches!(self, Self::Budget | Self::Clawback)
    }
}

/// One line of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub reward: RewardId,
    pub side: Side,
    pub account: Account,
    pub unit: Unit,
    /// Minor units of a currency, or pieces; positive adds to the account.
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
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redeemed: i64,
    /// What this reward was lessened by to make good for others, less what others are to make good for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub clawback: i64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub written_off: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

impl Booked {
    /// What the budget has given in all.
    pub const fn granted(self) -> i64 {
        self.reserved + self.liability + self.redeemed + self.clawback + self.written_off
    }

    /// The lines that lead from here to `target`; empty when nothing changes.
    pub fn lines_to(self, target: Self, reward: RewardId, side: Side, unit: &Unit) -> Vec<Line> {
        let moves = [
            (Account::Budget, self.granted() - target.granted()),
            (Account::Reserved, target.reserved - self.reserved),
            (Account::Liability, target.liability - self.liability),
            (Account::Redeemed, target.redeemed - self.redeemed),
            (Account::Clawback, target.clawback - self.clawback),
            (Account::WrittenOff, target.written_off - self.written_off),
        ];
        let lines = moves.into_iter().filter(|(_, minor)| *minor != 0);
        lines.map(|(account, minor)| Line { reward, side, account, unit: unit.clone(), minor }).collect()
    }
}

/// What is wrong with a referral's books, each in plain words: an entry that does not balance or is missing, an account
/// below zero, a reward that says something else than its entries.
pub fn problems(referral: &Referral, entries: &[Entry]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut standing: BTreeMap<(RewardId, Account, &Unit), i64> = BTreeMap::new();
    for (entry, number) in entries.iter().zip(1..) {
        if entry.number != number {
            problems.push(format!("entry {number} is missing"));
        }
        let mut sums: BTreeMap<&Unit, i64> = BTreeMap::new();
        for line in &entry.lines {
            *sums.entry(&line.unit).or_default() += line.minor;
            *standing.entry((line.reward, line.account, &line.unit)).or_default() += line.minor;
        }
        let unbalanced = sums.into_iter().filter(|(_, sum)| *sum != 0);
        problems.extend(
            unbalanced.map(|(unit, sum)| format!("entry {} is off by {sum} minor units of {unit}", entry.number)),
        );
    }
    if entries.len() != usize::try_from(referral.entries).unwrap_or(usize::MAX) {
        problems.push(format!("{} entries where the referral counts {}", entries.len(), referral.entries));
    }
    let below_zero = standing.iter().filter(|((_, account, _), minor)| !account.may_be_negative() && **minor < 0);
    problems.extend(
        below_zero.map(|((reward, account, unit), minor)| format!("{reward}: {account:?} stands at {minor} {unit}")),
    );
    for reward in &referral.rewards {
        let of = |account| standing.get(&(reward.id, account, reward.value.unit())).copied().unwrap_or(0);
        let entered = Booked {
            reserved: of(Account::Reserved),
            liability: of(Account::Liability),
            redeemed: of(Account::Redeemed),
            clawback: of(Account::Clawback),
            written_off: of(Account::WrittenOff),
        };
        if entered != reward.booked {
            problems.push(format!("{}: the entries say {entered:?}, the reward {:?}", reward.id, reward.booked));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::amount::Amount;
    use super::super::id::ProgramId;
    use super::super::program::{Fulfilment, Kind};
    use super::super::referral::{Holds, Reward, State};
    use super::super::samples::{advocate, at, currency, merchant, order_ref, ulid};
    use super::*;

    fn books() -> (Referral, Vec<Entry>) {
        let unit = Unit::from(currency("SEK"));
        let program = ProgramId::new(ulid(3));
        let id = ReferralId::of("order", program, advocate(1), at(0));
        let booked = Booked { liability: 10_000, ..Booked::default() };
        let reward = Reward {
            value: Amount::new(10_000, unit.clone()),
            state: State::Approved,
            booked,
            ..Reward::new(RewardId::of(id, 1), Side::Advocate, Kind::Fixed, Fulfilment::Manual, unit.clone())
        };
        let entry = Entry {
            merchant: merchant(),
            advocate: advocate(1),
            referral: id,
            number: 1,
            at: at(0),
            cause: "order 1001 paid".into(),
            lines: Booked::default().lines_to(booked, reward.id, Side::Advocate, &unit),
        };
        let referral = Referral {
            id,
            merchant: merchant(),
            program,
            program_version: 1,
            advocate: advocate(1),
            code: "ANNA10".parse().expect("a code"),
            order: order_ref(),
            state: State::Approved,
            rewards: vec![reward],
            entries: 1,
            holds: Holds::default(),
            via: None,
            created_at: at(0),
            updated_at: at(0),
        };
        (referral, vec![entry])
    }

    #[test]
    fn books_that_are_right_have_no_problems_and_each_fault_is_named() {
        let (referral, entries) = books();
        assert_eq!(problems(&referral, &entries), Vec::<String>::new());
        let says = |referral: &Referral, entries: &[Entry], words: &str| {
            let found = problems(referral, entries);
            assert!(found.iter().any(|problem| problem.contains(words)), "{words}: {found:?}");
        };
        says(&referral, &[], "0 entries where the referral counts 1");
        let mut unbalanced = entries.clone();
        unbalanced[0].lines.pop();
        says(&referral, &unbalanced, "off by -10000");
        let mut renumbered = entries.clone();
        renumbered[0].number = 2;
        says(&referral, &renumbered, "entry 1 is missing");
        let mut other = referral.clone();
        other.rewards[0].booked.liability = 9_000;
        says(&other, &entries, "the reward");
        let mut taken = entries.clone();
        for line in &mut taken[0].lines {
            line.minor = -line.minor;
        }
        says(&referral, &taken, "stands at -10000");
    }
}
