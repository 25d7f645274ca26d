//! What SES would tell of a mail afterwards: that it has it, and that it was delivered, came back or was called spam. As
//! with SES's own mailbox simulator, the address decides: `bounce@`, `complaint@`, `suppressionlist@` and `success@` of
//! `simulator.amazonses.com`, also with a label, such as `bounce+anna@…`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Events that SES has not told yet. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct SesEvents(Arc<Mutex<VecDeque<Value>>>);

impl SesEvents {
    /// SES took this mail with these form fields.
    pub(crate) fn taken(&self, message_id: &str, to: &str, fields: &[(String, String)], at: Timestamp) {
        let mail = json!({"timestamp": at, "messageId": message_id, "source": "local", "destination": [to], "tags": tags(fields)});
        let event = |kind: &str, name: &str, detail: Value| json!({"eventType": kind, "mail": mail, name: detail});
        let bounce = |sub_kind: &str| {
            let detail = json!({"bounceType": "Permanent", "bounceSubType": sub_kind, "timestamp": at, "feedbackId": message_id,
                "bouncedRecipients": [{"emailAddress": to}]});
            event("Bounce", "bounce", detail)
        };
        let delivery = || event("Delivery", "delivery", json!({"timestamp": at, "recipients": [to]}));
        let (who, host) = to.rsplit_once('@').unwrap_or_default();
        let simulated = if host == "simulator.amazonses.com" { who.split('+').next().unwrap_or_default() } else { "" };
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.push_back(event("Send", "send", json!({})));
        match simulated {
            "bounce" => events.push_back(bounce("General")),
            "suppressionlist" => events.push_back(bounce("Suppressed")),
            "complaint" => {
                events.push_back(delivery());
                let detail = json!({"complaintFeedbackType": "abuse", "timestamp": at, "feedbackId": message_id,
                    "complainedRecipients": [{"emailAddress": to}]});
                events.push_back(event("Complaint", "complaint", detail));
            }
            _ => events.push_back(delivery()),
        }
    }

    /// Takes what SES has to tell, as its messages.
    pub fn take(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

/// SES's messages as SNS hands them to a function.
pub fn in_sns(messages: &[Value]) -> Value {
    let record = |message: &Value| {
        json!({"EventSource": "aws:sns", "EventVersion": "1.0",
        "Sns": {"Type": "Notification", "Message": message.to_string()}})
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

/// `Tags.member.1.Name=outbox&Tags.member.1.Value=out_…` as an event has them.
fn tags(fields: &[(String, String)]) -> Map<String, Value> {
    let value = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let tags = (1..=50).map_while(|n| {
        Some((value(&format!("Tags.member.{n}.Name"))?, json!([value(&format!("Tags.member.{n}.Value"))?])))
    });
    tags.collect()
}
