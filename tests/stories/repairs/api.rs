//! What the API says is true: filters, who is owed, settings, imports, times.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::event::EventKind;
use tests::{Buyer, History, Receiver, TestApp, TestMerchant, TestOrder, exact_times, text};

/// The deployed routes of our own API, with something in each part of the path.
fn routes() -> Vec<(Method, String)> {
    let template = local::template::Template::parse(include_str!("../../../template.yaml")).expect("the template");
    let all = template.functions.into_iter().flat_map(|function| function.routes);
    let ours = all.filter(|route| route.path.starts_with("/v1/"));
    ours.map(|route| (route.method.parse().expect("a method"), route.path.replace(['{', '}'], ""))).collect()
}

/// An order of a buyer of its own.
async fn order(merchant: &TestMerchant, id: &str, code: &str, fields: Value) {
    let buyer =
        json!({"email": format!("buyer-{id}@example.com"), "customer": {"id": id.parse::<u64>().expect("a number")}});
    let order = TestOrder::paid(id, merchant.app.at(0)).coupon(code).with(buyer).with(fields);
    assert_eq!(merchant.shop.post("orders/paid", &order.0).await, 200);
}

/// The rows of all pages of a list, so many at a time. Each page but the last is full.
async fn all(merchant: &TestMerchant, path: &str, limit: usize) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), None::<String>);
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let cursor = next.map(|next| format!("&cursor={next}")).unwrap_or_default();
        let page = merchant.get(&format!("{path}{sign}limit={limit}{cursor}")).await;
        let data = page["data"].as_array().expect("rows").clone();
        next = page["next"].as_str().map(str::to_owned);
        assert!(data.len() <= limit, "{path}: {} rows where {limit} were asked for", data.len());
        assert!(next.is_none() || data.len() == limit, "{path}: a short page that is not the last");
        rows.extend(data);
        if next.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn repair_17_an_unknown_parameter_is_named_on_every_route() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let routes = routes();
    assert!(routes.len() > 60, "only {} routes were read", routes.len());
    for (method, path) in routes {
        let key = if path == "/v1/merchants" { app.engine.operator_key() } else { merchant.api_key.clone() };
        let wrong = format!("{path}?colour=blue&colour=red&staet=open");
        let items = app.items();
        let told = app.call(422, method.clone(), &wrong, &key, Some(&json!({}))).await;
        let named: Vec<_> = told["errors"].as_array().expect("faults").iter().map(|it| text(it, "pointer")).collect();
        assert!(named.iter().any(|name| name == "colour") && named.iter().any(|name| name == "staet"), "{told}");
        assert_eq!(app.items(), items, "{method} {path} wrote something");
        // Nobody without a key is told what a call takes.
        app.call(401, method, &wrong, "gw_wrong", Some(&json!({}))).await;
    }
    merchant.call(422, Method::GET, "/v1/rewards?state=open&state=approved", json!({})).await;
}

#[tokio::test]
async fn repair_17_what_shoppers_and_platforms_add_to_addresses_is_let_through() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let link = merchant.anna().await;
    app.click(&format!("{}?fbclid=x&colour=blue&colour=red", text(&link, "url"))).await;
    let mut shop = merchant.shop.clone();
    shop.webhook_url.push_str("?source=proxy");
    assert_eq!(shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await, 200);
    assert_eq!(merchant.why("1001").await["outcome"], "credited");
    let code = app.client.get(format!("{}?size=4", text(&link, "qr_url"))).send().await.expect("an answer");
    assert_eq!(code.status(), 200);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of questions for each list")]
