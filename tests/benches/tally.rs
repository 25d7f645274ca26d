//! What counting costs the processor: batches of 1,000 records as Lambda sends them are parsed, folded into sums and packed
//! for the log, every tenth batch a second time, and applied to counters with fences. Prints records per second of
//! processor time (user and system, from the kernel) and writes per batch, and fails unless the totals are exact.
//!
//! ```text
//! cargo bench -p tests --bench tally
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fs;

use serde_json::{Value, json};
use shared::domain::tally::{Count, Counter, Dimension, Fence, Measure, Sequence};
use shared::store::tally::pack;
use tally::Batch;
use tally::plan::{Firsts, Plan, merchants, tell};

const CLICKS: &str = include_str!("../../functions/tally/events/clicks.json");
const BOOKS: &str = include_str!("../../functions/tally/events/books.json");

/// Records in a batch, as the template has it.
const RECORDS: usize = 1000;
/// Different batches of one shard.
const BATCHES: usize = 60;
/// Orders and rewards among a batch's records; the rest are clicks, every fifth a repeat.
const BOOKS_IN: usize = 50;

/// A counter as storage has it.
#[derive(Default)]
struct Stored {
    counts: BTreeMap<(String, Count), i64>,
    fence: Option<Sequence>,
}

fn main() {
    let batches: Vec<Vec<u8>> = (0..BATCHES).map(batch).collect();
    let measure = Measure { time_zone: "Europe/Stockholm".into(), currency: "SEK".parse().expect("a currency") };
    let mut counters: BTreeMap<Counter, Stored> = BTreeMap::new();
    let (mut records, mut writes, mut packed, mut runs) = (0, 0, 0, 0);
    let began = processor_ticks();
    for (n, json) in batches.iter().enumerate() {
        // Every tenth batch comes again.
        for _ in 0..if n % 10 == 9 { 2 } else { 1 } {
            let batch: Batch = serde_json::from_slice(json).expect("a batch");
            records += batch.records.len();
            let (told, unreadable) = tell(&batch.records);
            assert_eq!(unreadable, 0);
            let measures: HashMap<_, _> = merchants(&told).into_iter().map(|id| (id, measure.clone())).collect();
            let plan = Plan::of(&told, &measures, &Firsts::new());
            writes += plan.writes();
            packed += plan.chunks.values().map(|lines| pack(lines).expect("packs").len()).sum::<usize>();
            for (counter, sum) in &plan.counters {
                let stored = counters.entry(counter.clone()).or_default();
                let Some((first, last)) = sum.range(stored.fence) else { continue };
                assert!(
                    stored.fence.is_none_or(|fence| Fence { up_to: fence, hour: 1 }.to_bytes() < Fence::below(first))
                );
                for (key, amount) in sum.counts(stored.fence) {
                    *stored.counts.entry(key).or_default() += amount;
                }
                stored.fence = Some(last);
            }
            runs += 1;
        }
    }
    let ticks = processor_ticks() - began;
    let of = |count: Count| -> i64 {
        let total = counters.iter().filter(|(counter, _)| matches!(counter, Counter::Day { by: Dimension::Total, .. }));
        total.flat_map(|(_, stored)| &stored.counts).filter(|((_, of), _)| *of == count).map(|(_, many)| many).sum()
    };
    let many = |in_each: usize| i64::try_from(in_each * BATCHES).expect("few");
    assert_eq!(of(Count::Clicks), many(RECORDS - BOOKS_IN), "clicks");
    assert_eq!(of(Count::Credited), many(BOOKS_IN / 2), "orders");
    // The kernel counts in hundredths.
    let per_second = u64::try_from(records).expect("few") * TICKS_PER_SECOND / ticks.max(1);
    let counters = counters.len();
    println!("records          {records}; {} of {BATCHES} batches came twice", runs - BATCHES);
    println!("per CPU second   {per_second}   (goal: at least 50000)");
    println!("writes per batch {}   of {counters} counters and chunks of the log", writes / runs);
    println!("log              {} bytes per record", packed / records);
    println!("totals           exact");
}

/// What Linux counts processor time in, by default.
const TICKS_PER_SECOND: u64 = 100;

/// This process's processor time, user and system.
fn processor_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    // After the name in brackets come state and others; user and system time are the 14th and 15th of all.
    let after = stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    after[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

/// A batch of a shard: numbers go on from the batch before.
fn batch(n: usize) -> Vec<u8> {
    let clicks: Value = serde_json::from_str(CLICKS).expect("JSON");
    let books: Value = serde_json::from_str(BOOKS).expect("JSON");
    let is = |record: &&Value, event: &str, kind: &str| {
        record["eventName"] == event
            && record["dynamodb"]["Keys"]["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(kind))
    };
    let find = |of: &Value, event: &str, kind: &str| {
        of["Records"]
            .as_array()
            .expect("records")
            .iter()
            .find(|record| is(record, event, kind))
            .expect("a record")
            .clone()
    };
    let (first, repeat) = (find(&clicks, "INSERT", "CLK#"), find(&clicks, "MODIFY", "CLK#"));
    let (order, rewards) = (find(&books, "INSERT", "ORD#"), find(&books, "INSERT", "REF#"));
    let records = (0..RECORDS).map(|at| {
        let number = n * RECORDS + at;
        let mut record = match at {
            at if at < BOOKS_IN && at % 2 == 0 => order.clone(),
            at if at < BOOKS_IN => rewards.clone(),
            at if at % 5 == 0 => repeat.clone(),
            _ => first.clone(),
        };
        record["dynamodb"]["SequenceNumber"] = json!(format!("44215845000000{number:012}"));
        let channels = ["email", "whatsapp", "x", "facebook", "sms", "copy"];
        if record["dynamodb"]["NewImage"]["last_from"].is_object() {
            record["dynamodb"]["NewImage"]["last_from"] = json!({"S": format!("SEm.{}.invite.a", channels[at % 6])});
            record["dynamodb"]["NewImage"]["last_click"] = json!({"S": format!("clk_{number:026}")});
        }
        record
    });
    let mut batch = clicks.clone();
    batch["Records"] = records.collect();
    serde_json::to_vec(&batch).expect("JSON")
}
