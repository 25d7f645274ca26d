//! Where an order is counted: where the click came from that speaks for the code it is credited to.

use super::Attempt;
use crate::domain::code::Code;
use crate::domain::order::Evidence;
use crate::domain::origin::Origin;

impl Attempt<'_> {
    /// As the strongest click token of this code says; the country of an order without one is its own. `None`: nothing is
    /// known.
    pub(super) fn origin(&self, code: &Code) -> Option<Origin> {
        let tokens = self.facts.evidence.ranked().into_iter().filter_map(|(evidence, _)| match evidence {
            Evidence::Click(token) | Evidence::Landing(token) => self.app.config.keys.verify_click(token),
            Evidence::Manual(_) | Evidence::Coupon(_) | Evidence::Code(_) => None,
        });
        let clicked = tokens.into_iter().find(|token| token.code == *code).map(|token| token.origin);
        let mut origin = clicked.unwrap_or_default();
        let told = self.facts.snapshot.as_ref().and_then(|order| order.country);
        origin.country = origin.country.or(told);
        (!origin.is_unknown()).then_some(origin)
    }
}
