//! What a platform's message comes to, in the domain's words.

use crate::domain::email::EmailAddress;
use crate::domain::order::{OrderEvent, PlatformId};

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing that counts here.
    Nothing,
    /// Facts of an order.
    Order(Box<OrderEvent>),
    /// This order changed; what it is now has to be asked.
    Changed(PlatformId),
    /// Two customer accounts became one.
    Merged { kept: PlatformId, gone: PlatformId },
    /// The shop gave the app away: its access is dead.
    Uninstalled,
    /// What the law gives a person, or a shop, a right to.
    Privacy(Asked),
}

impl From<OrderEvent> for Said {
    fn from(event: OrderEvent) -> Self {
        Self::Order(Box::new(event))
    }
}

/// A request about personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A customer wants to see what is kept.
    Export { of: Customer, id: Option<PlatformId> },
    /// A customer is to be forgotten.
    Erase(Customer),
    /// Everybody who bought at the shop is to be forgotten.
    EraseShop,
}

/// A customer as a platform names one. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    pub id: Option<PlatformId>,
    pub email: Option<EmailAddress>,
    /// The orders that the request names.
    pub orders: Vec<PlatformId>,
}
