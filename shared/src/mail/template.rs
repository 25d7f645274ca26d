//! Merchants' own texts: templates (MiniJinja) in a box. They say a few named values and choose between texts, and nothing
//! else: no loops, variables, filters, functions or sums, so that none can take long or much room. What they make is text:
//! it is escaped like any other.

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use super::names::for_text;
use crate::domain::mail::MailKind;

/// How much work one text may be. A greeting is some twenty; a loop in a loop soon is more.
const FUEL: u64 = 2_000;

/// What a merchant may say in a mail: a field of its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    Subject,
    Preheader,
    Heading,
    Body,
    Button,
}

impl Block {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Subject, Self::Preheader, Self::Heading, Self::Body, Self::Button];

    /// As written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Preheader => "preheader",
            Self::Heading => "heading",
            Self::Body => "body",
            Self::Button => "button",
        }
    }

    /// The longest that it can be, in characters, written and filled in.
    pub const fn longest(self) -> usize {
        match self {
            Self::Subject | Self::Preheader | Self::Heading => 200,
            Self::Body => 4000,
            Self::Button => 60,
        }
    }

    const fn is_one_line(self) -> bool {
        !matches!(self, Self::Body)
    }
}

/// What the texts of a kind of mail can say: names of values. `gift` is the reader's reward in words, such as "100 kr". A
/// value that there is none of is empty, so `{% if until %}` asks for it.
pub const fn variables(kind: MailKind) -> &'static [&'static str] {
    match kind {
        MailKind::Invite | MailKind::Reminder => &["name", "shop", "code", "gift", "friend_gift"],
        MailKind::FriendOrdered => &["name", "shop", "gift", "until"],
        MailKind::RewardReady => &["name", "shop", "gift", "coupon", "code"],
        MailKind::RewardVoid => &["name", "shop", "gift", "reason"],
        MailKind::RewardBack | MailKind::RewardExpiring => &["name", "shop", "gift", "coupon", "until"],
        MailKind::Welcome => &["name", "shop", "advocate", "gift", "code"],
    }
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    #[error("line {line}: {what}")]
    Syntax { line: usize, what: String },
    #[error("line {line}: no value is called \"{name}\"; there are: {known}")]
    UnknownValue { line: usize, name: String, known: String },
    #[error(
        "line {line}: \"{what}\" can't be used here; there are {{{{ value }}}}, {{% if value %}}, {{% elif value %}}, {{% else %}}, {{% endif %}}"
    )]
    NotAllowed { line: usize, what: String },
    #[error("line {line}: takes too long; say it without loops")]
    TooMuchWork { line: usize },
    #[error("must be at most {longest} characters, also when it is filled in")]
    TooLong { longest: usize },
    #[error("must be on one line")]
    LineBreak,
    #[error("must say something")]
    Empty,
}

