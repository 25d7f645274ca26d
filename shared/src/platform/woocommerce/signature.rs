//! Whose message a request is. Each webhook has a secret of its own, and WooCommerce signs with it as WordPress decodes
//! it: a secret that was saved as `a&amp;b` signs as `a&b`.

use url::{Host, Url};

use super::super::{Headers, is_signed};
use crate::http::ApiError;
use crate::store::Shop;

/// 401 unless one of the secrets signed the body, as it is or decoded. 404 where the sender says that it is another site.
pub(super) fn verify(shop: &Shop, headers: Headers<'_>, body: &[u8], secrets: &[String]) -> Result<(), ApiError> {
    let signature = headers.one("x-wc-webhook-signature").ok_or_else(ApiError::wrong_signature)?;
    let mut keys: Vec<_> =
        secrets.iter().flat_map(|secret| [secret.clone(), decoded(secret)]).map(String::into_bytes).collect();
    // Hardly any secret has something to decode, and each key is a hash of the whole body.
    keys.dedup();
    if !is_signed(signature, &[body], &keys) {
        return Err(ApiError::wrong_signature());
    }
    let is_this = headers.one("x-wc-webhook-source").is_none_or(|source| is_site_of(shop, source));
    if is_this { Ok(()) } else { Err(ApiError::not_found("shop")) }
}

/// Whether the site's address has the host of the shop's, or of its domain. With or without `www.` is the same site.
fn is_site_of(shop: &Shop, source: &str) -> bool {
    let host = |url: &str| match Url::parse(url).ok()?.host()? {
        Host::Domain(domain) => Some(domain.trim_start_matches("www.").to_owned()),
        address => Some(address.to_string()),
    };
    let domain = format!("https://{}", shop.domain);
    host(source).is_some_and(|source| [host(&shop.site), host(&domain)].contains(&Some(source)))
}

/// As WordPress decodes: the five characters that mean something in HTML, by name or number, in one pass.
fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest.find(';').and_then(|end| Some((character(&rest[1..end])?, end + 1)));
        let (character, length) = entity.unwrap_or(('&', 1));
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    decoded
}

fn character(entity: &str) -> Option<char> {
    let number = match entity.strip_prefix('#') {
        None => {
            return [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"')]
                .into_iter()
                .find_map(|(name, character)| (name == entity).then_some(character));
        }
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => digits.parse().ok()?,
        },
    };
    char::from_u32(number).filter(|character| "&<>\"'".contains(*character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_decoded_once() {
        for (stored, signs) in [
            ("plain", "plain"),
            ("a&amp;b", "a&b"),
            ("&lt;&gt;&quot;&#039;&#39;&#x27;", "<>\"'''"),
            ("&#038;&#x26;&#060;&#062;&#034;", "&&<>\""),
            ("&amp;lt;", "&lt;"),
            ("&", "&"),
            ("a & b; c", "a & b; c"),
            ("&auml;&#65;&#xFFFFFFFF;&#;&;", "&auml;&#65;&#xFFFFFFFF;&#;&;"),
            ("ü&amp;ü&", "ü&ü&"),
        ] {
            assert_eq!(decoded(stored), signs, "{stored}");
        }
    }
}
