// The part of Lambda's event filter syntax that the template uses: nested objects down to arrays of
// exact values and prefixes. Syntax:
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html

use serde_json::Value as Json;

use super::TemplateError;

/// One pattern of an event source's `FilterCriteria`.
#[derive(Debug, Clone)]
pub struct Pattern(Node);

#[derive(Debug, Clone)]
enum Node {
    /// Each of these fields must be there and match.
    Fields(Vec<(String, Node)>),
    /// The value must match one of these.
    OneOf(Vec<Matcher>),
}

#[derive(Debug, Clone)]
enum Matcher {
    Exact(Json),
    Prefix(String),
}

impl Pattern {
    /// Parses a pattern given as JSON text.
    pub fn parse(json: &str) -> Result<Self, TemplateError> {
        let pattern: Json =
            serde_json::from_str(json).map_err(|error| TemplateError::new("filter", error.to_string()))?;
        match pattern {
            Json::Object(_) => Ok(Self(node("", &pattern)?)),
            _ => Err(TemplateError::new("filter", "is no object")),
        }
    }

    /// Whether a stream record, in the shape of a Lambda event's `Records`, passes.
    pub fn matches(&self, record: &Json) -> bool {
        self.0.matches(record)
    }
}

fn node(path: &str, pattern: &Json) -> Result<Node, TemplateError> {
    match pattern {
        Json::Object(fields) if !fields.is_empty() => fields
            .iter()
            .map(|(name, pattern)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                Ok((name.clone(), node(&path, pattern)?))
            })
            .collect::<Result<_, _>>()
            .map(Node::Fields),
        Json::Array(values) if !values.is_empty() => {
            values.iter().map(|value| matcher(path, value)).collect::<Result<_, _>>().map(Node::OneOf)
        }
        other => Err(unsupported(path, other)),
    }
}

fn matcher(path: &str, value: &Json) -> Result<Matcher, TemplateError> {
    match value {
        Json::Object(rule) => {
            let rules: Vec<_> = rule.iter().collect();
            match rules.as_slice() {
                [(name, Json::String(prefix))] if *name == "prefix" => Ok(Matcher::Prefix(prefix.clone())),
                [(name, argument)] if *name == "prefix" => Err(unsupported(path, argument)),
                [(name, _)] => Err(unsupported(path, name)),
                _ => Err(unsupported(path, value)),
            }
        }
        Json::Array(_) => Err(unsupported(path, value)),
        exact => Ok(Matcher::Exact(exact.clone())),
    }
}

fn unsupported(path: &str, what: impl std::fmt::Display) -> TemplateError {
    let place = if path.is_empty() { "filter".to_owned() } else { format!("filter at {path}") };
    TemplateError::new(place, format!("{what} is not supported"))
}

impl Node {
    fn matches(&self, value: &Json) -> bool {
        match self {
            Self::Fields(fields) => {
                fields.iter().all(|(name, node)| value.get(name).is_some_and(|value| node.matches(value)))
            }
            Self::OneOf(matchers) => matchers.iter().any(|matcher| match matcher {
                Matcher::Exact(exact) => exact == value,
                Matcher::Prefix(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix.as_str())),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use serde_json::{Value, json};

    fn matches(pattern: &Value, record: &Value) -> bool {
        Pattern::parse(&pattern.to_string()).expect("a pattern").matches(record)
    }

    #[test]
    fn every_field_must_match_one_of_its_values() {
        let pattern = json!({
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "OUT#"}, "LED#1"]}}},
        });
        let record = |event: &str, pk: &str| json!({"eventName": event, "dynamodb": {"Keys": {"pk": {"S": pk}}}});
        assert!(matches(&pattern, &record("INSERT", "OUT#1")));
        assert!(matches(&pattern, &record("MODIFY", "LED#1")));
        assert!(!matches(&pattern, &record("REMOVE", "OUT#1")));
        assert!(!matches(&pattern, &record("INSERT", "LED#12")));
        assert!(!matches(&pattern, &record("INSERT", "out#1")));
    }

    #[test]
    fn a_field_that_is_missing_or_of_another_type_does_not_match() {
        let pattern = json!({"dynamodb": {"NewImage": {"state": {"S": [{"prefix": ""}]}}}});
        assert!(matches(&pattern, &json!({"dynamodb": {"NewImage": {"state": {"S": "due"}}}})));
        assert!(!matches(&pattern, &json!({"dynamodb": {"NewImage": {"state": {"N": "1"}}}})));
        assert!(!matches(&pattern, &json!({"dynamodb": "INSERT"})));
        assert!(!matches(&pattern, &json!({})));
    }

    #[test]
    fn values_are_exact_in_type_too() {
        assert!(matches(&json!({"a": {"BOOL": [true]}}), &json!({"a": {"BOOL": true}})));
        assert!(!matches(&json!({"a": {"N": [1]}}), &json!({"a": {"N": "1"}})));
        assert!(matches(&json!({"a": [null]}), &json!({"a": null})));
        assert!(!matches(&json!({"a": [null]}), &json!({})));
    }

    #[test]
    fn a_rule_that_is_not_known_is_named() {
        for (pattern, problem) in [
            (json!({"a": {"b": [{"anything-but": ["x"]}]}}), "filter at a.b: anything-but is not supported"),
            (json!({"a": [{"exists": false}]}), "filter at a: exists is not supported"),
            (json!({"a": [{"prefix": {"equals-ignore-case": "x"}}]}), r#"{"equals-ignore-case":"x"} is not supported"#),
            (json!({"$or": [{"a": ["x"]}]}), "filter at $or: a is not supported"),
            (json!({"a": "x"}), r#"filter at a: "x" is not supported"#),
            (json!({"a": []}), "filter at a: [] is not supported"),
            (json!({}), "filter: {} is not supported"),
            (json!(["x"]), "filter: is no object"),
        ] {
            let error = Pattern::parse(&pattern.to_string()).expect_err("it is refused").to_string();
            assert!(error.ends_with(problem), "{error}");
        }
        assert!(Pattern::parse("{").is_err());
    }
}
