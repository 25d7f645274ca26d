//! Parked webhooks are full of personal data. Those of an erased person are replaced by the facts of their orders, so that
//! the order is not lost: facts know persons by keyed hashes.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::crypto::random;
use crate::crypto::{CannotOpen, Sealed};
use crate::domain::id::ShopId;
use crate::domain::order::{Facts, OrderEvent, OrderRef};
use crate::domain::person::PersonKey;
use crate::domain::privacy::{Ending, Right};
use crate::platform::{self, Context, Said};
use crate::store::key::Listed;
use crate::store::{ParkedRow, PrivacyRow, Shop, Stage, StoreError};

use super::{PAGE, asked_by_platform, ended};

/// The topic of a parked event that holds facts. No platform has one like it.
pub(crate) const FACTS: &str = "@facts";

/// What such an event holds.
#[derive(Serialize, Deserialize)]
pub(crate) struct ParkedFacts {
    pub(crate) order: OrderRef,
    pub(crate) facts: Facts,
}

/// Why a parked body can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Sealed(#[from] CannotOpen),
    #[error("the body can't be read back: {0}")]
    Body(#[from] io::Error),
}

/// What an event is parked as that holds facts.
pub(crate) fn facts_body(order: OrderRef, facts: Facts) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(&ParkedFacts { order, facts }).map_err(|e| StoreError::Refused(e.to_string()))
}

/// A body as it is parked: smaller, and sealed. [`contents`] is the way back.
pub(crate) fn packed(app: &App, shop: ShopId, sha256: &str, body: &[u8]) -> Result<Sealed, StoreError> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let compressed = gzip.write_all(body).and_then(|()| gzip.finish());
    let compressed = compressed.map_err(|e| StoreError::Refused(e.to_string()))?;
    Ok(app.config.keys.seal(&ParkedRow::context(shop, sha256), &compressed, random()))
}

/// A parked body as it came.
pub(crate) fn contents(app: &App, row: &ParkedRow) -> Result<Vec<u8>, Unreadable> {
    let compressed = app.config.keys.open(&ParkedRow::context(row.shop, &row.sha256), &row.body)?;
    let mut body = Vec::new();
    GzDecoder::new(&compressed[..]).read_to_end(&mut body)?;
    Ok(body)
}

/// The event with its facts only.
fn lessened(app: &App, row: &ParkedRow, event: OrderEvent) -> Result<ParkedRow, StoreError> {
    let body = packed(app, row.shop, &row.sha256, &facts_body(event.order, event.facts)?)?;
    Ok(ParkedRow { topic: FACTS.to_owned(), body, ..row.clone() })
}

/// What a parked webhook says, and which shop. `None`: facts already, or not to be read.
async fn said(app: &App, row: &ParkedRow) -> Result<Option<(Said, Shop)>, StoreError> {
    let (Ok(body), Some(shop)) = (contents(app, row), app.store.shop(row.shop).await?) else { return Ok(None) };
    let context = Context::of(&shop, &app.config.keys, row.parked_at);
    let said = platform::parse(shop.platform, &row.topic, &body, context).ok();
    Ok(said.filter(|_| row.topic != FACTS).map(|said| (said, shop)))
}

/// The order that a parked webhook tells of.
#[cfg(feature = "outbound")]
async fn event(app: &App, row: &ParkedRow) -> Result<Option<OrderEvent>, StoreError> {
    Ok(said(app, row).await?.and_then(|(said, _)| if let Said::Order(event) = said { Some(*event) } else { None }))
}

/// All keys of the buyer: as the event says, and as the order is known.
async fn buyer(app: &App, event: &OrderEvent) -> Result<Vec<PersonKey>, StoreError> {
    let known = app.store.order(&event.order).await?;
    let known = known.iter().flat_map(|order| order.facts.persons());
    Ok(event.facts.persons().chain(known).cloned().collect())
}

/// Looks through a page of the merchant's parked webhooks.
pub(super) async fn step(app: &App, mut row: PrivacyRow) -> Result<PrivacyRow, StoreError> {
    let after = row.work.cursor.take();
    let page = app.store.list::<ParkedRow>(Listed::Parked, row.merchant, after.as_deref(), PAGE, app.now()).await?;
    for parked in &page.rows {
        let event = match said(app, parked).await? {
            Some((Said::Order(event), _)) => event,
            // It names somebody by address and phone. On record it has hashes only; that is all that it was to come to.
            Some((Said::Privacy(asked), shop)) => {
                asked_by_platform(app, &shop, &asked, parked.parked_at).await?;
                app.store.delete_parked(parked).await?;
                continue;
            }
            _ => continue,
        };
        let is_meant = match row.kind {
            Right::EraseShop => Some(parked.shop) == row.shop,
            Right::Erase | Right::Export => {
                row.orders.contains(&event.order)
                    || buyer(app, &event).await?.iter().any(|key| row.persons.contains(key))
            }
        };
        // What is placed after the request came in is a new matter.
        let is_new = event.facts.snapshot.as_ref().is_some_and(|order| order.placed_at > row.received_at);
        if is_meant && !is_new {
            if !app.store.replace_parked(parked, &lessened(app, parked, *event)?).await? {
                // Somebody tried it at the same time, and may have put it back as it was: look at the page again.
                row.work.cursor = after;
                return Ok(row);
            }
            row.counts.parked += 1;
        }
    }
    row.work.cursor = page.next;
    if row.work.cursor.is_some() {
        return Ok(row);
    }
    if row.kind == Right::EraseShop {
        row.work.stage = Stage::Links;
        return Ok(row);
    }
    Ok(ended(app, row, Ending::Erased))
}

/// A parked event as it may be put back: with its facts only, if its buyer was erased since the order was placed.
#[cfg(feature = "outbound")]
pub(crate) async fn without_contact(app: &App, row: ParkedRow) -> Result<ParkedRow, StoreError> {
    let Some(event) = event(app, &row).await? else { return Ok(row) };
    let placed_at = event.facts.snapshot.as_ref().map_or(jiff::Timestamp::UNIX_EPOCH, |order| order.placed_at);
    for person in buyer(app, &event).await? {
        if app.store.person(row.merchant, &person).await?.is_some_and(|profile| profile.erased_since(placed_at)) {
            return lessened(app, &row, event);
        }
    }
    Ok(row)
}
