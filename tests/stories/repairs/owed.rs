//! Who is owed can be found, told to whoever hands over, and paid; and whoever was erased is in none of it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Reaction, Receiver, TestApp, TestMerchant, TestOrder, text};

/// Anna (account 88) and Bea refer by hand-paid rewards; Bo (account 7001) and Cy buy by Anna's code, Dee by Bea's.
async fn story(app: &TestApp) -> (TestMerchant, Value) {
    let shop = app.merchant().await;
    let program = shop
        .program(|body| {
            let reward = |amount: &str| {
                json!([{"kind": "fixed", "value": {"amount": amount, "currency": "SEK"}, "fulfilment": "manual"}])
            };
            body["rewards"] = json!({"friend": reward("50.00"), "advocate": reward("100.00")});
            body["qualify"] = json!({"new_customers_only": false});
        })
        .await;
    let anna = json!({"program": program["id"], "code": "anna10",
        "advocate": {"email": "anna@example.com", "name": "=Anna,\"A\"", "customer_id": "88"}});
    let anna = shop.call(201, Method::POST, "/v1/links", anna).await;
    shop.link(&program, "bea@example.com", Some("bea10")).await;
    pays(&shop, "1001", "ANNA10", json!({})).await;
    pays(&shop, "1002", "ANNA10", json!({"email": "cy@example.com", "customer": {"id": 9, "first_name": "Cy"}})).await;
    pays(&shop, "1003", "BEA10", json!({"email": "dee@example.com", "customer": null})).await;
    (shop, anna)
}

async fn pays(shop: &TestMerchant, id: &str, code: &str, fields: Value) {
    let order = TestOrder::paid(id, shop.app.at(-60)).coupon(code).with(fields);
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
}

async fn list(shop: &TestMerchant, query: &str) -> Vec<Value> {
    shop.get(&format!("/v1/rewards{query}")).await["data"].as_array().expect("rows").clone()
}

/// Who owns the reward of a side of an order.
async fn owner(shop: &TestMerchant, order: &str, side: &str) -> Value {
    let rows = list(shop, &format!("?side={side}")).await;
    rows.iter().find(|row| row["order"]["id"] == order).expect("a reward")["customer"].clone()
}

fn nobody() -> Value {
    json!({"name": null, "email": null, "accounts": []})
}

async fn erase(shop: &TestMerchant, email: &str) {
    shop.call(202, Method::POST, "/v1/privacy/erase", json!({"email": email})).await;
    shop.app.drain().await;
}

/// A table, and where it goes on.
async fn csv(shop: &TestMerchant, query: &str, accept: &str) -> (Vec<Vec<String>>, Option<String>) {
    let request = shop.app.client.get(format!("{}/v1/rewards{query}", shop.app.engine.url));
    let answer = request.bearer_auth(&shop.api_key).header("accept", accept).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/csv")));
    let next = answer.headers().get("goodword-next").map(|next| next.to_str().expect("a cursor").to_owned());
    let body = answer.text().await.expect("text");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(body.as_bytes());
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    (rows, next)
}

