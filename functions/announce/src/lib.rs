//! Tells merchants' own systems what happened: writes up what the table's stream tells of, and sends webhooks as soon as
//! they are written. Apart from `notify`, so that neither a receiver that lets us wait nor a change that can't be read
//! holds a mail up. What is not sent here `timers` finds in the index of due work.

use std::time::Duration;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use shared::app::has_time_left;
use shared::delivery::{Courier, deliver_webhooks};
use shared::domain::id::{EndpointId, MerchantId, OutboxId};
use shared::events::{Change, Known, announce};
use shared::store::RowKind;
use shared::store::key::ENDPOINT;
use shared::{App, telemetry};

/// What one webhook may take: 15 seconds for its receiver, and a few calls to storage.
const ONE_WEBHOOK: Duration = Duration::from_secs(25);
/// What writing one change up may take: a few calls to storage.
const ONE_CHANGE: Duration = Duration::from_secs(5);

/// What a record tells of.
#[derive(Debug)]
enum Told {
    /// A webhook waits.
    Webhook(EndpointId, OutboxId),
    /// An endpoint of this merchant changed.
    Endpoint(MerchantId),
    /// Something that receivers may want to hear of.
    Change(Change),
    /// Nothing for us.
    Nothing,
}

/// Writes up and sends what one batch tells of. The answer names the first change that could not be written up for a
/// reason that passes; Lambda sends everything from there on again, and what was done meanwhile is then a no-op. A change
/// that can never be written up is left out and counted: it would hold up everyone else's.
pub async fn handle(
    app: &App,
    courier: &Courier,
    known: &Known,
    event: LambdaEvent<Event>,
) -> Result<DynamoDbEventResponse, Error> {
    let deadline = event.context.deadline;
    let mut response = DynamoDbEventResponse::default();
    let mut webhooks = Vec::new();
    for record in &event.payload.records {
        match told(record) {
            Told::Webhook(endpoint, id) => webhooks.push((endpoint, id)),
            Told::Endpoint(merchant) => known.forget(merchant),
            Told::Change(change) if response.batch_item_failures.is_empty() => {
                if !(has_time_left(deadline, ONE_CHANGE) && written_up(app, known, &change).await) {
                    response.batch_item_failures.push(failed(record));
                }
            }
            // It comes again with the one that failed.
            Told::Change(_) | Told::Nothing => {}
        }
    }
    let has_time = || has_time_left(deadline, ONE_WEBHOOK);
    let (failures, _) = Box::pin(deliver_webhooks(app, courier, webhooks, has_time)).await;
    for (outbox, failure) in failures {
        tracing::warn!(%outbox, %failure, "webhook not seen to: timers will");
    }
    Ok(response)
}

/// Writes a change up. `false`: not now.
async fn written_up(app: &App, known: &Known, change: &Change) -> bool {
    match Box::pin(announce(app, known, change)).await {
        Ok(()) => true,
        Err(failure) if failure.is_lasting() => {
            telemetry::count("announce", "EventLost");
            tracing::error!(%failure, "a change that can't be told of: skipped");
            true
        }
        Err(failure) => {
            tracing::warn!(%failure, "a change was not told of, again soon");
            false
        }
    }
}

fn failed(record: &EventRecord) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = Some(record.change.sequence_number.clone().unwrap_or_default());
    failure
}

#[derive(Deserialize)]
struct Keys {
    pk: String,
    sk: String,
}

#[derive(Deserialize)]
struct Row {
    message: Message,
}

/// Of a message only where it goes: other kinds go nowhere from here.
#[derive(Deserialize)]
struct Message {
    kind: String,
    endpoint: Option<EndpointId>,
}

/// The template's filter lets only such records through, but a filter is not a promise.
fn told(record: &EventRecord) -> Told {
    let Ok(Keys { pk, sk }) = serde_dynamo::from_item(record.change.keys.clone()) else { return Told::Nothing };
    let (is_new, is_gone) = (record.event_name == "INSERT", record.event_name == "REMOVE");
    let Some((kind, id)) = RowKind::of(&pk) else { return Told::Nothing };
    match (kind, sk.as_str()) {
        (RowKind::Outbox, "#") if is_new => webhook(record, id).unwrap_or(Told::Nothing),
        (RowKind::Merchant, sk) if sk.starts_with(ENDPOINT) => id.parse().map_or(Told::Nothing, Told::Endpoint),
        (RowKind::Order | RowKind::Referral | RowKind::Link | RowKind::Advocate | RowKind::Person, "#") if !is_gone => {
            let number = record.change.sequence_number.clone().unwrap_or_default();
            Told::Change(Change::new(pk, number, record.change.old_image.clone(), record.change.new_image.clone()))
        }
        _ => Told::Nothing,
    }
}

fn webhook(record: &EventRecord, id: &str) -> Option<Told> {
    let Row { message } = serde_dynamo::from_item(record.change.new_image.clone()).ok()?;
    let endpoint = message.endpoint.filter(|_| ["hand_over", "event"].contains(&message.kind.as_str()))?;
    Some(Told::Webhook(endpoint, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_endpoints_and_changes_are_told_apart_and_the_rest_is_passed_over() {
        let records = serde_json::from_str::<Event>(include_str!("../events/changes.json")).expect("an event").records;
        let seen: Vec<_> = records
            .iter()
            .map(|record| match told(record) {
                Told::Webhook(endpoint, id) => format!("{id} to {endpoint}"),
                Told::Endpoint(merchant) => format!("an endpoint of {merchant}"),
                Told::Change(_) => "a change".to_owned(),
                Told::Nothing => String::new(),
            })
            .collect();
        let expected = [
            "out_01KAK5QG80EJZ3V6B7N2T4M9QC to whe_01KAK5QG80EJZ3V6B7N2T4M9QC",
            "out_01KAK5QG80Y5D8W1R3G6H7J9KX to whe_01KAK5QG80EJZ3V6B7N2T4M9QC",
            "an endpoint of mer_01KAK5QG80EJZ3V6B7N2T4M9QC",
            "a change",
        ];
        assert_eq!(seen[..4], expected);
        assert!(seen[4..].iter().all(String::is_empty), "{seen:?}");
    }
}
