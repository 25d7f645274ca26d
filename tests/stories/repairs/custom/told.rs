//! What only helps never costs an order; what decides about money is still read to the letter.

use serde_json::{Value, json};
use tests::{Sender, reward, text};

use super::{event, notes, sek, shop, told};

/// Parts that only help, each as real systems send it, and the place that the trail names.
fn unreadable() -> Vec<(Value, &'static str)> {
    let customer = |fields: Value| {
        let mut customer = json!({"id": "c-1"});
        for (name, value) in fields.as_object().expect("an object") {
            customer[name] = value.clone();
        }
        json!({"customer": customer})
    };
    let address = |fields: Value| customer(json!({"address": fields}));
    let line = |fields: Value| json!({"lines": [fields]});
    vec![
        (customer(json!({"phone": "ring på kontoret"})), "/customer/phone"),
        (customer(json!({"phone": "-"})), "/customer/phone"),
        (customer(json!({"phone": ""})), "/customer/phone"),
        (customer(json!({"phone": 46_701_234_567_u64})), "/customer/phone"),
        (customer(json!({"device": "d".repeat(201)})), "/customer/device"),
        (customer(json!({"email": ""})), "/customer/email"),
        (customer(json!({"name": 7})), "/customer/name"),
        (customer(json!({"locale": "Svenska (Sverige)"})), "/customer/locale"),
        (address(json!({"line1": "Storgatan 1", "postal_code": null, "country": "SE"})), "/customer/address"),
        (
            address(json!({"line1": "Storgatan 1", "postal_code": "111 22", "country": "Sverige"})),
            "/customer/address/country",
        ),
        (address(json!("Storgatan 1, 111 22 Stockholm")), "/customer/address"),
        (json!({"customer": {"id": "", "email": "guest@example.com"}}), "/customer/id"),
        (json!({"customer": {"id": "null", "email": "other@example.com"}}), "/customer/id"),
        (json!({"country": "Sweden"}), "/country"),
        (json!({"market": ""}), "/market"),
        (json!({"market": "m".repeat(65)}), "/market"),
        (line(json!({"sku": "", "net": sek("500.00")})), "/lines/0/sku"),
        (line(json!({"sku": "s".repeat(65), "net": sek("500.00")})), "/lines/0/sku"),
        (line(json!({"product_id": 9, "net": sek("500.00")})), "/lines/0/product_id"),
        (line(json!({"collections": ["sale", " "], "net": sek("500.00")})), "/lines/0/collections"),
        (line(json!({"quantity": "2 st", "net": sek("500.00")})), "/lines/0/quantity"),
        (json!({"discounts": [{"code": "", "amount": sek("5.00")}]}), "/discounts/0/code"),
    ]
}

#[tokio::test]
async fn repair_38_what_only_helps_is_left_out_with_a_line_in_the_trail() {
    let shop = shop(|program| program["qualify"]["new_customers_only"] = json!(false)).await;
    for (number, (fields, place)) in unreadable().into_iter().enumerate() {
        let why = told(&shop, &number.to_string(), 0, fields.clone()).await;
        assert_eq!(why["outcome"], "credited", "{fields}: {why}");
        let notes = notes(&why);
        assert!(notes.len() == 1 && notes[0].starts_with(&format!("{place} was left out: ")), "{fields}: {notes:?}");
        for value in ["kontoret", "4670", "Storgatan", "Svenska", "Sverige", "Sweden"] {
            assert!(!notes[0].contains(value), "what was sent is not repeated: {notes:?}");
        }
    }
    // The same by the API, which says so at once.
    let mut order = event(&shop, "api", 0, &json!({"market": ""}))["data"].clone();
    order["shop"] = json!(shop.merchant.shop.id);
    let answer = shop.merchant.call(202, reqwest::Method::POST, "/v1/orders", order).await;
    assert_eq!(answer["notes"], json!(["/market was left out: is empty"]));
}

#[tokio::test]
async fn repair_38_a_trail_tells_of_the_description_that_holds_and_replays() {
    let shop = shop(|_| ()).await;
    let noted = told(&shop, "1", 0, json!({"market": ""})).await;
    assert_eq!(notes(&noted), ["/market was left out: is empty"]);
    let path = format!("/v1/orders/{}/1/why?replay=true", shop.merchant.shop.id);
    assert_eq!(shop.merchant.get(&path).await["replay"]["equal"], true);
    let clean = told(&shop, "1", 10, json!({"market": "se"})).await;
    assert!(notes(&clean).is_empty(), "{clean}");
    let late = told(&shop, "1", 5, json!({"market": ""})).await;
    assert!(notes(&late).is_empty(), "an older description, too late: {late}");
    assert_eq!(shop.merchant.get(&path).await["replay"]["equal"], true);
}

#[tokio::test]
async fn repair_38_a_cancellation_is_never_lost_with_them() {
    for called_off in [json!({"state": "cancelled"}), json!({"charged_back": true})] {
        let shop = shop(|_| ()).await;
        assert_eq!(told(&shop, "1", 0, json!({})).await["outcome"], "credited");
        let mut fields = json!({"net": sek("0.00"), "total": sek("0.00"), "country": "Sweden", "market": "",
            "lines": [{"sku": "", "quantity": 0.5, "net": sek("500.00")}],
            "customer": {"email": "bo1 (at) example.com", "phone": "-", "device": "", "locale": "?",
                "address": {"line1": null, "postal_code": 11_122, "country": ""}}});
        for (name, value) in called_off.as_object().expect("an object") {
            fields[name] = value.clone();
        }
        told(&shop, "1", 10, fields).await;
        let gone = [reward("advocate", "100.00", "void"), reward("friend", "50.00", "void")];
        assert_eq!(shop.merchant.rewards().await, gone, "{called_off}");
    }
}

