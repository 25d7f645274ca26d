//! One line of the event log: what one record adds to the counts of one place on one day. The sum of all lines is every
//! number there is.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::super::id::{AdvocateId, ProgramId, ShopId};
use super::super::origin::Origin;
use super::Counts;

/// Whose counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Program(ProgramId),
    /// All orders of a shop, to compare with.
    Shop(ShopId),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(id) => id.fmt(f),
            Self::Shop(id) => id.fmt(f),
        }
    }
}

impl FromStr for Scope {
    type Err = super::super::id::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Program).or_else(|_| text.parse().map(Self::Shop))
    }
}

/// Where within the scope. What is not known is left out, and counted as unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub channel: Option<String>,
    /// The country as two capitals; of a mail, whose reader's country nobody told, its locale.
    pub market: Option<String>,
    pub variant: Option<String>,
    pub device: Option<String>,
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Self {
        Self {
            channel: origin.channel.as_ref().map(|channel| channel.as_str().to_owned()),
            market: origin.country.as_ref().map(|country| country.as_str().to_owned()),
            variant: origin.variant.as_ref().map(|variant| variant.as_str().to_owned()),
            device: origin.device.map(|device| device.as_str().to_owned()),
        }
    }
}

/// What is added, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub scope: Scope,
    pub day: Date,
    pub place: Place,
    /// Whose link, where it is an advocate's.
    pub advocate: Option<AdvocateId>,
    pub counts: Counts,
}

/// Which of the lines of a record this is.
type Key = (Scope, Date, Place, Option<AdvocateId>);

/// What leads from what an item said to what it says now. Empty when that comes to the same.
pub fn difference(old: Vec<Line>, new: Vec<Line>) -> Vec<Line> {
    let mut sums: BTreeMap<Key, Counts> = BTreeMap::new();
    for (lines, sign) in [(old, -1), (new, 1)] {
        for line in lines {
            let sum = sums.entry((line.scope, line.day, line.place, line.advocate)).or_default();
            for (count, amount) in line.counts {
                *sum.entry(count).or_default() += sign * amount;
            }
        }
    }
    let lines = sums.into_iter().map(|((scope, day, place, advocate), mut counts)| {
        counts.retain(|_, amount| *amount != 0);
        Line { scope, day, place, advocate, counts }
    });
    lines.filter(|line| !line.counts.is_empty()).collect()
}
