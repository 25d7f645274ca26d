//! What an app may do in a shop: Shopify says which scopes it was granted, and an app may always ask that of itself. A scope
//! to write includes the one to read. Source: GraphQL Admin API 2026-10, `currentAppInstallation.accessScopes`; Shopify API
//! access scopes.

use serde_json::json;

use super::super::api::{ApiFailure, Caller, Tried};
use super::graphql::ask;

const SCOPES: &str = "query { currentAppInstallation { accessScopes { handle } } }";
/// Status of what an app lacks the scope for.
const LACKS_SCOPE: u16 = 403;

pub(in super::super) async fn tried(caller: &Caller) -> Tried {
    let data = match ask(caller, SCOPES, json!({})).await {
        Ok(data) => data,
        Err(failure) => return [Err(failure.clone()), Err(failure)],
    };
    let Some(scopes) = data["currentAppInstallation"]["accessScopes"].as_array() else {
        let strange = || Err(ApiFailure::Nonsense("at accessScopes".into()));
        return [strange(), strange()];
    };
    let has = |any_of: &[&str]| {
        let granted = scopes.iter().filter_map(|scope| scope["handle"].as_str()).any(|scope| any_of.contains(&scope));
        if granted { Ok(()) } else { Err(ApiFailure::Unauthorized(LACKS_SCOPE)) }
    };
    [has(&["read_orders", "write_orders"]), has(&["write_discounts"])]
}
