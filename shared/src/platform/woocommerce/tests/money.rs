//! What counts, and what went back.

use proptest::prelude::*;

use super::*;
use crate::domain::money::Money;
use crate::domain::order::{Refund, fold};

fn net_minor(facts: &Facts) -> i64 {
    facts.net().expect("a net").minor()
}

/// The order, listing these refunds with their amounts, as of a modification.
fn with_refunds(refunds: &[(u64, &str)], modified: &str) -> Value {
    let refunds: Value = refunds.iter().map(|(id, total)| json!({"id": id, "reason": "", "total": total})).collect();
    order(json!({"refunds": refunds, "date_modified_gmt": modified}))
}

#[test]
fn the_net_is_lines_after_discounts_without_tax_shipping_fees_and_gift_cards() {
    let shot = snapshot(json!({}));
    assert_eq!((shot.net, shot.total, shot.tax_included), (100_000, 131_250, false), "though prices include tax");
    let discounted = line(json!({"subtotal": "1000.00", "total": "900.00"}));
    assert_eq!(snapshot(json!({"line_items": [discounted]})).net, 90_000);
    for key in ["wc_gc_giftcard_to_multiple", "_wc_gc_giftcards", "pw_gift_card_number", "_ywgc_amount"] {
        let card = line(json!({"id": 32, "total": "300.00", "meta_data": [{"key": key, "value": ["x"]}]}));
        let shot = snapshot(json!({"line_items": [line(json!({})), card], "total": "1612.50"}));
        assert_eq!((shot.net, shot.lines.len()), (100_000, 1), "{key}");
    }
    assert_eq!(snapshot(json!({"line_items": [], "fee_lines": [{"total": "10.00"}]})).net, 0);
    // A line that was taken back by a plugin's own arithmetic never makes the order worth less than nothing.
    assert_eq!(snapshot(json!({"line_items": [line(json!({"total": "-10.00"}))]})).net, 0);
    let lines = snapshot(json!({})).lines;
    let line = &lines[0];
    assert_eq!((line.net, line.sku.as_deref(), line.product.as_deref()), (100_000, Some("BOOT"), Some("93")));
    assert_eq!(
        snapshot(json!({"line_items": [super::line(json!({"product_id": 0, "sku": ""}))]})).lines[0].product,
        None
    );
}

#[test]
fn edge_19_a_free_order_is_worth_nothing() {
    let free = order(json!({"total": "0.00", "line_items": [line(json!({"total": "0.00", "total_tax": "0.00"}))],
        "refunds": [{"id": 1, "total": "-0.00"}]}));
    let facts = event(&free).facts;
    assert_eq!((net_minor(&facts), facts.refunded().map(Money::minor)), (0, Some(0)));
    assert!(facts.is_purchase());
}

#[test]
fn edge_17_the_currency_says_how_many_decimals_there_are_not_the_shop() {
    let net = |currency: &str, total: Value| {
        let alone = json!({"currency": currency, "line_items": [line(json!({"total": total}))], "total": total, "total_tax": "0",
            "shipping_total": "0"});
        snapshot(alone).net
    };
    for (currency, total, minor) in [
        ("JPY", json!("1000"), 1_000),
        ("JPY", json!("1000.00"), 1_000),
        ("KWD", json!("1.25"), 1_250),
        ("KWD", json!("1.2505"), 1_250),
        ("SEK", json!("13"), 1_300),
        ("SEK", json!("13.125"), 1_312),
        ("SEK", json!("13.135"), 1_314),
        ("sek", json!(13.5), 1_350),
        ("SEK", json!(13), 1_300),
    ] {
        assert_eq!(net(currency, total.clone()), minor, "{currency} {total}");
    }
    assert_eq!(snapshot(json!({"currency": ""})).currency.code(), "SEK", "the shop's own");
}

