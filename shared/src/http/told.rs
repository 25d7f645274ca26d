//! Who does something and why, as a call may say beside what it asks for. It goes on record with what is done.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::body::{escape, parse};
use super::{ApiError, Fault};
use crate::App;
use crate::domain::id::MerchantId;
use crate::store::{AuditRow, StoreError, Writes};

/// Who does it where nobody is named: whoever has the key.
const NOBODY: &str = "api";
/// The longest name of a person.
const MAX_ACTOR: usize = 100;
/// The longest reason.
const MAX_REASON: usize = 500;

/// Who and why, and which fields the body named beside that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    actor: Option<String>,
    reason: Option<String>,
    fields: Vec<String>,
}

impl Told {
    /// Somebody, where the call names nobody.
    #[must_use]
    pub fn or_by(self, actor: &str) -> Self {
        Self { actor: self.actor.or_else(|| Some(actor.to_owned())), ..self }
    }

    /// Adds to the writes that it was done.
    pub fn record(
        &self,
        app: &App,
        writes: &mut Writes,
        merchant: MerchantId,
        (action, subject): (&str, &str),
    ) -> Result<(), StoreError> {
        self.put(app, writes, merchant, (action, subject), Vec::new())
    }

    /// The same of a change, with the fields that it named.
    pub fn record_change(
        &self,
        app: &App,
        writes: &mut Writes,
        merchant: MerchantId,
        (action, subject): (&str, &str),
    ) -> Result<(), StoreError> {
        self.put(app, writes, merchant, (action, subject), self.fields.clone())
    }

    fn put(
        &self,
        app: &App,
        writes: &mut Writes,
        merchant: MerchantId,
        (action, subject): (&str, &str),
        changed: Vec<String>,
    ) -> Result<(), StoreError> {
        let row = AuditRow {
            merchant,
            order: None,
            version: 0,
            at: app.now(),
            actor: self.actor.clone().unwrap_or_else(|| NOBODY.to_owned()),
            action: action.to_owned(),
            subject: subject.to_owned(),
            reason: self.reason.clone().unwrap_or_default(),
            changed,
        };
        app.store.put_record(writes, &row, app.ulid())
    }
}

/// The body without who and why, and these.
pub(super) fn told<T: DeserializeOwned>(body: &[u8]) -> Result<(T, Told), ApiError> {
    // An object and nothing else: a list would be read field by field.
    let mut object = parse::<Map<String, Value>>(body)?;
    let names_somebody = object.contains_key("actor") || object.contains_key("reason");
    let actor = line(object.remove("actor"), "/actor", MAX_ACTOR)?;
    let reason = line(object.remove("reason"), "/reason", MAX_REASON)?;
    let fields = object.keys().map(|name| escape(name)).collect();
    // Read as it came wherever that can be: a field that is there twice is told of then.
    let rest = if names_somebody { parse(Value::Object(object).to_string().as_bytes())? } else { parse(body)? };
    Ok((rest, Told { actor, reason, fields }))
}

/// One line of text that people read; `null` says nothing.
fn line(value: Option<Value>, pointer: &str, most: usize) -> Result<Option<String>, ApiError> {
    let allowed = || format!("must be 1 to {most} characters without control characters");
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim().to_owned();
            let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
            fits.then_some(Some(text)).ok_or_else(|| ApiError::invalid(vec![Fault::new(pointer, allowed())]))
        }
        Some(_) => Err(ApiError::malformed(Fault::new(pointer, "invalid type: must be text"))),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        #[expect(dead_code, reason = "only parsed")]
        name: Option<String>,
    }

    fn read(body: &Value) -> Result<Told, u16> {
        told::<Sample>(body.to_string().as_bytes()).map(|(_, told)| told).map_err(|error| error.status())
    }

    #[test]
    fn who_and_why_stand_beside_what_is_asked_for() {
        let told = |actor: Option<&str>, reason: Option<&str>, fields: &[&str]| Told {
            actor: actor.map(str::to_owned),
            reason: reason.map(str::to_owned),
            fields: fields.iter().map(|name| (*name).to_owned()).collect(),
        };
        let cases = [
            (json!({}), Ok(told(None, None, &[]))),
            (json!({"name": "x"}), Ok(told(None, None, &["name"]))),
            (json!({"name": "x", "actor": " Åsa "}), Ok(told(Some("Åsa"), None, &["name"]))),
            (json!({"actor": "Eva", "reason": "asked"}), Ok(told(Some("Eva"), Some("asked"), &[]))),
            (json!({"actor": null}), Ok(told(None, None, &[]))),
            (json!({"actor": ""}), Err(422)),
            (json!({"actor": "x".repeat(101)}), Err(422)),
            (json!({"reason": "two\nlines"}), Err(422)),
            (json!({"actor": 7}), Err(400)),
            (json!({"actor": "Eva", "colour": 1}), Err(400)),
            (json!([]), Err(400)),
        ];
        for (body, expected) in cases {
            assert_eq!(read(&body), expected, "{body}");
        }
        assert!(super::told::<Sample>(b"{\"name\": \"x\", \"name\": \"y\"}").is_err(), "a field twice");
    }
}