#[tokio::test]
async fn repair_18_advocates_and_rewards_name_their_person_and_are_found_by_it() {
    let app = TestApp::start().await;
    let (shop, anna) = story(&app).await;
    let id = &shop.shop.id;
    let known =
        json!({"name": "=Anna,\"A\"", "email": "anna@example.com", "accounts": [{"shop": id, "customer_id": "88"}]});
    let advocate = text(&anna, "advocate");
    let path = format!("/v1/advocates/{advocate}");
    assert_eq!(shop.get(&path).await["customer"], known);
    assert_eq!(shop.call(200, Method::PATCH, &path, json!({"loyalty_tier": "gold"})).await["customer"], known);
    assert_eq!(owner(&shop, "1001", "advocate").await, known);
    let bo = json!({"name": "Bo", "email": "bo@example.com", "accounts": [{"shop": id, "customer_id": "7001"}]});
    assert_eq!(owner(&shop, "1001", "friend").await, bo, "the friend's side names the friend");
    assert_eq!(owner(&shop, "1003", "friend").await, json!({"name": null, "email": "dee@example.com", "accounts": []}));

    // By address in any spelling, and by account.
    for query in ["email=anna@example.com", "email=ANNA@Example.COM", &format!("customer_id=88&shop={id}")] {
        let found = shop.get(&format!("/v1/advocates?{query}")).await;
        assert_eq!((&found["data"][0]["id"], &found["data"][1]), (&json!(advocate), &Value::Null), "{query}");
        let mut orders: Vec<_> =
            list(&shop, &format!("?{query}")).await.iter().map(|row| text(&row["order"], "id")).collect();
        orders.sort();
        assert_eq!(orders, ["1001", "1002"], "{query}");
    }
    let of_bo = list(&shop, &format!("?customer_id=7001&shop={id}")).await;
    assert_eq!((of_bo.len(), &of_bo[0]["side"]), (1, &json!("friend")));
    for query in ["email=nobody@example.com", &format!("customer_id=1&shop={id}")] {
        for route in ["advocates", "rewards", "referrals"] {
            assert_eq!(shop.get(&format!("/v1/{route}?{query}")).await["data"], json!([]), "{route}?{query}");
        }
    }
    for wrong in
        ["advocates", "advocates?email=x", "advocates?customer_id=88", "rewards?customer_id=88", "rewards?to_pay=no"]
    {
        app.call(422, Method::GET, &format!("/v1/{wrong}"), &shop.api_key, None).await;
    }

    // Another merchant's key finds and sees nothing.
    let other = app.merchant().await;
    app.call(404, Method::GET, &path, &other.api_key, None).await;
    for query in
        ["advocates?email=anna@example.com", &format!("rewards?customer_id=88&shop={id}"), "rewards?to_pay=true"]
    {
        assert_eq!(other.get(&format!("/v1/{query}")).await["data"], json!([]), "{query}");
    }
}

#[tokio::test]
async fn repair_18_a_customer_with_two_accounts_is_one_person() {
    let app = TestApp::start().await;
    let (shop, anna) = story(&app).await;
    let south = app.shop(&shop.api_key, "southernshoes").await;
    let there = json!({"email": "anna@example.com", "shop": south.id, "customer_id": "5"});
    shop.call(200, Method::PATCH, "/v1/customers", there).await;
    let (own, other) =
        (json!({"shop": shop.shop.id, "customer_id": "88"}), json!({"shop": south.id, "customer_id": "5"}));
    let customer = owner(&shop, "1001", "advocate").await;
    assert_eq!(customer["accounts"], json!([own, other]), "the account with the order's own shop comes first");
    for query in [format!("customer_id=88&shop={}", shop.shop.id), format!("customer_id=5&shop={}", south.id)] {
        let found = shop.get(&format!("/v1/advocates?{query}")).await;
        assert_eq!(found["data"][0]["id"], anna["advocate"], "{query}");
    }
    // The same person with another address at the same account: both orders once.
    pays(&shop, "1004", "BEA10", json!({"email": "bo@work.example"})).await;
    let id = &shop.shop.id;
    for query in [format!("customer_id=7001&shop={id}")] {
        let mut orders: Vec<_> =
            list(&shop, &format!("?{query}")).await.iter().map(|row| text(&row["order"], "id")).collect();
        orders.sort();
        assert_eq!(orders, ["1001", "1004"], "{query}");
    }
    // Told of an account later, by a link that is there already.
    let again = json!({"program": text(&shop.get("/v1/programs").await["data"][0], "id"),
        "advocate": {"email": "bea@example.com", "customer_id": "99"}});
    shop.call(200, Method::POST, "/v1/links", again).await;
    let bea = owner(&shop, "1003", "advocate").await;
    assert_eq!(bea["accounts"], json!([{"shop": id, "customer_id": "99"}]));
}

