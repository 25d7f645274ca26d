//! Pages for people. They load nothing, run nothing, tell no other site where the reader came from, can't be framed by
//! one, and are not kept.

use lambda_http::{Body, Response};

use super::ApiError;

/// Where a page's forms may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forms {
    /// The page has none.
    Nowhere,
    /// Back to us.
    Here,
}

/// A mail as a page, to look at: it may show pictures, and its links open elsewhere.
pub fn mail_page(html: String) -> Result<Response<Body>, ApiError> {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox";
    page(200, html, policy)
}

/// A page as a response.
pub fn html(status: u16, html: String, forms: Forms) -> Result<Response<Body>, ApiError> {
    let forms = match forms {
        Forms::Nowhere => "'none'",
        Forms::Here => "'self'",
    };
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    );
    page(status, html, &policy)
}

fn page(status: u16, html: String, policy: &str) -> Result<Response<Body>, ApiError> {
    Response::builder()
        .status(status)
        .header("content-type", "text/html; charset=utf-8")
        .header("cache-control", "no-store")
        .header("content-security-policy", policy)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .body(Body::Text(html))
        .map_err(ApiError::internal)
}
