//! What a real WooCommerce did.

use serde_json::{Value, json};
use shared::store::Task;
use tests::{TestApp, TestWoo, Told, WooApi, WooOrder, gmt};

#[tokio::test]
async fn repair_28_a_code_that_says_no_discount_took_off_what_the_order_says() {
    let woo = TestApp::start().await.woo(None).await;
    // What the shop gives for the code itself is as it is told; of two the better one is looked for where we give it.
    let given = json!([{"kind": "percent", "percent": "10", "fulfilment": "manual"}]);
    let best_of = |program: &mut Value| {
        program["stacking"] = json!("best_of");
        program["rewards"]["friend"] = given;
    };
    let program = woo.program(best_of).await;
    woo.link(&program, "anna@example.com", Some("anna10")).await;
    // 10 % of 500.00 is 50.00; the other code took off 25.00, or nothing.
    let told = |id: u64, codes: Value, fields: Value| {
        let order = WooOrder::paid(id, woo.app.at(0)).by(&format!("bo{id}@example.com"));
        order.with(json!({"coupon_lines": codes})).with(fields)
    };
    let anna = json!({"id": 40, "code": "anna10", "discount": "0"});
    let summer = |discount: &str| json!({"id": 41, "code": "Summer", "discount": discount});
    let only = |lines: Value| json!({"line_items": lines});
    let line = json!({"id": 31, "quantity": 1, "subtotal": "525.00", "total": "500.00", "total_tax": "125.00", "meta_data": []});
    let cases = [
        ("said", told(1, json!([anna, summer("25.00")]), json!({"discount_total": "25.00"})), "25.00"),
        ("in another case", told(2, json!([summer("0")]), json!({"discount_total": "25.00"})), "25.00"),
        ("only the lines tell", told(3, json!([summer("0")]), only(json!([line]))), "25.00"),
        (
            "both typed in another case: half each",
            told(4, json!([anna, summer("0")]), json!({"discount_total": "50.00"})),
            "25.00",
        ),
        ("took off nothing", told(5, json!([summer("0")]), json!({"discount_total": "0.00"})), "50.00"),
        (
            "shipping alone",
            told(
                6,
                json!([anna, {"code": "ship", "discount": "0", "nominal_amount": 0, "free_shipping": true}]),
                json!({"discount_total": "25.00"}),
            ),
            "50.00",
        ),
    ];
    for (why, order, amount) in cases {
        // By hand where no code of ours was typed.
        let order =
            if order.0["coupon_lines"].to_string().contains("anna10") { order } else { click(&woo, order).await };
        woo.tell("order.created", &order).await;
        let id = order.0["id"].to_string();
        let rewards = woo.get("/v1/rewards").await;
        let mut all = rewards["data"].as_array().expect("a list").iter();
        let friend = all.find(|reward| reward["order"]["id"] == *id && reward["side"] == "friend");
        let friend = friend.map(|reward| reward["value"]["amount"].clone());
        assert_eq!(friend, Some(json!(amount)), "{why}: {}", woo.why(&id).await);
    }
}

/// The same order, by Anna's link instead of a code.
async fn click(woo: &TestWoo, order: WooOrder) -> WooOrder {
    let url = woo.get("/v1/links/ANNA10").await["url"].clone();
    let landing = woo.app.click(url.as_str().expect("a link")).await;
    order.meta("ref_click", &tests::parameter(&landing, "ref_click").expect("a token"))
}

/// A shop with an API, where Bo ordered with Anna's code: her reward is a code that the shop makes. A program of a minimum of
/// 480.00, so that less than 5 % taken by mistake is all.
async fn bought(hold_days: u32) -> (TestWoo, WooApi, WooOrder) {
    let api = WooApi::start().await;
    let woo = TestApp::start().await.woo(Some(&api.server.url)).await;
    let program = woo.program(|program| {
        program["hold_days"] = json!(hold_days);
        program["qualify"]["minimum_order"]["amount"] = json!("480.00");
        program["rewards"]["advocate"][0]["fulfilment"] = json!("platform_code");
    });
    let program = program.await;
    woo.link(&program, "anna@example.com", Some("anna10")).await;
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    api.put(&order);
    woo.tell("order.created", &order).await;
    woo.app.drain().await;
    (woo, api, order)
}

/// A refund as the API tells it.
fn refund(id: u64, at: jiff::Timestamp, amount: &str, parts: Value) -> Value {
    let mut refund = parts;
    for (name, value) in [("id", json!(id)), ("date_created_gmt", json!(gmt(at))), ("amount", json!(amount))] {
        refund[name] = value;
    }
    refund
}

/// All of the shipping went back, 62.50 with its tax.
fn shipping(at: jiff::Timestamp) -> Value {
    refund(726, at, "62.50", json!({"shipping_lines": [{"id": 50, "total": "-50.00", "total_tax": "-12.50"}]}))
}

