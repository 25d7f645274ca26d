//! The adapter on bodies of our own making: what may be missing, what must count, what is refused and where.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use lambda_http::http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;
use ulid::Ulid;

use super::super::spoilt::{any_json, spoilt};
use super::*;
use crate::crypto::Keys;
use crate::domain::email::EmailAddress;
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::money::MAX_MINOR;
use crate::domain::order::Refund;
use crate::domain::person::Locale;

mod facts;
mod topics;

const ORDER_TOPICS: [&str; 6] = [
    "orders/create",
    "orders/paid",
    "orders/updated",
    "orders/fulfilled",
    "orders/partially_fulfilled",
    "orders/cancelled",
];

fn keys() -> Keys {
    Keys::new(BTreeMap::from([(1, "k".repeat(40))]), &"p".repeat(40)).expect("keys are long enough")
}

fn ulid(n: u128) -> Ulid {
    Ulid::from_parts(1_790_000_000_000, n)
}

fn read(topic: &str, body: &[u8]) -> Result<Said, ApiError> {
    let (merchant, shop) = (MerchantId::new(ulid(1)), ShopId::new(ulid(2)));
    let currency = "SEK".parse().expect("a currency");
    let received_at = "2026-03-05T10:00:00Z".parse().expect("a time");
    parse(topic, body, Context { keys: &keys(), merchant, shop, currency, received_at, can_ask: false })
}

fn try_parse(topic: &str, body: &[u8]) -> Result<Option<OrderEvent>, ApiError> {
    Ok(match read(topic, body)? {
        Said::Order(event) => Some(*event),
        _ => None,
    })
}

fn verify(signature: &str, body: &[u8], secrets: &[String]) -> bool {
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(signature.as_bytes()) else { return false };
    headers.insert("x-shopify-hmac-sha256", value);
    headers.insert("x-shopify-shop-domain", HeaderValue::from_static("nordicshoes.myshopify.com"));
    receive(&shop(), Headers::new(&headers), body, secrets).is_ok()
}

fn shop() -> Shop {
    let shop = json!({"id": ShopId::new(ulid(2)), "merchant": MerchantId::new(ulid(1)), "platform": "shopify",
        "domain": "nordicshoes.myshopify.com", "site": "https://nordicshoes.example", "currency": "SEK", "secrets": null,
        "created_at": "2026-01-01T00:00:00Z", "version": 1});
    serde_json::from_value(shop).expect("a shop")
}

