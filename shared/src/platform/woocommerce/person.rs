//! Who bought, as the order's body tells it: the contact, and what else the buyer may be known by.

use super::super::buyer::browser_at;
use super::body::{AddressBody, OrderBody};
use crate::domain::email::EmailAddress;
use crate::domain::mark::{Device, Phone, StreetAddress, Told};
use crate::domain::order::PlatformId;
use crate::domain::person::{Contact, PersonName};
use crate::domain::program::Country;

/// How orders come in that staff or a machine made: their browser is not the buyer's.
const NOT_THE_BUYERS: [&str; 3] = ["admin", "rest-api", "subscription"];

/// How to reach the buyer. WooCommerce does not tell the language.
pub(super) fn contact(order: &OrderBody) -> Option<Contact> {
    let billing = order.billing.as_ref()?;
    let email: EmailAddress = billing.email.as_deref()?.parse().ok()?;
    Some(Contact { email, name: billing.first_name.as_deref().and_then(PersonName::parse), locale: None })
}

/// The account; guests have none.
pub(super) fn customer_id(order: &OrderBody) -> Option<PlatformId> {
    order.customer_id.as_deref().filter(|id| *id != "0")?.parse().ok()
}

/// Where the order goes: where it is delivered to or, without delivery, billed to.
pub(super) fn country(order: &OrderBody) -> Option<Country> {
    addresses(order).find_map(|address| address.country)
}

/// Delivery first. Goods that are not delivered have an address of empty strings.
fn addresses(order: &OrderBody) -> impl Iterator<Item = &AddressBody> {
    [&order.shipping, &order.billing].into_iter().flatten()
}

/// Phone, address and device.
pub(super) fn told(order: &OrderBody) -> Told {
    let mut phones = [&order.billing, &order.shipping].into_iter().flatten().filter_map(|it| it.phone.as_deref());
    Told {
        phone: phones.find_map(Phone::of_somebody),
        address: addresses(order).find_map(address),
        device: device(order),
        country: country(order),
    }
}

fn address(address: &AddressBody) -> Option<StreetAddress> {
    StreetAddress::new(address.address_1.as_deref()?, address.postcode.as_deref()?, address.country)
}

/// The buyer's browser.
fn device(order: &OrderBody) -> Option<Device> {
    if order.created_via.as_deref().is_some_and(|via| NOT_THE_BUYERS.contains(&via)) {
        return None;
    }
    browser_at(order.customer_ip_address.as_deref()?, order.customer_user_agent.as_deref()?)
}