/// A part of the goods, 25.00 and its tax.
fn goods(at: jiff::Timestamp) -> Value {
    let line = json!({"id": 60, "total": "-25.00", "total_tax": "-6.25", "meta_data": [{"key": "_refunded_item_id", "value": "31"}]});
    refund(727, at, "31.25", json!({"line_items": [line]}))
}

/// The kinds of mails to Anna so far.
fn to_anna(woo: &TestWoo) -> Vec<String> {
    let mails = woo.app.engine.inbox.mails().into_iter();
    mails.filter(|mail| mail.to == "anna@example.com").map(|mail| mail.kind).collect()
}

async fn advocates(woo: &TestWoo) -> String {
    let rewards = woo.rewards().await;
    rewards.into_iter().find(|(side, ..)| side == "advocate").map(|(.., state)| state).unwrap_or_default()
}

#[tokio::test]
async fn repair_26_nothing_is_taken_back_on_an_estimate() {
    let (woo, api, order) = bought(0).await;
    assert_eq!((advocates(&woo).await.as_str(), api.coupons().len()), ("issued", 2), "her code, and that of her link");
    // By its share of all, 45.45 would go back, and fall short of the minimum. It is shipping, and that is asked at once.
    let at = woo.app.at(60);
    let refunded = order.clone().refunded(at, &[(726, "-62.50")]);
    api.put(&refunded);
    api.put_refunds(1001, json!([shipping(at)]));
    woo.tell("order.updated", &refunded).await;
    woo.app.drain().await;
    assert_eq!(woo.why("1001").await["net"]["amount"], "500.00");
    assert_eq!((advocates(&woo).await.as_str(), api.coupons().len()), ("issued", 2));
    assert_eq!(to_anna(&woo), ["reward_ready"]);
    // Told again, it is known: nobody asks for it again.
    let asked = || api.asked("/wp-json/wc/v3/orders/1001/refunds").len();
    let before = asked();
    woo.tell("order.updated", &refunded.clone().later(woo.app.at(90), json!({}))).await;
    assert_eq!(asked(), before);
    // Control: what was for goods takes what it is, to the cent, and at once.
    let both = order.refunded(woo.app.at(120), &[(727, "-31.25"), (726, "-62.50")]);
    api.put(&both);
    api.put_refunds(1001, json!([goods(at), shipping(at)]));
    woo.tell("order.updated", &both).await;
    woo.app.drain().await;
    assert_eq!(woo.why("1001").await["net"]["amount"], "475.00");
    assert_eq!((advocates(&woo).await.as_str(), api.coupons().len()), ("void", 1));
    assert_eq!(to_anna(&woo), ["reward_ready", "reward_void"]);
}

#[tokio::test]
async fn repair_26_an_order_waits_until_the_shop_can_say_what_a_refund_is_for() {
    let (woo, api, order) = bought(14).await;
    assert_eq!((advocates(&woo).await.as_str(), to_anna(&woo)), ("pending", vec!["friend_ordered".to_owned()]));
    let at = woo.app.at(60);
    let refunded = order.clone().refunded(at, &[(727, "-31.25")]);
    api.put(&refunded);
    api.spoil(|asked| asked.path.ends_with("/refunds").then(|| Told::status(503, "")));
    woo.tell("order.updated", &refunded).await;
    let parked = woo.get("/v1/parked").await;
    assert_eq!(parked["data"][0]["error"], "the platform has a fault: status 503", "{parked}");
    // Nothing is taken back, and the hold does not end: what is left may be too little.
    woo.app.days_pass(20).await;
    assert_eq!((advocates(&woo).await.as_str(), to_anna(&woo)), ("pending", vec!["friend_ordered".to_owned()]));
    let why = woo.why("1001").await;
    assert_eq!(why["net"]["amount"], "500.00");
    let note = why["notes"][0].as_str().unwrap_or_default();
    assert!(note.starts_with("The platform told of a refund without saying what it is for."), "{why}");
    // The shop works again: asked, and done.
    api.heal();
    api.put_refunds(1001, json!([goods(at)]));
    woo.app.days_pass(1).await;
    assert_eq!((advocates(&woo).await.as_str(), woo.why("1001").await["notes"].clone()), ("void", json!([])));
    assert_eq!(to_anna(&woo), ["friend_ordered", "reward_void"]);
    assert_eq!(woo.get("/v1/parked").await["data"], json!([]));
}

