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
    let persons: Vec<_> = facts.persons().cloned().collect();
    // Under every key: no row of the order's own will tell one by the other.
    for person in &persons {
        let purchase = PersonOrder {
            order: event.order.clone(),
            placed_at: snapshot.placed_at,
            purchase: true,
            remembered: true,
            also: persons.iter().filter(|key| *key != person).cloned().collect(),
            marks: Vec::new(),
        };
        app.store.remember_person_order(merchant, person, &purchase).await?;
    }
    Ok(!persons.is_empty())
}
