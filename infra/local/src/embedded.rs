//! The embedded parts: a DynamoDB emulator with the template's tables, and the clients that lead to it and to the inbox.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::Router;
use shared::direct::Direct;
use tokio::net::TcpListener;

use crate::data::{DATABASE, Data, State};
use crate::feed::{Feed, place};
use crate::template::Template;
use crate::watch::Watched;

/// The region of a DynamoDB for which none is named: the embedded one knows none.
pub(crate) const REGION: &str = "local";

/// What the tables are called here.
pub(crate) struct Tables {
    pub(crate) core: &'static str,
    pub(crate) clicks: &'static str,
}

impl Tables {
    /// Names and the logical ids behind them.
    pub(crate) fn logical_ids(&self) -> BTreeMap<String, String> {
        [(self.core, "CoreTable"), (self.clicks, "ClicksTable")].map(|(name, id)| (name.into(), id.into())).into()
    }

    /// The name of the table with this logical id.
    pub(crate) fn name(&self, logical_id: &str) -> Result<&'static str, String> {
        match logical_id {
            "CoreTable" => Ok(self.core),
            "ClicksTable" => Ok(self.clicks),
            other => Err(format!("the template has a table {other} that is not known here")),
        }
    }
}

/// Starts the emulator and answers its address, and the database behind it.
pub(crate) async fn start_dynamodb(data: &Data) -> Result<(String, dynoxide::Database), String> {
    let database = match data.file(DATABASE) {
        Some(file) => dynoxide::Database::new(&file.to_string_lossy())
            .map_err(|e| format!("the database can't be opened: {e}"))?,
        None => dynoxide::Database::memory().map_err(|e| e.to_string())?,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    Ok((format!("http://{address}"), database))
}

/// Whether a table has anything in it.
pub(crate) async fn has_rows(client: &aws_sdk_dynamodb::Client, table: &str) -> Result<bool, String> {
    let found = client.scan().table_name(table).limit(1).send().await;
    Ok(found.map_err(|e| format!("the table {table} can't be read: {e:?}"))?.count() > 0)
}

/// Serves a stand-in on a free port and answers its address.
pub(crate) async fn serve(router: Router) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// Makes the template's tables, unless they are there.
pub(crate) async fn create_tables(
    template: &Template,
    client: &aws_sdk_dynamodb::Client,
    tables: &Tables,
) -> Result<(), String> {
    for table in &template.tables {
        let name = tables.name(&table.logical_id)?;
        table.create(client, name).await.map_err(|e| format!("table {name} can't be made: {}", all_of(&*e)))?;
    }
    Ok(())
}

/// What went wrong with all that was behind it: the SDK's own words are "unhandled error" where nobody answers.
fn all_of(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes: Vec<String> = Vec::new();
    for cause in std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string) {
        if causes.last().is_none_or(|last| !last.contains(&cause)) {
            causes.push(cause);
        }
    }
    causes.join(": ")
}

/// A feed for each stream that a function reads.
pub(crate) fn feeds(
    template: &Template,
    (endpoint, region): (&str, &str),
    tables: &Tables,
    state: &State,
) -> Result<Vec<Feed>, String> {
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(aws_sdk_dynamodbstreams::config::BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials())
        .http_client(plain_http())
        .endpoint_url(endpoint)
        .build();
    let client = aws_sdk_dynamodbstreams::Client::from_conf(config);
    let mut feeds = Vec::new();
    for function in &template.functions {
        for source in &function.streams {
            let position = state.stream_positions.get(&place(&function.name, &source.table)).cloned();
            let table = tables.name(&source.table)?;
            feeds.push(Feed::new(&function.name, source.clone(), table, client.clone(), position));
        }
    }
    Ok(feeds)
}

/// A client, which may be watched.
pub(crate) fn dynamodb((endpoint, region): (&str, &str), watched: Option<&Watched>) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials())
        .http_client(watched.map_or_else(plain_http, Watched::client))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(10)))
        .endpoint_url(endpoint);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// What the redirect speaks to DynamoDB by.
pub(crate) fn direct((endpoint, region): (&str, &str), watched: &Watched) -> Direct {
    Direct::new(SharedHttpConnector::new(watched.clone()), Some(endpoint.to_owned()), region, &credentials())
}

/// A client for the stand-in for SES. Like the deployed one it does not retry by itself.
pub(crate) fn ses_client(endpoint: &str) -> aws_sdk_ses::Client {
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(aws_sdk_ses::config::BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .http_client(plain_http())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .build();
    aws_sdk_ses::Client::from_conf(config)
}

fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// Plain HTTP: nothing here looks for certificates, and nothing leaves this machine.
fn plain_http() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}
