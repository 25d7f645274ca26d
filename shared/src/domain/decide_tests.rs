//! Each rule alone, and which evidence leads.

use super::super::program::{ProgramState, Qualify};
use super::super::samples::{DAY, advocate, at, candidate, order_ref, paid_order, person, program};
use super::*;

fn decided(order: &Facts, candidates: &[Candidate]) -> Decision {
    decide(order, candidates, &History::default(), at(100))
}

fn coupon(n: u128) -> Candidate {
    candidate(CandidateKind::Coupon, n, None, program("SEK"))
}

fn with_program(change: impl FnOnce(&mut Program)) -> Candidate {
    let mut program = program("SEK");
    change(&mut program);
    candidate(CandidateKind::Coupon, 1, None, program)
}

fn with_link(kind: CandidateKind, clicked: Option<i64>, change: impl FnOnce(&mut FoundLink)) -> Candidate {
    let mut made = candidate(kind, 1, clicked, program("SEK"));
    if let Finding::Link(link) = &mut made.finding {
        change(link);
    }
    made
}

fn order(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut order = paid_order("SEK");
    change(&mut order);
    order
}

fn shot(order: &mut Facts) -> &mut Snapshot {
    order.snapshot.as_mut().expect("a snapshot")
}

/// The rules that failed, and the outcome.
fn failed(decision: &Decision) -> (Vec<Rule>, Outcome) {
    let failed = decision.rules.iter().filter(|line| line.outcome == RuleOutcome::Fail).map(|line| line.rule);
    (failed.collect(), decision.outcome)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a case a line")]
fn each_rule_stands_alone_and_is_named() {
    use Outcome::{Credited, NotCredited, Void};
    let cases: Vec<(&str, Facts, Candidate, Vec<Rule>, Outcome)> = vec![
        ("all well", order(|_| ()), coupon(1), vec![], Credited),
        ("a test order", order(|o| shot(o).test = true), coupon(1), vec![Rule::TestOrder], NotCredited),
        ("unpaid", order(|o| o.paid_at = None), coupon(1), vec![Rule::Paid], NotCredited),
        (
            "paused",
            order(|_| ()),
            with_program(|p| p.state = ProgramState::Paused),
            vec![Rule::ProgramActive],
            NotCredited,
        ),
        (
            "not begun",
            order(|_| ()),
            with_program(|p| p.starts_at = Some(at(1))),
            vec![Rule::ProgramActive],
            NotCredited,
        ),
        ("begun this second", order(|_| ()), with_program(|p| p.starts_at = Some(at(0))), vec![], Credited),
        ("over", order(|_| ()), with_program(|p| p.ends_at = Some(at(0))), vec![Rule::ProgramActive], NotCredited),
        (
            "link disabled before",
            order(|_| ()),
            with_link(CandidateKind::Coupon, None, |l| l.dead_from = Some(at(0))),
            vec![Rule::LinkActive],
            NotCredited,
        ),
        (
            "link disabled after",
            order(|_| ()),
            with_link(CandidateKind::Coupon, None, |l| l.dead_from = Some(at(1))),
            vec![],
            Credited,
        ),
        (
            "window over",
            order(|_| ()),
            with_link(CandidateKind::Click, Some(-30 * DAY - 1), |_| ()),
            vec![Rule::Window],
            NotCredited,
        ),
        (
            "last second of the window",
            order(|_| ()),
            with_link(CandidateKind::Click, Some(-30 * DAY), |_| ()),
            vec![],
            Credited,
        ),
        (
            "clicked after ordering",
            order(|_| ()),
            with_link(CandidateKind::Landing, Some(301), |_| ()),
            vec![Rule::Window],
            NotCredited,
        ),
        (
            "clocks differ a little",
            order(|_| ()),
            with_link(CandidateKind::Landing, Some(300), |_| ()),
            vec![],
            Credited,
        ),
        (
            "one's own code",
            order(|o| o.by_email.as_mut().expect("known").value = person(101)),
            coupon(1),
            vec![Rule::SelfReferral],
            NotCredited,
        ),
        (
            "own account, other address",
            order(|o| o.by_customer_id = Some(super::super::order::Learnt { as_of: at(0), value: person(101) })),
            coupon(1),
            vec![Rule::SelfReferral],
            NotCredited,
        ),
        ("nobody known", order(|o| o.by_email = None), coupon(1), vec![Rule::NewCustomer], NotCredited),
        (
            "nobody known, returning customers welcome",
            order(|o| o.by_email = None),
            with_program(|p| p.qualify.new_customers_only = false),
            vec![],
            Credited,
        ),
        ("another currency", paid_order("EUR"), coupon(1), vec![Rule::Currency], NotCredited),
        (
            "another currency, no limits",
            paid_order("EUR"),
            with_program(|p| p.qualify = Qualify::default()),
            vec![],
            Credited,
        ),
        ("too small", order(|o| shot(o).net = 29_999), coupon(1), vec![Rule::MinimumOrder], NotCredited),
        ("just enough", order(|o| shot(o).net = 30_000), coupon(1), vec![], Credited),
        (
            "free",
            order(|o| shot(o).net = 0),
            with_program(|p| p.qualify.minimum_order = None),
            vec![Rule::MinimumOrder],
            NotCredited,
        ),
        ("cancelled", order(|o| shot(o).cancelled_at = Some(at(70))), coupon(1), vec![Rule::NotCancelled], Void),
        (
            "cancelled unpaid",
            order(|o| {
                shot(o).cancelled_at = Some(at(70));
                o.paid_at = None;
            }),
            coupon(1),
            vec![Rule::Paid, Rule::NotCancelled],
            NotCredited,
        ),
    ];
    for (name, order, candidate, rules, outcome) in cases {
        let decision = decided(&order, &[candidate]);
        assert_eq!(failed(&decision), (rules, outcome), "{name}: {}", decision.sentence);
        assert!(decision.sentence.ends_with('.') && !decision.sentence.contains('\n'), "{name}: {}", decision.sentence);
    }
}

#[test]
fn every_rule_of_the_contract_has_its_line() {
    let rules: Vec<_> = decided(&paid_order("SEK"), &[coupon(1)]).rules.iter().map(|line| line.rule).collect();
    let named = [
        Rule::ProgramActive,
        Rule::TestOrder,
        Rule::Window,
        Rule::NewCustomer,
        Rule::MinimumOrder,
        Rule::SelfReferral,
        Rule::Cap,
        Rule::Budget,
    ];
    assert!(named.iter().all(|rule| rules.contains(rule)), "{rules:?}");
}

#[test]
fn refunds_below_the_minimum_void_and_an_order_that_never_reached_it_is_not_credited() {
    let refund = |lines| super::super::order::Refund { as_of: at(80), effective: true, lines, lines_tax: 0, amount: 0 };
    let refunded = |net, lines| {
        order(|o| {
            shot(o).net = net;
            o.refunds.insert("r1".parse().expect("an id"), refund(lines));
        })
    };
    assert_eq!(decided(&refunded(50_000, 20_000), &[coupon(1)]).outcome, Outcome::Credited);
    assert_eq!(decided(&refunded(50_000, 20_001), &[coupon(1)]).outcome, Outcome::Void);
    assert_eq!(decided(&refunded(29_999, 1), &[coupon(1)]).outcome, Outcome::NotCredited);
}

#[test]
fn a_returning_customer_is_not_new() {
    let history = History { earlier_order: Some((order_ref(), at(-DAY))) };
    let decision = decide(&paid_order("SEK"), &[coupon(1)], &history, at(100));
    assert_eq!(failed(&decision), (vec![Rule::NewCustomer], Outcome::NotCredited));
    let welcome = with_program(|p| p.qualify.new_customers_only = false);
    assert_eq!(decide(&paid_order("SEK"), &[welcome], &history, at(100)).outcome, Outcome::Credited);
}

#[test]
fn the_strongest_authentic_evidence_within_its_window_leads() {
    let click = |n, clicked| candidate(CandidateKind::Click, n, Some(clicked), program("SEK"));
    let rejected = |finding| Candidate { kind: CandidateKind::Coupon, code: None, finding };
    let cases: Vec<(&str, Vec<Candidate>, Option<u128>)> = vec![
        ("coupon before click", vec![coupon(1), click(2, -DAY)], Some(1)),
        ("somebody else's coupon does not count", vec![rejected(Finding::NotOurs), click(2, -DAY)], Some(2)),
        ("a forged token does not count", vec![rejected(Finding::Forged), click(2, -DAY)], Some(2)),
        ("a stale click yields to a fresh one", vec![click(1, -31 * DAY), click(2, -DAY)], Some(2)),
        ("a stale click alone still leads, to say why", vec![click(1, -31 * DAY)], Some(1)),
        ("nothing of ours", vec![rejected(Finding::Elsewhere)], None),
        ("nothing at all", vec![], None),
    ];
    for (name, candidates, led) in cases {
        let decision = decided(&paid_order("SEK"), &candidates);
        assert_eq!(decision.credit.as_ref().map(|credit| credit.advocate), led.map(advocate), "{name}");
        assert_eq!(decision.candidates.len(), candidates.len(), "{name}");
        assert!(led.is_some() || decision.outcome == Outcome::NotCredited, "{name}");
    }
}

#[test]
fn using_ones_own_code_does_not_credit_somebody_else_by_the_way() {
    let buyer = order(|o| o.by_email.as_mut().expect("known").value = person(101));
    let decision = decided(&buyer, &[coupon(1), candidate(CandidateKind::Click, 2, Some(-DAY), program("SEK"))]);
    assert_eq!(decision.outcome, Outcome::NotCredited);
    assert_eq!(decision.candidates[1].outcome, CandidateOutcome::Outranked);
}

#[test]
fn a_refund_without_its_order_waits() {
    let decision = decided(&Facts::default(), &[]);
    assert_eq!((decision.outcome, decision.net), (Outcome::NotCredited, None));
    assert!(decision.sentence.contains("refund"), "{}", decision.sentence);
}
