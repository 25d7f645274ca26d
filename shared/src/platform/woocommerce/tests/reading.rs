//! Statuses, times, people and evidence.

use super::*;
use crate::domain::order::{Evidence, MAX_CODES, fold};
use crate::domain::person::Mark;

fn facts_of(change: Value) -> Facts {
    event(&order(change)).facts
}

fn evidence_of(change: Value) -> Vec<Evidence> {
    facts_of(change).evidence.into_iter().collect()
}

fn meta(of: &[(&str, Value)]) -> Value {
    of.iter().enumerate().map(|(id, (key, value))| json!({"id": id, "key": key, "value": value})).collect()
}

#[test]
fn a_status_says_how_far_an_order_is() {
    let modified = at("2026-03-01T10:00:05Z");
    let unpaid = json!({"date_paid": null, "date_paid_gmt": null});
    // Status, paid, fulfilled, called off.
    for (status, paid, fulfilled, off) in [
        ("pending", false, false, false),
        ("on-hold", false, false, false),
        ("processing", true, false, false),
        ("wc-processing", true, false, false),
        ("completed", true, true, false),
        ("refunded", false, false, false),
        ("cancelled", false, false, true),
        ("failed", false, false, true),
        ("trash", false, false, true),
        ("awaiting-shipment", false, false, false),
    ] {
        let mut body = order(unpaid.clone());
        body["status"] = json!(status);
        let facts = event(&body).facts;
        assert_eq!(facts.paid_at, paid.then_some(modified), "{status}");
        assert_eq!(facts.fulfilled_at, fulfilled.then_some(modified), "{status}");
        assert_eq!(facts.snapshot.expect("a snapshot").cancelled_at, off.then_some(modified), "{status}");
    }
    let done = json!({"status": "completed", "date_completed_gmt": "2026-03-03T09:00:00"});
    assert_eq!(facts_of(done).fulfilled_at, Some(at("2026-03-03T09:00:00Z")));
    // Whatever a plugin calls it: paid is what was paid.
    assert_eq!(facts_of(json!({"status": "awaiting-shipment"})).paid_at, Some(at("2026-03-01T10:00:04Z")));
}

#[test]
fn what_was_not_ordered_yet_says_nothing() {
    for status in ["checkout-draft", "draft", "auto-draft", "new", "wc-checkout-draft"] {
        let body = order(json!({"status": status, "date_paid_gmt": null})).to_string();
        for topic in ["order.created", "order.updated", "order.restored"] {
            assert_eq!(read(topic, body.as_bytes()).expect("read"), Said::Nothing, "{topic} {status}");
        }
    }
    for topic in ["coupon.created", "customer.deleted", "product.updated", "action.woocommerce_x", "", "ORDER.CREATED"]
    {
        assert_eq!(read(topic, b"not json").expect("not even read"), Said::Nothing, "{topic}");
    }
}

#[test]
fn repair_23_a_draft_without_dates_says_nothing_and_an_order_without_them_is_refused() {
    let dates =
        ["date_created", "date_created_gmt", "date_modified", "date_modified_gmt", "date_paid", "date_paid_gmt"];
    let undated = |status: &str| {
        let mut body = order(json!({"status": status, "total": "0.00", "line_items": []}));
        for date in dates {
            body[date] = Value::Null;
        }
        read("order.updated", body.to_string().as_bytes()).map_err(|error| error.status())
    };
    assert_eq!(undated("auto-draft"), Ok(Said::Nothing));
    assert_eq!(undated("processing"), Err(400));
}

#[test]
fn edge_34_a_deleted_order_is_gone_until_it_is_restored() {
    let said = |topic: &str, body: &Value, received_at: Timestamp| match parse(
        topic,
        body.to_string().as_bytes(),
        context(&keys(), received_at),
    )
    .expect("read")
    {
        Said::Order(event) => event.facts,
        other => panic!("{other:?}"),
    };
    let (first, later) = (at(RECEIVED), at("2026-03-06T10:00:00Z"));
    let bought = said("order.created", &order(json!({})), first);
    let deleted = said("order.deleted", &json!({"id": "1001"}), first);
    // Untrashing does not change when it was modified.
    let restored = said("order.restored", &order(json!({})), later);
    let gone = fold(bought, deleted);
    assert!(gone.is_deleted() && gone.is_cancelled());
    assert!(!fold(gone.clone(), restored.clone()).is_deleted());
    assert!(!fold(restored, gone).is_deleted(), "whichever came first");
}

