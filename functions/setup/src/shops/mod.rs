//! Connecting shops: `/v1/shops`. A secret goes in and never comes out again.

mod access;
pub(crate) mod backfill;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::app::random;
use shared::connection::try_what_waits;
use shared::crypto::Sealed;
use shared::domain::id::{MerchantId, OutboxId, ShopId};
use shared::domain::money::Percent;
use shared::domain::permission::{Permission, Permissions};
use shared::domain::platform::Platform;
use shared::http::{Answer, ApiError, Call, Faults, PageRequest, Patch, commit, own_shop, page_body, save};
use shared::platform::api::Client;
use shared::platform::custom;
use shared::store::key::Listed;
use shared::store::{Claim, JobRow, JobState, Message, OutboxRow, Shop, ShopSecrets, StoreError, Task, Writes};
use url::Url;

use self::access::{AccessBody, Place};
use crate::validate::{host, https_url};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopBody {
    platform: Platform,
    domain: String,
    site: String,
    platform_id: Option<String>,
    tax_in_prices: Option<String>,
    webhook_secret: Option<String>,
    api: Option<AccessBody>,
}

/// `POST /v1/shops`. Credentials are tried before the answer, by calls that change nothing at the platform; whatever comes of
/// it, they are kept: `access` says what they lack, and the platform may be told to give them more.
pub(crate) async fn create(
    app: &App,
    shops: &Client,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (body, told): (ShopBody, _) = call.act()?;
    let domain = host(&body.domain);
    let site = https_url(&body.site);
    let mut faults = Faults::default();
    faults.unless(domain.is_some(), "/domain", "must be a host name such as \"nordicshoes.myshopify.com\"");
    faults.unless(site.is_some(), "/site", "must be an https URL such as \"https://nordicshoes.example\"");
    if let Some(secret) = &body.webhook_secret {
        check_secret(body.platform, secret, &mut faults);
    }
    faults.unless(body.platform_id.as_deref().is_none_or(is_platform_id), "/platform_id", PLATFORM_ID_ALLOWED);
    let (domain, site) = (domain.unwrap_or_default(), site.as_ref().map(without_slash).unwrap_or_default());
    let platform_id = body.platform_id;
    let tax_in_prices = tax(body.tax_in_prices.as_deref(), &mut faults);
    let place = Place { platform: body.platform, domain: &domain, site: &site, platform_id: platform_id.as_deref() };
    let access = body.api.and_then(|api| api.read(&place, app.reach, &mut faults));
    faults.finish()?;
    let profile = app.store.merchant(merchant).await?.ok_or_else(|| ApiError::not_found("merchant"))?;

    let id = ShopId::new(app.ulid());
    let mut shop = Shop {
        id,
        merchant,
        platform: body.platform,
        domain,
        site,
        platform_id,
        currency: profile.currency,
        tax_in_prices,
        secrets: body.webhook_secret.map(|secret| {
            let current = seal(app, id, &secret);
            ShopSecrets { current, previous: None, rotated_at: None }
        }),
        connected_at: access.is_some().then(|| app.now()),
        access: access.map(|access| access::seal(app, id, &access)),
        permissions: None,
        uninstalled_at: None,
        invites: BTreeMap::new(),
        created_at: app.now(),
        version: 1,
    };
    shop.permissions = permissions(app, shops, &shop).await;
    let mut writes = Writes::default();
    app.store.put_shop(&mut writes, &shop)?;
    told.record(app, &mut writes, merchant, ("create_shop", &id.to_string()))?;
    if shop.access.is_some() {
        let poll = JobRow::new(Task::Poll, id, merchant, shop.created_at, app.now());
        app.store.add_job(&mut writes, &poll)?;
    }
    let answer = Answer::created(view(app, call, &shop));
    Ok(commit(app, claim.as_ref(), writes, answer).await??)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    site: Option<String>,
    #[serde(default)]
    platform_id: Patch<String>,
    #[serde(default)]
    tax_in_prices: Patch<String>,
    #[serde(default)]
    api: Patch<AccessBody>,
}

