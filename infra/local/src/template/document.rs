// From the template's JSON to the runner's structs: tables, functions and the API's routes matter
// here, the rest belongs to AWS.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Function, Table, Template, TemplateError, events, permissions, routes};

/// SAM's own default.
const TIMEOUT_SECONDS: u32 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Resource {
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) properties: Json,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionProperties {
    code_uri: String,
    timeout: Option<u32>,
    #[serde(default)]
    events: BTreeMap<String, Resource>,
    #[serde(default)]
    policies: Json,
    #[serde(default)]
    environment: Environment,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    #[serde(default)]
    variables: BTreeMap<String, Json>,
}

pub(super) fn read(document: &Json) -> Result<Template, TemplateError> {
    let default_timeout = match document.pointer("/Globals/Function/Timeout") {
        Some(timeout) => parse("Globals: Timeout", timeout)?,
        None => TIMEOUT_SECONDS,
    };
    let shared: Environment = match document.pointer("/Globals/Function/Environment") {
        Some(environment) => parse("Globals: Environment", environment)?,
        None => Environment::default(),
    };
    let resources: BTreeMap<String, Resource> = parse("Resources", &document["Resources"])?;

    let mut template = Template { tables: Vec::new(), functions: Vec::new() };
    let mut routes = Vec::new();
    for (logical_id, resource) in &resources {
        match resource.r#type.as_str() {
            "AWS::DynamoDB::Table" => {
                // Not needed so far; left out in silence, a query on it would fail only here.
                if resource.properties.get("LocalSecondaryIndexes").is_some() {
                    return Err(TemplateError::new(logical_id, "LocalSecondaryIndexes are not imitated"));
                }
                let definition = parse(logical_id, &resource.properties)?;
                template.tables.push(Table { logical_id: logical_id.clone(), definition });
            }
            "AWS::Serverless::Function" => {
                let mut function = function(logical_id, &resource.properties, default_timeout)?;
                function.variables.extend(shared.variables.keys().cloned());
                template.functions.push(function);
            }
            "AWS::Serverless::HttpApi" => routes.extend(routes::read(logical_id, &resource.properties, &resources)?),
            _ => {}
        }
    }
    for (logical_id, route) in routes {
        let function = template.functions.iter_mut().find(|function| function.logical_id == logical_id);
        let function = function.ok_or_else(|| TemplateError::new(logical_id, "has routes, but is no function here"))?;
        function.routes.push(route);
    }

    let streams = template.functions.iter().flat_map(|function| &function.streams);
    match streams.into_iter().find(|source| template.table(&source.table).is_none()) {
        Some(source) => Err(TemplateError::new(&source.table, "has a reader of its stream, but is no table here")),
        None => Ok(template),
    }
}

fn function(logical_id: &str, properties: &Json, default_timeout: u32) -> Result<Function, TemplateError> {
    let properties: FunctionProperties = parse(logical_id, properties)?;
    let mut function = Function {
        logical_id: logical_id.to_owned(),
        name: folder(&properties.code_uri)
            .ok_or_else(|| TemplateError::new(logical_id, "CodeUri is not functions/<name>/"))?,
        routes: Vec::new(),
        streams: Vec::new(),
        schedules: Vec::new(),
        topics: Vec::new(),
        timeout_seconds: properties.timeout.unwrap_or(default_timeout),
        permissions: permissions::read(logical_id, &properties.policies)?,
        variables: properties.environment.variables.into_keys().collect(),
    };
    for (name, event) in properties.events {
        let place = format!("{logical_id}.{name}");
        match event.r#type.as_str() {
            "HttpApi" => {
                let problem =
                    "routes are in the API's DefinitionBody: as an event each would need a permission of its own";
                return Err(TemplateError::new(place, problem));
            }
            "DynamoDB" => function.streams.push(events::stream(&place, &event.properties)?),
            "SNS" => function.topics.push(events::topic(&place, &event.properties)?),
            "ScheduleV2" => function.schedules.push(events::schedule(&place, &event.properties)?),
            other => {
                return Err(TemplateError::new(place, format!("events of type {other} are not imitated")));
            }
        }
    }
    Ok(function)
}

