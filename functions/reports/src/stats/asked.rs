//! What is asked of statistics: the program, the days, and by what to group them.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::program::Program;
use shared::domain::tally::{Dimension, UNKNOWN, day};
use shared::http::{ApiError, Call, Fault, Faults};

use super::{month_end, named};

/// The longest span, in days: a year and what it is compared with.
const LONGEST: i32 = 400;
/// Days that are answered for when none are named.
const USUAL: i64 = 30;
const DATE: &str = "must be a day such as 2026-11-22";

/// Days by the merchant's clock; both ends are part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl Span {
    /// From `from` and `to`. Faults are noted.
    pub(crate) fn of(call: &Call, now: Timestamp, time_zone: &str, faults: &mut Faults) -> Self {
        let mut read = |name: &str| {
            let text = call.query(name)?;
            // A strict form: `2026-11-2` or a time is not what was meant.
            let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
            if day.is_none() {
                faults.push(Fault::new(name, DATE).with(&text.into()));
            }
            day
        };
        let (from, to) = (read("from"), read("to"));
        let to = to.unwrap_or_else(|| from.map_or_else(|| day(now, time_zone), |from| later(from, USUAL - 1)));
        let from = from.unwrap_or_else(|| later(to, 1 - USUAL));
        let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
        let allowed = format!("must be a day from `from` on, at most {LONGEST} days in all");
        faults.unless((0..LONGEST).contains(&days), "to", allowed);
        Self { from, to }
    }
}

fn later(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// The program that is asked about; another merchant's is not there.
pub(crate) async fn program(app: &App, call: &Call, merchant: MerchantId) -> Result<Program, ApiError> {
    let invalid = || ApiError::invalid(vec![Fault::new("program", "must be the id of a program, such as prg_…")]);
    let id = named(call).ok_or_else(invalid)?;
    app.store.program_eventually(merchant, id).await?.ok_or_else(|| ApiError::not_found("program"))
}

/// By what figures are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupBy {
    Day,
    Week,
    Month,
    Channel,
    Market,
    Variant,
    Device,
    Advocate,
}

impl GroupBy {
    const ALL: [(&'static str, Self); 8] = [
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("channel", Self::Channel),
        ("market", Self::Market),
        ("variant", Self::Variant),
        ("device", Self::Device),
        ("advocate", Self::Advocate),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, by)| *by == self).map_or("", |(name, _)| name)
    }

    pub(super) fn dimension(self) -> Dimension {
        match self {
            Self::Day | Self::Week | Self::Month | Self::Advocate => Dimension::Total,
            Self::Channel => Dimension::Channel,
            Self::Market => Dimension::Market,
            Self::Variant => Dimension::Variant,
            Self::Device => Dimension::Device,
        }
    }

    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }

    /// The group of a day's value.
    pub(super) fn key(self, day: Date, value: &str) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Week => {
                let week = day.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Self::Month => shared::domain::tally::month(day),
            _ if value == UNKNOWN => "unknown".into(),
            _ if value == "*" => "others".into(),
            _ => value.to_owned(),
        }
    }
}

/// A call's parameters.
pub(super) struct Asked {
    pub(super) span: Span,
    pub(super) by: Option<GroupBy>,
    /// Advocates at most.
    pub(super) limit: usize,
}

impl Asked {
    pub(super) fn of(call: &Call, now: Timestamp, time_zone: &str) -> Result<Self, ApiError> {
        let mut faults = Faults::default();
        let by = call.query("group_by").and_then(|text| {
            let found = GroupBy::ALL.iter().find(|(name, _)| *name == text).map(|(_, by)| *by);
            if found.is_none() {
                let allowed = "must be day, week, month, channel, market, variant, device or advocate";
                faults.push(Fault::new("group_by", allowed).with(&text.into()));
            }
            found
        });
        let mut span = Span::of(call, now, time_zone, &mut faults);
        if by == Some(GroupBy::Advocate) {
            if call.query("from").is_none() && call.query("to").is_none() {
                span = Span { from: span.to.first_of_month(), to: month_end(span.to) };
            }
            let is_month = span.from == span.to.first_of_month() && span.to == month_end(span.to);
            faults.unless(is_month, "from", "with group_by=advocate: from the first to the last day of one month");
        }
        let limit = call.query("limit").map_or(Some(10), |text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=50).contains(limit));
        faults.unless(limit.is_some(), "limit", "must be 1 to 50");
        faults.finish()?;
        Ok(Self { span, by, limit: limit.unwrap_or(10) })
    }
}