#[tokio::test]
async fn repair_18_who_was_erased_is_named_nowhere() {
    let app = TestApp::start().await;
    let (shop, anna) = story(&app).await;
    let rewards = list(&shop, "?side=advocate").await;
    let of_anna = rewards.iter().find(|row| row["order"]["id"] == "1001").expect("a reward");
    let fulfil = format!("/v1/rewards/{}/fulfil", text(of_anna, "id"));
    let by_hand = || async {
        let request = app.client.post(format!("{}{fulfil}", app.engine.url)).bearer_auth(&shop.api_key);
        let request = request.header("idempotency-key", "pay-1").json(&json!({"actor": "Eva"}));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.json::<Value>().await.expect("JSON")
    };
    let paid = by_hand().await;
    assert_eq!((&paid["state"], &paid["customer"]["email"]), (&json!("issued"), &json!("anna@example.com")));
    assert_eq!(by_hand().await, paid, "said again, it is the same");

    erase(&shop, "anna@example.com").await;
    erase(&shop, "bo@example.com").await;
    assert_eq!(by_hand().await["customer"], nobody(), "the saved answer holds no name");
    for (order, side) in [("1001", "advocate"), ("1001", "friend"), ("1002", "advocate")] {
        assert_eq!(owner(&shop, order, side).await, nobody(), "{order} {side}");
    }
    assert_eq!(owner(&shop, "1002", "friend").await["email"], "cy@example.com", "others stay");
    assert_eq!(shop.get(&format!("/v1/advocates/{}", text(&anna, "advocate"))).await["customer"], nobody());
    for query in ["email=anna@example.com", "email=bo@example.com", &format!("customer_id=88&shop={}", shop.shop.id)] {
        for route in ["advocates", "rewards"] {
            assert_eq!(shop.get(&format!("/v1/{route}?{query}")).await["data"], json!([]), "{route}?{query}");
        }
    }
    // Who comes again is another one; what was before stays nobody's.
    app.engine.advance(3600);
    let program = json!({"program": text(&shop.get("/v1/programs").await["data"][0], "id"),
        "advocate": {"email": "anna@example.com", "name": "Anna"}});
    let again = shop.call(201, Method::POST, "/v1/links", program).await;
    let order = TestOrder::paid("1009", app.at(0)).coupon("BEA10");
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
    assert_eq!(owner(&shop, "1009", "friend").await["email"], "bo@example.com");
    for (order, side) in [("1001", "advocate"), ("1001", "friend")] {
        assert_eq!(owner(&shop, order, side).await, nobody(), "{order} {side}");
    }
    let found = shop.get("/v1/advocates?email=anna@example.com").await;
    assert_eq!((&found["data"][0]["id"], &found["data"][1]), (&again["advocate"], &Value::Null));
    assert_eq!(list(&shop, "?email=bo@example.com").await.len(), 1);
}

#[tokio::test]
async fn repair_18_whoever_hands_over_is_told_to_whom_and_nobody_else_is() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (hands, hears) = (Receiver::start().await, Receiver::start().await);
    let endpoint = shop.call(201, Method::POST, "/v1/webhook-endpoints", json!({"url": hands.url, "events": []})).await;
    let all = json!({"url": hears.url, "events": ["*"]});
    shop.call(201, Method::POST, "/v1/webhook-endpoints", all).await;
    let program = shop
        .program(|body| {
            let reward = json!([{"kind": "fixed", "value": {"amount": "100.00", "currency": "SEK"},
                "fulfilment": "webhook", "endpoint": endpoint["id"]}]);
            body["rewards"] = json!({"friend": reward, "advocate": reward});
        })
        .await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    hands.answer([Reaction::Status(500), Reaction::Status(500)]);
    pays(&shop, "1001", "ANNA10", json!({})).await;
    app.drain().await;
    let told = |after: usize| {
        let customers =
            hands.received().iter().skip(after).map(|it| it.json()["data"]["customer"].clone()).collect::<Vec<_>>();
        let to = |email: Value| customers.iter().filter(|customer| customer["email"] == email).count();
        (to(json!("anna@example.com")), to(json!("bo@example.com")), to(Value::Null))
    };
    assert_eq!(told(0), (1, 1, 0));
    erase(&shop, "bo@example.com").await;
    app.engine.advance(600);
    app.engine.tick().await.expect("ticks");
    app.drain().await;
    assert_eq!(told(2), (1, 0, 1), "tried again, it says what is known by then");
    assert_eq!(list(&shop, "?state=issued").await.len(), 2);
    assert!(!hears.received().is_empty());
    for webhook in hears.received() {
        let said = webhook.json().to_string();
        assert!(!said.contains("@example.com") && !said.contains("7001"), "{said}");
    }
}

