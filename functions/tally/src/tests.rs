//! Sample events as Lambda sends them, and what they come to.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use lambda_runtime::Context;
use shared::app::Clock;
use shared::config::Config;
use shared::crypto::Keys;
use shared::domain::endpoint::Reach;
use shared::domain::tally::{Count, Dimension};
use shared::store::Store;

use super::plan::{Plan, merchants, tell};
use super::*;

const CLICKS: &str = include_str!("../events/clicks.json");
const BOOKS: &str = include_str!("../events/books.json");
const WINDOW_END: &str = include_str!("../events/window-end.json");

fn batch(event: &str) -> Batch {
    serde_json::from_str(event).expect("an event")
}

fn plan(event: &str, firsts: &Firsts) -> Plan {
    let (told, unreadable) = tell(&batch(event).records);
    assert_eq!(unreadable, 0);
    let measure = Measure { time_zone: "Europe/Stockholm".into(), currency: "SEK".parse().expect("a currency") };
    let measures: HashMap<_, _> = merchants(&told).into_iter().map(|id| (id, measure.clone())).collect();
    Plan::of(&told, &measures, firsts)
}

/// What a plan adds in one dimension of programs, by value.
fn added(plan: &Plan, by: Dimension, count: Count) -> Vec<(String, i64)> {
    let of = |counter: &Counter| matches!(counter, Counter::Day { by: of, .. } if *of == by);
    let sums = plan.counters.iter().filter(|(counter, _)| of(counter)).flat_map(|(_, sum)| sum.counts(None));
    let mut added: Vec<_> =
        sums.filter(|((_, of), _)| *of == count).map(|((value, _), amount)| (value, amount)).collect();
    added.sort();
    added
}

/// An engine whose storage never answers.
fn app() -> App {
    let config = Config {
        core_table: "core".into(),
        clicks_table: String::new(),
        public_url: String::new(),
        country_header: shared::config::COUNTRY_HEADER.into(),
        keys: Keys::new([(1, "k".repeat(40))].into(), &"p".repeat(40)).expect("keys"),
        operator_key: None,
    };
    let sdk = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"));
    let store = Store::new(aws_sdk_dynamodb::Client::from_conf(sdk.build()), "core");
    App { config, store, clock: Clock::System, reach: Reach::Internet }
}

async fn answered(batch: Batch) -> Result<Value, Error> {
    handle(&app(), &Warm::default(), LambdaEvent::new(batch, Context::default())).await
}

#[test]
fn clicks_are_counted_by_their_origin() {
    let plan = plan(CLICKS, &Firsts::new());
    let named = |value: &str, many| (value.to_owned(), many);
    assert_eq!(added(&plan, Dimension::Total, Count::Clicks), [named("", 4)]);
    assert_eq!(added(&plan, Dimension::Total, Count::Visitors), [named("", 3)]);
    let by_channel = [named("?", 1), named("email", 2), named("whatsapp", 1)];
    assert_eq!(added(&plan, Dimension::Channel, Count::Clicks), by_channel);
    assert_eq!(added(&plan, Dimension::Market, Count::Clicks), [named("?", 1), named("NO", 1), named("SE", 2)]);
    assert_eq!(added(&plan, Dimension::Variant, Count::Visitors), [named("?", 2), named("invite.b", 1)]);
    // Five dimensions of one day, and a chunk of the log.
    assert_eq!((plan.counters.len(), plan.chunks.len(), plan.writes()), (5, 1, 6));
}

#[test]
fn the_books_tell_of_links_orders_rewards_and_mails() {
    let plan = plan(BOOKS, &Firsts::new());
    for count in [Count::Enrolled, Count::Credited, Count::Mails, Count::Purchases] {
        assert_eq!(added(&plan, Dimension::Total, count).iter().map(|(_, many)| many).sum::<i64>(), 1, "{count:?}");
    }
    assert_eq!(added(&plan, Dimension::Total, Count::Net), [(String::new(), 50_000)]);
    assert!(plan.counters.keys().any(|counter| matches!(counter, Counter::Advocate { .. })));
}

