//! A platform's webhook: verify → read → apply. A genuine event that can't be applied is parked and answered 200, so that
//! a fault of ours costs neither an order nor the shop's subscription.

use jiff::Timestamp;
use serde_json::json;
use shared::App;
use shared::domain::id::ShopId;
use shared::domain::platform::Platform;
use shared::http::{Answer, ApiError, Call, MAX_WEBHOOK_BODY};
use shared::intake;
use shared::parking::park;
use shared::platform::api::Client;
use shared::platform::{self, Context, Headers, Received, Said};
use shared::store::Shop;
use shared::telemetry;

use crate::count_notes;

/// The platform whose webhooks come by this route: one route each, so that each has its own figures.
pub(crate) fn platform(route: &str) -> Option<Platform> {
    Platform::named(route.strip_prefix("POST /webhooks/")?.strip_suffix("/{shop}")?)
}

/// `POST /webhooks/shopify/{shop}` and its like.
pub(crate) async fn take(app: &App, shops: &Client, call: &Call, platform: Platform) -> Result<Answer, ApiError> {
    let shop = load_shop(app, &call.path("shop"), platform).await?;
    if call.body().len() > MAX_WEBHOOK_BODY {
        return Err(ApiError::too_large(MAX_WEBHOOK_BODY));
    }
    let now = app.now();
    let received =
        platform::receive(&shop, Headers::new(call.headers()), call.body(), &secrets(app, &shop, now)?, now)?;
    let Received::Message { topic, triggered_at } = received else { return Ok(Answer::ok(json!({}))) };

    let context = Context::of(&shop, &app.config.keys, now);
    let said = platform::parse(platform, &topic, call.body(), context)?;
    if let Said::Order(event) = &said {
        count_notes(event);
    }
    if said == Said::Nothing || is_of_the_past(&shop, &said, triggered_at) {
        tracing::info!(shop = %shop.id, topic, "message not used");
        telemetry::count("orders", "MessageNotUsed");
    } else if let Err(failure) = intake::apply(app, shops, &shop, said, context).await {
        park(app, &shop, &topic, call.body(), &failure).await?;
    }
    Ok(Answer::ok(json!({})))
}

/// A late word that the app was given away, of a shop that is connected again since.
fn is_of_the_past(shop: &Shop, said: &Said, triggered_at: Option<Timestamp>) -> bool {
    *said == Said::Uninstalled && triggered_at.is_some_and(|at| shop.connected_at.is_some_and(|since| at < since))
}

async fn load_shop(app: &App, id: &str, platform: Platform) -> Result<Shop, ApiError> {
    let id: ShopId = id.parse().map_err(|_| ApiError::not_found("shop"))?;
    let shop = app.store.shop(id).await?.filter(|shop| shop.platform == platform);
    shop.ok_or_else(|| ApiError::not_found("shop"))
}

/// The current secret and, for a day after a rotation, the previous one. One that can't be opened must not keep the other
/// from being used; without any, no signature can be judged, and that is our fault.
fn secrets(app: &App, shop: &Shop, now: Timestamp) -> Result<Vec<String>, ApiError> {
    let sealed = shop.secrets.iter().flat_map(|secrets| secrets.valid(now));
    let opened: Vec<_> = sealed.map(|sealed| app.config.keys.open(&shop.id.to_string(), sealed)).collect();
    if shop.secrets.is_some() && opened.iter().all(Result::is_err) {
        return Err(ApiError::internal(format!("no secret of {} can be opened", shop.id)));
    }
    Ok(opened.into_iter().flatten().filter_map(|secret| String::from_utf8(secret).ok()).collect())
}
