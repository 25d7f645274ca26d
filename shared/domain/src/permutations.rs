//! What happens to an order, in every order of arrival, each message once or twice: the money at the end is the same.

use std::collections::BTreeMap;

use super::act::{Acts, By, HandedOver, Redemption, Verdict};
use super::amount::Unit;
use super::decide::{Candidate, Finding};
use super::decision::CandidateKind;
use super::id::RewardId;
use super::ledger::Account;
use super::order::{Evidence, Facts, Learnt, Pieces, Refund, Snapshot};
use super::person::{Fingerprint, Mark};
use super::program::{Clawback, Kind, Program};
use super::properties::Books;
use super::samples::{DAY, at, candidate, paid_order, person, program};

/// A program, what is told of one order of advocate 1, and when it is looked at for the last time.
struct Scenario {
    name: &'static str,
    program: Program,
    candidates: Vec<Candidate>,
    events: Vec<Facts>,
    ends_at: i64,
}

type Money = BTreeMap<(RewardId, Account, Unit), i64>;

impl Scenario {
    fn new(name: &'static str, code: &str, change: impl FnOnce(&mut Program), events: Vec<Facts>) -> Self {
        let mut program = program(code);
        change(&mut program);
        let candidates = vec![candidate(CandidateKind::Coupon, 1, None, program.clone())];
        Self { name, program, candidates, events, ends_at: 1000 }
    }

    fn money(&self, arrival: &[&Facts]) -> Money {
        let mut books = Books::default();
        for event in arrival {
            books.apply(event, &self.candidates, &self.program);
        }
        books.look(&self.candidates, &self.program, at(self.ends_at));
        books.balances()
    }

