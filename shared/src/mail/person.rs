//! Mails to persons: reads what a mail follows from as it is now, and writes it, if it still holds and its reader wants it.

use super::about_link::about_link;
use super::about_reward::about_reward;
use super::address::leave_url;
use super::draft::{Draft, Occasion};
use super::letter::Letter;
use super::mailer::{Mail, Said};
use super::message::mime;
use crate::App;
use crate::domain::id::ProgramId;
use crate::domain::mail::MailKind;
use crate::domain::person::Contact;
use crate::domain::program::Program;
use crate::domain::variant::assign;
use crate::prepared::{DeliverError, PAUSED, Prepared};
use crate::store::{About, Merchant, OutboxRow, PersonRow, Recipient};

/// A mail with all that every kind of it needs.
pub(super) struct Reader<'a> {
    pub(super) app: &'a App,
    pub(super) row: &'a OutboxRow,
    pub(super) mail: MailKind,
    pub(super) merchant: Merchant,
    pub(super) program: Program,
    pub(super) profile: PersonRow,
    pub(super) recipient: &'a Recipient,
}

/// Writes the mail.
pub(crate) async fn to_person(
    app: &App,
    row: &OutboxRow,
    mail: MailKind,
    program: ProgramId,
    about: &About,
    recipient: &Recipient,
) -> Result<Prepared<Mail>, DeliverError> {
    let Some(merchant) = app.store.merchant_eventually(row.merchant).await? else {
        return Ok(Prepared::Missing("merchant"));
    };
    if merchant.mail_paused.is_some() {
        return Ok(Prepared::Later(PAUSED));
    }
    let profile = app.store.person(row.merchant, &recipient.person).await?.unwrap_or_default();
    if profile.refuses(mail).is_some() {
        return Ok(Prepared::Suppress);
    }
    let Some(program) = app.store.program_eventually(row.merchant, program).await? else {
        return Ok(Prepared::Missing("program"));
    };
    if !program.mails.sends(mail) {
        return Ok(Prepared::Suppress);
    }
    let reader = Reader { app, row, mail, merchant, program, profile, recipient };
    match about {
        About::Reward { reward, side } => Box::pin(about_reward(&reader, *reward, *side)).await,
        About::Link { code } => Box::pin(about_link(&reader, code)).await,
    }
}

impl Reader<'_> {
    /// Puts it into words.
    pub(super) async fn write(
        &self,
        contact: Contact,
        site: &str,
        occasion: Occasion<'_>,
    ) -> Result<Prepared<Mail>, DeliverError> {
        let Self { app, row, mail, merchant, program, recipient, .. } = self;
        if !contact.email.is_mailable() {
            return Ok(Prepared::Unreachable("the address needs SMTPUTF8"));
        }
        let texts = app.store.mail_texts_eventually(row.merchant, program.id, *mail).await?;
        let letter = Letter::write(&Draft {
            merchant,
            reader: contact.locale.as_ref(),
            program: program.mails.locale.as_ref(),
            name: contact.name.as_ref(),
            site,
            unsubscribe: leave_url(app, row, &recipient.person),
            variant: assign(&texts, &recipient.person, program.id, *mail),
            occasion,
        })?;
        let mime = mime(row.id, &merchant.mail_from, &contact.email, &letter, app.now());
        let (kind, said) = (row.message.kind(), Said::of(&letter));
        Ok(Prepared::Send(Mail { id: row.id, kind, from: merchant.mail_from.clone(), to: contact.email, mime, said }))
    }
}