#[tokio::test]
async fn repair_26_what_is_certain_needs_no_answer() {
    let (woo, api, order) = bought(0).await;
    api.spoil(|asked| asked.path.contains("/orders").then(|| Told::status(503, "")));
    // All that was paid went back, in two parts that nobody can tell: whatever they were for, nothing is left.
    let half = order.clone().refunded(woo.app.at(60), &[(1, "-343.75")]);
    woo.tell("order.updated", &half).await;
    assert_eq!(woo.why("1001").await["outcome"], "credited");
    let all = order.refunded(woo.app.at(120), &[(2, "-343.75"), (1, "-343.75")]);
    woo.tell("order.updated", &all).await;
    assert_eq!(woo.why("1001").await["outcome"], "void");
    // A shop without an API is asked nothing, ever: there the share is the last word, and counts at once.
    let alone = TestApp::start().await.woo(None).await;
    alone.anna().await;
    let order = WooOrder::paid(1, alone.app.at(0)).coupon("anna10");
    alone.tell("order.created", &order).await;
    alone.tell("order.updated", &order.refunded(alone.app.at(60), &[(9, "-137.50")])).await;
    assert_eq!(alone.why("1").await["net"]["amount"], "400.00");
}

#[tokio::test]
async fn repair_26_whoever_was_told_of_a_loss_is_told_when_it_is_undone() {
    let (woo, api, order) = bought(0).await;
    let at = woo.app.at(60);
    let refunded = order.clone().refunded(at, &[(727, "-31.25")]);
    api.put(&refunded);
    api.put_refunds(1001, json!([goods(at)]));
    woo.tell("order.updated", &refunded).await;
    woo.app.drain().await;
    assert_eq!((to_anna(&woo), api.coupons().len()), (vec!["reward_ready".to_owned(), "reward_void".to_owned()], 1));
    // The refund was a slip, and is deleted.
    woo.app.engine.advance(600);
    let back = order.clone().later(at, json!({"refunds": []}));
    api.put(&back);
    woo.tell("order.updated", &back).await;
    woo.app.drain().await;
    woo.app.engine.advance(120);
    woo.app.drain().await;
    assert_eq!(advocates(&woo).await, "issued");
    assert_eq!(to_anna(&woo), ["reward_ready", "reward_void", "reward_back"]);
    let mails = woo.app.engine.inbox.mails();
    let mail = mails.iter().find(|mail| mail.kind == "reward_back").expect("the mail");
    let coupons = api.coupons();
    let code = coupons.iter().map(|coupon| coupon["code"].as_str().unwrap_or_default().to_uppercase());
    let code = code.into_iter().find(|code| code != "ANNA10").expect("her code is there again");
    assert!(mail.text.to_uppercase().contains(&code), "{}", mail.text);
    assert_eq!(mail.subject, "Din belöning hos Nordic Shoes gäller ändå");
    // It is lost again, and she hears of that too.
    woo.app.engine.advance(600);
    let again = order.refunded(woo.app.at(0), &[(728, "-687.50")]);
    woo.tell("order.updated", &again).await;
    woo.app.drain().await;
    assert_eq!(to_anna(&woo)[3..], ["reward_void"]);
}

#[tokio::test]
async fn repair_29_an_order_that_was_deleted_for_good_is_missed_within_a_day() {
    let (woo, api, _) = bought(14).await;
    let asked = || api.asked("/wp-json/wc/v3/orders").iter().filter(|asked| asked.param("include") == "1001").count();
    assert_eq!(asked(), 0, "a new one is not doubted");
    api.delete(1001);
    woo.app.engine.advance(12 * 3600);
    woo.app.drain().await;
    assert_eq!((asked(), woo.why("1001").await["outcome"].clone()), (0, json!("credited")), "once a day");
    woo.app.days_pass(1).await;
    assert_eq!(woo.why("1001").await["outcome"], "void");
    assert_eq!(advocates(&woo).await, "void");
    assert_eq!(to_anna(&woo), ["friend_ordered", "reward_void"]);
    // Nothing is new the next day, and it ends with the time for returns.
    let before = woo.facts("1001").await;
    woo.app.days_pass(1).await;
    assert_eq!((asked(), woo.facts("1001").await), (2, before));
    woo.app.days_pass(40).await;
    let asked_for = asked();
    woo.app.days_pass(2).await;
    assert_eq!(asked(), asked_for);
}

#[tokio::test]
async fn repair_29_a_refund_that_was_deleted_later_than_any_poll_looks_back_is_noticed() {
    let (woo, api, order) = bought(14).await;
    let at = woo.app.at(60);
    let refunded = order.clone().refunded(at, &[(727, "-31.25")]);
    api.put(&refunded);
    api.put_refunds(1001, json!([goods(at)]));
    woo.tell("order.updated", &refunded).await;
    woo.app.days_pass(3).await;
    assert_eq!(advocates(&woo).await, "void");
    // Deleted, which leaves the order's time as it was.
    api.put(&order.later(at, json!({"refunds": []})));
    api.put_refunds(1001, json!([]));
    woo.app.days_pass(2).await;
    assert_eq!(
        (advocates(&woo).await.as_str(), woo.why("1001").await["net"]["amount"].clone()),
        ("pending", json!("500.00"))
    );
}

