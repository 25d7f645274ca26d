//! One request at a time over connections of our own making.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::http::{Headers, HttpError, Request};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::{Instant, timeout_at};

use super::dns::{Guarded, OutOfReach, System};
use crate::domain::endpoint::{EndpointUrl, Reach};

/// Sends requests. A cheap handle: connections are shared.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    reach: Reach,
    resolver: SharedDnsResolver,
    /// Made when it is first needed: it reads the machine's certificates.
    https: OnceLock<Connector>,
    http: Connector,
}

/// How long a request may take, and how much of its answer is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From looking the name up to the first line of the answer.
    pub(crate) answer: Duration,
    /// From there to the end of the body.
    pub(crate) body: Duration,
    /// All of it, however slowly the other side drips.
    pub(crate) whole: Duration,
    /// In bytes; what comes after them is not read.
    pub(crate) bytes: usize,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    /// The body came to its end within the limits.
    pub(crate) complete: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The address, or one that its name led to, is none that anything may be sent to.
    OutOfReach,
    /// The request can't be written: a header that is none.
    Request,
    /// None within the time limit; perhaps the other side has it all the same.
    TimedOut,
    /// No connection, or it broke.
    Connection,
}

impl Http {
    /// Looks names up as the machine does. Makes no call.
    pub fn new(reach: Reach) -> Self {
        Self::with_resolver(reach, SharedDnsResolver::new(System))
    }

    /// Looks names up here.
    pub fn with_resolver(reach: Reach, resolver: SharedDnsResolver) -> Self {
        // A connection is used once: its address was looked at when it was made, and a function that slept in between
        // would find it broken.
        let http = Connector::builder().pool_max_idle_per_host(0).build_http();
        Self(Arc::new(Inner { reach, resolver, https: OnceLock::new(), http }))
    }

    /// Sends one request. The address is judged again: it may have been saved under other rules.
    pub(crate) async fn send(
        &self,
        method: &'static str,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        limits: Limits,
    ) -> Result<Answer, Failure> {
        let url = EndpointUrl::parse(url, self.0.reach).map_err(|_| Failure::OutOfReach)?;
        let request = request(method, &url, headers, body).map_err(|_| Failure::Request)?;
        // Without TLS only this machine is reached, by an address or a name that needs no looking after.
        let connector = if url.is_https() { self.0.https() } else { &self.0.http };
        let begun = Instant::now();
        let response = match timeout_at(begun + limits.answer.min(limits.whole), connector.call(request)).await {
            Err(_) => return Err(Failure::TimedOut),
            Ok(Err(failure)) if failure.is_timeout() => return Err(Failure::TimedOut),
            Ok(Err(failure)) if is_out_of_reach(&failure) => return Err(Failure::OutOfReach),
            Ok(Err(_)) => return Err(Failure::Connection),
            Ok(Ok(response)) => response,
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let end = (Instant::now() + limits.body).min(begun + limits.whole);
        let complete = timeout_at(end, read(response.into_body(), &mut body, limits.bytes)).await;
        Ok(Answer { status, headers, body, complete: complete == Ok(true) })
    }
}

impl Inner {
    fn https(&self) -> &Connector {
        self.https.get_or_init(|| {
            let builder =
                Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).pool_max_idle_per_host(0);
            builder.build_with_resolver(Guarded { resolver: self.resolver.clone(), reach: self.reach })
        })
    }
}

fn request(
    method: &str,
    url: &EndpointUrl,
    headers: &[(&'static str, String)],
    body: String,
) -> Result<Request, HttpError> {
    let mut request = Request::new(SdkBody::from(body));
    request.set_method(method)?;
    request.set_uri(url.as_str())?;
    let of_ours = request.headers_mut();
    of_ours.try_insert("content-type", "application/json")?;
    of_ours.try_insert("user-agent", concat!("Goodword/", env!("CARGO_PKG_VERSION")))?;
    for (name, value) in headers {
        of_ours.try_insert(*name, value.clone())?;
    }
    Ok(request)
}

/// Reads so many bytes. Whether that was all.
async fn read(body: SdkBody, into: &mut Vec<u8>, limit: usize) -> bool {
    let mut body = ByteStream::new(body);
    loop {
        match body.next().await {
            None => return true,
            Some(Ok(bytes)) if into.len() + bytes.len() <= limit => into.extend_from_slice(&bytes),
            Some(_) => return false,
        }
    }
}

fn is_out_of_reach(failure: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(failure), |failure| failure.source()).any(<dyn std::error::Error>::is::<OutOfReach>)
}
