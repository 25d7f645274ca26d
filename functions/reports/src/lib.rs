//! Numbers: statistics, the log of events, what it all costs.

mod export;
mod parameters;
mod stats;
mod usage;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, Call, Routed, boxed};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request).within(parameters::ROUTES);
    // Boxed: the futures of all routes together are large.
    let result = match call.route() {
        // The answers that may be no JSON.
        "GET /v1/stats" => Box::pin(stats::stats(app, &call)).await,
        "GET /v1/export/events" => Box::pin(export::events(app, &call)).await,
        _ => route(app, &call).await.and_then(Answer::into_response),
    };
    Ok(call.finish(result))
}

fn route<'a>(app: &'a App, call: &'a Call) -> Routed<'a> {
    match call.route() {
        "GET /v1/usage" => boxed(|| usage::usage(app, call)),
        _ => boxed(|| async { Err(call.no_such_route()) }),
    }
}
