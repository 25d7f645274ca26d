//! What a message of the outbox comes to when it is looked at: what goes out, or why nothing does. Mails and webhooks answer
//! in these words; `delivery` acts on them.

use jiff::SignedDuration;

use crate::settle::SettleError;
use crate::store::StoreError;

/// When a mail is looked at again whose merchant's mails are paused.
pub(crate) const PAUSED: SignedDuration = SignedDuration::from_hours(1);

/// Why a message could not be seen to. The outbox still has it, so a later call takes it up.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the reward's problem can't be noted: {0}")]
    Settle(#[from] SettleError),
    #[error("the mail can't be rendered: {0}")]
    Template(#[from] askama::Error),
}

impl DeliverError {
    /// Trying the same again soon won't help.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Refused(_) | StoreError::Unreadable(_))
                | Self::Settle(SettleError::Missing(_))
                | Self::Template(_)
        )
    }
}

/// What is to be done with a message.
pub(crate) enum Prepared<T> {
    Send(T),
    Withhold,
    Suppress,
    /// Its reader can't be written to, and why.
    Unreachable(&'static str),
    /// Something that the message needs is not there.
    Missing(&'static str),
    /// What it asks for was done before: an earlier try was cut off before that could be noted here.
    Done,
    /// There is no way to send it any more.
    GiveUp(&'static str),
    /// It can't go out at present; it is looked at again after this time.
    Later(SignedDuration),
}

impl<T> Prepared<T> {
    /// The same of another kind of message.
    pub(crate) fn map<U>(self, into: impl FnOnce(T) -> U) -> Prepared<U> {
        match self {
            Self::Send(message) => Prepared::Send(into(message)),
            Self::Withhold => Prepared::Withhold,
            Self::Suppress => Prepared::Suppress,
            Self::Unreachable(why) => Prepared::Unreachable(why),
            Self::Missing(what) => Prepared::Missing(what),
            Self::Done => Prepared::Done,
            Self::GiveUp(why) => Prepared::GiveUp(why),
            Self::Later(wait) => Prepared::Later(wait),
        }
    }
}
