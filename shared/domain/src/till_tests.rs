//! What the shop took off for a code, told in every way.

use super::super::amount::Amount;
use super::super::decide::{Candidate, Finding, History, decide};
use super::super::decision::{Basis, CandidateKind, Decision, Outcome, RewardLine, Rule, RuleOutcome};
use super::super::order::{Coupon, Facts, Pieces, Refund, Snapshot, fold};
use super::super::program::{Fulfilment, Kind, Limit, Period, Program, RewardRule, Side, Stacking, Value};
use super::super::room::{BudgetRoom, Room, RuleRoom, Used};
use super::super::samples::{at, candidate, fixed, paid_order, program};
use super::super::{money::Money, program::Budget};

fn coupons(codes: &[(&str, i64)]) -> Vec<Coupon> {
    codes.iter().filter_map(|(code, discount)| Coupon::new(code, *discount)).collect()
}

/// An order of 500.00 with these coupons.
fn order(coupons: Vec<Coupon>) -> Facts {
    let paid = paid_order("SEK");
    let snapshot = paid.snapshot.map(|shot| Snapshot { coupons, ..shot });
    Facts { snapshot, ..paid }
}

fn refunded(order: Facts, lines: i64) -> Facts {
    Facts { refunds: [("r1".parse().expect("an id"), Refund::of_goods(at(200), lines))].into(), ..order }
}

fn decided_with(order: &Facts, kind: CandidateKind, program: &Program, room: &Room) -> Decision {
    let clicked = matches!(kind, CandidateKind::Click).then_some(-100);
    decide(order, &[candidate(kind, 1, clicked, program.clone())], &History::default(), room, at(1000))
}

/// The friend's reward: its value, what it would be without refunds, and how it came out.
fn friends(decision: &Decision) -> (i64, i64, RuleOutcome, Option<Basis>) {
    let line = decision.rewards.iter().find(|line| line.side == Side::Friend).expect("a line");
    (line.value.minor(), line.face().minor(), line.outcome, line.basis)
}

fn told(value: i64, face: i64) -> (i64, i64, RuleOutcome, Option<Basis>) {
    (value, face, RuleOutcome::Pass, Some(Basis::Told))
}

const NOTHING: (i64, i64, RuleOutcome, Option<Basis>) = (0, 0, RuleOutcome::Skip, None);

#[test]
fn repair_27_a_discount_by_code_is_what_the_shop_took_off_for_it() {
    let untold = || Coupon::untold("CODE1").into_iter().collect::<Vec<_>>();
    let (by_code, by_click) = (CandidateKind::Coupon, CandidateKind::Click);
    let estimate = (5_000, 5_000, RuleOutcome::Pass, Some(Basis::Estimate));
    for (why, order, kind, expected) in [
        ("code", order(coupons(&[("CODE1", 8_000)])), by_code, told(8_000, 8_000)),
        ("code, and came by click", order(coupons(&[("CODE1", 8_000)])), by_click, told(8_000, 8_000)),
        ("click only", order(vec![]), by_click, NOTHING),
        ("the code of another", order(coupons(&[("CODE2", 8_000)])), by_click, NOTHING),
        (
            "beside the code of another",
            order(coupons(&[("CODE1", 3_000), ("CODE2", 8_000)])),
            by_code,
            told(3_000, 3_000),
        ),
        ("nothing off, as below a minimum", order(coupons(&[("CODE1", 0)])), by_code, NOTHING),
        ("not told how much", order(untold()), by_code, estimate),
        ("half goes back", refunded(order(coupons(&[("CODE1", 8_001)])), 20_000), by_code, told(4_801, 8_001)),
        ("the click of one that goes back", refunded(order(vec![]), 20_000), by_click, NOTHING),
    ] {
        let decision = decided_with(&order, kind, &program("SEK"), &Room::default());
        assert_eq!((friends(&decision), decision.outcome), (expected, Outcome::Credited), "{why}");
        let advocate = decision.rewards.iter().find(|line| line.side == Side::Advocate).expect("a line");
        assert_eq!((advocate.value.minor(), advocate.outcome), (10_000, RuleOutcome::Pass), "{why}");
        let rule = decision.rules.iter().find(|line| line.rule == Rule::Discount).expect("a line");
        assert_ne!(rule.outcome, RuleOutcome::Fail, "{why}");
        assert_eq!(rule.outcome == RuleOutcome::Skip, rule.input.contains("was not used"), "{why}: {}", rule.input);
    }
}

