//! What beside money and persons is learnt of an order: its lines, coupons, country, marks, disputes and parcels.

use super::*;
use crate::domain::order::{Coupon, Line, MAX_CODES, MAX_LINES, RefundedLine};
use crate::domain::person::{Fingerprint, Mark};

pub(super) fn address() -> Value {
    json!({"address1": "Storgatan 1", "zip": "111 22", "country_code": "SE", "phone": "070-123 45 67"})
}

pub(super) fn dispute(change: Value) -> Value {
    let mut dispute = json!({"id": 9, "order_id": 1001, "type": "chargeback", "status": "needs_response",
        "initiated_at": "2026-03-05T10:00:00+01:00", "evidence_sent_on": null, "finalized_on": null});
    put(&mut dispute, change);
    dispute
}

pub(super) fn parcel(change: Value) -> Value {
    let mut parcel = json!({"id": 8, "order_id": 1001, "fulfillment_id": 7, "status": "delivered",
        "happened_at": "2026-03-04T10:00:00+01:00", "created_at": "2026-03-04T11:00:00+01:00"});
    put(&mut parcel, change);
    parcel
}

fn facts(change: Value) -> Facts {
    event("orders/paid", &order(change)).facts
}

fn marks(change: Value) -> Vec<(Mark, Fingerprint)> {
    facts(change).marks.into_iter().map(|(mark, learnt)| (mark, learnt.value)).collect()
}

#[test]
fn lines_that_count_add_up_to_the_net() {
    let goods = json!({"taxes_included": true, "line_items": [
        line(json!({"id": 11, "sku": " BOOT ", "product_id": 21, "discount_allocations": [{"amount": "100.00"}]})),
        line(json!({"id": "12", "sku": "", "product_id": null, "price": "50.00", "quantity": 1, "tax_lines": []})),
        line(json!({"id": 13, "sku": "CARD", "gift_card": true})),
        line(json!({"id": 14, "tip": {"payment_gateway": null}})),
        line(json!({"id": 15, "sku": "GONE", "quantity": 0, "tax_lines": []})),
    ]});
    let line = |id: &str, sku: Option<&str>, product: Option<&str>, net| Line {
        id: id.parse().ok(),
        sku: sku.map(str::to_owned),
        product: product.map(str::to_owned),
        collections: Vec::new(),
        net,
    };
    let order = snapshot(goods);
    let expected = [
        line("11", Some("BOOT"), Some("21"), 65_000),
        line("12", None, None, 5_000),
        line("15", Some("GONE"), None, 0),
    ];
    assert_eq!(order.lines, expected);
    assert_eq!(order.lines.iter().map(|line| line.net).sum::<i64>(), order.net);
}

#[test]
fn a_body_that_does_not_say_what_its_lines_are_worth_has_none() {
    assert_eq!(snapshot(json!({"line_items": [line(json!({"discount_allocations": null}))]})).lines, []);
    assert_eq!(snapshot(json!({"line_items": []})).lines, []);
    let many: Vec<_> =
        (0..MAX_LINES + 5).map(|id| line(json!({"id": id + 1, "price": "1.00", "quantity": 1}))).collect();
    let order = snapshot(lines(&many));
    assert_eq!((order.lines.len(), order.net), (MAX_LINES, 20_500));
}

#[test]
fn coupons_compare_in_upper_case_and_say_what_they_took_off() {
    let coupons = |codes: Value| -> Vec<(String, i64)> {
        let coupons = snapshot(json!({"discount_codes": codes})).coupons.into_iter();
        coupons.map(|Coupon { code, discount, .. }| (code, discount)).collect()
    };
    let of = |code: &str, discount| (code.to_owned(), discount);
    assert_eq!(
        coupons(json!([
            {"code": " anna10 ", "amount": "50.00", "type": "percentage"},
            {"code": "Ten Off", "amount": 10, "type": "fixed_amount"},
            {"code": "FREESHIP", "amount": "49.00", "type": "shipping"},
            {"code": "", "amount": "1.00"}, {"code": null, "amount": "1.00"}, {"code": "ODD", "amount": {}},
            {"code": "BELOW", "amount": "-1.00"}, {"code": "ü".repeat(70)},
        ])),
        [
            of("ANNA10", 5_000),
            of("TEN OFF", 1_000),
            of("FREESHIP", 0),
            of("ODD", 0),
            of("BELOW", 0),
            of(&"Ü".repeat(64), 0)
        ]
    );
    let many: Vec<_> = (0..MAX_CODES + 5).map(|n| json!({"code": format!("C{n}")})).collect();
    assert_eq!(coupons(json!(many)).len(), MAX_CODES);
}

