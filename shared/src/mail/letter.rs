//! What one mail says, and its two faces: text and HTML. Everything that a merchant or a shopper wrote is made
//! printable on one line here, and escaped by the HTML template.

use askama::Template;
use url::Url;

use super::english;
use crate::domain::amount::Amount;
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::person::{PersonName, printable};
use crate::domain::program::{Fulfilment, Kind, Side};
use crate::store::Notice;

/// A brand's name in a subject line; what is longer is cut.
const NAME_LENGTH: usize = 64;

/// The languages that mails are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
}

impl Language {
    /// The first of the wished-for languages that we have; English otherwise.
    pub(super) fn of<'a>(wishes: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |tag: &str| match tag.split(['-', '_']).next() {
            Some("en") => Some(Self::English),
            _ => None,
        };
        wishes.into_iter().find_map(known).unwrap_or(Self::English)
    }

    /// As HTML's `lang` has it.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }

    fn words(self, occasion: &Occasion<'_>) -> (Words, Labels) {
        match self {
            Self::English => (english::words(occasion), english::labels(occasion)),
        }
    }
}

/// What a language needs to know to find its words.
pub(super) struct Occasion<'a> {
    pub(super) side: Side,
    pub(super) fulfilment: Fulfilment,
    pub(super) kind: Kind,
    pub(super) value: &'a Amount,
    /// The code that the reward is, if it is one.
    pub(super) coupon: Option<&'a CouponCode>,
    pub(super) code: &'a Code,
    /// The merchant's name as shoppers know it.
    pub(super) shop: &'a str,
    pub(super) first_name: Option<&'a str>,
}

/// The sentences of one mail, in one language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) greeting: String,
    /// What happened.
    pub(super) news: String,
    /// What happens next, if anything.
    pub(super) next: Option<String>,
    /// Why the reader gets this mail.
    pub(super) reason: String,
}

/// What a mail about a reward has to click on, in one language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Labels {
    /// The button to the advocate's own link.
    pub(super) share: String,
    /// The button to the shop.
    pub(super) visit: String,
    pub(super) unsubscribe: String,
}

/// Something that a reader can do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) label: String,
    pub(super) url: String,
}

/// One mail's content.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) language: Language,
    /// The merchant's name, fit for a header.
    pub(super) from_name: String,
    pub(super) words: Words,
    /// The one thing that the mail asks its reader to do.
    pub(super) action: Option<Action>,
    /// Where the reader can unsubscribe; `None` when we don't know our own address, or the mail is part of the service.
    pub(super) unsubscribe: Option<Action>,
}

/// What a letter is made of.
pub(super) struct Draft<'a> {
    pub(super) language: Language,
    pub(super) side: Side,
    pub(super) fulfilment: Fulfilment,
    pub(super) kind: Kind,
    pub(super) value: &'a Amount,
    pub(super) coupon: Option<&'a CouponCode>,
    pub(super) code: &'a Code,
    pub(super) merchant_name: &'a str,
    pub(super) name: Option<&'a PersonName>,
    /// The advocate's own link, if it works.
    pub(super) share_url: Option<String>,
    /// The shop's site.
    pub(super) site: &'a str,
    pub(super) unsubscribe: Option<String>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// Finds the words.
    pub(super) fn new(draft: Draft<'_>) -> Self {
        let from_name = header_text(draft.merchant_name);
        let (words, labels) = draft.language.words(&Occasion {
            side: draft.side,
            fulfilment: draft.fulfilment,
            kind: draft.kind,
            value: draft.value,
            coupon: draft.coupon,
            code: draft.code,
            shop: &from_name,
            first_name: draft.name.and_then(first_name),
        });
        let share = draft.share_url.filter(|_| draft.side == Side::Advocate);
        let action = match share {
            Some(url) => Some(Action { label: labels.share, url }),
            None => web_url(draft.site).map(|url| Action { label: labels.visit, url }),
        };
        let unsubscribe = draft.unsubscribe.map(|url| Action { label: labels.unsubscribe, url });
        Self { language: draft.language, from_name, words, action, unsubscribe }
    }

    /// A mail to the merchant. There is one language for these.
    pub(super) fn notice(notice: &Notice, merchant_name: &str) -> Self {
        Self {
            language: Language::English,
            from_name: "Goodword".to_owned(),
            words: english::notice(notice, &header_text(merchant_name)),
            action: None,
            unsubscribe: None,
        }
    }

    pub(super) fn html(&self) -> Result<String, askama::Error> {
        Html { letter: self }.render()
    }

    pub(super) fn text(&self) -> Result<String, askama::Error> {
        Text { letter: self }.render()
    }
}

/// What somebody wrote, fit for a header. A name in the form of an encoded word (RFC 2047) would be decoded by the
/// reader's mail program, and so become what was taken out here.
pub(super) fn header_text(text: &str) -> String {
    printable(text, NAME_LENGTH).replace("=?", "= ?")
}

/// The first word of a name. A word that a mail program might turn into a link is not greeted: whoever signs up with
/// it wants us to send their advertisement.
fn first_name(name: &PersonName) -> Option<&str> {
    name.expose().split(' ').next().filter(|word| !word.contains(['.', ':', '/', '@', '\\']))
}

