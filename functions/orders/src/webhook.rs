//! A platform's webhook: verify → read → settle. A genuine event that can't be applied is parked and answered 200, so
//! that a fault of ours costs neither an order nor the shop's subscription.

use serde_json::json;
use shared::App;
use shared::domain::id::ShopId;
use shared::domain::platform::Platform;
use shared::http::{Answer, ApiError, Call, MAX_WEBHOOK_BODY};
use shared::parking::park;
use shared::platform::{Context, shopify};
use shared::settle::{Owner, settle};
use shared::store::Shop;
use shared::telemetry;

/// `POST /webhooks/shopify/{shop}`.
pub(crate) async fn shopify(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let shop = load_shop(app, &call.path("shop"), Platform::Shopify).await?;
    if call.body().len() > MAX_WEBHOOK_BODY {
        return Err(ApiError::too_large(MAX_WEBHOOK_BODY));
    }
    let signature = call.header("x-shopify-hmac-sha256").ok_or_else(ApiError::wrong_signature)?;
    if !shopify::verify(signature, call.body(), &secrets(app, &shop)?) {
        return Err(ApiError::wrong_signature());
    }

    let topic = call.header("x-shopify-topic").unwrap_or_default();
    let Some(event) = shopify::parse(topic, call.body(), Context::of(&shop, &app.config.keys))? else {
        tracing::info!(shop = %shop.id, topic, "topic not used");
        telemetry::count("orders", "UnknownTopic");
        return Ok(Answer::ok(json!({})));
    };
    if let Err(failure) = settle(app, Owner { merchant: shop.merchant, shop: shop.id }, &event).await {
        park(app, &shop, topic, call.body(), &failure).await?;
    }
    Ok(Answer::ok(json!({})))
}

async fn load_shop(app: &App, id: &str, platform: Platform) -> Result<Shop, ApiError> {
    let id: ShopId = id.parse().map_err(|_| ApiError::not_found("shop"))?;
    let shop = app.store.shop(id).await?.filter(|shop| shop.platform == platform);
    shop.ok_or_else(|| ApiError::not_found("shop"))
}

/// The current secret and, while a rotation goes on, the previous one. One that can't be opened must not keep the other
/// from being used; without any, no signature can be judged, and that is our fault.
fn secrets(app: &App, shop: &Shop) -> Result<Vec<String>, ApiError> {
    let sealed = shop.secrets.iter().flat_map(|secrets| [Some(&secrets.current), secrets.previous.as_ref()]).flatten();
    let opened: Vec<_> = sealed.map(|sealed| app.config.keys.open(&shop.id.to_string(), sealed)).collect();
    if shop.secrets.is_some() && opened.iter().all(Result::is_err) {
        return Err(ApiError::internal(format!("no secret of {} can be opened", shop.id)));
    }
    Ok(opened.into_iter().flatten().filter_map(|secret| String::from_utf8(secret).ok()).collect())
}
