//! Parts of a description that only help: who else the buyer may be, which language, where it was sold. One that can't be
//! read is left out and noted; no order, and no cancellation, is lost for it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::notes::Notes;

/// A part as it was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Helpful<T> {
    /// Left out, or `null`.
    #[default]
    Absent,
    /// Text of nothing but white space.
    Blank,
    Told(T),
    /// Not what it should be, and why, without saying what it is.
    Unread(String),
}

impl<T> Helpful<T> {
    /// The part, if it was told and could be read; if not, that is noted.
    pub(super) fn take(self, pointer: &str, notes: &mut Notes) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Told(part) => Some(part),
            Self::Blank => {
                notes.left_out(pointer, "is empty");
                None
            }
            Self::Unread(why) => {
                notes.left_out(pointer, &why);
                None
            }
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Helpful<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(value) = Option::<Value>::deserialize(deserializer)? else { return Ok(Self::Absent) };
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(Self::Blank);
        }
        Ok(serde_json::from_value(value).map_or_else(|wrong| Self::Unread(why(&wrong)), Self::Told))
    }
}

/// What our own types say of a value is fit to be told; what `serde` says of a type repeats the value.
fn why(wrong: &serde_json::Error) -> String {
    let told = wrong.to_string();
    if told.starts_with("must ") { told } else { "has not the form that it should have".to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::mark::Phone;
    use crate::domain::text::Text;

    fn read<T: DeserializeOwned>(value: Value) -> (bool, Option<Vec<String>>) {
        let part: Helpful<T> = serde_json::from_value(value).expect("whatever it is");
        let mut notes = Notes::default();
        let is_there = part.take("/part", &mut notes).is_some();
        (is_there, notes.finish())
    }

    #[test]
    fn what_cant_be_read_is_noted_without_saying_what_it_was() {
        let noted = |why: &str| (false, Some(vec![format!("/part was left out: {why}")]));
        assert_eq!(read::<Phone>(json!("070-123 45 67")), (true, None));
        assert_eq!(read::<Phone>(json!(null)), (false, None));
        assert_eq!(read::<Phone>(json!("  ")), noted("is empty"));
        let form = "has not the form that it should have";
        for value in [json!(46_701_234_567_u64), json!(true), json!(["070-123 45 67"]), json!({"no": "070-123 45 67"})]
        {
            assert_eq!(read::<Phone>(value), noted(form));
        }
        let phone = "must be a phone number of 6 to 15 digits, at most 40 characters, such as \"+46 70 123 45 67\"";
        assert_eq!(read::<Phone>(json!("ring på kontoret")), noted(phone));
        assert_eq!(read::<Text<4>>(json!("a secret")), noted("must be 1 to 4 printable characters"));
        assert_eq!(read::<u32>(json!("2")), noted(form));
    }
}
