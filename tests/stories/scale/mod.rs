//! A link that goes around the world and a flash sale, in virtual time: what one visit and one order touch is recorded from
//! the real engine, and replayed at the rate that is promised, under DynamoDB's limits.

mod clicks;
mod orders;

use std::collections::HashMap;

use local::wire::Access;
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

/// Records what requests touch. Ids and hashes are random, and where keys lie follows from them; here each is called by a
/// number, in the order in which they appear, so that each replay is the same.
struct Recorder<'a> {
    app: &'a TestApp,
    names: HashMap<String, usize>,
}

impl<'a> Recorder<'a> {
    fn of(app: &'a TestApp) -> Self {
        Self { app, names: HashMap::new() }
    }

    /// What requests touch while this runs.
    async fn record(&mut self, run: impl Future<Output = ()>) -> Vec<Touched> {
        let wire = &self.app.engine.wire;
        wire.record();
        run.await;
        let recorded = wire.recorded();
        // The recording is as good as DynamoDB's own sums say.
        assert_eq!(wire.unreadable(), Vec::<String>::new());
        // What tally writes it writes for up to a thousand records at once, so it is not one order's.
        let is_counting = |partition: &str| ["CNT#", "CNA#", "EVT#", "SHR#"].iter().any(|of| partition.starts_with(of));
        let counted = recorded.into_iter().filter(|access| !is_counting(&access.partition));
        counted.map(|access| self.touched(access)).collect()
    }

    fn touched(&mut self, access: Access) -> Touched {
        Touched {
            operation: access.operation,
            index: access.index,
            partition: self.renamed(&access.partition),
            sort: self.renamed(&access.sort),
            units: Units { read: access.read_units, write: access.write_units },
        }
    }

    fn renamed(&mut self, key: &str) -> String {
        let parts = key.split('#').map(|part| {
            // Ids, and hashes in base64 or hexadecimal digits; times are shorter between their colons.
            let is_random = part.len() >= 16 && !part.contains(':');
            let next = self.names.len();
            let mut number = || *self.names.entry(part.to_owned()).or_insert(next);
            if is_random { format!("({})", number()) } else { part.to_owned() }
        });
        parts.collect::<Vec<_>>().join("#")
    }
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
