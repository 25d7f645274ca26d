//! Times as they leave the engine: RFC 3339 in UTC with always three digits of a second, so that they sort as text. Rows keep
//! what they have, because decisions are made again to the same bytes; it is written so where it goes out.

use jiff::Timestamp;
use serde_json::Value;

/// A time as everybody outside gets it, such as `2026-11-21T10:00:00.000Z`.
pub fn moment(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Members that hold a time. DESIGN: times end in `_at`; the rest is what is not a moment of ours but until or since when.
fn is_time(name: &str) -> bool {
    matches!(name, "at" | "since" | "timestamp")
        || ["_at", "_until", "_since", "_before"].iter().any(|end| name.ends_with(end))
}

/// Has all times in JSON written as [`moment`] does. They are known by their members' names: a text of the merchant's own
/// that looks like a time stays as it was given.
#[must_use]
pub fn with_moments(mut value: Value) -> Value {
    write(&mut value);
    value
}

fn write(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(write),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    Value::String(text) if is_time(name) => {
                        if let Ok(at) = text.parse::<Timestamp>() {
                            *text = moment(at);
                        }
                    }
                    value => write(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The same for JSON of ours in which times have no names of their own, as facts of orders have them: every text and every
/// name that is a time.
#[must_use]
pub fn with_moments_throughout(value: Value) -> Value {
    let written = |text: String| text.parse().map_or(text, moment);
    match value {
        Value::String(text) if text.as_bytes().get(10) == Some(&b'T') => Value::String(written(text)),
        Value::Array(values) => values.into_iter().map(with_moments_throughout).collect(),
        Value::Object(members) => {
            let member = |(name, value)| (written(name), with_moments_throughout(value));
            Value::Object(members.into_iter().map(member).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_time_has_three_digits_and_nothing_else_is_touched() {
        let told = with_moments(json!({
            "created_at": "2026-11-21T10:00:00Z",
            "rows": [{"at": "2026-11-21T10:00:00.12Z", "hold_until": "2026-11-21T10:00:00.123456789Z", "done_at": null}],
            "data": {"timestamp": "2026-11-21T10:00:00.5Z", "failing_since": "2026-11-21T12:00:00+02:00"},
            "id": "2026-11-21T10:00:00Z", "reason": "2026-11-21T10:00:00Z", "low_at": 20, "noted_at": "soon",
        }));
        let expected = json!({
            "created_at": "2026-11-21T10:00:00.000Z",
            "rows": [{"at": "2026-11-21T10:00:00.120Z", "hold_until": "2026-11-21T10:00:00.123Z", "done_at": null}],
            "data": {"timestamp": "2026-11-21T10:00:00.500Z", "failing_since": "2026-11-21T10:00:00.000Z"},
            "id": "2026-11-21T10:00:00Z", "reason": "2026-11-21T10:00:00Z", "low_at": 20, "noted_at": "soon",
        });
        assert_eq!(told, expected);
        assert_eq!(with_moments(told.clone()), told);
    }

    #[test]
    fn facts_have_times_without_names() {
        let facts =
            json!({"email": ["2026-11-21T10:00:00Z", "x"], "marks": {"2026-11-21T10:00:00.5Z": {}}, "tag": "2026"});
        let told = with_moments_throughout(facts);
        let expected = json!({"email": ["2026-11-21T10:00:00.000Z", "x"], "marks": {"2026-11-21T10:00:00.500Z": {}}, "tag": "2026"});
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_later_is_greater_as_text() {
        let times =
            ["2026-11-21T10:00:00Z", "2026-11-21T10:00:00.010Z", "2026-11-21T10:00:00.1Z", "2026-11-21T10:00:01Z"];
        let written: Vec<_> = times.map(|time| moment(time.parse().expect("a time"))).to_vec();
        assert!(written.is_sorted(), "{written:?}");
        let as_before: Vec<_> = times.map(|time| time.parse::<Timestamp>().expect("a time").to_string()).to_vec();
        assert!(!as_before.is_sorted(), "as they were written they did not sort: {as_before:?}");
    }
}