async fn repair_17_filters_answer_what_is_asked_and_limit_counts_rows() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let (one, held) = (merchant.program(|_| ()).await, merchant.program(|body| body["hold_days"] = json!(30)).await);
    let bare = merchant
        .program(|body| {
            body["rewards"] = json!({"friend": [], "advocate": [
        {"kind": "fixed", "value": {"amount": "10.00", "currency": "SEK"}, "every": 3, "fulfilment": "manual"}]});
        })
        .await;
    let anna = merchant.link(&one, "anna@example.com", Some("anna10")).await;
    merchant.link(&held, "anna@example.com", Some("anna20")).await;
    merchant.link(&one, "bea@example.com", Some("bea10")).await;
    merchant.link(&bare, "bea@example.com", Some("bea30")).await;
    let codes = ["ANNA10", "BEA10", "ANNA20", "ANNA10", "BEA30", "ANNA10", "BEA10"];
    for (id, code) in (1001..).zip(codes) {
        order(&merchant, &id.to_string(), code, json!({})).await;
    }
    // Bea buys herself, by Anna's link; and one order goes back.
    let bea = json!({"email": "bea@example.com", "customer": {"id": 77}});
    order(&merchant, "1010", "ANNA10", bea).await;
    let cancelled = json!({"cancelled_at": app.at(60).to_string(), "updated_at": app.at(60).to_string(),
        "email": "buyer-1001@example.com", "customer": {"id": 1001}});
    order(&merchant, "1001", "ANNA10", cancelled).await;
    app.drain().await;

    let (advocate, shop) = (text(&anna, "advocate"), &merchant.shop.id);
    let [one, held, bare] = [&one, &held, &bare].map(|program| text(program, "id"));
    let orders = |rows: &[Value]| {
        let mut orders: Vec<_> = rows.iter().map(|row| text(&row["order"], "id")).collect();
        orders.sort();
        orders.join(" ")
    };
    let referrals = [
        (String::new(), "1001 1002 1003 1004 1005 1006 1007 1010"),
        ("?state=void".into(), "1001"),
        ("?state=pending".into(), "1003"),
        ("?state=flagged".into(), ""),
        (format!("?program={held}"), "1003"),
        (format!("?program={bare}"), "1005"),
        (format!("?program={one}&state=approved"), "1002 1004 1006 1007 1010"),
        (format!("?advocate={advocate}"), "1001 1003 1004 1006 1010"),
        (format!("?advocate={advocate}&state=approved&shop={shop}"), "1004 1006 1010"),
        ("?code=bea10".into(), "1002 1007"),
        ("?code=nobody".into(), ""),
        ("?email=bea@example.com".into(), "1002 1005 1007 1010"),
        ("?email=Bea%40example.com&code=anna10".into(), "1010"),
        ("?email=nobody@example.com".into(), ""),
        (format!("?shop={shop}"), "1001 1002 1003 1004 1005 1006 1007 1010"),
        ("?shop=shp_01KXH0D4M0000000000000000A".into(), ""),
    ];
    for (query, expected) in referrals {
        for limit in [1, 2, 100] {
            let rows = all(&merchant, &format!("/v1/referrals{query}"), limit).await;
            assert_eq!(orders(&rows), expected, "/v1/referrals{query}, {limit} at a time");
        }
    }
    let rewards = [
        ("?side=advocate&state=approved".into(), "1002 1004 1006 1007 1010"),
        ("?side=friend&state=void".into(), "1001"),
        ("?state=pending".into(), "1003 1003"),
        (format!("?program={held}&side=friend"), "1003"),
        (format!("?advocate={advocate}&state=approved"), "1004 1006 1010"),
        (format!("?advocate={advocate}&side=friend&state=approved"), "1004 1006 1010"),
        ("?code=bea10".into(), "1002 1002 1007 1007"),
        ("?email=bea@example.com&state=approved".into(), "1002 1007 1010"),
        ("?email=bea@example.com&side=friend".into(), "1010"),
    ];
    for (query, expected) in rewards {
        for limit in [1, 2, 100] {
            let rows = all(&merchant, &format!("/v1/rewards{query}"), limit).await;
            assert_eq!(orders(&rows), expected, "/v1/rewards{query}, {limit} at a time");
        }
    }
    let links = [
        ("?email=anna@example.com".into(), "ANNA10 ANNA20"),
        (format!("?program={one}"), "ANNA10 BEA10"),
        (format!("?advocate={advocate}&program={held}"), "ANNA20"),
        ("?code=bea30".into(), "BEA30"),
        ("?state=disabled".into(), "BEA10"),
        (format!("?shop={shop}&state=active"), "ANNA10 ANNA20 BEA30"),
        ("?email=nobody@example.com".into(), ""),
    ];
    merchant.call(200, Method::PATCH, "/v1/links/BEA10", json!({"state": "disabled"})).await;
    for (query, expected) in links {
        for limit in [1, 100] {
            let rows = all(&merchant, &format!("/v1/links{query}"), limit).await;
            let mut codes: Vec<_> = rows.iter().map(|row| text(row, "code")).collect();
            codes.sort();
            assert_eq!(codes.join(" "), expected, "/v1/links{query}, {limit} at a time");
        }
    }
    for wrong in
        ["rewards?side=both", "referrals?email=bea", "referrals?program=x", "links?state=open", "rewards?code=!"]
    {
        let told = app.call(422, Method::GET, &format!("/v1/{wrong}"), &merchant.api_key, None).await;
        assert_eq!(told["errors"].as_array().map(Vec::len), Some(1), "{told}");
    }
    let of_another = app.merchant().await;
    for path in
        ["referrals?state=approved", "referrals?email=bea@example.com", "rewards?code=bea10", "links?code=bea10"]
    {
        assert_eq!(of_another.get(&format!("/v1/{path}")).await["data"], json!([]), "{path}");
    }
}

