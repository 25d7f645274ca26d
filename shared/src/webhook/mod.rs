//! Outgoing webhooks: how they are signed, posted, and tried again. They follow Standard Webhooks 1.0.
//!
//! ```text
//! outbox row ─► hand_over ─► post: sign ─► client ─► outcome ─► outbox row
//!               or event                            health  ─► endpoint
//! ```

#[cfg(feature = "delivery")]
mod client;
#[cfg(feature = "delivery")]
mod hand_over;
#[cfg(feature = "delivery")]
mod health;
#[cfg(feature = "delivery")]
mod outcome;
#[cfg(feature = "delivery")]
mod post;
pub mod sign;

#[cfg(feature = "delivery")]
pub use client::Client;
#[cfg(feature = "delivery")]
pub(crate) use hand_over::{hand_over, note_problem};
#[cfg(feature = "delivery")]
pub(crate) use outcome::MAX_TRIES;
#[cfg(feature = "delivery")]
pub(crate) use post::{Post, event, send};
