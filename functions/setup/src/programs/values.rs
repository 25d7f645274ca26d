//! Reading a value as a rule's kind demands it: a flat amount in the right unit, or a percentage with its bounds.

use shared::domain::amount::{Amount, Unit};
use shared::domain::money::Percent;
use shared::domain::program::{Kind, POINTS, SHIPMENT, Value, product_unit};
use shared::http::{Field, Fields};

use super::amounts::{amount, money};
use super::noted::{Given, Noted};

/// In which units a kind may give a flat value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Flat {
    None,
    Money,
    This(Unit),
    /// A unit that the merchant named.
    Own,
    /// The kind could not be read.
    Any,
}

/// Reads the values of one rule, which must go together.
pub(super) struct Values<'a, 'n> {
    kind: Option<Kind>,
    flat: Flat,
    share: bool,
    flats: Vec<(Field<'a>, Amount)>,
    has_share: bool,
    pub(super) noted: &'n mut Noted<'a>,
}

impl<'a, 'n> Values<'a, 'n> {
    /// For a rule of this kind; `None`: it could not be read, so anything goes.
    pub(super) fn new(kind: Option<Kind>, rule: &Fields<'a>, noted: &'n mut Noted<'a>) -> Self {
        let this = |unit: Option<Unit>| unit.map_or(Flat::Any, Flat::This);
        let (flat, share) = match kind {
            None => (Flat::Any, true),
            Some(Kind::Percent) => (Flat::None, true),
            Some(Kind::Fixed) => (Flat::Money, false),
            Some(Kind::StoreCredit | Kind::GiftCard | Kind::Cash) => (Flat::Money, true),
            Some(Kind::Points) => (this(POINTS.parse().ok()), false),
            Some(Kind::Custom) => (Flat::Own, false),
            Some(Kind::FreeProduct) => (this(product(rule)), false),
            Some(Kind::FreeShipping) => (this(SHIPMENT.parse().ok()), false),
        };
        Self { kind, flat, share, flats: Vec::new(), has_share: false, noted }
    }

    /// What the rule gives, once all of its values were read: they must be in one unit.
    pub(super) fn given(self, base: Option<&Value>) -> Option<Given> {
        let first = || self.flats.first().map(|(_, value)| value.unit().clone());
        let unit = match base {
            Some(Value::Flat { value }) => Some(value.unit().clone()),
            _ => first(),
        };
        for (field, value) in &self.flats {
            let allowed = unit.as_ref().map(|unit| format!("must be in {unit} like the rule's other values"));
            field.unless(unit.as_ref() == Some(value.unit()), allowed.unwrap_or_default());
            // Beside a percentage, which comes to the order's currency, the order must be in this one.
            if let Some(money) = value.money().filter(|_| self.has_share) {
                self.noted.limit(field, money);
            }
        }
        base.map(|_| Given { unit, has_share: self.has_share })
    }

    /// The value that the rule has by itself.
    pub(super) fn base(&mut self, rule: &Fields<'a>) -> Option<Value> {
        let only = |name| rule.unless(rule.get(name).is_none(), name, format!("only a \"free_product\" has a {name}"));
        match self.kind {
            Some(Kind::FreeProduct) => {
                self.no_value(rule, "has a sku");
                let quantity = rule.get("quantity").map_or(Some(1), |quantity| quantity.whole(1..=1000));
                let Flat::This(unit) = &self.flat else { return None };
                Some(Value::Flat { value: Amount::new(i64::from(quantity?), unit.clone()) })
            }
            Some(Kind::FreeShipping) => {
                self.no_value(rule, "is one shipment");
                ["sku", "quantity"].into_iter().for_each(only);
                let Flat::This(unit) = &self.flat else { return None };
                Some(Value::Flat { value: Amount::new(1, unit.clone()) })
            }
            Some(_) => {
                ["sku", "quantity"].into_iter().for_each(only);
                self.value(rule)
            }
            None => self.value(rule),
        }
    }

    fn no_value(&self, rule: &Fields<'_>, instead: &str) {
        for name in ["value", "percent", "floor", "ceiling"] {
            rule.unless(rule.get(name).is_none(), name, format!("{} {instead}, and no {name}", self.named()));
        }
    }

    fn named(&self) -> String {
        self.kind.map_or_else(|| "this reward".to_owned(), |kind| format!("a \"{kind}\" reward"))
    }

    /// A value of the rule itself or of one of its steps.
    pub(super) fn value(&mut self, at: &Fields<'a>) -> Option<Value> {
        let share = self.share_of(at);
        let (value, percent) = (at.get("value"), at.get("percent"));
        match (&value, &percent) {
            (Some(value), _) if self.flat == Flat::None => {
                value.unless(false, format!("{} has a percent, and no value", self.named()));
                None
            }
            (_, Some(percent)) if !self.share => {
                percent.unless(false, format!("{} has a value, and no percent", self.named()));
                None
            }
            (Some(_), Some(percent)) => {
                percent.unless(false, "must be left out where there is a value");
                None
            }
            (Some(field), None) => {
                let value = amount(field).filter(|value| self.fits(field, value))?;
                self.flats.push((field.clone(), value.clone()));
                Some(Value::Flat { value })
            }
            (None, Some(_)) => {
                self.has_share = true;
                share
            }
            (None, None) => {
                let (name, allowed) = match (&self.flat, self.share) {
                    (Flat::None, _) => ("percent", "is required"),
                    (_, false) => ("value", "is required"),
                    (_, true) => ("value", "is required, or a percent"),
                };
                at.unless(false, name, allowed);
                None
            }
        }
    }

    fn fits(&self, field: &Field<'_>, value: &Amount) -> bool {
        let (fits, allowed) = match &self.flat {
            Flat::None | Flat::Any => return true,
            Flat::Money => (value.money().is_some(), format!("{} has a value in a currency", self.named())),
            Flat::Own => (value.money().is_none(), format!("{} has a value in a unit of your own", self.named())),
            Flat::This(unit) => (value.unit() == unit, format!("{} has a value in the unit \"{unit}\"", self.named())),
        };
        field.unless(fits, allowed);
        fits
    }

    /// A percentage with its bounds.
    fn share_of(&mut self, at: &Fields<'a>) -> Option<Value> {
        let mut bound = |name| {
            let field = at.get(name)?;
            field.unless(at.get("percent").is_some(), format!("only a percentage has a {name}"));
            let money = money(&field)?;
            self.noted.limit(&field, money);
            Some(money)
        };
        let (floor, ceiling) = (bound("floor"), bound("ceiling"));
        if let (Some(floor), Some(ceiling)) = (floor, ceiling) {
            let in_order = floor.currency() != ceiling.currency() || floor.minor() <= ceiling.minor();
            at.unless(in_order, "ceiling", "must not be less than the floor");
        }
        let percent = at.get("percent")?.parse::<Percent>()?;
        Some(Value::Share { percent, floor, ceiling })
    }
}

/// The unit in which pieces of the rule's product are counted.
fn product(rule: &Fields<'_>) -> Option<Unit> {
    let sku = rule.required("sku")?;
    let unit = product_unit(sku.text()?).filter(|unit| matches!(unit, Unit::Named(_)));
    sku.unless(unit.is_some(), "must be 1 to 36 letters, digits or _-.:");
    unit
}
