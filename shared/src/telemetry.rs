//! Structured logs and metrics. Logs carry ids, never personal data or secrets; metrics go out in CloudWatch's embedded
//! format, one line of JSON on stdout, so counting costs no call.

use lambda_http::tracing::subscriber;
use lambda_http::tracing::subscriber::filter::LevelFilter;
use serde_json::json;

use crate::config::variable;

/// Starts JSON logging at the level that Lambda's logging configuration sets. The runtime's own subscriber would do, but it
/// also takes filters by module, and compiling the patterns for these costs each start more than reading this variable.
pub fn init() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    subscriber::fmt().json().with_max_level(level).with_target(false).without_time().init();
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
