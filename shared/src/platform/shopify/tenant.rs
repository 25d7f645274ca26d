//! Whose message a body is, as far as it says. Shopify's signature covers the body and its key is the app's, so a body of
//! one shop, sent to another's address, verifies there too.

use serde::Deserialize;
use url::Url;

use super::super::wire;
use crate::domain::order::PlatformId;
use crate::store::Shop;

/// Where bodies name their shop. Whatever can't be read names none: the body is judged by its topic later.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    /// Privacy webhooks.
    #[serde(deserialize_with = "wire::if_readable")]
    shop_domain: Option<String>,
    #[serde(deserialize_with = "wire::if_readable")]
    shop_id: Option<wire::Id>,
    /// The resource Shop (`app/uninstalled`).
    #[serde(deserialize_with = "wire::if_readable")]
    myshopify_domain: Option<String>,
    /// Orders: `https://{any host}/{shop id}/orders/{token}/authenticate`.
    #[serde(deserialize_with = "wire::if_readable")]
    order_status_url: Option<String>,
}

/// Whether nothing in the body names another shop.
pub(super) fn may_be_of(shop: &Shop, body: &[u8]) -> bool {
    let named: Named = serde_json::from_slice(body).unwrap_or_default();
    let domains = [named.shop_domain, named.myshopify_domain];
    let is_this = |domain: &String| domain.trim().is_empty() || domain.trim().eq_ignore_ascii_case(&shop.domain);
    let ids = [named.shop_id.map(|id| id.0), named.order_status_url.as_deref().and_then(shop_id)];
    // Known only if the merchant told it.
    let known = shop.platform_id.as_deref();
    let is_its_id = |id: &PlatformId| known.is_none_or(|known| id.as_str() == known);
    domains.iter().flatten().all(is_this) && ids.iter().flatten().all(is_its_id)
}

fn shop_id(order_status_url: &str) -> Option<PlatformId> {
    let url = Url::parse(order_status_url).ok()?;
    let mut path = url.path_segments()?;
    let id = path.next()?.parse().ok()?;
    (path.next() == Some("orders")).then_some(id)
}
