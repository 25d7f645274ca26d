//! Readers for what PHP makes of data on its way to JSON: an empty list for an empty object and the reverse, an empty
//! string or `false` for nothing, a list with gaps as an object, times without an offset.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::money::Currency;

/// A list, each of whose elements must be readable: it says what money is about.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(optional_list(deserializer)?.unwrap_or_default())
}

/// A list of which it matters whether it was there at all. Empty is there.
pub(super) fn optional_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    deserializer.deserialize_any(List(PhantomData))
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Some(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some((_, element)) = elements.next_entry::<IgnoredAny, T>()? {
            list.push(element);
        }
        Ok(Some(list))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, given: bool) -> Result<Self::Value, E> {
        if given { Err(E::invalid_type(serde::de::Unexpected::Bool(given), &self)) } else { Ok(None) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() { Ok(None) } else { Err(E::invalid_type(serde::de::Unexpected::Other("text"), &self)) }
    }
}

/// A list of what is good to know and no more: what can't be read is passed over.
pub(super) fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let elements = match Value::deserialize(deserializer)? {
        Value::Array(elements) => elements,
        Value::Object(elements) => elements.into_iter().map(|(_, element)| element).collect(),
        _ => Vec::new(),
    };
    Ok(elements.into_iter().filter_map(|element| serde_json::from_value(element).ok()).collect())
}

/// Text, or a number as text. Whatever else it is counts as left out, as does empty text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    Ok((!text.is_empty()).then_some(text))
}

/// A currency that may be left out. One that is none is a fault: the amounts would be read wrongly.
pub(super) fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Currency>, D::Error> {
    let text = text(deserializer)?;
    text.map(|code| code.to_ascii_uppercase().parse().map_err(D::Error::custom)).transpose()
}

/// A time in UTC, or with an offset. Nothing, and the year 0 that WordPress has for drafts, are left out.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Null | Value::Bool(false) => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        _ => return Err(D::Error::custom(TIME)),
    };
    if text.is_empty() || text.starts_with("0000-") {
        return Ok(None);
    }
    let in_utc = |at: DateTime| at.to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let at = text.parse::<Timestamp>().or_else(|_| text.parse::<DateTime>().and_then(in_utc));
    at.map(Some).map_err(|_| D::Error::custom(TIME))
}

const TIME: &str = "must be a time such as \"2026-11-21T10:00:00\"";
