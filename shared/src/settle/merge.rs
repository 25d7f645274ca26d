//! Two customer accounts of a platform became one: what was the one's is the other's now.

use jiff::Timestamp;

use super::{Owner, SettleError, settle, settle_due};
use crate::App;
use crate::domain::order::{Facts, Learnt, OrderEvent, PlatformId};
use crate::domain::person::PersonKey;
use crate::store::Shop;

/// How many of an account's orders are carried over.
const CARRIED: i32 = 100;

/// Carries the orders of an account that is gone over to the one that was kept, notes that both are one person, for
/// advocates that are known by either, and decides the orders of both again.
pub async fn merge(
    app: &App,
    shop: &Shop,
    kept: &PlatformId,
    gone: &PlatformId,
    at: Timestamp,
) -> Result<(), SettleError> {
    let key = |id: &PlatformId| -> PersonKey {
        app.config.keys.person_by_customer_id(shop.merchant, &shop.id.to_string(), id.as_str())
    };
    let (kept, gone) = (key(kept), key(gone));
    app.store.note_same_person(shop.merchant, &kept, &gone).await?;
    app.store.note_same_person(shop.merchant, &gone, &kept).await?;
    let owner = Owner::of(shop);
    let (of_kept, of_gone) = (
        app.store.first_orders(shop.merchant, &kept, CARRIED).await?,
        app.store.first_orders(shop.merchant, &gone, CARRIED).await?,
    );
    for entry in of_gone {
        if entry.remembered {
            app.store.remember_person_order(shop.merchant, &kept, &entry).await?;
            continue;
        }
        let learnt = Learnt { as_of: at, value: kept.clone() };
        let facts = Facts { by_customer_id: Some(learnt), ..Facts::default() };
        settle(app, owner, &OrderEvent { order: entry.order, facts, contact: None, customer_id: None }).await?;
    }
    // Whoever referred them may be the buyer, as is known now.
    for entry in of_kept.into_iter().filter(|entry| !entry.remembered) {
        settle_due(app, owner, &entry.order).await?;
    }
    Ok(())
}
