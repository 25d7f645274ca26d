//! Phone numbers, for comparing: digits with the country's code in front (ITU-T E.164). Rules plain enough for a weak
//! sign; the tables of every country's number plan would be megabytes in each function. So: a number without its
//! country's code and of an unknown country is only the same as one written the same way; a short one with the code but
//! without the "+" is taken for a national one, but where all numbers are short; and prefixes inside a country, such as Argentina's 15 for mobiles, stay.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::super::program::Country;

/// The text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a phone number of 6 to 15 digits, at most 40 characters, such as \"+46 70 123 45 67\"")]
pub struct InvalidPhone;

/// A phone number as it was told. Personal data: masks itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Phone {
    /// Without what is not dialled: separators, an extension, the "(0)" that is left out from abroad.
    digits: String,
    /// It began with a "+".
    has_plus: bool,
}

/// So many digits at the end that are the same, or count up or down, make a number a made-up one. Seven do not:
/// 070-123 45 67 and 08-999 99 99 may be somebody's.
const RUN: usize = 8;

impl Phone {
    /// Somebody's number, unlike what is typed where one has to be given: zeros, `1234567890`, and their like. Numbers that
    /// many people type tell nobody apart.
    pub fn of_somebody(text: &str) -> Option<Self> {
        text.parse().ok().filter(|phone: &Self| !phone.is_filler())
    }

    /// All its digits are the same or count on by one, up or down; or so many at its end are.
    pub(super) fn is_filler(&self) -> bool {
        // A zero in front may only be the prefix that is dialled inside the country.
        let digits = self.digits.trim_start_matches('0').as_bytes();
        let run = |step: u8| {
            let follows = |pair: &&[u8]| (pair[0] - b'0' + step) % 10 == pair[1] - b'0';
            digits.windows(2).rev().take_while(follows).count() + 1
        };
        let counted = |step: u8| {
            let run = run(step);
            let begins_with_zero = digits.len() > run && digits[digits.len() - run] == b'0';
            run - usize::from(begins_with_zero)
        };
        let is_whole = digits.is_empty() || [0, 1, 9].into_iter().any(|step| run(step) == digits.len());
        is_whole || run(0) >= RUN || counted(1) >= RUN || counted(9) >= RUN
    }

    /// The one form that spellings of a number share. `country`: where a number without a country's code is dialled.
    /// Only for comparing: never call it.
    pub(super) fn canonical(&self, country: Option<Country>) -> String {
        let code = country.and_then(calling_code);
        let number = self.digits.as_str();
        let from_abroad = if self.has_plus {
            Some(number)
        } else {
            let out = number.strip_prefix("011").filter(|rest| code == Some("1") && rest.len() > 8);
            number.strip_prefix("00").or(out)
        };
        if let Some(number) = from_abroad {
            let code =
                CALLING_CODES.split_ascii_whitespace().map(|entry| &entry[2..]).find(|it| number.starts_with(it));
            return code.map_or_else(|| number.to_owned(), |code| dialled(code, &number[code.len()..]));
        }
        match code {
            None => number.to_owned(),
            // Longer than national numbers are, and with the country's code in front: only the "+" was left out.
            Some(code) if number.len() >= with_code(code) && number.starts_with(code) => {
                dialled(code, &number[code.len()..])
            }
            Some(code) => dialled(code, number),
        }
    }
}

/// From how many digits on a number that begins with the country's code has it in front. Where national numbers have one short
/// length and no prefix, that is the length of both together (ITU's national numbering plans); elsewhere it is longer than
/// national numbers are.
fn with_code(code: &str) -> usize {
    match code {
        "298" | "299" => 9,
        "45" | "47" | "65" | "354" => 10,
        _ => 11,
    }
}

/// The code, and the national number without the prefix that is only dialled inside the country.
fn dialled(code: &str, national: &str) -> String {
    let without = |prefix: &str, length: usize| national.strip_prefix(prefix).filter(|rest| rest.len() == length);
    let rest = match code {
        // Here a leading zero is part of the number.
        "39" | "225" | "229" | "241" | "242" | "378" => None,
        "1" => without("1", 10),
        "7" => without("8", 10),
        "36" => national.strip_prefix("06"),
        "370" => without("8", 8).or_else(|| without("0", 8)),
        "375" => without("80", 9).or_else(|| without("8", 9)),
        "993" => without("8", 8),
        _ => national.strip_prefix('0'),
    };
    format!("{code}{}", rest.unwrap_or(national))
}

fn calling_code(country: Country) -> Option<&'static str> {
    CALLING_CODES.split_ascii_whitespace().find_map(|entry| entry.strip_prefix(country.as_str()))
}

impl FromStr for Phone {
    type Err = InvalidPhone;

