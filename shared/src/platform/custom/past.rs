//! An order of the time before the engine was there, as it is told: of whom, and when. It makes "new customer" true and
//! earns nothing, so nothing else of it counts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::asked::{CustomerBody, OrderState};
use super::event::who;
use super::helpful::Helpful;
use crate::domain::id::ShopId;
use crate::domain::notes::Notes;
use crate::domain::order::{OrderEvent, OrderRef, PlatformId, Snapshot};
use crate::http::{Faults, or_default};
use crate::platform::Context;

/// What an event says beside this, and an order of the past may say too, so that a system that tells events can tell its
/// past in the same words.
const ALSO_TOLD: [&str; 12] = [
    "updated_at",
    "currency",
    "net",
    "total",
    "coupon_codes",
    "discounts",
    "click_token",
    "referral_code",
    "refunds",
    "lines",
    "country",
    "market",
];

/// An order of the past as it is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastOrder {
    pub shop: ShopId,
    id: PlatformId,
    placed_at: Timestamp,
    customer: CustomerBody,
    /// Left out: it was paid, as what is worth remembering is.
    #[serde(default)]
    state: Option<OrderState>,
    #[serde(default, deserialize_with = "or_default")]
    test: bool,
    #[serde(default, deserialize_with = "or_default")]
    charged_back: bool,
}

impl PastOrder {
    /// A line without what does not count here.
    pub fn without_the_rest(mut line: Value) -> Value {
        if let Some(fields) = line.as_object_mut() {
            fields.retain(|name, _| !ALSO_TOLD.contains(&name.as_str()));
        }
        line
    }

    /// Everything that is out of range.
    pub fn faults(&self, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        let is_past = (Timestamp::UNIX_EPOCH..=now).contains(&self.placed_at);
        faults.unless(is_past, "/placed_at", "must be between 1970-01-01 and now");
        if let Helpful::Unread(why) = &self.customer.email {
            faults.unless(false, "/customer/email", why);
        }
        faults
    }

    /// The order as facts that can be remembered. `None`: it made nobody a customer.
    pub fn purchase(self, context: Context<'_>) -> Option<OrderEvent> {
        let is_paid = match self.state {
            None | Some(OrderState::Paid | OrderState::Fulfilled | OrderState::Delivered) => true,
            Some(OrderState::Placed | OrderState::Cancelled) => false,
        };
        if !is_paid || self.test || self.charged_back {
            return None;
        }
        let mut facts = who(self.customer, None, context, self.placed_at, &mut Notes::default()).facts;
        facts.marks = BTreeMap::new();
        facts.paid_at = Some(self.placed_at);
        facts.snapshot = Some(Snapshot::bare(self.placed_at, context.currency));
        Some(OrderEvent { order: OrderRef { shop: self.shop, id: self.id }, facts, contact: None, customer_id: None })
    }
}
