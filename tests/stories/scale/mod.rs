//! A link that goes around the world and a flash sale, in virtual time: what one visit and one order touch is recorded from
//! the real engine, and replayed at the rate that is promised, under DynamoDB's limits.

mod clicks;
mod orders;

use scale::{Report, Touched, Units};
use shared::store::key::{DUE, LIST_SHARDS, SHARDS};
use tests::{TestApp, TestMerchant};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Into how many partitions a list, and due work, are spread.
fn shards(index: &'static str) -> u64 {
    u64::from(if index == DUE { SHARDS } else { LIST_SHARDS })
}

/// Partitions that a table and its indexes have which are prepared for so many write units a second, as the template says
/// with `Peak: viral`: one for each thousand.
fn prepared(table: &str) -> Vec<usize> {
    let (_, text) = TEMPLATE.split_once(&format!("\n  {table}:\n")).expect("the table");
    let (text, _) = text.split_once("\n\n  ").expect("its end");
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let numbers = text.split("WriteUnitsPerSecond: ").skip(1).map(|text| number(text).parse::<usize>());
    numbers.map(|writes| writes.expect("a number") / 1000).collect()
}

/// What requests touch while this runs.
async fn recorded(app: &TestApp, run: impl Future<Output = ()>) -> Vec<Touched> {
    app.engine.wire.record();
    run.await;
    let recorded = app.engine.wire.recorded();
    // The recording is as good as DynamoDB's own sums say.
    assert_eq!(app.engine.wire.unreadable(), Vec::<String>::new());
    let touched = |access: local::wire::Access| Touched {
        operation: access.operation,
        index: access.index,
        partition: access.partition,
        sort: access.sort,
        units: Units { read: access.read_units, write: access.write_units },
    };
    // What tally writes it writes for up to a thousand records at once, so it is not one order's.
    let is_counting = |partition: &str| ["CNT#", "CNA#", "EVT#", "SHR#"].iter().any(|of| partition.starts_with(of));
    recorded.into_iter().map(touched).filter(|touched| !is_counting(&touched.partition)).collect()
}

/// An engine with a merchant, and two links of one program.
async fn two_links() -> (TestApp, TestMerchant) {
    let app = TestApp::with_faults().await;
    let merchant = app.merchant().await;
    let program = merchant.program(|_| ()).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    merchant.link(&program, "ben@example.com", Some("ben10")).await;
    (app, merchant)
}

fn print(title: &str, report: &Report) {
    println!("\n{title}: {} requests, refused {:?}, {} conflicts", report.requests, report.throttled, report.conflicts);
    let line = |(name, units): (&&str, &Units)| format!("{name} {:.0} w {:.0} r", units.write, units.read);
    println!("  busiest partitions: {}", report.busiest.iter().map(line).collect::<Vec<_>>().join(", "));
    println!("  hottest items: {}", report.hottest.iter().map(line).collect::<Vec<_>>().join(", "));
    println!("  after the first second: {}", report.hottest_warm.iter().map(line).collect::<Vec<_>>().join(", "));
}
