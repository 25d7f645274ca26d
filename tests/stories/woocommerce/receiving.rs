//! Who may send WooCommerce's webhooks, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{WooOrder, sign};

use super::start;

#[tokio::test]
async fn a_wrong_signature_is_refused_and_writes_nothing() {
    let woo = start().await;
    woo.anna().await;
    let body = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10").0.to_string().into_bytes();
    let good = sign(&woo.shop.secret, &body);
    let before = woo.app.items();
    let wrong = [
        sign("another", &body),
        sign("", &body),
        good[..good.len() - 4].to_owned(),
        format!("{good}{good}"),
        format!("{good},{good}"),
        "x".into(),
    ];
    for wrong in wrong {
        let request = woo.request("order.created", body.clone()).header("x-wc-webhook-signature", &wrong);
        assert_eq!(request.send().await.expect("an answer").status(), 401, "{wrong}");
    }
    assert_eq!(woo.request("order.created", body.clone()).send().await.expect("an answer").status(), 401, "unsigned");
    let twice = woo.request("order.created", body.clone());
    let twice = twice.header("x-wc-webhook-signature", &good).header("x-wc-webhook-signature", &good);
    assert_eq!(twice.send().await.expect("an answer").status(), 401, "doubled");
    let mut changed = body.clone();
    changed.push(b' ');
    let changed = woo.request("order.created", changed).header("x-wc-webhook-signature", &good);
    assert_eq!(changed.send().await.expect("an answer").status(), 401, "another body");
    assert_eq!(woo.app.items(), before);
    assert_eq!(woo.send("order.created", body).await.status(), 200);
    assert!(woo.app.items() > before);
}

#[tokio::test]
async fn what_is_no_order_is_refused_with_the_place_and_not_kept() {
    let woo = start().await;
    let order = WooOrder::paid(1001, woo.app.at(0));
    let before = woo.app.items();
    let cases = [
        ("order.created", b"{".to_vec(), ""),
        ("order.created", Vec::new(), ""),
        ("order.deleted", b"{}".to_vec(), ""),
        ("order.updated", order.clone().with(json!({"currency": "XXX"})).0.to_string().into_bytes(), "/currency"),
        (
            "order.updated",
            order.clone().with(json!({"line_items": [{"total": "abc"}]})).0.to_string().into_bytes(),
            "/line_items/0/total",
        ),
        (
            "order.restored",
            order.clone().with(json!({"date_created_gmt": 5})).0.to_string().into_bytes(),
            "/date_created_gmt",
        ),
    ];
    for (topic, body, pointer) in cases {
        let answer = woo.send(topic, body).await;
        let status = answer.status();
        let problem: Value = answer.json().await.expect("a problem");
        assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    let large = order.clone().with(json!({"customer_note": "x".repeat(1_100_000)}));
    assert_eq!(woo.post("order.created", &large.0).await, 413);
    assert_eq!(woo.app.items(), before);
}

#[tokio::test]
async fn a_webhook_of_another_site_or_for_another_shop_is_not_found() {
    let woo = start().await;
    let other = woo.another("other", None).await;
    let body = WooOrder::paid(1001, woo.app.at(0)).0.to_string().into_bytes();
    let before = woo.app.items();
    // Signed with the right secret, but it says that it comes from elsewhere.
    let elsewhere = woo.shop.client.post(&woo.shop.webhook_url).header("x-wc-webhook-source", "https://other.example/");
    let elsewhere = elsewhere
        .header("x-wc-webhook-signature", sign(&woo.shop.secret, &body))
        .header("x-wc-webhook-topic", "order.created");
    assert_eq!(elsewhere.body(body.clone()).send().await.expect("an answer").status(), 404);
    // The other shop's secret does not open this shop.
    let signed =
        woo.request("order.created", body.clone()).header("x-wc-webhook-signature", sign(&other.shop.secret, &body));
    assert_eq!(signed.send().await.expect("an answer").status(), 401);
    for wrong in ["shp_01M80GVEHRDF9PGCDTVQYWKN7D", "nonsense"] {
        let url = woo.shop.webhook_url.replace(&woo.shop.id, wrong);
        let request = woo.shop.client.post(url).body(body.clone());
        assert_eq!(request.send().await.expect("an answer").status(), 404, "{wrong}");
    }
    let shopify = woo.shop.webhook_url.replace("woocommerce", "shopify");
    assert_eq!(woo.shop.client.post(shopify).body(body).send().await.expect("an answer").status(), 404);
    assert_eq!(woo.app.items(), before);
}

#[tokio::test]
async fn a_ping_and_topics_of_no_use_are_answered_200() {
    let woo = start().await;
    let before = woo.app.items();
    let ping = woo.shop.client.post(&woo.shop.webhook_url).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(ping.body("webhook_id=4").send().await.expect("an answer").status(), 200);
    for topic in ["coupon.created", "customer.updated", "product.deleted", "action.woocommerce_add_to_cart"] {
        assert_eq!(woo.post(topic, &json!({"id": 1})).await, 200, "{topic}");
    }
    assert_eq!(woo.app.items(), before);
}

#[tokio::test]
async fn a_secret_may_be_told_as_wordpress_keeps_it_or_as_it_is() {
    let woo = start().await;
    let path = format!("/v1/shops/{}/rotate-secret", woo.shop.id);
    let body = json!({"id": 5}).to_string().into_bytes();
    for told in ["s3cr&t\"<>' as typed", "s3cr&amp;t&quot;&lt;&gt;&#039; as typed"] {
        woo.call(200, Method::POST, &path, json!({"webhook_secret": told})).await;
        let request = woo
            .request("order.deleted", body.clone())
            .header("x-wc-webhook-signature", sign("s3cr&t\"<>' as typed", &body));
        assert_eq!(request.send().await.expect("an answer").status(), 200, "{told}");
    }
}
