//! The merchant's own settings: `/v1/merchant`. Currency, time zone and sender stay as they were made: books, budgets and
//! the mail account are built on them.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::digest;
use shared::domain::brand::{Brand, Colour};
use shared::domain::email::{EmailAddress, MAILABLE};
use shared::domain::person::Locale;
use shared::http::{Answer, ApiError, Call, Faults, Patch};
use shared::store::{Every, Merchant, Writes};

use crate::validate::{https_url, language, sender};

/// An address fits on a letter.
const ADDRESS: &str = "must be 1 to 300 characters on at most 6 lines";

/// `GET /v1/merchant`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    shown(app, &own(app, call).await?).await
}

/// The merchant whose key the call carries.
pub(crate) async fn own(app: &App, call: &Call) -> Result<Merchant, ApiError> {
    let id = call.merchant(app).await?;
    app.store.merchant(id).await?.ok_or_else(|| ApiError::not_found("merchant"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    name: Option<String>,
    locale: Option<Locale>,
    #[serde(default)]
    notices_to: Patch<EmailAddress>,
    #[serde(default)]
    brand: Patch<BrandBody>,
    /// Only `false` can be said: the engine pauses, the merchant lets go on.
    mail_paused: Option<bool>,
    /// How often the digest of what waits comes.
    digest: Option<Every>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandBody {
    #[serde(default)]
    logo_url: Patch<String>,
    #[serde(default)]
    colour: Patch<Colour>,
    #[serde(default)]
    from_name: Patch<String>,
    #[serde(default)]
    postal_address: Patch<String>,
    #[serde(default)]
    reply_to: Patch<EmailAddress>,
}

/// `PATCH /v1/merchant`. What is left out stays; `null` returns to how it was at the beginning.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let before = own(app, call).await?;
    let (body, told): (ChangeBody, _) = call.act()?;
    let mut faults = Faults::default();
    if let Some(new) = body.locale.as_ref().filter(|new| **new != before.locale) {
        language(&mut faults, "/locale", new);
    }
    if let Some(new) = &body.name {
        sender(&mut faults, "/name", new, 100);
    }
    let brand = match &body.brand {
        Patch::Absent => before.brand.clone(),
        Patch::Clear => Brand::default(),
        Patch::Set(changes) => changed(&before.brand, changes, &mut faults),
    };
    if let Patch::Set(reader) = &body.notices_to {
        faults.unless(reader.is_mailable(), "/notices_to", MAILABLE);
    }
    faults.unless(body.mail_paused != Some(true), "/mail_paused", "can only be false: mails are paused by the engine");
    faults.finish()?;
    let after = Merchant {
        name: body.name.map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
        locale: body.locale.unwrap_or_else(|| before.locale.clone()),
        notices_to: body.notices_to.applied_to(before.notices_to.as_ref()),
        brand,
        version: before.version + 1,
        ..before
    };
    let mut writes = Writes::default();
    app.store.change_merchant(&mut writes, &after)?;
    told.record_change(app, &mut writes, after.id, ("change_merchant", &after.id.to_string()))?;
    app.store.transact(writes).await.map_err(|failure| {
        if failure.is_condition() {
            return ApiError::conflict("version_conflict", "the merchant was changed at the same time; try again");
        }
        failure.into()
    })?;
    // After what is fenced: each of these can be said again.
    if body.mail_paused == Some(false) {
        app.store.resume_mail(after.id, app.now()).await?;
    }
    if let Some(every) = body.digest {
        digest::set(app, &after, every).await?;
    }
    shown(app, &own(app, call).await?).await
}

/// With what stands in items of its own.
async fn shown(app: &App, merchant: &Merchant) -> Result<Answer, ApiError> {
    let digest = app.store.digest(merchant.id).await?;
    Ok(Answer::ok(view(merchant, digest.map_or(Every::Never, |digest| digest.every))))
}

fn changed(before: &Brand, changes: &BrandBody, faults: &mut Faults) -> Brand {
    if let Patch::Set(url) = &changes.logo_url {
        let fits =
            https_url(url).is_some() && url.len() <= 500 && !url.chars().any(|c| c.is_whitespace() || c.is_control());
        faults.unless(fits, "/brand/logo_url", "must be an https URL of at most 500 characters, without port or user");
    }
    if let Patch::Set(from_name) = &changes.from_name {
        sender(faults, "/brand/from_name", from_name, 64);
    }
    if let Patch::Set(address) = &changes.postal_address {
        let plain = !address.chars().any(|c| c.is_control() && c != '\n') && !address.trim().is_empty();
        let fits = address.chars().count() <= 300 && address.trim().lines().count() <= 6;
        faults.unless(plain && fits, "/brand/postal_address", ADDRESS);
    }
    if let Patch::Set(reply_to) = &changes.reply_to {
        faults.unless(reply_to.is_mailable(), "/brand/reply_to", MAILABLE);
    }
    let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned());
    Brand {
        logo_url: changes.logo_url.applied_to(before.logo_url.as_ref()),
        colour: changes.colour.applied_to(before.colour.as_ref()),
        from_name: trimmed(changes.from_name.applied_to(before.from_name.as_ref())),
        postal_address: trimmed(changes.postal_address.applied_to(before.postal_address.as_ref())),
        reply_to: changes.reply_to.applied_to(before.reply_to.as_ref()),
    }
}

/// A merchant as it is shown.
pub(crate) fn view(merchant: &Merchant, digest: Every) -> Value {
    let Brand { logo_url, colour, from_name, postal_address, reply_to } = &merchant.brand;
    json!({
        "id": merchant.id,
        "name": merchant.name,
        "currency": merchant.currency,
        "time_zone": merchant.time_zone,
        "locale": merchant.locale,
        "mail_from": merchant.mail_from,
        "notices_to": merchant.notices_to(),
        "brand": {
            "logo_url": logo_url,
            "colour": colour,
            "from_name": from_name,
            "postal_address": postal_address,
            "reply_to": reply_to,
        },
        "mail_paused": merchant.mail_paused,
        "digest": digest,
        "created_at": merchant.created_at,
    })
}
