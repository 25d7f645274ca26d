//! What is said of customers: two accounts that became one, and what the law gives a person a right to.

use super::super::{Asked, Customer, Said};
use super::body::{DataRequestBody, MergeBody, PrivacyCustomer, RedactBody};
use crate::domain::order::PlatformId;

/// `customers/merge`. The same topic tells of merges that failed.
pub(super) fn merged(merge: MergeBody) -> Said {
    let failed = merge.status.as_deref().is_some_and(|status| status != "completed");
    match (merge.kept, merge.deleted) {
        (Some(kept), Some(gone)) if !failed && kept != gone => Said::Merged { kept, gone },
        _ => Said::Nothing,
    }
}

/// `customers/data_request`.
pub(super) fn asked_for(request: DataRequestBody) -> Said {
    let id = request.data_request.and_then(|asked| asked.id);
    Said::Privacy(Asked::Export { of: customer(request.customer, request.orders_requested), id })
}

/// `customers/redact`.
pub(super) fn redacted(request: RedactBody) -> Said {
    Said::Privacy(Asked::Erase(customer(request.customer, request.orders_to_redact)))
}

fn customer(named: Option<PrivacyCustomer>, orders: Vec<PlatformId>) -> Customer {
    let email = named.as_ref().and_then(|customer| customer.email.as_deref()?.parse().ok());
    Customer { id: named.and_then(|customer| customer.id), email, orders }
}
