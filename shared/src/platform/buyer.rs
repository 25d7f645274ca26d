//! Who bought, under every key and mark by which a platform tells it. Persons become keyed hashes here.

use jiff::Timestamp;

use super::Context;
use crate::domain::disposable::is_disposable;
use crate::domain::mark::{Device, Told};
use crate::domain::order::{Facts, Learnt};
use crate::domain::person::Contact;

/// The buyer as facts. `id`: the platform's customer account, if there is one.
pub(super) fn buyer(
    context: Context<'_>,
    id: Option<&str>,
    contact: Option<&Contact>,
    told: &Told,
    as_of: Timestamp,
) -> Facts {
    let Context { keys, merchant, shop, .. } = context;
    let by_email = contact.map(|to| keys.person_by_email(merchant, &to.email));
    let by_id = id.map(|id| keys.person_by_customer_id(merchant, &shop.to_string(), id));
    let marks = keys.fingerprints(merchant, told).into_iter();
    Facts {
        by_email: by_email.map(|value| Learnt { as_of, value }),
        by_customer_id: by_id.map(|value| Learnt { as_of, value }),
        marks: marks.map(|(mark, value)| (mark, Learnt { as_of, value })).collect(),
        disposable_email: contact.filter(|to| is_disposable(&to.email)).map(|_| as_of),
        ..Facts::default()
    }
}

/// A browser at an address. The same browser is at many addresses and the other way round, so both have to be the same.
pub(super) fn browser_at(address: &str, browser: &str) -> Option<Device> {
    Device::try_from(format!("{address} {browser}").chars().take(200).collect::<String>()).ok()
}
