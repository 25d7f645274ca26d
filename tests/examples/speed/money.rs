//! What a million clicks cost. Prices of us-east-1 in US dollars, AWS Price List, read on 2026-11-21.

use crate::table::Table;

const WRITE_UNIT: f64 = 0.625e-6;
const READ_UNIT: f64 = 0.125e-6;
const HTTP_API_REQUEST: f64 = 1.00e-6;
const LAMBDA_REQUEST: f64 = 0.20e-6;
const LAMBDA_GB_SECOND_ARM: f64 = 1.333_34e-5;
const EGRESS_GB: f64 = 0.09;

/// Memory of the function, in MB (`template.yaml`); a whole processor comes with 1,769.
const MEMORY: f64 = 256.0;
const WHOLE_PROCESSOR: f64 = 1769.0;
/// How long DynamoDB takes to answer a small write within the region, in milliseconds.
const DYNAMODB_MS: f64 = 4.0;
/// The share of clicks that read the link anew: each sandbox once in three seconds, at ten clicks a second.
const COLD: f64 = 1.0 / 30.0;
/// Bytes of an answer with its headers.
const ANSWER: f64 = 600.0;

/// `warm_ms`: processor time of a warm visit, in milliseconds, measured here.
pub(crate) fn measure(table: &mut Table, warm_ms: f64) {
    let duration_ms = (DYNAMODB_MS + warm_ms * WHOLE_PROCESSOR / MEMORY).ceil();
    let lambda = LAMBDA_REQUEST + MEMORY / 1024.0 * duration_ms / 1000.0 * LAMBDA_GB_SECOND_ARM;
    // A cold link brings program and shop along at worst.
    let storage = WRITE_UNIT + COLD * 1.5 * READ_UNIT;
    let egress = ANSWER / f64::from(1 << 30) * EGRESS_GB;
    let million = |dollars: f64| dollars * 1e6;
    let total = million(HTTP_API_REQUEST + lambda + storage + egress);
    table.at_most(
        "a million clicks, us-east-1, HTTP API included, without its access log, US dollars",
        1.90,
        "",
        total,
        3,
    );
    let parts = format!(
        "HTTP API {:.2}, Lambda {:.3}, DynamoDB {:.3}, egress {:.3}",
        million(HTTP_API_REQUEST),
        million(lambda),
        million(storage),
        million(egress)
    );
    table.row("… of which", "", parts, None);
}
