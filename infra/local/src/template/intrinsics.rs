// CloudFormation's short tags (`!Ref x`) are not plain YAML. Each becomes its long form (`{"Ref":
// "x"}`), after which the template is plain JSON that serde reads.

use serde_json::{Map, Value as Json, json};
use serde_yaml_ng::Value as Yaml;

use super::TemplateError;

/// The template as JSON, with every intrinsic function in its long form.
pub(super) fn long_form(yaml: &str) -> Result<Json, TemplateError> {
    let document: Yaml =
        serde_yaml_ng::from_str(yaml).map_err(|error| TemplateError::new("YAML", error.to_string()))?;
    convert(document)
}

fn convert(value: Yaml) -> Result<Json, TemplateError> {
    match value {
        Yaml::Sequence(items) => items.into_iter().map(convert).collect(),
        Yaml::Mapping(entries) => entries
            .into_iter()
            .map(|(key, value)| match key {
                Yaml::String(key) => Ok((key, convert(value)?)),
                other => Err(TemplateError::new("YAML", format!("a key that is no string: {other:?}"))),
            })
            .collect::<Result<Map<_, _>, _>>()
            .map(Json::Object),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            Ok(call(tag.trim_start_matches('!'), &convert(tagged.value)?))
        }
        plain => {
            serde_json::to_value(&plain).map_err(|error| TemplateError::new(format!("{plain:?}"), error.to_string()))
        }
    }
}

/// `Ref` and `Condition` keep their names; `GetAtt` alone also has a dotted spelling.
fn call(name: &str, argument: &Json) -> Json {
    match (name, argument) {
        ("Ref" | "Condition", _) => json!({ name: argument }),
        ("GetAtt", Json::String(dotted)) => match dotted.split_once('.') {
            Some((resource, attribute)) => json!({ "Fn::GetAtt": [resource, attribute] }),
            None => json!({ "Fn::GetAtt": [dotted] }),
        },
        _ => json!({ format!("Fn::{name}"): argument }),
    }
}

#[cfg(test)]
mod tests {
    use super::long_form;
    use serde_json::json;

    #[test]
    fn short_tags_become_their_long_forms_at_any_depth() {
        let yaml = r#"
A: !Ref Table
B: !GetAtt Table.StreamArn
C: !Sub "${Table.Arn}/index/x"
D: !If [Wanted, [!Ref Topic], !Ref AWS::NoValue]
E: !Not [!Condition Wanted]
F: { Timeout: 10, Enabled: true, Nothing: null }
"#;
        assert_eq!(
            long_form(yaml).expect("it parses"),
            json!({
                "A": {"Ref": "Table"},
                "B": {"Fn::GetAtt": ["Table", "StreamArn"]},
                "C": {"Fn::Sub": "${Table.Arn}/index/x"},
                "D": {"Fn::If": ["Wanted", [{"Ref": "Topic"}], {"Ref": "AWS::NoValue"}]},
                "E": {"Fn::Not": [{"Condition": "Wanted"}]},
                "F": {"Timeout": 10, "Enabled": true, "Nothing": null},
            })
        );
    }

    #[test]
    fn what_is_no_yaml_is_an_error() {
        assert!(long_form("a: [1").is_err());
        assert!(long_form("1: one").expect_err("a number as key").to_string().contains("no string"));
    }
}
