//! Persons: the one kind of item that holds personal data. A person's partition has the profile (contact, wishes) and
//! the timeline of purchases, which is how "new customer" is known.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{Key, PERSON_ORDER, person_partition};
use super::{Store, StoreError, error, from_item, if_held, text, to_item};
use crate::domain::id::{AdvocateId, MerchantId};
use crate::domain::order::OrderRef;
use crate::domain::person::{Contact, Fingerprint, Mark, PersonKey};

/// A person's profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonRow {
    #[serde(default)]
    pub contact: Option<Contact>,
    #[serde(default)]
    pub advocate: Option<AdvocateId>,
    /// From when on this person wants no mail.
    #[serde(default)]
    pub unsubscribed_at: Option<Timestamp>,
    /// Other keys of the same person: accounts that became one with this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub same: BTreeSet<PersonKey>,
}

/// One order in a person's timeline. The contact is kept only where a referral may have to write to the buyer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonOrder {
    pub order: OrderRef,
    pub placed_at: Timestamp,
    /// Whether it was a purchase when it was entered; orders with a link of ours are entered before they are paid.
    pub purchase: bool,
    /// Read from the shop's past: there is no order behind the entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remembered: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// Phone, address and device as the order told them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(Mark, Fingerprint)>,
}

impl Store {
    /// The person's profile.
    pub async fn person(&self, merchant: MerchantId, person: &PersonKey) -> Result<Option<PersonRow>, StoreError> {
        self.get(&Key::person(merchant, person)).await
    }

    /// Enters a purchase into the person's timeline. Entering it twice is entering it once.
    pub async fn put_person_order(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        order: &PersonOrder,
    ) -> Result<(), StoreError> {
        let key = Key::person_order(merchant, person, order.placed_at, &order.order);
        let item = to_item(&key, order)?;
        self.client.put_item().table_name(&self.core).set_item(Some(item)).send().await.map(drop).map_err(error)
    }

    /// Enters a purchase of the past, unless the timeline has the order already: that entry knows more.
    pub async fn remember_person_order(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        order: &PersonOrder,
    ) -> Result<(), StoreError> {
        let key = Key::person_order(merchant, person, order.placed_at, &order.order);
        if_held(self.put_version(&key, order, &[], None).await).map(drop)
    }

    /// The purchase as the person's timeline has it, with the contact if it was kept.
    pub async fn person_order(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        placed_at: Timestamp,
        order: &OrderRef,
    ) -> Result<Option<PersonOrder>, StoreError> {
        self.get(&Key::person_order(merchant, person, placed_at, order)).await
    }

    /// The person's first purchases, oldest first, at most `limit`.
    pub async fn first_orders(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        limit: i32,
    ) -> Result<Vec<PersonOrder>, StoreError> {
        self.query_prefix(&person_partition(merchant, person), PERSON_ORDER, false, limit).await
    }

    /// The person's orders after this one, oldest first, at most `limit`.
    pub async fn later_orders(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        placed_at: Timestamp,
        order: &OrderRef,
        limit: i32,
    ) -> Result<Vec<PersonOrder>, StoreError> {
        let this = Key::person_order(merchant, person, placed_at, order);
        let query = self.client.query().table_name(&self.core).consistent_read(true).limit(limit);
        let query = query.key_condition_expression("pk = :pk AND sk > :sk");
        let query =
            query.expression_attribute_values(":pk", text(this.pk)).expression_attribute_values(":sk", text(this.sk));
        query.send().await.map_err(error)?.items.unwrap_or_default().into_iter().map(from_item).collect()
    }

    /// Notes that another key is the same person's.
    pub async fn note_same_person(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        same: &PersonKey,
    ) -> Result<(), StoreError> {
        let update = self.update(&Key::person(merchant, person)).update_expression("ADD #same :same");
        let update = update.expression_attribute_names("#same", "same");
        let same = AttributeValue::Ss(vec![same.as_str().to_owned()]);
        update.expression_attribute_values(":same", same).send().await.map(drop).map_err(error)
    }

    /// Notes that a person wants no more mail. Repeating it keeps the first time.
    pub async fn unsubscribe(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self.update(&Key::person(merchant, person));
        let update = update.update_expression("SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)");
        update.expression_attribute_values(":now", text(now.to_string())).send().await.map(drop).map_err(error)
    }
}
