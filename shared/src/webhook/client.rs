//! Posts webhooks, and knows which receivers let us wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use jiff::{SignedDuration, Timestamp};

use crate::domain::endpoint::Reach;
use crate::domain::id::EndpointId;
use crate::outbound::{Failure, Http, Limits};

/// Standard Webhooks: 15 to 30 seconds for the answer. What is read of its body lets the receiver finish saying it;
/// nobody looks at it.
const LIMITS: Limits = Limits { answer: LONGEST, body: Duration::from_secs(1), whole: LONGEST, bytes: 4096 };
const LONGEST: Duration = Duration::from_secs(15);
/// How long a receiver that let us wait for nothing is left alone, so that whatever else is due need not wait with us.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// Posts webhooks. A cheap handle: connections and what is known of receivers are shared.
#[derive(Clone)]
pub struct Client {
    http: Http,
    resting: Arc<Mutex<HashMap<EndpointId, Timestamp>>>,
    limits: Limits,
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
        Self { http: Http::new(reach), resting: Arc::default(), limits: LIMITS }
    }

    /// A client that looks names up here.
    pub fn with_resolver(reach: Reach, resolver: SharedDnsResolver) -> Self {
        Self { http: Http::with_resolver(reach, resolver), ..Self::new(reach) }
    }

    /// The same client with another limit than 15 seconds.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limits: Limits { answer: limit, whole: limit, ..self.limits }, ..self }
    }

    /// Until when this receiver is left alone, if it is.
    pub(crate) fn resting(&self, endpoint: EndpointId, now: Timestamp) -> Option<Timestamp> {
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.get(&endpoint).copied().filter(|until| now < *until)
    }

    /// Leaves a receiver alone for a minute.
    pub(super) fn rest(&self, endpoint: EndpointId, now: Timestamp) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| now < *until);
        resting.insert(endpoint, now.checked_add(REST).unwrap_or(Timestamp::MAX));
    }

    /// Posts JSON once.
    pub(super) async fn post(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Reply {
        match self.http.send("POST", url, headers, body, self.limits).await {
            Ok(answer) => {
                let retry_after = answer.headers.get("retry-after").map(str::to_owned);
                Reply::Answer { status: answer.status, retry_after }
            }
            Err(Failure::TimedOut) => Reply::TimedOut,
            Err(Failure::OutOfReach) => Reply::Failed("address not allowed"),
            Err(Failure::Request) => Reply::Failed("request"),
            Err(Failure::Connection) => Reply::Failed("connection"),
        }
    }
}
