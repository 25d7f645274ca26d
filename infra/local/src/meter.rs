//! Counts what DynamoDB says each flow consumed (`ReturnConsumedCapacity`), so that cost is measured and not guessed.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

tokio::task_local! {
    static FLOW: Flow;
}

/// What runs in a task.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) function: String,
}

/// The flow that runs in this task, if one does.
pub(crate) fn calling_flow() -> Option<Flow> {
    FLOW.try_with(Clone::clone).ok()
}

/// What a flow consumed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// How often the flow ran.
    pub runs: u64,
    /// Requests to DynamoDB.
    pub requests: u64,
    pub read_units: f64,
    pub write_units: f64,
}

/// The meter: one tally per flow.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<BTreeMap<String, Usage>>>);

impl Meter {
    /// Runs a function for a flow: what it consumes is counted under the flow's name.
    pub async fn flow<T>(&self, name: &str, function: &str, run: impl Future<Output = T>) -> T {
        self.add(name, |usage| usage.runs += 1);
        FLOW.scope(Flow { name: name.to_owned(), function: function.to_owned() }, run).await
    }

    /// All tallies.
    pub fn usage(&self) -> BTreeMap<String, Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, flow: &str, change: impl FnOnce(&mut Usage)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(tallies.entry(flow.to_owned()).or_default());
    }

    /// Counts a request by its answer.
    pub(crate) fn count(&self, flow: &str, operation: &str, answer: &[u8]) {
        // What is refused has no units in its answer.
        let answer: Answer = serde_json::from_slice(answer).unwrap_or_default();
        let units = answer.consumed_capacity.map_or(0.0, Consumed::sum);
        let is_read = matches!(operation, "GetItem" | "BatchGetItem" | "Query");
        self.add(flow, |tally| {
            tally.requests += 1;
            tally.read_units += if is_read { units } else { 0.0 };
            tally.write_units += if is_read { 0.0 } else { units };
        });
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    consumed_capacity: Option<Consumed>,
}

/// Of one table, or of each that a transaction touched.
#[derive(Deserialize)]
#[serde(untagged)]
enum Consumed {
    Table(Units),
    Tables(Vec<Units>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Units {
    #[serde(default)]
    capacity_units: f64,
}

impl Consumed {
    fn sum(self) -> f64 {
        match self {
            Self::Table(table) => table.capacity_units,
            Self::Tables(tables) => tables.iter().map(|table| table.capacity_units).sum(),
        }
    }
}
