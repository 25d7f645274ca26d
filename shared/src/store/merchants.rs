//! Merchants, their API keys, shops and programs.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::Update;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::endpoints::overlap_ends;
use super::key::{Key, Listed, PROGRAM, program_versions};
use super::list::listed;
use super::{NewestProgram, Store, StoreError, Writes, error, if_held, number, text, to_item, value_of};
use crate::crypto::Sealed;
use crate::domain::brand::Brand;
use crate::domain::email::EmailAddress;
use crate::domain::id::{MerchantId, ProgramId, ShopId};
use crate::domain::money::Currency;
use crate::domain::money::Percent;
use crate::domain::permission::{Permission, Permissions};
use crate::domain::person::Locale;
use crate::domain::platform::Platform;
use crate::domain::program::{InviteTiming, Program};

/// Our user, the brand; the tenant boundary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Merchant {
    pub id: MerchantId,
    pub name: String,
    pub currency: Currency,
    /// An IANA zone such as `Europe/Stockholm`.
    pub time_zone: String,
    pub locale: Locale,
    pub mail_from: EmailAddress,
    /// Who reads what the engine has to tell the merchant; `None`: whoever reads `mail_from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices_to: Option<EmailAddress>,
    /// How mails look.
    #[serde(default, skip_serializing_if = "Brand::is_plain")]
    pub brand: Brand,
    pub created_at: Timestamp,
    /// This merchant's mails wait, because too many came back or were called spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_paused: Option<MailPaused>,
    /// When the merchant let them go again last: what was sent before does not pause them once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_resumed_at: Option<Timestamp>,
    /// Counts the changes of what the merchant can change; the fence.
    #[serde(default)]
    pub version: u64,
}

/// Why and since when a merchant's mails wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPaused {
    pub at: Timestamp,
    /// Too many were called spam; else: too many came back.
    pub complaints: bool,
    /// Mails of the time that was looked at.
    pub sent: u32,
    /// Of these: complaints, or mails that came back.
    pub counted: u32,
}

impl Merchant {
    /// Where notices go.
    pub fn notices_to(&self) -> &EmailAddress {
        self.notices_to.as_ref().unwrap_or(&self.mail_from)
    }

    /// Who mails to shoppers are from.
    pub fn from_name(&self) -> &str {
        self.brand.from_name.as_deref().unwrap_or(&self.name)
    }
}

/// What an API key opens. The key itself is never stored, only its hash, which is the item's key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiKey {
    pub merchant: MerchantId,
    pub created_at: Timestamp,
}

/// One of a merchant's shops. Secrets are sealed; see `Keys::seal`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shop {
    pub id: ShopId,
    pub merchant: MerchantId,
    pub platform: Platform,
    /// The platform's name for the shop, e.g. `nordicshoes.myshopify.com`.
    pub domain: String,
    /// Where shoppers see it, e.g. `https://nordicshoes.example`.
    pub site: String,
    /// The platform's own id of the shop: Shopify's number, BigCommerce's store hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_id: Option<String>,
    /// For amounts that a platform sends without a currency.
    pub currency: Currency,
    /// The tax that displayed prices contain, in percent of the price without it; `None`: none, or nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_in_prices: Option<Percent>,
    pub secrets: Option<ShopSecrets>,
    /// What opens the platform's API, see `platform::access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Sealed>,
    /// What that may do there; `None`: it was not tried yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// When the platform's access was given last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<Timestamp>,
    /// When the shop gave the app away; gone as soon as it is connected again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uninstalled_at: Option<Timestamp>,
    /// Which programs ask buyers to refer, and when. Here too, so that an order of a shop without any costs nothing more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invites: BTreeMap<ProgramId, InviteTiming>,
    pub created_at: Timestamp,
    /// Counts the changes; the fence.
    pub version: u64,
}

/// Webhook secrets, sealed under the shop's id. Two, because platforms sign with the old one while a rotation goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShopSecrets {
    pub current: Sealed,
    /// Verifies beside the current one for a day, see [`super::OVERLAP`].
    #[serde(default)]
    pub previous: Option<Sealed>,
    /// When the current secret replaced it. `None`: before that was noted, so it is long over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
}

impl ShopSecrets {
    /// Until when the secret before goes on verifying, if it does.
    pub fn overlap_ends(&self, now: Timestamp) -> Option<Timestamp> {
        overlap_ends(self.previous.as_ref(), self.rotated_at, now)
    }

