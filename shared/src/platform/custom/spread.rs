//! Lines are shares. What an order or a refund comes to is told once, as its net; lines say how it is shared among goods.
//! Where they come to something else, by rounding, or by a discount or surcharge on the whole order, the difference is
//! spread over them by their size.

use crate::domain::money::{Money, shares};
use crate::domain::notes::Notes;

/// What each line is of the net, in minor units. A line that was told without a net is none of it, and leaves open
/// what the others lack: then they are only made less, never more. A difference of more than 1 % is noted.
pub(super) fn spread(pointer: &str, lines: &[Option<i64>], net: Money, notes: &mut Notes) -> Vec<i64> {
    let told: Vec<i64> = lines.iter().map(|line| line.unwrap_or_default()).collect();
    let sum = told.iter().copied().fold(0, i64::saturating_add);
    let difference = sum.saturating_sub(net.minor());
    let is_open = difference < 0 && lines.iter().any(Option::is_none);
    if sum == 0 || difference == 0 || is_open {
        return told;
    }
    if difference.saturating_abs().saturating_mul(100) > net.minor() {
        let told = Money::new(sum, net.currency());
        notes.push(format!(
            "{pointer} come to {told}, not to the net of {net}: the difference was spread by their size"
        ));
    }
    shares(net.minor(), &told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread_of(lines: &[Option<i64>], net: i64) -> (Vec<i64>, Option<Vec<String>>) {
        let mut notes = Notes::default();
        let nets = spread("/lines", lines, Money::new(net, "SEK".parse().expect("a currency")), &mut notes);
        (nets, notes.finish())
    }

    #[test]
    fn lines_are_shares_of_the_net() {
        let noted = |sum: &str, net: &str| {
            let line = format!(
                "/lines come to {sum} SEK, not to the net of {net} SEK: the difference was spread by their size"
            );
            Some(vec![line])
        };
        for (lines, net, expected, notes) in [
            (&[Some(60_00), Some(40_00)][..], 100_00, vec![60_00, 40_00], None),
            // Rounding.
            (&[Some(333_34), Some(333_34), Some(333_34)], 1_000_00, vec![333_34, 333_33, 333_33], None),
            (&[Some(333_33), Some(333_33), Some(333_33)], 1_000_00, vec![333_34, 333_33, 333_33], None),
            // A discount, and a surcharge, on the whole order.
            (&[Some(150_00), Some(50_00)], 180_00, vec![135_00, 45_00], noted("200.00", "180.00")),
            (&[Some(150_00), Some(50_00)], 220_00, vec![165_00, 55_00], noted("200.00", "220.00")),
            // One in a hundred is not worth a line.
            (&[Some(101_00)], 100_00, vec![100_00], None),
            (&[Some(101_01)], 100_00, vec![100_00], noted("101.01", "100.00")),
            // Called off: there is nothing left to share.
            (&[Some(150_00), Some(50_00)], 0, vec![0, 0], noted("200.00", "0.00")),
            // Not all lines have a net.
            (&[Some(60_00), None], 100_00, vec![60_00, 0], None),
            (&[Some(120_00), None], 100_00, vec![100_00, 0], noted("120.00", "100.00")),
            (&[None, None], 100_00, vec![0, 0], None),
            (&[Some(0)], 100_00, vec![0], None),
            (&[], 100_00, vec![], None),
        ] {
            assert_eq!(spread_of(lines, net), (expected, notes), "{lines:?} of {net}");
        }
    }
}
