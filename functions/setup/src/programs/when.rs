//! Reading what an order must be like.

use shared::domain::program::{Conditions, Country, Orders, Products, Qualify};
use shared::http::{Field, Fields};

use super::MAX_ENTRIES;
use super::amounts::money;
use super::noted::Noted;

/// What the program asks of every order.
pub(super) fn qualify<'a>(field: &Field<'a>, noted: &mut Noted<'a>) -> Qualify {
    let known = &["new_customers_only", "minimum_order", "include", "exclude", "countries", "markets"];
    let Some(fields) = field.fields(known) else { return Qualify::default() };
    let new_customers_only = fields.get("new_customers_only").and_then(|flag| flag.flag()).unwrap_or_default();
    Qualify { new_customers_only, when: conditions(&fields, noted) }
}

/// What one rule asks of an order.
pub(super) fn when<'a>(field: &Field<'a>, noted: &mut Noted<'a>) -> Conditions {
    let known = &["minimum_order", "include", "exclude", "countries", "markets", "orders", "months"];
    let Some(fields) = field.fields(known) else { return Conditions::default() };
    let words = [("first", Orders::First), ("every", Orders::Every)];
    Conditions {
        orders: fields.get("orders").and_then(|orders| orders.choice(&words)),
        months: fields.get("months").and_then(|months| months.whole(1..=120)),
        ..conditions(&fields, noted)
    }
}

fn conditions<'a>(fields: &Fields<'a>, noted: &mut Noted<'a>) -> Conditions {
    let minimum_order = fields.get("minimum_order").and_then(|field| {
        let money = money(&field)?;
        noted.limit(&field, money);
        Some(money)
    });
    let products = |name| fields.get(name).map(|field| products(&field)).unwrap_or_default();
    let country = |field: &Field<'_>| field.parse::<Country>();
    let countries = fields.get("countries").and_then(|field| field.list(MAX_ENTRIES)).unwrap_or_default();
    Conditions {
        minimum_order,
        include: products("include"),
        exclude: products("exclude"),
        countries: countries.iter().filter_map(country).collect(),
        markets: lines(fields, "markets"),
        orders: None,
        months: None,
    }
}

fn products(field: &Field<'_>) -> Products {
    let Some(fields) = field.fields(&["skus", "products", "collections"]) else { return Products::default() };
    let of = |name| lines(&fields, name);
    Products { skus: of("skus"), products: of("products"), collections: of("collections") }
}

/// A list of names, as the shop writes them.
fn lines(fields: &Fields<'_>, name: &str) -> Vec<String> {
    let list = fields.get(name).and_then(|field| field.list(MAX_ENTRIES)).unwrap_or_default();
    list.iter().filter_map(|entry| entry.line(100)).map(str::to_owned).collect()
}
