//! Tolerant readers for what platforms really send: amounts as strings or numbers, ids as numbers or strings, empty
//! strings for nothing, nulls for anything.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::money::{Currency, MAX_MINOR, Money};
use crate::domain::order::PlatformId;

/// An amount as the platform wrote it: a decimal number that at least one currency can hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount(Option<String>);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount such as \"100.00\"")
    }

    fn visit_unit<E: Error>(self) -> Result<Amount, E> {
        Ok(Amount(None))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
        if text.trim().is_empty() {
            return Ok(Amount(None));
        }
        // A currency without decimals holds the most.
        let probe = "JPY".parse().map_err(E::custom)?;
        Money::parse_rounding(text, probe).map_err(E::custom)?;
        Ok(Amount(Some(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
        // More decimals than any currency has, fewer than it takes for sums of floats to go wrong.
        self.visit_str(&format!("{number:.9}"))
    }
}

impl Amount {
    /// In minor units, rounded half-even; `None` when it was left out. What the currency can't hold is as much as
    /// it can.
    pub(super) fn minor(&self, currency: Currency) -> Option<i64> {
        let text = self.0.as_deref()?;
        let limit = if text.trim().starts_with('-') { -MAX_MINOR } else { MAX_MINOR };
        Some(Money::parse_rounding(text, currency).map_or(limit, Money::minor))
    }

    /// The amount in the currency that one of is worth so much of this amount's. More than 0.
    #[cfg(feature = "outbound")]
    pub(super) fn divided(&self, rate: rust_decimal::Decimal) -> Self {
        let divided =
            |text: &String| Some(text.trim().parse::<rust_decimal::Decimal>().ok()?.checked_div(rate)?.to_string());
        if rate == rust_decimal::Decimal::ONE { self.clone() } else { Self(self.0.as_ref().and_then(divided)) }
    }

    /// In minor units; nothing counts as zero.
    pub(super) fn minor_or_zero(&self, currency: Currency) -> i64 {
        self.minor(currency).unwrap_or(0)
    }
}

/// An id as a number (also above 2^53) or as text.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PlatformId, D::Error> {
    optional_id(deserializer)?.ok_or_else(|| D::Error::invalid_type(Unexpected::Other("nothing"), &IdVisitor))
}

/// An id that may be left out; empty is left out.
pub(super) fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PlatformId>, D::Error> {
    deserializer.deserialize_any(IdVisitor)
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Option<PlatformId>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a number or text")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(E::custom) }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_str(&number.to_string())
    }
}

/// Ids; nothing is none.
pub(super) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PlatformId>, D::Error> {
    Ok(Option::<Vec<Id>>::deserialize(deserializer)?.unwrap_or_default().into_iter().map(|id| id.0).collect())
}

/// The number in a global id such as `gid://shopify/Customer/1`, or an id as it is.
pub(super) fn gid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PlatformId>, D::Error> {
    let Some(text) = text(deserializer)? else { return Ok(None) };
    let id = text.rsplit('/').next().unwrap_or_default();
    id.parse().map(Some).map_err(D::Error::custom)
}

/// For what is good to know and no more: a value of another shape counts as left out, so that it costs no order.
pub(super) fn if_readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// The same, where nothing reads as a default.
pub(super) fn if_readable_or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(if_readable(deserializer)?.unwrap_or_default())
}

/// An id for [`if_readable`].
#[derive(Deserialize)]
pub(super) struct Id(#[serde(deserialize_with = "id")] pub(super) PlatformId);

/// Text that may be left out; empty is left out.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// A time with an offset.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(|_| serde::de::Error::custom("must be a time such as \"2026-11-21T10:00:00Z\""))
}

/// A time that may be left out.
pub(super) fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    struct Time(#[serde(deserialize_with = "time")] Timestamp);
    Ok(Option::<Time>::deserialize(deserializer)?.map(|time| time.0))
}

/// A time, or a day without one, which then is its end: what is said of a day is said once it is over.
pub(super) fn optional_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = text(deserializer)? else { return Ok(None) };
    let end_of = |day: Date| day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let at = text.parse().or_else(|_| text.parse().and_then(end_of));
    at.map(Some).map_err(|_| D::Error::custom("must be a time such as \"2026-11-21T10:00:00Z\", or a day"))
}
