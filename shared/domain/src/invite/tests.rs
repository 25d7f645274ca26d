use super::super::money::Money;
use super::super::program::{InviteOn, Mails, ProgramState, Quiet};
use super::super::samples::{DAY, at, program};
use super::*;

fn invite() -> Invite {
    let time = |text: &str| text.parse().expect("a time");
    Invite {
        on: InviteOn::Paid,
        delay_hours: 0,
        reminders_days: vec![7, 21],
        again_days: None,
        rest_days: 14,
        refund_rest_days: 30,
        quiet: Quiet { from: time("00:00"), to: time("00:00") },
        opt_in_only: false,
        eligible: Eligible::default(),
    }
}

fn reachable() -> Standing {
    Standing { has_address: true, ..Standing::default() }
}

fn verdict(invite: Invite, standing: &Standing, asked: u32) -> Verdict {
    let mut program = program("SEK");
    program.mails = Mails { invite: Some(invite), ..Mails::default() };
    judge(&program, standing, Progress { asked }, &TimeZone::UTC, at(0))
}

fn sek(minor: i64) -> Money {
    Money::new(minor, "SEK".parse().expect("a currency"))
}

#[test]
fn who_may_be_asked_is_asked_and_reminded_so_often_and_no_more() {
    for asked in [0, 1, 2] {
        assert_eq!(verdict(invite(), &reachable(), asked), Verdict::Ask, "{asked}");
    }
    assert_eq!(verdict(invite(), &reachable(), 3), Verdict::Stop(Reason::AskedEnough));
}

#[test]
fn reminders_wait_as_the_program_says_and_end() {
    let after = |asked| next_after(&invite(), asked, at(0));
    assert_eq!([after(0), after(1), after(2), after(3)], [None, Some(at(7 * DAY)), Some(at(21 * DAY)), None]);
}

#[test]
fn what_stands_against_it_is_told_and_stops_reminders_too() {
    type Against = fn(&mut Standing);
    let with = |change: Against| {
        let mut standing = reachable();
        change(&mut standing);
        standing
    };
    let cases: [(Against, Reason); 7] = [
        (|it| it.refused = Some(Reason::Unsubscribed), Reason::Unsubscribed),
        (|it| it.refused = Some(Reason::Suppressed), Reason::Suppressed),
        (|it| it.refused = Some(Reason::Erased), Reason::Erased),
        (|it| it.told.do_not_ask = true, Reason::DoNotAsk),
        (|it| it.has_address = false, Reason::NoAddress),
        (|it| it.told.opted_in = Some(false), Reason::NotOptedIn),
        (|it| it.order_gone = true, Reason::OrderGone),
    ];
    for (change, reason) in cases {
        assert_eq!(verdict(invite(), &with(change), 0), Verdict::Decline(reason));
        assert_eq!(verdict(invite(), &with(change), 1), Verdict::Stop(reason));
    }
}

#[test]
fn where_a_yes_is_asked_for_silence_is_none() {
    let strict = Invite { opt_in_only: true, ..invite() };
    let mut standing = reachable();
    assert_eq!(verdict(strict.clone(), &standing, 0), Verdict::Decline(Reason::NotOptedIn));
    standing.told.opted_in = Some(true);
    assert_eq!(verdict(strict, &standing, 0), Verdict::Ask);
}

