//! Key figures: what the counts mean, each with its definition. A figure that needs what the engine does not know is not
//! there, and says why; nothing is guessed.

mod definitions;
mod ratios;

use super::tally::{Count, Counts};

pub use definitions::numbers;
pub use ratios::ratios;

/// What a figure comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// So many.
    Count(i64),
    /// Minor units of the merchant's currency.
    Money(i64),
    /// A ratio of two counts or two amounts. The lower one is not zero.
    Ratio(i64, i64),
    /// Minor units per piece. The lower one is not zero.
    MoneyPer(i64, i64),
    /// It can't be said, because of this.
    Unknown(&'static str),
}

/// A named figure with its definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub name: String,
    pub value: Value,
    /// Printed beside the number, wherever it is shown.
    pub definition: &'static str,
}

/// The sums that figures are made of.
#[derive(Clone, Copy, Debug)]
pub struct Sums<'a> {
    /// Of the program, or of a part of it.
    pub program: &'a Counts,
    /// Of all orders of its shop in the same time. `None` where there is no such part of the shop: by channel, for example.
    pub shop: Option<&'a Counts>,
    /// Clicks and shares are among what was counted: not for single advocates.
    pub has_clicks: bool,
}

impl Sums<'_> {
    fn of(&self, count: Count) -> i64 {
        self.program.get(&count).copied().unwrap_or(0)
    }

    fn of_shop(&self, count: Count) -> Option<i64> {
        self.shop.map(|shop| shop.get(&count).copied().unwrap_or(0))
    }
}

/// All figures: what was counted, then what follows from it.
pub fn figures(sums: &Sums<'_>) -> Vec<Figure> {
    let mut figures = numbers(sums);
    figures.extend(ratios(sums));
    figures
}

#[cfg(test)]
mod tests;
