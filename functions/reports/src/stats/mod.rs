//! `GET /v1/stats`: what a program has come to in a span of days, each number with its definition. What it reads are day
//! items, so it costs the same whatever the history.

mod asked;
mod shown;

use std::collections::BTreeMap;

use jiff::civil::Date;
use lambda_http::{Body, Response};
use shared::App;
use shared::domain::id::ProgramId;
use shared::domain::kpi::Sums;
use shared::domain::money::Currency;
use shared::domain::program::Program;
use shared::domain::tally::{Count, Counts, Dimension, Scope};
use shared::http::{ApiError, Call};
use shared::store::tally::DayCounts;

use asked::{Asked, GroupBy};
pub(crate) use asked::{Span, program};

/// What is known about a span of days.
struct Found {
    program: Program,
    currency: Currency,
    asked: Asked,
    total: Counts,
    /// Of all orders of the shop; `None` where only a part is asked for that the shop does not have.
    shop: Option<Counts>,
    /// In the order in which they are shown.
    groups: Vec<Group>,
}

struct Group {
    key: String,
    counts: Counts,
    shop: Option<Counts>,
}

impl Found {
    fn total(&self) -> Sums<'_> {
        Sums { program: &self.total, shop: self.shop.as_ref(), has_clicks: self.asked.by != Some(GroupBy::Advocate) }
    }

    fn sums<'a>(&self, group: &'a Group) -> Sums<'a> {
        Sums {
            program: &group.counts,
            shop: group.shop.as_ref(),
            ..Sums { program: &group.counts, ..self.has_clicks() }
        }
    }

    fn has_clicks(&self) -> Sums<'_> {
        self.total()
    }
}

/// Answers the figures.
pub(crate) async fn stats(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    let merchant = call.merchant(app).await?;
    let program = program(app, call, merchant).await?;
    let asked = Asked::of(call, app.now(), &program.time_zone)?;
    let currency = app.store.merchant_eventually(merchant).await?.map(|row| row.currency);
    let currency = currency.ok_or_else(|| ApiError::internal("the merchant is missing"))?;
    let Span { from, to } = asked.span;
    let found = match asked.by {
        Some(GroupBy::Advocate) => top(app, program, currency, asked).await?,
        by => {
            let dimension = by.map_or(Dimension::Total, GroupBy::dimension);
            let days = app.store.days(Scope::Program(program.id), dimension, from, to).await?;
            let shop = app.store.days(Scope::Shop(program.shop), Dimension::Total, from, to).await?;
            let groups = match by {
                Some(by) => grouped(by, &days, &shop),
                None => Vec::new(),
            };
            let (total, shop) = (summed(&days), Some(summed(&shop)));
            Found { program, currency, asked, total, shop, groups }
        }
    };
    shown::shown(call, &found)
}

/// The advocates with most orders of a month.
async fn top(app: &App, program: Program, currency: Currency, asked: Asked) -> Result<Found, ApiError> {
    let month = shared::domain::tally::month(asked.span.from);
    let rows = app.store.top_advocates(program.id, &month, asked.limit).await?;
    let counts = |row: &shared::store::tally::AdvocateMonth| -> Counts {
        row.counts.iter().filter_map(|(letter, n)| Some((Count::of_letter(*letter)?, *n))).collect()
    };
    let groups: Vec<_> =
        rows.iter().map(|row| Group { key: row.advocate.to_string(), counts: counts(row), shop: None }).collect();
    let mut total = Counts::new();
    for (count, amount) in groups.iter().flat_map(|group| &group.counts) {
        *total.entry(*count).or_default() += amount;
    }
    Ok(Found { program, currency, asked, total, shop: None, groups })
}

fn summed(days: &[DayCounts]) -> Counts {
    let mut sum = Counts::new();
    for ((_, count), amount) in days.iter().flat_map(|day| &day.counts) {
        *sum.entry(*count).or_default() += amount;
    }
    sum
}

fn grouped(by: GroupBy, days: &[DayCounts], shop: &[DayCounts]) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let new = |key: &str| Group { key: key.to_owned(), counts: Counts::new(), shop: None };
    for day in days {
        for ((value, count), amount) in &day.counts {
            let key = by.key(day.day, value);
            let group = groups.entry(key.clone()).or_insert_with(|| new(&key));
            *group.counts.entry(*count).or_default() += amount;
        }
    }
    // Time is the only thing that the program's days and the shop's have in common.
    if by.is_time() {
        for day in shop {
            let key = by.key(day.day, "");
            let sum = groups.entry(key.clone()).or_insert_with(|| new(&key)).shop.get_or_insert_default();
            for ((_, count), amount) in &day.counts {
                *sum.entry(*count).or_default() += amount;
            }
        }
        for group in groups.values_mut() {
            group.shop.get_or_insert_default();
        }
    }
    groups.into_values().collect()
}

/// A program's id as a parameter.
fn named(call: &Call) -> Option<ProgramId> {
    call.query("program")?.parse().ok()
}

/// The last day of a day's month.
fn month_end(day: Date) -> Date {
    day.last_of_month()
}
