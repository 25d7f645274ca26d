//! Streams send again, cut batches elsewhere, split their shards; storage refuses in the midst of a batch. Each number comes
//! out the same.

use local::wire::{Fault, Trouble};
use serde_json::json;
use tests::TestApp;

use super::{DESKTOP, PHONE, Shop};

/// Clicks, orders, a refund, a cancellation.
async fn act(shop: &Shop, from: u64) {
    let app = shop.app();
    for n in from..from + 3 {
        let token = shop.click("/email?v=invite.a", &format!("{PHONE} {n}"), "SE").await;
        shop.click("/whatsapp", &format!("{DESKTOP} {n}"), "NO").await;
        shop.click("/email", &format!("{PHONE} {n}"), "SE").await;
        shop.pays(&shop.order(n).token(&token)).await;
    }
    let order = shop.order(from).coupon("ANNA10");
    let refund = order.refund(from, "100.00", app.at(60));
    assert_eq!(shop.merchant.shop.post("refunds/create", &refund).await, 200);
    let off = shop.order(from + 1).later(app.at(60), json!({"cancelled_at": app.at(60).to_string()}));
    assert_eq!(shop.merchant.shop.post("orders/cancelled", &off.0).await, 200);
}

#[tokio::test]
async fn what_a_stream_sends_again_in_other_pieces_is_counted_once() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    act(&shop, 1).await;
    app.drain().await;
    let numbers = shop.numbers().await;
    assert_eq!((&numbers["clicks"], &numbers["clicks_unique"]), (&json!(9), &json!(6)));
    assert_eq!((&numbers["orders_credited"], &numbers["orders_void"]), (&json!(2), &json!(1)));
    for batch_size in [1, 2, 7, 1000] {
        assert!(app.engine.send_again("tally", batch_size).await.expect("feeds") > 12);
        assert_eq!(shop.numbers().await, numbers, "in batches of {batch_size}");
    }
    shop.expect_stats_to_follow_from_the_log().await;
}

#[tokio::test]
async fn a_shard_that_splits_is_counted_on_and_not_twice() {
    let app = TestApp::start().await;
    let shop = Shop::in_app(&app).await;
    act(&shop, 1).await;
    app.drain().await;
    app.engine.split_shards("tally").await;
    act(&shop, 11).await;
    app.drain().await;
    app.engine.split_shards("tally").await;
    act(&shop, 21).await;
    app.drain().await;
    let numbers = shop.numbers().await;
    assert_eq!((&numbers["clicks"], &numbers["clicks_unique"]), (&json!(27), &json!(18)));
    assert_eq!(numbers["orders_credited"], json!(6));
    for batch_size in [3, 1000] {
        app.engine.send_again("tally", batch_size).await.expect("feeds");
        assert_eq!(shop.numbers().await, numbers, "in batches of {batch_size}");
    }
    shop.expect_stats_to_follow_from_the_log().await;
}

#[tokio::test]
async fn storage_that_refuses_in_the_midst_of_a_batch_costs_no_number() {
    let calls = [
        ("UpdateItem", "CNT#"),
        ("GetItem", "CNT#"),
        ("PutItem", "EVT#"),
        ("PutItem", "CNA#"),
        ("GetItem", "SHR#"),
        ("PutItem", "SHR#"),
        ("GetItem", "MER#"),
    ];
    let expected = {
        let app = TestApp::start().await;
        let shop = Shop::in_app(&app).await;
        act(&shop, 1).await;
        app.drain().await;
        shop.numbers().await
    };
    for (operation, body_contains) in calls {
        for trouble in [Trouble::Fail, Trouble::LoseAnswer] {
            let app = TestApp::with_faults().await;
            let shop = Shop::in_app(&app).await;
            act(&shop, 1).await;
            // More often than the SDK tries, so that the batch is sent again.
            app.engine.wire.inject(Fault { operation, body_contains, trouble, times: 7 });
            app.drain().await;
            app.engine.wire.heal();
            app.drain().await;
            assert_eq!(shop.numbers().await, expected, "{operation} {body_contains} {trouble:?}");
            shop.expect_stats_to_follow_from_the_log().await;
        }
    }
}