#[test]
fn edge_09_listed_refunds_take_their_share_each_once() {
    // 131.25 and 262.50 of 1,312.50: a tenth and a fifth of 1,000.00.
    let one = event(&with_refunds(&[(1, "-131.25")], "2026-03-02T10:00:00")).facts;
    let two = event(&with_refunds(&[(1, "-131.25"), (2, "-262.50")], "2026-03-03T10:00:00")).facts;
    assert_eq!((net_minor(&one), net_minor(&two)), (90_000, 70_000));
    let both = fold(one.clone(), two.clone());
    assert_eq!(net_minor(&both), 70_000);
    assert_eq!(fold(two.clone(), one), both);
    assert_eq!(fold(both.clone(), two), both, "told twice");
    let all = event(&with_refunds(&[(1, "-1312.50")], "2026-03-02T10:00:00")).facts;
    assert_eq!(net_minor(&all), 0);
}

#[test]
fn edge_11_goodwill_takes_its_share() {
    let goodwill = refund(json!({"amount": "131.25", "line_items": []}));
    let told = event_in_full(&with_refunds(&[(726, "-131.25")], "2026-03-02T10:00:00"), &[goodwill], at(RECEIVED));
    assert_eq!(net_minor(&told.facts), 90_000);
    // Lines and something on top; lines and a fee that was kept.
    for (amount, net) in [("756.25", 40_000), ("493.75", 60_000)] {
        let more = refund(json!({"amount": amount}));
        let told = event_in_full(&with_refunds(&[(726, "-1.00")], "2026-03-02T10:00:00"), &[more], at(RECEIVED));
        assert_eq!(net_minor(&told.facts), net, "{amount}");
    }
}

#[test]
fn edge_10_shipping_and_fees_that_went_back_take_nothing() {
    let body = with_refunds(&[(726, "-62.50")], "2026-03-02T10:00:00");
    let other = json!([{"id": 1, "total": "-50.00", "total_tax": "-12.50"}]);
    assert_eq!(net_minor(&event(&body).facts), 95_238, "all that a webhook tells is an amount");
    for part in ["shipping_lines", "fee_lines"] {
        let mut refund = refund(json!({"amount": "62.50", "line_items": []}));
        refund[part] = other.clone();
        assert_eq!(net_minor(&event_in_full(&body, &[refund], at(RECEIVED)).facts), 100_000, "{part}");
    }
    // Each part is rounded for itself.
    let rounded = refund(json!({"amount": "62.52", "line_items": [], "shipping_lines": other}));
    assert_eq!(net_minor(&event_in_full(&body, &[rounded], at(RECEIVED)).facts), 100_000);
}

#[test]
fn a_refund_in_full_says_which_lines_and_leaves_gift_cards_out() {
    let card = line(json!({"id": 32, "total": "300.00", "meta_data": [{"key": "pw_gift_card_to", "value": "x"}]}));
    let body = order(json!({"line_items": [line(json!({})), card], "total": "1612.50",
        "refunds": [{"id": 726, "total": "-925.00"}]}));
    let lines = [refunded("-500.00", "-125.00", &json!(31)), refunded("-300.00", "0", &json!("32"))];
    let told = event_in_full(&body, &[refund(json!({"amount": "925.00", "line_items": lines}))], at(RECEIVED));
    let refund = told.facts.refunds.values().next().expect("a refund");
    assert_eq!((refund.lines, refund.lines_tax, refund.amount), (50_000, 12_500, 0));
    let of: Vec<_> = refund.of_lines.iter().map(|(id, part)| (id.to_string(), part.lines, part.tax)).collect();
    assert_eq!(of, [("31".to_owned(), 50_000, 12_500)]);
    assert_eq!(net_minor(&told.facts), 50_000);
}

