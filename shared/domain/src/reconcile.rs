//! Computes what a referral's rewards should be now and posts the difference to what the books say. A payment, a
//! refund, an edit, a cancellation, a verdict, a hand-over, the end of a hold: none has code of its own, so none can
//! disagree with another.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::amount::Unit;
use super::coupon::CouponCode;
use super::decision::{Basis, Credit, Decision, Outcome};
use super::id::{MerchantId, OutboxId, ReferralId, RewardId};
use super::ledger::{Booked, Entry};
use super::mail::MailKind;
use super::order::{Facts, OrderRef};
use super::program::{Fulfilment, Program, Side};
use super::referral::{Holds, Referral, Reward, State};
use super::standing::{Advocate, desired, retired};
use super::telling::{Moment, tell};

/// The kind of outgoing webhook that asks the merchant's own system to hand a reward over.
pub const HAND_OVER: &str = "hand_over";

/// The kind of message that has a platform's codes follow a reward.
pub const PLATFORM_CODE: &str = "platform_code";

/// A message that a change asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: OutboxId,
    /// Which mail it is; `None`: it is none.
    pub mail: Option<MailKind>,
    pub reward: RewardId,
    pub side: Side,
    /// `false`: the message is in the outbox already and only needs to be looked at again.
    pub first: bool,
}

impl Intent {
    /// A mail about a reward.
    fn mail(kind: MailKind, reward: &Reward, first: bool) -> Self {
        Self {
            id: kind.row_of_loss(reward.id, reward.losses),
            mail: Some(kind),
            reward: reward.id,
            side: reward.side,
            first,
        }
    }
}

/// What has to be written for one referral, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub referral: Referral,
    /// What the referral took up of shared limits before.
    pub held: Holds,
    pub entry: Option<Entry>,
    /// Mails to those who are rewarded.
    pub mails: Vec<Intent>,
    /// Calls to the merchant's own system, and to the shop's platform.
    pub calls: Vec<Intent>,
    /// By how much the advocate's clawback account moves, per unit.
    pub clawback: BTreeMap<Unit, i64>,
}

/// The order with everything that its referral follows from.
pub struct Case<'a> {
    pub merchant: MerchantId,
    pub order: &'a OrderRef,
    pub facts: &'a Facts,
    pub decision: &'a Decision,
}

impl Case<'_> {
    /// The id that the order's referral by this credit has: of order and advocate, so that it is found again.
    pub fn referral_id(&self, credit: &Credit) -> ReferralId {
        let placed_at = self.facts.snapshot.as_ref().map_or(Timestamp::UNIX_EPOCH, |snapshot| snapshot.placed_at);
        ReferralId::of(&format!("{}#{}", self.order.shop, self.order.id), credit.program, credit.advocate, placed_at)
    }
}

/// What the credited advocate's referral should be. `None`: nothing to write. `advocate`: what of the advocate's other
/// rewards matters.
pub fn reconcile(
    case: &Case<'_>,
    credit: &Credit,
    program: &Program,
    existing: Option<&Referral>,
    advocate: &Advocate,
    now: Timestamp,
) -> Option<Change> {
    if case.decision.outcome == Outcome::NotCredited {
        return existing.and_then(|referral| retire(case, program, referral, advocate, now));
    }
    let before = existing.cloned().unwrap_or_else(|| Referral {
        id: case.referral_id(credit),
        merchant: case.merchant,
        program: credit.program,
        program_version: credit.program_version,
        advocate: credit.advocate,
        code: credit.code.clone(),
        order: case.order.clone(),
        state: State::Pending,
        rewards: Vec::new(),
        entries: 0,
        holds: Holds::default(),
        via: None,
        created_at: now,
        updated_at: now,
    });
    let rewards = desired(case, program, &before, advocate, now)?;
    // One that earns nothing for anybody is a referral all the same: it counts for the next one's number.
    let bare = match case.decision.outcome {
        Outcome::Credited => State::Approved,
        Outcome::Flagged => State::Flagged,
        Outcome::NotCredited | Outcome::Void => State::Void,
    };
    change(case, program, existing, &before, rewards, bare, now)
}

/// The referral of an advocate who is not credited any more: everything back.
pub fn retire(
    case: &Case<'_>,
    program: &Program,
    existing: &Referral,
    advocate: &Advocate,
    now: Timestamp,
) -> Option<Change> {
    change(case, program, Some(existing), existing, retired(program, existing, advocate), State::Void, now)
}