fn event(topic: &str, body: &Value) -> OrderEvent {
    let parsed = try_parse(topic, body.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {body}"));
    parsed.expect("a topic that is used")
}

/// An order of two boots for 1,000.00 with 25 % tax on top, changed by what a test is about.
fn order(change: Value) -> Value {
    let mut order = json!({
        "id": 1001, "created_at": "2026-03-01T10:00:00+01:00", "updated_at": "2026-03-01T10:00:05+01:00", "cancelled_at": null,
        "currency": "SEK", "subtotal_price": "1000.00", "total_price": "1250.00", "taxes_included": false,
        "financial_status": "paid", "fulfillment_status": null, "test": false, "email": "bo@example.com",
        "contact_email": "bo@example.com", "customer": {"id": 7001, "email": "bo@example.com", "first_name": "Bo"},
        "customer_locale": "sv", "discount_codes": [], "note_attributes": [], "landing_site": "/", "refunds": [],
        "line_items": [line(json!({}))],
    });
    put(&mut order, change);
    order
}

fn line(change: Value) -> Value {
    let mut line = json!({"price": "500.00", "quantity": 2, "gift_card": false, "total_discount": "0.00", "discount_allocations": [],
        "tax_lines": [{"price": "250.00"}]});
    put(&mut line, change);
    line
}

/// A refund of goods for 200.00 and their tax, paid back.
fn refund(change: Value) -> Value {
    let mut refund = json!({
        "id": 5001, "order_id": 1001, "created_at": "2026-03-02T10:00:00+01:00", "processed_at": "2026-03-02T10:00:00+01:00",
        "refund_line_items": [refunded("200.00", "50.00", &json!({}))], "refund_shipping_lines": [], "order_adjustments": [],
        "transactions": [paid_back("250.00", "success", "SEK")],
    });
    put(&mut refund, change);
    refund
}

fn refunded(subtotal: &str, tax: &str, item: &Value) -> Value {
    json!({"quantity": 1, "subtotal": subtotal, "total_tax": tax, "line_item": item,
        "subtotal_set": {"shop_money": {"amount": subtotal, "currency_code": "SEK"}}})
}

fn paid_back(amount: &str, status: &str, currency: &str) -> Value {
    json!({"kind": "refund", "status": status, "amount": amount, "currency": currency})
}

fn put(into: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else { panic!("not an object: {fields}") };
    for (name, value) in fields {
        into[name] = value;
    }
}

fn snapshot(change: Value) -> Snapshot {
    event("orders/paid", &order(change)).facts.snapshot.expect("a snapshot")
}

fn net(change: Value) -> i64 {
    snapshot(change).net
}

fn lines(lines: &[Value]) -> Value {
    json!({"line_items": lines})
}

fn refund_of(change: Value) -> Refund {
    let refunds = event("refunds/create", &refund(change)).facts.refunds;
    refunds.into_values().next().expect("a refund")
}

fn evidence_of(change: Value) -> Vec<Evidence> {
    event("orders/create", &order(change)).facts.evidence.into_iter().collect()
}

/// What an order's net is after this refund, in minor units.
fn net_after(order_change: Value, refund_change: Value) -> i64 {
    let order = event("orders/paid", &order(order_change)).facts;
    let refund = event("refunds/create", &refund(refund_change)).facts;
    crate::domain::order::fold(order, refund).net().expect("known").minor()
}

#[test]
fn an_order_says_who_bought_what_and_when() {
    let event = event("orders/paid", &order(json!({"fulfillment_status": "fulfilled"})));
    let facts = &event.facts;
    let order = facts.snapshot.as_ref().expect("a snapshot");
    let keys = keys();
    let email: EmailAddress = "bo@example.com".parse().expect("an address");
    let merchant = MerchantId::new(Ulid::from_parts(1_790_000_000_000, 1));
    assert_eq!(event.order.id.as_str(), "1001");
    assert_eq!((order.net, order.total, order.currency.code()), (100_000, 125_000, "SEK"));
    assert_eq!(order.placed_at.to_string(), "2026-03-01T09:00:00Z");
    assert_eq!(facts.by_email.as_ref().map(|by| &by.value), Some(&keys.person_by_email(merchant, &email)));
    let by_id = keys.person_by_customer_id(merchant, &event.order.shop.to_string(), "7001");
    assert_eq!(facts.by_customer_id.as_ref().map(|by| &by.value), Some(&by_id));
    assert_eq!((facts.paid_at, facts.fulfilled_at), (Some(order.updated_at), Some(order.updated_at)));
    let contact = event.contact.expect("a contact");
    assert_eq!((contact.email, contact.locale.as_ref().map(Locale::as_str)), (email, Some("sv")));
}

#[test]
fn nothing_but_id_time_and_currency_need_be_there() {
    let full = order(json!({"line_items": [line(json!({"discount_allocations": [{"amount": "1.00"}], "tip": null,
        "id": 1, "sku": "BOOT", "product_id": 2}))], "shipping_address": facts::address(), "billing_address": facts::address(),
        "client_details": {"browser_ip": "203.0.113.7", "user_agent": "Browser/1.0"}, "phone": "+46701234567",
        "discount_codes": [{"code": "ANNA10", "amount": "1.00", "type": "percentage"}], "note_attributes": [{"name": "ref_click", "value": "t"}], "refunds": [refund(json!({}))]}));
    for topic in ORDER_TOPICS {
        each_left_out(&full, &["/id", "/created_at", "/currency", "/refunds/0/id"], topic);
    }
    each_left_out(
        &refund(json!({"total_duties_set": {"shop_money": {"amount": "0.00"}}})),
        &["/id", "/order_id"],
        "refunds/create",
    );
}

/// Takes every field of the body out, then makes it null, one at a time.
fn each_left_out(full: &Value, needed: &[&str], topic: &str) {
    for pointer in pointers(full, "").into_iter().filter(|pointer| !needed.contains(&pointer.as_str())) {
        let mut nulled = full.clone();
        *nulled.pointer_mut(&pointer).expect("is there") = Value::Null;
        event(topic, &nulled);
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let mut without = full.clone();
        if let Some(Value::Object(fields)) = without.pointer_mut(parent) {
            fields.remove(name);
        }
        event(topic, &without);
    }
    for pointer in needed.iter().filter(|pointer| full.pointer(pointer).is_some()) {
        let mut nulled = full.clone();
        *nulled.pointer_mut(pointer).expect("is there") = Value::Null;
        let refused = try_parse(topic, nulled.to_string().as_bytes()).expect_err(pointer);
        assert!(refused.status() == 400 && format!("{refused:?}").contains(pointer), "{refused:?}");
    }
}

/// Where every field of an object is, at any depth.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| {
                let here = format!("{at}/{name}");
                std::iter::once(here.clone()).chain(pointers(value, &here)).collect::<Vec<_>>()
            })
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, item)| pointers(item, &format!("{at}/{n}"))).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn ids_are_numbers_of_any_size_or_text() {
    let id = |id: Value| event("orders/create", &order(json!({"id": id}))).order.id.as_str().to_owned();
    assert_eq!(id(json!(820_982_911_946_154_508_u64)), "820982911946154508");
    assert_eq!(id(json!(u64::MAX)), "18446744073709551615");
    assert_eq!(id(json!("820982911946154508")), "820982911946154508");
    let refunded =
        event("refunds/create", &refund(json!({"id": "9007199254740993", "order_id": 9_007_199_254_740_993_u64})));
    assert_eq!(refunded.order.id.as_str(), "9007199254740993");
    assert!(refunded.facts.refunds.contains_key(&"9007199254740993".parse().expect("an id")));
    let customer = |id: Value| {
        event("orders/create", &order(json!({"customer": {"id": id}}))).facts.by_customer_id.map(|by| by.value)
    };
    assert_eq!(customer(json!(7001)), customer(json!("7001")));
    assert_eq!((customer(json!("")), customer(Value::Null)), (None, None));
}

