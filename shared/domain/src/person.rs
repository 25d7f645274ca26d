//! A customer, known by a keyed hash of the canonical e-mail (or, without one, of the platform's customer id). Orders,
//! referrals and decisions hold only this pseudonym; the contact details live in the person's own rows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::email::EmailAddress;
use super::id::ShopId;
use super::text::is_filler;

/// A keyed hash: the same customer of one merchant always has the same key; nobody without the pepper can make it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonKey(String);

impl PersonKey {
    /// From the first 16 bytes of a keyed hash.
    pub fn from_hash(hash: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(hash)))
    }

    /// The key as 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no person's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 hexadecimal digits")]
pub struct InvalidPersonKey;

impl FromStr for PersonKey {
    type Err = InvalidPersonKey;

    fn from_str(text: &str) -> Result<Self, InvalidPersonKey> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(is_digit)).then(|| Self(text.to_owned())).ok_or(InvalidPersonKey)
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What beside address and account may tell that two customers are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Phone,
    Address,
    Device,
}

impl Mark {
    /// As it is stored, and as the API says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Device => "device",
        }
    }
}

/// A keyed hash of a mark: the same for the same phone, address or device of one merchant's customers. Short, because it
/// is only ever held against the few of one advocate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From the first 8 bytes of a keyed hash.
    pub fn from_hash(hash: [u8; 8]) -> Self {
        Self(format!("{:016x}", u64::from_be_bytes(hash)))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How to reach a person: personal data, kept only in the person's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub email: EmailAddress,
    pub name: Option<PersonName>,
    pub locale: Option<Locale>,
}

/// The text can't be a platform's id of a customer account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 128 characters")]
pub struct InvalidCustomerId;

/// A platform's id of a customer account: personal data, kept only in the person's rows. At most 128 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CustomerId(String);

impl CustomerId {
    /// The id as text. Named so that no one prints it by accident.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomerId {
    type Err = InvalidCustomerId;

    fn from_str(text: &str) -> Result<Self, InvalidCustomerId> {
        let valid = (1..=128).contains(&text.len()) && !text.chars().any(char::is_control);
        valid.then(|| Self(text.to_owned())).ok_or(InvalidCustomerId)
    }
}

impl TryFrom<String> for CustomerId {
    type Error = InvalidCustomerId;

    fn try_from(text: String) -> Result<Self, InvalidCustomerId> {
        text.parse()
    }
}

impl From<CustomerId> for String {
    fn from(id: CustomerId) -> Self {
        id.0
    }
}

impl fmt::Debug for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A customer account and the shop that it is of. As text: `shp_…#7001`, so that a set of them is a set of texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CustomerAccount {
    pub shop: ShopId,
    pub id: CustomerId,
}

impl TryFrom<String> for CustomerAccount {
    type Error = InvalidCustomerId;

    fn try_from(text: String) -> Result<Self, InvalidCustomerId> {
        let (shop, id) = text.split_once('#').ok_or(InvalidCustomerId)?;
        Ok(Self { shop: shop.parse().map_err(|_| InvalidCustomerId)?, id: id.parse()? })
    }
}

impl From<CustomerAccount> for String {
    fn from(account: CustomerAccount) -> Self {
        format!("{}#{}", account.shop, account.id.expose())
    }
}

/// The text can't be a language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a language tag such as \"sv\" or \"en-GB\", at most 35 characters")]
pub struct InvalidLocale;

/// A language tag such as `sv` or `en-GB`. Only its characters are checked (RFC 5646 allows more shapes than anyone has
/// mails for); 35 is the length that RFC 5646 §4.4.1 tells implementations to expect. Systems that name their locales as
/// POSIX or Java do, `pt_BR`, `sv_SE.UTF-8`, `zh_Hans`, mean the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Locale(String);

impl Locale {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = InvalidLocale;

    fn from_str(text: &str) -> Result<Self, InvalidLocale> {
        let text = text.trim();
        let tag = text.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
        let is_subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        let starts_well = tag.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        let valid = text.len() <= 35 && starts_well && tag.split('-').all(is_subtag);
        valid.then_some(Self(tag)).ok_or(InvalidLocale)
    }
}

