//! The event log: what each record added, in compressed chunks, one per batch, scope and day. A chunk is named by its shard
//! and first number. Batches that are sent again may be cut elsewhere, so chunks may overlap: whoever reads them drops what
//! is at or below the last number of the same shard.

use std::io::{Read as _, Write as _};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::key::{Key, events_partition};
use super::super::{Item, Store, StoreError, error, if_held, text};
use super::Shard;
use crate::domain::id::AdvocateId;
use crate::domain::tally::{Count, Counts, Line, Place, Scope, Sequence};

/// One line as it is kept: short, because there is one per click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept(
    /// The record's number.
    String,
    /// When, in seconds since 1970.
    i64,
    /// What kind of thing, and which.
    String,
    String,
    /// Channel, market, variant, device.
    [Option<String>; 4],
    Option<AdvocateId>,
    /// Letters and amounts.
    Vec<(char, i64)>,
);

/// A line of the log with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    pub sequence: Sequence,
    /// When the stream had it, in seconds since 1970.
    pub at: i64,
    /// `click`, `share`, `link`, `mail`, `order` or `rewards`.
    pub kind: &'static str,
    /// Its id.
    pub subject: String,
    pub line: Line,
}

/// A chunk as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it is among its day's.
    pub position: String,
    pub shard: String,
    pub lines: Vec<Logged>,
}

/// No chunk is larger when it is unpacked; what says so is damaged.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

impl Store {
    /// Keeps what a batch added to one scope on one day. Writing it again is writing it once: of two chunks from the same
    /// record on, the longer one stays. About one write unit per KB, compressed.
    pub async fn log_events(&self, shard: &Shard, scope: Scope, day: Date, lines: &[Logged]) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(()) };
        let key = Key::events(scope, day, shard.as_str(), &position(first.sequence));
        let packed = pack(lines).map_err(|e| StoreError::Refused(e.to_string()))?;
        let put = self.client.put_item().table_name(&self.core).item("pk", text(key.pk)).item("sk", text(key.sk));
        let put = put.item("last", text(position(last.sequence))).item("z", AttributeValue::B(Blob::new(packed)));
        let put = put.condition_expression("attribute_not_exists(pk) OR #last < :last");
        let put = put.expression_attribute_names("#last", "last");
        let put = put.expression_attribute_values(":last", text(position(last.sequence)));
        if_held(put.send().await.map_err(error)).map(drop)
    }

    /// The next chunks of a scope's day after a position (with it, if `from_it`), at most `limit` of them.
    pub async fn events(
        &self,
        scope: Scope,
        day: Date,
        from: Option<&str>,
        limit: i32,
    ) -> Result<Vec<Chunk>, StoreError> {
        let query = self.client.query().table_name(&self.core).limit(limit);
        let query = query.expression_attribute_values(":pk", text(events_partition(scope, day)));
        let query = match from {
            None => query.key_condition_expression("pk = :pk"),
            Some(from) => query
                .key_condition_expression("pk = :pk AND sk >= :from")
                .expression_attribute_values(":from", text(from)),
        };
        let items = query.send().await.map_err(error)?.items.unwrap_or_default();
        items.iter().map(|item| chunk(item, scope, day)).collect()
    }
}

/// Numbers as text that sorts as they do.
fn position(sequence: Sequence) -> String {
    format!("{:0>40}", sequence.to_string())
}

/// Lines as a chunk keeps them.
pub fn pack(lines: &[Logged]) -> Result<Vec<u8>, std::io::Error> {
    let kept: Vec<Kept> = lines
        .iter()
        .map(|logged| {
            let Place { channel, market, variant, device } = logged.line.place.clone();
            let counts = logged.line.counts.iter().map(|(count, amount)| (count.letter(), *amount)).collect();
            let place = [channel, market, variant, device];
            let sequence = logged.sequence.to_string();
            Kept(sequence, logged.at, logged.kind.into(), logged.subject.clone(), place, logged.line.advocate, counts)
        })
        .collect();
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&serde_json::to_vec(&kept)?)?;
    packer.finish()
}

fn chunk(item: &Item, scope: Scope, day: Date) -> Result<Chunk, StoreError> {
    let damaged = || StoreError::Refused("a chunk of events can't be read".into());
    let position = item.get("sk").and_then(|sk| sk.as_s().ok()).ok_or_else(damaged)?;
    let packed = item.get("z").and_then(|z| z.as_b().ok()).ok_or_else(damaged)?;
    let mut json = Vec::new();
    DeflateDecoder::new(packed.as_ref()).take(MOST_BYTES).read_to_end(&mut json).map_err(|_| damaged())?;
    let kept: Vec<Kept> = serde_json::from_slice(&json).map_err(|_| damaged())?;
    let lines = kept.into_iter().map(|Kept(sequence, at, kind, subject, place, advocate, counts)| {
        let [channel, market, variant, device] = place;
        let counts: Counts =
            counts.into_iter().filter_map(|(letter, n)| Some((Count::of_letter(letter)?, n))).collect();
        let place = Place { channel, market, variant, device };
        let kind = KINDS.into_iter().find(|of| *of == kind)?;
        let line = Line { scope, day, place, advocate, counts };
        Some(Logged { sequence: sequence.parse().ok()?, at, kind, subject, line })
    });
    let lines = lines.collect::<Option<Vec<_>>>().ok_or_else(damaged)?;
    let shard = position.split('#').next().unwrap_or_default().to_owned();
    Ok(Chunk { position: position.clone(), shard, lines })
}

/// What lines are about.
const KINDS: [&str; 6] = ["click", "share", "link", "mail", "order", "rewards"];
