//! Short text from outside: an SKU, a market, a loyalty tier. Its limits are part of its type, so that whoever reads a
//! body names them.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::person::is_hidden;

/// Whether a text is what systems write where there is nothing to write: a placeholder, or no letter and no digit at all.
pub fn is_filler(text: &str) -> bool {
    let text = text.trim();
    let is_word = |word: &&str| text.eq_ignore_ascii_case(word);
    !text.chars().any(char::is_alphanumeric) || FILLERS.iter().any(is_word)
}

const FILLERS: [&str; 7] = ["null", "(null)", "undefined", "(undefined)", "none", "n/a", "[object Object]"];

/// One to `MAX` characters on one line, without control, direction or hidden marks; white space around it is not part of
/// it. Masks itself in `Debug`: some of it tells of persons.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        let is_printable = !text.chars().any(|c| c.is_control() || is_hidden(c));
        if is_printable && (1..=MAX).contains(&text.chars().count()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("must be 1 to {MAX} printable characters"))
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filler_says_nothing() {
        for filler in
            ["", " ", "-", "--", ".", "(null)", "null", "NULL", " Undefined ", "N/A", "None", "[object Object]", "🎉"]
        {
            assert!(is_filler(filler), "{filler:?}");
        }
        for word in ["Anna", "Nulla", "0", "李", "مرحبا", "Nan", "d-1", "Noneé"] {
            assert!(!is_filler(word), "{word:?}");
        }
    }

    #[test]
    fn text_is_printable_and_has_its_length() {
        let text = |text: &str| Text::<4>::try_from(text.to_owned()).map(String::from);
        for (given, kept) in [("a", "a"), (" gold ", "gold"), ("åäöß", "åäöß"), ("a b", "a b")] {
            assert_eq!(text(given).as_deref(), Ok(kept));
        }
        for wrong in ["", "  ", "golds", "a\nb", "a\u{202E}b", "a\u{200B}"] {
            assert_eq!(text(wrong), Err("must be 1 to 4 printable characters".to_owned()), "{wrong:?}");
        }
        assert_eq!(format!("{:?}", Text::<4>::try_from("gold".to_owned())), "Ok(***)");
    }
}
