//! What opens a platform's API, as merchants tell it. It goes in and never comes out again.

use serde::Deserialize;
use shared::App;
use shared::app::random;
use shared::crypto::Sealed;
use shared::domain::endpoint::{EndpointUrl, Reach};
use shared::domain::id::ShopId;
use shared::domain::platform::Platform;
use shared::http::Faults;
use shared::platform::access::{Access, Credentials, ShopifyApp};

/// Credentials: which ones are needed depends on the platform.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessBody {
    access_token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    consumer_key: Option<String>,
    consumer_secret: Option<String>,
    /// Where the API is, if not where the platform has it.
    base_url: Option<String>,
}

// How long they are is the platform's to say.
const CREDENTIAL_ALLOWED: &str = "must be 1 to 500 characters";
const TOKEN_ALLOWED: &str = "must be 1 to 500 characters, or \"client_id\" and \"client_secret\" instead of it";
const NO_TOKEN_BESIDE: &str = "must be left out beside \"client_id\" and \"client_secret\"";

/// Where a shop is, as far as its API's address follows from it.
pub(super) struct Place<'a> {
    pub(super) platform: Platform,
    pub(super) domain: &'a str,
    pub(super) site: &'a str,
    pub(super) platform_id: Option<&'a str>,
}

impl AccessBody {
    /// The access that these credentials give; what is missing or out of place is noted.
    pub(super) fn read(self, place: &Place<'_>, reach: Reach, faults: &mut Faults) -> Option<Access> {
        let platform = place.platform;
        let asks = |wants: &[Platform], field: &str, given: Option<String>, faults: &mut Faults| {
            let wanted = wants.contains(&platform);
            let allowed = match (wanted, field) {
                (true, "access_token") if platform == Platform::Shopify => TOKEN_ALLOWED,
                (true, _) => CREDENTIAL_ALLOWED,
                (false, "access_token") if platform == Platform::Shopify => NO_TOKEN_BESIDE,
                (false, _) => "is not what this platform's API takes",
            };
            let right = given.as_deref().map_or(!wanted, |text| wanted && (1..=500).contains(&text.len()));
            faults.unless(right, format!("/api/{field}"), allowed);
            given.unwrap_or_default()
        };
        // A Shopify app has a token, or what it gets one for; both would leave open which of the two counts.
        let is_exchanged = self.client_id.is_some() || self.client_secret.is_some();
        let exchanging: &[_] = if is_exchanged { &[Platform::Shopify] } else { &[] };
        let has_token: &[_] =
            if is_exchanged { &[Platform::Bigcommerce] } else { &[Platform::Shopify, Platform::Bigcommerce] };
        let client_id = asks(exchanging, "client_id", self.client_id, faults);
        let client_secret = asks(exchanging, "client_secret", self.client_secret, faults);
        let access_token = asks(has_token, "access_token", self.access_token, faults);
        let consumer_key = asks(&[Platform::Woocommerce], "consumer_key", self.consumer_key, faults);
        let consumer_secret = asks(&[Platform::Woocommerce], "consumer_secret", self.consumer_secret, faults);
        let credentials = match platform {
            Platform::Shopify if is_exchanged => {
                Credentials::Shopify(ShopifyApp::Exchanged { client_id, client_secret })
            }
            Platform::Shopify => Credentials::Shopify(ShopifyApp::Permanent { access_token }),
            Platform::Woocommerce => Credentials::Woocommerce { consumer_key, consumer_secret },
            Platform::Bigcommerce => Credentials::Bigcommerce { access_token },
            Platform::Custom => {
                faults.unless(false, "/api", "must be left out: a custom shop has no API that we know");
                return None;
            }
        };
        let base_url = self.base_url.or_else(|| place.base_url());
        let hash_needed = "must be the store hash where the API is called: it is part of the API's address";
        faults.unless(base_url.is_some(), "/platform_id", hash_needed);
        let base_url = base_url?.trim_end_matches('/').to_owned();
        let allowed = EndpointUrl::parse(&base_url, reach).map(drop).map_err(|wrong| wrong.to_string());
        faults.unless(allowed.is_ok(), "/api/base_url", allowed.err().unwrap_or_default());
        Some(Access { base_url, credentials })
    }
}

impl Place<'_> {
    /// Where the platform has the shop's API.
    fn base_url(&self) -> Option<String> {
        match self.platform {
            Platform::Shopify => Some(format!("https://{}", self.domain)),
            Platform::Woocommerce => Some(self.site.to_owned()),
            Platform::Bigcommerce => self.platform_id.map(|hash| format!("https://api.bigcommerce.com/stores/{hash}")),
            Platform::Custom => None,
        }
    }
}

/// For storage.
pub(super) fn seal(app: &App, shop: ShopId, access: &Access) -> Sealed {
    access.seal(&app.config.keys, shop, random())
}
