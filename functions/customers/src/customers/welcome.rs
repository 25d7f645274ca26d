//! `POST /v1/links/{code}/friends`: a friend who opened a link gave the shop an address, and is told of the offer, with
//! the code. Once, however often the address is given.

use serde::Deserialize;
use serde_json::json;
use shared::App;
use shared::domain::code::Code;
use shared::domain::email::EmailAddress;
use shared::domain::id::MerchantId;
use shared::domain::mail::MailKind;
use shared::domain::person::{Locale, PersonName};
use shared::http::{Answer, ApiError, Call, Patch, commit, save};
use shared::store::{About, Claim, LinkState, Message, OutboxRow, Recipient, Writes};

use super::change::{Change, apply};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Friend {
    email: EmailAddress,
    #[serde(default)]
    name: Option<PersonName>,
    #[serde(default)]
    locale: Option<Locale>,
}

/// Welcomes a friend. `welcome`: whether a mail goes out, and if not, why.
pub(crate) async fn welcome(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let Friend { email, name, locale } = call.json()?;
    let missing = || ApiError::not_found("link");
    let code: Code = call.path("code").parse().map_err(|_| missing())?;
    let link = app.store.link(&code).await?.filter(|link| link.merchant == merchant).ok_or_else(missing)?;
    let program = app.store.program(merchant, link.program).await?.ok_or_else(|| ApiError::not_found("program"))?;
    let advocate = app.store.advocate(link.advocate).await?;
    let person = app.config.keys.person_by_email(merchant, &email);
    let known = app.store.person(merchant, &person).await?.unwrap_or_default();
    let ended = link.state != LinkState::Active || link.dead_from().is_some_and(|end| end <= app.now());
    let is_customer = || app.store.first_orders(merchant, &person, 1);
    let reason = if ended || !program.is_active_at(app.now()) {
        Some("link_ended")
    } else if advocate.is_some_and(|advocate| advocate.person == person) {
        Some("own_link")
    } else if known.erased_at.is_some() {
        Some("erased")
    } else if !program.mails.sends(MailKind::Welcome) {
        Some("switched_off")
    } else if program.qualify.new_customers_only && !is_customer().await?.is_empty() {
        Some("not_a_new_customer")
    } else {
        None
    };
    let told =
        |reason: Option<&str>| Answer::ok(json!({"customer": person, "welcome": reason.is_none(), "reason": reason}));
    if reason.is_some() {
        return save(app, claim.as_ref(), &told(reason)).await;
    }
    // The address is written first: a mail that finds none would be suppressed.
    let change =
        Change::of_friend(email, name.map_or(Patch::Absent, Patch::Set), locale.map_or(Patch::Absent, Patch::Set));
    apply(app, merchant, &change, None).await?;
    let message = Message::Mail {
        mail: MailKind::Welcome,
        program: program.id,
        about: About::Link { code: link.code.clone() },
        recipient: Recipient { person: person.clone(), purchase: None },
    };
    let id = Message::welcome_id(&link.code, &person);
    let mut writes = Writes::default();
    app.store.put_outbox(&mut writes, &OutboxRow::queued(id, merchant, message, app.now()))?;
    match commit(app, claim.as_ref(), writes, told(None)).await? {
        Ok(answer) => Ok(answer),
        Err(failure) if failure.is_condition() => save(app, claim.as_ref(), &told(Some("welcomed_before"))).await,
        Err(failure) => Err(failure.into()),
    }
}
