//! The merchant's own calls: setting up, and looking at what the engine did and why. One file per resource.

mod advocates;
mod audit;
mod by_hand;
mod customers;
mod deliveries;
mod described;
mod endpoints;
mod export;
mod found;
mod ledger;
mod mails;
mod merchants;
mod orders;
mod parameters;
mod parked;
mod pools;
mod presets;
mod privacy;
mod programs;
mod referrals;
mod retry;
mod rewards;
mod settings;
mod shops;
mod stats;
mod usage;
mod validate;

use std::pin::Pin;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, ApiError, Call};
use shared::platform::api::Client;

/// Answers one request. `platforms`: asks shops' platforms what new credentials may do.
pub async fn handle(app: &App, platforms: &Client, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request).within(parameters::ROUTES);
    // Boxed: the futures of all routes together are large.
    let result = match call.route() {
        // The answers that may be no JSON.
        "GET /v1/programs/{id}/mails/{kind}" => Box::pin(mails::preview(app, &call)).await,
        "GET /v1/stats" => Box::pin(stats::stats(app, &call)).await,
        "GET /v1/export/events" => Box::pin(export::events(app, &call)).await,
        _ => route(app, platforms, &call).await.and_then(Answer::into_response),
    };
    Ok(call.finish(result))
}

/// What answers a call.
type Routed<'a> = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send + 'a>>;

/// Makes each future in a frame of its own: all of them in the frame of `route` would fill a thread's stack.
#[inline(never)]
fn boxed<'a, F>(make: impl FnOnce() -> F) -> Routed<'a>
where
    F: Future<Output = Result<Answer, ApiError>> + Send + 'a,
{
    Box::pin(make())
}

fn route<'a>(app: &'a App, platforms: &'a Client, call: &'a Call) -> Routed<'a> {
    match call.route() {
        "POST /v1/merchants" => boxed(|| merchants::create(app, call)),
        "GET /v1/merchant" => boxed(|| settings::get(app, call)),
        "PATCH /v1/merchant" => boxed(|| settings::change(app, call)),
        "POST /v1/shops" => boxed(|| shops::create(app, platforms, call)),
        "GET /v1/shops" => boxed(|| shops::list(app, call)),
        "GET /v1/shops/{id}" => boxed(|| shops::get(app, call)),
        "PATCH /v1/shops/{id}" => boxed(|| shops::change(app, platforms, call)),
        "POST /v1/shops/{id}/backfill" => boxed(|| shops::backfill::start(app, call)),
        "GET /v1/shops/{id}/backfill" => boxed(|| shops::backfill::get(app, call)),
        "POST /v1/shops/{id}/rotate-secret" => boxed(|| shops::rotate_secret(app, call)),
        "POST /v1/programs" => boxed(|| programs::create(app, call)),
        "POST /v1/programs/validate" => boxed(|| programs::validate(app, call)),
        "GET /v1/program-presets" => boxed(|| presets::list(app, call)),
        "GET /v1/programs" => boxed(|| programs::list(app, call)),
        "GET /v1/programs/{id}" => boxed(|| programs::get(app, call)),
        "PATCH /v1/programs/{id}" => boxed(|| programs::change(app, call)),
        "PUT /v1/programs/{id}/mails/{kind}" => boxed(|| mails::put(app, call)),
        "DELETE /v1/programs/{id}/mails/{kind}" => boxed(|| mails::delete(app, call)),
        "GET /v1/orders/{shop}/{order}/why" => boxed(|| orders::why(app, call)),
        "POST /v1/orders/{shop}/{order}/attribute" => boxed(|| by_hand::attribute(app, call)),
        "GET /v1/referrals" => boxed(|| referrals::list(app, call)),
        "GET /v1/referrals/{id}" => boxed(|| referrals::get(app, call)),
        "POST /v1/referrals/{id}/approve" => boxed(|| referrals::approve(app, call)),
        "POST /v1/referrals/{id}/reject" => boxed(|| referrals::reject(app, call)),
        "GET /v1/rewards" => boxed(|| rewards::list(app, call)),
        "POST /v1/rewards" => boxed(|| by_hand::give(app, call)),
        "POST /v1/rewards/{id}/fulfil" => boxed(|| by_hand::fulfil(app, call)),
        "POST /v1/rewards/{id}/redeem" => boxed(|| by_hand::redeem(app, call)),
        "POST /v1/rewards/{id}/retry" => boxed(|| retry::retry(app, call)),
        "PATCH /v1/customers" => boxed(|| customers::change(app, call)),
        "GET /v1/customers/{id}" => boxed(|| customers::get(app, call)),
        "POST /v1/customers/milestones" => boxed(|| customers::milestone(app, call)),
        "POST /v1/import/customers" => boxed(|| customers::import(app, call)),
        "POST /v1/links/{code}/friends" => boxed(|| customers::welcome(app, call)),
        "GET /v1/invites" => boxed(|| customers::invites(app, call)),
        "GET /v1/audit" => boxed(|| audit::list(app, call)),
        "GET /v1/advocates/{id}" => boxed(|| advocates::get(app, call)),
        "PATCH /v1/advocates/{id}" => boxed(|| described::change(app, call)),
        "GET /v1/advocates/{id}/ledger" => boxed(|| advocates::ledger(app, call)),
        "GET /v1/ledger/check" => boxed(|| ledger::check(app, call)),
        "POST /v1/coupon-pools" => boxed(|| pools::create(app, call)),
        "GET /v1/coupon-pools" => boxed(|| pools::list(app, call)),
        "GET /v1/coupon-pools/{id}" => boxed(|| pools::get(app, call)),
        "POST /v1/coupon-pools/{id}/codes" => boxed(|| pools::add_codes(app, call)),
        "POST /v1/webhook-endpoints" => boxed(|| endpoints::create(app, call)),
        "GET /v1/webhook-endpoints" => boxed(|| endpoints::list(app, call)),
        "GET /v1/webhook-endpoints/{id}" => boxed(|| endpoints::get(app, call)),
        "PATCH /v1/webhook-endpoints/{id}" => boxed(|| endpoints::change(app, call)),
        "POST /v1/webhook-endpoints/{id}/test" => boxed(|| deliveries::test(app, call)),
        "POST /v1/webhook-endpoints/{id}/redeliver" => boxed(|| deliveries::redeliver_failed(app, call)),
        "GET /v1/webhook-endpoints/{id}/deliveries" => boxed(|| deliveries::list(app, call)),
        "GET /v1/webhook-endpoints/{id}/deliveries/{delivery}" => boxed(|| deliveries::get(app, call)),
        "POST /v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver" => boxed(|| deliveries::redeliver(app, call)),
        "DELETE /v1/webhook-endpoints/{id}" => boxed(|| endpoints::delete(app, call)),
        "POST /v1/webhook-endpoints/{id}/rotate-secret" => boxed(|| endpoints::rotate_secret(app, call)),
        "POST /v1/privacy/export" => boxed(|| privacy::export(app, call)),
        "POST /v1/privacy/erase" => boxed(|| privacy::erase(app, call)),
        "GET /v1/privacy/requests" => boxed(|| privacy::list(app, call)),
        "GET /v1/privacy/requests/{id}" => boxed(|| privacy::get(app, call)),
        "GET /v1/privacy/requests/{id}/data" => boxed(|| privacy::data(app, call)),
        "GET /v1/parked" => boxed(|| parked::list(app, call)),
        "GET /v1/usage" => boxed(|| usage::usage(app, call)),
        _ => boxed(|| async { Err(call.no_such_route()) }),
    }
}
