//! Persons: a profile is the one kind of item that holds personal data in the clear. Beside it in the person's partition
//! is the timeline of purchases, which is how "new customer" is known. Erasing a person leaves the profile as a tombstone:
//! a keyed hash, so that what comes in late of the time before does not bring the contact back.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{Key, Listed, PERSON_ORDER, person_partition};
use super::list::{listed, started};
use super::{Page, Store, StoreError, Writes, error, from_item, if_held, number, text, to_item, value_of};
use crate::domain::customer::Customer;
use crate::domain::id::{AdvocateId, MerchantId, ShopId};
use crate::domain::mail::MailKind;
use crate::domain::order::OrderRef;
use crate::domain::person::{Contact, CustomerAccount, Fingerprint, Mark, PersonKey};

/// A person's profile.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PersonRow {
    /// How to reach the person as an advocate.
    #[serde(default)]
    pub contact: Option<Contact>,
    /// How to reach the person as a buyer.
    #[serde(default)]
    pub buyer: Option<Buyer>,
    #[serde(default)]
    pub advocate: Option<AdvocateId>,
    /// From when on this person wants no mail.
    #[serde(default)]
    pub unsubscribed_at: Option<Timestamp>,
    /// The kinds of mail that this person does not want.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub muted: BTreeSet<MailKind>,
    /// The person can't be written to, or must not be: only the merchant takes that back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
    /// When the person was erased last. Contacts of the time before are not kept again.
    #[serde(default)]
    pub erased_at: Option<Timestamp>,
    /// What the merchant says of this customer.
    #[serde(default)]
    pub customer: Option<Customer>,
    /// When the person was last asked to refer.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// The person's accounts with the merchant's shops, for who is to be given something there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub known_as: BTreeSet<CustomerAccount>,
    /// Other keys of the same person: accounts that became one with this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub same: BTreeSet<PersonKey>,
    /// Of an address: the accounts that were named together with it, though by no order.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<PersonKey>,
    /// Of an account: the addresses that were named together with it, though by no order.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub addresses: BTreeSet<PersonKey>,
}

/// More accounts than anybody has: a shop that makes one for each order must not make a profile grow for ever.
const MAX_KNOWN_AS: usize = 20;

impl PersonRow {
    /// The account, if it is to be kept beside those that are known.
    pub fn news_of(&self, account: Option<CustomerAccount>) -> Option<CustomerAccount> {
        account.filter(|account| self.known_as.len() < MAX_KNOWN_AS && !self.known_as.contains(account))
    }

    /// Whether the person was erased since this time.
    pub fn erased_since(&self, at: Timestamp) -> bool {
        self.erased_at.is_some_and(|erased_at| at <= erased_at)
    }

    /// Why this person gets no mail of this kind, in a word; `None`: there is no reason. Every mail asks before it is
    /// written, also where a reward is announced.
    pub fn refuses(&self, kind: MailKind) -> Option<&'static str> {
        match &self.suppressed {
            _ if self.erased_at.is_some() => Some("erased"),
            Some(suppressed) => Some(suppressed.reason.as_str()),
            None if self.unsubscribed_at.is_some() => Some("unsubscribed"),
            None if self.muted.contains(&kind) => Some("muted"),
            None => None,
        }
    }
}

/// Why nobody may write to a person, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    pub reason: Unwelcome,
    pub at: Timestamp,
}

/// What SES told of a mail to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unwelcome {
    /// It came back, for good.
    Bounced,
    /// Its reader called it spam.
    Complained,
}

impl Unwelcome {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }
}

/// What a person wants of the mails of one merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// None at all.
    NoMail,
    /// None of these kinds.
    Without(BTreeSet<MailKind>),
    /// All of them again.
    AllAgain,
}

/// How to reach a buyer. Kept only where a referral may have to write to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    pub contact: Contact,
    /// The shop that told it.
    pub shop: ShopId,
}

/// A person in the list of those with a buyer's contact or account.
#[derive(Clone, Debug, Deserialize)]
pub struct ContactRow {
    /// The profile's partition.
    pub pk: String,
    #[serde(default)]
    pub buyer: Option<Buyer>,
    #[serde(default)]
    pub known_as: BTreeSet<CustomerAccount>,
}

/// Those accounts as a set to be added or taken away.
pub(super) fn set_of_accounts<'a>(accounts: impl IntoIterator<Item = &'a CustomerAccount>) -> AttributeValue {
    AttributeValue::Ss(accounts.into_iter().cloned().map(String::from).collect())
}

/// One order in a person's timeline. No personal data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonOrder {
    pub order: OrderRef,
    pub placed_at: Timestamp,
    /// Whether it was a purchase when it was entered; orders with a link of ours are entered before they are paid, and
    /// once more before they become one. A purchase that its order does not have is one that is being written.
    pub purchase: bool,
    /// Read from the shop's past: there is no order behind the entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remembered: bool,
    /// The buyer's other keys on this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<PersonKey>,
    /// Phone, address and device as the order told them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(Mark, Fingerprint)>,
}

