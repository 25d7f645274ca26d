//! One request to a platform, and what its answer means. Whatever a platform says is kept to a few kinds of failure, so
//! that everything that asks one treats them alike.

use std::time::Duration;

use aws_smithy_runtime_api::http::Headers;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::access::{Access, Credentials, ShopifyApp};
use super::token::Tokens;
use crate::clock::Clock;
use crate::crypto::{Keys, Sealed};
use crate::domain::endpoint::Reach;
use crate::domain::id::ShopId;
use crate::domain::person::printable;
use crate::outbound::{Failure, Http, Limits};
use crate::store::Shop;

/// A page of 250 orders is some megabytes.
const LIMITS: Limits = Limits {
    answer: Duration::from_secs(10),
    body: Duration::from_secs(10),
    whole: Duration::from_secs(20),
    bytes: 16 << 20,
};
/// What one step of long work may take: some calls, and what is done with their answers.
pub(crate) const STEP: Duration = Duration::from_secs(14);
/// The longest wait that a platform may ask for.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Shorter texts are no secrets of any platform, and may be parts of words.
const LEAST_SECRET: usize = 12;
/// What is kept of what a platform says, in characters.
const SHOWN: usize = 200;

/// Why a platform did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiFailure {
    /// The shop has no credentials, or they can't be opened, or it gave the app away.
    #[error("the shop's API can't be called: no credentials")]
    NoAccess,
    #[error("the platform refused the credentials with status {0}")]
    Unauthorized(u16),
    #[error("the platform does not know it")]
    Missing,
    /// Too much was asked; if it was said, after how long to ask again.
    #[error("the platform asks for a pause")]
    Throttled(Option<SignedDuration>),
    /// The request itself is wrong. The text is the platform's: for the merchant, not for logs.
    #[error("the platform refused with status {status}")]
    Refused { status: u16, detail: String },
    #[error("the platform has a fault: {0}")]
    Unavailable(String),
    /// Perhaps it was done all the same.
    #[error("the platform did not answer in time")]
    TimedOut,
    #[error("the platform's answer can't be read: {0}")]
    Nonsense(String),
}

impl ApiFailure {
    /// Asking the same again, later, may work without anybody doing something about it.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled(_) | Self::Unavailable(_) | Self::TimedOut | Self::Nonsense(_))
    }
}

/// Calls platforms. A cheap handle: connections are shared.
#[derive(Clone)]
pub struct Client {
    http: Http,
    limits: Limits,
    step: Duration,
    pub(super) clock: Clock,
    pub(super) tokens: Tokens,
}

impl Client {
    /// Makes no call.
    pub fn new(reach: Reach) -> Self {
        let (clock, tokens) = (Clock::System, Tokens::default());
        Self { http: Http::new(reach), limits: LIMITS, step: STEP, clock, tokens }
    }

    /// The same client with another limit than ten seconds for an answer.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limits: Limits { answer: limit, body: limit, whole: limit * 2, ..self.limits }, ..self }
    }

    /// The same client with another clock, by which its tokens end.
    #[must_use]
    pub fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same client with another limit than fourteen seconds for a step of long work.
    #[must_use]
    pub fn with_steps_within(self, step: Duration) -> Self {
        Self { step, ..self }
    }

    /// What a step of long work may take.
    pub(crate) const fn step(&self) -> Duration {
        self.step
    }

    /// For one shop.
    pub fn caller(&self, keys: &Keys, shop: &Shop) -> Result<Caller, ApiFailure> {
        let sealed = shop.access.as_ref().filter(|_| shop.uninstalled_at.is_none()).ok_or(ApiFailure::NoAccess)?;
        let Access { base_url, credentials } = Access::open(keys, shop.id, sealed).map_err(|_| ApiFailure::NoAccess)?;
        Ok(Caller { client: self.clone(), shop: shop.id, access: sealed.clone(), base_url, credentials })
    }
}

/// Calls one shop's platform.
pub struct Caller {
    pub(super) client: Client,
    pub(super) shop: ShopId,
    /// The credentials as they are stored.
    pub(super) access: Sealed,
    base_url: String,
    pub(super) credentials: Credentials,
}

