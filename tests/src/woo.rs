//! A shop on WooCommerce: makes orders and posts them, signed.

use std::ops::Deref;

use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use shared::domain::order::{Facts, OrderRef};
use shared::platform::api::Caller;
use shared::store::{JobRow, Shop, Task};

use crate::{TestApp, TestMerchant, TestShop, sign, text};

/// A merchant with a WooCommerce shop. All that merchants do goes through [`TestMerchant`].
#[derive(Clone)]
pub struct TestWoo(TestMerchant);

impl Deref for TestWoo {
    type Target = TestMerchant;

    fn deref(&self) -> &TestMerchant {
        &self.0
    }
}

/// A time as WooCommerce writes it: in UTC, and not saying so.
pub fn gmt(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

impl TestApp {
    /// A new merchant with a WooCommerce shop, with an API at this address if one is given.
    pub async fn woo(&self, api: Option<&str>) -> TestWoo {
        let merchant = self.merchant().await;
        TestWoo(merchant).another("woo", api).await
    }
}

impl TestWoo {
    /// Another WooCommerce shop of the same merchant.
    pub async fn another(&self, name: &str, api: Option<&str>) -> Self {
        let secret = format!("the secret of {name}");
        let mut body = json!({"platform": "woocommerce", "domain": format!("{name}.example"), "site": format!("https://{name}.example"),
            "webhook_secret": secret});
        if let Some(url) = api {
            body["api"] = json!({"base_url": url, "consumer_key": "ck_1", "consumer_secret": "cs_1"});
        }
        let made = self.call(201, Method::POST, "/v1/shops", body).await;
        let [id, webhook_url, site] = ["id", "webhook_url", "site"].map(|field| text(&made, field));
        let client = self.app.client.clone();
        Self(TestMerchant { shop: TestShop { client, id, webhook_url, secret, site }, ..self.0.clone() })
    }

    /// A webhook as WooCommerce sends it, but for its signature.
    pub fn request(&self, topic: &str, body: Vec<u8>) -> RequestBuilder {
        let (resource, event) = topic.split_once('.').expect("a topic");
        let request = self.shop.client.post(&self.shop.webhook_url).header("content-type", "application/json");
        let request = request.header("x-wc-webhook-source", format!("{}/", self.shop.site));
        let request = request.header("x-wc-webhook-topic", topic).header("x-wc-webhook-resource", resource);
        let request = request.header("x-wc-webhook-event", event).header("x-wc-webhook-id", "4");
        request.header("x-wc-webhook-delivery-id", "1e39b411c16382875440af2d87b25755").body(body)
    }

    /// Posts bytes, signed, and hands the response over.
    pub async fn send(&self, topic: &str, body: Vec<u8>) -> Response {
        let signature = sign(&self.shop.secret, &body);
        let request = self.request(topic, body).header("x-wc-webhook-signature", signature);
        request.send().await.expect("an answer")
    }

    /// Posts a signed webhook and answers the status.
    pub async fn post(&self, topic: &str, body: &Value) -> u16 {
        self.send(topic, body.to_string().into_bytes()).await.status().as_u16()
    }

    /// Tells of an order, expecting it to be taken.
    pub async fn tell(&self, topic: &str, order: &WooOrder) {
        assert_eq!(self.post(topic, &order.0).await, 200, "{topic}");
    }

    /// The shop as it is stored.
    pub async fn row(&self) -> Shop {
        let id = self.shop.id.parse().expect("an id");
        self.app.engine.app.store.shop(id).await.expect("reads").expect("a shop")
    }

    /// What is known of an order.
    pub async fn facts(&self, order: &str) -> Facts {
        let order = OrderRef { shop: self.shop.id.parse().expect("an id"), id: order.parse().expect("an id") };
        self.app.engine.app.store.order(&order).await.expect("reads").expect("an order").facts
    }

    /// How far the shop's work of this kind is.
    pub async fn job(&self, task: Task) -> JobRow {
        let id = self.shop.id.parse().expect("an id");
        self.app.engine.app.store.job(id, task).await.expect("reads").expect("a job")
    }

    /// Calls the shop's API.
    pub async fn caller(&self) -> Caller {
        let keys = &self.app.engine.app.config.keys;
        self.app.engine.courier.shops.caller(keys, &self.row().await).expect("credentials")
    }
}

/// An order of 500.00 SEK by Bo, as WooCommerce describes it; change what a story is about.
#[derive(Clone, Debug)]
pub struct WooOrder(pub Value);

impl WooOrder {
    /// An order placed and paid at this time: 500.00, its tax of 125.00, and shipping for 50.00 and 12.50.
    pub fn paid(id: u64, at: Timestamp) -> Self {
        let at = gmt(at);
        let address = json!({"first_name": "Bo", "address_1": "Storgatan 1", "postcode": "111 22", "city": "Stockholm",
            "country": "SE", "email": "bo@example.com", "phone": "070-123 45 67"});
        Self(json!({
            "id": id, "parent_id": 0, "number": id.to_string(), "status": "processing", "currency": "SEK", "prices_include_tax": true,
            "date_created": at, "date_created_gmt": at, "date_modified": at, "date_modified_gmt": at, "date_paid": at,
            "date_paid_gmt": at, "date_completed": null, "date_completed_gmt": null, "total": "687.50", "total_tax": "137.50",
            "customer_id": 0, "customer_ip_address": "", "customer_user_agent": "", "created_via": "checkout",
            "billing": address, "shipping": [], "meta_data": [], "coupon_lines": [], "fee_lines": [], "refunds": [],
            "shipping_lines": [{"id": 32, "total": "50.00", "total_tax": "12.50"}],
            "line_items": [{"id": 31, "product_id": 93, "quantity": 1, "subtotal": "500.00", "total": "500.00", "total_tax": "125.00",
                "sku": "BOOT-42", "price": 500, "meta_data": []}],
        }))
    }

    /// By somebody else.
    #[must_use]
    pub fn by(mut self, email: &str) -> Self {
        self.0["billing"]["email"] = json!(email);
        self
    }

    /// With a coupon code used at checkout.
    #[must_use]
    pub fn coupon(self, code: &str) -> Self {
        self.with(json!({"coupon_lines": [{"id": 40, "code": code.to_lowercase(), "discount": "50.00"}]}))
    }

    /// With data that the shop keeps with the order.
    #[must_use]
    pub fn meta(self, key: &str, value: &str) -> Self {
        self.with(json!({"meta_data": [{"id": 1, "key": key, "value": value}]}))
    }

    /// With other fields.
    #[must_use]
    pub fn with(mut self, fields: Value) -> Self {
        for (name, value) in fields.as_object().expect("an object") {
            self.0[name] = value.clone();
        }
        self
    }

    /// The same order, modified at a later time.
    #[must_use]
    pub fn later(self, at: Timestamp, fields: Value) -> Self {
        self.with(json!({"date_modified": gmt(at), "date_modified_gmt": gmt(at)})).with(fields)
    }

    /// The same order, listing these refunds.
    #[must_use]
    pub fn refunded(self, at: Timestamp, refunds: &[(u64, &str)]) -> Self {
        let refunds: Value =
            refunds.iter().map(|(id, total)| json!({"id": id, "reason": "", "total": total})).collect();
        self.later(at, json!({"refunds": refunds}))
    }
}
