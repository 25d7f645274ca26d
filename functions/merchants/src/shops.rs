//! Connecting shops: `/v1/shops`. A secret goes in and never comes out again.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::app::random;
use shared::crypto::Sealed;
use shared::domain::id::{MerchantId, ShopId};
use shared::domain::platform::Platform;
use shared::http::{Answer, ApiError, Begun, Call, Faults, PageRequest, begin, commit, page_body, save};
use shared::store::key::Listed;
use shared::store::{Shop, ShopSecrets, Writes};

use crate::validate::{host, https_url};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopBody {
    platform: Platform,
    domain: String,
    site: String,
    webhook_secret: Option<String>,
}

/// `POST /v1/shops`.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: ShopBody = call.json()?;
    let domain = host(&body.domain);
    let site = https_url(&body.site);
    let mut faults = Faults::default();
    faults.unless(domain.is_some(), "/domain", "must be a host name such as \"nordicshoes.myshopify.com\"");
    faults.unless(site.is_some(), "/site", "must be an https URL such as \"https://nordicshoes.example\"");
    faults.unless(body.webhook_secret.as_deref().is_none_or(is_secret), "/webhook_secret", SECRET_ALLOWED);
    faults.finish()?;
    let profile = app.store.merchant(merchant).await?.ok_or_else(|| ApiError::not_found("merchant"))?;

    let id = ShopId::new(app.ulid());
    let shop = Shop {
        id,
        merchant,
        platform: body.platform,
        domain: domain.unwrap_or_default(),
        site: site.map(|site| site.as_str().trim_end_matches('/').to_owned()).unwrap_or_default(),
        currency: profile.currency,
        secrets: body.webhook_secret.map(|secret| ShopSecrets { current: seal(app, id, &secret), previous: None }),
        created_at: app.now(),
        version: 1,
    };
    let mut writes = Writes::default();
    app.store.put_shop(&mut writes, &shop)?;
    let answer = Answer::created(view(app, call, &shop));
    Ok(commit(app, claim.as_ref(), writes, answer).await??)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotationBody {
    webhook_secret: String,
}

/// `POST /v1/shops/{id}/rotate-secret`. The secret until now goes on verifying until the next rotation: platforms sign
/// with the old one for a while. Naming the current secret again changes nothing, so that a repeat is harmless.
pub(crate) async fn rotate_secret(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: RotationBody = call.json()?;
    let mut faults = Faults::default();
    faults.unless(is_secret(&body.webhook_secret), "/webhook_secret", SECRET_ALLOWED);
    faults.finish()?;
    let shop = own(app, merchant, &call.path("id")).await?;
    let shop = with_secret(app, shop, &body.webhook_secret).await?;
    save(app, claim.as_ref(), &Answer::ok(view(app, call, &shop))).await
}

async fn with_secret(app: &App, shop: Shop, secret: &str) -> Result<Shop, ApiError> {
    let current = shop.secrets.as_ref().map(|secrets| &secrets.current);
    // One that can't be opened any more (its key has left the ring) is replaced like any other.
    let known = current.and_then(|sealed| app.config.keys.open(&shop.id.to_string(), sealed).ok());
    if known.is_some_and(|known| known == secret.as_bytes()) {
        return Ok(shop);
    }
    let secrets = ShopSecrets { current: seal(app, shop.id, secret), previous: current.cloned() };
    let shop = Shop { secrets: Some(secrets), version: shop.version + 1, ..shop };
    match app.store.replace_shop(&shop).await {
        Ok(()) => Ok(shop),
        Err(failure) if failure.is_condition() => {
            Err(ApiError::conflict("version_conflict", "the shop was changed at the same time; try again"))
        }
        Err(failure) => Err(failure.into()),
    }
}

const SECRET_ALLOWED: &str = "must be 1 to 500 characters";

fn is_secret(text: &str) -> bool {
    (1..=500).contains(&text.len())
}

fn seal(app: &App, shop: ShopId, secret: &str) -> Sealed {
    app.config.keys.seal(&shop.to_string(), secret.as_bytes(), random())
}

/// `GET /v1/shops`.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let shops = app.store.list::<Shop>(Listed::Shops, merchant, page.after.as_deref(), page.limit, app.now()).await?;
    let data = shops.rows.iter().map(|shop| view(app, call, shop));
    Ok(Answer::ok(page_body(data, shops.next.as_deref())))
}

/// `GET /v1/shops/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let shop = own(app, merchant, &call.path("id")).await?;
    Ok(Answer::ok(view(app, call, &shop)))
}

/// The merchant's own shop; another's does not exist for this caller.
pub(crate) async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Shop, ApiError> {
    let missing = || ApiError::not_found("shop");
    let id: ShopId = id.parse().map_err(|_| missing())?;
    app.store.shop(id).await?.filter(|shop| shop.merchant == merchant).ok_or_else(missing)
}

fn view(app: &App, call: &Call, shop: &Shop) -> Value {
    let platform = shop.platform.as_str();
    // The other platforms have no adapter yet; their shops post to `/v1/orders`.
    let webhook_url = (shop.platform == Platform::Shopify)
        .then(|| format!("{}/webhooks/{platform}/{}", call.public_url(app), shop.id));
    json!({
        "id": shop.id,
        "platform": platform,
        "domain": shop.domain,
        "site": shop.site,
        "webhook_url": webhook_url,
        "has_webhook_secret": shop.secrets.is_some(),
        "created_at": shop.created_at,
    })
}
