//! Signs that buyer and advocate may be one person, or that a code has leaked. Each has points that add up; each says in
//! words what was seen. None of the weak ones decides anything alone: families share addresses, offices share devices.

use serde::{Deserialize, Serialize};

use super::decide::{Candidate, Finding};
use super::decision::{CandidateKind, SignalLine};
use super::person::Mark;
use super::rules::Case;

/// A sign that something is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// One mailbox, however it is spelt.
    SameEmail,
    /// One customer account.
    SameCustomer,
    SamePhone,
    SameAddress,
    SameDevice,
    /// Many referrals of one advocate on one day.
    Velocity,
    /// So many orders by one advocate within a day as no circle of friends places.
    BusyDay,
    /// Buyer and advocate have each bought by the other's link.
    EachOther,
    /// A provider of throw-away mailboxes.
    DisposableEmail,
    /// Many orders on one day that used the code and came by no link: it may stand on a coupon site.
    LeakedCode,
}

/// The most points that a signal has which does not prove anything by itself. Programs reject above it only.
pub const STRONGEST_WEAK: u32 = 60;

/// So many orders by one advocate in 24 hours are looked at, where the program sets no number of its own.
pub const BUSY_DAY: u32 = 30;

impl Signal {
    /// What it adds to the score.
    pub const fn points(self) -> u32 {
        match self {
            Self::SameEmail | Self::SameCustomer => 100,
            Self::SamePhone => STRONGEST_WEAK,
            // What programs flag by default.
            Self::BusyDay | Self::EachOther => 50,
            Self::SameAddress | Self::SameDevice | Self::LeakedCode => 40,
            Self::Velocity | Self::DisposableEmail => 30,
        }
    }
}

/// What is odd about an order that came by this link.
pub(super) fn signals(case: &Case<'_>) -> Vec<SignalLine> {
    let Case { order, candidates, index: lead, link, history, room, .. } = *case;
    let review = &link.program.review;
    let same = |key: Option<&_>| key.is_some_and(|key| link.advocate_keys.contains(key));
    let mark = |mark: Mark| {
        let of_buyer = order.marks.get(&mark).map(|learnt| &learnt.value);
        of_buyer.is_some_and(|mine| link.advocate_marks.iter().any(|(kind, theirs)| *kind == mark && theirs == mine))
    };
    let today = room.today.unwrap_or_default();
    let over = |limit: Option<u32>, others: u32| limit.filter(|limit| others + 1 > *limit);
    let fast = over(review.velocity_per_day, today.referrals);
    let leaked =
        over(review.codes_without_click_per_day, today.without_click).filter(|_| is_without_click(candidates, lead));

    let seen = [
        (
            Signal::SameEmail,
            same(order.by_email.as_ref().map(|learnt| &learnt.value)),
            "buyer and advocate have one mailbox".to_owned(),
        ),
        (
            Signal::SameCustomer,
            // Whatever else the buyer is known by was told with an account that both use.
            same(order.by_customer_id.as_ref().map(|learnt| &learnt.value))
                || history.known_as.iter().any(|key| same(Some(key))),
            "buyer and advocate have one customer account".to_owned(),
        ),
        (Signal::SamePhone, mark(Mark::Phone), "buyer and advocate have one phone number".to_owned()),
        (Signal::SameAddress, mark(Mark::Address), "buyer and advocate have one address".to_owned()),
        (Signal::SameDevice, mark(Mark::Device), "buyer and advocate use one device".to_owned()),
        (
            Signal::Velocity,
            fast.is_some(),
            format!("more than {} referrals by this advocate on one day", fast.unwrap_or_default()),
        ),
        (
            Signal::BusyDay,
            room.lately.is_some_and(|others| others + 1 >= BUSY_DAY),
            format!("{BUSY_DAY} orders or more by this advocate within a day"),
        ),
        (Signal::EachOther, room.each_other, "buyer and advocate have brought each other".to_owned()),
        (Signal::DisposableEmail, order.is_throw_away(), "the buyer's mailbox is of a throw-away provider".to_owned()),
        (
            Signal::LeakedCode,
            leaked.is_some(),
            format!("more than {} orders used this code on one day without a click", leaked.unwrap_or_default()),
        ),
    ];
    let lines = seen.into_iter().filter(|(_, seen, _)| *seen);
    lines.map(|(signal, _, detail)| SignalLine { signal, points: signal.points(), detail }).collect()
}

/// The order came by a code typed at the checkout, and by no click of the same link.
pub fn is_without_click(candidates: &[Candidate], lead: usize) -> bool {
    let Some(leading) = candidates.get(lead).filter(|leading| leading.kind == CandidateKind::Coupon) else {
        return false;
    };
    !candidates.iter().any(|candidate| {
        matches!(candidate.kind, CandidateKind::Click | CandidateKind::Landing)
            && matches!(candidate.finding, Finding::Link(_))
            && candidate.code == leading.code
    })
}