/// `PATCH /v1/shops/{id}`. New credentials connect a shop again that had given the app away, and all that waited for them is
/// tried at once; `null` takes them back. They are tried as when a shop is made.
pub(crate) async fn change(app: &App, shops: &Client, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let (body, told): (ChangeBody, _) = call.act()?;
    let shop = own_shop(app, merchant, &call.path("id")).await?;
    let mut faults = Faults::default();
    let site = body.site.as_deref().map(https_url);
    faults.unless(!matches!(site, Some(None)), "/site", "must be an https URL such as \"https://nordicshoes.example\"");
    let site = site.flatten().as_ref().map_or_else(|| shop.site.clone(), without_slash);
    let platform_id = body.platform_id.applied_to(shop.platform_id.as_ref());
    faults.unless(platform_id.as_deref().is_none_or(is_platform_id), "/platform_id", PLATFORM_ID_ALLOWED);
    let before = shop.tax_in_prices;
    let tax_told = body.tax_in_prices.applied_to(before.map(String::from).as_ref());
    let tax_in_prices = tax(tax_told.as_deref(), &mut faults);
    let place =
        Place { platform: shop.platform, domain: &shop.domain, site: &site, platform_id: platform_id.as_deref() };
    let (access, known, connected) = match body.api {
        Patch::Absent => (shop.access.clone(), shop.permissions.clone(), false),
        Patch::Clear => (None, None, false),
        Patch::Set(api) => {
            let access = api.read(&place, app.reach, &mut faults);
            (access.map(|access| access::seal(app, shop.id, &access)), None, true)
        }
    };
    faults.finish()?;
    let now = app.now();
    let connected_at = if connected { Some(now) } else { shop.connected_at };
    let uninstalled_at = shop.uninstalled_at.filter(|_| !connected);
    let version = shop.version + 1;
    let mut shop = Shop {
        site,
        platform_id,
        tax_in_prices,
        access,
        permissions: known,
        connected_at,
        uninstalled_at,
        version,
        ..shop
    };
    let mut writes = Writes::default();
    app.store.put_shop_version(&mut writes, &shop)?;
    told.record_change(app, &mut writes, merchant, ("change_shop", &shop.id.to_string()))?;
    if shop.tax_in_prices != before && shop.platform.makes_codes() && shop.access.is_some() {
        change_minimum(app, &mut writes, &shop).await?;
    }
    app.store.transact(writes).await.map_err(changed_meanwhile)?;
    if connected {
        app.store.poll_now(&shop, now).await?;
        // Links that are there already get their codes at the checkout.
        try_what_waits(app, &shop, now).await?;
        // After they are saved, so that nobody's change is held up, or lost, while the platform is asked.
        shop.permissions = permissions(app, shops, &shop).await;
        if let Some(found) = &shop.permissions {
            app.store.note_permissions(&shop, found).await?;
        }
    }
    Ok(Answer::ok(view(app, call, &shop)))
}

/// What the shop's credentials may do, as its platform says now; `None`: it has none.
async fn permissions(app: &App, shops: &Client, shop: &Shop) -> Option<Permissions> {
    let caller = shops.caller(&app.config.keys, shop).ok()?;
    Some(caller.permissions(app.now()).await)
}

/// The same as merchants see it. What is not known yet is tried by the next poll.
fn access_view(shop: &Shop) -> Value {
    let Some(permissions) = shop.permissions.as_ref() else {
        let unknown = Permission::Unknown;
        return json!({"orders": unknown, "codes": unknown, "needs": null, "error": null, "checked_at": null});
    };
    json!({
        "orders": permissions.orders,
        "codes": permissions.codes,
        "needs": permissions.needs(shop.platform),
        "error": permissions.error,
        "checked_at": permissions.checked_at,
    })
}

/// The tax in displayed prices.
fn tax(text: Option<&str>, faults: &mut Faults) -> Option<Percent> {
    let tax = text.map(str::parse::<Percent>);
    let allowed = "must be a percentage above 0 and up to 100 with up to four decimals, such as \"25\"";
    faults.unless(!matches!(tax, Some(Err(_))), "/tax_in_prices", allowed);
    tax?.ok()
}

/// Has the discounts of the shop's programs take the minimum that follows from what its prices contain.
async fn change_minimum(app: &App, writes: &mut Writes, shop: &Shop) -> Result<(), ApiError> {
    for program in app.store.programs(shop.merchant).await?.iter().filter(|program| program.shop == shop.id) {
        let message = Message::Discount { shop: shop.id, program: program.id };
        let row = OutboxRow::queued(OutboxId::new(app.ulid()), shop.merchant, message, app.now());
        app.store.put_outbox(writes, &row)?;
    }
    Ok(())
}