/// Everything that can be told of an order that was refunded twice, of which one refund was deleted.
fn told() -> Vec<Facts> {
    let first = with_refunds(&[(1, "-62.50")], "2026-03-02T10:00:00");
    let both = with_refunds(&[(1, "-62.50"), (2, "-625.00")], "2026-03-03T10:00:00");
    let completed = order(json!({"status": "completed", "date_modified_gmt": "2026-03-04T10:00:00",
        "refunds": [{"id": 1, "total": "-62.50"}, {"id": 2, "total": "-625.00"}]}));
    let shipping = refund(
        json!({"id": 1, "amount": "62.50", "line_items": [], "shipping_lines": [{"total": "-50.00", "total_tax": "-12.50"}]}),
    );
    let boots = refund(json!({"id": 2, "date_created_gmt": "2026-03-03T10:00:00"}));
    let deleted = order(json!({"status": "completed", "date_modified_gmt": "2026-03-04T10:00:00",
        "refunds": [{"id": 1, "total": "-62.50"}]}));
    vec![
        event(&order(json!({}))).facts,
        event(&first).facts,
        event(&both).facts,
        event(&completed).facts,
        event_in_full(&first, std::slice::from_ref(&shipping), at("2026-03-02T10:05:00Z")).facts,
        event_in_full(&both, &[shipping, boots], at("2026-03-03T10:00:00Z")).facts,
        // Deleted after the last modification, without another one.
        event_in_full(&deleted, &[], at("2026-03-07T10:00:00Z")).facts,
    ]
}

proptest! {
    #[test]
    fn edge_13_a_deleted_refund_gives_its_share_back_and_the_exact_word_wins_in_any_order(order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let told = told();
        let facts = order.iter().fold(Facts::default(), |facts, index| fold(facts, told[*index].clone()));
        prop_assert_eq!(net_minor(&facts), 100_000);
        // Without the word that it was deleted: half went back, and shipping took nothing.
        let but_last = order.iter().filter(|index| **index != 6);
        let facts = but_last.fold(Facts::default(), |facts, index| fold(facts, told[*index].clone()));
        prop_assert_eq!(net_minor(&facts), 50_000);
    }
}

#[test]
fn an_amount_alone_gives_way_to_any_refund_in_full() {
    let body: OrderBody =
        serde_json::from_value(with_refunds(&[(726, "-62.50")], "2026-03-09T10:00:00")).expect("an order");
    let currency = "SEK".parse().expect("a currency");
    let listed =
        body.refunds.iter().flatten().map(|refund| amounts::listed(refund, currency, false)).max().expect("one");
    for made in [json!(null), json!("2026-03-01T10:00:00"), json!("1970-01-01T00:00:01")] {
        let full = refund(json!({"amount": "0", "line_items": [], "date_created": null, "date_created_gmt": made}));
        let full: RefundBody = serde_json::from_value(full).expect("a refund");
        let full: Refund = amounts::in_full(&full, &body, currency);
        assert_eq!(listed.clone().max(full.clone()), full, "{made}");
    }
}

#[test]
fn what_no_code_says_is_divided_between_those_that_say_nothing() {
    let coupons = |codes: &[(&str, &str)], discount_total: &str| {
        let codes: Value = codes.iter().map(|(code, discount)| json!({"code": code, "discount": discount})).collect();
        let coupons = snapshot(json!({"coupon_lines": codes, "discount_total": discount_total})).coupons;
        coupons.into_iter().map(|coupon| coupon.discount).collect::<Vec<_>>()
    };
    assert_eq!(coupons(&[("A", "25.00"), ("B", "5.00")], "30.00"), [2_500, 500]);
    assert_eq!(coupons(&[("a", "0"), ("B", "5.00")], "30.00"), [2_500, 500]);
    assert_eq!(coupons(&[("a", "0"), ("b", "0"), ("c", "0")], "10.00"), [334, 333, 333]);
    assert_eq!(coupons(&[("a", "0")], "0.00"), [0]);
    assert_eq!(coupons(&[("a", "0"), ("B", "30.00")], "30.01"), [0, 3_000], "rounding is no discount");
    assert_eq!(coupons(&[("A", "30.00")], "20.00"), [3_000], "what is said is believed");
    assert_eq!(coupons(&[("A", "30.00")], "45.00"), [3_000]);
    assert_eq!(coupons(&[], "30.00"), [0_i64; 0]);
}