/// `bare`: what a referral is of which no reward stands.
fn change(
    case: &Case<'_>,
    program: &Program,
    existing: Option<&Referral>,
    before: &Referral,
    rewards: Vec<Reward>,
    bare: State,
    now: Timestamp,
) -> Option<Change> {
    let mut after = Referral { rewards, ..before.clone() };
    let known = |id: RewardId| before.rewards.iter().find(|reward| reward.id == id);
    let (mut mails, mut calls) = (Vec::new(), Vec::new());
    for reward in &mut after.rewards {
        let old = known(reward.id);
        // Without an address there is no one to write to.
        let reachable = reward.side == Side::Advocate || case.facts.by_email.is_some();
        let mut announces = false;
        if is_announced(reward) && !old.is_some_and(is_announced) && reachable {
            announces = !reward.mailed;
            mails.push(Intent::mail(MailKind::RewardReady, reward, announces));
            reward.mailed = true;
        }
        let moment = Moment { reachable, waits: case.facts.awaits_refund(), announces };
        for kind in tell(reward, old, program, moment, now) {
            mails.push(Intent::mail(kind, reward, true));
        }
        if is_called(reward) && !old.is_some_and(is_called) {
            let id = OutboxId::of(reward.id, HAND_OVER);
            calls.push(Intent { id, mail: None, reward: reward.id, side: reward.side, first: !reward.called });
            reward.called = true;
        }
        // Each turn has a message of its own: the platform may have done what the last one said.
        if reward.has_platform_code() != old.is_some_and(Reward::has_platform_code) {
            reward.code_calls += 1;
            let id = OutboxId::of(reward.id, &format!("{PLATFORM_CODE}#{}", reward.code_calls));
            calls.push(Intent { id, mail: None, reward: reward.id, side: reward.side, first: true });
        }
    }
    after.state = state_of(&after.rewards).unwrap_or(bare);
    let mut clawback: BTreeMap<Unit, i64> = BTreeMap::new();
    let mut lines = Vec::new();
    for reward in &after.rewards {
        let unit = reward.value.unit();
        let (from, leftover) = match known(reward.id) {
            Some(old) if old.value.unit() == unit => (old.booked, None),
            // An order that turns out to be in another currency: what was booked in the first one goes back.
            Some(old) => (Booked::default(), Some(old)),
            None => (Booked::default(), None),
        };
        if let Some(old) = leftover {
            lines.extend(old.booked.lines_to(Booked::default(), reward.id, reward.side, old.value.unit()));
            *clawback.entry(old.value.unit().clone()).or_default() -= old.booked.clawback;
        }
        lines.extend(from.lines_to(reward.booked, reward.id, reward.side, unit));
        *clawback.entry(unit.clone()).or_default() += reward.booked.clawback - from.clawback;
    }
    clawback.retain(|_, moved| *moved != 0);
    let entry = (!lines.is_empty()).then(|| {
        after.entries += 1;
        Entry {
            merchant: case.merchant,
            advocate: after.advocate,
            referral: after.id,
            number: after.entries,
            at: now,
            cause: cause(case, &before.rewards, &after.rewards),
            lines,
        }
    });
    if existing == Some(&after) {
        return None;
    }
    after.updated_at = now;
    Some(Change { referral: after, held: before.holds.clone(), entry, mails, calls, clawback })
}

impl Change {
    /// A coupon was found for a reward: it is issued. `reachable`: there is somebody to write to on the friend's side.
    pub fn issue(&mut self, id: RewardId, coupon: CouponCode, reachable: bool) {
        let Some(reward) = self.referral.rewards.iter_mut().find(|reward| reward.id == id) else { return };
        reward.state = State::Issued;
        reward.coupon = Some(coupon);
        if reward.side == Side::Advocate || reachable {
            self.mails.push(Intent::mail(MailKind::RewardReady, reward, !reward.mailed));
            reward.mailed = true;
        }
        self.referral.state = state_of(&self.referral.rewards).unwrap_or(self.referral.state);
    }

    /// No coupon was there for a reward: it stays owed, and is looked at again.
    pub fn wait(&mut self, id: RewardId, until: Timestamp) {
        if let Some(reward) = self.referral.rewards.iter_mut().find(|reward| reward.id == id) {
            reward.retry_at = Some(until);
        }
    }
}

