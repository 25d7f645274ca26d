//! Genuine Shopify bodies (recorded deliveries, the platform's own samples, other libraries' fixtures) through the
//! signed webhook route. They live outside the repository; GOODWORD_FIXTURES names the folder. Only facts about them
//! are here, worked out by hand: net is lines less their discounts, without tax, shipping, tips and gift cards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::id::ShopId;
use shared::domain::order::{Line, OrderRef};
use shared::domain::person::Mark;
use shared::store::{OrderRow, Shop};
use tests::{TestApp, TestMerchant, TestShop, fixture, fixtures, reward, sign, text};

/// An order as it must be understood.
struct Order {
    file: &'static str,
    id: &'static str,
    currency: &'static str,
    /// Net before refunds, refunded, net.
    money: [&'static str; 3],
    paid: bool,
    cancelled: bool,
    /// When it was sent, where the file says that it was.
    fulfilled: Option<&'static str>,
    email: Option<&'static str>,
    customer: Option<&'static str>,
    because: &'static str,
}

/// A refund as it must be understood: in minor units, with the sum that no line explains.
struct Refund {
    file: &'static str,
    order: &'static str,
    id: &'static str,
    effective: bool,
    lines: i64,
    lines_tax: i64,
    amount: i64,
}

const NO_CODE: &str = "carries no referral code";
const NO_LINK: &str = "no referral link has the codes";

/// Shopify's synthetic sample: a cancelled test order whose ids were rounded by whoever recorded it. Its discount is
/// allocated to no line, and its own `current_subtotal_price` counts none.
const SAMPLE: Order = Order {
    file: "",
    id: "820982911946154500",
    currency: "CAD",
    money: ["31.99", "0.00", "31.99"],
    paid: false,
    cancelled: true,
    fulfilled: None,
    email: Some("jon@example.com"),
    customer: Some("115310627314723950"),
    because: NO_CODE,
};
const LATER_SAMPLE: Order = Order { currency: "USD", money: ["398.00", "0.00", "398.00"], ..SAMPLE };

/// Bob's order of three at 199.00 with 10.00 off in all.
const BOB: Order = Order {
    file: "",
    id: "450789469",
    currency: "USD",
    money: ["587.00", "0.00", "587.00"],
    paid: true,
    cancelled: true,
    fulfilled: None,
    email: Some("bob.norman@mail.example.com"),
    customer: Some("207119551"),
    because: NO_LINK,
};

/// One at 199.00, by nobody we know.
const PLAIN: Order = Order {
    file: "",
    id: "1073459969",
    currency: "USD",
    money: ["199.00", "0.00", "199.00"],
    paid: true,
    cancelled: false,
    fulfilled: None,
    email: None,
    customer: None,
    because: NO_CODE,
};

const ORDERS: [Order; 21] = [
    Order { file: "orders.cancelled--hookdeck-2023-01", ..SAMPLE },
    Order { file: "orders.create--hookdeck-2023-01", ..SAMPLE },
    Order { file: "orders.create--hookdeck-2024-10", ..LATER_SAMPLE },
    Order { file: "orders.fulfilled--hookdeck-2024-10", ..LATER_SAMPLE },
    Order { file: "orders.paid--hookdeck-2023-01", ..SAMPLE },
    Order { file: "orders.paid--hookdeck-2024-10", ..LATER_SAMPLE },
    Order { file: "orders.partially_fulfilled--hookdeck-2024-10", ..LATER_SAMPLE },
    Order { file: "orders.updated--hookdeck-2023-01", ..SAMPLE },
    Order { file: "orders.updated--hookdeck-2024-10", ..LATER_SAMPLE },
    // Too old to allocate discounts: 5.00 less 5.00.
    Order {
        file: "rest-order--go-shopify-order",
        id: "123456",
        currency: "USD",
        money: ["0.00", "0.00", "0.00"],
        email: Some("jon@doe.ca"),
        customer: None,
        ..SAMPLE
    },
    // One of three came back (195.66), and 89.64 of it and its tax were kept: 89.64 × 587.00 ÷ 598.94 = 87.85.
    Order {
        file: "rest-order--shopify-app-js-2025-10-cancelled-refunded-2",
        money: ["587.00", "107.81", "479.19"],
        ..BOB
    },
    Order { file: "rest-order--shopify-app-js-2025-10-cancelled-refunded", money: ["587.00", "587.00", "0.00"], ..BOB },
    // 195.66 and 195.67 came back; what is left is the body's own `current_subtotal_price`.
    Order { file: "rest-order--shopify-app-js-2025-10-cancelled", money: ["587.00", "391.33", "195.67"], ..BOB },
    Order {
        file: "rest-order--shopify-app-js-2025-10-created-EUR-taxes",
        id: "1073459976",
        currency: "EUR",
        money: ["224.97", "0.00", "224.97"],
        ..PLAIN
    },
    Order {
        file: "rest-order--shopify-app-js-2025-10-paid-addresses-send-receipt",
        id: "1073459963",
        money: ["255.92", "0.00", "255.92"],
        ..PLAIN
    },
    Order {
        file: "rest-order--shopify-app-js-2025-10-paid-existing-customer",
        id: "1073459975",
        fulfilled: Some("2025-04-02T11:31:23-05:00"),
        email: Some("foo@example.com"),
        customer: Some("1073339471"),
        ..PLAIN
    },
    Order { file: "rest-order--shopify-app-js-2025-10-paid-no-customer-min", ..PLAIN },
    Order {
        file: "rest-order--shopify-app-js-2025-10-paid-with-customer",
        id: "1073459972",
        fulfilled: Some("2025-04-02T11:31:05-05:00"),
        email: Some("foo@example.com"),
        customer: Some("1073339470"),
        ..PLAIN
    },
    Order {
        file: "rest-order--shopify-app-js-2025-10-pending-authorization-only",
        id: "1073459983",
        paid: false,
        email: Some("bob.norman@mail.example.com"),
        customer: Some("207119551"),
        ..PLAIN
    },
    // 199.00 less 17.91.
    Order {
        file: "rest-order--shopify-app-js-2025-10-percentage-code-FAKE30",
        id: "1073459981",
        money: ["181.09", "0.00", "181.09"],
        email: Some("jane@example.com"),
        customer: Some("1073339475"),
        because: NO_LINK,
        ..PLAIN
    },
    // Too old to allocate discounts; its lines say 597.00, but subtotal, tax and total agree on 398.00.
    Order {
        file: "rest-order--shopify-python-api",
        money: ["398.00", "0.00", "398.00"],
        paid: false,
        cancelled: false,
        email: Some("bob.norman@hostmail.com"),
        ..BOB
    },
];

const REFUNDED: Refund =
    Refund { file: "", order: "450789469", id: "", effective: true, lines: 0, lines_tax: 0, amount: 0 };

const REFUNDS: [Refund; 6] = [
    Refund {
        file: "refunds.create--hookdeck-2023-01",
        order: "820982911946154500",
        id: "890088186047892400",
        lines: 3_199,
        ..REFUNDED
    },
    Refund {
        file: "refunds.create--hookdeck-2024-10",
        order: "820982911946154500",
        id: "890088186047892400",
        lines: 39_800,
        ..REFUNDED
    },
    Refund { file: "rest-refund--shopify-app-js-2024-10-shipping-only-order-adjustment", id: "929361467", ..REFUNDED },
    // One line worth nothing, 41.94 paid.
    Refund {
        file: "rest-refund--shopify-app-js-2025-10-partial-with-transaction",
        id: "929361472",
        amount: 4_194,
        ..REFUNDED
    },
    Refund { file: "rest-refund--shopify-app-js-2025-10-shipping-only-order-adjustment", id: "929361471", ..REFUNDED },
    // Too old to say what its lines were worth.
    Refund { file: "rest-refund--shopify-python-api", id: "509562969", amount: 20_900, ..REFUNDED },
];

/// Refunds beside the orders they belong to: what is left of the order, and what went back.
const PAIRS: [(&str, &str, [&str; 3]); 7] = [
    ("orders.create--hookdeck-2023-01", "refunds.create--hookdeck-2023-01", ["31.99", "31.99", "0.00"]),
    ("orders.create--hookdeck-2024-10", "refunds.create--hookdeck-2024-10", ["398.00", "398.00", "0.00"]),
    (CANCELLED, "rest-refund--shopify-app-js-2024-10-shipping-only-order-adjustment", ["587.00", "391.33", "195.67"]),
    (CANCELLED, "rest-refund--shopify-app-js-2025-10-shipping-only-order-adjustment", ["587.00", "391.33", "195.67"]),
    // 41.94 × 587.00 ÷ 598.94 = 41.10 on top.
    (CANCELLED, "rest-refund--shopify-app-js-2025-10-partial-with-transaction", ["587.00", "432.43", "154.57"]),
    // The same refund in today's words, from after the old body: the later word stands.
    (CANCELLED, "rest-refund--shopify-python-api", ["587.00", "391.33", "195.67"]),
    // 209.00 × 398.00 ÷ 409.94 = 202.91.
    ("rest-order--shopify-python-api", "rest-refund--shopify-python-api", ["398.00", "202.91", "195.09"]),
];
const CANCELLED: &str = "rest-order--shopify-app-js-2025-10-cancelled";
const FAKE30: &str = "rest-order--shopify-app-js-2025-10-percentage-code-FAKE30";

/// What beside money is in a body: lines (id, SKU, net in minor units), coupons with what they took off, country, and the
/// marks that can be made of it.
struct Goods {
    file: &'static str,
    lines: &'static [(&'static str, &'static str, i64)],
    coupons: &'static [(&'static str, i64)],
    country: &'static str,
    marks: &'static [Mark],
}

