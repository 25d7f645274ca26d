//! The click token as shops keep it: under one name in an order's attributes and in its landing URL.

use url::Url;

use crate::domain::order::may_be_token;

/// The name.
pub(super) const TOKEN: &str = "ref_click";

/// A token as it was written down.
pub(super) fn token(text: &str) -> Option<String> {
    let text = text.trim();
    may_be_token(text).then(|| text.to_owned())
}

/// The token in a landing URL, which may be absolute or only a path.
pub(super) fn landing_token(landing: &str) -> Option<String> {
    let url = Url::parse("https://shop.invalid/").ok()?.join(landing).ok()?;
    url.query_pairs().find(|(name, _)| name == TOKEN).and_then(|(_, value)| token(&value))
}
