//! Money is whole minor units with its currency, never a float. A currency's decimals come from ISO 4217: amounts in
//! yen have none, in krona two, in dinar three. Rounding happens in one place and is half-even.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// The largest amount, in minor units, that the engine handles; above it an input is refused rather than summed.
pub const MAX_MINOR: i64 = 1_000_000_000_000;

/// What is wrong with an amount, a currency or a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("must be an ISO 4217 currency code such as \"SEK\"")]
    UnknownCurrency,
    #[error("must be a decimal number such as \"100.00\"")]
    NotANumber,
    #[error("must have exactly {decimals} decimals in {currency}")]
    WrongDecimals { currency: Currency, decimals: u32 },
    #[error("must be between -{max} and {max} minor units", max = MAX_MINOR)]
    OutOfRange,
    #[error("must be more than 0 and at most 100, with at most 4 decimals")]
    PercentOutOfRange,
}

/// An ISO 4217 currency that has minor units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// How many decimals an amount has: 0 for JPY, 2 for SEK, 3 for KWD.
    pub fn decimals(self) -> u32 {
        // Metals and funds have no exponent; the constructor refuses them.
        u32::from(self.0.exponent().unwrap_or_default())
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or(MoneyError::UnknownCurrency)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.code()
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of one currency. On the wire: `{"amount": "100.00", "currency": "SEK"}`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Money {
    currency: Currency,
    minor: i64,
}

impl Money {
    /// An amount in minor units (cents, öre, yen).
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { currency, minor }
    }

    /// Reads an amount that has exactly the currency's decimals, as our own API demands.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimal = decimal(amount)?;
        let decimals = currency.decimals();
        if decimal.scale() != decimals {
            return Err(MoneyError::WrongDecimals { currency, decimals });
        }
        minor(decimal, currency).map(|minor| Self { currency, minor })
    }

    /// Reads an amount of any scale, as platforms send them (`"13.5"`, `"62.6793"`), rounded half-even.
    pub fn parse_rounding(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        minor(decimal(amount)?, currency).map(|minor| Self { currency, minor })
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The amount's currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal string with exactly the currency's decimals.
    pub fn amount(self) -> String {
        amount(self.minor, self.currency)
    }
}

/// Minor units as a decimal string with exactly the currency's decimals.
pub fn amount(minor: i64, currency: Currency) -> String {
    Decimal::from_i128_with_scale(i128::from(minor), currency.decimals()).to_string()
}

fn decimal(text: &str) -> Result<Decimal, MoneyError> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain =
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !plain || digits.len() > 40 {
        return Err(MoneyError::NotANumber);
    }
    Decimal::from_str(text).map_err(|_| MoneyError::NotANumber)
}

fn minor(decimal: Decimal, currency: Currency) -> Result<i64, MoneyError> {
    let mut rounded = decimal.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointNearestEven);
    rounded.rescale(currency.decimals());
    let minor = i64::try_from(rounded.mantissa()).map_err(|_| MoneyError::OutOfRange)?;
    // `rescale` gives up silently where the mantissa would overflow; the scale tells.
    if rounded.scale() != currency.decimals() || minor.abs() > MAX_MINOR {
        return Err(MoneyError::OutOfRange);
    }
    Ok(minor)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: Currency,
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency }
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::parse(&wire.amount, wire.currency)
    }
}

/// A total in shares by size. Their sum is the total, and each is within one minor unit of its exact share: the units that
/// rounding leaves go to those with the largest remainders, of equal ones to the first. Without any size: nothing to each.
pub fn shares(total: i64, sizes: &[i64]) -> Vec<i64> {
    let sizes: Vec<_> = sizes.iter().map(|size| i128::from((*size).max(0))).collect();
    let (total, sum) = (i128::from(total.max(0)), sizes.iter().sum::<i128>());
    if sum == 0 {
        return vec![0; sizes.len()];
    }
    let mut shares: Vec<_> = sizes.iter().map(|size| total * size / sum).collect();
    let left = total - shares.iter().sum::<i128>();
    let mut by_remainder: Vec<_> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(total * sizes[*index] % sum));
    for index in by_remainder.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        shares[index] += 1;
    }
    // No share is larger than the total, which came as an i64.
    shares.into_iter().map(|share| i64::try_from(share).unwrap_or(i64::MAX)).collect()
}

/// A percentage, more than 0 and at most 100. On the wire a string: `"12.5"`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Percent(Decimal);

impl Percent {
    /// This share of an amount in minor units, rounded half-even.
    pub fn of(self, minor: i64) -> i64 {
        share(minor, self.0, Decimal::ONE_HUNDRED)
    }

    /// The least amount in minor units of which so much is left once this share is taken off. Of 100 % nothing is ever
    /// left: the amount itself.
    pub fn before_taking(self, left: i64) -> i64 {
        match Decimal::ONE_HUNDRED - self.0 {
            rest if rest.is_zero() => left,
            rest => exact(left, Decimal::ONE_HUNDRED, rest, RoundingStrategy::AwayFromZero),
        }
    }

    /// An amount in minor units with this share of it on top, rounded up: a price with its tax.
    pub fn on_top_of(self, minor: i64) -> i64 {
        exact(minor, Decimal::ONE_HUNDRED + self.0, Decimal::ONE_HUNDRED, RoundingStrategy::AwayFromZero)
    }
}

/// `minor × part ÷ whole`, rounded half-even to a minor unit. `whole` must not be zero. What is too large for an amount is
/// as much as one can be.
pub fn proportion(minor: i64, part: i64, whole: i64) -> i64 {
    share(minor, Decimal::from(part), Decimal::from(whole))
}