/// Fills a text in. The values are sentences of ours, with names marked as names; so is what comes out.
pub(super) fn fill(
    block: Block,
    kind: MailKind,
    source: &str,
    values: &[(&'static str, String)],
) -> Result<String, TemplateFault> {
    let longest = block.longest();
    if source.chars().count() > longest {
        return Err(TemplateFault::TooLong { longest });
    }
    if block.is_one_line() && source.contains(['\r', '\n']) {
        return Err(TemplateFault::LineBreak);
    }
    in_the_box(source)?;
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_recursion_limit(20);
    let template = environment.template_from_str(source).map_err(|error| fault(&error))?;
    // Looked for everywhere, also in a branch that these values do not lead to.
    let unknown_name = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !variables(kind).contains(&name.as_str()))
        .min_by_key(|name| place(source, name));
    if let Some(name) = unknown_name {
        return Err(unknown(source, name, kind));
    }
    let context = Value::from_pairs(values.iter().map(|(name, value)| (*name, value.as_str())));
    // What is in the box can't repeat itself, so this is no longer than the text times its longest value.
    let said = template.render(context).map_err(|error| fault(&error))?.trim().to_owned();
    if for_text(&said).chars().count() > longest {
        return Err(TemplateFault::TooLong { longest });
    }
    if said.is_empty() {
        return Err(TemplateFault::Empty);
    }
    if block.is_one_line() && said.contains(['\r', '\n']) {
        return Err(TemplateFault::LineBreak);
    }
    Ok(said)
}

/// Whether a text can be filled in, whoever reads it: `values` of one reader after another, as [`Draft::values`] has them.
///
/// [`Draft::values`]: super::draft::Draft::values
pub fn check(
    block: Block,
    kind: MailKind,
    source: &str,
    values: &[Vec<(&'static str, String)>],
) -> Result<(), TemplateFault> {
    values.iter().try_for_each(|values| fill(block, kind, source, values).map(drop))
}

/// Tags hold nothing but values, quoted texts and what compares them. Quotes hold anything.
fn in_the_box(source: &str) -> Result<(), TemplateFault> {
    const WORDS: [&str; 9] = ["if", "elif", "else", "endif", "and", "or", "not", "==", "!="];
    let mut rest = source;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let line = source[..source.len() - rest.len() + start].matches('\n').count() + 1;
        let (is_comment, is_statement) = (rest[start..].starts_with("{#"), rest[start..].starts_with("{%"));
        let end = if is_comment {
            "#}"
        } else if is_statement {
            "%}"
        } else {
            "}}"
        };
        let inside = &rest[start + 2..];
        let mut quote = None;
        let mut bare = String::new();
        let mut length = None;
        for (at, c) in inside.char_indices() {
            match quote {
                Some(mark) if c == mark => quote = None,
                Some(_) => {}
                None if inside[at..].starts_with(end) => {
                    length = Some(at);
                    break;
                }
                None if !is_comment && matches!(c, '"' | '\'') => quote = Some(c),
                None => bare.push(c),
            }
        }
        // Without an end it is no template, and MiniJinja says so.
        let Some(length) = length else { return Ok(()) };
        let refused = bare.trim_start_matches('-').trim_end_matches('-').replace(['(', ')'], " ");
        let refused = refused.split_whitespace().find(|word| {
            let is_name = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            !is_name && !WORDS.contains(word)
        });
        let first = bare.trim_start_matches('-').split_whitespace().next().unwrap_or_default();
        let statement = is_statement && !WORDS[..4].contains(&first);
        if let Some(what) = refused.or(statement.then_some(first)).filter(|_| !is_comment) {
            return Err(TemplateFault::NotAllowed { line, what: what.chars().take(40).collect() });
        }
        rest = &inside[length + 2..];
    }
    Ok(())
}

fn fault(error: &minijinja::Error) -> TemplateFault {
    let line = error.line().unwrap_or(1);
    match error.kind() {
        ErrorKind::OutOfFuel => TemplateFault::TooMuchWork { line },
        kind => TemplateFault::Syntax { line, what: error.detail().map_or_else(|| kind.to_string(), str::to_owned) },
    }
}

fn unknown(source: &str, name: String, kind: MailKind) -> TemplateFault {
    let before = source.get(..place(source, &name)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    TemplateFault::UnknownValue { line, name, known: variables(kind).join(", ") }
}

/// Where a name stands as a whole word, as far as text alone tells.
fn place(source: &str, name: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |(start, _): &(usize, &str)| {
        let (before, after) = (&source[..*start], &source[*start + name.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    };
    source.match_indices(name).find(whole).map_or(0, |(start, _)| start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(block: Block, source: &str) -> Result<String, String> {
        let values = [
            ("name", "Anna".to_owned()),
            ("shop", "Nordic Shoes".into()),
            ("gift", "100 kr".into()),
            ("until", String::new()),
        ];
        fill(block, MailKind::FriendOrdered, source, &values).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_text_says_the_values_of_its_kind() {
        assert_eq!(filled(Block::Subject, "{{ gift }} from {{ shop }}").as_deref(), Ok("100 kr from Nordic Shoes"));
        let either = "{% if until %}on {{ until }}{% else %}soon{% endif %}";
        assert_eq!(filled(Block::Heading, either).as_deref(), Ok("soon"));
        assert_eq!(filled(Block::Body, "Hi {{ name }}!\n\nBye.").as_deref(), Ok("Hi Anna!\n\nBye."));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let cases = [
            (
                Block::Subject,
                "{{ advocate }}",
                "line 1: no value is called \"advocate\"; there are: name, shop, gift, until",
            ),
            (
                Block::Body,
                "a\n{% if name %}\n{{ names }}{% else %}\n{{ b }}{% endif %}",
                "line 3: no value is called \"names\"",
            ),
            (Block::Body, "a\n{{ name", "line 2: "),
            (Block::Body, "a\n{% endif %}", "line 2: "),
            (Block::Heading, "{{ name|upper }}", "line 1: "),
            (Block::Heading, "{{ range(10) }}", "line 1: no value is called \"range\""),
            (Block::Heading, "{{ name.secret }}", "line 1: "),
            (Block::Body, "{% include 'x' %}", "line 1: "),
            (Block::Body, "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "line 1: "),
            (Block::Subject, "a\nb", "must be on one line"),
            (Block::Subject, "a{{ '\\n' }}b", "must be on one line"),
            (Block::Subject, "a\rBcc: x@y.example", "must be on one line"),
            (Block::Button, &"a".repeat(61), "must be at most 60 characters"),
            (Block::Button, "{{ name }}{{ name }}{{ name }}{{ name }}{{ name }}{{ name }}", ""),
            (Block::Heading, "{{ until }}", "must say something"),
            (Block::Heading, "  ", "must say something"),
        ];
        for (block, source, says) in cases {
            match filled(block, source) {
                Err(fault) => assert!(fault.starts_with(says), "{source}: {fault}"),
                Ok(said) => assert!(says.is_empty(), "{source}: {said}"),
            }
        }
    }

    #[test]
    fn no_text_takes_long_or_much_room() {
        let lists = "[1,2,3,4,5,6,7,8,9,10]";
        let nested = format!(
            "{{% for a in {lists} %}}{{% for b in {lists} %}}{{% for c in {lists} %}}{{% for d in {lists} %}}x{{% endfor %}}{{% endfor %}}{{% endfor %}}{{% endfor %}}"
        );
        let doubling = "{% set a = name %}".to_owned() + &"{% set a = a ~ a %}".repeat(40) + "{{ a }}";
        let repeated = "{{ 'aaaaaaaaaaaaaaaaaaaa' * 1000000 }}".to_owned();
        for source in [nested, doubling, repeated] {
            let fault = filled(Block::Body, &source).expect_err(&source);
            assert!(fault.contains("too long") || fault.contains("at most") || fault.starts_with("line 1"), "{fault}");
        }
    }
}
