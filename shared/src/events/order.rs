//! Orders that are decided, or decided otherwise. One that nothing of ours is on is told of to nobody.

use serde::Deserialize;
use serde_json::json;

use super::{Change, Event};
use crate::domain::decision::{Decision, Outcome};
use crate::domain::event::EventKind;
use crate::domain::id::ReferralId;
use crate::domain::order::OrderRef;

/// What of a stored order matters here.
#[derive(Deserialize)]
struct Row {
    order: OrderRef,
    version: u64,
    #[serde(default)]
    decision: Option<Decision>,
    #[serde(default)]
    referral: Option<ReferralId>,
}

impl Row {
    /// What a receiver would see as another decision.
    fn said(&self) -> Option<impl PartialEq> {
        let said =
            |it: &Decision| (it.outcome, it.sentence.clone(), it.credit.clone(), self.referral, it.net, it.refunded);
        self.decision.as_ref().map(said)
    }
}

pub(super) fn events(change: &Change) -> Result<Vec<Event>, serde_dynamo::Error> {
    let (old, new) = change.read::<Row>()?;
    let Some(decision) = &new.decision else { return Ok(Vec::new()) };
    if old.as_ref().and_then(Row::said) == new.said() {
        return Ok(Vec::new());
    }
    // Of an order that is not credited it only names whose evidence led.
    let credit = decision.credit.as_ref().filter(|_| decision.outcome != Outcome::NotCredited);
    let data = json!({
        "order": {"shop": new.order.shop, "id": new.order.id},
        "version": new.version,
        "outcome": decision.outcome,
        "sentence": decision.sentence,
        "program": credit.map(|credit| credit.program),
        "advocate": credit.map(|credit| credit.advocate),
        "code": credit.map(|credit| &credit.code),
        "referral": new.referral,
        "net": decision.net,
        "refunded": decision.refunded,
    });
    let subject = format!("{}#{}", new.order.shop, new.order.id);
    Ok(vec![Event::new(EventKind::OrderDecided, decision.decided_at, &subject, data)])
}
