//! The same click and the same order on 10^3 and on 10^6 rows of history. Units are compared exactly, times by the median of
//! pairs that ran one right after the other.

use std::time::Instant;

use dynoxide::ImportOptions;
use dynoxide::types::AttributeValue::{N, S};
use dynoxide::types::Item;
use local::meter::Usage;
use serde_json::json;
use tests::{BROWSER, Buyer, History, TestApp, TestMerchant, TestOrder};

use crate::table::{Table, median};

const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const PAIRS: usize = 40;

struct Shop {
    merchant: TestMerchant,
}

impl Shop {
    /// A shop with so many rows of orders of one advocate, and as many clicks.
    async fn with(rows: usize) -> Self {
        let merchant = TestApp::start().await.merchant().await;
        merchant.anna().await;
        let shop = Self { merchant };
        shop.order(7_100_000_000).await;
        shop.merchant.app.drain().await;
        let history = History::of(&shop.merchant).await;
        let sample = history.sample("7100000000", Buyer::Others).await;
        history.grow(&[sample], rows);
        let engine = &shop.merchant.app.engine;
        let database = engine.database.as_ref().expect("an embedded database");
        let row = |number: usize| -> Item {
            let text = |text: String| S(text);
            [
                ("pk", text(format!("CLK#{number:022}"))),
                ("click", text(format!("clk_01M81FP0GEE5P1N0SDC{number:07}"))),
                ("code", text("ANNA10".to_owned())),
                ("hits", N("1".to_owned())),
            ]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
        };
        for start in (0..rows).step_by(4000) {
            let items = (start..rows.min(start + 4000)).map(row).collect();
            database.import_items(&engine.app.config.clicks_table, items, ImportOptions::default()).expect("writes");
        }
        shop
    }

    async fn order(&self, id: u64) {
        let buyer = json!({"email": format!("buyer-{id}@example.com"), "customer": {"id": id}});
        let order = TestOrder::paid(&id.to_string(), self.merchant.app.at(-60)).coupon("anna10").with(buyer);
        assert_eq!(self.merchant.shop.post("orders/paid", &order.0).await, 200);
    }

    async fn click(&self, visitor: usize) {
        let app = &self.merchant.app;
        let agent = format!("{BROWSER} Visitor/{visitor}");
        let answer = app.client.get(format!("{}/r/ANNA10", app.engine.url)).header("user-agent", agent).send().await;
        assert_eq!(answer.expect("an answer").status(), 302);
    }

    fn used(&self, flow: &str) -> Usage {
        self.merchant.app.engine.meter.usage().get(flow).copied().unwrap_or_default()
    }
}

pub(crate) async fn measure(table: &mut Table) {
    let (few, many) = (Shop::with(FEW).await, Shop::with(MANY).await);
    for (what, flow) in [("click", "GET /r/{code}"), ("order", "POST /webhooks/shopify/{shop}")] {
        let (mut times, mut units) = (Vec::new(), [0.0; 2]);
        for pair in 0..PAIRS {
            let mut took = [0.0; 2];
            // Who is first changes with each pair.
            for side in if pair % 2 == 0 { [0, 1] } else { [1, 0] } {
                let shop = [&few, &many][side];
                let before = shop.used(flow);
                let started = Instant::now();
                if what == "click" {
                    shop.click(pair).await;
                } else {
                    shop.order(8_000_000_000 + pair as u64).await;
                }
                took[side] = started.elapsed().as_secs_f64();
                let after = shop.used(flow);
                units[side] += after.read_units - before.read_units + after.write_units - before.write_units;
            }
            times.push(took[1] / took[0]);
        }
        let ratio = units[1] / units[0];
        let title = format!("{what} on 10^6 rows of history, against 10^3: units");
        table.row(&title, "1.000×", format!("{ratio:.3}×"), Some((ratio - 1.0).abs() < 0.0005));
        table.at_most("… time, by the emulator", 1.10, "×", median(times), 2);
    }
}
