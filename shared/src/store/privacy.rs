//! Requests about personal data: what has to be done until when, and how far it is. They name persons by keyed hashes and
//! orders by their ids, so that the record of an erasure holds nothing of who was erased.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::{Key, Listed};
use super::list::listed;
use super::{OutboxRow, Store, StoreError, Writes, if_held};
use crate::domain::id::{MerchantId, PrivacyId, ShopId};
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::domain::platform::Platform;
use crate::domain::privacy::{Ending, Progress, Right};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyRow {
    pub id: PrivacyId,
    pub merchant: MerchantId,
    pub kind: Right,
    /// The platform that told of it; `None`: the merchant did, by the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<ShopId>,
    pub state: Progress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// Who is meant: all keys that were found so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub persons: BTreeSet<PersonKey>,
    /// Orders that the request names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderRef>,
    pub work: Work,
    pub counts: Counts,
    pub received_at: Timestamp,
    /// Until when it has to be done.
    pub due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// When it is looked at again.
    pub next_at: Timestamp,
    /// Counts the steps; the fence.
    pub version: u64,
}

/// How far an erasure is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub stage: Stage,
    /// Where the stage goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Persons still to be erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub todo: Vec<Todo>,
    /// Persons whose orders were followed to further keys.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub followed: BTreeSet<PersonKey>,
}

/// What is being erased. Of a person: orders, persons, parked; of a shop: access, parked, links, contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Finds the keys under which the named orders know the person.
    Orders,
    /// Erases one key after the other.
    Persons,
    /// What opens the shop's API and signs its webhooks: from then on nothing new comes in.
    Access,
    /// Bodies of parked webhooks.
    Parked,
    /// The shop's links, and advocates who have no others.
    Links,
    /// Buyers' contacts that the shop told.
    Contacts,
}

/// A person to be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    pub person: PersonKey,
    /// Other keys on this one's orders are the same person's too.
    pub leads_on: bool,
}

/// What was found and seen to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Keys of persons.
    pub persons: u64,
    /// Entries in their timelines.
    pub orders: u64,
    pub links: u64,
    pub parked: u64,
}

impl Store {
    /// Records a new request, with a notice to the merchant if there is one to give. `false`: it is on record already.
    pub async fn add_privacy(&self, row: &PrivacyRow, notice: Option<&OutboxRow>) -> Result<bool, StoreError> {
        let key = Key::privacy(row.id);
        let mut writes = Writes::default();
        writes.put_new(self, &key, row, &places(row, &key))?;
        if let Some(notice) = notice {
            self.put_outbox(&mut writes, notice)?;
        }
        Ok(if_held(self.transact(writes).await)?.is_some())
    }

    /// Writes the next version of a request. `false`: another worker was faster.
    pub async fn put_privacy(&self, row: &PrivacyRow) -> Result<bool, StoreError> {
        let key = Key::privacy(row.id);
        let written = self.put_version(&key, row, &places(row, &key), Some(row.version - 1)).await;
        Ok(if_held(written)?.is_some())
    }

    /// A request.
    pub async fn privacy(&self, id: PrivacyId) -> Result<Option<PrivacyRow>, StoreError> {
        self.get(&Key::privacy(id)).await
    }
}

/// Where it stands in the merchant's list and, while it is open, among what is due.
fn places(row: &PrivacyRow, key: &Key) -> Vec<(&'static str, String)> {
    let mut places = listed(Listed::Privacy, row.merchant, row.received_at, key).to_vec();
    if row.state == Progress::Open {
        places.extend(due_at(key, row.next_at));
    }
    places
}