/// Its owner is told of it: when it is owed, or, where there is something to hand over first, when that is done.
pub fn is_announced(reward: &Reward) -> bool {
    match reward.fulfilment {
        // Of what the shop took off is told what it says, and no estimate.
        Fulfilment::CodeAtCheckout if reward.basis == Some(Basis::Estimate) => false,
        Fulfilment::CodeAtCheckout | Fulfilment::Manual => matches!(reward.state, State::Approved | State::Issued),
        Fulfilment::CouponPool { .. } | Fulfilment::Webhook { .. } | Fulfilment::PlatformCode => {
            reward.state == State::Issued
        }
    }
}

/// The merchant's own system is to hand it over.
pub fn is_called(reward: &Reward) -> bool {
    reward.state == State::Approved && matches!(reward.fulfilment, Fulfilment::Webhook { .. })
}

/// A referral is what its rewards are, the one that is least far first; `None` when none of them stands.
fn state_of(rewards: &[Reward]) -> Option<State> {
    let order = [State::Flagged, State::Pending, State::Approved, State::Issued, State::Redeemed, State::Expired];
    let any = |state: &State| rewards.iter().any(|reward| reward.state == *state);
    order.into_iter().find(any)
}

fn cause(case: &Case<'_>, before: &[Reward], after: &[Reward]) -> String {
    let order = &case.order.id;
    let sum = |rewards: &[Reward], of: fn(&Booked) -> i64| rewards.iter().map(|reward| of(&reward.booked)).sum::<i64>();
    let change = |of: fn(&Booked) -> i64| (sum(before, of), sum(after, of));
    let (was, is) = change(|booked| booked.granted());
    let (reserved_before, reserved) = change(|booked| booked.reserved);
    let (used_before, used) = change(|booked| booked.redeemed + booked.written_off);
    let in_state = |rewards: &[Reward], state| rewards.iter().filter(|reward| reward.state == state).count();
    if case.facts.acts.grant.is_some() && was == 0 && is > 0 {
        "granted by hand".to_owned()
    } else if case.decision.outcome == Outcome::NotCredited {
        format!("order {order} no longer credited")
    } else if case.facts.is_charged_back() {
        format!("order {order} charged back")
    } else if case.facts.is_cancelled() {
        format!("order {order} cancelled")
    } else if used > used_before {
        format!("reward of order {order} used")
    } else if used < used_before && !case.facts.acts.freed.is_empty() {
        format!("reward of order {order} can be used again")
    } else if in_state(after, State::Expired) > in_state(before, State::Expired) {
        format!("reward of order {order} expired")
    } else if was == 0 {
        format!("order {order} paid")
    } else if is < was {
        format!("order {order} refunded")
    } else if is == was && reserved < reserved_before {
        format!("hold of order {order} ended")
    } else {
        format!("order {order} changed")
    }
}

#[cfg(test)]
mod tests {
    use super::super::act::{Acts, By, HandedOver, Problem};
    use super::super::decide::{Candidate, Finding, History, decide};
    use super::super::decision::CandidateKind;
    use super::super::ledger::Account;
    use super::super::order::Refund;
    use super::super::room::Room;
    use super::super::samples::{DAY, at, candidate, merchant, order_ref, paid_order, program};
    use super::*;

    /// Decides and reconciles one order with one coupon of advocate 1.
    fn step(facts: &Facts, program: &Program, existing: Option<&Referral>, now: Timestamp) -> Option<Change> {
        let candidates: [Candidate; 1] = [candidate(CandidateKind::Coupon, 1, None, program.clone())];
        let decision = decide(facts, &candidates, &History::default(), &Room::default(), now);
        let case = Case { merchant: merchant(), order: &order_ref(), facts, decision: &decision };
        reconcile(&case, decision.credit.as_ref()?, program, existing, &Advocate::default(), now)
    }

    /// What each line moved: account and minor units, advocate's lines first.
    fn moves(change: &Change) -> Vec<(Account, i64)> {
        change.entry.iter().flat_map(|entry| &entry.lines).map(|line| (line.account, line.minor)).collect()
    }

    fn refunded(lines: i64) -> Facts {
        let refund = Refund::of_goods(at(200), lines);
        Facts { refunds: [("r1".parse().expect("an id"), refund)].into(), ..paid_order("SEK") }
    }

