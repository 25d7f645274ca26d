//! Who bought, as the order's body tells it: the contact, and what else the buyer may be known by.

use super::super::buyer::browser_at;
use super::body::{AddressBody, OrderBody};
use crate::domain::email::EmailAddress;
use crate::domain::mark::{Device, Phone, StreetAddress, Told};
use crate::domain::person::{Contact, PersonName};
use crate::domain::program::Country;

/// Whether staff typed the order in: then the browser is the shop's own, and so may be what is on it.
pub(super) fn is_draft(order: &OrderBody) -> bool {
    order.source_name.as_deref() == Some("shopify_draft_order")
}

/// How to reach the buyer.
pub(super) fn contact(order: &OrderBody) -> Option<Contact> {
    let customer = order.customer.as_ref();
    // The address given at checkout is the one the buyer reads; the account's may be an old one.
    let addresses = [order.email.as_deref(), order.contact_email.as_deref(), customer.and_then(|c| c.email.as_deref())];
    let email: EmailAddress = addresses.into_iter().flatten().find_map(|address| address.parse().ok())?;
    let name = customer.and_then(|customer| customer.first_name.as_deref()).and_then(PersonName::parse);
    Some(Contact { email, name, locale: order.customer_locale.as_ref().and_then(|locale| locale.parse().ok()) })
}

/// Where the order goes: where it is delivered to or, without delivery, billed to.
pub(super) fn country(order: &OrderBody) -> Option<Country> {
    let addresses = [&order.shipping_address, &order.billing_address];
    addresses.into_iter().flatten().find_map(|address| address.country_code)
}

/// Phone, address and device.
pub(super) fn told(order: &OrderBody) -> Told {
    let shipping = order.shipping_address.as_ref();
    let customer = order.customer.as_ref();
    let phones = [&order.phone, customer.map_or(&None, |it| &it.phone), shipping.map_or(&None, |it| &it.phone)];
    Told {
        phone: phones.into_iter().flatten().find_map(|phone| Phone::of_somebody(phone)),
        address: shipping.and_then(address),
        device: device(order),
        country: country(order),
    }
}

fn address(address: &AddressBody) -> Option<StreetAddress> {
    StreetAddress::new(address.address1.as_deref()?, address.zip.as_deref()?, address.country_code)
}

/// The buyer's browser.
fn device(order: &OrderBody) -> Option<Device> {
    let details = order.client_details.as_ref().filter(|_| !is_draft(order))?;
    let text =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (address, browser) = (text(&details.browser_ip)?, text(&details.user_agent)?);
    browser_at(&address, &browser)
}
