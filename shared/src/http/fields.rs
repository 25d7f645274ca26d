//! Reading a JSON body field by field, for bodies so large that a caller must learn of every fault at once: wrong types,
//! unknown and missing fields, values out of range. `serde` stops at the first one. Whatever can't be read is noted and
//! read as absent, so that the rest is read too.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::body::escape;
use super::{Fault, Faults};

/// A value at its place in a body.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    pointer: String,
    value: &'a Value,
    faults: &'a RefCell<Faults>,
}

/// An object at its place in a body.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    pointer: String,
    map: &'a Map<String, Value>,
    known: &'static [&'static str],
    faults: &'a RefCell<Faults>,
}

impl<'a> Field<'a> {
    /// A fault at this place, with its value.
    pub fn fault(&self, allowed: impl Into<String>) -> Fault {
        Fault::new(self.pointer.clone(), allowed).with(self.value)
    }

    /// Notes a fault at this place unless the condition holds.
    pub fn unless(&self, holds: bool, allowed: impl Into<String>) {
        if !holds {
            self.faults.borrow_mut().push(self.fault(allowed));
        }
    }

    fn or_fault<T>(&self, read: Option<T>, allowed: impl Into<String>) -> Option<T> {
        self.unless(read.is_some(), allowed);
        read
    }

    /// Text.
    pub fn text(&self) -> Option<&'a str> {
        self.or_fault(self.value.as_str(), "must be text")
    }

    /// One line of text that people read, 1 to so many characters.
    pub fn line(&self, most: usize) -> Option<&'a str> {
        let fits = |text: &&str| {
            let visible = !text.trim().is_empty() && !text.chars().any(char::is_control);
            visible && text.chars().count() <= most
        };
        let text = self.value.as_str().filter(fits);
        self.or_fault(text, format!("must be 1 to {most} characters without control characters"))
    }

    /// `true` or `false`.
    pub fn flag(&self) -> Option<bool> {
        self.or_fault(self.value.as_bool(), "must be true or false")
    }

    /// A whole number in a range.
    pub fn whole(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let number = self.value.as_u64().and_then(|number| u32::try_from(number).ok());
        let (least, most) = (range.start(), range.end());
        self.or_fault(
            number.filter(|number| range.contains(number)),
            format!("must be a whole number from {least} to {most}"),
        )
    }

    /// Text of a type that says itself what is wrong.
    pub fn parse<T: FromStr<Err: Display>>(&self) -> Option<T> {
        match self.text()?.parse() {
            Ok(value) => Some(value),
            Err(fault) => self.or_fault(None, fault.to_string()),
        }
    }

    /// Text of a type whose own words would not help the caller.
    pub fn parse_as<T: FromStr>(&self, allowed: &str) -> Option<T> {
        self.or_fault(self.value.as_str().and_then(|text| text.parse().ok()), allowed)
    }

    /// One of several words, each with what it means.
    pub fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| self.value.as_str() == Some(word)).map(|(_, meaning)| *meaning);
        let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        self.or_fault(found, format!("must be one of {}", allowed.join(", ")))
    }

    /// The entries of a list of so many at most; of a longer one the first ones.
    pub fn list(&self, most: usize) -> Option<Vec<Self>> {
        let entries = self.or_fault(self.value.as_array(), "must be a list")?;
        self.unless(entries.len() <= most, format!("must have at most {most} entries"));
        let entry = |(index, value)| Self { pointer: format!("{}/{index}", self.pointer), value, faults: self.faults };
        Some(entries.iter().enumerate().take(most).map(entry).collect())
    }

    /// An object with these fields and no others.
    pub fn fields(&self, known: &'static [&'static str]) -> Option<Fields<'a>> {
        let map = self.or_fault(self.value.as_object(), "must be an object")?;
        Some(Fields::at(self.pointer.clone(), map, known, self.faults))
    }
}