#[tokio::test]
async fn repair_29_a_shop_that_has_lost_most_of_its_orders_is_not_believed() {
    let (woo, api, _) = bought(14).await;
    let by = |id: u64| WooOrder::paid(id, woo.app.at(0)).by(&format!("bo{id}@example.com")).coupon("anna10");
    let orders: Vec<_> = (1..=12).map(by).collect();
    for order in &orders {
        woo.tell("order.created", order).await;
    }
    // Restored from an old copy, or moved: it has none of them.
    woo.app.days_pass(2).await;
    let job = woo.job(Task::Check).await;
    assert!(
        job.error.is_some_and(|error| error == "12 of 13 orders are gone at once, which is not believed"),
        "{}",
        job.failures
    );
    let check = woo.get(&format!("/v1/shops/{}", woo.shop.id)).await["check"].clone();
    assert_eq!((&check["state"], check["error"].is_string()), (&json!("failing"), true), "{check}");
    assert!(woo.rewards().await.iter().all(|(.., state)| state != "void"));
    // What is in the trash is there, and says so.
    let order = WooOrder::paid(1001, woo.app.at(0)).coupon("anna10");
    api.put(&order.later(woo.app.at(0), json!({"status": "trash"})));
    for order in &orders {
        api.put(order);
    }
    woo.app.days_pass(2).await;
    assert_eq!(woo.job(Task::Check).await.error, None);
    assert_eq!(woo.rewards().await.iter().filter(|(.., state)| state == "void").count(), 2);
}

#[tokio::test]
async fn repair_32_the_word_that_an_order_is_gone_is_taken_and_says_nothing() {
    let woo = TestApp::start().await.woo(None).await;
    woo.anna().await;
    woo.tell("order.created", &WooOrder::paid(1001, woo.app.at(0)).coupon("anna10")).await;
    let before = woo.app.items();
    let error =
        json!({"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}});
    for topic in ["order.created", "order.updated", "order.restored"] {
        assert_eq!(woo.post(topic, &error).await, 200, "{topic}");
    }
    assert_eq!((woo.app.items(), woo.why("1001").await["outcome"].clone()), (before, json!("credited")));
    // Controls: what is neither an order nor such a word is refused, and so is one that nobody signed.
    for other in [
        json!({"code": "anything", "message": "", "data": {}}),
        json!({"id": 1}),
        json!({"code": "woocommerce_rest_x", "id": 5}),
    ] {
        assert_eq!(woo.post("order.updated", &other).await, 400, "{other}");
    }
    let unsigned =
        woo.request("order.updated", error.to_string().into_bytes()).header("x-wc-webhook-signature", "AAAA");
    assert_eq!(unsigned.send().await.expect("an answer").status(), 401);
}

#[tokio::test]
async fn repair_32_a_code_that_is_free_again_in_the_shop_is_issued_again() {
    let (woo, api, _) = bought(0).await;
    let codes = api.coupons().into_iter().map(|coupon| coupon["code"].as_str().unwrap_or_default().to_uppercase());
    let code = codes.into_iter().find(|code| code != "ANNA10").expect("Anna's reward");
    let at = woo.app.at(60);
    let anna = WooOrder::paid(2, at).by("anna@example.com").coupon(&code);
    let off = |second: i64, status: &str| anna.clone().later(woo.app.at(second), json!({"status": status}));
    let states = async |order: &WooOrder| {
        woo.tell("order.updated", order).await;
        advocates(&woo).await
    };
    assert_eq!(states(&anna).await, "redeemed");
    // Called off: WooCommerce frees the coupon. Told twice, and late words of the time before, change nothing.
    let cancelled = off(120, "cancelled");
    for told in [&cancelled, &cancelled, &anna] {
        assert_eq!(states(told).await, "issued");
    }
    let ledger = woo.ledger(&woo.get("/v1/rewards").await["data"][0]["advocate"]).await;
    assert!(ledger.to_string().contains("can be used again"), "{ledger}");
    // It stands again after all, and is used with it.
    assert_eq!(states(&off(180, "processing")).await, "redeemed");
    // Into the trash: WooCommerce keeps the coupon as used.
    assert_eq!(states(&off(240, "trash")).await, "redeemed");
    // Called off, then used with another order.
    assert_eq!(states(&off(300, "cancelled")).await, "issued");
    let other = WooOrder::paid(3, woo.app.at(300)).by("anna@example.com").coupon(&code);
    assert_eq!(states(&other).await, "redeemed");
    assert_eq!(states(&off(300, "cancelled")).await, "redeemed");
    let why = woo.get("/v1/audit").await;
    assert!(why.to_string().contains("order 2 was cancelled, so its code can be used again"), "{why}");
}
