//! Advocates and their links. A link is found by its code alone, in at most one read unit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, ReturnValue, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{Key, PROGRAM};
use super::known::{ACCOUNTS, set_of};
use super::persons::set_of_accounts;
use super::states::link_place;
use super::{
    AuditRow, Message, OutboxRow, Shop, Store, StoreError, Writes, error, from_item, if_held, number, text, value_of,
};
use crate::domain::amount::Unit;
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, MerchantId, OutboxId, ProgramId, ReferralId, ShopId};
use crate::domain::person::{Contact, CustomerAccount, Fingerprint, Mark, PersonKey};
use crate::domain::program::Program;

/// A customer who refers; how to reach them is in the person's profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Advocate {
    pub id: AdvocateId,
    pub merchant: MerchantId,
    pub person: PersonKey,
    /// The advocate's customer account on the platform, if it was told.
    pub customer: Option<PersonKey>,
    /// Phone, address and device as the merchant told them, as keyed hashes.
    #[serde(default)]
    pub marks: BTreeMap<Mark, Fingerprint>,
    /// The merchant's loyalty tier for this customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The clawback account.
    #[serde(default)]
    pub account: Account,
    /// When the person behind it was erased. It is nobody since, and gets no more links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// The advocate that this person was before being erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<AdvocateId>,
    pub created_at: Timestamp,
}

/// What stands on an advocate's clawback account over all referrals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Per unit; below zero: the advocate used what was then taken back.
    #[serde(default)]
    pub clawback: BTreeMap<Unit, i64>,
    /// Referrals whose rewards made good for that.
    #[serde(default)]
    pub made_good_by: BTreeSet<ReferralId>,
    /// Counts the changes; the fence.
    #[serde(default)]
    pub version: u64,
}

/// The one link that an advocate has in a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdvocateLink {
    pub code: Code,
}

/// Whether a link works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Active,
    Disabled,
}

/// What became of a link's code at the checkout of the shop's platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// It is to be made.
    Pending,
    /// It works at the checkout.
    Made,
    /// The platform will not have it.
    Refused,
}

/// A link's code at the checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCode {
    pub state: CodeState,
    /// Why it was refused, in the platform's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The generation of the discount that it was made in.
    #[serde(default)]
    pub generation: u32,
}

impl LinkCode {
    /// To be made.
    pub const PENDING: Self = Self { state: CodeState::Pending, detail: None, generation: 0 };
}

/// A link: `/r/{code}`, and the same code as a coupon.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    pub code: Code,
    pub merchant: MerchantId,
    pub program: ProgramId,
    pub shop: ShopId,
    pub advocate: AdvocateId,
    /// Where it leads, if not where the program says.
    pub destination: Option<String>,
    pub state: LinkState,
    pub disabled_at: Option<Timestamp>,
    /// When its advocate was erased: it stays disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// How the code stands at the platform's checkout; `None`: it has no business there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_code: Option<LinkCode>,
    /// Since when the code had existed elsewhere before it was ours, as whoever brought it in says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existed_since: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Counts the changes; the fence of `PATCH`.
    pub version: u64,
}

impl Link {
    /// Since when orders may have come by the code.
    pub fn since(&self) -> Timestamp {
        self.existed_since.unwrap_or(self.created_at).min(self.created_at)
    }

    /// From when on the link no longer works.
    pub fn dead_from(&self) -> Option<Timestamp> {
        self.disabled_at.into_iter().chain(self.expires_at).min()
    }

    /// Whether it works at a time.
    pub fn works_at(&self, at: Timestamp) -> bool {
        self.state == LinkState::Active && self.dead_from().is_none_or(|dead_from| at < dead_from)
    }

    /// Its code has a business at the shop's checkout: the platform takes codes, we may make them, and the program gives
    /// friends what a code can give.
    pub fn wants_code(&self, shop: &Shop, program: &Program, now: Timestamp) -> bool {
        shop.platform.makes_codes() && shop.access.is_some() && program.friend_code().is_some() && self.works_at(now)
    }

    /// The message that has the platform's code follow this version of the link.
    pub fn code_message(&self, now: Timestamp) -> OutboxRow {
        let id = OutboxId::of_cause(&format!("link_code#{}#{}", self.code, self.version));
        OutboxRow::queued(id, self.merchant, Message::LinkCode { code: self.code.clone() }, now)
    }
}

