//! Street addresses, for comparing: first line, postal code and country as people spell them. City and second line are
//! left out: the postal code says the city, and a flat's number is spelt in too many ways. So all flats of one house are
//! one address here, and "Main Street" and "Main St." are two.

use std::fmt;

use icu_normalizer::DecomposingNormalizerBorrowed;
use serde::Deserialize;

use super::super::program::Country;
use super::super::text::Text;

/// An address with something to compare. Personal data: masks itself in `Debug`.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Wire")]
pub struct StreetAddress {
    line1: String,
    postal_code: String,
    country: Option<Country>,
}

/// An address as callers tell it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    line1: Text<200>,
    postal_code: Text<20>,
    country: Country,
    #[serde(default)]
    line2: Option<Text<200>>,
    #[serde(default)]
    city: Option<Text<200>>,
    #[serde(default)]
    region: Option<Text<200>>,
}

impl StreetAddress {
    /// `None` when nothing is left to compare.
    pub fn new(line1: &str, postal_code: &str, country: Option<Country>) -> Option<Self> {
        let (line1, postal_code) = (folded(line1), folded(postal_code));
        (!line1.is_empty() && !postal_code.is_empty()).then_some(Self { line1, postal_code, country })
    }

    /// The country, if it was told.
    pub const fn country(&self) -> Option<Country> {
        self.country
    }

    /// The one form that spellings of an address share. Only for comparing.
    pub(super) fn canonical(&self) -> String {
        let country = self.country.as_ref().map_or("", Country::as_str);
        format!("{}|{}|{country}", self.line1, self.postal_code)
    }
}

impl TryFrom<Wire> for StreetAddress {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let Wire { line1, postal_code, country, line2, city, region } = wire;
        // Taken, so that integrations can tell the whole address; see the top of this file.
        drop((line2, city, region));
        Self::new(&line1, &postal_code, Some(country))
            .ok_or("must have a letter or digit in line1 and another in postal_code")
    }
}

impl fmt::Debug for StreetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Letters and digits in lower case, without their accents (Unicode's compatibility decomposition), and letters that do
/// not decompose as people write them without their keyboard.
fn folded(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text).to_lowercase();
    let mut folded = String::with_capacity(decomposed.len());
    for c in decomposed.chars() {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(line1: &str, postal_code: &str, country: &str) -> Option<String> {
        StreetAddress::new(line1, postal_code, country.parse().ok()).map(|address| address.canonical())
    }

    #[test]
    fn spellings_of_one_address_share_a_form() {
        let same = [
            (("Storgatan 1", "111 22", "SE"), ("storgatan  1", "11122", "se")),
            (("Åsögatan 12 A", "116 24", "SE"), ("Asogatan 12A", "SE-116 24".trim_start_matches("SE-"), "SE")),
            (("Hauptstraße 5", "10115", "DE"), ("HAUPTSTRASSE 5", "10115", "DE")),
            (("Hauptstr. 5", "10115", "DE"), ("hauptstr 5", "10115", "DE")),
            (("Rue de l’Église, 3", "75001", "FR"), ("rue de l'Eglise 3", "75001", "FR")),
            (("Øster Allé 48", "2100", "DK"), ("Oster Alle 48", "2100", "DK")),
            (("Łąkowa 7", "90-562", "PL"), ("Lakowa 7", "90562", "PL")),
            (("10 Downing St", "SW1A 2AA", "GB"), ("10, Downing St.", "sw1a2aa", "GB")),
            (("Ａ１ Street", "123", "JP"), ("A1 street", "123", "JP")),
            (("İstiklal Cd. 1", "34430", "TR"), ("istiklal cd 1", "34430", "TR")),
            (("A\u{30A} 1", "1", "SE"), ("Å 1", "1", "SE")),
        ];
        for ((line1, code, country), (other1, other_code, other_country)) in same {
            assert!(form(line1, code, country).is_some(), "{line1}");
            assert_eq!(form(line1, code, country), form(other1, other_code, other_country), "{line1}");
        }
    }

    #[test]
    fn other_addresses_do_not() {
        let base = form("Storgatan 1", "111 22", "SE");
        for (line1, code, country) in [
            ("Storgatan 2", "111 22", "SE"),
            ("Storgatan 11", "122", "SE"),
            ("Storgatan 1", "111 23", "SE"),
            ("Storgatan 1", "111 22", "NO"),
            ("Storgatan 1", "111 22", ""),
            ("Storgatan", "1 111 22", "SE"),
        ] {
            assert_ne!(form(line1, code, country), base, "{line1} {code} {country}");
        }
        assert_eq!(form("ул. Ленина 1", "101000", "RU"), Some("улленина1|101000|RU".into()));
    }

    #[test]
    fn an_address_without_street_or_code_is_compared_with_nothing() {
        for (line1, code) in [("", "111 22"), ("Storgatan 1", ""), ("–", "111 22"), ("Storgatan 1", " - ")] {
            assert_eq!(form(line1, code, "SE"), None, "{line1:?} {code:?}");
        }
    }

    #[test]
    fn callers_tell_an_address_with_what_is_compared() {
        let read = |body: &str| serde_json::from_str::<StreetAddress>(body).map_err(|refused| refused.to_string());
        let full = r#"{"line1": "Storgatan 1", "line2": "c/o X", "postal_code": "11122", "city": "Stockholm",
            "region": null, "country": "se"}"#;
        assert_eq!(read(full).expect("an address").canonical(), "storgatan1|11122|SE");
        let refused = |body: &str| read(body).expect_err(body);
        assert!(refused(r#"{"line1": "Storgatan 1", "country": "SE"}"#).starts_with("missing field `postal_code`"));
        assert!(
            refused(r#"{"line1": "", "postal_code": "1", "country": "SE"}"#).starts_with("must be 1 to 200 printable")
        );
        assert!(refused(r#"{"line1": "-", "postal_code": "1", "country": "SE"}"#).starts_with("must have a letter"));
        assert!(
            refused(r#"{"line1": "A 1", "postal_code": "1", "country": "Sweden"}"#).starts_with("must be a country")
        );
    }
}
