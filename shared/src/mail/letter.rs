//! One mail's content in its two faces, text and HTML. Everything that a merchant or a shopper wrote is made printable and
//! escaped here, once, for each face.

use askama::Template;
use url::Url;

use super::draft::Draft;
use super::figures::Figures;
use super::gift::Voice;
use super::language::Language;
use super::names::{for_header, for_html, for_text, header_text};
use super::notice_words;
use super::template::{Block, TemplateFault, fill};
use super::words::{Words, words};
use crate::domain::brand::{Brand, Colour};
use crate::domain::email::EmailAddress;
use crate::domain::mail::MailKind;
use crate::domain::person::Locale;
use crate::domain::variant::{STANDARD, Variant};
use crate::owed::Unpaid;
use crate::store::{Merchant, Notice};
use crate::telemetry;

/// One mail, ready but for its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The language's tag.
    pub locale: &'static str,
    /// Which of the merchant's texts it says; `a` where there are none.
    pub variant: String,
    /// Who it is from, fit for a header.
    pub from_name: String,
    pub reply_to: Option<EmailAddress>,
    /// On one line, without marks.
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where the reader can unsubscribe; `None` when we don't know our own address, or the mail is part of the service.
    pub unsubscribe: Option<String>,
}

/// Something that a reader can do.
struct Action {
    label: String,
    url: String,
}

/// A mail as plain text or HTML: every field is escaped already.
struct Face {
    subject: String,
    preheader: String,
    greeting: String,
    heading: String,
    body: Vec<String>,
    offer: Vec<String>,
    shown: Vec<(String, String)>,
    action: Option<Action>,
    reason: String,
    unsubscribe: Option<Action>,
    shop: String,
    /// The same for an attribute.
    alt: String,
    logo_url: Option<String>,
    address: Vec<String>,
}

#[derive(Template)]
#[template(path = "letter.html", escape = "none")]
struct Html<'a> {
    face: &'a Face,
    lang: &'static str,
    colour: Colour,
    on_colour: Colour,
}

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct Text<'a> {
    face: &'a Face,
}

impl Letter {
    /// Writes the mail. A text of the merchant's own that fails gives way to the standard one: no mail waits for a text.
    pub fn write(draft: &Draft<'_>) -> Result<Self, askama::Error> {
        let wishes = [draft.reader, draft.program, Some(&draft.merchant.locale)];
        let voice = voice(wishes.into_iter().flatten(), &draft.merchant.time_zone);
        let mut words = words(&voice, draft);
        let kind = draft.occasion.kind();
        if let Some(variant) = draft.variant {
            override_with(&mut words, variant, &voice, kind);
        }
        let variant = draft.variant.map_or(STANDARD, |variant| variant.name.as_str());
        let link = draft.occasion.link().map(|link| format!("{link}?v={kind}.{variant}"));
        let action = match (words.buttons.link.take(), link) {
            (Some(label), Some(url)) => Some(Action { label, url }),
            _ => web_url(draft.site).map(|url| Action { label: words.buttons.visit.clone(), url }),
        };
        let leave = draft.unsubscribe.as_ref();
        let unsubscribe = leave.map(|url| Action { label: voice.say("unsubscribe", &[]), url: url.clone() });
        let envelope = Envelope { merchant: draft.merchant, from_name: draft.merchant.from_name(), variant };
        envelope.seal(&voice, &words, action.as_ref(), unsubscribe.as_ref())
    }

    /// A mail to the merchant, in the merchant's language. `unpaid`: what a digest tells of one by one.
    pub fn notice(notice: &Notice, merchant: &Merchant, unpaid: &Unpaid) -> Result<Self, askama::Error> {
        let voice = voice([&merchant.locale], &merchant.time_zone);
        let words = notice_words::words(&voice, notice, &merchant.name, unpaid);
        let service = Merchant { brand: Brand::default(), ..merchant.clone() };
        let envelope = Envelope { merchant: &service, from_name: "Goodword", variant: STANDARD };
        envelope.seal(&voice, &words, None, None)
    }
}

impl Draft<'_> {
    /// What a merchant's own texts for this mail can say, by name, in a language.
    pub fn values(&self, language: Language) -> Vec<(&'static str, String)> {
        let figures = Figures::new(language, language.tag(), &self.merchant.time_zone);
        words(&Voice { language, figures }, self).values
    }
}