const GOODS: [Goods; 5] = [
    Goods {
        file: CANCELLED,
        lines: &[
            ("466157049", "IPOD2008GREEN", 19_566),
            ("518995019", "IPOD2008RED", 19_567),
            ("703073504", "IPOD2008BLACK", 19_567),
        ],
        coupons: &[("TENOFF", 1_000)],
        country: "US",
        marks: &[Mark::Phone, Mark::Address],
    },
    Goods {
        file: FAKE30,
        lines: &[("1071823193", "IPOD2009BLACK", 18_109)],
        coupons: &[("FAKE30", 1_791)],
        country: "CA",
        marks: &[Mark::Phone, Mark::Address],
    },
    // Its phone is "555-555-SHIP".
    Goods {
        file: "orders.create--hookdeck-2024-10",
        lines: &[("866550311766439000", "IPOD2008PINK", 19_900), ("141249953214522980", "IPOD2008PINK", 19_900)],
        coupons: &[],
        country: "US",
        marks: &[Mark::Address],
    },
    // Too old to say what its lines are worth.
    Goods {
        file: "rest-order--shopify-python-api",
        lines: &[],
        coupons: &[("TENOFF", 1_000)],
        country: "US",
        marks: &[Mark::Phone, Mark::Address],
    },
    Goods { file: "rest-order--go-shopify-order", lines: &[], coupons: &[], country: "US", marks: &[Mark::Address] },
];

