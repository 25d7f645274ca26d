//! What an order costs does not depend on how much there is already. The same flows are measured on a short and on a long
//! history of the very same merchant, advocate and buyer, and cost the same.

use std::time::Instant;

use local::meter::Usage;
use serde_json::{Value, json};
use shared::domain::id::AdvocateId;
use shared::domain::person::PersonKey;
use shared::domain::program::Period;
use shared::store::key::{self, BY_MERCHANT, DUE, Key, Listed, SHARDS};
use shared::store::limits::{BUDGET_SHARDS, SPENT};
use tests::{Buyer, History, TestApp, TestMerchant, TestOrder, text};

use super::{TIMERS, budget, cost, link_of, order, sek, webhook};

const ANNA: &str = "anna@example.com";

/// By a regular customer, all of whose orders were cancelled: one who still counts as new, after all that may be looked
/// at was looked at.
fn regular(order: TestOrder) -> TestOrder {
    order.with(json!({"email": "regular@example.com", "customer": {"id": 42}}))
}

/// A shop with a past.
struct Shop {
    merchant: TestMerchant,
    history: History,
    anna: AdvocateId,
    annas: PersonKey,
    regular: PersonKey,
}

impl Shop {
    /// Anna's links in three programs, and so many rows of history around her.
    async fn with(rows: usize) -> Self {
        let merchant = TestApp::start().await.merchant().await;
        let limit = json!({"count": 1_000_000, "value": sek("100000000.00")});
        let cap = json!({"month": limit, "lifetime": limit});
        // All of it is of one day, which would be looked at by a person.
        let lenient = json!({"flag_at": 1000, "reject_at": 1000});
        let capped = |body: &mut Value| {
            body["review"] = lenient.clone();
            body["rewards"]["advocate"][0]["cap"] = cap;
            body["budget"] = budget("1000000000.00");
        };
        let (_, link) = link_of(&merchant, ANNA, "anna10", |body| body["review"] = lenient.clone()).await;
        let held = |body: &mut Value| {
            body["review"] = lenient.clone();
            body["hold_days"] = json!(30);
        };
        link_of(&merchant, ANNA, "held10", held).await;
        let (program, _) = link_of(&merchant, ANNA, "capped", capped).await;

        // One order of each kind by the engine itself. The history is made of the first four.
        let placed = merchant.app.at(-60);
        let at = placed.to_string();
        let cancelled = json!({"cancelled_at": at, "discount_codes": []});
        let home = json!({"address1": "Drottninggatan 9", "zip": "411 03", "city": "Göteborg", "country_code": "SE"});
        let annas_own = json!({"email": ANNA, "phone": null, "shipping_address": home, "billing_address": home,
            "client_details": null});
        let orders = [
            order(&merchant, "7100000000", "anna10"),
            order(&merchant, "7200000000", "held10"),
            regular(order(&merchant, "7300000000", "")).with(cancelled.clone()),
            order(&merchant, "7400000000", "").in_full().with(annas_own).with(cancelled),
            order(&merchant, "7500000000", "capped"),
        ];
        for order in orders {
            webhook(&merchant, "orders/paid", &order.with(json!({"created_at": at, "updated_at": at})).0).await;
        }
        merchant.app.drain().await;
        let history = History::of(&merchant).await;
        let samples = [
            history.sample("7100000000", Buyer::Others).await,
            history.sample("7200000000", Buyer::Others).await,
            history.sample("7300000000", Buyer::Same).await,
            history.sample("7400000000", Buyer::Same).await,
        ];
        history.grow(&samples, rows);
        let all = i64::try_from(rows).expect("a number");
        let anna: AdvocateId = text(&link, "advocate").parse().expect("an id");
        let id = text(&program, "id").parse().expect("an id");
        let name = |period: Period| period.name(placed, &text(&program, "time_zone"));
        for period in [Period::Month, Period::Total] {
            history.set(&Key::cap(anna, id, &name(period)), &[("c1", all), ("v1", all * 10_000)]);
        }
        for shard in 0..BUDGET_SHARDS {
            history.set(&Key::budget(id, &name(Period::Month), shard), &[(SPENT, all * 2_000)]);
        }
        let (regular, annas) = (history.buyer("7300000000").await, history.buyer("7400000000").await);
        Self { merchant, history, anna, annas, regular }
    }

