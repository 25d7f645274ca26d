//! Tolerant readers for what platforms really send: amounts as strings or numbers, ids as numbers or strings, empty
//! strings for nothing, nulls for anything.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::domain::money::{Currency, Money};
use crate::domain::order::PlatformId;

/// An amount as the platform wrote it. Numbers keep their shortest decimal form, which is what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount(Option<String>);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Text(String),
            Number(serde_json::Number),
        }
        let text = Option::<Raw>::deserialize(deserializer)?.map(|raw| match raw {
            Raw::Text(text) => text,
            Raw::Number(number) => number.to_string(),
        });
        let text = text.filter(|text| !text.trim().is_empty());
        if let Some(text) = &text {
            // Any currency will do to see whether it is a number at all.
            let probe = "KWD".parse().map_err(serde::de::Error::custom)?;
            Money::parse_rounding(text, probe).map_err(serde::de::Error::custom)?;
        }
        Ok(Self(text))
    }
}

impl Amount {
    /// In minor units, rounded half-even; `None` when it was left out.
    pub(super) fn minor(&self, currency: Currency) -> Option<i64> {
        self.0.as_deref().and_then(|text| Money::parse_rounding(text, currency).ok()).map(Money::minor)
    }

    /// In minor units; nothing counts as zero.
    pub(super) fn minor_or_zero(&self, currency: Currency) -> i64 {
        self.minor(currency).unwrap_or(0)
    }
}

/// An id as a number (also above 2^53) or as text.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PlatformId, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Raw {
        Number(u64),
        Text(String),
    }
    let text = match Raw::deserialize(deserializer).map_err(|_| serde::de::Error::custom("must be an id: a number or text"))? {
        Raw::Number(number) => number.to_string(),
        Raw::Text(text) => text,
    };
    text.parse().map_err(serde::de::Error::custom)
}

/// An id that may be left out.
pub(super) fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PlatformId>, D::Error> {
    #[derive(Deserialize)]
    struct Id(#[serde(deserialize_with = "id")] PlatformId);
    Ok(Option::<Id>::deserialize(deserializer)?.map(|id| id.0))
}

/// Text that may be left out; empty is left out.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A flag that may be left out; then it is not set.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(deserializer)?.unwrap_or_default())
}

/// A list that may be null.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// A time with an offset.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(|_| serde::de::Error::custom("must be a time such as \"2026-11-21T10:00:00Z\""))
}

/// A time that may be left out.
pub(super) fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    struct Time(#[serde(deserialize_with = "time")] Timestamp);
    Ok(Option::<Time>::deserialize(deserializer)?.map(|time| time.0))
}
