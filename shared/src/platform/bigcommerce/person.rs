//! Who bought, as an order tells it: the contact, and what else the buyer may be known by.

use super::amounts::text;
use super::body::{AddressBody, OrderBody};
use crate::domain::email::EmailAddress;
use crate::domain::mark::{Device, Phone, StreetAddress, Told};
use crate::domain::order::PlatformId;
use crate::domain::person::{Contact, PersonName};

/// Where orders come from that a shopper's own browser placed. All others (staff, tills, other systems) have the address
/// of whoever typed them in.
const BROWSERS: [&str; 2] = ["www", "iphone"];

/// The customer's account; a guest has none.
pub(super) fn customer_id(order: &OrderBody) -> Option<&PlatformId> {
    order.customer_id.as_ref().map(|id| &id.0).filter(|id| id.as_str() != "0")
}

/// How to reach the buyer.
pub(super) fn contact(order: &OrderBody) -> Option<Contact> {
    let address = order.billing_address.as_ref()?;
    let email: EmailAddress = address.email.as_deref()?.trim().parse().ok()?;
    let name = address.first_name.as_deref().and_then(PersonName::parse);
    Some(Contact { email, name, locale: order.customer_locale.as_deref().and_then(|locale| locale.parse().ok()) })
}

/// Phone, address and device.
pub(super) fn told(order: &OrderBody) -> Told {
    let billed = order.billing_address.as_ref();
    Told {
        phone: billed.and_then(|address| Phone::of_somebody(address.phone.as_deref()?)),
        address: billed.and_then(street),
        device: device(order),
        country: billed.and_then(|address| address.country_iso2),
    }
}

fn street(address: &AddressBody) -> Option<StreetAddress> {
    StreetAddress::new(address.street_1.as_deref()?, address.zip.as_deref()?, address.country_iso2)
}

/// The address that the order was placed from; no browser is named.
fn device(order: &OrderBody) -> Option<Device> {
    let source = order.order_source.as_deref().unwrap_or_default();
    let is_shopper = BROWSERS.contains(&source) && text(order.external_source.as_deref()).is_none();
    let address = text(order.ip_address.as_deref()).or_else(|| text(order.ip_address_v6.as_deref()));
    Device::try_from(address.filter(|_| is_shopper)?).ok()
}
