//! Advocates' links: making, listing and changing them, and the QR code of each.

mod asked;
mod change;
mod create;
mod found;
mod qr;
mod view;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::domain::code::Code;
use shared::domain::id::{MerchantId, ShopId};
use shared::domain::storefront::Storefront;
use shared::http::{Answer, ApiError, Call, Fault, Route, once, page_body};
use shared::store::Link;

/// Which query parameters each route takes; the others take none.
const ROUTES: &[Route] =
    &[Route::new("GET /v1/links", &["state", "program", "shop", "advocate", "code", "email", "limit", "cursor"])];

/// One request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request).within(ROUTES);
    let result = route(app, &call).await;
    Ok(call.finish(result))
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    match call.route() {
        "POST /v1/links" => {
            once(app, call, |merchant, claim| create::create(app, call, merchant, claim)).await?.into_response()
        }
        "GET /v1/links" => list(app, call).await?.into_response(),
        "GET /v1/links/{code}" => show(app, call).await?.into_response(),
        "PATCH /v1/links/{code}" => change::change(app, call).await?.into_response(),
        "GET /r/{code}/qr.svg" => qr::code(app, call).await,
        _ => Err(call.no_such_route()),
    }
}

async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = found::page(app, call, merchant).await?;
    let data = view::links(app, &page.rows, &call.public_url(app)).await?;
    Ok(Answer::ok(page_body(data, page.next.as_deref())))
}

async fn show(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let link = find(app, call, merchant).await?;
    let shown = view::links(app, std::slice::from_ref(&link), &call.public_url(app)).await?;
    Ok(Answer::ok(shown.into_iter().next().unwrap_or_default()))
}

/// The merchant's link that the path names.
async fn find(app: &App, call: &Call, merchant: MerchantId) -> Result<Link, ApiError> {
    let missing = || ApiError::not_found("link");
    let code: Code = call.path("code").parse().map_err(|_| missing())?;
    app.store.link(&code).await?.filter(|link| link.merchant == merchant).ok_or_else(missing)
}

/// Refuses a destination that is not on the shop's own hosts.
async fn may_lead_to(app: &App, shop: ShopId, destination: &str) -> Result<(), ApiError> {
    let shop = app.store.shop(shop).await?.ok_or_else(|| ApiError::internal(format!("{shop} is missing")))?;
    let allowed = Storefront::new(&shop.site, &shop.domain).destination(destination);
    allowed.map(drop).map_err(|refusal| ApiError::invalid(vec![Fault::new("/destination", refusal.to_string())]))
}

#[cfg(test)]
mod tests;
