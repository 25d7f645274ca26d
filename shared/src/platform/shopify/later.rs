//! What is said of an order after it was sold, by topics of their own: that the buyer's bank disputes it, that a parcel
//! was delivered. (`fulfillments/…` tell of one parcel and can't say that it was the last; `orders/fulfilled` does.)

use jiff::{SignedDuration, Timestamp};

use super::super::{Context, Said};
use super::body::{DeletedBody, DisputeBody, EditedBody, FulfillmentBody, FulfillmentEventBody};
use crate::domain::order::{Facts, Learnt, OrderEvent, OrderRef, PlatformId};

/// A dispute. An inquiry is a bank's question and takes no money; a chargeback takes it at once and gives it back only if
/// the shop wins. `None`: no order is behind it.
pub(super) fn disputed(dispute: DisputeBody, context: Context<'_>) -> Option<OrderEvent> {
    let status = dispute.status.as_deref();
    let is_inquiry = dispute.kind.as_deref() == Some("inquiry");
    // "Prevented" ended before it was a chargeback; if it ended with a refund, the refund says so itself.
    let is_charged_back = !is_inquiry && !matches!(status, Some("won" | "prevented"));
    let is_final = dispute.finalized_on.is_some() || !matches!(status, None | Some("needs_response" | "under_review"));
    let told = [dispute.initiated_at, dispute.evidence_sent_on, dispute.finalized_on];
    let as_of = told.into_iter().flatten().max().unwrap_or(Timestamp::UNIX_EPOCH);
    // The last word may be dated by a day on which other words have a time.
    let after = if is_final { SignedDuration::from_secs(1) } else { SignedDuration::ZERO };
    let learnt = Learnt { as_of: as_of.saturating_add(after).unwrap_or(as_of), value: is_charged_back };
    Some(event(dispute.order_id?, Facts { charged_back: Some(learnt), ..Facts::default() }, context))
}

/// Where a parcel is. `None`: not delivered yet.
pub(super) fn delivered(parcel: FulfillmentEventBody, context: Context<'_>) -> Option<OrderEvent> {
    let delivered_at =
        parcel.happened_at.or(parcel.created_at).filter(|_| parcel.status.as_deref() == Some("delivered"));
    Some(event(parcel.order_id?, Facts { delivered_at: Some(delivered_at?), ..Facts::default() }, context))
}

/// A parcel as a whole. Its carrier may have said that it was delivered. `None`: not delivered yet.
pub(super) fn shipped(parcel: FulfillmentBody, context: Context<'_>) -> Option<OrderEvent> {
    let at = parcel.updated_at.or(parcel.created_at);
    let delivered_at = at.filter(|_| parcel.shipment_status.as_deref() == Some("delivered"));
    Some(event(parcel.order_id?, Facts { delivered_at: Some(delivered_at?), ..Facts::default() }, context))
}

/// An order was edited. What it is now is told by `orders/updated` too, but not whether that one arrives.
pub(super) fn edited(edited: EditedBody) -> Said {
    Said::Changed(edited.order_edit.order_id)
}

/// An order was deleted: it says nothing but its id, so not when.
pub(super) fn deleted(deleted: DeletedBody, context: Context<'_>) -> OrderEvent {
    event(deleted.id, Facts { deleted_at: Some(context.received_at), ..Facts::default() }, context)
}

fn event(order: PlatformId, facts: Facts, context: Context<'_>) -> OrderEvent {
    OrderEvent { order: OrderRef { shop: context.shop, id: order }, facts, contact: None, customer_id: None }
}
