//! What a mail to a person is made of. Builders fill it from storage; [`Letter::write`](super::letter::Letter::write) turns
//! it into a mail.

use jiff::Timestamp;

use super::gift::Sort;
use crate::domain::amount::Amount;
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::mail::{MailKind, VoidReason};
use crate::domain::person::{Locale, PersonName};
use crate::domain::program::{Fulfilment, Kind, Program, Side};
use crate::domain::variant::Variant;
use crate::store::Merchant;

/// One mail, before it has words.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    pub merchant: &'a Merchant,
    /// The language that the reader wants, if we know; else it is the merchant's.
    pub reader: Option<&'a Locale>,
    /// The program's language, for readers who named none that we have; else it is the merchant's.
    pub program: Option<&'a Locale>,
    pub name: Option<&'a PersonName>,
    /// The shop's site.
    pub site: &'a str,
    /// Where the reader can unsubscribe; `None` when we don't know our own address.
    pub unsubscribe: Option<String>,
    /// The merchant's own texts that this reader gets; `None`: the standard ones. See `domain::variant::assign`.
    pub variant: Option<&'a Variant>,
    pub occasion: Occasion<'a>,
}

/// A reward that a mail is about.
#[derive(Clone, Copy, Debug)]
pub struct Gift<'a> {
    pub side: Side,
    pub kind: Kind,
    pub fulfilment: Fulfilment,
    pub value: &'a Amount,
}

impl Gift<'_> {
    pub(super) const fn sort(&self) -> Sort {
        Sort { side: self.side, kind: self.kind, fulfilment: self.fulfilment }
    }
}

/// What happened, with what there is to say about it. A `link` leads an advocate to the own share page, such as
/// `https://…/s/1.…`, never to the shop as a friend would come there; only a friend's mail has the link itself, in the channel
/// `email`. Without a query; `None` where it does not work, or where we don't know our own address.
#[derive(Clone, Debug)]
pub enum Occasion<'a> {
    Invite {
        link: Option<String>,
        code: &'a Code,
        program: &'a Program,
    },
    Reminder {
        link: Option<String>,
        code: &'a Code,
        program: &'a Program,
    },
    /// `until`: when the hold ends; `None` while what it counts from has not happened.
    FriendOrdered {
        gift: Gift<'a>,
        until: Option<Timestamp>,
        link: Option<String>,
    },
    /// `code`: the link's, which for a friend was the discount itself. `coupon`: the code that the reward is.
    RewardReady {
        gift: Gift<'a>,
        coupon: Option<&'a CouponCode>,
        code: &'a Code,
        link: Option<String>,
    },
    RewardVoid {
        gift: Gift<'a>,
        reason: VoidReason,
        link: Option<String>,
    },
    /// It was withdrawn, and counts after all. `until`: when the hold ends, if it waits again.
    RewardBack {
        gift: Gift<'a>,
        coupon: Option<&'a CouponCode>,
        until: Option<Timestamp>,
        link: Option<String>,
    },
    RewardExpiring {
        gift: Gift<'a>,
        coupon: Option<&'a CouponCode>,
        expires_at: Timestamp,
    },
    /// `advocate`: the name of who recommends.
    Welcome {
        advocate: Option<&'a PersonName>,
        code: &'a Code,
        link: Option<String>,
        program: &'a Program,
    },
}

impl Occasion<'_> {
    /// The kind of mail.
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::Invite { .. } => MailKind::Invite,
            Self::Reminder { .. } => MailKind::Reminder,
            Self::FriendOrdered { .. } => MailKind::FriendOrdered,
            Self::RewardReady { .. } => MailKind::RewardReady,
            Self::RewardVoid { .. } => MailKind::RewardVoid,
            Self::RewardBack { .. } => MailKind::RewardBack,
            Self::RewardExpiring { .. } => MailKind::RewardExpiring,
            Self::Welcome { .. } => MailKind::Welcome,
        }
    }

    pub(super) fn link(&self) -> Option<&str> {
        match self {
            Self::Invite { link, .. }
            | Self::Reminder { link, .. }
            | Self::FriendOrdered { link, .. }
            | Self::RewardReady { link, .. }
            | Self::RewardVoid { link, .. }
            | Self::RewardBack { link, .. }
            | Self::Welcome { link, .. } => link.as_deref(),
            Self::RewardExpiring { .. } => None,
        }
    }
}
