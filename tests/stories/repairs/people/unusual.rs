//! Persons whose address, name or phone is not as forms expect it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, reward, text};

async fn start(program: impl FnOnce(&mut Value)) -> (TestMerchant, Value) {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(program).await;
    merchant.link(&program, "anna@example.com", Some("anna10")).await;
    (merchant, program)
}

/// An order of this account and address with Anna's code; answers why it was decided as it was.
async fn buys(merchant: &TestMerchant, id: &str, account: u64, fields: Value) -> Value {
    let order = TestOrder::paid(id, merchant.app.at(5)).coupon("ANNA10");
    let order = order.with(json!({"customer": {"id": account, "first_name": "Bo"}})).with(fields);
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
    merchant.why(id).await
}

fn mails_to(merchant: &TestMerchant, address: &str) -> Vec<String> {
    let mails = merchant.app.engine.inbox.mails().into_iter().filter(|mail| mail.to == address);
    mails.map(|mail| mail.text).collect()
}

#[tokio::test]
async fn repair_24_an_address_beyond_ascii_is_a_person_and_no_mail_is_tried() {
    let (merchant, _) = start(|program| {
        program["mails"] =
            json!({"invite": {"on": "paid", "delay_hours": 0, "quiet_hours": {"from": "00:00", "to": "00:00"}}});
    })
    .await;
    let why = buys(&merchant, "1001", 1, json!({"email": "test+å@example.com"})).await;
    assert_eq!(why["outcome"], "credited", "{why}");
    assert_eq!(buys(&merchant, "1002", 2, json!({"email": "jörg@example.com"})).await["outcome"], "credited");
    // Known again, however it is written.
    let again = buys(&merchant, "1003", 3, json!({"email": "JO\u{308}RG@example.com"})).await;
    assert!(text(&again, "sentence").contains("ordered before: order 1002"), "{again}");
    merchant.app.drain().await;
    merchant.app.days_pass(2).await;

    // SES can't send there. The reward stands, nothing is tried for ever, and the shop can see it.
    let friends: Vec<_> = merchant.rewards().await.into_iter().filter(|it| it.0 == "friend").collect();
    assert_eq!(friends, vec![reward("friend", "50.00", "approved"); 2]);
    let to: Vec<_> = merchant.app.mails().into_iter().map(|(to, _)| to).collect();
    assert!(!to.is_empty() && to.iter().all(|to| to == "anna@example.com"), "{to:?}");
    let invites = merchant.get("/v1/invites?state=declined").await;
    let reasons: Vec<_> = invites["data"].as_array().expect("a list").iter().map(|ask| text(ask, "reason")).collect();
    assert_eq!(reasons, ["unmailable"; 2], "{invites}");
    assert!(text(&invites["data"][0], "detail").contains("Amazon SES"), "{invites}");
    let customer = merchant.call(200, Method::PATCH, "/v1/customers", json!({"email": "jörg@example.com"})).await;
    assert_eq!(customer["mailable"], false, "{customer}");
    let customer = merchant.call(200, Method::PATCH, "/v1/customers", json!({"email": "bo@example.com"})).await;
    assert_eq!(customer["mailable"], true, "{customer}");
}

#[tokio::test]
async fn repair_24_a_merchants_own_address_must_be_one_that_ses_can_use() {
    let (merchant, _) = start(|_| ()).await;
    for (body, place) in [
        (json!({"notices_to": "jörg@example.com"}), "/notices_to"),
        (json!({"brand": {"reply_to": "jörg@example.com"}}), "/brand/reply_to"),
    ] {
        let problem = merchant.call(422, Method::PATCH, "/v1/merchant", body).await;
        assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
        assert!(text(&problem["errors"][0], "detail").contains("Amazon SES"), "{problem}");
    }
    merchant.call(200, Method::PATCH, "/v1/merchant", json!({"notices_to": "eva@bücher.example"})).await;
}

#[tokio::test]
async fn repair_24_a_name_that_is_none_greets_nobody_by_it() {
    for name in ["null", "undefined", "(null)", "-", "NULL", "null null"] {
        let (merchant, program) = start(|_| ()).await;
        let fields = json!({"customer": {"id": 1, "first_name": name}, "email": "bo@example.com"});
        assert_eq!(buys(&merchant, "1001", 1, fields).await["outcome"], "credited");
        // An advocate of whom a system tells the same.
        let body =
            json!({"program": program["id"], "advocate": {"email": "cy@example.com", "name": name, "locale": "sv"}});
        merchant.call(201, Method::POST, "/v1/links", body).await;
        merchant.app.drain().await;
        let texts = mails_to(&merchant, "bo@example.com");
        assert!(!texts.is_empty(), "{name}");
        for text in texts {
            assert!(text.contains("Hej!") && !text.contains(&format!("Hej {name}")), "{name}: {text}");
        }
    }
    let (merchant, _) = start(|_| ()).await;
    buys(&merchant, "1001", 1, json!({"email": "bo@example.com"})).await;
    merchant.app.drain().await;
    assert!(mails_to(&merchant, "bo@example.com").iter().all(|text| text.contains("Hej Bo!")));
}

#[tokio::test]
async fn repair_24_who_hides_behind_a_lasting_address_is_not_odd() {
    let (merchant, _) = start(|program| program["review"] = json!({"flag_at": 30})).await;
    let lasting = [
        "bo@mozmail.com",
        "bo@shop.mozmail.com",
        "bo@duck.com",
        "bo.shop@simplelogin.com",
        "bo@aleeas.com",
        "bo@slmail.me",
        "bo@passmail.net",
        "bo@passinbox.com",
        "bo@privaterelay.appleid.com",
    ];
    for (number, address) in (1..).zip(lasting) {
        let why = buys(&merchant, &(1000 + number).to_string(), number, json!({"email": address})).await;
        assert_eq!((&why["outcome"], &why["score"]), (&json!("credited"), &json!(0)), "{address}: {why}");
    }
    let why = buys(&merchant, "2000", 99, json!({"email": "bo@mailinator.com"})).await;
    assert_eq!((&why["outcome"], &why["score"]), (&json!("flagged"), &json!(30)), "{why}");
}

#[tokio::test]
async fn repair_24_a_number_that_many_type_for_want_of_one_is_no_mark() {
    let merchant = TestApp::start().await.merchant().await;
    let program = merchant.program(|_| ()).await;
    let link = async |number: usize, phone: &str| {
        let code = format!("code{number}x");
        let advocate = json!({"email": format!("anna{number}@example.com"), "phone": phone});
        let body = json!({"program": program["id"], "advocate": advocate, "code": code});
        merchant.call(201, Method::POST, "/v1/links", body).await;
        code.to_uppercase()
    };
    let fillers = ["0000000000", "1234567890", "1111111111", "0987654321", "06-12345678"];
    for (number, phone) in fillers.into_iter().chain(["070-123 45 67"]).enumerate() {
        let code = link(number, phone).await;
        let id = (1001 + number).to_string();
        let order = TestOrder::paid(&id, merchant.app.at(5)).coupon(&code);
        let order = order.with(json!({"email": format!("bo{number}@example.com"), "phone": phone,
            "customer": {"id": 7000 + number}}));
        assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
        let why = merchant.why(&id).await;
        let expected = if number < fillers.len() { json!(0) } else { json!(60) };
        assert_eq!(why["score"], expected, "{phone}: {why}");
    }
}
