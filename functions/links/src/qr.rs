//! `GET /r/{code}/qr.svg`: the link for paper. It leads through the channel `qr`, so that prints are counted as such.

use lambda_http::{Body, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use shared::App;
use shared::domain::code::Code;
use shared::http::{ApiError, Call};

/// The picture. Public, like the link itself; a code that is disabled keeps its picture, which may be in print already.
pub(crate) async fn code(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    let Ok(code) = call.path("code").parse::<Code>() else { return unknown() };
    if app.store.link(&code).await?.is_none() {
        return unknown();
    }
    let picture = picture(&format!("{}/r/{code}/qr", call.public_url(app)))?;
    Response::builder()
        .header("content-type", "image/svg+xml")
        .header("cache-control", "public, max-age=86400")
        .header("content-security-policy", "default-src 'none'")
        .header("x-content-type-options", "nosniff")
        .body(Body::Text(picture))
        .map_err(ApiError::internal)
}

/// Error correction at its default, medium: a seventh of the picture may be creased or dirty.
fn picture(address: &str) -> Result<String, ApiError> {
    let code = QrCode::new(address).map_err(ApiError::internal)?;
    Ok(code.render::<svg::Color>().min_dimensions(256, 256).build())
}

fn unknown() -> Result<Response<Body>, ApiError> {
    Response::builder()
        .status(404)
        .header("content-type", "text/plain; charset=utf-8")
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .body(Body::Text("We don't know this link. Please check the address.\n".into()))
        .map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_one_self_contained_svg() {
        let svg = picture("https://r.goodword.example/r/ANNA10/qr").expect("a picture");
        assert!(
            svg.starts_with("<?xml version=\"1.0\" standalone=\"yes\"?><svg xmlns=\"http://www.w3.org/2000/svg\""),
            "{svg}"
        );
        assert!(svg.ends_with("</svg>") && !svg.contains("<script") && !svg.contains("href"), "{svg}");
        assert_ne!(svg, picture("https://r.goodword.example/r/ANNA11/qr").expect("a picture"));
    }

    #[test]
    fn the_longest_link_fits() {
        let longest = format!("https://{}.example/r/{}/qr", "a".repeat(240), "A".repeat(32));
        assert!(picture(&longest).is_ok());
    }
}
