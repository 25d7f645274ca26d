//! Many webhooks at once, and receivers that do their worst.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use shared::delivery::{Courier, Delivered, deliver, deliver_webhooks};
use shared::domain::endpoint::Reach;
use shared::domain::id::{EndpointId, OutboxId};
use shared::events::test;
use shared::store::Tried;
use shared::webhook::Client;
use tests::{Reaction, Receiver, TestApp, TestMerchant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{listening, pays, stored, told_of};

/// So many webhooks that wait for an endpoint.
async fn waiting(app: &TestApp, shop: &TestMerchant, url: &str, count: usize) -> Vec<(EndpointId, OutboxId)> {
    let endpoint = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": url})).await;
    let endpoint = stored(app, shop, &endpoint).await;
    let mut waiting = Vec::new();
    for n in 0..count {
        let row = test(&app.engine.app, &endpoint, &n.to_string());
        assert!(app.engine.app.store.add_outbox(&row).await.expect("writes"));
        waiting.push((endpoint.id, row.id));
    }
    waiting
}

/// What sends with a short patience.
fn impatient(app: &TestApp) -> Courier {
    // Long enough for a busy machine to answer, if it answers at all.
    let webhooks = Client::new(Reach::ThisMachine).within(Duration::from_secs(3));
    Courier { webhooks, ..app.engine.courier.clone() }
}

#[tokio::test]
async fn one_that_hangs_holds_up_nobody_else_and_is_left_alone() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (slow, brisk, failing) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    slow.answer(std::iter::repeat_n(Reaction::Slow(Duration::from_mins(1)), 100));
    failing.answer(std::iter::repeat_n(Reaction::Status(500), 100));
    let mut webhooks = waiting(&app, &shop, &slow.url, 100).await;
    webhooks.extend(waiting(&app, &shop, &brisk.url, 100).await);
    webhooks.extend(waiting(&app, &shop, &failing.url, 10).await);
    let count = webhooks.len() as u64;
    let (failed, done) = deliver_webhooks(&app.engine.app, &impatient(&app), webhooks, || true).await;
    assert_eq!((failed.len(), done), (0, count));
    assert_eq!((brisk.received().len(), failing.received().len()), (100, 10));
    assert!((1..=4).contains(&slow.received().len()), "{} stood waiting", slow.received().len());

    // What no time is left for is not begun.
    let more = waiting(&app, &shop, &brisk.url, 3).await;
    let (failed, done) = deliver_webhooks(&app.engine.app, &impatient(&app), more, || false).await;
    assert_eq!((failed.len(), done, brisk.received().len()), (0, 0, 100));
    app.engine.advance(61);
    app.drain().await;
    assert_eq!(brisk.received().len(), 103, "the sweep takes it up");
}

#[tokio::test]
async fn a_hundred_events_of_one_batch_arrive_once_each_and_mails_go_out() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let receiver = Receiver::start().await;
    // Each order: decided, a referral that is there and earned, and a reward for either side.
    listening(&shop, &receiver, &["order.*", "referral.*", "reward.*"]).await;
    shop.anna().await;
    for id in 1..=20_u32 {
        pays(&shop, &id.to_string()).await;
    }
    app.drain().await;
    let mut ids: Vec<_> = receiver.received().iter().map(|webhook| webhook.header("webhook-id")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), receiver.received().len()), (100, 100));
    assert_eq!((told_of(&receiver, "order.decided").len(), app.mails().len()), (20, 40));
}

/// A receiver that says `head` and then one byte after the other, for ever.
async fn dripping(head: &'static str, byte: u8) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let mut said = stream.write_all(head.as_bytes()).await;
                while said.is_ok() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    said = stream.write_all(&[byte]).await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_the_limit_whatever_drips() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let body = "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n";
    for (head, byte, expected) in [
        ("", b'H', None),
        ("HTTP/1.1 200 OK\r\nx-slow: ", b'x', None),
        // The answer is there; nobody reads its body to the end.
        (body, b'x', Some(200)),
        ("HTTP/1.1 500 No\r\ncontent-length: 100000000\r\n\r\n", b'x', Some(500)),
    ] {
        let url = dripping(head, byte).await;
        let [(_, id)] = waiting(&app, &shop, &url, 1).await[..] else { panic!("one") };
        let courier = impatient(&app);
        let sent = deliver(&app.engine.app, &courier, id);
        let sent = timeout(Duration::from_secs(20), sent).await.expect("it ends").expect("seen to");
        assert_eq!(sent, if expected == Some(200) { Delivered::Sent } else { Delivered::Queued }, "{head}");
        let row = app.engine.app.store.outbox(id).await.expect("reads").expect("a row");
        let [Tried { status, error, .. }] = row.tried.as_slice() else { panic!("one try: {row:?}") };
        assert_eq!(*status, expected, "{head}: {error:?}");
    }
}