/// A header's name and value.
pub(super) type Header = (&'static str, String);

/// Parameters of a query: names and values as they are, to be encoded.
pub(in super::super) type Query<'a> = &'a [(&'a str, &'a str)];

/// An answer that is JSON.
pub(in super::super) struct Json<T> {
    pub(in super::super) headers: Headers,
    pub(in super::super) body: T,
}

impl Caller {
    /// Reads.
    pub(in super::super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: Query<'_>,
    ) -> Result<Json<T>, ApiFailure> {
        self.call("GET", path, query, None).await
    }

    /// Asks with any method, and a body if there is one. An answer without a body reads as `null`. A token that was kept
    /// and is refused is got anew, once.
    pub(in super::super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        query: Query<'_>,
        body: Option<&Value>,
    ) -> Result<Json<T>, ApiFailure> {
        let pass = self.pass().await?;
        match self.send(method, path, query, body, Some(pass.header.clone())).await {
            Err(ApiFailure::Unauthorized(401)) if self.was_refused(&pass) => {
                let pass = self.pass().await?;
                self.send(method, path, query, body, Some(pass.header)).await
            }
            answer => answer,
        }
    }

    /// Sends one request. `opens`: the header that opens the API, if one is needed.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        query: Query<'_>,
        body: Option<&Value>,
        opens: Option<Header>,
    ) -> Result<Json<T>, ApiFailure> {
        let mut url = format!("{}{path}", self.base_url);
        if !query.is_empty() {
            let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            url = format!("{url}?{pairs}");
        }
        let accept = ("accept", "application/json".to_owned());
        let headers: Vec<_> = [accept].into_iter().chain(opens.clone()).collect();
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.client.http.send(method, &url, &headers, body, self.client.limits).await;
        let answer = answer.map_err(|failure| match failure {
            Failure::TimedOut => ApiFailure::TimedOut,
            Failure::Connection => ApiFailure::Unavailable("no connection".into()),
            Failure::Request => ApiFailure::NoAccess,
            Failure::OutOfReach => {
                ApiFailure::Refused { status: 0, detail: "the API's address may not be called".into() }
            }
        })?;
        let said = self.without_secrets(opens.as_ref(), answer.body);
        match answer.status {
            200..=299 if !answer.complete => Err(ApiFailure::Nonsense("it does not end".into())),
            200..=299 => {
                let body = read(&said)?;
                Ok(Json { headers: answer.headers, body })
            }
            401 | 403 => Err(ApiFailure::Unauthorized(answer.status)),
            404 => Err(ApiFailure::Missing),
            429 => Err(ApiFailure::Throttled(asked_wait(&answer.headers))),
            status @ 400..=499 if status != 408 => {
                let detail = printable(&String::from_utf8_lossy(&said), SHOWN);
                Err(ApiFailure::Refused { status, detail })
            }
            // A redirect is none of ours to follow: credentials would go to where nobody sent them.
            status => Err(ApiFailure::Unavailable(format!("status {status}"))),
        }
    }
}

/// An answer's body. One that is empty reads as `null`.
pub(in super::super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiFailure> {
    let text = if body.trim_ascii().is_empty() { &b"null"[..] } else { body };
    let mut json = serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(&mut json).map_err(|wrong| ApiFailure::Nonsense(format!("at {}", wrong.path())))
}

impl Caller {
    /// What a platform, or something in front of it, says, without the shop's secrets: it may repeat what it was shown, and
    /// its words are shown to the merchant. `shown`: what opened the API.
    fn without_secrets(&self, shown: Option<&Header>, body: Vec<u8>) -> Vec<u8> {
        let mut text = match String::from_utf8(body) {
            Ok(text) => text,
            Err(other) => return other.into_bytes(),
        };
        let shown = shown.and_then(|(_, value)| value.rsplit(' ').next());
        for secret in shown.into_iter().chain(self.credentials.secrets()) {
            if secret.len() >= LEAST_SECRET && text.contains(secret) {
                text = text.replace(secret, "***");
            }
        }
        text.into_bytes()
    }
}

/// How a platform's API is opened.
pub(super) enum Opened<'a> {
    /// By showing this with each call.
    By(Header),
    /// By a token that is given for these.
    ForAToken { client_id: &'a str, client_secret: &'a str },
}

impl Credentials {
    /// What may not be shown, beside what a call sends.
    fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Shopify(ShopifyApp::Exchanged { client_secret, .. }) => vec![client_secret],
            Self::Shopify(ShopifyApp::Permanent { .. }) | Self::Bigcommerce { .. } => Vec::new(),
            Self::Woocommerce { consumer_key, consumer_secret } => vec![consumer_key, consumer_secret],
        }
    }

    pub(super) fn open(&self) -> Opened<'_> {
        Opened::By(match self {
            Self::Shopify(ShopifyApp::Exchanged { client_id, client_secret }) => {
                return Opened::ForAToken { client_id, client_secret };
            }
            Self::Shopify(ShopifyApp::Permanent { access_token }) => shopify_token(access_token.clone()),
            Self::Woocommerce { consumer_key, consumer_secret } => {
                let pair = STANDARD.encode(format!("{consumer_key}:{consumer_secret}"));
                ("authorization", format!("Basic {pair}"))
            }
            Self::Bigcommerce { access_token } => ("x-auth-token", access_token.clone()),
        })
    }
}

/// How Shopify is shown a token.
pub(super) const fn shopify_token(token: String) -> Header {
    ("x-shopify-access-token", token)
}

/// `Retry-After` in seconds (Shopify: with decimals), or BigCommerce's own header in milliseconds.
fn asked_wait(headers: &Headers) -> Option<SignedDuration> {
    let number = |name: &str| headers.get(name)?.trim().parse::<f64>().ok().filter(|number| *number >= 0.0);
    let seconds = number("retry-after").or_else(|| Some(number("x-rate-limit-time-reset-ms")? / 1000.0))?;
    Some(SignedDuration::try_from_secs_f64(seconds.ceil()).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
}