#[test]
fn amounts_are_text_or_numbers_with_any_decimals() {
    let priced = |price: Value| net(lines(&[line(json!({"price": price, "quantity": 1}))]));
    assert_eq!(priced(json!("19.99")), 1_999);
    assert_eq!(priced(json!(19.99)), 1_999);
    assert_eq!(priced(json!(20)), 2_000);
    assert_eq!(priced(json!("62.6793")), 6_268);
    assert_eq!(priced(json!("")), 0);
    assert_eq!(priced(json!(5.684_341_886_080_802e-14)), 0, "what is left when floats are subtracted");
    assert_eq!(priced(json!(195.659_999_999_999_97)), 19_566);
    let in_currency = |currency: &str, price: &str| {
        net(json!({"currency": currency, "line_items": [line(json!({"price": price, "quantity": 1}))]}))
    };
    assert_eq!(in_currency("JPY", "1000"), 1_000);
    assert_eq!(in_currency("KWD", "1.250"), 1_250);
    assert_eq!(in_currency("VND", "25000000000"), 25_000_000_000, "a million dollars in dong");
}

#[test]
fn absurd_amounts_stay_within_bounds() {
    let most = lines(&[line(
        json!({"price": "999999999999", "quantity": u32::MAX, "discount_allocations": [{"amount": "-999999999999"}]}),
    )]);
    assert_eq!(net(most), MAX_MINOR);
    assert_eq!(net(lines(&[line(json!({"price": "-5.00"}))])), 0);
    assert_eq!(net(json!({"line_items": [], "subtotal_price": "-5.00"})), 0);
    let tiny_total = json!({"total_price": "0.01"});
    assert_eq!(
        net_after(tiny_total, json!({"refund_line_items": [], "transactions": [paid_back("10.00", "success", "SEK")]})),
        99_000
    );
}

