//! What an order goes through, and what is no order of this store.

use reqwest::Method;
use serde_json::json;
use tests::{Sender, parameter, reward, sign_standard, text};

use super::{KEY, Store, mail_time, order};

#[tokio::test]
async fn an_order_is_fetched_when_an_event_names_it_and_credited_by_its_coupon() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    assert_eq!(store.shop.post(&Store::event("store/order/created", 250)).await, 200);
    let asked: Vec<_> =
        store.server.asked().into_iter().map(|asked| asked.path).filter(|path| path.contains("/250")).collect();
    assert_eq!(asked.iter().filter(|path| path.ends_with("/v2/orders/250")).count(), 1);
    assert_eq!(asked.len(), 5, "{asked:?}");
    store.shop.merchant.app.drain().await;
    store.shop.merchant.expect_one_referral("250").await;
}

#[tokio::test]
async fn a_click_token_among_the_orders_metafields_is_evidence() {
    let store = Store::start().await;
    let merchant = &store.shop.merchant;
    let links = merchant.get("/v1/links").await;
    let token = parameter(&merchant.app.click(&text(&links["data"][0], "url")).await, "ref_click").expect("a token");
    let mut bare = order(250, store.at(0));
    bare.coupons = json!([]);
    store.tell(bare.clone()).await;
    assert_eq!(merchant.why("250").await["outcome"], "not_credited");
    // The shop notes the token a moment later, which is told by an event of its own.
    bare.metafields = json!([{"id": 1, "namespace": "goodword", "key": "ref_click", "value": token}]);
    store.put(bare);
    let event = json!({"scope": "store/order/metafield/created", "data": {"metafield_id": 14, "resource_id": "250"},
        "producer": "stores/abcde"});
    assert_eq!(store.shop.post(&event).await, 200);
    let why = merchant.why("250").await;
    assert_eq!((&why["outcome"], &why["candidates"][0]["kind"]), (&json!("credited"), &json!("click")), "{why}");
}

#[tokio::test]
async fn edge_01_the_same_event_twice_is_one_order() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    for _ in 0..2 {
        assert_eq!(store.shop.post(&Store::event("store/order/created", 250)).await, 200);
    }
    store.shop.merchant.app.drain().await;
    store.shop.merchant.expect_one_referral("250").await;
}

#[tokio::test]
async fn edge_02_one_order_told_by_events_of_many_scopes_is_one_order() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    let channel =
        json!({"scope": "store/channel/1/order/updated", "data": {"order_id": 250}, "producer": "stores/abcde"});
    let shipped =
        json!({"scope": "store/shipment/created", "data": {"id": 12, "orderId": 250}, "producer": "stores/abcde"});
    let [created, updated] = ["store/order/created", "store/order/statusUpdated"].map(|scope| Store::event(scope, 250));
    for event in [&created, &updated, &channel, &shipped] {
        assert_eq!(store.shop.post(event).await, 200);
    }
    store.shop.merchant.app.drain().await;
    store.shop.merchant.expect_one_referral("250").await;
}

#[tokio::test]
async fn edge_04_a_refund_that_is_told_before_its_order_brings_the_order_along() {
    let store = Store::start().await;
    let mut refunded = order(250, store.at(0)).at(store.at(5), json!({"status_id": 14, "refunded_amount": "625.0000"}));
    refunded.refunds = json!([{"id": 3, "created": store.at(5), "total_amount": 625, "payments": [],
        "items": [{"item_type": "PRODUCT", "item_id": 1, "quantity": 1, "requested_amount": null}]}]);
    store.put(refunded);
    assert_eq!(store.shop.post(&Store::event("store/order/refund/created", 250)).await, 200);
    assert_eq!(store.shop.merchant.why("250").await["net"]["amount"], "0.00");
    assert_eq!(store.shop.post(&Store::event("store/order/created", 250)).await, 200, "too late");
    assert_eq!(store.shop.merchant.why("250").await["net"]["amount"], "0.00");
}

#[tokio::test]
async fn edge_05_an_older_state_of_an_order_does_not_take_the_place_of_a_newer_one() {
    let store = Store::start().await;
    let paid = order(250, store.at(0));
    store.tell(paid.clone().at(store.at(20), json!({"status_id": 5}))).await;
    store.tell(paid).await;
    assert!(text(&store.shop.merchant.why("250").await, "sentence").contains("the order was cancelled"));
}

#[tokio::test]
async fn a_checkout_that_nobody_finished_is_no_order() {
    let store = Store::start().await;
    store.tell(order(250, store.at(0)).with(json!({"status_id": 0}))).await;
    store.is_not_stored("250").await;
    store.tell(order(250, store.at(1))).await;
    assert_eq!(store.shop.merchant.why("250").await["outcome"], "credited");
}