    #[test]
    fn without_a_hold_both_sides_are_owed_at_once_and_told_once() {
        let change = step(&paid_order("SEK"), &program("SEK"), None, at(100)).expect("a change");
        let expected = [
            (Account::Budget, -10_000),
            (Account::Liability, 10_000),
            (Account::Budget, -5_000),
            (Account::Liability, 5_000),
        ];
        assert_eq!(moves(&change), expected);
        assert_eq!(change.entry.as_ref().map(|entry| entry.cause.as_str()), Some("order 1001 paid"));
        assert_eq!(
            change.mails.iter().map(|mail| (mail.side, mail.first)).collect::<Vec<_>>(),
            [(Side::Advocate, true), (Side::Friend, true)]
        );
        assert_eq!(step(&paid_order("SEK"), &program("SEK"), Some(&change.referral), at(200)), None);
    }

    #[test]
    fn a_partial_refund_takes_back_in_proportion_from_percentages_and_nothing_from_flat_rewards() {
        let paid = step(&paid_order("SEK"), &program("SEK"), None, at(100)).expect("a change");
        let change = step(&refunded(12_500), &program("SEK"), Some(&paid.referral), at(300)).expect("a change");
        assert_eq!(moves(&change), [(Account::Budget, 1_250), (Account::Liability, -1_250)]);
        assert_eq!(
            change.entry.as_ref().map(|entry| (entry.number, entry.cause.as_str())),
            Some((2, "order 1001 refunded"))
        );
        assert!(change.mails.is_empty());
    }

    #[test]
    fn below_the_minimum_everything_goes_back_and_a_corrected_refund_brings_it_again() {
        let paid = step(&paid_order("SEK"), &program("SEK"), None, at(100)).expect("a change");
        let void = step(&refunded(20_001), &program("SEK"), Some(&paid.referral), at(300)).expect("a change");
        assert_eq!(void.referral.state, State::Void);
        let expected = [
            (Account::Budget, 10_000),
            (Account::Liability, -10_000),
            (Account::Budget, 5_000),
            (Account::Liability, -5_000),
        ];
        assert_eq!(moves(&void), expected);
        let again = step(&refunded(0), &program("SEK"), Some(&void.referral), at(400)).expect("a change");
        assert_eq!(again.referral.state, State::Approved);
        // Mails that are in the outbox already are looked at again, not queued again; that it is back is news.
        let news: Vec<_> = again.mails.iter().filter(|mail| mail.first).map(|mail| mail.mail).collect();
        assert!(!news.is_empty() && news.iter().all(|kind| *kind == Some(MailKind::RewardBack)), "{news:?}");
    }

    #[test]
    fn a_hold_reserves_and_its_end_approves() {
        let held = Program { hold_days: 14, ..program("SEK") };
        let paid = step(&paid_order("SEK"), &held, None, at(100)).expect("a change");
        let told: Vec<_> = paid.mails.iter().filter_map(|mail| mail.mail).collect();
        assert_eq!((paid.referral.state, told), (State::Pending, vec![MailKind::FriendOrdered]));
        assert_eq!(moves(&paid)[..2], [(Account::Budget, -10_000), (Account::Reserved, 10_000)]);
        assert_eq!(paid.referral.due_at(), Some(at(60 + 14 * DAY)));
        assert_eq!(step(&paid_order("SEK"), &held, Some(&paid.referral), at(59 + 14 * DAY)), None);
        let ended = step(&paid_order("SEK"), &held, Some(&paid.referral), at(60 + 14 * DAY)).expect("a change");
        assert_eq!((ended.referral.state, ended.mails.len()), (State::Approved, 2));
        assert_eq!(moves(&ended)[..2], [(Account::Reserved, -10_000), (Account::Liability, 10_000)]);
        assert_eq!(ended.entry.map(|entry| entry.cause), Some("hold of order 1001 ended".into()));
    }

    #[test]
    fn one_side_alone_can_be_rewarded_and_an_unknown_friend_gets_no_mail() {
        let mut one_sided = program("SEK");
        one_sided.rewards.friend.clear();
        let change = step(&paid_order("SEK"), &one_sided, None, at(100)).expect("a change");
        assert_eq!(change.referral.rewards.iter().map(|reward| reward.side).collect::<Vec<_>>(), [Side::Advocate]);
        let mut welcome = program("SEK");
        welcome.qualify.new_customers_only = false;
        let nameless = Facts { by_email: None, ..paid_order("SEK") };
        let change = step(&nameless, &welcome, None, at(100)).expect("a change");
        assert_eq!(change.mails.iter().map(|mail| mail.side).collect::<Vec<_>>(), [Side::Advocate]);
    }

