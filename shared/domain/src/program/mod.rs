//! A program: the merchant's rules. Versions are immutable; an order is judged by the version in force when it was
//! placed, and every decision names the version it used.

mod checkout;
mod conditions;
mod limits;
mod mails;
mod rule;
mod value;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::conditions::{Conditions, Country, InvalidCountry, Orders, Products};
pub use self::limits::{Budget, Cap, Clawback, Limit, Period, Review, Stacking};
pub use self::mails::{Eligible, Invite, InviteOn, InviteTiming, Mails, Quiet};
pub use self::rule::{Fulfilment, HoldFrom, Kind, POINTS, RewardRule, SHIPMENT, product_unit};
pub use self::value::{Circumstances, CountStep, PriceStep, Season, TierStep, Value, Worth};
use super::amount::Amount;
use super::id::{MerchantId, ProgramId, ShopId};
use super::money::{Currency, Money};

/// One version of a program's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    pub id: ProgramId,
    /// 1 for the first; each change makes the next.
    pub version: u32,
    /// When this version came into force.
    pub version_at: Timestamp,
    pub merchant: MerchantId,
    pub shop: ShopId,
    pub name: String,
    /// Where links lead unless a link says otherwise: an absolute `https` URL on the shop's own domains.
    pub destination: String,
    /// How long after a click an order counts, in days.
    pub window_days: u32,
    /// How long a reward waits for returns, in days; 0 approves at once.
    pub hold_days: u32,
    /// From what on the hold counts.
    #[serde(default)]
    pub hold_from: HoldFrom,
    pub state: ProgramState,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// The merchant's IANA time zone when this version was made: seasons, days and months go by it.
    #[serde(default = "utc")]
    pub time_zone: String,
    pub qualify: Qualify,
    pub rewards: Rewards,
    #[serde(default)]
    pub stacking: Stacking,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    #[serde(default = "offset")]
    pub clawback: Clawback,
    #[serde(default)]
    pub review: Review,
    #[serde(default)]
    pub mails: Mails,
    /// Codes at the checkout also take off the first payment of a subscription.
    #[serde(default = "yes")]
    pub codes_on_subscriptions: bool,
    pub created_at: Timestamp,
}

const fn yes() -> bool {
    true
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn offset() -> Clawback {
    Clawback::Offset
}

/// Whether new orders can earn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramState {
    Active,
    Paused,
}

/// What an order must be to count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualify {
    #[serde(default)]
    pub new_customers_only: bool,
    #[serde(flatten)]
    pub when: Conditions,
}

/// What each side earns; a program may reward one side only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewards {
    #[serde(default)]
    pub friend: Vec<RewardRule>,
    #[serde(default)]
    pub advocate: Vec<RewardRule>,
}

/// Who a reward is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Advocate,
    Friend,
}

impl Side {
    /// Both, in the order in which rewards are numbered.
    pub const BOTH: [Self; 2] = [Self::Advocate, Self::Friend];

    /// As written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advocate => "advocate",
            Self::Friend => "friend",
        }
    }
}

impl Rewards {
    /// One side's rules.
    pub fn of(&self, side: Side) -> &[RewardRule] {
        match side {
            Side::Advocate => &self.advocate,
            Side::Friend => &self.friend,
        }
    }

    /// Every rule with its number (from 1) and its side.
    pub fn numbered(&self) -> impl Iterator<Item = (u8, Side, &RewardRule)> {
        let sides = Side::BOTH.into_iter().flat_map(|side| self.of(side).iter().map(move |rule| (side, rule)));
        sides.zip(1_u8..).map(|((side, rule), number)| (number, side, rule))
    }

    fn all(&self) -> impl Iterator<Item = &RewardRule> {
        self.advocate.iter().chain(&self.friend)
    }
}

impl Program {
    /// The currency that an order must be in for the program's limits to be comparable; `None` when it has no limits. What
    /// stands beside a percentage in one rule is a limit too, because a percentage is in the order's currency: caps, and
    /// amounts that the rule gives in other circumstances.
    pub fn limit_currency(&self) -> Option<Currency> {
        let minimums = self.rewards.all().filter_map(|rule| rule.when.minimum_order);
        let prices = self.rewards.all().flat_map(|rule| rule.worth.by_price.iter().map(|step| step.from));
        let limits =
            self.rewards.all().flat_map(|rule| rule.worth.all().flat_map(Value::limits)).map(|(_, money)| money);
        let beside = self.rewards.all().filter(|rule| rule.worth.has_share()).flat_map(RewardRule::amounts);
        let all = self.qualify.when.minimum_order.into_iter().chain(minimums).chain(prices).chain(limits);
        let all = all.chain(beside.filter_map(Amount::money));
        all.map(Money::currency).next()
    }

    /// Whether an order placed at this time can earn.
    pub fn is_active_at(&self, at: Timestamp) -> bool {
        self.state == ProgramState::Active
            && self.starts_at.is_none_or(|start| start <= at)
            && self.ends_at.is_none_or(|end| at < end)
    }

    /// A friend's later orders count too, if the first one came by the same advocate.
    pub fn is_recurring(&self) -> bool {
        self.rewards.all().any(|rule| rule.when.orders == Some(Orders::Every))
    }

    /// Which of the friend's orders a rule rewards.
    pub fn orders_of(&self, rule: &RewardRule) -> Orders {
        let default = if self.qualify.new_customers_only { Orders::First } else { Orders::Every };
        rule.when.orders.unwrap_or(default)
    }

    /// The rule that links' codes give friends at the checkout: a platform's code gives one thing, so it is the first.
    pub fn friend_code(&self) -> Option<&RewardRule> {
        self.rewards.friend.iter().find(|rule| rule.fulfilment == Fulfilment::CodeAtCheckout && rule.kind.can_be_code())
    }

    /// Whether it matters what the buyer ordered earlier.
    pub fn asks_history(&self) -> bool {
        self.qualify.new_customers_only || self.rewards.all().any(|rule| rule.when.asks_history())
    }

    /// Whether it matters how many the advocate has referred.
    pub fn asks_ordinal(&self) -> bool {
        self.rewards.all().any(|rule| rule.worth.asks_ordinal())
    }
}

#[cfg(test)]
mod tests;
