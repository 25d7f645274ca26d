//! The languages that mails are written in. Each is a folder in `locales`, in Mozilla's Fluent format: a language brings
//! its own plurals and its own grammar. The tests hold all of them to the same keys and variables as English.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use unic_langid::LanguageIdentifier;

use super::names::isolated;

/// A language that mails are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    English,
    Swedish,
    Norwegian,
    Dutch,
    Romanian,
    Italian,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::English, Self::Swedish, Self::Norwegian, Self::Dutch, Self::Romanian, Self::Italian];

    /// As HTML's `lang`, the API and the folders have it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Swedish => "sv",
            Self::Norwegian => "nb",
            Self::Dutch => "nl",
            Self::Romanian => "ro",
            Self::Italian => "it",
        }
    }

    /// The language that a tag such as `sv-FI` asks for. Who reads Norwegian reads Bokmål.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "no" | "nn" => Some(Self::Norwegian),
            "mo" => Some(Self::Romanian),
            known => Self::ALL.into_iter().find(|language| language.tag() == known),
        }
    }

    /// The text of each of its files.
    pub(super) const fn files(self) -> [&'static str; 4] {
        macro_rules! files {
            ($tag:literal) => {
                [
                    include_str!(concat!("../../locales/", $tag, "/mails.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/offers.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/notices.ftl")),
                    include_str!(concat!("../../locales/", $tag, "/pages.ftl")),
                ]
            };
        }
        match self {
            Self::English => files!("en"),
            Self::Swedish => files!("sv"),
            Self::Norwegian => files!("nb"),
            Self::Dutch => files!("nl"),
            Self::Romanian => files!("ro"),
            Self::Italian => files!("it"),
        }
    }

    /// A sentence in this language. One that it lacks, which the tests rule out, is said in English.
    pub(super) fn say(self, key: &str, arguments: &[(&'static str, Argument<'_>)]) -> String {
        #[cfg(test)]
        tests::note(key);
        let mut values = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            values.set(*name, value.to_fluent(self));
        }
        let said = find(self, key, &values);
        if said.is_none() {
            tracing::error!(key, language = self.tag(), "a sentence is missing or at fault");
        }
        said.or_else(|| find(Self::English, key, &values)).unwrap_or_default()
    }
}

/// A bundle for each language, in the order of `ALL`.
static BUNDLES: LazyLock<Vec<FluentBundle<FluentResource>>> =
    LazyLock::new(|| Language::ALL.into_iter().map(bundle).collect());

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Only what people wrote is isolated, by us: marks around amounts and codes would be copied along with them.
    bundle.set_use_isolating(false);
    for file in language.files() {
        // What can't be read of a file is left out, and missing then; a test reads them all.
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(readable, _)| readable);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

/// What this language says; `None` when it has no such sentence, or the sentence asks for what is not given.
fn find(language: Language, key: &str, values: &FluentArgs<'_>) -> Option<String> {
    let bundle = BUNDLES.get(language as usize)?;
    let pattern = bundle.get_message(key)?.value()?;
    let mut faults = Vec::new();
    let said = bundle.format_pattern(pattern, Some(values), &mut faults).into_owned();
    faults.is_empty().then_some(said)
}

/// What a sentence is filled with.
#[derive(Clone, Debug)]
pub(super) enum Argument<'a> {
    /// Written out: an amount, a date, a phrase of ours, a word to choose by.
    Text(Cow<'a, str>),
    /// What somebody else wrote, which must not change the direction of what stands around it.
    Name(Cow<'a, str>),
    /// A number to choose the form by, as the language's grammar has it; the text shows it as `$figure`, written out.
    Count(i64),
    /// A number that stands for itself, where a language treats some numbers in a way of its own.
    Exact(i64),
}

impl Argument<'_> {
    fn to_fluent(&self, language: Language) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::from(text.as_ref()),
            Self::Name(name) => FluentValue::from(isolated(name)),
            Self::Count(count) => FluentValue::from(form(language, *count)),
            Self::Exact(number) => FluentValue::from(*number),
        }
    }
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Argument<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text.as_str().into())
    }
}

impl From<String> for Argument<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Argument<'_> {
    fn from(number: i64) -> Self {
        Self::Exact(number)
    }
}

/// The form that goes with a number (Unicode CLDR, by ICU4X).
fn form(language: Language, count: i64) -> &'static str {
    let rules =
        Locale::try_from_str(language.tag()).ok().and_then(|locale| PluralRules::try_new_cardinal(locale.into()).ok());
    rules.map_or("other", |rules| form_name(rules.category_for(count.unsigned_abs())))
}

const fn form_name(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

/// What somebody else wrote.
pub(super) fn name(text: &str) -> Argument<'_> {
    Argument::Name(text.into())
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
