//! Lambda's part for streams: reads a table's stream, filters it as the template says, and calls the function in
//! batches. A batch that fails is sent again from the first failed record, as the event source mapping would.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record, ShardIteratorType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::engine::{Engine, Failure};
use crate::template::StreamSource;

/// How often a batch is sent again before its records go to the failure destination.
const ATTEMPTS: u32 = 5;

/// One function's place in one table's stream.
pub(crate) struct Feed {
    pub(crate) function: String,
    pub(crate) source: StreamSource,
    table: String,
    client: Client,
    /// The shard that was read last; the embedded database has one per table.
    shard: String,
    /// After which records the shard was split, so that a test sees one: those that follow are of another shard.
    cuts: Vec<u128>,
    /// Another batch size than the template's.
    pub(crate) batch_size: Option<usize>,
    /// The last record that is done with.
    position: Option<String>,
    failures: u32,
}

impl Feed {
    pub(crate) fn new(
        function: &str,
        source: StreamSource,
        table: &str,
        client: Client,
        position: Option<String>,
    ) -> Self {
        Self {
            function: function.to_owned(),
            source,
            table: table.to_owned(),
            client,
            shard: String::new(),
            cuts: Vec::new(),
            batch_size: None,
            position,
            failures: 0,
        }
    }

    /// What to remember across a restart.
    pub(crate) fn position(&self) -> Option<(String, String)> {
        self.position.clone().map(|position| (place(&self.function, &self.source.table), position))
    }

    /// Feeds what has come since. Answers how many records the function took.
    pub(crate) async fn run(&mut self, engine: &Engine) -> Result<usize, Failure> {
        let mut taken = 0;
        loop {
            let records = self.read().await?;
            let Some(last) = records.last().and_then(sequence_number) else { return Ok(taken) };
            let wanted: Vec<Value> = records
                .iter()
                .map(|record| lambda_record(record, &self.table))
                .filter(|record| self.source.accepts(record))
                .collect();
            let size = self.batch_size.unwrap_or(self.source.batch_size);
            let cuts = self.cuts.clone();
            for of_shard in wanted.chunk_by(|one, next| before(&cuts, one) == before(&cuts, next)) {
                for batch in of_shard.chunks(size) {
                    taken += self.deliver(engine, batch).await?;
                }
            }
            self.position = Some(last);
        }
    }

    /// Sends one batch until it is through or given up.
    async fn deliver(&mut self, engine: &Engine, batch: &[Value]) -> Result<usize, Failure> {
        let mut left = batch;
        self.failures = 0;
        while !left.is_empty() {
            let answer = engine.consume(&self.function, self.event(left)).await?;
            let failed = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
            let failed: Vec<_> = failed.iter().filter_map(|item| item["itemIdentifier"].as_str()).collect();
            let first_failed = left.iter().position(|record| {
                record["dynamodb"]["SequenceNumber"].as_str().is_some_and(|number| failed.contains(&number))
            });
            let Some(first_failed) = first_failed else { break };
            // Everything from the lowest failed number on comes again, also what went well.
            left = &left[first_failed..];
            self.failures += 1;
            if self.failures >= ATTEMPTS {
                tracing::error!(
                    function = self.function,
                    "a record was given up; a deployment would have it in FailedRecords"
                );
                left = &left[1..];
                self.failures = 0;
            }
        }
        Ok(batch.len())
    }

    /// From the next record on it is another shard's.
    pub(crate) fn split(&mut self) {
        self.cuts.extend(self.position.as_deref().and_then(|position| position.parse::<u128>().ok()));
    }

    /// Everything that the stream still has comes once more.
    pub(crate) fn rewind(&mut self) {
        self.position = None;
    }

    /// The event as Lambda sends it: only within windows it says which shard it is of.
    fn event(&self, records: &[Value]) -> Value {
        let mut event = json!({"Records": records});
        if let Some(seconds) = self.source.window_seconds {
            let cuts = records.first().map_or(0, |record| before(&self.cuts, record));
            event["shardId"] = json!(format!("{}-{cuts}", self.shard));
            event["eventSourceARN"] = json!(arn(&self.table));
            event["window"] = json!({"start": "1970-01-01T00:00:00Z", "end": format!("{:.0}", window_end(seconds))});
            event["state"] = json!({});
            event["isFinalInvokeForWindow"] = json!(false);
            event["isWindowTerminatedEarly"] = json!(false);
        }
        event
    }