#[test]
fn invitations_are_told_from_other_mails_however_their_row_names_them() {
    let message = |message: Value| {
        let mut event: Value = serde_json::from_str(BOOKS).expect("JSON");
        let records = event["Records"].as_array_mut().expect("records");
        records
            .retain(|record| record["dynamodb"]["Keys"]["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("OUT#")));
        let row = &mut records[0]["dynamodb"]["NewImage"];
        let program = row["message"]["M"]["program"].clone();
        row["message"] = json!({"M": message});
        row["message"]["M"]["program"] = program;
        row["variant"] = json!({"S": "invite.b"});
        row["locale"] = json!({"S": "sv-SE"});
        let plan = plan(&event.to_string(), &Firsts::new());
        let of = |by, count| added(&plan, by, count);
        (
            of(Dimension::Variant, Count::Invites),
            of(Dimension::Market, Count::Mails),
            of(Dimension::Channel, Count::Mails),
        )
    };
    let once = |value: &str| vec![(value.to_owned(), 1)];
    for invite in [
        json!({"kind": {"S": "mail"}, "mail": {"S": "invite"}}),
        json!({"kind": {"S": "mail"}, "moment": {"M": {"kind": {"S": "invite"}}}}),
        json!({"kind": {"S": "mail"}}),
        json!({"kind": {"S": "invite"}}),
    ] {
        assert_eq!(message(invite), (once("invite.b"), once("SE"), once("email")));
    }
    let (invites, mails, _) = message(json!({"kind": {"S": "mail"}, "mail": {"S": "reminder"}}));
    assert_eq!((invites, mails), (Vec::new(), once("SE")));
    assert_eq!(message(json!({"kind": {"S": "hand_over"}})).1, []);
}

#[test]
fn what_can_not_be_read_holds_nobody_up() {
    let mut event: Value = serde_json::from_str(CLICKS).expect("JSON");
    event["Records"][0]["dynamodb"]["NewImage"]["program"] = json!({"S": "nonsense"});
    event["Records"][3]["eventName"] = json!("REMOVE");
    let (told, unreadable) = tell(&batch(&event.to_string()).records);
    assert_eq!((told.len(), unreadable), (2, 1));
}

#[test]
fn a_row_that_an_earlier_version_wrote_counts_its_clicks() {
    let mut event: Value = serde_json::from_str(CLICKS).expect("JSON");
    for record in event["Records"].as_array_mut().expect("records") {
        for image in ["OldImage", "NewImage"] {
            let row = record["dynamodb"][image].as_object_mut().expect("an image");
            for newer in ["day", "advocate", "origin", "last_from"] {
                row.remove(newer);
            }
        }
    }
    let plan = plan(&event.to_string(), &Firsts::new());
    assert_eq!(added(&plan, Dimension::Channel, Count::Clicks), [("?".to_owned(), 4)]);
}

#[tokio::test]
async fn a_batch_that_storage_does_not_take_comes_again_from_its_first_record() {
    let first = batch(CLICKS).records[0].sequence().expect("a number").to_string();
    let answer = answered(batch(CLICKS)).await.expect("an answer");
    assert_eq!(answer, json!({"state": {}, "batchItemFailures": [{"itemIdentifier": first}]}));
}

#[tokio::test]
async fn the_end_of_a_window_brings_nothing_and_needs_a_state() {
    assert_eq!(answered(batch(WINDOW_END)).await.expect("an answer"), json!({"state": {}, "batchItemFailures": []}));
}

#[tokio::test]
async fn a_batch_without_its_shard_is_refused_as_a_whole() {
    let without = Batch { shard: None, ..batch(CLICKS) };
    assert!(answered(without).await.expect_err("refused").to_string().contains("tumbling window"));
}
