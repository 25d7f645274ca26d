//! Whose message it is, by header and body; and the topics that tell of more than one order.

use super::super::super::Customer;
use super::*;

/// A signed request with these headers beside the signature, which goes by `hmac`.
fn received(hmac: &'static str, headers: &[(&'static str, &str)], body: &Value) -> Result<Received, u16> {
    received_by(&super::shop(), hmac, headers, body)
}

fn received_by(
    shop: &Shop,
    hmac: &'static str,
    headers: &[(&'static str, &str)],
    body: &Value,
) -> Result<Received, u16> {
    let body = body.to_string();
    let mut map = HeaderMap::new();
    map.insert(hmac, signature("secret", body.as_bytes()).parse().expect("a value"));
    let domain = if hmac == NEXT { "shopify-shop-domain" } else { "x-shopify-shop-domain" };
    map.insert(domain, shop.domain.parse().expect("a value"));
    for (name, value) in headers {
        map.insert(*name, value.parse().expect("a value"));
    }
    receive(shop, Headers::new(&map), body.as_bytes(), &["secret".to_owned()]).map_err(|error| error.status())
}

const CLASSIC: &str = "x-shopify-hmac-sha256";
const NEXT: &str = "shopify-hmac-sha256";

#[test]
fn both_families_of_headers_are_read_and_not_mixed() {
    let at = "2024-08-07T22:57:57.290670248Z";
    let message = |topic: &str, at: Option<&str>| Received::Message {
        topic: topic.to_owned(),
        triggered_at: at.map(|at| at.parse().expect("a time")),
    };
    let classic =
        [("x-shopify-topic", "orders/paid"), ("x-shopify-triggered-at", at), ("shopify-topic", "orders/delete")];
    assert_eq!(received(CLASSIC, &classic, &json!({})), Ok(message("orders/paid", Some(at))));
    let next = [("shopify-topic", "orders/paid"), ("shopify-triggered-at", at)];
    assert_eq!(received(NEXT, &next, &json!({})), Ok(message("orders/paid", Some(at))));
    assert_eq!(received(NEXT, &[("x-shopify-topic", "orders/paid")], &json!({})), Ok(message("", None)));
}

#[test]
fn edge_43_a_message_that_names_another_shop_in_header_or_body_is_not_this_shops() {
    let domain = |domain: &'static str| [("x-shopify-topic", "orders/paid"), ("x-shopify-shop-domain", domain)];
    assert!(received(CLASSIC, &domain("NordicShoes.myshopify.com"), &json!({})).is_ok());
    assert_eq!(received(CLASSIC, &domain("other.myshopify.com"), &json!({})), Err(404));

    let url = |id: &str| json!({"order_status_url": format!("https://nordicshoes.example/{id}/orders/abc/authenticate?key=1")});
    let known = Shop { platform_id: Some("548380009".into()), ..super::shop() };
    let bodies = [
        (json!({"shop_domain": "nordicshoes.myshopify.com"}), true),
        (json!({"shop_domain": "other.myshopify.com"}), false),
        (json!({"myshopify_domain": "other.myshopify.com"}), false),
        (json!({"myshopify_domain": null, "domain": null}), true),
        (json!({"shop_id": 548_380_009, "shop_domain": "nordicshoes.myshopify.com"}), true),
        (json!({"shop_id": "548380010"}), false),
        (url("548380009"), true),
        (url("548380010"), false),
        (json!({"order_status_url": "https://nordicshoes.example/pages/thanks"}), true),
        (json!({"order_status_url": 5, "shop_domain": [], "shop_id": {}}), true),
    ];
    for (body, is_this) in bodies {
        assert_eq!(received_by(&known, CLASSIC, &[], &body).is_ok(), is_this, "{body}");
    }
    assert!(received(CLASSIC, &[], &url("548380010")).is_ok(), "nobody told the shop's number");
}

#[test]
fn a_merge_counts_when_it_went_well() {
    let merge = |status: Value| {
        let gid = |id: u32| format!("gid://shopify/Customer/{id}");
        json!({"admin_graphql_api_customer_kept_id": gid(1), "admin_graphql_api_customer_deleted_id": gid(2), "status": status})
    };
    let said = |body: Value| read("customers/merge", body.to_string().as_bytes()).expect("reads");
    let id = |text: &str| text.parse().expect("an id");
    let merged = Said::Merged { kept: id("1"), gone: id("2") };
    assert_eq!(said(merge(json!("completed"))), merged);
    assert_eq!(said(merge(json!(null))), merged);
    assert_eq!(said(merge(json!("failed"))), Said::Nothing);
    assert_eq!(said(json!({"status": "completed"})), Said::Nothing);
}

#[test]
fn what_the_law_gives_a_right_to_is_read_with_ids_as_numbers_and_as_text() {
    let said = |topic: &str, body: &Value| read(topic, body.to_string().as_bytes()).expect("reads");
    let id = |text: &str| text.parse().expect("an id");
    let body = json!({"shop_id": 954_889, "shop_domain": "nordicshoes.myshopify.com", "orders_requested": [299_938, "280263"],
        "customer": {"id": 191_167, "email": "john@example.com", "phone": "555-625-1199"}, "data_request": {"id": 9999}});
    let john = Customer {
        id: Some(id("191167")),
        email: Some("john@example.com".parse().expect("an address")),
        orders: vec![id("299938"), id("280263")],
    };
    let export = Said::Privacy(Asked::Export { of: john, id: Some(id("9999")) });
    assert_eq!(said("customers/data_request", &body), export);

    let body = json!({"customer": {"email": "hello@example.com"}, "orders_to_redact": ["987654321"]});
    let only_mail = Customer {
        id: None,
        email: Some("hello@example.com".parse().expect("an address")),
        orders: vec![id("987654321")],
    };
    assert_eq!(said("customers/redact", &body), Said::Privacy(Asked::Erase(only_mail)));
    let nobody = json!({"customer": null, "orders_to_redact": null});
    assert_eq!(said("customers/redact", &nobody), Said::Privacy(Asked::Erase(Customer::default())));
    let shop = json!({"shop_id": 954_889, "shop_domain": "nordicshoes.myshopify.com"});
    assert_eq!(said("shop/redact", &shop), Said::Privacy(Asked::EraseShop));
    assert_eq!(said("app/uninstalled", &json!({"myshopify_domain": null})), Said::Uninstalled);
}

#[test]
fn a_genuine_body_sent_again_under_a_topic_that_destroys_is_refused() {
    let redact = json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com", "customer": {"id": 7}, "orders_to_redact": []});
    let request = json!({"shop_id": 1, "shop_domain": "nordicshoes.myshopify.com", "customer": {"id": 7},
        "orders_requested": [], "data_request": {"id": 9}});
    let bodies = [order(json!({})), refund(json!({})), redact, request];
    for topic in ["orders/delete", "customers/redact", "shop/redact", "app/uninstalled"] {
        for body in &bodies {
            let is_its_own = topic == "customers/redact" && body.get("orders_to_redact").is_some();
            let refused = read(topic, body.to_string().as_bytes()).map_err(|error| error.status());
            assert_eq!(refused.is_err(), !is_its_own, "{topic}: {body}");
        }
    }
}

#[test]
fn an_edited_order_is_to_be_asked_for_and_a_deleted_one_is_gone() {
    let edited = json!({"order_edit": {"id": 78_912, "order_id": 820_982_911_946_154_508_u64}});
    let changed = Said::Changed("820982911946154508".parse().expect("an id"));
    assert_eq!(read("orders/edited", edited.to_string().as_bytes()).ok(), Some(changed));
    let deleted = event("orders/delete", &json!({"id": 1001}));
    assert_eq!(deleted.facts.deleted_at, Some("2026-03-05T10:00:00Z".parse().expect("a time")));
    assert_eq!(read("orders/delete", b"{}").map_err(|error| error.status()), Err(400));
}

#[test]
fn a_parcel_that_its_carrier_delivered_counts_by_either_topic() {
    let parcel = |status: Value| json!({"id": 255, "order_id": 1001, "status": "success", "shipment_status": status, "updated_at": "2026-03-04T10:00:00Z"});
    let delivered = event("fulfillments/update", &parcel(json!("delivered")));
    assert_eq!(delivered.facts.delivered_at, Some("2026-03-04T10:00:00Z".parse().expect("a time")));
    for status in [json!(null), json!("in_transit")] {
        assert_eq!(try_parse("fulfillments/create", parcel(status).to_string().as_bytes()).ok(), Some(None));
    }
}

fn evidence_of(order: &Value) -> Vec<Evidence> {
    event("orders/paid", order).facts.evidence.into_iter().collect()
}

#[test]
fn edge_24_a_discount_that_staff_named_like_a_code_on_a_draft_order_is_no_evidence() {
    let draft = |kind: &str| {
        order(json!({"source_name": "shopify_draft_order", "discount_codes": [{"code": "ANNA10", "amount": "10.00"}],
            "discount_applications": [{"type": kind, "title": "ANNA10", "code": "anna10"}]}))
    };
    assert_eq!(evidence_of(&draft("manual")), []);
    assert_eq!(evidence_of(&draft("discount_code")), [Evidence::Coupon("ANNA10".parse().expect("a code"))]);
    let at_the_checkout = order(json!({"source_name": "web", "discount_codes": [{"code": "ANNA10"}]}));
    assert_eq!(evidence_of(&at_the_checkout).len(), 1);
}

#[test]
fn edge_26_a_renewal_has_no_evidence_and_the_first_order_of_a_subscription_has() {
    for (source, evidence) in [
        ("subscription_contract", 0),
        ("subscription_contract_checkout_one", 0),
        ("web", 3),
        // Any app's number, and what is not known yet.
        ("755357713", 3),
        ("subscription_contract_of_tomorrow", 3),
    ] {
        let told = order(json!({"source_name": source, "discount_codes": [{"code": "ANNA10"}],
            "note_attributes": [{"name": "ref_click", "value": "a-token"}], "landing_site": "/?ref_click=another-token"}));
        assert_eq!(evidence_of(&told).len(), evidence, "{source}");
    }
}

#[test]
fn edge_14_a_voided_payment_calls_its_order_off() {
    for (status, cancelled) in [("voided", true), ("authorized", false), ("refunded", false), ("expired", false)] {
        let facts = event("orders/updated", &order(json!({"financial_status": status}))).facts;
        assert_eq!((facts.is_cancelled(), status == "refunded"), (cancelled, facts.paid_at.is_some()), "{status}");
    }
    let both = snapshot(json!({"financial_status": "voided", "cancelled_at": "2026-03-01T09:30:00Z"}));
    assert_eq!(both.cancelled_at, Some("2026-03-01T09:30:00Z".parse().expect("a time")));
}

#[test]
fn edge_33_an_order_brought_in_from_elsewhere_is_history_and_nobodys_referral() {
    let imported = order(json!({"source_name": "1234567", "processed_at": "2025-03-01T10:00:00+01:00",
        "discount_codes": [{"code": "ANNA10"}]}));
    let facts = event("orders/create", &imported).facts;
    assert!(facts.evidence.is_empty());
    let placed_at = facts.snapshot.expect("a snapshot").placed_at;
    assert_eq!(placed_at, "2025-03-01T09:00:00Z".parse().expect("a time"));
    let slow = order(json!({"processed_at": "2026-03-01T09:58:00+01:00", "discount_codes": [{"code": "ANNA10"}]}));
    assert_eq!(evidence_of(&slow).len(), 1, "a checkout that took two minutes");
}

#[test]
fn edge_25_an_order_at_a_till_has_none_of_a_checkouts_fields() {
    let till =
        order(json!({"source_name": "pos", "location_id": 1, "email": "", "contact_email": null, "customer": null,
        "checkout_token": null, "cart_token": null, "landing_site": null, "client_details": null, "browser_ip": null,
        "shipping_address": null, "discount_codes": [{"code": "ANNA10", "amount": "10.00", "type": "percentage"}]}));
    let event = event("orders/paid", &till);
    assert!(event.contact.is_none() && event.facts.person().is_none() && event.facts.marks.is_empty());
    assert_eq!(
        event.facts.evidence.into_iter().collect::<Vec<_>>(),
        [Evidence::Coupon("ANNA10".parse().expect("a code"))]
    );
}

#[test]
fn edge_16_amounts_count_in_the_shops_money_also_where_the_buyer_paid_in_another() {
    let set = |shop: &str, shown: &str| json!({"shop_money": {"amount": shop, "currency_code": "SEK"}, "presentment_money": {"amount": shown, "currency_code": "EUR"}});
    let abroad = order(json!({"presentment_currency": "EUR", "subtotal_price_set": set("1000.00", "90.00"),
        "line_items": [line(json!({"price_set": set("500.00", "45.00")}))]}));
    let net = event("orders/paid", &abroad).facts.net().expect("a net");
    assert_eq!((net.minor(), net.currency().to_string()), (100_000, "SEK".to_owned()));
}

#[test]
fn edge_36_gift_cards_and_tips_earn_nothing() {
    let gift = order(
        json!({"line_items": [line(json!({})), line(json!({"gift_card": true, "price": "300.00", "quantity": 1}))],
        "total_tip_received": "50.00"}),
    );
    assert_eq!(event("orders/paid", &gift).facts.net().expect("a net").minor(), 100_000);
}

#[test]
fn edge_37_ids_above_two_to_the_fifty_third_keep_every_digit() {
    let big = order(json!({"id": 820_982_911_946_154_508_u64}));
    assert_eq!(event("orders/paid", &big).order.id.as_str(), "820982911946154508");
}