fn folder(code_uri: &str) -> Option<String> {
    let name = code_uri.trim_start_matches("./").strip_prefix("functions/")?.trim_end_matches('/');
    (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
}

/// Reads one value; an error names its place.
pub(super) fn parse<T: DeserializeOwned>(place: &str, value: &Json) -> Result<T, TemplateError> {
    T::deserialize(value).map_err(|error| TemplateError::new(place, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::Template;

    fn with_event(event: &str) -> String {
        format!(
            "
Resources:
  Books:
    Type: AWS::DynamoDB::Table
    Properties: {{ BillingMode: PAY_PER_REQUEST, KeySchema: [], AttributeDefinitions: [] }}
  Queue: {{ Type: AWS::SQS::Queue }}
  Links:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/links/
      Role: !If [Wanted, !GetAtt Role.Arn, !Ref AWS::NoValue]
      Events:
        Event: {event}
"
        )
    }

    fn problem(event: &str) -> String {
        Template::parse(&with_event(event)).expect_err("it is refused").to_string()
    }

    #[test]
    fn a_function_is_named_after_its_folder_and_has_sams_default_timeout() {
        let yaml = with_event("{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(2 hours) } }");
        let template = Template::parse(&yaml).expect("it parses");
        let [links] = template.functions.as_slice() else { panic!("one function") };
        assert_eq!((links.name.as_str(), links.timeout_seconds), ("links", 3));
    }

    #[test]
    fn a_global_timeout_holds_for_functions_without_their_own() {
        let yaml = "Globals: { Function: { Timeout: 10 } }".to_owned()
            + &with_event("{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(2 hours) } }");
        let template = Template::parse(&yaml).expect("it parses");
        assert_eq!(template.functions[0].timeout_seconds, 10);
        assert_eq!(template.functions[0].schedules[0].every_seconds, 7200);
    }

    #[test]
    fn a_stream_without_filters_brings_every_record() {
        let yaml = with_event("{ Type: DynamoDB, Properties: { Stream: !GetAtt Books.StreamArn } }");
        let template = Template::parse(&yaml).expect("it parses");
        let source = &template.functions[0].streams[0];
        assert_eq!((source.table.as_str(), source.batch_size), ("Books", 100));
        assert!(source.accepts(&serde_json::json!({"eventName": "REMOVE"})));
    }

    #[test]
    fn what_cannot_be_imitated_is_refused_by_name() {
        let refused = problem("{ Type: SQS, Properties: {} }");
        assert_eq!(refused, "template: Links.Event: events of type SQS are not imitated");

        let refused = problem("{ Type: SNS, Properties: { Topic: 'arn:aws:sns:eu-north-1:123456789012:other' } }");
        assert_eq!(refused, "template: Links.Event: Topic is not !Ref <topic>");

        let refused = problem("{ Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 4 * * ? *) } }");
        assert_eq!(refused, "template: Links.Event: cron(0 4 * * ? *) is not rate(<number> <unit>)");

        let refused = problem("{ Type: HttpApi, Properties: { Method: GET, Path: /v1/links } }");
        assert!(refused.starts_with("template: Links.Event: routes are in the API's DefinitionBody"), "{refused}");

        let refused = problem("{ Type: DynamoDB, Properties: { Stream: !GetAtt Queue.StreamArn } }");
        assert_eq!(refused, "template: Queue: has a reader of its stream, but is no table here");

        let refused = problem("{ Type: DynamoDB, Properties: { Stream: !Ref StreamArn } }");
        assert_eq!(refused, "template: Links.Event: Stream is not !GetAtt <table>.StreamArn");

        let refused = problem(
            r#"{ Type: DynamoDB, Properties: { Stream: !GetAtt Books.StreamArn,
                 FilterCriteria: { Filters: [{ Pattern: '{"eventName": [{"suffix": "T"}]}' }] } } }"#,
        );
        assert_eq!(refused, "template: Links.Event: filter at eventName: suffix is not supported");
    }

    #[test]
    fn a_function_outside_the_functions_folder_is_refused() {
        let yaml = with_event("{ Type: SQS }").replace("functions/links/", "src/");
        let refused = Template::parse(&yaml).expect_err("it is refused").to_string();
        assert_eq!(refused, "template: Links: CodeUri is not functions/<name>/");
    }
}
