//! `POST /v1/import/customers`: many customers at once, as JSON Lines or CSV. A line that is wrong is told of and keeps no
//! other from being imported; importing the same file again changes nothing.

use serde_json::{Value, json};
use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::money::Currency;
use shared::http::{
    Answer, ApiError, Call, Fault, LineError, Lines, Told, commit, line_faults, read_json_lines, read_line,
};
use shared::store::{Claim, Writes};

use super::change::{Change, apply};
use super::columns::Columns;

/// Customers in one call: what can be written well within the function's time.
const MAX_LINES: usize = 500;
/// Unknown columns that are named at most, and how much of each name, in characters.
const MAX_STRANGE: usize = 50;
const SHOWN: usize = 60;

/// Imports what is right, and answers what is not, by line.
pub(crate) async fn import(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let is_csv = call.header("content-type").is_some_and(|kind| kind.starts_with("text/csv"));
    let text = std::str::from_utf8(call.body()).map_err(|_| {
        ApiError::invalid(vec![Fault::new("", "must be UTF-8 text: JSON Lines, or CSV with content-type text/csv")])
    })?;
    let skips = match call.query("unknown_columns").as_deref() {
        None | Some("refuse") => false,
        Some("skip") => true,
        Some(_) => return Err(ApiError::invalid(vec![Fault::new("unknown_columns", "must be refuse or skip")])),
    };
    let Table { lines, left_out } = if is_csv {
        let row = app.store.merchant_eventually(merchant).await?;
        csv(text, row.ok_or_else(|| ApiError::internal("the merchant is missing"))?.currency, skips)?
    } else {
        Table { lines: read_json_lines(text), left_out: Vec::new() }
    };
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(ApiError::invalid(vec![Fault::new("", format!("must have 1 to {MAX_LINES} customers"))]));
    }
    let (mut imported, mut failed) = (0_u32, Vec::new());
    for (line, read) in lines {
        match one(app, merchant, read).await {
            Ok(()) => imported += 1,
            Err(LineError::Line(detail)) => failed.push(json!({"line": line, "detail": detail})),
            Err(LineError::Storage(failure)) => return Err(failure),
        }
    }
    let mut writes = Writes::default();
    // One line for the whole file: a customer who is in it is set to what it says.
    Told::default().record(app, &mut writes, merchant, ("import_customers", &format!("{imported} customers")))?;
    let answer = Answer::ok(json!({"imported": imported, "failed": failed, "columns_left_out": left_out}));
    Ok(commit(app, claim.as_ref(), writes, answer).await??)
}

async fn one(app: &App, merchant: MerchantId, read: Result<Value, String>) -> Result<(), LineError> {
    let value = read.map_err(LineError::Line)?;
    let change: Change = read_line(value).map_err(LineError::Line)?;
    change.check("").map_err(|faults| LineError::Line(line_faults(&faults)))?;
    match apply(app, merchant, &change, None).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.status() < 500 => Err(LineError::Line(failure.detail().to_owned())),
        Err(failure) => Err(LineError::Storage(failure)),
    }
}

/// What a file of CSV says: its lines, and the columns that were left out.
struct Table {
    lines: Lines,
    left_out: Vec<String>,
}

/// The first line names the fields. `skips`: columns that nobody knows are left out; else they refuse the file.
fn csv(text: &str, currency: Currency, skips: bool) -> Result<Table, ApiError> {
    // Programs that make tables begin them with a mark for the encoding.
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |wrong: csv::Error| ApiError::invalid(vec![Fault::new("", format!("must be CSV: {wrong}"))]);
    let columns = Columns::of(reader.headers().map_err(wrong)?, currency);
    let strange = columns.strange();
    if !skips && !strange.is_empty() {
        let allowed = "unknown column; with ?unknown_columns=skip it is left out";
        let fault = |name: &&str| Fault::new(name.chars().take(SHOWN).collect::<String>(), allowed);
        return Err(ApiError::invalid(strange.iter().take(MAX_STRANGE).map(fault).collect()));
    }
    let left_out = strange.into_iter().chain(columns.unused()).map(str::to_owned).collect();
    let mut lines = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let at = record
            .as_ref()
            .ok()
            .and_then(csv::StringRecord::position)
            .map_or(row + 2, |position| usize::try_from(position.line()).unwrap_or(row + 2));
        lines.push((at, record.map_err(|wrong| wrong.to_string()).map(|record| columns.row(&record))));
    }
    Ok(Table { lines, left_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_csv_says_what_a_line_of_json_says() {
        let text = "email,orders,spend,tags,open_ticket,name\nanna@example.com, 3 ,1200.00 SEK,vip|press,true,\"Öberg, Anna\"\nbo@example.com,,,,,\n";
        let read = csv(text, "SEK".parse().expect("a currency"), false).map_err(|_| "no CSV").expect("CSV");
        let values: Vec<_> = read.lines.into_iter().map(|(line, value)| (line, value.expect("a value"))).collect();
        let anna = json!({"email": "anna@example.com", "orders": 3, "spend": {"amount": "1200.00", "currency": "SEK"},
            "tags": ["vip", "press"], "open_ticket": true, "name": "Öberg, Anna"});
        assert_eq!(values, [(2, anna), (3, json!({"email": "bo@example.com"}))]);
        for (_, value) in values {
            serde_json::from_value::<Change>(value).expect("a change");
        }
    }
}
