//! The people: customers whom programs ask, advocates, and what the law gives them a right to.

mod advocates;
mod customers;
mod described;
mod parameters;
mod privacy;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, Call, Routed, boxed, once};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request).within(parameters::ROUTES);
    Ok(call.finish(route(app, &call).await.and_then(Answer::into_response)))
}

fn route<'a>(app: &'a App, call: &'a Call) -> Routed<'a> {
    match call.route() {
        "PATCH /v1/customers" => boxed(|| customers::change(app, call)),
        "GET /v1/customers/{id}" => boxed(|| customers::get(app, call)),
        "POST /v1/customers/milestones" => {
            boxed(|| once(app, call, |merchant, claim| customers::milestone(app, call, merchant, claim)))
        }
        "POST /v1/import/customers" => {
            boxed(|| once(app, call, |merchant, claim| customers::import(app, call, merchant, claim)))
        }
        "POST /v1/links/{code}/friends" => {
            boxed(|| once(app, call, |merchant, claim| customers::welcome(app, call, merchant, claim)))
        }
        "GET /v1/invites" => boxed(|| customers::invites(app, call)),
        "GET /v1/advocates" => boxed(|| advocates::list(app, call)),
        "GET /v1/advocates/{id}" => boxed(|| advocates::get(app, call)),
        "PATCH /v1/advocates/{id}" => boxed(|| described::change(app, call)),
        "GET /v1/advocates/{id}/ledger" => boxed(|| advocates::ledger(app, call)),
        "POST /v1/privacy/export" => boxed(|| privacy::export(app, call)),
        "POST /v1/privacy/erase" => {
            boxed(|| once(app, call, |merchant, claim| privacy::erase(app, call, merchant, claim)))
        }
        "GET /v1/privacy/requests" => boxed(|| privacy::list(app, call)),
        "GET /v1/privacy/requests/{id}" => boxed(|| privacy::get(app, call)),
        "GET /v1/privacy/requests/{id}/data" => boxed(|| privacy::data(app, call)),
        _ => boxed(|| async { Err(call.no_such_route()) }),
    }
}
