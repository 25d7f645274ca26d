//! A day's counters: one item per scope, day and dimension, an attribute per value and count. What is added is added blindly,
//! so that shards never wait for each other; a fence per shard in the same item, checked by the same write, keeps out what is
//! in already.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::super::key::Key;
use super::super::{Item, Store, StoreError, error, if_held, number, text};
use super::Shard;
use crate::domain::tally::{Count, Counter, Dimension, Fence, Scope, Sequence, Sum};

/// What the names of fences begin with. No value of a dimension does.
const FENCE: char = '@';
/// When an item was written, so exactly that no two writes look the same.
const WRITTEN: &str = "written";
/// Values of a dimension that a day counts apart. Channels and variants are words in addresses, which anybody can type.
const MOST_VALUES: usize = 60;
/// What all others are counted as.
const OTHERS: &str = "*";
/// Counters that a function remembers values of.
const MOST_KNOWN: usize = 4096;
/// How long after its day an item is looked at once more, to be rid of fences that keep nothing out any more.
const CLEANED_AFTER_DAYS: i64 = 3;

/// What a day counts: by value and count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCounts {
    pub day: Date,
    pub counts: BTreeMap<(String, Count), i64>,
}

/// The values that counters have, as a warm function saw them last.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<Counter, BTreeSet<String>>>);

impl Known {
    fn get(&self, counter: &Counter) -> Option<BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(counter).cloned()
    }

    fn put(&self, counter: &Counter, values: BTreeSet<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(counter.clone(), values);
    }
}

/// What became of one conditional write.
enum Written {
    /// The item as it is now.
    Done(Item),
    /// What stood in the way.
    Fenced(Option<Fence>),
}

impl Store {
    /// Adds what a shard's batch says to a day's counter; what is in already is left out. One write unit per KB of the
    /// item, and once per warm function half a read unit.
    pub async fn count_day(
        &self,
        known: &Known,
        shard: &Shard,
        counter: &Counter,
        sum: &Sum,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Counter::Day { scope, day, by } = counter else { return Ok(()) };
        let key = Key::counter(*scope, *day, by.letter());
        let values = match (by, known.get(counter)) {
            // Only one value, and no name that anybody could type.
            (Dimension::Total, _) => BTreeSet::new(),
            (_, Some(values)) => values,
            (_, None) => self.get_item(&key, false).await?.map(|item| values(&item)).unwrap_or_default(),
        };
        let mut fence = None;
        while let Some((first, last)) = sum.range(fence) {
            let counts = within(&values, sum.counts(fence));
            match self.add_to_day(&key, shard, &counts, first, Fence { up_to: last, hour: hour(now) }, now).await? {
                Written::Done(item) => {
                    known.put(counter, self::values(&item));
                    return self.clean(&key, *scope, *day, *by, &item, now).await;
                }
                // Another delivery of these records got further, or just as far.
                Written::Fenced(Some(stored)) => fence = Some(stored.up_to),
                Written::Fenced(None) => return Err(StoreError::Busy(format!("{counter} has no fence"))),
            }
        }
        Ok(())
    }

    async fn add_to_day(
        &self,
        key: &Key,
        shard: &Shard,
        counts: &BTreeMap<(String, Count), i64>,
        first: Sequence,
        fence: Fence,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let name = format!("{FENCE}{}", shard.as_str());
        let update = self
            .update(key)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .condition_expression("attribute_not_exists(#fence) OR #fence < :first")
            .expression_attribute_names("#fence", &name)
            .expression_attribute_values(":fence", AttributeValue::B(Blob::new(fence.to_bytes())))
            .expression_attribute_values(":first", AttributeValue::B(Blob::new(Fence::below(first))))
            .expression_attribute_values(":written", stamp(now));
        let mut expression = format!("SET #fence = :fence, {WRITTEN} = :written");
        let mut update = update;
        for (n, ((value, count), amount)) in counts.iter().enumerate() {
            let add = if n == 0 { " ADD" } else { "," };
            expression.push_str(&[add, &format!(" #{n} :{n}")].concat());
            update = update
                .expression_attribute_names(format!("#{n}"), format!("{value}{}", count.letter()))
                .expression_attribute_values(format!(":{n}"), number(amount));
        }
        match update.update_expression(expression).send().await {
            Ok(answer) => Ok(Written::Done(answer.attributes.unwrap_or_default())),
            Err(failure) => match in_the_way(&failure) {
                Some(item) => Ok(Written::Fenced(item.get(&name).and_then(fence_of))),
                None => Err(error(failure)),
            },
        }
    }

    /// Takes fences away that keep nothing out any more: of this item, and of the same counter some days ago once a day's
    /// item is new.
    async fn clean(
        &self,
        key: &Key,
        scope: Scope,
        day: Date,
        by: Dimension,
        item: &Item,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.forget_fences(key, item, now).await?;
        if fences(item).count() > 1 {
            return Ok(());
        }
        let earlier = Key::counter(scope, day.saturating_sub(CLEANED_AFTER_DAYS.days()), by.letter());
        match self.get_item(&earlier, false).await? {
            Some(item) => self.forget_fences(&earlier, &item, now).await,
            None => Ok(()),
        }
    }