#[test]
fn the_best_customers_are_asked_and_the_others_hear_nothing() {
    let tag = |tag: &str| [tag.to_owned()].into();
    let mut best = reachable();
    best.bought =
        Bought { orders: 3, spend: Some(sek(100_000)), last_order_at: Some(at(-10 * DAY)), refunded_at: None };
    best.told.tags = tag("vip");
    best.told.tier = Some("gold".into());
    let eligible = |eligible| Invite { eligible, ..invite() };
    let asks = Eligible::default;
    let cases = [
        (Eligible { min_orders: Some(3), ..asks() }, None),
        (Eligible { min_orders: Some(4), ..asks() }, Some(Reason::TooFewOrders)),
        (Eligible { min_spend: Some(sek(100_000)), ..asks() }, None),
        (Eligible { min_spend: Some(sek(100_001)), ..asks() }, Some(Reason::SpentTooLittle)),
        (
            Eligible { min_spend: Some(Money::new(1, "EUR".parse().expect("a currency"))), ..asks() },
            Some(Reason::SpentTooLittle),
        ),
        (Eligible { ordered_within_days: Some(10), ..asks() }, None),
        (Eligible { ordered_within_days: Some(9), ..asks() }, Some(Reason::OrderedTooLongAgo)),
        (Eligible { tags_any: tag("vip"), ..asks() }, None),
        (Eligible { tags_any: tag("press"), ..asks() }, Some(Reason::Tags)),
        (Eligible { tags_none: tag("vip"), ..asks() }, Some(Reason::Tags)),
        (Eligible { tags_none: tag("staff"), ..asks() }, None),
        (Eligible { loyalty_tiers: tag("gold"), ..asks() }, None),
        (Eligible { loyalty_tiers: tag("silver"), ..asks() }, Some(Reason::LoyaltyTier)),
    ];
    for (wanted, reason) in cases {
        let expected = reason.map_or(Verdict::Ask, Verdict::Decline);
        assert_eq!(verdict(eligible(wanted.clone()), &best, 0), expected, "{wanted:?}");
        assert_eq!(verdict(eligible(wanted), &best, 1), Verdict::Ask, "a reminder goes to whoever was asked");
    }
}

#[test]
fn a_bad_moment_passes() {
    let mut standing = reachable();
    standing.bought.refunded_at = Some(at(-29 * DAY));
    assert_eq!(verdict(invite(), &standing, 0), Verdict::Wait(at(DAY), Reason::RecentRefund));
    standing.bought.refunded_at = Some(at(-30 * DAY));
    assert_eq!(verdict(invite(), &standing, 0), Verdict::Ask);

    standing.asked_at = Some(at(-13 * DAY));
    assert_eq!(verdict(invite(), &standing, 0), Verdict::Wait(at(DAY), Reason::AskedRecently));
    standing.asked_at = Some(at(-14 * DAY));
    assert_eq!(verdict(invite(), &standing, 0), Verdict::Ask);

    standing.told.open_ticket = true;
    assert_eq!(verdict(invite(), &standing, 0), Verdict::Wait(at(DAY), Reason::OpenTicket));
    standing.told.open_ticket = false;

    let time = |text: &str| text.parse().expect("a time");
    // Second 0 is 08:00 UTC.
    let quiet = Invite { quiet: Quiet { from: time("21:00"), to: time("09:00") }, ..invite() };
    assert_eq!(verdict(quiet, &standing, 0), Verdict::Wait(at(3600), Reason::QuietHours));
}

#[test]
fn a_program_that_is_paused_over_or_asks_nobody_asks_nobody() {
    let mut program = program("SEK");
    let ask = |program: &Program| judge(program, &reachable(), Progress::default(), &TimeZone::UTC, at(0));
    assert_eq!(ask(&program), Verdict::Decline(Reason::ProgramNotActive));
    program.mails.invite = Some(invite());
    assert_eq!(ask(&program), Verdict::Ask);
    program.ends_at = Some(at(0));
    assert_eq!(ask(&program), Verdict::Decline(Reason::ProgramNotActive));
    program.ends_at = None;
    program.state = ProgramState::Paused;
    assert_eq!(ask(&program), Verdict::Decline(Reason::ProgramNotActive));
}

#[test]
fn friends_that_came_already_make_a_reminder_needless_but_no_first_word() {
    let standing = Standing { has_referred: true, ..reachable() };
    assert_eq!(verdict(invite(), &standing, 0), Verdict::Ask);
    assert_eq!(verdict(invite(), &standing, 1), Verdict::Stop(Reason::HasReferred));
}