/// A merchant with a long past by Anna's link, in which three of Bea's referrals wait for a person.
async fn with_a_past(rows: usize) -> (TestMerchant, History, String) {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let long = merchant.program(|_| ()).await;
    merchant.link(&long, "anna@example.com", Some("anna10")).await;
    let rare = merchant.program(|_| ()).await;
    let body = json!({"program": rare["id"], "advocate": {"email": "bea@example.com", "phone": "+46 70 123 45 67"},
        "code": "bea10"});
    merchant.call(201, Method::POST, "/v1/links", body).await;
    order(&merchant, "7100000000", "ANNA10", json!({})).await;
    for id in ["1001", "1002", "1003"] {
        let shipping = json!({"country_code": "SE", "phone": "070-123 45 67"});
        order(&merchant, id, "BEA10", json!({"shipping_address": shipping})).await;
    }
    app.drain().await;
    let history = History::of(&merchant).await;
    let sample = history.sample("7100000000", Buyer::Others).await;
    history.grow(&[sample], rows);
    (merchant, history, text(&rare, "id"))
}

/// Read units of one call.
async fn units(merchant: &TestMerchant, flow: &str, path: &str, expected: usize) -> f64 {
    let of = || merchant.app.engine.meter.usage().get(flow).copied().unwrap_or_default().read_units;
    let before = of();
    assert_eq!(merchant.get(path).await["data"].as_array().map(Vec::len), Some(expected), "{path}");
    of() - before
}

