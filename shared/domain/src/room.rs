//! What limits leave for one order: how much of the advocate's caps and of the program's budget *other* orders have
//! taken, and what this order holds already. Read before a decision and stored with it, so that the decision can be
//! replayed; that it still holds when the decision is written is a condition of the write.
//!
//! Places go to whoever is settled first. What an order once holds it keeps, also when a limit is lowered later: a
//! reward that was announced is not taken back for somebody else's sake.

use serde::{Deserialize, Serialize};

use super::program::Period;

/// What is left for one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// This is the advocate's so-manieth referral in the program; known where a rule asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    /// Rules with a cap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleRoom>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetRoom>,
    /// Other orders by this advocate on the same day; known where the program asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Today>,
    /// Orders by this advocate that were placed in the 24 hours before this one, as far as they are counted; known of
    /// orders that would be credited, where the program sets no number of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lately: Option<u32>,
    /// The advocate bought by a link of the buyer's before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub each_other: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What one capped rule has given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRoom {
    /// The rule's number.
    pub number: u8,
    /// What this order's reward has been granted; `None`: nothing, so it needs a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<i64>,
    /// What others have, per period of the cap.
    pub used: Vec<Used>,
}

/// What others have of a cap in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub period: Period,
    pub count: u32,
    pub minor: i64,
}

/// What a budget leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetRoom {
    /// The period's name, e.g. `2026-11`.
    pub period: String,
    /// What is left for new grants.
    pub left: i64,
    /// What this order holds of it.
    pub held: i64,
    /// It ran out in this period: nothing new until the next one, or until the merchant raises it.
    pub paused: bool,
}

/// What came by an advocate on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    pub referrals: u32,
    /// Of these, by a code at the checkout without any click.
    pub without_click: u32,
}

impl Room {
    /// What there is for a capped rule.
    pub fn of(&self, number: u8) -> Option<&RuleRoom> {
        self.rules.iter().find(|rule| rule.number == number)
    }
}
