//! Fields of a `PATCH` that may be cleared: "left out" and "null" are different things to say.

use serde::{Deserialize, Deserializer};

/// A field that may be cleared: left out it stays as it is, `null` clears it (RFC 7396).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    #[default]
    Absent,
    Clear,
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: Clone> Patch<T> {
    /// The field after the change.
    pub fn applied_to(&self, before: Option<&T>) -> Option<T> {
        match self {
            Self::Absent => before.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}
