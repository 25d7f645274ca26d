//! What counting and asking cost, as DynamoDB counts it.

use jiff::ToSpan;
use serde_json::json;
use shared::domain::id::ProgramId;
use shared::domain::tally::{Count, Counts, Line, Place, Scope, Sequence, fold};
use shared::domain::usage::PriceList;
use shared::store::tally::{Known, Shard};
use tests::{TestApp, text};

use super::{DESKTOP, PHONE, Shop};
use crate::capacity::cost;

/// Thirty days of clicks and orders, so many clicks in all, as batches of many shards would have left them.
async fn a_month_of(shop: &Shop, clicks: i64) {
    let store = &shop.app().engine.app.store;
    let program: ProgramId = shop.program.parse().expect("an id");
    let now = shop.app().engine.app.now();
    let today = shared::domain::tally::day(now, "Europe/Stockholm");
    let known = Known::default();
    let channels = ["email", "whatsapp", "x", "facebook", "sms", "copy"];
    for back in 0..30 {
        let day = today.saturating_sub(back.days());
        let each = clicks / 30 / 6;
        let line = |channel: &str| Line {
            scope: Scope::Program(program),
            day,
            place: Place {
                channel: Some(channel.into()),
                market: Some("SE".into()),
                device: Some("mobile".into()),
                variant: None,
            },
            advocate: None,
            counts: Counts::from([
                (Count::Clicks, each),
                (Count::Visitors, each * 3 / 4),
                (Count::Credited, (each / 30).max(1)),
                (Count::NewBuyers, (each / 40).max(1)),
                (Count::Gross, each * 2000),
                (Count::Net, each * 1700),
                (Count::ByClick, (each / 30).max(1)),
            ]),
        };
        let lines: Vec<_> = channels.into_iter().map(line).collect();
        let shop_line = Line {
            scope: Scope::Shop(shop.merchant.shop.id.parse().expect("an id")),
            place: Place::default(),
            counts: Counts::from([
                (Count::Purchases, each),
                (Count::PurchasesNet, each * 50_000),
                (Count::NewCustomers, each / 2),
            ]),
            ..line("email")
        };
        // Today's and yesterday's counters have seen many shards; older ones were cleaned.
        let shards = if back < 2 { 24 } else { 1 };
        for n in 0..shards {
            let shard = Shard::new("stream", &format!("shard {n}"));
            let number: Sequence = "7".parse().expect("a number");
            let told: Vec<_> =
                if n == 0 { lines.iter().chain([&shop_line]).collect() } else { lines.iter().take(1).collect() };
            for (counter, sum) in fold(told.into_iter().map(|line| (number, line))) {
                store.count_day(&known, &shard, &counter, &sum, now).await.expect("counts");
            }
        }
    }
}

#[tokio::test]
async fn thirty_days_of_statistics_cost_at_most_four_read_units_at_any_number_of_clicks() {
    let mut costs = Vec::new();
    for clicks in [1_000, 1_000_000] {
        let app = TestApp::start().await;
        let shop = Shop::in_app(&app).await;
        a_month_of(&shop, clicks).await;
        for by in ["", "&group_by=day", "&group_by=channel", "&group_by=market", "&group_by=advocate"] {
            let used = cost(&app, "GET /v1/stats", shop.stats(by)).await;
            println!(
                "GET /v1/stats{by}, 30 days of {clicks} clicks: {} read units, the key's among them",
                used.read_units
            );
            // The key is 1, as with every call.
            assert!(used.read_units - 1.0 <= 4.0, "{by}: {} read units", used.read_units);
            assert!(used.write_units < 0.1);
            costs.push((by, used.read_units));
        }
    }
    // A number a thousand times as large has some bytes more; that may fill one more read of 4 KB, and never more.
    let (few, many) = costs.split_at(costs.len() / 2);
    for ((by, few), (_, many)) in few.iter().zip(many) {
        assert!(many - few <= 0.5, "{by}: {few} and {many}");
    }
}

