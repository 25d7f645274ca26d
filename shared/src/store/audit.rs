//! What people did to what others are owed: who, what, when and why. Written with what it did, or not at all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::key::{Key, Listed};
use super::list::listed;
use super::{Store, StoreError, Writes};
use crate::domain::id::MerchantId;
use crate::domain::order::OrderRef;

/// One thing that a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub merchant: MerchantId,
    /// The order that it was about. `None`: something else, which is the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderRef>,
    /// The version that it made of an order or a link: what tells two acts apart.
    pub version: u64,
    pub at: Timestamp,
    /// As the merchant names people.
    pub actor: String,
    /// What was done, e.g. `approve`.
    pub action: String,
    /// To what: the id of a referral, a reward, a program …, or a code.
    pub subject: String,
    /// Empty where none was told.
    pub reason: String,
    /// The fields that a change named; never what they were set to, which may be personal or secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}

impl Store {
    /// Adds a line about something that is neither an order nor an erased link, under an id of its own: it is there if what
    /// it tells of is.
    pub fn put_record(&self, writes: &mut Writes, row: &AuditRow, id: Ulid) -> Result<(), StoreError> {
        let key = Key::record(row.merchant, id);
        writes.put_any(self, &key, row, &listed(Listed::Audit, row.merchant, row.at, &key)).map(drop)
    }
}

impl Writes {
    /// Adds a line to the merchant's record.
    pub(super) fn put_audit(&mut self, store: &Store, row: &AuditRow) -> Result<(), StoreError> {
        let key = match &row.order {
            Some(order) => Key::audit(order, row.version),
            None => Key::audit_of_link(&row.subject, row.version),
        };
        self.put_new(store, &key, row, &listed(Listed::Audit, row.merchant, row.at, &key))?;
        Ok(())
    }
}