#[tokio::test]
async fn repair_38_other_spellings_of_locales_are_read() {
    for locale in ["sv_SE", "SV", "sv-se", "sv_SE.UTF-8"] {
        let shop = shop(|_| ()).await;
        let customer = json!({"email": "bo1@example.com", "name": "Bo", "locale": locale});
        let discounts = json!([{"code": "anna10", "amount": sek("50.00")}]);
        let why = told(&shop, "1", 0, json!({"customer": customer, "discounts": discounts})).await;
        assert!(notes(&why).is_empty(), "{locale}: {why}");
        shop.merchant.app.drain().await;
        let mails = shop.merchant.app.engine.inbox.mails().into_iter().filter(|mail| mail.to == "bo1@example.com");
        let texts: Vec<_> = mails.map(|mail| mail.text).collect();
        assert!(!texts.is_empty() && texts.iter().all(|text| text.contains("Hej Bo")), "{locale}: {texts:?}");
    }
    for locale in ["pt_BR", "zh_Hans"] {
        let shop = shop(|_| ()).await;
        let why = told(&shop, "1", 0, json!({"customer": {"email": "bo1@example.com", "locale": locale}})).await;
        assert!(notes(&why).is_empty(), "{locale}: {why}");
    }
}

#[tokio::test]
async fn repair_38_control_what_decides_about_money_is_read_to_the_letter() {
    let shop = shop(|_| ()).await;
    let wrong = [
        (json!({"customer": {"email": "nobody"}}), "/data/customer/email"),
        (json!({"customer": {"email": 7}}), "/data/customer/email"),
        (json!({"state": "sold"}), "/data/state"),
        (json!({"net": sek("500")}), "/data/net"),
        (json!({"net": null}), "/data/net"),
        (json!({"lines": [{"id": "a b", "net": sek("1.00")}]}), "/data/lines/0/id"),
        (json!({"lines": [{"sku": "A", "net": sek("-1.00")}]}), "/data/lines/0/net"),
        (
            json!({"discounts": [{"code": "A", "amount": {"amount": "1.00", "currency": "EUR"}}]}),
            "/data/discounts/0/amount",
        ),
        (json!({"refunds": [{"id": "", "net": sek("1.00")}]}), "/data/refunds/0/id"),
        (json!({"placed_at": "yesterday"}), "/data/placed_at"),
        (json!({"kountry": "SE"}), "/data/kountry"),
    ];
    for (fields, place) in wrong {
        let (status, problem) = shop.send(&event(&shop, "1", 0, &fields)).await;
        assert_eq!((status, text(&problem["errors"][0], "pointer").as_str()), (400, place), "{fields}: {problem}");
    }
    let path = format!("/v1/orders/{}/1/why", shop.merchant.shop.id);
    shop.merchant.call(404, reqwest::Method::GET, &path, json!(null)).await;
}

async fn outcome(shop: &Sender, id: &str, fields: Value) -> String {
    text(&told(shop, id, 0, fields).await, "outcome")
}

#[tokio::test]
async fn repair_38_control_what_was_left_out_fulfils_no_condition() {
    let qualify = json!({"countries": ["SE"], "include": {"skus": ["A"]}});
    let shop = shop(|program| program["qualify"] = qualify).await;
    let goods = json!([{"sku": "A", "net": sek("500.00")}]);
    assert_eq!(outcome(&shop, "1", json!({"country": "se", "lines": goods})).await, "credited");
    assert_eq!(outcome(&shop, "2", json!({"country": "Sverige", "lines": goods})).await, "not_credited");
    let nameless = json!([{"sku": "", "net": sek("500.00")}]);
    assert_eq!(outcome(&shop, "3", json!({"country": "SE", "lines": nameless})).await, "not_credited");
    // The country of an address counts, though the rest of it can't be compared with anything.
    let customer = json!({"email": "bo4@example.com", "address": {"line1": "Storgatan 1", "country": "SE"}});
    assert_eq!(outcome(&shop, "4", json!({"customer": customer, "lines": goods})).await, "credited");
}

#[tokio::test]
async fn repair_38_control_guests_without_an_account_are_not_one_person() {
    let shop = shop(|_| ()).await;
    for (number, id) in ["", "null", "0", " ", "undefined"].into_iter().enumerate() {
        let (order, email) = (number.to_string(), format!("guest{number}@example.com"));
        let customer = json!({"customer": {"id": id, "email": email}});
        assert_eq!(outcome(&shop, &order, customer).await, "credited", "{id:?}");
    }
    // And one account is one customer, whatever the address.
    let with = |email: &str| json!({"customer": {"id": "c-7", "email": email}});
    assert_eq!(outcome(&shop, "a", with("a@example.com")).await, "credited");
    assert_eq!(outcome(&shop, "b", with("b@example.com")).await, "not_credited");
}
