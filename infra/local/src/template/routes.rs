// Which function answers which route: the paths of the API's OpenAPI definition. A function with
// routes must also let the API call it, or AWS would answer all of them with 500.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::document::{Resource, parse};
use super::{Route, TemplateError};

/// Where an operation says what answers it.
const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// Integrations that operations share.
const SHARED: &str = "#/components/x-amazon-apigateway-integrations/";
const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Api {
    definition_body: Definition,
}

#[derive(Deserialize)]
struct Definition {
    paths: BTreeMap<String, BTreeMap<String, Json>>,
    components: Components,
}

#[derive(Deserialize)]
struct Components {
    #[serde(rename = "x-amazon-apigateway-integrations")]
    integrations: BTreeMap<String, Integration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Integration {
    r#type: String,
    http_method: String,
    payload_format_version: String,
    uri: Json,
}

/// The route for what no other takes stands under this path and this method, and says so.
const DEFAULT: [&str; 3] = ["$default", "x-amazon-apigateway-any-method", "isDefaultRoute"];

/// The routes of an API, each with the logical id of the function that answers it.
pub(super) fn read(
    api_id: &str,
    api: &Json,
    resources: &BTreeMap<String, Resource>,
) -> Result<Vec<(String, Route)>, TemplateError> {
    let Api { definition_body: Definition { paths, components } } = parse(api_id, api)?;
    let mut functions = BTreeMap::new();
    for (name, integration) in &components.integrations {
        let function = integration.function().ok_or_else(|| {
            TemplateError::new(format!("{api_id}.{name}"), "is no integration that calls a function by payload 2.0")
        })?;
        if !resources.values().any(|resource| lets(resource, api_id, function)) {
            let problem = format!("no AWS::Lambda::Permission lets {api_id} call it by every route");
            return Err(TemplateError::new(function, problem));
        }
        functions.insert(name.as_str(), function);
    }

    let mut routes = Vec::new();
    for (path, operations) in paths {
        for (method, operation) in operations {
            let place = || format!("{api_id} {method} {path}");
            let [default_path, any, is_default] = DEFAULT;
            let route = if [path.as_str(), method.as_str()] == [default_path, any] && operation[is_default] == true {
                Route::default_route()
            } else if METHODS.contains(&method.as_str()) && path.starts_with('/') {
                Route { method: method.to_uppercase(), path: path.clone() }
            } else {
                return Err(TemplateError::new(place(), "is no method"));
            };
            let name = shared(&operation).ok_or_else(|| {
                TemplateError::new(place(), "is not answered by one of the shared integrations, and by nothing else")
            })?;
            let function =
                functions.get(name).ok_or_else(|| TemplateError::new(place(), format!("there is no {name}")))?;
            routes.push(((*function).to_owned(), route));
        }
    }
    Ok(routes)
}

impl Integration {
    /// The logical id of the function that it calls.
    fn function(&self) -> Option<&str> {
        let calls = self.r#type == "aws_proxy" && self.http_method == "POST" && self.payload_format_version == "2.0";
        let uri = self.uri["Fn::Sub"].as_str().filter(|_| calls)?;
        uri.strip_suffix(".Arn}/invocations")?.rsplit_once(":lambda:path/2015-03-31/functions/${").map(|(_, id)| id)
    }
}

/// The shared integration that an operation names.
fn shared(operation: &Json) -> Option<&str> {
    let operation = operation.as_object()?;
    let is_all = operation.keys().all(|key| key == INTEGRATION || key == DEFAULT[2]);
    let operation = Some(operation).filter(|_| is_all)?;
    operation.get(INTEGRATION)?["$ref"].as_str()?.strip_prefix(SHARED)
}

/// Whether a resource is a permission by which this API may call this function, whatever the route.
fn lets(resource: &Resource, api_id: &str, function: &str) -> bool {
    let properties = &resource.properties;
    let source = properties["SourceArn"]["Fn::Sub"].as_str().unwrap_or_default();
    resource.r#type == "AWS::Lambda::Permission"
        && properties["Action"] == "lambda:InvokeFunction"
        && properties["FunctionName"]["Ref"] == function
        && properties["Principal"] == "apigateway.amazonaws.com"
        && source.contains(":execute-api:")
        && source.ends_with(&format!(":${{{api_id}}}/*/*"))
}

#[cfg(test)]
mod tests {
    use super::super::{Route, Template};

    const WHOLE: &str = r##"
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /v1/links/{code}:
            patch: { x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/links" } }
        components:
          x-amazon-apigateway-integrations:
            links:
              type: aws_proxy
              httpMethod: POST
              payloadFormatVersion: "2.0"
              uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Links.Arn}/invocations"
  Links: { Type: AWS::Serverless::Function, Properties: { CodeUri: functions/links/ } }
  LinksCalled:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Links
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*"
"##;

    fn problem(from: &str, to: &str) -> String {
        assert!(WHOLE.contains(from), "{from}");
        Template::parse(&WHOLE.replace(from, to)).expect_err("it is refused").to_string()
    }

    #[test]
    fn a_route_belongs_to_the_function_that_its_integration_calls() {
        let template = Template::parse(WHOLE).expect("it parses");
        let [links] = template.functions.as_slice() else { panic!("one function") };
        assert_eq!(links.routes, [Route { method: "PATCH".into(), path: "/v1/links/{code}".into() }]);
    }

    #[test]
    fn what_is_left_over_has_a_route_that_says_so() {
        let left_over = WHOLE.replace("/v1/links/{code}:", "$default:");
        let any = left_over.replace("patch: {", "x-amazon-apigateway-any-method: { isDefaultRoute: true,");
        let template = Template::parse(&any).expect("it parses");
        assert_eq!(template.functions[0].routes, [Route::default_route()]);
        for wrong in [&left_over, &any.replace("true", "false"), &any.replace("$default", "/v1")] {
            assert!(
                Template::parse(wrong).expect_err("it is refused").to_string().ends_with("is no method"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_function_that_the_api_may_not_call_is_refused() {
        let refused = "template: Links: no AWS::Lambda::Permission lets Api call it by every route";
        assert_eq!(problem("FunctionName: !Ref Links", "FunctionName: !Ref Other"), refused);
        assert_eq!(problem("${Api}/*/*\"", "${Other}/*/*\""), refused);
        assert_eq!(problem("${Api}/*/*\"", "${Api}/*/GET/v1/links\""), refused);
        assert_eq!(problem("AWS::Lambda::Permission", "AWS::Lambda::Alias"), refused);
    }

    #[test]
    fn what_would_be_answered_otherwise_is_refused() {
        let unnamed = "template: Api patch /v1/links/{code}: there is no other";
        assert_eq!(problem("integrations/links\"", "integrations/other\""), unnamed);
        let unknown = "template: Api fetch /v1/links/{code}: is no method";
        assert_eq!(problem("patch:", "fetch:"), unknown);
        let more = problem("patch: {", "patch: { security: [],");
        assert!(more.contains("by nothing else"), "{more}");
        for (from, to) in [("aws_proxy", "http_proxy"), ("\"2.0\"", "\"1.0\""), ("${Links.Arn}", "${Links}")] {
            let refused = problem(from, to);
            assert_eq!(refused, "template: Api.links: is no integration that calls a function by payload 2.0", "{to}");
        }
        let nowhere = problem("Links: { Type: AWS::Serverless::Function", "Links: { Type: AWS::Lambda::Function");
        assert_eq!(nowhere, "template: Links: has routes, but is no function here");
    }
}
