//! New merchants: `POST /v1/merchants`, for the operator of the installation only.

use serde::Deserialize;
use serde_json::json;
use shared::App;
use shared::app::random;
use shared::crypto::{hex, sha256_hex};
use shared::digest;
use shared::domain::brand::Brand;
use shared::domain::email::{EmailAddress, MAILABLE};
use shared::domain::id::MerchantId;
use shared::domain::money::Currency;
use shared::domain::person::Locale;
use shared::http::{Answer, ApiError, Call, Faults, commit, once_by};
use shared::store::{Claim, DigestRow, Every, Merchant, Writes};

use crate::settings::view;
use crate::validate::{language, sender};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MerchantBody {
    name: String,
    currency: Currency,
    time_zone: String,
    locale: Locale,
    mail_from: EmailAddress,
    notices_to: Option<EmailAddress>,
}

/// `POST /v1/merchants`.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    call.operator(app)?;
    once_by(app, call, "operator", |claim| create_once(app, call, claim)).await
}

async fn create_once(app: &App, call: &Call, claim: Option<Claim>) -> Result<Answer, ApiError> {
    let (body, told): (MerchantBody, _) = call.act()?;
    let mut faults = Faults::default();
    sender(&mut faults, "/name", &body.name, 100);
    language(&mut faults, "/locale", &body.locale);
    let zone_known = jiff::tz::TimeZone::get(&body.time_zone).is_ok();
    faults.unless(body.mail_from.is_mailable(), "/mail_from", MAILABLE);
    faults.unless(body.notices_to.as_ref().is_none_or(EmailAddress::is_mailable), "/notices_to", MAILABLE);
    faults.unless(zone_known, "/time_zone", "must be an IANA time zone such as \"Europe/Stockholm\"");
    faults.finish()?;

    let merchant = Merchant {
        id: MerchantId::new(app.ulid()),
        name: body.name.trim().to_owned(),
        currency: body.currency,
        time_zone: body.time_zone,
        locale: body.locale,
        mail_from: body.mail_from,
        notices_to: body.notices_to,
        brand: Brand::default(),
        created_at: app.now(),
        mail_paused: None,
        mail_resumed_at: None,
        version: 1,
    };
    let api_key = new_api_key();
    let mut writes = Writes::default();
    app.store.put_merchant(&mut writes, &merchant, &sha256_hex(&[api_key.as_bytes()]))?;
    let every = Every::Week;
    let told = told.or_by("operator");
    told.record(app, &mut writes, merchant.id, ("create_merchant", &merchant.id.to_string()))?;
    told.record(app, &mut writes, merchant.id, ("create_key", &merchant.id.to_string()))?;
    let due_at = digest::next(every, app.now(), &merchant.time_zone);
    app.store.add_digest(&mut writes, &DigestRow { merchant: merchant.id, every, due_at, version: 1 })?;
    let mut view = view(&merchant, every);
    // Shown this once: only its hash is kept.
    view["api_key"] = json!(api_key);
    Ok(commit(app, claim.as_ref(), writes, Answer::created(view)).await??)
}

/// 256 random bits; the prefix lets secret scanners know what they found.
fn new_api_key() -> String {
    format!("gw_{}", hex(&random::<32>()))
}
