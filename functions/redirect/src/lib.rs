//! `GET /r/{code}`: logs the click and sends the shopper on. Two rules stand above all: a shopper is sent to the shop
//! whatever else fails, and nowhere but to the shop.

mod cache;
mod destination;
mod origin;
mod pages;
mod visitor;

use std::sync::Arc;
use std::time::Duration;

use lambda_http::{Body, Error, Request, Response};
use shared::domain::channel::Channel;
use shared::domain::code::Code;
use shared::domain::id::ClickId;
use shared::domain::tally;
use shared::http::{ApiError, Call};
use shared::store::{Click, Landing, Link, NewestProgram, StoreError, Visits};
use shared::telemetry::count;
use tokio::time::timeout;
use url::{Url, form_urlencoded};

/// What the redirect is lent.
pub type App = shared::App<Visits>;

pub use cache::Cache;
use destination::Marks;
use pages::Preview;
pub use visitor::Visitor;

/// How long looking the link up may take. With the next one it stays under the function's timeout of 3 seconds, so that
/// a shopper gets a page and not the gateway's error.
const READ_BUDGET: Duration = Duration::from_millis(1500);
/// How long logging the click may hold the shopper up. The signed token attributes even without the row.
const WRITE_BUDGET: Duration = Duration::from_millis(700);

/// How long the start may wait for storage. Lambda allows 10 seconds, but somebody may be waiting for this start.
const WARM_BUDGET: Duration = Duration::from_secs(1);

/// Looks storage's name up and shakes hands with it while the sandbox starts, where Lambda gives a whole processor; later
/// the first shopper would wait for it on a fraction of one. What it reads is where that shopper most likely goes. Storage
/// that does not answer now may do so then.
pub async fn warm(app: &App, cache: &Cache) {
    let ready = async {
        if let Some(NewestProgram { merchant, program, shop }) = app.store.newest_program().await? {
            cache.landing(app, (merchant, program, shop)).await?;
        }
        Ok::<_, StoreError>(())
    };
    let failure = match timeout(WARM_BUDGET, Box::pin(ready)).await {
        Ok(Ok(())) => return,
        Ok(Err(failure)) => failure.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(error = failure, "storage did not answer at the start");
}

/// One request. `cache` is what this sandbox remembers between requests.
pub async fn handle(app: &App, cache: &Cache, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request);
    let result = match call.route() {
        "GET /r/{code}" | "HEAD /r/{code}" | "GET /r/{code}/{channel}" | "HEAD /r/{code}/{channel}" => {
            open(app, cache, &call, &call.path("code"), &call.path("channel")).await
        }
        // A link that something was added to on its way, first of all a slash.
        "GET /r/{link+}" | "HEAD /r/{link+}" => {
            let link = call.path("link");
            let mut parts = link.split('/').filter(|part| !part.is_empty());
            let (code, channel) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            open(app, cache, &call, code, channel).await
        }
        _ => Err(call.no_such_route()),
    };
    let mut response = call.finish(result);
    if call.is_head() {
        *response.body_mut() = Body::Empty;
    }
    Ok(response)
}

/// A link with what is behind it.
struct Opened {
    link: Arc<Link>,
    landing: Arc<Landing>,
}

/// `code` and `channel`: as the address has them; empty where it has none.
async fn open(app: &App, cache: &Cache, call: &Call, code: &str, channel: &str) -> Result<Response<Body>, ApiError> {
    let visitor = Visitor::of(&call.user_agent(), PURPOSES.into_iter().filter_map(|name| call.header(name)));
    if visitor == Visitor::Prefetch {
        return refuse_to_be_prefetched();
    }
    let Ok(code) = Code::pasted(code) else { return pages::unknown() };
    // A typing error in a code of ours is seen without looking anything up.
    if code.is_junk() {
        return pages::unknown();
    }
    let opened = match timeout(READ_BUDGET, find(app, cache, &code)).await {
        Ok(Ok(Some(opened))) => opened,
        Ok(Ok(None)) => return pages::unknown(),
        Ok(Err(failure)) => return unavailable(call, &failure),
        Err(late) => return unavailable(call, &late),
    };
    answer(app, call, visitor, &opened, Channel::pasted(channel)).await
}

/// The headers with which browsers say that they load ahead: today's, and what Safari and Firefox used before.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// A prefetched answer would be shown to the person without asking us again, so the click would be lost. A browser that
/// is refused asks again when the person comes. (503 is what the specification's authors suggest, but nothing is broken
/// here, and 5xx raise an alarm.)
fn refuse_to_be_prefetched() -> Result<Response<Body>, ApiError> {
    let response = Response::builder().status(425).header("cache-control", "no-store");
    response.body(Body::Empty).map_err(ApiError::internal)
}

