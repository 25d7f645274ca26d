//! Mails: what they say, how they look on the wire, and getting each of them sent once.
//!
//! ```text
//! outbox row ─► person, notice ─► letter ─► message (MIME) ─► mailer (SES) ─► outcome ─► outbox row
//!                                   │
//!          words, offer, gift (language: locales/*.ftl; figures: ICU) + template (a merchant's own texts) + templates/
//! ```

#[cfg(feature = "delivery")]
mod about_link;
#[cfg(feature = "delivery")]
mod about_reward;
#[cfg(feature = "delivery")]
mod address;
mod draft;
mod figures;
mod gift;
mod language;
mod letter;
#[cfg(feature = "delivery")]
mod mailer;
#[cfg(feature = "delivery")]
mod message;
mod names;
#[cfg(feature = "delivery")]
mod notice;
mod notice_words;
mod offer;
#[cfg(feature = "delivery")]
mod outcome;
#[cfg(feature = "delivery")]
mod pace;
#[cfg(feature = "delivery")]
mod person;
pub mod samples;
mod sharing;
mod template;
mod words;

pub use draft::{Draft, Gift, Occasion};
pub use figures::Figures;
pub use language::Language;
pub use letter::Letter;
#[cfg(feature = "delivery")]
pub use mailer::Mailer;
#[cfg(feature = "delivery")]
pub(crate) use mailer::{Mail, send};
#[cfg(feature = "delivery")]
pub use message::mime;
#[cfg(feature = "delivery")]
pub(crate) use notice::notice;
#[cfg(feature = "delivery")]
pub(crate) use outcome::{broken, max_unknown};
#[cfg(feature = "delivery")]
pub(crate) use person::to_person;
pub use sharing::Sharing;
pub use template::{Block, TemplateFault, check, variables};