/// A chargeback, and the order that it is for.
const DISPUTE: (&str, &str) = ("disputes.create--hookdeck-2024-10", "820982911946154500");

/// Deleted, and that is all that is known of it.
const DELETED: [(&str, &str); 1] = [("orders.delete--hookdeck-2024-10", "820982911946154500")];

/// The app was given away.
const UNINSTALLED: [&str; 2] = ["app.uninstalled--hookdeck-2024-10", "app.uninstalled--laravel-shopify"];

/// What the law gives a right to, and what kind of request it becomes.
const PRIVACY: [(&str, &str); 6] = [
    ("customers.data_request--shopify-docs", "export"),
    ("customers.redact--shopify-docs", "erase"),
    ("customers.redact--shopifysharp-email-only", "erase"),
    ("customers.redact--shopifysharp-string-ids", "erase"),
    ("shop.redact--shopify-docs", "erase_shop"),
    ("shop.redact--shopifysharp-string-id", "erase_shop"),
];

/// Topics of which `orders/updated` tells the same, or that say nothing about orders.
const NOT_USED: [&str; 28] = [
    "checkouts.create--hookdeck-2024-10",
    "companies.create--hookdeck-2024-10",
    "customers.create--hookdeck-2023-01",
    "customers.create--hookdeck-2024-10",
    "customers.delete--hookdeck-2024-10",
    // It failed.
    "customers.merge--hookdeck-2024-10",
    "customers.update--hookdeck-2024-10",
    "discounts.create--hookdeck-2024-10",
    "discounts.redeemcode_added--hookdeck-2024-10",
    "discounts.redeemcode_removed--hookdeck-2024-10",
    "draft_orders.create--hookdeck-2024-10",
    // On its way, not delivered; and a parcel can't say that it was the last.
    "fulfillment_events.create--hookdeck-2024-10",
    "fulfillments.create--hookdeck-2023-01",
    "fulfillments.create--hookdeck-2024-10",
    "fulfillments.update--hookdeck-2024-10",
    "order_transactions.create--hookdeck-2024-10",
    // To be asked for, where the shop's API can be called.
    "orders.edited--hookdeck-2023-01",
    "orders.edited--hookdeck-2024-10",
    // Names no order.
    "orders.risk_assessment_changed--hookdeck-2024-10",
    "rest-fulfillment--shopify-app-js-2025-10",
    "returns.approve--hookdeck-2024-10",
    "returns.close--hookdeck-2024-10",
    "returns.request--hookdeck-2024-10",
    "shop.update--hookdeck-2024-10",
    "subscription_billing_attempts.success--hookdeck-2024-10",
    "subscription_contracts.create--hookdeck-2024-10",
    "tender_transactions.create--hookdeck-2024-10",
    "variants.out_of_stock--hookdeck-2024-10",
];

