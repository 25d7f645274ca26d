//! Links that were made, changed, or switched off.

use jiff::Timestamp;
use serde_json::json;

use super::{Change, Event};
use crate::domain::event::EventKind;
use crate::store::{Link, LinkState};

pub(super) fn events(change: &Change, now: Timestamp) -> Result<Vec<Event>, serde_dynamo::Error> {
    let (old, new) = change.read::<Link>()?;
    let (kind, at) = match &old {
        None => (EventKind::LinkCreated, new.created_at),
        Some(old) if shown(old) == shown(&new) => return Ok(Vec::new()),
        Some(old) if old.state == LinkState::Active && new.state == LinkState::Disabled => {
            (EventKind::LinkEnded, new.disabled_at.unwrap_or(now))
        }
        Some(_) => (EventKind::LinkChanged, now),
    };
    let data = json!({
        "code": new.code,
        "program": new.program,
        "shop": new.shop,
        "advocate": new.advocate,
        "state": new.state,
        "expires_at": new.expires_at,
        "platform_code": new.platform_code.as_ref().map(|code| code.state),
        "created_at": new.created_at,
        "version": new.version,
    });
    Ok(vec![Event::new(kind, at, &new.code, data)])
}

/// What of a link a merchant sees; how its code stands with a discount is our own business.
fn shown(link: &Link) -> impl PartialEq + use<> {
    let code = link.platform_code.as_ref().map(|code| code.state);
    (link.state, link.destination.clone(), link.expires_at, code, link.erased_at)
}
