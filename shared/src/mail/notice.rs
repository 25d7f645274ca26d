//! The mails that tell the merchant what the engine can't mend by itself. They are part of the service, so there is
//! nothing to unsubscribe from.

use super::letter::Letter;
use super::mailer::{Mail, Said};
use super::message::mime;
use crate::App;
use crate::domain::id::MerchantId;
use crate::owed::{Unpaid, to_pay};
use crate::prepared::{DeliverError, Prepared};
use crate::store::{Notice, OutboxRow, StoreError, Waiting};

/// Writes the mail, from the merchant's own sender: SES knows no other. To itself it goes from the sender's address with a
/// label: SES verifies no labels, and mails from an address to itself are what forgers send (SES developer guide, "Creating
/// and verifying identities", on labels).
pub(crate) async fn notice(app: &App, row: &OutboxRow, notice: &Notice) -> Result<Prepared<Mail>, DeliverError> {
    let Some(merchant) = app.store.merchant(row.merchant).await? else { return Ok(Prepared::Missing("merchant")) };
    let to = merchant.notices_to().clone();
    let unpaid = match notice {
        Notice::Digest { waiting } => unpaid(app, row.merchant, waiting).await?,
        _ => Unpaid::default(),
    };
    let letter = Letter::notice(notice, &merchant, &unpaid)?;
    let sender = if to.canonical() == merchant.mail_from.canonical() {
        merchant.mail_from.labelled("goodword")
    } else {
        merchant.mail_from.clone()
    };
    let mime = mime(row.id, &sender, &to, &letter, app.now());
    Ok(Prepared::Send(Mail {
        id: row.id,
        kind: row.message.kind(),
        from: merchant.mail_from,
        to,
        mime,
        said: Said::of(&letter),
    }))
}

/// What is to be handed over, to whom as far as anybody knows by now.
async fn unpaid(app: &App, merchant: MerchantId, waiting: &Waiting) -> Result<Unpaid, StoreError> {
    let rewards = to_pay(app, merchant, &waiting.longest).await?;
    let told = u32::try_from(waiting.longest.len()).unwrap_or(u32::MAX);
    let call = format!("GET {}/v1/rewards?to_pay=true", app.config.public_url);
    Ok(Unpaid { rewards, more: waiting.to_pay.saturating_sub(told), call })
}
