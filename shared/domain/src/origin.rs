//! Where a click came from, as far as counting needs it: country, device, channel, variant. It travels inside the signed
//! click token, so that an order is counted where its click was, without a read, and after the click's row is gone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::program::Country;

/// The text can't be a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 letters a to z, digits, \".\", \"_\" or \"-\"")]
pub struct InvalidVariant;

/// Which mail, or which version of one, a link was in: `?v=invite.b`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Variant(String);

impl Variant {
    /// The variant in a link that was pasted or passed on, without signs of the sentence that followed it.
    pub fn pasted(text: &str) -> Option<Self> {
        text.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).parse().ok()
    }

    /// The variant as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Variant {
    type Err = InvalidVariant;

    fn from_str(text: &str) -> Result<Self, InvalidVariant> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
        let valid = (1..=40).contains(&text.len()) && text.bytes().all(is_plain);
        valid.then(|| Self(text.to_owned())).ok_or(InvalidVariant)
    }
}

impl TryFrom<String> for Variant {
    type Error = InvalidVariant;

    fn try_from(text: String) -> Result<Self, InvalidVariant> {
        text.parse()
    }
}

impl From<Variant> for String {
    fn from(variant: Variant) -> Self {
        variant.0
    }
}

/// What kind of device a link was opened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Mobile,
    Tablet,
    Desktop,
    /// A television, a console, a watch, or something that does not say.
    Other,
}

impl Device {
    /// Each kind with the letter that stands for it in a token.
    const LETTERS: [(Self, char); 4] =
        [(Self::Mobile, 'm'), (Self::Tablet, 't'), (Self::Desktop, 'd'), (Self::Other, 'o')];

    /// As written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Desktop => "desktop",
            Self::Other => "other",
        }
    }

    /// The kind of device behind a browser's name for itself. Tablets that pretend to be desktops (iPads since 2019)
    /// can't be told from these.
    pub fn of(user_agent: &str) -> Self {
        let names = |name: &str| user_agent.contains(name);
        let is_big = names("iPad") || names("Tablet") || names("Kindle") || names("Silk/");
        match () {
            () if names("TV") || names("PlayStation") || names("Xbox") || names("Nintendo") => Self::Other,
            () if is_big => Self::Tablet,
            () if names("Mobi") || names("iPhone") || names("iPod") => Self::Mobile,
            // Android leaves "Mobile" out on tablets.
            () if names("Android") => Self::Tablet,
            () if names("Windows NT") || names("Macintosh") || names("X11") || names("CrOS") => Self::Desktop,
            () => Self::Other,
        }
    }

    fn letter(self) -> char {
        Self::LETTERS.iter().find(|(device, _)| *device == self).map_or('o', |(_, letter)| *letter)
    }
}

/// Where a click came from. What is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Origin {
    pub country: Option<Country>,
    pub device: Option<Device>,
    pub channel: Option<Channel>,
    pub variant: Option<Variant>,
}

