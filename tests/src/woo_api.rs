//! WooCommerce's REST API as far as it is used: orders in pages by time, refunds, coupons one by one and in batches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{ApiServer, Asked, Told, WooOrder};

type Fault = Arc<dyn Fn(&Asked) -> Option<Told> + Send + Sync>;

#[derive(Default)]
struct State {
    orders: BTreeMap<u64, Value>,
    refunds: BTreeMap<u64, Value>,
    coupons: BTreeMap<u64, Value>,
    read_only: bool,
    fault: Option<Fault>,
}

/// A running shop's API.
#[derive(Clone)]
pub struct WooApi {
    pub server: ApiServer,
    state: Arc<Mutex<State>>,
}

impl WooApi {
    /// Starts one that has nothing.
    pub async fn start() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        let server = ApiServer::start(move |asked| {
            let state = || shared.lock().unwrap_or_else(PoisonError::into_inner);
            // Not under the lock: a fault may change what the shop has.
            let fault = state().fault.clone();
            fault.and_then(|fault| fault(asked)).unwrap_or_else(|| state().answer(asked))
        })
        .await;
        Self { server, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shop has this order, as it is now.
    pub fn put(&self, order: &WooOrder) {
        self.put_as(order.0["id"].as_u64().expect("a number"), order.0.clone());
    }

    /// The shop answers this for an order.
    pub fn put_as(&self, id: u64, order: Value) {
        self.state().orders.insert(id, order);
    }

    /// The shop deletes an order for good: no list has it any more, and nothing tells of it.
    pub fn delete(&self, order: u64) {
        self.state().orders.remove(&order);
        self.state().refunds.remove(&order);
    }

    /// What it answers when it is asked for an order's refunds.
    pub fn put_refunds(&self, order: u64, refunds: Value) {
        self.state().refunds.insert(order, refunds);
    }

    /// The shop has this coupon.
    pub fn put_coupon(&self, id: u64, coupon: Value) {
        self.state().coupons.insert(id, coupon);
    }

    /// All coupons, by id.
    pub fn coupons(&self) -> Vec<Value> {
        self.state().coupons.values().cloned().collect()
    }

    /// The key may only read, or read and write again.
    pub fn read_only(&self, read_only: bool) {
        self.state().read_only = read_only;
    }

    /// From now on these requests are answered so instead.
    pub fn spoil(&self, fault: impl Fn(&Asked) -> Option<Told> + Send + Sync + 'static) {
        self.state().fault = Some(Arc::new(fault));
    }

    /// What it would answer if nothing were spoilt.
    pub fn plainly(&self, asked: &Asked) -> Told {
        self.state().answer(asked)
    }

    /// Everything works again.
    pub fn heal(&self) {
        self.state().fault = None;
    }

    /// What it was asked at this path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.server.asked().into_iter().filter(|asked| asked.path == path).collect()
    }
}

