// What calls a function beside the API: the events of a function's resource, one reader per type.

use serde::Deserialize;
use serde_json::Value as Json;

use super::document::parse;
use super::{Pattern, Schedule, StreamSource, TemplateError};

/// Lambda's own default for a table's stream.
const BATCH_SIZE: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamEvent {
    stream: Json,
    batch_size: Option<usize>,
    tumbling_window_in_seconds: Option<u64>,
    #[serde(default)]
    filter_criteria: FilterCriteria,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleEvent {
    schedule_expression: String,
}

pub(super) fn stream(place: &str, properties: &Json) -> Result<StreamSource, TemplateError> {
    let event: StreamEvent = parse(place, properties)?;
    let table = match event.stream.get("Fn::GetAtt").and_then(Json::as_array).map(Vec::as_slice) {
        Some([Json::String(table), Json::String(attribute)]) if attribute == "StreamArn" => table.clone(),
        _ => {
            return Err(TemplateError::new(place, "Stream is not !GetAtt <table>.StreamArn"));
        }
    };
    let filters = event
        .filter_criteria
        .filters
        .iter()
        .map(|filter| Pattern::parse(&filter.pattern).map_err(|error| error.within(place)))
        .collect::<Result<_, _>>()?;
    let batch_size = event.batch_size.unwrap_or(BATCH_SIZE);
    Ok(StreamSource { table, batch_size, window_seconds: event.tumbling_window_in_seconds, filters })
}

pub(super) fn schedule(place: &str, properties: &Json) -> Result<Schedule, TemplateError> {
    let ScheduleEvent { schedule_expression } = parse(place, properties)?;
    let every_seconds = rate_seconds(&schedule_expression)
        .ok_or_else(|| TemplateError::new(place, format!("{schedule_expression} is not rate(<number> <unit>)")))?;
    Ok(Schedule { every_seconds })
}

pub(super) fn topic(place: &str, properties: &Json) -> Result<String, TemplateError> {
    let topic = properties.pointer("/Topic/Ref").and_then(Json::as_str);
    topic.map(str::to_owned).ok_or_else(|| TemplateError::new(place, "Topic is not !Ref <topic>"))
}

/// Seconds of an expression such as `rate(5 minutes)`; none for any other kind.
fn rate_seconds(expression: &str) -> Option<u64> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let unit_seconds: u64 = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    let count: u64 = count.parse().ok().filter(|count| *count > 0)?;
    count.checked_mul(unit_seconds)
}

#[cfg(test)]
mod tests {
    use super::rate_seconds;

    #[test]
    fn rates_are_counted_in_seconds() {
        assert_eq!(rate_seconds("rate(1 minute)"), Some(60));
        assert_eq!(rate_seconds("rate(5 minutes)"), Some(300));
        assert_eq!(rate_seconds("rate(1 day)"), Some(86_400));
        for other in ["rate(0 minutes)", "rate(1 fortnight)", "rate(1minute)", "at(2026-01-01T00:00:00)", ""] {
            assert_eq!(rate_seconds(other), None, "{other}");
        }
    }
}
