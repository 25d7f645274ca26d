//! A program: the merchant's rules. Versions are immutable; an order is judged by the version in force when it was
//! placed, and every decision names the version it used.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{MerchantId, ProgramId, ShopId};
use super::money::{Currency, Money, Percent};

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
    /// How long after payment a reward waits for returns, in days; 0 approves at once.
    pub hold_days: u32,
    pub state: ProgramState,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub qualify: Qualify,
    pub rewards: Rewards,
    pub created_at: Timestamp,
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
#[serde(deny_unknown_fields)]
pub struct Qualify {
    #[serde(default)]
    pub new_customers_only: bool,
    /// Judged on the net amount after refunds.
    #[serde(default)]
    pub minimum_order: Option<Money>,
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

/// How a reward reaches its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    /// The friend's discount is the link's code itself.
    CodeAtCheckout,
    /// The merchant hands it out.
    Manual,
}

/// One rule of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "RuleWire")]
pub enum RewardRule {
    /// All or nothing: the value while the order qualifies.
    Fixed { value: Money, fulfilment: Fulfilment },
    /// A share of the qualifying net amount after refunds, between floor and ceiling.
    Percent { percent: Percent, floor: Option<Money>, ceiling: Option<Money>, fulfilment: Fulfilment },
}

/// A rule as written: flat, so that a fault can name its field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleWire {
    kind: RuleKind,
    value: Option<Money>,
    percent: Option<Percent>,
    floor: Option<Money>,
    ceiling: Option<Money>,
    fulfilment: Fulfilment,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RuleKind {
    Fixed,
    Percent,
}

impl TryFrom<RuleWire> for RewardRule {
    type Error = &'static str;

    fn try_from(wire: RuleWire) -> Result<Self, &'static str> {
        let RuleWire { kind, value, percent, floor, ceiling, fulfilment } = wire;
        match (kind, value, percent, floor, ceiling) {
            (RuleKind::Fixed, Some(value), None, None, None) => Ok(Self::Fixed { value, fulfilment }),
            (RuleKind::Fixed, ..) => Err("a \"fixed\" reward must have a value, and no percent, floor or ceiling"),
            (RuleKind::Percent, None, Some(percent), floor, ceiling) => {
                Ok(Self::Percent { percent, floor, ceiling, fulfilment })
            }
            (RuleKind::Percent, ..) => Err("a \"percent\" reward must have a percent, and no value"),
        }
    }
}

impl RewardRule {
    /// What the rule gives for this net amount.
    pub fn value(&self, net: Money) -> Money {
        match self {
            Self::Fixed { value, .. } => *value,
            Self::Percent { percent, floor, ceiling, .. } => {
                let share = percent.of(net.minor());
                let share = floor.map_or(share, |floor| share.max(floor.minor()));
                let share = ceiling.map_or(share, |ceiling| share.min(ceiling.minor()));
                Money::new(share, net.currency())
            }
        }
    }

    /// The rule's kind as written in the API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Fixed { .. } => "fixed",
            Self::Percent { .. } => "percent",
        }
    }

    /// How the reward reaches its owner.
    pub const fn fulfilment(&self) -> Fulfilment {
        match self {
            Self::Fixed { fulfilment, .. } | Self::Percent { fulfilment, .. } => *fulfilment,
        }
    }

    /// Amounts that an order's money is compared with, by field name.
    pub fn limits(&self) -> impl Iterator<Item = (&'static str, Money)> {
        let (floor, ceiling) = match self {
            Self::Fixed { .. } => (None, None),
            Self::Percent { floor, ceiling, .. } => (*floor, *ceiling),
        };
        floor.map(|money| ("floor", money)).into_iter().chain(ceiling.map(|money| ("ceiling", money)))
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
}

impl Program {
    /// The currency that an order must be in for the program's limits to be comparable; `None` when it has no limits.
    pub fn limit_currency(&self) -> Option<Currency> {
        let rules = self.rewards.advocate.iter().chain(&self.rewards.friend);
        let limits = rules.flat_map(RewardRule::limits).map(|(_, money)| money);
        self.qualify.minimum_order.into_iter().chain(limits).map(Money::currency).next()
    }

    /// Whether an order placed at this time can earn.
    pub fn is_active_at(&self, at: Timestamp) -> bool {
        self.state == ProgramState::Active
            && self.starts_at.is_none_or(|start| start <= at)
            && self.ends_at.is_none_or(|end| at < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_stays_between_floor_and_ceiling() {
        let sek = |amount: &str| Money::parse(amount, "SEK".parse().expect("a currency")).expect(amount);
        let rule = |floor, ceiling| RewardRule::Percent {
            percent: "10".parse().expect("a percentage"),
            floor,
            ceiling,
            fulfilment: Fulfilment::Manual,
        };
        assert_eq!(rule(None, None).value(sek("500.05")), sek("50.00"));
        assert_eq!(rule(Some(sek("60.00")), None).value(sek("500.00")), sek("60.00"));
        assert_eq!(rule(None, Some(sek("40.00"))).value(sek("500.00")), sek("40.00"));
        assert_eq!(rule(Some(sek("40.00")), Some(sek("60.00"))).value(sek("500.00")), sek("50.00"));
    }
}
