//! What is known of a customer under one key: the profile, and the first purchases, in one read. A customer has several
//! keys; which of them belong together is told by orders, whose entries name the buyer's other keys, and by what was said
//! beside orders, which the profiles note.

use aws_sdk_dynamodb::types::{AttributeValue, Update};

use super::key::{Key, PERSON_ORDER, person_partition};
use super::{PersonOrder, PersonRow, Store, StoreError, Writes, error, from_item, text};
use crate::domain::id::MerchantId;
use crate::domain::person::PersonKey;

/// Attributes of a profile.
pub(super) const ACCOUNTS: &str = "accounts";
const ADDRESSES: &str = "addresses";
const SAME: &str = "same";

/// A set with one key, to be added to others.
pub(super) fn set_of(key: &PersonKey) -> AttributeValue {
    AttributeValue::Ss(vec![key.as_str().to_owned()])
}

/// What there is under one key.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Empty if there is none.
    pub profile: PersonRow,
    /// The first purchases, oldest first.
    pub orders: Vec<PersonOrder>,
    /// There are no others.
    pub is_all: bool,
}

impl Store {
    /// The profile and the first purchases under a key, at most `limit`: strongly consistent, and one read unit while it
    /// is no more than 4 KB.
    pub async fn known(&self, merchant: MerchantId, person: &PersonKey, limit: i32) -> Result<Known, StoreError> {
        // The profile sorts before all purchases.
        let query = self.client.query().table_name(&self.core).consistent_read(true).limit(limit + 1);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", text(person_partition(merchant, person)));
        let answer = query.send().await.map_err(error)?;
        let mut known = Known { is_all: answer.last_evaluated_key.is_none(), ..Known::default() };
        for item in answer.items.unwrap_or_default() {
            let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str).unwrap_or_default();
            if sk.starts_with(PERSON_ORDER) {
                known.orders.push(from_item(item)?);
            } else {
                known.profile = from_item(item)?;
            }
        }
        Ok(known)
    }

    /// Notes with an account that an address was named together with it, though by no order.
    pub async fn note_address_of_account(
        &self,
        merchant: MerchantId,
        account: &PersonKey,
        address: &PersonKey,
    ) -> Result<(), StoreError> {
        self.note_key(merchant, account, ADDRESSES, address).await
    }

    /// Notes with an address that an account was named together with it, though by no order.
    pub async fn note_account_of_address(
        &self,
        merchant: MerchantId,
        address: &PersonKey,
        account: &PersonKey,
    ) -> Result<(), StoreError> {
        self.note_key(merchant, address, ACCOUNTS, account).await
    }

    /// Adds to the writes that an account was named together with a new advocate's address, whose profile is written
    /// anyway.
    pub(super) fn put_address(
        &self,
        writes: &mut Writes,
        merchant: MerchantId,
        address: &PersonKey,
        account: &PersonKey,
    ) -> Result<(), StoreError> {
        let key = Key::person(merchant, account);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update.update_expression("ADD #among :key").expression_attribute_names("#among", ADDRESSES);
        writes.update(update.expression_attribute_values(":key", set_of(address)))?;
        Ok(())
    }

    /// Notes that another account is the same person's.
    pub async fn note_same_person(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        same: &PersonKey,
    ) -> Result<(), StoreError> {
        self.note_key(merchant, person, SAME, same).await
    }

    async fn note_key(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        among: &str,
        key: &PersonKey,
    ) -> Result<(), StoreError> {
        let update = self.update(&Key::person(merchant, person)).update_expression("ADD #among :key");
        let update = update.expression_attribute_names("#among", among);
        update.expression_attribute_values(":key", set_of(key)).send().await.map(drop).map_err(error)
    }
}