#[test]
fn net_is_lines_less_discounts_without_gift_cards_tips_shipping_and_included_tax() {
    let discounts = json!({"discount_allocations": [{"amount": "99.99"}, {"amount": "0.01"}]});
    let cases = [
        ("two at 500", json!({}), 100_000),
        ("less discounts", lines(&[line(discounts.clone())]), 90_000),
        ("a discount that only the line's total names", lines(&[line(json!({"total_discount": "100.00"}))]), 90_000),
        (
            "a discount named twice counts once",
            lines(&[line(json!({"total_discount": "100.00", "discount_allocations": [{"amount": "100.00"}]}))]),
            90_000,
        ),
        ("tax on top", json!({"taxes_included": false}), 100_000),
        ("tax included", json!({"taxes_included": true}), 75_000),
        (
            "tax included, two taxes and a discount",
            json!({"taxes_included": true, "line_items": [line(json!({"discount_allocations": [{"amount": "100.00"}],
            "tax_lines": [{"price": "100.00"}, {"price": "80.00"}]}))]}),
            72_000,
        ),
        ("a gift card beside", lines(&[line(json!({})), line(json!({"gift_card": true}))]), 100_000),
        ("only a gift card", lines(&[line(json!({"gift_card": true}))]), 0),
        (
            "a tip beside",
            lines(&[line(json!({})), line(json!({"tip": {"payment_gateway": null, "payment_method": null}}))]),
            100_000,
        ),
        (
            "a tip in an older body",
            lines(&[line(json!({})), line(json!({"tip_payment_gateway": "shopify_payments"}))]),
            100_000,
        ),
        (
            "shipping, duties and tips in the totals",
            json!({"total_price": "1400.00", "total_tip_received": "50.00",
            "shipping_lines": [{"price": "49.00"}], "total_shipping_price_set": {"shop_money": {"amount": "49.00"}}}),
            100_000,
        ),
        ("none left of a line", lines(&[line(json!({})), line(json!({"quantity": 0}))]), 100_000),
        ("a line added by an edit", json!({"subtotal_price": "500.00", "total_price": "625.00"}), 100_000),
        ("no lines", json!({"line_items": []}), 100_000),
        (
            "a body too old to allocate discounts",
            json!({"subtotal_price": "850.00", "line_items": [line(json!({"discount_allocations": null}))]}),
            85_000,
        ),
    ];
    for (name, change, expected) in cases {
        assert_eq!(net(change), expected, "{name}");
    }
}

#[test]
fn only_money_received_is_paid() {
    for (status, paid) in [
        ("paid", true),
        ("partially_refunded", true),
        ("refunded", true),
        ("pending", false),
        ("authorized", false),
        ("partially_paid", false),
        ("voided", false),
        ("expired", false),
        ("something new", false),
    ] {
        for topic in ORDER_TOPICS {
            let facts = event(topic, &order(json!({"financial_status": status}))).facts;
            assert_eq!(facts.paid_at.is_some(), paid, "{topic} {status}");
        }
    }
}

#[test]
fn edge_12_a_refund_counts_once_money_or_unpaid_goods_went_back() {
    let effective = |transactions: Value| refund_of(json!({"transactions": transactions})).effective;
    assert!(effective(json!([paid_back("250.00", "success", "SEK")])));
    assert!(!effective(json!([paid_back("250.00", "pending", "SEK")])));
    assert!(!effective(json!([paid_back("250.00", "failure", "SEK")])));
    assert!(!effective(json!([paid_back("250.00", "error", "SEK"), paid_back("250.00", "pending", "SEK")])));
    assert!(
        effective(json!([paid_back("250.00", "failure", "SEK"), paid_back("250.00", "success", "SEK")])),
        "tried again"
    );
    assert!(effective(json!([])), "unpaid goods were taken off the order");
    assert!(effective(Value::Null));
    assert!(
        effective(json!([{"kind": "void", "status": "success", "amount": "0.00", "currency": "SEK"}])),
        "never charged"
    );
    let pending = json!({"transactions": [paid_back("250.00", "pending", "SEK")]});
    assert_eq!(net_after(json!({}), pending), 100_000);
    assert_eq!(net_after(json!({}), json!({})), 80_000);
    assert_eq!(net_after(json!({"taxes_included": true}), json!({})), 75_000 - 15_000);
}

