//! What the engine did and why, and what people do about it: orders, referrals, rewards, books, what was parked.

mod audit;
mod by_hand;
mod ledger;
mod orders;
mod parameters;
mod parked;
mod referrals;
mod retry;
mod rewards;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::http::{Answer, Call, Routed, boxed, once};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request).within(parameters::ROUTES);
    let result = match call.route() {
        // The one answer that may be no JSON; boxed, as the futures of all routes together are large.
        "GET /v1/rewards" => Box::pin(rewards::list(app, &call)).await,
        _ => route(app, &call).await.and_then(Answer::into_response),
    };
    Ok(call.finish(result))
}

fn route<'a>(app: &'a App, call: &'a Call) -> Routed<'a> {
    match call.route() {
        "GET /v1/orders/{shop}/{order}/why" => boxed(|| orders::why(app, call)),
        "POST /v1/orders/{shop}/{order}/attribute" => {
            boxed(|| once(app, call, |merchant, claim| by_hand::attribute(app, call, merchant, claim)))
        }
        "GET /v1/referrals" => boxed(|| referrals::list(app, call)),
        "GET /v1/referrals/{id}" => boxed(|| referrals::get(app, call)),
        "POST /v1/referrals/{id}/approve" => {
            boxed(|| once(app, call, |merchant, claim| referrals::judge(app, call, true, merchant, claim)))
        }
        "POST /v1/referrals/{id}/reject" => {
            boxed(|| once(app, call, |merchant, claim| referrals::judge(app, call, false, merchant, claim)))
        }
        "POST /v1/rewards" => boxed(|| {
            rewards::named(app, call, once(app, call, |merchant, claim| by_hand::give(app, call, merchant, claim)))
        }),
        "POST /v1/rewards/{id}/fulfil" => boxed(|| {
            rewards::named(app, call, once(app, call, |merchant, claim| by_hand::fulfil(app, call, merchant, claim)))
        }),
        "POST /v1/rewards/{id}/redeem" => boxed(|| {
            rewards::named(app, call, once(app, call, |merchant, claim| by_hand::redeem(app, call, merchant, claim)))
        }),
        "POST /v1/rewards/{id}/retry" => boxed(|| {
            rewards::named(app, call, once(app, call, |merchant, claim| retry::retry(app, call, merchant, claim)))
        }),
        "GET /v1/audit" => boxed(|| audit::list(app, call)),
        "GET /v1/ledger/check" => boxed(|| ledger::check(app, call)),
        "GET /v1/parked" => boxed(|| parked::list(app, call)),
        _ => boxed(|| async { Err(call.no_such_route()) }),
    }
}
