//! Units and requests of a visit, as DynamoDB counts them.

use local::meter::Usage;
use tests::{BROWSER, TestApp};

use crate::table::Table;

const ROUTE: &str = "GET /r/{code}";

async fn visit(app: &TestApp, code: &str) -> Usage {
    let of = || app.engine.meter.usage().get(ROUTE).copied().unwrap_or_default();
    let before = of();
    let request = app.client.get(format!("{}/r/{code}", app.engine.url)).header("user-agent", BROWSER);
    assert_eq!(request.send().await.expect("an answer").status(), 302);
    let after = of();
    Usage {
        runs: after.runs - before.runs,
        requests: after.requests - before.requests,
        read_units: after.read_units - before.read_units,
        write_units: after.write_units - before.write_units,
    }
}

pub(crate) async fn measure(table: &mut Table) {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.link(&program, "ben@example.com", Some("ben10")).await;
    let all_cold = visit(&app, "ANNA10").await;
    let link_cold = visit(&app, "BEN10").await;
    let warm = visit(&app, "BEN10").await;
    let told = |usage: &Usage| {
        format!("{} write, {} read, {} round trips", usage.write_units, usage.read_units, usage.requests)
    };
    let is = |usage: &Usage, read: f64, requests: u64| {
        Some((usage.write_units, usage.read_units, usage.requests) == (1.0, read, requests))
    };
    table.row("click, warm", "1 write, 0 read, 1 round trip", told(&warm), is(&warm, 0.0, 1));
    table.row("click, link cold", "+ 0.5 read", told(&link_cold), is(&link_cold, 0.5, 2));
    table.row("click, that finds nothing in memory (link, program and shop cold)", "", told(&all_cold), None);
}
