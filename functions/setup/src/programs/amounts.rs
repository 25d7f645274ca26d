//! Reading amounts. All that a program names is more than nothing. As everywhere in the API, a fault of the number is one
//! of the whole amount: it depends on the currency.

use shared::domain::amount::{Amount, UnitName};
use shared::domain::money::{Currency, MAX_MINOR, Money};
use shared::http::Field;

/// An amount of money.
pub(super) fn money(field: &Field<'_>) -> Option<Money> {
    let fields = field.fields(&["amount", "currency"])?;
    let (amount, currency) = (fields.required("amount"), fields.required("currency"));
    in_currency(field, &amount?, &currency?)
}

/// An amount of money or of any other unit.
pub(super) fn amount(field: &Field<'_>) -> Option<Amount> {
    let fields = field.fields(&["amount", "currency", "unit"])?;
    let amount = fields.required("amount");
    match (fields.get("currency"), fields.get("unit")) {
        (Some(currency), None) => in_currency(field, &amount?, &currency).map(Amount::from),
        (None, Some(unit)) => {
            let unit = unit.parse::<UnitName>();
            let minor = whole(field, &amount?);
            Some(Amount::new(minor?, unit?))
        }
        (None, None) | (Some(_), Some(_)) => {
            field.unless(false, "must have either a currency or a unit");
            None
        }
    }
}

fn in_currency(field: &Field<'_>, amount: &Field<'_>, currency: &Field<'_>) -> Option<Money> {
    let text = amount.text();
    let currency = currency.parse::<Currency>()?;
    let read = Money::parse(text?, currency);
    field.unless(read.is_ok(), read.as_ref().err().map(ToString::to_string).unwrap_or_default());
    let money = read.ok()?;
    field.unless(money.minor() > 0, "must be more than 0");
    (money.minor() > 0).then_some(money)
}

fn whole(field: &Field<'_>, amount: &Field<'_>) -> Option<i64> {
    let text = amount.text()?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse::<i64>().ok().filter(|number| digits && (1..=MAX_MINOR).contains(number));
    field.unless(number.is_some(), format!("must be a whole number from 1 to {MAX_MINOR} as text, such as \"500\""));
    number
}
