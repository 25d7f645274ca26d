//! What callers ask for, in types that hold nothing a caller may not ask for.

use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::channel::Channel;
use shared::domain::code::Code;
use shared::domain::email::EmailAddress;
use shared::domain::id::ProgramId;
use shared::domain::mark::{Device, Phone, StreetAddress, Told};
use shared::domain::person::{Contact, CustomerId, Locale, PersonName};
use shared::domain::text::Text;
use shared::http::Patch;
use shared::store::LinkState;

/// `POST /v1/links`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    pub(crate) program: ProgramId,
    pub(crate) advocate: NewAdvocate,
    /// A vanity code; without one, one is drawn.
    #[serde(default)]
    pub(crate) code: Option<Code>,
    /// Since when the code has existed, if it is brought in from elsewhere: orders from then on count.
    #[serde(default)]
    pub(crate) existed_since: Option<Timestamp>,
    /// Judged by the shop's hosts, which are not known here.
    #[serde(default)]
    pub(crate) destination: Option<String>,
    /// A channel of the merchant's own that the answer shall have an address for.
    #[serde(default)]
    pub(crate) channel: Option<Channel>,
}

/// The customer who refers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdvocate {
    pub(crate) email: EmailAddress,
    #[serde(default)]
    name: Option<PersonName>,
    #[serde(default)]
    locale: Option<Locale>,
    #[serde(default)]
    pub(crate) customer_id: Option<CustomerId>,
    /// By these a friend who is the advocate may be known. Only keyed hashes of them are kept.
    #[serde(default)]
    phone: Option<Phone>,
    #[serde(default)]
    address: Option<StreetAddress>,
    #[serde(default)]
    device: Option<Device>,
    /// The merchant's loyalty tier for this customer.
    #[serde(default)]
    pub(crate) loyalty_tier: Option<Text<32>>,
}

impl NewAdvocate {
    /// How to reach the advocate.
    pub(crate) fn contact(&self) -> Contact {
        Contact {
            email: self.email.clone(),
            name: self.name.clone().filter(|name| !name.expose().is_empty()),
            locale: self.locale.clone(),
        }
    }

    /// What else the advocate may be known by.
    pub(crate) fn told(&self) -> Told {
        let Self { phone, address, device, .. } = self;
        Told { phone: phone.clone(), address: address.clone(), device: device.clone(), country: None }
    }
}

/// `PATCH /v1/links/{code}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    #[serde(default)]
    pub(crate) state: Option<LinkState>,
    #[serde(default)]
    pub(crate) destination: Patch<String>,
    #[serde(default)]
    pub(crate) expires_at: Patch<Timestamp>,
}
