//! Referrals and rewards as callers see them, wherever they are shown.

use serde_json::{Value, json};

use crate::domain::ledger::Booked;
use crate::domain::moment::moment;
use crate::domain::referral::{Referral, Reward};

/// A referral with its rewards.
pub fn referral(referral: &Referral) -> Value {
    json!({
        "id": referral.id,
        "state": referral.state,
        "program": referral.program,
        "program_version": referral.program_version,
        "advocate": referral.advocate,
        "code": referral.code,
        "order": {"shop": referral.order.shop, "id": referral.order.id},
        "rewards": referral.rewards.iter().map(|it| reward(referral, it)).collect::<Vec<_>>(),
        "created_at": referral.created_at,
        "updated_at": referral.updated_at,
    })
}

/// What stands where, in the reward's unit; accounts at zero are left out.
fn booked(reward: &Reward) -> Value {
    let Booked { reserved, liability, redeemed, clawback, written_off } = reward.booked;
    let accounts = [
        ("reserved", reserved),
        ("liability", liability),
        ("redeemed", redeemed),
        ("clawback", clawback),
        ("written_off", written_off),
    ];
    let standing = accounts.into_iter().filter(|(_, minor)| *minor != 0);
    standing.map(|(account, minor)| (account.to_owned(), json!(reward.value.unit().amount(minor)))).collect()
}

/// A reward but for who owns it, with the referral that it lives in.
pub fn reward(referral: &Referral, reward: &Reward) -> Value {
    json!({
        "id": reward.id,
        "side": reward.side,
        "kind": reward.kind,
        "value": reward.value,
        "basis": reward.basis,
        "shown": reward.shown,
        "state": reward.state,
        "fulfilment": reward.fulfilment.as_str(),
        "referral": referral.id,
        "program": referral.program,
        "advocate": referral.advocate,
        "order": {"shop": referral.order.shop, "id": referral.order.id},
        "coupon": reward.coupon,
        "problem": reward.problem.as_ref().map(|problem| json!({"detail": problem.detail, "at": problem.at})),
        "created_at": referral.created_at,
        "since": moment(referral.owed_since(reward)),
        "hold_until": reward.hold_until,
        "expires_at": reward.expires_at,
        "booked": booked(reward),
    })
}