#[tokio::test]
async fn a_batch_costs_a_write_per_counter_and_not_per_event() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    app.drain().await;
    for n in 0..40 {
        shop.click("/email", &format!("{PHONE} {n}"), "SE").await;
    }
    let used = cost(&app, "stream tally", app.drain()).await;
    println!("40 clicks of one channel in a batch: {used:?}");
    // Five counters (all, channel, market, variant, device), a chunk of the log, and two notes of the first click.
    assert!(used.write_units <= 9.0, "{used:?}");
    for n in 0..40 {
        shop.click("/email", &format!("{DESKTOP} {n}"), "SE").await;
    }
    let used = cost(&app, "stream tally", app.drain()).await;
    assert!(used.write_units <= 7.0 && used.read_units < 0.6, "{used:?}");
}

#[tokio::test]
async fn flows_are_priced_by_what_they_are_measured_to_consume() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let list = PriceList::built_in().expect("the list");
    let mut faults = Vec::new();
    let mut compare = |flow: &str, used: local::meter::Usage| {
        let each = list.flow(flow).expect("a flow");
        let of = |name: &str| each[name].to_string().parse::<f64>().expect("a number");
        let runs = f64::from(u32::try_from(used.runs).expect("few"));
        let (read, write) = (used.read_units / runs, used.write_units / runs);
        if (read - of("read_units")).abs() > 0.01 || (write - of("write_units")).abs() > 0.01 {
            faults.push(format!("{flow}: {read} read and {write} write units measured"));
        }
    };
    let webhook = "POST /webhooks/shopify/{shop}";
    shop.click("", PHONE, "SE").await;
    compare("click", cost(&app, "GET /r/{code}", shop.click("", DESKTOP, "SE")).await);
    let program = json!({"id": shop.program});
    compare("link", cost(&app, "POST /v1/links", shop.merchant.link(&program, "carl@example.com", None)).await);
    compare("order", cost(&app, webhook, shop.pays(&shop.order(1))).await);
    compare("order_credited", cost(&app, webhook, shop.pays(&shop.order(2).coupon("ANNA10"))).await);
    let small = shop.order(3).coupon("ANNA10").with(json!({"subtotal_price": "20.00", "total_price": "25.00",
        "line_items": [{"price": "20.00", "quantity": 1, "gift_card": false, "discount_allocations": [], "tax_lines": []}]}));
    compare("order_not_credited", cost(&app, webhook, shop.pays(&small)).await);
    let sent = cost(&app, "stream notify", app.drain()).await;
    let mails = u64::try_from(app.mails().len()).expect("few");
    compare("mail", local::meter::Usage { runs: mails, ..sent });
    assert!(faults.is_empty(), "shared/domain/prices/aws.json says otherwise:\n{}", faults.join("\n"));
}

#[tokio::test]
async fn usage_says_what_it_is_and_prices_what_was_counted() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    let token = shop.click("/email", PHONE, "SE").await;
    shop.pays(&shop.order(1).token(&token)).await;
    shop.pays(&shop.order(2)).await;
    app.drain().await;
    let path = format!("/v1/usage?program={}&region=eu-west-1", shop.program);
    let usage = shop.merchant.get(&path).await;
    assert!(text(&usage, "how").starts_with("derived"), "{usage}");
    assert_eq!((&usage["prices"]["region"], &usage["prices"]["date"]), (&json!("eu-west-1"), &json!("2026-09-11")));
    let runs: Vec<_> = usage["flows"]
        .as_array()
        .expect("flows")
        .iter()
        .map(|flow| (text(flow, "flow"), flow["runs"].clone()))
        .collect();
    // One mail: the friend used no code, so there is nothing to tell of.
    let expected =
        [("click", 1), ("link", 1), ("order", 1), ("order_credited", 1), ("order_not_credited", 0), ("mail", 1)];
    assert_eq!(runs, expected.map(|(flow, runs)| (flow.to_owned(), json!(runs))));
    // 0.705 for the write unit, 1.11 and 0.20 for the requests, per million.
    assert_eq!(usage["flows"][0]["usd"], "0.000002");
    let nowhere = shop.merchant.get(&format!("/v1/usage?program={}", shop.program)).await;
    assert!(nowhere["total_usd"].is_null() && text(&nowhere, "reason").contains("us-east-1"), "{nowhere}");
}