/// Resources that nothing here asks for, and the topic that comes closest to each.
const NO_WEBHOOKS: [(&str, &str); 7] = [
    ("rest-checkout--shopify-app-js-2025-10", "checkouts/update"),
    ("rest-customer--shopify-app-js-2025-10", "customers/update"),
    ("rest-discount_code--shopify-app-js-2025-10", "discounts/update"),
    ("rest-draft_order--shopify-app-js-2025-10", "draft_orders/update"),
    ("rest-gift_card--shopify-app-js-2025-10", "gift_cards/update"),
    ("rest-price_rule--shopify-app-js-2025-10", "price_rules/update"),
    ("rest-transaction--shopify-app-js-2025-10", "order_transactions/create"),
];

/// No orders and no refunds: where the fault is, and which.
const REFUSED: [(&str, &str, &str); 3] = [
    // A sample from before deletions said no more than the id. Today that is an order under another topic.
    ("orders.delete--hookdeck-2023-01", "/admin_graphql_api_id", "unknown field `admin_graphql_api_id`, expected `id`"),
    ("rest-refund--shopify-docs-2025-10-multicurrency-CAD-USD-numeric-amounts", "/order_id", "missing field"),
    ("rest-refund-calculate--shopify-app-js-2025-10-shipping", "", "missing field `id`"),
];

/// The body as a webhook carries it: without the envelope of the REST API.
fn body(folder: &Path, file: &str) -> Value {
    let mut body = fixture(folder, file);
    match body.as_object_mut() {
        Some(fields) if fields.len() == 1 => fields.remove("order").or_else(|| fields.remove("refund")).unwrap_or(body),
        _ => body,
    }
}

/// Shopify's own headers that came with a file: none, where nobody recorded them.
fn headers(folder: &Path, file: &str) -> BTreeMap<String, String> {
    let Ok(text) = std::fs::read_to_string(folder.join(format!("{file}.headers.json"))) else { return BTreeMap::new() };
    let headers: BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    headers.into_iter().filter(|(name, _)| name.starts_with("x-shopify-") && name != "x-shopify-hmac-sha256").collect()
}

fn topic(file: &str) -> String {
    match file.split_once("--").expect("a file name with its source").0 {
        "rest-order" => "orders/updated".to_owned(),
        "rest-refund" | "rest-refund-calculate" => "refunds/create".to_owned(),
        "rest-fulfillment" => "fulfillments/create".to_owned(),
        topic => topic.replace('.', "/"),
    }
}

/// What a file's shop is called.
fn shop_name(file: &str) -> String {
    let name: String = file.chars().filter(char::is_ascii_alphanumeric).collect();
    name.to_ascii_lowercase()[name.len().saturating_sub(40)..].to_owned()
}

/// Signatures of other libraries.
const VECTORS: &str = "_hmac-test-vectors";

/// One engine and merchant, and a new shop for every file so that they don't meet. The shops are in dollars, which is
/// what bodies too old to name their currency are in.
struct Player {
    folder: PathBuf,
    merchant: TestMerchant,
}

