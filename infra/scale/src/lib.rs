//! DynamoDB's limits in virtual time: what a flow touches, as recorded from the real engine, is replayed at a rate that no
//! test machine reaches, and every partition and every item has the limits that AWS gives it. Pure: no clock, and the same
//! numbers in every run.

mod flow;
mod memory;
mod random;

use std::collections::{BTreeMap, HashMap};

pub use flow::{Flow, Hit, Touched};
pub use memory::Memory;
pub use random::{Random, Zipf};

/// Units that a partition gives in a second, and also a single item. Source: "Best practices for designing and using
/// partition keys effectively", DynamoDB Developer Guide.
pub const WRITES: f64 = 1000.0;
/// The same for reads.
pub const READS: f64 = 3000.0;
/// Transactions on the same item that are less than this apart are in each other's way: a few round trips within a region.
const TRANSACTION_US: u64 = 5_000;

/// Units by second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    pub read: f64,
    pub write: f64,
}

/// A table or an index with its partitions.
#[derive(Debug)]
struct Place {
    partitions: Vec<Units>,
}

/// What a replay came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub requests: u64,
    /// Requests that a partition or an item had no units left for, by table or index.
    pub throttled: BTreeMap<&'static str, u64>,
    /// Transactions that met another one at the same item; they are tried again.
    pub conflicts: u64,
    /// The most that any partition of a table or an index took in a second.
    pub busiest: BTreeMap<&'static str, Units>,
    /// The most that any item took in a second, by the kind of item.
    pub hottest: BTreeMap<&'static str, Units>,
    /// The same without the first second, in which everything is cold.
    pub hottest_warm: BTreeMap<&'static str, Units>,
}

impl Report {
    /// All that were refused.
    pub fn refused(&self) -> u64 {
        self.throttled.values().sum()
    }

    /// The most write units that any partition took in a second.
    pub fn most_writes(&self) -> f64 {
        self.busiest.values().map(|units| units.write).fold(0.0, f64::max)
    }
}

/// The tables with their limits. Nothing is saved up from quieter seconds: DynamoDB does so where it can, and promises
/// nothing. Nor are hot partitions split: that takes minutes.
#[derive(Debug)]
pub struct Model {
    places: BTreeMap<&'static str, Place>,
    items: HashMap<(&'static str, u64), (&'static str, Units)>,
    last_transaction: HashMap<(&'static str, u64), u64>,
    second: u64,
    report: Report,
}

impl Model {
    /// Tables and indexes with the number of their partitions.
    pub fn new(places: &[(&'static str, usize)]) -> Self {
        let of = |&(name, partitions): &(&'static str, usize)| {
            (name, Place { partitions: vec![Units::default(); partitions] })
        };
        Self {
            places: places.iter().map(of).collect(),
            items: HashMap::new(),
            last_transaction: HashMap::new(),
            second: 0,
            report: Report::default(),
        }
    }

    /// One request at this time, in microseconds; requests come in the order of time. Answers whether it was served.
    ///
    /// # Panics
    ///
    /// When the model has no such table or index.
    pub fn request(&mut self, at_us: u64, hits: &[Hit]) -> bool {
        if at_us / 1_000_000 != self.second {
            self.end_second();
            self.second = at_us / 1_000_000;
        }
        self.report.requests += 1;
        for hit in hits {
            if !self.has_room(hit) {
                *self.report.throttled.entry(hit.place).or_default() += 1;
                return false;
            }
        }
        let is_transaction = hits.iter().any(|hit| hit.in_transaction);
        let mut is_conflict = false;
        for hit in hits {
            let place = self.places.get_mut(hit.place).expect("a place of the model");
            let partition = hit.partition_of(place.partitions.len());
            add(&mut place.partitions[partition], hit);
            let (_, units) = self.items.entry((hit.place, hit.item)).or_insert((hit.kind, Units::default()));
            add(units, hit);
            if hit.in_transaction && hit.is_base {
                let before = self.last_transaction.insert((hit.place, hit.item), at_us);
                is_conflict |= before.is_some_and(|before| at_us - before < TRANSACTION_US);
            }
        }
        self.report.conflicts += u64::from(is_transaction && is_conflict);
        true
    }

    /// What it came to.
    pub fn finish(mut self) -> Report {
        self.end_second();
        self.report
    }

    fn has_room(&self, hit: &Hit) -> bool {
        let place = &self.places[hit.place];
        let fits = |units: &Units| units.read + hit.units.read <= READS && units.write + hit.units.write <= WRITES;
        let item = self.items.get(&(hit.place, hit.item)).is_none_or(|(_, units)| fits(units));
        item && fits(&place.partitions[hit.partition_of(place.partitions.len())])
    }

    fn end_second(&mut self) {
        let most = |known: &mut Units, units: &Units| {
            known.read = known.read.max(units.read);
            known.write = known.write.max(units.write);
        };
        for (name, place) in &mut self.places {
            let busiest = self.report.busiest.entry(name).or_default();
            for units in &mut place.partitions {
                most(busiest, units);
                *units = Units::default();
            }
        }
        for (kind, units) in self.items.values() {
            most(self.report.hottest.entry(kind).or_default(), units);
            if self.second > 0 {
                most(self.report.hottest_warm.entry(kind).or_default(), units);
            }
        }
        self.items.clear();
        let now = self.second * 1_000_000;
        self.last_transaction.retain(|_, at| now.saturating_sub(*at) < 2_000_000);
    }
}

fn add(units: &mut Units, hit: &Hit) {
    units.read += hit.units.read;
    units.write += hit.units.write;
}

#[cfg(test)]
mod tests;
