//! What SES publishes about a mail, in its own words, and what of it matters here. No address is read: our tags say
//! which mail it is, and each mail has one reader. Source: SES developer guide, "Contents of event data that Amazon SES
//! publishes to Amazon SNS".

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::id::OutboxId;

/// One event about one copy of one mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) outbox: OutboxId,
    /// Which attempt the copy is of.
    pub(crate) attempt: u32,
    /// What SES calls the copy.
    pub(crate) message_id: String,
    /// When SES took it.
    pub(crate) sent_at: Timestamp,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// SES has it.
    Send,
    /// The reader's server has it.
    Delivery(Timestamp),
    /// It came back for good. `counts`: SES tried the address, so it counts towards the sender's reputation.
    HardBounce { at: Timestamp, counts: bool },
    /// It came back, perhaps not for good: a full mailbox, a server that is away.
    SoftBounce,
    /// Its reader called it spam. `counts` as above.
    Complaint { at: Timestamp, counts: bool },
    /// SES took it and will not send it.
    Reject,
    /// Nothing that changes anything.
    Other,
}

/// Why an event means nothing to us. Holds nothing of the event: addresses might be in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it is not the JSON that SES sends")]
    Shape,
    #[error("it has none of our tags, so the mail is none of ours")]
    Foreign,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "eventType")]
    kind: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Delivery>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    timestamp: Timestamp,
    message_id: String,
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: String,
    #[serde(rename = "bounceSubType", default)]
    sub_kind: String,
    timestamp: Timestamp,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(rename = "complaintSubType")]
    sub_kind: Option<String>,
    #[serde(rename = "complaintFeedbackType")]
    feedback: Option<String>,
    timestamp: Timestamp,
}

#[derive(Deserialize)]
struct Delivery {
    timestamp: Timestamp,
}

/// SES did not try: the address is on the account's own list, which no mailbox provider holds against the sender.
const NOT_TRIED: &str = "OnAccountSuppressionList";

