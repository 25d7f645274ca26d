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
            (&[Some(6_000), Some(4_000)][..], 10_000, vec![6_000, 4_000], None),
            // Rounding.
            (&[Some(33_334), Some(33_334), Some(33_334)], 100_000, vec![33_334, 33_333, 33_333], None),
            (&[Some(33_333), Some(33_333), Some(33_333)], 100_000, vec![33_334, 33_333, 33_333], None),
            // A discount, and a surcharge, on the whole order.
            (&[Some(15_000), Some(5_000)], 18_000, vec![13_500, 4_500], noted("200.00", "180.00")),
            (&[Some(15_000), Some(5_000)], 22_000, vec![16_500, 5_500], noted("200.00", "220.00")),
            // One in a hundred is not worth a line.
            (&[Some(10_100)], 10_000, vec![10_000], None),
            (&[Some(10_101)], 10_000, vec![10_000], noted("101.01", "100.00")),
            // Called off: there is nothing left to share.
            (&[Some(15_000), Some(5_000)], 0, vec![0, 0], noted("200.00", "0.00")),
            // Not all lines have a net.
            (&[Some(6_000), None], 10_000, vec![6_000, 0], None),
            (&[Some(12_000), None], 10_000, vec![10_000, 0], noted("120.00", "100.00")),
            (&[None, None], 10_000, vec![0, 0], None),
            (&[Some(0)], 10_000, vec![0], None),
            (&[], 10_000, vec![], None),
        ] {
            assert_eq!(spread_of(lines, net), (expected, notes), "{lines:?} of {net}");
        }
    }
}
