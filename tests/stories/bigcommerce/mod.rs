//! A shop on BigCommerce: thin signed events, and an API that says what they are about.

mod codes;
mod failures;
mod fixtures;
mod journey;
mod money;
mod polling;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{ApiServer, Asked, Sender, TestApp, TestMerchant, Told, text};

const KEY: &[u8] = b"the client secret of the API account";

/// An order with what hangs on it, as the API tells it.
#[derive(Clone)]
pub(crate) struct Order {
    body: Value,
    products: Value,
    coupons: Value,
    pub(crate) refunds: Value,
    metafields: Value,
}

/// A store and the shop that it is here.
pub(crate) struct Store {
    server: ApiServer,
    pub(crate) shop: Sender,
    orders: Arc<Mutex<BTreeMap<u64, Order>>>,
    /// How many more calls about orders the API allows.
    left: Arc<Mutex<u32>>,
}

/// A time as BigCommerce's older API writes it.
fn mail_time(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// An order of 550.00 less 50.00 by coupon, placed and paid by Bo; change what a story is about.
pub(crate) fn order(id: u64, at: Timestamp) -> Order {
    let body = json!({"id": id, "customer_id": 7, "date_created": mail_time(at), "date_modified": mail_time(at), "date_shipped": "",
        "status_id": 11, "status": "Awaiting Fulfillment", "subtotal_ex_tax": "550.0000", "subtotal_inc_tax": "687.5000",
        "total_ex_tax": "500.0000", "total_inc_tax": "625.0000", "discount_amount": "0.0000", "coupon_discount": "50.0000",
        "refunded_amount": "0.0000", "is_tax_inclusive_pricing": false, "items_total": 1, "items_shipped": 0,
        "payment_method": "Credit Card", "currency_code": "SEK", "currency_exchange_rate": "1.0000000000",
        "default_currency_code": "SEK", "store_default_currency_code": "SEK",
        "store_default_to_transactional_exchange_rate": "1.0000000000", "is_deleted": false,
        "billing_address": {"first_name": "Bo", "last_name": "Berg", "street_1": "Storgatan 1", "zip": "111 22",
            "country_iso2": "SE", "phone": "070-123 45 67", "email": "bo@example.com"},
        "customer_locale": "sv", "ip_address": "203.0.113.7", "ip_address_v6": "", "order_source": "www", "external_source": null});
    let products = json!([product(1, "BOOT-42", "550.0000", "687.5000", 1, &[("coupon", "50.0000")])]);
    let coupons = json!([{"id": 1, "coupon_id": 1, "order_id": id, "code": "anna10", "amount": "10.0000", "type": 1, "discount": 50}]);
    Order { body, products, coupons, refunds: json!([]), metafields: json!([]) }
}

/// A product of an order: its totals without and with tax, the pieces, and what was taken off.
fn product(id: u64, sku: &str, total: &str, with_tax: &str, pieces: u32, discounts: &[(&str, &str)]) -> Value {
    let discounts: Vec<_> = discounts.iter().map(|(id, amount)| json!({"id": id, "amount": amount})).collect();
    json!({"id": id, "product_id": 70 + id, "sku": sku, "type": "physical", "quantity": pieces, "total_ex_tax": total,
        "total_inc_tax": with_tax, "applied_discounts": discounts, "gift_certificate_id": null})
}

impl Order {
    #[expect(clippy::needless_pass_by_value, reason = "stories read better with json!(…) than with &json!(…)")]
    pub(crate) fn with(mut self, fields: Value) -> Self {
        for (name, value) in fields.as_object().expect("an object") {
            self.body[name] = value.clone();
        }
        self
    }

    /// With these coupons, as the API lists them.
    pub(crate) fn with_coupons(self, coupons: Value) -> Self {
        Self { coupons, ..self }
    }

    /// The same, changed at this time.
    fn at(self, at: Timestamp, fields: Value) -> Self {
        self.with(json!({"date_modified": mail_time(at)})).with(fields)
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the store's API answers.
pub(crate) fn answer(orders: &BTreeMap<u64, Order>, asked: &Asked) -> Told {
    let path = asked.path.strip_prefix("/stores/abcde/").unwrap_or_default();
    let parts: Vec<_> = path.split('/').collect();
    let found = || orders.get(&parts.get(2)?.parse().ok()?);
    let list = |value: &Value| match value.as_array() {
        // As the older API says that there is none.
        Some(none) if none.is_empty() => Told::status(204, ""),
        _ => Told::json(value),
    };
    match (&parts[..], found()) {
        (["v2", "orders"], _) => listed(orders, asked),
        (["v2", "orders", _], Some(order)) => Told::json(&order.body),
        (["v2", "orders", _, "products"], Some(order)) => list(&order.products),
        (["v2", "orders", _, "coupons"], Some(order)) => list(&order.coupons),
        (["v3", "orders", _, "payment_actions", "refunds"], Some(order)) => {
            Told::json(&json!({"data": order.refunds, "meta": {}}))
        }
        (["v3", "orders", _, "metafields"], Some(order)) => {
            assert_eq!((asked.param("namespace"), asked.param("key")), ("goodword", "ref_click"));
            Told::json(&json!({"data": order.metafields, "meta": {}}))
        }
        _ => Told::status(404, "[{\"status\": 404, \"message\": \"The requested resource was not found.\"}]"),
    }
}

/// A page of the orders, as they are asked for.
fn listed(orders: &BTreeMap<u64, Order>, asked: &Asked) -> Told {
    // Whether orders can be read is tried so.
    if asked.param("limit") == "1" {
        return orders.values().next().map_or_else(|| Told::status(204, ""), |order| Told::json(&json!([order.body])));
    }
    assert_eq!(asked.param("sort"), "id:asc", "an order that changes must move no other");
    let number = |name: &str| asked.param(name).parse::<usize>().expect("a number");
    let (page, limit) = (number("page"), number("limit"));
    let wanted = |order: &&Order| {
        let time = |name: &str| {
            let text = order.body[name].as_str()?;
            Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp())
        };
        let since: Option<Timestamp> = asked.param("min_date_modified").parse().ok();
        let until: Option<Timestamp> = asked.param("max_date_created").parse().ok();
        assert!(since.is_some() != until.is_some(), "{asked:?}");
        since.is_none_or(|since| time("date_modified").is_none_or(|at| at >= since))
            && until.is_none_or(|until| time("date_created").is_none_or(|at| at <= until))
    };
    let page: Vec<_> = orders.values().filter(wanted).skip((page - 1) * limit).take(limit).map(|it| &it.body).collect();
    if page.is_empty() { Told::status(204, "") } else { Told::json(&json!(page)) }
}

/// A shop of the merchant's that has no access to the API yet.
pub(crate) async fn connected(merchant: &TestMerchant) -> TestMerchant {
    let fields = json!({"platform": "bigcommerce", "platform_id": "abcde", "domain": "abcde.mybigcommerce.com",
        "webhook_secret": String::from_utf8_lossy(KEY)});
    Sender::connect(merchant, fields, KEY).await.merchant
}

impl Store {
    /// A shop with access to the API, and Anna's link ANNA10.
    pub(crate) async fn start() -> Self {
        let store = Self::without_access().await;
        store.give_access().await;
        store
    }

    /// The same before the merchant has told the credentials.
    async fn without_access() -> Self {
        let orders: Arc<Mutex<BTreeMap<u64, Order>>> = Arc::default();
        let left = Arc::new(Mutex::new(100_000_u32));
        let (known, calls) = (orders.clone(), left.clone());
        let server = ApiServer::start(move |asked| {
            assert_eq!(asked.header("x-auth-token"), "token-1");
            let told = answer(&lock(&known), asked);
            let mut left = lock(&calls);
            *left = left.saturating_sub(u32::from(asked.path.contains("/orders")));
            told.with("x-rate-limit-requests-left", left.to_string()).with("x-rate-limit-time-reset-ms", "5000")
        });
        let server = server.await;
        let merchant = TestApp::start().await.merchant().await;
        let fields = json!({"platform": "bigcommerce", "platform_id": "abcde", "domain": "abcde.mybigcommerce.com",
            "webhook_secret": String::from_utf8_lossy(KEY)});
        let shop = Sender::connect(&merchant, fields, KEY).await;
        shop.merchant.anna().await;
        Self { server, shop, orders, left }
    }

    async fn give_access(&self) {
        let api = json!({"api": {"access_token": "token-1", "base_url": format!("{}/stores/abcde", self.server.url)}});
        self.shop.merchant.call(200, Method::PATCH, &format!("/v1/shops/{}", self.shop.merchant.shop.id), api).await;
    }

    /// Puts an order into the store.
    fn put(&self, order: Order) {
        let id = order.body["id"].as_u64().expect("a number");
        lock(&self.orders).insert(id, order);
    }

    /// An event of this scope about an order.
    fn event(scope: &str, id: u64) -> Value {
        json!({"scope": scope, "store_id": "1025646", "data": {"type": "order", "id": id}, "created_at": 1_561_479_335,
            "hash": "dd70c0976e06b67aaf671e73f49dcb79230ebf9d", "producer": "stores/abcde"})
    }

    /// Puts an order into the store, which tells of it.
    pub(crate) async fn tell(&self, order: Order) {
        let id = order.body["id"].as_u64().expect("a number");
        self.put(order);
        assert_eq!(self.shop.post(&Self::event("store/order/updated", id)).await, 200);
        assert_eq!(self.shop.merchant.get("/v1/parked").await["data"], json!([]), "applied at once");
    }

    pub(crate) fn at(&self, seconds: i64) -> Timestamp {
        self.shop.merchant.app.at(seconds)
    }

    async fn is_not_stored(&self, order: &str) {
        let path = format!("/v1/orders/{}/{order}/why", self.shop.merchant.shop.id);
        self.shop.merchant.call(404, Method::GET, &path, json!(null)).await;
    }

    /// What is left of an order's net, and what the friend gets for it.
    pub(crate) async fn left(&self, order: &str) -> (String, String) {
        let why = self.shop.merchant.why(order).await;
        let rewards = self.shop.merchant.get("/v1/rewards").await;
        let all = rewards["data"].as_array().expect("a list").iter();
        let mut friends = all.filter(|reward| reward["order"]["id"] == order && reward["side"] == "friend");
        (
            text(&why["net"], "amount"),
            friends.next().map_or_else(String::new, |reward| text(&reward["value"], "amount")),
        )
    }
}