/// Reads one event.
pub(crate) fn read(message: &str) -> Result<Told, Unreadable> {
    let event: Event = serde_json::from_str(message).map_err(|_| Unreadable::Shape)?;
    let tag = |name: &str| event.mail.tags.get(name).and_then(|values| values.first());
    let outbox = tag("outbox").and_then(|id| id.parse().ok()).ok_or(Unreadable::Foreign)?;
    let attempt = tag("attempt").and_then(|attempt| attempt.parse().ok()).ok_or(Unreadable::Foreign)?;
    let what = match (event.kind.as_str(), event.bounce, event.complaint, event.delivery) {
        ("Send", ..) => What::Send,
        ("Delivery", _, _, Some(delivery)) => What::Delivery(delivery.timestamp),
        ("Bounce", Some(bounce), ..) => match bounce.kind.as_str() {
            "Permanent" => What::HardBounce { at: bounce.timestamp, counts: bounce.sub_kind != NOT_TRIED },
            _ => What::SoftBounce,
        },
        ("Complaint", _, Some(complaint), _) => match complaint.feedback.as_deref() {
            Some("not-spam") => What::Other,
            _ => What::Complaint { at: complaint.timestamp, counts: complaint.sub_kind.as_deref() != Some(NOT_TRIED) },
        },
        ("Reject" | "Rendering Failure", ..) => What::Reject,
        ("Delivery" | "Bounce" | "Complaint", ..) => return Err(Unreadable::Shape),
        // Opens and clicks are not asked for; and what AWS may add.
        _ => What::Other,
    };
    Ok(Told { outbox, attempt, message_id: event.mail.message_id, sent_at: event.mail.timestamp, what })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn what(event: &Value) -> Result<What, Unreadable> {
        read(&event.to_string()).map(|told| told.what)
    }

    fn sample(text: &str) -> Value {
        let event: Value = serde_json::from_str(text).expect("JSON");
        let message = event["Records"][0]["Sns"]["Message"].as_str().expect("a message");
        serde_json::from_str(message).expect("JSON")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn each_event_of_ses_means_one_thing() {
        let bounce = sample(include_str!("../events/bounce.json"));
        let complaint = sample(include_str!("../events/complaint.json"));
        let bounced_at = at("2026-11-21T10:00:05.000Z");
        let with = |event: &Value, path: &str, value: Value| {
            let mut event = event.clone();
            *event.pointer_mut(path).expect("a field") = value;
            event
        };
        let cases = [
            (sample(include_str!("../events/send.json")), What::Send),
            (sample(include_str!("../events/delivery.json")), What::Delivery(at("2026-11-21T10:00:02.000Z"))),
            (sample(include_str!("../events/reject.json")), What::Reject),
            (sample(include_str!("../events/rendering-failure.json")), What::Reject),
            (bounce.clone(), What::HardBounce { at: bounced_at, counts: true }),
            (
                with(&bounce, "/bounce/bounceSubType", json!("Suppressed")),
                What::HardBounce { at: bounced_at, counts: true },
            ),
            (
                with(&bounce, "/bounce/bounceSubType", json!(NOT_TRIED)),
                What::HardBounce { at: bounced_at, counts: false },
            ),
            (with(&bounce, "/bounce/bounceType", json!("Transient")), What::SoftBounce),
            (with(&bounce, "/bounce/bounceType", json!("Undetermined")), What::SoftBounce),
            (complaint.clone(), What::Complaint { at: at("2026-11-21T11:30:00.000Z"), counts: true }),
            (
                with(&complaint, "/complaint/complaintSubType", json!(NOT_TRIED)),
                What::Complaint { at: at("2026-11-21T11:30:00.000Z"), counts: false },
            ),
            (with(&complaint, "/complaint/complaintFeedbackType", json!("not-spam")), What::Other),
            (with(&complaint, "/eventType", json!("Open")), What::Other),
            (with(&complaint, "/eventType", json!("DeliveryDelay")), What::Other),
        ];
        for (event, expected) in cases {
            assert_eq!(what(&event), Ok(expected), "{event}");
        }
    }

    #[test]
    fn an_event_names_the_copy_it_is_about() {
        let told = read(&sample(include_str!("../events/send.json")).to_string()).expect("an event");
        assert_eq!((told.outbox.to_string().as_str(), told.attempt), ("out_01KAK5QG80EJZ3V6B7N2T4M9QC", 2));
        assert_eq!(told.sent_at, at("2026-11-21T10:00:00.123Z"));
        assert!(told.message_id.starts_with("0102019a"));
    }

    #[test]
    fn what_is_none_of_ours_or_no_event_is_told_apart_and_says_no_address() {
        let send = sample(include_str!("../events/send.json"));
        for (path, value, expected) in [
            ("/mail/tags", json!({}), Unreadable::Foreign),
            ("/mail/tags/outbox", json!(["nonsense"]), Unreadable::Foreign),
            ("/mail/tags/outbox", json!([]), Unreadable::Foreign),
            ("/mail/tags/attempt", json!(["-1"]), Unreadable::Foreign),
            ("/mail/timestamp", json!("yesterday"), Unreadable::Shape),
            ("/mail", json!(null), Unreadable::Shape),
            ("/eventType", json!(7), Unreadable::Shape),
            ("/eventType", json!("Bounce"), Unreadable::Shape),
        ] {
            let mut event = send.clone();
            *event.pointer_mut(path).expect("a field") = value;
            let unreadable = what(&event).expect_err("it is refused");
            assert_eq!(unreadable, expected, "{path}");
            assert!(!unreadable.to_string().contains('@'));
        }
        for junk in ["", "{}", "[]", "Successfully validated SNS topic for Amazon SES event publishing."] {
            assert_eq!(read(junk), Err(Unreadable::Shape), "{junk}");
        }
    }
}
