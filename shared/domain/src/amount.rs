//! What a reward is counted in: money, or any unit a merchant names (points, megabytes, pieces of a product). Whole
//! units throughout: minor units of a currency, pieces of everything else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::money::{Currency, MAX_MINOR, Money, amount as money_amount};

/// What is wrong with a unit or an amount of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error(
        "must be 1 to 40 letters, digits, \"_\", \"-\", \".\" or \":\", and no currency code, such as \"points\" or \"MB\""
    )]
    InvalidUnit,
    #[error("must be a whole number of at most {MAX_MINOR} as text, such as \"500\"")]
    NotWhole,
    #[error("must have either a currency or a unit")]
    NoUnit,
}

/// The name of a unit that is no currency.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct UnitName(String);

impl UnitName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnitName {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b));
        let valid = (1..=40).contains(&text.len()) && plain && text.parse::<Currency>().is_err();
        valid.then(|| Self(text.to_owned())).ok_or(AmountError::InvalidUnit)
    }
}

impl TryFrom<String> for UnitName {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<UnitName> for String {
    fn from(name: UnitName) -> Self {
        name.0
    }
}

impl fmt::Debug for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the books are kept in. As text: `SEK`, `points`, `sku:CASE-1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Unit {
    Currency(Currency),
    Named(UnitName),
}

impl Unit {
    /// The unit as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Currency(currency) => currency.code(),
            Self::Named(name) => name.as_str(),
        }
    }

    /// So many of this unit as a decimal string: a currency's decimals, none otherwise.
    pub fn amount(&self, minor: i64) -> String {
        match self {
            Self::Currency(currency) => money_amount(minor, *currency),
            Self::Named(_) => minor.to_string(),
        }
    }
}

impl FromStr for Unit {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        text.parse().map(Self::Currency).or_else(|_| text.parse().map(Self::Named))
    }
}

impl TryFrom<String> for Unit {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.as_str().to_owned()
    }
}

impl From<Currency> for Unit {
    fn from(currency: Currency) -> Self {
        Self::Currency(currency)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// So many of a unit. On the wire `{"amount": "100.00", "currency": "SEK"}` or `{"amount": "500", "unit": "points"}`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Amount {
    unit: Unit,
    minor: i64,
}

impl Amount {
    /// An amount in minor units of a currency, or in pieces of anything else.
    pub fn new(minor: i64, unit: impl Into<Unit>) -> Self {
        Self { unit: unit.into(), minor }
    }

    /// Minor units of a currency, or pieces.
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// What it is counted in.
    pub const fn unit(&self) -> &Unit {
        &self.unit
    }

    /// The amount as money, if it is.
    pub const fn money(&self) -> Option<Money> {
        match self.unit {
            Unit::Currency(currency) => Some(Money::new(self.minor, currency)),
            Unit::Named(_) => None,
        }
    }

    /// The same unit, another number of it.
    #[must_use]
    pub fn with_minor(&self, minor: i64) -> Self {
        Self { unit: self.unit.clone(), minor }
    }
}

impl From<UnitName> for Unit {
    fn from(name: UnitName) -> Self {
        Self::Named(name)
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self::new(money.minor(), money.currency())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.unit.amount(self.minor), self.unit)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<UnitName>,
}

impl From<Amount> for Wire {
    fn from(value: Amount) -> Self {
        let amount = value.unit.amount(value.minor);
        match value.unit {
            Unit::Currency(currency) => Self { amount, currency: Some(currency), unit: None },
            Unit::Named(name) => Self { amount, currency: None, unit: Some(name) },
        }
    }
}

impl TryFrom<Wire> for Amount {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        match (wire.currency, wire.unit) {
            (Some(currency), None) => {
                Money::parse(&wire.amount, currency).map(Self::from).map_err(|fault| fault.to_string())
            }
            (None, Some(name)) => {
                let whole = wire.amount.bytes().all(|b| b.is_ascii_digit()).then(|| wire.amount.parse::<i64>().ok());
                let minor = whole.flatten().filter(|minor| *minor <= MAX_MINOR);
                minor.map(|minor| Self::new(minor, name)).ok_or_else(|| AmountError::NotWhole.to_string())
            }
            (None, None) | (Some(_), Some(_)) => Err(AmountError::NoUnit.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Amount, String> {
        serde_json::from_str(json).map_err(|fault: serde_json::Error| fault.to_string())
    }

    #[test]
    fn an_amount_is_money_or_a_whole_number_of_a_named_unit() {
        for (json, says) in [
            (r#"{"amount":"100.00","currency":"SEK"}"#, "100.00 SEK"),
            (r#"{"amount":"100","currency":"JPY"}"#, "100 JPY"),
            (r#"{"amount":"1.250","currency":"KWD"}"#, "1.250 KWD"),
            (r#"{"amount":"500","unit":"MB"}"#, "500 MB"),
        ] {
            let amount = read(json).expect(json);
            assert_eq!(amount.to_string(), says);
            assert_eq!(serde_json::to_string(&amount).expect("serializes"), json);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_and_says_what_is_allowed() {
        for (json, says) in [
            (r#"{"amount":"100"}"#, "either a currency or a unit"),
            (r#"{"amount":"100.00","currency":"SEK","unit":"MB"}"#, "either a currency or a unit"),
            (r#"{"amount":"1.5","unit":"MB"}"#, "whole number"),
            (r#"{"amount":"-1","unit":"MB"}"#, "whole number"),
            (r#"{"amount":"1000000000001","unit":"MB"}"#, "whole number"),
            (r#"{"amount":"1","unit":"SEK"}"#, "no currency code"),
            (r#"{"amount":"1","unit":"a b"}"#, "1 to 40 letters"),
            (r#"{"amount":"100","currency":"SEK"}"#, "exactly 2 decimals"),
        ] {
            let fault = read(json).expect_err(json);
            assert!(fault.contains(says), "{json}: {fault}");
        }
    }
}
