//! `GET /v1/export/events`: the log of all that was counted, a line for what each event added. The sum of the lines of a
//! program (and of its shop) is every number of `GET /v1/stats`.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use lambda_http::{Body, Response};
use serde_json::{Map, Value, json};
use shared::App;
use shared::domain::id::{MerchantId, ShopId};
use shared::domain::moment::moment;
use shared::domain::money::Currency;
use shared::domain::tally::{Scope, Sequence};
use shared::http::{ApiError, Call, Fault, Faults, Format, csv, cursor, json_lines, uncursor};
use shared::store::tally::Logged;

use crate::stats::{Span, program};

/// Chunks that are read at once.
const CHUNKS: i32 = 5;
/// Days that are looked at for one page: most may be empty.
const DAYS: usize = 40;

/// Where a page ended.
struct Place {
    day: Date,
    /// The chunk to go on with.
    from: Option<String>,
    /// The last record of its shard that was told: what is at or below it in the next chunks is a copy.
    told: Option<(String, Sequence)>,
}

impl Place {
    fn to_cursor(&self) -> String {
        let (shard, number) = match &self.told {
            Some((shard, number)) => (shard.as_str(), number.to_string()),
            None => ("", String::new()),
        };
        cursor(&format!("{}|{}|{shard}|{number}", self.day, self.from.as_deref().unwrap_or_default()))
    }

    fn of_cursor(text: &str) -> Option<Self> {
        let position = uncursor(text)?;
        let [day, from, shard, number] = position.split('|').collect::<Vec<_>>().try_into().ok()?;
        let told = if number.is_empty() { None } else { Some((shard.to_owned(), number.parse().ok()?)) };
        Some(Self { day: day.parse().ok()?, from: (!from.is_empty()).then(|| from.to_owned()), told })
    }
}

/// Answers a page of the log.
pub(crate) async fn events(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    let merchant = call.merchant(app).await?;
    let (scope, time_zone) = scope(app, call, merchant).await?;
    let currency = app.store.merchant_eventually(merchant).await?.map(|row| row.currency);
    let currency = currency.ok_or_else(|| ApiError::internal("the merchant is missing"))?;
    let mut faults = Faults::default();
    let span = Span::of(call, app.now(), &time_zone, &mut faults);
    let limit = call.query("limit").map_or(Some(1000), |text| text.parse().ok());
    let limit = limit.filter(|limit| (1..=10_000).contains(limit));
    faults.unless(limit.is_some(), "limit", "must be 1 to 10000");
    let place = call.query("cursor").map(|text| Place::of_cursor(&text));
    let is_within = |place: &Place| (span.from..=span.to).contains(&place.day);
    let known = place.as_ref().is_none_or(|place| place.as_ref().is_some_and(is_within));
    faults.unless(known, "cursor", "must be the `goodword-next` of a page of the same days");
    faults.finish()?;
    let start = Place { day: span.from, from: None, told: None };
    let (lines, next) = page(app, scope, span, place.flatten().unwrap_or(start), limit.unwrap_or(1000)).await?;
    let next = next.map(|place| place.to_cursor());
    match Format::of(call)? {
        Format::Usual => json_lines(lines.iter().map(|one| line(one, currency)), next.as_deref()),
        Format::Csv => csv(table(&lines, currency), next.as_deref()),
    }
}

/// Whose events: a program's, or of all orders of a shop.
async fn scope(app: &App, call: &Call, merchant: MerchantId) -> Result<(Scope, String), ApiError> {
    let Some(shop) = call.query("shop") else {
        let program = program(app, call, merchant).await?;
        return Ok((Scope::Program(program.id), program.time_zone));
    };
    if call.query("program").is_some() {
        return Err(ApiError::invalid(vec![Fault::new(
            "shop",
            "must not come with `program`: it is one or the other",
        )]));
    }
    let invalid = || ApiError::invalid(vec![Fault::new("shop", "must be the id of a shop, such as shp_…")]);
    let shop: ShopId = shop.parse().map_err(|_| invalid())?;
    let row = app.store.shop(shop).await?.filter(|row| row.merchant == merchant);
    row.ok_or_else(|| ApiError::not_found("shop"))?;
    let zone = app.store.merchant_eventually(merchant).await?.map(|row| row.time_zone).unwrap_or_default();
    Ok((Scope::Shop(shop), zone))
}

