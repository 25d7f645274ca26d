//! Addresses that open what a person shares with, with the message ready to be sent: the https forms that networks document
//! (`wa.me`, X's post intent, Facebook's sharer), `mailto:` (RFC 6068) and `sms:` (RFC 5724; the `&` is for iPhones, which
//! read no body without it).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a part of an address (RFC 3986's unreserved characters). A space becomes `%20`: mail programs show
/// a `+` as one.
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is said along with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Of a mail.
    pub subject: &'a str,
    /// With the link in it.
    pub text: &'a str,
}

/// The address that opens this channel's app with the link, or with a message around it. `None`: nothing opens by an
/// address there, such as copying.
pub fn intent(channel: &str, link: &str, message: Option<Message<'_>>) -> Option<String> {
    let encoded = |text: &str| utf8_percent_encode(text, &ENCODED).to_string();
    let text = encoded(message.map_or(link, |message| message.text));
    Some(match (channel, message) {
        ("email", None) => format!("mailto:?body={text}"),
        ("email", Some(message)) => format!("mailto:?subject={}&body={text}", encoded(message.subject)),
        ("sms", _) => format!("sms:?&body={text}"),
        ("whatsapp", _) => format!("https://wa.me/?text={text}"),
        ("x", None) => format!("https://x.com/intent/post?url={text}"),
        ("x", Some(_)) => format!("https://x.com/intent/post?text={text}"),
        // It takes no text of ours: it makes a preview of the link.
        ("facebook", _) => format!("https://www.facebook.com/sharer/sharer.php?u={}", encoded(link)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::channel::Channel;
    use super::*;

    const LINK: &str = "https://go.example/r/ANNA10/sms?v=invite.b";

    #[test]
    fn repair_16_each_offered_channel_but_copying_opens_with_the_link() {
        let link = "https%3A%2F%2Fgo.example%2Fr%2FANNA10%2Fsms%3Fv%3Dinvite.b";
        for channel in Channel::OFFERED {
            let plain = intent(channel, LINK, None);
            assert_eq!(plain.is_none(), channel == "copy", "{channel}");
            assert!(plain.is_none_or(|plain| plain.ends_with(&format!("={link}"))), "{channel}");
        }
        let message = Message { subject: "Ett tips & mer", text: &format!("Röd sko + 10 %: {LINK}") };
        let text = format!("R%C3%B6d%20sko%20%2B%2010%20%25%3A%20{link}");
        for (channel, expected) in [
            ("email", format!("mailto:?subject=Ett%20tips%20%26%20mer&body={text}")),
            ("sms", format!("sms:?&body={text}")),
            ("whatsapp", format!("https://wa.me/?text={text}")),
            ("x", format!("https://x.com/intent/post?text={text}")),
            ("facebook", format!("https://www.facebook.com/sharer/sharer.php?u={link}")),
        ] {
            assert_eq!(intent(channel, LINK, Some(message)), Some(expected));
        }
        for none in ["copy", "qr", "poster-2026", ""] {
            assert_eq!(intent(none, LINK, Some(message)), None, "{none}");
        }
    }
}
