//! Customers are asked to refer at the right moment, by the best of reasons, and not at all by others; what decided is
//! shown.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, text};

/// A merchant whose program asks a day after payment, at any hour, with two reminders.
async fn asking(change: impl FnOnce(&mut Value)) -> (TestMerchant, Value) {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant
        .program(|body| {
            body["mails"] = json!({"invite": {"on": "paid", "delay_hours": 24, "reminders_days": [7, 21],
                "quiet_hours": {"from": "00:00", "to": "00:00"}}});
            change(body);
        })
        .await;
    (merchant, program)
}

async fn buys(merchant: &TestMerchant, id: &str) {
    let order = TestOrder::paid(id, merchant.app.at(0));
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
}

/// Where asking stands, as `(state, reason, asked)`.
async fn invites(merchant: &TestMerchant) -> Vec<(String, String, u64)> {
    let found = merchant.get("/v1/invites").await;
    let view = |it: &Value| (text(it, "state"), text(it, "reason"), it["asked"].as_u64().expect("a number"));
    found["data"].as_array().expect("a list").iter().map(view).collect()
}

fn is(state: &str, reason: &str, asked: u64) -> Vec<(String, String, u64)> {
    vec![(state.into(), reason.into(), asked)]
}

/// How many mails Bo got.
fn to_bo(merchant: &TestMerchant) -> usize {
    merchant.app.mails().iter().filter(|(to, _)| to == "bo@example.com").count()
}

async fn says(merchant: &TestMerchant, body: Value) -> Value {
    let mut change = json!({"email": "bo@example.com"});
    for (name, value) in body.as_object().expect("an object") {
        change[name] = value.clone();
    }
    merchant.call(200, Method::PATCH, "/v1/customers", change).await
}

#[tokio::test]
async fn a_buyer_is_asked_a_day_later_with_a_link_of_their_own_and_reminded_twice() {
    let (merchant, program) = asking(|_| ()).await;
    buys(&merchant, "1001").await;
    merchant.app.drain().await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("waiting", "", 0), 0));
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));

    let links = merchant.get("/v1/links").await;
    let link = &links["data"][0];
    assert_eq!(link["program"], program["id"]);
    let mail = merchant.app.engine.inbox.mails().remove(0);
    assert!(mail.text.contains(&text(link, "code")) && mail.text.contains("/s/"), "{}", mail.text);

    merchant.app.days_pass(7).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 2), 2));
    merchant.app.days_pass(21).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("done", "asked_enough", 3), 3));
    merchant.app.days_pass(400).await;
    buys(&merchant, "1002").await;
    merchant.app.days_pass(2).await;
    assert_eq!(to_bo(&merchant), 3, "and then left alone");
}

#[tokio::test]
async fn the_same_order_told_ten_times_asks_once() {
    let (merchant, _) = asking(|_| ()).await;
    let order = TestOrder::paid("1001", merchant.app.at(0));
    for second in 1..=10 {
        let again = order.clone().later(merchant.app.at(second), json!({"note": second}));
        assert_eq!(merchant.shop.post("orders/updated", &again.0).await, 200);
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    }
    merchant.app.days_pass(1).await;
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));
}

#[tokio::test]
async fn a_shop_whose_programs_ask_nobody_keeps_nobodys_address() {
    let merchant = TestApp::start().await.merchant().await;
    merchant.program(|_| ()).await;
    buys(&merchant, "1001").await;
    merchant.app.days_pass(2).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (vec![], 0));
    let kept = merchant.call(200, Method::POST, "/v1/privacy/export", json!({"email": "bo@example.com"})).await;
    assert!(!kept.to_string().contains("\"Bo\""), "{kept}");
}

#[tokio::test]
async fn who_must_not_be_asked_is_not_and_the_reason_is_shown() {
    let cases = [
        (json!({"do_not_ask": true}), is("declined", "do_not_ask", 0)),
        (json!({"opted_in": false}), is("declined", "not_opted_in", 0)),
        (json!({"open_ticket": true}), is("waiting", "open_ticket", 0)),
    ];
    for (said, expected) in cases {
        let (merchant, _) = asking(|_| ()).await;
        buys(&merchant, "1001").await;
        let customer = says(&merchant, said.clone()).await;
        merchant.app.days_pass(1).await;
        assert_eq!((invites(&merchant).await, to_bo(&merchant)), (expected, 0), "{said}");
        let shown = merchant.get(&format!("/v1/customers/{}", text(&customer, "id"))).await;
        assert!(shown["invites"][0]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{shown}");
    }
}

#[tokio::test]
async fn a_ticket_that_is_closed_lets_the_invitation_go() {
    let (merchant, _) = asking(|_| ()).await;
    buys(&merchant, "1001").await;
    says(&merchant, json!({"open_ticket": true})).await;
    merchant.app.days_pass(3).await;
    assert_eq!(to_bo(&merchant), 0);
    says(&merchant, json!({"open_ticket": false})).await;
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));
}