#[test]
fn an_order_goes_where_it_is_delivered_or_billed_to() {
    let country = |shipping: Value, billing: Value| {
        let order = snapshot(json!({"shipping_address": shipping, "billing_address": billing}));
        order.country.map(|country| country.to_string())
    };
    let code = |code: &str| json!({"country_code": code});
    assert_eq!(country(code("no"), code("SE")).as_deref(), Some("NO"));
    assert_eq!(country(Value::Null, code("SE")).as_deref(), Some("SE"));
    assert_eq!(country(json!({"country_code": null}), code("SE")).as_deref(), Some("SE"));
    assert_eq!(country(json!([]), json!("Sweden")), None);
    assert_eq!(country(code("Sweden"), code("")), None);
}

#[test]
fn phone_address_and_device_are_kept_as_hashes_only() {
    let at_home = json!({"shipping_address": address(), "client_details": {"browser_ip": "203.0.113.7", "user_agent": "Browser/1.0"}});
    let known = facts(at_home);
    assert_eq!(known.marks.keys().copied().collect::<Vec<_>>(), [Mark::Phone, Mark::Address, Mark::Device]);
    let stored = serde_json::to_string(&known).expect("serializes");
    for raw in ["123 45 67", "1234567", "torgatan", "203.0.113.7", "Browser"] {
        assert!(!stored.contains(raw), "{raw}: {stored}");
    }

    let by_address = marks(json!({"shipping_address": address()}));
    let abroad = json!({"address1": "Storgatan 1", "zip": "111 22", "country_code": "NO", "phone": "+46 70 123 45 67"});
    let (home, abroad) = (by_address, marks(json!({"shipping_address": abroad})));
    assert_eq!(home[0], abroad[0], "a national number is of the address's country");
    assert_ne!(home[1], abroad[1]);
    // The order's own phone goes first, then the customer's, then the parcel's.
    let with_phones = |order: Value, customer: Value| {
        marks(json!({"phone": order, "customer": {"id": 7001, "phone": customer}, "shipping_address": address()}))[0]
            .clone()
    };
    assert_eq!(with_phones(json!("+46 70 123 45 67"), json!("+46 8 999 99 99")), home[0]);
    assert_eq!(with_phones(json!(""), json!("0046701234567")), home[0]);
    assert_eq!(with_phones(json!("555-SHIP"), json!(5)), home[0]);
    assert_ne!(with_phones(Value::Null, json!("+46 8 999 99 99")), home[0]);
}

#[test]
fn a_device_is_a_browser_at_an_address_and_not_the_staffs() {
    let device = |details: Value, source: &str| marks(json!({"client_details": details, "source_name": source}));
    let browser = json!({"browser_ip": "203.0.113.7", "user_agent": "Browser/1.0"});
    let known = device(browser.clone(), "web");
    assert_eq!(known.len(), 1);
    assert_ne!(device(json!({"browser_ip": "203.0.113.8", "user_agent": "Browser/1.0"}), "web"), known);
    assert_ne!(device(json!({"browser_ip": "203.0.113.7", "user_agent": "Browser/2.0"}), "web"), known);
    for details in [
        json!({"browser_ip": "203.0.113.7"}),
        json!({"user_agent": "Browser/1.0"}),
        json!({"browser_ip": "", "user_agent": "x"}),
        json!("x"),
    ] {
        assert_eq!(device(details.clone(), "web"), [], "{details}");
    }
    assert_eq!(device(browser, "shopify_draft_order"), []);
}

#[test]
fn a_throw_away_mailbox_is_learnt_with_the_address() {
    let disposable = |email: &str| {
        facts(json!({"email": email, "contact_email": null, "customer": null}))
            .disposable_email
            .map(|at| at.to_string())
    };
    assert_eq!(disposable("bo@sub.mailinator.com").as_deref(), Some("2026-03-01T09:00:05Z"));
    assert_eq!((disposable("bo@example.com"), disposable("no address")), (None, None));
}

