//! The redirect's own binary as a process under Lambda's Runtime API, in front of an embedded DynamoDB: killed at every
//! step, and with a DynamoDB that is slow or refuses.

mod emulated;
mod killed;
mod linked;
mod troubled;

use std::collections::BTreeSet;

use dynoxide::actions::scan::ScanRequest;
use serde_json::Value;
use tests::lambda::{Outcome, Sandbox, Visit};
use tests::{TestApp, parameter};

/// An engine with a link, and what the redirect's process needs to know about it.
struct Stage {
    app: TestApp,
}

/// Anna's link.
const CODE: &str = "ANNA10";

impl Stage {
    async fn new() -> Self {
        let app = TestApp::with_faults().await;
        app.merchant().await.anna().await;
        Self { app }
    }

    /// A fresh process, which has started and waits for its first visitor.
    async fn sandbox(&self) -> Sandbox {
        let sandbox = self.starting().await;
        sandbox.ready().await;
        sandbox
    }

    /// A fresh process.
    async fn starting(&self) -> Sandbox {
        let config = &self.app.engine.app.config;
        let variables = [
            ("CORE_TABLE", config.core_table.as_str()),
            ("CLICKS_TABLE", &config.clicks_table),
            ("GOODWORD_KEYS", "{\"1\":\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\"}"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.app.engine.endpoint),
        ];
        Sandbox::of(env!("CARGO_BIN_EXE_redirect"), &variables).await
    }

    /// The rows of clicks in the table.
    fn rows(&self) -> Vec<Value> {
        let request =
            ScanRequest { table_name: self.app.engine.app.config.clicks_table.clone(), ..ScanRequest::default() };
        let page = self.app.engine.database.as_ref().expect("an embedded database").scan(request).expect("a page");
        let rows = serde_json::to_value(page.items.unwrap_or_default()).expect("JSON");
        rows.as_array().cloned().unwrap_or_default()
    }

    /// The ids of the clicks in the table: of each visitor the first and the last.
    fn logged(&self) -> BTreeSet<String> {
        let rows = self.rows();
        let ids = rows.iter().flat_map(|row| [&row["click"], &row["last_click"]]);
        ids.filter_map(|id| id["S"].as_str()).map(str::to_owned).collect()
    }

    /// How many clicks the visitor has who made this one first; 0: the click is not in the table.
    fn hits(&self, click: &str) -> u64 {
        let rows = self.rows();
        let row = rows.iter().find(|row| row["click"]["S"] == click);
        row.and_then(|row| row["hits"]["N"].as_str()?.parse().ok()).unwrap_or(0)
    }
}

/// A visit from an address of its own.
fn visit(number: usize) -> Value {
    Visit::by_a_person(CODE).from(&format!("203.0.113.{number}")).event()
}

/// The id of the click that a shopper was sent on with; `None`: there was no answer.
fn answered(outcome: &Outcome) -> Option<String> {
    let token = parameter(outcome.location()?, "ref_click")?;
    let id = token.split('.').nth(1).expect("the click's id in its token");
    Some(format!("clk_{id}"))
}
