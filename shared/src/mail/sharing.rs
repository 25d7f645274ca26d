//! What an advocate's share page says, in the advocate's language: the words are those that mails use.

use super::gift::Voice;
use super::language::name;
use super::letter::voice;
use super::names::{for_header, for_text, header_text};
use super::offer::{Reader, first_gift, offer};
use crate::domain::brand::Colour;
use crate::domain::channel::Channel;
use crate::domain::code::Code;
use crate::domain::origin::Variant;
use crate::domain::person::Locale;
use crate::domain::program::{Program, Side};
use crate::domain::share::{Message, intent};
use crate::store::Merchant;

/// A share page, as plain text that is not escaped yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The language's tag.
    pub locale: &'static str,
    pub shop: String,
    pub heading: String,
    pub body: String,
    /// What friends get, and what the advocate gets.
    pub offer: Vec<String>,
    /// What can be copied, with what it is: link, code, a text.
    pub link: (String, String),
    pub code: (String, String),
    pub text: (String, String),
    /// What stands over the buttons.
    pub send: String,
    /// The buttons: what each says and opens.
    pub buttons: Vec<(String, String)>,
    /// Of the buttons, and what can be read on it.
    pub colour: Colour,
}

/// What names itself in every language.
const BRANDS: [(&str, &str); 3] = [("whatsapp", "WhatsApp"), ("x", "X"), ("facebook", "Facebook")];

impl Sharing {
    /// The page of a link at this address, such as `https://…/r/ANNA10`. `via`: the mail that led to the page; it goes on with
    /// the links, so that what came of a mail can be counted.
    pub fn write(
        merchant: &Merchant,
        program: &Program,
        reader: Option<&Locale>,
        code: &Code,
        url: &str,
        via: Option<&Variant>,
    ) -> Self {
        let wishes = [reader, program.mails.locale.as_ref(), Some(&merchant.locale)];
        let voice = voice(wishes.into_iter().flatten(), &merchant.time_zone);
        let shop = header_text(merchant.from_name());
        let gift = first_gift(&voice, program, Side::Friend);
        let page = Page { voice, shop: &shop, gift, url, via };
        let plain = |sentence: String| for_text(&sentence);
        let texts = offer(&page.voice, program, Reader::Advocate);
        let link = page.address("copy");
        Self {
            locale: page.voice.language.tag(),
            heading: plain(page.say("share-heading")),
            body: plain(page.say("share-body")),
            offer: texts.into_iter().map(plain).collect(),
            code: (page.say("your-code"), code.to_string()),
            text: (page.say("share-text"), page.message(&link)),
            link: (page.say("your-link"), link),
            send: page.say("share-send"),
            buttons: page.buttons(),
            colour: merchant.brand.colour.unwrap_or(Colour::INK),
            shop,
        }
    }
}

struct Page<'a> {
    voice: Voice,
    shop: &'a str,
    gift: Option<String>,
    url: &'a str,
    via: Option<&'a Variant>,
}

impl Page<'_> {
    fn say(&self, key: &str) -> String {
        self.voice.say(key, &[("shop", name(self.shop))])
    }

    /// The link in a channel.
    fn address(&self, channel: &str) -> String {
        let via = self.via.map(|via| format!("?v={}", via.as_str())).unwrap_or_default();
        format!("{}/{channel}{via}", self.url)
    }

    fn message(&self, link: &str) -> String {
        let mut more = vec![("shop", name(self.shop)), ("link", link.into())];
        let key = match &self.gift {
            Some(gift) => {
                more.push(("gift", gift.into()));
                "share-message"
            }
            None => "share-message-plain",
        };
        for_text(&self.voice.say(key, &more))
    }

    fn buttons(&self) -> Vec<(String, String)> {
        let subject = for_header(&self.say("share-subject"));
        let button = |channel: &str| {
            let link = self.address(channel);
            let message = Message { subject: &subject, text: &self.message(&link) };
            let opens = intent(channel, &link, Some(message))?;
            let brand = BRANDS.into_iter().find(|(brand, _)| *brand == channel);
            let label = brand.map_or_else(|| self.say(&format!("share-{channel}")), |(_, label)| label.to_owned());
            Some((label, opens))
        };
        Channel::OFFERED.into_iter().filter_map(button).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::letter::tests::{merchant, program};
    use super::*;

    #[test]
    fn repair_16_a_share_page_has_link_code_text_and_buttons_in_the_advocates_language() {
        let friend =
            json!({"rewards": {"friend": [{"kind": "percent", "percent": "10", "fulfilment": "code_at_checkout"}]}});
        let write = |rules, via: Option<&str>| {
            let via = via.map(|via| via.parse().expect("a variant"));
            let (code, reader) = ("ANNA10".parse().expect("a code"), "sv-SE".parse().ok());
            let merchant = merchant("Nordic <Shoes>", "en", &json!({}));
            Sharing::write(
                &merchant,
                &program(rules),
                reader.as_ref(),
                &code,
                "https://go.example/r/ANNA10",
                via.as_ref(),
            )
        };
        let page = write(&friend, Some("invite.b"));
        assert_eq!((page.locale, page.heading.as_str()), ("sv", "Tipsa dina vänner om Nordic <Shoes>"));
        assert_eq!(page.code, ("Din kod".into(), "ANNA10".into()));
        assert_eq!(page.link, ("Din länk".into(), "https://go.example/r/ANNA10/copy?v=invite.b".into()));
        let text = "Jag gillar Nordic <Shoes>. Med min länk får du 10\u{a0}% rabatt: https://go.example/r/ANNA10/copy?v=invite.b";
        assert_eq!(page.text.1, text);
        let labels: Vec<_> = page.buttons.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["Mejl", "WhatsApp", "X", "Facebook", "Sms"]);
        for (channel, (_, opens)) in ["email", "whatsapp", "x", "facebook", "sms"].iter().zip(&page.buttons) {
            assert!(opens.contains(&format!("%2Fr%2FANNA10%2F{channel}%3Fv%3Dinvite.b")), "{opens}");
        }
        let plain = write(&json!({"rewards": {}}), None);
        assert_eq!(plain.text.1, "Jag gillar Nordic <Shoes>. Ta en titt: https://go.example/r/ANNA10/copy");
    }
}
