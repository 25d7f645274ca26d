//! What an item says, as lines: each function takes one image of one item. Nothing here knows the other image.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::code::Code;
use super::super::decide::History;
use super::super::decision::{CandidateKind, Decision, Outcome, Rule, RuleOutcome};
use super::super::id::{AdvocateId, ProgramId, ShopId};
use super::super::money::{Currency, Money};
use super::super::order::Facts;
use super::super::origin::Origin;
use super::super::program::{Fulfilment, Kind, Side};
use super::super::referral::{Referral, Reward, State};
use super::{Count, Counts, Line, Nth, Place, Scope, day};

/// What a merchant counts by: a clock and a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    pub time_zone: String,
    pub currency: Currency,
}

/// A row of clicks, as far as the last of its clicks goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clicked {
    pub program: ProgramId,
    pub advocate: Option<AdvocateId>,
    pub day: Date,
    /// The last click's id and origin.
    pub last_click: String,
    pub last_from: Origin,
}

/// A click. `old` and `new` are the row before and after: a write that was repeated, because its answer was lost, left the
/// same click there and is none. (The one function that looks at both: a row has room for its last click only.)
pub fn clicked(old: Option<&Clicked>, new: &Clicked) -> Vec<Line> {
    if old.is_some_and(|old| old.last_click == new.last_click) {
        return Vec::new();
    }
    let mut counts = Counts::from([(Count::Clicks, 1)]);
    if old.is_none() {
        counts.insert(Count::Visitors, 1);
    }
    vec![Line {
        scope: Scope::Program(new.program),
        day: new.day,
        place: Place::from(&new.last_from),
        advocate: new.advocate,
        counts,
    }]
}

/// A click that is its link's first in its channel, or its first at all: so the link was shared. `first_at_all`: by it we
/// know that its advocate shares.
pub fn shared_first(click: &Clicked, first_in_channel: bool, first_at_all: bool) -> Vec<Line> {
    let counts = [(Count::Shares, first_in_channel), (Count::Sharers, first_at_all)];
    let counts: Counts = counts.into_iter().filter(|(_, is)| *is).map(|(count, _)| (count, 1)).collect();
    if counts.is_empty() {
        return Vec::new();
    }
    vec![Line {
        scope: Scope::Program(click.program),
        day: click.day,
        place: Place::from(&click.last_from),
        advocate: click.advocate,
        counts,
    }]
}

/// A link that was made.
pub fn made(program: ProgramId, advocate: AdvocateId, created_at: Timestamp, of: &Measure) -> Line {
    Line {
        scope: Scope::Program(program),
        day: day(created_at, &of.time_zone),
        place: Place::default(),
        advocate: Some(advocate),
        counts: Counts::from([(Count::Enrolled, 1)]),
    }
}

/// A mail of a program that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub program: ProgramId,
    /// Such as `invite`.
    pub kind: String,
    pub variant: Option<String>,
    pub locale: Option<String>,
    pub at: Timestamp,
}

/// A mail that went out. The day is that on which it was written.
pub fn sent(mail: &Sent, of: &Measure) -> Line {
    let mut counts = Counts::from([(Count::Mails, 1)]);
    if mail.kind == "invite" {
        counts.insert(Count::Invites, 1);
    }
    // "sv-SE" tells the country, "sv" does not.
    let region = mail.locale.as_deref().and_then(|locale| locale.split(['-', '_']).nth(1));
    let market = region.filter(|region| region.len() == 2).map(str::to_ascii_uppercase);
    let place = Place {
        channel: Some("email".into()),
        market: market.or_else(|| mail.locale.as_deref().map(str::to_ascii_lowercase)),
        variant: mail.variant.clone(),
        device: None,
    };
    Line { scope: Scope::Program(mail.program), day: day(mail.at, &of.time_zone), place, advocate: None, counts }
}