    #[test]
    fn a_code_of_the_platform_is_asked_for_taken_back_and_asked_for_again() {
        let mut program = program("SEK");
        program.rewards.friend.clear();
        program.rewards.advocate[0].fulfilment = Fulfilment::PlatformCode;
        let calls = |change: &Change| change.calls.iter().map(|call| (call.id, call.first)).collect::<Vec<_>>();
        let nth = |reward: RewardId, n: u8| vec![(OutboxId::of(reward, &format!("{PLATFORM_CODE}#{n}")), true)];

        let paid = step(&paid_order("SEK"), &program, None, at(100)).expect("a change");
        let reward = paid.referral.rewards[0].id;
        assert_eq!((paid.referral.state, calls(&paid), paid.mails.len()), (State::Approved, nth(reward, 1), 0));

        let by = |second: i64| By { at: at(second), actor: "shopify".into(), reason: "made".into() };
        let coupon = Some("GW-1".parse().expect("a code"));
        let handed = HandedOver { by: by(200), minor: 10_000, coupon };
        let acts = Acts { handed_over: [(reward, handed)].into(), ..Acts::default() };
        let made = Facts { acts, ..paid_order("SEK") };
        let issued = step(&made, &program, Some(&paid.referral), at(200)).expect("a change");
        assert_eq!((issued.referral.state, calls(&issued), issued.mails.len()), (State::Issued, vec![], 1));

        let cancelled = Facts { refunds: refunded(50_000).refunds, ..made.clone() };
        let void = step(&cancelled, &program, Some(&issued.referral), at(300)).expect("a change");
        assert_eq!((void.referral.state, calls(&void)), (State::Void, nth(reward, 2)));
        let again = step(&made, &program, Some(&void.referral), at(400)).expect("a change");
        assert_eq!((again.referral.state, calls(&again)), (State::Issued, nth(reward, 3)));
    }

    #[test]
    fn a_refused_code_is_a_problem_of_what_is_owed_until_it_is_handed_over_or_void() {
        let mut program = program("SEK");
        program.rewards.friend.clear();
        program.rewards.advocate[0].fulfilment = Fulfilment::PlatformCode;
        let paid = step(&paid_order("SEK"), &program, None, at(100)).expect("a change");
        let reward = paid.referral.rewards[0].id;
        let problem = Problem { at: at(200), detail: "is too long".into() };
        let acts = Acts { refused: [(reward, problem.clone())].into(), ..Acts::default() };
        let refused = Facts { acts, ..paid_order("SEK") };
        let change = step(&refused, &program, Some(&paid.referral), at(200)).expect("a change");
        let shown = &change.referral.rewards[0];
        assert_eq!((shown.state, &shown.problem), (State::Approved, &Some(problem)));
        assert!(change.entry.is_none() && change.calls.is_empty() && change.mails.is_empty());

        let by = By { at: at(300), actor: "Eva".into(), reason: "by hand".into() };
        let mut handed = refused.clone();
        handed.acts.handed_over.insert(reward, HandedOver { by, minor: 10_000, coupon: None });
        let issued = step(&handed, &program, Some(&change.referral), at(300)).expect("a change");
        assert_eq!((issued.referral.rewards[0].state, &issued.referral.rewards[0].problem), (State::Issued, &None));
        let void = Facts { refunds: refunded(50_000).refunds, ..refused };
        let void = step(&void, &program, Some(&change.referral), at(300)).expect("a change");
        assert_eq!(void.referral.rewards[0].problem, None);
    }

    #[test]
    fn the_first_advocate_gives_back_when_stronger_evidence_names_another() {
        let paid = step(&paid_order("SEK"), &program("SEK"), None, at(100)).expect("a change");
        let facts = paid_order("SEK");
        let other = candidate(CandidateKind::Coupon, 2, None, program("SEK"));
        assert!(matches!(other.finding, Finding::Link(_)));
        let decision = decide(&facts, &[other], &History::default(), &Room::default(), at(300));
        let case = Case { merchant: merchant(), order: &order_ref(), facts: &facts, decision: &decision };
        let credit = decision.credit.as_ref().expect("a credit");
        assert_ne!(case.referral_id(credit), paid.referral.id);
        let retired = retire(&case, &program("SEK"), &paid.referral, &Advocate::default(), at(300)).expect("a change");
        assert_eq!(retired.referral.state, State::Void);
        assert_eq!(retired.entry.map(|entry| entry.lines.iter().map(|line| line.minor).sum::<i64>()), Some(0));
        assert_eq!(retire(&case, &program("SEK"), &retired.referral, &Advocate::default(), at(400)), None);
    }
}
