//! A mail as it goes over the wire (RFC 5322): plain text and HTML, and unsubscribing with one click (RFC 8058). The
//! same mail is the same bytes but for its date, so that a second copy is recognised as one.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::url::URL;
use mail_builder::mime::MimePart;

use super::letter::Letter;
use crate::domain::email::EmailAddress;
use crate::domain::id::OutboxId;

/// The mail as MIME.
pub fn mime(id: OutboxId, from: &EmailAddress, to: &EmailAddress, letter: &Letter, at: Timestamp) -> Vec<u8> {
    let sender = from.expose();
    let domain = sender.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let message = MessageBuilder::new()
        .from(Address::new_address(Some(letter.from_name.as_str()), sender.as_str()))
        // Without the reader's name: it adds nothing there, and only the greeting has to be safe with it.
        .to(to.expose())
        .subject(letter.subject.as_str())
        .date(Date::new(at.as_second()))
        .message_id(format!("{id}@{domain}"))
        // No out-of-office answers to the merchant (RFC 3834).
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .header("Content-Language", Raw::new(letter.locale))
        .header("X-Goodword-Variant", Raw::new(word(&letter.variant)));
    let message = match &letter.reply_to {
        Some(reply_to) => message.reply_to(reply_to.expose()),
        None => message,
    };
    // The header must hold an address that unsubscribes; where we don't know our own, there is none to give.
    let message = match &letter.unsubscribe {
        Some(unsubscribe) => message
            .header("List-Unsubscribe", URL::new(unsubscribe.as_str()))
            .header("List-Unsubscribe-Post", Raw::new("List-Unsubscribe=One-Click")),
        None => message,
    };
    let parts =
        vec![MimePart::new("text/plain", letter.text.as_str()), MimePart::new("text/html", letter.html.as_str())];
    // The id appears nowhere in the parts, so it can separate them.
    let alternative = ContentType::new("multipart/alternative").attribute("boundary", format!("={id}"));
    let mut bytes = Vec::new();
    message.body(MimePart::new(alternative, parts)).serialize(&mut bytes);
    bytes
}

/// A variant's name as a header takes it, whatever it is.
fn word(variant: &str) -> String {
    variant.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(20).collect()
}

#[cfg(test)]
mod tests {
    use mail_parser::{HeaderValue, MessageParser};

    use super::super::letter::tests::letter;
    use super::*;
    use crate::domain::program::{Fulfilment, Side};

    fn id() -> OutboxId {
        "out_01HF7YAT00000000000000000A".parse().expect("an id")
    }

    fn sent(merchant: &str, name: Option<&str>, ours: bool) -> Vec<u8> {
        let email = |text: &str| text.parse::<EmailAddress>().expect(text);
        let letter = letter(Side::Advocate, Fulfilment::Manual, merchant, name, ours);
        let at = "2026-11-21T10:00:00Z".parse().expect("a time");
        mime(id(), &email("hej@nordicshoes.example"), &email("anna@example.com"), &letter, at)
    }

