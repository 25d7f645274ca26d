//! What the pages look like. They load nothing, run nothing, tell no other site where the reader came from, and can't
//! be framed by one: the address that they stand under is a key.

use askama::Template;
use lambda_http::{Body, Response};
use shared::http::ApiError;

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// One page: a heading, a sentence, and perhaps a button that posts to the page's own address.
#[derive(Clone, Copy, Template)]
#[template(path = "page.html")]
pub(crate) struct Page {
    title: &'static str,
    text: &'static str,
    button: Option<&'static str>,
}

/// The question.
pub(crate) const ASK: Page = Page {
    title: "No more mail?",
    text: "With one click you get no more mail about referrals and rewards from this shop.",
    button: Some("Unsubscribe"),
};

/// The answer.
pub(crate) const DONE: Page = Page {
    title: "You are unsubscribed",
    text: "You get no more mail about referrals and rewards from this shop. What you have earned stays yours.",
    button: None,
};

/// For an address that we did not make.
pub(crate) const UNKNOWN: Page = Page {
    title: "This link does not work",
    text: "Perhaps it was cut off on its way. Please open the link in the mail again, or copy all of it.",
    button: None,
};

impl Page {
    /// As a response.
    pub(crate) fn into_response(self, status: u16) -> Result<Response<Body>, ApiError> {
        let html = self.render().map_err(ApiError::internal)?;
        let response = Response::builder().status(status).header("content-type", "text/html; charset=utf-8");
        let response = response.header("content-security-policy", POLICY).header("x-content-type-options", "nosniff");
        let response = response.header("referrer-policy", "no-referrer").header("cache-control", "no-store");
        response.body(Body::Text(html)).map_err(ApiError::internal)
    }
}
