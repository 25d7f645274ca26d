//! How a merchant's mails look: logo, colour, sender's name, address. What is not set is plain.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::email::EmailAddress;

/// The text is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a colour such as \"#0a5c36\"")]
pub struct InvalidColour;

/// A colour in sRGB. On the wire: `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// Nearly black: where a merchant has no colour, and text on light ones.
    pub const INK: Self = Self([0x1a, 0x1a, 0x1a]);
    /// Text on dark colours.
    pub const WHITE: Self = Self([0xff; 3]);
    const BLACK: Self = Self([0; 3]);

    /// Relative luminance, 0 to 1 (WCAG 2.2).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// How well one can be told from the other, 1 to 21 (WCAG 2.2); text needs 4.5.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour of text on this one: white where it can be read, else black, one of which always can.
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= 4.5 { Self::WHITE } else { Self::BLACK }
    }
}

impl FromStr for Colour {
    type Err = InvalidColour;

    fn from_str(text: &str) -> Result<Self, InvalidColour> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(InvalidColour)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidColour);
        }
        let bytes = u32::from_str_radix(digits, 16).map_err(|_| InvalidColour)?.to_be_bytes();
        Ok(Self([bytes[1], bytes[2], bytes[3]]))
    }
}

impl TryFrom<String> for Colour {
    type Error = InvalidColour;

    fn try_from(text: String) -> Result<Self, InvalidColour> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a merchant's mails look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// An absolute `https` URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Of the button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    /// Who the mails are from; `None`: the merchant's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// In the footer, because some laws ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_address: Option<String>,
    /// Where answers go; `None`: to the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EmailAddress>,
}

impl Brand {
    /// Nothing is set.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_colour_is_written_and_read_the_same() {
        for text in ["#000000", "#0a5c36", "#ffffff"] {
            assert_eq!(text.parse::<Colour>().map(String::from), Ok(text.to_owned()));
        }
        assert_eq!("#ABCDEF".parse::<Colour>().map(String::from), Ok("#abcdef".to_owned()));
        for wrong in ["", "#fff", "0a5c36", "#0a5c3", "#0a5c366", "#+a5c36", "red", "#0a5c3g", "#åå55"] {
            assert_eq!(wrong.parse::<Colour>(), Err(InvalidColour), "{wrong}");
        }
    }

    #[test]
    fn contrast_is_as_the_guideline_has_it() {
        let contrast = |a: &str, b: &str| {
            let colour = |text: &str| text.parse::<Colour>().expect(text);
            (colour(a).contrast(colour(b)) * 100.0).round() / 100.0
        };
        for (a, b, expected) in
            [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)]
        {
            assert!((contrast(a, b) - expected).abs() < 0.005, "{a} {b}: {}", contrast(a, b));
            assert!((contrast(a, b) - contrast(b, a)).abs() < f64::EPSILON);
        }
    }

    proptest! {
        #[test]
        fn text_on_any_colour_can_be_read(bytes: [u8; 3]) {
            let colour = Colour(bytes);
            prop_assert!(colour.contrast(colour.text_on()) >= 4.5, "{colour}");
        }
    }
}
