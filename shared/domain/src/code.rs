//! The code that names an advocate's link; the same code is a coupon at checkout. People type and read codes aloud,
//! so they compare without case, and generated ones use no characters that look alike.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// The text can't be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 3 to 32 letters A to Z, digits, \"-\" or \"_\"")]
pub struct InvalidCode;

/// A code in its one spelling: upper case, no surrounding space, and plain letters for full-width and other forms of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Code(String);

impl Code {
    /// Letters and digits of which no two look alike (no 0/O/Q, 1/I/L, 2/Z, 5/S, 6/G, 8/B, U/V) and no vowels, so
    /// that no words appear.
    const ALPHABET: [u8; 20] = *b"3479CDFHJKMNPRTVWXYZ";

    /// More bytes than any spelling of a code has, spaces included. What is longer is no code.
    const LONGEST_TOLD: usize = 400;

    /// 12 of 20 characters are 51.8 bits: at 100 guesses a second a million live codes last 100 days per hit.
    pub const GENERATED_LENGTH: usize = 12;

    /// How many check characters follow in a link's generated code.
    const CHECKED: usize = 2;
    /// The largest prime that two characters can say: modulo a prime, no wrong character and no two that changed places
    /// go unnoticed.
    const CHECK_PRIME: usize = 397;

    /// A link's code from random bits that the caller drew: as [`Code::from_random`], and two check characters.
    pub fn generated(random: u128) -> Self {
        let code = Self::from_random(random).0;
        let check = Self::check(code.as_bytes()).map(char::from);
        Self(code.chars().chain(check).collect())
    }

    /// The code has the shape of a link's generated code, and its check characters are wrong: nobody was ever given it,
    /// so there is nothing to look for. Codes of any other shape are never junk: merchants name their own, and codes that
    /// were generated before there were check characters are shorter.
    pub fn is_junk(&self) -> bool {
        let bytes = self.0.as_bytes();
        let has_shape = bytes.len() == Self::GENERATED_LENGTH + Self::CHECKED
            && bytes.iter().all(|byte| Self::ALPHABET.contains(byte));
        has_shape && bytes[Self::GENERATED_LENGTH..] != Self::check(&bytes[..Self::GENERATED_LENGTH])
    }

    /// The check characters of these characters of the alphabet: each weighed by its place.
    fn check(code: &[u8]) -> [u8; Self::CHECKED] {
        let value = |byte: &u8| Self::ALPHABET.iter().position(|of| of == byte).unwrap_or(0);
        let sum: usize = code.iter().enumerate().map(|(place, byte)| (place + 1) * value(byte)).sum();
        let sum = sum % Self::CHECK_PRIME;
        [Self::ALPHABET[sum / Self::ALPHABET.len()], Self::ALPHABET[sum % Self::ALPHABET.len()]]
    }

    /// A code from random bits that the caller drew, without check characters.
    pub fn from_random(mut random: u128) -> Self {
        let base = Self::ALPHABET.len() as u128;
        let code = (0..Self::GENERATED_LENGTH).map(|_| {
            let digit = usize::try_from(random % base).unwrap_or(0);
            random /= base;
            char::from(Self::ALPHABET[digit])
        });
        Self(code.collect())
    }

    /// The code of a link that was typed, pasted or passed on, without what sticks to links then: signs of the sentence around
    /// it, quotes, brackets, asterisks of messengers, invisible characters, marks of footnotes, as they are or
    /// percent-encoded. Only what no code can have is left out, and only around the code: inside it, it may stand for a
    /// letter that is missing, and what is left might be somebody else's.
    pub fn pasted(text: &str) -> Result<Self, InvalidCode> {
        if text.len() > Self::LONGEST_TOLD {
            return Err(InvalidCode);
        }
        let text = percent_decode_str(text).decode_utf8_lossy();
        // The link's query or fragment, where its mark was encoded along with the code.
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let mut code = text.trim_matches(is_stuck);
        while let Some(rest) = ENTITIES.into_iter().find_map(|entity| code.strip_suffix(entity)) {
            code = rest.trim_end_matches(is_stuck);
        }
        let unmarked = code.trim_end_matches(|c| is_mark(c) || is_stuck(c));
        // In a code that is written in circles, they are its letters.
        let code = if unmarked.ends_with(|c: char| c.is_ascii_alphanumeric()) { unmarked } else { code };
        code.parse()
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a page's source has after a link that was not written with care, without the `;`.
const ENTITIES: [&str; 5] = ["&amp", "&gt", "&lt", "&nbsp", "&quot"];

/// Beside a code it is not of it: neither a letter nor a digit of any script, nor `-` or `_` of any width.
fn is_stuck(c: char) -> bool {
    let is_dash = matches!(
        c,
        '-' | '_' | '\u{fe33}' | '\u{fe34}' | '\u{fe4d}'..='\u{fe4f}' | '\u{fe63}' | '\u{ff0d}' | '\u{ff3f}'
    );
    let is_accent = matches!(c, '\u{300}'..='\u{36f}');
    !c.is_alphanumeric() && !is_dash && !is_accent
}

/// What texts put after a word to name a footnote. As a letter of the code it would make it another one.
fn is_mark(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | 'ª' | 'º' | '\u{2070}'..='\u{209c}' | '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}')
}

/// What nobody sees: soft hyphens, joiners, marks of direction, choices of a sign's form (Unicode's default ignorables, as
/// far as texts have them).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A text in the form that all its spellings share (NFKC), without surrounding space.
pub(super) fn plain(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).trim().to_owned()
}