    async fn read(&mut self) -> Result<Vec<Record>, Failure> {
        let streams = self.client.list_streams().table_name(&self.table).send().await?;
        let Some(arn) = streams.streams().first().and_then(|stream| stream.stream_arn()) else { return Ok(Vec::new()) };
        let described = self.client.describe_stream().stream_arn(arn).send().await?;
        let shards = described
            .stream_description()
            .map(aws_sdk_dynamodbstreams::types::StreamDescription::shards)
            .unwrap_or_default();
        let Some(shard) = shards.first().and_then(|shard| shard.shard_id()) else { return Ok(Vec::new()) };
        shard.clone_into(&mut self.shard);
        let iterator = self.client.get_shard_iterator().stream_arn(arn).shard_id(shard);
        let iterator = match &self.position {
            None => iterator.shard_iterator_type(ShardIteratorType::TrimHorizon),
            Some(position) => {
                iterator.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(position)
            }
        };
        let iterator = iterator.send().await?;
        let records = self.client.get_records().set_shard_iterator(iterator.shard_iterator).limit(1000).send().await?;
        Ok(records.records.unwrap_or_default())
    }
}

/// How many of the cuts come before a record.
fn before(cuts: &[u128], record: &Value) -> usize {
    let number = record["dynamodb"]["SequenceNumber"].as_str().and_then(|number| number.parse::<u128>().ok());
    cuts.iter().filter(|cut| number.is_some_and(|number| number > **cut)).count()
}

/// What a function's position in a table's stream is remembered as.
pub(crate) fn place(function: &str, table: &str) -> String {
    // Positions from before a function could read two streams are of the core table's.
    if table == "CoreTable" { function.to_owned() } else { format!("{function} {table}") }
}

/// A stream's name as records have it.
fn arn(table: &str) -> String {
    format!("arn:aws:dynamodb:local:000000000000:table/{table}/stream/1970-01-01T00:00:00.000")
}

/// The end of the window that is open now.
fn window_end(seconds: u64) -> jiff::Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).max(1);
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now - now.rem_euclid(seconds) + seconds).unwrap_or(jiff::Timestamp::MAX)
}

fn sequence_number(record: &Record) -> Option<String> {
    record.dynamodb()?.sequence_number().map(str::to_owned)
}

/// A record as Lambda delivers it.
fn lambda_record(record: &Record, table: &str) -> Value {
    let change = record.dynamodb();
    let image = |image: Option<&HashMap<String, AttributeValue>>| image.map(attributes);
    json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(|name| name.as_str().to_owned()),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": arn(table),
        "awsRegion": "local",
        "dynamodb": {
            "ApproximateCreationDateTime": change.and_then(|c| c.approximate_creation_date_time()).map_or(0, aws_sdk_dynamodb::primitives::DateTime::secs),
            "Keys": image(change.and_then(|c| c.keys())).unwrap_or_else(|| json!({})),
            "NewImage": image(change.and_then(|c| c.new_image())).unwrap_or_else(|| json!({})),
            "OldImage": image(change.and_then(|c| c.old_image())).unwrap_or_else(|| json!({})),
            "SequenceNumber": change.and_then(|c| c.sequence_number()),
            "SizeBytes": change.and_then(aws_sdk_dynamodbstreams::types::StreamRecord::size_bytes).unwrap_or(0),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    })
}

fn attributes(item: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect::<Map<_, _>>())
}

fn attribute(value: &AttributeValue) -> Value {
    let bytes = |blob: &[u8]| STANDARD.encode(blob);
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::B(blob) => json!({"B": bytes(blob.as_ref())}),
        AttributeValue::L(list) => json!({"L": list.iter().map(attribute).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": attributes(map)}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(numbers) => json!({"NS": numbers}),
        AttributeValue::Bs(blobs) => json!({"BS": blobs.iter().map(|blob| bytes(blob.as_ref())).collect::<Vec<_>>()}),
        other => json!({"S": format!("{other:?}")}),
    }
}