/// An order, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Ordered<'a> {
    pub shop: ShopId,
    pub facts: &'a Facts,
    /// `None` where nothing on the order is ours.
    pub decision: Option<&'a Decision>,
    pub history: Option<&'a History>,
    pub nth: Option<&'a Nth>,
    pub via: Option<&'a Origin>,
}

/// What an order says: of its program, where a link of ours is on it, and of its shop. Nothing before it is described, nor
/// if it is a test.
pub fn ordered(order: &Ordered<'_>, of: &Measure) -> Vec<Line> {
    let Some(snapshot) = order.facts.snapshot.as_ref().filter(|snapshot| !snapshot.test) else { return Vec::new() };
    let day_of = |at: Timestamp| day(at, &of.time_zone);
    let placed = day_of(snapshot.placed_at);
    let is_ours = snapshot.currency == of.currency;
    let refund = order.facts.refunded().map_or(0, Money::minor);
    let net = snapshot.net.saturating_sub(refund);
    let is_first = matches!(order.nth, Some(Nth::First));
    let outcome = order.decision.and_then(|decision| decision.credit.as_ref().map(|_| decision.outcome));
    let mut lines = Vec::new();
    if let Some((decision, credit)) = order.decision.and_then(|decision| Some((decision, decision.credit.as_ref()?))) {
        let mut counts = Counts::new();
        if is_claimed(decision) {
            counts.insert(Count::Claims, 1);
        }
        counts.insert(counted_as(decision), 1);
        match decision.outcome {
            Outcome::Credited if is_ours => {
                let discount: i64 =
                    order.facts.coupons().iter().map(|coupon| coupon.discount).fold(0, i64::saturating_add);
                let gross = snapshot.net.saturating_add(discount);
                let money = [(Count::Gross, gross), (Count::Discount, discount), (Count::Refund, refund)];
                counts.extend(money);
                counts.insert(Count::Net, net);
            }
            Outcome::Credited => {
                counts.insert(Count::Foreign, 1);
            }
            Outcome::Flagged if is_ours => {
                counts.insert(Count::FlaggedNet, net);
            }
            Outcome::Flagged | Outcome::NotCredited | Outcome::Void => {}
        }
        if decision.outcome == Outcome::Credited {
            counts.insert(method(decision, &credit.code), 1);
        }
        // A program that asks for new customers knows better: it looked at cancelled orders too.
        let is_new =
            is_first || order.history.is_some_and(|history| history.earlier_order.is_none()) && asked(decision);
        if decision.outcome == Outcome::Credited && is_new {
            counts.insert(Count::NewBuyers, 1);
        }
        lines.push(Line {
            scope: Scope::Program(credit.program),
            day: placed,
            place: order.via.map(Place::from).unwrap_or_default(),
            advocate: Some(credit.advocate),
            counts,
        });
    }
    if order.facts.is_purchase() && !order.facts.is_cancelled() {
        let referred = outcome == Some(Outcome::Credited);
        let mut counts = Counts::from([(Count::Purchases, 1)]);
        if is_ours {
            counts.insert(Count::PurchasesNet, net);
        }
        if is_first {
            counts.insert(Count::NewCustomers, 1);
        }
        if referred {
            counts.insert(Count::Referred, 1);
            if is_ours {
                counts.insert(Count::ReferredNet, net);
            }
            if is_first {
                counts.insert(Count::ReferredNew, 1);
            }
        }
        let scope = Scope::Shop(order.shop);
        lines.push(Line { scope, day: placed, place: Place::default(), advocate: None, counts });
        if let Some(Nth::Second { first_at, referred }) = order.nth {
            let days = snapshot.placed_at.duration_since(*first_at).as_hours() / 24;
            let within = [90_u16, 180, 365].into_iter().filter(|most| (0..=i64::from(*most)).contains(&days));
            let counts: Counts = within.map(|days| (Count::Again { days, referred: *referred }, 1)).collect();
            lines.push(Line { scope, day: day_of(*first_at), place: Place::default(), advocate: None, counts });
        }
    }
    for line in &mut lines {
        line.counts.retain(|_, amount| *amount != 0);
    }
    lines.retain(|line| !line.counts.is_empty());
    lines
}

