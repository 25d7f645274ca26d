//! What credentials may do, asked of their platform by calls that change nothing there. How each platform can be asked is
//! beside its other calls, with its source.

use std::time::Duration;

use jiff::Timestamp;

use super::super::access::Credentials;
use super::super::{bigcommerce, shopify, woocommerce};
use super::{ApiFailure, Caller};
use crate::domain::permission::{Permission, Permissions};

/// What the trial may take in all: somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(6);

/// Whether orders can be read, and codes be made; each as a call that does so would fare.
pub(in super::super) type Tried = [Result<(), ApiFailure>; 2];

impl Caller {
    /// Tries what these credentials may do. Always answers, within some seconds: what can't be told is unknown.
    pub async fn permissions(&self, now: Timestamp) -> Permissions {
        let asked = async {
            match &self.credentials {
                Credentials::Shopify(_) => shopify::permissions::tried(self).await,
                Credentials::Woocommerce { .. } => woocommerce::permissions::tried(self).await,
                Credentials::Bigcommerce { .. } => bigcommerce::permissions::tried(self).await,
            }
        };
        let tried = tokio::time::timeout(PATIENCE, Box::pin(asked)).await;
        told(tried.unwrap_or([Err(ApiFailure::TimedOut), Err(ApiFailure::TimedOut)]), now)
    }
}

fn told([orders, codes]: Tried, now: Timestamp) -> Permissions {
    let unclear = |tried: &Result<(), ApiFailure>| {
        tried.as_ref().err().filter(|failure| !failure.is_refusal()).map(ToString::to_string)
    };
    let error = unclear(&orders).or_else(|| unclear(&codes));
    Permissions { orders: permission(&orders), codes: permission(&codes), error, checked_at: now }
}

fn permission(tried: &Result<(), ApiFailure>) -> Permission {
    match tried {
        Ok(()) => Permission::Ok,
        Err(failure) if failure.is_refusal() => Permission::Missing,
        Err(_) => Permission::Unknown,
    }
}

impl ApiFailure {
    /// The credentials are not enough for what was asked.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Unauthorized(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_of_the_credentials_is_a_lack() {
        let orders = |failure| told([Err(failure), Ok(())], Timestamp::UNIX_EPOCH);
        for status in [401, 402, 403, 404] {
            let told = orders(ApiFailure::Unauthorized(status));
            assert_eq!((told.orders, told.codes, told.error), (Permission::Missing, Permission::Ok, None));
        }
        let refused = ApiFailure::Refused { status: 400, detail: "a secret".into() };
        for failure in [ApiFailure::TimedOut, ApiFailure::Missing, ApiFailure::Throttled(None), refused] {
            let told = orders(failure.clone());
            assert_eq!((told.orders, told.error), (Permission::Unknown, Some(failure.to_string())));
        }
    }
}
