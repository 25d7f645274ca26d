//! What many sandboxes remember, each for itself and for a while.

use std::collections::HashMap;

use super::{Hit, Random};

/// The sandboxes of a function.
#[derive(Debug)]
pub struct Memory {
    /// From this long to twice as long something is remembered, in microseconds.
    least_us: u64,
    /// By sandbox and item: until when.
    known: HashMap<(u64, u64), u64>,
}

impl Memory {
    /// Sandboxes that know nothing yet.
    pub fn new(least_us: u64) -> Self {
        Self { least_us, known: HashMap::new() }
    }

    /// Whether the sandbox knows the item at this time, in microseconds. If not it reads it, and knows it from then on.
    pub fn knows(&mut self, sandbox: u64, hit: &Hit, at_us: u64, random: &mut Random) -> bool {
        let until = self.known.entry((sandbox, hit.item)).or_default();
        if at_us < *until {
            return true;
        }
        *until = at_us + self.least_us + random.below(self.least_us);
        false
    }
}
