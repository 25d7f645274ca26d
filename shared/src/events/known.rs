//! Which endpoints a merchant has, remembered for seconds: most changes are of merchants who have none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::domain::id::MerchantId;
use crate::store::{Endpoint, StoreError};

/// How long they are remembered.
const FOR: SignedDuration = SignedDuration::from_secs(30);
/// How many merchants are remembered; beyond that all are forgotten, which only costs another look.
const MOST: usize = 10_000;

type Remembered = (Timestamp, Arc<Vec<Endpoint>>);

/// Endpoints by merchant. A cheap handle; what it knows is shared.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<HashMap<MerchantId, Remembered>>>);

impl Known {
    /// The merchant's endpoints that are on and ask for something.
    pub(super) async fn endpoints(&self, app: &App, merchant: MerchantId) -> Result<Arc<Vec<Endpoint>>, StoreError> {
        let now = app.now();
        if let Some((until, endpoints)) = self.lock().get(&merchant)
            && now < *until
        {
            return Ok(endpoints.clone());
        }
        let mut endpoints = app.store.endpoints(merchant).await?;
        endpoints.retain(|endpoint| endpoint.disabled.is_none() && !endpoint.events.is_empty());
        let endpoints = Arc::new(endpoints);
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(merchant, (now.checked_add(FOR).unwrap_or(Timestamp::MAX), endpoints.clone()));
        Ok(endpoints)
    }

    /// Forgets a merchant's, because one of them changed.
    pub fn forget(&self, merchant: MerchantId) {
        self.lock().remove(&merchant);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<MerchantId, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