#[test]
fn a_refund_of_shipping_duties_tips_or_gift_cards_takes_nothing_back() {
    let paid = |amount: &str| json!([paid_back(amount, "success", "SEK")]);
    let shipping_line = json!([{"subtotal_amount_set": {"shop_money": {"amount": "40.00", "currency_code": "SEK"}},
        "shipping_line": {"tax_lines": [{"price": "10.00"}]}}]);
    let gift_card = json!({"gift_card": true});
    let tip = json!({"tip": {"payment_gateway": null}});
    let cases = [
        (
            "shipping as an adjustment",
            json!({"refund_line_items": [], "transactions": paid("50.00"),
            "order_adjustments": [{"kind": "shipping_refund", "amount": "-40.00", "tax_amount": "-10.00"}]}),
        ),
        // Since API version 2024-10 adjustments have no kind, and none is for shipping.
        (
            "shipping as a line",
            json!({"refund_line_items": [], "transactions": paid("50.00"), "refund_shipping_lines": shipping_line}),
        ),
        (
            "shipping as both",
            json!({"refund_line_items": [], "transactions": paid("50.00"), "refund_shipping_lines": shipping_line,
            "order_adjustments": [{"kind": "shipping_refund", "amount": "-40.00", "tax_amount": "-10.00"}]}),
        ),
        (
            "duties and fees",
            json!({"refund_line_items": [], "transactions": paid("50.00"),
            "total_duties_set": {"shop_money": {"amount": "30.00", "currency_code": "SEK"}},
            "total_additional_fees_set": {"shop_money": {"amount": "20.00", "currency_code": "SEK"}}}),
        ),
        (
            "a gift card",
            json!({"refund_line_items": [refunded("500.00", "0.00", &gift_card)], "transactions": paid("500.00")}),
        ),
        ("a tip", json!({"refund_line_items": [refunded("50.00", "0.00", &tip)], "transactions": paid("50.00")})),
    ];
    for (name, change) in cases {
        assert_eq!(net_after(json!({}), change), 100_000, "{name}");
    }
}

#[test]
fn money_that_no_line_explains_counts_by_its_net_share() {
    let amount = |change: Value| refund_of(change).amount;
    let discrepancy = |kind: Value, amount: &str| json!([{"kind": kind, "amount": amount, "tax_amount": "0.00"}]);
    let no_lines = |transactions: Value| json!({"refund_line_items": [], "transactions": transactions});
    let kind = json!("refund_discrepancy");
    // Goodwill: more was given back than the lines are worth. A fee: less.
    assert_eq!(
        amount(
            json!({"order_adjustments": discrepancy(kind.clone(), "-30.00"), "transactions": [paid_back("280.00", "success", "SEK")]})
        ),
        3_000
    );
    assert_eq!(
        amount(
            json!({"order_adjustments": discrepancy(kind, "30.00"), "transactions": [paid_back("220.00", "success", "SEK")]})
        ),
        -3_000
    );
    assert_eq!(
        amount(
            json!({"order_adjustments": discrepancy(Value::Null, "30.00"), "transactions": [paid_back("220.00", "success", "SEK")]})
        ),
        -3_000
    );
    assert_eq!(
        amount(json!({"transactions": [paid_back("280.00", "success", "SEK")]})),
        3_000,
        "where Shopify does not say it"
    );
    assert_eq!(
        amount(json!({"transactions": [paid_back("220.00", "success", "SEK")]})),
        0,
        "less than the lines is no gift"
    );
    // Only an amount.
    let only = no_lines(json!([paid_back("125.00", "success", "SEK"), paid_back("500.00", "pending", "SEK")]));
    assert_eq!(amount(only.clone()), 12_500);
    assert_eq!(net_after(json!({}), only), 90_000);
    // Paid in the buyer's own currency: no comparing that with the shop's.
    assert_eq!(amount(no_lines(json!([paid_back("12.50", "success", "EUR")]))), 0);
    assert_eq!(
        amount(no_lines(json!([{"kind": "refund", "status": "success", "amount": "125.00", "currency": null}]))),
        12_500
    );
    assert_eq!(amount(no_lines(json!([{"kind": "sale", "status": "success", "amount": "125.00"}]))), 0);
}