#[test]
fn repair_27_a_decision_from_before_is_made_again_as_it_was() {
    let mut known = candidate(CandidateKind::Click, 1, Some(-100), program("SEK"));
    if let Finding::Link(link) = &mut known.finding {
        link.by_till = false;
    }
    let decision = decide(&order(vec![]), &[known.clone()], &History::default(), &Room::default(), at(1000));
    assert_eq!(friends(&decision), (5_000, 5_000, RuleOutcome::Pass, None));
    assert!(decision.rules.iter().all(|line| line.rule != Rule::Discount));
    // What was stored then says nothing of it.
    let stored = serde_json::to_string(&known).expect("writes");
    assert!(!stored.contains("by_till"));
    assert_eq!(serde_json::from_str::<Candidate>(&stored).expect("reads"), known);
}

#[test]
fn repair_27_what_was_taken_at_the_till_stands_and_counts_whatever_limits_and_conditions_say() {
    let with = |change: &dyn Fn(&mut Program)| {
        let mut program = program("SEK");
        change(&mut program);
        program
    };
    let sek = |minor| Amount::from(Money::new(minor, "SEK".parse().expect("a currency")));
    let capped = with(&|p| p.rewards.friend[0].cap.lifetime = Some(Limit { count: None, value: Some(sek(6_000)) }));
    let of_cap = |held, used| Room {
        rules: vec![RuleRoom { number: 2, held, used: vec![Used { period: Period::Total, count: 1, minor: used }] }],
        ..Room::default()
    };
    let budgeted = |p: &mut Program| p.budget = Some(Budget { value: sek(12_000), period: Period::Month });
    let of_budget = |left, held| Room {
        budget: Some(BudgetRoom { period: "2027-01".into(), left, held, paused: false }),
        ..Room::default()
    };
    let both = with(&budgeted);
    let alone = with(&|p| {
        budgeted(p);
        p.rewards.advocate.clear();
    });
    let abroad = with(&|p| p.rewards.friend[0].when.countries = vec!["NO".parse().expect("a country")]);
    let best_of = with(&|p| p.stacking = Stacking::BestOf);
    let used = order(coupons(&[("CODE1", 8_000), ("SUMMER", 2_000)]));
    let yes = Outcome::Credited;
    let other_goods = with(&|p| p.rewards.friend[0].when.include.skus = vec!["SOCK".to_owned()]);
    let small = with(&|p| p.rewards.friend[0].when.minimum_order = sek(60_000).money());
    for (why, program, room, outcome, friend, advocate) in [
        ("none of the rule's products", &other_goods, Room::default(), yes, 8_000, 10_000),
        ("below the rule's minimum", &small, Room::default(), yes, 8_000, 10_000),
        ("cap", &capped, of_cap(None, 6_000), yes, 8_000, 10_000),
        ("grown beyond its place in a cap", &capped, of_cap(Some(5_000), 0), yes, 8_000, 10_000),
        ("another's country", &abroad, Room::default(), yes, 8_000, 10_000),
        ("the better of two", &best_of, Room::default(), yes, 8_000, 10_000),
        ("budget", &both, of_budget(18_000, 0), yes, 8_000, 10_000),
        ("the advocate's reward has no place", &both, of_budget(17_999, 0), Outcome::NotCredited, 8_000, 10_000),
        ("grown: what the advocate has is less", &both, of_budget(0, 15_000), yes, 8_000, 7_000),
        ("grown beyond all that it held", &both, of_budget(0, 6_000), yes, 8_000, 0),
        ("no other reward", &alone, of_budget(100, 0), yes, 8_000, 0),
    ] {
        let decision = decided_with(&used, CandidateKind::Coupon, program, &room);
        let of = |side| decision.rewards.iter().find(|line| line.side == side).map_or(0, |line| line.value.minor());
        assert_eq!((decision.outcome, of(Side::Friend), of(Side::Advocate)), (outcome, friend, advocate), "{why}");
        // The trail says what the rule itself would have said.
        let is_said = |line: &RewardLine| line.reason.ends_with("it stands, since the shop took it off at the till");
        assert_eq!(decision.rewards.iter().any(is_said), room.budget.is_none(), "{why}");
    }
}

