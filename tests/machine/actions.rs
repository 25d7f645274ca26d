//! What may happen. Actions name orders, rewards and messages by small numbers that are looked up when they happen, so
//! that any part of a sequence makes sense by itself, and a failing one shrinks to the few steps that matter.

use proptest::prelude::*;
use proptest::sample::select;

use crate::programs::{Rules, rules};

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The shop tells of an order; what is told of one that is known is how it stands.
    Order {
        order: u8,
        buyer: u8,
        codes: Vec<u8>,
        net: u32,
        paid: bool,
        told: Told,
    },
    Pay {
        order: u8,
        told: Told,
    },
    Edit {
        order: u8,
        net: u32,
        told: Told,
    },
    /// The order has these codes from now on: replaced, taken off, put on.
    Recode {
        order: u8,
        codes: Vec<u8>,
        told: Told,
    },
    /// The shop corrects currency or time of the order.
    Correct {
        order: u8,
        what: Correction,
    },
    Cancel {
        order: u8,
        called_off: bool,
        told: Told,
    },
    Arrive {
        order: u8,
        delivered: bool,
    },
    Refund {
        order: u8,
        refund: u8,
        percent: u32,
        effective: bool,
        told: Told,
    },
    Chargeback {
        order: u8,
        on: bool,
        told: Told,
    },
    /// A message comes again, or for the first time.
    Again {
        message: u8,
    },
    Judge {
        order: u8,
        credits: bool,
    },
    HandOver {
        reward: u8,
        with_coupon: bool,
    },
    /// `percent` of what is left.
    Redeem {
        reward: u8,
        percent: u32,
    },
    /// Told by somebody who does not look first: any reward, any amount.
    RedeemBlindly {
        reward: u8,
        minor: u32,
    },
    Claim {
        order: u8,
        code: u8,
    },
    Grant {
        code: u8,
        minor: u32,
        points: bool,
        from_pool: bool,
    },
    Wait {
        hours: u16,
    },
    Change {
        program: u8,
        change: Change,
    },
    AddCodes {
        count: u8,
    },
}

/// When a message comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    AtOnce,
    /// Lost on the way, unless it comes again.
    Later,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Correction {
    Currency,
    Earlier,
    Buyer(u8),
}

/// A new version of a program.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Hold(u32),
    CapCount(u32),
    NoCaps,
    Budget(Option<i64>),
    Clawback(crate::programs::Taken),
    Review(u32, u32),
    Minimum(bool),
    NewCustomers(bool),
    DropRule,
}

/// A case: two programs and what happens.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) programs: [Rules; 2],
    pub(crate) actions: Vec<Action>,
}

pub(crate) const ORDERS: u8 = 5;
pub(crate) const BUYERS: u8 = 9;
pub(crate) const CODES: u8 = 6;

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![6 => Just(Told::AtOnce), 1 => Just(Told::Later)]
}

fn net() -> impl Strategy<Value = u32> {
    prop_oneof![6 => select(vec![50_000_u32, 80_000, 29_999, 30_000, 120_000]), 1 => 0_u32..100_000]
}

fn change() -> impl Strategy<Value = Change> {
    use crate::programs::Taken;
    let taken = prop_oneof![Just(Taken::Offset), Just(Taken::WriteOff), Just(Taken::Floor(5000))];
    prop_oneof![
        (0_u32..4).prop_map(Change::Hold),
        (1_u32..3).prop_map(Change::CapCount),
        Just(Change::NoCaps),
        prop::option::of((20_i64..400).prop_map(|value| value * 100)).prop_map(Change::Budget),
        taken.prop_map(Change::Clawback),
        select(vec![(30, 100), (50, 100), (50, 61)]).prop_map(|(flag, reject)| Change::Review(flag, reject)),
        any::<bool>().prop_map(Change::Minimum),
        any::<bool>().prop_map(Change::NewCustomers),
        Just(Change::DropRule),
    ]
}

fn action(plain: bool) -> impl Strategy<Value = Action> {
    let order = || 0..ORDERS;
    let percent = || prop_oneof![Just(100_u32), 1_u32..120];
    let codes = || {
        prop_oneof![
            6 => (0..CODES).prop_map(|code| vec![code]),
            1 => Just(Vec::new()),
            1 => prop::collection::vec(0..CODES, 2),
        ]
    };
    let platform = prop_oneof![
        6 => (order(), 0..BUYERS, codes(), net(), prop::bool::weighted(0.8), told())
            .prop_map(|(order, buyer, codes, net, paid, told)| Action::Order { order, buyer, codes, net, paid, told }),
        2 => (order(), told()).prop_map(|(order, told)| Action::Pay { order, told }),
        2 => (order(), net(), told()).prop_map(|(order, net, told)| Action::Edit { order, net, told }),
        1 => (order(), codes(), told()).prop_map(|(order, codes, told)| Action::Recode { order, codes, told }),
        3 => (order(), 0_u8..3, percent(), prop::bool::weighted(0.85), told())
            .prop_map(|(order, refund, percent, effective, told)| Action::Refund { order, refund, percent, effective, told }),
        1 => (order(), prop::bool::weighted(0.7), told())
            .prop_map(|(order, called_off, told)| Action::Cancel { order, called_off, told }),
        1 => (order(), any::<bool>(), told()).prop_map(|(order, on, told)| Action::Chargeback { order, on, told }),
        1 => (order(), any::<bool>()).prop_map(|(order, delivered)| Action::Arrive { order, delivered }),
        3 => any::<u8>().prop_map(|message| Action::Again { message }),
    ];
    let people = prop_oneof![
        2 => (order(), any::<bool>()).prop_map(|(order, credits)| Action::Judge { order, credits }),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(reward, with_coupon)| Action::HandOver { reward, with_coupon }),
        3 => (any::<u8>(), percent()).prop_map(|(reward, percent)| Action::Redeem { reward, percent }),
        1 => (order(), 0..CODES).prop_map(|(order, code)| Action::Claim { order, code }),
    ];
    let time = (0_u16..24 * 6).prop_map(|hours| Action::Wait { hours });
    if plain {
        return prop_oneof![14 => platform, 5 => people, 3 => time].boxed();
    }
    let other = prop_oneof![
        1 => (any::<u8>(), 1_u32..30_000).prop_map(|(reward, minor)| Action::RedeemBlindly { reward, minor }),
        1 => (0_u8..4, 1_u32..20_000, any::<bool>(), any::<bool>())
            .prop_map(|(code, minor, points, from_pool)| Action::Grant { code, minor, points, from_pool }),
        1 => (0_u8..2, change()).prop_map(|(program, change)| Action::Change { program, change }),
        1 => (1_u8..4).prop_map(|count| Action::AddCodes { count }),
        1 => (order(), prop_oneof![Just(Correction::Currency), Just(Correction::Earlier), (0..BUYERS).prop_map(Correction::Buyer)])
            .prop_map(|(order, what)| Action::Correct { order, what }),
    ];
    prop_oneof![14 => platform, 6 => people, 3 => time, 3 => other].boxed()
}

/// Cases of so many steps.
pub(crate) fn cases(steps: usize, plain: bool) -> impl Strategy<Value = Case> {
    let programs = (rules(plain), rules(plain)).prop_map(|(one, other)| [one, other]);
    let actions = prop::collection::vec(action(plain), steps);
    (programs, actions).prop_map(|(programs, actions)| Case { programs, actions })
}
