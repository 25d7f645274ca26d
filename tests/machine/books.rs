//! Everything that is stored, read anew after each step: the emulator's own scan, not the engine's reads.

use std::collections::{BTreeMap, BTreeSet};

use dynoxide::Database;
use dynoxide::types::AttributeValue;
use proptest::test_runner::TestCaseError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use shared::domain::id::{ReferralId, RewardId};
use shared::domain::ledger::Entry;
use shared::domain::order::OrderRef;
use shared::domain::program::Program;
use shared::domain::referral::{Referral, Reward};
use shared::store::{Advocate, AuditRow, Coupon, OrderRow, OutboxRow};

use crate::database::{Items, everything};

/// A stored item, as what it is.
#[derive(Clone, Debug)]
pub(crate) enum Row {
    Order(Box<OrderRow>),
    Referral(Box<Referral>),
    Entry(Entry),
    Outbox(Box<OutboxRow>),
    Counts(BTreeMap<String, i64>),
    Advocate(Box<Advocate>),
    Coupon(Coupon),
    Program(Box<Program>),
    Audit(AuditRow),
    Free,
    Other,
}

/// What is stored now.
pub(crate) struct Books {
    pub(crate) items: Items,
    pub(crate) rows: BTreeMap<(String, String), Row>,
    /// Items that the last step wrote.
    pub(crate) changed: Vec<(String, String)>,
    pub(crate) theirs: Items,
    /// The highest value that each reward ever showed, as it was first and since.
    pub(crate) highest: BTreeMap<RewardId, i64>,
    /// What each budget's period had given before the last step.
    pub(crate) spent_before: BTreeMap<String, i64>,
    /// Which referrals had a place in which rule's cap before the last step.
    pub(crate) held_before: BTreeMap<(ReferralId, u8), bool>,
    pub(crate) checks: u64,
}

impl Books {
    pub(crate) fn new(theirs: Items) -> Self {
        Self {
            items: Items::new(),
            rows: BTreeMap::new(),
            changed: Vec::new(),
            theirs,
            highest: BTreeMap::new(),
            spent_before: BTreeMap::new(),
            held_before: BTreeMap::new(),
            checks: 0,
        }
    }

    /// Reads all of it. What must never change is compared with what was there before.
    pub(crate) fn read(&mut self, database: &Database) -> Result<(), TestCaseError> {
        let items = everything(database);
        self.changed = items
            .iter()
            .filter(|(key, item)| self.items.get(*key) != Some(*item))
            .map(|(key, _)| key.clone())
            .collect();
        self.changed.sort();
        for key in self.items.keys().filter(|key| !items.contains_key(*key)) {
            if !matches!(self.rows.remove(key), Some(Row::Free)) {
                return Err(TestCaseError::fail(format!("{key:?} is gone")));
            }
        }
        for key in &self.changed {
            let row = row(key, &items[key]);
            let before = self.rows.insert(key.clone(), row);
            let now = &self.rows[key];
            let problem = match (&before, now) {
                (Some(Row::Entry(before)), now) => format!("the entry {before:?} has become {now:?}"),
                (Some(Row::Program(before)), _) if key.1.starts_with("PRV#") => {
                    format!("version {} has changed", before.version)
                }
                (Some(Row::Order(before)), Row::Order(now)) if now.version <= before.version => {
                    // Only the mark that says that later orders are to be looked at goes away without a new version.
                    let cleared = OrderRow { reopen: BTreeSet::new(), ..(**before).clone() };
                    if json(&cleared) == json(now) {
                        continue;
                    }
                    format!("order {} was at version {} and is at {}", now.order.id, before.version, now.version)
                }
                (Some(Row::Referral(before)), Row::Referral(now)) if now.entries < before.entries => {
                    format!("{} had {} entries and has {}", now.id, before.entries, now.entries)
                }
                _ => continue,
            };
            return Err(TestCaseError::fail(problem));
        }
        self.items = items;
        Ok(())
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &OrderRow> {
        self.ours().filter_map(|row| if let Row::Order(row) = row { Some(&**row) } else { None })
    }

    pub(crate) fn referrals(&self) -> impl Iterator<Item = &Referral> {
        self.ours().filter_map(|row| if let Row::Referral(row) = row { Some(&**row) } else { None })
    }

    pub(crate) fn rewards(&self) -> impl Iterator<Item = &Reward> {
        self.referrals().flat_map(|referral| &referral.rewards)
    }

    /// Without what is another merchant's.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|(key, _)| !self.theirs.contains_key(*key)).map(|(_, row)| row)
    }

