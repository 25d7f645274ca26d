//! What a REST API key may do. WooCommerce tells a key's permission nowhere, so both kinds of call are made. A key that may
//! only read is refused with 401 for any POST, whatever it asks for (`WC_REST_Authentication::check_permissions`); a user who
//! may not manage coupons, with 403 or 401 (`WC_REST_Posts_Controller::batch_items_permissions_check`). Both are looked at
//! before the batch is, and a batch that names nothing to create, update or delete does nothing and is answered 200
//! (`WC_REST_Controller::batch_items`). A coupon that lacks its code would tell less: its body is found invalid before the
//! user's rights are looked at. Source: WooCommerce 9.9.5, `includes/class-wc-rest-authentication.php` and
//! `includes/rest-api/Controllers/Version3/`.

use futures_util::future::join;
use serde::de::IgnoredAny;
use serde_json::json;

use super::super::api::{Caller, Tried};
use super::api::ORDERS;
use super::coupon::COUPONS;

pub(in super::super) async fn tried(caller: &Caller) -> Tried {
    // One order at most, and nothing of it but its number: nobody needs to know more.
    let one = [("per_page", "1"), ("_fields", "id")];
    let nothing = json!({});
    let batch = format!("{COUPONS}/batch");
    let orders = caller.get::<IgnoredAny>(ORDERS, &one);
    let codes = caller.call::<IgnoredAny>("POST", &batch, &[], Some(&nothing));
    let (orders, codes) = join(orders, codes).await;
    [orders.map(drop), codes.map(drop)]
}
