//! Many lines as few sums: one per counter that a batch touches. A counter keeps its parts with their sequence numbers, so
//! that what it has counted before can be left out.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

use super::super::id::{AdvocateId, ProgramId};
use super::{Count, Counts, Line, Scope, Sequence};

/// By what counts of a day are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    Total,
    Channel,
    Market,
    Variant,
    Device,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Total, Self::Channel, Self::Market, Self::Variant, Self::Device];

    /// The letter that its sort keys begin with.
    pub const fn letter(self) -> char {
        match self {
            Self::Total => 'T',
            Self::Channel => 'C',
            Self::Market => 'M',
            Self::Variant => 'V',
            Self::Device => 'D',
        }
    }

    /// The line's value in this dimension.
    pub fn of(self, line: &Line) -> &str {
        let value = match self {
            Self::Total => return "",
            Self::Channel => &line.place.channel,
            Self::Market => &line.place.market,
            Self::Variant => &line.place.variant,
            Self::Device => &line.place.device,
        };
        value.as_deref().unwrap_or(UNKNOWN)
    }
}

/// What is counted where the value is not known. No channel, country, variant or device is written like this.
pub const UNKNOWN: &str = "?";

/// One item that is counted in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    Day {
        scope: Scope,
        day: Date,
        by: Dimension,
    },
    /// One advocate's month in a program.
    Advocate {
        program: ProgramId,
        month: String,
        advocate: AdvocateId,
    },
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day { scope, day, by } => write!(f, "{scope} {}#{day}", by.letter()),
            Self::Advocate { program, month, advocate } => write!(f, "{program} {month} {advocate}"),
        }
    }
}

/// A day's month, such as `2026-11`.
pub fn month(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// What of an advocate is counted by month: what follows from orders. A click would cost a write of its own here, because
/// each link is another advocate's.
pub struct Advocates;

impl Advocates {
    /// Whether this is counted for advocates.
    pub const fn take(count: Count) -> bool {
        !matches!(count, Count::Clicks | Count::Visitors | Count::Shares | Count::Sharers | Count::Enrolled)
    }
}

/// What one record adds to one counter: value of the dimension, what, how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub sequence: Sequence,
    pub value: String,
    pub counts: Counts,
}

/// All that a batch adds to one counter, in the order of the shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum(Vec<Part>);

impl Sum {
    /// Adds a part. Parts come in the order of their numbers.
    fn push(&mut self, part: Part) {
        self.0.push(part);
    }

    /// The first and the last number of what lies above a fence. `None`: all of it is counted already.
    pub fn range(&self, fence: Option<Sequence>) -> Option<(Sequence, Sequence)> {
        let mut numbers = self.above(fence).map(|part| part.sequence);
        let first = numbers.next()?;
        Some(numbers.fold((first, first), |(low, high), number| (low.min(number), high.max(number))))
    }

    /// What is to be added, by value and what is counted: that of records above the fence, all others are in already.
    pub fn counts(&self, fence: Option<Sequence>) -> BTreeMap<(String, Count), i64> {
        let mut sums = BTreeMap::new();
        for part in self.above(fence) {
            for (count, amount) in &part.counts {
                *sums.entry((part.value.clone(), *count)).or_default() += amount;
            }
        }
        sums.retain(|_, amount| *amount != 0);
        sums
    }

    /// The lowest number in it.
    pub fn first(&self) -> Option<Sequence> {
        self.range(None).map(|(first, _)| first)
    }

    fn above(&self, fence: Option<Sequence>) -> impl Iterator<Item = &Part> {
        self.0.iter().filter(move |part| fence.is_none_or(|fence| part.sequence > fence))
    }
}

/// Sums up lines by counter.
pub fn fold<'a>(lines: impl IntoIterator<Item = (Sequence, &'a Line)>) -> BTreeMap<Counter, Sum> {
    let mut sums: BTreeMap<Counter, Sum> = BTreeMap::new();
    for (sequence, line) in lines {
        // A shop's orders are there to compare with, as a whole.
        let by: &[Dimension] = match line.scope {
            Scope::Program(_) => &Dimension::ALL,
            Scope::Shop(_) => &Dimension::ALL[..1],
        };
        for by in by {
            let part = Part { sequence, value: by.of(line).to_owned(), counts: line.counts.clone() };
            sums.entry(Counter::Day { scope: line.scope, day: line.day, by: *by }).or_default().push(part);
        }
        if let (Scope::Program(program), Some(advocate)) = (line.scope, line.advocate) {
            let counts: Counts =
                line.counts.iter().filter(|(count, _)| Advocates::take(**count)).map(|(c, n)| (*c, *n)).collect();
            if !counts.is_empty() {
                let counter = Counter::Advocate { program, month: month(line.day), advocate };
                sums.entry(counter).or_default().push(Part { sequence, value: String::new(), counts });
            }
        }
    }
    sums
}
