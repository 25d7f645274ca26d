//! Numbers: what is counted, what becomes of it when facts change or streams stumble, and that all of it can be counted
//! again from the log.

mod asked;
mod faults;
mod funnel;
mod units;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::domain::kpi::{self, Sums};
use shared::domain::tally::{Count, Counts};
use tests::{TestApp, TestMerchant, TestOrder, parameter, text};

pub(super) const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1";
pub(super) const DESKTOP: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

/// A merchant with a program and Anna's link.
pub(super) struct Shop {
    pub(super) merchant: TestMerchant,
    pub(super) program: String,
    pub(super) link: Value,
}

impl Shop {
    pub(super) async fn in_app(app: &TestApp) -> Self {
        let merchant = app.merchant().await;
        let program = merchant.program(|_| ()).await;
        let link = merchant.link(&program, "anna@example.com", Some("anna10")).await;
        Self { program: text(&program, "id"), merchant, link }
    }

    pub(super) fn app(&self) -> &TestApp {
        &self.merchant.app
    }

    /// Somebody with this browser opens the link: `path` is what comes after its address. Answers the click token.
    pub(super) async fn click(&self, path: &str, browser: &str, country: &str) -> String {
        let url = format!("{}{path}", text(&self.link, "url"));
        let request = self.app().client.get(url).header("user-agent", browser);
        let request = if country.is_empty() { request } else { request.header("cloudfront-viewer-country", country) };
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 302);
        let location = response.headers()["location"].to_str().expect("text").to_owned();
        parameter(&location, "ref_click").expect("a token")
    }

    /// A paid order by a buyer of its own.
    pub(super) fn order(&self, id: u64) -> TestOrder {
        let buyer = json!({"email": format!("bo{id}@example.com"), "customer": {"id": id}});
        TestOrder::paid(&id.to_string(), self.app().at(0)).with(buyer)
    }

    pub(super) async fn pays(&self, order: &TestOrder) {
        assert_eq!(self.merchant.shop.post("orders/paid", &order.0).await, 200);
    }

    pub(super) async fn stats(&self, more: &str) -> Value {
        self.merchant.get(&format!("/v1/stats?program={}{more}", self.program)).await
    }

    /// What was counted in all, without zeros, and with it all figures that can be said.
    pub(super) async fn numbers(&self) -> BTreeMap<String, Value> {
        let stats = self.stats("").await;
        let numbers = stats["numbers"].as_array().expect("a list").clone();
        let named = numbers.into_iter().map(|number| (text(&number, "name"), number["value"].clone()));
        let is_zero = |value: &Value| value == 0 || value["amount"] == "0.00";
        named.filter(|(_, value)| !value.is_null() && !is_zero(value)).collect()
    }

    /// The log's lines, page by page.
    pub(super) async fn events(&self, of: &str, limit: usize) -> Vec<Value> {
        let (mut lines, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/export/events?{of}&limit={limit}{cursor}");
            let response = self.app().send(reqwest::Method::GET, &path, &self.merchant.api_key, None).await;
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "application/x-ndjson");
            let next = response.headers().get("goodword-next").map(|next| next.to_str().expect("text").to_owned());
            let body = response.text().await.expect("text");
            lines.extend(body.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")));
            match next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return lines,
            }
        }
    }

    /// Counts everything again from the log and compares it with each number of `/v1/stats`, as a whole and by group.
    pub(super) async fn expect_stats_to_follow_from_the_log(&self) {
        self.expect_stats_to_follow_from_pages_of(&[1000]).await;
    }

    pub(super) async fn expect_stats_to_follow_from_pages_of(&self, limits: &[usize]) {
        for limit in limits.iter().copied() {
            let program = self.events(&format!("program={}", self.program), limit).await;
            let shop = self.events(&format!("shop={}", self.merchant.shop.id), limit).await;
            let stats = self.stats("").await;
            let (of_program, of_shop) = (sum(&program), sum(&shop));
            let sums = Sums { program: &of_program, shop: Some(&of_shop), has_clicks: true };
            expect_figures(&stats["numbers"], &kpi::figures(&sums), "in all");
            let groups: [(&str, Key); 5] = [
                ("day", |line| text(line, "day")),
                ("channel", |line| or_unknown(&line["channel"])),
                ("market", |line| or_unknown(&line["market"])),
                ("variant", |line| or_unknown(&line["variant"])),
                ("device", |line| or_unknown(&line["device"])),
            ];
            for (name, key) in groups {
                let stats = self.stats(&format!("&group_by={name}")).await;
                for group in stats["groups"].as_array().expect("a list") {
                    let of = |lines: &[Value]| {
                        let lines: Vec<_> =
                            lines.iter().filter(|line| key(line) == text(group, "group")).cloned().collect();
                        sum(&lines)
                    };
                    let (of_program, of_shop) = (of(&program), of(&shop));
                    let shop = (name == "day").then_some(&of_shop);
                    let sums = Sums { program: &of_program, shop, has_clicks: true };
                    let numbers = group["numbers"].as_object().expect("an object");
                    let numbers: Value =
                        numbers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
                    expect_figures(&numbers, &kpi::figures(&sums), &format!("{name} {}", group["group"]));
                }
            }
        }
    }
}

/// The group of a line.
type Key = fn(&Value) -> String;

fn or_unknown(value: &Value) -> String {
    value.as_str().unwrap_or("unknown").to_owned()
}

/// What lines come to.
fn sum(lines: &[Value]) -> Counts {
    let mut sum = Counts::new();
    for (name, amount) in lines.iter().flat_map(|line| line["counts"].as_object().expect("counts")) {
        let count = Count::all().find(|(.., of)| of == name).expect("a known name").0;
        *sum.entry(count).or_default() += amount.as_i64().expect("a number");
    }
    sum
}

fn expect_figures(shown: &Value, expected: &[kpi::Figure], place: &str) {
    let shown = shown.as_array().expect("a list");
    assert_eq!(shown.len(), expected.len());
    for figure in expected {
        let found = shown.iter().find(|number| number["name"] == figure.name.as_str()).expect(&figure.name);
        let minor =
            |value: &Value| value["amount"].as_str().expect("money").replace('.', "").parse::<i64>().expect("minor");
        let holds = match figure.value {
            kpi::Value::Count(many) => found["value"] == many,
            kpi::Value::Money(amount) => minor(&found["value"]) == amount,
            kpi::Value::MoneyPer(over, under) => (minor(&found["value"]) * under - over).abs() <= under,
            kpi::Value::Ratio(over, under) => {
                // Four decimals, to within half of the last one.
                let shown = format!("{:.4}", found["value"].as_f64().expect("a number")).replace('.', "");
                let shown: i64 = shown.parse().expect("digits");
                2 * (shown * under - over * 10_000).abs() <= under
            }
            kpi::Value::Unknown(_) => found["value"].is_null(),
        };
        assert!(holds, "{place}: {} is {} and not {:?}", figure.name, found["value"], figure.value);
    }
}
