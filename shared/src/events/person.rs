//! Advocates, and what people want to be written to about. A person is an advocate's id or a pseudonym, never an address.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Change, Event};
use crate::domain::event::EventKind;
use crate::domain::id::AdvocateId;

/// What of a stored advocate is told.
#[derive(Deserialize, PartialEq)]
struct AdvocateRow {
    id: AdvocateId,
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    erased_at: Option<Timestamp>,
    created_at: Timestamp,
}

pub(super) fn advocate(change: &Change, now: Timestamp) -> Result<Vec<Event>, serde_dynamo::Error> {
    let (old, new) = change.read::<AdvocateRow>()?;
    let (kind, at) = match &old {
        None => (EventKind::AdvocateCreated, new.created_at),
        Some(old) if *old == new => return Ok(Vec::new()),
        Some(_) => (EventKind::AdvocateChanged, now),
    };
    let data = json!({
        "advocate": new.id,
        "loyalty_tier": new.tier,
        "erased_at": new.erased_at,
        "created_at": new.created_at,
    });
    Ok(vec![Event::new(kind, at, &new.id, data)])
}

/// What of a stored person is told.
#[derive(Deserialize)]
struct PersonRow {
    #[serde(default)]
    advocate: Option<AdvocateId>,
    #[serde(default)]
    unsubscribed_at: Option<Timestamp>,
    /// Kinds of mail that the person does not want.
    #[serde(default)]
    muted: BTreeSet<String>,
}

impl PersonRow {
    /// What the person wants: `all`, `some` or `none` of the mails.
    fn wants(&self) -> &'static str {
        match (self.unsubscribed_at, self.muted.is_empty()) {
            (Some(_), _) => "none",
            (None, false) => "some",
            (None, true) => "all",
        }
    }
}

pub(super) fn consent(change: &Change, now: Timestamp) -> Result<Vec<Event>, serde_dynamo::Error> {
    let Some((_, person)) = change.person() else { return Ok(Vec::new()) };
    let (old, new) = change.read::<PersonRow>()?;
    let before = old.as_ref().map_or(("all", BTreeSet::new()), |old| (old.wants(), old.muted.clone()));
    if before == (new.wants(), new.muted.clone()) {
        return Ok(Vec::new());
    }
    let data = json!({
        "person": person,
        "advocate": new.advocate,
        "mail": new.wants(),
        "muted": new.muted,
    });
    Ok(vec![Event::new(EventKind::ConsentChanged, new.unsubscribed_at.unwrap_or(now), &person, data)])
}