#[tokio::test]
async fn an_order_earns_once_it_is_paid_whatever_its_status_is_called() {
    let store = Store::start().await;
    for status in [1, 7, 12] {
        store.tell(order(250, store.at(0)).with(json!({"status_id": status, "status": "Completed"}))).await;
        let why = store.shop.merchant.why("250").await;
        assert_ne!(why["outcome"], "credited", "{status}: {why}");
    }
    store.tell(order(250, store.at(0)).at(store.at(5), json!({"status_id": 9}))).await;
    assert_eq!(store.shop.merchant.why("250").await["outcome"], "credited");
}

#[tokio::test]
async fn edge_14_cancelled_and_declined_orders_reward_nobody() {
    for status in [5, 6] {
        let store = Store::start().await;
        store.tell(order(250, store.at(0))).await;
        store.tell(order(250, store.at(0)).at(store.at(5), json!({"status_id": status}))).await;
        assert!(store.shop.merchant.rewards().await.iter().all(|(_, _, state)| state == "void"), "{status}");
        // Opened again.
        store.tell(order(250, store.at(0)).at(store.at(9), json!({"status_id": 11}))).await;
        let again = [reward("advocate", "100.00", "approved"), reward("friend", "50.00", "approved")];
        assert_eq!(store.shop.merchant.rewards().await, again, "{status}");
    }
}

#[tokio::test]
async fn edge_15_a_chargeback_months_later_takes_back_what_was_used_until_it_is_won() {
    let store = Store::start().await;
    let merchant = &store.shop.merchant;
    let first = order(250, store.at(0));
    store.tell(first.clone()).await;
    merchant.app.drain().await;
    let rewards = merchant.get("/v1/rewards").await;
    let all = rewards["data"].as_array().expect("a list");
    let reward = all.iter().find(|reward| reward["side"] == "advocate").expect("Anna's").clone();
    let path = format!("/v1/rewards/{}", text(&reward, "id"));
    merchant.call(200, Method::POST, &format!("{path}/fulfil"), json!({"actor": "Eva"})).await;
    merchant.call(200, Method::POST, &format!("{path}/redeem"), json!({"id": "u1", "actor": "till 4"})).await;
    merchant.app.days_pass(95).await;
    let booked = || async {
        let rewards = merchant.get("/v1/rewards").await;
        let all = rewards["data"].as_array().expect("a list");
        all.iter().find(|one| one["id"] == reward["id"]).expect("Anna's")["booked"].clone()
    };
    assert_eq!(booked().await, json!({"redeemed": "100.00"}));

    store.tell(first.clone().at(store.at(0), json!({"status_id": 13}))).await;
    assert_eq!(booked().await, json!({"redeemed": "100.00", "clawback": "-100.00"}));
    let ledger = merchant.ledger(&reward["advocate"]).await;
    assert_eq!(ledger["balances"]["SEK"]["clawback"], "-100.00", "{ledger}");
    assert_eq!(merchant.why("250").await["outcome"], "void");
    store.tell(first.at(store.at(9), json!({"status_id": 10}))).await;
    assert_eq!(booked().await, json!({"redeemed": "100.00"}));
    assert_eq!(merchant.get("/v1/ledger/check").await["balanced"], true);
}

#[tokio::test]
async fn a_dispute_takes_rewards_back_until_it_is_won() {
    let store = Store::start().await;
    store.tell(order(250, store.at(0))).await;
    store.tell(order(250, store.at(0)).at(store.at(5), json!({"status_id": 13}))).await;
    assert!(store.shop.merchant.rewards().await.iter().all(|(_, _, state)| state == "void"));
    store.tell(order(250, store.at(0)).at(store.at(9), json!({"status_id": 10}))).await;
    let again = [reward("advocate", "100.00", "approved"), reward("friend", "50.00", "approved")];
    assert_eq!(store.shop.merchant.rewards().await, again);
}

#[tokio::test]
async fn edge_34_a_paid_order_that_is_put_away_stays_and_an_unpaid_one_is_gone() {
    let store = Store::start().await;
    store.tell(order(250, store.at(0))).await;
    store.tell(order(250, store.at(0)).at(store.at(5), json!({"is_deleted": true}))).await;
    assert_eq!(store.shop.merchant.why("250").await["outcome"], "credited");
    store.tell(order(251, store.at(0)).with(json!({"status_id": 7, "is_deleted": true}))).await;
    assert_ne!(store.shop.merchant.why("251").await["outcome"], "credited");
}

