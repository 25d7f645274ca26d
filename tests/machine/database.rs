//! A fresh database for each case, in this process: the SDK's requests go straight to the emulator, without a socket. No
//! stream is on it, because nothing here reads one and writing to one gets slower with every write.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::AttributeValue;
use local::template::Template;
use shared::store::Store;
use tests::answer;

const TEMPLATE: &str = include_str!("../../template.yaml");
const CORE: &str = "core";
const CLICKS: &str = "clicks";

/// One item under its key.
pub(crate) type Items = HashMap<(String, String), HashMap<String, AttributeValue>>;

/// An empty database with the template's tables, and a store on it.
pub(crate) async fn fresh() -> (Database, Store) {
    let database = Database::memory().expect("a database in memory");
    let client = aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url("http://localhost")
            .http_client(direct(&database))
            .build(),
    );
    let template = Template::parse(TEMPLATE).expect("the template parses");
    for (logical_id, name) in [("CoreTable", CORE), ("ClicksTable", CLICKS)] {
        let mut table = template.table(logical_id).expect("the table").clone();
        table.definition.stream_specification = None;
        table.definition.time_to_live_specification = None;
        table.create(&client, name).await.expect("the table is made");
    }
    (database, Store::new(client, CORE))
}

/// Everything in the core table.
pub(crate) fn everything(database: &Database) -> Items {
    let mut items = Items::new();
    let mut start = None;
    loop {
        let request = ScanRequest { table_name: CORE.into(), exclusive_start_key: start, ..ScanRequest::default() };
        let page = database.scan(request).expect("a page of items");
        for item in page.items.unwrap_or_default() {
            let part = |name: &str| match item.get(name) {
                Some(AttributeValue::S(text)) => text.clone(),
                other => panic!("{name} is {other:?}"),
            };
            items.insert((part("pk"), part("sk")), item);
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

fn direct(database: &Database) -> SharedHttpClient {
    let cancelled = AtomicBool::new(false);
    let connector = SharedHttpConnector::new(Direct { database: database.clone(), cancelled });
    http_client_fn(move |_, _| connector.clone())
}

/// Nobody else is there, so a transaction that was cancelled will be cancelled again: the second in a row is refused,
/// with what stood in its way, instead of being tried for seconds.
struct Direct {
    database: Database,
    cancelled: AtomicBool,
}

impl std::fmt::Debug for Direct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Direct")
    }
}

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
        let body = request.body().bytes().expect("a body in memory");
        let operation = operation.expect("an operation");
        let answer = answer(&self.database, operation, body);
        let is_cancelled = operation == "TransactWriteItems" && answer.is_err();
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(failure) if is_cancelled && self.cancelled.load(Ordering::SeqCst) => {
                let message = format!("{} of {}", failure.to_json(), String::from_utf8_lossy(body));
                let fault =
                    serde_json::json!({"__type": "com.amazon.coral.validate#ValidationException", "message": message});
                (400, fault.to_string())
            }
            Err(failure) => (failure.status_code(), failure.to_json()),
        };
        if operation == "TransactWriteItems" {
            self.cancelled.store(is_cancelled, Ordering::SeqCst);
        }
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}