impl Player {
    async fn start(folder: PathBuf) -> Self {
        let app = TestApp::start().await;
        let body = json!({"name": "Bogus Shoes", "currency": "USD", "time_zone": "America/New_York", "locale": "en",
            "mail_from": "hi@bogusshoes.example"});
        let made = app.call(201, Method::POST, "/v1/merchants", &app.engine.operator_key(), Some(&body)).await;
        let api_key = text(&made, "api_key");
        let shop = app.shop(&api_key, "bogusshoes").await;
        Self { folder, merchant: TestMerchant { app, api_key, shop } }
    }

    async fn shop(&self, file: &str) -> TestMerchant {
        let shop = self.merchant.app.shop(&self.merchant.api_key, &shop_name(file)).await;
        TestMerchant { shop, ..self.merchant.clone() }
    }

    /// Plays a file, expecting it to be taken.
    async fn play(&self, shop: &TestMerchant, file: &str) {
        self.play_as(shop, file, &body(&self.folder, file)).await;
    }

    /// Plays a file whose body was changed, expecting it to be taken.
    async fn play_as(&self, shop: &TestMerchant, file: &str, body: &Value) {
        assert_eq!(self.send(shop, file, body, &shop.shop.domain()).await, 200, "{file}");
    }

    /// Posts a body with the headers that came with the file, as far as they were recorded. They name this shop instead of
    /// the one that was recorded, and its secret signs: the recorded signatures are of secrets that nobody knows.
    async fn send(&self, shop: &TestMerchant, file: &str, body: &Value, domain: &str) -> u16 {
        let topic = topic(file);
        let mut headers = headers(&self.folder, file);
        assert_eq!(headers.entry("x-shopify-topic".to_owned()).or_insert(topic.clone()), &topic, "{file}");
        headers.insert("x-shopify-shop-domain".to_owned(), domain.to_owned());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = body.to_string().into_bytes();
        let signature = sign(&shop.shop.secret, &body);
        shop.shop.send_with(&headers, body, &signature).await.status().as_u16()
    }

    async fn row(&self, shop: &TestMerchant, order: &str, name: &str) -> (Shop, OrderRow) {
        let id: ShopId = shop.shop.id.parse().expect("a shop's id");
        let order = OrderRef { shop: id, id: order.parse().expect("an order's id") };
        let store = &self.merchant.app.engine.app.store;
        let shop = store.shop(id).await.expect("reads").expect("the shop");
        (shop, store.order(&order).await.expect("reads").unwrap_or_else(|| panic!("{name}: not stored")))
    }
}

/// Net before refunds, refunded and net, as the facts have it, after comparing with what the API says.
fn money(row: &OrderRow, why: &Value) -> [Value; 3] {
    let facts = &row.facts;
    let [before, refunded, net] = [facts.net_before_refunds(), facts.refunded(), facts.net()].map(|money| json!(money));
    assert_eq!((&why["refunded"], &why["net"]), (&refunded, &net));
    [before, refunded, net]
}

fn amounts(amounts: [&str; 3], currency: &str) -> [Value; 3] {
    amounts.map(|amount| json!({"amount": amount, "currency": currency}))
}

#[tokio::test]
async fn every_genuine_order_is_understood() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    let keys = &player.merchant.app.engine.app.config.keys;
    for expected in ORDERS {
        let file = expected.file;
        let shop = player.shop(file).await;
        player.play(&shop, file).await;
        let why = shop.why(expected.id).await;
        let (stored, row) = player.row(&shop, expected.id, file).await;
        let facts = &row.facts;

        assert_eq!(money(&row, &why), amounts(expected.money, expected.currency), "{file}");
        assert_eq!((facts.paid_at.is_some(), facts.is_cancelled()), (expected.paid, expected.cancelled), "{file}");
        assert_eq!(facts.fulfilled_at, expected.fulfilled.map(|at| at.parse().expect(at)), "{file}");
        let by_email = expected.email.map(|email| keys.person_by_email(stored.merchant, &email.parse().expect(email)));
        assert_eq!(facts.by_email.as_ref().map(|by| by.value.clone()), by_email, "{file}");
        let by_id = |id| keys.person_by_customer_id(stored.merchant, &shop.shop.id, id);
        assert_eq!(facts.by_customer_id.as_ref().map(|by| by.value.clone()), expected.customer.map(by_id), "{file}");
        assert_eq!(why["outcome"], "not_credited", "{file}");
        assert!(text(&why, "sentence").contains(expected.because), "{file}: {}", why["sentence"]);
    }
}