#[tokio::test]
async fn edge_31_orders_of_the_test_gateway_earn_nothing() {
    let store = Store::start().await;
    store.tell(order(250, store.at(0)).with(json!({"payment_method": "Test Payment Gateway"}))).await;
    assert_eq!(store.shop.merchant.rewards().await, []);
}

#[tokio::test]
async fn edge_37_ids_beyond_what_numbers_hold_are_kept_to_the_letter() {
    let store = Store::start().await;
    let id = 9_007_199_254_740_993_u64;
    let mut large = order(id, store.at(0));
    large.products[0]["id"] = json!(u64::MAX);
    large.refunds = json!([{"id": u64::MAX - 1, "total_amount": 625, "payments": [],
        "items": [{"item_type": "PRODUCT", "item_id": u64::MAX, "quantity": 1}]}]);
    store.tell(large).await;
    assert_eq!(store.shop.merchant.why(&id.to_string()).await["net"]["amount"], "0.00");
    store.is_not_stored("9007199254740992").await;
}

#[tokio::test]
async fn edge_39_a_shop_that_gave_the_app_away_is_asked_nothing_more() {
    let store = Store::start().await;
    let gone = json!({"scope": "store/app/uninstalled", "data": {}, "producer": "stores/abcde", "created_at": 1});
    let path = format!("/v1/shops/{}", store.shop.merchant.shop.id);
    assert_eq!(store.shop.post(&gone).await, 200, "from before it was connected");
    assert!(store.shop.merchant.get(&path).await["uninstalled_at"].is_null());
    let mut gone = gone;
    gone["created_at"] = json!(store.at(5).as_second());
    assert_eq!(store.shop.post(&gone).await, 200);
    assert!(store.shop.merchant.get(&path).await["uninstalled_at"].is_string());
    let before = store.server.asked().len();
    store.put(order(250, store.at(0)));
    assert_eq!(store.shop.post(&Store::event("store/order/created", 250)).await, 200);
    assert_eq!(store.server.asked().len(), before);
    store.is_not_stored("250").await;
}

