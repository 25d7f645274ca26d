//! Erases what a shop told, after it gave the app away: first what opens its API and signs its webhooks, so that nothing
//! comes in any more; then its links, advocates who have no others, and buyers' contacts. Other shops of the merchant keep
//! theirs.

use jiff::SignedDuration;

use crate::App;
use crate::domain::id::AdvocateId;
use crate::domain::privacy::Ending;
use crate::store::key::{Key, Listed};
use crate::store::{Link, PrivacyRow, Shop, Stage, StoreError, Writes};

use super::{PAGE, ended, person};

async fn shop(app: &App, row: &PrivacyRow) -> Result<Option<Shop>, StoreError> {
    match row.shop {
        Some(id) => app.store.shop(id).await,
        None => Ok(None),
    }
}

/// A platform asks so long after the shop gave the app away (Shopify: 48 hours), and some more.
const GONE_FOR: SignedDuration = SignedDuration::from_hours(49);

/// Whether the shop has the app again. That it gave it away may never have been told, so a shop that was connected before
/// that must be one that left.
pub(super) async fn is_connected(app: &App, row: &PrivacyRow) -> Result<bool, StoreError> {
    let Some(shop) = shop(app, row).await? else { return Ok(false) };
    let left_at = row.received_at.saturating_sub(GONE_FOR).unwrap_or(row.received_at);
    Ok(shop.uninstalled_at.is_none() && shop.connected_at.is_some_and(|since| since > left_at))
}

/// Disables a page of the shop's links.
pub(super) async fn links(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    let after = row.work.cursor.take();
    let page = app.store.list::<Link>(Listed::Links, row.merchant, after.as_deref(), PAGE, app.now()).await?;
    for link in page.rows.into_iter().filter(|link| Some(link.shop) == row.shop) {
        let id = link.advocate;
        // The list may be some milliseconds behind.
        if let Some(link) = app.store.link(&link.code).await? {
            person::disable(app, row.id, link).await?;
            row.counts.links += 1;
        }
        let mut has_others = false;
        for other in app.store.advocate_links(id).await? {
            let other = app.store.link(&other.code).await?;
            has_others |= other.is_some_and(|other| other.erased_at.is_none() && Some(other.shop) != row.shop);
        }
        forget_accounts(app, &row, id).await?;
        if !has_others {
            person::advocate(app, row.id, id).await?;
            if let Some(advocate) = app.store.advocate(id).await? {
                app.store.forget_contact(row.merchant, &advocate.person, id).await?;
                row.counts.persons += 1;
            }
        }
    }
    row.work.cursor = page.next;
    if row.work.cursor.is_none() {
        row.work.stage = Stage::Contacts;
    }
    Ok(row)
}

/// Forgets which accounts an advocate has with the shop.
async fn forget_accounts(app: &App, row: &PrivacyRow, id: AdvocateId) -> Result<(), StoreError> {
    let (Some(shop), Some(advocate)) = (row.shop, app.store.advocate(id).await?) else { return Ok(()) };
    let profile = app.store.person(row.merchant, &advocate.person).await?.unwrap_or_default();
    app.store.forget_accounts(&Key::person(row.merchant, &advocate.person).pk, &profile.known_as, shop).await
}

/// Forgets a page of contacts that the shop told.
pub(super) async fn contacts(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    let after = row.work.cursor.take();
    let page = app.store.contacts(row.merchant, after.as_deref(), PAGE).await?;
    for contact in &page.rows {
        let Some(shop) = row.shop else { break };
        app.store.forget_accounts(&contact.pk, &contact.known_as, shop).await?;
        if contact.buyer.as_ref().is_some_and(|buyer| buyer.shop == shop) {
            app.store.forget_buyer(&contact.pk, shop).await?;
            row.counts.persons += 1;
        }
    }
    row.work.cursor = page.next;
    Ok(if row.work.cursor.is_some() { row } else { ended(app, row, Ending::Erased) })
}

/// Forgets what opens the shop's API and what its webhooks are signed with.
pub(super) async fn access(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    if let Some(shop) = shop(app, &row).await? {
        let version = shop.version + 1;
        let closed = Shop { secrets: None, access: None, permissions: None, version, ..shop };
        let mut writes = Writes::default();
        app.store.put_shop_version(&mut writes, &closed)?;
        match app.store.transact(writes).await {
            Ok(()) => {}
            // Changed at the same time, perhaps connected again: look again.
            Err(failure) if failure.is_condition() => return Ok(row),
            Err(failure) => return Err(failure),
        }
    }
    row.work.stage = Stage::Parked;
    Ok(row)
}