    /// How many rows lie where the flows read and write.
    fn whereabouts(&self) -> [(&'static str, usize); 5] {
        let month = key::month(self.merchant.app.at(0));
        let history = &self.history;
        let sum = |count: &dyn Fn(u8) -> usize| (0..SHARDS).map(count).sum();
        let list = |shard| Listed::Referrals.partition(history.id, &month, shard);
        [
            ("the advocate's ledger", history.count(None, &key::ledger_partition(history.id, self.anna))),
            ("the month's list of referrals", sum(&|shard| history.count(Some(BY_MERCHANT), &list(shard)))),
            ("what is due one day", sum(&|shard| history.count(Some(DUE), &key::due_partition(shard)))),
            ("the advocate's own timeline", history.count(None, &key::person_partition(history.id, &self.annas))),
            ("the regular's timeline", history.count(None, &key::person_partition(history.id, &self.regular))),
        ]
    }

    /// What the flows cost.
    async fn bill(&self) -> Vec<(&'static str, Usage)> {
        let merchant = &self.merchant;
        let order = |id: &str, code: &str| order(merchant, id, code);
        let referred = order("8100000000", "anna10");
        let refund = referred.refund(1, "100.00", merchant.app.at(60));
        let paid = [
            ("order, referred, of a new buyer", "orders/paid", referred.0.clone()),
            ("the same webhook again", "orders/paid", referred.0),
            ("partial refund of it", "refunds/create", refund),
            (
                "order, referred, of the regular, in full",
                "orders/paid",
                regular(order("8200000000", "anna10")).in_full().0,
            ),
            ("order, nothing of ours on it, of the regular", "orders/paid", regular(order("8300000000", "OTHER")).0),
            ("order, with caps and a budget", "orders/paid", order("8400000000", "capped").0),
            ("order with a hold", "orders/paid", order("8500000000", "held10").0),
        ];
        let mut bill = Vec::new();
        for (flow, topic, body) in paid {
            bill.push((flow, webhook(merchant, topic, &body).await));
        }
        for credited in ["8100000000", "8200000000", "8400000000", "8500000000"] {
            assert_eq!(merchant.why(credited).await["outcome"], "credited", "{credited}");
        }
        bill.push(("the mails", cost(&merchant.app, "stream notify", merchant.app.drain()).await));
        bill.push(("timers, nothing due", cost(&merchant.app, TIMERS, merchant.app.engine.tick()).await));
        bill
    }
}

/// Rows of the short history.
const FEW: usize = 1000;

/// Rows of the long history: as `GOODWORD_HISTORY` says, or 10^5.
fn rows() -> usize {
    std::env::var("GOODWORD_HISTORY").map_or(100_000, |rows| rows.parse().expect("a number of rows"))
}

#[tokio::test]
async fn an_order_costs_the_same_on_a_long_history() {
    let many = rows();
    let short = Shop::with(FEW).await;
    let started = Instant::now();
    let long = Shop::with(many).await;
    println!("\n{many} rows of history written in {:.1} s", started.elapsed().as_secs_f64());
    println!("\n| Rows in | of {FEW} | of {many} |\n|---|---:|---:|");
    for ((place, few), (_, many)) in short.whereabouts().into_iter().zip(long.whereabouts()) {
        println!("| {place} | {few} | {many} |");
        assert!(few >= 50 && many * FEW >= few * rows() / 2, "{place} has no history");
    }
    println!("\n| Flow | read units | write units | ratio |\n|---|---:|---:|---:|");
    let mut dearer = Vec::new();
    for ((flow, before), (_, after)) in short.bill().await.into_iter().zip(long.bill().await) {
        let units = |usage: &Usage| usage.read_units + usage.write_units;
        println!(
            "| {flow} | {} → {} | {} → {} | {:.3} |",
            before.read_units,
            after.read_units,
            before.write_units,
            after.write_units,
            units(&after) / units(&before)
        );
        if (before.read_units, before.write_units) != (after.read_units, after.write_units) {
            dearer.push(flow);
        }
    }
    assert_eq!(dearer, Vec::<&str>::new(), "cost more on a long history");
}