    /// What verifies now, the current secret first.
    pub fn valid(&self, now: Timestamp) -> impl Iterator<Item = &Sealed> {
        let previous = self.previous.as_ref().filter(|_| self.overlap_ends(now).is_some());
        [Some(&self.current), previous].into_iter().flatten()
    }
}

impl Shop {
    /// Why no code can be made at the shop's checkout, in words for the merchant; `None`: nothing is known to be in the way.
    pub fn in_the_way_of_codes(&self) -> Option<String> {
        if self.access.is_none() || self.uninstalled_at.is_some() {
            return Some("the shop has no API credentials: PATCH /v1/shops/{id} with \"api\"".to_owned());
        }
        let permissions = self.permissions.as_ref().filter(|known| known.codes == Permission::Missing)?;
        permissions
            .needs(self.platform)
            .map(|needs| format!("the shop's API credentials do not suffice; needed: {needs}"))
    }
}

impl Store {
    /// Adds a new merchant and its first key to the writes.
    pub fn put_merchant(&self, writes: &mut Writes, merchant: &Merchant, key_sha256: &str) -> Result<(), StoreError> {
        writes.put_new(self, &Key::merchant(merchant.id), merchant, &[])?;
        let api_key = ApiKey { merchant: merchant.id, created_at: merchant.created_at };
        writes.put_new(self, &Key::api_key(key_sha256), &api_key, &[])?;
        self.put_placed(writes, merchant.id)
    }

    /// The merchant.
    pub async fn merchant(&self, id: MerchantId) -> Result<Option<Merchant>, StoreError> {
        self.get(&Key::merchant(id)).await
    }

    /// The merchant, perhaps some milliseconds old; where nothing follows from it that can't wait.
    pub async fn merchant_eventually(&self, id: MerchantId) -> Result<Option<Merchant>, StoreError> {
        self.get_eventually(&Key::merchant(id)).await
    }

    /// Adds a change of what a merchant can change, and nothing else, if the version is still one less.
    pub fn change_merchant(&self, writes: &mut Writes, merchant: &Merchant) -> Result<(), StoreError> {
        let mut set = vec!["#name = :name", "#locale = :locale", "brand = :brand", "#v = :version"];
        let key = Key::merchant(merchant.id);
        let update = Update::builder().table_name(&self.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        let mut update = update
            .condition_expression("#v = :previous")
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#locale", "locale")
            .expression_attribute_names("#v", "version")
            .expression_attribute_values(":name", text(&merchant.name))
            .expression_attribute_values(":locale", text(merchant.locale.as_str()))
            .expression_attribute_values(":brand", value_of(&merchant.brand)?)
            .expression_attribute_values(":version", number(merchant.version))
            .expression_attribute_values(":previous", number(merchant.version.saturating_sub(1)));
        let removal = match &merchant.notices_to {
            Some(notices_to) => {
                set.push("notices_to = :notices_to");
                update = update.expression_attribute_values(":notices_to", text(notices_to.expose()));
                ""
            }
            None => " REMOVE notices_to",
        };
        writes.update(update.update_expression(format!("SET {}{removal}", set.join(", ")))).map(drop)
    }

    /// Whom an API key belongs to.
    pub async fn api_key(&self, sha256: &str) -> Result<Option<ApiKey>, StoreError> {
        self.get(&Key::api_key(sha256)).await
    }

    /// Adds a new shop to the writes.
    pub fn put_shop(&self, writes: &mut Writes, shop: &Shop) -> Result<(), StoreError> {
        let key = Key::shop(shop.id);
        writes.put_new(self, &key, shop, &listed(Listed::Shops, shop.merchant, shop.created_at, &key))?;
        Ok(())
    }

    /// Adds a shop whose version is one less to the writes.
    pub fn put_shop_version(&self, writes: &mut Writes, shop: &Shop) -> Result<(), StoreError> {
        let key = Key::shop(shop.id);
        let index = listed(Listed::Shops, shop.merchant, shop.created_at, &key);
        writes.put_version(self, &key, shop, &index, Some(shop.version - 1)).map(drop)
    }

    /// Notes that the shop gave the app away, and forgets what opened its API. Not if it was connected again since.
    pub async fn uninstall_shop(&self, id: ShopId, at: Timestamp) -> Result<(), StoreError> {
        let update = self.update(&Key::shop(id)).update_expression(
            "SET uninstalled_at = if_not_exists(uninstalled_at, :at), #v = #v + :one REMOVE #access, #permissions",
        );
        let update = update
            .condition_expression("attribute_exists(pk) AND (attribute_not_exists(connected_at) OR connected_at < :at)")
            .expression_attribute_names("#v", "version")
            .expression_attribute_names("#access", "access")
            .expression_attribute_names("#permissions", "permissions")
            .expression_attribute_values(":at", text(at.to_string()))
            .expression_attribute_values(":one", number(1));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Notes what a shop's credentials may do. `shop`: as it was read before the platform was asked. `false`: it was changed
    /// since, perhaps to other credentials.
    pub async fn note_permissions(&self, shop: &Shop, permissions: &Permissions) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::shop(shop.id))
            .update_expression("SET #permissions = :permissions, #v = :after")
            .condition_expression("#v = :before")
            .expression_attribute_names("#v", "version")
            .expression_attribute_names("#permissions", "permissions")
            .expression_attribute_values(":permissions", value_of(permissions)?)
            .expression_attribute_values(":before", number(shop.version))
            .expression_attribute_values(":after", number(shop.version + 1));
        Ok(if_held(update.send().await.map_err(error))?.is_some())
    }

