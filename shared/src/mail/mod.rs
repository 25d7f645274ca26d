//! Mails: what they say, how they look on the wire, and getting each of them sent once.
//!
//! ```text
//! outbox row ─► deliver ─► letter (english + templates) ─► message (MIME) ─► mailer (SES) ─► outcome ─► outbox row
//! ```

mod deliver;
mod english;
mod letter;
mod mailer;
mod message;
mod outcome;

pub use deliver::{DeliverError, Delivered, deliver};
pub use mailer::Mailer;
