//! The same facts told to an empty database in another order, some of them twice, must come to the same money.
//!
//! Only for programs where nothing is shared between orders: caps, budgets and counts are first come first served, and so
//! is who makes good for whom, by design. And only for orders of which nothing was used that is not credited any more: a
//! use is kept with the reward that it was told of, and told of none, there is nothing to keep it with.

use std::collections::{BTreeMap, BTreeSet};

use proptest::test_runner::TestCaseError;
use shared::domain::decision::Outcome;
use shared::domain::id::RewardId;
use shared::domain::ledger::Booked;
use shared::domain::order::{OrderEvent, OrderRef};
use shared::settle::decision_of;

use crate::actions::Case;
use crate::books::Books;
use crate::run::Run;

/// What each reward comes to. One that is void equals one that never was.
type Money = BTreeMap<RewardId, (i64, i64, i64, i64)>;

/// Tells it all again.
pub(crate) async fn compare(first: &Run, case: &Case) -> Result<(), TestCaseError> {
    let mut second = Run::new(case).await?;
    second.world.pass(first.world.now().duration_since(second.world.now()));
    for event in shuffled(&first.delivered) {
        second.say(&event).await?;
    }
    second.rest().await?;
    let left_out = unclear(&first.books);
    let (one, other) = (money(&first.books, &left_out), money(&second.books, &left_out));
    if one == other {
        return Ok(());
    }
    let only = |money: &Money, other: &Money| {
        money.iter().filter(|(id, it)| other.get(*id) != Some(*it)).map(|it| format!("{it:?}")).collect::<Vec<_>>()
    };
    let outcomes = |books: &Books| {
        books.orders().map(|row| (row.order.id.to_string(), decision_of(row).sentence)).collect::<Vec<_>>()
    };
    Err(TestCaseError::fail(format!(
        "told in another order it comes to {:?} and not to {:?}\n  at first: {:?}\n  then:     {:?}",
        only(&other, &one),
        only(&one, &other),
        outcomes(&first.books),
        outcomes(&second.books)
    )))
}

/// Another order, the same for the same events: a stride through them, with every third told twice.
fn shuffled(events: &[OrderEvent]) -> Vec<OrderEvent> {
    let mut keyed: Vec<_> = (0_u64..)
        .zip(events)
        .map(|(number, event)| (number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23), event))
        .collect();
    let twice: Vec<_> = keyed.iter().step_by(3).map(|(key, event)| (key.rotate_left(31), *event)).collect();
    keyed.extend(twice);
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, event)| event.clone()).collect()
}

/// Orders with something that was used and is not credited.
fn unclear(books: &Books) -> BTreeSet<OrderRef> {
    let used = |booked: &Booked| booked.redeemed + booked.written_off > 0;
    let stands = |order: &OrderRef, id| {
        let row = books.order(order).filter(|row| row.referral == Some(id));
        row.is_some_and(|row| decision_of(row).outcome != Outcome::NotCredited)
    };
    let referrals = books.referrals().filter(|referral| !stands(&referral.order, referral.id));
    let referrals = referrals.filter(|referral| referral.rewards.iter().any(|reward| used(&reward.booked)));
    referrals.map(|referral| referral.order.clone()).collect()
}

fn money(books: &Books, left_out: &BTreeSet<OrderRef>) -> Money {
    let referrals = books.referrals().filter(|referral| !left_out.contains(&referral.order));
    let rewards = referrals.flat_map(|referral| &referral.rewards);
    let booked = rewards.map(|reward| {
        let Booked { reserved, liability, redeemed, written_off, .. } = reward.booked;
        (reward.id, (reserved, liability, redeemed, written_off))
    });
    booked.filter(|(_, it)| *it != (0, 0, 0, 0)).collect()
}