    fn from_str(text: &str) -> Result<Self, InvalidPhone> {
        let text = text.trim();
        let number = text.strip_prefix("tel:").unwrap_or(text);
        // What follows a word or one of these signs is an extension; a letter among the digits is dialled as one of them.
        let end = number.find(|c: char| c.is_alphabetic() || ";,#*".contains(c)).unwrap_or(number.len());
        let (number, rest) = number.split_at(end);
        let is_extension = !rest.starts_with(char::is_alphabetic) || rest.starts_with(['x', 'X', 'e', 'E']);
        if !is_extension && !number.ends_with([' ', '(']) {
            return Err(InvalidPhone);
        }
        let has_plus = number.starts_with(['+', '＋']);
        let number = if has_plus || number.starts_with("00") { number.replace("(0)", "") } else { number.to_owned() };
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let dialled_abroad = if digits.starts_with("00") { 2 } else { 0 };
        let valid = (6..=15 + dialled_abroad).contains(&digits.len()) && text.chars().count() <= 40;
        valid.then_some(Self { digits, has_plus }).ok_or(InvalidPhone)
    }
}

impl TryFrom<String> for Phone {
    type Error = InvalidPhone;

    fn try_from(text: String) -> Result<Self, InvalidPhone> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        format!("{}{}", if phone.has_plus { "+" } else { "" }, phone.digits)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Every country with its calling code (ITU-T E.164 assigned codes; a territory without its own has its neighbour's).
const CALLING_CODES: &str = "\
AC247 AD376 AE971 AF93 AG1 AI1 AL355 AM374 AO244 AR54 AS1 AT43 AU61 AW297 AX358 AZ994 BA387 BB1 BD880 BE32 BF226 \
BG359 BH973 BI257 BJ229 BL590 BM1 BN673 BO591 BQ599 BR55 BS1 BT975 BW267 BY375 BZ501 CA1 CC61 CD243 CF236 CG242 \
CH41 CI225 CK682 CL56 CM237 CN86 CO57 CR506 CU53 CV238 CW599 CX61 CY357 CZ420 DE49 DJ253 DK45 DM1 DO1 DZ213 \
EC593 EE372 EG20 EH212 ER291 ES34 ET251 FI358 FJ679 FK500 FM691 FO298 FR33 GA241 GB44 GD1 GE995 GF594 GG44 GH233 \
GI350 GL299 GM220 GN224 GP590 GQ240 GR30 GT502 GU1 GW245 GY592 HK852 HN504 HR385 HT509 HU36 ID62 IE353 IL972 \
IM44 IN91 IO246 IQ964 IR98 IS354 IT39 JE44 JM1 JO962 JP81 KE254 KG996 KH855 KI686 KM269 KN1 KP850 KR82 KW965 KY1 \
KZ7 LA856 LB961 LC1 LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MF590 MG261 MH692 \
MK389 ML223 MM95 MN976 MO853 MP1 MQ596 MR222 MS1 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NF672 \
NG234 NI505 NL31 NO47 NP977 NR674 NU683 NZ64 OM968 PA507 PE51 PF689 PG675 PH63 PK92 PL48 PM508 PR1 PS970 PT351 \
PW680 PY595 QA974 RE262 RO40 RS381 RU7 RW250 SA966 SB677 SC248 SD249 SE46 SG65 SH290 SI386 SJ47 SK421 SL232 \
SM378 SN221 SO252 SR597 SS211 ST239 SV503 SX1 SY963 SZ268 TA290 TC1 TD235 TG228 TH66 TJ992 TK690 TL670 TM993 \
TN216 TO676 TR90 TT1 TV688 TW886 TZ255 UA380 UG256 US1 UY598 UZ998 VA39 VC1 VE58 VG1 VI1 VN84 VU678 WF681 WS685 \
XK383 YE967 YT262 ZA27 ZM260 ZW263";

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str, country: &str) -> Option<String> {
        text.parse::<Phone>().ok().map(|phone| phone.canonical(country.parse().ok()))
    }