async fn find(app: &App, cache: &Cache, code: &Code) -> Result<Option<Opened>, StoreError> {
    let Some(link) = cache.link(app, code).await? else { return Ok(None) };
    let Some(landing) = cache.landing(app, (link.merchant, link.program, link.shop)).await? else {
        tracing::error!(%code, "the link's program or shop is missing");
        return Ok(None);
    };
    Ok(Some(Opened { link, landing }))
}

fn unavailable(call: &Call, failure: &dyn std::fmt::Display) -> Result<Response<Body>, ApiError> {
    tracing::error!(request_id = call.request_id(), error = %failure, "the link can't be read");
    pages::unavailable()
}

async fn answer(
    app: &App,
    call: &Call,
    visitor: Visitor,
    opened: &Opened,
    channel: Option<Channel>,
) -> Result<Response<Body>, ApiError> {
    let Opened { link, landing } = opened;
    let places = link.destination.iter().chain([&landing.destination]).map(String::as_str);
    let Some(base) = destination::base(places, &landing.storefront) else {
        tracing::error!(code = %link.code, "the link's shop has no readable address");
        return pages::unknown();
    };
    // A paused program earns nothing, but its links go on working: the shop keeps the shoppers.
    let ends = [link.dead_from(), landing.ends_at].into_iter().flatten().min();
    if ends.is_some_and(|end| end <= app.now()) {
        return pages::ended(Some(&base));
    }
    let to = call.query("to");
    let deep = to.as_deref().and_then(|to| destination::deep(&base, to));
    let asked = destination::passed_on(call.raw_query());
    let marks =
        Marks { code: &link.code, click: None, program: link.program, channel: channel.as_ref(), asked: &asked };
    match visitor {
        Visitor::Preview => {
            let to = to.as_deref().filter(|_| deep.is_some());
            let shop = destination::marked(deep.clone().unwrap_or(base), &marks);
            preview(&address(app, call, &marks, to), &landing.name, &shop)
        }
        Visitor::Person if !call.is_head() => {
            let click = log(app, call, opened, channel.clone()).await;
            redirect(&destination::marked(deep.unwrap_or(base), &Marks { click: Some(&click), ..marks }))
        }
        _ => redirect(&destination::marked(deep.unwrap_or(base), &marks)),
    }
}

/// Logs the click and signs its token. When the click can't be logged, the token is as good.
async fn log(app: &App, call: &Call, opened: &Opened, channel: Option<Channel>) -> String {
    let Opened { link, landing } = opened;
    let at = app.now();
    let day = tally::day(at, &landing.time_zone).to_string();
    let visitor = app.config.keys.visitor(&day, &link.code, &call.source_address(), &call.user_agent());
    let click = Click {
        id: ClickId::new(app.ulid()),
        visitor,
        code: link.code.clone(),
        program: link.program,
        merchant: link.merchant,
        advocate: link.advocate,
        day,
        origin: origin::of(app, call, channel),
        referrer: origin::referrer(call),
        at,
    };
    let lost = match timeout(WRITE_BUDGET, app.store.log_click(&click)).await {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure.to_string()),
        Err(late) => Some(late.to_string()),
    };
    if let Some(error) = lost {
        count("redirect", "ClickLost");
        tracing::warn!(request_id = call.request_id(), click = %click.id, code = %click.code, error, "a click was not logged");
    }
    app.config.keys.sign_click(click.id, &click.code, &click.origin)
}

/// 302, and not to be kept: each visit is to come by here.
fn redirect(to: &Url) -> Result<Response<Body>, ApiError> {
    let response = Response::builder().status(302).header("location", to.as_str()).header("cache-control", "no-store");
    response.body(Body::Empty).map_err(ApiError::internal)
}

/// The link's own address as it was opened.
fn address(app: &App, call: &Call, marks: &Marks, to: Option<&str>) -> String {
    let channel = marks.channel.map(|channel| format!("/{channel}")).unwrap_or_default();
    let to = to.map(|to| form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish());
    let query: Vec<_> = to.as_deref().into_iter().chain(marks.asked.iter().copied()).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{}/r/{}{channel}{query}", call.public_url(app), marks.code)
}

fn preview(address: &str, title: &str, shop: &Url) -> Result<Response<Body>, ApiError> {
    let site_name = shop.host_str().unwrap_or_default();
    let text = format!("A friend sends you to {site_name}.");
    Preview { title, text: &text, address, site_name, shop: Some(shop.as_str()) }.into_response()
}

#[cfg(test)]
mod tests;