/// The address if it leads to a web page.
fn web_url(text: &str) -> Option<String> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http")).map(String::from)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::money::Currency;

    pub(in crate::mail) fn letter(
        side: Side,
        fulfilment: Fulfilment,
        merchant: &str,
        name: Option<&str>,
        ours: bool,
    ) -> Letter {
        Letter::new(Draft {
            language: Language::of(["sv", "en-GB"]),
            side,
            fulfilment,
            kind: Kind::Fixed,
            value: &Amount::new(10_000, "SEK".parse::<Currency>().expect("a currency")),
            coupon: None,
            code: &"ANNA10".parse().expect("a code"),
            merchant_name: merchant,
            name: name.and_then(PersonName::parse).as_ref(),
            share_url: ours.then(|| "https://go.example/r/ANNA10".to_owned()),
            site: "https://nordicshoes.example",
            unsubscribe: ours.then(|| "https://go.example/u/1.A.b.c".to_owned()),
        })
    }

    #[test]
    fn an_advocate_reads_what_was_earned_how_it_comes_and_can_share_again() {
        let letter = letter(Side::Advocate, Fulfilment::Manual, "Nordic Shoes", Some("Anna Öberg"), true);
        let expected = "Hello Anna,\n\nA friend you referred ordered: you earned 100.00 SEK.\n\nNordic Shoes will hand it out to you.\n\n\
            Share your link again:\nhttps://go.example/r/ANNA10\n\n-- \nYou get this mail because you refer friends to Nordic Shoes.\n\
            Unsubscribe: https://go.example/u/1.A.b.c";
        assert_eq!(letter.text().expect("a text"), expected);
        assert_eq!(letter.words.subject, "You earned 100.00 SEK at Nordic Shoes");
    }

    #[test]
    fn a_friend_reads_that_the_discount_is_confirmed_and_can_visit_the_shop() {
        let letter = letter(Side::Friend, Fulfilment::CodeAtCheckout, "Nordic Shoes", None, true);
        let expected = "Hello,\n\nYour discount of 100.00 SEK with the code ANNA10 is confirmed.\n\n\
            Visit Nordic Shoes:\nhttps://nordicshoes.example/\n\n-- \n\
            You get this mail because you ordered at Nordic Shoes on a friend's recommendation.\n\
            Unsubscribe: https://go.example/u/1.A.b.c";
        assert_eq!(letter.text().expect("a text"), expected);
    }

    #[test]
    fn without_an_address_of_ours_a_mail_carries_no_link_of_ours() {
        for side in Side::BOTH {
            let letter = letter(side, Fulfilment::Manual, "Nordic Shoes", None, false);
            for face in [letter.html().expect("HTML"), letter.text().expect("a text")] {
                assert!(!face.contains("go.example") && !face.contains("Unsubscribe"), "{face}");
                assert!(face.contains("https://nordicshoes.example/"), "{face}");
            }
        }
    }

    #[test]
    fn the_html_asks_for_one_thing_loads_nothing_and_escapes_names() {
        let html = letter(Side::Advocate, Fulfilment::Manual, "<script>x</script> & Co", Some("<b>Anna</b>"), true)
            .html()
            .expect("HTML");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&#60;script&#62;"), "{html}");
        assert_eq!(html.matches("<a ").count(), 2, "the action and unsubscribing: {html}");
        for remote in ["<img", "<link", "src=", "url(", "@import"] {
            assert!(!html.contains(remote), "{remote}");
        }
        for wanted in ["max-width:600px", "prefers-color-scheme: dark", "lang=\"en\""] {
            assert!(html.contains(wanted), "{wanted}");
        }
    }

    #[test]
    fn a_name_that_would_become_a_link_is_not_greeted() {
        for (name, greeting) in
            [("Åsa Öberg", "Hello Åsa,"), ("Win.example now", "Hello,"), ("https://x", "Hello,"), ("a@b", "Hello,")]
        {
            assert_eq!(
                letter(Side::Friend, Fulfilment::Manual, "S", Some(name), true).words.greeting,
                greeting,
                "{name}"
            );
        }
    }

    #[test]
    fn a_notice_says_what_is_up_asks_for_no_click_and_offers_no_way_out() {
        let low = |left| Notice::PoolLow { pool_name: "Summer\r\nBcc: x@y.example".into(), left };
        let letter = Letter::notice(&low(12), "Nordic Shoes");
        let expected = "Hello,\n\nCoupon pool Summer Bcc: x@y.example has 12 codes left.\n\n\
            Please add codes, so that no reward has to wait for one.\n\n-- \n\
            You get this mail because notices for Nordic Shoes come to this address.";
        assert_eq!(letter.text().expect("a text"), expected);
        assert!(!letter.html().expect("HTML").contains("<a "));
        for (left, said) in [(0, "no codes"), (1, "1 code")] {
            let subject = Letter::notice(&low(left), "Nordic Shoes").words.subject;
            assert_eq!(subject, format!("Coupon pool Summer Bcc: x@y.example has {said} left"));
        }
        let program = "prg_01KF0000000000000000000000".parse().expect("an id");
        let spent = Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: "2026-11".into() };
        let letter = Letter::notice(&spent, "Nordic Shoes");
        assert_eq!(letter.words.subject, "The budget of Give 10 % for 2026-11 is spent");
        assert!(letter.text().expect("a text").contains("The program pays nothing more in this period."));
    }

    #[test]
    fn only_a_web_address_becomes_a_button() {
        assert_eq!(web_url("https://a.example"), Some("https://a.example/".into()));
        for wrong in ["javascript:alert(1)", "data:text/html,x", "nordicshoes.example", ""] {
            assert_eq!(web_url(wrong), None, "{wrong}");
        }
    }
}