fn changed_meanwhile(failure: StoreError) -> ApiError {
    if failure.is_condition() {
        return ApiError::conflict("version_conflict", "the shop was changed at the same time; try again");
    }
    failure.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotationBody {
    webhook_secret: String,
}

/// `POST /v1/shops/{id}/rotate-secret`. The secret until now goes on verifying for a day, or until the next rotation:
/// platforms sign with the old one for a while. Naming the current secret again changes nothing, so that a repeat is harmless.
pub(crate) async fn rotate_secret(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (body, told): (RotationBody, _) = call.act()?;
    let shop = own_shop(app, merchant, &call.path("id")).await?;
    let mut faults = Faults::default();
    check_secret(shop.platform, &body.webhook_secret, &mut faults);
    faults.finish()?;
    let Some(shop) = with_secret(app, &shop, &body.webhook_secret) else {
        return save(app, claim.as_ref(), &Answer::ok(view(app, call, &shop))).await;
    };
    let mut writes = Writes::default();
    app.store.put_shop_version(&mut writes, &shop)?;
    told.record(app, &mut writes, merchant, ("rotate_secret", &shop.id.to_string()))?;
    // With its answer: a repeat after another rotation must not bring this secret back.
    let answer = Answer::ok(view(app, call, &shop));
    commit(app, claim.as_ref(), writes, answer).await?.map_err(changed_meanwhile)
}

/// The shop with another current secret; `None`: that is its secret.
fn with_secret(app: &App, shop: &Shop, secret: &str) -> Option<Shop> {
    let current = shop.secrets.as_ref().map(|secrets| &secrets.current);
    // One that can't be opened any more (its key has left the ring) is replaced like any other.
    let known = current.and_then(|sealed| app.config.keys.open(&shop.id.to_string(), sealed).ok());
    if known.is_some_and(|known| known == secret.as_bytes()) {
        return None;
    }
    let rotated_at = current.is_some().then(|| app.now());
    let secrets = ShopSecrets { current: seal(app, shop.id, secret), previous: current.cloned(), rotated_at };
    Some(Shop { secrets: Some(secrets), version: shop.version + 1, ..shop.clone() })
}

const PLATFORM_ID_ALLOWED: &str = "must be 1 to 64 letters and digits";

fn is_platform_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn without_slash(site: &Url) -> String {
    site.as_str().trim_end_matches('/').to_owned()
}

const SECRET_ALLOWED: &str = "must be 16 to 500 characters";

/// Whoever guesses it orders in the shop's name, and has all day to try what was signed with it.
fn is_secret(text: &str) -> bool {
    text.chars().count() >= 16 && text.len() <= 500
}

fn check_secret(platform: Platform, secret: &str, faults: &mut Faults) {
    if platform == Platform::Custom && !custom::is_secret(secret) {
        faults.unless(false, "/webhook_secret", custom::SECRET_ALLOWED);
    } else {
        faults.unless(is_secret(secret), "/webhook_secret", SECRET_ALLOWED);
    }
}

fn seal(app: &App, shop: ShopId, secret: &str) -> Sealed {
    app.config.keys.seal(&shop.to_string(), secret.as_bytes(), random())
}

/// `GET /v1/shops`.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let shops = app.store.list::<Shop>(Listed::Shops, merchant, page.after.as_deref(), page.limit, app.now()).await?;
    let mut data = Vec::with_capacity(shops.rows.len());
    for shop in &shops.rows {
        data.push(with_poll(app, call, shop).await?);
    }
    Ok(Answer::ok(page_body(data, shops.next.as_deref())))
}

/// `GET /v1/shops/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let shop = own_shop(app, merchant, &call.path("id")).await?;
    Ok(Answer::ok(with_poll(app, call, &shop).await?))
}

/// A shop, and whether its platform can be asked what changed; of a platform that deletes without a word, also how the last
/// look at orders by id went.
async fn with_poll(app: &App, call: &Call, shop: &Shop) -> Result<Value, ApiError> {
    let mut answer = view(app, call, shop);
    answer["poll"] = app.store.job(shop.id, Task::Poll).await?.as_ref().map_or(Value::Null, work);
    if shop.platform.deletes_silently() {
        answer["check"] = app.store.job(shop.id, Task::Check).await?.as_ref().map_or(Value::Null, work);
    }
    Ok(answer)
}

/// How long work stands.
fn work(row: &JobRow) -> Value {
    let state = match row.state {
        _ if row.failures > 0 => "failing",
        JobState::Running => "running",
        JobState::Done => "done",
    };
    json!({
        "state": state,
        "error": row.error,
        "failures": row.failures,
        "last_at": row.updated_at,
        "next_at": (row.state == JobState::Running).then_some(row.due_at),
    })
}

fn view(app: &App, call: &Call, shop: &Shop) -> Value {
    let platform = shop.platform.as_str();
    let webhook_url = format!("{}/webhooks/{platform}/{}", call.public_url(app), shop.id);
    json!({
        "id": shop.id,
        "platform": platform,
        "domain": shop.domain,
        "site": shop.site,
        "platform_id": shop.platform_id,
        "tax_in_prices": shop.tax_in_prices,
        "webhook_url": webhook_url,
        "has_webhook_secret": shop.secrets.is_some(),
        "previous_secret_until": shop.secrets.as_ref().and_then(|secrets| secrets.overlap_ends(app.now())),
        "has_api_access": shop.access.is_some(),
        "access": shop.access.as_ref().map(|_| access_view(shop)),
        "uninstalled_at": shop.uninstalled_at,
        "created_at": shop.created_at,
    })
}
