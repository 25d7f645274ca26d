//! Shopify's Admin API as far as we ask it: discounts and their codes with GraphQL, and a list of orders. It keeps to
//! what Shopify does: 200 whatever happens, codes unique in all of the shop, at most 250 at once, added by a job.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{ApiServer, Asked, Told};

/// A discount.
#[derive(Clone, Debug)]
pub struct Discount {
    /// `DiscountCodeBasic` or `DiscountCodeFreeShipping`.
    pub kind: &'static str,
    /// As it was asked for.
    pub terms: Value,
    /// In the order in which they were added; the first one came with the discount.
    pub codes: Vec<String>,
}

/// A code, and what is wrong with it.
type Fate = (String, Option<&'static str>);

#[derive(Default)]
struct State {
    discounts: BTreeMap<String, Discount>,
    /// Per job: codes with what is wrong with them, and how often it is still asked for in vain.
    jobs: BTreeMap<String, (Vec<Fate>, u32)>,
    ids: u64,
    orders: Vec<Value>,
    slow: u32,
    forbidden: Option<String>,
    /// Scopes that the app was not granted.
    withheld: Vec<&'static str>,
}

/// A running one.
#[derive(Clone)]
pub struct ShopifyApi {
    pub server: ApiServer,
    state: Arc<Mutex<State>>,
}

impl ShopifyApi {
    /// Starts a shop without discounts.
    pub async fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        let server = ApiServer::start(move |asked| locked(&shared).answer(asked)).await;
        Self { server, state }
    }

    /// All discounts, the oldest first.
    pub fn discounts(&self) -> Vec<Discount> {
        locked(&self.state).discounts.values().cloned().collect()
    }

    /// Every discount that has this code, in any case.
    pub fn with_code(&self, code: &str) -> Vec<Discount> {
        let has = |discount: &Discount| discount.codes.iter().any(|known| known.eq_ignore_ascii_case(code));
        self.discounts().into_iter().filter(has).collect()
    }

    /// A discount of the merchant's own with this code.
    pub fn own(&self, code: &str) {
        let terms = json!({"title": "own"});
        locked(&self.state).add(Discount { kind: "DiscountCodeBasic", terms, codes: vec![code.to_owned()] });
    }

    /// Somebody deletes all discounts.
    pub fn clear(&self) {
        locked(&self.state).discounts.clear();
    }

    /// The orders that it has.
    pub fn put_orders(&self, orders: Vec<Value>) {
        locked(&self.state).orders = orders;
    }

    /// So many of the next mutations are done, but answered only after a second.
    pub fn slow(&self, mutations: u32) {
        locked(&self.state).slow = mutations;
    }

    /// Codes that begin so are refused; `None`: none is.
    pub fn forbid(&self, prefix: Option<&str>) {
        locked(&self.state).forbidden = prefix.map(str::to_owned);
    }

    /// The app is granted all that it needs but these scopes. What it does without them is refused.
    pub fn withhold(&self, scopes: &[&'static str]) {
        locked(&self.state).withheld = scopes.to_vec();
    }

    /// How often this was asked.
    pub fn count(&self, operation: &str) -> usize {
        let is_it = |asked: &Asked| asked.body["query"].as_str().is_some_and(|query| query.contains(operation));
        self.server.asked().iter().filter(|asked| is_it(asked)).count()
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(code: &str, message: &str) -> Value {
    json!({"done": {"codeDiscountNode": null, "bulkCreation": null, "userErrors": [{"field": ["code"], "code": code, "message": message}]}})
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Told {
        if asked.header("x-shopify-access-token").is_empty() {
            return Told::status(401, "{}");
        }
        if asked.path.ends_with("/orders.json") {
            return self.page(asked);
        }
        if let Some(id) =
            asked.path.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).filter(|id| *id != "graphql")
        {
            let found =
                self.orders.iter().find(|order| order["id"].as_u64().is_some_and(|known| id.parse() == Ok(known)));
            return found.map_or_else(|| Told::status(404, "{}"), |order| Told::json(&json!({"order": order})));
        }
        let (query, given) = (asked.body["query"].as_str().unwrap_or_default(), &asked.body["variables"]);
        let cost = json!({"cost": {"requestedQueryCost": 10, "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 1990, "restoreRate": 100}}});
        let told = match self.graphql(query, given) {
            Ok(data) => Told::json(&json!({"data": data, "extensions": cost})),
            Err(errors) => Told::json(&json!({"errors": errors, "extensions": cost})),
        };
        if query.starts_with("mutation") && self.slow > 0 {
            self.slow -= 1;
            return told.after(Duration::from_secs(1));
        }
        told
    }

    /// Two orders a page.
    fn page(&self, asked: &Asked) -> Told {
        let from: usize = asked.param("page_info").parse().unwrap_or(0);
        let page: Vec<_> = self.orders.iter().skip(from).take(2).collect();
        let told = Told::json(&json!({"orders": page}));
        if from + 2 >= self.orders.len() {
            return told;
        }
        told.with(
            "link",
            format!("<https://here.example/admin/orders.json?limit=250&page_info={}>; rel=\"next\"", from + 2),
        )
    }

    fn graphql(&mut self, query: &str, given: &Value) -> Result<Value, Value> {
        let text = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
        let has = |operation: &str| query.contains(operation);
        if query.starts_with("mutation") && self.withheld.contains(&"write_discounts") {
            return Err(json!([{"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}]));
        }
        Ok(if has("currentAppInstallation") {
            let scopes = ["read_orders", "read_customers", "write_discounts"].into_iter();
            let granted: Vec<_> =
                scopes.filter(|it| !self.withheld.contains(it)).map(|it| json!({"handle": it})).collect();
            json!({"currentAppInstallation": {"accessScopes": granted}})
        } else if has("discountCodeBasicCreate(") {
            self.create("DiscountCodeBasic", &given["d"])
        } else if has("discountCodeFreeShippingCreate(") {
            self.create("DiscountCodeFreeShipping", &given["d"])
        } else if has("discountCodeBasicUpdate(") {
            self.update("DiscountCodeBasic", &text("id"), &given["d"])
        } else if has("discountCodeFreeShippingUpdate(") {
            self.update("DiscountCodeFreeShipping", &text("id"), &given["d"])
        } else if has("discountCodeDelete(") {
            match self.discounts.remove(&text("id")) {
                Some(_) => json!({"done": {"deletedCodeDiscountId": text("id"), "userErrors": []}}),
                None => error("INVALID", "Code discount does not exist."),
            }
        } else if has("codeDiscountNodeByCode(") {
            let found = self.by_code(&text("code")).map(|(id, found)| {
                let discount = json!({"__typename": found.kind, "title": found.terms["title"], "usageLimit": found.terms["usageLimit"]});
                json!({"id": id, "codeDiscount": discount})
            });
            json!({"found": found})
        } else if has("discountRedeemCodeBulkAdd(") {
            return self.bulk_add(&text("id"), &given["codes"]);
        } else if has("discountRedeemCodeBulkCreation(") {
            self.job(&text("id"))
        } else if has("discountCodeRedeemCodeBulkDelete(") {
            let ids: Vec<String> = serde_json::from_value(given["ids"].clone()).expect("ids");
            if let Some(discount) = self.discounts.get_mut(&text("id")) {
                discount.codes.retain(|code| !ids.contains(&redeem_id(code)));
            }
            json!({"done": {"job": {"id": "gid://shopify/Job/1"}, "userErrors": []}})
        } else if has("discountNode(") {
            let search = text("search").to_ascii_lowercase();
            let id = text("id").replace("/DiscountNode/", "/DiscountCodeNode/");
            let codes = self.discounts.get(&id).map(|found| found.codes.clone()).unwrap_or_default();
            let codes = codes.iter().filter(|code| code.to_ascii_lowercase().contains(&search));
            let nodes: Vec<_> = codes.map(|code| json!({"id": redeem_id(code), "code": code})).collect();
            json!({"found": {"discount": {"codes": {"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": null}}}}})
        } else if has("currencyCode") {
            json!({"shop": {"currencyCode": "SEK"}})
        } else {
            return Err(json!([{"message": format!("no such field: {query}")}]));
        })
    }

    fn by_code(&self, code: &str) -> Option<(&String, &Discount)> {
        self.discounts.iter().find(|(_, discount)| discount.codes.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }

    fn add(&mut self, discount: Discount) -> String {
        self.ids += 1;
        let id = format!("gid://shopify/DiscountCodeNode/{:06}", self.ids);
        self.discounts.insert(id.clone(), discount);
        id
    }

    fn create(&mut self, kind: &'static str, terms: &Value) -> Value {
        let code = terms["code"].as_str().expect("a code").to_owned();
        for required in ["title", "startsAt", "context"] {
            assert!(!terms[required].is_null(), "{required} is required: {terms}");
        }
        if self.forbidden.as_ref().is_some_and(|prefix| code.starts_with(prefix)) {
            return error("INVALID", "Code is not to our liking");
        }
        if self.by_code(&code).is_some() {
            return error("TAKEN", "Code must be unique. Please try a different code.");
        }
        let id = self.add(Discount { kind, terms: terms.clone(), codes: vec![code] });
        json!({"done": {"codeDiscountNode": {"id": id}, "userErrors": []}})
    }

    fn update(&mut self, kind: &'static str, id: &str, terms: &Value) -> Value {
        match self.discounts.get_mut(id).filter(|discount| discount.kind == kind) {
            Some(discount) => {
                discount.terms = terms.clone();
                json!({"done": {"codeDiscountNode": {"id": id}, "userErrors": []}})
            }
            None => error("INVALID", "Discount does not exist"),
        }
    }

    fn bulk_add(&mut self, id: &str, codes: &Value) -> Result<Value, Value> {
        let codes: Vec<_> = codes.as_array().expect("codes").iter().filter_map(|code| code["code"].as_str()).collect();
        if codes.len() > 250 {
            let message =
                format!("The input array size of {} is greater than the maximum allowed of 250.", codes.len());
            return Err(json!([{"message": message, "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"}}]));
        }
        if !self.discounts.contains_key(id) {
            return Ok(error("INVALID", "Code discount does not exist."));
        }
        let mut fates = Vec::new();
        for code in codes {
            let forbidden = self.forbidden.as_ref().is_some_and(|prefix| code.starts_with(prefix));
            let fault = match (self.by_code(code).is_some(), forbidden) {
                (true, _) => Some("must be unique. Please try a different code."),
                (_, true) => Some("is not to our liking"),
                _ => None,
            };
            if fault.is_none() {
                self.discounts.get_mut(id).expect("there").codes.push(code.to_owned());
            }
            fates.push((code.to_owned(), fault));
        }
        self.ids += 1;
        let job = format!("gid://shopify/DiscountRedeemCodeBulkCreation/{}", self.ids);
        self.jobs.insert(job.clone(), (fates, 1));
        Ok(json!({"done": {"bulkCreation": {"id": job, "done": false}, "userErrors": []}}))
    }

    fn job(&mut self, id: &str) -> Value {
        let (codes, in_vain) = self.jobs.get_mut(id).expect("a job");
        if *in_vain > 0 {
            *in_vain -= 1;
            return json!({"job": {"done": false, "codes": {"nodes": [], "pageInfo": {"hasNextPage": false}}}});
        }
        let errors =
            |fault: Option<&str>| fault.map_or(json!([]), |message| json!([{"message": message, "code": null}]));
        let nodes: Vec<_> = codes.iter().map(|(code, fault)| json!({"code": code, "errors": errors(*fault)})).collect();
        json!({"job": {"done": true, "codes": {"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": null}}}})
    }
}

fn redeem_id(code: &str) -> String {
    format!("gid://shopify/DiscountRedeemCode/{code}")
}
