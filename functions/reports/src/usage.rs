//! `GET /v1/usage`: what a program's flows consumed, and what AWS asks for that. An estimate from what was counted; the
//! answer says what is in it and what is not.

use serde_json::{Value, json};
use shared::App;
use shared::config::variable;
use shared::domain::tally::{Counts, Dimension, Scope};
use shared::domain::usage::{PriceList, Used, used};
use shared::http::{Answer, ApiError, Call, Fault, Faults};

use crate::stats::{Span, program};

/// How the figures come about.
const HOW: &str = "derived: what was counted, times what one run of the flow consumes as measured in the tests of this \
    version; not metered call by call";
/// What is not among them.
const LEFT_OUT: &str = "repeats and corrections of orders, calls of the API, the clock's minute, counting itself (some 0.02 \
    write units per click in a busy shop, up to 7 per event in a quiet one), cold starts' reads, duration of functions, logs, storage, traffic, free tiers, taxes";

/// Answers each flow with its units and its price.
pub(crate) async fn usage(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let program = program(app, call, merchant).await?;
    let list = PriceList::built_in().ok_or_else(|| ApiError::internal("the price list can't be read"))?;
    let mut faults = Faults::default();
    let span = Span::of(call, app.now(), &program.time_zone, &mut faults);
    let known: Vec<_> = list.regions.keys().cloned().collect();
    let asked = call.query("region");
    if let Some(region) = asked.as_ref().filter(|region| !is_region(region)) {
        faults.push(Fault::new("region", "must be an AWS region such as us-east-1").with(&region.as_str().into()));
    }
    faults.finish()?;
    let region = asked.or_else(|| variable("AWS_REGION")).unwrap_or_default();
    let of_program = sum(app, Scope::Program(program.id), span).await?;
    let of_shop = sum(app, Scope::Shop(program.shop), span).await?;
    let flows = used(&list, &of_program, &of_shop, &region);
    let total = flows.iter().map(|used| used.dollars).sum::<Option<rust_decimal::Decimal>>();
    let mut body = json!({
        "program": program.id,
        "from": span.from,
        "to": span.to,
        "how": HOW,
        "left_out": LEFT_OUT,
        "prices": {"region": region, "date": list.date, "source": list.source, "unit": "USD per million"},
        "flows": flows.iter().map(view).collect::<Vec<_>>(),
        "total_usd": total.map(|dollars| dollars.round_dp(6).to_string()),
    });
    if total.is_none() {
        body["reason"] =
            format!("units are the same everywhere; prices are known for {} only: ?region=", known.join(", ")).into();
    }
    Ok(Answer::ok(body))
}

/// Whether this can be a region: `eu-north-1`, `us-gov-west-1`. New ones come without asking us.
fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [first, between @ .., last] = parts.as_slice() else { return false };
    let word = |part: &&str| (1..=12).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase());
    let number = matches!(last.len(), 1 | 2) && last.bytes().all(|b| b.is_ascii_digit());
    number
        && (2..=4).contains(&first.len())
        && word(first)
        && matches!(between.len(), 1 | 2)
        && between.iter().all(word)
}

async fn sum(app: &App, scope: Scope, span: Span) -> Result<Counts, ApiError> {
    let mut sum = Counts::new();
    for day in app.store.days(scope, Dimension::Total, span.from, span.to).await? {
        for ((_, count), amount) in day.counts {
            *sum.entry(count).or_default() += amount;
        }
    }
    Ok(sum)
}

fn view(used: &Used) -> Value {
    let consumed: serde_json::Map<_, _> =
        used.consumed.iter().map(|(of, many)| (of.clone(), many.normalize().to_string().into())).collect();
    json!({
        "flow": used.flow,
        "runs": used.runs,
        "counted_as": used.counted_as,
        "consumed": consumed,
        "usd": used.dollars.map(|dollars| dollars.round_dp(6).to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_known_by_its_form() {
        for region in
            ["eu-north-1", "us-gov-west-1", "ap-southeast-5", "cn-northwest-1", "eusc-de-east-1", "il-central-1"]
        {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "mars", "eu-north", "EU-NORTH-1", "eu-north-1a", "eu--1", "eu-north-123", "-eu-1", "a-b-1"] {
            assert!(!is_region(other), "{other}");
        }
    }
}
