//! What is compared across a whole program once all of it was read, and what must be looked up.

use shared::domain::amount::Unit;
use shared::domain::id::{EndpointId, PoolId};
use shared::domain::money::{Currency, Money};
use shared::domain::platform::Platform;
use shared::domain::program::Side;
use shared::http::{Fault, Field};

/// What a rule gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// The unit of its flat values, if it has any.
    pub(super) unit: Option<Unit>,
    /// It can come to a share of the order, in the order's currency.
    pub(super) has_share: bool,
}

/// Things that a program names and that must be this merchant's, each with the fault if it is not.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) pools: Vec<(PoolId, Fault)>,
    pub(super) endpoints: Vec<(EndpointId, Fault)>,
}

/// Noted while reading.
#[derive(Default)]
pub(super) struct Noted<'a> {
    limits: Vec<(Field<'a>, Currency)>,
    given: Vec<(Side, Option<Given>)>,
    pub(super) wanted: Wanted,
    /// The shop's platform is known, and takes no codes of ours.
    pub(super) has_no_codes: bool,
}

impl<'a> Noted<'a> {
    /// Nothing yet. `platform`: the shop's, if that could be told.
    pub(super) fn of(platform: Option<Platform>) -> Self {
        Self { has_no_codes: platform.is_some_and(|platform| !platform.makes_codes()), ..Self::default() }
    }

    /// Money that an order's money is compared with.
    pub(super) fn limit(&mut self, field: &Field<'a>, money: Money) {
        self.limits.push((field.clone(), money.currency()));
    }

    /// What a rule gives; `None`: that could not be read.
    pub(super) fn gives(&mut self, side: Side, given: Option<Given>) {
        self.given.push((side, given));
    }

    /// Orders are compared with the limits, so the limits must be in one currency.
    pub(super) fn check_currency(&self) {
        let Some((_, currency)) = self.limits.first() else { return };
        for (field, other) in &self.limits {
            field.unless(other == currency, format!("must be in {currency} like the program's other limits"));
        }
    }

    /// Whether some rule of the side (`None`: of any) gives this unit, as far as can be told.
    pub(super) fn is_given(&self, side: Option<Side>, unit: &Unit) -> bool {
        let limit = self.limits.first().map(|(_, currency)| Unit::from(*currency));
        let is_share = matches!(unit, Unit::Currency(_)) && limit.is_none_or(|limit| limit == *unit);
        let fits = |given: &Option<Given>| {
            given.as_ref().is_none_or(|given| given.unit.as_ref() == Some(unit) || (given.has_share && is_share))
        };
        let mut rules = self.given.iter().filter(|(of, _)| side.is_none_or(|side| side == *of));
        self.given.is_empty() || rules.any(|(_, given)| fits(given))
    }
}
