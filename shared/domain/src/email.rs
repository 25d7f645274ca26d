//! E-mail addresses: personal data, so the type masks itself in `Debug` and has no `Display`; and identities, so one
//! canonical form decides whether two addresses are one person's.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use super::person::is_hidden;

mod provider;

/// The text is not an address that mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as \"anna@example.com\", at most 254 characters")]
pub struct InvalidEmail;

/// A deliverable address: dot-atom local part (RFC 5321 §4.1.2), also beyond ASCII (RFC 6531 §3.3); ASCII domain.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EmailAddress {
    local: String,
    domain: String,
}

impl EmailAddress {
    /// The address for an SMTP envelope or a header. Named so that no one prints it by accident.
    pub fn expose(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// The domain, in ASCII and lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The same mailbox under another name: `hej+label@…`, where that is not too long.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Self {
        let sign = if self.local.contains('+') { '.' } else { '+' };
        let text = format!("{}{sign}{label}@{}", self.local, self.domain);
        text.parse().unwrap_or_else(|_| self.clone())
    }

    /// Whether mail of ours can go there. SES does not speak SMTPUTF8, so it takes no address whose local part is not
    /// ASCII (SES API reference, `Destination`). Who has one is a person like any other, and can't be written to.
    pub fn is_mailable(&self) -> bool {
        self.local.is_ascii()
    }

    /// The one form that all spellings of a mailbox share. Only for comparing: never send to it. What is a
    /// spelling and what is another mailbox, `provider.rs` says.
    pub fn canonical(&self) -> String {
        let local = if self.local.is_ascii() {
            self.local.to_ascii_lowercase()
        } else {
            // One letter can be written in several ways that nobody can tell apart (RFC 6532 §3.1).
            ComposingNormalizerBorrowed::new_nfc().normalize(&self.local.to_lowercase()).into_owned()
        };
        let (local, domain) = provider::mailbox(&local, &self.domain);
        format!("{local}@{domain}")
    }
}

/// What a merchant is told whose own address can't be used.
pub const MAILABLE: &str = "must have only ASCII letters before the \"@\": Amazon SES can't use other addresses";

fn is_atom_text(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    }
    !c.is_control() && !c.is_whitespace() && !is_hidden(c) && !matches!(c, '＠' | '\u{FFFD}')
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(InvalidEmail)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidEmail)?;
        let local_ok =
            local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_text));
        let domain_ok = domain.contains('.') && !domain.ends_with('.');
        let length_ok = local.len() + 1 + domain.len() <= 254;
        (local_ok && domain_ok && length_ok).then(|| Self { local: local.to_owned(), domain }).ok_or(InvalidEmail)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.expose()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***@***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> EmailAddress {
        text.parse().expect(text)
    }

    #[test]
    fn what_could_break_a_header_or_bounce_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for wrong in [
            "",
            "anna",
            "@example.com",
            "anna@",
            "an na@example.com",
            "a@b",
            "a..b@example.com",
            ".a@example.com",
            "anna@example.com\r\nBcc: x@example.com",
            "\"q\"@example.com",
            "anna@exa mple.com",
            "an\u{A0}na@example.com",
            "anna\u{200B}@example.com",
            "an\u{202E}na@example.com",
            "anna\u{85}@example.com",
            "anna＠b@example.com",
            "ann\u{FFFD}@example.com",
            long.as_str(),
        ] {
            assert_eq!(wrong.parse::<EmailAddress>(), Err(InvalidEmail), "{wrong}");
        }
    }

    #[test]
    fn repair_36_a_labelled_address_is_another_one_of_the_same_mailbox() {
        let long = format!("{}@nordicshoes.example", "a".repeat(60));
        for (text, labelled) in [
            ("hej@nordicshoes.example", "hej+goodword@nordicshoes.example"),
            ("hej+shop@nordicshoes.example", "hej+shop.goodword@nordicshoes.example"),
            (long.as_str(), long.as_str()),
        ] {
            assert_eq!(email(text).labelled("goodword").expose(), labelled);
            assert_eq!(email(text).labelled("goodword").canonical(), email(text).canonical());
        }
    }

    #[test]
    fn an_address_beyond_ascii_is_one_but_no_mail_of_ours_goes_there() {
        for text in ["test+å@example.com", "jörg@example.com", "用户@example.com", "δοκιμή.x@example.com"] {
            assert!(!email(text).is_mailable(), "{text}");
            assert_eq!(email(text).expose(), text, "sent nowhere, but kept as it is written");
        }
        assert!(email("anna@bücher.example").is_mailable(), "the domain has a form in ASCII");
        let long = format!("{}@example.com", "å".repeat(33));
        assert_eq!(long.parse::<EmailAddress>(), Err(InvalidEmail), "64 octets are the most (RFC 5321 §4.5.3.1.1)");
    }

    #[test]
    fn spellings_of_an_address_beyond_ascii_share_a_form() {
        assert_eq!(email("Jo\u{308}RG+shop@example.com").canonical(), email("jörg@example.com").canonical());
        assert_ne!(email("jörg@example.com").canonical(), email("jorg@example.com").canonical());
        assert_eq!(email("test+å@example.com").canonical(), "test@example.com", "a tag like any other");
    }

    #[test]
    fn an_address_never_shows_itself_in_debug_output() {
        assert_eq!(format!("{:?}", email("anna@example.com")), "***@***");
    }
}
