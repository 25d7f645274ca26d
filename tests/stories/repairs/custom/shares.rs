//! Lines are shares of what an order or a refund comes to.

use serde_json::{Value, json};
use tests::{Sender, reward, text};

use super::{event, notes, sek, shop, told};

/// A program about product A, with a tenth of its goods for the friend and for the advocate.
async fn about_a() -> Sender {
    shop(|program| {
        program["qualify"] = json!({"include": {"skus": ["A"]}});
        program["rewards"]["advocate"] = json!([{"kind": "percent", "percent": "10", "fulfilment": "manual"}]);
    })
    .await
}

fn lines(nets: &[(&str, &str)]) -> Value {
    nets.iter().enumerate().map(|(n, (sku, net))| json!({"id": n.to_string(), "sku": sku, "net": sek(net)})).collect()
}

/// What is owed to the advocate for an order.
async fn owed(shop: &Sender, id: &str) -> String {
    let rewards = shop.merchant.get("/v1/rewards").await;
    let mut rewards = rewards["data"].as_array().expect("a list").iter();
    let of_order = rewards.find(|reward| reward["order"]["id"] == id && reward["side"] == "advocate");
    of_order.map_or_else(String::new, |reward| text(&reward["value"], "amount"))
}

#[tokio::test]
async fn repair_39_lines_that_rounding_makes_more_or_less_than_the_net_are_shares_of_it() {
    let shop = about_a().await;
    let thirds = |net: &str| json!({"net": sek("1000.00"), "total": sek("1250.00"), "lines": lines(&[("A", net), ("A", net), ("A", net)])});
    for (id, net) in [("1", "333.34"), ("2", "333.33")] {
        let why = told(&shop, id, 0, thirds(net)).await;
        assert_eq!((&why["outcome"], notes(&why)), (&json!("credited"), vec![]), "{why}");
        assert_eq!(owed(&shop, id).await, "100.00", "a tenth of all of it, and of no more");
    }
}

#[tokio::test]
async fn repair_39_a_discount_or_surcharge_on_the_whole_order_is_spread_by_size_and_told() {
    let shop = about_a().await;
    let of = |net: &str| json!({"net": sek(net), "lines": lines(&[("A", "300.00"), ("B", "100.00")])});
    for (id, net, expected) in [("1", "360.00", "27.00"), ("2", "440.00", "33.00")] {
        let why = told(&shop, id, 0, of(net)).await;
        let note =
            format!("/lines come to 400.00 SEK, not to the net of {net} SEK: the difference was spread by their size");
        assert_eq!((&why["outcome"], notes(&why)), (&json!("credited"), vec![note]), "{why}");
        assert_eq!(owed(&shop, id).await, expected);
    }
    // Up to one in a hundred nobody needs to be told.
    let why = told(&shop, "3", 0, of("396.04")).await;
    assert_eq!((owed(&shop, "3").await.as_str(), notes(&why)), ("29.70", vec![]));
}

#[tokio::test]
async fn repair_39_lines_of_a_refund_are_shares_of_it() {
    let shop = about_a().await;
    let goods = json!({"net": sek("360.00"), "lines": lines(&[("A", "300.00"), ("B", "100.00")])});
    told(&shop, "1", 0, goods.clone()).await;
    assert_eq!(owed(&shop, "1").await, "27.00");
    // Half of A goes back, told with its price before the discount on the whole order; the refund is what was paid for it.
    let mut refunded = goods;
    refunded["refunds"] = json!([{"id": "r", "net": sek("135.00"), "lines": [{"id": "0", "net": sek("150.00")}]}]);
    let why = told(&shop, "1", 10, refunded).await;
    assert_eq!(owed(&shop, "1").await, "13.50");
    let note =
        "/refunds/0/lines come to 150.00 SEK, not to the net of 135.00 SEK: the difference was spread by their size";
    assert!(notes(&why).contains(&note.to_owned()), "{why}");
    assert_eq!(why["refunded"], sek("135.00"), "what the refund says, and not what its lines say");
}

#[tokio::test]
async fn repair_39_control_the_net_is_what_counts_and_lines_without_one_are_none_of_it() {
    let shop = about_a().await;
    // The other goods are not all told with a net, so what is missing may be theirs.
    let mut goods = lines(&[("A", "300.00")]);
    goods.as_array_mut().expect("a list").push(json!({"id": "x", "sku": "B"}));
    told(&shop, "1", 0, json!({"net": sek("400.00"), "lines": goods})).await;
    assert_eq!(owed(&shop, "1").await, "30.00");
    // Lines that add up are as they were told.
    told(&shop, "2", 0, json!({"net": sek("400.00"), "lines": lines(&[("A", "300.00"), ("B", "100.00")])})).await;
    assert_eq!(owed(&shop, "2").await, "30.00");
    // A negative line is still no line, and another currency no share.
    for wrong in [sek("-1.00"), json!({"amount": "1.00", "currency": "EUR"})] {
        let fields = json!({"lines": [{"sku": "A", "net": wrong}]});
        assert_eq!(shop.post(&event(&shop, "3", 0, &fields)).await, 400);
    }
}

#[tokio::test]
async fn repair_39_an_order_that_is_called_off_with_zeros_leaves_its_lines_nothing() {
    let shop = about_a().await;
    let goods = lines(&[("A", "300.00"), ("B", "100.00")]);
    told(&shop, "1", 0, json!({"net": sek("400.00"), "lines": goods})).await;
    let gone = json!({"state": "cancelled", "net": sek("0.00"), "total": sek("0.00"), "lines": goods});
    told(&shop, "1", 10, gone).await;
    assert!(shop.merchant.rewards().await.iter().all(|(_, _, state)| state == "void"));
    assert_eq!(shop.merchant.rewards().await[0], reward("advocate", "30.00", "void"));
}