#[tokio::test]
async fn genuine_lines_add_up_to_their_orders() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for expected in ORDERS {
        let shop = player.shop(expected.file).await;
        player.play(&shop, expected.file).await;
        let (_, row) = player.row(&shop, expected.id, expected.file).await;
        let snapshot = row.facts.snapshot.as_ref().expect("a snapshot");
        let sum: i64 = snapshot.lines.iter().map(|line| line.net).sum();
        assert!(snapshot.lines.is_empty() || sum == snapshot.net, "{}: {sum} of {}", expected.file, snapshot.net);

        let Some(goods) = GOODS.iter().find(|goods| goods.file == expected.file) else { continue };
        let id = |line: &Line| line.id.as_ref().map_or_else(String::new, ToString::to_string);
        let lines = snapshot.lines.iter().map(|line| (id(line), line.sku.clone().unwrap_or_default(), line.net));
        let wanted = goods.lines.iter().map(|(id, sku, net)| ((*id).to_owned(), (*sku).to_owned(), *net));
        assert_eq!(lines.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{}", goods.file);
        let coupons: Vec<_> = snapshot.coupons.iter().map(|coupon| (coupon.code.as_str(), coupon.discount)).collect();
        assert_eq!(coupons, goods.coupons, "{}", goods.file);
        let marks: Vec<_> = row.facts.marks.keys().copied().collect();
        let country = snapshot.country.map(|country| country.to_string());
        assert_eq!((country.as_deref(), &*marks), (Some(goods.country), goods.marks), "{}", goods.file);
    }
    // Two of the three went back, each said with its line.
    let shop = player.shop("refundedlines").await;
    player.play(&shop, CANCELLED).await;
    let (_, row) = player.row(&shop, "450789469", CANCELLED).await;
    let of_lines = row.facts.refunds.values().flat_map(|refund| &refund.of_lines);
    let of_lines: BTreeSet<_> = of_lines.map(|(id, part)| (id.to_string(), part.lines, part.tax)).collect();
    assert_eq!(of_lines, [("466157049".to_owned(), 19_567, 398), ("703073504".to_owned(), 19_566, 398)].into());
}

#[tokio::test]
async fn a_genuine_chargeback_takes_its_order_back() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    let shop = player.shop("dispute").await;
    player.play(&shop, DISPUTE.0).await;
    let (_, row) = player.row(&shop, DISPUTE.1, DISPUTE.0).await;
    assert!(row.facts.is_charged_back());
}

#[tokio::test]
async fn every_genuine_refund_is_understood() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for expected in REFUNDS {
        let file = expected.file;
        let shop = player.shop(file).await;
        player.play(&shop, file).await;
        let why = shop.why(expected.order).await;
        assert_eq!((&why["outcome"], &why["net"]), (&json!("not_credited"), &Value::Null), "{file}");
        assert!(text(&why, "sentence").contains("a refund has come, but not the order"), "{file}: {}", why["sentence"]);
        let (_, row) = player.row(&shop, expected.order, file).await;
        assert!(row.facts.snapshot.is_none() && row.facts.refunds.len() == 1, "{file}");
        let refund = &row.facts.refunds[&expected.id.parse().expect("an id")];
        let understood = (refund.effective, refund.lines, refund.lines_tax, refund.amount);
        assert_eq!(understood, (expected.effective, expected.lines, expected.lines_tax, expected.amount), "{file}");
    }
}

#[tokio::test]
async fn genuine_refunds_go_off_their_orders_whichever_comes_first() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for (n, (order, refund, expected)) in PAIRS.into_iter().enumerate() {
        let id = body(&player.folder, order)["id"].to_string();
        for files in [[order, refund], [refund, order]] {
            let shop = player.shop(&format!("pair{n}{}", files[0])).await;
            for file in files {
                player.play(&shop, file).await;
            }
            let (_, row) = player.row(&shop, &id, order).await;
            let currency = row.facts.snapshot.as_ref().expect("a snapshot").currency.code();
            assert_eq!(money(&row, &shop.why(&id).await), amounts(expected, currency), "{files:?}");
        }
    }
}

