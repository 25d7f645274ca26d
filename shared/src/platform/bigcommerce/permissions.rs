//! What an API account may do. BigCommerce tells an account's scopes nowhere, so both kinds of call are made. It looks at the
//! scope before anything else of a request: even for a store that does not exist it answers 403, "You don't have a required
//! scope to access the endpoint". So a change of a promotion that no store has (ids begin at 1) is refused with 403 where the
//! scope "Marketing: modify" is missing, and where it is not with 404 or 422: there is nothing that it could change. Source:
//! API status codes; API accounts and OAuth scopes.

use futures_util::future::join;
use serde::de::IgnoredAny;
use serde_json::json;

use super::super::api::{ApiFailure, Caller, Tried};

/// A promotion that no store has.
const NO_PROMOTION: &str = "/v3/promotions/0";

pub(in super::super) async fn tried(caller: &Caller) -> Tried {
    let nothing = json!({});
    let orders = caller.get::<IgnoredAny>("/v2/orders", &[("limit", "1")]);
    let codes = caller.call::<IgnoredAny>("PUT", NO_PROMOTION, &[], Some(&nothing));
    let (orders, codes) = join(orders, codes).await;
    let codes = match codes {
        Err(ApiFailure::Refused { status: 400..=499, .. }) => Ok(()),
        // Where nothing else is found either, the address is wrong.
        Err(ApiFailure::Missing) if !matches!(orders, Err(ApiFailure::Missing)) => Ok(()),
        codes => codes.map(drop),
    };
    [orders.map(drop), codes]
}