impl TryFrom<String> for Locale {
    type Error = InvalidLocale;

    fn try_from(text: String) -> Result<Self, InvalidLocale> {
        text.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

/// A name as people write it, made safe to greet with: no control or direction marks, at most 64 characters. What systems
/// write for a name that they don't have (`null`) is none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct PersonName(String);

impl PersonName {
    /// The name for a greeting. Named so that no one prints it by accident.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `None` when nothing printable is left.
    pub fn parse(text: &str) -> Option<Self> {
        let name = Self::from(text.to_owned());
        (!name.0.is_empty()).then_some(name)
    }
}

impl From<String> for PersonName {
    fn from(text: String) -> Self {
        let name = printable(&text, 64);
        if name.split(' ').all(is_filler) { Self(String::new()) } else { Self(name) }
    }
}

/// Marks that reorder or hide text around them: they could make a mail say something else.
pub(super) const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Text from outside on one line: no control, direction or hidden marks, at most so many characters.
pub fn printable(text: &str, max_chars: usize) -> String {
    let visible: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    words.join(" ").chars().take(max_chars).collect()
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_language_tag() {
        for right in ["sv", "en-GB", "zh-Hant-TW", "de-1996"] {
            assert_eq!(right.parse::<Locale>().map(String::from), Ok(right.into()));
        }
        for (told, tag) in [
            ("pt_BR", "pt-BR"),
            ("zh_Hans", "zh-Hans"),
            ("sv_SE", "sv-SE"),
            (" sv ", "sv"),
            ("sv_SE.UTF-8", "sv-SE"),
            ("de_DE@euro", "de-DE"),
            ("PT_BR", "PT-BR"),
        ] {
            assert_eq!(told.parse::<Locale>().map(String::from), Ok(tag.into()));
        }
        for wrong in ["", "-sv", "_SE", "1a", "sv--SE", "sv__SE", &"a-".repeat(20), "toolonglanguage", ".UTF-8"] {
            assert_eq!(wrong.parse::<Locale>(), Err(InvalidLocale), "{wrong}");
        }
    }

    #[test]
    fn an_account_is_a_text_of_its_shop_and_its_id_and_nobody_prints_it() {
        let shop: ShopId = "shp_01KXH0D4M0000000000000000A".parse().expect("an id");
        for id in ["7001", "gid://shopify/Customer/7#1", &"x".repeat(128)] {
            let account = CustomerAccount { shop, id: id.parse().expect("an id") };
            let text = String::from(account.clone());
            assert_eq!(CustomerAccount::try_from(text), Ok(account.clone()));
            assert!(!format!("{account:?}").contains(id));
        }
        for wrong in ["", "a\n", &"x".repeat(129)] {
            assert_eq!(wrong.parse::<CustomerId>(), Err(InvalidCustomerId), "{wrong}");
        }
        for wrong in ["7001", "shp_x#7001", "shp_01KXH0D4M0000000000000000A#"] {
            assert_eq!(CustomerAccount::try_from(wrong.to_owned()), Err(InvalidCustomerId), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_safe_to_greet_with() {
        let name = |text: &str| PersonName::parse(text).map(|name| name.expose().to_owned());
        assert_eq!(name("Anna\r\nBcc: x"), Some("Anna Bcc: x".into()));
        assert_eq!(name("\u{202E}annA\u{202C}"), Some("annA".into()));
        assert_eq!(name("  Åsa   Öberg 🎉 "), Some("Åsa Öberg 🎉".into()));
        assert_eq!(name(" \u{200B}\t"), None);
        for filler in ["null", "undefined", "(null)", "-", "null null", "- -", "N/A"] {
            assert_eq!(name(filler), None, "{filler}");
        }
        assert_eq!(name("Christopher Null"), Some("Christopher Null".into()));
        assert_eq!(name(&"ä".repeat(500)).map(|n| n.chars().count()), Some(64));
    }
}
