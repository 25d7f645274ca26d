//! What each flow costs, as DynamoDB itself counts it (`ReturnConsumedCapacity`). Prints tables; infra/performance.md has
//! the command: `cargo test -p tests --test stories capacity -- --nocapture`. Costs differ by what is written, never by how
//! much there is already.

mod flows;
mod history;
mod lists;
mod settlement;

use local::meter::Usage;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder};

/// The routes of the flows, as the meter names them.
const WEBHOOK: &str = "POST /webhooks/shopify/{shop}";
const TIMERS: &str = "schedule timers";

/// What one flow consumed while `run` ran.
pub(super) async fn cost<T>(app: &TestApp, flow: &str, run: impl Future<Output = T>) -> Usage {
    let of = || app.engine.meter.usage().get(flow).copied().unwrap_or_default();
    let before = of();
    run.await;
    let after = of();
    assert!(after.runs > before.runs, "{flow} did not run");
    Usage {
        runs: after.runs - before.runs,
        requests: after.requests - before.requests,
        read_units: after.read_units - before.read_units,
        write_units: after.write_units - before.write_units,
    }
}

/// What a webhook about an order costs.
async fn webhook(merchant: &TestMerchant, topic: &str, body: &Value) -> Usage {
    let post = async { assert_eq!(merchant.shop.post(topic, body).await, 200, "{topic}") };
    cost(&merchant.app, WEBHOOK, post).await
}

/// A paid order, like every other but for its buyer and the code on it.
fn order(merchant: &TestMerchant, id: &str, code: &str) -> TestOrder {
    let buyer =
        json!({"email": format!("buyer-{id}@example.com"), "customer": {"id": id.parse::<u64>().expect("a number")}});
    TestOrder::paid(id, merchant.app.at(0)).coupon(code).with(buyer)
}

fn sek(amount: &str) -> Value {
    json!({"amount": amount, "currency": "SEK"})
}

/// A link with this code in a program of its own, by an advocate of its own.
async fn link(merchant: &TestMerchant, code: &str, change: impl FnOnce(&mut Value)) {
    link_of(merchant, &format!("{code}@example.com"), code, change).await;
}

/// The same, by the advocate with this address. Answers the program and the link.
async fn link_of(merchant: &TestMerchant, email: &str, code: &str, change: impl FnOnce(&mut Value)) -> (Value, Value) {
    let program = merchant.program(change).await;
    let link = merchant.link(&program, email, Some(code)).await;
    (program, link)
}

/// A monthly budget. An order takes 150.00 of it.
fn budget(amount: &str) -> Value {
    json!({"value": sek(amount), "period": "month"})
}

/// Flows with what they cost and what they may cost at most: read units, write units.
#[derive(Default)]
struct Bill(Vec<(&'static str, Usage, (f64, f64))>);

impl Bill {
    fn add(&mut self, flow: &'static str, usage: Usage, at_most: (f64, f64)) {
        self.0.push((flow, usage, at_most));
    }

    /// Prints the table and asserts that nothing has become dearer.
    fn settle(self) {
        println!("\n| Flow | requests | read units | write units |\n|---|---:|---:|---:|");
        for (flow, usage, _) in &self.0 {
            println!("| {flow} | {} | {} | {} |", usage.requests, usage.read_units, usage.write_units);
        }
        for (flow, usage, (reads, writes)) in self.0 {
            assert!(usage.read_units <= reads, "{flow}: {} read units, at most {reads}", usage.read_units);
            assert!(usage.write_units <= writes, "{flow}: {} write units, at most {writes}", usage.write_units);
        }
    }
}
