//! What a batch comes to, without a call to anything: records read, lines made of them, one sum per counter and one chunk of
//! the log per scope and day.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;
use shared::domain::decision::Decision;
use shared::domain::id::MerchantId;
use shared::domain::tally::{
    Counter, Line, Measure, Ordered, Scope, Sequence, Sum, clicked, difference, fold, made, ordered, sent, settled,
    shared_first,
};
use shared::settle::decision_of;
use shared::store::OrderRow;
use shared::store::tally::{Logged, Read, read};

/// A batch as Lambda sends it with a tumbling window: only then it says which shard it is of.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Batch {
    /// Empty at the end of a window.
    #[serde(rename = "Records", default)]
    pub records: Vec<StreamRecord>,
    #[serde(rename = "shardId", default)]
    pub shard: Option<String>,
    #[serde(rename = "eventSourceARN", default)]
    pub stream: Option<String>,
}

/// A record as a stream has it. What its item was and is stays text until it is known what of it is counted: most records
/// are clicks, of which a few attributes matter.
#[derive(Clone, Debug, Deserialize)]
pub struct StreamRecord {
    #[serde(rename = "eventName", default)]
    event: String,
    #[serde(rename = "eventSourceARN", default)]
    pub stream: Option<String>,
    #[serde(rename = "dynamodb")]
    change: Change,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    /// In seconds since 1970.
    #[serde(default)]
    approximate_creation_date_time: f64,
    #[serde(default)]
    sequence_number: Option<String>,
    #[serde(default)]
    old_image: Option<Box<RawValue>>,
    #[serde(default)]
    new_image: Option<Box<RawValue>>,
}

impl StreamRecord {
    /// Its place in the shard.
    pub fn sequence(&self) -> Option<Sequence> {
        self.change.sequence_number.as_deref()?.parse().ok()
    }

    /// In seconds since 1970.
    #[expect(clippy::cast_possible_truncation, reason = "fractions of a second are not wanted, and all times fit")]
    fn at(&self) -> i64 {
        self.change.approximate_creation_date_time as i64
    }
}

/// A record that says something, with its place in the shard.
#[derive(Debug)]
pub struct Told {
    pub sequence: Sequence,
    /// In seconds since 1970.
    pub at: i64,
    pub read: Read,
}

/// What the records of a batch say, and how many can't be read.
pub fn tell(records: &[StreamRecord]) -> (Vec<Told>, usize) {
    let (mut told, mut unreadable) = (Vec::with_capacity(records.len()), 0);
    for record in records {
        // A click's row that ran out takes nothing back.
        if record.event == "REMOVE" {
            continue;
        }
        let Some(sequence) = record.sequence() else {
            unreadable += 1;
            continue;
        };
        let StreamRecord { change: Change { old_image, new_image, .. }, .. } = record;
        match read(old_image.as_deref(), new_image.as_deref()) {
            Ok(Some(read)) => told.push(Told { sequence, at: record.at(), read }),
            Ok(None) => {}
            Err(_) => unreadable += 1,
        }
    }
    (told, unreadable)
}

/// The merchants whose clock and currency are needed. Clicks have their day with them.
pub fn merchants(told: &[Told]) -> HashSet<MerchantId> {
    let of = |told: &Told| match &told.read {
        Read::Click { .. } => None,
        Read::Made { link } => Some(link.merchant),
        Read::Mail { merchant, .. } => Some(*merchant),
        Read::Order { new, .. } => Some(new.merchant),
        Read::Rewards { new, .. } => Some(new.merchant),
    };
    told.iter().filter_map(of).collect()
}

/// Which clicks are the first of their link in their channel, and which at all.
pub type Firsts = HashMap<Sequence, (bool, bool)>;

/// What has to be written.
#[derive(Debug, Default)]
pub struct Plan {
    pub counters: BTreeMap<Counter, Sum>,
    pub chunks: BTreeMap<(Scope, Date), Vec<Logged>>,
}

impl Plan {
    /// The plan of what records say, in the order of the shard.
    pub fn of(told: &[Told], measures: &HashMap<MerchantId, Measure>, firsts: &Firsts) -> Self {
        let mut logged = Vec::with_capacity(told.len());
        for told in told {
            for (kind, subject, line) in lines(told, measures, firsts) {
                logged.push(Logged { sequence: told.sequence, at: told.at, kind, subject, line });
            }
        }
        let counters = fold(logged.iter().map(|logged| (logged.sequence, &logged.line)));
        let mut chunks: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for logged in logged {
            chunks.entry((logged.line.scope, logged.line.day)).or_default().push(logged);
        }
        Self { counters, chunks }
    }

    /// How many writes it takes.
    pub fn writes(&self) -> usize {
        self.counters.len() + self.chunks.len()
    }
}

type Named = (&'static str, String, Line);

fn lines(told: &Told, measures: &HashMap<MerchantId, Measure>, firsts: &Firsts) -> Vec<Named> {
    let named = |kind: &'static str, subject: String, lines: Vec<Line>| {
        lines.into_iter().map(|line| (kind, subject.clone(), line)).collect::<Vec<_>>()
    };
    let measure = |merchant: &MerchantId| measures.get(merchant);
    match &told.read {
        Read::Click { old, new, .. } => {
            let (in_channel, at_all) = firsts.get(&told.sequence).copied().unwrap_or_default();
            let mut lines = named("click", new.last_click.clone(), clicked(old.as_ref(), new));
            lines.extend(named("share", new.last_click.clone(), shared_first(new, in_channel, at_all)));
            lines
        }
        Read::Made { link } => {
            let Some(of) = measure(&link.merchant) else { return Vec::new() };
            named("link", link.advocate.to_string(), vec![made(link.program, link.advocate, link.created_at, of)])
        }
        Read::Mail { merchant, id, mail } => {
            let Some(of) = measure(merchant) else { return Vec::new() };
            named("mail", id.clone(), vec![sent(mail, of)])
        }
        Read::Order { old, new } => {
            let Some(of) = measure(&new.merchant) else { return Vec::new() };
            let subject = format!("{}/{}", new.order.shop, new.order.id);
            let says = |row: &OrderRow| {
                let decision = decision_of(row);
                ordered(&order(row, &decision), of)
            };
            named("order", subject, difference(old.as_deref().map(says).unwrap_or_default(), says(new)))
        }
        Read::Rewards { old, new } => {
            let Some(of) = measure(&new.merchant) else { return Vec::new() };
            let old = old.as_deref().map(|old| settled(old, of)).unwrap_or_default();
            named("rewards", new.id.to_string(), difference(old, settled(new, of)))
        }
    }
}

fn order<'a>(row: &'a OrderRow, decision: &'a Decision) -> Ordered<'a> {
    Ordered {
        shop: row.order.shop,
        facts: &row.facts,
        decision: decision.credit.is_some().then_some(decision),
        history: row.inputs.as_ref().map(|inputs| &inputs.history),
        nth: row.nth.as_ref(),
        via: row.via.as_ref(),
    }
}
