//! The composition root: what every handler is lent. Production and tests fill the same struct; they differ in the
//! endpoint behind the client and in the clock.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
use jiff::Timestamp;
use ulid::Ulid;

pub use crate::clock::{Clock, has_time_left};
use crate::config::{Config, ConfigError, Lent, variable};
pub use crate::crypto::random;
use crate::direct::Direct;
use crate::domain::endpoint::Reach;
use crate::domain::id::unix_ms;
use crate::store::{Store, Visits};
use crate::trust;

/// Configuration, storage, time. The redirect has a storage of its own.
#[derive(Clone)]
pub struct App<S = Store> {
    pub config: Config,
    pub store: S,
    pub clock: Clock,
    /// Which addresses merchants may have webhooks sent to. Not configuration: no variable of a deployment can widen it.
    pub reach: Reach,
}

impl App {
    /// The parts that a deployed function uses, with all keys. Makes no call: credentials and region come from Lambda's
    /// environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::lent(Lent::Both)
    }

    /// The same for a function that needs less.
    pub fn lent(lent: Lent) -> Result<Self, ConfigError> {
        let config = Config::from_env(lent)?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(2));
        let mut sdk = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region())
            .credentials_provider(credentials())
            .http_client(http_client())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts.build());
        sdk.set_endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB"));
        let sdk = sdk.build();
        let client = aws_sdk_dynamodb::Client::from_conf(sdk);
        let store = Store::new(client, &config.core_table);
        Ok(Self { config, store, clock: Clock::System, reach: Reach::Internet })
    }
}

impl App<Visits> {
    /// The parts of the deployed redirect. Makes no call.
    pub fn for_visits_from_env() -> Result<Self, ConfigError> {
        let config = Config::from_env(Lent::Ring)?;
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(trust::aws())
            .connector_settings(HttpConnectorSettings::builder().connect_timeout(Duration::from_secs(1)).build());
        let endpoint = variable("AWS_ENDPOINT_URL_DYNAMODB");
        let dynamodb =
            Direct::new(SharedHttpConnector::new(connector.build()), endpoint, region().as_ref(), &credentials());
        let store = Visits::new(dynamodb, &config.core_table, &config.clicks_table);
        Ok(Self { config, store, clock: Clock::System, reach: Reach::Internet })
    }
}

impl<S> App<S> {
    /// The engine's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh ULID.
    pub fn ulid(&self) -> Ulid {
        let random = random::<10>().into_iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(byte));
        Ulid::from_parts(unix_ms(self.now()), random)
    }
}

/// The region that Lambda runs in.
pub(crate) fn region() -> Region {
    Region::new(variable("AWS_REGION").unwrap_or_else(|| "us-east-1".into()))
}

/// The function's role as Lambda puts it into the environment.
pub(crate) fn credentials() -> Credentials {
    let of = |name| variable(name).unwrap_or_default();
    Credentials::new(
        of("AWS_ACCESS_KEY_ID"),
        of("AWS_SECRET_ACCESS_KEY"),
        variable("AWS_SESSION_TOKEN"),
        None,
        "environment",
    )
}

/// One TLS stack for every client: rustls with ring. This one talks to AWS and to nobody else.
pub(crate) fn http_client() -> SharedHttpClient {
    let provider = Provider::Rustls(CryptoMode::Ring);
    aws_smithy_http_client::Builder::new().tls_provider(provider).tls_context(trust::aws()).build_https()
}
