//! Structured logs and metrics. Logs carry ids, never personal data or secrets; metrics go out in CloudWatch's embedded
//! format, one line of JSON on stdout, so counting costs no call.

use serde_json::json;

/// Starts JSON logging at the level that Lambda's logging configuration sets.
pub fn init() {
    lambda_http::tracing::init_default_subscriber();
}

/// Counts one occurrence, e.g. `count("redirect", "ClickLost")`. Alarms in `template.yaml` watch these names.
pub fn count(service: &str, metric: &str) {
    let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
    let line = json!({
        "_aws": {
            "Timestamp": u64::try_from(at).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{"Namespace": "Goodword", "Dimensions": [["service"]], "Metrics": [{"Name": metric, "Unit": "Count"}]}],
        },
        "service": service,
        metric: 1,
    });
    println!("{line}");
}