/// The first of the wished-for languages that we have, with its reader's way of writing figures; English otherwise.
pub(super) fn voice<'a>(wishes: impl IntoIterator<Item = &'a Locale>, time_zone: &str) -> Voice {
    let known = |tag: &'a Locale| Some((Language::of_tag(tag.as_str())?, tag.as_str()));
    let (language, tag) = wishes.into_iter().find_map(known).unwrap_or((Language::English, "en"));
    Voice { language, figures: Figures::new(language, tag, time_zone) }
}

/// Puts the merchant's own texts in the place of ours.
fn override_with(words: &mut Words, variant: &Variant, voice: &Voice, kind: MailKind) {
    let Some(texts) = variant.texts.get(voice.language.tag()) else { return };
    let values = std::mem::take(&mut words.values);
    let own = |block: Block, source: Option<&String>| {
        let filled = fill(block, kind, source?, &values);
        let report = |fault: &TemplateFault| {
            telemetry::count("mail", "MailTextFailed");
            tracing::warn!(%kind, variant = variant.name, block = block.as_str(), %fault, "a merchant's text fails");
        };
        filled.inspect_err(report).ok()
    };
    let replace = |place: &mut String, text: Option<String>| {
        if let Some(text) = text {
            *place = text;
        }
    };
    replace(&mut words.subject, own(Block::Subject, texts.subject.as_ref()));
    replace(&mut words.heading, own(Block::Heading, texts.heading.as_ref()));
    if let Some(body) = own(Block::Body, texts.body.as_ref()) {
        words.body = paragraphs(&body);
        words.preheader = words.body.first().cloned().unwrap_or_default();
    }
    replace(&mut words.preheader, own(Block::Preheader, texts.preheader.as_ref()));
    if let Some(button) = own(Block::Button, texts.button.as_ref()) {
        words.buttons.link = words.buttons.link.take().map(|_| button.clone());
        words.buttons.visit = button;
    }
}

/// An empty line parts paragraphs.
fn paragraphs(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let parts = lines.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    parts.filter(|part| !part.is_empty()).collect()
}

/// What mails of a merchant have in common.
struct Envelope<'a> {
    merchant: &'a Merchant,
    from_name: &'a str,
    variant: &'a str,
}

impl Envelope<'_> {
    fn seal(
        &self,
        voice: &Voice,
        words: &Words,
        action: Option<&Action>,
        unsubscribe: Option<&Action>,
    ) -> Result<Letter, askama::Error> {
        let from_name = header_text(self.from_name);
        let plain = Face::new(for_text, words, action, unsubscribe, &from_name, &self.merchant.brand);
        let rich = Face::new(for_html, words, action, unsubscribe, &from_name, &self.merchant.brand);
        let colour = self.merchant.brand.colour.unwrap_or(Colour::INK);
        let html = Html { face: &rich, lang: voice.language.tag(), colour, on_colour: colour.text_on() };
        Ok(Letter {
            locale: voice.language.tag(),
            variant: self.variant.to_owned(),
            reply_to: self.merchant.brand.reply_to.clone(),
            subject: for_header(&words.subject),
            text: Text { face: &plain }.render()?,
            html: html.render()?,
            unsubscribe: unsubscribe.map(|action| action.url.clone()),
            from_name,
        })
    }
}

impl Face {
    fn new(
        escape: impl Fn(&str) -> String,
        words: &Words,
        action: Option<&Action>,
        unsubscribe: Option<&Action>,
        shop: &str,
        brand: &Brand,
    ) -> Self {
        let escape = &escape;
        let all = |texts: &[String]| texts.iter().map(|text| escape(text)).collect();
        let act = |action: &Action| Action { label: escape(&action.label), url: escape(&action.url) };
        Self {
            subject: escape(&for_header(&words.subject)),
            preheader: escape(&words.preheader),
            greeting: escape(&words.greeting),
            heading: escape(&words.heading),
            body: all(&words.body),
            offer: all(&words.offer),
            shown: words.shown.iter().map(|(what, value)| (escape(what), escape(value))).collect(),
            action: action.map(act),
            reason: escape(&words.reason),
            unsubscribe: unsubscribe.map(act),
            shop: escape(&super::names::isolated(shop)),
            alt: escape(shop),
            logo_url: brand.logo_url.as_deref().map(escape),
            address: brand.postal_address.iter().flat_map(|address| address.lines()).map(escape).collect(),
        }
    }
}

/// The address if it leads to a web page.
fn web_url(text: &str) -> Option<String> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http")).map(String::from)
}

#[cfg(test)]
#[path = "letter_tests.rs"]
pub(super) mod tests;