    #[test]
    fn repair_36_spellings_of_one_number_share_a_form() {
        let cases = [
            ("+46 70 123 45 67", "SE", "46701234567"),
            ("+46701234567", "", "46701234567"),
            ("0046 70-123 45 67", "", "46701234567"),
            ("+46 (0)70 123 45 67", "DK", "46701234567"),
            ("+46 070 123 45 67", "", "46701234567"),
            ("070-123 45 67", "SE", "46701234567"),
            ("46701234567", "SE", "46701234567"),
            ("701234567", "SE", "46701234567"),
            ("tel:+46-70-123-45-67", "", "46701234567"),
            ("+46 70 123 45 67 ext. 12", "", "46701234567"),
            ("070-123 45 67;ext=12", "SE", "46701234567"),
            ("070-123 45 67x12", "SE", "46701234567"),
            ("070-123 45 67 (mobile)", "SE", "46701234567"),
            ("＋46 70 123 45 67", "", "46701234567"),
            ("(613) 555-1111", "CA", "16135551111"),
            ("1 613 555 1111", "CA", "16135551111"),
            ("+1 (613) 555-1111", "US", "16135551111"),
            ("011 46 70 123 45 67", "US", "46701234567"),
            ("0151 23456789", "DE", "4915123456789"),
            ("06 12 34 56 78", "FR", "33612345678"),
            ("020 7946 0000", "GB", "442079460000"),
            ("22 12 34 56", "NO", "4722123456"),
            ("47 22 12 34 56", "NO", "4722123456"),
            ("4722123456", "NO", "4722123456"),
            ("0047 22 12 34 56", "NO", "4722123456"),
            ("+47 22 12 34 56", "", "4722123456"),
            ("47 12 34 56", "NO", "4747123456"),
            ("32 12 34 56", "DK", "4532123456"),
            ("45 32 12 34 56", "DK", "4532123456"),
            ("45 12 34 56", "DK", "4545123456"),
            ("581 2345", "IS", "3545812345"),
            ("354 581 2345", "IS", "3545812345"),
            ("354 1234", "IS", "3543541234"),
            ("298 21 23 45", "FO", "298212345"),
            ("65 6123 4567", "SG", "6561234567"),
            ("06 1234 5678", "IT", "390612345678"),
            ("392 123 4567", "IT", "393921234567"),
            ("+39 06 1234 5678", "", "390612345678"),
            ("8 (916) 123-45-67", "RU", "79161234567"),
            ("+7 916 123-45-67", "", "79161234567"),
            ("06 20 123 4567", "HU", "36201234567"),
            ("8 029 123 45 67", "BY", "375291234567"),
            ("07 07 12 34 56", "CI", "2250707123456"),
            ("0701234567", "", "0701234567"),
            ("0701234567", "ZZ", "0701234567"),
        ];
        for (text, country, expected) in cases {
            assert_eq!(form(text, country).as_deref(), Some(expected), "{text} in {country:?}");
        }
    }

    #[test]
    fn other_numbers_do_not() {
        let base = form("+46 70 123 45 67", "");
        for (text, country) in [
            ("+46 70 123 45 68", ""),
            ("+47 70 123 45 67", ""),
            ("070-123 45 67", "NO"),
            // Where numbers are long, one of ten digits may begin with the country's own code.
            ("46 701 234 56", "SE"),
            ("070-123 45 67", ""),
            ("+46 8 123 45 67", ""),
        ] {
            assert_ne!(form(text, country), base, "{text} in {country:?}");
        }
    }

    #[test]
    fn what_can_not_be_dialled_is_no_number() {
        let long = format!("+46{}", "1".repeat(14));
        let wide = format!("+46{}701234567", " ".repeat(40));
        for wrong in [
            "",
            "12345",
            "555-SHIP",
            "555-555-SHIP",
            "1-800-555-SHOE",
            "anna@example.com",
            "+",
            "---",
            long.as_str(),
            wide.as_str(),
        ] {
            assert_eq!(wrong.parse::<Phone>(), Err(InvalidPhone), "{wrong}");
        }
    }

    #[test]
    fn a_number_typed_for_want_of_one_is_nobodys() {
        for filler in [
            "0000000000",
            "000000",
            "1111111",
            "+46 0000000000",
            "070-000 00 00",
            "(555) 555-5555",
            "99 99 99 99",
            "1234567890",
            "0123456789",
            "+1 123 456 7890",
            "06-12345678",
            "+45 12 34 56 78",
            "123456",
            "0987654321",
            "87654321",
        ] {
            assert_eq!(Phone::of_somebody(filler), None, "{filler}");
        }
        for real in [
            "070-123 45 67",
            "+46 70 123 45 67",
            "701234567",
            "22 12 34 56",
            "020 7946 0000",
            "(613) 555-1111",
            "+47 70 00 00 01",
            "0800 123 4568",
            "555-0100",
            "070-765 43 20",
            "+46 8 999 99 99",
        ] {
            assert!(Phone::of_somebody(real).is_some(), "{real}");
        }
    }

    #[test]
    fn no_calling_code_begins_with_another() {
        let codes: Vec<_> = CALLING_CODES.split_ascii_whitespace().map(|entry| &entry[2..]).collect();
        for one in &codes {
            assert!(codes.iter().all(|other| one == other || !one.starts_with(other)), "{one}");
        }
    }
}