#[test]
fn a_refund_is_in_the_currency_it_names_before_the_shops() {
    let yen = |amount: &str| json!({"shop_money": {"amount": amount, "currency_code": "JPY"}});
    let only_amount = json!({"refund_line_items": [], "total_duties_set": yen("0"), "transactions": [paid_back("500", "success", "JPY")]});
    assert_eq!(refund_of(only_amount).amount, 500);
    let lines = json!({"refund_line_items": [{"subtotal": 1500, "total_tax": 150.0, "subtotal_set": yen("1500")}], "transactions": []});
    let refund = refund_of(lines);
    assert_eq!((refund.lines, refund.lines_tax), (1_500, 150));
}

#[test]
fn a_refund_without_times_gives_way_to_any_with() {
    let undated = refund_of(
        json!({"created_at": null, "processed_at": null, "transactions": [paid_back("250.00", "pending", "SEK")]}),
    );
    assert_eq!(undated.as_of, Timestamp::UNIX_EPOCH);
    assert!(refund_of(json!({})).max(undated).effective);
}

#[test]
fn refunds_within_an_order_are_those_of_their_own_webhook() {
    let within = event("orders/updated", &order(json!({"refunds": [refund(json!({"order_id": null}))]}))).facts;
    let own = event("refunds/create", &refund(json!({}))).facts;
    let view = |facts: &Facts| {
        facts
            .refunds
            .iter()
            .map(|(id, r)| (id.clone(), r.effective, r.lines, r.lines_tax, r.amount))
            .collect::<Vec<_>>()
    };
    assert_eq!(view(&within), view(&own));
}

#[test]
fn a_token_is_found_in_the_attributes_and_in_the_landing_url() {
    let attributes = |attributes: Value| evidence_of(json!({"note_attributes": attributes}));
    let click = || vec![Evidence::Click("1.a.B.c".into())];
    assert_eq!(attributes(json!([{"name": "ref_click", "value": "1.a.B.c"}])), click());
    assert_eq!(
        attributes(json!([{"name": "gift", "value": true}, {"name": " Ref_Click ", "value": " 1.a.B.c\n"}])),
        click()
    );
    assert_eq!(
        attributes(json!([{"name": "ref_click", "value": 7}, {"name": "ref_click", "value": "1.a.B.c"}])),
        click()
    );
    for value in [json!(7), json!(true), json!(null), json!({"a": 1}), json!(["x"]), json!(""), json!("x".repeat(201))]
    {
        assert_eq!(attributes(json!([{"name": "ref_click", "value": value}, {"name": null, "value": "x"}, {}])), []);
    }

    let landing = |site: &str| evidence_of(json!({"landing_site": site}));
    for site in [
        "/?ref_click=t%2E1",
        "https://shop.example/boots?size=40&ref_click=t.1#top",
        "boots?ref_click=t.1",
        "?ref_click=t.1",
        "//shop.example/?ref_click=t.1",
    ] {
        assert_eq!(landing(site), [Evidence::Landing("t.1".into())], "{site}");
    }
    for site in
        ["/", "http://www.example.com?source=abc", "/?ref_click=", "/ref_click=t.1", "https://", "http://[", "\u{0}"]
    {
        assert_eq!(landing(site), [], "{site}");
    }
}

