//! The mails that tell the merchant what the engine can't mend by itself. They are part of the service, so there is
//! nothing to unsubscribe from.

use super::letter::Letter;
use super::mailer::{Mail, Said};
use super::message::mime;
use crate::App;
use crate::delivery::{DeliverError, Verdict};
use crate::store::{Notice, OutboxRow};

/// Writes the mail, from the merchant's own sender: SES knows no other. To itself it goes from the sender's address with a
/// label: SES verifies no labels, and mails from an address to itself are what forgers send (SES developer guide, "Creating
/// and verifying identities", on labels).
pub(crate) async fn notice(app: &App, row: &OutboxRow, notice: &Notice) -> Result<Verdict, DeliverError> {
    let Some(merchant) = app.store.merchant(row.merchant).await? else { return Ok(Verdict::Missing("merchant")) };
    let to = merchant.notices_to().clone();
    let letter = Letter::notice(notice, &merchant)?;
    let sender = if to.canonical() == merchant.mail_from.canonical() {
        merchant.mail_from.labelled("goodword")
    } else {
        merchant.mail_from.clone()
    };
    let mime = mime(row.id, &sender, &to, &letter, app.now());
    Ok(Verdict::Mail(Mail {
        id: row.id,
        kind: row.message.kind(),
        from: merchant.mail_from,
        to,
        mime,
        said: Said::of(&letter),
    }))
}
