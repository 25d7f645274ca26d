//! The shop's side: how its orders stand, and the message that each change makes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use shared::domain::order::{
    Coupon, Evidence, Facts, Learnt, OrderEvent, OrderRef, Pieces, PlatformId, Refund, Snapshot,
};
use shared::domain::person::Mark;

use crate::world::{World, ago, buyer, code, contact, snapshot};

/// An order as the shop has it.
#[derive(Clone, Debug)]
struct Standing {
    snapshot: Snapshot,
    buyer: u8,
    codes: Vec<Evidence>,
    paid_at: Option<Timestamp>,
}

/// The shop.
#[derive(Default)]
pub(crate) struct Shop {
    orders: BTreeMap<u8, Standing>,
    /// Every message, told or lost.
    pub(crate) messages: Vec<OrderEvent>,
    /// Orders whose time, buyer or currency was corrected.
    pub(crate) corrected: BTreeSet<OrderRef>,
}

impl Shop {
    /// An order is placed, some hours ago at most; placed already, it is told of again.
    pub(crate) fn order(
        &mut self,
        world: &World,
        number: u8,
        by: u8,
        codes: &[u8],
        net: i64,
        paid: bool,
    ) -> OrderEvent {
        let now = world.now();
        let placed_at = ago(now, i64::from(number % 3));
        let fresh = Standing {
            snapshot: snapshot(now, placed_at, net),
            buyer: by,
            codes: coupons(codes),
            paid_at: paid.then_some(now),
        };
        self.orders.entry(number).or_insert(fresh);
        self.told(world, number)
    }

    pub(crate) fn pay(&mut self, world: &World, number: u8) -> Option<OrderEvent> {
        let order = self.orders.get_mut(&number)?;
        order.paid_at = order.paid_at.or(Some(world.now()));
        Some(self.told(world, number))
    }

    pub(crate) fn edit(&mut self, world: &World, number: u8, change: impl FnOnce(&mut Snapshot)) -> Option<OrderEvent> {
        change(&mut self.orders.get_mut(&number)?.snapshot);
        Some(self.told(world, number))
    }

    pub(crate) fn recode(&mut self, world: &World, number: u8, codes: &[u8]) -> Option<OrderEvent> {
        self.orders.get_mut(&number)?.codes = coupons(codes);
        Some(self.told(world, number))
    }

    pub(crate) fn correct_buyer(&mut self, world: &World, number: u8, by: u8) -> Option<OrderEvent> {
        self.orders.get_mut(&number)?.buyer = by;
        Some(self.told(world, number))
    }

    /// So much of the goods goes back; also of an order that nobody has told us of.
    pub(crate) fn refund(&mut self, world: &World, number: u8, id: u8, percent: u32, effective: bool) -> OrderEvent {
        let net = self.orders.get(&number).map_or(50_000, |order| order.snapshot.net);
        let refund = Refund { effective, ..Refund::of_goods(world.now(), net * i64::from(percent) / 100) };
        let facts = Facts { refunds: [(platform_id(&format!("r{id}")), refund)].into(), ..Facts::default() };
        self.message(world, number, facts)
    }

    pub(crate) fn chargeback(&mut self, world: &World, number: u8, on: bool) -> OrderEvent {
        let facts = Facts { charged_back: Some(Learnt { as_of: world.now(), value: on }), ..Facts::default() };
        self.message(world, number, facts)
    }

    pub(crate) fn arrive(&mut self, world: &World, number: u8, delivered: bool) -> OrderEvent {
        let at = Some(world.now());
        let facts = if delivered {
            Facts { delivered_at: at, ..Facts::default() }
        } else {
            Facts { fulfilled_at: at, ..Facts::default() }
        };
        self.message(world, number, facts)
    }

    /// The order as it stands now.
    fn told(&mut self, world: &World, number: u8) -> OrderEvent {
        let order = self.orders.get_mut(&number).expect("an order");
        let now = world.now();
        // Of two messages from one moment the later one is newer.
        order.snapshot.coupons = order.codes.iter().filter_map(|code| taken_off(code, order.snapshot.net)).collect();
        order.snapshot.updated_at = now.max(order.snapshot.updated_at + SignedDuration::from_millis(1));
        let (by_email, by_customer_id, phone) = buyer(order.buyer);
        let learnt = |value| Learnt { as_of: now, value };
        let facts = Facts {
            snapshot: Some(order.snapshot.clone()),
            by_email: Some(learnt(by_email)),
            by_customer_id: by_customer_id.map(learnt),
            marks: phone.map(|value| (Mark::Phone, Learnt { as_of: now, value })).into_iter().collect(),
            evidence: Pieces::told(order.snapshot.updated_at, order.codes.clone()),
            paid_at: order.paid_at,
            ..Facts::default()
        };
        self.message(world, number, facts.described(true))
    }

    fn message(&mut self, world: &World, number: u8, facts: Facts) -> OrderEvent {
        let contact = self.orders.get(&number).map(|order| contact(order.buyer));
        let event = OrderEvent { order: world.order(number), facts, contact, customer_id: None };
        self.messages.push(event.clone());
        event
    }
}

/// In the order of entry.
fn coupons(codes: &[u8]) -> Vec<Evidence> {
    codes.iter().map(|number| Evidence::Coupon(code(*number))).collect()
}

/// What the shop says of a code: it took off a tenth of what there was, or, of every second one, only that it was used.
fn taken_off(code: &Evidence, net: i64) -> Option<Coupon> {
    let Evidence::Coupon(code) = code else { return None };
    let is_told = code.as_str().bytes().map(u32::from).sum::<u32>() % 2 == 0;
    if is_told { Coupon::new(code.as_str(), net / 9) } else { Coupon::untold(code.as_str()) }
}

pub(crate) fn platform_id(text: &str) -> PlatformId {
    text.parse().expect("an id")
}
