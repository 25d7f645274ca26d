//! What the pages look like. No other site may learn where the reader came from: the address that they stand under is a
//! key.

use askama::Template;
use lambda_http::{Body, Response};
use shared::http::{ApiError, Forms, html};

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
        html(status, self.render().map_err(ApiError::internal)?, Forms::Here)
    }
}
