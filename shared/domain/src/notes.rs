//! What a trail says beside its rules: how the order was read, where that is not as it was told; and what of its
//! description was left out, or made to fit. A shop's small mistake must not cost an order, and must not go unnoticed.

use super::money::Money;
use super::order::Facts;

/// One sentence each, without personal data.
pub(super) fn notes(order: &Facts) -> Vec<String> {
    let Some(snapshot) = &order.snapshot else { return Vec::new() };
    let money = |minor| Money::new(minor, snapshot.currency);
    let cut = snapshot.cut_from.map(|said| {
        let net = money(snapshot.net);
        format!(
            "The lines come to {}, but the order's own total leaves {net} for goods: only that counts.",
            money(said)
        )
    });
    let waits = order.awaits_refund().then(|| {
        "The platform told of a refund without saying what it is for. It is asked for that; until then nothing is taken back or given."
            .to_owned()
    });
    let contradicted = order.contradicted.then(|| {
        format!(
            "The order was described in different ways for one moment, {:.3}: the description that knows of a \
             cancellation counts, else the one with the greater net.",
            snapshot.updated_at
        )
    });
    cut.into_iter().chain(waits).chain(contradicted).chain(order.notes().iter().cloned()).collect()
}

/// More lines than anybody reads; they are stored with the order.
const MOST: usize = 10;

/// What is to be told of a description. No line may hold what was sent: that could tell of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    lines: Vec<String>,
    more: usize,
}

impl Notes {
    /// A part of the description, by its JSON pointer, was left out.
    pub fn left_out(&mut self, pointer: &str, why: &str) {
        self.push(format!("{pointer} was left out: {why}"));
    }

    /// Adds a line; of many the first ones are kept, and the others counted.
    pub fn push(&mut self, line: String) {
        if self.lines.len() < MOST - 1 {
            self.lines.push(line);
        } else {
            self.more += 1;
        }
    }

    /// All lines, if there are any.
    pub fn finish(self) -> Option<Vec<String>> {
        let more = (self.more > 0).then(|| format!("and {} more of the kind", self.more));
        let lines: Vec<_> = self.lines.into_iter().chain(more).collect();
        (!lines.is_empty()).then_some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_lines_the_first_are_kept_and_the_others_counted() {
        let notes = |count: usize| {
            let mut notes = Notes::default();
            for n in 0..count {
                notes.left_out(&format!("/lines/{n}/sku"), "is empty");
            }
            notes.finish()
        };
        assert_eq!(notes(0), None);
        assert_eq!(notes(1), Some(vec!["/lines/0/sku was left out: is empty".to_owned()]));
        assert_eq!(notes(9).map(|lines| lines.len()), Some(9));
        let many = notes(200).expect("lines");
        assert_eq!((many.len(), many.last().map(String::as_str)), (10, Some("and 191 more of the kind")));
    }
}
