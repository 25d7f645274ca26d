//! Asking what changed, page by page and not faster than the store allows; and the orders from before.

use reqwest::Method;
use serde_json::json;
use tests::{Asked, text};

use super::{Store, lock, order};

/// An order by a buyer of its own.
fn of_buyer(store: &Store, id: u64) -> super::Order {
    let buyer =
        json!({"customer_id": id, "ip_address": "", "billing_address": {"email": format!("b{id}@example.com")}});
    order(id, store.at(0)).with(buyer)
}

/// How many of these orders are known.
async fn known(store: &Store, ids: impl IntoIterator<Item = u64>) -> usize {
    let merchant = &store.shop.merchant;
    let mut count = 0;
    for id in ids {
        let path = format!("/v1/orders/{}/{id}/why", merchant.shop.id);
        count += usize::from(merchant.app.send(Method::GET, &path, &merchant.api_key, None).await.status() == 200);
    }
    count
}

/// What the store was asked about orders; the code of Anna's link is made at its checkout beside that.
fn asked(store: &Store) -> Vec<Asked> {
    store.server.asked().into_iter().filter(|asked| asked.path.contains("/orders")).collect()
}

fn pages(store: &Store) -> Vec<String> {
    let lists = store.server.asked().into_iter().filter(|asked| asked.path.ends_with("/v2/orders"));
    lists.map(|asked| text(&json!({"page": asked.param("page")}), "page")).collect()
}

#[tokio::test]
async fn edge_40_an_order_that_no_webhook_told_of_is_found() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    store.shop.merchant.app.drain().await;
    store.shop.merchant.expect_one_referral("250").await;
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_an_order_that_can_not_be_read_stops_nothing() {
    let store = Store::start().await;
    for id in 1..=52 {
        store.put(of_buyer(&store, id));
    }
    // One that the list tells wrong, one that its parts tell wrong, one that nobody finished.
    store.put(of_buyer(&store, 7).with(json!({"status_id": "paid"})));
    let mut odd = of_buyer(&store, 9);
    odd.products = json!([{"id": {}}]);
    store.put(odd);
    store.put(of_buyer(&store, 11).with(json!({"status_id": 0})));
    store.shop.merchant.app.drain().await;
    assert_eq!(known(&store, 1..=52).await, 49);
    assert_eq!(known(&store, [7, 9, 11]).await, 0);
    assert_eq!(pages(&store), ["1", "2"]);
}

#[tokio::test]
async fn asking_pauses_when_the_store_allows_no_more_and_goes_on_where_it_was() {
    let store = Store::start().await;
    for id in 1..=8 {
        store.put(of_buyer(&store, id));
    }
    *lock(&store.left) = 3;
    store.shop.merchant.app.drain().await;
    assert_eq!(known(&store, 1..=8).await, 0);
    assert_eq!(asked(&store).len(), 1, "the list, and then it is said when to come back");
    store.shop.merchant.app.engine.advance(2);
    store.shop.merchant.app.drain().await;
    assert_eq!(asked(&store).len(), 1, "not before");
    *lock(&store.left) = 150;
    store.shop.merchant.app.engine.advance(4);
    store.shop.merchant.app.drain().await;
    assert_eq!(known(&store, 1..=8).await, 8);

    // In the middle of a page.
    lock(&store.orders).clear();
    for id in 101..=108 {
        store.put(of_buyer(&store, id));
    }
    // The list, and what five orders are made of.
    *lock(&store.left) = 21;
    store.shop.merchant.app.engine.advance(15 * 60);
    store.shop.merchant.app.drain().await;
    assert_eq!(known(&store, 101..=108).await, 5, "what was asked for is not asked for again");
    *lock(&store.left) = 150;
    store.shop.merchant.app.engine.advance(10);
    store.shop.merchant.app.drain().await;
    assert_eq!(known(&store, 101..=108).await, 8);
    let first = store.server.asked().iter().filter(|asked| asked.path.ends_with("/101/products")).count();
    assert_eq!(first, 1);
}

#[tokio::test]
async fn orders_from_before_are_read_from_the_lists_alone() {
    let store = Store::start().await;
    let long_ago = store.at(-90 * 86_400);
    for id in 1..=60 {
        let buyer = json!({"customer_id": id, "billing_address": {"email": format!("b{id}@example.com")}});
        store.put(order(id, long_ago).with(buyer));
    }
    let before = asked(&store).len();
    let path = format!("/v1/shops/{}/backfill", store.shop.merchant.shop.id);
    store.shop.merchant.call(202, Method::POST, &path, json!({})).await;
    store.shop.merchant.app.drain().await;
    let told = store.shop.merchant.get(&path).await;
    assert_eq!((&told["state"], &told["orders_seen"]), (&json!("done"), &json!(60)), "{told}");
    let asked = asked(&store).split_off(before);
    assert!(asked.iter().all(|asked| asked.path.ends_with("/v2/orders")), "{asked:?}");
    assert_eq!(store.shop.merchant.rewards().await, []);
    // Who bought before is no new customer.
    let again = json!({"customer_id": 0, "billing_address": {"email": "b7@example.com"}});
    store.tell(order(250, store.at(0)).with(again)).await;
    let why = store.shop.merchant.why("250").await;
    assert_eq!(why["outcome"], "not_credited", "{why}");
}
