//! No order counts for more than its own total allows: lines told twice, or a discount that is a fee below zero, leave the
//! lines above what was paid.

use super::money::proportion;
use super::order::{Line, Snapshot};

impl Snapshot {
    /// The same order with no more goods than `allows`: what its own total leaves for goods, after discounts, without tax and
    /// shipping, in minor units. Its lines are cut in proportion. What they came to is kept for the trail, unless it is no
    /// more than rounding.
    #[must_use]
    pub fn within(self, allows: i64) -> Self {
        let allows = allows.max(0);
        let said = self.net;
        if said <= allows {
            return self;
        }
        let mut so_far = 0_i64;
        let mut cut = |line: Line| {
            let before = so_far;
            so_far = so_far.saturating_add(line.net).min(said);
            Line { net: proportion(so_far, allows, said) - proportion(before, allows, said), ..line }
        };
        // Each line is rounded for itself, and so is the total.
        let is_rounding = usize::try_from(said - allows).is_ok_and(|over| over <= self.lines.len());
        let lines = self.lines.into_iter().map(&mut cut).collect();
        Self { net: allows, lines, cut_from: (!is_rounding).then_some(said), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::paid_order;
    use super::*;

    fn order(nets: &[i64]) -> Snapshot {
        let line = |net: &i64| Line { id: None, sku: None, product: None, collections: Vec::new(), net: *net };
        let snapshot = paid_order("SEK").snapshot.expect("a snapshot");
        Snapshot { net: nets.iter().sum(), lines: nets.iter().map(line).collect(), ..snapshot }
    }

    fn nets(order: &Snapshot) -> Vec<i64> {
        order.lines.iter().map(|line| line.net).collect()
    }

    #[test]
    fn what_is_above_the_total_is_cut_in_proportion_and_said() {
        for (said, allows, net, lines, cut_from) in [
            (vec![30_000, 20_000], 50_000, 50_000, vec![30_000, 20_000], None),
            (vec![30_000, 20_000], 60_000, 50_000, vec![30_000, 20_000], None),
            (vec![30_000, 20_000], 30_000, 30_000, vec![18_000, 12_000], Some(50_000)),
            (vec![1, 1, 1], 2, 2, vec![1, 0, 1], None),
            (vec![100, 100, 100], 200, 200, vec![67, 66, 67], Some(300)),
            (vec![500, 500], 999, 999, vec![500, 499], None),
            (vec![500], 0, 0, vec![0], Some(500)),
            (vec![500], -10, 0, vec![0], Some(500)),
        ] {
            let cut = order(&said).within(allows);
            assert_eq!((cut.net, nets(&cut), cut.cut_from), (net, lines, cut_from), "{said:?} within {allows}");
            assert_eq!(cut.clone().within(allows), cut, "once is enough");
        }
    }

    #[test]
    fn an_order_that_names_no_lines_is_cut_too() {
        let cut = Snapshot { lines: Vec::new(), ..order(&[2_400]) }.within(1_200);
        assert_eq!((cut.net, cut.cut_from), (1_200, Some(2_400)));
    }
}
