//! Computes what a referral's rewards should be now and posts the difference to what the books say. A payment, a
//! refund, an edit, a cancellation, the end of a hold: none has code of its own, so none can disagree with another.

use jiff::{SignedDuration, Timestamp};

use super::decision::{Credit, Decision, Outcome};
use super::id::{MerchantId, OutboxId, ReferralId, RewardId};
use super::ledger::{Booked, Entry};
use super::money::Money;
use super::order::{Facts, OrderRef};
use super::program::{Program, Side};
use super::referral::{Referral, Reward, State};

/// The kind of mail that tells somebody of an approved reward.
pub const REWARD_READY: &str = "reward_ready";

/// A mail that a change asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailIntent {
    pub id: OutboxId,
    pub reward: RewardId,
    pub side: Side,
    /// `false`: the mail is in the outbox already and only needs to be looked at again.
    pub first: bool,
}

/// What has to be written for one referral, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub referral: Referral,
    pub entry: Option<Entry>,
    pub mails: Vec<MailIntent>,
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

/// What the credited advocate's referral should be. `None`: nothing to write.
pub fn reconcile(
    case: &Case<'_>,
    credit: &Credit,
    program: &Program,
    existing: Option<&Referral>,
    now: Timestamp,
) -> Option<Change> {
    if case.decision.outcome == Outcome::NotCredited {
        return existing.and_then(|referral| retire(case, referral, now));
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
        created_at: now,
        updated_at: now,
    });
    let rewards = desired_rewards(case, program, &before, now)?;
    change(case, existing, &before, rewards, now)
}

/// The referral of an advocate who is not credited any more: everything back.
pub fn retire(case: &Case<'_>, existing: &Referral, now: Timestamp) -> Option<Change> {
    let void = |reward: &Reward| Reward { state: State::Void, booked: Booked::default(), ..reward.clone() };
    let rewards = existing.rewards.iter().map(void).collect();
    change(case, Some(existing), existing, rewards, now)
}

fn desired_rewards(case: &Case<'_>, program: &Program, referral: &Referral, now: Timestamp) -> Option<Vec<Reward>> {
    let void = case.decision.outcome == Outcome::Void;
    // A void reward shows what it was for: the value before refunds, whatever arrived first.
    let basis = if void { case.facts.net_before_refunds()? } else { case.facts.net()? };
    let hold = SignedDuration::from_hours(24 * i64::from(program.hold_days));
    let hold_until = case.facts.paid_at?.checked_add(hold).unwrap_or(Timestamp::MAX);
    let rules = Side::BOTH.into_iter().flat_map(|side| program.rewards.of(side).iter().map(move |rule| (side, rule)));
    let rewards = rules.zip(1_u8..).map(|((side, rule), number)| {
        let id = RewardId::of(referral.id, number);
        let value = rule.value(basis);
        let state = if void || value.minor() == 0 {
            State::Void
        } else if program.hold_days == 0 || hold_until <= now {
            State::Approved
        } else {
            State::Pending
        };
        let mailed = referral.rewards.iter().any(|reward| reward.id == id && reward.mailed);
        Reward {
            id,
            side,
            kind: rule.kind().to_owned(),
            fulfilment: rule.fulfilment(),
            value,
            state,
            hold_until,
            booked: booked(state, value),
            mailed,
        }
    });
    Some(rewards.collect())
}

const fn booked(state: State, value: Money) -> Booked {
    match state {
        State::Pending => Booked { reserved: value.minor(), liability: 0 },
        State::Approved => Booked { reserved: 0, liability: value.minor() },
        State::Void => Booked { reserved: 0, liability: 0 },
    }
}

fn change(
    case: &Case<'_>,
    existing: Option<&Referral>,
    before: &Referral,
    rewards: Vec<Reward>,
    now: Timestamp,
) -> Option<Change> {
    let mut after = Referral { rewards, ..before.clone() };
    let known = |id: RewardId| before.rewards.iter().find(|reward| reward.id == id);
    let mut mails = Vec::new();
    for reward in &mut after.rewards {
        let was_approved = known(reward.id).is_some_and(|old| old.state == State::Approved);
        // Without an address there is no one to write to.
        let reachable = reward.side == Side::Advocate || case.facts.by_email.is_some();
        if reward.state == State::Approved && !was_approved && reachable {
            let id = OutboxId::of(reward.id, REWARD_READY);
            mails.push(MailIntent { id, reward: reward.id, side: reward.side, first: !reward.mailed });
            reward.mailed = true;
        }
    }
    after.state = state_of(&after.rewards);
    let lines: Vec<_> = after
        .rewards
        .iter()
        .flat_map(|reward| {
            let unit = reward.value.currency();
            let old = known(reward.id).map_or((Booked::default(), unit), |old| (old.booked, old.value.currency()));
            let (from, leftover) = if old.1 == unit { (old.0, Booked::default()) } else { (Booked::default(), old.0) };
            // An order that turns out to be in another currency: what was booked in the first one goes back.
            let mut lines = leftover.lines_to(Booked::default(), reward.id, reward.side, old.1);
            lines.extend(from.lines_to(reward.booked, reward.id, reward.side, unit));
            lines
        })
        .collect();
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
    Some(Change { referral: after, entry, mails })
}