    async fn forget_fences(&self, key: &Key, item: &Item, now: Timestamp) -> Result<(), StoreError> {
        let stale: Vec<_> =
            fences(item).filter(|(_, fence)| fence.is_stale(hour(now))).map(|(name, _)| name.clone()).collect();
        let Some(written) = item.get(WRITTEN).filter(|_| !stale.is_empty()) else { return Ok(()) };
        let names: Vec<_> = (0..stale.len()).map(|n| format!("#{n}")).collect();
        // Whoever writes meanwhile may write one of these fences.
        let mut update = self.update(key).condition_expression("#written = :seen");
        update = update.expression_attribute_names("#written", WRITTEN);
        for (name, fence) in names.iter().zip(stale) {
            update = update.expression_attribute_names(name, fence);
        }
        let update = update.update_expression(format!("REMOVE {}", names.join(", ")));
        let update = update.expression_attribute_values(":seen", written.clone());
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// A scope's counters in one dimension, days in order. Both ends are part of it; half a read unit for each 4 KB.
    pub async fn days(&self, scope: Scope, by: Dimension, from: Date, to: Date) -> Result<Vec<DayCounts>, StoreError> {
        let (first, last) = (Key::counter(scope, from, by.letter()), Key::counter(scope, to, by.letter()));
        let query = self
            .client
            .query()
            .table_name(&self.core)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to");
        let query = query.expression_attribute_values(":pk", text(first.pk));
        let query = query
            .expression_attribute_values(":from", text(first.sk))
            .expression_attribute_values(":to", text(last.sk));
        let mut pages = query.into_paginator().send();
        let mut days = Vec::new();
        while let Some(page) = pages.next().await {
            let items = page.map_err(error)?.items.unwrap_or_default();
            days.extend(items.iter().filter_map(day_counts));
        }
        Ok(days)
    }
}

fn day_counts(item: &Item) -> Option<DayCounts> {
    let day = item.get("sk")?.as_s().ok()?.split_once('#')?.1.parse().ok()?;
    let counts = item.iter().filter_map(|(name, amount)| {
        let (value, count) = named(name)?;
        Some(((value.to_owned(), count), amount.as_n().ok()?.parse().ok()?))
    });
    Some(DayCounts { day, counts: counts.collect() })
}

/// What an attribute counts: its name is a value and a letter. `None`: it is something else.
fn named(name: &str) -> Option<(&str, Count)> {
    if name.starts_with(FENCE) || matches!(name, "pk" | "sk" | WRITTEN) {
        return None;
    }
    let letter = name.chars().next_back()?;
    Some((&name[..name.len() - letter.len_utf8()], Count::of_letter(letter)?))
}

/// A day counts so many values apart; one that comes when there is no more room is one of the others, also in all that is
/// said of it later.
fn within(values: &BTreeSet<String>, counts: BTreeMap<(String, Count), i64>) -> BTreeMap<(String, Count), i64> {
    let mut room = MOST_VALUES.saturating_sub(values.len());
    let mut taken: BTreeMap<String, bool> = BTreeMap::new();
    let mut sums = BTreeMap::new();
    for ((value, count), amount) in counts {
        let fits = *taken.entry(value.clone()).or_insert_with(|| {
            let fits = value.is_empty() || values.contains(&value) || room > 0;
            room = room.saturating_sub(usize::from(fits && !values.contains(&value)));
            fits
        });
        let value = if fits { value } else { OTHERS.to_owned() };
        *sums.entry((value, count)).or_insert(0) += amount;
    }
    sums
}

fn values(item: &Item) -> BTreeSet<String> {
    item.keys().filter_map(|name| named(name)).map(|(value, _)| value.to_owned()).collect()
}

fn fences(item: &Item) -> impl Iterator<Item = (&String, Fence)> {
    let names = item.iter().filter(|(name, _)| name.starts_with(FENCE));
    names.filter_map(|(name, value)| Some((name, fence_of(value)?)))
}

fn fence_of(value: &AttributeValue) -> Option<Fence> {
    Fence::from_bytes(value.as_b().ok()?.as_ref())
}

/// Hours since 1970.
pub(super) fn hour(now: Timestamp) -> u32 {
    u32::try_from(now.as_second() / 3600).unwrap_or(0)
}

fn stamp(now: Timestamp) -> AttributeValue {
    let [a, b] = crate::crypto::random::<2>();
    number(now.as_millisecond() * 65_536 + i64::from(a) * 256 + i64::from(b))
}

/// The item that a failed condition shows.
fn in_the_way(failure: &SdkError<UpdateItemError>) -> Option<Item> {
    match failure.as_service_error()? {
        UpdateItemError::ConditionalCheckFailedException(failed) => Some(failed.item().cloned().unwrap_or_default()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_values_is_counted_as_others_and_nothing_is_lost() {
        let known: BTreeSet<String> = (0..50).map(|n| format!("v{n}")).collect();
        let told = (0..200).map(|n| ((format!("v{n}"), Count::Clicks), 1)).collect();
        let counts = within(&known, told);
        assert_eq!(counts.values().sum::<i64>(), 200);
        assert_eq!(counts.len(), MOST_VALUES + 1);
        assert!(known.iter().all(|value| counts.contains_key(&(value.clone(), Count::Clicks))));
        // Two counts of one value stay together.
        let two = BTreeMap::from([(("x".to_owned(), Count::Clicks), 1), (("x".to_owned(), Count::Visitors), 1)]);
        assert_eq!(within(&known, two.clone()), two);
    }

    #[test]
    fn an_attributes_name_is_a_value_and_a_letter() {
        assert_eq!(named("emailc"), Some(("email", Count::Clicks)));
        assert_eq!(named("c"), Some(("", Count::Clicks)));
        for other in ["pk", "sk", "written", "@0123abcd", "", "email!"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
