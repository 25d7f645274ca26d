//! Puts a request on record, under a natural key: the same word again finds the request that it made. What was done is
//! not undone by that, so a request of later days, about what has come in since, is another one.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::App;
use crate::domain::id::{MerchantId, PrivacyId, ShopId};
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::domain::platform::Platform;
use crate::domain::privacy::{Progress, Right, deadline, is_repeat, urgent_from};
use crate::platform::{Asked, Customer};
use crate::store::{Counts, Message, Notice, OutboxRow, PrivacyRow, Shop, Stage, StoreError, Todo, Work};

/// More orders than a request has room for; the others are found in the person's timeline.
const MAX_ORDERS: usize = 1000;
/// More requests for the same thing than anybody makes.
const MAX_REPEATS: u32 = 10_000;

/// What is asked for, of whom.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub merchant: MerchantId,
    pub kind: Right,
    pub platform: Option<Platform>,
    pub shop: Option<ShopId>,
    pub persons: BTreeSet<PersonKey>,
    pub orders: Vec<OrderRef>,
    /// What makes this request the same as another one.
    pub cause: String,
}

/// Records what a platform asks for.
pub async fn asked_by_platform(
    app: &App,
    shop: &Shop,
    asked: &Asked,
    received_at: Timestamp,
) -> Result<PrivacyRow, StoreError> {
    let none = Customer::default();
    let (kind, of, cause) = match asked {
        Asked::Export { of, id } => (Right::Export, of, id.as_ref().map(|id| format!("export#{id}"))),
        Asked::Erase(of) => (Right::Erase, of, None),
        Asked::EraseShop => {
            let time = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
            let since = format!("erase_shop#{}#{}", time(shop.connected_at), time(shop.uninstalled_at));
            (Right::EraseShop, &none, Some(since))
        }
    };
    let keys = &app.config.keys;
    let by_id = of.id.as_ref().map(|id| keys.person_by_customer_id(shop.merchant, &shop.id.to_string(), id.as_str()));
    let by_email = of.email.as_ref().map(|email| keys.person_by_email(shop.merchant, email));
    let persons: BTreeSet<_> = by_email.into_iter().chain(by_id).collect();
    let orders = of.orders.iter().take(MAX_ORDERS).map(|id| OrderRef { shop: shop.id, id: id.clone() }).collect();
    let cause = cause.unwrap_or_else(|| format!("{kind:?}#{persons:?}#{:?}", of.orders));
    let cause = format!("{}#{cause}", shop.id);
    let Shop { id, merchant, platform, .. } = *shop;
    let (platform, shop) = (Some(platform), Some(id));
    record(app, Wanted { merchant, kind, platform, shop, persons, orders, cause }, received_at).await
}

/// Records a request, or finds the one that it repeats: one that is open, or that the platform sends again.
pub async fn record(app: &App, wanted: Wanted, received_at: Timestamp) -> Result<PrivacyRow, StoreError> {
    let mut number = 0;
    while number < MAX_REPEATS {
        let id = PrivacyId::of_cause(&format!("{}#{number}", wanted.cause));
        match app.store.privacy(id).await? {
            Some(known) if is_same(&known, received_at) => return Ok(known),
            Some(_) => number += 1,
            None => {
                let row = new(id, &wanted, received_at);
                let notice = (row.kind == Right::Export && row.platform.is_some()).then(|| notice(&row));
                if app.store.add_privacy(&row, notice.as_ref()).await? {
                    tracing::info!(request = %row.id, kind = ?row.kind, "privacy request recorded");
                    return Ok(row);
                }
            }
        }
    }
    Err(StoreError::Refused("too many requests for the same thing".into()))
}

fn is_same(known: &PrivacyRow, received_at: Timestamp) -> bool {
    let repeats = |done_at| known.platform.is_some() && is_repeat(done_at, received_at);
    known.state == Progress::Open || known.done_at.is_some_and(repeats)
}

fn new(id: PrivacyId, wanted: &Wanted, received_at: Timestamp) -> PrivacyRow {
    let due_at = deadline(received_at);
    let todo = wanted.persons.iter().map(|person| Todo { person: person.clone(), leads_on: true });
    let stage = if wanted.kind == Right::EraseShop { Stage::Access } else { Stage::Orders };
    PrivacyRow {
        id,
        merchant: wanted.merchant,
        kind: wanted.kind,
        platform: wanted.platform,
        shop: wanted.shop,
        state: Progress::Open,
        ending: None,
        persons: wanted.persons.clone(),
        orders: wanted.orders.clone(),
        work: Work { stage, cursor: None, todo: todo.collect(), followed: BTreeSet::new() },
        counts: Counts::default(),
        received_at,
        due_at,
        done_at: None,
        next_at: if wanted.kind == Right::Export { urgent_from(due_at) } else { received_at },
        version: 1,
    }
}

fn notice(row: &PrivacyRow) -> OutboxRow {
    let notice = Notice::DataRequest { request: row.id, due_at: row.due_at };
    let id = Notice::data_request_id(row.id);
    OutboxRow::queued(id, row.merchant, Message::Notice { notice }, row.received_at)
}