#[tokio::test]
async fn a_request_that_the_account_did_not_sign_is_refused_and_nothing_is_asked_or_written() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    let before = store.shop.merchant.app.items();
    let body = Store::event("store/order/created", 250).to_string().into_bytes();
    let (now, at) = (store.at(0), store.at(0).as_second().to_string());
    let good = sign_standard(KEY, "msg_1", &at, &body);
    let with = |signature: &str| {
        let request = store.shop.request(&body).header("webhook-id", "msg_1").header("webhook-timestamp", &at);
        request.header("webhook-signature", signature)
    };
    let stranger = Sender { key: b"another secret".to_vec(), ..store.shop.clone() };
    let requests = [
        ("not signed", store.shop.request(&body)),
        ("twice", with(&good).header("webhook-signature", &good)),
        ("cut off", with(&good[..good.len() - 4])),
        ("bare", with(&good[3..])),
        ("another key", stranger.signed("msg_1", now, &body)),
        ("old", store.shop.signed("msg_1", store.at(-310), &body)),
        ("ahead", store.shop.signed("msg_1", store.at(310), &body)),
    ];
    for (wrong, request) in requests {
        assert_eq!(request.send().await.expect("an answer").status(), 401, "{wrong}");
    }
    let answer = store.shop.signed("msg_1", now, &body).body("{}").send().await.expect("an answer");
    assert_eq!(answer.status(), 401, "another body");
    assert_eq!(store.shop.merchant.app.items(), before);
    assert!(store.server.asked().is_empty());
    assert_eq!(with(&good).send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn edge_42_both_secrets_verify_while_a_rotation_goes_on() {
    let store = Store::start().await;
    let path = format!("/v1/shops/{}/rotate-secret", store.shop.merchant.shop.id);
    store.shop.merchant.call(200, Method::POST, &path, json!({"webhook_secret": "the new one of the two"})).await;
    let new = Sender { key: b"the new one of the two".to_vec(), ..store.shop.clone() };
    let event = Store::event("store/customer/created", 1);
    assert_eq!((store.shop.post(&event).await, new.post(&event).await), (200, 200));
    store.shop.merchant.call(200, Method::POST, &path, json!({"webhook_secret": "the third of them all"})).await;
    assert_eq!((store.shop.post(&event).await, new.post(&event).await), (401, 200));
}

#[tokio::test]
async fn edge_43_what_an_app_signed_for_another_store_is_not_for_this_one() {
    let store = Store::start().await;
    store.put(order(250, store.at(0)));
    let mut event = Store::event("store/order/created", 250);
    event["producer"] = json!("stores/fghij");
    assert_eq!(store.shop.post(&event).await, 404);
    store.is_not_stored("250").await;
    // A shop that nobody has, and one of another platform.
    let before = store.shop.merchant.app.items();
    let to = |webhook_url: String| Sender { webhook_url, ..store.shop.clone() };
    let ours = &store.shop.webhook_url;
    let shop = &store.shop.merchant.shop.id;
    for url in [
        ours.replace(shop, "shp_01M80GVEHRDF9PGCDTVQYWKN7D"),
        ours.replace(shop, "nonsense"),
        ours.replace("/bigcommerce/", "/custom/"),
    ] {
        let event = Store::event("store/order/created", 250);
        assert_eq!(to(url.clone()).post(&event).await, 404, "{url}");
    }
    assert!(store.server.asked().is_empty());
    assert_eq!(store.shop.merchant.app.items(), before);
    event["producer"] = json!("stores/ABCDE");
    assert_eq!(store.shop.post(&event).await, 200);
    assert_eq!(store.shop.merchant.why("250").await["outcome"], "credited");
}

#[tokio::test]
async fn an_event_that_cant_be_read_is_refused_with_its_place_and_not_kept() {
    let store = Store::start().await;
    let before = store.shop.merchant.app.items();
    let cases = [
        (json!({"producer": "stores/abcde"}), ""),
        (json!({"scope": "store/order/created"}), "/data/id"),
        (json!({"scope": "store/order/created", "data": {"id": "x"}}), "/data/id"),
        (json!({"scope": "store/shipment/updated", "data": {"id": 1}}), "/data/orderId"),
    ];
    for (body, pointer) in cases {
        let (status, problem) = store.shop.send(&body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    let large = json!({"scope": "store/order/created", "note": "x".repeat(1_100_000)});
    assert_eq!(store.shop.post(&large).await, 413);
    for scope in ["store/cart/couponApplied", "store/order/message/created", "store/product/updated", "anything"] {
        assert_eq!(store.shop.post(&Store::event(scope, 1)).await, 200, "{scope}");
    }
    assert!(store.server.asked().is_empty());
    assert_eq!(store.shop.merchant.app.items(), before);
}

#[tokio::test]
async fn edge_24_25_and_27_only_a_shoppers_own_browser_is_a_mark_and_guests_have_no_account() {
    use shared::domain::order::OrderRef;
    use shared::domain::person::Mark;
    let store = Store::start().await;
    let cases = [
        (1, json!({}), 3, true),
        (2, json!({"order_source": "manual"}), 2, true),
        (3, json!({"order_source": "www", "external_source": "POS"}), 2, true),
        (4, json!({"order_source": "external", "customer_id": 0}), 2, false),
        (5, json!({"customer_id": null, "ip_address": ""}), 2, false),
    ];
    for (id, fields, marks, has_account) in cases {
        store.tell(order(id, store.at(0)).with(fields)).await;
        let id = id.to_string();
        let order =
            OrderRef { shop: store.shop.merchant.shop.id.parse().expect("an id"), id: id.parse().expect("an id") };
        let row = store.shop.merchant.app.engine.app.store.order(&order).await.expect("reads").expect("an order");
        assert_eq!((row.facts.marks.len(), row.facts.by_customer_id.is_some()), (marks, has_account), "{id}");
        assert_eq!(row.facts.marks.contains_key(&Mark::Device), marks == 3, "{id}");
        assert!(row.facts.by_email.is_some());
    }
}

#[tokio::test]
async fn an_order_counts_as_fulfilled_when_it_is_shipped_as_a_whole() {
    use shared::domain::order::OrderRef;
    let store = Store::start().await;
    let at = store.at(-60);
    let shipped = json!({"date_shipped": mail_time(at)});
    let cases = [
        (1, json!({"status_id": 11}), false),
        (2, json!({"status_id": 3, "items_total": 2, "items_shipped": 1, "date_shipped": mail_time(at)}), false),
        (3, json!({"status_id": 2}), true),
        (4, json!({"status_id": 10}), true),
        (5, json!({"status_id": 14, "items_shipped": 1}), true),
    ];
    for (id, fields, fulfilled) in cases {
        store.tell(order(id, store.at(-120)).with(shipped.clone()).with(fields)).await;
        let order = OrderRef {
            shop: store.shop.merchant.shop.id.parse().expect("an id"),
            id: id.to_string().parse().expect("an id"),
        };
        let row = store.shop.merchant.app.engine.app.store.order(&order).await.expect("reads").expect("an order");
        let expected = fulfilled.then_some(at.as_second());
        assert_eq!(row.facts.fulfilled_at.map(jiff::Timestamp::as_second), expected, "{id}");
        assert!(row.facts.paid_at.is_some());
    }
}
