//! What each flow costs, as DynamoDB itself counts it (`ReturnConsumedCapacity`). Prints a table; the command is in the README:
//! `cargo test -p tests --test stories capacity -- --nocapture`.

use local::meter::Usage;
use serde_json::json;
use tests::{TestApp, TestOrder, text};

/// What one flow consumed while `run` ran.
async fn cost(app: &TestApp, flow: &str, run: impl Future<Output = ()>) -> Usage {
    let of = || app.engine.meter.usage().get(flow).copied().unwrap_or_default();
    let before = of();
    run.await;
    let after = of();
    Usage {
        runs: after.runs - before.runs,
        requests: after.requests - before.requests,
        read_units: after.read_units - before.read_units,
        write_units: after.write_units - before.write_units,
    }
}

async fn post(app: &TestApp, shop: &tests::TestShop, topic: &str, body: &TestOrder) -> Usage {
    cost(app, "POST /webhooks/shopify/{shop}", async {
        assert_eq!(shop.post(topic, &body.0).await, 200);
    })
    .await
}

#[tokio::test]
#[expect(clippy::float_cmp, reason = "units come in halves, which floats hold exactly")]
async fn units_per_flow_are_counted_and_kept() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let link = shop.anna().await;
    let url = text(&link, "url");
    let click = || async {
        app.click(&url).await;
    };
    let cold = cost(&app, "GET /r/{code}", click()).await;
    let warm = cost(&app, "GET /r/{code}", click()).await;

    let stranger = TestOrder::paid("1", app.at(0))
        .coupon("WELCOME")
        .with(json!({"email": "cy@example.com", "customer": {"id": 9}}));
    let plain =
        post(&app, &shop.shop, "orders/paid", &TestOrder(stranger.0.clone()).with(json!({"discount_codes": []}))).await;
    let coupon =
        post(&app, &shop.shop, "orders/paid", &stranger.with(json!({"id": 2, "email": "dy@example.com"}))).await;
    let referred_order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let referred = post(&app, &shop.shop, "orders/paid", &referred_order).await;
    let again = post(&app, &shop.shop, "orders/paid", &referred_order).await;
    let refund = cost(&app, "POST /webhooks/shopify/{shop}", async {
        shop.shop.post("refunds/create", &referred_order.refund(1, "100.00", app.at(60))).await;
    })
    .await;
    let mails = cost(&app, "stream notify", async {
        app.drain().await;
    })
    .await;

    println!("\n| Flow | requests | read units | write units |\n|---|---:|---:|---:|");
    let rows = [
        ("click, cold link", cold),
        ("click, warm", warm),
        ("order, nothing of ours on it", plain),
        ("order, somebody else's coupon", coupon),
        ("order, referred, both sides rewarded", referred),
        ("the same webhook again", again),
        ("partial refund", refund),
        ("two mails", mails),
    ];
    for (name, usage) in rows {
        println!("| {name} | {} | {} | {} |", usage.requests, usage.read_units, usage.write_units);
    }

    assert_eq!((warm.requests, warm.read_units, warm.write_units), (1, 0.0, 1.0), "a warm click is one write");
    assert_eq!(cold.write_units, 1.0);
    assert!(plain.write_units <= 2.0 && coupon.write_units <= 2.0, "an order without a referral is at most two writes");
    assert_eq!(again.write_units, 0.0, "a webhook that comes again writes nothing");
    assert_eq!(
        referred.write_units, REFERRED,
        "one transaction: order, referral, ledger entry, two mails; before it, the buyer's timeline under two keys"
    );
    assert!(refund.write_units < referred.write_units);
    assert_eq!(mails.runs, 1);
}

/// As few as one correct transaction allows; a change of this number is a change of cost.
const REFERRED: f64 = 19.0;