    /// Every order of arrival, with every choice of messages that come twice. Answers how many there were.
    fn holds(&self) -> usize {
        let wanted = self.money(&self.events.iter().collect::<Vec<_>>());
        let mut runs = 0;
        for order in orders(self.events.len()) {
            for twice in 0..1_u32 << self.events.len() {
                let once = order.iter().map(|n| &self.events[*n]);
                let again = order.iter().rev().filter(|n| twice >> **n & 1 == 1).map(|n| &self.events[*n]);
                let arrival: Vec<_> = once.chain(again).collect();
                assert_eq!(self.money(&arrival), wanted, "{}: {order:?}, twice {twice:b}", self.name);
                runs += 1;
            }
        }
        runs
    }
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for next in 0..count {
        let with_next = |order: &Vec<usize>| {
            (0..=order.len()).map(|place| [&order[..place], &[next], &order[place..]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with_next).collect();
    }
    all
}

fn created(code: &str) -> Facts {
    Facts { paid_at: None, ..paid_order(code) }
}

fn later(code: &str, second: i64, change: impl FnOnce(&mut Snapshot)) -> Facts {
    let mut shot = paid_order(code).snapshot.expect("a snapshot");
    shot.updated_at = at(second);
    change(&mut shot);
    Facts { snapshot: Some(shot), ..Facts::default() }
}

fn refund(id: &str, second: i64, lines: i64) -> Facts {
    let refund = Refund::of_goods(at(second), lines);
    Facts { refunds: [(id.parse().expect("an id"), refund)].into(), ..Facts::default() }
}

fn charged_back(second: i64, value: bool) -> Facts {
    Facts { charged_back: Some(Learnt { as_of: at(second), value }), ..Facts::default() }
}

fn acted(acts: Acts) -> Facts {
    Facts { acts, ..Facts::default() }
}

fn by(second: i64) -> By {
    By { at: at(second), actor: "Eva".into(), reason: "as agreed".into() }
}

/// The advocate's reward of the order.
fn reward(code: &str) -> RewardId {
    let scenario = Scenario::new("", code, |_| (), vec![]);
    let mut books = Books::default();
    books.apply(&paid_order(code), &scenario.candidates, &scenario.program);
    books.referral.expect("a referral").rewards[0].id
}

fn handed_over(code: &str, second: i64) -> Facts {
    let handed = HandedOver { by: by(second), minor: 10_000, coupon: None };
    acted(Acts { handed_over: [(reward(code), handed)].into(), ..Acts::default() })
}

fn redeemed(code: &str, id: &str, minor: i64) -> Facts {
    let id = id.parse().expect("an id");
    let uses = [(id, Redemption { minor, at: at(300) })].into();
    acted(Acts { redeemed: [(reward(code), uses)].into(), ..Acts::default() })
}

fn verdict(second: i64, credits: bool) -> Facts {
    acted(Acts { verdict: Some(Verdict { by: by(second), credits }), ..Acts::default() })
}

fn with_phone(mut facts: Facts) -> Facts {
    facts.marks.insert(Mark::Phone, Learnt { as_of: at(60), value: Fingerprint::from_hash([9; 8]) });
    facts
}

/// The scenarios, in a currency.
fn scenarios(code: &'static str) -> Vec<Scenario> {
    let (told, paid) = (|| created(code), || paid_order(code));
    let none = |_: &mut Program| ();
    let mut flagged = Scenario::new(
        "verdict and refund",
        code,
        none,
        vec![
            with_phone(told()),
            with_phone(paid()),
            verdict(200, true),
            verdict(100, false),
            refund("r1", 300, 10_000),
        ],
    );
    if let Finding::Link(link) = &mut flagged.candidates[0].finding {
        link.advocate_marks = vec![(Mark::Phone, Fingerprint::from_hash([9; 8]))];
    }
    let mut own = Scenario::new("self-referral", code, none, vec![told(), paid(), refund("r1", 200, 5_000)]);
    for event in &mut own.events {
        event.by_email = event.by_email.take().map(|learnt| Learnt { value: person(101), ..learnt });
    }
    let mut two_codes =
        Scenario::new("two codes on one order", code, none, vec![told(), paid(), refund("r1", 200, 5_000)]);
    two_codes.candidates.push(candidate(CandidateKind::Coupon, 2, None, program(code)));
    let mut expiry = Scenario::new(
        "use and expiry",
        code,
        |p| p.rewards.advocate[0].expires_days = Some(30),
        vec![told(), paid(), redeemed(code, "u1", 4_000), refund("r1", 200, 5_000)],
    );
    expiry.ends_at = 40 * DAY;
    let mut hold = Scenario::new(
        "refund in the hold",
        code,
        |p| p.hold_days = 14,
        vec![told(), paid(), refund("r1", 200, 12_500), refund("r2", 300, 2_500)],
    );
    hold.ends_at = 20 * DAY;
    let after_use = |policy| {
        let events =
            vec![told(), paid(), redeemed(code, "u1", 6_000), redeemed(code, "u2", 4_000), refund("r1", 400, 50_000)];
        Scenario::new("use, then refund", code, move |p| p.clawback = policy, events)
    };
    let floor = super::money::Money::new(3_000, super::samples::currency(code));
    vec![
        Scenario::new("paid", code, none, vec![told(), paid(), later(code, 100, |_| ())]),
        hold,
        Scenario::new(
            "refund after hand-over",
            code,
            none,
            vec![told(), paid(), handed_over(code, 200), refund("r1", 300, 50_000)],
        ),
        Scenario::new(
            "cash is gone when it is handed over",
            code,
            |p| p.rewards.advocate[0].kind = Kind::Cash,
            vec![told(), paid(), handed_over(code, 200), refund("r1", 300, 50_000), refund("r1", 400, 0)],
        ),
        Scenario::new(
            "refunds around the minimum",
            code,
            none,
            vec![told(), paid(), refund("r1", 200, 20_000), refund("r2", 300, 1), refund("r2", 400, 0)],
        ),
        Scenario::new(
            "cancelled",
            code,
            none,
            vec![told(), paid(), handed_over(code, 200), later(code, 300, |shot| shot.cancelled_at = Some(at(300)))],
        ),
        Scenario::new(
            "edited twice and refunded",
            code,
            none,
            vec![
                told(),
                paid(),
                later(code, 200, |shot| shot.net = 80_000),
                later(code, 300, |shot| shot.net = 40_000),
                refund("r1", 250, 5_000),
            ],
        ),
        Scenario::new(
            "charged back and won",
            code,
            none,
            vec![told(), paid(), charged_back(200, true), charged_back(300, false), refund("r1", 250, 5_000)],
        ),
        after_use(Clawback::Offset),
        after_use(Clawback::WriteOff),
        after_use(Clawback::NegativeBalance { floor }),
        expiry,
        flagged,
        own,
        two_codes,
    ]
}

/// A description of the order: paid or not, by these advocates' codes in the order of entry.
fn with_codes(code: &str, second: i64, paid: bool, codes: &[u8]) -> Facts {
    let facts = later(code, second, |_| ());
    let pieces = codes.iter().map(|n| Evidence::Coupon(format!("CODE{n}").parse().expect("a code")));
    let paid_at = paid.then(|| at(second));
    let by_email = paid_order(code).by_email;
    Facts { evidence: Pieces::told(at(second), pieces), paid_at, by_email, ..facts }.described(true)
}

/// Which of two codes an order is credited to: what is told of it, and whose it is. `a` and `b` are the advocates by
/// alphabet, in one direction and the other.
fn stories_of_codes(a: u8, b: u8) -> Vec<(&'static str, Vec<Facts>, Option<u8>)> {
    let told = |second, paid, codes: &[u8]| with_codes("SEK", second, paid, codes);
    let refunded = || refund("r1", 500, 5_000);
    vec![
        ("replaced before it was paid", vec![told(60, false, &[a]), told(100, true, &[b]), refunded()], Some(b)),
        ("replaced after it was paid", vec![told(60, true, &[a]), told(100, true, &[b]), refunded()], Some(b)),
        ("silence after it was paid", vec![told(60, true, &[a]), told(100, true, &[]), refunded()], Some(a)),
        ("taken off before it was paid", vec![told(60, false, &[a]), told(100, true, &[]), refunded()], None),
        ("and put on again", vec![told(60, false, &[a]), told(100, false, &[]), told(200, true, &[a])], Some(a)),
        ("replaced and put back", vec![told(60, false, &[a]), told(100, false, &[b]), told(200, true, &[a])], Some(a)),
        ("the first one entered", vec![told(60, true, &[a, b]), told(100, true, &[a, b]), refunded()], Some(a)),
        ("one of two is taken off", vec![told(60, false, &[a, b]), told(100, true, &[b]), refunded()], Some(b)),
        ("one comes to the other", vec![told(60, false, &[b]), told(100, true, &[a, b]), refunded()], Some(a)),
    ]
}

#[test]
fn a_newer_description_with_another_code_replaces_the_code_of_an_older_one_whatever_comes_first() {
    let program = program("SEK");
    let candidates = vec![1, 2].into_iter().map(|n| candidate(CandidateKind::Coupon, n, None, program.clone()));
    let candidates: Vec<_> = candidates.collect();
    for (a, b) in [(1, 2), (2, 1)] {
        for (name, events, credited) in stories_of_codes(a, b) {
            let scenario =
                Scenario { name, program: program.clone(), candidates: candidates.clone(), events, ends_at: 1000 };
            scenario.holds();
            for order in orders(scenario.events.len()) {
                let mut books = Books::default();
                for n in &order {
                    books.apply(&scenario.events[*n], &candidates, &program);
                }
                let advocate = books.referral.map(|referral| referral.advocate);
                assert_eq!(
                    advocate,
                    credited.map(|n| super::samples::advocate(n.into())),
                    "{name}: {a}, {b}, {order:?}"
                );
            }
        }
    }
}

#[test]
fn whatever_the_order_of_arrival_the_money_is_the_same() {
    let runs: usize = ["JPY", "SEK", "KWD"].into_iter().flat_map(scenarios).map(|scenario| scenario.holds()).sum();
    assert!(runs > 50_000, "{runs} orders of arrival");
}

#[test]
fn six_messages_in_all_720_orders_once_and_all_of_them_twice() {
    let code = "SEK";
    let events = vec![
        created(code),
        paid_order(code),
        later(code, 200, |shot| shot.net = 80_000),
        refund("r1", 250, 5_000),
        redeemed(code, "u1", 10_000),
        refund("r2", 300, 75_000),
    ];
    let scenario = Scenario::new("edited, used, refunded", code, |_| (), events);
    let wanted = scenario.money(&scenario.events.iter().collect::<Vec<_>>());
    for order in orders(scenario.events.len()) {
        let once: Vec<_> = order.iter().map(|n| &scenario.events[*n]).collect();
        assert_eq!(scenario.money(&once), wanted, "{order:?}");
        assert_eq!(scenario.money(&[once.clone(), once].concat()), wanted, "{order:?}, twice");
    }
}