impl Origin {
    /// Nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// The text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a country and a device, then perhaps a channel and a variant, such as \"SEm.email.invite.b\"")]
pub struct InvalidOrigin;

impl Origin {
    /// As origins were written until links that end in a dot were seen to lose it where they are pasted: with both dots
    /// always. Tokens and rows of that time have it.
    fn before(&self) -> String {
        let now = self.to_string();
        let missing = 2_usize.saturating_sub(now.splitn(3, '.').count() - 1);
        now + &".".repeat(missing)
    }
}

/// `{country}{device}.{channel}.{variant}`: two letters and one, `-` for each that is not known; nothing at the end that is
/// empty. Each origin has one spelling.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let country = self.country.as_ref().map_or("--", Country::as_str);
        let device = self.device.map_or('-', Device::letter);
        write!(f, "{country}{device}")?;
        match (&self.channel, &self.variant) {
            (None, None) => Ok(()),
            (Some(channel), None) => write!(f, ".{channel}"),
            (channel, Some(variant)) => {
                write!(f, ".{}.{}", channel.as_ref().map_or("", Channel::as_str), variant.as_str())
            }
        }
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let mut parts = text.splitn(3, '.');
        let place = parts.next().unwrap_or_default();
        let (channel, variant) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (country, device) = place.split_at_checked(2).ok_or(InvalidOrigin)?;
        let letter = |letter: char| Device::LETTERS.iter().find(|(_, of)| *of == letter).map(|(device, _)| *device);
        let mut device = device.chars();
        let origin = Self {
            country: (country != "--").then(|| country.parse()).transpose().map_err(|_| InvalidOrigin)?,
            device: device.next().filter(|one| *one != '-').map(|one| letter(one).ok_or(InvalidOrigin)).transpose()?,
            channel: (!channel.is_empty()).then(|| channel.parse()).transpose().map_err(|_| InvalidOrigin)?,
            variant: (!variant.is_empty()).then(|| variant.parse()).transpose().map_err(|_| InvalidOrigin)?,
        };
        // No other spelling: what stands for an origin must be told from what is none.
        (origin.to_string() == text || origin.before() == text).then_some(origin).ok_or(InvalidOrigin)
    }
}

impl TryFrom<String> for Origin {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, InvalidOrigin> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_has_one_spelling() {
        for text in ["SEm.email.invite.b", "--d", "---", "NOt.whatsapp", "--o.poster-1.a", "USd.x.v_1", "SEm..invite.b"]
        {
            assert_eq!(text.parse::<Origin>().expect(text).to_string(), text);
        }
        for text in ["", "SE", "sem", "sem..", "SEx..", "SEmm", "SEm.EMAIL", "SEm.a b", "SEm.a.B", "S–m..", "SEm."] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
        assert!("---".parse::<Origin>().expect("an origin").is_unknown());
    }

    #[test]
    fn repair_36_an_origin_does_not_end_in_a_dot_and_is_read_as_it_was_written_before() {
        for (before, now) in [("SEm..", "SEm"), ("---..", "---"), ("NOt.whatsapp.", "NOt.whatsapp"), ("--d..", "--d")] {
            assert_eq!(before.parse::<Origin>(), now.parse(), "{before}");
            assert_eq!(before.parse::<Origin>().expect(before).to_string(), now);
        }
    }

    #[test]
    fn a_variant_is_a_short_plain_word() {
        for text in ["invite.b", "a", "x_1-2.3", &"v".repeat(40)] {
            assert_eq!(text.parse::<Variant>().expect(text).as_str(), text);
        }
        for text in ["", "B", "a b", "ä", "a/b", "a%20", &"v".repeat(41)] {
            assert_eq!(text.parse::<Variant>(), Err(InvalidVariant), "{text}");
        }
    }

    #[test]
    fn repair_13_a_variant_of_a_pasted_link_is_without_the_signs_behind_it() {
        for text in ["invite.b", "invite.b.", "invite.b)", "invite.b…", "invite.b*_"] {
            assert_eq!(Variant::pasted(text).as_ref().map(Variant::as_str), Some("invite.b"), "{text}");
        }
        assert_eq!(["", "...", "ä", "a b"].map(Variant::pasted), [None, None, None, None]);
    }

    #[test]
    fn devices_are_told_by_what_browsers_say() {
        let cases = [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
                Device::Mobile,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36",
                Device::Mobile,
            ),
            ("Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/126 Safari/537.36", Device::Tablet),
            ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", Device::Tablet),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126", Device::Desktop),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605",
                Device::Desktop,
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", Device::Desktop),
            ("Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36", Device::Other),
            ("curl/8.5.0", Device::Other),
            ("", Device::Other),
        ];
        for (user_agent, device) in cases {
            assert_eq!(Device::of(user_agent), device, "{user_agent}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_reads_back_as_it_was(text in "[A-Za-z-]{0,3}\\.?[a-z.]{0,8}|\\PC{0,12}") {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert!(origin.to_string() == text || origin.before() == text);
                prop_assert_eq!(origin.before().parse(), Ok(origin));
            }
        }
    }
}