impl FromStr for Code {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        if text.len() > Self::LONGEST_TOLD {
            return Err(InvalidCode);
        }
        let code = plain(text).to_ascii_uppercase();
        let valid = (3..=32).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        valid.then_some(Self(code)).ok_or(InvalidCode)
    }
}

impl TryFrom<String> for Code {
    type Error = InvalidCode;

    fn try_from(text: String) -> Result<Self, InvalidCode> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    #[test]
    fn edge_21_codes_compare_without_case_surrounding_space_or_width_of_letters() {
        // Typed on a phone, pasted from a page, typed on a Japanese keyboard, in letters of a headline.
        for told in [" anna10 ", "\u{a0}Anna10\n", "ＡＮＮＡ１０", "\u{3000}ａｎｎａ10", "𝐀𝐍𝐍𝐀𝟏𝟎", "ⓐⓝⓝⓐ10"]
        {
            assert_eq!(told.parse::<Code>(), "ANNA10".parse(), "{told}");
        }
        // Letters of other alphabets that only look alike are other letters.
        assert_eq!("АNNA10".parse::<Code>(), Err(InvalidCode));
        assert_eq!(format!("ANNA{}10", " ".repeat(500)).parse::<Code>(), Err(InvalidCode));
        for wrong in ["ab", "", "with space", "ÅSA10", "a/b/c", &"A".repeat(33)] {
            assert_eq!(wrong.parse::<Code>(), Err(InvalidCode), "{wrong}");
        }
    }

    #[test]
    fn repair_13_what_sticks_to_a_pasted_link_is_not_of_its_code() {
        let signs = [
            ".",
            ",",
            ")",
            "*",
            "!",
            ";",
            "'",
            "\"",
            "…",
            "...",
            "\u{200b}",
            "”",
            "’",
            "»",
            ">",
            "]",
            "}",
            ":",
            "?",
            "&",
            "=",
            "~",
            "`",
            "|",
            "\\",
            "/",
            "//",
            "。",
            "、",
            "）",
            "™",
            "\u{a0}",
            " ",
            "\n",
            "\t",
            "👍",
            "\u{fe0f}",
            "\u{20e3}",
            "²",
            ".¹",
            "①",
            "ª",
            ").",
            "&gt;",
            "&quot;&gt;",
            "&#39;",
            "\u{feff}",
            "\u{ad}",
            "?utm_source=x",
            "#top",
        ];
        let anna = "ANNA10".parse::<Code>();
        for sign in signs {
            let encoded = utf8_percent_encode(sign, NON_ALPHANUMERIC).to_string();
            for told in
                [format!("anna10{sign}"), format!("ANNA10{encoded}"), format!("Anna10{}", encoded.to_lowercase())]
            {
                assert_eq!(Code::pasted(&told), anna, "{told:?}");
            }
        }
        for told in [
            "*ANNA10*",
            "(anna10)",
            "\u{201e}anna10\u{201c}",
            "«ANNA10»",
            "<ANNA10>",
            "\u{200b}ANNA\u{200b}10",
            "ＡＮＮＡ１０。",
            "%2AANNA10%2A",
        ] {
            assert_eq!(Code::pasted(told), anna, "{told:?}");
        }
        // Codes of these letters stay whole.
        for own in ["ANNA_10", "_ANNA", "ANNA-", "A-B", "ⓐⓝⓝⓐ①⓪", "𝐀𝐍𝐍𝐀", "ＡＮＮＡ＿"] {
            assert_eq!(Code::pasted(own), own.parse(), "{own}");
            assert!(Code::pasted(own).is_ok(), "{own}");
        }
    }