/// A referral waits while any reward waits, and is void when nothing is left of it.
fn state_of(rewards: &[Reward]) -> State {
    if rewards.iter().any(|reward| reward.state == State::Pending) {
        State::Pending
    } else if rewards.iter().any(|reward| reward.state == State::Approved) {
        State::Approved
    } else {
        State::Void
    }
}

fn cause(case: &Case<'_>, before: &[Reward], after: &[Reward]) -> String {
    let order = &case.order.id;
    let granted = |rewards: &[Reward]| rewards.iter().fold(0_i64, |sum, reward| sum + reward.booked.granted());
    let (was, is) = (granted(before), granted(after));
    let reserved = |rewards: &[Reward]| rewards.iter().any(|reward| reward.booked.reserved != 0);
    if was == 0 {
        format!("order {order} paid")
    } else if case.decision.outcome == Outcome::NotCredited {
        format!("order {order} no longer credited")
    } else if case.facts.is_cancelled() {
        format!("order {order} cancelled")
    } else if is < was {
        format!("order {order} refunded")
    } else if is == was && reserved(before) && !reserved(after) {
        format!("hold of order {order} ended")
    } else {
        format!("order {order} changed")
    }
}

#[cfg(test)]
mod tests {
    use super::super::decide::{Candidate, Finding, History, decide};
    use super::super::decision::CandidateKind;
    use super::super::ledger::Account;
    use super::super::order::Refund;
    use super::super::samples::{DAY, at, candidate, merchant, order_ref, paid_order, program};
    use super::*;

    /// Decides and reconciles one order with one coupon of advocate 1.
    fn step(facts: &Facts, program: &Program, existing: Option<&Referral>, now: Timestamp) -> Option<Change> {
        let candidates: [Candidate; 1] = [candidate(CandidateKind::Coupon, 1, None, program.clone())];
        let decision = decide(facts, &candidates, &History::default(), now);
        let case = Case { merchant: merchant(), order: &order_ref(), facts, decision: &decision };
        reconcile(&case, decision.credit.as_ref()?, program, existing, now)
    }

    /// What each line moved: account and minor units, advocate's lines first.
    fn moves(change: &Change) -> Vec<(Account, i64)> {
        change.entry.iter().flat_map(|entry| &entry.lines).map(|line| (line.account, line.minor)).collect()
    }

    fn refunded(lines: i64) -> Facts {
        let refund = Refund { as_of: at(200), effective: true, lines, lines_tax: 0, amount: 0 };
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
        // The mail is in the outbox already: it is looked at again, not queued again.
        assert!(again.mails.iter().all(|mail| !mail.first));
    }

    #[test]
    fn a_hold_reserves_and_its_end_approves() {
        let held = Program { hold_days: 14, ..program("SEK") };
        let paid = step(&paid_order("SEK"), &held, None, at(100)).expect("a change");
        assert_eq!((paid.referral.state, paid.mails.len()), (State::Pending, 0));
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
    fn the_first_advocate_gives_back_when_stronger_evidence_names_another() {
        let paid = step(&paid_order("SEK"), &program("SEK"), None, at(100)).expect("a change");
        let facts = paid_order("SEK");
        let other = candidate(CandidateKind::Coupon, 2, None, program("SEK"));
        assert!(matches!(other.finding, Finding::Link(_)));
        let decision = decide(&facts, &[other], &History::default(), at(300));
        let case = Case { merchant: merchant(), order: &order_ref(), facts: &facts, decision: &decision };
        let credit = decision.credit.as_ref().expect("a credit");
        assert_ne!(case.referral_id(credit), paid.referral.id);
        let retired = retire(&case, &paid.referral, at(300)).expect("a change");
        assert_eq!(retired.referral.state, State::Void);
        assert_eq!(retired.entry.map(|entry| entry.lines.iter().map(|line| line.minor).sum::<i64>()), Some(0));
        assert_eq!(retire(&case, &retired.referral, at(400)), None);
    }
}
