//! What a path or body names, as the merchant's own. Another's does not exist for the caller: 404, as for what was never there.

use super::{ApiError, Fault};
use crate::App;
use crate::domain::code::Code;
use crate::domain::id::{MerchantId, ShopId};
use crate::store::{Link, Shop};

/// The merchant's own shop of this id.
pub async fn own_shop(app: &App, merchant: MerchantId, id: &str) -> Result<Shop, ApiError> {
    let missing = || ApiError::not_found("shop");
    let id: ShopId = id.parse().map_err(|_| missing())?;
    app.store.shop(id).await?.filter(|shop| shop.merchant == merchant).ok_or_else(missing)
}

/// The merchant's own link of this code, which the body names at `/code`.
pub async fn own_link(app: &App, merchant: MerchantId, code: &Code) -> Result<Link, ApiError> {
    app.store.link(code).await?.filter(|link| link.merchant == merchant).ok_or_else(no_such_code)
}

/// 422: the code at `/code` is none of the shop's.
pub fn no_such_code() -> ApiError {
    ApiError::invalid(vec![Fault::new("/code", "must be the code of a link of this shop")])
}

/// What is wrong with a pool that a reward leads to.
pub const NO_SUCH_POOL: &str = "no such pool; make one by POST /v1/coupon-pools";
/// What is wrong with an endpoint that a reward leads to.
pub const NO_SUCH_ENDPOINT: &str = "no such endpoint; make one by POST /v1/webhook-endpoints";