/// The friend used a code of ours: at the checkout, or told it.
fn is_claimed(decision: &Decision) -> bool {
    let by_code = |kind| matches!(kind, CandidateKind::Coupon | CandidateKind::Code);
    decision.candidates.iter().any(|candidate| by_code(candidate.kind) && candidate.advocate.is_some())
}

/// What speaks for the advocate of a credited order.
fn method(decision: &Decision, code: &Code) -> Count {
    let by = |kinds: &[CandidateKind]| {
        let mut ours = decision.candidates.iter().filter(|candidate| candidate.code.as_ref() == Some(code));
        ours.any(|candidate| kinds.contains(&candidate.kind) && candidate.advocate.is_some())
    };
    let clicked = by(&[CandidateKind::Click, CandidateKind::Landing]);
    match (by(&[CandidateKind::Coupon, CandidateKind::Code]), clicked) {
        (true, true) => Count::ByBoth,
        (true, false) => Count::ByCode,
        (false, true) => Count::ByClick,
        (false, false) => Count::ByHand,
    }
}

fn fails(decision: &Decision, rules: &[Rule]) -> bool {
    decision.rules.iter().any(|line| line.outcome == RuleOutcome::Fail && rules.contains(&line.rule))
}

/// The program asked whether the buyer is new, and the answer is yes.
fn asked(decision: &Decision) -> bool {
    decision.rules.iter().any(|line| line.rule == Rule::NewCustomer && line.outcome == RuleOutcome::Pass)
}

fn counted_as(decision: &Decision) -> Count {
    match decision.outcome {
        Outcome::Credited => Count::Credited,
        Outcome::Flagged => Count::Flagged,
        Outcome::Void => Count::Void,
        Outcome::NotCredited if fails(decision, &[Rule::Review, Rule::SelfReferral]) => Count::Fraud,
        Outcome::NotCredited => Count::Refused,
    }
}

/// What a reward costs by now, if it does: a discount at the checkout is given with the order, cash is spent when it is owed,
/// and all else when it is used.
fn cost(reward: &Reward) -> Option<Count> {
    let is_owed = matches!(reward.state, State::Approved | State::Issued | State::Redeemed);
    let is_spent = if reward.kind == Kind::Cash { is_owed } else { reward.state == State::Redeemed };
    match (reward.side, reward.fulfilment) {
        (Side::Friend, Fulfilment::CodeAtCheckout) => is_owed.then_some(Count::FriendDiscount),
        (Side::Friend, _) => is_spent.then_some(Count::FriendCost),
        (Side::Advocate, _) => is_spent.then_some(Count::AdvocateCost),
    }
}

/// What a referral says of its rewards. They count with their order: on the day that it was placed, where it is counted.
pub fn settled(referral: &Referral, of: &Measure) -> Vec<Line> {
    let mut counts = Counts::new();
    for reward in &referral.rewards {
        *counts.entry(Count::Rewards(reward.state)).or_default() += 1;
        let worth = reward.value.money().filter(|money| money.currency() == of.currency);
        if let Some(worth) = worth.map(Money::minor).filter(|minor| *minor != 0) {
            *counts.entry(Count::Cost(reward.side, reward.state)).or_default() += worth;
            if let Some(cost) = cost(reward) {
                *counts.entry(cost).or_default() += worth;
            }
        }
    }
    if counts.is_empty() {
        return Vec::new();
    }
    vec![Line {
        scope: Scope::Program(referral.program),
        day: day(referral.id.placed_at(), &of.time_zone),
        place: referral.via.as_ref().map(Place::from).unwrap_or_default(),
        advocate: Some(referral.advocate),
        counts,
    }]
}