#[test]
fn repair_27_shipping_is_counted_and_two_discounts_are_booked_once() {
    let rule = |kind, value| RewardRule::plain(kind, Value::Flat { value }, Fulfilment::CodeAtCheckout);
    let shipping = rule(
        Kind::FreeShipping,
        Amount::new(1, "free_shipping".parse::<super::super::amount::Unit>().expect("a unit")),
    );
    let sek = |minor| Amount::from(Money::new(minor, "SEK".parse().expect("a currency")));
    let mut program = program("SEK");
    program.rewards.friend =
        vec![shipping, rule(Kind::Fixed, sek(4_000)), rule(Kind::Fixed, sek(1_000)), fixed(sek(700))];
    let values = |order: &Facts| {
        let decision = decided_with(order, CandidateKind::Click, &program, &Room::default());
        let lines = decision.rewards.iter().filter(|line| line.side == Side::Friend);
        lines.map(|line| line.value.minor()).collect::<Vec<_>>()
    };
    assert_eq!(values(&order(coupons(&[("CODE1", 4_500)]))), [1, 4_500, 0, 700]);
    assert_eq!(values(&order(coupons(&[("CODE1", 0)]))), [1, 0, 0, 700]);
    assert_eq!(values(&order(Coupon::untold("CODE1").into_iter().collect())), [1, 4_000, 0, 700]);
    assert_eq!(values(&order(vec![])), [0, 0, 0, 700]);
}

#[test]
fn repair_27_silence_takes_no_coupon_off_and_the_order_of_arrival_means_nothing() {
    let said = |second, codes: Option<&[(&str, i64)]>| {
        let shot = order(coupons(codes.unwrap_or_default())).snapshot.expect("a snapshot");
        let facts = Facts { snapshot: Some(Snapshot { updated_at: at(second), ..shot }), ..paid_order("SEK") };
        Facts { evidence: Pieces::default(), ..facts }.described(codes.is_some())
    };
    let anna: Option<&[(&str, i64)]> = Some(&[("CODE1", 8_000)]);
    for (why, events, expected) in [
        ("silence", vec![said(60, anna), said(70, None), said(80, None)], told(8_000, 8_000)),
        (
            "another amount",
            vec![said(60, anna), said(70, Some(&[("CODE1", 6_000)])), said(80, None)],
            told(6_000, 6_000),
        ),
        ("taken off", vec![said(60, anna), said(70, Some(&[])), said(80, None)], NOTHING),
        ("never told", vec![said(60, None), said(70, None), said(80, None)], NOTHING),
    ] {
        for arrival in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let twice = arrival.iter().chain(arrival.iter().rev());
            let facts = twice.fold(Facts::default(), |facts, n| fold(facts, events[*n].clone()));
            let stored: Facts = serde_json::from_str(&serde_json::to_string(&facts).expect("writes")).expect("reads");
            assert_eq!(stored, facts);
            let decision = decided_with(&facts, CandidateKind::Click, &program("SEK"), &Room::default());
            assert_eq!(friends(&decision), expected, "{why}: {arrival:?}");
        }
    }
}

#[test]
fn repair_27_what_the_shopper_saw_is_told_beside_it_and_goes_back_with_it() {
    let coupon = Coupon::new("CODE1", 8_000).map(|coupon| coupon.shown_as(10_000));
    let order = order(coupon.into_iter().collect());
    let shown = |order: &Facts| {
        let decision = decided_with(order, CandidateKind::Coupon, &program("SEK"), &Room::default());
        let line = decision.rewards.into_iter().find(|line| line.side == Side::Friend).expect("a line");
        (line.value.minor(), line.shown.map(|shown| shown.minor()))
    };
    assert_eq!(shown(&order), (8_000, Some(10_000)));
    assert_eq!(shown(&refunded(order, 20_000)), (4_800, Some(6_000)));
}