#[tokio::test]
async fn topics_not_used_are_answered_and_nothing_is_stored() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for file in NOT_USED {
        let shop = player.shop(file).await;
        let before = shop.app.items();
        player.play(&shop, file).await;
        assert_eq!(shop.app.items(), before, "{file}");
        let body = body(&player.folder, file);
        let id =
            [&body["order_id"], &body["id"], &body["order_edit"]["order_id"]].into_iter().find(|id| id.is_number());
        let path = format!("/v1/orders/{}/{}/why", shop.shop.id, id.map_or("1".to_owned(), Value::to_string));
        shop.app.call(404, Method::GET, &path, &shop.api_key, None).await;
    }
}

#[tokio::test]
async fn resources_that_no_webhook_of_ours_carries_are_answered_and_nothing_is_stored() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    let before = player.merchant.app.items();
    for (file, closest) in NO_WEBHOOKS {
        let body = body(&player.folder, file);
        for topic in [closest, &topic(file), ""] {
            assert_eq!(player.merchant.shop.post(topic, &body).await, 200, "{file} as {topic}");
            assert_eq!(player.merchant.app.items(), before, "{file} as {topic}");
        }
    }
}

#[tokio::test]
async fn edge_43_a_genuine_delivery_is_taken_only_by_the_shop_that_its_header_names() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    let mut recorded = 0;
    for file in ORDERS.iter().map(|order| order.file).chain(NOT_USED) {
        let Some(domain) = headers(&player.folder, file).remove("x-shopify-shop-domain") else { continue };
        recorded += 1;
        let before = player.merchant.app.items();
        let body = body(&player.folder, file);
        assert_eq!(player.send(&player.merchant, file, &body, &domain).await, 404, "{file}");
        assert_eq!(player.merchant.app.items(), before, "{file}");
    }
    assert!(recorded > 30, "{recorded}");
}

#[tokio::test]
async fn what_is_no_order_and_no_refund_is_refused_and_the_place_named() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for (file, pointer, detail) in REFUSED {
        let body = body(&player.folder, file).to_string().into_bytes();
        let shop = &player.merchant.shop;
        let signature = sign(&shop.secret, &body);
        let answer = shop.send_signed(&topic(file), body, &signature).await;
        assert_eq!(answer.status(), 400, "{file}");
        let problem: Value = answer.json().await.expect("a problem");
        assert_eq!(problem["errors"], json!([{"pointer": pointer, "detail": detail}]), "{file}");
    }
}

#[tokio::test]
async fn a_new_fixture_does_not_go_unnoticed() {
    let Some(folder) = fixtures("shopify") else { return };
    let known = ORDERS.iter().map(|order| order.file).chain(REFUNDS.iter().map(|refund| refund.file)).chain(NOT_USED);
    let known =
        known.chain(NO_WEBHOOKS.map(|resource| resource.0)).chain(UNINSTALLED).chain(DELETED.map(|deleted| deleted.0));
    let known = known.chain(PRIVACY.map(|asked| asked.0)).chain([DISPUTE.0, VECTORS]);
    let known: BTreeSet<String> = known.chain(REFUSED.iter().map(|refused| refused.0)).map(str::to_owned).collect();
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.filter_map(|name| name.into_string().ok()?.strip_suffix(".json").map(str::to_owned));
    let played = names.filter(|name| !name.ends_with(".headers"));
    assert_eq!(played.collect::<BTreeSet<_>>(), known, "left: the folder; right: the tables of this file");
}

#[tokio::test]
async fn genuine_words_that_an_order_is_gone_are_kept_until_the_order_comes() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for (file, order) in DELETED {
        let shop = player.shop(file).await;
        player.play(&shop, file).await;
        let (_, row) = player.row(&shop, order, file).await;
        assert!(row.facts.deleted_at.is_some() && row.facts.snapshot.is_none(), "{file}");
    }
}

#[tokio::test]
async fn genuine_words_that_the_app_was_given_away_take_its_access() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    for file in UNINSTALLED {
        let mut body = body(&player.folder, file);
        let shop = player.shop(file).await;
        if body["myshopify_domain"].is_string() {
            body["myshopify_domain"] = json!(format!("{}.myshopify.com", shop_name(file)));
        }
        player.play_as(&shop, file, &body).await;
        let stored = shop.get(&format!("/v1/shops/{}", shop.shop.id)).await;
        assert!(stored["uninstalled_at"].is_string(), "{file}: {stored}");
    }
}

