//! Numbers, percentages, money and dates as the reader writes them. Numbers and dates come from ICU's data for the
//! reader's locale. ICU4X's formatters of money and percentages are experimental, so where the sign goes is in two small
//! tables here, as in Unicode CLDR 48; `tests/second_opinion` holds them against another implementation.

use fixed_decimal::Decimal;
use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::YMD;
use icu_datetime::options::YearStyle;
use icu_decimal::DecimalFormatter;
use icu_decimal::options::DecimalFormatterOptions;
use icu_locale_core::{LanguageIdentifier, Locale};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::language::Language;
use crate::domain::amount::{Amount, Unit};
use crate::domain::money::{Currency, Money, Percent};

/// Stands between a number and its sign: they are not parted at the end of a line.
const SPACE: char = '\u{a0}';

/// How one reader writes figures.
#[derive(Clone, Debug)]
pub struct Figures {
    language: Language,
    /// The language alone, by which numbers go.
    locale: Locale,
    /// The language with the reader's region, where it is known: dates go by it, and what a dollar is.
    regional: Locale,
    time_zone: TimeZone,
}

impl Figures {
    /// `tag`: the reader's, such as `en-GB`; only its region is used. An unknown zone is UTC.
    pub fn new(language: Language, tag: &str, time_zone: &str) -> Self {
        let region = tag.split(['-', '_']).skip(1).find(|part| part.len() == 2);
        let with_region = region.map(|region| format!("{}-{region}", language.tag()));
        let known = with_region.and_then(|tag| LanguageIdentifier::try_from_str(&tag).ok());
        let plain = LanguageIdentifier::try_from_str(language.tag()).unwrap_or(LanguageIdentifier::UNKNOWN);
        let regional = known.unwrap_or_else(|| plain.clone()).into();
        let time_zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        Self { language, locale: plain.into(), regional, time_zone }
    }

    /// A whole number.
    pub fn number(&self, number: i64) -> String {
        self.decimal(&number.to_string())
    }

    /// A decimal number as written in code.
    fn decimal(&self, plain: &str) -> String {
        let formatter = DecimalFormatter::try_new((&self.locale).into(), DecimalFormatterOptions::default());
        match (formatter, Decimal::try_from_str(plain)) {
            (Ok(formatter), Ok(decimal)) => formatter.format(&decimal).to_string(),
            _ => plain.to_owned(), // no number, or no data for a locale, which falls back to its language
        }
    }

    /// A percentage.
    pub fn percent(&self, percent: Percent) -> String {
        let number = self.decimal(String::from(percent).as_str());
        match self.language {
            Language::English | Language::Dutch | Language::Italian => format!("{number}%"),
            Language::Swedish | Language::Norwegian | Language::Romanian => format!("{number}{SPACE}%"),
        }
    }

    /// An amount of money; decimals only where there are any, as shops write it.
    pub fn money(&self, money: Money) -> String {
        let exact = money.amount();
        let whole = exact.split_once('.').filter(|(_, decimals)| decimals.bytes().all(|digit| digit == b'0'));
        let number = self.decimal(whole.map_or(exact.as_str(), |(whole, _)| whole));
        let sign = self.sign(money.currency());
        match self.language {
            Language::English if sign.ends_with(|c: char| c.is_ascii_alphabetic()) => format!("{sign}{SPACE}{number}"),
            Language::English => format!("{sign}{number}"),
            Language::Dutch => format!("{sign}{SPACE}{number}"),
            Language::Swedish | Language::Norwegian | Language::Romanian | Language::Italian => {
                format!("{number}{SPACE}{sign}")
            }
        }
    }

    /// The sign of a currency as the reader knows it. A dollar without more is the reader's own.
    fn sign(&self, currency: Currency) -> &'static str {
        let code = currency.code();
        let abroad = self.regional.id.region.is_some_and(|region| region.as_str() != "US");
        match sign(self.language, code) {
            Some("$") if abroad => "US$",
            Some(sign) => sign,
            None => code,
        }
    }

    /// So much of anything.
    pub fn amount(&self, amount: &Amount) -> String {
        match (amount.money(), amount.unit()) {
            (Some(money), _) => self.money(money),
            (None, Unit::Currency(_)) => String::new(), // an amount in a currency is money
            (None, Unit::Named(unit)) => format!("{}{SPACE}{}", self.number(amount.minor()), unit.as_str()),
        }
    }

    /// The day at a time, where the reader is.
    pub fn day(&self, at: Timestamp) -> String {
        self.civil(at.to_zoned(self.time_zone.clone()).date())
    }

    /// The number of that day in its month: some languages say "the first" otherwise than "the second".
    pub fn day_number(&self, at: Timestamp) -> i64 {
        i64::from(at.to_zoned(self.time_zone.clone()).day())
    }

    /// The last day before a time, and its number in the month. What ends at midnight ends the day before.
    pub fn last_day(&self, end: Timestamp) -> (String, i64) {
        let last = end.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(end);
        let day = last.to_zoned(self.time_zone.clone()).date();
        (self.civil(day), i64::from(day.day()))
    }

    /// A day of the calendar.
    pub fn civil(&self, day: jiff::civil::Date) -> String {
        let (year, month, number) = (i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs());
        let fields = YMD::long().with_year_style(YearStyle::Full);
        let formatter = FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new((&self.regional).into(), fields);
        match (formatter, Date::try_new_gregorian(year, month, number)) {
            (Ok(formatter), Ok(date)) => formatter.format(&date).to_string(),
            _ => day.to_string(),
        }
    }
}