#[tokio::test]
async fn repair_18_what_is_to_be_paid_is_a_table_that_no_spreadsheet_runs() {
    let app = TestApp::start().await;
    let (shop, _) = story(&app).await;
    let (rows, next) = csv(&shop, "?to_pay=true&format=csv", "*/*").await;
    assert_eq!(next, None);
    let header =
        "reward side state since kind amount unit name email customer_id shop order program fulfilment problem";
    assert_eq!(rows[0].join(" "), header);
    assert_eq!(rows.len(), 1 + 6);
    let of =
        |order: &str, side: &str| rows.iter().find(|row| row[11] == order && row[1] == side).expect("a row").clone();
    let anna = of("1001", "advocate");
    let shop_id = &shop.shop.id;
    assert_eq!(anna[4..12], ["fixed", "100.00", "SEK", "'=Anna,\"A\"", "anna@example.com", "88", shop_id, "1001"]);
    assert_eq!(of("1001", "friend")[7..10], ["Bo", "bo@example.com", "7001"]);
    assert!(anna[3].ends_with('Z') && anna[3].len() == 24, "{}", anna[3]);

    // Page by page, by `Accept` too; the cursor is that of the list.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (page, next) = csv(&shop, &format!("?to_pay=true&limit=4{cursor}"), "text/csv").await;
        seen.extend(page[1..].to_vec());
        let Some(next) = next else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, rows[1..], "the pages together are the table");

    // What was paid is not to be paid.
    shop.call(200, Method::POST, &format!("/v1/rewards/{}/fulfil", anna[0]), json!({"actor": "Eva"})).await;
    assert_eq!(list(&shop, "?to_pay=true").await.len(), 5);
    assert_eq!(list(&shop, "?to_pay=true&email=anna@example.com").await.len(), 1);
    assert_eq!(list(&shop, "?to_pay=true&state=issued").await.len(), 0);
    assert_eq!(list(&shop, "?state=approved").await.len(), 5, "they are found by their state too");
    erase(&shop, "anna@example.com").await;
    let (rows, _) = csv(&shop, "?to_pay=true&format=csv", "*/*").await;
    let anna = rows.iter().find(|row| row[11] == "1002" && row[1] == "advocate").expect("it is owed all the same");
    assert_eq!(anna[5..10], ["100.00", "SEK", "", "", ""]);
}

/// The mails to the merchant, as text.
async fn digests(shop: &TestMerchant) -> Vec<String> {
    shop.app.days_pass(1).await;
    let mails = shop.app.engine.inbox.mails();
    mails.iter().filter(|mail| mail.to == "hej@nordicshoes.example").map(|mail| mail.text.clone()).collect()
}

#[tokio::test]
async fn repair_18_the_digest_says_whom_to_hand_what_and_where_all_is_listed() {
    let app = TestApp::start().await;
    let (shop, _) = story(&app).await;
    let zone = jiff::tz::TimeZone::get("Europe/Stockholm").expect("a zone");
    let since = format!("since {}", app.at(0).to_zoned(zone).strftime("%B %-d, %Y"));
    // Those of before wait longer.
    app.engine.advance(60);
    for n in 0..4 {
        let of = json!({"email": format!("guest-{n}@example.com"), "customer": null});
        pays(&shop, &format!("200{n}"), "BEA10", of).await;
    }
    app.drain().await;
    shop.call(200, Method::PATCH, "/v1/merchant", json!({"digest": "day", "locale": "en"})).await;
    let told = digests(&shop).await.pop().expect("a digest");
    assert!(told.contains("14 rewards wait for you to hand them over."), "{told}");
    assert!(told.contains(&format!("GET {}/v1/rewards?to_pay=true", app.engine.url)), "{told}");
    assert!(told.contains(&format!("* =Anna,\"A\": SEK\u{a0}100, {since}")), "{told}");
    assert!(told.contains(&format!("* Bo: SEK\u{a0}50, {since}")), "{told}");
    assert!(told.contains(&format!("* A friend of BEA10: SEK\u{a0}50, {since}")), "a guest has no name: {told}");
    assert!(told.contains("* And 4 more") && told.matches("\n* ").count() == 11, "{told}");
    assert!(!told.contains("example.com") && !told.contains("7001"), "nobody's address: {told}");

    // Names are read when it is written: who was erased is not named. Nor is what was paid told of.
    erase(&shop, "anna@example.com").await;
    erase(&shop, "bo@example.com").await;
    let paid = list(&shop, "?to_pay=true&email=cy@example.com").await;
    shop.call(200, Method::POST, &format!("/v1/rewards/{}/fulfil", text(&paid[0], "id")), json!({"actor": "Eva"}))
        .await;
    let told = digests(&shop).await.pop().expect("another");
    assert!(told.contains("13 rewards") && !told.contains("Cy"), "{told}");
    assert!(!told.contains("=Anna") && !told.contains("Bo:"), "{told}");
    assert!(told.contains(&format!("* ANNA10: SEK\u{a0}100, {since}")), "it is owed all the same: {told}");
    assert!(told.contains(&format!("* A friend of ANNA10: SEK\u{a0}50, {since}")), "{told}");
}
