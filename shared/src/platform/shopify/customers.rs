//! What is said of customers: two accounts that became one, and what the law gives a person a right to.

use super::super::{Asked, Customer, Said};
use super::body::{MergeBody, PrivacyBody};
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
pub(super) fn asked_for(request: &PrivacyBody) -> Said {
    let id = request.data_request.as_ref().and_then(|asked| asked.id.clone());
    Said::Privacy(Asked::Export { of: customer(request, request.orders_requested.clone()), id })
}

/// `customers/redact`.
pub(super) fn redacted(request: &PrivacyBody) -> Said {
    Said::Privacy(Asked::Erase(customer(request, request.orders_to_redact.clone())))
}

fn customer(request: &PrivacyBody, orders: Vec<PlatformId>) -> Customer {
    let customer = request.customer.as_ref();
    let email = customer.and_then(|customer| customer.email.as_deref()?.parse().ok());
    Customer { id: customer.and_then(|customer| customer.id.clone()), email, orders }
}