impl Store {
    /// The person's profile.
    pub async fn person(&self, merchant: MerchantId, person: &PersonKey) -> Result<Option<PersonRow>, StoreError> {
        self.get(&Key::person(merchant, person)).await
    }

    /// Several profiles, each as it was some milliseconds ago at most, in the order asked for.
    pub async fn persons_eventually(
        &self,
        merchant: MerchantId,
        persons: &[PersonKey],
    ) -> Result<Vec<Option<PersonRow>>, StoreError> {
        let keys: Vec<_> = persons.iter().map(|person| Key::person(merchant, person)).collect();
        self.get_each_eventually(&keys).await
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

    /// Keeps how to reach a buyer whose order was placed at this time, and an account that is not known yet. `false`: the
    /// person was erased since.
    pub async fn keep_buyer(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        (buyer, account): (Option<&Buyer>, Option<&CustomerAccount>),
        placed_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = Key::person(merchant, person);
        let mut expression = "SET mpk = :mpk, msk = :msk".to_owned();
        let mut update = self
            .update(&key)
            .condition_expression("attribute_not_exists(erased_at) OR erased_at < :placed_at")
            .expression_attribute_values(":placed_at", text(format!("{placed_at:.3}")));
        if let Some(buyer) = buyer {
            expression.push_str(", buyer = :buyer");
            update = update.expression_attribute_values(":buyer", value_of(buyer)?);
        }
        if let Some(account) = account {
            expression.push_str(" ADD known_as :account");
            update = update.expression_attribute_values(":account", set_of_accounts([account]));
        }
        update = update.update_expression(expression);
        // At the same place however often: listing is rare, and moving would cost with each order.
        let place = listed(Listed::Contacts, merchant, started(merchant).unwrap_or(Timestamp::UNIX_EPOCH), &key);
        for (name, value) in place {
            update = update.expression_attribute_values(format!(":{name}"), text(value));
        }
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// Persons with a buyer's contact, a page after this position.
    pub async fn contacts(
        &self,
        merchant: MerchantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ContactRow>, StoreError> {
        let at = started(merchant).unwrap_or(Timestamp::UNIX_EPOCH);
        self.list(Listed::Contacts, merchant, after, limit, at).await
    }

    /// Forgets a buyer's contact that this shop told; one that another shop told since stays.
    pub async fn forget_buyer(&self, pk: &str, shop: ShopId) -> Result<(), StoreError> {
        let update = self
            .update(&Key::single(pk.to_owned()))
            .update_expression("REMOVE buyer, mpk, msk")
            .condition_expression("buyer.shop = :shop")
            .expression_attribute_values(":shop", text(shop.to_string()));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Keeps a person's account that the merchant tells, unless the person was erased since this time.
    pub async fn note_known_as(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        account: &CustomerAccount,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&Key::person(merchant, person))
            .update_expression("ADD known_as :account")
            .condition_expression("attribute_not_exists(erased_at) OR erased_at < :since")
            .expression_attribute_values(":account", set_of_accounts([account]))
            .expression_attribute_values(":since", text(format!("{since:.3}")));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Forgets a person's accounts with one shop. `pk`: the profile's partition.
    pub async fn forget_accounts(
        &self,
        pk: &str,
        known: &BTreeSet<CustomerAccount>,
        shop: ShopId,
    ) -> Result<(), StoreError> {
        let gone: Vec<_> = known.iter().filter(|account| account.shop == shop).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let update = self.update(&Key::single(pk.to_owned())).update_expression("DELETE known_as :gone");
        let update = update.expression_attribute_values(":gone", set_of_accounts(gone));
        update.send().await.map(drop).map_err(error)
    }

    /// Writes what the merchant says of a customer, after what was said before. `false`: somebody else was first, or the
    /// person was erased.
    pub fn put_customer(
        &self,
        writes: &mut Writes,
        merchant: MerchantId,
        person: &PersonKey,
        customer: &Customer,
    ) -> Result<(), StoreError> {
        let key = Key::person(merchant, person);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update.update_expression("SET customer = :customer");
        let update = match customer.version {
            ..=1 => update.condition_expression("attribute_not_exists(customer) AND attribute_not_exists(erased_at)"),
            version => update
                .condition_expression("customer.#v = :before AND attribute_not_exists(erased_at)")
                .expression_attribute_names("#v", "version")
                .expression_attribute_values(":before", number(version - 1)),
        };
        writes.update(update.expression_attribute_values(":customer", value_of(customer)?)).map(drop)
    }

    /// Forgets how to reach an advocate; not if the person has become another one since.
    pub async fn forget_contact(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        advocate: AdvocateId,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&Key::person(merchant, person))
            .update_expression("REMOVE contact")
            .condition_expression("advocate = :advocate")
            .expression_attribute_values(":advocate", text(advocate.to_string()));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Erases a profile but for its tombstone, and answers that. Nobody writes to the person any more.
    pub async fn erase_person(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        now: Timestamp,
    ) -> Result<PersonRow, StoreError> {
        self.unsubscribe(merchant, person, now).await?;
        let update = self
            .update(&Key::person(merchant, person))
            .update_expression("SET erased_at = :at REMOVE contact, buyer, customer, known_as, asked_at, mpk, msk")
            .expression_attribute_values(":at", text(format!("{now:.3}")))
            .return_values(ReturnValue::AllNew);
        from_item(update.send().await.map_err(error)?.attributes.unwrap_or_default())
    }

    /// A page of the person's orders, oldest first, after this position, and the next position.
    pub async fn timeline(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<PersonOrder>, Option<String>), StoreError> {
        let pk = person_partition(merchant, person);
        let query = self.client.query().table_name(&self.core).consistent_read(true).limit(limit);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        let query = query.expression_attribute_values(":pk", text(&pk));
        let query = query.expression_attribute_values(":prefix", text(PERSON_ORDER));
        let start = after.map(|sk| [("pk".to_owned(), text(&pk)), ("sk".to_owned(), text(sk))].into());
        let answer = query.set_exclusive_start_key(start).send().await.map_err(error)?;
        let next = answer.last_evaluated_key.and_then(|key| key.get("sk")?.as_s().ok().cloned());
        let entries = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
        Ok((entries, next))
    }

    /// Takes phone, address and device out of an entry that is there.
    pub async fn forget_marks(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        entry: &PersonOrder,
    ) -> Result<(), StoreError> {
        let key = Key::person_order(merchant, person, entry.placed_at, &entry.order);
        self.update(&key).update_expression("REMOVE marks").send().await.map(drop).map_err(error)
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

    /// Notes what a person wants: the one place where consent to mails changes, whoever tells of it.
    pub async fn wish(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        wish: &Wish,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match wish {
            Wish::NoMail => self.unsubscribe(merchant, person, now).await,
            Wish::Without(kinds) => self.mute(merchant, person, kinds).await,
            Wish::AllAgain => self.welcome_back(merchant, person).await,
        }
    }

    /// Repeating it keeps the first time.
    async fn unsubscribe(&self, merchant: MerchantId, person: &PersonKey, now: Timestamp) -> Result<(), StoreError> {
        let update = self.update(&Key::person(merchant, person));
        let update = update.update_expression("SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)");
        update.expression_attribute_values(":now", text(now.to_string())).send().await.map(drop).map_err(error)
    }

    async fn mute(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        kinds: &BTreeSet<MailKind>,
    ) -> Result<(), StoreError> {
        if kinds.is_empty() {
            return Ok(());
        }
        let update = self.update(&Key::person(merchant, person)).update_expression("ADD muted :kinds");
        let kinds = AttributeValue::Ss(kinds.iter().map(|kind| kind.as_str().to_owned()).collect());
        update.expression_attribute_values(":kinds", kinds).send().await.map(drop).map_err(error)
    }

    /// Not for a person who was erased: nobody may write to a tombstone.
    async fn welcome_back(&self, merchant: MerchantId, person: &PersonKey) -> Result<(), StoreError> {
        let update = self
            .update(&Key::person(merchant, person))
            .update_expression("REMOVE unsubscribed_at, muted")
            .condition_expression("attribute_not_exists(erased_at)");
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Notes that nobody may write to a person any more.
    pub async fn suppress(
        &self,
        merchant: MerchantId,
        person: &PersonKey,
        suppressed: Suppressed,
    ) -> Result<(), StoreError> {
        let update = self.update(&Key::person(merchant, person)).update_expression("SET suppressed = :suppressed");
        let update = update.expression_attribute_values(":suppressed", value_of(&suppressed)?);
        update.send().await.map(drop).map_err(error)
    }

    /// Lets a person be written to again, because the merchant says so: the address works now, or it is another one.
    pub async fn lift_suppression(&self, merchant: MerchantId, person: &PersonKey) -> Result<(), StoreError> {
        let update = self.update(&Key::person(merchant, person)).update_expression("REMOVE suppressed");
        update.send().await.map(drop).map_err(error)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_person_refuses_has_one_reason() {
        let refuses = |row: serde_json::Value, kind| {
            let row: PersonRow = serde_json::from_value(row).expect("a row");
            row.refuses(kind)
        };
        let at = "2026-11-21T10:00:00Z";
        for (row, invite, reward) in [
            (json!({}), None, None),
            (json!({"muted": ["invite", "reminder"]}), Some("muted"), None),
            (json!({"unsubscribed_at": at, "muted": ["invite"]}), Some("unsubscribed"), Some("unsubscribed")),
            (json!({"suppressed": {"reason": "bounced", "at": at}}), Some("bounced"), Some("bounced")),
            (
                json!({"suppressed": {"reason": "complained", "at": at}, "unsubscribed_at": at}),
                Some("complained"),
                Some("complained"),
            ),
            (json!({"erased_at": at, "unsubscribed_at": at}), Some("erased"), Some("erased")),
        ] {
            assert_eq!(refuses(row.clone(), MailKind::Invite), invite, "{row}");
            assert_eq!(refuses(row.clone(), MailKind::RewardReady), reward, "{row}");
        }
    }
}
