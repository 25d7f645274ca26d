//! What the buyer ordered earlier, and what else the buyer is known as.
//!
//! A purchase that is in the timeline and not with its order is one that is being written this moment, or one whose writer
//! died. Nobody can tell, so it is waited for a little, and then overtaken: whoever is still writing it has to look at the
//! timelines again, and finds this order there. So it counts once it is written, and never before. Only later orders wait
//! for earlier ones here, so that no two wait for each other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::lookup::{credited_to, links};
use super::people::Person;
use super::{Attempt, SettleError};
use crate::App;
use crate::domain::decide::{Candidate, EarlierOrder, History};
use crate::domain::decision::Outcome;
use crate::domain::id::MerchantId;
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::store::{Entered, OrderRow, PersonOrder};

/// How often all orders together are waited for that are in a timeline and not yet written; each time twice as long, two
/// and a half seconds in all.
const WAITS: u32 = 7;
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// How long orders that are being written have been waited for, and which were overtaken: those that were once will look
/// again in any case.
#[derive(Debug, Default)]
pub(super) struct Patience {
    waits: u32,
    overtaken: Vec<(OrderRef, Entered)>,
}

impl Patience {
    /// Waits a moment. `false`: it was long enough.
    async fn wait(&mut self) -> bool {
        if self.waits >= WAITS {
            return false;
        }
        tokio::time::sleep(FIRST_WAIT * 2_u32.pow(self.waits)).await;
        self.waits += 1;
        true
    }

    /// The order as it is written; `None`: it is not, and whoever writes it now has to look again, and finds what was
    /// entered before this was called.
    pub(super) async fn written(
        &mut self,
        app: &App,
        merchant: MerchantId,
        entry: &PersonOrder,
        entered: Option<&Entered>,
    ) -> Result<Option<OrderRow>, SettleError> {
        loop {
            let row = app.store.order(&entry.order).await?;
            if !is_being_written(entry, row.as_ref()) {
                return Ok(row);
            }
            let mark = entered.map(|entered| (entry.order.clone(), entered.clone()));
            if mark.as_ref().is_some_and(|mark| self.overtaken.contains(mark)) {
                return Ok(None);
            }
            // What was overtaken before has been waited for.
            if row.is_none() && self.wait().await {
                continue;
            }
            if app.store.overtake_order(&entry.order, merchant, row.as_ref(), app.now()).await? {
                self.overtaken.extend(mark);
                return Ok(None);
            }
        }
    }
}

/// It was entered as a purchase, and is none yet. What was read from the past needs no order.
fn is_being_written(entry: &PersonOrder, row: Option<&OrderRow>) -> bool {
    entry.purchase && row.map_or(!entry.remembered, |row| !row.facts.is_purchase())
}

/// What the buyer ordered earlier, where a program asks for new customers; and the keys of the advocates that are the
/// buyer's too.
pub(super) async fn history(
    attempt: &Attempt<'_>,
    candidates: &[Candidate],
    entered: Option<&Entered>,
    person: &Person,
    patience: &mut Patience,
) -> Result<History, SettleError> {
    let own: Vec<_> = attempt.facts.persons().collect();
    let advocates: BTreeSet<&PersonKey> = links(candidates).flat_map(|link| &link.advocate_keys).collect();
    let also = advocates.into_iter().filter(|key| person.has(key) && !own.contains(key));
    let known_as = also.cloned().collect();
    let earlier_order = earlier(attempt, candidates, entered, person, patience).await?;
    let asks = links(candidates).any(|link| link.program.asks_history());
    let told_orders = if asks && earlier_order.is_none() { told_orders(attempt, person) } else { None };
    Ok(History { earlier_order, known_as, told_orders })
}

/// How many orders the merchant's own systems say the buyer has, if more than are known here. What is said of that after
/// an order counted takes nothing back.
fn told_orders(attempt: &Attempt<'_>, person: &Person) -> Option<u32> {
    let Attempt { event, facts, stored, .. } = attempt;
    let counted =
        stored.as_ref().filter(|row| row.decision.as_ref().is_some_and(|it| it.outcome != Outcome::NotCredited));
    if let Some(row) = counted {
        return row.inputs.as_ref().and_then(|inputs| inputs.history.told_orders);
    }
    // There may be more than were read.
    if person.unread().next().is_some() {
        return None;
    }
    let this = facts.snapshot.as_ref().map(|snapshot| snapshot.placed_at);
    let known: Vec<_> = person.others(&event.order).iter().map(|entry| entry.placed_at).chain(this).collect();
    let told = person.keys().filter_map(|key| person.profile(key)?.customer.as_ref());
    told.filter_map(|told| told.unheard_of(known.iter().copied())).max()
}

async fn earlier(
    attempt: &Attempt<'_>,
    candidates: &[Candidate],
    entered: Option<&Entered>,
    person: &Person,
    patience: &mut Patience,
) -> Result<Option<EarlierOrder>, SettleError> {
    let Attempt { app, owner, event, facts, .. } = attempt;
    let asks = links(candidates).any(|link| link.program.asks_history());
    let Some(snapshot) = facts.snapshot.as_ref().filter(|_| asks) else { return Ok(None) };
    let this = (snapshot.placed_at, &event.order);
    for entry in person.others(&event.order).into_iter().filter(|entry| (entry.placed_at, &entry.order) < this) {
        let row = patience.written(app, owner.merchant, &entry, entered).await?;
        // An entry that its order does not know any more is from before the platform corrected who bought, or when.
        let is_current = |entered: &Entered| {
            entered.placed_at == entry.placed_at && entered.persons.iter().any(|key| person.has(key))
        };
        let stands = |row: &OrderRow| {
            row.facts.is_purchase() && !row.facts.is_cancelled() && row.entered.as_ref().is_some_and(is_current)
        };
        if row.as_ref().map_or(entry.remembered && entry.purchase, stands) {
            let advocate = row.as_ref().and_then(credited_to);
            return Ok(Some(EarlierOrder { advocate, order: entry.order, placed_at: entry.placed_at }));
        }
    }
    Ok(None)
}