#[test]
fn edge_21_codes_are_evidence_however_they_are_spelt_up_to_ten() {
    let codes = |codes: &[Value]| evidence_of(json!({"discount_codes": codes}));
    let code = |code: &str| Evidence::Coupon(code.parse().expect("a code"));
    for told in [" anna10 ", "Anna10", "ＡＮＮＡ１０\u{3000}"] {
        assert_eq!(
            codes(&[json!({"code": told, "amount": "10.00", "type": "percentage"})]),
            [code("ANNA10")],
            "{told}"
        );
    }
    assert_eq!(
        codes(&[
            json!({"code": null}),
            json!({}),
            json!({"code": ""}),
            json!({"code": "Rabatt für alle"}),
            json!({"code": "BO-7"})
        ]),
        [code("BO-7")]
    );
    let many: Vec<_> = (0..30).map(|n| json!({"code": format!("CODE{n}")})).collect();
    assert_eq!(codes(&many).len(), MAX_CODES);
}

#[test]
fn the_address_at_checkout_is_the_buyers() {
    let address = |email: Value, contact: Value, account: Value| {
        let change = json!({"email": email, "contact_email": contact, "customer": {"id": 7001, "email": account}});
        event("orders/paid", &order(change)).contact.map(|contact| contact.email.expose())
    };
    let (a, b, c) = (json!("a@example.com"), json!("b@example.com"), json!("c@example.com"));
    assert_eq!(address(a, b.clone(), c.clone()).as_deref(), Some("a@example.com"));
    assert_eq!(address(json!(""), b, c.clone()).as_deref(), Some("b@example.com"));
    assert_eq!(address(json!("not an address"), Value::Null, c).as_deref(), Some("c@example.com"));
    assert_eq!(address(Value::Null, Value::Null, Value::Null), None);
}

#[test]
fn a_malformed_body_is_refused_and_the_place_named() {
    let wrong = |topic: &str, body: &str, place: &str| {
        let refused = try_parse(topic, body.as_bytes()).expect_err(body);
        assert_eq!(refused.status(), 400, "{body}: {refused:?}");
        assert!(format!("{refused:?}").contains(&format!("pointer: \"{place}\"")), "{place}: {refused:?}");
    };
    for topic in ["orders/paid", "refunds/create"] {
        for body in
            ["", "{", "not json", "\u{feff}{}", "{} {}", "null", "[]", "\"order\"", "7", "{}", "id=1001&currency=SEK"]
        {
            wrong(topic, body, "");
        }
    }
    let orders = [
        (json!({"id": {}}), "/id"),
        (json!({"id": -1}), "/id"),
        (json!({"id": 1.5}), "/id"),
        (json!({"id": "a b"}), "/id"),
        (json!({"created_at": "yesterday"}), "/created_at"),
        (json!({"updated_at": 1_700_000_000}), "/updated_at"),
        (json!({"currency": "XXX"}), "/currency"),
        (json!({"total_price": []}), "/total_price"),
        (json!({"total_price": "a lot"}), "/total_price"),
        (json!({"email": 5}), "/email"),
        (json!({"customer": "Bo"}), "/customer"),
        (json!({"test": "no"}), "/test"),
        (json!({"line_items": {}}), "/line_items"),
        (lines(&[line(json!({})), line(json!({"price": true}))]), "/line_items/1/price"),
        (lines(&[line(json!({"price": {"amount": "1.00"}}))]), "/line_items/0/price"),
        (lines(&[line(json!({"quantity": -1}))]), "/line_items/0/quantity"),
        (lines(&[line(json!({"tax_lines": [{"price": "1e3"}]}))]), "/line_items/0/tax_lines/0/price"),
        (json!({"refunds": [refund(json!({"transactions": [{"amount": [1]}]}))]}), "/refunds/0/transactions/0/amount"),
    ];
    for (change, place) in orders {
        wrong("orders/updated", &order(change).to_string(), place);
    }
    let refunds = [
        (json!({"order_id": null}), "/order_id"),
        (json!({"refund_line_items": [{"subtotal": false}]}), "/refund_line_items/0/subtotal"),
        (json!({"order_adjustments": [{"amount": "1,00"}]}), "/order_adjustments/0/amount"),
    ];
    for (change, place) in refunds {
        wrong("refunds/create", &refund(change).to_string(), place);
    }
}

