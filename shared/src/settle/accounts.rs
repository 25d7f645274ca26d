//! The merchant says whose account it is, beside all orders. What was credited before that may be the advocate's own.

use std::collections::BTreeSet;

use crate::App;
use crate::domain::id::MerchantId;
use crate::domain::person::PersonKey;
use crate::store::{PersonRow, StoreError};

/// How many of an account's orders are looked at again.
const LOOKED_AT: i32 = 100;

/// Notes that an account belongs to whoever has this address, unless that is known, and has what was credited for their
/// orders looked at again by `timers`.
pub async fn note_account(
    app: &App,
    merchant: MerchantId,
    (address, profile): (&PersonKey, &PersonRow),
    account: &PersonKey,
) -> Result<(), StoreError> {
    if profile.accounts.contains(account) {
        return Ok(());
    }
    // The profile of the address last: what is noted there was done.
    app.store.note_address_of_account(merchant, account, address).await?;
    let mut todo = vec![account.clone(), address.clone()];
    let mut woken = BTreeSet::new();
    let mut next = 0;
    while let Some(key) = todo.get(next).cloned() {
        next += 1;
        for entry in app.store.first_orders(merchant, &key, LOOKED_AT).await? {
            if key == *account {
                let more: Vec<_> = entry.also.iter().filter(|key| !todo.contains(key)).cloned().collect();
                todo.extend(more);
            }
            if entry.remembered || !woken.insert(entry.order.clone()) {
                continue;
            }
            if let Some(referral) = app.store.order(&entry.order).await?.and_then(|row| row.referral) {
                app.store.wake_referral(referral, app.now()).await?;
            }
        }
    }
    app.store.note_account_of_address(merchant, address, account).await
}