/// The signs that differ from a currency's code (Unicode CLDR 48). Romanian shops write `lei`, which CLDR has as the narrow
/// sign of `RON`.
fn sign(language: Language, code: &str) -> Option<&'static str> {
    Some(match (language, code) {
        (Language::Swedish, "SEK") | (Language::Norwegian, "NOK") => "kr",
        (Language::Swedish, "NOK") => "Nkr",
        (Language::Swedish, "DKK") => "Dkr",
        (Language::Swedish, "ISK") => "Ikr",
        (Language::Romanian, "RON") => "lei",
        (Language::English, "USD") => "$",
        (Language::Swedish | Language::Dutch, "USD") => "US$",
        (Language::English | Language::Italian, "AUD") => "A$",
        (Language::Dutch, "AUD") => "AU$",
        (Language::English | Language::Swedish | Language::Italian, "CAD") => "CA$",
        (Language::Dutch, "CAD") => "C$",
        (Language::English | Language::Dutch | Language::Norwegian | Language::Italian, "GBP") => "£",
        (Language::English | Language::Swedish | Language::Norwegian | Language::Dutch | Language::Italian, "EUR") => {
            "€"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(tag: &str) -> Figures {
        Figures::new(Language::of_tag(tag).expect(tag), tag, "Europe/Stockholm")
    }

    #[test]
    fn money_is_written_as_the_reader_writes_it() {
        let cases = [
            ("en", "SEK", "100.00", "SEK\u{a0}100"),
            ("en", "USD", "12.50", "$12.50"),
            ("sv", "SEK", "1000.00", "1\u{a0}000\u{a0}kr"),
            ("sv", "SEK", "99.50", "99,50\u{a0}kr"),
            ("nb", "NOK", "100.00", "100\u{a0}kr"),
            ("nl", "EUR", "1250.00", "€\u{a0}1.250"),
            ("ro", "RON", "50.00", "50\u{a0}lei"),
            ("it", "EUR", "10.00", "10\u{a0}€"),
            ("it", "KWD", "1.250", "1,250\u{a0}KWD"),
            ("sv", "JPY", "1000", "1\u{a0}000\u{a0}JPY"),
        ];
        for (tag, currency, amount, expected) in cases {
            let money = Money::parse(amount, currency.parse().expect("a currency")).expect("money");
            assert_eq!(figures(tag).money(money), expected, "{tag}");
        }
    }

    #[test]
    fn a_percentage_and_a_number_too() {
        let percent = "12.5".parse().expect("a percentage");
        let expected = [
            ("en", "12.5%"),
            ("sv", "12,5\u{a0}%"),
            ("nb", "12,5\u{a0}%"),
            ("nl", "12,5%"),
            ("ro", "12,5\u{a0}%"),
            ("it", "12,5%"),
        ];
        for (tag, expected) in expected {
            assert_eq!(figures(tag).percent(percent), expected, "{tag}");
        }
        assert_eq!(figures("en").number(16_000), "16,000");
        assert_eq!(figures("nl-BE").number(16_000), "16.000");
    }

    #[test]
    fn a_day_is_the_readers_day() {
        let at: Timestamp = "2026-11-30T23:30:00Z".parse().expect("a time");
        let expected = [
            ("en", "December 1, 2026"),
            ("en-GB", "1 December 2026"),
            ("sv-FI", "1 december 2026"),
            ("nn", "1. desember 2026"),
            ("nl", "1 december 2026"),
            ("ro", "1 decembrie 2026"),
            ("it-CH", "1 dicembre 2026"),
            ("en-XX-u-nu-arab", "December 1, 2026"),
        ];
        for (tag, expected) in expected {
            assert_eq!(figures(tag).day(at), expected, "{tag}");
        }
    }

    #[test]
    fn what_ends_at_midnight_can_be_used_until_the_day_before() {
        let midnight: Timestamp = "2026-11-30T23:00:00Z".parse().expect("a time");
        assert_eq!(figures("sv").last_day(midnight), ("30 november 2026".to_owned(), 30));
    }
}
