//! Sends what was written to the outbox, as soon as the table's stream tells of it. Only the fast path: whatever is
//! lost or given up here, `timers` finds in the index of due work.

use std::time::Duration;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use shared::app::has_time_left;
use shared::delivery::{Courier, deliver};
use shared::domain::id::OutboxId;
use shared::store::RowKind;
use shared::{App, telemetry};

/// What one message may take: a few calls to storage, and one to SES or to a merchant's system, which may take 15 s.
const ONE_MESSAGE: Duration = Duration::from_secs(25);

/// Sends the messages of one batch. The answer names what failed for a reason that passes; Lambda sends everything from
/// the first of these on again, and what was sent meanwhile is then a no-op. A record that can never succeed is not
/// named: it would hold up the shard, and with it everyone else's mail.
pub async fn handle(app: &App, courier: &Courier, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
    let mut response = DynamoDbEventResponse::default();
    for record in &event.payload.records {
        let sequence_number = record.change.sequence_number.clone().unwrap_or_default();
        if !has_time_left(event.context.deadline, ONE_MESSAGE) {
            // Cut off in the midst of sending, a message would count as perhaps sent. Lambda starts here the next time.
            response.batch_item_failures.push(failed(sequence_number));
            break;
        }
        let outbox = match outbox_id(record) {
            Some(Ok(outbox)) => outbox,
            Some(Err(pk)) => {
                give_up(&pk, "no outbox id");
                continue;
            }
            None => continue,
        };
        match deliver(app, courier, outbox).await {
            Ok(_) => {}
            Err(failure) if failure.is_lasting() => give_up(&outbox.to_string(), &failure.to_string()),
            Err(failure) => {
                tracing::warn!(%outbox, sequence_number, %failure, "message not seen to, again soon");
                response.batch_item_failures.push(failed(sequence_number));
            }
        }
    }
    Ok(response)
}

fn failed(sequence_number: String) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = Some(sequence_number);
    failure
}

fn give_up(record: &str, failure: &str) {
    telemetry::count("notify", "MailDead");
    tracing::error!(record, failure, "a message that can't be seen to: skipped");
}

#[derive(Deserialize)]
struct Keys {
    pk: String,
}

#[derive(Deserialize)]
struct Row {
    message: Kind,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// Webhooks are sent by `announce`: who does not take them must not hold mails up.
fn is_webhook(record: &EventRecord) -> bool {
    let row: Option<Row> = serde_dynamo::from_item(record.change.new_image.clone()).ok();
    row.is_some_and(|row| ["hand_over", "event"].contains(&row.message.kind.as_str()))
}

/// The message that was put into the outbox; `None` when the record tells of something else. The template's filter lets
/// only such records through, but a filter is not a promise.
fn outbox_id(record: &EventRecord) -> Option<Result<OutboxId, String>> {
    let keys: Keys = serde_dynamo::from_item(record.change.keys.clone()).ok()?;
    let (kind, id) = RowKind::of(&keys.pk)?;
    let is_ours = kind == RowKind::Outbox && record.event_name == "INSERT" && !is_webhook(record);
    is_ours.then(|| id.parse().map_err(|_| keys.pk.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(event: &str) -> Vec<EventRecord> {
        serde_json::from_str::<Event>(event).expect("an event").records
    }

    #[test]
    fn a_new_mail_is_found_by_its_key() {
        let ids: Vec<_> = records(include_str!("../events/outbox.json")).iter().filter_map(outbox_id).collect();
        let id = |text: &str| text.parse::<OutboxId>().expect(text);
        assert_eq!(ids, [Ok(id("out_01KAK5QG80EJZ3V6B7N2T4M9QC")), Ok(id("out_01KAK5QG80Y5D8W1R3G6H7J9KX"))]);
    }

    #[test]
    fn what_is_no_new_mail_is_passed_over_and_what_names_none_is_told() {
        let ids: Vec<_> = records(include_str!("../events/other.json")).iter().map(outbox_id).collect();
        assert_eq!(ids, [None, None, Some(Err("OUT#nonsense".into()))]);
    }

    #[test]
    fn webhooks_are_left_to_announce() {
        let [mail, ..] = &records(include_str!("../events/outbox.json"))[..] else { panic!("a record") };
        for (kind, is_ours) in
            [("mail", true), ("notice", true), ("reward_code", true), ("hand_over", false), ("event", false)]
        {
            let mut record = mail.clone();
            let message = serde_json::json!({"message": {"kind": kind}});
            record.change.new_image = serde_dynamo::to_item(message).expect("an item");
            assert_eq!(outbox_id(&record).is_some(), is_ours, "{kind}");
        }
    }
}
