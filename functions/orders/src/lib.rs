//! Takes orders in: a platform's signed webhooks, and the merchant's own call for shops without an adapter. Both end in
//! the same place, `settle`, which is the only one that changes money. Orders of the past are only remembered.

mod api;
mod import;
mod webhook;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::domain::order::OrderEvent;
use shared::http::{ApiError, Call, once};
use shared::platform::api::Client;
use shared::telemetry;

/// Answers one request.
pub async fn handle(app: &App, shops: &Client, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request);
    let result = route(app, shops, &call).await;
    Ok(call.finish(result))
}

/// Counts a description of which something was left out or made to fit; the order's trail says what.
fn count_notes(event: &OrderEvent) {
    if event.facts.notes.is_some() {
        telemetry::count("orders", "OrderNoted");
    }
}

async fn route(app: &App, shops: &Client, call: &Call) -> Result<Response<Body>, ApiError> {
    if let Some(platform) = webhook::platform(call.route()) {
        let taken = webhook::take(app, shops, call, platform).await;
        if taken.as_ref().is_err_and(|refused| refused.status() < 500) {
            telemetry::count("orders", "WebhookRefused");
        }
        return taken?.into_response();
    }
    match call.route() {
        "POST /v1/orders" => {
            once(app, call, |merchant, claim| api::create(app, call, merchant, claim)).await?.into_response()
        }
        "POST /v1/import/orders" => {
            once(app, call, |merchant, claim| import::import(app, call, merchant, claim)).await?.into_response()
        }
        _ => Err(call.no_such_route()),
    }
}
