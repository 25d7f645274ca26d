//! Programs as cases draw them: few rules, small limits, so that a handful of orders meets every one of them.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use shared::domain::amount::Amount;
use shared::domain::id::{MerchantId, PoolId, ProgramId, ShopId};
use shared::domain::money::{Currency, Money};
use shared::domain::program::{
    Budget, Cap, Clawback, Conditions, CountStep, Fulfilment, HoldFrom, Kind, Limit, Mails, Orders, Period, Program,
    ProgramState, Qualify, Review, RewardRule, Rewards, Stacking, Value,
};

/// What a rule gives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gives {
    /// Handed out by a person.
    Fixed(i64),
    Share(&'static str),
    /// Used when it is handed over.
    Cash(i64),
    Points(i64),
    /// More from the third referral on.
    Counted(i64),
    /// For every second referral only.
    EverySecond(i64),
}

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) gives: Gives,
    /// Per period: count and value.
    pub(crate) cap: Vec<(Period, Option<u32>, Option<i64>)>,
    pub(crate) orders: Option<Orders>,
    pub(crate) hold_days: Option<u32>,
    pub(crate) expires_days: Option<u32>,
    pub(crate) from_pool: bool,
}

/// What happens to what was used and not earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Offset,
    Floor(i64),
    WriteOff,
}

/// A program.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) new_customers_only: bool,
    pub(crate) minimum: bool,
    pub(crate) hold_days: u32,
    pub(crate) hold_from: HoldFrom,
    pub(crate) advocate: Vec<Rule>,
    pub(crate) friend: Vec<Rule>,
    pub(crate) budget: Option<(i64, Period)>,
    pub(crate) clawback: Taken,
    pub(crate) review: (u32, u32),
    pub(crate) velocity: Option<u32>,
    pub(crate) without_click: Option<u32>,
}

impl Rules {
    /// What others take changes nothing for an order: no caps, budget, counts, and nobody owes anybody.
    pub(crate) fn is_plain(&self) -> bool {
        let counts = |rule: &Rule| matches!(rule.gives, Gives::Counted(_) | Gives::EverySecond(_));
        let plain = |rule: &Rule| rule.cap.is_empty() && !counts(rule);
        self.budget.is_none()
            && self.clawback == Taken::WriteOff
            && self.velocity.is_none()
            && self.without_click.is_none()
            && self.advocate.iter().chain(&self.friend).all(plain)
    }
}

/// Whose program it is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) merchant: MerchantId,
    pub(crate) shop: ShopId,
    pub(crate) program: ProgramId,
    pub(crate) pool: PoolId,
}

pub(crate) fn sek() -> Currency {
    "SEK".parse().expect("a currency")
}

fn money(minor: i64) -> Money {
    Money::new(minor, sek())
}

impl Rule {
    fn made(&self, place: &Place, is_friend: bool) -> RewardRule {
        let flat = |amount: i64| Value::Flat { value: Amount::from(money(amount)) };
        let (kind, base) = match self.gives {
            Gives::Fixed(amount) | Gives::Counted(amount) | Gives::EverySecond(amount) => (Kind::Fixed, flat(amount)),
            Gives::Cash(amount) => (Kind::Cash, flat(amount)),
            Gives::Share(percent) => {
                let percent = percent.parse().expect("a percentage");
                (
                    if is_friend { Kind::Percent } else { Kind::StoreCredit },
                    Value::Share { percent, floor: None, ceiling: None },
                )
            }
            Gives::Points(pieces) => (Kind::Points, Value::Flat { value: points(pieces) }),
        };
        let fulfilment = match self.gives {
            Gives::Share(_) if is_friend => Fulfilment::CodeAtCheckout,
            _ if self.from_pool => Fulfilment::CouponPool { pool: place.pool },
            _ => Fulfilment::Manual,
        };
        let mut rule = RewardRule::plain(kind, base.clone(), fulfilment);
        match self.gives {
            Gives::Counted(amount) => rule.worth.by_count = vec![CountStep { from: 3, worth: flat(2 * amount) }],
            Gives::EverySecond(_) => rule.worth.every = Some(2),
            _ => {}
        }
        let unit = if let Gives::Points(_) = self.gives { points(0) } else { Amount::from(money(0)) };
        for (period, count, value) in &self.cap {
            let limit = Some(Limit { count: *count, value: value.map(|minor| unit.with_minor(minor)) });
            match period {
                Period::Day => rule.cap.day = limit,
                Period::Month | Period::Week => rule.cap.month = limit,
                Period::Total => rule.cap.lifetime = limit,
            }
        }
        rule.when.orders = self.orders;
        rule.hold_days = self.hold_days;
        rule.expires_days = self.expires_days;
        let Cap { .. } = rule.cap;
        rule
    }
}

fn points(pieces: i64) -> Amount {
    Amount::new(pieces, "points".parse::<shared::domain::amount::Unit>().expect("a unit"))
}

