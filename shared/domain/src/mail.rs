//! The kinds of mail, and what may become of each: whom it is for, and what happens when nobody knows whether it went out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::{OutboxId, RewardId};

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// To a customer: here is your link, refer a friend.
    Invite,
    /// The same once more, to one who was invited and has not shared.
    Reminder,
    /// To an advocate: a friend ordered, the reward waits for returns.
    FriendOrdered,
    /// To either side: the reward is approved, with its code where it is one.
    RewardReady,
    /// To an advocate who was told of a reward: it is not owed any more, and why.
    RewardVoid,
    /// To whoever was told that a reward is not owed any more: it is after all.
    RewardBack,
    /// To either side: the reward will be gone soon.
    RewardExpiring,
    /// To a friend who gave the address: the offer, with the advocate's code.
    Welcome,
}

/// How often a mail may go out when an answer of SES is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Once more, and never a third time: a reader without it would miss something owed.
    AtLeastOnce,
    /// Not again: a missing reminder harms nobody, a second one annoys.
    AtMostOnce,
}

impl MailKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Invite,
        Self::Reminder,
        Self::FriendOrdered,
        Self::RewardReady,
        Self::RewardVoid,
        Self::RewardBack,
        Self::RewardExpiring,
        Self::Welcome,
    ];

    /// As written in the API, in addresses and in tags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reminder => "reminder",
            Self::FriendOrdered => "friend_ordered",
            Self::RewardReady => "reward_ready",
            Self::RewardVoid => "reward_void",
            Self::RewardBack => "reward_back",
            Self::RewardExpiring => "reward_expiring",
            Self::Welcome => "welcome",
        }
    }

    /// The id of the one row of the outbox that is this mail about a reward.
    pub fn row_of(self, reward: RewardId) -> OutboxId {
        OutboxId::of(reward, self.as_str())
    }

    /// The same for mails that may come again, about the nth time that a reward is gone. Others are one for all times.
    pub fn row_of_loss(self, reward: RewardId, nth: u32) -> OutboxId {
        match self {
            Self::RewardVoid | Self::RewardBack if nth > 1 => OutboxId::of(reward, &format!("{}#{nth}", self.as_str())),
            _ => self.row_of(reward),
        }
    }

    /// What to do when nobody knows whether it went out.
    pub const fn copies(self) -> Copies {
        match self {
            // These carry a code, take back a promise, or give it again.
            Self::RewardReady | Self::RewardVoid | Self::RewardBack | Self::Welcome => Copies::AtLeastOnce,
            Self::Invite | Self::Reminder | Self::FriendOrdered | Self::RewardExpiring => Copies::AtMostOnce,
        }
    }

    /// It asks for something instead of telling of something: it waits for a decent hour, and for the reader's rest.
    pub const fn is_request(self) -> bool {
        matches!(self, Self::Invite | Self::Reminder)
    }
}

/// Why a reward that somebody was told of is not owed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// What was bought was given back.
    Refunded,
    /// The order was called off.
    Cancelled,
    /// The order does not count after all, by the program's rules.
    NotCredited,
    /// A person looked, and said no.
    Rejected,
}

impl VoidReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Refunded, Self::Cancelled, Self::NotCredited, Self::Rejected];
}

impl fmt::Display for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No mail is called that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one of: invite, reminder, friend_ordered, reward_ready, reward_void, reward_back, reward_expiring, welcome"
)]
pub struct InvalidMailKind;

impl FromStr for MailKind {
    type Err = InvalidMailKind;

    fn from_str(text: &str) -> Result<Self, InvalidMailKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(InvalidMailKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_everywhere() {
        for kind in MailKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
            assert!(InvalidMailKind.to_string().contains(kind.as_str()), "{kind}");
        }
        assert_eq!("Invite".parse::<MailKind>(), Err(InvalidMailKind));
    }

    #[test]
    fn what_asks_for_something_is_never_sent_again_on_a_guess() {
        for kind in MailKind::ALL.into_iter().filter(|kind| kind.is_request()) {
            assert_eq!(kind.copies(), Copies::AtMostOnce, "{kind}");
        }
        assert_eq!(MailKind::RewardReady.copies(), Copies::AtLeastOnce);
    }
}