#[test]
fn a_refund_says_which_lines_went_back() {
    let of = |lines, tax| RefundedLine { lines, tax };
    let mut first = refunded("200.00", "50.00", &json!({"id": 99}));
    first["line_item_id"] = json!(11);
    let named = refunded("30.00", "7.50", &json!({"id": 12}));
    let unnamed = refunded("1.00", "0.00", &json!({}));
    let card = refunded("500.00", "0.00", &json!({"id": 13, "gift_card": true}));
    let refund = refund_of(json!({"refund_line_items": [first.clone(), first, named, unnamed, card]}));
    let id = |text: &str| text.parse().expect("an id");
    assert_eq!(refund.of_lines, [(id("11"), of(40_000, 10_000)), (id("12"), of(3_000, 750))].into());
    assert_eq!((refund.lines, refund.lines_tax), (43_100, 10_750));
}

#[test]
fn a_chargeback_takes_the_money_until_it_is_won() {
    let charged_back = |change: Value| event("disputes/update", &dispute(change)).facts.charged_back.expect("learnt");
    let cases = [
        ("chargeback", "needs_response", true),
        ("chargeback", "under_review", true),
        ("chargeback", "charge_refunded", true),
        ("chargeback", "accepted", true),
        ("chargeback", "lost", true),
        ("chargeback", "something new", true),
        ("chargeback", "won", false),
        ("chargeback", "prevented", false),
        ("inquiry", "needs_response", false),
        ("inquiry", "under_review", false),
        ("inquiry", "charge_refunded", false),
    ];
    for (kind, status, expected) in cases {
        assert_eq!(charged_back(json!({"type": kind, "status": status})).value, expected, "{kind} {status}");
    }
    assert!(matches!(
        try_parse("disputes/create", dispute(json!({"order_id": null})).to_string().as_bytes()),
        Ok(None)
    ));
    assert!(try_parse("disputes/create", dispute(json!({"finalized_on": "soon"})).to_string().as_bytes()).is_err());
}

#[test]
fn the_last_word_on_a_dispute_stands_whichever_comes_first() {
    let sent = "2026-03-10T15:00:00+01:00";
    let asked = json!({"type": "inquiry"});
    let opened = json!({});
    let reviewed = json!({"status": "under_review", "evidence_sent_on": sent});
    let ends = [
        ("won", json!("2026-03-10"), false),
        ("won", json!("2026-03-20T00:00:00-05:00"), false),
        ("won", Value::Null, false),
        ("lost", json!("2026-03-10"), true),
    ];
    for (status, finalized_on, expected) in ends {
        let ended = json!({"status": status, "evidence_sent_on": sent, "finalized_on": finalized_on});
        let words = [&asked, &opened, &reviewed, &ended];
        for first in 0..words.len() {
            let order = (0..words.len()).map(|n| words[(first + n) % words.len()].clone());
            let events = order.map(|word| event("disputes/update", &dispute(word)).facts);
            let known = events.fold(Facts::default(), crate::domain::order::fold);
            assert_eq!(known.is_charged_back(), expected, "{status} {finalized_on}, from {first}");
        }
    }
    let opened = [asked, opened].map(|word| event("disputes/create", &dispute(word)).facts);
    let known = opened.into_iter().rev().fold(Facts::default(), crate::domain::order::fold);
    assert!(known.is_charged_back(), "an inquiry that became a chargeback");
}

#[test]
fn only_a_delivered_parcel_delivers() {
    let delivered = |change: Value| {
        let parsed = try_parse("fulfillment_events/create", parcel(change).to_string().as_bytes());
        parsed.expect("is read").and_then(|event| event.facts.delivered_at).map(|at| at.to_string())
    };
    assert_eq!(delivered(json!({})).as_deref(), Some("2026-03-04T09:00:00Z"));
    assert_eq!(delivered(json!({"happened_at": null})).as_deref(), Some("2026-03-04T10:00:00Z"));
    for status in
        [json!("in_transit"), json!("out_for_delivery"), json!("attempted_delivery"), json!("failure"), Value::Null]
    {
        assert_eq!(delivered(json!({"status": status})), None, "{status}");
    }
    assert_eq!(delivered(json!({"order_id": null})), None);
}
