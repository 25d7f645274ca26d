//! Whether a customer is asked to refer, now, later or not at all, and why. Pure: what is known is passed in, and the
//! reason comes out, so that it can be shown.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::customer::{Bought, Customer};
use super::days::after_days;
use super::program::{Eligible, Invite, Program};

/// Why a customer is not asked, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The merchant said never.
    DoNotAsk,
    /// The customer wants no such mail.
    Unsubscribed,
    /// Mails to the address came back, or were called spam.
    Suppressed,
    /// The person was erased.
    Erased,
    /// Nobody told how to reach the customer.
    NoAddress,
    /// The address has letters that SES can't send to.
    Unmailable,
    NotOptedIn,
    /// Waits for the merchant's help.
    OpenTicket,
    RecentRefund,
    /// The order was cancelled, or given back.
    OrderGone,
    /// The program is paused, over, or asks nobody any more.
    ProgramNotActive,
    TooFewOrders,
    SpentTooLittle,
    OrderedTooLongAgo,
    Tags,
    LoyaltyTier,
    /// By the clock on the customer's wall.
    QuietHours,
    /// Some program asked not long ago.
    AskedRecently,
    /// Friends came already.
    HasReferred,
    /// Every reminder was sent.
    AskedEnough,
}

impl Reason {
    /// As the API says it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::DoNotAsk => "the customer is marked as one who is not to be asked",
            Self::Unsubscribed => "the customer wants no such mail",
            Self::Suppressed => "mails to the customer came back, or were called spam",
            Self::Erased => "the customer was erased",
            Self::NoAddress => "there is no address to write to",
            Self::Unmailable => "the address has letters before the \"@\" that Amazon SES can't send to",
            Self::NotOptedIn => "the customer has not agreed to marketing",
            Self::OpenTicket => "the customer waits for help",
            Self::RecentRefund => "the customer had a refund not long ago",
            Self::OrderGone => "the order was cancelled or given back",
            Self::ProgramNotActive => "the program asks nobody at the moment",
            Self::TooFewOrders => "the customer has too few orders",
            Self::SpentTooLittle => "the customer has spent too little",
            Self::OrderedTooLongAgo => "the last order is too long ago",
            Self::Tags => "the customer's tags do not fit",
            Self::LoyaltyTier => "the customer's loyalty tier does not fit",
            Self::QuietHours => "it is too early or too late in the customer's day",
            Self::AskedRecently => "the customer was asked not long ago",
            Self::HasReferred => "friends came already",
            Self::AskedEnough => "every reminder was sent",
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Ask, now.
    Ask,
    /// Look again then.
    Wait(Timestamp, Reason),
    /// Don't; a new cause may come.
    Decline(Reason),
    /// No more; the customer was asked.
    Stop(Reason),
}

/// What is known of the customer when it is decided.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What the customer, the mail system or an erasure says against any such mail.
    pub refused: Option<Reason>,
    pub has_address: bool,
    pub told: Customer,
    /// With what was told.
    pub bought: Bought,
    /// The order that was the cause does not stand any more.
    pub order_gone: bool,
    pub has_referred: bool,
    /// When any program of the merchant asked last.
    pub asked_at: Option<Timestamp>,
}

/// How far asking has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Mails so far: the invitation and reminders.
    pub asked: u32,
}

/// Decides. `zone`: of the customer's clock, or else the merchant's.
pub fn judge(program: &Program, standing: &Standing, progress: Progress, zone: &TimeZone, now: Timestamp) -> Verdict {
    let against = |reason| if progress.asked == 0 { Verdict::Decline(reason) } else { Verdict::Stop(reason) };
    let Some(invite) = program.mails.invite.as_ref().filter(|_| program.is_active_at(now)) else {
        return against(Reason::ProgramNotActive);
    };
    if let Some(reason) = never(invite, standing) {
        return against(reason);
    }
    if progress.asked > 0 && standing.has_referred {
        return Verdict::Stop(Reason::HasReferred);
    }
    if usize::try_from(progress.asked).unwrap_or(usize::MAX) > invite.reminders_days.len() {
        return Verdict::Stop(Reason::AskedEnough);
    }
    // Who was found worth asking is not told off by a reminder.
    if progress.asked == 0
        && let Some(reason) = unfit(&invite.eligible, standing, now)
    {
        return Verdict::Decline(reason);
    }
    let rested = [
        (standing.bought.refunded_at, invite.refund_rest_days, Reason::RecentRefund),
        (standing.asked_at, invite.rest_days, Reason::AskedRecently),
    ];
    for (since, days, reason) in rested {
        match since.map(|since| after_days(since, days)) {
            Some(until) if now < until => return Verdict::Wait(until, reason),
            _ => {}
        }
    }
    if standing.told.open_ticket {
        return Verdict::Wait(after_days(now, 1), Reason::OpenTicket);
    }
    match invite.quiet.end(now, zone) {
        Some(until) => Verdict::Wait(until, Reason::QuietHours),
        None => Verdict::Ask,
    }
}

/// What no waiting mends.
fn never(invite: &Invite, standing: &Standing) -> Option<Reason> {
    if let Some(reason) = standing.refused {
        return Some(reason);
    }
    let opted_out = match standing.told.opted_in {
        Some(opted_in) => !opted_in,
        None => invite.opt_in_only,
    };
    [
        (standing.told.do_not_ask, Reason::DoNotAsk),
        (!standing.has_address, Reason::NoAddress),
        (opted_out, Reason::NotOptedIn),
        (standing.order_gone, Reason::OrderGone),
    ]
    .into_iter()
    .find_map(|(is_so, reason)| is_so.then_some(reason))
}

/// What of the customer does not fit.
fn unfit(eligible: &Eligible, standing: &Standing, now: Timestamp) -> Option<Reason> {
    let Standing { told, bought, .. } = standing;
    let spent = |least: super::money::Money| {
        bought.spend.is_some_and(|spend| spend.currency() == least.currency() && least.minor() <= spend.minor())
    };
    let recent = |days| bought.last_order_at.is_some_and(|at| now <= after_days(at, days));
    [
        (eligible.min_orders.is_none_or(|least| least <= bought.orders), Reason::TooFewOrders),
        (eligible.min_spend.is_none_or(spent), Reason::SpentTooLittle),
        (eligible.ordered_within_days.is_none_or(recent), Reason::OrderedTooLongAgo),
        (eligible.tags_any.is_empty() || !eligible.tags_any.is_disjoint(&told.tags), Reason::Tags),
        (eligible.tags_none.is_disjoint(&told.tags), Reason::Tags),
        (
            eligible.loyalty_tiers.is_empty()
                || told.tier.as_ref().is_some_and(|tier| eligible.loyalty_tiers.contains(tier)),
            Reason::LoyaltyTier,
        ),
    ]
    .into_iter()
    .find_map(|(fits, reason)| (!fits).then_some(reason))
}

/// When the next mail of those who were asked so often is due, after this one; `None`: there is none.
pub fn next_after(invite: &Invite, asked: u32, now: Timestamp) -> Option<Timestamp> {
    let wait = usize::try_from(asked).ok()?.checked_sub(1)?;
    invite.reminders_days.get(wait).map(|days| after_days(now, *days))
}

#[cfg(test)]
mod tests;
