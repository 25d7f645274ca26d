//! The merchant's own calls: setting up, and looking at what the engine did and why. One file per resource.

mod advocates;
mod audit;
mod by_hand;
mod customers;
mod deliveries;
mod described;
mod endpoints;
mod export;
mod ledger;
mod mails;
mod merchants;
mod orders;
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

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, ApiError, Call};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request);
    // Boxed: the futures of all routes together are large.
    let result = match call.route() {
        // The answers that may be no JSON.
        "GET /v1/programs/{id}/mails/{kind}" => Box::pin(mails::preview(app, &call)).await,
        "GET /v1/stats" => Box::pin(stats::stats(app, &call)).await,
        "GET /v1/export/events" => Box::pin(export::events(app, &call)).await,
        _ => Box::pin(route(app, &call)).await.and_then(Answer::into_response),
    };
    Ok(call.finish(result))
}

async fn route(app: &App, call: &Call) -> Result<Answer, ApiError> {
    match call.route() {
        "POST /v1/merchants" => merchants::create(app, call).await,
        "GET /v1/merchant" => settings::get(app, call).await,
        "PATCH /v1/merchant" => settings::change(app, call).await,
        "POST /v1/shops" => shops::create(app, call).await,
        "GET /v1/shops" => shops::list(app, call).await,
        "GET /v1/shops/{id}" => shops::get(app, call).await,
        "PATCH /v1/shops/{id}" => shops::change(app, call).await,
        "POST /v1/shops/{id}/backfill" => shops::backfill::start(app, call).await,
        "GET /v1/shops/{id}/backfill" => shops::backfill::get(app, call).await,
        "POST /v1/shops/{id}/rotate-secret" => shops::rotate_secret(app, call).await,
        "POST /v1/programs" => programs::create(app, call).await,
        "POST /v1/programs/validate" => programs::validate(app, call).await,
        "GET /v1/program-presets" => presets::list(app, call).await,
        "GET /v1/programs" => programs::list(app, call).await,
        "GET /v1/programs/{id}" => programs::get(app, call).await,
        "PATCH /v1/programs/{id}" => programs::change(app, call).await,
        "PUT /v1/programs/{id}/mails/{kind}" => mails::put(app, call).await,
        "DELETE /v1/programs/{id}/mails/{kind}" => mails::delete(app, call).await,
        "GET /v1/orders/{shop}/{order}/why" => orders::why(app, call).await,
        "POST /v1/orders/{shop}/{order}/attribute" => by_hand::attribute(app, call).await,
        "GET /v1/referrals" => referrals::list(app, call).await,
        "GET /v1/referrals/{id}" => referrals::get(app, call).await,
        "POST /v1/referrals/{id}/approve" => referrals::approve(app, call).await,
        "POST /v1/referrals/{id}/reject" => referrals::reject(app, call).await,
        "GET /v1/rewards" => rewards::list(app, call).await,
        "POST /v1/rewards" => by_hand::give(app, call).await,
        "POST /v1/rewards/{id}/fulfil" => by_hand::fulfil(app, call).await,
        "POST /v1/rewards/{id}/redeem" => by_hand::redeem(app, call).await,
        "POST /v1/rewards/{id}/retry" => retry::retry(app, call).await,
        "PATCH /v1/customers" => customers::change(app, call).await,
        "GET /v1/customers/{id}" => customers::get(app, call).await,
        "POST /v1/customers/milestones" => customers::milestone(app, call).await,
        "POST /v1/import/customers" => customers::import(app, call).await,
        "POST /v1/links/{code}/friends" => customers::welcome(app, call).await,
        "GET /v1/invites" => customers::invites(app, call).await,
        "GET /v1/audit" => audit::list(app, call).await,
        "GET /v1/advocates/{id}" => advocates::get(app, call).await,
        "PATCH /v1/advocates/{id}" => described::change(app, call).await,
        "GET /v1/advocates/{id}/ledger" => advocates::ledger(app, call).await,
        "GET /v1/ledger/check" => ledger::check(app, call).await,
        "POST /v1/coupon-pools" => pools::create(app, call).await,
        "GET /v1/coupon-pools" => pools::list(app, call).await,
        "GET /v1/coupon-pools/{id}" => pools::get(app, call).await,
        "POST /v1/coupon-pools/{id}/codes" => pools::add_codes(app, call).await,
        "POST /v1/webhook-endpoints" => endpoints::create(app, call).await,
        "GET /v1/webhook-endpoints" => endpoints::list(app, call).await,
        "GET /v1/webhook-endpoints/{id}" => endpoints::get(app, call).await,
        "PATCH /v1/webhook-endpoints/{id}" => endpoints::change(app, call).await,
        "POST /v1/webhook-endpoints/{id}/test" => deliveries::test(app, call).await,
        "POST /v1/webhook-endpoints/{id}/redeliver" => deliveries::redeliver_failed(app, call).await,
        "GET /v1/webhook-endpoints/{id}/deliveries" => deliveries::list(app, call).await,
        "GET /v1/webhook-endpoints/{id}/deliveries/{delivery}" => deliveries::get(app, call).await,
        "POST /v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver" => deliveries::redeliver(app, call).await,
        "DELETE /v1/webhook-endpoints/{id}" => endpoints::delete(app, call).await,
        "POST /v1/webhook-endpoints/{id}/rotate-secret" => endpoints::rotate_secret(app, call).await,
        "POST /v1/privacy/export" => privacy::export(app, call).await,
        "POST /v1/privacy/erase" => privacy::erase(app, call).await,
        "GET /v1/privacy/requests" => privacy::list(app, call).await,
        "GET /v1/privacy/requests/{id}" => privacy::get(app, call).await,
        "GET /v1/privacy/requests/{id}/data" => privacy::data(app, call).await,
        "GET /v1/parked" => parked::list(app, call).await,
        "GET /v1/usage" => usage::usage(app, call).await,
        _ => Err(call.no_such_route()),
    }
}