#[test]
fn times_are_utc_without_saying_so() {
    let shot = snapshot(json!({}));
    assert_eq!((shot.placed_at, shot.updated_at), (at("2026-03-01T10:00:00Z"), at("2026-03-01T10:00:05Z")));
    let with_offset =
        json!({"date_created_gmt": "2026-03-01T11:00:00+01:00", "date_modified_gmt": "2026-03-01T10:00:05Z"});
    assert_eq!(snapshot(with_offset), shot);
    // A body without times in UTC has those of the site, some hours off.
    let local = json!({"date_created_gmt": null, "date_modified_gmt": "", "date_paid_gmt": false});
    let facts = facts_of(local);
    assert_eq!(facts.snapshot.as_ref().map(|shot| shot.placed_at), Some(at("2026-03-01T11:00:00Z")));
    assert_eq!(facts.paid_at, Some(at("2026-03-01T11:00:04Z")));
    // Never modified: as it was placed.
    let once = snapshot(json!({"date_modified": null, "date_modified_gmt": "0000-00-00T00:00:00"}));
    assert_eq!(once.updated_at, once.placed_at);
}

#[test]
fn edge_27_a_guest_is_known_by_address_alone() {
    let known = facts_of(json!({}));
    let guest = facts_of(json!({"customer_id": 0}));
    assert!(known.by_customer_id.is_some() && guest.by_customer_id.is_none());
    assert_eq!(known.by_email.map(|by| by.value), guest.by_email.map(|by| by.value));
    for nobody in [json!("0"), json!(""), json!(null), json!(false), json!([])] {
        assert_eq!(facts_of(json!({"customer_id": nobody})).by_customer_id, None, "{nobody}");
    }
    let by_text = facts_of(json!({"customer_id": "7"})).by_customer_id;
    assert_eq!(by_text, known.by_customer_id);
    for billing in [json!([]), json!(null), json!(""), json!({"email": "not an address"}), json!({"email": 5})] {
        let event = event(&order(json!({"billing": billing, "shipping": []})));
        assert!(event.contact.is_none() && event.facts.by_email.is_none(), "{billing}");
        assert_eq!(event.facts.snapshot.expect("a snapshot").country, None);
    }
}

#[test]
fn the_buyer_is_marked_by_phone_address_and_device() {
    let marks = |change: Value| facts_of(change).marks.into_keys().collect::<Vec<_>>();
    assert_eq!(marks(json!({})), [Mark::Phone, Mark::Address, Mark::Device]);
    // Who typed it in at the shop's desk, or sent it by machine, is not the buyer.
    for via in ["admin", "rest-api", "subscription"] {
        assert_eq!(marks(json!({"created_via": via})), [Mark::Phone, Mark::Address], "{via}");
    }
    assert_eq!(marks(json!({"created_via": "store-api"})), [Mark::Phone, Mark::Address, Mark::Device]);
    // Goods that are not delivered are billed all the same.
    let nowhere = json!({"first_name": "", "address_1": "", "postcode": "", "country": ""});
    let billed = facts_of(json!({"shipping": nowhere}));
    assert_eq!(billed.marks, facts_of(json!({})).marks);
    assert_eq!(billed.snapshot.and_then(|shot| shot.country).map(|country| country.to_string()).as_deref(), Some("SE"));
    assert_eq!(marks(json!({"customer_ip_address": "", "billing": null, "shipping": null})), []);
}

#[test]
fn edge_20_all_codes_are_evidence_up_to_ten() {
    let codes = |lines: Value| evidence_of(json!({"coupon_lines": lines}));
    let code = |code: &str| Evidence::Coupon(code.parse().expect("a code"));
    let two = json!([{"id": 1, "code": "summer", "discount": "5.00"}, {"id": 2, "code": " anna10 ", "discount": "10"}]);
    assert_eq!(codes(two), [code("ANNA10"), code("SUMMER")]);
    let odd =
        json!({"1": {"code": "bo-7"}, "2": {"code": null}, "3": "x", "4": {"code": ["y"]}, "5": {"code": "zu zweit"}});
    assert_eq!(codes(odd), [code("BO-7")]);
    let many: Value = (0..30).map(|n| json!({"code": format!("code{n}")})).collect();
    assert_eq!(codes(many.clone()).len(), MAX_CODES);
    assert_eq!(snapshot(json!({"coupon_lines": many})).coupons.len(), MAX_CODES);
}

