//! Where a link was shared: the last part of `/r/{code}/{channel}`. Any short plain word will do, because merchants name
//! their own (a poster, a parcel insert); the ones in [`Channel::OFFERED`] are those that every link comes with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text can't be a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 letters a to z, digits, \"-\" or \"_\"")]
pub struct InvalidChannel;

/// A channel's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Channel(String);

impl Channel {
    /// The channels that every link has an address for.
    pub const OFFERED: [&'static str; 6] = ["email", "whatsapp", "x", "facebook", "sms", "copy"];

    /// The channel in a link that was typed, pasted or passed on: in letters of either case, and without signs of the
    /// sentence that followed it. What is none is not known.
    pub fn pasted(text: &str) -> Option<Self> {
        let is_of_it = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        text.trim_end_matches(|c| !is_of_it(c)).to_ascii_lowercase().parse().ok()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Channel {
    type Err = InvalidChannel;

    fn from_str(text: &str) -> Result<Self, InvalidChannel> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let valid = (1..=32).contains(&text.len()) && text.bytes().all(is_plain);
        valid.then(|| Self(text.to_owned())).ok_or(InvalidChannel)
    }
}

impl TryFrom<String> for Channel {
    type Error = InvalidChannel;

    fn try_from(text: String) -> Result<Self, InvalidChannel> {
        text.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repair_13_a_channel_of_a_pasted_link_is_without_the_signs_behind_it() {
        for told in ["whatsapp", "WhatsApp", "whatsapp.", "whatsapp)*", "whatsapp…", "whatsapp\u{200b}", "whatsapp/"]
        {
            assert_eq!(Channel::pasted(told).map(String::from).as_deref(), Some("whatsapp"), "{told:?}");
        }
        for told in ["", ".", "<b>", "what sapp", "whats.app", "å"] {
            assert_eq!(Channel::pasted(told), None, "{told:?}");
        }
    }

    #[test]
    fn a_channel_is_a_short_plain_word() {
        for right in Channel::OFFERED.into_iter().chain(["qr", "poster-2026", "a_b", "1"]) {
            assert_eq!(right.parse::<Channel>().map(String::from), Ok(right.to_owned()));
        }
        for wrong in ["", "E-Mail", "a b", "a/b", "å", "a.b", "a%20b", &"a".repeat(33)] {
            assert_eq!(wrong.parse::<Channel>(), Err(InvalidChannel), "{wrong}");
        }
    }
}
