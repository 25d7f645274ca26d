//! How a counter knows what it has counted. A record has a sequence number that only grows within its shard of the stream,
//! and a shard's records come in order the first time. So one number per shard and counter says it all: what is at or
//! below it is in, what is above is not, whatever was sent again, cut in two, or stopped half way.

use std::fmt;
use std::str::FromStr;

/// The text is no sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 digits")]
pub struct InvalidSequence;

/// A record's number within its shard: up to 40 digits, which no number type of storage has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence {
    high: u32,
    low: u128,
}

/// Digits that `low` has room for.
const LOW: usize = 38;

impl FromStr for Sequence {
    type Err = InvalidSequence;

    fn from_str(text: &str) -> Result<Self, InvalidSequence> {
        let is_number = (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(InvalidSequence);
        }
        let (high, low) = text.split_at(text.len().saturating_sub(LOW));
        let high = if high.is_empty() { 0 } else { high.parse().map_err(|_| InvalidSequence)? };
        Ok(Self { high, low: low.parse().map_err(|_| InvalidSequence)? })
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.high > 0 { write!(f, "{}{:0LOW$}", self.high, self.low) } else { write!(f, "{}", self.low) }
    }
}

impl Sequence {
    /// Bytes that compare as the numbers do.
    pub fn to_bytes(self) -> [u8; 17] {
        let mut bytes = [0; 17];
        bytes[0] = u8::try_from(self.high).unwrap_or(u8::MAX);
        bytes[1..].copy_from_slice(&self.low.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; 17]) -> Self {
        let [high, low @ ..] = bytes;
        Self { high: high.into(), low: u128::from_be_bytes(low) }
    }
}

/// Up to where a counter has counted a shard, and when that was noted. It is stored as bytes that compare by the number
/// first; a fence can be forgotten when the stream can't hold its records any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    pub up_to: Sequence,
    /// Hours since 1970.
    pub hour: u32,
}

/// A stream keeps its records for 24 hours, so nothing that old can come again. With room for clocks and for a function
/// that still runs.
const KEPT_HOURS: u32 = 26;

impl Fence {
    /// As it is stored.
    pub fn to_bytes(self) -> [u8; 21] {
        let mut bytes = [0; 21];
        bytes[..17].copy_from_slice(&self.up_to.to_bytes());
        bytes[17..].copy_from_slice(&self.hour.to_be_bytes());
        bytes
    }

    /// From as it is stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (up_to, hour) = bytes.split_first_chunk::<17>()?;
        Some(Self { up_to: Sequence::from_bytes(*up_to), hour: u32::from_be_bytes(hour.try_into().ok()?) })
    }

    /// What a stored fence must be below for a record with this number not to be counted yet.
    pub fn below(first: Sequence) -> [u8; 21] {
        Self { up_to: first, hour: 0 }.to_bytes()
    }

    /// Nothing that it keeps out can come any more.
    pub fn is_stale(self, now_hour: u32) -> bool {
        self.hour.saturating_add(KEPT_HOURS) < now_hour
    }
}
