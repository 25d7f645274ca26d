//! A program's offer in sentences, made from its rules, so that no text can promise what the engine does not give. What a
//! rule says that has no sentence of its own is at least hinted at: "Further conditions apply."

use jiff::civil::DateTime;

use super::gift::{Sort, Voice};
use super::language::name;
use crate::domain::program::{Cap, Conditions, Orders, Period, Program, RewardRule, Season, Side};

/// Who reads of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Advocate,
    Friend,
}

/// What the reader is offered, a sentence or two for each rule: first what friends get, then what the advocate gets. A
/// friend reads of the friend's side only.
pub(super) fn offer(voice: &Voice, program: &Program, reader: Reader) -> Vec<String> {
    let sides: &[Side] = match reader {
        Reader::Advocate => &[Side::Friend, Side::Advocate],
        Reader::Friend => &[Side::Friend],
    };
    let rules = sides.iter().flat_map(|side| program.rewards.of(*side).iter().map(move |rule| (*side, rule)));
    let mut said: Vec<String> =
        rules.map(|(side, rule)| self::rule(voice, program, side, rule, reader).join(" ")).collect();
    if let Some(end) = program.ends_at {
        said.push(voice.say("offer-ends", &[("until", voice.figures.last_day(end).0.into())]));
    }
    said
}

/// The first thing that a side gets, as a phrase.
pub(super) fn first_gift(voice: &Voice, program: &Program, side: Side) -> Option<String> {
    program.rewards.of(side).first().map(|rule| voice.promise(sort(side, rule), &rule.worth.base))
}

fn sort(side: Side, rule: &RewardRule) -> Sort {
    Sort { side, kind: rule.kind, fulfilment: rule.fulfilment }
}

/// One rule in sentences.
fn rule(voice: &Voice, program: &Program, side: Side, rule: &RewardRule, reader: Reader) -> Vec<String> {
    let mut said = vec![promise(voice, program, side, rule, reader)];
    said.extend(changes(voice, side, rule, reader));
    if let Some(every) = rule.worth.every.filter(|every| *every > 1 && reader == Reader::Advocate) {
        said.push(voice.counted("offer-every", every.into(), &[]));
    }
    if let Some(months) = rule.when.months.or(program.qualify.when.months) {
        said.push(voice.counted("offer-months", months.into(), &[]));
    }
    let conditions = [&rule.when, &program.qualify.when];
    if conditions.iter().any(|when| when.asks_products()) {
        said.push(voice.say("offer-products", &[]));
    }
    // Caps are per advocate; a friend has no need to know them.
    if reader == Reader::Advocate && side == Side::Advocate {
        said.extend(caps(voice, &rule.cap));
    }
    if let Some(days) = rule.expires_days.filter(|_| (side == Side::Friend) == (reader == Reader::Friend)) {
        said.push(voice.counted("offer-expires", days.into(), &[]));
    }
    // What depends on the advocate means nothing to a friend.
    let hidden = reader == Reader::Friend && !(rule.worth.by_count.is_empty() && rule.worth.by_tier.is_empty());
    if hidden || conditions.iter().any(|when| has_fine_print(when)) {
        said.push(voice.say("offer-terms", &[]));
    }
    said
}

/// What the rule gives, and for what order.
fn promise(voice: &Voice, program: &Program, side: Side, rule: &RewardRule, reader: Reader) -> String {
    let qualify = &program.qualify;
    let first = qualify.new_customers_only || [rule.when.orders, qualify.when.orders].contains(&Some(Orders::First));
    let first = if first && rule.when.orders != Some(Orders::Every) { "yes" } else { "no" };
    let gift = voice.promise(sort(side, rule), &rule.worth.base);
    // Of two minimums the higher one decides; in two currencies, which no program may have, the rule's own.
    let minimum = match (rule.when.minimum_order, qualify.when.minimum_order) {
        (Some(own), Some(all)) if own.currency() == all.currency() => Some(own.max(all)),
        (own, all) => own.or(all),
    };
    let (plain, from) = match (side, reader) {
        (Side::Advocate, _) => ("offer-reward", "offer-reward-from"),
        (Side::Friend, Reader::Advocate) => ("offer-theirs", "offer-theirs-from"),
        (Side::Friend, Reader::Friend) => ("offer-yours", "offer-yours-from"),
    };
    match minimum.filter(|minimum| minimum.minor() > 0) {
        None => voice.say(plain, &[("gift", gift.into()), ("first", first.into())]),
        Some(minimum) => {
            let minimum = voice.figures.money(minimum);
            voice.say(from, &[("gift", gift.into()), ("first", first.into()), ("minimum", minimum.into())])
        }
    }
}

/// When the rule gives something else.
fn changes(voice: &Voice, side: Side, rule: &RewardRule, reader: Reader) -> Vec<String> {
    let worth = &rule.worth;
    let promise = |value| voice.promise(sort(side, rule), value);
    let mut said = Vec::new();
    for step in worth.by_count.iter().filter(|_| reader == Reader::Advocate) {
        let figure = voice.figures.number(step.from.into());
        said.push(voice.say("offer-from-friend", &[("figure", figure.into()), ("gift", promise(&step.worth).into())]));
    }
    for step in worth.by_tier.iter().filter(|_| reader == Reader::Advocate) {
        said.push(voice.say("offer-tier", &[("tier", name(&step.tier)), ("gift", promise(&step.worth).into())]));
    }
    for step in &worth.by_price {
        let minimum = voice.figures.money(step.from);
        said.push(voice.say("offer-from-value", &[("minimum", minimum.into()), ("gift", promise(&step.worth).into())]));
    }
    said.extend(worth.seasons.iter().map(|season| self::season(voice, season, promise(&season.worth))));
    said
}

/// Seasons are told in whole days, as the program's clocks show them.
fn season(voice: &Voice, season: &Season, gift: String) -> String {
    let last = season.ends_at.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(season.ends_at);
    let [start, until] = [season.starts_at, last].map(DateTime::date);
    let until_text = voice.figures.civil(until);
    if start == until {
        return voice.say("offer-season-day", &[("until", until_text.into()), ("gift", gift.into())]);
    }
    let start = voice.figures.civil(start);
    voice.say("offer-season", &[("start", start.into()), ("until", until_text.into()), ("gift", gift.into())])
}

fn caps(voice: &Voice, cap: &Cap) -> Vec<String> {
    let mut said = Vec::new();
    for (period, limit) in cap.limits() {
        let (times, most) = match period {
            Period::Day | Period::Week => ("offer-cap-day", "offer-most-day"), // no cap is per week
            Period::Month => ("offer-cap-month", "offer-most-month"),
            Period::Total => ("offer-cap-total", "offer-most-total"),
        };
        if let Some(count) = limit.count {
            said.push(voice.counted(times, count.into(), &[]));
        }
        if let Some(value) = &limit.value {
            said.push(voice.say(most, &[("most", voice.figures.amount(value).into())]));
        }
    }
    said
}

/// Conditions that have no sentence of their own.
fn has_fine_print(when: &Conditions) -> bool {
    !when.countries.is_empty() || !when.markets.is_empty()
}
