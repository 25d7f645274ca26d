//! What caps and budgets have given. Adding to one is part of the transaction that gives, under the condition that it
//! stays within its limit; so none is ever exceeded, however many orders come at once.
//!
//! A cap's counts are one item per advocate, program and period: only orders of that advocate meet there. A budget is
//! split over [`BUDGET_SHARDS`] items, each with its share of the limit, and an order takes from the one that its id
//! names; only when that runs out, from the others.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::Update;
use jiff::Timestamp;

use super::key::Key;
use super::{Item, Store, StoreError, Writes, number, text};
use crate::domain::id::{AdvocateId, ProgramId};

/// Into how many items a budget is split.
pub const BUDGET_SHARDS: u8 = 8;

/// Counts of one item, by name.
pub type Counts = BTreeMap<String, i64>;

/// How one item of counts is to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// By how much each count moves, and how much it may come to at most.
    pub add: BTreeMap<String, (i64, Option<i64>)>,
    /// A count that goes from this value to the next one: two at once can't both have it.
    pub next: Option<(String, i64)>,
    /// The budget ran out at this limit.
    pub pause: Option<i64>,
}

impl Moves {
    /// Adds to a count, whose name is of letters and digits; `most`: what it may come to.
    pub fn add(&mut self, name: impl Into<String>, by: i64, most: Option<i64>) {
        let entry = self.add.entry(name.into()).or_insert((0, None));
        entry.0 += by;
        entry.1 = most.or(entry.1);
    }

    /// Adds to a count, whatever it comes to.
    pub fn force(&mut self, name: impl Into<String>, by: i64) {
        let entry = self.add.entry(name.into()).or_insert((0, None));
        *entry = (entry.0 + by, None);
    }

    /// Nothing moves.
    pub fn is_empty(&self) -> bool {
        self.add.values().all(|(by, _)| *by == 0) && self.next.is_none() && self.pause.is_none()
    }
}

/// The name under which a paused budget keeps the limit at which it ran out.
pub const PAUSED_AT_LIMIT: &str = "paused_limit";
/// The name under which a budget's shard counts what it gave.
pub const SPENT: &str = "spent";

/// One item of counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// What an advocate has of a program's caps in a period.
    Cap { advocate: AdvocateId, program: ProgramId, period: String },
    /// A shard of what a program gave in a period.
    Budget { program: ProgramId, period: String, shard: u8 },
}

impl Counter {
    fn key(&self) -> Key {
        match self {
            Self::Cap { advocate, program, period } => Key::cap(*advocate, *program, period),
            Self::Budget { program, period, shard } => Key::budget(*program, period, *shard),
        }
    }
}

impl Store {
    /// The item's counts, strongly consistent; none if nothing was counted yet.
    pub async fn counts(&self, counter: &Counter) -> Result<Counts, StoreError> {
        let item = self.get_item(&counter.key(), true).await?;
        Ok(item.map(counts).unwrap_or_default())
    }

    /// All shards of a program's budget in a period, in their order.
    pub async fn budget(&self, program: ProgramId, period: &str) -> Result<Vec<Counts>, StoreError> {
        let mut shards = Vec::with_capacity(usize::from(BUDGET_SHARDS));
        for shard in 0..BUDGET_SHARDS {
            shards.push(self.counts(&Counter::Budget { program, period: period.to_owned(), shard }).await?);
        }
        Ok(shards)
    }
}

fn counts(item: Item) -> Counts {
    let number = |value: aws_sdk_dynamodb::types::AttributeValue| value.as_n().ok().and_then(|n| n.parse().ok());
    item.into_iter().filter_map(|(name, value)| Some((name, number(value)?))).collect()
}

impl Writes {
    /// Moves counts within their limits.
    pub(super) fn count(
        &mut self,
        store: &Store,
        counter: &Counter,
        moves: &Moves,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut sets, mut adds, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
        let key = counter.key();
        let mut update = Update::builder().table_name(&store.core).key("pk", text(key.pk)).key("sk", text(key.sk));
        for (name, (by, most)) in moves.add.iter().filter(|(_, (by, _))| *by != 0) {
            adds.push(format!("#{name} :{name}"));
            update = update.expression_attribute_names(format!("#{name}"), name);
            update = update.expression_attribute_values(format!(":{name}"), number(by));
            if let Some(most) = most.filter(|_| *by > 0) {
                // What is there already may be all of it, if nothing is there yet.
                if *by > most {
                    return Err(StoreError::Condition(Vec::new()));
                }
                conditions.push(format!("(attribute_not_exists(#{name}) OR #{name} <= :{name}_before)"));
                update = update.expression_attribute_values(format!(":{name}_before"), number(most - by));
            }
        }
        if let Some((name, value)) = &moves.next {
            sets.push("#next = :next".to_owned());
            let first = *value == 0;
            conditions.push(if first { "attribute_not_exists(#next)" } else { "#next = :last" }.to_owned());
            update = update.expression_attribute_names("#next", name);
            update = update.expression_attribute_values(":next", number(value + 1));
            if !first {
                update = update.expression_attribute_values(":last", number(value));
            }
        }
        if let Some(limit) = moves.pause {
            sets.extend(["paused_at = :now".to_owned(), "#paused = :limit".to_owned()]);
            // Who saw it run out before it was raised says nothing of the higher limit.
            conditions.push("(attribute_not_exists(#paused) OR #paused < :limit)".to_owned());
            update = update.expression_attribute_names("#paused", PAUSED_AT_LIMIT);
            update = update.expression_attribute_values(":now", text(now.to_string()));
            update = update.expression_attribute_values(":limit", number(limit));
        }
        let part = |word: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        let update = update.update_expression(format!("{}{}", part("SET", &sets), part("ADD", &adds)).trim());
        let update = if conditions.is_empty() { update } else { update.condition_expression(conditions.join(" AND ")) };
        self.update(update)?;
        Ok(())
    }
}
