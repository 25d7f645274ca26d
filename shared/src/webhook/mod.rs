//! Outgoing webhooks: how they are signed, posted, and tried again. They follow Standard Webhooks 1.0.
//!
//! ```text
//! outbox row ─► hand_over ─► sign ─► client ─► outcome ─► outbox row
//! ```

#[cfg(feature = "delivery")]
mod client;
#[cfg(feature = "delivery")]
mod hand_over;
#[cfg(feature = "delivery")]
mod outcome;
pub mod sign;

#[cfg(feature = "delivery")]
pub use client::Client;
#[cfg(feature = "delivery")]
pub(crate) use hand_over::{Post, hand_over, send};
#[cfg(feature = "delivery")]
pub(crate) use outcome::MAX_TRIES;