#[tokio::test]
async fn repair_17_a_few_among_very_many_cost_a_page_and_not_a_walk() {
    let (short, _, rare) = with_a_past(200).await;
    let rows = std::env::var("GOODWORD_HISTORY").map_or(10_000, |rows| rows.parse().expect("a number of rows"));
    let (long, history, rare_of_long) = with_a_past(rows).await;
    println!("\n| Call | read units of 200 rows | of {rows} |\n|---|---:|---:|");
    let calls = [
        ("referrals", "state=flagged", 3),
        ("referrals", "program={rare}", 3),
        ("referrals", "email=bea@example.com", 3),
        ("referrals", "code=bea10&state=flagged", 3),
        ("rewards", "state=flagged&side=advocate", 3),
        ("rewards", "state=expired", 0),
        ("rewards", "email=bea@example.com", 3),
        ("links", "email=bea@example.com", 1),
        ("links", "program={rare}&state=active", 1),
    ];
    let mut dearer = Vec::new();
    for (list, query, expected) in calls {
        let flow = format!("GET /v1/{list}");
        let path = |rare: &str| format!("/v1/{list}?{}", query.replace("{rare}", rare));
        let before = units(&short, &flow, &path(&rare), expected).await;
        let after = units(&long, &flow, &path(&rare_of_long), expected).await;
        println!("| {list}?{query} | {before} | {after} |");
        if after > before || after > 160.0 {
            dearer.push(format!("{list}?{query}: {before} → {after}"));
        }
    }
    assert_eq!(dearer, Vec::<String>::new(), "cost more on a long history");

    // The same rows as an earlier version left them: the first call that filters gives all of them their place.
    history.before_states();
    assert_eq!(long.get("/v1/referrals?state=flagged").await["data"].as_array().map(Vec::len), Some(3));
    assert!(units(&long, "GET /v1/referrals", "/v1/referrals?state=flagged", 3).await < 160.0);
    assert_eq!(long.get("/v1/links?state=active").await["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn repair_20_the_key_comes_before_everything_else() {
    let app = TestApp::start().await;
    for (method, path) in routes() {
        for key in ["", "gw_wrong", "op_wrong"] {
            let request = app.client.request(method.clone(), format!("{}{path}", app.engine.url)).bearer_auth(key);
            let response = request.body("{\"no\": JSON").send().await.expect("an answer");
            assert_eq!(response.status(), 401, "{method} {path} with {key:?}");
        }
    }
}

#[tokio::test]
async fn repair_20_a_merchants_language_is_one_that_mails_are_written_in() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let told = merchant.call(422, Method::PATCH, "/v1/merchant", json!({"locale": "de"})).await;
    assert_eq!(text(&told["errors"][0], "pointer"), "/locale");
    assert!(text(&told["errors"][0], "detail").contains("en, sv, nb, nl, ro, it"), "{told}");
    for (locale, status) in [("sv-FI", 200), ("no", 200), ("nl", 200), ("de-AT", 422), ("x", 422)] {
        merchant.call(status, Method::PATCH, "/v1/merchant", json!({"locale": locale})).await;
    }
    let body = |locale: &str| {
        json!({"name": "Schuhe", "currency": "EUR", "time_zone": "Europe/Berlin", "locale": locale,
            "mail_from": "hallo@schuhe.example"})
    };
    let operator = app.engine.operator_key();
    app.call(422, Method::POST, "/v1/merchants", &operator, Some(&body("de"))).await;
    app.call(201, Method::POST, "/v1/merchants", &operator, Some(&body("en"))).await;
    // An advocate may read any language: mails come in the merchant's then.
    let program = merchant.program(|_| ()).await;
    let body = json!({"program": program["id"], "advocate": {"email": "anna@example.com", "locale": "de"}});
    merchant.call(201, Method::POST, "/v1/links", body).await;
}

/// A table as rows of cells.
async fn csv(merchant: &TestMerchant, path: &str) -> Vec<Vec<String>> {
    let request = merchant.app.client.get(format!("{}{path}", merchant.app.engine.url)).bearer_auth(&merchant.api_key);
    let answer = request.header("accept", "text/csv").send().await.expect("an answer").text().await.expect("text");
    answer.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn repair_20_usage_knows_every_region_and_money_in_tables_names_its_currency() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let program = text(&merchant.program(|_| ()).await, "id");
    let usage = merchant.get(&format!("/v1/usage?program={program}&region=eu-north-1")).await;
    assert_eq!(usage["prices"]["region"], "eu-north-1");
    assert!(usage["total_usd"].is_null() && text(&usage, "reason").contains("eu-west-1"), "{usage}");
    assert_eq!(usage["flows"].as_array().map(Vec::len), Some(6), "units are told all the same");

    merchant
        .call(
            201,
            Method::POST,
            "/v1/links",
            json!({"program": program, "code": "anna10",
        "advocate": {"email": "anna@example.com"}}),
        )
        .await;
    order(&merchant, "1001", "ANNA10", json!({})).await;
    app.drain().await;
    let rows = csv(&merchant, &format!("/v1/export/events?program={program}")).await;
    let column = |name: &str| rows[0].iter().position(|known| known == name).expect(name);
    let of = |count: &str| {
        let row = rows.iter().find(|row| row[column("count")] == count).unwrap_or_else(|| panic!("{count}: {rows:#?}"));
        (row[column("amount")].clone(), row[column("currency")].clone())
    };
    assert_eq!(of("revenue_net"), ("50000".into(), "SEK".into()));
    assert_eq!(of("orders_credited"), ("1".into(), String::new()));
    for row in &rows[1..] {
        let at: Timestamp = row[column("at")].parse().expect("a time");
        assert_eq!(row[column("at")], format!("{at:.3}"));
    }
}

#[tokio::test]
async fn repair_35_every_time_that_leaves_has_three_digits() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let receiver = Receiver::start().await;
    let body = json!({"url": receiver.url, "events": ["*"]});
    merchant.call(201, Method::POST, "/v1/webhook-endpoints", body).await;
    let program = text(&merchant.anna().await, "program");
    // What comes in with none, one or nine digits goes out with three.
    for (told, shown) in [
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000Z"),
        ("2030-01-01T00:00:00.5Z", "2030-01-01T00:00:00.500Z"),
        ("2030-01-01T01:00:00.123456789+01:00", "2030-01-01T00:00:00.123Z"),
    ] {
        let link = merchant.call(200, Method::PATCH, "/v1/links/ANNA10", json!({"expires_at": told})).await;
        assert_eq!(link["expires_at"], shown);
        assert_eq!(merchant.get("/v1/links/ANNA10").await["expires_at"], shown);
    }
    let season = json!({"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2030-01-01T00:00:00.25Z"});
    let changed = merchant.call(200, Method::PATCH, &format!("/v1/programs/{program}"), season).await;
    assert_eq!(
        (&changed["starts_at"], &changed["ends_at"]),
        (&json!("2026-01-01T00:00:00.000Z"), &json!("2030-01-01T00:00:00.250Z"))
    );
    order(&merchant, "1001", "ANNA10", json!({})).await;
    app.drain().await;
    let why = merchant.get(&format!("/v1/orders/{}/1001/why?replay=true", merchant.shop.id)).await;
    assert_eq!(why["replay"]["equal"], true, "what is stored is as it was");

    let told = receiver.received();
    assert!(told.len() >= 5, "{} webhooks", told.len());
    for webhook in &told {
        let body: Value = serde_json::from_slice(&webhook.body).expect("JSON");
        exact_times(&body);
        let at: Timestamp = text(&body, "timestamp").parse().expect("a time");
        assert_eq!(text(&body, "timestamp"), format!("{at:.3}"));
    }
    let kinds: Vec<_> = told.iter().map(|it| serde_json::from_slice::<Value>(&it.body).expect("JSON")).collect();
    assert!(kinds.iter().any(|body| body["type"] == json!(EventKind::LinkCreated)), "{kinds:?}");
}

