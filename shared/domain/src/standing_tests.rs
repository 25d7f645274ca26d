//! The life of a reward: holds, hand-over, use, expiry, and what happens when it is taken back after it was used.

use super::super::act::{Acts, By, Redemption};
use super::super::amount::Amount;
use super::super::decide::{History, decide};
use super::super::decision::CandidateKind;
use super::super::money::Money;
use super::super::order::{Refund, fold};
use super::super::program::{Fulfilment, Kind, Limit};
use super::super::reconcile::{Change, reconcile};
use super::super::room::{Room, RuleRoom, Used};
use super::super::samples::{DAY, at, candidate, currency, merchant, order_ref, paid_order, program};
use super::*;
use crate::program::Period;

/// One order of advocate 1, told step by step.
struct Life {
    facts: Facts,
    program: Program,
    room: Room,
    advocate: Advocate,
    referral: Option<Referral>,
}

/// Runs a test in currencies of no, two and three decimals.
fn each(test: impl Fn(&'static str)) {
    for code in ["JPY", "SEK", "KWD"] {
        test(code);
    }
}

impl Life {
    fn of(code: &'static str, change: impl FnOnce(&mut Program)) -> Self {
        let (room, advocate) = (Room::default(), Advocate::default());
        Self { facts: paid_order(code), program: one_sided(code, change), room, advocate, referral: None }
    }

    fn step(&mut self, event: Facts, now: i64) -> Option<Change> {
        self.facts = fold(self.facts.clone(), event);
        let candidates = [candidate(CandidateKind::Coupon, 1, None, self.program.clone())];
        let decision = decide(&self.facts, &candidates, &History::default(), &self.room, at(now));
        let case = Case { merchant: merchant(), order: &order_ref(), facts: &self.facts, decision: &decision };
        let credit = decision.credit.as_ref().expect("a link of ours");
        let change = reconcile(&case, credit, &self.program, self.referral.as_ref(), &self.advocate, at(now))?;
        for (unit, moved) in &change.clawback {
            *self.advocate.clawback.entry(unit.clone()).or_default() += moved;
        }
        self.referral = Some(change.referral.clone());
        Some(change)
    }

    fn pass(&mut self, now: i64) {
        self.step(Facts::default(), now);
    }

    fn reward(&self) -> &Reward {
        &self.referral.as_ref().expect("a referral").rewards[0]
    }

    fn stands(&self) -> (State, Booked) {
        (self.reward().state, self.reward().booked)
    }

    fn hand_over(&mut self, now: i64) {
        let (id, minor) = (self.reward().id, self.reward().booked.liability);
        let handed = HandedOver { by: by(now), minor, coupon: None };
        let acts = Acts { handed_over: [(id, handed)].into(), ..Acts::default() };
        self.step(Facts { acts, ..Facts::default() }, now);
    }

    fn redeem(&mut self, minor: i64, now: i64) {
        let id = format!("u{now}").parse().expect("an id");
        let uses = [(id, Redemption { minor, at: at(now) })].into();
        let acts = Acts { redeemed: [(self.reward().id, uses)].into(), ..Acts::default() };
        self.step(Facts { acts, ..Facts::default() }, now);
    }

    fn refund(&mut self, lines: i64, now: i64) {
        let refund = Refund::of_goods(at(now), lines);
        self.step(Facts { refunds: [("r1".parse().expect("an id"), refund)].into(), ..Facts::default() }, now);
    }
}

fn by(second: i64) -> By {
    By { at: at(second), actor: "Eva".into(), reason: "as agreed".into() }
}

/// 100.00 to the advocate alone.
fn one_sided(code: &str, change: impl FnOnce(&mut Program)) -> Program {
    let mut made = program(code);
    made.rewards.friend.clear();
    change(&mut made);
    made
}

fn booked(change: impl FnOnce(&mut Booked)) -> Booked {
    let mut booked = Booked::default();
    change(&mut booked);
    booked
}

#[test]
fn a_hold_may_count_from_fulfilment_or_delivery_and_waits_for_it() {
    each(|code| {
        let from = |from| Life::of(code, move |p| (p.hold_days, p.hold_from) = (14, from));
        let mut life = from(HoldFrom::Delivered);
        life.pass(100);
        assert_eq!((life.reward().state, life.reward().hold_until), (State::Pending, Some(at(60 + 74 * DAY))));
        life.step(Facts { fulfilled_at: Some(at(DAY)), ..Facts::default() }, DAY);
        assert_eq!(life.reward().hold_until, Some(at(45 * DAY)));
        life.step(Facts { delivered_at: Some(at(2 * DAY)), ..Facts::default() }, 2 * DAY);
        assert_eq!(life.reward().hold_until, Some(at(16 * DAY)));
        life.pass(16 * DAY);
        assert_eq!(life.reward().state, State::Approved);

        let mut sent = from(HoldFrom::Fulfilled);
        // What arrived was sent, whether or not anybody said so.
        sent.step(Facts { delivered_at: Some(at(3 * DAY)), ..Facts::default() }, 3 * DAY);
        assert_eq!(sent.reward().hold_until, Some(at(17 * DAY)));
    });
}

#[test]
fn edge_44_a_hold_that_counts_from_what_nobody_reports_ends_all_the_same() {
    each(|code| {
        let mut lost = Life::of(code, |p| (p.hold_days, p.hold_from) = (14, HoldFrom::Delivered));
        lost.step(Facts { fulfilled_at: Some(at(DAY)), ..Facts::default() }, DAY);
        lost.pass(45 * DAY - 1);
        assert_eq!(lost.reward().state, State::Pending);
        lost.pass(45 * DAY);
        assert_eq!(lost.reward().state, State::Approved, "sent, and no word of its arrival in thirty days");
        lost.step(Facts { delivered_at: Some(at(46 * DAY)), ..Facts::default() }, 46 * DAY);
        assert_eq!(lost.reward().state, State::Approved, "what happens after the end changes nothing");

        let mut slow = Life::of(code, |p| (p.hold_days, p.hold_from) = (14, HoldFrom::Delivered));
        slow.step(Facts { fulfilled_at: Some(at(DAY)), ..Facts::default() }, DAY);
        slow.step(Facts { delivered_at: Some(at(40 * DAY)), ..Facts::default() }, 40 * DAY);
        slow.pass(54 * DAY - 1);
        assert_eq!(slow.reward().state, State::Pending, "its return window is open");
        slow.pass(54 * DAY);
        assert_eq!(slow.reward().state, State::Approved);

        let mut never_sent = Life::of(code, |p| (p.hold_days, p.hold_from) = (0, HoldFrom::Fulfilled));
        never_sent.pass(29 * DAY);
        assert_eq!(never_sent.reward().state, State::Pending);
        never_sent.pass(31 * DAY);
        assert_eq!(never_sent.reward().state, State::Approved);
    });
}

#[test]
fn a_reward_goes_from_approved_to_issued_to_redeemed_in_parts() {
    each(|code| {
        let mut life = Life::of(code, |_| ());
        life.pass(100);
        assert_eq!(life.stands(), (State::Approved, booked(|b| b.liability = 10_000)));
        life.hand_over(200);
        assert_eq!(life.stands(), (State::Issued, booked(|b| b.liability = 10_000)));
        life.redeem(4_000, 300);
        assert_eq!(life.stands(), (State::Issued, booked(|b| (b.liability, b.redeemed) = (6_000, 4_000))));
        life.redeem(6_000, 400);
        assert_eq!(life.stands(), (State::Redeemed, booked(|b| b.redeemed = 10_000)));
        // More than there was is not used: nobody can.
        life.redeem(9_000, 500);
        assert_eq!(life.stands().1, booked(|b| b.redeemed = 10_000));
    });
}

#[test]
fn cash_is_used_when_it_is_handed_over() {
    each(|code| {
        let mut life = Life::of(code, |p| p.rewards.advocate[0].kind = Kind::Cash);
        life.pass(100);
        life.hand_over(200);
        assert_eq!(life.stands(), (State::Redeemed, booked(|b| b.redeemed = 10_000)));
    });
}

#[test]
fn what_is_not_used_in_time_expires_and_what_was_used_stays_used() {
    each(|code| {
        let mut life = Life::of(code, |p| p.rewards.advocate[0].expires_days = Some(30));
        life.pass(100);
        let due_at = |life: &Life| life.referral.as_ref().and_then(Referral::due_at);
        assert_eq!(due_at(&life), Some(at(60 + 23 * DAY)), "its owner is told a week before");
        life.pass(60 + 23 * DAY);
        assert_eq!(due_at(&life), Some(at(60 + 30 * DAY)));
        life.redeem(4_000, 300);
        life.pass(60 + 30 * DAY);
        assert_eq!(life.stands(), (State::Expired, booked(|b| b.redeemed = 4_000)));
        life.refund(50_000, 31 * DAY);
        assert_eq!(life.stands(), (State::Redeemed, booked(|b| (b.redeemed, b.clawback) = (4_000, -4_000))));
    });
}

#[test]
fn a_refund_after_use_follows_the_policy_that_the_program_states() {
    each(|code| {
        let floor = Money::new(3_000, currency(code));
        let cases = [
            (Clawback::Offset, booked(|b| (b.redeemed, b.clawback) = (10_000, -10_000))),
            (Clawback::WriteOff, booked(|b| b.written_off = 10_000)),
            (
                Clawback::NegativeBalance { floor },
                booked(|b| (b.redeemed, b.clawback, b.written_off) = (3_000, -3_000, 7_000)),
            ),
        ];
        for (policy, expected) in cases {
            let mut life = Life::of(code, |p| p.clawback = policy);
            life.pass(100);
            life.redeem(10_000, 200);
            life.refund(50_000, 300);
            assert_eq!(life.stands(), (State::Redeemed, expected), "{policy:?}");
            // The refund turns out to be a mistake: everything is as it was.
            life.refund(0, 400);
            assert_eq!(life.stands().1, booked(|b| b.redeemed = 10_000), "{policy:?}");
            assert!(life.advocate.clawback.values().all(|minor| *minor == 0), "{policy:?}");
        }
    });
}

#[test]
fn the_next_reward_makes_good_for_what_was_taken_back() {
    each(|code| {
        let unit = Unit::from(currency(code));
        let owing = |minor: i64| Advocate { clawback: [(unit.clone(), -minor)].into() };
        let mut next = Life { advocate: owing(3_000), ..Life::of(code, |_| ()) };
        next.pass(100);
        assert_eq!(next.stands(), (State::Approved, booked(|b| (b.liability, b.clawback) = (7_000, 3_000))));
        assert_eq!(next.advocate.clawback[&unit], 0);
        // It is refunded itself: what it made good for is owed again.
        next.refund(50_000, 200);
        assert_eq!(next.stands(), (State::Void, Booked::default()));
        assert_eq!(next.advocate.clawback[&unit], -3_000);

        let mut all = Life { advocate: owing(12_000), ..Life::of(code, |_| ()) };
        all.pass(100);
        assert_eq!(all.stands(), (State::Redeemed, booked(|b| b.clawback = 10_000)));
        assert_eq!(all.advocate.clawback[&unit], -2_000);
        all.pass(200);
        assert_eq!(all.stands().0, State::Redeemed, "looked at again it stays so");

        // What was owed turns out not to be: this one gets its own back.
        all.advocate = Advocate { clawback: [(unit.clone(), 10_000)].into() };
        all.pass(300);
        assert_eq!(all.stands(), (State::Approved, booked(|b| b.liability = 10_000)));
    });
}

#[test]
fn a_coupon_is_given_whole_or_not_at_all() {
    each(|code| {
        let pool = Fulfilment::CouponPool { pool: crate::id::PoolId::new(super::super::samples::ulid(9)) };
        let owing = |minor: i64| Advocate { clawback: [(Unit::from(currency(code)), -minor)].into() };
        let with =
            |minor| Life { advocate: owing(minor), ..Life::of(code, |p| p.rewards.advocate[0].fulfilment = pool) };
        let mut small = with(3_000);
        small.pass(100);
        assert_eq!(small.stands(), (State::Approved, booked(|b| b.liability = 10_000)));
        let mut large = with(10_000);
        large.pass(100);
        assert_eq!(large.stands(), (State::Redeemed, booked(|b| b.clawback = 10_000)));
    });
}

#[test]
fn a_cap_refuses_what_is_new_and_leaves_what_is_held() {
    each(|code| {
        let capped = |p: &mut Program| {
            let value = Some(Amount::new(15_000, currency(code)));
            p.rewards.advocate[0].cap.lifetime = Some(Limit { count: Some(2), value });
        };
        let room = |held, count, minor| Room {
            rules: vec![RuleRoom { number: 1, held, used: vec![Used { period: Period::Total, count, minor }] }],
            ..Room::default()
        };
        let outcome = |room| {
            let mut life = Life { room, ..Life::of(code, capped) };
            life.pass(100);
            life.referral.as_ref().map(|referral| referral.rewards[0].state)
        };
        assert_eq!(outcome(room(None, 0, 0)), Some(State::Approved));
        assert_eq!(outcome(room(None, 2, 0)), None, "the count is full");
        assert_eq!(outcome(room(None, 1, 5_001)), None, "the value would be more than full");
        assert_eq!(outcome(room(None, 1, 5_000)), Some(State::Approved));
        assert_eq!(outcome(room(Some(10_000), 2, 15_000)), Some(State::Approved), "it has its place");
    });
}
