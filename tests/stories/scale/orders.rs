//! 1,000 orders a second on one program, with links as popular as links are.

use scale::{Flow, Model, Random, Report, Zipf};
use serde_json::json;
use tests::{TestApp, TestMerchant, TestOrder};

use super::{Recorder, prepared, print, shards, two_links};

/// Orders a second.
const RATE: u64 = 1000;
const SECONDS: u64 = 20;
/// Mails a second. SES gives a new account 14, and one that sends much some hundreds.
const MAILS: u64 = 500;
/// Advocates who share.
const LINKS: u32 = 100_000;

/// A paid order by somebody who bought nothing before.
async fn buy(merchant: &TestMerchant, id: u64, code: &str) {
    let buyer = json!({"email": format!("buyer-{id}@example.com"), "customer": {"id": id}});
    let order = TestOrder::paid(&id.to_string(), merchant.app.at(0)).coupon(code).with(buyer);
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
}

/// One order of each: one, another one with the same link's code, one with another link's. Answers the order, and what
/// follows from the stream: its two mails.
async fn flows() -> [Flow; 2] {
    let (app, merchant) = two_links().await;
    let (mut orders, mut mails) = (Vec::new(), Vec::new());
    // One before: the advocate's first order is not like the others.
    buy(&merchant, 1001, "anna10").await;
    buy(&merchant, 1002, "ben10").await;
    app.drain().await;
    let mut recorder = Recorder::of(&app);
    for (id, code) in [(2001, "anna10"), (2002, "anna10"), (2003, "ben10")] {
        orders.push(recorder.record(buy(&merchant, id, code)).await);
        mails.push(recorder.record(fed(&app)).await);
    }
    [orders, mails].map(|all| Flow::new(&all[0], &all[1], &all[2], shards))
}

async fn fed(app: &TestApp) {
    app.engine.feed().await.expect("the stream is read");
}

fn replay(flows: &[(&Flow, u64)], exponent: f64) -> Report {
    let [core, by_merchant, due, by_state] = prepared("CoreTable")[..] else { panic!("a table and three indexes") };
    let places = [("core", core), ("by_merchant", by_merchant), ("by_state", by_state), ("due", due)];
    let (mut model, mut random, links) = (Model::new(&places), Random(1), Zipf::new(LINKS, exponent));
    for number in 0..RATE * SECONDS {
        let at = number * 1_000_000 / RATE;
        let link = links.draw(&mut random);
        for (flow, one_in) in flows {
            if number % one_in == 0 {
                for request in flow.run(number, link) {
                    model.request(at, &request);
                }
            }
        }
    }
    model.finish()
}

#[tokio::test]
async fn a_flash_sale_on_one_program_meets_no_limit() {
    let [order, mails] = flows().await;
    println!("an order: {:?}; its two mails: {:?}", order.units(), mails.units());
    for (title, exponent) in [("advocates as popular as advocates are", 1.1), ("advocates all alike", 0.0)] {
        let report = replay(&[(&order, 1), (&mails, 2 * RATE / MAILS)], exponent);
        print(title, &report);
        assert_eq!(report.refused(), 0, "{title}");
        assert!(report.most_writes() <= 500.0, "{title}: {} write units in a partition", report.most_writes());
        assert!(report.hottest["LNK"].read <= 300.0, "{title}: {} read units on a link", report.hottest["LNK"].read);
    }
}

/// Each mail reads merchant and shop, so that many more mails a second meet the limit of these items. What is refused is
/// read again, and then the mail waits for the timers: late, not lost.
#[tokio::test]
async fn mails_twice_as_fast_as_the_orders_would_meet_the_limit_of_the_shops_own_item() {
    let [order, mails] = flows().await;
    let report = replay(&[(&order, 1), (&mails, 1), (&mails, 1)], 1.1);
    print("four mails per order at once", &report);
    assert!(report.refused() > 0 && report.hottest["SHP"].read > 2500.0);
    assert!(report.throttled.contains_key("core"), "{:?}", report.throttled);
    assert!(report.refused() * 4 < report.requests);
}

/// Four shards, as there were at first, are too few for due work.
#[tokio::test]
async fn due_work_in_four_shards_would_hold_the_orders_up() {
    let [order, mails] = flows().await;
    let four = |flow: &Flow| flow.spread_over(|_| 4);
    let report = replay(&[(&four(&order), 1), (&four(&mails), 1)], 1.1);
    print("four shards", &report);
    assert!(report.throttled["due"] > 0);
}
