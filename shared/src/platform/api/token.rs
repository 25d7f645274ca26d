//! Tokens of a day. Shopify gives an app of its Dev Dashboard one for the app's client credentials (OAuth 2.0, RFC 6749
//! section 4.4); it is kept in memory until shortly before it ends, so each warm function asks once or twice a day.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::caller::{ApiFailure, Caller, Header, Opened, shopify_token};
use crate::crypto::Sealed;
use crate::domain::id::ShopId;

/// So long before its end a token is used no more: clocks differ, and work goes on for a while.
const BEFORE_ITS_END: SignedDuration = SignedDuration::from_mins(5);
/// Where Shopify gives them.
const EXCHANGE: &str = "/admin/oauth/access_token";

/// The tokens that are valid now, one for each shop. A cheap handle: clones share them.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<BTreeMap<ShopId, Kept>>>);

struct Kept {
    /// The credentials that it was given for, as they are stored. New ones are sealed anew, so they never match.
    access: Sealed,
    token: String,
    until: Timestamp,
}

impl Tokens {
    fn locked(&self) -> MutexGuard<'_, BTreeMap<ShopId, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, shop: ShopId, access: &Sealed, now: Timestamp) -> Option<String> {
        let tokens = self.locked();
        let kept = tokens.get(&shop).filter(|kept| kept.access == *access && now < kept.until)?;
        Some(kept.token.clone())
    }

    /// Forgets this token; one that somebody else got meanwhile stays.
    fn forget(&self, shop: ShopId, token: &str) {
        let mut tokens = self.locked();
        if tokens.get(&shop).is_some_and(|kept| kept.token == token) {
            tokens.remove(&shop);
        }
    }
}

/// A token as it is given. What else is said (its scopes) was decided by the merchant.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    /// In seconds.
    expires_in: u32,
}

/// What opens the API for the next call.
pub(super) struct Pass {
    pub(super) header: Header,
    /// It has a token that was got some time ago and may be void by now.
    is_kept: bool,
}

impl Caller {
    /// The header that opens the API; a token is got first where there is none.
    pub(super) async fn pass(&self) -> Result<Pass, ApiFailure> {
        let (client_id, client_secret) = match self.credentials.open() {
            Opened::By(header) => return Ok(Pass { header, is_kept: false }),
            Opened::ForAToken { client_id, client_secret } => (client_id, client_secret),
        };
        if let Some(token) = self.client.tokens.get(self.shop, &self.access, self.client.clock.now()) {
            return Ok(Pass { header: shopify_token(token), is_kept: true });
        }
        let asked = json!({"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret});
        let given = self.send::<Given>("POST", EXCHANGE, &[], Some(&asked), None).await.map_err(not_let_in)?.body;
        let lasts = SignedDuration::from_secs(given.expires_in.into()) - BEFORE_ITS_END;
        let until = self.client.clock.now().saturating_add(lasts).unwrap_or(Timestamp::MAX);
        let kept = Kept { access: self.access.clone(), token: given.access_token.clone(), until };
        self.client.tokens.locked().insert(self.shop, kept);
        Ok(Pass { header: shopify_token(given.access_token), is_kept: false })
    }

    /// The platform refused what was shown. Whether another try with a new token may help.
    pub(super) fn was_refused(&self, pass: &Pass) -> bool {
        self.client.tokens.forget(self.shop, &pass.header.1);
        pass.is_kept
    }
}

/// Whatever Shopify has against an exchange, these credentials don't open the shop: a wrong secret, an app that is not
/// installed, no such shop. Its words are left out, for what was asked has the secret in it.
fn not_let_in(failure: ApiFailure) -> ApiFailure {
    match failure {
        ApiFailure::Refused { status, .. } => ApiFailure::Unauthorized(status),
        ApiFailure::Missing => ApiFailure::Unauthorized(404),
        other => other,
    }
}
