//! A shop that is too slow for a whole page holds nobody up, and gets on all the same.

use std::time::Duration;

use shared::domain::endpoint::Reach;
use shared::platform::api::Client;
use shared::store::Task;
use tests::{TestApp, WooApi, WooOrder};

/// What a step may take, instead of fourteen seconds.
const STEP: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_slow_shop_holds_nobody_up_and_gets_on_with_smaller_pages() {
    let (slow, quick) = (WooApi::start().await, WooApi::start().await);
    let mut app = TestApp::start().await;
    app.engine.courier.shops = Client::new(Reach::ThisMachine).with_steps_within(STEP);
    let slow_shop = app.woo(Some(&slow.server.url)).await;
    app.drain().await;
    // Due later than the slow one, each time.
    app.engine.advance(1);
    let quick_shop = slow_shop.another("quick", Some(&quick.server.url)).await;
    quick_shop.anna().await;
    app.drain().await;

    for id in 1..=40 {
        // Ten of them within one second, so that pages are counted there while their size changes.
        let second = if (11..=20).contains(&id) { 11 } else { id };
        let at = app.at(i64::try_from(second).expect("small"));
        slow.put(&WooOrder::paid(id, at).by(&format!("bo{id}@example.com")));
    }
    let source = slow.clone();
    slow.spoil(move |asked| {
        // There is time for nine orders, if nothing else is to be done.
        let most = asked.param("per_page").parse().unwrap_or(0_u32);
        asked.path.ends_with("/orders").then(|| source.plainly(asked).after(Duration::from_millis(50) * most))
    });
    quick.put(&WooOrder::paid(1001, app.at(60)).coupon("anna10"));
    app.engine.advance(15 * 60);
    app.drain().await;
    let job = slow_shop.job(Task::Poll).await;
    assert_eq!((job.failures, job.error.as_deref()), (1, Some("the platform did not answer in time")));
    quick_shop.expect_one_referral("1001").await;

    for _ in 0..30 {
        app.engine.advance(120);
        app.drain().await;
    }
    assert_eq!(slow_shop.job(Task::Poll).await.cursor, None, "the round is over");
    for id in 1..=40 {
        slow_shop.facts(&id.to_string()).await;
    }
    let sizes: Vec<_> =
        slow.asked("/wp-json/wc/v3/orders").iter().map(|asked| asked.param("per_page").to_owned()).collect();
    assert!(["25", "12"].iter().all(|size| sizes.contains(&(*size).to_owned())), "{sizes:?}");
    // Once it is quick again, whole pages come back.
    slow.heal();
    for _ in 0..8 {
        app.engine.advance(15 * 60);
        app.drain().await;
    }
    let job = slow_shop.job(Task::Poll).await;
    assert_eq!((job.failures, job.error, job.portion), (0, None, shared::platform::Portion::default()));
    assert_eq!(
        slow.asked("/wp-json/wc/v3/orders").last().map(|asked| asked.param("per_page").to_owned()),
        Some("25".into())
    );
}
