//! What a code is worth at a checkout, in words that every platform has.

use jiff::Timestamp;

use crate::domain::money::{Money, Percent};

/// What a code takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferValue {
    /// Of the goods.
    Percent(Percent),
    /// Of the order, once.
    Fixed(Money),
    FreeShipping,
}

/// For whom and when it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The goods must be worth so much, as the platform counts: at displayed prices, before discounts.
    pub minimum: Option<Money>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// Each customer may use it once.
    pub once_per_customer: bool,
    /// It also takes off the first payment of a subscription, on platforms that tell subscriptions from other goods.
    pub on_subscriptions: bool,
}

/// A discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the merchant sees on the platform.
    pub title: String,
    pub value: OfferValue,
    pub terms: Terms,
}

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFate {
    /// It works at the checkout.
    Made,
    /// The platform will not have it; in its own words, for the merchant.
    Refused(String),
}
