//! `GET /s/{token}`: the page that an advocate's mails lead to, with what to pass on. It leads nowhere by itself: a link to
//! the shop would make the advocate a friend of the own.

use askama::Template;
use lambda_http::{Body, Response};
use shared::App;
use shared::domain::brand::Colour;
use shared::domain::origin::Variant;
use shared::domain::program::Program;
use shared::domain::tally;
use shared::http::{ApiError, Call, Forms, html};
use shared::mail::Sharing;
use shared::store::Link;

use crate::{bare, page};

#[derive(Template)]
#[template(path = "share.html")]
struct Share {
    page: Sharing,
    on_colour: Colour,
}

/// The page. What it says is as things stand now. Whoever opens it is the advocate: this browser's visits to the link are no
/// clicks of that day.
pub(crate) async fn show(app: &App, call: &Call, token: &str) -> Result<Response<Body>, ApiError> {
    let Some((advocate, program)) = app.config.keys.verify_share(bare(token)) else {
        return page::UNKNOWN.into_response(404);
    };
    let Some(found) = app.store.advocate_link(advocate, program).await? else { return page::ENDED.into_response(410) };
    let Some(link) = app.store.link(&found.code).await?.filter(|link| link.works_at(app.now())) else {
        return page::ENDED.into_response(410);
    };
    let missing = |what: String| ApiError::internal(format!("{what} is missing"));
    let program = app.store.program_eventually(link.merchant, program).await?;
    let program = program.ok_or_else(|| missing(link.program.to_string()))?;
    if program.ends_at.is_some_and(|end| end <= app.now()) {
        return page::ENDED.into_response(410);
    }
    let merchant = app.store.merchant_eventually(link.merchant).await?;
    let merchant = merchant.ok_or_else(|| missing(link.merchant.to_string()))?;
    let person = match app.store.advocate(advocate).await? {
        Some(advocate) => app.store.person(link.merchant, &advocate.person).await?,
        None => None,
    };
    let locale = person.and_then(|person| person.contact).and_then(|contact| contact.locale);
    note_own(app, call, &link, &program).await;
    let via = call.query("v").and_then(|via| Variant::pasted(&via));
    let url = format!("{}/r/{}", call.public_url(app), link.code);
    let page = Sharing::write(&merchant, &program, locale.as_ref(), &link.code, &url, via.as_ref());
    let share = Share { on_colour: page.colour.text_on(), page };
    html(200, share.render().map_err(ApiError::internal)?, Forms::Nowhere)
}

/// A visit that is counted for want of this note is no reason to show no page.
async fn note_own(app: &App, call: &Call, link: &Link, program: &Program) {
    let day = tally::day(app.now(), &program.time_zone).to_string();
    let visitor = app.config.keys.visitor(&day, &link.code, &call.source_address(), &call.user_agent());
    if let Err(failure) = app.store.note_own_visitor(&app.config.clicks_table, &visitor, app.now()).await {
        tracing::warn!(%failure, request_id = call.request_id(), "an advocate's own visit can't be noted");
    }
}
