//! Answers that are no JSON body: tables as CSV, and one JSON object a line.

use lambda_http::{Body, Response};
use serde_json::Value;

use super::{ApiError, Call, Fault};
use crate::domain::moment::with_moments;

/// How an answer is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What the call has without being asked.
    Usual,
    Csv,
}

impl Format {
    /// From `?format=csv` where a call takes that, else from `Accept`; the first of its types that is known wins.
    pub fn of(call: &Call) -> Result<Self, ApiError> {
        match call.query("format").as_deref() {
            None => {}
            Some("csv") => return Ok(Self::Csv),
            Some(_) => return Err(ApiError::invalid(vec![Fault::new("format", "must be csv")])),
        }
        let accepted = call.header("accept").unwrap_or_default().to_ascii_lowercase();
        let mut types = accepted.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
        let first = types.find(|one| matches!(*one, "text/csv" | "application/json" | "application/x-ndjson" | "*/*"));
        Ok(if first == Some("text/csv") { Self::Csv } else { Self::Usual })
    }
}

/// A table as CSV (RFC 4180), with its header as the first row.
pub fn csv_body(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut body = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| cell_of(cell)).collect();
        body.push_str(&cells.join(","));
        body.push_str("\r\n");
    }
    body
}

/// A cell. Programs that open tables take some beginnings for a formula: a word that begins so is marked as text. A number
/// may be negative.
fn cell_of(cell: &str) -> String {
    let is_number = cell.strip_prefix('-').unwrap_or(cell).bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// A table as the answer; `next` is the cursor of the page that follows.
pub fn csv(rows: impl IntoIterator<Item = Vec<String>>, next: Option<&str>) -> Result<Response<Body>, ApiError> {
    respond("text/csv; charset=utf-8; header=present", csv_body(rows), next)
}

/// One JSON object a line; `next` is the cursor of the page that follows.
pub fn json_lines(lines: impl IntoIterator<Item = Value>, next: Option<&str>) -> Result<Response<Body>, ApiError> {
    let lines: Vec<_> = lines.into_iter().map(|line| with_moments(line).to_string()).chain([String::new()]).collect();
    let body = lines.join("\n");
    respond("application/x-ndjson", body, next)
}

fn respond(kind: &str, body: String, next: Option<&str>) -> Result<Response<Body>, ApiError> {
    let response = Response::builder().status(200).header("content-type", kind).header("cache-control", "no-store");
    let response = match next {
        Some(cursor) => response.header("goodword-next", cursor),
        None => response,
    };
    response.body(Body::Text(body)).map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        let row = ["a", "-12.50", "-1+1", "=SUM(A1)", "@x", "say \"hi\", you", "two\nlines", ""];
        let body = csv_body([row.map(str::to_owned).to_vec()]);
        assert_eq!(body, "a,-12.50,'-1+1,'=SUM(A1),'@x,\"say \"\"hi\"\", you\",\"two\nlines\",\r\n");
    }
}
