//! What a shopper sees instead of the shop, and what a messenger makes its preview from: small pages without scripts.
//! The templates escape whatever is put into them.

use askama::Template;
use lambda_http::{Body, Response};
use shared::http::{ApiError, Forms, html};
use url::Url;

/// A page that says why there is no shop to be seen.
#[derive(Template)]
#[template(path = "page.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
    /// Where to go instead.
    shop: Option<&'a str>,
}

/// What a link is about, in the words of the Open Graph protocol (<https://ogp.me>).
#[derive(Template)]
#[template(path = "preview.html")]
pub(crate) struct Preview<'a> {
    /// The offer.
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    /// The link as it was opened: networks send their users there, not to the address that was posted.
    pub(crate) address: &'a str,
    pub(crate) site_name: &'a str,
    /// For a person who is taken for a messenger.
    pub(crate) shop: Option<&'a str>,
}

impl Preview<'_> {
    pub(crate) fn into_response(self) -> Result<Response<Body>, ApiError> {
        page(200, &self)
    }
}

/// 404: no link has this code.
pub(crate) fn unknown() -> Result<Response<Body>, ApiError> {
    let text = "Please check the address: a letter may be missing or be another one.";
    page(404, &Notice { title: "We don't know this link", text, shop: None })
}

/// 410: there was a link.
pub(crate) fn ended(shop: Option<&Url>) -> Result<Response<Body>, ApiError> {
    let text = "The offer behind it is over, or the link was switched off.";
    page(410, &Notice { title: "This link has ended", text, shop: shop.map(Url::as_str) })
}

/// 503: we can't look the link up.
pub(crate) fn unavailable() -> Result<Response<Body>, ApiError> {
    let text = "Something on our side is slow. Please open the link again in a few seconds.";
    let mut response = page(503, &Notice { title: "One moment, please", text, shop: None })?;
    response.headers_mut().insert("retry-after", lambda_http::http::HeaderValue::from_static("5"));
    Ok(response)
}

fn page(status: u16, content: &impl Template) -> Result<Response<Body>, ApiError> {
    html(status, content.render().map_err(ApiError::internal)?, Forms::Nowhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: &Response<Body>) -> &str {
        std::str::from_utf8(response.body().as_ref()).expect("UTF-8")
    }

    #[test]
    fn whatever_a_merchant_calls_a_program_stays_text() {
        let hostile = "\"><script>alert(1)</script><meta content='x' & {{ 7*7 }}";
        let preview =
            Preview { title: hostile, text: hostile, address: hostile, site_name: hostile, shop: Some(hostile) };
        let response = preview.into_response().expect("a page");
        let html = text(&response);
        assert!(
            !html.contains("<script")
                && !html.contains("\"><")
                && !html.contains("content='x'")
                && !html.contains("49"),
            "{html}"
        );
        // As many elements as with a harmless name.
        let harmless = Preview { title: "Ann", text: "Ann", address: "Ann", site_name: "Ann", shop: Some("Ann") };
        let harmless = harmless.into_response().expect("a page");
        let count = |html: &str, mark: char| html.matches(mark).count();
        for mark in ['<', '>', '"'] {
            assert_eq!(count(html, mark), count(text(&harmless), mark), "{mark}");
        }
    }

    #[test]
    fn every_page_is_html_that_may_load_nothing() {
        let shop = Url::parse("https://nordicshoes.example/?a=b&c=d").expect("a URL");
        for (response, status) in
            [(unknown(), 404), (ended(None), 410), (ended(Some(&shop)), 410), (unavailable(), 503)]
        {
            let response = response.expect("a page");
            assert_eq!(response.status(), status);
            let header = |name| response.headers().get(name).map(|value| value.to_str().expect("text"));
            assert_eq!(header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(header("cache-control"), Some("no-store"));
            assert_eq!(header("x-content-type-options"), Some("nosniff"));
            assert_eq!(header("referrer-policy"), Some("no-referrer"));
            assert!(
                header("content-security-policy")
                    .is_some_and(|policy| policy.starts_with("default-src 'none'; style-src"))
            );
            assert_eq!(header("retry-after").is_some(), status == 503);
            assert!(text(&response).starts_with("<!doctype html>"));
        }
        assert!(
            text(&ended(Some(&shop)).expect("a page")).contains("href=\"https://nordicshoes.example/?a=b&#38;c=d\"")
        );
    }
}
