//! The platforms that shops run on.

use serde::{Deserialize, Serialize};

/// A platform. Adding one makes the compiler list every place that must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    Shopify,
    Woocommerce,
    Bigcommerce,
    Custom,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Shopify, Self::Woocommerce, Self::Bigcommerce, Self::Custom];

    /// By its name in URLs and the API.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == name)
    }

    /// Its checkout takes codes that we can make.
    pub const fn makes_codes(self) -> bool {
        !matches!(self, Self::Custom)
    }

    /// Its orders and refunds can be deleted for good without a message, and without any list showing it. (Shopify tells of
    /// a deleted order; BigCommerce's stay in its lists.)
    pub const fn deletes_silently(self) -> bool {
        matches!(self, Self::Woocommerce)
    }

    /// As written in URLs and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shopify => "shopify",
            Self::Woocommerce => "woocommerce",
            Self::Bigcommerce => "bigcommerce",
            Self::Custom => "custom",
        }
    }
}
