//! Names that people and merchants wrote, made fit for sentences, headers and pages. A name in another direction is
//! isolated (Unicode UAX #9), so that it can't reorder what stands around it.

use crate::domain::person::{PersonName, printable};
use crate::domain::text::is_filler;

/// First strong isolate, and the end of it.
const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

/// A brand's name in a subject line; what is longer is cut.
const NAME_LENGTH: usize = 64;

/// What is longer no mail program shows.
const SUBJECT_LENGTH: usize = 150;

/// The most of what somebody wrote that a sentence takes.
const QUOTE_LENGTH: usize = 200;

/// What somebody wrote, inside a sentence: on one line, without marks of its own.
pub(super) fn isolated(name: &str) -> String {
    let [open, close] = ISOLATE;
    format!("{open}{}{close}", printable(name, QUOTE_LENGTH))
}

/// A sentence for a header: without any mark.
pub(super) fn for_header(sentence: &str) -> String {
    let plain: String = sentence.chars().filter(|c| !ISOLATE.contains(c)).collect();
    header(&plain, SUBJECT_LENGTH)
}

/// A sentence as plain text. Only a name that holds letters from right to left needs its marks.
pub(super) fn for_text(sentence: &str) -> String {
    let [open, close] = ISOLATE;
    spans(
        sentence,
        |name| if name.chars().any(is_right_to_left) { format!("{open}{name}{close}") } else { name.to_owned() },
        str::to_owned,
    )
}

/// A sentence as HTML, escaped.
pub(super) fn for_html(sentence: &str) -> String {
    spans(sentence, |name| format!("<bdi>{}</bdi>", escape(name)), escape)
}

/// Puts a sentence together again from its names and what stands between them.
fn spans(sentence: &str, name: impl Fn(&str) -> String, other: impl Fn(&str) -> String) -> String {
    let [open, close] = ISOLATE;
    let mut said = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once(open) {
        let (inside, after) = after.split_once(close).unwrap_or((after, ""));
        said.push_str(&other(before));
        said.push_str(&name(inside));
        rest = after;
    }
    said.push_str(&other(rest));
    said
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Hebrew, Arabic, Syriac, Thaana, `NKo` and their neighbours, with presentation forms and the planes of older scripts.
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// What somebody wrote, fit for a header.
pub(super) fn header_text(text: &str) -> String {
    header(text, NAME_LENGTH)
}

/// Text in the form of an encoded word (RFC 2047) would be decoded by the reader's mail program, and so become what was
/// taken out here.
fn header(text: &str, longest: usize) -> String {
    printable(text, longest).replace("=?", "= ?").chars().take(longest).collect()
}

/// The first word of a name. A word that a mail program might turn into a link is not greeted: whoever signs up with
/// it wants us to send their advertisement.
pub(super) fn first_name(name: &PersonName) -> Option<&str> {
    name.expose().split(' ').next().filter(|word| !is_filler(word) && !word.contains(['.', ':', '/', '@', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_isolated_where_it_could_turn_the_text_around() {
        let sentence = |name: &str| format!("Hello {}, hello", isolated(name));
        assert_eq!(for_text(&sentence("Anna")), "Hello Anna, hello");
        assert_eq!(for_text(&sentence("مرحبا")), "Hello \u{2068}مرحبا\u{2069}, hello");
        assert_eq!(
            for_html(&sentence("<b>מרים</b> & 'co'")),
            "Hello <bdi>&lt;b&gt;מרים&lt;/b&gt; &amp; &#39;co&#39;</bdi>, hello"
        );
        assert_eq!(for_header(&sentence("مرحبا")), "Hello مرحبا, hello");
    }

    #[test]
    fn a_lone_mark_does_no_harm() {
        for text in ["\u{2068}", "\u{2069}", "a\u{2068}b", "a\u{2069}b", "\u{2069}\u{2068}"] {
            assert!(for_header(text).chars().all(|c| c.is_ascii_alphabetic()), "{text:?}");
            assert_eq!(for_html(text).matches("<bdi>").count(), for_html(text).matches("</bdi>").count());
        }
    }

    #[test]
    fn a_name_that_would_become_a_link_is_not_greeted() {
        for (name, greeted) in [
            ("Åsa Öberg", Some("Åsa")),
            ("Win.example now", None),
            ("https://x", None),
            ("a@b", None),
            ("null Öberg", None),
        ] {
            assert_eq!(PersonName::parse(name).as_ref().and_then(first_name), greeted, "{name}");
        }
    }
}
