//! Many things in one body, one JSON object a line: one that is wrong is told of and keeps no other from being taken.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ApiError, Fault};

/// Lines by their number in the body, from 1; `Err`: what is wrong with one.
pub type Lines = Vec<(usize, Result<Value, String>)>;

/// Why a line was not taken.
pub enum LineError {
    /// The line itself is wrong, and this is told of it.
    Line(String),
    /// Nothing is wrong with the line: the whole call is to be made again.
    Storage(ApiError),
}

/// The lines of a body; empty ones are none.
pub fn read_json_lines(text: &str) -> Lines {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |line| serde_json::from_str(line).map_err(|wrong: serde_json::Error| format!("no JSON: {wrong}"));
    lines.map(|(at, line)| (at + 1, read(line))).collect()
}

/// What a line says. The error names the field.
pub fn read_line<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|wrong| {
        let place = wrong.path().to_string();
        if place == "." { wrong.inner().to_string() } else { format!("{place}: {}", wrong.inner()) }
    })
}

/// Faults of a line in one sentence.
pub fn line_faults(faults: &[Fault]) -> String {
    let told = faults.iter().map(|fault| format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.detail));
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_whatever_is_wrong_with_them() {
        let read = read_json_lines("{\"email\": \"a@b.example\"}\n\n{\n");
        assert_eq!(read.iter().map(|(line, read)| (*line, read.is_ok())).collect::<Vec<_>>(), [(1, true), (3, false)]);
    }
}
