//! Posts webhooks to addresses that merchants chose: with one limit on time, without following redirects, and only to
//! where [`Reach`] lets it. The TLS stack is the one that the AWS clients use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::http::{HttpError, Request};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout, timeout_at};

use super::dns::{Guarded, OutOfReach, System};
use crate::domain::endpoint::{EndpointUrl, Reach};
use crate::domain::id::EndpointId;

/// From looking the name up to the first line of the answer (Standard Webhooks: 15 to 30 seconds).
const LIMIT: Duration = Duration::from_secs(15);
/// What is read of an answer, so that the receiver can finish saying it. Nobody looks at it.
const MAX_BODY: usize = 4096;
/// How long that may take.
const BODY_LIMIT: Duration = Duration::from_secs(1);
/// How long a receiver that let us wait for nothing is left alone, so that whatever else is due need not wait with us.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// Posts webhooks. A cheap handle: connections and what is known of receivers are shared.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    limit: Duration,
}

struct Inner {
    reach: Reach,
    resolver: SharedDnsResolver,
    /// Made when it is first needed: it reads the machine's certificates.
    https: OnceLock<Connector>,
    http: Connector,
    resting: Mutex<HashMap<EndpointId, Timestamp>>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Answer {
        status: u16,
        /// As the receiver wrote it.
        retry_after: Option<String>,
    },
    /// None within the time limit; perhaps the receiver has it all the same.
    TimedOut,
    /// None, because of this.
    Failed(&'static str),
}

impl Client {
    /// A client that looks names up as the machine does. Makes no call.
    pub fn new(reach: Reach) -> Self {
        Self::with_resolver(reach, SharedDnsResolver::new(System))
    }

    /// A client that looks names up here.
    pub fn with_resolver(reach: Reach, resolver: SharedDnsResolver) -> Self {
        let http = Connector::builder().pool_max_idle_per_host(0).build_http();
        let inner = Inner { reach, resolver, https: OnceLock::new(), http, resting: Mutex::default() };
        Self { inner: Arc::new(inner), limit: LIMIT }
    }

    /// The same client with another limit than 15 seconds.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Until when this receiver is left alone, if it is.
    pub(crate) fn resting(&self, endpoint: EndpointId, now: Timestamp) -> Option<Timestamp> {
        let resting = self.inner.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.get(&endpoint).copied().filter(|until| now < *until)
    }

    /// Leaves a receiver alone for a minute.
    pub(super) fn rest(&self, endpoint: EndpointId, now: Timestamp) {
        let mut resting = self.inner.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| now < *until);
        resting.insert(endpoint, now.checked_add(REST).unwrap_or(Timestamp::MAX));
    }

    /// Posts JSON once. The address is judged again: it may have been saved under other rules.
    pub(super) async fn post(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Reply {
        let Ok(url) = EndpointUrl::parse(url, self.inner.reach) else { return Reply::Failed(OUT_OF_REACH) };
        let Ok(request) = request(&url, headers, body) else { return Reply::Failed("request") };
        // Without TLS only this machine is reached, by an address or a name that needs no looking after.
        let connector = if url.is_https() { self.inner.https() } else { &self.inner.http };
        let response = match timeout_at(Instant::now() + self.limit, connector.call(request)).await {
            Err(_) => return Reply::TimedOut,
            Ok(Err(failure)) if failure.is_timeout() => return Reply::TimedOut,
            Ok(Err(failure)) => {
                return Reply::Failed(if is_out_of_reach(&failure) { OUT_OF_REACH } else { "connection" });
            }
            Ok(Ok(response)) => response,
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").map(str::to_owned);
        // The answer is in the first line; a body that does not end changes nothing about it.
        timeout(BODY_LIMIT, read(response.into_body())).await.ok();
        Reply::Answer { status, retry_after }
    }
}

const OUT_OF_REACH: &str = "address not allowed";

impl Inner {
    fn https(&self) -> &Connector {
        self.https.get_or_init(|| {
            // A connection is used once: its address was looked at when it was made, and a function that slept in between
            // would find it broken.
            let builder =
                Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).pool_max_idle_per_host(0);
            builder.build_with_resolver(Guarded { resolver: self.resolver.clone(), reach: self.reach })
        })
    }
}

fn request(url: &EndpointUrl, headers: &[(&'static str, String)], body: String) -> Result<Request, HttpError> {
    let mut request = Request::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri(url.as_str())?;
    let of_ours = request.headers_mut();
    of_ours.try_insert("content-type", "application/json")?;
    of_ours.try_insert("user-agent", concat!("Goodword/", env!("CARGO_PKG_VERSION")))?;
    for (name, value) in headers {
        of_ours.try_insert(*name, value.clone())?;
    }
    Ok(request)
}

async fn read(body: SdkBody) {
    let mut body = ByteStream::new(body);
    let mut read = 0;
    while read < MAX_BODY
        && let Some(Ok(bytes)) = body.next().await
    {
        read += bytes.len();
    }
}

fn is_out_of_reach(failure: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(failure), |failure| failure.source()).any(<dyn std::error::Error>::is::<OutOfReach>)
}
