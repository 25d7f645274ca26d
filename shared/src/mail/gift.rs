//! What a reward is called in a sentence: "100 kr", "10 % off", "a free product (CASE-1)". Said from the rule or from the
//! reward itself, so that it can't be another one.

use super::figures::Figures;
use super::language::{Argument, Language};
use crate::domain::amount::Amount;
use crate::domain::money::{Money, Percent};
use crate::domain::program::{Fulfilment, Kind, Side, Value};

/// What a phrase about a reward depends on, beside its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) side: Side,
    pub(super) kind: Kind,
    pub(super) fulfilment: Fulfilment,
}

/// Who speaks: a language, and how figures are written in it.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) language: Language,
    pub(super) figures: Figures,
}

impl Voice {
    pub(super) fn say(&self, key: &str, arguments: &[(&'static str, Argument<'_>)]) -> String {
        self.language.say(key, arguments)
    }

    /// A sentence whose form goes by a number, which it shows as `$figure`.
    pub(super) fn counted(&self, key: &str, count: i64, more: &[(&'static str, Argument<'_>)]) -> String {
        let mut arguments = vec![("count", Argument::Count(count)), ("figure", self.figures.number(count).into())];
        arguments.extend_from_slice(more);
        self.say(key, &arguments)
    }

    /// A reward of this value.
    pub(super) fn gift(&self, sort: Sort, value: &Amount) -> String {
        let written = self.figures.amount(value);
        match sort.kind {
            Kind::FreeProduct => {
                let sku = value.unit().as_str();
                let product = sku.strip_prefix("sku:").unwrap_or(sku);
                self.counted("gift-product", value.minor(), &[("product", product.into())])
            }
            Kind::FreeShipping => self.say("gift-shipping", &[]),
            Kind::StoreCredit => self.say("gift-credit", &[("value", written.into())]),
            Kind::GiftCard => self.say("gift-card", &[("value", written.into())]),
            Kind::Cash => self.say("gift-cash", &[("value", written.into())]),
            Kind::Points => self.counted("gift-points", value.minor(), &[]),
            Kind::Custom => {
                let figure = self.figures.number(value.minor());
                self.say("gift-custom", &[("figure", figure.into()), ("unit", value.unit().as_str().into())])
            }
            Kind::Percent | Kind::Fixed if is_discount(sort) => self.say("gift-discount", &[("value", written.into())]),
            Kind::Percent | Kind::Fixed => self.say("gift-money", &[("value", written.into())]),
        }
    }

    /// A reward as a rule promises it.
    pub(super) fn promise(&self, sort: Sort, value: &Value) -> String {
        match value {
            Value::Flat { value } => self.gift(sort, value),
            Value::Share { percent, floor, ceiling } => {
                let gift = self.share(sort, *percent);
                self.bounded(gift, *floor, *ceiling)
            }
        }
    }

    fn share(&self, sort: Sort, percent: Percent) -> String {
        let key = match sort.kind {
            Kind::StoreCredit => "gift-share-credit",
            Kind::GiftCard => "gift-share-card",
            Kind::Cash => "gift-share-cash",
            // The friend's own order is what it is a share of.
            _ if sort.side == Side::Friend && sort.fulfilment == Fulfilment::CodeAtCheckout => "gift-percent",
            _ => "gift-share",
        };
        // Before some numbers Italian's article is another one.
        let whole =
            String::from(percent).split('.').next().and_then(|whole| whole.parse::<i64>().ok()).unwrap_or_default();
        self.say(key, &[("percent", self.figures.percent(percent).into()), ("whole", whole.into())])
    }

    fn bounded(&self, gift: String, floor: Option<Money>, ceiling: Option<Money>) -> String {
        let [least, most] = [floor, ceiling].map(|bound| bound.map(|money| self.figures.money(money)));
        match (least, most) {
            (None, None) => gift,
            (Some(least), None) => self.say("gift-at-least", &[("gift", gift.into()), ("least", least.into())]),
            (None, Some(most)) => self.say("gift-at-most", &[("gift", gift.into()), ("most", most.into())]),
            (Some(least), Some(most)) => {
                self.say("gift-between", &[("gift", gift.into()), ("least", least.into()), ("most", most.into())])
            }
        }
    }
}

/// Money that only lowers a price.
const fn is_discount(sort: Sort) -> bool {
    match sort.fulfilment {
        Fulfilment::CodeAtCheckout => matches!(sort.side, Side::Friend),
        Fulfilment::CouponPool { .. } | Fulfilment::PlatformCode => true,
        Fulfilment::Webhook { .. } | Fulfilment::Manual => false,
    }
}
