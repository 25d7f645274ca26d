//! What a merchant sets up: itself, shops, programs with their mails, coupon pools, webhook endpoints. One file per resource.

mod deliveries;
mod endpoints;
mod mails;
mod merchants;
mod parameters;
mod pools;
mod presets;
mod programs;
mod settings;
mod shops;
mod validate;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, Call, Routed, boxed, once};
use shared::platform::api::Client;

/// Answers one request. `platforms`: asks shops' platforms what new credentials may do.
pub async fn handle(app: &App, platforms: &Client, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request).within(parameters::ROUTES);
    // Boxed: the futures of all routes together are large.
    let result = match call.route() {
        // The answers that may be no JSON.
        "GET /v1/programs/{id}/mails/{kind}" => Box::pin(mails::preview(app, &call)).await,
        _ => route(app, platforms, &call).await.and_then(Answer::into_response),
    };
    Ok(call.finish(result))
}

fn route<'a>(app: &'a App, platforms: &'a Client, call: &'a Call) -> Routed<'a> {
    match call.route() {
        "POST /v1/merchants" => boxed(|| merchants::create(app, call)),
        "GET /v1/merchant" => boxed(|| settings::get(app, call)),
        "PATCH /v1/merchant" => boxed(|| settings::change(app, call)),
        "POST /v1/shops" => {
            boxed(|| once(app, call, |merchant, claim| shops::create(app, platforms, call, merchant, claim)))
        }
        "GET /v1/shops" => boxed(|| shops::list(app, call)),
        "GET /v1/shops/{id}" => boxed(|| shops::get(app, call)),
        "PATCH /v1/shops/{id}" => boxed(|| shops::change(app, platforms, call)),
        "POST /v1/shops/{id}/backfill" => {
            boxed(|| once(app, call, |merchant, claim| shops::backfill::start(app, call, merchant, claim)))
        }
        "GET /v1/shops/{id}/backfill" => boxed(|| shops::backfill::get(app, call)),
        "POST /v1/shops/{id}/rotate-secret" => {
            boxed(|| once(app, call, |merchant, claim| shops::rotate_secret(app, call, merchant, claim)))
        }
        "POST /v1/programs" => {
            boxed(|| once(app, call, |merchant, claim| programs::create(app, call, merchant, claim)))
        }
        "POST /v1/programs/validate" => {
            boxed(|| once(app, call, |merchant, claim| programs::validate(app, call, merchant, claim)))
        }
        "GET /v1/program-presets" => boxed(|| presets::list(app, call)),
        "GET /v1/programs" => boxed(|| programs::list(app, call)),
        "GET /v1/programs/{id}" => boxed(|| programs::get(app, call)),
        "PATCH /v1/programs/{id}" => boxed(|| programs::change(app, call)),
        "PUT /v1/programs/{id}/mails/{kind}" => boxed(|| mails::put(app, call)),
        "DELETE /v1/programs/{id}/mails/{kind}" => boxed(|| mails::delete(app, call)),
        "POST /v1/coupon-pools" => {
            boxed(|| once(app, call, |merchant, claim| pools::create(app, call, merchant, claim)))
        }
        "GET /v1/coupon-pools" => boxed(|| pools::list(app, call)),
        "GET /v1/coupon-pools/{id}" => boxed(|| pools::get(app, call)),
        "POST /v1/coupon-pools/{id}/codes" => boxed(|| pools::add_codes(app, call)),
        "POST /v1/webhook-endpoints" => {
            boxed(|| once(app, call, |merchant, claim| endpoints::create(app, call, merchant, claim)))
        }
        "GET /v1/webhook-endpoints" => boxed(|| endpoints::list(app, call)),
        "GET /v1/webhook-endpoints/{id}" => boxed(|| endpoints::get(app, call)),
        "PATCH /v1/webhook-endpoints/{id}" => boxed(|| endpoints::change(app, call)),
        "POST /v1/webhook-endpoints/{id}/test" => {
            boxed(|| once(app, call, |merchant, claim| deliveries::test(app, call, merchant, claim)))
        }
        "POST /v1/webhook-endpoints/{id}/redeliver" => {
            boxed(|| once(app, call, |merchant, claim| deliveries::redeliver_failed(app, call, merchant, claim)))
        }
        "GET /v1/webhook-endpoints/{id}/deliveries" => boxed(|| deliveries::list(app, call)),
        "GET /v1/webhook-endpoints/{id}/deliveries/{delivery}" => boxed(|| deliveries::get(app, call)),
        "POST /v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver" => {
            boxed(|| once(app, call, |merchant, claim| deliveries::redeliver(app, call, merchant, claim)))
        }
        "DELETE /v1/webhook-endpoints/{id}" => boxed(|| endpoints::delete(app, call)),
        "POST /v1/webhook-endpoints/{id}/rotate-secret" => {
            boxed(|| once(app, call, |merchant, claim| endpoints::rotate_secret(app, call, merchant, claim)))
        }
        _ => boxed(|| async { Err(call.no_such_route()) }),
    }
}
