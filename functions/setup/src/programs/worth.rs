//! Reading what a rule is worth: its value, and the steps and seasons that change it.

use jiff::civil::DateTime;
use shared::domain::program::{CountStep, PriceStep, Season, TierStep, Worth};
use shared::http::Fields;

use super::MAX_ENTRIES;
use super::amounts::money;
use super::noted::Given;
use super::values::Values;

/// How a season's times are written: no offset, because they go by the merchant's clock.
const LOCAL_TIME: &str = "%Y-%m-%dT%H:%M:%S";

impl<'a> Values<'a, '_> {
    /// What the rule is worth, and in what.
    pub(super) fn read(mut self, rule: &Fields<'a>) -> (Option<Worth>, Option<Given>) {
        let base = self.base(rule);
        let by_count = self.by_count(rule);
        let by_tier = self.by_tier(rule);
        let by_price = self.by_price(rule);
        let seasons = self.seasons(rule);
        let every = rule.get("every").and_then(|every| every.whole(2..=1000));
        let given = self.given(base.as_ref());
        (base.map(|base| Worth { base, by_count, by_tier, by_price, seasons, every }), given)
    }

    fn by_count(&mut self, rule: &Fields<'a>) -> Vec<CountStep> {
        let mut before = 0;
        let mut steps = Vec::new();
        for step in entries(rule, "by_count", &["from", "value", "percent", "floor", "ceiling"]) {
            let from = step.required("from").and_then(|from| {
                let count = from.whole(1..=100_000)?;
                from.unless(count > before, "must be more than the step before");
                before = count;
                Some(count)
            });
            steps.extend(from.zip(self.value(&step)).map(|(from, worth)| CountStep { from, worth }));
        }
        steps
    }

    fn by_tier(&mut self, rule: &Fields<'a>) -> Vec<TierStep> {
        let mut steps: Vec<TierStep> = Vec::new();
        let mut seen = Vec::new();
        for step in entries(rule, "by_loyalty_tier", &["tier", "value", "percent", "floor", "ceiling"]) {
            let tier = step.required("tier").and_then(|field| {
                let tier = field.line(100)?;
                field.unless(!seen.contains(&tier), "must be named once");
                seen.push(tier);
                Some(tier.to_owned())
            });
            steps.extend(tier.zip(self.value(&step)).map(|(tier, worth)| TierStep { tier, worth }));
        }
        steps
    }

    fn by_price(&mut self, rule: &Fields<'a>) -> Vec<PriceStep> {
        let mut before = 0;
        let mut steps = Vec::new();
        for step in entries(rule, "by_order_value", &["from", "value", "percent", "floor", "ceiling"]) {
            let from = step.required("from").and_then(|field| {
                let from = money(&field)?;
                field.unless(from.minor() > before, "must be more than the step before");
                before = from.minor();
                self.noted.limit(&field, from);
                Some(from)
            });
            steps.extend(from.zip(self.value(&step)).map(|(from, worth)| PriceStep { from, worth }));
        }
        steps
    }

    fn seasons(&mut self, rule: &Fields<'a>) -> Vec<Season> {
        let mut seasons: Vec<Season> = Vec::new();
        for season in entries(rule, "seasons", &["starts_at", "ends_at", "value", "percent", "floor", "ceiling"]) {
            let time = |name| {
                let field = season.required(name)?;
                let read = field.text().and_then(|text| DateTime::strptime(LOCAL_TIME, text).ok());
                field.unless(read.is_some(), "must be a time without offset, such as \"2026-11-27T00:00:00\"");
                read
            };
            let (starts_at, ends_at) = (time("starts_at"), time("ends_at"));
            let worth = self.value(&season);
            let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at) else { continue };
            season.unless(starts_at < ends_at, "ends_at", "must be after starts_at");
            let apart = |other: &Season| ends_at <= other.starts_at || other.ends_at <= starts_at;
            season.unless(seasons.iter().all(apart), "starts_at", "must not overlap with a season before it");
            seasons.extend(worth.map(|worth| Season { starts_at, ends_at, worth }));
        }
        seasons
    }
}

/// The entries of a list of objects.
fn entries<'a>(rule: &Fields<'a>, name: &str, known: &'static [&'static str]) -> Vec<Fields<'a>> {
    let list = rule.get(name).and_then(|list| list.list(MAX_ENTRIES)).unwrap_or_default();
    list.iter().filter_map(|entry| entry.fields(known)).collect()
}