#[test]
fn other_topics_are_not_even_read() {
    for topic in ["", "orders/risk_assessment_changed", "checkouts/create", "ORDERS/PAID", "orders_paid"] {
        assert_eq!(read(topic, b"not json").ok(), Some(Said::Nothing), "{topic}");
    }
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[test]
fn only_a_signature_by_one_of_the_secrets_verifies() {
    let body = br#"{"id": 1001}"#;
    let secrets = ["new".to_owned(), "old".to_owned()];
    let good = signature("new", body);
    let verifies = |signature: &str| verify(signature, body, &secrets);
    assert!(verifies(&good));
    assert!(verifies(&signature("old", body)), "while a secret is rotated");
    assert!(verifies(&format!(" {good} ")), "white space around it");

    let cut = STANDARD.encode(&STANDARD.decode(&good).expect("base64")[..16]);
    let broken = [
        signature("other", body),
        signature("new", b"{}"),
        good[..good.len() - 1].to_owned(),
        good[..8].to_owned(),
        cut,
        format!("{good}{good}"),
        format!("{good},{good}"),
        format!("sha256={good}"),
        good.replacen(&good[..2], "!!", 1),
        "ab".repeat(32),
        good.to_lowercase(),
        String::new(),
        "\n".to_owned(),
        "ü".to_owned(),
    ];
    for signature in broken {
        assert!(!verifies(&signature), "{signature:?}");
    }
    assert!(!verify(&good, br#"{"id": 1001} "#, &secrets), "another body");
    assert!(!verify(&good, body, &[]), "a shop without secrets");
}

/// Reads it under every topic, and what could be read as money is also added up.
fn survives(body: &[u8]) {
    let others = [
        "refunds/create",
        "disputes/create",
        "disputes/update",
        "fulfillment_events/create",
        "fulfillments/update",
        "orders/edited",
        "orders/delete",
        "customers/merge",
        "customers/data_request",
        "customers/redact",
        "shop/redact",
        "app/uninstalled",
    ];
    for topic in ORDER_TOPICS.into_iter().chain(others) {
        if let Ok(Some(event)) = try_parse(topic, body) {
            let net = event.facts.net().map_or(0, crate::domain::money::Money::minor);
            assert!((0..=MAX_MINOR).contains(&net), "{net}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&body);
    }

    #[test]
    fn no_json_makes_it_panic(body in any_json()) {
        survives(body.to_string().as_bytes());
    }

    #[test]
    fn no_spoilt_order_or_refund_makes_it_panic(
        order in spoilt(&order(json!({"refunds": [refund(json!({"order_adjustments": [{"amount": "1.00"}]}))], "discount_codes": [{"code": "ANNA10", "amount": "1.00"}],
            "line_items": [line(json!({"discount_allocations": [{"amount": "1.00"}], "id": 1, "sku": "BOOT", "product_id": 2}))],
            "shipping_address": facts::address(), "client_details": {"browser_ip": "203.0.113.7", "user_agent": "Browser/1.0"}, "note_attributes": [{"name": "ref_click", "value": "t"}]}))),
        refund in spoilt(&refund(json!({"total_duties_set": {"shop_money": {"amount": "0.00", "currency_code": "SEK"}}}))),
        dispute in spoilt(&facts::dispute(json!({"finalized_on": "2026-04-01"}))),
        parcel in spoilt(&facts::parcel(json!({}))),
    ) {
        for body in [order, refund, dispute, parcel] {
            survives(body.to_string().as_bytes());
        }
    }

    #[test]
    fn no_foreign_signature_verifies(signature in "\\PC{0,60}", body in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(!verify(&signature, &body, &["secret".to_owned()]));
    }
}