#[test]
fn a_token_is_found_in_the_orders_data_and_in_the_landing_url() {
    let click = || vec![Evidence::Click("1.a.B.c".into())];
    for key in ["ref_click", "_ref_click"] {
        let found = json!({"meta_data": meta(&[("gift", json!({"a": 1})), (key, json!(" 1.a.B.c\n"))])});
        assert_eq!(evidence_of(found), click(), "{key}");
    }
    for value in [json!(7), json!(true), json!(null), json!({"a": 1}), json!(["x"]), json!(""), json!("x".repeat(201))]
    {
        let found = json!({"meta_data": meta(&[("ref_click", value.clone()), ("_ref_click", json!("1.a.B.c"))])});
        assert_eq!(evidence_of(found), click(), "{value}");
    }
    let landing =
        |url: &str| evidence_of(json!({"meta_data": meta(&[("_wc_order_attribution_session_entry", json!(url))])}));
    for url in ["https://nordicshoes.example/boots?size=40&ref_click=t.1#top", "/?ref_click=t%2E1", "?ref_click=t.1"] {
        assert_eq!(landing(url), [Evidence::Landing("t.1".into())], "{url}");
    }
    for url in ["/", "https://nordicshoes.example/ref_click=t.1", "http://[", "MGH-App", "/?ref_click="] {
        assert_eq!(landing(url), [], "{url}");
    }
}

#[test]
fn edge_26_a_renewal_has_no_evidence_of_its_own() {
    let copied = [("ref_click", json!("t.1")), ("_wc_order_attribution_session_entry", json!("/?ref_click=t.1"))];
    let renewal = ("_subscription_renewal", json!("55"));
    let coupon = json!([{"code": "anna10", "discount": "10.00"}]);
    let all = |via: &str, meta_data: Value| {
        evidence_of(json!({"created_via": via, "meta_data": meta_data, "coupon_lines": coupon}))
    };
    assert_eq!(all("checkout", meta(&copied)).len(), 3, "the first one");
    assert_eq!(all("subscription", meta(&copied)), []);
    let [click, landing] = copied;
    // Renewed early, at the checkout: a code was typed, everything else was copied.
    let early = all("checkout", meta(&[click, landing, renewal]));
    assert_eq!(early, [Evidence::Coupon("ANNA10".parse().expect("a code"))]);
    // It is a purchase all the same.
    assert!(facts_of(json!({"created_via": "subscription"})).is_purchase());
}

#[test]
fn edge_31_an_order_paid_with_play_money_is_a_test() {
    for (key, value, test) in [
        ("_wcpay_mode", "test", true),
        ("_wcpay_mode", "prod", false),
        ("_ppcp_paypal_payment_mode", "sandbox", true),
        ("_ppcp_paypal_payment_mode", "live", false),
        ("mode", "test", false),
    ] {
        assert_eq!(snapshot(json!({"meta_data": meta(&[(key, json!(value))])})).test, test, "{key} {value}");
    }
}

#[test]
fn a_malformed_body_is_refused_and_the_place_named() {
    let wrong = |topic: &str, body: &str, place: &str| {
        let refused = read(topic, body.as_bytes()).expect_err(body);
        assert_eq!(refused.status(), 400, "{body}: {refused:?}");
        assert!(format!("{refused:?}").contains(&format!("pointer: \"{place}\"")), "{place}: {refused:?}");
    };
    for topic in ["order.created", "order.deleted"] {
        for body in ["", "{", "not json", "{} {}", "null", "\"order\"", "7", "{}", "webhook_id=4", "[]"] {
            wrong(topic, body, "");
        }
    }
    for other in [
        json!({"id": 142, "status": "active", "topic": "order.updated", "date_created_gmt": "2016-05-15T20:17:52"}),
        refund(json!({})),
    ] {
        wrong("order.updated", &other.to_string(), "");
    }
    let lines = |lines: &[Value]| json!({"line_items": lines});
    let orders = [
        (json!({"id": {}}), "/id"),
        (json!({"id": -1}), "/id"),
        (json!({"id": ""}), "/id"),
        (json!({"date_created_gmt": null, "date_created": ""}), "/date_created_gmt"),
        (json!({"date_created_gmt": "yesterday"}), "/date_created_gmt"),
        (json!({"date_modified_gmt": 1_700_000_000}), "/date_modified_gmt"),
        (json!({"currency": "XXX"}), "/currency"),
        (json!({"total": []}), "/total"),
        (json!({"total": "a lot"}), "/total"),
        (json!({"line_items": "none"}), "/line_items"),
        (json!({"line_items": true}), "/line_items"),
        (lines(&[line(json!({})), line(json!({"total": true}))]), "/line_items/1/total"),
        (lines(&[line(json!({"total": "1e3"}))]), "/line_items/0/total"),
        (lines(&[json!("x")]), "/line_items/0"),
        (json!({"refunds": [{"total": "-1.00"}]}), "/refunds/0"),
        (json!({"refunds": [{"id": 1, "total": {}}]}), "/refunds/0/total"),
    ];
    for (change, place) in orders {
        wrong("order.updated", &order(change).to_string(), place);
    }
}
