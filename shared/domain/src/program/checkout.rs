//! The code at the checkout: what it needs, in the platform's way of counting.
//!
//! A program's minimum is held against what an order is worth in the end: after discounts, without tax. Shopify,
//! WooCommerce and BigCommerce hold a code's minimum against the prices that the shopper sees, before discounts. So the
//! code asks for so much that whoever reaches it reaches the program's minimum too: a friend who gets the discount is then
//! never one for whom the advocate gets nothing.

use super::{Program, Value};
use crate::money::{Money, Percent};

impl Program {
    /// What goods at displayed prices must come to before the discount of a link's code, so that the rest without tax is
    /// the minimum that the program asks for. `tax`: what displayed prices contain, if they do. `None`: no minimum is
    /// asked for, or links have no code.
    pub fn displayed_minimum(&self, tax: Option<Percent>) -> Option<Money> {
        let rule = self.friend_code()?;
        let minimums = [self.qualify.when.minimum_order, rule.when.minimum_order].into_iter().flatten();
        let least = minimums.max_by_key(|least: &Money| least.minor())?;
        let before_discount = match &rule.worth.base {
            Value::Share { percent, .. } => percent.before_taking(least.minor()),
            Value::Flat { value } => match value.money().filter(|money| money.currency() == least.currency()) {
                Some(off) => least.minor().saturating_add(off.minor()),
                // Free shipping takes nothing off the goods.
                None => least.minor(),
            },
        };
        let displayed = tax.map_or(before_discount, |tax| tax.on_top_of(before_discount));
        Some(Money::new(displayed, least.currency()))
    }

    /// Whether links' codes are worth the same at the checkout under both versions, at the same times.
    pub fn has_same_code(&self, other: &Self) -> bool {
        self.friend_code() == other.friend_code()
            && self.name == other.name
            && self.state == other.state
            && (self.starts_at, self.ends_at) == (other.starts_at, other.ends_at)
            && self.qualify.when.minimum_order == other.qualify.when.minimum_order
            && self.codes_on_subscriptions == other.codes_on_subscriptions
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Fulfilment, Rewards};
    use super::*;
    use crate::samples;

    fn program(friend: &serde_json::Value, minimum: Option<i64>) -> Program {
        let sek = |minor| Money::new(minor, "SEK".parse().expect("a currency"));
        let mut program = samples::program("SEK");
        let rewards: Rewards = serde_json::from_value(json!({"friend": [friend], "advocate": []})).expect("rewards");
        assert_eq!(rewards.friend[0].fulfilment, Fulfilment::CodeAtCheckout);
        program.rewards = rewards;
        program.qualify.when.minimum_order = minimum.map(sek);
        program
    }

    #[test]
    fn repair_31_who_reaches_the_codes_minimum_reaches_the_programs() {
        let percent = |percent: &str| json!({"kind": "percent", "percent": percent, "fulfilment": "code_at_checkout"});
        let fixed =
            json!({"kind": "fixed", "value": {"amount": "80.00", "currency": "SEK"}, "fulfilment": "code_at_checkout"});
        let shipping = json!({"kind": "free_shipping", "fulfilment": "code_at_checkout"});
        let cases = [
            (percent("10"), Some(85_000), None, Some(94_445)),
            (percent("10"), Some(85_000), Some("25"), Some(118_057)),
            (percent("12.5"), Some(30_000), None, Some(34_286)),
            (percent("100"), Some(30_000), None, Some(30_000)),
            (fixed.clone(), Some(30_000), None, Some(38_000)),
            (fixed, Some(30_000), Some("25"), Some(47_500)),
            (shipping.clone(), Some(30_000), None, Some(30_000)),
            (shipping, Some(30_000), Some("25"), Some(37_500)),
            (percent("10"), None, Some("25"), None),
        ];
        for (friend, minimum, tax, expected) in cases {
            let tax = tax.map(|tax| tax.parse::<Percent>().expect("a percentage"));
            let program = program(&friend, minimum);
            let displayed = program.displayed_minimum(tax).map(Money::minor);
            assert_eq!(displayed, expected, "{friend} {minimum:?} {tax:?}");
        }
    }

    #[test]
    fn repair_31_a_cent_less_at_the_checkout_would_miss_the_minimum() {
        for (percent, least) in [("10", 85_000), ("33.3333", 29_999), ("0.5", 1), ("12.5", 30_000)] {
            let percent: Percent = percent.parse().expect("a percentage");
            let displayed = percent.before_taking(least);
            assert!(displayed - percent.of(displayed) >= least, "{percent} {least}");
            let less = displayed - 2;
            assert!(less - percent.of(less) < least, "{percent} {least}: no more than a rounding above");
        }
    }
}
