// What the template promises to whoever deploys it, kept by tests: nothing here is checked by a
// linter.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::{Template, intrinsics};

const REAL: &str = include_str!("../../../../template.yaml");

fn real() -> Json {
    intrinsics::long_form(REAL).expect("the real template parses")
}

fn resources<'a>(template: &'a Json, r#type: &str) -> Vec<(&'a str, &'a Json)> {
    template["Resources"]
        .as_object()
        .expect("resources")
        .iter()
        .filter(|(_, resource)| resource["Type"] == r#type)
        .map(|(logical_id, resource)| (logical_id.as_str(), resource))
        .collect()
}

fn functions(template: &Json) -> Vec<(&str, &Json)> {
    let functions = resources(template, "AWS::Serverless::Function");
    assert!(!functions.is_empty());
    functions.into_iter().map(|(logical_id, resource)| (logical_id, &resource["Properties"])).collect()
}

fn statements(function: &Json) -> Vec<&Json> {
    let policies = function["Policies"].as_array().expect("Policies is a list");
    // A managed policy is a string or a call by name; both would hide what they allow.
    policies.iter().flat_map(|policy| policy["Statement"].as_array().expect("an inline policy")).collect()
}

/// A string or a list of them, as IAM takes both.
fn listed(value: &Json) -> Vec<&Json> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// Where a statement points, `Fn::Sub` being plain text with holes.
fn text(resource: &Json) -> &str {
    resource.as_str().or_else(|| resource["Fn::Sub"].as_str()).unwrap_or_default()
}

#[test]
fn every_function_logs_to_a_group_of_its_own_that_forgets() {
    let template = real();
    let mut groups = BTreeSet::new();
    for (logical_id, function) in functions(&template) {
        let group = function["LoggingConfig"]["LogGroup"]["Ref"].as_str().expect(logical_id);
        let definition = &template["Resources"][group];
        assert_eq!(definition["Type"], "AWS::Logs::LogGroup", "{logical_id}");
        assert!(!definition["Properties"]["RetentionInDays"].is_null(), "{logical_id}");
        assert!(groups.insert(group), "{logical_id} shares {group}");
    }
}

#[test]
fn every_reader_of_a_stream_reports_single_failures_and_gives_up_somewhere() {
    let template = real();
    let mut readers = 0;
    for (logical_id, function) in functions(&template) {
        let events = function["Events"].as_object().into_iter().flat_map(|events| events.values());
        for event in events.filter(|event| event["Type"] == "DynamoDB") {
            readers += 1;
            let properties = &event["Properties"];
            let responses = &properties["FunctionResponseTypes"];
            assert!(listed(responses).contains(&&Json::from("ReportBatchItemFailures")), "{logical_id}");
            assert_eq!(properties["BisectBatchOnFunctionError"], true, "{logical_id}");
            assert!(properties["MaximumRetryAttempts"].is_u64(), "{logical_id}");
            assert!(properties["MaximumRecordAgeInSeconds"].is_u64(), "{logical_id}");
            assert!(properties["DestinationConfig"]["OnFailure"].is_object(), "{logical_id}");
        }
    }
    assert_eq!(readers, 4);
}

#[test]
fn no_permission_has_a_wildcard_action_or_reaches_everything() {
    let template = real();
    for (logical_id, function) in functions(&template) {
        for statement in statements(function) {
            assert_eq!(statement["Effect"], "Allow", "{logical_id}");
            for action in listed(&statement["Action"]) {
                let action = action.as_str().expect("an action");
                assert!(!action.contains('*'), "{logical_id} may do {action}");
            }
            for resource in listed(&statement["Resource"]) {
                assert_ne!(text(resource), "*", "{logical_id} reaches everything: {statement}");
            }
        }
    }
}

#[test]
fn every_permission_on_a_table_is_held_to_key_prefixes() {
    let template = real();
    for (logical_id, function) in functions(&template) {
        for statement in statements(function) {
            let actions = listed(&statement["Action"]);
            if !actions.iter().any(|action| text(action).starts_with("dynamodb:")) {
                continue;
            }
            // Neither has leading keys, so the condition would hold nothing back.
            assert!(!actions.iter().any(|action| text(action).contains("Scan")), "{logical_id}");
            assert!(!actions.iter().any(|action| text(action).contains("PartiQL")), "{logical_id}");
            let prefixes = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            for prefix in prefixes.as_array().expect(logical_id) {
                let prefix = text(prefix).strip_suffix("#*").expect("a prefix ends in #*");
                assert_eq!(prefix.len(), 3, "{logical_id} reaches {prefix}");
                assert!(prefix.bytes().all(|byte| byte.is_ascii_uppercase()), "{logical_id} reaches {prefix}");
            }
        }
    }
}

#[test]
fn postings_are_only_ever_added() {
    let template = real();
    for (logical_id, function) in functions(&template) {
        for statement in statements(function) {
            if statement.to_string().contains("\"LED#*\"") {
                for action in listed(&statement["Action"]) {
                    let harmless = ["dynamodb:PutItem", "dynamodb:Query"].contains(&text(action));
                    assert!(harmless, "{logical_id} may {action} postings");
                }
            }
        }
    }
}

