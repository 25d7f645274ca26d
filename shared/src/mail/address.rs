//! Addresses of ours that stand in mails.

use crate::App;
use crate::domain::person::PersonKey;
use crate::store::{Message, OutboxRow};

/// An address of ours; `None` when we don't know where shoppers reach us.
pub(super) fn ours(app: &App, path: &str) -> Option<String> {
    let base = &app.config.public_url;
    (!base.is_empty()).then(|| format!("{base}{path}"))
}

/// Where the reader of this mail leaves. The address holds a signed token and nothing that names a person.
pub(super) fn leave_url(app: &App, row: &OutboxRow, person: &PersonKey) -> Option<String> {
    let Message::Mail { mail, .. } = row.message else { return None };
    ours(app, &format!("/u/{}", app.config.keys.sign_leave(row.merchant, person, mail)))
}
