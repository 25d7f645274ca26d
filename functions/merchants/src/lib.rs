//! The merchant's own calls: setting up, and looking at what the engine did and why. One file per resource.

mod advocates;
mod endpoints;
mod ledger;
mod merchants;
mod orders;
mod parked;
mod pools;
mod programs;
mod rewards;
mod shops;
mod validate;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, ApiError, Call};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request);
    let result = route(app, &call).await.and_then(Answer::into_response);
    Ok(call.finish(result))
}

async fn route(app: &App, call: &Call) -> Result<Answer, ApiError> {
    match call.route() {
        "POST /v1/merchants" => merchants::create(app, call).await,
        "POST /v1/shops" => shops::create(app, call).await,
        "GET /v1/shops" => shops::list(app, call).await,
        "GET /v1/shops/{id}" => shops::get(app, call).await,
        "POST /v1/shops/{id}/rotate-secret" => shops::rotate_secret(app, call).await,
        "POST /v1/programs" => programs::create(app, call).await,
        "GET /v1/programs" => programs::list(app, call).await,
        "GET /v1/programs/{id}" => programs::get(app, call).await,
        "PATCH /v1/programs/{id}" => programs::change(app, call).await,
        "GET /v1/orders/{shop}/{order}/why" => orders::why(app, call).await,
        "GET /v1/rewards" => rewards::list(app, call).await,
        "GET /v1/advocates/{id}" => advocates::get(app, call).await,
        "GET /v1/advocates/{id}/ledger" => advocates::ledger(app, call).await,
        "GET /v1/ledger/check" => ledger::check(app, call).await,
        "POST /v1/coupon-pools" => pools::create(app, call).await,
        "GET /v1/coupon-pools" => pools::list(app, call).await,
        "GET /v1/coupon-pools/{id}" => pools::get(app, call).await,
        "POST /v1/coupon-pools/{id}/codes" => pools::add_codes(app, call).await,
        "POST /v1/webhook-endpoints" => endpoints::create(app, call).await,
        "GET /v1/webhook-endpoints" => endpoints::list(app, call).await,
        "GET /v1/webhook-endpoints/{id}" => endpoints::get(app, call).await,
        "DELETE /v1/webhook-endpoints/{id}" => endpoints::delete(app, call).await,
        "POST /v1/webhook-endpoints/{id}/rotate-secret" => endpoints::rotate_secret(app, call).await,
        "GET /v1/parked" => parked::list(app, call).await,
        _ => Err(call.no_such_route()),
    }
}