/// The lines after a place, and where the next page goes on. The lines of one record stay together.
async fn page(
    app: &App,
    scope: Scope,
    span: Span,
    mut place: Place,
    limit: usize,
) -> Result<(Vec<(String, Logged)>, Option<Place>), ApiError> {
    let mut lines: Vec<(String, Logged)> = Vec::new();
    for _ in 0..DAYS {
        loop {
            let chunks = app.store.events(scope, place.day, place.from.as_deref(), CHUNKS).await?;
            let is_last = chunks.len() < usize::try_from(CHUNKS).unwrap_or_default();
            for chunk in chunks {
                place.from = Some(chunk.position.clone());
                // What an earlier chunk of the shard has told is told; the lines of one record are all in one chunk.
                let told = place.told.as_ref().filter(|(shard, _)| *shard == chunk.shard).map(|(_, number)| *number);
                for logged in chunk.lines.into_iter().filter(|logged| told.is_none_or(|told| logged.sequence > told)) {
                    let is_new = place.told.as_ref().is_none_or(|(_, number)| *number != logged.sequence);
                    if lines.len() >= limit && is_new {
                        return Ok((lines, Some(place)));
                    }
                    place.told = Some((chunk.shard.clone(), logged.sequence));
                    lines.push((chunk.shard.clone(), logged));
                }
                // Just after it: no position is longer.
                place.from = Some(format!("{}~", chunk.position));
            }
            if is_last {
                break;
            }
        }
        if place.day >= span.to {
            return Ok((lines, None));
        }
        place = Place { day: place.day.saturating_add(1.day()), from: None, told: None };
        if lines.len() >= limit {
            break;
        }
    }
    Ok((lines, Some(place)))
}

fn at(logged: &Logged) -> String {
    moment(Timestamp::from_second(logged.at).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn line((shard, logged): &(String, Logged), currency: Currency) -> Value {
    let (name, id) = match logged.line.scope {
        Scope::Program(id) => ("program", id.to_string()),
        Scope::Shop(id) => ("shop", id.to_string()),
    };
    let counts: Map<_, _> = logged.line.counts.iter().map(|(count, amount)| (count.name(), (*amount).into())).collect();
    let place = &logged.line.place;
    json!({
        "id": format!("{shard}-{}", logged.sequence),
        "at": at(logged),
        "kind": logged.kind,
        "subject": logged.subject,
        name: id,
        "day": logged.line.day,
        "channel": place.channel,
        "market": place.market,
        "variant": place.variant,
        "device": place.device,
        "advocate": logged.line.advocate,
        // Of the money among them, which is in minor units.
        "currency": currency,
        "counts": counts,
    })
}

/// A row for each thing that was counted: tables have no lists in their cells. Money is in minor units of the currency
/// beside it, so that rows can be added up; what is only counted has none.
fn table(lines: &[(String, Logged)], currency: Currency) -> Vec<Vec<String>> {
    const HEADER: [&str; 14] = [
        "id", "at", "kind", "subject", "scope", "day", "channel", "market", "variant", "device", "advocate",
        "currency", "count", "amount",
    ];
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    for (shard, logged) in lines {
        let place = &logged.line.place;
        let of = |value: &Option<String>| value.clone().unwrap_or_default();
        for (count, amount) in &logged.line.counts {
            rows.push(vec![
                format!("{shard}-{}", logged.sequence),
                at(logged),
                logged.kind.to_owned(),
                logged.subject.clone(),
                logged.line.scope.to_string(),
                logged.line.day.to_string(),
                of(&place.channel),
                of(&place.market),
                of(&place.variant),
                of(&place.device),
                logged.line.advocate.map(|advocate| advocate.to_string()).unwrap_or_default(),
                if count.is_money() { currency.code().to_owned() } else { String::new() },
                count.name(),
                amount.to_string(),
            ]);
        }
    }
    rows
}