impl Writes {
    /// Writes an advocate's clawback account, whose version must be one less.
    pub(super) fn put_account(
        &mut self,
        store: &Store,
        advocate: AdvocateId,
        account: &Account,
    ) -> Result<(), StoreError> {
        let key = Key::advocate(advocate);
        let update = Update::builder().table_name(&store.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update.update_expression("SET account = :account").condition_expression("account.#v = :before");
        let update = update.expression_attribute_names("#v", "version");
        let update = update.expression_attribute_values(":before", number(account.version - 1));
        self.update(update.expression_attribute_values(":account", value_of(account)?))?;
        Ok(())
    }
}

impl Store {
    /// The link behind a code, strongly consistent: for money and for changes.
    pub async fn link(&self, code: &Code) -> Result<Option<Link>, StoreError> {
        self.get(&Key::link(code)).await
    }

    /// The link behind a code, perhaps some milliseconds old.
    pub async fn link_eventually(&self, code: &Code) -> Result<Option<Link>, StoreError> {
        self.get_eventually(&Key::link(code)).await
    }

    /// The advocate.
    pub async fn advocate(&self, id: AdvocateId) -> Result<Option<Advocate>, StoreError> {
        self.get(&Key::advocate(id)).await
    }

    /// Several advocates, each as it was some milliseconds ago at most, in the order asked for.
    pub async fn advocates_eventually(&self, ids: &[AdvocateId]) -> Result<Vec<Option<Advocate>>, StoreError> {
        let keys: Vec<_> = ids.iter().map(|id| Key::advocate(*id)).collect();
        self.get_each_eventually(&keys).await
    }

    /// The code of the link that the advocate has in a program.
    pub async fn advocate_link(&self, id: AdvocateId, program: ProgramId) -> Result<Option<AdvocateLink>, StoreError> {
        self.get(&Key::advocate_link(id, program)).await
    }

    /// Adds a new link to the writes. Returns the position of the write that fails when the code is taken.
    pub fn put_link(&self, writes: &mut Writes, link: &Link) -> Result<usize, StoreError> {
        let key = Key::link(&link.code);
        let advocate_link = AdvocateLink { code: link.code.clone() };
        writes.put_new(self, &Key::advocate_link(link.advocate, link.program), &advocate_link, &[])?;
        writes.put_new(self, &key, link, &link_place(link, &key))
    }

    /// Adds a condition to the writes: the advocate was not erased.
    pub fn unless_erased(&self, writes: &mut Writes, id: AdvocateId) -> Result<(), StoreError> {
        let key = Key::advocate(id);
        let check = ConditionCheck::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        writes.check(check.condition_expression("attribute_not_exists(erased_at)"))?;
        Ok(())
    }

    /// Erases what the merchant said of an advocate that is there, and answers what is left.
    pub async fn erase_advocate(&self, id: AdvocateId, now: Timestamp) -> Result<Advocate, StoreError> {
        let update = self.update(&Key::advocate(id)).return_values(ReturnValue::AllNew);
        let update = update.update_expression("SET erased_at = :at, marks = :none REMOVE tier");
        let update = update.expression_attribute_values(":none", AttributeValue::M(HashMap::new()));
        let update = update.expression_attribute_values(":at", text(now.to_string()));
        from_item(update.send().await.map_err(error)?.attributes.unwrap_or_default())
    }

    /// The codes of all of an advocate's links (at most 1,000).
    pub async fn advocate_links(&self, id: AdvocateId) -> Result<Vec<AdvocateLink>, StoreError> {
        self.query_prefix(&Key::advocate(id).pk, PROGRAM, false, 1000).await
    }

    /// Replaces a link whose version is one less, with a line on record. `false`: somebody else changed it.
    pub async fn replace_link_on_record(&self, link: &Link, audit: &AuditRow) -> Result<bool, StoreError> {
        let key = Key::link(&link.code);
        let index = link_place(link, &key);
        let mut writes = Writes::default();
        writes.put_version(self, &key, link, &index, Some(link.version - 1))?;
        writes.put_audit(self, audit)?;
        if link.platform_code.is_some() {
            // The code at the checkout goes too.
            self.put_outbox(&mut writes, &link.code_message(audit.at))?;
        }
        Ok(if_held(self.transact(writes).await)?.is_some())
    }

