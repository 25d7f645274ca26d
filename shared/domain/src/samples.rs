//! What the domain's tests are made of: a program, a link, an order, each easy to vary.

use jiff::Timestamp;
use ulid::Ulid;

use super::amount::Amount;
use super::amount::Unit;
use super::decide::{Candidate, Finding, FoundLink};
use super::decision::CandidateKind;
use super::id::{AdvocateId, MerchantId, ProgramId, ShopId};
use super::id::{ReferralId, RewardId};
use super::money::{Currency, Money};
use super::order::{Coupon, Facts, Learnt, OrderRef, Snapshot};
use super::person::PersonKey;
use super::program::Side;
use super::program::{
    Clawback, Conditions, Fulfilment, HoldFrom, Kind, Mails, Program, ProgramState, Qualify, Review, RewardRule,
    Rewards, Stacking, Value,
};
use super::referral::{Holds, Referral, Reward, State};

pub(super) const DAY: i64 = 86_400;

/// Seconds after some day in 2027.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("in range")
}

pub(super) fn ulid(n: u128) -> Ulid {
    Ulid::from_parts(1_790_000_000_000, n)
}

pub(super) fn currency(code: &str) -> Currency {
    code.parse().expect(code)
}

pub(super) fn person(n: u8) -> PersonKey {
    PersonKey::from_hash([n; 16])
}

pub(super) fn advocate(n: u128) -> AdvocateId {
    AdvocateId::new(ulid(n))
}

pub(super) fn merchant() -> MerchantId {
    MerchantId::new(ulid(1))
}

pub(super) fn order_ref() -> OrderRef {
    OrderRef { shop: ShopId::new(ulid(2)), id: "1001".parse().expect("an id") }
}

/// A percentage without bounds, taken at the checkout.
pub(super) fn percent(percent: &str) -> RewardRule {
    let value = Value::Share { percent: percent.parse().expect("a percentage"), floor: None, ceiling: None };
    RewardRule::plain(Kind::Percent, value, Fulfilment::CodeAtCheckout)
}

/// A flat amount, handed out by a person.
pub(super) fn fixed(value: Amount) -> RewardRule {
    RewardRule::plain(Kind::Fixed, Value::Flat { value }, Fulfilment::Manual)
}

/// 10 % to the friend and 100.00 to the advocate, from 300.00 on, for new customers, approved at once.
pub(super) fn program(code: &str) -> Program {
    let money = |minor| Money::new(minor, currency(code));
    Program {
        id: ProgramId::new(ulid(3)),
        version: 1,
        version_at: at(-100 * DAY),
        merchant: merchant(),
        shop: order_ref().shop,
        name: "Give 10 %, get 100".into(),
        destination: "https://shop.example/".into(),
        window_days: 30,
        hold_days: 0,
        hold_from: HoldFrom::Paid,
        state: ProgramState::Active,
        starts_at: None,
        ends_at: None,
        time_zone: "Europe/Stockholm".into(),
        qualify: Qualify {
            new_customers_only: true,
            when: Conditions { minimum_order: Some(money(30_000)), ..Conditions::default() },
        },
        rewards: Rewards { friend: vec![percent("10")], advocate: vec![fixed(Amount::from(money(10_000)))] },
        stacking: Stacking::Combinable,
        budget: None,
        codes_on_subscriptions: true,
        clawback: Clawback::Offset,
        review: Review::default(),
        mails: Mails::default(),
        created_at: at(-100 * DAY),
    }
}

/// A candidate that leads to the link of advocate `n`; `clicked` in seconds, for tokens.
pub(super) fn candidate(kind: CandidateKind, n: u128, clicked: Option<i64>, program: Program) -> Candidate {
    let link = FoundLink {
        advocate: advocate(n),
        advocate_keys: vec![person(100 + u8::try_from(n).expect("small"))],
        advocate_marks: Vec::new(),
        tier: None,
        program,
        dead_from: None,
        clicked_at: clicked.map(at),
        made_at: None,
        carried: None,
        by_till: true,
    };
    let code = format!("CODE{n}").parse().expect("a code");
    Candidate { kind, code: Some(code), finding: Finding::Link(Box::new(link)) }
}

/// A paid order of 500.00 by person 1, placed at second 0, for which advocate 1's code took off 50.00.
pub(super) fn paid_order(code: &str) -> Facts {
    Facts {
        snapshot: Some(Snapshot {
            updated_at: at(60),
            net: 50_000,
            total: 62_500,
            coupons: Coupon::new("CODE1", 5_000).into_iter().collect(),
            ..Snapshot::bare(at(0), currency(code))
        }),
        by_email: Some(Learnt { as_of: at(60), value: person(1) }),
        paid_at: Some(at(60)),
        ..Facts::default()
    }
}

/// A referral whose rewards are in these states; its own follows from them.
pub(super) fn referral_with(states: &[State]) -> Referral {
    let id = ReferralId::new(ulid(9));
    let unit = Unit::Currency(currency("SEK"));
    let reward = |(number, state): (u8, &State)| Reward {
        state: *state,
        ..Reward::new(RewardId::of(id, number), Side::Advocate, Kind::Fixed, Fulfilment::Manual, unit.clone())
    };
    let life = [State::Flagged, State::Pending, State::Approved, State::Issued, State::Redeemed, State::Expired];
    Referral {
        id,
        merchant: merchant(),
        program: ProgramId::new(ulid(3)),
        program_version: 1,
        advocate: advocate(1),
        code: "ANNA10".parse().expect("a code"),
        order: order_ref(),
        state: life.into_iter().find(|state| states.contains(state)).unwrap_or(State::Void),
        rewards: (1..).zip(states).map(reward).collect(),
        entries: 1,
        holds: Holds::default(),
        via: None,
        created_at: at(0),
        updated_at: at(0),
    }
}
