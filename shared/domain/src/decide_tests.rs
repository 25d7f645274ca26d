//! Each rule alone, and which evidence leads.

use super::super::act::{Acts, By, Verdict};
use super::super::decision::{Rule, RuleOutcome};
use super::super::order::{Coupon, Learnt, Line, Refund, Snapshot, ToldPaid};
use super::super::program::{Fulfilment, Orders, Products, ProgramState, Qualify, Side, Stacking};
use super::super::room::Today;
use super::super::samples::{DAY, advocate, at, candidate, order_ref, paid_order, person, program};
use super::super::signals::Signal;
use super::*;

fn decided(order: &Facts, candidates: &[Candidate]) -> Decision {
    decide(order, candidates, &History::default(), &Room::default(), at(100))
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

/// A buyer who ordered a day before, credited to this advocate.
fn before(advocate: Option<AdvocateId>) -> History {
    let earlier_order = Some(EarlierOrder { order: order_ref(), placed_at: at(-DAY), advocate });
    History { earlier_order, ..History::default() }
}

#[test]
fn who_is_known_by_an_account_of_the_advocate_is_the_advocate() {
    let known_as = |n: u8| History { known_as: vec![person(n)], ..History::default() };
    for (history, expected) in [
        (known_as(101), (vec![Rule::SelfReferral], Outcome::NotCredited)),
        // Another advocate's key says nothing about this one.
        (known_as(102), (vec![], Outcome::Credited)),
    ] {
        let decision = decide(&order(|_| ()), &[coupon(1)], &history, &Room::default(), at(100));
        assert_eq!(failed(&decision), expected, "{history:?}");
        let signals: Vec<_> = decision.signals.iter().map(|line| line.signal).collect();
        let is_self = expected.1 == Outcome::NotCredited;
        assert_eq!(signals, if is_self { vec![Signal::SameCustomer] } else { vec![] });
    }
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
            order(|o| o.by_customer_id = Some(Learnt { as_of: at(0), value: person(101) })),
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
            with_program(|p| p.qualify.when.minimum_order = None),
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
    let refund = |lines| Refund::of_goods(at(80), lines);
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
    let history = before(None);
    let decision = decide(&paid_order("SEK"), &[coupon(1)], &history, &Room::default(), at(100));
    assert_eq!(failed(&decision), (vec![Rule::NewCustomer], Outcome::NotCredited));
    let welcome = with_program(|p| p.qualify.new_customers_only = false);
    assert_eq!(decide(&paid_order("SEK"), &[welcome], &history, &Room::default(), at(100)).outcome, Outcome::Credited);
}

#[test]
fn the_strongest_authentic_evidence_within_its_window_leads() {
    let click = |n, clicked| candidate(CandidateKind::Click, n, Some(clicked), program("SEK"));
    let rejected = |finding| Candidate { kind: CandidateKind::Coupon, code: None, finding };
    let cases: Vec<(&str, Vec<Candidate>, Option<u128>)> = vec![
        ("coupon before click", vec![coupon(1), click(2, -DAY)], Some(1)),
        ("the code of one link before a click on another", vec![coupon(2), click(1, -DAY)], Some(2)),
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

/// The same piece, carried last by the description of this second, so many pieces after the first.
fn carried(mut candidate: Candidate, second: i64, place: u8) -> Candidate {
    if let Finding::Link(link) = &mut candidate.finding {
        link.carried = Some(Carried { as_of: at(second), place });
    }
    candidate
}

#[test]
fn what_did_not_lead_is_told_the_true_reason() {
    let click = |n, clicked| candidate(CandidateKind::Click, n, Some(clicked), program("SEK"));
    let paid = order(|o| {
        shot(o).open_hours = 48;
        o.told_paid = Some(ToldPaid { at: at(60), silent: false });
    });
    let made_later = |mut late: Candidate| {
        if let Finding::Link(link) = &mut late.finding {
            link.made_at = Some(at(3_600));
        }
        late
    };
    let cases = [
        ("replaced", vec![carried(coupon(2), 90, 0), carried(coupon(1), 60, 0)], 0, "has another code"),
        ("entered later", vec![carried(coupon(2), 60, 0), carried(coupon(1), 60, 1)], 0, "entered before it"),
        (
            "entered who knows when",
            vec![carried(coupon(1), 60, 0), carried(coupon(2), 60, 0)],
            0,
            "by the alphabet led",
        ),
        ("weaker", vec![carried(coupon(2), 60, 0), carried(click(1, -60), 60, 1)], 0, "stronger evidence led"),
        (
            "another click since",
            vec![carried(click(2, -90), 90, 0), carried(click(1, -60), 60, 0)],
            0,
            "has another click",
        ),
        ("clicked before", vec![carried(click(2, -60), 60, 0), carried(click(1, -90), 60, 1)], 0, "a later click led"),
        ("too old", vec![carried(click(1, -31 * DAY), 60, 0), carried(click(2, -60), 60, 1)], 1, "out of the window"),
        (
            "after the payment",
            vec![carried(click(1, 301), 60, 0), carried(click(2, -60), 60, 1)],
            1,
            "out of the window",
        ),
        (
            "made later",
            vec![made_later(carried(coupon(1), 60, 0)), carried(click(2, -60), 60, 1)],
            1,
            "made after the order",
        ),
        ("taken off", vec![carried(coupon(1), 50, 0), carried(click(2, -60), 60, 0)], 1, TAKEN_OFF),
        (
            "by hand",
            vec![candidate(CandidateKind::Manual, 2, None, program("SEK")), carried(coupon(1), 60, 0)],
            0,
            "stronger",
        ),
        // What was decided before all this was noted replays to the letter.
        ("stored before", vec![coupon(2), coupon(1)], 0, "; stronger or fresher evidence led"),
        ("stored before, too old", vec![click(1, -31 * DAY), click(2, -60)], 1, "; stronger or fresher evidence led"),
    ];
    for (name, candidates, leads, reason) in cases {
        let decision = decided(&paid, &candidates);
        let other = &decision.candidates[1 - leads];
        assert_eq!(leading(&paid, &candidates).map(|(index, _)| index), Some(leads), "{name}");
        assert!(other.reason.contains(reason), "{name}: {}", other.reason);
        assert!(matches!(other.outcome, CandidateOutcome::Outranked | CandidateOutcome::Rejected), "{name}");
    }
}

#[test]
fn a_coupon_that_was_taken_off_leads_nobody_and_one_made_later_says_why() {
    let paid = order(|o| o.told_paid = Some(ToldPaid { at: at(60), silent: false }));
    let off = decided(&paid, &[carried(coupon(1), 50, 0)]);
    assert_eq!((off.outcome, off.credit.is_none()), (Outcome::NotCredited, true));
    assert_eq!(off.sentence, "Not credited: the code was taken off the order before it was paid.");
    assert_eq!(decided(&paid, &[carried(coupon(1), 60, 0)]).outcome, Outcome::Credited);
    for (made, rules, outcome) in [
        (301, vec![Rule::LinkActive], Outcome::NotCredited),
        (300, vec![], Outcome::Credited),
        (-DAY, vec![], Outcome::Credited),
    ] {
        let late = with_link(CandidateKind::Coupon, None, |link| link.made_at = Some(at(made)));
        let decision = decided(&paid_order("SEK"), &[late]);
        assert_eq!(failed(&decision), (rules, outcome), "{made}: {}", decision.sentence);
    }
}

#[test]
fn a_click_during_an_open_checkout_is_in_the_window_and_its_far_end_stays() {
    let hour = 3_600;
    let begun = |paid: i64| {
        order(|o| {
            shot(o).open_hours = 48;
            o.paid_at = Some(at(paid));
        })
    };
    for (name, order, clicked, rules) in [
        ("clicked 23 hours after it began", begun(24 * hour), 23 * hour, vec![]),
        ("paid before the click", begun(hour), 2 * hour, vec![Rule::Window]),
        ("begun too long before", begun(60 * hour), 49 * hour, vec![Rule::Window]),
        ("the far end", begun(hour), -30 * DAY, vec![]),
        ("beyond it", begun(hour), -30 * DAY - 1, vec![Rule::Window]),
    ] {
        let decision = decided(&order, &[candidate(CandidateKind::Click, 1, Some(clicked), program("SEK"))]);
        assert_eq!(failed(&decision).0, rules, "{name}: {}", decision.sentence);
    }
}

#[test]
fn a_moment_that_was_described_in_two_ways_is_told_of() {
    let told = decided(&order(|o| o.contradicted = true), &[coupon(1)]);
    assert!(told.notes[0].contains("in different ways for one moment"), "{:?}", told.notes);
    assert_eq!((told.outcome, decided(&paid_order("SEK"), &[coupon(1)]).notes), (Outcome::Credited, vec![]));
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
    let refunds = [("r1".parse().expect("an id"), Refund::of_goods(at(1), 100))].into();
    let decision = decided(&Facts { refunds, ..Facts::default() }, &[]);
    assert_eq!((decision.outcome, decision.net), (Outcome::NotCredited, None));
    assert!(decision.sentence.contains("a refund has come, but not the order"), "{}", decision.sentence);
    let decision = decided(&Facts { delivered_at: Some(at(1)), ..Facts::default() }, &[]);
    assert!(decision.sentence.contains("something was told"), "{}", decision.sentence);
}

#[test]
fn what_the_program_asks_of_an_order_has_its_own_line() {
    use Outcome::{Credited, NotCredited};
    let sold = |o: &mut Facts| {
        let line = |sku: &str, net| Line {
            id: None,
            sku: Some(sku.into()),
            product: None,
            collections: vec!["shoes".into()],
            net,
        };
        shot(o).lines = vec![line("BOOT", 40_000), line("SOCK", 10_000)];
        shot(o).country = Some("SE".parse().expect("a country"));
        shot(o).market = Some("nordics".into());
    };
    let products =
        |skus: &[&str]| Products { skus: skus.iter().map(|sku| (*sku).to_owned()).collect(), ..Products::default() };
    let cases: Vec<(&str, Candidate, Vec<Rule>, Outcome)> = vec![
        (
            "country",
            with_program(|p| p.qualify.when.countries = vec!["NO".parse().expect("a country")]),
            vec![Rule::Country],
            NotCredited,
        ),
        (
            "right country",
            with_program(|p| p.qualify.when.countries = vec!["se".parse().expect("a country")]),
            vec![],
            Credited,
        ),
        ("market", with_program(|p| p.qualify.when.markets = vec!["baltics".into()]), vec![Rule::Market], NotCredited),
        (
            "no such product",
            with_program(|p| p.qualify.when.include = products(&["HAT"])),
            vec![Rule::Products, Rule::MinimumOrder],
            NotCredited,
        ),
        ("boots reach the minimum", with_program(|p| p.qualify.when.include = products(&["BOOT"])), vec![], Credited),
        (
            "socks alone do not",
            with_program(|p| p.qualify.when.exclude = products(&["BOOT"])),
            vec![Rule::MinimumOrder],
            NotCredited,
        ),
        (
            "a collection",
            with_program(|p| {
                p.qualify.when.include = Products { collections: vec!["shoes".into()], ..Products::default() }
            }),
            vec![],
            Credited,
        ),
    ];
    for (name, candidate, rules, outcome) in cases {
        let decision = decided(&order(sold), &[candidate]);
        assert_eq!(failed(&decision), (rules, outcome), "{name}: {}", decision.sentence);
    }
}

#[test]
fn coupons_stack_as_the_program_says() {
    let used = |codes: &[(&str, i64)]| {
        order(|o| {
            shot(o).coupons =
                codes.iter().map(|(code, discount)| Coupon::new(code, *discount).expect("a code")).collect();
        })
    };
    let stacking = |stacking| with_program(|p| p.stacking = stacking);
    let both = used(&[("CODE1", 5_000), ("WELCOME", 3_000)]);
    assert_eq!(decided(&both, &[stacking(Stacking::Combinable)]).outcome, Outcome::Credited);
    assert_eq!(failed(&decided(&both, &[stacking(Stacking::Exclusive)])), (vec![Rule::Stacking], Outcome::NotCredited));
    assert_eq!(decided(&used(&[("CODE1", 5_000)]), &[stacking(Stacking::Exclusive)]).outcome, Outcome::Credited);
    // 10 % of 500.00 is 50.00; the other coupon took off 30.00 already. What the shop gives for the code itself is as it is.
    let best_of = || {
        with_program(|p| {
            p.stacking = Stacking::BestOf;
            p.rewards.friend[0].fulfilment = Fulfilment::Manual;
        })
    };
    let best = decided(&both, &[best_of()]);
    let of =
        |decision: &Decision, side| decision.rewards.iter().find(|line| line.side == side).expect("a line").clone();
    assert_eq!(of(&best, Side::Friend).value.minor(), 2_000);
    assert_eq!(of(&best, Side::Advocate).value.minor(), 10_000);
    let better = decided(&used(&[("WELCOME", 9_000)]), &[best_of()]);
    assert_eq!((of(&better, Side::Friend).outcome, better.outcome), (RuleOutcome::Skip, Outcome::Credited));
}

#[test]
fn a_friend_brought_by_an_advocate_can_earn_again_for_some_months_and_by_another_advocate_not() {
    let recurring = || {
        with_program(|p| {
            p.rewards.advocate[0].when.orders = Some(Orders::Every);
            p.rewards.advocate[0].when.months = Some(2);
            p.rewards.friend[0].fulfilment = Fulfilment::Manual;
        })
    };
    let again = |history: &History, placed| {
        let order = order(|o| shot(o).placed_at = at(placed));
        decide(&order, &[recurring()], history, &Room::default(), at(placed + 100))
    };
    let given = |decision: &Decision| {
        let passes = |line: &&super::super::decision::RewardLine| line.outcome == RuleOutcome::Pass;
        decision.rewards.iter().filter(passes).map(|line| line.side).collect::<Vec<_>>()
    };
    let first = again(&History::default(), 0);
    assert_eq!(given(&first), [Side::Advocate, Side::Friend]);
    let second = again(&before(Some(advocate(1))), 0);
    assert_eq!((second.outcome, given(&second)), (Outcome::Credited, vec![Side::Advocate]), "{second:?}");
    let late = again(&before(Some(advocate(1))), 62 * DAY);
    assert_eq!((late.outcome, given(&late)), (Outcome::Credited, vec![]));
    assert_eq!(failed(&again(&before(Some(advocate(2))), 0)).0, [Rule::NewCustomer]);
}

#[test]
fn weak_signals_flag_together_and_never_reject_alone() {
    use Mark::{Address, Device, Phone};
    let mark = |mark, n| (mark, Learnt { as_of: at(1), value: Fingerprint::from_hash([n; 8]) });
    let known = |marks: &[Mark]| {
        let marks: Vec<_> = marks.iter().map(|mark| (*mark, Fingerprint::from_hash([9; 8]))).collect();
        with_link(CandidateKind::Coupon, None, move |link| link.advocate_marks = marks)
    };
    let buyer = |marks: &[Mark], disposable: bool| {
        order(|o| {
            o.marks = marks.iter().map(|it| mark(*it, 9)).collect();
            o.disposable_email = disposable.then_some(at(60));
        })
    };
    let cases: [(&[Mark], bool, Outcome, u32); 6] = [
        (&[], false, Outcome::Credited, 0),
        (&[Address], false, Outcome::Credited, 40),
        (&[Phone], false, Outcome::Flagged, 60),
        (&[Address], true, Outcome::Flagged, 70),
        (&[Address, Device], false, Outcome::Flagged, 80),
        (&[Phone, Address], false, Outcome::NotCredited, 100),
    ];
    for (marks, disposable, outcome, score) in cases {
        let decision = decided(&buyer(marks, disposable), &[known(&[Phone, Address, Device])]);
        let points: u32 = decision.signals.iter().map(|line| line.points).sum();
        assert_eq!((decision.outcome, points), (outcome, score), "{marks:?}");
    }
    // Of somebody else: no signal.
    assert_eq!(decided(&buyer(&[Phone], false), &[known(&[Address])]).outcome, Outcome::Credited);
}

#[test]
fn edge_22_a_code_that_many_use_without_a_click_may_have_leaked() {
    let watched = with_program(|p| p.review.codes_without_click_per_day = Some(3));
    let with_today = |candidates: &[Candidate], without_click| {
        let room = Room { today: Some(Today { referrals: 3, without_click }), ..Room::default() };
        decide(&paid_order("SEK"), candidates, &History::default(), &room, at(100)).signals.len()
    };
    assert_eq!(with_today(std::slice::from_ref(&watched), 2), 0);
    assert_eq!(with_today(std::slice::from_ref(&watched), 3), 1);
    let mut clicked = watched.clone();
    clicked.kind = CandidateKind::Click;
    assert_eq!(with_today(&[watched, clicked], 3), 0, "this one came by the link");
}

#[test]
fn a_persons_word_stands_over_the_score_and_the_latest_word_stands() {
    let suspicious = || {
        with_link(CandidateKind::Coupon, None, |link| {
            link.advocate_marks = vec![(Mark::Phone, Fingerprint::from_hash([9; 8]))];
        })
    };
    let judged = |verdicts: &[(i64, bool)]| {
        let mut facts = order(|o| {
            o.marks.insert(Mark::Phone, Learnt { as_of: at(1), value: Fingerprint::from_hash([9; 8]) });
        });
        for (when, credits) in verdicts {
            let by = By { at: at(*when), actor: "Eva".into(), reason: "called them".into() };
            let acts = Acts { verdict: Some(Verdict { by, credits: *credits }), ..Acts::default() };
            facts = super::super::order::fold(facts, Facts { acts, ..Facts::default() });
        }
        decided(&facts, &[suspicious()])
    };
    assert_eq!(judged(&[]).outcome, Outcome::Flagged);
    assert_eq!(judged(&[(10, true)]).outcome, Outcome::Credited);
    assert_eq!(judged(&[(10, false)]).outcome, Outcome::NotCredited);
    assert_eq!(judged(&[(10, false), (20, true)]).outcome, Outcome::Credited);
    assert_eq!(judged(&[(20, true), (10, false)]).outcome, Outcome::Credited);
}

#[test]
fn a_busy_day_and_two_who_bring_each_other_wait_for_a_person_by_default() {
    let seen = |lately, each_other| Room { lately, each_other, ..Room::default() };
    let judged = |room: &Room, candidate| decide(&paid_order("SEK"), &[candidate], &History::default(), room, at(100));
    for (name, room, outcome) in [
        ("29 others", seen(Some(29), false), Outcome::Flagged),
        ("28 others", seen(Some(28), false), Outcome::Credited),
        ("each other", seen(None, true), Outcome::Flagged),
        ("neither", seen(None, false), Outcome::Credited),
    ] {
        assert_eq!(judged(&room, coupon(1)).outcome, outcome, "{name}");
    }
    let lenient = with_program(|p| p.review.flag_at = 51);
    assert_eq!(judged(&seen(Some(29), false), lenient).outcome, Outcome::Credited);
}

#[test]
fn a_claim_by_hand_leads_and_has_no_window() {
    let claimed = candidate(CandidateKind::Manual, 1, None, program("SEK"));
    let decision = decided(&paid_order("SEK"), &[claimed, candidate(CandidateKind::Coupon, 2, None, program("SEK"))]);
    assert_eq!(decision.credit.map(|credit| credit.advocate), Some(advocate(1)));
    assert_eq!(decision.outcome, Outcome::Credited);
}

#[test]
fn each_counterfactual_names_the_one_thing_that_decided() {
    let click = |clicked| candidate(CandidateKind::Click, 1, Some(clicked), program("SEK"));
    let says = |facts: &Facts, candidate: Candidate, history: &History, room: &Room| {
        decide(facts, &[candidate], history, room, at(100)).counterfactual
    };
    let (none, empty) = (History::default(), Room::default());
    let window = says(&paid_order("SEK"), click(-31 * DAY), &none, &empty).expect("one thing decided");
    assert_eq!(window, format!("It would have counted if the order had been placed by {:.0}.", at(-DAY)));
    let small = order(|o| shot(o).net = 10_000);
    assert_eq!(
        says(&small, coupon(1), &none, &empty).expect("one thing"),
        "It would have counted if 300.00 SEK or more of it had counted."
    );
    let ended = with_program(|p| p.ends_at = Some(at(-5)));
    assert!(says(&paid_order("SEK"), ended, &none, &empty).expect("one thing").contains("placed before"));
    let returning = says(&paid_order("SEK"), coupon(1), &before(None), &empty).expect("one thing");
    assert_eq!(returning, "It would have counted if the buyer had not placed order 1001 before.");
    // Two things stand in the way, or nobody would undo the one.
    assert_eq!(says(&small, coupon(1), &before(None), &empty), None);
    let own = order(|o| o.by_email.as_mut().expect("known").value = person(101));
    assert_eq!(says(&own, coupon(1), &none, &empty), None);
    assert_eq!(says(&paid_order("SEK"), coupon(1), &none, &empty), None);
}
