//! Mails: what they say, how they look on the wire, and getting each of them sent once.
//!
//! ```text
//! outbox row ─► reward, notice ─► letter (english + templates) ─► message (MIME) ─► mailer (SES) ─► outcome ─► outbox row
//! ```

mod address;
mod english;
mod letter;
mod mailer;
mod message;
mod notice;
mod outcome;
mod pace;
mod reward;

pub use mailer::Mailer;
pub(crate) use mailer::{Mail, send};
pub(crate) use notice::notice;
pub(crate) use outcome::{broken, max_unknown};
pub(crate) use reward::reward_ready;
