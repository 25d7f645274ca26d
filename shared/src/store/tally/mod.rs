//! What the streams of both tables are counted into: a day's counters, an advocate's months, the event log, and by whom a
//! link was first opened in a channel.

mod advocates;
mod chunks;
mod counters;
mod read;
mod shares;

pub use advocates::AdvocateMonth;
pub use chunks::{Chunk, Logged, pack};
pub use counters::{DayCounts, Known};
pub use read::{Read, Unreadable, read};
pub use shares::{Claim, Claims};

use crate::crypto::sha256_hex;

/// A shard of a table's stream, as fences and chunks name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(String);

impl Shard {
    /// Of a shard's id and the stream that it belongs to. Eight digits of a hash: a shard's name would be most of a
    /// counter, and of the few hundred shards of a day no two share theirs.
    pub fn new(stream: &str, id: &str) -> Self {
        Self(sha256_hex(&[stream.as_bytes(), id.as_bytes()])[..8].to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