#[tokio::test]
async fn an_order_that_was_called_off_meanwhile_asks_nobody_and_a_refund_waits_a_month() {
    let (merchant, _) = asking(|_| ()).await;
    let order = TestOrder::paid("1001", merchant.app.at(0));
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    let at = merchant.app.at(60);
    let cancelled = order.later(at, json!({"cancelled_at": format!("{at:.0}")}));
    assert_eq!(merchant.shop.post("orders/cancelled", &cancelled.0).await, 200);
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("declined", "order_gone", 0), 0));

    let (merchant, _) = asking(|_| ()).await;
    let order = TestOrder::paid("1001", merchant.app.at(0));
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(merchant.shop.post("refunds/create", &order.refund(1, "100.00", merchant.app.at(9))).await, 200);
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("waiting", "recent_refund", 0), 0));
    merchant.app.days_pass(30).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));
}

#[tokio::test]
async fn only_the_best_customers_are_asked_by_what_the_shop_saw_and_the_merchant_said() {
    let (merchant, _) = asking(|body| {
        body["mails"]["invite"]["eligible"] = json!({"min_orders": 2, "tags_any": ["vip"],
            "min_spend": {"amount": "900.00", "currency": "SEK"}});
    })
    .await;
    buys(&merchant, "1001").await;
    merchant.app.days_pass(1).await;
    assert_eq!(invites(&merchant).await, is("declined", "too_few_orders", 0));
    buys(&merchant, "1002").await;
    merchant.app.days_pass(1).await;
    assert_eq!(invites(&merchant).await, is("declined", "tags", 0), "1,000 kr in two orders");
    says(&merchant, json!({"tags": ["vip"]})).await;
    buys(&merchant, "1003").await;
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));
}

#[tokio::test]
async fn a_milestone_of_the_merchants_own_asks_too_once_for_each_cause() {
    let (merchant, program) = asking(|body| {
        body["mails"]["invite"]["on"] = json!("milestone");
        body["mails"]["invite"]["milestone"] = json!("five stars");
        body["mails"]["invite"]["delay_hours"] = json!(0);
    })
    .await;
    says(&merchant, json!({"name": "Bo", "locale": "sv"})).await;
    let reached = json!({"email": "bo@example.com", "milestone": "five stars"});
    let path = "/v1/customers/milestones";
    let noted = merchant.call(202, Method::POST, path, reached.clone()).await;
    assert_eq!(noted["programs"], json!([program["id"]]));
    assert_eq!(merchant.call(202, Method::POST, path, reached).await["programs"], json!([]));
    let other = json!({"email": "bo@example.com", "milestone": "one star"});
    assert_eq!(merchant.call(202, Method::POST, path, other).await["programs"], json!([]));
    merchant.app.drain().await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));
}

#[tokio::test]
async fn two_programs_do_not_ask_one_person_at_once() {
    let (merchant, _) = asking(|_| ()).await;
    merchant
        .program(|body| {
            body["mails"] = json!({"invite": {"on": "paid", "delay_hours": 0, "rest_days": 14,
                "quiet_hours": {"from": "00:00", "to": "00:00"}}});
        })
        .await;
    buys(&merchant, "1001").await;
    merchant.app.days_pass(1).await;
    assert_eq!(to_bo(&merchant), 1);
    merchant.app.days_pass(10).await;
    assert_eq!(to_bo(&merchant), 1, "rest");
    merchant.app.days_pass(4).await;
    assert_eq!(to_bo(&merchant), 2);
}

#[tokio::test]
async fn nobody_is_woken_at_night_by_the_customers_own_clock() {
    let (merchant, _) = asking(|body| {
        body["mails"]["invite"]["delay_hours"] = json!(0);
        body["mails"]["invite"]["quiet_hours"] = json!({"from": "21:00", "to": "09:00"});
    })
    .await;
    // Somewhere it is noon, and there the mail may go; where it is midnight, it may not.
    let hour = merchant.app.at(0).to_zoned(jiff::tz::TimeZone::UTC).hour();
    let night = (24 - i32::from(hour)) % 24;
    let offset = if night > 12 { night - 24 } else { night };
    // The names of zones of this kind have their signs the other way round.
    says(&merchant, json!({"time_zone": format!("Etc/GMT{:+}", -offset)})).await;
    buys(&merchant, "1001").await;
    merchant.app.drain().await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("waiting", "quiet_hours", 0), 0));
    merchant.app.engine.advance(10 * 3600);
    merchant.app.drain().await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("asked", "", 1), 1));
}

