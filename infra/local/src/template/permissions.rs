// What a function may do to which items: its policy statements as far as they are about our tables.

use serde_json::Value as Json;

use super::TemplateError;

/// One statement: these actions, on this table or index, on items whose partition key is like one of these.
#[derive(Debug, Clone)]
pub struct Permission {
    actions: Vec<String>,
    resource: String,
    leading_keys: Vec<String>,
}

/// One thing that a call does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// A table's logical id, such as `CoreTable`, or an index of it, such as `CoreTable/index/due`.
    pub resource: String,
    /// The partition key.
    pub key: String,
}

impl Permission {
    /// Whether the statement lets this through.
    pub fn allows(&self, access: &Access) -> bool {
        self.actions.contains(&access.action)
            && self.resource == access.resource
            && self.leading_keys.iter().any(|pattern| is_like(&access.key, pattern))
    }
}

/// The statements about tables in a function's `Policies`. Others (mail, queues) have nothing here to be held against.
pub(super) fn read(place: &str, policies: &Json) -> Result<Vec<Permission>, TemplateError> {
    let statements = policies.as_array().into_iter().flatten().flat_map(|policy| listed(&policy["Statement"]));
    let mut permissions = Vec::new();
    for statement in statements {
        for resource in listed(&statement["Resource"]).into_iter().filter_map(table_or_index) {
            let leading_keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            let permission =
                Permission { actions: texts(&statement["Action"]), resource, leading_keys: texts(leading_keys) };
            if permission.leading_keys.is_empty() {
                return Err(TemplateError::new(place, "a statement about a table names no leading keys"));
            }
            permissions.push(permission);
        }
    }
    Ok(permissions)
}

/// `!GetAtt CoreTable.Arn` or `!Sub "${CoreTable.Arn}/index/due"` as what [`Access`] calls it.
fn table_or_index(resource: &Json) -> Option<String> {
    let attribute = match &resource["Fn::GetAtt"] {
        Json::String(text) => Some(text.clone()),
        Json::Array(parts) => Some(parts.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(".")),
        _ => None,
    };
    let path =
        attribute.or_else(|| resource["Fn::Sub"].as_str().map(|text| text.replace("${", "").replace('}', "")))?;
    let (table, rest) = path.split_once(".Arn")?;
    table.ends_with("Table").then(|| format!("{table}{rest}"))
}

/// A string or a list of them, as IAM takes both.
fn listed(value: &Json) -> Vec<&Json> {
    value
        .as_array()
        .map_or_else(|| if value.is_null() { vec![] } else { vec![value] }, |values| values.iter().collect())
}

fn texts(value: &Json) -> Vec<String> {
    listed(value).into_iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// IAM's `StringLike`, as far as it is used here: one `*` at the end.
fn is_like(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(text == pattern, |prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_allows_its_actions_on_its_items_only() {
        let policies = json!([{"Statement": [
            {"Action": ["dynamodb:GetItem"], "Resource": {"Fn::GetAtt": "CoreTable.Arn"},
             "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["LNK#*", "MER#*"]}}},
            {"Action": "dynamodb:Query", "Resource": {"Fn::Sub": "${CoreTable.Arn}/index/due"},
             "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DUE#*"]}}},
            {"Action": "ses:SendRawEmail", "Resource": {"Fn::Sub": "arn:aws:ses:::identity/*"}}]}]);
        let permissions = read("here", &policies).expect("reads");
        let may = |action, resource: &str, key: &str| {
            let access = Access { action: String::from(action), resource: resource.into(), key: key.into() };
            permissions.iter().any(|permission| permission.allows(&access))
        };
        assert!(
            may("dynamodb:GetItem", "CoreTable", "LNK#ANNA10") && may("dynamodb:Query", "CoreTable/index/due", "DUE#1")
        );
        for (action, resource, key) in [
            ("dynamodb:PutItem", "CoreTable", "LNK#ANNA10"),
            ("dynamodb:GetItem", "CoreTable", "PER#x"),
            ("dynamodb:GetItem", "ClicksTable", "LNK#x"),
            ("dynamodb:Query", "CoreTable", "DUE#1"),
        ] {
            assert!(!may(action, resource, key), "{action} {resource} {key}");
        }
        let everything =
            json!([{"Statement": [{"Action": "dynamodb:GetItem", "Resource": {"Fn::GetAtt": "CoreTable.Arn"}}]}]);
        assert!(read("here", &everything).is_err());
    }
}
