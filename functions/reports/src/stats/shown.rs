//! Figures as JSON and as a table.

use lambda_http::{Body, Response};
use serde_json::{Map, Value as Json, json};
use shared::domain::kpi::{Figure, Value, figures};
use shared::domain::money::{Currency, Money, proportion};
use shared::http::{Answer, ApiError, Call, Format, csv};

use super::{Found, GroupBy};

pub(super) fn shown(call: &Call, found: &Found) -> Result<Response<Body>, ApiError> {
    match (Format::of(call)?, found.asked.by) {
        (Format::Usual, _) => Answer::ok(json(found)).into_response(),
        (Format::Csv, None) => csv(list(found), None),
        (Format::Csv, Some(by)) => csv(table(found, by), None),
    }
}

fn json(found: &Found) -> Json {
    let numbers: Vec<_> =
        figures(&found.total()).iter().map(|figure| with_definition(figure, found.currency)).collect();
    let groups = found.groups.iter().map(|group| {
        let numbers = figures(&found.sums(group));
        let numbers: Map<_, _> =
            numbers.into_iter().map(|figure| (figure.name, plain(figure.value, found.currency))).collect();
        json!({"group": group.key, "numbers": numbers})
    });
    json!({
        "program": found.program.id,
        "from": found.asked.span.from,
        "to": found.asked.span.to,
        "time_zone": found.program.time_zone,
        "currency": found.currency,
        "group_by": found.asked.by.map(GroupBy::name),
        "numbers": numbers,
        "groups": groups.collect::<Vec<_>>(),
    })
}

fn with_definition(figure: &Figure, currency: Currency) -> Json {
    let mut shown = json!({
        "name": figure.name,
        "value": plain(figure.value, currency),
        "definition": figure.definition,
    });
    if let Value::Unknown(reason) = figure.value {
        shown["reason"] = reason.into();
    }
    shown
}

fn plain(value: Value, currency: Currency) -> Json {
    match value {
        Value::Count(many) => many.into(),
        Value::Money(minor) => json!(Money::new(minor, currency)),
        Value::MoneyPer(over, under) => json!(Money::new(proportion(over, 1, under), currency)),
        // A number with four decimals, made without a float on the way.
        Value::Ratio(over, under) => serde_json::from_str(&decimals(over, under)).unwrap_or(Json::Null),
        Value::Unknown(_) => Json::Null,
    }
}

/// A ratio to four decimals.
fn decimals(over: i64, under: i64) -> String {
    let scaled = proportion(over, 10_000, under);
    let (sign, scaled) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
    format!("{sign}{}.{:04}", scaled / 10_000, scaled % 10_000)
}

/// A value as a cell, and its unit.
fn cell(value: Value, currency: Currency) -> (String, String) {
    let money = |minor| (Money::new(minor, currency).amount(), currency.code().to_owned());
    match value {
        Value::Count(many) => (many.to_string(), String::new()),
        Value::Money(minor) => money(minor),
        Value::MoneyPer(over, under) => money(proportion(over, 1, under)),
        Value::Ratio(over, under) => (decimals(over, under), String::new()),
        Value::Unknown(_) => (String::new(), String::new()),
    }
}

/// One figure a row.
fn list(found: &Found) -> Vec<Vec<String>> {
    let mut rows = vec![["name", "value", "unit", "definition", "reason"].map(str::to_owned).to_vec()];
    for figure in figures(&found.total()) {
        let (value, unit) = cell(figure.value, found.currency);
        let reason = if let Value::Unknown(reason) = figure.value { reason } else { "" };
        rows.push(vec![figure.name, value, unit, figure.definition.to_owned(), reason.to_owned()]);
    }
    rows
}

/// One group a row, and one for all of them.
fn table(found: &Found, by: GroupBy) -> Vec<Vec<String>> {
    let header =
        std::iter::once(by.name().to_owned()).chain(figures(&found.total()).into_iter().map(|figure| figure.name));
    let row = |key: &str, figures: Vec<Figure>| {
        let cells = figures.into_iter().map(|figure| cell(figure.value, found.currency).0);
        std::iter::once(key.to_owned()).chain(cells).collect::<Vec<_>>()
    };
    let mut rows = vec![header.collect()];
    rows.extend(found.groups.iter().map(|group| row(&group.key, figures(&found.sums(group)))));
    rows.push(row("total", figures(&found.total())));
    rows
}
