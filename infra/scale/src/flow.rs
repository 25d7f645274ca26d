//! A flow as it was recorded from the real engine, ready to be repeated by anybody: which of its keys are the same for all,
//! which follow the link, and which are new each time, is seen by comparing recordings.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Units;
use super::random::mixed;

/// One item that a request read or wrote, in a table or in one of its indexes, as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    pub operation: String,
    /// `None`: the table itself.
    pub index: Option<&'static str>,
    /// The partition key there; in an index it ends in `#` and a shard.
    pub partition: String,
    /// The sort key there.
    pub sort: String,
    pub units: Units,
}

/// What a key depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// It is the same for everybody.
    All,
    /// The link, and so its advocate.
    Link,
    /// This run of the flow.
    Run,
}

/// One item that a run reads or writes.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// The table, or the index.
    pub place: &'static str,
    /// What kind of item it is: how its partition key starts.
    pub kind: &'static str,
    /// The partition key, as a hash.
    pub partition: u64,
    /// Both keys, as a hash.
    pub item: u64,
    pub units: Units,
    pub in_transaction: bool,
    /// In the table itself.
    pub is_base: bool,
}

impl Hit {
    /// Where the key lies among so many partitions: DynamoDB gives each a range of the hashes.
    pub fn partition_of(&self, partitions: usize) -> usize {
        usize::try_from((u128::from(self.partition) * partitions as u128) >> 64).unwrap_or(0)
    }
}

/// One step: an access with what its keys depend on.
#[derive(Clone, Debug)]
struct Step {
    hit: Hit,
    partition: Of,
    item: Of,
    /// The partition key ends in a shard that follows from the item's own key.
    is_sharded: bool,
    /// Of the same request as the step before.
    joins: bool,
}

/// A flow.
#[derive(Clone, Debug)]
pub struct Flow {
    steps: Vec<Step>,
    /// Into how many partitions of an index lists and due work are spread, by the index.
    shards: fn(&'static str) -> u64,
}

impl Flow {
    /// A flow out of three recordings: one, one of another run on the same link, and one on another link of the same program.
    ///
    /// # Panics
    ///
    /// When the recordings are not of the same steps.
    pub fn new(
        one: &[Touched],
        other_run: &[Touched],
        other_link: &[Touched],
        shards: fn(&'static str) -> u64,
    ) -> Self {
        let shape = |accesses: &[Touched]| {
            accesses.iter().map(|it| (it.operation.clone(), it.index, kind(&it.partition))).collect::<Vec<_>>()
        };
        assert_eq!(shape(one), shape(other_run), "the same steps");
        assert_eq!(shape(one), shape(other_link), "the same steps");
        let accesses = one;
        let steps = one.iter().zip(other_run).zip(other_link).enumerate();
        let steps = steps.map(|(number, ((one, run), link))| {
            let of = |key: fn(&Touched) -> String| match (key(one) == key(run), key(one) == key(link)) {
                (true, true) => Of::All,
                (true, false) => Of::Link,
                (false, _) => Of::Run,
            };
            let in_transaction = one.operation == "TransactWriteItems";
            let is_next = |before: &Touched| before.operation == "TransactWriteItems" && in_transaction;
            let of_request = number.checked_sub(1).is_some_and(|before| is_next(&accesses[before]));
            Step {
                hit: Hit {
                    place: one.index.unwrap_or(if kind(&one.partition) == "CLK" { "clicks" } else { "core" }),
                    kind: kind(&one.partition),
                    partition: hash(&(one.index, unsharded(one))),
                    item: hash(&(one.index, unsharded(one), &one.sort)),
                    units: one.units,
                    in_transaction,
                    is_base: one.index.is_none(),
                },
                partition: of(unsharded),
                item: of(|it| format!("{} {}", unsharded(it), it.sort)),
                is_sharded: one.index.is_some(),
                joins: of_request || one.index.is_some() && one.units.write > 0.0,
            }
        });
        Self { steps: steps.collect(), shards }
    }

    /// The requests of one run, each with the items that it touches.
    pub fn run(&self, run: u64, link: u64) -> Vec<Vec<Hit>> {
        let mut requests: Vec<Vec<Hit>> = Vec::new();
        let mut base = 0;
        for step in &self.steps {
            let vary = |key: u64, of: Of| match of {
                Of::All => mixed(key),
                Of::Link => mixed(key ^ mixed(link ^ 0x6c69_6e6b)),
                Of::Run => mixed(key ^ mixed(run ^ 0x0072_756e_0000)),
            };
            let mut hit = step.hit;
            hit.partition = vary(step.hit.partition, step.partition);
            hit.item = vary(step.hit.item, step.item);
            if step.is_sharded && step.partition != Of::Run {
                // An index's entry follows its item in the recording.
                hit.partition = mixed(hit.partition ^ mixed(1 + base % (self.shards)(hit.place)));
            } else if hit.is_base {
                base = hit.partition;
            }
            match requests.last_mut() {
                Some(request) if step.joins => request.push(hit),
                _ => requests.push(vec![hit]),
            }
        }
        requests
    }

    /// Units of one run.
    pub fn units(&self) -> Units {
        let sum = |of: fn(&Units) -> f64| self.steps.iter().map(|step| of(&step.hit.units)).sum();
        Units { read: sum(|units| units.read), write: sum(|units| units.write) }
    }

    /// The same with another number of shards.
    #[must_use]
    pub fn spread_over(&self, shards: fn(&'static str) -> u64) -> Self {
        Self { steps: self.steps.clone(), shards }
    }

    /// The steps on items of these kinds.
    #[must_use]
    pub fn only(&self, kinds: &[&str]) -> Self {
        let steps = self.steps.iter().filter(|step| kinds.contains(&step.hit.kind)).cloned().collect();
        Self { steps, shards: self.shards }
    }
}

/// A partition key without the shard at its end.
fn unsharded(access: &Touched) -> String {
    match access.index {
        None => access.partition.clone(),
        Some(_) => access.partition.rsplit_once('#').map_or("", |(start, _)| start).to_owned(),
    }
}

/// How keys of this kind start.
fn kind(partition: &str) -> &'static str {
    const KINDS: [&str; 14] =
        ["ADV", "BUD", "CAP", "CLK", "DUE", "LED", "LNK", "LST", "MER", "ORD", "OUT", "PER", "REF", "SHP"];
    KINDS.into_iter().find(|kind| partition.starts_with(kind)).unwrap_or("other")
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