impl Rules {
    /// One version of it.
    pub(crate) fn made(&self, place: &Place, version: u32, at: Timestamp) -> Program {
        let rules = |rules: &[Rule], is_friend| rules.iter().map(|rule| rule.made(place, is_friend)).collect();
        Program {
            id: place.program,
            version,
            version_at: at,
            merchant: place.merchant,
            shop: place.shop,
            name: "Give some, get some".into(),
            destination: "https://shop.example/".into(),
            window_days: 30,
            hold_days: self.hold_days,
            hold_from: self.hold_from,
            state: ProgramState::Active,
            starts_at: None,
            ends_at: None,
            time_zone: "Europe/Stockholm".into(),
            qualify: Qualify {
                new_customers_only: self.new_customers_only,
                when: Conditions { minimum_order: self.minimum.then(|| money(30_000)), ..Conditions::default() },
            },
            rewards: Rewards { friend: rules(&self.friend, true), advocate: rules(&self.advocate, false) },
            stacking: Stacking::Combinable,
            budget: self.budget.map(|(minor, period)| Budget { value: Amount::from(money(minor)), period }),
            clawback: match self.clawback {
                Taken::Offset => Clawback::Offset,
                Taken::Floor(minor) => Clawback::NegativeBalance { floor: money(minor) },
                Taken::WriteOff => Clawback::WriteOff,
            },
            review: Review {
                flag_at: self.review.0,
                reject_at: self.review.1,
                velocity_per_day: self.velocity,
                codes_without_click_per_day: self.without_click,
            },
            codes_on_subscriptions: true,
            mails: Mails::default(),
            created_at: at,
        }
    }
}

fn cap() -> impl Strategy<Value = Vec<(Period, Option<u32>, Option<i64>)>> {
    let period = select(vec![Period::Day, Period::Month, Period::Total]);
    let limit = prop_oneof![
        (1_u32..3).prop_map(|count| (Some(count), None)),
        (80_i64..300).prop_map(|value| (None, Some(value * 100))),
        (1_u32..4, 80_i64..300).prop_map(|(count, value)| (Some(count), Some(value * 100))),
    ];
    let caps = prop::collection::vec((period, limit), 1..3);
    caps.prop_map(|caps| caps.into_iter().map(|(period, (count, value))| (period, count, value)).collect())
}

fn rule(plain: bool, is_friend: bool) -> impl Strategy<Value = Rule> {
    let gives = if is_friend {
        prop_oneof![Just(Gives::Share("10")), Just(Gives::Fixed(4000))].boxed()
    } else if plain {
        prop_oneof![
            Just(Gives::Fixed(10_000)),
            Just(Gives::Share("12.5")),
            Just(Gives::Cash(6000)),
            Just(Gives::Points(500)),
        ]
        .boxed()
    } else {
        prop_oneof![
            4 => Just(Gives::Fixed(10_000)),
            3 => Just(Gives::Share("12.5")),
            2 => Just(Gives::Cash(6000)),
            1 => Just(Gives::Points(500)),
            1 => Just(Gives::Counted(5000)),
            1 => Just(Gives::EverySecond(9000)),
        ]
        .boxed()
    };
    let cap = if plain { Just(Vec::new()).boxed() } else { prop_oneof![Just(Vec::new()), cap()].boxed() };
    (
        gives,
        cap,
        prop::option::weighted(0.3, select(vec![Orders::First, Orders::Every])),
        prop::option::weighted(0.2, 0_u32..4),
        prop::option::weighted(0.4, 1_u32..6),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(gives, cap, orders, hold_days, expires_days, from_pool)| {
            let from_pool = from_pool && matches!(gives, Gives::Fixed(_) | Gives::Counted(_));
            Rule { gives, cap, orders, hold_days, expires_days, from_pool }
        })
}

fn seldom<T: Clone + std::fmt::Debug + 'static>(
    probability: f64,
    some: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    if probability == 0.0 { Just(None).boxed() } else { prop::option::weighted(probability, some).boxed() }
}

/// Any program; a plain one has nothing that orders share.
pub(crate) fn rules(plain: bool) -> impl Strategy<Value = Rules> {
    let budget = seldom(
        if plain { 0.0 } else { 0.4 },
        (
            (50_i64..500).prop_map(|value| value * 100),
            select(vec![Period::Day, Period::Week, Period::Month, Period::Total]),
        ),
    );
    let clawback = if plain {
        Just(Taken::WriteOff).boxed()
    } else {
        prop_oneof![3 => Just(Taken::Offset), 2 => (0_i64..150).prop_map(|floor| Taken::Floor(floor * 100)), 1 => Just(Taken::WriteOff)]
            .boxed()
    };
    let odd = if plain { 0.0 } else { 0.2 };
    (
        (any::<bool>(), any::<bool>()),
        prop_oneof![Just(0_u32), 1_u32..5],
        select(vec![HoldFrom::Paid, HoldFrom::Paid, HoldFrom::Fulfilled, HoldFrom::Delivered]),
        prop::collection::vec(rule(plain, false), 1..3),
        prop::collection::vec(rule(plain, true), 0..2),
        budget,
        clawback,
        select(vec![(50, 100), (30, 100), (50, 61)]),
        (seldom(odd, 1_u32..3), seldom(odd, 1_u32..3)),
    )
        .prop_map(|(asks, hold_days, hold_from, advocate, friend, budget, clawback, review, odd)| Rules {
            new_customers_only: asks.0,
            minimum: asks.1,
            hold_days,
            hold_from,
            advocate,
            friend,
            budget,
            clawback,
            review,
            velocity: odd.0,
            without_click: odd.1,
        })
}
