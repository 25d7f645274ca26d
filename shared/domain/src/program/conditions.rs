//! What an order must be like: of the whole program, or of one of its rewards. What is not named is not asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::super::money::Money;
use super::super::order::Line;

/// The text is no country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a country as two letters (ISO 3166-1 alpha-2), such as \"SE\"")]
pub struct InvalidCountry;

/// A country as two upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// The country as text.
    pub fn as_str(&self) -> &str {
        // Only ever made of two ASCII letters.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = InvalidCountry;

    fn from_str(text: &str) -> Result<Self, InvalidCountry> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(InvalidCountry),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidCountry;

    fn try_from(text: String) -> Result<Self, InvalidCountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of products: by SKU, by the platform's product id, by collection. A line is in it if any of them names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Products {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<String>,
}

impl Products {
    /// Nothing is named.
    pub fn is_empty(&self) -> bool {
        self.skus.is_empty() && self.products.is_empty() && self.collections.is_empty()
    }

    fn has(&self, line: &Line) -> bool {
        line.sku.as_ref().is_some_and(|sku| self.skus.contains(sku))
            || line.product.as_ref().is_some_and(|product| self.products.contains(product))
            || line.collections.iter().any(|collection| self.collections.contains(collection))
    }
}

/// Which of a person's orders a reward is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Orders {
    /// The friend's first order only.
    First,
    /// Every order that carries evidence.
    Every,
}

/// What an order must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// Judged on the net amount after refunds, of the products that count.
    #[serde(default)]
    pub minimum_order: Option<Money>,
    /// Only these products count; empty: all.
    #[serde(default, skip_serializing_if = "Products::is_empty")]
    pub include: Products,
    /// These products don't count, whatever includes them.
    #[serde(default, skip_serializing_if = "Products::is_empty")]
    pub exclude: Products,
    /// The order is delivered (or, without delivery, billed) to one of these; empty: anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// The order is of one of these markets, as the shop names them; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<String>,
    /// Which of the friend's orders; `None`: whatever the program takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<Orders>,
    /// For so many months after the friend's first order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
}

impl Conditions {
    /// Whether a line of the order counts.
    pub fn counts(&self, line: &Line) -> bool {
        (self.include.is_empty() || self.include.has(line)) && !self.exclude.has(line)
    }

    /// Whether it matters what was bought.
    pub fn asks_products(&self) -> bool {
        !self.include.is_empty() || !self.exclude.is_empty()
    }

    /// Whether it matters what the friend ordered earlier.
    pub fn asks_history(&self) -> bool {
        self.orders == Some(Orders::First) || self.months.is_some()
    }
}