impl<'a> Fields<'a> {
    /// A body with these fields and no others.
    pub fn of(map: &'a Map<String, Value>, known: &'static [&'static str], faults: &'a RefCell<Faults>) -> Self {
        Self::at(String::new(), map, known, faults)
    }

    fn at(
        pointer: String,
        map: &'a Map<String, Value>,
        known: &'static [&'static str],
        faults: &'a RefCell<Faults>,
    ) -> Self {
        for (name, value) in map.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let field = Field { pointer: format!("{pointer}/{}", escape(name)), value, faults };
            field.unless(false, format!("unknown field; the fields here are {}", known.join(", ")));
        }
        Self { pointer, map, known, faults }
    }

    /// A field, unless it was left out or is `null`.
    pub fn get(&self, name: &str) -> Option<Field<'a>> {
        debug_assert!(self.known.contains(&name), "{name} would be refused as unknown");
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Field { pointer: format!("{}/{name}", self.pointer), value, faults: self.faults })
    }

    /// A field that must be there.
    pub fn required(&self, name: &str) -> Option<Field<'a>> {
        let field = self.get(name);
        self.unless(field.is_some(), name, "is required");
        field
    }

    /// Notes a fault at a field, whether it is there or not, unless the condition holds.
    pub fn unless(&self, holds: bool, name: &str, allowed: impl Into<String>) {
        if !holds {
            let fault = Fault::new(format!("{}/{name}", self.pointer), allowed);
            let fault = self.map.get(name).map_or(fault.clone(), |value| fault.with(value));
            self.faults.borrow_mut().push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: &[&str] = &["name", "days", "flag", "state", "zone", "list", "inner", "must"];

    fn faults(body: &Value, read: impl FnOnce(&Fields<'_>)) -> Vec<Value> {
        let faults = RefCell::default();
        read(&Fields::of(body.as_object().expect("an object"), KNOWN, &faults));
        let shown = |fault: &Fault| json!([fault.pointer, fault.detail, fault.value]);
        faults.into_inner().all().iter().map(shown).collect()
    }

    #[test]
    fn every_fault_is_noted_with_its_place_its_value_and_what_is_allowed() {
        let body = json!({"name": "", "days": 366, "flag": "yes", "state": "off", "zone": 7, "list": [1, "a", 2.5],
            "inner": {"days": -1, "a/b": null}, "must": null});
        let told = faults(&body, |body| {
            body.get("name").expect("is there").line(10);
            body.get("days").expect("is there").whole(1..=365);
            body.get("flag").expect("is there").flag();
            body.get("state").expect("is there").choice(&[("active", 1), ("paused", 2)]);
            body.get("zone").expect("is there").parse::<u8>();
            for entry in body.get("list").expect("is there").list(2).expect("a list") {
                entry.text();
            }
            let inner = body.get("inner").expect("is there").fields(&["days"]).expect("an object");
            inner.get("days").expect("is there").whole(0..=1);
            inner.unless(false, "more", "is missed");
            assert!(body.required("must").is_none());
        });
        assert_eq!(
            told,
            [
                json!(["/name", "must be 1 to 10 characters without control characters", ""]),
                json!(["/days", "must be a whole number from 1 to 365", 366]),
                json!(["/flag", "must be true or false", "yes"]),
                json!(["/state", "must be one of active, paused", "off"]),
                json!(["/zone", "must be text", 7]),
                json!(["/list", "must have at most 2 entries", [1, "a", 2.5]]),
                json!(["/list/0", "must be text", 1]),
                json!(["/inner/a~1b", "unknown field; the fields here are days", null]),
                json!(["/inner/days", "must be a whole number from 0 to 1", -1]),
                json!(["/inner/more", "is missed", null]),
                json!(["/must", "is required", null]),
            ]
        );
    }

    #[test]
    fn what_can_be_read_is_read_and_null_is_as_if_left_out() {
        let told = faults(&json!({"name": "Å", "days": 0, "zone": "8", "list": ["a"], "flag": null}), |body| {
            assert_eq!(body.get("name").and_then(|field| field.line(1)), Some("Å"));
            assert_eq!(body.get("days").and_then(|field| field.whole(0..=9)), Some(0));
            assert_eq!(body.get("zone").and_then(|field| field.parse::<u8>()), Some(8));
            assert_eq!(body.get("list").and_then(|field| field.list(1)).map(|list| list.len()), Some(1));
            assert!(body.get("flag").is_none() && body.get("state").is_none());
        });
        assert_eq!(told, [] as [Value; 0]);
    }

    #[test]
    fn a_long_value_is_cut_and_not_more_than_a_hundred_faults_are_told() {
        let body: Map<_, _> = (0..150).map(|n| (format!("x{n}"), json!("é".repeat(101)))).collect();
        let told = faults(&body.into(), |_| ());
        assert_eq!(told.len(), 100);
        assert_eq!(told[0][2], format!("{}…", "é".repeat(100)));
    }
}