    /// The shop, whoever's it is: the caller compares the merchant.
    pub async fn shop(&self, id: ShopId) -> Result<Option<Shop>, StoreError> {
        self.get(&Key::shop(id)).await
    }

    /// The shop, perhaps some milliseconds old.
    pub async fn shop_eventually(&self, id: ShopId) -> Result<Option<Shop>, StoreError> {
        self.get_eventually(&Key::shop(id)).await
    }

    /// Adds a program version to the writes: as the current one, and for ever under its number. Version 1 must be new;
    /// later ones must follow the one before.
    pub fn put_program(&self, writes: &mut Writes, program: &Program) -> Result<(), StoreError> {
        let previous = (program.version > 1).then(|| u64::from(program.version - 1));
        writes.put_version(self, &Key::program(program.merchant, program.id), program, &[], previous)?;
        writes.put_new(self, &Key::program_version(program.merchant, program.id, program.version), program, &[])?;
        Ok(())
    }

    /// Has redirects expect visits to this program when they start. A hint: any other's visitors are served as well.
    pub async fn put_newest_program(&self, program: &Program) -> Result<(), StoreError> {
        let item = to_item(&Key::newest_program(), &NewestProgram::of(program))?;
        self.client.put_item().table_name(&self.core).set_item(Some(item)).send().await.map(drop).map_err(error)
    }

    /// The program's current version, for deciding money or changing it.
    pub async fn program(&self, merchant: MerchantId, id: ProgramId) -> Result<Option<Program>, StoreError> {
        self.get(&Key::program(merchant, id)).await
    }

    /// The program's current version, perhaps some milliseconds old.
    pub async fn program_eventually(&self, merchant: MerchantId, id: ProgramId) -> Result<Option<Program>, StoreError> {
        self.get_eventually(&Key::program(merchant, id)).await
    }

    /// One version of a program.
    pub async fn program_version(
        &self,
        merchant: MerchantId,
        id: ProgramId,
        version: u32,
    ) -> Result<Option<Program>, StoreError> {
        self.get(&Key::program_version(merchant, id, version)).await
    }

    /// The version that was in force at a time, to the second, as platforms tell time; the current one if none was yet.
    pub async fn program_at(
        &self,
        merchant: MerchantId,
        id: ProgramId,
        at: Timestamp,
    ) -> Result<Option<Program>, StoreError> {
        let Some(current) = self.program(merchant, id).await? else { return Ok(None) };
        if current.version_at.as_second() <= at.as_second() || current.version == 1 {
            return Ok(Some(current));
        }
        // Newest first; a program rarely has more than a handful.
        let versions: Vec<Program> =
            self.query_prefix(&Key::merchant(merchant).pk, &program_versions(id), true, 1000).await?;
        Ok(versions.into_iter().find(|version| version.version_at.as_second() <= at.as_second()).or(Some(current)))
    }

    /// A merchant's programs, current versions, oldest first (at most 1,000).
    pub async fn programs(&self, merchant: MerchantId) -> Result<Vec<Program>, StoreError> {
        self.query_prefix(&Key::merchant(merchant).pk, PROGRAM, false, 1000).await
    }
}
