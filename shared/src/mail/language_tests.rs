//! Every language says the same things: the same keys, the same variables, and a form for each number that its grammar
//! knows (Unicode CLDR, by ICU4X).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser::parse;

use super::*;

thread_local! {
    /// The keys that were asked for on this thread.
    static ASKED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

pub(super) fn note(key: &str) {
    ASKED.with_borrow_mut(|asked| asked.insert(key.to_owned()));
}

/// What a sentence asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asks {
    variables: BTreeSet<String>,
    /// Sentences of the same language that it is made of.
    others: BTreeSet<String>,
    /// The forms of each choice by a number.
    plurals: Vec<BTreeSet<String>>,
}

impl Asks {
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                if matches!(selector, InlineExpression::VariableReference { id } if id.name == "count") {
                    let named = variants.iter().filter_map(|variant| match variant.key {
                        VariantKey::Identifier { name } => Some(name.to_owned()),
                        VariantKey::NumberLiteral { .. } => None,
                    });
                    self.plurals.push(named.collect());
                }
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.others.insert(id.name.to_owned());
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            other => panic!("the locales need no {other:?}"),
        }
    }
}

/// All sentences of a language.
fn sentences(language: Language) -> BTreeMap<String, Asks> {
    let mut found = BTreeMap::new();
    for file in language.files() {
        let resource = parse(file).unwrap_or_else(|(_, faults)| panic!("{}: {faults:?}", language.tag()));
        for entry in resource.body {
            match entry {
                Entry::Message(message) => {
                    let mut asks = Asks::default();
                    asks.pattern(message.value.as_ref().expect("a value"));
                    assert!(message.attributes.is_empty(), "{}", message.id.name);
                    let twice = found.insert(message.id.name.to_owned(), asks);
                    assert!(twice.is_none(), "{} is there twice in {}", message.id.name, language.tag());
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                Entry::Term(_) | Entry::Junk { .. } => panic!("{}: {entry:?}", language.tag()),
            }
        }
    }
    found
}

/// Sentences that only a language's own sentences ask for.
fn helpers(sentences: &BTreeMap<String, Asks>) -> BTreeSet<String> {
    sentences.values().flat_map(|asks| asks.others.clone()).collect()
}

/// What a sentence asks for, with the sentences that it is made of.
fn all_variables(sentences: &BTreeMap<String, Asks>, key: &str) -> BTreeSet<String> {
    let asks = sentences.get(key).unwrap_or_else(|| panic!("{key} is missing"));
    let inner = asks.others.iter().flat_map(|other| all_variables(sentences, other));
    asks.variables.iter().cloned().chain(inner).collect()
}

#[test]
fn every_language_has_the_same_sentences_with_the_same_variables() {
    let english = sentences(Language::English);
    for language in Language::ALL {
        let other = sentences(language);
        let helpers = helpers(&other);
        let keys: BTreeSet<_> = other.keys().filter(|key| !helpers.contains(*key)).collect();
        assert_eq!(keys, english.keys().collect(), "{}", language.tag());
        for key in english.keys() {
            let (wanted, has) = (all_variables(&english, key), all_variables(&other, key));
            assert!(wanted.is_subset(&has), "{} lacks {:?} in {key}", language.tag(), wanted.difference(&has));
        }
    }
}

#[test]
fn every_choice_by_a_number_has_the_forms_of_its_language() {
    for language in Language::ALL {
        let locale: Locale = language.tag().parse().expect("a locale");
        let rules = PluralRules::try_new_cardinal(locale.into()).expect("rules");
        let wanted: BTreeSet<_> = rules.categories().map(|category| form_name(category).to_owned()).collect();
        for (key, asks) in sentences(language) {
            for has in asks.plurals {
                assert_eq!(has, wanted, "{} of {key}", language.tag());
            }
        }
    }
}

#[test]
fn every_sentence_is_said_somewhere_and_has_what_it_asks_for() {
    for language in Language::ALL {
        ASKED.with_borrow_mut(BTreeSet::clear);
        super::super::letter::tests::say_everything(language);
        let asked = ASKED.with_borrow(BTreeSet::clone);
        let sentences = sentences(language);
        let helpers = helpers(&sentences);
        let there: BTreeSet<_> = sentences.keys().filter(|key| !helpers.contains(*key)).cloned().collect();
        let (missing, unused): (Vec<_>, Vec<_>) =
            (asked.difference(&there).collect(), there.difference(&asked).collect());
        assert!(missing.is_empty() && unused.is_empty(), "{}: missing {missing:?}, unused {unused:?}", language.tag());
    }
}

#[test]
fn a_language_is_found_by_its_tag() {
    let cases = [
        ("sv-FI", Some(Language::Swedish)),
        ("no", Some(Language::Norwegian)),
        ("nn-NO", Some(Language::Norwegian)),
        ("nb", Some(Language::Norwegian)),
        ("EN-gb", Some(Language::English)),
        ("nl-BE", Some(Language::Dutch)),
        ("ro-MD", Some(Language::Romanian)),
        ("it_CH", Some(Language::Italian)),
        ("de", None),
        ("svx", None),
        ("", None),
    ];
    for (tag, expected) in cases {
        assert_eq!(Language::of_tag(tag), expected, "{tag}");
    }
}

#[test]
fn numbers_choose_the_form_of_their_language() {
    let said = |language: Language, count: i64| {
        language.say("gift-points", &[("count", Argument::Count(count)), ("figure", count.to_string().into())])
    };
    for (count, romanian) in
        [(1, "1 punct"), (2, "2 puncte"), (19, "19 puncte"), (20, "20 de puncte"), (101, "101 puncte")]
    {
        assert_eq!(said(Language::Romanian, count), romanian);
    }
    assert_eq!((said(Language::Swedish, 1), said(Language::Swedish, 5)), ("1 poäng".into(), "5 poäng".into()));
}