    pub(crate) fn order(&self, order: &OrderRef) -> Option<&OrderRow> {
        match self.rows.get(&(format!("ORD#{}#{}", order.shop, order.id), "#".to_owned()))? {
            Row::Order(row) => Some(row),
            _ => None,
        }
    }

    pub(crate) fn referral(&self, id: ReferralId) -> Option<&Referral> {
        match self.rows.get(&(format!("REF#{id}"), "#".to_owned()))? {
            Row::Referral(row) => Some(row),
            _ => None,
        }
    }

    pub(crate) fn reward(&self, id: RewardId) -> Option<&Reward> {
        self.referral(id.referral())?.rewards.iter().find(|reward| reward.id == id)
    }

    /// A referral's entries, first to last.
    pub(crate) fn entries(&self, referral: &Referral) -> Vec<Entry> {
        let pk = format!("LED#{}#{}", referral.merchant, referral.advocate);
        let first = (pk.clone(), format!("{}#", referral.id));
        let rows = self
            .rows
            .range(first..)
            .take_while(|((part, sk), _)| *part == pk && sk.starts_with(&referral.id.to_string()));
        rows.filter_map(|(_, row)| if let Row::Entry(entry) = row { Some(entry.clone()) } else { None }).collect()
    }

    /// A text attribute of an item, beside its row.
    pub(crate) fn attribute(&self, key: &(String, String), name: &str) -> Option<&str> {
        match self.items.get(key)?.get(name)? {
            AttributeValue::S(text) => Some(text),
            _ => None,
        }
    }
}

pub(crate) fn json<T: serde::Serialize>(row: &T) -> String {
    serde_json::to_string(row).expect("serializes")
}

fn row(key: &(String, String), item: &std::collections::HashMap<String, AttributeValue>) -> Row {
    let (kind, _) = key.0.split_once('#').expect("a kind");
    match (kind, key.1.as_str()) {
        ("ORD", _) => Row::Order(Box::new(of::<OrderRow>(item).whole())),
        ("REF", _) => Row::Referral(Box::new(of(item))),
        ("LED", _) => Row::Entry(of(item)),
        ("OUT", _) => Row::Outbox(Box::new(of(item))),
        ("CAP" | "BUD", _) => Row::Counts(counts(item)),
        ("ADV", "#") => Row::Advocate(Box::new(of(item))),
        ("CPN", _) => Row::Coupon(of(item)),
        ("POL", _) => Row::Free,
        ("AUD", _) => Row::Audit(of(item)),
        ("MER", sk) if sk.starts_with("PR") => Row::Program(Box::new(of(item))),
        _ => Row::Other,
    }
}

fn counts(item: &std::collections::HashMap<String, AttributeValue>) -> BTreeMap<String, i64> {
    let number = |value: &AttributeValue| if let AttributeValue::N(n) = value { n.parse().ok() } else { None };
    item.iter().filter_map(|(name, value)| Some((name.clone(), number(value)?))).collect()
}

fn of<T: DeserializeOwned>(item: &std::collections::HashMap<String, AttributeValue>) -> T {
    let map: Map<String, Value> = item.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
    serde_json::from_value(Value::Object(map)).unwrap_or_else(|e| panic!("{item:?} can't be read: {e}"))
}

fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(number) => Value::Number(
            number
                .parse::<i64>()
                .map_or_else(|_| Number::from_f64(number.parse().expect("a number")).expect("finite"), Number::from),
        ),
        AttributeValue::BOOL(value) => Value::Bool(*value),
        AttributeValue::NULL(_) => Value::Null,
        AttributeValue::L(list) => Value::Array(list.iter().map(plain).collect()),
        AttributeValue::M(map) => Value::Object(map.iter().map(|(name, value)| (name.clone(), plain(value))).collect()),
        other => panic!("{other:?} is not expected"),
    }
}