fn share(minor: i64, part: Decimal, whole: Decimal) -> i64 {
    exact(minor, part, whole, RoundingStrategy::MidpointNearestEven)
}

fn exact(minor: i64, part: Decimal, whole: Decimal, rounding: RoundingStrategy) -> i64 {
    let product = Decimal::from(minor).checked_mul(part);
    let most = if (minor < 0) == part.is_sign_negative() { MAX_MINOR } else { -MAX_MINOR };
    let Some(quotient) = product.and_then(|product| product.checked_div(whole)) else { return most };
    let rounded = quotient.round_dp_with_strategy(0, rounding);
    i64::try_from(rounded.mantissa()).unwrap_or(most)
}

impl FromStr for Percent {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let percent = decimal(text)?.normalize();
        let in_range = percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED && percent.scale() <= 4;
        in_range.then_some(Self(percent)).ok_or(MoneyError::PercentOutOfRange)
    }
}

impl TryFrom<String> for Percent {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Percent> for String {
    fn from(percent: Percent) -> Self {
        percent.0.to_string()
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_no_amount_can_hold_is_as_much_as_one_can() {
        assert_eq!(proportion(MAX_MINOR, i64::MAX, 1), MAX_MINOR);
        assert_eq!(proportion(-MAX_MINOR, i64::MAX, 1), -MAX_MINOR);
        assert_eq!(proportion(i64::MAX, i64::MAX, i64::MAX), MAX_MINOR);
    }

    #[test]
    fn shares_add_up_and_go_by_size() {
        for (total, sizes, expected) in [
            (100_000, &[33_334, 33_334, 33_334][..], &[33_334, 33_333, 33_333][..]),
            (18_000, &[10_000, 10_000], &[9_000, 9_000]),
            (11_000, &[10_000, 0, 0], &[11_000, 0, 0]),
            (1, &[1, 1, 1], &[1, 0, 0]),
            (2, &[1, 5], &[0, 2]),
            (0, &[5, 5], &[0, 0]),
            (7, &[0, 0], &[0, 0]),
            (7, &[], &[]),
            (MAX_MINOR, &[MAX_MINOR, MAX_MINOR, 1], &[500_000_000_000, 500_000_000_000, 0]),
        ] {
            assert_eq!(shares(total, sizes), expected, "{total} by {sizes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn shares_are_within_one_unit_of_exact(total in 0..MAX_MINOR, sizes in proptest::collection::vec(0..MAX_MINOR, 1..20)) {
            let sum: i128 = sizes.iter().map(|size| i128::from(*size)).sum();
            let shares = shares(total, &sizes);
            if sum > 0 {
                proptest::prop_assert_eq!(shares.iter().sum::<i64>(), total);
            }
            for (share, size) in shares.iter().zip(&sizes).filter(|_| sum > 0) {
                let off = i128::from(*share) * sum - i128::from(total) * i128::from(*size);
                proptest::prop_assert!(off.abs() < sum, "{share} of {total} for {size}");
            }
        }
    }

    fn currency(code: &str) -> Currency {
        code.parse().expect(code)
    }

    #[test]
    fn an_amount_has_exactly_its_currencys_decimals() {
        let cases = [
            ("JPY", "1000", Ok(1000)),
            ("SEK", "100.00", Ok(10_000)),
            ("KWD", "1.250", Ok(1250)),
            ("SEK", "-0.01", Ok(-1)),
            ("JPY", "1000.00", Err(MoneyError::WrongDecimals { currency: currency("JPY"), decimals: 0 })),
            ("SEK", "100", Err(MoneyError::WrongDecimals { currency: currency("SEK"), decimals: 2 })),
            ("SEK", "1e3", Err(MoneyError::NotANumber)),
            ("SEK", "NaN", Err(MoneyError::NotANumber)),
            ("SEK", "", Err(MoneyError::NotANumber)),
            ("SEK", "10000000000.01", Err(MoneyError::OutOfRange)),
            ("SEK", "99999999999999999999999999999999.00", Err(MoneyError::NotANumber)),
        ];
        for (code, text, expected) in cases {
            let parsed = Money::parse(text, currency(code)).map(Money::minor);
            assert_eq!(parsed, expected, "{code} {text}");
            if let Ok(minor) = parsed {
                assert_eq!(amount(minor, currency(code)), text);
            }
        }
    }

    #[test]
    fn platform_amounts_round_half_even_whatever_their_scale() {
        let cases = [
            ("USD", "13.5", 1350),
            ("USD", "62.6793", 6268),
            ("USD", "0.125", 12),
            ("USD", "0.135", 14),
            ("JPY", "100.00", 100),
            ("JPY", "100.5", 100),
            ("KWD", "1.2", 1200),
        ];
        for (code, text, minor) in cases {
            assert_eq!(Money::parse_rounding(text, currency(code)).map(Money::minor), Ok(minor), "{code} {text}");
        }
    }

    #[test]
    fn only_real_currencies_with_minor_units_are_taken() {
        for wrong in ["sek", "XAU", "XXX", "ABC", ""] {
            assert_eq!(wrong.parse::<Currency>(), Err(MoneyError::UnknownCurrency), "{wrong}");
        }
    }

    #[test]
    fn a_percentage_is_a_share_rounded_half_even() {
        let of = |percent: &str, minor| percent.parse::<Percent>().expect(percent).of(minor);
        assert_eq!(of("10", 50_000), 5000);
        assert_eq!(of("12.5", 100), 12);
        assert_eq!(of("12.5", 300), 38);
        assert_eq!(of("100", MAX_MINOR), MAX_MINOR);
        for wrong in ["0", "-1", "100.0001", "0.00001", "ten"] {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
        }
    }
}
