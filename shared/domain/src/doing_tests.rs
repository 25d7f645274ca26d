use super::super::decide::{Candidate, History, decide};
use super::super::decision::CandidateKind;
use super::super::order::fold;
use super::super::reconcile::{Case, reconcile};
use super::super::room::Room;
use super::super::samples::{at, candidate, currency, fixed, merchant, order_ref, paid_order, percent, program};
use super::super::standing::Advocate;
use super::*;

fn by(second: i64) -> By {
    By { at: at(second), actor: "Eva".into(), reason: "called".into() }
}

fn sek(minor: i64) -> Amount {
    Amount::new(minor, currency("SEK"))
}

fn id(text: &str) -> PlatformId {
    text.parse().expect("an id")
}

/// What an order's facts come to: its referral.
fn settled(facts: &Facts, hold_days: u32, existing: Option<&Referral>) -> Referral {
    let program = super::super::program::Program { hold_days, ..program("SEK") };
    let candidates: [Candidate; 1] = [candidate(CandidateKind::Coupon, 1, None, program.clone())];
    let decision = decide(facts, &candidates, &History::default(), &Room::default(), at(100));
    let case = Case { merchant: merchant(), order: &order_ref(), facts, decision: &decision };
    let credit = decision.credit.as_ref().expect("a credit");
    let change = reconcile(&case, credit, &program, existing, &Advocate::default(), at(100));
    change.map(|change| change.referral).or_else(|| existing.cloned()).expect("a referral")
}

/// The order and its referral after an act, or why it was not done; `None`: it was done before.
fn step((facts, referral): &(Facts, Referral), act: &Act, second: i64) -> Result<Option<(Facts, Referral)>, Refusal> {
    let added = act.facts(Some(facts), Some(referral), &by(second))?;
    Ok(added.map(|added| {
        let facts = fold(facts.clone(), added);
        let referral = settled(&facts, 0, Some(referral));
        (facts, referral)
    }))
}

fn paid() -> (Facts, Referral) {
    let facts = paid_order("SEK");
    let referral = settled(&facts, 0, None);
    (facts, referral)
}

fn advocates(referral: &Referral) -> &Reward {
    referral.rewards.iter().find(|reward| reward.value == sek(10_000)).expect("the advocate's")
}

#[test]
fn no_more_is_used_than_what_is_left_at_that_moment() {
    let before = paid();
    let reward = advocates(&before.1).id;
    let use_of = |name: &str, amount: Option<Amount>| Act::Redeem { reward, id: id(name), amount };
    let after = step(&before, &use_of("u1", Some(sek(8_000))), 1).expect("done").expect("news");
    let cases = [
        ("u1", Some(sek(8_000)), Ok(false)),
        ("u1", Some(sek(9_000)), Ok(false)),
        ("u2", Some(sek(8_000)), Err(Refusal::TooMuch(sek(2_000)))),
        ("u2", Some(sek(2_001)), Err(Refusal::TooMuch(sek(2_000)))),
        ("u2", Some(sek(0)), Err(Refusal::TooMuch(sek(2_000)))),
        ("u2", Some(Amount::new(100, currency("EUR"))), Err(Refusal::TooMuch(sek(2_000)))),
        ("u2", Some(sek(2_000)), Ok(true)),
        ("u2", None, Ok(true)),
    ];
    for (name, amount, expected) in cases {
        let got = step(&after, &use_of(name, amount.clone()), 2).map(|done| done.is_some());
        assert_eq!(got, expected, "{name} {amount:?}");
    }
    let all = step(&after, &use_of("u2", None), 2).expect("done").expect("news");
    assert_eq!(step(&all, &use_of("u3", None), 3).map(drop), Err(Refusal::NotOwed(State::Redeemed)));
}

#[test]
fn a_reward_is_handed_over_once_and_only_while_it_is_owed() {
    let before = paid();
    let reward = advocates(&before.1).id;
    let coupon = |code: &str| Some(code.parse().expect("a code"));
    let hand = |code| Act::HandOver { reward, coupon: coupon(code) };
    let after = step(&before, &hand("A-1"), 9).expect("done").expect("news");
    // Also one who came to it earlier by the clock finds it done.
    assert_eq!(step(&after, &hand("B-1"), 1), Ok(None));
    assert_eq!(advocates(&after.1).coupon, coupon("A-1"));
    let held = settled(&paid_order("SEK"), 14, None);
    let refused = hand("A-1").facts(Some(&paid_order("SEK")), Some(&held), &by(1));
    assert_eq!(refused, Err(Refusal::NotOwed(State::Pending)));
    // What a machine took over is a fact, whatever the reward is by now.
    let taken = Act::TakeOver { reward, coupon: None }.facts(Some(&paid_order("SEK")), Some(&held), &by(1));
    assert!(taken.expect("done").is_some());
    assert_eq!(step(&after, &Act::TakeOver { reward, coupon: None }, 10), Ok(None));
}

