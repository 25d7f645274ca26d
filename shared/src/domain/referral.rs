//! A referral and its rewards: `pending → approved`, or `void`. One item holds both, because they change together and
//! only ever through their order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::{AdvocateId, MerchantId, ProgramId, ReferralId, RewardId};
use super::ledger::Booked;
use super::money::Money;
use super::order::OrderRef;
use super::program::{Fulfilment, Side};

/// The life of a referral and of each of its rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for the hold to end.
    Pending,
    /// Owed.
    Approved,
    /// Taken back, or never granted: the order was cancelled, refunded, or is not credited any more.
    Void,
}

/// Something owed to one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    pub id: RewardId,
    pub side: Side,
    pub kind: String,
    pub fulfilment: Fulfilment,
    /// What it is worth now; of a void one, what it would have been worth without refunds.
    pub value: Money,
    pub state: State,
    pub hold_until: Timestamp,
    /// What the ledger says stands on this reward.
    pub booked: Booked,
    /// Its mail was put into the outbox; that happens once, however often it is approved.
    pub mailed: bool,
}

/// Advocate + friend + credited order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    pub id: ReferralId,
    pub merchant: MerchantId,
    pub program: ProgramId,
    pub program_version: u32,
    pub advocate: AdvocateId,
    pub code: Code,
    pub order: OrderRef,
    pub state: State,
    pub rewards: Vec<Reward>,
    /// How many ledger entries it has.
    pub entries: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Referral {
    /// When the next hold ends, if any reward still waits.
    pub fn due_at(&self) -> Option<Timestamp> {
        let waiting = self.rewards.iter().filter(|reward| reward.state == State::Pending);
        waiting.map(|reward| reward.hold_until).min()
    }
}
