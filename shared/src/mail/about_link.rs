//! What a mail about a link says: to its advocate, that it is there; to a friend, what it gives.

use super::about_reward::share_page;
use super::address::ours;
use super::draft::Occasion;
use super::mailer::Mail;
use super::person::Reader;
use crate::domain::code::Code;
use crate::domain::mail::MailKind;
use crate::domain::person::PersonName;
use crate::invites::reach;
use crate::prepared::{DeliverError, Prepared};
use crate::store::{Link, StoreError};

/// Writes the mail. A link that ended meanwhile is nothing to write about.
pub(super) async fn about_link(reader: &Reader<'_>, code: &Code) -> Result<Prepared<Mail>, DeliverError> {
    let Reader { app, program, profile, .. } = reader;
    let never = profile.customer.as_ref().is_some_and(|customer| customer.do_not_ask);
    let Some(contact) = reach(profile).cloned().filter(|_| !(never && reader.mail.is_request())) else {
        return Ok(Prepared::Suppress);
    };
    let Some(link) = app.store.link(code).await? else { return Ok(Prepared::Missing("link")) };
    let ended = link.dead_from().is_some_and(|end| end <= app.now());
    if ended || !program.is_active_at(app.now()) {
        return Ok(Prepared::Suppress);
    }
    let Some(shop) = app.store.shop_eventually(program.shop).await? else { return Ok(Prepared::Missing("shop")) };
    match reader.mail {
        MailKind::Invite => {
            let link = share_page(app, code).await?;
            reader.write(contact, &shop.site, Occasion::Invite { link, code, program }).await
        }
        MailKind::Reminder => {
            let link = share_page(app, code).await?;
            reader.write(contact, &shop.site, Occasion::Reminder { link, code, program }).await
        }
        MailKind::Welcome => {
            let name = advocates_name(reader, &link).await?;
            let link = ours(app, &format!("/r/{code}/email")).filter(|_| link.works_at(app.now()));
            let occasion = Occasion::Welcome { advocate: name.as_ref(), code, link, program };
            reader.write(contact, &shop.site, occasion).await
        }
        MailKind::FriendOrdered
        | MailKind::RewardReady
        | MailKind::RewardVoid
        | MailKind::RewardBack
        | MailKind::RewardExpiring => Ok(Prepared::GiveUp("a mail of another kind")),
    }
}

/// Who recommends, if the friend may know: a link that was passed on by its advocate tells as much.
async fn advocates_name(reader: &Reader<'_>, link: &Link) -> Result<Option<PersonName>, StoreError> {
    let Reader { app, row, .. } = reader;
    let Some(advocate) = app.store.advocate(link.advocate).await? else { return Ok(None) };
    let profile = app.store.person(row.merchant, &advocate.person).await?;
    Ok(profile.and_then(|profile| profile.contact).and_then(|contact| contact.name))
}