#[test]
fn a_codes_worth_is_used_up_by_one_order() {
    let before = paid();
    let reward = advocates(&before.1).id;
    let used_with = |order: &str| Act::UseCode { reward, order: id(order), as_of: at(1) };
    let after = step(&before, &used_with("1002"), 1).expect("done").expect("news");
    assert_eq!(after.0.acts.used(reward), 10_000);
    assert_eq!(step(&after, &used_with("1002"), 2), Ok(None));
    assert_eq!(step(&after, &used_with("1003"), 2), Ok(None));
}

#[test]
fn a_code_that_is_freed_is_used_no_more_and_may_be_used_again() {
    let before = paid();
    let reward = advocates(&before.1).id;
    let used_with = |order: &str, second: i64| Act::UseCode { reward, order: id(order), as_of: at(second) };
    let freed = |order: &str, second: i64| Act::FreeCode { reward, order: id(order), as_of: at(second) };
    assert_eq!(step(&before, &freed("1002", 1), 1), Ok(None), "it was not used");
    let used = step(&before, &used_with("1002", 1), 1).expect("done").expect("news");
    let free = step(&used, &freed("1002", 2), 2).expect("done").expect("news");
    assert_eq!((free.0.acts.used(reward), advocates(&free.1).booked.liability), (0, 10_000));
    assert_eq!(step(&free, &freed("1002", 2), 3), Ok(None));
    // With another order, or with the same one, that stands again.
    assert_eq!(step(&free, &used_with("1003", 3), 3).expect("done").expect("news").0.acts.used(reward), 10_000);
    let again = step(&free, &used_with("1002", 4), 4).expect("done").expect("news");
    assert_eq!(again.0.acts.used(reward), 10_000);
    // What was seen before that and is written after it changes nothing.
    let late = step(&again, &freed("1002", 3), 5).expect("done").expect("news");
    assert_eq!(late.0.acts.used(reward), 10_000);
}

#[test]
fn the_same_word_again_is_no_news_and_only_what_waits_is_approved() {
    let before = paid();
    let judge = |credits| Act::Judge { referral: before.1.id, credits };
    assert_eq!(step(&before, &judge(true), 1), Err(Refusal::NotFlagged));
    let rejected = judge(false).facts(Some(&before.0), Some(&before.1), &by(1)).expect("done").expect("news");
    let rejected = (fold(before.0.clone(), rejected), before.1.clone());
    assert_eq!(judge(false).facts(Some(&rejected.0), Some(&rejected.1), &by(2)), Ok(None));
    // Who rejected it may think better of it.
    assert!(judge(true).facts(Some(&rejected.0), Some(&rejected.1), &by(2)).expect("done").is_some());
    let claim = Act::Claim { code: "ANNA10".parse().expect("a code") };
    let claimed = claim.facts(Some(&before.0), None, &by(1)).expect("done").expect("news");
    assert_eq!(claim.facts(Some(&fold(before.0.clone(), claimed)), None, &by(2)), Ok(None));
    assert_eq!(claim.facts(None, None, &by(1)), Err(Refusal::NotThere("order")));
}

#[test]
fn under_one_id_one_thing_is_given() {
    let grant = |code: &str, rule: RewardRule| Act::Grant {
        code: code.parse().expect("a code"),
        rule: Box::new(rule),
        currency: currency("SEK"),
    };
    let fifty = || fixed(sek(5_000));
    let given = grant("ANNA10", fifty()).facts(None, None, &by(1)).expect("done").expect("news");
    let cases = [
        (grant("ANNA10", fifty()), by(2), Ok(None)),
        (grant("ANNA10", fixed(sek(6_000))), by(2), Err(Refusal::OtherGrant)),
        (grant("ANNA10", percent("10")), by(2), Err(Refusal::OtherGrant)),
        (grant("BEA10", fifty()), by(2), Err(Refusal::OtherGrant)),
        (grant("ANNA10", fifty()), By { actor: "Bo".into(), ..by(2) }, Err(Refusal::OtherGrant)),
        (grant("ANNA10", fifty()), By { reason: "another".into(), ..by(2) }, Err(Refusal::OtherGrant)),
    ];
    for (act, by, expected) in cases {
        assert_eq!(act.facts(Some(&given), None, &by), expected, "{act:?}");
    }
    // An order of the shop that happens to have the id is no grant.
    assert_eq!(grant("ANNA10", fifty()).facts(Some(&paid_order("SEK")), None, &by(1)), Err(Refusal::OtherGrant));
}