    #[test]
    fn a_mail_reads_back_as_it_was_meant() {
        let bytes = sent("Nordic Shoes", Some("Anna"), true);
        let mail = MessageParser::new().parse(&bytes).expect("a mail");
        let from = mail.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!((from.name(), from.address()), (Some("Nordic Shoes"), Some("hej@nordicshoes.example")));
        assert_eq!(mail.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("anna@example.com"));
        assert_eq!(mail.subject(), Some("You earned SEK 100 at Nordic Shoes"));
        assert_eq!(mail.date().map(mail_parser::DateTime::to_rfc3339), Some("2026-11-21T10:00:00Z".into()));
        assert_eq!(mail.message_id(), Some("out_01HF7YAT00000000000000000A@nordicshoes.example"));
        let raw = |name: &'static str| mail.header_raw(name).map(|value| value.split_whitespace().collect::<String>());
        assert_eq!(raw("List-Unsubscribe").as_deref(), Some("<https://go.example/u/1.A.b.c>"));
        assert_eq!(raw("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert!(
            matches!(mail.header("Content-Type"), Some(HeaderValue::ContentType(kind)) if kind.subtype() == Some("alternative"))
        );
        assert!(mail.body_text(0).is_some_and(|text| text.contains("you earned SEK\u{a0}100")));
        assert!(mail.body_html(0).is_some_and(|html| html.contains("Share your link again")));
        assert_eq!(mail.attachment_count(), 0);
        assert_eq!(raw("Content-Language").as_deref(), Some("en"));
        assert_eq!(raw("X-Goodword-Variant").as_deref(), Some("a"));
        assert_eq!(word("a\r\nBcc: x@y.example"), "aBccxyexample");
    }

    #[test]
    fn the_same_mail_is_the_same_bytes() {
        assert_eq!(sent("Nordic Shoes", Some("Anna"), true), sent("Nordic Shoes", Some("Anna"), true));
    }

    #[test]
    fn without_an_address_of_ours_there_is_no_unsubscribe_header() {
        let bytes = sent("Nordic Shoes", None, false);
        let mail = MessageParser::new().parse(&bytes).expect("a mail");
        assert!(mail.header_raw("List-Unsubscribe").is_none() && mail.header_raw("List-Unsubscribe-Post").is_none());
    }

    #[test]
    fn no_name_can_add_a_header_a_recipient_or_a_part() {
        let clean = sent("Nordic Shoes", Some("Anna"), true);
        let names = |bytes: &[u8]| {
            let mail = MessageParser::new().parse(bytes).expect("a mail");
            mail.headers().iter().map(|header| header.name().to_owned()).collect::<Vec<_>>()
        };
        let wild = [
            "X\r\nBcc: evil@example.com\r\n\r\n<h1>hi</h1>".to_owned(),
            "X\nBcc: evil@example.com".to_owned(),
            "X\rBcc: evil@example.com".to_owned(),
            "\u{202E}sdrawkcab\u{202C}\u{200F}\u{2066}".to_owned(),
            "\u{2028}Bcc: evil@example.com\u{2029}\u{85}\u{0B}\u{0C}".to_owned(),
            "🎉 Åsa 李 مرحبا".to_owned(),
            "a".repeat(500),
            "ä".repeat(500),
            "a b ".repeat(125),
            "<script>alert(1)</script>".to_owned(),
            "\"quoted\\\" <evil@example.com>, other".to_owned(),
            "=?utf-8?Q?=0D=0ABcc:_evil@example.com?=".to_owned(),
            format!("--={}--", id()),
            "\0\u{7}".to_owned(),
            String::new(),
        ];
        for name in wild {
            let bytes = sent(&name, Some(&name), true);
            assert_eq!(names(&bytes), names(&clean), "{name:?}");
            let mail = MessageParser::new().parse(&bytes).expect("a mail");
            let from: Vec<_> = mail.from().expect("a sender").iter().filter_map(|from| from.address()).collect();
            assert_eq!(from, ["hej@nordicshoes.example"], "{name:?}");
            let to: Vec<_> = mail.to().expect("a recipient").iter().filter_map(|to| to.address()).collect();
            assert_eq!(to, ["anna@example.com"], "{name:?}");
            assert_eq!((mail.parts.len(), mail.text_body_count(), mail.html_body_count()), (3, 1, 1), "{name:?}");
            let hidden = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\r' | '\n');
            let shown = mail.from().and_then(|from| from.first()).and_then(|from| from.name()).unwrap_or_default();
            assert!(!shown.contains(hidden) && !mail.subject().unwrap_or_default().contains(hidden), "{name:?}");
            assert!(mail.subject().is_some_and(|subject| subject.chars().count() < 120), "{name:?}");
            let html = mail.body_html(0).expect("HTML").into_owned();
            assert!(!html.contains("<script") && !html.contains("<h1>"), "{name:?}");
            let longest = bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
            assert!(longest.is_some_and(|longest| longest < 998), "RFC 5322 §2.1.1: {longest:?}");
        }
    }
}