    /// Adds a new advocate to the writes, and makes the person that advocate: one who is none yet, or who is still the
    /// erased one named in `before`.
    pub fn put_advocate(
        &self,
        writes: &mut Writes,
        advocate: &Advocate,
        (contact, known_as): (&Contact, Option<&CustomerAccount>),
    ) -> Result<(), StoreError> {
        writes.put_new(self, &Key::advocate(advocate.id), advocate, &[])?;
        let contact = value_of(contact)?;
        let key = Key::person(advocate.merchant, &advocate.person);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let mut expression = "SET advocate = :advocate, contact = :contact".to_owned();
        let mut added = Vec::new();
        let mut update = update;
        if let Some(account) = &advocate.customer {
            self.put_address(writes, advocate.merchant, &advocate.person, account)?;
            added.push("#accounts :account");
            update = update
                .expression_attribute_names("#accounts", ACCOUNTS)
                .expression_attribute_values(":account", set_of(account));
        }
        if let Some(known_as) = known_as {
            added.push("known_as :known_as");
            update = update.expression_attribute_values(":known_as", set_of_accounts([known_as]));
        }
        if !added.is_empty() {
            expression = format!("{expression} ADD {}", added.join(", "));
        }
        let update = update.update_expression(expression);
        let update = match advocate.before {
            None => update.condition_expression("attribute_not_exists(advocate)"),
            Some(before) => update
                .condition_expression("advocate = :before")
                .expression_attribute_values(":before", text(before.to_string())),
        };
        let update = update.expression_attribute_values(":advocate", text(advocate.id.to_string()));
        writes.update(update.expression_attribute_values(":contact", contact))?;
        Ok(())
    }

    /// Adds a change of what the merchant says of an advocate: what is named is set, or taken away. The advocate must be
    /// there, and not erased. Each mark is changed by itself, so that two changes at once both hold.
    pub fn describe_advocate(
        &self,
        writes: &mut Writes,
        id: AdvocateId,
        tier: Option<Option<&str>>,
        marks: &BTreeMap<Mark, Option<Fingerprint>>,
    ) -> Result<(), StoreError> {
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let key = Key::advocate(id);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let mut update = update.condition_expression("attribute_exists(pk) AND attribute_not_exists(erased_at)");
        match tier {
            Some(Some(tier)) => {
                set.push("tier = :tier".to_owned());
                update = update.expression_attribute_values(":tier", text(tier));
            }
            Some(None) => remove.push("tier".to_owned()),
            None => {}
        }
        for (mark, fingerprint) in marks {
            let name = mark.as_str();
            update = update.expression_attribute_names(format!("#{name}"), name);
            match fingerprint {
                Some(fingerprint) => {
                    set.push(format!("marks.#{name} = :{name}"));
                    update = update.expression_attribute_values(format!(":{name}"), value_of(fingerprint)?);
                }
                None => remove.push(format!("marks.#{name}")),
            }
        }
        let part = |word: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        // An update must say something.
        let expression = format!("{}{}", part("SET", &set), part("REMOVE", &remove));
        let expression = if expression.is_empty() { "REMOVE nothing" } else { expression.trim() };
        writes.update(update.update_expression(expression)).map(drop)
    }

    /// Has the platform's code follow the link, in the writes that make or change it.
    pub fn put_code_message(&self, writes: &mut Writes, link: &Link, now: Timestamp) -> Result<(), StoreError> {
        self.put_outbox(writes, &link.code_message(now))?;
        writes.await_discount(self, link)
    }

    /// Replaces a link whose version is one less.
    pub async fn replace_link(&self, link: &Link) -> Result<(), StoreError> {
        let key = Key::link(&link.code);
        let index = link_place(link, &key);
        self.put_version(&key, link, &index, Some(link.version - 1)).await
    }

    /// Adds a link whose version is one less to the writes.
    pub fn put_link_version(&self, writes: &mut Writes, link: &Link) -> Result<(), StoreError> {
        let key = Key::link(&link.code);
        let index = link_place(link, &key);
        writes.put_version(self, &key, link, &index, Some(link.version - 1)).map(drop)
    }

    /// Replaces a link whose version is one less, and the platform's code is to follow.
    pub async fn replace_link_and_code(&self, link: &Link, now: Timestamp) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        self.put_link_version(&mut writes, link)?;
        self.put_code_message(&mut writes, link, now)?;
        self.transact(writes).await
    }
}
