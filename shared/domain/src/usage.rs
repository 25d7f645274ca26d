//! What flows cost: how often each happened, by what is counted, times what one of them consumes, as measured, times a
//! price list. So it costs nothing to know, and is an estimate: what is not counted is not in it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::tally::{Count, Counts};

/// Prices in US dollars per million, by what is paid for.
type Prices = BTreeMap<String, Decimal>;

/// The price list with what flows consume: a file that is built in.
#[derive(Clone, Debug, Deserialize)]
pub struct PriceList {
    /// The day of the prices.
    pub date: String,
    pub source: String,
    pub regions: BTreeMap<String, Prices>,
    flows: BTreeMap<String, BTreeMap<String, Decimal>>,
}

const FILE: &str = include_str!("../prices/aws.json");

impl PriceList {
    /// The list that is built in.
    pub fn built_in() -> Option<Self> {
        serde_json::from_str(FILE).ok()
    }

    /// What one run of a flow consumes, by what is paid for.
    pub fn flow(&self, name: &str) -> Option<&BTreeMap<String, Decimal>> {
        self.flows.get(name)
    }
}

/// A flow, how often it ran, what it consumed, and the price of that in US dollars where the region is in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    pub flow: String,
    /// What was counted for it.
    pub counted_as: &'static str,
    pub runs: i64,
    pub consumed: BTreeMap<String, Decimal>,
    pub dollars: Option<Decimal>,
}

/// Flows and what counts as a run of each.
const FLOWS: [(&str, &str); 6] = [
    ("click", "clicks"),
    ("link", "enrolled"),
    ("order", "shop_orders on which nothing of the program is"),
    ("order_credited", "orders_credited"),
    ("order_not_credited", "orders_flagged, orders_refused, orders_fraud and orders_void"),
    ("mail", "mails"),
];

/// What was counted as flows. `shop`: all orders of the program's shop.
pub fn used(list: &PriceList, program: &Counts, shop: &Counts, region: &str) -> Vec<Used> {
    let of = |count: Count| program.get(&count).copied().unwrap_or(0);
    let credited = of(Count::Credited);
    let others = of(Count::Flagged) + of(Count::Refused) + of(Count::Fraud) + of(Count::Void);
    let purchases = shop.get(&Count::Purchases).copied().unwrap_or(0);
    let runs = |flow: &str| match flow {
        "click" => of(Count::Clicks),
        "link" => of(Count::Enrolled),
        "order" => (purchases - credited - others).max(0),
        "order_credited" => credited,
        "order_not_credited" => others,
        _ => of(Count::Mails),
    };
    let prices = list.regions.get(region);
    let used = FLOWS.into_iter().filter_map(|(flow, counted_as)| {
        let (runs, each) = (runs(flow), list.flow(flow)?);
        let consumed: BTreeMap<_, _> = each.iter().map(|(of, many)| (of.clone(), many * Decimal::from(runs))).collect();
        let price =
            |(of, many): (&String, &Decimal)| prices?.get(of).map(|price| price * many / Decimal::from(1_000_000));
        let dollars = consumed.iter().filter(|(_, many)| !many.is_zero()).map(price).sum::<Option<Decimal>>();
        let dollars = dollars.filter(|_| prices.is_some());
        Some(Used { flow: flow.to_owned(), counted_as, runs, consumed, dollars })
    });
    used.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> PriceList {
        PriceList::built_in().expect("the file reads")
    }

    #[test]
    fn each_flow_of_the_list_is_counted_and_each_price_is_known() {
        let list = list();
        let flows: Vec<_> = list.flows.keys().map(String::as_str).collect();
        let mut counted = FLOWS.map(|(flow, _)| flow);
        counted.sort_unstable();
        assert_eq!(flows, counted);
        for (region, prices) in &list.regions {
            for of in list.flows.values().flat_map(BTreeMap::keys) {
                assert!(prices.contains_key(of), "{region} {of}");
            }
        }
    }

    #[test]
    fn a_million_clicks_cost_their_units_and_requests() {
        let program = Counts::from([(Count::Clicks, 1_000_000)]);
        let used = used(&list(), &program, &Counts::new(), "us-east-1");
        let click = used.iter().find(|used| used.flow == "click").expect("clicks");
        assert_eq!(click.dollars, Some("1.825".parse().expect("a decimal")));
        let nowhere = super::used(&list(), &program, &Counts::new(), "mars-north-1");
        assert!(nowhere.iter().all(|used| used.dollars.is_none()));
    }

    #[test]
    fn an_order_is_one_flow_only() {
        let program = Counts::from([(Count::Credited, 3), (Count::Flagged, 1), (Count::Void, 1)]);
        let shop = Counts::from([(Count::Purchases, 20)]);
        let runs: Vec<_> =
            used(&list(), &program, &shop, "us-east-1").into_iter().map(|used| (used.flow, used.runs)).collect();
        assert!(runs.contains(&("order".into(), 15)) && runs.contains(&("order_credited".into(), 3)));
        assert!(runs.contains(&("order_not_credited".into(), 2)));
    }
}
