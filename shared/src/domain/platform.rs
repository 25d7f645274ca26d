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
