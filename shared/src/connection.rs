//! A shop's connection to its platform: what its credentials may do goes on record with the shop, whoever hears of it first,
//! and what waited for them is tried as soon as they suffice.

use jiff::Timestamp;

use crate::App;
use crate::domain::permission::{Permission, Permissions};
use crate::platform::api::Caller;
use crate::store::{Shop, StoreError, Task};

/// What an answer of a platform says beside what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Orders(Permission),
    Codes(Permission),
}

/// Tries again what the credentials may do, if anything is not known to be allowed. `caller`: of this shop as it was read.
pub async fn look_again(app: &App, shop: &Shop, caller: &Caller) -> Result<(), StoreError> {
    if shop.permissions.as_ref().is_some_and(Permissions::are_whole) {
        return Ok(());
    }
    let found = caller.permissions(app.now()).await;
    note(app, shop, &found).await
}

/// Notes what an answer to another question said, if that is news. `shop`: as it was read before it was asked.
pub async fn hear(app: &App, shop: &Shop, heard: Heard) -> Result<(), StoreError> {
    // Of a shop that was never tried one answer says too little; the next poll tries it.
    let Some(known) = &shop.permissions else { return Ok(()) };
    let checked_at = app.now();
    let found = match heard {
        Heard::Orders(orders) => Permissions { orders, checked_at, ..known.clone() },
        Heard::Codes(codes) => Permissions { codes, checked_at, ..known.clone() },
    };
    let is_known = |one: Permission| one != Permission::Unknown;
    let error = found.error.clone().filter(|_| !is_known(found.orders) || !is_known(found.codes));
    let found = Permissions { error, ..found };
    if found.say_the_same_as(known) { Ok(()) } else { note(app, shop, &found).await }
}

async fn note(app: &App, shop: &Shop, found: &Permissions) -> Result<(), StoreError> {
    let known = shop.permissions.as_ref();
    let is_new = |of: fn(&Permissions) -> Permission| {
        of(found) == Permission::Ok && known.is_some_and(|known| of(known) != Permission::Ok)
    };
    let gained = is_new(|it| it.orders) || is_new(|it| it.codes);
    // Not noted: the shop has other credentials by now, of which this says nothing.
    if app.store.note_permissions(shop, found).await? && gained {
        try_what_waits(app, shop, app.now()).await?;
    }
    Ok(())
}

/// Has all that waits for the shop's platform be tried now: codes of links and rewards, and reading the past. A few writes,
/// however much it is: timers do it in steps. What polls is left alone; see [`crate::store::Store::poll_now`].
pub async fn try_what_waits(app: &App, shop: &Shop, now: Timestamp) -> Result<(), StoreError> {
    for task in [Task::Backfill, Task::Check] {
        app.store.hurry_job(task, shop.id, now).await?;
    }
    if shop.platform.makes_codes() {
        for task in [Task::Codes, Task::Waiting] {
            app.store.restart_job(task, shop.id, shop.merchant, now).await?;
        }
    }
    Ok(())
}