    #[test]
    fn repair_13_what_may_stand_for_a_letter_makes_it_no_code_instead_of_anothers() {
        // What a lazy mend would make of them is somebody's: ANNA, ANNA10, ANNA102, BEA10.
        let wrong = [
            "ANNA 10",
            "ANNA.10",
            "ANNA,BEA10",
            "ANNA10/BEA10",
            "ANNA&BEA",
            "ANNÉ",
            "ANNE\u{301}",
            "ÅANNA10",
            "ANNA10å",
            "АNNA10",
            "ANNA1O0Ø",
            "ANNA10.BEA",
            "ANNA%2010",
            "ANNA%C3%8510",
            "ANNA\n10",
            "A.",
            "..",
            "%",
            "%%%",
            "%zz",
            "",
            "&gt;",
        ];
        for told in wrong {
            assert_eq!(Code::pasted(told), Err(InvalidCode), "{told:?}");
        }
        assert_eq!(Code::pasted(&format!("ANNA10{}", ".".repeat(500))), Err(InvalidCode));
        // Typed into the API or a checkout, a code has no sentence around it.
        assert_eq!("ANNA10.".parse::<Code>(), Err(InvalidCode));
    }

    #[test]
    fn a_generated_code_with_a_typing_error_is_junk() {
        let alphabet = Code::ALPHABET.map(char::from);
        for random in [0, 1, 0x1234_5678_9abc_def0_u128, u128::MAX, u128::MAX / 3] {
            let code = Code::generated(random);
            assert_eq!(code.as_str().len(), 14);
            assert!(!code.is_junk() && !code.as_str().parse::<Code>().expect("a code").is_junk());
            let changed = |changed: String| changed.parse::<Code>().expect("a code");
            for at in 0..14 {
                for other in alphabet.iter().filter(|other| !code.as_str()[at..].starts_with(**other)) {
                    let mut wrong = code.as_str().to_owned();
                    wrong.replace_range(at..=at, &other.to_string());
                    assert!(changed(wrong).is_junk(), "{code} with {other} at {at}");
                }
                for with in at + 1..12 {
                    let mut wrong: Vec<char> = code.as_str().chars().collect();
                    wrong.swap(at, with);
                    let wrong: String = wrong.into_iter().collect();
                    assert!(wrong == code.as_str() || changed(wrong).is_junk(), "{code} with {at} and {with} swapped");
                }
            }
        }
    }

    #[test]
    fn what_is_not_shaped_like_a_generated_code_is_never_junk() {
        // Merchants' own, codes from before, and those whose length only is the same.
        for code in ["ANNA10", "3479CDFHJKMN", "3479CDFHJKMNP", "3479CDFHJKMNPRT", "SUMMER-SALE-26", "ANNASCODE12345"] {
            assert!(!code.parse::<Code>().expect("a code").is_junk(), "{code}");
        }
        let junk = (0..4000_u128).filter(|n| {
            let drawn = Code::from_random(n * 0x9e37_79b9_7f4a_7c15).0;
            format!("{drawn}3{}", &drawn[..1]).parse::<Code>().expect("a code").is_junk()
        });
        assert!(junk.count() > 3960);
    }

    #[test]
    fn generated_codes_carry_at_least_fifty_bits_without_look_alikes() {
        let alphabet: HashSet<_> = Code::ALPHABET.into_iter().collect();
        assert_eq!(alphabet.len(), Code::ALPHABET.len());
        let bits = f64::from(u32::try_from(Code::ALPHABET.len()).expect("small")).log2() * 12.0;
        assert!(bits >= 50.0, "{bits}");
        for pair in ["0OQ", "1IL", "2Z", "5S", "6G", "8B", "UV"] {
            let present = pair.bytes().filter(|b| alphabet.contains(b)).count();
            assert!(present <= 1, "{pair} look alike");
        }
        let code = Code::from_random(u128::MAX);
        assert_eq!(code.as_str().len(), Code::GENERATED_LENGTH);
        assert_eq!(code.as_str().parse(), Ok(code.clone()));
        assert_ne!(code, Code::from_random(0));
    }
}