/// As WooCommerce 9.9.5 says it of an order.
fn no_order() -> Told {
    let data =
        json!({"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}});
    Told::status(404, data.to_string())
}

fn not_found() -> Told {
    Told::status(
        404,
        json!({"code": "woocommerce_rest_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}).to_string(),
    )
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Told {
        // ck_1:cs_1
        if asked.header("authorization") != "Basic Y2tfMTpjc18x" {
            return Told::status(401, json!({"code": "woocommerce_rest_cannot_view"}).to_string());
        }
        // Before anything else of a request is looked at.
        if self.read_only && asked.method != Method::GET {
            let message = "The API key provided does not have write permissions.";
            let error =
                json!({"code": "woocommerce_rest_authentication_error", "message": message, "data": {"status": 401}});
            return Told::status(401, error.to_string());
        }
        let Some(path) = asked.path.strip_prefix("/wp-json/wc/v3/") else { return not_found() };
        let parts: Vec<_> = path.split('/').collect();
        let id = |text: &str| text.parse::<u64>().unwrap_or(0);
        match (&asked.method, &parts[..]) {
            (&Method::GET, ["orders"]) if !asked.param("include").is_empty() => self.included(asked),
            (&Method::GET, ["orders"]) => self.orders(asked),
            (&Method::GET, ["orders", order]) => self.orders.get(&id(order)).map_or_else(no_order, Told::json),
            (&Method::GET, ["orders", order, "refunds"]) => found(self.refunds.get(&id(order))),
            (&Method::GET, ["data", "currencies", "current"]) => {
                Told::json(&json!({"code": "SEK", "name": "Swedish krona"}))
            }
            (&Method::GET, ["coupons"]) => {
                let coupons =
                    self.coupons.values().filter(|coupon| coupon["code"] == asked.param("code").to_lowercase());
                Told::json(&coupons.cloned().collect())
            }
            (&Method::POST, ["coupons"]) => match self.make(&asked.body) {
                Ok(coupon) => Told { status: 201, ..Told::json(&coupon) },
                Err(error) => Told::status(400, error.to_string()),
            },
            (&Method::POST, ["coupons", "batch"]) => self.batch(&asked.body),
            (&Method::PUT, ["coupons", coupon]) => match self.change(id(coupon), &asked.body) {
                Ok(coupon) => Told::json(&coupon),
                Err(error) => Told::status(400, error.to_string()),
            },
            (&Method::DELETE, ["coupons", coupon]) if asked.param("force") == "true" => {
                found(self.coupons.remove(&id(coupon)).as_ref())
            }
            _ => not_found(),
        }
    }

    fn orders(&self, asked: &Asked) -> Told {
        // Whether orders can be read is tried so.
        if asked.param("_fields") == "id" {
            let first = self.orders.keys().next().map(|id| json!({"id": id}));
            return Told::json(&first.into_iter().collect());
        }
        assert_eq!((asked.param("dates_are_gmt"), asked.param("order")), ("true", "asc"));
        let by = match asked.param("orderby") {
            "modified" => "date_modified_gmt",
            "date" => "date_created_gmt",
            other => panic!("not ordered by {other:?}"),
        };
        let field = |order: &Value, name: &str| order[name].as_str().unwrap_or_default().to_owned();
        let later = |order: &Value, name: &str, than: &str| than.is_empty() || field(order, name).as_str() > than;
        let mut orders: Vec<_> = self
            .orders
            .values()
            .filter(|order| (order["status"] == "trash") == (asked.param("status") == "trash"))
            .filter(|order| later(order, "date_modified_gmt", asked.param("modified_after")))
            .filter(|order| later(order, "date_created_gmt", asked.param("after")))
            .filter(|order| {
                asked.param("before").is_empty() || field(order, "date_created_gmt").as_str() < asked.param("before")
            })
            .collect();
        orders.sort_by_key(|order| field(order, by));
        let number = |name: &str| asked.param(name).parse::<usize>().expect(name);
        let (page, size) = (number("page"), number("per_page"));
        assert!((1..=100).contains(&size), "{size} per page");
        let total = orders.len();
        let page: Vec<_> = orders.into_iter().skip((page - 1) * size).take(size).cloned().collect();
        let told = Told::json(&page.into()).with("x-wp-total", total.to_string());
        told.with("x-wp-totalpages", total.div_ceil(size).to_string())
    }

    /// By id. Like any list it has nothing that is in the trash, unless that is asked for.
    fn included(&self, asked: &Asked) -> Told {
        assert_eq!(asked.param("status"), "any");
        let size = asked.param("per_page").parse::<usize>().expect("per_page");
        let ids: Vec<u64> = asked.param("include").split(',').map(|id| id.parse().expect("a number")).collect();
        assert!((1..=100).contains(&ids.len()) && size >= ids.len(), "{asked:?}");
        let orders = ids.iter().filter_map(|id| self.orders.get(id)).filter(|order| order["status"] != "trash");
        Told::json(&orders.cloned().collect())
    }

    fn make(&mut self, wanted: &Value) -> Result<Value, Value> {
        let code = wanted["code"].as_str().unwrap_or_default().to_lowercase();
        if self.coupons.values().any(|coupon| coupon["code"] == code) {
            return Err(error("woocommerce_rest_coupon_code_already_exists", "The coupon code already exists"));
        }
        let id = self.coupons.keys().next_back().map_or(100, |last| last + 1);
        self.coupons.insert(id, json!({"id": id, "discount_type": "fixed_cart", "meta_data": [], "usage_count": 0}));
        let made = self.change(id, wanted);
        if made.is_err() {
            self.coupons.remove(&id);
        }
        made
    }

    /// Field by field in the order of the API's schema, as WooCommerce does; null says nothing.
    fn change(&mut self, id: u64, wanted: &Value) -> Result<Value, Value> {
        let Some(coupon) = self.coupons.get_mut(&id) else {
            return Err(error("woocommerce_rest_invalid_id", "Invalid ID."));
        };
        let before = coupon.clone();
        let fields = [
            "code",
            "amount",
            "discount_type",
            "description",
            "date_expires",
            "individual_use",
            "usage_limit",
            "usage_limit_per_user",
            "free_shipping",
            "minimum_amount",
            "meta_data",
        ];
        for field in fields.into_iter().filter(|field| !wanted[field].is_null()) {
            coupon[field] = if field == "code" {
                json!(wanted[field].as_str().unwrap_or_default().to_lowercase())
            } else {
                wanted[field].clone()
            };
            let amount = coupon["amount"].as_str().and_then(|amount| amount.parse::<f64>().ok()).unwrap_or(0.0);
            if field == "amount" && coupon["discount_type"] == "percent" && amount > 100.0 {
                *coupon = before;
                return Err(error("coupon_invalid_amount", "Invalid discount amount."));
            }
        }
        Ok(coupon.clone())
    }

    fn batch(&mut self, wanted: &Value) -> Told {
        let list = |name: &str| wanted[name].as_array().cloned().unwrap_or_default();
        let (create, update) = (list("create"), list("update"));
        if create.is_empty() && update.is_empty() {
            return Told::json(&json!([]));
        }
        if create.len() + update.len() > 100 {
            return Told::status(
                413,
                error("woocommerce_rest_request_entity_too_large", "Unable to accept more than 100 items").to_string(),
            );
        }
        let told = |made: Result<Value, Value>, id: u64| made.unwrap_or_else(|error| json!({"id": id, "error": error}));
        let create: Vec<_> = create.iter().map(|wanted| told(self.make(wanted), 0)).collect();
        let update: Vec<_> = update
            .iter()
            .map(|wanted| {
                let id = wanted["id"].as_u64().expect("an id");
                told(self.change(id, wanted), id)
            })
            .collect();
        let mut answer = json!({});
        // What was not asked is not there.
        for (name, made) in [("create", create), ("update", update)].into_iter().filter(|(_, made)| !made.is_empty()) {
            answer[name] = made.into();
        }
        Told::json(&answer)
    }
}

fn error(code: &str, message: &str) -> Value {
    json!({"code": code, "message": message, "data": {"status": 400}})
}

fn found(value: Option<&Value>) -> Told {
    value.map_or_else(not_found, Told::json)
}