#[tokio::test]
async fn whoever_left_or_was_erased_is_not_asked() {
    let (merchant, _) = asking(|_| ()).await;
    buys(&merchant, "1001").await;
    merchant.call(202, Method::POST, "/v1/privacy/erase", json!({"email": "bo@example.com"})).await;
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("declined", "erased", 0), 0));
    let refused = json!({"email": "bo@example.com", "tags": ["vip"]});
    let problem = merchant.call(409, Method::PATCH, "/v1/customers", refused).await;
    assert_eq!(problem["code"], "customer_erased");
}

#[tokio::test]
async fn a_program_that_asks_nobody_any_more_stops_at_once() {
    let (merchant, program) = asking(|_| ()).await;
    buys(&merchant, "1001").await;
    let path = format!("/v1/programs/{}", text(&program, "id"));
    merchant.call(200, Method::PATCH, &path, json!({"mails": null})).await;
    merchant.app.days_pass(1).await;
    assert_eq!((invites(&merchant).await, to_bo(&merchant)), (is("declined", "program_not_active", 0), 0));
    buys(&merchant, "1002").await;
    merchant.app.days_pass(2).await;
    assert_eq!(to_bo(&merchant), 0);
}

#[tokio::test]
async fn customers_are_imported_line_by_line_and_what_is_wrong_is_told() {
    let merchant = TestApp::start().await.merchant().await;
    let import = async |kind: &str, body: &str| {
        let url = format!("{}/v1/import/customers", merchant.app.engine.url);
        let post = merchant.app.client.post(url).bearer_auth(&merchant.api_key).header("content-type", kind);
        let answer = post.body(body.to_owned()).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let csv = "email,orders,spend,tags,opted_in\nbo@example.com,7,1200.00 SEK,vip|press,true\nno address,1,,,\ncy@example.com,x,,,\n";
    let (status, answer) = import("text/csv", csv).await;
    assert_eq!((status, &answer["imported"]), (200, &json!(1)));
    let told: Vec<_> = answer["failed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| (it["line"].clone(), text(it, "detail")))
        .collect();
    assert_eq!((&told[0].0, &told[1].0), (&json!(3), &json!(4)));
    assert!(told[0].1.starts_with("email") && told[1].1.starts_with("orders"), "{told:?}");
    assert!(!answer.to_string().contains("no address"), "what was sent is not repeated");

    let lines = "{\"email\": \"bo@example.com\", \"loyalty_tier\": \"gold\"}\n{\"email\": \"bo@example.com\", \"shoe_size\": 44}\n";
    let (_, answer) = import("application/x-ndjson", lines).await;
    assert_eq!((&answer["imported"], &answer["failed"][0]["line"]), (&json!(1), &json!(2)));
    let bo = says(&merchant, json!({})).await;
    assert_eq!((&bo["orders"], &bo["loyalty_tier"], &bo["opted_in"]), (&json!(7), &json!("gold"), &json!(true)));
    assert_eq!(bo["tags"], json!(["press", "vip"]));
    assert_eq!(says(&merchant, json!({"tags": null, "orders": null})).await["tags"], json!([]));
    assert_eq!(import("text/csv", "email\n").await.0, 422);
}

#[tokio::test]
async fn what_is_said_of_a_customer_is_checked_and_stays_with_its_merchant() {
    let merchant = TestApp::start().await.merchant().await;
    let cases = [
        (json!({"email": "bo"}), "/email"),
        (json!({"email": "bo@example.com", "time_zone": "Mars/Olympus"}), "/time_zone"),
        (json!({"email": "bo@example.com", "tags": vec!["x"; 51]}), "/tags"),
        (json!({"email": "bo@example.com", "spend": {"amount": "-1.00", "currency": "SEK"}}), "/spend"),
        (json!({"email": "bo@example.com", "orders": -1}), "/orders"),
    ];
    for (body, pointer) in cases {
        let problem = merchant.call(422, Method::PATCH, "/v1/customers", body.clone()).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let customer = says(&merchant, json!({"tags": ["vip"]})).await;
    let other = merchant.app.merchant().await;
    let path = format!("/v1/customers/{}", text(&customer, "id"));
    merchant.app.call(404, Method::GET, &path, &other.api_key, None).await;
    merchant.app.call(404, Method::GET, "/v1/customers/x", &merchant.api_key, None).await;
    assert_eq!(merchant.get(&path).await["tags"], json!(["vip"]));
}
