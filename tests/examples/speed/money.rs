//! What a million clicks cost, from counted units and bytes and from measured time.

use serde_json::Value;

use crate::starts::Warm;
use crate::table::Table;

/// What the engine itself tells merchants that things cost.
const PRICES: &str = include_str!("../../../shared/domain/prices/aws.json");
/// US dollars in us-east-1, AWS Price List, read on 2026-11-21.
const LAMBDA_GB_SECOND_ARM: f64 = 1.333_34e-5;
const EGRESS_GB: f64 = 0.09;

/// Memory of the function, in MB (`template.yaml`); a whole processor comes with 1,769.
const MEMORY: f64 = 256.0;
const WHOLE_PROCESSOR: f64 = 1769.0;
/// How long DynamoDB takes to answer a small write within the region, in milliseconds.
const DYNAMODB_MS: f64 = 4.0;
/// The share of clicks that read anew: each sandbox once in three seconds, at ten clicks a second.
const COLD: f64 = 1.0 / 30.0;
/// Read units of a link with its program and shop.
const COLD_UNITS: f64 = 1.5;

pub(crate) fn measure(table: &mut Table, warm: &Warm) {
    let prices: Value = serde_json::from_str(PRICES).expect("JSON");
    let million = |what: &str| {
        prices["regions"]["us-east-1"][what].as_str().and_then(|price| price.parse::<f64>().ok()).expect("a price")
    };
    let duration_ms = (DYNAMODB_MS + warm.cpu_ms * WHOLE_PROCESSOR / MEMORY).ceil();
    let lambda = million("lambda_requests") + MEMORY / 1024.0 * duration_ms * 1000.0 * LAMBDA_GB_SECOND_ARM;
    let storage = million("write_units") + COLD * COLD_UNITS * million("read_units");
    let egress = warm.answer_bytes * 1e6 / f64::from(1 << 30) * EGRESS_GB;
    let api = million("http_api_requests");
    table.at_most(
        "a million clicks, us-east-1, HTTP API included, without its access log, US dollars",
        1.90,
        "",
        api + lambda + storage + egress,
        3,
    );
    let parts = format!(
        "HTTP API {api:.2}, Lambda {lambda:.3} ({duration_ms} ms), DynamoDB {storage:.3}, egress {egress:.3} ({:.0} bytes)",
        warm.answer_bytes
    );
    table.row("… of which", "", parts, None);
}
