//! What opens a platform's API for one shop. Stored sealed, never shown.

use serde::{Deserialize, Serialize};

use crate::crypto::{CannotOpen, Keys, Sealed};
use crate::domain::id::ShopId;
use crate::domain::platform::Platform;

/// Where a shop's API is, and what opens it. Holds secrets, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Without a slash at the end; what adapters add begins with one.
    pub base_url: String,
    pub credentials: Credentials,
}

/// What a platform wants to be shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "platform", rename_all = "lowercase")]
pub enum Credentials {
    /// A custom app's Admin API token.
    Shopify { access_token: String },
    /// A REST API key with the right to read and write.
    Woocommerce { consumer_key: String, consumer_secret: String },
    /// A store-level API account's token.
    Bigcommerce { access_token: String },
}

impl Credentials {
    /// The platform that they are for.
    pub const fn platform(&self) -> Platform {
        match self {
            Self::Shopify { .. } => Platform::Shopify,
            Self::Woocommerce { .. } => Platform::Woocommerce,
            Self::Bigcommerce { .. } => Platform::Bigcommerce,
        }
    }
}

impl Access {
    /// What it is sealed under.
    fn context(shop: ShopId) -> String {
        format!("access {shop}")
    }

    /// For storage. `nonce`: fresh random bytes.
    pub fn seal(&self, keys: &Keys, shop: ShopId, nonce: [u8; 12]) -> Sealed {
        let text = serde_json::to_vec(self).unwrap_or_default(); // strings only: can't fail
        keys.seal(&Self::context(shop), &text, nonce)
    }

    /// Back from storage.
    pub fn open(keys: &Keys, shop: ShopId, sealed: &Sealed) -> Result<Self, CannotOpen> {
        serde_json::from_slice(&keys.open(&Self::context(shop), sealed)?).map_err(|_| CannotOpen)
    }
}
