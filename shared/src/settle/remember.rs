//! Enters an order of the past into its buyer's timeline, and nowhere else.

use super::SettleError;
use crate::App;
use crate::domain::id::MerchantId;
use crate::domain::order::OrderEvent;
use crate::store::PersonOrder;

/// Remembers a purchase from before the engine was there. Answers whether it was one, of somebody known.
pub async fn remember(app: &App, merchant: MerchantId, event: &OrderEvent) -> Result<bool, SettleError> {
    let facts = &event.facts;
    let Some(snapshot) = facts.snapshot.as_ref().filter(|_| facts.is_purchase() && !facts.is_cancelled()) else {
        return Ok(false);
    };
    let mut entered = false;
    // Under every key: no row of the order's own will tell one by the other.
    for person in facts.persons() {
        let purchase = PersonOrder {
            order: event.order.clone(),
            placed_at: snapshot.placed_at,
            purchase: true,
            remembered: true,
            contact: None,
            marks: Vec::new(),
        };
        app.store.remember_person_order(merchant, person, &purchase).await?;
        entered = true;
    }
    Ok(entered)
}
