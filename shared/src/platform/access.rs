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
    /// A custom app's.
    Shopify(ShopifyApp),
    /// A REST API key with the right to read and write.
    Woocommerce { consumer_key: String, consumer_secret: String },
    /// A store-level API account's token.
    Bigcommerce { access_token: String },
}

/// How a Shopify app is let in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ShopifyApp {
    /// One that was made in the shop's admin (possible until the end of 2025): a token for ever.
    Permanent { access_token: String },
    /// One of the Dev Dashboard: a token of a day, again and again, for these.
    Exchanged { client_id: String, client_secret: String },
}

impl Credentials {
    /// The platform that they are for.
    pub const fn platform(&self) -> Platform {
        match self {
            Self::Shopify(_) => Platform::Shopify,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_as_what_it_was() {
        for stored in [
            r#"{"platform":"shopify","access_token":"shpat_1"}"#,
            r#"{"platform":"shopify","client_id":"c1","client_secret":"shpss_1"}"#,
            r#"{"platform":"woocommerce","consumer_key":"ck_1","consumer_secret":"cs_1"}"#,
            r#"{"platform":"bigcommerce","access_token":"t1"}"#,
        ] {
            let credentials: Credentials = serde_json::from_str(stored).expect(stored);
            assert_eq!(serde_json::to_string(&credentials).expect("text"), stored);
        }
    }
}
