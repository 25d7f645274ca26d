//! 10,000 visits a second for a minute: on one link, on links as popular as links are, and on links that are all alike.

use scale::{Flow, Hit, Memory, Model, Random, Report, Units, Zipf};
use tests::{BROWSER, TestApp};

use super::{Recorder, prepared, print, shards, two_links};

/// Visits a second.
const RATE: u64 = 10_000;
const SECONDS: u64 = 60;
/// Each sandbox answers ten visits a second: AWS counts a tenth of an account's requests a second as its sandboxes. All of
/// them start within the first second.
const SANDBOXES: u64 = 1000;
/// How long a sandbox remembers, in microseconds: from this long to twice as long (`functions/redirect/src/cache.rs`).
const REMEMBERED_US: u64 = 2_000_000;
const LINKS: u32 = 10_000;

/// One visit of each: somebody on a link, another one on the same link, another link.
async fn flow() -> Flow {
    let mut recordings = Vec::new();
    let (app, _) = two_links().await;
    let mut recorder = Recorder::of(&app);
    for (code, visitor) in [("ANNA10", 1), ("ANNA10", 2), ("BEN10", 3)] {
        // What was remembered is out of date, so all that a visit may read is read.
        app.engine.advance(10);
        recordings.push(recorder.record(visit(&app, code, visitor)).await);
    }
    Flow::new(&recordings[0], &recordings[1], &recordings[2], shards)
}

async fn visit(app: &TestApp, code: &str, visitor: u32) {
    let agent = format!("{BROWSER} Visitor/{visitor}");
    let answer = app.client.get(format!("{}/r/{code}", app.engine.url)).header("user-agent", agent).send().await;
    assert_eq!(answer.expect("an answer").status(), 302);
}

/// Replays visits, each on a link that `draw` names.
fn replay(flow: &Flow, partitions: usize, draw: impl Fn(&mut Random) -> u64) -> Report {
    let mut model = Model::new(&[("core", 4), ("clicks", partitions)]);
    let (mut random, mut memory) = (Random(1), Memory::new(REMEMBERED_US));
    for number in 0..RATE * SECONDS {
        let at = number * 1_000_000 / RATE;
        let (sandbox, link) = (random.below(SANDBOXES), draw(&mut random));
        for request in flow.run(number, link) {
            let is_read = request[0].units.write == 0.0;
            if !is_read || !memory.knows(sandbox, &request[0], at, &mut random) {
                model.request(at, &request);
            }
        }
    }
    model.finish()
}

fn expect_within_limits(title: &str, report: &Report) {
    print(title, report);
    assert_eq!(report.refused(), 0, "{title}");
    assert!(report.most_writes() <= 500.0, "{title}: {} write units in a partition", report.most_writes());
    let link = |of: &Report| of.hottest["LNK"].read;
    assert!(report.hottest_warm["LNK"].read <= 300.0, "{title}: {} read units on a link", link(report));
    // In the first second every sandbox reads the link once, and half a unit is the least that a read can be.
    assert!(link(report) * 2.0 <= 1000.0, "{title}: {} read units on a link", link(report));
}

#[tokio::test]
async fn a_link_that_goes_around_the_world_meets_no_limit() {
    let flow = flow().await;
    assert_eq!(flow.only(&["CLK"]).units(), Units { read: 0.0, write: 1.0 });
    assert_eq!(flow.only(&["LNK"]).units(), Units { read: 0.5, write: 0.0 });
    let partitions = prepared("ClicksTable")[0];
    let (zipf, even) = (Zipf::new(LINKS, 1.1), Zipf::new(LINKS, 0.0));
    expect_within_limits("one link", &replay(&flow, partitions, |_| 0));
    expect_within_limits("links as popular as links are", &replay(&flow, partitions, |random| zipf.draw(random)));
    expect_within_limits("links all alike", &replay(&flow, partitions, |random| even.draw(random)));
    // A table that is not prepared has four partitions: this is why `Peak` is a parameter of the template.
    let unprepared = replay(&flow, 4, |_| 0);
    print("one link, on a table that is not prepared", &unprepared);
    assert!(unprepared.refused() > 0);
}

/// The design that most begin with: a counter on the link, and the clicks in an index by link.
#[tokio::test]
async fn a_counter_on_the_link_and_an_index_by_link_meet_the_limits_at_once() {
    let flow = flow().await;
    let partitions = prepared("ClicksTable")[0];
    let mut model = Model::new(&[("core", partitions), ("clicks", partitions), ("by_link", partitions)]);
    let (mut served, mut refused) = (0_u32, 0_u32);
    for number in 0..RATE * 10 {
        let requests = flow.run(number, 0);
        let of = |kind: &str| *requests.iter().flatten().find(|hit| hit.kind == kind).expect("its item");
        let counter = Hit { units: Units { read: 0.0, write: 1.0 }, ..of("LNK") };
        let by_link = Hit { place: "by_link", partition: of("LNK").partition, is_base: false, ..of("CLK") };
        let at = number * 1_000_000 / RATE;
        for request in [vec![counter], vec![of("CLK"), by_link]] {
            if model.request(at, &request) { served += 1 } else { refused += 1 }
        }
    }
    let report = model.finish();
    print("naive", &report);
    assert!(refused > 8 * served, "{served} served, {refused} refused");
    assert!(report.throttled.contains_key("core") && report.throttled.contains_key("by_link"));
}