#[tokio::test]
async fn genuine_requests_about_personal_data_are_recorded_with_their_deadline() {
    let Some(folder) = fixtures("shopify") else { return };
    for (file, kind) in PRIVACY {
        let player = Player::start(folder.clone()).await;
        let shop = player.shop(file).await;
        let mut body = body(&player.folder, file);
        body["shop_domain"] = json!(format!("{}.myshopify.com", shop_name(file)));
        for _ in 0..2 {
            player.play_as(&shop, file, &body).await;
        }
        let requests = shop.get("/v1/privacy/requests").await;
        let requests = requests["data"].as_array().expect("a list");
        assert_eq!(requests.len(), 1, "{file}: {requests:?}");
        assert_eq!(requests[0]["kind"], kind, "{file}");
        assert!(requests[0]["due_at"].is_string(), "{file}");
    }
}

#[tokio::test]
async fn a_genuine_order_with_the_advocates_code_is_credited_from_its_net() {
    let Some(folder) = fixtures("shopify") else { return };
    let player = Player::start(folder).await;
    let open_program = |program: &mut Value| program["qualify"] = json!({});
    let linked = async |code: &str| {
        let shop = player.shop(code).await;
        let program = shop.program(open_program).await;
        // The orders are years old, and so must the codes be.
        let anna = json!({"email": "anna@example.com", "name": "Anna"});
        let link =
            json!({"program": program["id"], "advocate": anna, "code": code, "existed_since": "2005-01-01T00:00:00Z"});
        shop.call(201, Method::POST, "/v1/links", link).await;
        shop
    };

    let shop = linked("FAKE30").await;
    player.play(&shop, FAKE30).await;
    let why = shop.why("1073459981").await;
    assert_eq!((&why["outcome"], &why["candidates"][0]["kind"]), (&json!("credited"), &json!("coupon")), "{why}");
    // What Shopify says that the code took off.
    assert_eq!(shop.rewards().await, [reward("advocate", "100.00", "approved"), reward("friend", "17.91", "approved")]);

    // Bob's order before it was cancelled: 587.00 less the 391.33 that had gone back by then.
    let shop = linked("TENOFF").await;
    let mut before = body(&player.folder, CANCELLED);
    before["cancelled_at"] = Value::Null;
    before["updated_at"] = before["refunds"][0]["created_at"].clone();
    assert_eq!(shop.shop.post("orders/updated", &before).await, 200);
    let why = shop.why("450789469").await;
    assert_eq!((&why["outcome"], &why["net"]["amount"]), (&json!("credited"), &json!("195.67")), "{why}");
    // Of the 10.00 that the code took off, the share of what is left.
    assert!(shop.rewards().await.contains(&reward("friend", "3.33", "approved")), "{:?}", shop.rewards().await);
    player.play(&shop, CANCELLED).await;
    let why = shop.why("450789469").await;
    assert_eq!(why["outcome"], "void", "{why}");
    assert!(text(&why, "sentence").contains("the order was cancelled"), "{}", why["sentence"]);
    // A void reward shows what it was for: all that the code took off.
    assert!(shop.rewards().await.contains(&reward("friend", "10.00", "void")), "{:?}", shop.rewards().await);
}

#[tokio::test]
async fn other_libraries_signatures_verify_here_too() {
    let Some(folder) = fixtures("shopify") else { return };
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let vectors = fixture(&folder, VECTORS);
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert!(
        vectors.iter().any(|vector| vector["expect"] == "valid")
            && vectors.iter().any(|vector| vector["expect"] == "invalid")
    );
    for (n, vector) in vectors.iter().enumerate() {
        let [secret, body, signature, source] =
            ["secret", "body", "hmac_base64", "source"].map(|field| text(vector, field));
        let valid = vector["expect"] == "valid";
        let made = json!({"platform": "shopify", "domain": format!("v{n}.myshopify.com"), "site": format!("https://v{n}.example")});
        let made = merchant.call(201, Method::POST, "/v1/shops", made).await;
        app.keep_secret(&text(&made, "id"), &secret).await;
        let shop = TestShop { id: text(&made, "id"), webhook_url: text(&made, "webhook_url"), ..merchant.shop.clone() };
        let status = shop.post_signed("orders/paid", body.into_bytes(), &signature).await;
        assert_eq!(status == 401, !valid, "{source}: {status}");
    }
}
