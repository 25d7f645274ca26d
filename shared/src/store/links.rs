//! Advocates and their links. A link is found by its code alone, in at most one read unit.

use aws_sdk_dynamodb::types::Update;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{Key, Listed};
use super::list::listed;
use super::{Store, StoreError, Writes, text};
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, MerchantId, ProgramId, ShopId};
use crate::domain::person::{Contact, PersonKey};

/// A customer who refers; how to reach them is in the person's profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Advocate {
    pub id: AdvocateId,
    pub merchant: MerchantId,
    pub person: PersonKey,
    /// The advocate's customer account on the platform, if it was told.
    pub customer: Option<PersonKey>,
    pub created_at: Timestamp,
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
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Counts the changes; the fence of `PATCH`.
    pub version: u64,
}

impl Link {
    /// From when on the link no longer works.
    pub fn dead_from(&self) -> Option<Timestamp> {
        self.disabled_at.into_iter().chain(self.expires_at).min()
    }
}

impl Store {
    /// The link behind a code, strongly consistent: for money and for changes.
    pub async fn link(&self, code: &Code) -> Result<Option<Link>, StoreError> {
        self.get(&Key::link(code)).await
    }

    /// The link behind a code, perhaps some milliseconds old; for the redirect.
    pub async fn link_eventually(&self, code: &Code) -> Result<Option<Link>, StoreError> {
        self.get_eventually(&Key::link(code)).await
    }

    /// The advocate.
    pub async fn advocate(&self, id: AdvocateId) -> Result<Option<Advocate>, StoreError> {
        self.get(&Key::advocate(id)).await
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
        writes.put_new(self, &key, link, &listed(Listed::Links, link.merchant, link.created_at, &key))
    }

    /// Adds a new advocate to the writes, and makes the person that advocate unless already one.
    pub fn put_advocate(&self, writes: &mut Writes, advocate: &Advocate, contact: &Contact) -> Result<(), StoreError> {
        writes.put_new(self, &Key::advocate(advocate.id), advocate, &[])?;
        let contact = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(contact)
            .map_err(|e| StoreError::Refused(e.to_string()))?;
        let key = Key::person(advocate.merchant, &advocate.person);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let update = update.update_expression("SET advocate = :advocate, contact = :contact");
        let update = update.condition_expression("attribute_not_exists(advocate)");
        let update = update.expression_attribute_values(":advocate", text(advocate.id.to_string()));
        writes.update(update.expression_attribute_values(":contact", contact))?;
        Ok(())
    }

    /// Replaces a link whose version is one less.
    pub async fn replace_link(&self, link: &Link) -> Result<(), StoreError> {
        let key = Key::link(&link.code);
        let index = listed(Listed::Links, link.merchant, link.created_at, &key);
        self.put_version(&key, link, &index, Some(link.version - 1)).await
    }
}
