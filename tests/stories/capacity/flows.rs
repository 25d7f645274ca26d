//! The flows of a plain program: a click, orders with and without a link of ours, a refund, the mails.

use serde_json::json;
use tests::{TestApp, TestOrder, text};

use super::{Bill, cost, webhook};

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
    let mut bill = Bill::default();
    let cold = cost(&app, "GET /r/{code}", click()).await;
    bill.add("click, cold link", cold, (1.5, 1.0));
    let warm = cost(&app, "GET /r/{code}", click()).await;
    bill.add("click, warm", warm, (0.0, 1.0));

    // With as much as most orders have to say: three lines, phone, address, browser. Much more is a unit more.
    let stranger = TestOrder::paid("5821093470281", app.at(0)).in_full();
    let stranger = stranger.with(json!({"email": "cy@example.com", "customer": {"id": 7_402_119_340_233_u64}}));
    // An account of its own has an entry of its own: else another address of it would be a new customer.
    bill.add("order, nothing of ours on it", webhook(&shop, "orders/paid", &stranger.0).await, (4.0, 3.0));
    let guest =
        stranger.clone().with(json!({"id": 5_821_093_470_283_u64, "email": "fy@example.com", "customer": null}));
    bill.add("… of a guest", webhook(&shop, "orders/paid", &guest.0).await, (3.0, 2.0));
    let coupon = stranger.coupon("WELCOME").with(
        json!({"id": 5_821_093_470_282_u64, "email": "dy@example.com", "customer": {"id": 7_402_119_340_234_u64}}),
    );
    bill.add("order, somebody else's coupon", webhook(&shop, "orders/paid", &coupon.0).await, (5.0, 3.0));
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let referred = webhook(&shop, "orders/paid", &order.0).await;
    bill.add("order, referred, both sides rewarded", referred, REFERRED);
    let full = TestOrder::paid("1002", app.at(0)).coupon("ANNA10").in_full();
    let full = full.with(json!({"email": "eve@example.com", "customer": {"id": 11}}));
    let full = webhook(&shop, "orders/paid", &full.0).await;
    bill.add("… told in full: lines, phone, address, browser", full, (11.0, 22.0));
    bill.add("the same webhook again", webhook(&shop, "orders/paid", &order.0).await, (2.0, 0.0));
    let refund = webhook(&shop, "refunds/create", &order.refund(1, "100.00", app.at(60))).await;
    bill.add("partial refund", refund, (8.0, 11.0));
    let mails = cost(&app, "stream notify", app.drain()).await;
    bill.add("four mails", mails, (21.0, 20.0));

    bill.settle();
    assert_eq!((warm.requests, warm.read_units, warm.write_units), (1, 0.0, 1.0), "a warm click is one write");
    assert_eq!(referred.write_units, REFERRED.1, "{REFERRED_IS}");
}

/// As few as one correct transaction allows; a change of this number is a change of cost.
const REFERRED: (f64, f64) = (10.0, 22.0);
const REFERRED_IS: &str = "one transaction: order, referral, ledger entry, two mails; before it, the buyer's timeline under two keys, the advocate's \
     orders of the day, whether the buyer refers too, and how to reach the buyer, which is in a list for the day that the shop leaves";