#[test]
fn redirect_can_send_no_mail() {
    let template = real();
    let (_, redirect) =
        functions(&template).into_iter().find(|(logical_id, _)| *logical_id == "RedirectFunction").expect("redirect");
    for statement in statements(redirect) {
        assert!(!listed(&statement["Action"]).iter().any(|action| text(action).starts_with("ses:")), "{statement}");
    }
}

#[test]
fn the_template_and_the_functions_folder_name_the_same_functions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let folders: BTreeSet<_> = folder
        .read_dir()
        .expect("functions/ is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    let template = Template::parse(REAL).expect("the real template parses");
    let named: BTreeSet<_> = template.functions.into_iter().map(|function| function.name).collect();
    assert_eq!(named, folders);
}

#[test]
fn a_crowd_refused_webhooks_and_a_month_that_costs_too_much_raise_alarms() {
    let template = real();
    let alarm = |name: &str| template["Resources"][name]["Properties"].clone();
    // What no function served: a function behind the API that is not counted would raise it all day.
    let throttled = alarm("ApiThrottled");
    let metrics = throttled["Metrics"].as_array().expect("metrics");
    let counted: BTreeSet<_> =
        metrics.iter().filter_map(|it| it["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"].as_str()).collect();
    let parsed = Template::parse(REAL).expect("the real template parses");
    let behind = parsed.functions.iter().filter(|function| !function.routes.is_empty());
    let behind = behind.map(|function| function.logical_id.as_str()).chain(["HttpApi"]).collect();
    assert_eq!(counted, behind);
    let expression = metrics[0]["Expression"].as_str().expect("an expression");
    for metric in &metrics[1..] {
        assert!(expression.contains(&format!("FILL({}, 0)", text(&metric["Id"]))), "{metric}");
    }
    let refused = alarm("WebhooksRefused");
    assert_eq!((&refused["MetricName"], &refused["Threshold"]), (&Json::from("WebhookRefused"), &Json::from(5)));
    for (logical_id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        assert_eq!(alarm["Properties"]["AlarmActions"]["Fn::If"][0], "HasAlarmEmail", "{logical_id}");
    }
    let budgets = resources(&template, "AWS::Budgets::Budget");
    let [(_, budget)] = budgets.as_slice() else { panic!("one budget") };
    assert_eq!(budget["Condition"], "HasBudget");
    let told = budget["Properties"]["NotificationsWithSubscribers"].as_array().expect("notifications");
    let readers = told.iter().filter(|it| it["Subscribers"][0]["Address"]["Ref"] == "AlarmEmail").count();
    assert_eq!((readers, &template["Parameters"]["MonthlyBudget"]["Default"]), (2, &Json::from(0)));
}

#[test]
fn functions_get_only_the_keys_that_they_use() {
    let template = Template::parse(REAL).expect("the real template parses");
    let mut found: Vec<_> = template
        .functions
        .iter()
        .map(|function| {
            let has = |name: &str| function.variables.contains(name);
            assert_eq!(has("SECRETS_REVISION"), has("GOODWORD_KEYS"), "{}", function.name);
            (function.name.as_str(), ["GOODWORD_KEYS", "GOODWORD_PEPPER", "GOODWORD_OPERATOR_KEY"].map(has))
        })
        .collect();
    found.sort_unstable();
    let expected = [
        ("announce", [true, true, false]),
        ("customers", [true, true, false]),
        ("feedback", [false, false, false]),
        ("links", [true, true, false]),
        ("notify", [true, true, false]),
        ("orders", [true, true, false]),
        ("pages", [true, false, false]),
        ("redirect", [true, false, false]),
        ("reports", [true, true, false]),
        ("review", [true, true, false]),
        ("setup", [true, true, true]),
        ("tally", [false, false, false]),
        ("timers", [true, true, false]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn tables_outlive_the_stack() {
    let template = real();
    for (logical_id, table) in resources(&template, "AWS::DynamoDB::Table") {
        assert_eq!(table["DeletionPolicy"], "Retain", "{logical_id}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{logical_id}");
        assert_eq!(table["Properties"]["DeletionProtectionEnabled"], true, "{logical_id}");
    }
}

#[test]
fn access_logs_hold_no_path_query_or_address() {
    let template = real();
    for (logical_id, api) in resources(&template, "AWS::Serverless::HttpApi") {
        let format = api["Properties"]["AccessLogSettings"]["Fn::If"][1]["Format"].as_str().expect(logical_id);
        let line: Json = serde_json::from_str(format).expect("the access log is JSON");
        let fields = line.as_object().expect("an object");
        for field in fields.values() {
            let personal = ["path", "query", "Ip", "userAgent", "$context.identity"];
            assert!(!personal.iter().any(|word| text(field).contains(word)), "{field}");
        }
    }
}