#[tokio::test]
async fn repair_21_a_shops_own_export_is_imported_and_what_is_strange_is_named() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let import = async |query: &str, body: &str| {
        let url = format!("{}/v1/import/customers{query}", app.engine.url);
        let post = app.client.post(url).bearer_auth(&merchant.api_key).header("content-type", "text/csv");
        let answer = post.body(body.to_owned()).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    // As Shopify writes it, with the mark that tables begin with.
    let shopify = "\u{feff}Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,Phone,Total Spent,Total Orders,Note,Tags\n\
        '6940095021,Bo,Ek,bo@example.com,yes,Lund,'+46701234567,1864.5,7,,\"vip, press\"\n\
        '6940095022,Cy,Ek,,no,Lund,'+46701234568,0.00,0,,\n";
    let (status, answer) = import("", shopify).await;
    assert_eq!((status, &answer["imported"], &answer["failed"][0]["line"]), (200, &json!(1), &json!(3)), "{answer}");
    assert_eq!(
        answer["columns_left_out"],
        json!(["Customer ID", "Last Name", "Default Address City", "Phone", "Note"])
    );
    let bo = merchant.call(200, Method::PATCH, "/v1/customers", json!({"email": "bo@example.com"})).await;
    assert_eq!((&bo["orders"], &bo["opted_in"], &bo["tags"]), (&json!(7), &json!(true), &json!(["press", "vip"])));
    assert_eq!(bo["spend"], json!({"amount": "1864.50", "currency": "SEK"}));

    let strange = "Email,Shoe Size,Total Orders,Star Sign\nbo@example.com,44,9,Leo\n";
    let items = app.items();
    let (status, told) = import("", strange).await;
    let named: Vec<_> = told["errors"].as_array().expect("faults").iter().map(|fault| text(fault, "pointer")).collect();
    assert_eq!((status, named, app.items()), (422, vec!["Shoe Size".into(), "Star Sign".into()], items));
    let (status, answer) = import("?unknown_columns=skip", strange).await;
    assert_eq!((status, &answer["imported"]), (200, &json!(1)), "{answer}");
    assert_eq!(answer["columns_left_out"], json!(["Shoe Size", "Star Sign"]));
    assert_eq!(import("?unknown_columns=perhaps", strange).await.0, 422);
    let bo = merchant.call(200, Method::PATCH, "/v1/customers", json!({"email": "bo@example.com"})).await;
    assert_eq!((&bo["orders"], &bo["spend"]["amount"]), (&json!(9), &json!("1864.50")));
}
